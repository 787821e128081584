//! What may be asked about members.

use serde::Deserialize;

use super::{ErasureReason, PersonKind};
use crate::base::{CategoryId, MemberRef};

/// An application to become a member; identity travels beside it, as disclosures.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apply {
    /// The pseudonym, random.
    pub member: MemberRef,
    /// What kind of person.
    pub person: PersonKind,
    /// The category asked for.
    pub category: CategoryId,
    /// The decision's reference that a legal person needs (R24).
    #[serde(default)]
    pub mandate: Option<String>,
    /// Names of the identity fields given, in order (R34); their digests are in `sd`.
    pub fields: Vec<String>,
    /// Digests of the disclosures.
    pub sd: Vec<String>,
    /// The applicant's own key, if it signs.
    #[serde(default)]
    pub signer_vkey: Option<String>,
}

/// Personal values are to be erased: which, the rules say; the digests are those of the vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasePerson {
    /// Whose.
    pub member: MemberRef,
    /// On what ground.
    pub reason: ErasureReason,
    /// The digests, in the application, of the values that the rules let go.
    pub digests: Vec<String>,
}
