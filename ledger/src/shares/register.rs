//! The register of shares: subscriptions, movements in order, holdings by lots, capital.

use imbl::{OrdMap, Vector};
use serde::{Deserialize, Serialize};

use super::{CertificateIssued, SharesAllotted, SharesSubscribed, SubscriptionDeclined};
use crate::base::{
    Amount, AmountError, CertificateRef, Day, DecisionRef, MemberRef, PaymentReference, ShareCount,
    Stamp, SubscriptionRef,
};

/// The share register: the log is the register of law, this is what it says (R26).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Shares {
    subscriptions: OrdMap<SubscriptionRef, Subscription>,
    references: OrdMap<PaymentReference, SubscriptionRef>,
    /// What was subscribed by the day of the forms, less what was declined (R30).
    subscribed_on: OrdMap<Day, Amount>,
    holdings: OrdMap<MemberRef, Holding>,
    capital: Capital,
    movements: Vector<Movement>,
    certificates: Vector<Certificate>,
    by_certificate: OrdMap<CertificateRef, usize>,
    latest_certificate: OrdMap<MemberRef, usize>,
}

/// A signed subscription form and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The fact, as signed.
    pub fact: SharesSubscribed,
    /// Where and when it was recorded.
    pub stamp: Stamp,
    /// What became of it.
    pub step: Step,
}

/// The steps of a subscription that the register knows (R25); payments are the treasury's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Waiting for a decision.
    Signed,
    /// Turned into shares.
    Allotted {
        /// Where and when it was recorded.
        stamp: Stamp,
        /// What had been paid, in cents.
        paid: Amount,
        /// The decision.
        decision: DecisionRef,
    },
    /// Declined.
    Declined {
        /// Where and when it was recorded.
        stamp: Stamp,
        /// The decision.
        decision: DecisionRef,
    },
}

/// What a member holds: a number, and the lots it is made of (R38).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// How many shares.
    pub count: ShareCount,
    /// What is paid up, in cents.
    pub paid: Amount,
    /// The lots, oldest first in the log.
    pub lots: Vec<Lot>,
}

/// Shares that came by one allotment: tax rules count their years from it (R38).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// The subscription that it comes from.
    pub subscription: SubscriptionRef,
    /// How many shares.
    pub count: ShareCount,
    /// Nominal value of a share, in cents.
    pub nominal: Amount,
    /// What is paid up, in cents.
    pub paid: Amount,
    /// The day of the decision that allotted them.
    pub on: Day,
    /// Where and when it was recorded.
    pub stamp: Stamp,
}

/// The capital, and the highest it has ever been.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capital {
    /// How many shares exist.
    pub shares: u64,
    /// Their nominal value, in cents.
    pub subscribed: Amount,
    /// What is paid up of it, in cents.
    pub paid: Amount,
    /// The highest nominal capital reached since the creation, in cents (R9 b).
    pub peak: Amount,
}

/// A line of the register of movements (R26).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// Its order number: 1, 2, 3… without a gap.
    pub number: u64,
    /// Where and when it was recorded.
    pub stamp: Stamp,
    /// The day of the operation.
    pub on: Day,
    /// The holder.
    pub member: MemberRef,
    /// How many shares.
    pub count: ShareCount,
    /// What kind of movement.
    pub nature: Nature,
    /// The act it rests on.
    pub subscription: SubscriptionRef,
    /// Nominal value of a share, in cents.
    pub nominal: Amount,
}

/// The nature of a movement (R26).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Nature {
    /// New shares are allotted to a subscriber.
    Allotment,
}

impl Nature {
    /// Its name in the register.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Allotment => "Attribution sur souscription",
        }
    }
}

/// A certificate that was issued (R28).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The fact.
    pub fact: CertificateIssued,
    /// Where and when it was recorded.
    pub stamp: Stamp,
}

