//! What may be asked about keys.

use serde::Deserialize;

use super::{AdminKey, Finding, Predecessor, Role};
use crate::base::{Count, Digest, LeafIndex};
use crate::bylaws::Bylaws;

/// Opens the book: the first command of all.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenBook {
    /// The log's origin.
    pub origin: String,
    /// The log's public key.
    pub log_vkey: String,
    /// The administrators.
    pub admins: Vec<AdminKey>,
    /// How many of them sign.
    pub threshold: Count,
    /// Company, categories, colleges, parameters.
    pub bylaws: Bylaws,
    /// Digest of the bylaws' document.
    #[serde(default)]
    pub charter_sha256: Option<Digest>,
    /// Digest of the witness policy.
    #[serde(default)]
    pub policy_sha256: Option<Digest>,
}

/// Opens a book that follows another log.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SucceedBook {
    /// The opening, under an origin and a key of its own.
    pub opening: OpenBook,
    /// The log that it follows.
    pub predecessor: Predecessor,
}

/// Enrols a key for an office.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolKey {
    /// A label of the office.
    pub holder: String,
    /// What it may sign.
    pub role: Role,
    /// The public key.
    pub vkey: String,
}

/// Revokes a key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeKey {
    /// Which key.
    pub key_name: String,
    /// Why.
    pub reason: String,
    /// From which leaf on what it signed is in doubt, if any of it is.
    #[serde(default)]
    pub suspect_from: Option<LeafIndex>,
}

/// Puts a key in the place of another.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotateKey {
    /// The key that ends.
    pub key_name: String,
    /// The public key that takes its place.
    pub vkey: String,
}

/// Puts in doubt what a key that no longer signs has signed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuspectKey {
    /// Which key.
    pub key_name: String,
    /// Why.
    pub reason: String,
    /// From which leaf on.
    pub suspect_from: LeafIndex,
}

/// States the review of leaves in doubt.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewLeaves {
    /// As what it is reviewed: `admin` or `officer`.
    pub by: Role,
    /// What was found.
    pub finding: Finding,
    /// Which leaves.
    pub leaves: Vec<LeafIndex>,
    /// On what one relies.
    pub note: String,
}

/// Has another number of administrators sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeThreshold {
    /// How many.
    pub threshold: Count,
}

/// Gives the log another key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotateLogKey {
    /// For how many leaves both keys sign.
    pub both_for: Count,
    /// The new key.
    pub log_vkey: String,
}
