//! Shares: capital changes at allotment, out of what was received (E3, E6).

use super::{Lookup, credit, debit, unknown};
use crate::base::Amount;
use crate::journal::{Book, Draft, JournalError};
use crate::shares::{Allotment, SharesAllotted};

/// E3 and E6: one journal entry a subscription, on the day of the decision.
pub(super) fn allotted(
    fact: &SharesAllotted,
    known: &dyn Lookup,
) -> Result<Vec<Draft>, JournalError> {
    fact.allotments.iter().map(|allotment| one(fact, allotment, known)).collect()
}

/// | | debit | credit |
/// |---|---|---|
/// | E3, what was paid | 4563 | 1013 |
/// | E6, what is not called yet | 109 | 1011 |
///
/// Only what the shares cost becomes capital: a surplus stays owed to the member on 4563.
fn one(
    fact: &SharesAllotted,
    allotment: &Allotment,
    known: &dyn Lookup,
) -> Result<Draft, JournalError> {
    let subscription = known
        .subscription(&allotment.subscription)
        .ok_or_else(|| unknown(&allotment.subscription))?;
    let paid_up = allotment.paid.min(subscription.amount);
    let uncalled = subscription.amount.minus(paid_up)?.max(Amount::ZERO);
    let member = &allotment.member;
    let postings = vec![
        debit("4563", paid_up)?.for_whom(member),
        credit("1013", paid_up)?.for_whom(member),
        debit("109", uncalled)?.for_whom(member),
        credit("1011", uncalled)?.for_whom(member),
    ];
    let label = format!("Attribution de {} part(s)", allotment.count);
    Draft::new(Book::Capital, fact.decision.on, label, fact.decision.label.as_str(), postings)
}
