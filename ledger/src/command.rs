//! The closed list of what may be asked.

use serde::Deserialize;

use crate::{authority, funding, members, pooling, shares, treasury};

/// A command: what somebody asks, in the imperative. The rules answer with facts or a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant is documented by the struct that it carries")]
pub enum Command {
    OpenBook(Box<authority::OpenBook>),
    SucceedBook(Box<authority::SucceedBook>),
    EnrolKey(authority::EnrolKey),
    RotateKey(authority::RotateKey),
    RevokeKey(authority::RevokeKey),
    SuspectKey(authority::SuspectKey),
    ReviewLeaves(authority::ReviewLeaves),
    ChangeThreshold(authority::ChangeThreshold),
    RotateLogKey(authority::RotateLogKey),
    /// Not read from a file: identity travels beside it, and a digest whose value was never kept
    /// could never be shown.
    #[serde(skip)]
    Apply(members::Apply),
    /// A newcomer applies and subscribes in one act.
    #[serde(skip)]
    Join(members::Apply, shares::Subscribe),
    /// Not read from a file: which digests go, the vault says.
    #[serde(skip)]
    ErasePerson(members::ErasePerson),
    Subscribe(shares::Subscribe),
    AllotShares(shares::AllotShares),
    DeclineSubscription(shares::DeclineSubscription),
    IssueCertificate(shares::IssueCertificate),
    AdoptBudget(funding::AdoptBudget),
    AwardGrant(funding::AwardGrant),
    InvoiceService(funding::InvoiceService),
    RegisterPlace(pooling::RegisterPlace),
    AdoptAllocationKey(pooling::AdoptAllocationKey),
    PoolCost(pooling::PoolCost),
    CallContribution(pooling::CallContribution),
    ValueInKind(pooling::ValueInKind),
    OpenBankAccount(treasury::OpenBankAccount),
    #[serde(skip)]
    ImportStatement(treasury::ImportStatement),
    MatchLine(treasury::MatchLine),
}