impl Holding {
    /// How many shares were held at the end of that day, and what was paid up of them.
    ///
    /// # Errors
    /// [`AmountError::Overflow`].
    pub fn as_of(&self, day: Day) -> Result<(ShareCount, Amount), AmountError> {
        let mut lots = self.lots.iter().filter(|lot| lot.on <= day);
        lots.try_fold((ShareCount::default(), Amount::ZERO), |(count, paid), lot| {
            Ok((added(count, lot.count)?, paid.plus(lot.paid)?))
        })
    }

    /// The nominal value of what is held, in cents.
    ///
    /// # Errors
    /// [`AmountError::Overflow`].
    pub fn subscribed(&self) -> Result<Amount, AmountError> {
        self.lots
            .iter()
            .try_fold(Amount::ZERO, |sum, lot| sum.plus(lot.nominal.times(lot.count.get().into())?))
    }
}

impl Capital {
    /// The capital once these shares are added.
    ///
    /// # Errors
    /// [`AmountError::Overflow`].
    pub fn with(
        self,
        count: ShareCount,
        nominal: Amount,
        paid: Amount,
    ) -> Result<Self, AmountError> {
        let subscribed = self.subscribed.plus(nominal.times(count.get().into())?)?;
        let shares = self.shares.checked_add(count.get().into()).ok_or(AmountError::Overflow)?;
        let paid = self.paid.plus(paid)?;
        Ok(Self { shares, subscribed, paid, peak: self.peak.max(subscribed) })
    }
}

/// The questions the register answers.
impl Shares {
    /// The subscription of that reference.
    pub fn subscription(&self, subscription: &SubscriptionRef) -> Option<&Subscription> {
        self.subscriptions.get(subscription)
    }

    /// All subscriptions, in the order of their references, which says nothing of them.
    pub fn subscriptions(&self) -> impl Iterator<Item = &Subscription> {
        self.subscriptions.values()
    }

    /// The subscription that a bank transfer with this reference pays.
    pub fn by_reference(&self, reference: &PaymentReference) -> Option<&SubscriptionRef> {
        self.references.get(reference)
    }

    /// What a member holds; nobody holds nothing.
    pub fn holding(&self, member: &MemberRef) -> Option<&Holding> {
        self.holdings.get(member)
    }

    /// All holders and what they hold.
    pub fn holdings(&self) -> impl Iterator<Item = (&MemberRef, &Holding)> {
        self.holdings.iter()
    }

    /// The capital today.
    pub fn capital(&self) -> Capital {
        self.capital
    }

    /// The register of movements, in order (R26).
    pub fn movements(&self) -> &Vector<Movement> {
        &self.movements
    }

    /// The certificates, in the order of their issue.
    pub fn certificates(&self) -> &Vector<Certificate> {
        &self.certificates
    }

    /// The certificate of that reference.
    pub fn certificate(&self, certificate: &CertificateRef) -> Option<&Certificate> {
        self.certificates.get(*self.by_certificate.get(certificate)?)
    }

    /// The last certificate issued to a member: the one that is not superseded.
    pub fn latest_certificate_of(&self, member: &MemberRef) -> Option<&Certificate> {
        self.certificates.get(*self.latest_certificate.get(member)?)
    }

    /// What was subscribed by forms of that day and later, declined ones apart (R30), in cents.
    ///
    /// # Errors
    /// [`AmountError::Overflow`].
    pub fn subscribed_amount_since(&self, day: Day) -> Result<Amount, AmountError> {
        Amount::sum(self.subscribed_on.range(day..).map(|(_, amount)| *amount))
    }

    /// The most that twelve months in a row which hold this day have seen subscribed (R30).
    ///
    /// # Errors
    /// [`AmountError::Overflow`].
    pub(super) fn busiest_year_around(&self, day: Day) -> Result<Amount, AmountError> {
        // Forms may be recorded out of order: each later form within a year ends a period too.
        let last = day.plus_years(1).plus_days(-1);
        let later = self.subscribed_on.range(day..=last).map(|(end, _)| *end);
        std::iter::once(day).chain(later).try_fold(Amount::ZERO, |most, end| {
            let first = a_year_before(end).plus_days(1);
            let sum = Amount::sum(self.subscribed_on.range(first..=end).map(|(_, a)| *a))?;
            Ok(most.max(sum))
        })
    }
}

