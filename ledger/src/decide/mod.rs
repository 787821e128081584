//! The door: a command becomes facts, and every fact passes the same rules whoever brings it.
//!
//! [`decide`] builds facts and checks them; [`check`] is what admission and the auditor's replay
//! run on a fact that somebody else built. One set of rules, one place.

mod across;
mod admit;
mod asked;
mod build;
mod erasure;
mod verify;

pub use across::AcrossRefusal;
pub use admit::{Admitted, DoorRefusal, KnownRoots, SIGNING_PATIENCE_MS, admit};
pub use asked::asked;
pub use erasure::{ErasurePlan, erased_lines, erasure_plan, lines_of};
pub use verify::{Keyring, Unread, Verified};

use crate::base::{Day, LeafIndex, Stamp};
use crate::bylaws::Bylaws;
use crate::command::Command;
use crate::event::Event;
use crate::refusal::Refusal;
use crate::registers::Registers;
use crate::state::State;
use crate::{authority, funding, members, pooling, shares, treasury};

/// Answers a command: the facts to sign, in order, or a refusal. Nothing is written.
///
/// # Errors
/// The [`Refusal`] of the first rule that forbids it.
pub fn decide(state: &State, today: Day, command: Command) -> Result<Vec<Event>, Refusal> {
    let facts = build::facts(&state.registers, today, command)?;
    let mut tried = state.registers.clone();
    let mut index = state.size;
    for fact in &facts {
        check(&tried, today, fact)?;
        let stamp = Stamp { index: LeafIndex::new(index), day: today };
        tried.apply(stamp, fact)?;
        index = index.saturating_add(1);
    }
    Ok(facts)
}

/// Checks one fact against every rule, as of the day the log records it.
///
/// # Errors
/// The [`Refusal`] of the first rule that forbids it.
pub fn check(registers: &Registers, today: Day, fact: &Event) -> Result<(), Refusal> {
    let r = registers;
    if let Event::BookOpened(opened) = fact {
        return Ok(authority::check_opened(&r.authority, today, opened)?);
    }
    if let Event::BookSucceeded(succeeded) = fact {
        return Ok(authority::check_succeeded(&r.authority, today, succeeded)?);
    }
    let bylaws = bylaws(r)?;
    across::check(r, bylaws, today, fact)?;
    match fact {
        Event::BookOpened(_) | Event::BookSucceeded(_) => {}
        Event::KeyEnrolled(f) => authority::check_key_enrolled(&r.authority, f)?,
        Event::KeyRevoked(f) => authority::check_key_revoked(&r.authority, f)?,
        Event::KeyRotated(f) => authority::check_key_rotated(&r.authority, f)?,
        Event::KeySuspected(f) => authority::check_key_suspected(&r.authority, f)?,
        Event::LeavesReviewed(f) => authority::check_leaves_reviewed(&r.authority, f)?,
        Event::ThresholdChanged(f) => authority::check_threshold_changed(&r.authority, f)?,
        Event::LogKeyRotated(f) => authority::check_log_key_rotated(&r.authority, f)?,
        Event::MemberApplied(f) => members::check_applied(&r.members, bylaws, today, f)?,
        Event::MembersAdmitted(f) => members::check_admitted(&r.members, bylaws, today, f)?,
        Event::PersonErased(f) => erasure::check(r, bylaws, today, f)?,
        Event::SharesSubscribed(f) => shares::check_subscribed(&r.shares, bylaws, today, f)?,
        Event::SharesAllotted(f) => shares::check_allotted(&r.shares, bylaws, today, f)?,
        Event::SubscriptionDeclined(f) => {
            shares::check_declined(&r.shares, bylaws, today, f)?;
        }
        Event::CertificateIssued(f) => {
            shares::check_certificate(&r.shares, bylaws, today, f)?;
        }
        Event::BudgetAdopted(f) => funding::check_budget_adopted(today, f)?,
        Event::GrantAwarded(f) => funding::check_grant_awarded(&r.funding, today, f)?,
        Event::ServiceInvoiced(f) => funding::check_service_invoiced(&r.funding, bylaws, today, f)?,
        Event::PlaceRegistered(f) => pooling::check_place_registered(&r.pooling, f)?,
        Event::AllocationKeyAdopted(f) => {
            pooling::check_allocation_key_adopted(&r.pooling, today, f)?;
        }
        Event::CostPooled(f) => pooling::check_cost_pooled(&r.pooling, today, f)?,
        Event::ContributionCalled(f) => {
            pooling::check_contribution_called(&r.pooling, bylaws, today, f)?;
        }
        Event::InKindValued(f) => pooling::check_in_kind_valued(&r.pooling, today, f)?,
        Event::BankAccountOpened(f) => {
            treasury::check_account_opened(&r.treasury, bylaws, today, f)?;
        }
        Event::StatementImported(f) => {
            treasury::check_statement_imported(&r.treasury, bylaws, today, f)?;
        }
        Event::LineRecorded(f) => {
            treasury::check_line_recorded(&r.treasury, bylaws, today, f)?;
        }
        Event::LineMatched(f) => {
            treasury::check_line_matched(&r.treasury, f, |t| across::owed(r, t))?;
        }
    }
    Ok(())
}

fn bylaws(registers: &Registers) -> Result<&Bylaws, Refusal> {
    registers.authority.bylaws().ok_or(Refusal::Door(DoorRefusal::NotOpened))
}
