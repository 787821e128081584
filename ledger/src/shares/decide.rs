//! Rules that several acts on shares have in common, and the declining of a subscription.

use super::{Act, DeclineSubscription, Refusal, Shares, Step, Subscription, SubscriptionDeclined};
use crate::base::{Day, DecisionRef, SubscriptionRef};
use crate::bylaws::Bylaws;

/// The shortest label that still says which meeting decided, in characters.
const LABEL_MIN: usize = 3;
/// The longest label of a decision, in characters.
const LABEL_MAX: usize = 160;

/// The fact that declining a subscription brings about.
pub fn decline(ask: DeclineSubscription) -> SubscriptionDeclined {
    SubscriptionDeclined { decision: ask.decision, subscription: ask.subscription }
}

/// Checks that a subscription may be declined: it is waiting for a decision (R25).
///
/// # Errors
/// The first [`Refusal`] met.
pub fn check_declined(
    shares: &Shares,
    _bylaws: &Bylaws,
    today: Day,
    fact: &SubscriptionDeclined,
) -> Result<(), Refusal> {
    check_decision(Act::Declining, &fact.decision, today)?;
    waiting(shares, Act::Declining, &fact.subscription, &fact.decision).map(|_| ())
}

/// The decision says which meeting, on a day that has come.
pub(super) fn check_decision(act: Act, decision: &DecisionRef, today: Day) -> Result<(), Refusal> {
    let length = decision.label.chars().count();
    let sound = (LABEL_MIN..=LABEL_MAX).contains(&length)
        && !decision.label.trim().is_empty()
        && !decision.label.chars().any(char::is_control);
    if !sound {
        return Err(Refusal::DecisionLabel { act, length, min: LABEL_MIN, max: LABEL_MAX });
    }
    not_ahead(act, decision.on, today)
}

/// A day that has come: the log does not record what will be.
pub(super) fn not_ahead(act: Act, on: Day, today: Day) -> Result<(), Refusal> {
    if on > today { Err(Refusal::Ahead { act, on, today }) } else { Ok(()) }
}

/// The subscription, if it is waiting for a decision that does not come before it (R25).
pub(super) fn waiting<'a>(
    shares: &'a Shares,
    act: Act,
    reference: &SubscriptionRef,
    decision: &DecisionRef,
) -> Result<&'a Subscription, Refusal> {
    let unknown = || Refusal::UnknownSubscription(reference.clone());
    let known = shares.subscription(reference).ok_or_else(unknown)?;
    let subscription = reference.clone();
    match &known.step {
        Step::Allotted { decision, .. } => {
            Err(Refusal::AlreadyAllotted { act, subscription, on: decision.on })
        }
        Step::Declined { decision, .. } => {
            Err(Refusal::AlreadyDeclined { act, subscription, on: decision.on })
        }
        Step::Signed if decision.on < known.fact.on => {
            let (signed_on, decided_on) = (known.fact.on, decision.on);
            Err(Refusal::DecidedBefore { act, subscription, signed_on, decided_on })
        }
        Step::Signed => Ok(known),
    }
}

#[cfg(test)]
mod tests;
