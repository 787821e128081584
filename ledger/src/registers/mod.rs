//! All registers together: the fold of facts, and the figures the accounts ask of them.

mod lookup;

use crate::authority::Authority;
use crate::base::{AmountError, Stamp};
use crate::event::Event;
use crate::funding::Funding;
use crate::members::Members;
use crate::pooling::Pooling;
use crate::shares::Shares;
use crate::treasury::Treasury;

/// The six registers. Cloning is cheap: they share what has not changed.
#[derive(Clone, Debug, Default)]
pub struct Registers {
    /// Who may sign what.
    pub authority: Authority,
    /// Members and applicants.
    pub members: Members,
    /// Shares and capital.
    pub shares: Shares,
    /// Budgets, grants, invoices.
    pub funding: Funding,
    /// Places and what they pool.
    pub pooling: Pooling,
    /// Bank statements and what they pay.
    pub treasury: Treasury,
}

impl Registers {
    /// Takes a fact in. No rule is checked here: the log may hold what today's rules would refuse.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] when a sum no longer fits.
    pub fn apply(&mut self, stamp: Stamp, event: &Event) -> Result<(), AmountError> {
        match event {
            Event::BookOpened(fact) => self.authority.apply_opened(stamp, fact),
            Event::BookSucceeded(fact) => self.authority.apply_succeeded(stamp, fact),
            Event::KeyEnrolled(fact) => self.authority.apply_key_enrolled(stamp, fact),
            Event::KeyRevoked(fact) => self.authority.apply_key_revoked(stamp, fact),
            Event::KeyRotated(fact) => self.authority.apply_key_rotated(stamp, fact),
            Event::KeySuspected(fact) => self.authority.apply_key_suspected(stamp, fact),
            Event::LeavesReviewed(fact) => self.authority.apply_leaves_reviewed(stamp, fact),
            Event::ThresholdChanged(fact) => self.authority.apply_threshold_changed(stamp, fact),
            Event::LogKeyRotated(fact) => self.authority.apply_log_key_rotated(stamp, fact),
            Event::MemberApplied(fact) => self.members.apply_applied(stamp, fact),
            Event::MembersAdmitted(fact) => self.members.apply_admitted(stamp, fact),
            Event::PersonErased(fact) => self.members.apply_erased(stamp, fact),
            Event::SharesSubscribed(fact) => self.shares.apply_subscribed(stamp, fact),
            Event::SharesAllotted(fact) => self.shares.apply_allotted(stamp, fact),
            Event::SubscriptionDeclined(fact) => self.shares.apply_declined(stamp, fact),
            Event::CertificateIssued(fact) => self.shares.apply_certificate(stamp, fact),
            Event::BudgetAdopted(fact) => self.funding.apply_budget_adopted(stamp, fact),
            Event::GrantAwarded(fact) => self.funding.apply_grant_awarded(stamp, fact),
            Event::ServiceInvoiced(fact) => self.funding.apply_service_invoiced(stamp, fact),
            Event::PlaceRegistered(fact) => self.pooling.apply_place_registered(stamp, fact),
            Event::AllocationKeyAdopted(fact) => {
                self.pooling.apply_allocation_key_adopted(stamp, fact)
            }
            Event::CostPooled(fact) => self.pooling.apply_cost_pooled(stamp, fact),
            Event::ContributionCalled(fact) => self.pooling.apply_contribution_called(stamp, fact),
            Event::InKindValued(fact) => self.pooling.apply_in_kind_valued(stamp, fact),
            Event::BankAccountOpened(fact) => self.treasury.apply_account_opened(stamp, fact),
            Event::StatementImported(fact) => self.treasury.apply_statement_imported(stamp, fact),
            Event::LineRecorded(fact) => self.treasury.apply_line_recorded(stamp, fact),
            Event::LineMatched(fact) => self.treasury.apply_line_matched(stamp, fact),
        }
    }
}
