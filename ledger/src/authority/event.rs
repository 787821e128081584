//! Facts about who may sign: the opening of the book, its keys, what a key is suspected to have signed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Role, vkey};
use crate::base::{Count, Digest, LeafIndex};
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
    /// Digest of the witness policy of that day, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_sha256: Option<Digest>,
    /// How many administrators sign an enrolment or a revocation.
    pub threshold: Count,
}

impl BookOpened {
    /// How many administrators have signed, by the names of their keys: holders, not keys.
    pub fn holders_among(&self, names: &BTreeSet<&str>) -> usize {
        let signed = |admin: &&AdminKey| {
            vkey::parse(&admin.vkey).is_some_and(|key| names.contains(key.name))
        };
        holders(self.admins.iter().filter(signed))
    }
}

/// How many hold these keys: a person may hold several.
pub(super) fn holders<'a>(admins: impl IntoIterator<Item = &'a AdminKey>) -> usize {
    admins.into_iter().map(|admin| admin.holder.as_str()).collect::<BTreeSet<_>>().len()
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

/// The book opens as the successor of another log, whose last checkpoint it states: what follows a log
/// key that is no longer trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookSucceeded {
    /// The opening itself, under an origin of its own.
    pub book: BookOpened,
    /// The log that it follows.
    pub predecessor: Predecessor,
}

/// The end of a log that another one follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predecessor {
    /// The key that signed its last checkpoint.
    pub log_vkey: String,
    /// Its origin.
    pub origin: String,
    /// The root of its last checkpoint that is held to be its own.
    pub root: String,
    /// How many leaves that checkpoint has.
    pub size: LeafIndex,
}

/// A key takes the place of another, which ends: same holder, same role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRotated {
    /// The key that ends with this leaf, which it signs too.
    pub key_name: String,
    /// The key that signs from the next leaf on; it signs this one as a proof of possession.
    pub vkey: String,
}

/// What a key has signed from a leaf on is in doubt: each of those leaves is to be reviewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySuspected {
    /// Which key. It no longer signs.
    pub key_name: String,
    /// Why.
    pub reason: String,
    /// The first leaf from which its signatures are in doubt.
    pub suspect_from: LeafIndex,
}

/// Leaves that a suspected key had signed were reviewed. Nothing is taken out of the log: what was
/// wrong is put right by other facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeavesReviewed {
    /// As what those who sign have reviewed them: administrators, or officers.
    pub by: Role,
    /// What they found.
    pub finding: Finding,
    /// Which leaves, in order.
    pub leaves: Vec<LeafIndex>,
    /// On what they rely; what puts a disowned leaf right.
    pub note: String,
}

/// What a review found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The holder of the key did sign this.
    Confirmed,
    /// Somebody else did: its effects are put right by other facts.
    Disowned,
}

/// Another number of administrators signs from the next leaf on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThresholdChanged {
    /// How many sign.
    pub threshold: Count,
}

/// Another key signs checkpoints from the next size on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogKeyRotated {
    /// For how many leaves after this one checkpoints carry the signatures of both keys.
    pub both_for: Count,
    /// The new key. It bears the log's name, as the former does.
    pub log_vkey: String,
}
