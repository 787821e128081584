//! Fact → journal entries: the table an accountant reads (law.md §4, E1–E46).
//!
//! One file a register; each function cites the line of the table that it writes. What a fact
//! does not say itself is asked of a [`Lookup`], evaluated before the fact is applied.

mod funding;
mod lookup;
mod pooling;
mod shares;
mod treasury;

pub use lookup::{
    CallFacts, CostFacts, GrantFacts, InvoiceFacts, LineFacts, Lookup, SubscriptionFacts,
};

use super::{Draft, JournalError, MemoDraft, Posting, Side};
use crate::base::Amount;
use crate::event::Event;

/// What a fact means in the accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Posted {
    /// Journal entries, in the order they are to be numbered.
    pub entries: Vec<Draft>,
    /// Memo entries for contributions in kind (R66).
    pub in_kind: Vec<MemoDraft>,
}

impl Posted {
    fn entries(entries: Vec<Draft>) -> Self {
        Self { entries, in_kind: Vec::new() }
    }
}

/// Posts a fact.
///
/// # Errors
/// [`JournalError::Unknown`] when the fact names what no earlier fact brought, and the other
/// [`JournalError`]s: each is an inconsistency of the log.
pub fn post(event: &Event, known: &dyn Lookup) -> Result<Posted, JournalError> {
    match event {
        Event::SharesAllotted(fact) => shares::allotted(fact, known).map(Posted::entries),
        Event::GrantAwarded(fact) => funding::grant_awarded(fact).map(Posted::entries),
        Event::ServiceInvoiced(fact) => funding::service_invoiced(fact).map(Posted::entries),
        Event::CostPooled(fact) => pooling::cost_pooled(fact).map(Posted::entries),
        Event::ContributionCalled(fact) => pooling::contribution_called(fact).map(Posted::entries),
        Event::InKindValued(fact) => {
            Ok(Posted { entries: Vec::new(), in_kind: vec![pooling::in_kind_valued(fact)] })
        }
        Event::LineMatched(fact) => treasury::line_matched(fact, known).map(Posted::entries),
        // No posting: nothing is owed or paid. E1: a subscription is not in the accounts before
        // its money or its allotment; a refusal owes back what 4563 already shows (E9).
        Event::BookOpened(_)
        | Event::BookSucceeded(_)
        | Event::KeyEnrolled(_)
        | Event::KeyRotated(_)
        | Event::KeyRevoked(_)
        | Event::KeySuspected(_)
        | Event::LeavesReviewed(_)
        | Event::ThresholdChanged(_)
        | Event::LogKeyRotated(_)
        | Event::MemberApplied(_)
        | Event::MembersAdmitted(_)
        | Event::PersonErased(_)
        | Event::SharesSubscribed(_)
        | Event::SubscriptionDeclined(_)
        | Event::CertificateIssued(_)
        | Event::BudgetAdopted(_)
        | Event::PlaceRegistered(_)
        | Event::AllocationKeyAdopted(_)
        | Event::BankAccountOpened(_)
        | Event::StatementImported(_)
        | Event::LineRecorded(_) => Ok(Posted::default()),
    }
}

fn debit(number: &str, amount: Amount) -> Result<Posting, JournalError> {
    Posting::new(Side::Debit, number, amount)
}

fn credit(number: &str, amount: Amount) -> Result<Posting, JournalError> {
    Posting::new(Side::Credit, number, amount)
}

fn unknown(reference: &impl std::fmt::Display) -> JournalError {
    JournalError::Unknown { reference: reference.to_string() }
}
