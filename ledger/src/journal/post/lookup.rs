//! What posting needs to know of earlier facts, told by the registers.

use crate::base::{
    Amount, CallRef, CostRef, Day, GrantRef, LineRef, MemberRef, PlaceRef, Source, StatementRef,
    SubscriptionRef,
};
use crate::treasury::Target;

/// Answers about earlier facts, as the registers stand *before* the fact being posted.
///
/// `None` where a reference is not known: posting then reports an inconsistency.
pub trait Lookup {
    /// A subscription.
    fn subscription(&self, subscription: &SubscriptionRef) -> Option<SubscriptionFacts>;
    /// A grant or a programme's funding.
    fn grant(&self, grant: &GrantRef) -> Option<GrantFacts>;
    /// An invoice, by its number.
    fn invoice(&self, number: &str) -> Option<InvoiceFacts>;
    /// What a call asks of a place.
    fn called(&self, call: &CallRef, place: &PlaceRef) -> Option<CallFacts>;
    /// A pooled cost.
    fn cost(&self, cost: &CostRef) -> Option<CostFacts>;
    /// A bank line.
    fn line(&self, line: &LineRef) -> Option<LineFacts>;
    /// The signed sum matched with a target by earlier facts, in cents: positive is received.
    fn received(&self, target: &Target) -> Amount;
}

/// What a subscription is to the accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionFacts {
    /// The subscriber: the auxiliary account.
    pub member: MemberRef,
    /// Count times nominal, in cents.
    pub amount: Amount,
}

/// What a grant is to the accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantFacts {
    /// The funder: the auxiliary account.
    pub funder: String,
    /// Subventions or Programmes spécifiques.
    pub source: Source,
    /// Which place, if it is for one.
    pub place: Option<PlaceRef>,
}

/// What an invoice is to the accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceFacts {
    /// The customer: the auxiliary account.
    pub customer: String,
    /// Sum without VAT, in cents.
    pub net: Amount,
    /// VAT, in cents.
    pub vat: Amount,
    /// Which place sold it, if one did.
    pub place: Option<PlaceRef>,
}

/// What one place owes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallFacts {
    /// Sum without VAT, in cents.
    pub net: Amount,
    /// VAT, in cents.
    pub vat: Amount,
    /// The reference of the call.
    pub voucher: String,
}

/// What a pooled cost is to the accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostFacts {
    /// The supplier: the auxiliary account.
    pub supplier: String,
    /// The supplier's invoice number.
    pub voucher: String,
}

/// What a bank line is to the accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineFacts {
    /// The day the bank booked it.
    pub booked_on: Day,
    /// The statement: the voucher of what it pays.
    pub statement: StatementRef,
}
