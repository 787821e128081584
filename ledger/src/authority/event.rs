//! Facts about who may sign: the opening of the book, keys enrolled and revoked.

use serde::{Deserialize, Serialize};

use super::Role;
use crate::base::{Count, Digest};
use crate::bylaws::Bylaws;

/// The book opens: leaf 0 states what everything else is checked against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookOpened {
    /// The administrators' keys.
    pub admins: Vec<AdminKey>,
    /// The company, categories, colleges and dated parameters.
    pub bylaws: Bylaws,
    /// Digest of the bylaws' document, if filed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charter_sha256: Option<Digest>,
    /// The version of this format: `1`.
    pub format: String,
    /// The log's public key, which signs checkpoints.
    pub log_vkey: String,
    /// The log's origin, first line of its checkpoints and leaves.
    pub origin: String,
    /// How many administrators sign an enrolment or a revocation.
    pub threshold: Count,
}

/// An administrator named at the opening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminKey {
    /// A label of the office, never a person's name.
    pub holder: String,
    /// The public key.
    pub vkey: String,
}

/// A key may sign from the next leaf on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyEnrolled {
    /// A label of the office, never a person's name.
    pub holder: String,
    /// What it may sign.
    pub role: Role,
    /// The public key, which signs this leaf too (proof of possession).
    pub vkey: String,
}

/// A key may no longer sign from the next leaf on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRevoked {
    /// Which key.
    pub key_name: String,
    /// Why.
    pub reason: String,
}
