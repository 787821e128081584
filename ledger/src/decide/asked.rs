//! Which signatures each fact asks for: the whole table on one page.

use crate::authority::{Asked, Role};
use crate::base::Day;
use crate::bylaws::ParameterName;
use crate::event::Event;
use crate::refusal::Refusal;
use crate::registers::Registers;

/// The signatures that make a fact valid, beside a person's own where the fact carries one.
///
/// # Errors
/// [`Refusal::Parameter`] when the bylaws do not say how many officers decide.
pub fn asked(registers: &Registers, today: Day, fact: &Event) -> Result<Asked, Refusal> {
    let one = |role: Role| Asked { roles: vec![role], count: 1 };
    Ok(match fact {
        // The genesis leaf names its own administrators: its threshold is its own.
        Event::BookOpened(opened) => administrators(opened.threshold.get()),
        Event::BookSucceeded(succeeded) => administrators(succeeded.book.threshold.get()),
        // A rotation is signed by both keys too, which `admit` looks for by name.
        Event::KeyEnrolled(_)
        | Event::KeyRotated(_)
        | Event::KeyRevoked(_)
        | Event::KeySuspected(_)
        | Event::ThresholdChanged(_)
        | Event::LogKeyRotated(_) => administrators(registers.authority.threshold()),
        Event::LeavesReviewed(review) if review.by == Role::Admin => {
            administrators(registers.authority.threshold())
        }
        // The desk witnesses what a resident does, and an officer may type in a paper form.
        Event::MemberApplied(_) | Event::SharesSubscribed(_) => {
            Asked { roles: vec![Role::Desk, Role::Officer], count: 1 }
        }
        Event::CertificateIssued(_) => Asked { roles: vec![Role::Desk, Role::Officer], count: 1 },
        // Four eyes (R25); what is erased is gone for ever (R79).
        Event::LeavesReviewed(_)
        | Event::MembersAdmitted(_)
        | Event::PersonErased(_)
        | Event::SharesAllotted(_)
        | Event::SubscriptionDeclined(_)
        | Event::BudgetAdopted(_) => {
            let bylaws = super::bylaws(registers)?;
            let count = bylaws.at(today).number(ParameterName::OfficersRequired)?;
            Asked { roles: vec![Role::Officer], count }
        }
        Event::PlaceRegistered(_) | Event::AllocationKeyAdopted(_) => one(Role::Officer),
        Event::GrantAwarded(_)
        | Event::ServiceInvoiced(_)
        | Event::CostPooled(_)
        | Event::ContributionCalled(_)
        | Event::InKindValued(_)
        | Event::BankAccountOpened(_)
        | Event::StatementImported(_)
        | Event::LineRecorded(_)
        | Event::LineMatched(_) => one(Role::Treasurer),
    })
}

/// So many administrators; nobody can sign as one before the book is open.
fn administrators(threshold: u32) -> Asked {
    Asked { roles: vec![Role::Admin], count: if threshold == 0 { u32::MAX } else { threshold } }
}
