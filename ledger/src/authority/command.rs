//! What may be asked about keys.

use serde::Deserialize;

use super::{AdminKey, Role};
use crate::base::{Count, Digest};
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
}