/// The same day one year before; 28 February stands in for a missing 29.
fn a_year_before(day: Day) -> Day {
    let (year, month, number) = day.parts();
    let before = Day::new(year - 1, month, number).or_else(|| Day::new(year - 1, 2, 28));
    before.unwrap_or(day)
}

/// The fold of facts. No rule is checked here: the rules came before.
impl Shares {
    /// Takes in a subscription.
    pub fn apply_subscribed(
        &mut self,
        stamp: Stamp,
        fact: &SharesSubscribed,
    ) -> Result<(), AmountError> {
        let amount = fact.nominal.times(fact.count.get().into())?;
        self.count_subscribed(fact.on, amount)?;
        self.references.insert(fact.reference.clone(), fact.subscription.clone());
        let subscription = Subscription { fact: fact.clone(), stamp, step: Step::Signed };
        self.subscriptions.insert(fact.subscription.clone(), subscription);
        Ok(())
    }

    /// Takes in a decision of allotment: holdings, movements and capital change together (R25).
    pub fn apply_allotted(
        &mut self,
        stamp: Stamp,
        fact: &SharesAllotted,
    ) -> Result<(), AmountError> {
        let on = fact.decision.on;
        for allotment in &fact.allotments {
            let Some(known) = self.subscriptions.get_mut(&allotment.subscription) else { continue };
            let (count, paid, nominal) = (allotment.count, allotment.paid, known.fact.nominal);
            known.step = Step::Allotted { stamp, paid, decision: fact.decision.clone() };
            let subscription = allotment.subscription.clone();
            let member = allotment.member.clone();

            let holding = self.holdings.entry(member.clone()).or_default();
            holding.count = added(holding.count, count)?;
            holding.paid = holding.paid.plus(paid)?;
            let lot = Lot { subscription: subscription.clone(), count, nominal, paid, on, stamp };
            holding.lots.push(lot);

            self.capital = self.capital.with(count, nominal, paid)?;
            let number = self.movements.last().map_or(0, |movement| movement.number);
            self.movements.push_back(Movement {
                number: number.saturating_add(1),
                stamp,
                on,
                member,
                count,
                nature: Nature::Allotment,
                subscription,
                nominal,
            });
        }
        Ok(())
    }

    /// Takes in a declined subscription.
    pub fn apply_declined(
        &mut self,
        stamp: Stamp,
        fact: &SubscriptionDeclined,
    ) -> Result<(), AmountError> {
        let Some(known) = self.subscriptions.get_mut(&fact.subscription) else { return Ok(()) };
        known.step = Step::Declined { stamp, decision: fact.decision.clone() };
        let (on, amount) = (known.fact.on, known.fact.amount());
        self.count_subscribed(on, Amount::ZERO.minus(amount)?)
    }

    /// Takes in a certificate, which supersedes the member's one before.
    pub fn apply_certificate(
        &mut self,
        stamp: Stamp,
        fact: &CertificateIssued,
    ) -> Result<(), AmountError> {
        let place = self.certificates.len();
        self.by_certificate.insert(fact.certificate.clone(), place);
        self.latest_certificate.insert(fact.member.clone(), place);
        self.certificates.push_back(Certificate { fact: fact.clone(), stamp });
        Ok(())
    }

    fn count_subscribed(&mut self, on: Day, amount: Amount) -> Result<(), AmountError> {
        let sum = self.subscribed_on.get(&on).copied().unwrap_or_default().plus(amount)?;
        self.subscribed_on.insert(on, sum);
        Ok(())
    }
}

/// The sum of two numbers of shares.
pub(super) fn added(one: ShareCount, other: ShareCount) -> Result<ShareCount, AmountError> {
    one.get().checked_add(other.get()).map(ShareCount::new).ok_or(AmountError::Overflow)
}

#[cfg(test)]
mod tests;
