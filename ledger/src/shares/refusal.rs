//! Every "no" about shares: what stands in the way, with the figures.

mod notice;

use thiserror::Error;

use crate::base::{
    Amount, AmountError, CategoryId, CertificateRef, Day, MemberRef, PaymentReference, Rate,
    RateError, ShareCount, SubscriptionRef,
};
use crate::bylaws::MissingParameter;

/// What was asked for when several acts have a rule in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Subscribing.
    Subscription,
    /// Allotting.
    Allotment,
    /// Declining a subscription.
    Declining,
    /// Issuing a certificate.
    Certificate,
}

/// A rule about shares forbids what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", self.notice())]
pub enum Refusal {
    /// No subscription has that reference.
    UnknownSubscription(SubscriptionRef),
    /// A subscription of that reference is recorded already.
    KnownSubscription(SubscriptionRef),
    /// Another subscription has the same payment reference.
    KnownReference(PaymentReference),
    /// The payment reference is not the subscription's.
    OtherReference {
        /// The one given.
        given: PaymentReference,
        /// The one computed.
        expected: PaymentReference,
    },
    /// The number in words is not the number in figures (R23).
    InWords {
        /// What was typed.
        typed: String,
        /// The number in figures.
        count: ShareCount,
        /// The words for it.
        expected: String,
    },
    /// No share is asked for.
    NoShares,
    /// The bylaws have no such category.
    UnknownCategory(CategoryId),
    /// Fewer shares than the category asks for (R16).
    BelowMinimum {
        /// The category's French name.
        category: String,
        /// The fewest.
        min: ShareCount,
        /// How many are asked for.
        count: ShareCount,
    },
    /// More shares than one subscription may ask for (R88).
    AboveMaximum {
        /// How many are asked for.
        count: ShareCount,
        /// The most.
        max: ShareCount,
    },
    /// Twelve months of subscriptions would reach the sum at which the offer stops (R30).
    OfferBlocked {
        /// What is asked for.
        amount: Amount,
        /// The twelve months with it.
        sum: Amount,
        /// The sum at which the offer stops.
        block: Amount,
    },
    /// The nominal value is not that of the bylaws on that day (R11).
    OtherNominal {
        /// What was asked for.
        act: Act,
        /// The value given.
        given: Amount,
        /// The bylaws' value.
        nominal: Amount,
        /// The day.
        on: Day,
    },
    /// The day is after today.
    Ahead {
        /// What was asked for.
        act: Act,
        /// The day.
        on: Day,
        /// Today.
        today: Day,
    },
    /// The decision's label does not say which meeting.
    DecisionLabel {
        /// What was asked for.
        act: Act,
        /// Its length in characters.
        length: usize,
        /// The least.
        min: usize,
        /// The most.
        max: usize,
    },
    /// The decision is older than the form it decides on (R25).
    DecidedBefore {
        /// What was asked for.
        act: Act,
        /// Which subscription.
        subscription: SubscriptionRef,
        /// The day of the form.
        signed_on: Day,
        /// The day of the decision.
        decided_on: Day,
    },
    /// The subscription has become shares already (R25).
    AlreadyAllotted {
        /// What was asked for.
        act: Act,
        /// Which subscription.
        subscription: SubscriptionRef,
        /// The day of that decision.
        on: Day,
    },
    /// The subscription was declined (R25).
    AlreadyDeclined {
        /// What was asked for.
        act: Act,
        /// Which subscription.
        subscription: SubscriptionRef,
        /// The day of that decision.
        on: Day,
    },
    /// The list of allotments is empty or too long.
    ListLength {
        /// How many.
        given: usize,
        /// The most.
        max: usize,
    },
    /// The list names a subscription twice.
    ListedTwice(SubscriptionRef),
    /// The shares would go to somebody who did not subscribe them.
    OtherMember(SubscriptionRef),
    /// The allotted number is not the subscribed one.
    OtherCount {
        /// Which subscription.
        subscription: SubscriptionRef,
        /// How many were subscribed.
        subscribed: ShareCount,
        /// How many would be allotted.
        allotted: ShareCount,
    },
    /// Less is paid than the law asks for before an allotment (R12).
    PaidTooLittle {
        /// Which subscription.
        subscription: SubscriptionRef,
        /// What is paid.
        paid: Amount,
        /// The least.
        least: Amount,
        /// The price.
        amount: Amount,
    },
    /// More is paid than the price.
    PaidTooMuch {
        /// Which subscription.
        subscription: SubscriptionRef,
        /// What is paid.
        paid: Amount,
        /// The price.
        amount: Amount,
    },
    /// The capital would be below its floor (R9).
    BelowFloor {
        /// The capital after.
        after: Amount,
        /// The highest of the three floors.
        floor: Amount,
    },
    /// Public bodies would hold too much of the capital (R2).
    PublicPart {
        /// What they would hold together.
        public: Amount,
        /// The whole capital after.
        all: Amount,
        /// The most of it that they may hold.
        max: Rate,
    },
    /// A certificate of that reference is recorded already.
    KnownCertificate(CertificateRef),
    /// There is nothing to certify.
    NothingHeld {
        /// Who.
        member: MemberRef,
        /// As of which day.
        on: Day,
    },
    /// The certificate does not say what the register says (R28).
    OtherHolding {
        /// What it says: shares, paid up.
        said: (ShareCount, Amount),
        /// What the register says.
        held: (ShareCount, Amount),
        /// As of which day.
        on: Day,
    },
    /// A figure that the rule reads is not stated for that day.
    Parameter(MissingParameter),
    /// A sum does not fit.
    Overflow,
}

impl From<MissingParameter> for Refusal {
    fn from(missing: MissingParameter) -> Self {
        Self::Parameter(missing)
    }
}

impl From<AmountError> for Refusal {
    fn from(_: AmountError) -> Self {
        Self::Overflow
    }
}

impl From<RateError> for Refusal {
    fn from(_: RateError) -> Self {
        Self::Overflow
    }
}
