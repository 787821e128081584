//! When a subscription may be declined.

use super::*;
use crate::bylaws::example;
use crate::shares::fixture::{allotted, at, day, decision, euros, reference, signed, today};

fn declined(on: &str) -> SubscriptionDeclined {
    decline(DeclineSubscription { subscription: reference(1), decision: decision(on) })
}

/// R25: a signed subscription may be declined, once.
#[test]
fn a_waiting_subscription_may_be_declined() {
    let mut shares = signed(&[(1, 10), (2, 3)]);
    let fact = declined("2026-03-12");
    assert_eq!(check_declined(&shares, &example(), today(), &fact), Ok(()));
    shares.apply_declined(at(9), &fact).expect("applies");
    let known = shares.subscription(&reference(1)).expect("known");
    assert_eq!(known.step, Step::Declined { stamp: at(9), decision: fact.decision.clone() });
    // What was declined is no longer raised by the offer (R30).
    assert_eq!(shares.subscribed_amount_since(day("2026-01-01")), Ok(euros(150)));
    let refusal = check_declined(&shares, &example(), today(), &fact).expect_err("declined");
    assert!(refusal.to_string().starts_with("Le rejet de la souscription est refusé. La"));
    assert!(matches!(refusal, Refusal::AlreadyDeclined { act: Act::Declining, .. }));
}

#[test]
fn shares_once_allotted_are_not_declined() {
    let refusal =
        check_declined(&allotted(&[(1, 400)]), &example(), today(), &declined("2026-03-12"));
    let refusal = refusal.expect_err("allotted");
    assert!(refusal.to_string().contains("une attribution ne se reprend pas"), "{refusal}");
}

#[test]
fn a_subscription_is_declined_by_a_decision_that_has_come() {
    let shares = signed(&[(1, 10)]);
    let decide = |fact: &SubscriptionDeclined| check_declined(&shares, &example(), today(), fact);
    assert!(matches!(decide(&declined("2026-11-25")), Err(Refusal::Ahead { .. })));
    assert!(matches!(decide(&declined("2026-02-28")), Err(Refusal::DecidedBefore { .. })));
    let mut fact = declined("2026-03-12");
    fact.decision.label = "deux\nlignes".into();
    assert!(matches!(decide(&fact), Err(Refusal::DecisionLabel { .. })));
    fact = declined("2026-03-12");
    fact.subscription = reference(7);
    assert_eq!(decide(&fact), Err(Refusal::UnknownSubscription(reference(7))));
}
