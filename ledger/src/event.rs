//! The closed list of all facts, and their kinds as stored.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::log::json::{Value, parts};
use crate::{authority, funding, members, pooling, shares, treasury};

/// A fact: what happened, in the past tense. A leaf carries exactly one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body")]
#[expect(missing_docs, reason = "each variant is documented by the struct that it carries")]
pub enum Event {
    #[serde(rename = "ledger.opened@v1")]
    BookOpened(Box<authority::BookOpened>),
    #[serde(rename = "ledger.opened@v2")]
    BookSucceeded(Box<authority::BookSucceeded>),
    #[serde(rename = "authority.key_enrolled@v1")]
    KeyEnrolled(authority::KeyEnrolled),
    #[serde(rename = "authority.key_revoked@v1")]
    KeyRevoked(authority::KeyRevoked),
    #[serde(rename = "authority.key_rotated@v1")]
    KeyRotated(authority::KeyRotated),
    #[serde(rename = "authority.key_suspected@v1")]
    KeySuspected(authority::KeySuspected),
    #[serde(rename = "authority.leaves_reviewed@v1")]
    LeavesReviewed(authority::LeavesReviewed),
    #[serde(rename = "authority.threshold_changed@v1")]
    ThresholdChanged(authority::ThresholdChanged),
    #[serde(rename = "authority.log_key_rotated@v1")]
    LogKeyRotated(authority::LogKeyRotated),
    #[serde(rename = "members.applied@v1")]
    MemberApplied(members::MemberApplied),
    #[serde(rename = "members.admitted@v1")]
    MembersAdmitted(members::MembersAdmitted),
    #[serde(rename = "members.erased@v1")]
    PersonErased(members::PersonErased),
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

/// Why a leaf's kind and body are not a fact.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EventError {
    /// The kind is unknown, a field is missing, unknown or of another form.
    #[error("{0}")]
    Form(String),
    /// The body says the same in another way than this program writes it.
    #[error("le corps n’est pas sous sa forme canonique")]
    NotCanonical,
}

impl Event {
    /// The opening of a book, in whichever form it is stated.
    pub fn opening(&self) -> Option<&authority::BookOpened> {
        match self {
            Self::BookOpened(opened) => Some(opened),
            Self::BookSucceeded(succeeded) => Some(&succeeded.book),
            _ => None,
        }
    }

    /// Its kind and its body, as a leaf states them.
    ///
    /// # Errors
    /// [`EventError::Form`] when a text of it can't stand in a leaf (not NFC, for one).
    pub fn to_parts(&self) -> Result<(String, Value), EventError> {
        let form = |error: &dyn std::fmt::Display| EventError::Form(error.to_string());
        let mut parts = serde_json::to_value(self).map_err(|error| form(&error))?;
        let kind = parts.get("kind").and_then(|kind| kind.as_str()).unwrap_or_default().to_owned();
        let body = parts.get_mut("body").map(serde_json::Value::take).unwrap_or_default();
        Ok((kind, Value::try_from(body).map_err(|error| form(&error))?))
    }

    /// Reads a fact from a leaf; only the bytes that [`Event::to_parts`] would write are accepted.
    ///
    /// # Errors
    /// [`EventError`]: an unknown kind, another form, or another writing of the same fact.
    pub fn from_parts(kind: &str, body: &Value) -> Result<Self, EventError> {
        let event: Self = parts::read(kind, body).map_err(EventError::Form)?;
        if parts::is_written(&event, kind, body) {
            Ok(event)
        } else {
            Err(EventError::NotCanonical)
        }
    }
}
