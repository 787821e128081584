//! The closed list of all facts, and their kinds as stored.

use serde::{Deserialize, Serialize};

use crate::{authority, funding, members, pooling, shares, treasury};

/// A fact: what happened, in the past tense. A leaf carries exactly one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body")]
#[expect(missing_docs, reason = "each variant is documented by the struct that it carries")]
pub enum Event {
    #[serde(rename = "ledger.opened@v1")]
    BookOpened(Box<authority::BookOpened>),
    #[serde(rename = "authority.key_enrolled@v1")]
    KeyEnrolled(authority::KeyEnrolled),
    #[serde(rename = "authority.key_revoked@v1")]
    KeyRevoked(authority::KeyRevoked),
    #[serde(rename = "members.applied@v1")]
    MemberApplied(members::MemberApplied),
    #[serde(rename = "members.admitted@v1")]
    MembersAdmitted(members::MembersAdmitted),
    #[serde(rename = "shares.subscribed@v1")]
    SharesSubscribed(shares::SharesSubscribed),
    #[serde(rename = "shares.allotted@v1")]
    SharesAllotted(shares::SharesAllotted),
    #[serde(rename = "shares.subscription_declined@v1")]
    SubscriptionDeclined(shares::SubscriptionDeclined),
    #[serde(rename = "shares.certificate_issued@v1")]
    CertificateIssued(shares::CertificateIssued),
    #[serde(rename = "funding.budget_adopted@v1")]
    BudgetAdopted(funding::BudgetAdopted),
    #[serde(rename = "funding.grant_awarded@v1")]
    GrantAwarded(funding::GrantAwarded),
    #[serde(rename = "funding.service_invoiced@v1")]
    ServiceInvoiced(funding::ServiceInvoiced),
    #[serde(rename = "pooling.place_registered@v1")]
    PlaceRegistered(pooling::PlaceRegistered),
    #[serde(rename = "pooling.allocation_key_adopted@v1")]
    AllocationKeyAdopted(pooling::AllocationKeyAdopted),
    #[serde(rename = "pooling.cost_pooled@v1")]
    CostPooled(pooling::CostPooled),
    #[serde(rename = "pooling.contribution_called@v1")]
    ContributionCalled(pooling::ContributionCalled),
    #[serde(rename = "pooling.in_kind_valued@v1")]
    InKindValued(pooling::InKindValued),
    #[serde(rename = "treasury.account_opened@v1")]
    BankAccountOpened(treasury::BankAccountOpened),
    #[serde(rename = "treasury.statement_imported@v1")]
    StatementImported(treasury::StatementImported),
    #[serde(rename = "treasury.line_recorded@v1")]
    LineRecorded(treasury::LineRecorded),
    #[serde(rename = "treasury.line_matched@v1")]
    LineMatched(treasury::LineMatched),
}
