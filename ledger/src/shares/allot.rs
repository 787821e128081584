//! Rules of allotment: what must be paid, the capital's floor, the part of public bodies.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::decide::{check_decision, waiting};
use super::{Act, Allotment, Refusal, Shares, SharesAllotted};
use crate::base::{Amount, AmountError, Day, MemberRef};
use crate::bylaws::{Bylaws, ParameterName};

/// The most allotments in one decision.
const ALLOTMENTS_MAX: usize = 100;

/// Checks a decision of allotment.
///
/// Rules: R9 (floor), R12 (a quarter paid), R25 (from signed to allotted, by a dated decision).
/// That a holder is a member, and what the bank received, are other registers' business.
///
/// # Errors
/// The first [`Refusal`] met.
pub fn check_allotted(
    shares: &Shares,
    bylaws: &Bylaws,
    today: Day,
    fact: &SharesAllotted,
) -> Result<(), Refusal> {
    check_decision(Act::Allotment, &fact.decision, today)?;
    let given = fact.allotments.len();
    if given == 0 || given > ALLOTMENTS_MAX {
        return Err(Refusal::ListLength { given, max: ALLOTMENTS_MAX });
    }
    let mut seen = BTreeSet::new();
    let mut capital = shares.capital();
    for allotment in &fact.allotments {
        if !seen.insert(&allotment.subscription) {
            return Err(Refusal::ListedTwice(allotment.subscription.clone()));
        }
        let known = waiting(shares, Act::Allotment, &allotment.subscription, &fact.decision)?;
        let subscription = allotment.subscription.clone();
        if allotment.member != known.fact.member {
            return Err(Refusal::OtherMember(subscription));
        }
        if allotment.count != known.fact.count {
            let (subscribed, allotted) = (known.fact.count, allotment.count);
            return Err(Refusal::OtherCount { subscription, subscribed, allotted });
        }
        let amount = known.fact.nominal.times(known.fact.count.get().into())?;
        check_paid(bylaws, today, allotment, amount)?;
        capital = capital.with(allotment.count, known.fact.nominal, allotment.paid)?;
    }
    let floor = shares.floor(bylaws, today)?;
    if capital.subscribed < floor {
        return Err(Refusal::BelowFloor { after: capital.subscribed, floor });
    }
    Ok(())
}

/// At least the part that the law asks for is paid, and no more than the price (R12).
fn check_paid(
    bylaws: &Bylaws,
    today: Day,
    allotment: &Allotment,
    amount: Amount,
) -> Result<(), Refusal> {
    let (subscription, paid) = (allotment.subscription.clone(), allotment.paid);
    let ratio = bylaws.at(today).rate(ParameterName::PaidMinRatio)?;
    let least = ratio.of_rounded_up(amount)?;
    if paid < least {
        return Err(Refusal::PaidTooLittle { subscription, paid, least, amount });
    }
    if paid > amount {
        return Err(Refusal::PaidTooMuch { subscription, paid, amount });
    }
    Ok(())
}

impl Shares {
    /// The sum below which the capital may not be, on that day: the highest of three (R9).
    ///
    /// # Errors
    /// [`Refusal::Parameter`] when a figure is not stated, [`Refusal::Overflow`].
    pub fn floor(&self, bylaws: &Bylaws, today: Day) -> Result<Amount, Refusal> {
        let in_force = bylaws.at(today);
        let of_bylaws = in_force.amount(ParameterName::CapitalFloorBylaws)?;
        let of_form = in_force.amount(ParameterName::CapitalFloorLegal)?;
        let ratio = in_force.rate(ParameterName::CapitalFloorPeakRatio)?;
        let of_peak = ratio.of_rounded_up(self.capital().peak)?;
        Ok(of_bylaws.max(of_form).max(of_peak))
    }

    /// Checks that public bodies hold together no more of the capital than the law allows, once
    /// these shares are allotted; equality is allowed (R2).
    ///
    /// # Errors
    /// [`Refusal::PublicPart`], with the figures.
    pub fn check_public_part(
        &self,
        bylaws: &Bylaws,
        today: Day,
        public: impl Fn(&MemberRef) -> bool,
        allotments: &[Allotment],
    ) -> Result<(), Refusal> {
        if !allotments.iter().any(|allotment| public(&allotment.member)) {
            // The part of public bodies can only fall.
            return Ok(());
        }
        let mut held = Amount::ZERO;
        for (_, holding) in self.holdings().filter(|(member, _)| public(member)) {
            held = held.plus(holding.subscribed()?)?;
        }
        let mut all = self.capital().subscribed;
        for allotment in allotments {
            let unknown = || Refusal::UnknownSubscription(allotment.subscription.clone());
            let known = self.subscription(&allotment.subscription).ok_or_else(unknown)?;
            let amount = known.fact.nominal.times(allotment.count.get().into())?;
            all = all.plus(amount)?;
            if public(&allotment.member) {
                held = held.plus(amount)?;
            }
        }
        let max = bylaws.at(today).rate(ParameterName::PublicCapitalMaxRatio)?;
        let allowed = max.as_decimal().checked_mul(Decimal::from(all.cents()));
        // Compared exactly: a rounded ceiling would let half a cent too much through.
        if Decimal::from(held.cents()) > allowed.ok_or(AmountError::Overflow)? {
            return Err(Refusal::PublicPart { public: held, all, max });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
