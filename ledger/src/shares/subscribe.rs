//! Rules of subscription: the number written in words, its bounds, the offer's ceiling.

use super::decide::not_ahead;
use super::{Act, Refusal, Shares, SharesSubscribed, Subscribe};
use crate::base::Day;
use crate::base::{
    CategoryId, PaymentReference, ShareCount, SubscriptionRef, in_words, same_number_in_words,
};
use crate::bylaws::{Bylaws, ParameterName};

/// The longest text that may say a number, in characters.
const IN_WORDS_MAX: usize = 200;

/// The fact that a subscription brings about: the nominal of that day, a reference to pay with.
///
/// # Errors
/// [`Refusal::Parameter`] when the bylaws state no nominal value for that day.
pub fn subscribe(bylaws: &Bylaws, ask: Subscribe) -> Result<SharesSubscribed, Refusal> {
    Ok(SharesSubscribed {
        count: ask.count,
        form: ask.form,
        member: ask.member,
        nominal: bylaws.at(ask.on).nominal()?,
        on: ask.on,
        place: ask.place,
        reference: reference_of(&ask.subscription)?,
        signer_vkey: ask.signer_vkey,
        subscription: ask.subscription,
    })
}

/// The payment reference that belongs to a subscription: anyone can compute it again.
fn reference_of(subscription: &SubscriptionRef) -> Result<PaymentReference, Refusal> {
    let hex: String = subscription.as_str().chars().skip(2).take(12).collect();
    let body = format!("PS{}", hex.to_uppercase());
    PaymentReference::from_body(&body)
        .map_err(|_| Refusal::UnknownSubscription(subscription.clone()))
}

/// Checks a subscription.
///
/// Rules: R11 (nominal), R23 (number in words), R30 (twelve months of offers), R88 (most shares).
///
/// # Errors
/// The first [`Refusal`] met.
pub fn check_subscribed(
    shares: &Shares,
    bylaws: &Bylaws,
    today: Day,
    fact: &SharesSubscribed,
) -> Result<(), Refusal> {
    if shares.subscription(&fact.subscription).is_some() {
        return Err(Refusal::KnownSubscription(fact.subscription.clone()));
    }
    not_ahead(Act::Subscription, fact.on, today)?;
    let in_force = bylaws.at(fact.on);
    let nominal = in_force.nominal()?;
    if fact.nominal != nominal {
        return Err(Refusal::OtherNominal {
            act: Act::Subscription,
            given: fact.nominal,
            nominal,
            on: fact.on,
        });
    }
    check_count(fact, in_force.number(ParameterName::SharesMaxPerSubscription)?)?;
    check_reference(shares, fact)?;
    let amount = nominal.times(fact.count.get().into())?;
    let sum = shares.busiest_year_around(fact.on)?.plus(amount)?;
    let block = in_force.amount(ParameterName::OfferBlock)?;
    if sum >= block {
        return Err(Refusal::OfferBlocked { amount, sum, block });
    }
    Ok(())
}

fn check_count(fact: &SharesSubscribed, max: u32) -> Result<(), Refusal> {
    let count = fact.count;
    if count.get() == 0 {
        return Err(Refusal::NoShares);
    }
    if count.get() > max {
        return Err(Refusal::AboveMaximum { count, max: ShareCount::new(max) });
    }
    let typed = &fact.form.in_words;
    let too_long = typed.chars().count() > IN_WORDS_MAX;
    if too_long || !same_number_in_words(typed, count.get()) {
        let typed = typed.trim().chars().take(IN_WORDS_MAX).collect();
        return Err(Refusal::InWords { typed, count, expected: in_words(count.get()) });
    }
    Ok(())
}

fn check_reference(shares: &Shares, fact: &SharesSubscribed) -> Result<(), Refusal> {
    let expected = reference_of(&fact.subscription)?;
    if fact.reference != expected {
        return Err(Refusal::OtherReference { given: fact.reference.clone(), expected });
    }
    if shares.by_reference(&expected).is_some() {
        return Err(Refusal::KnownReference(expected));
    }
    Ok(())
}

/// Checks that so many shares are enough for a member of that category (R16, R88).
///
/// # Errors
/// [`Refusal::BelowMinimum`], [`Refusal::UnknownCategory`].
pub fn check_minimum(
    bylaws: &Bylaws,
    category: &CategoryId,
    count: ShareCount,
) -> Result<(), Refusal> {
    let unknown = || Refusal::UnknownCategory(category.clone());
    let rule = bylaws.category(category).ok_or_else(unknown)?;
    if count < rule.shares_min {
        let (category, min) = (rule.label.clone(), rule.shares_min);
        return Err(Refusal::BelowMinimum { category, min, count });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
