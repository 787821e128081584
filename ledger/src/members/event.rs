//! Facts about members: an application, an admission.

use serde::{Deserialize, Serialize};

use crate::base::{CategoryId, CollegeId, DecisionRef, MemberRef};

/// Somebody asks to become a member. Their identity is in the vault; the leaf holds digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberApplied {
    /// Digests of the disclosures of identity (RFC 9901).
    #[serde(rename = "_sd")]
    pub sd: Vec<String>,
    /// The digest's algorithm: `sha-256`.
    #[serde(rename = "_sd_alg")]
    pub sd_alg: String,
    /// The category asked for (R1).
    pub category: CategoryId,
    /// The reference of the decision that a legal person needs to subscribe (R24).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandate: Option<String>,
    /// The applicant's pseudonym.
    pub member: MemberRef,
    /// What kind of person.
    pub person: PersonKind,
    /// The applicant's own key, if it signs this leaf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer_vkey: Option<String>,
}

/// What kind of person a member is (R24, R34).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonKind {
    /// A natural person.
    Natural,
    /// A company or a wage-earning cooperative.
    Company,
    /// An association.
    Association,
    /// A local authority, a grouping of them, or a public establishment (R2).
    PublicBody,
}

impl PersonKind {
    /// Its French name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Natural => "personne physique",
            Self::Company => "société",
            Self::Association => "association",
            Self::PublicBody => "personne publique",
        }
    }
}

/// The body that decides admits applicants, by a decision that several officers sign (R25).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MembersAdmitted {
    /// Who, and where they stand.
    pub admissions: Vec<Admission>,
    /// The decision.
    pub decision: DecisionRef,
}

/// One admitted member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admission {
    /// The category (R1).
    pub category: CategoryId,
    /// The voting college (R4): independent of the category (R5).
    pub college: CollegeId,
    /// Who.
    pub member: MemberRef,
}
