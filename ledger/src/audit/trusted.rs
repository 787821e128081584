//! By which keys of the log a checkpoint must be signed, as far as the leaves were read.

use super::checker::Checker;
use super::{AuditError, Expected, latest};
use crate::authority::Authority;
use crate::decide::{Keyring, Verified};
use crate::log::{Checkpoint, VerifierKey};
use crate::replay::Inconsistency;

/// The log's keys.
#[derive(Clone, Debug)]
pub enum Trusted {
    /// As the leaves name them, the first in leaf 0 and each later one in a leaf of administrators.
    Named(Box<Authority>),
    /// Leaves were not read: the key of leaf 0, and the one that the auditor brings. One must sign.
    Given(Vec<VerifierKey>),
}

impl Trusted {
    /// # Errors
    /// The key that the auditor brings is not one that the log has named; leaf 0 names none.
    pub(super) fn of(
        walker: &impl Checker,
        first: Option<&[u8]>,
        expected: &Expected,
    ) -> Result<Self, AuditError> {
        let Some(authority) = walker.authority() else {
            let mut keys: Vec<VerifierKey> = expected.vkey.iter().cloned().collect();
            keys.push(named_first(first)?);
            return Ok(Self::Given(keys));
        };
        if let Some(trusted) = &expected.vkey
            && !authority.log_keys().any(|named| named.vkey == trusted.to_string())
        {
            let named: Vec<&str> = authority.log_keys().map(|key| key.vkey.as_str()).collect();
            let named = named.join(" puis ");
            return Err(latest(&format!(
                "le journal nomme la clé {named}, vous attendiez {trusted}"
            )));
        }
        Ok(Self::Named(Box::new(authority.clone())))
    }

    fn at(&self, size: u64) -> Result<Vec<VerifierKey>, String> {
        match self {
            Self::Named(authority) => {
                let keys = authority.log_keys_at(size).into_iter();
                let keys = keys.map(|key| VerifierKey::parse(&key.vkey));
                keys.collect::<Result<_, _>>().map_err(|error| error.to_string())
            }
            Self::Given(keys) => Ok(keys.clone()),
        }
    }

    /// Those of the log's keys at that size whose signature the note bears: two while one takes the
    /// other's place.
    pub fn signers(&self, note: &[u8]) -> Vec<VerifierKey> {
        let size = Checkpoint::claimed(note).map_or(0, |checkpoint| checkpoint.size);
        let mut keys = self.at(size).unwrap_or_default();
        keys.retain(|key| Checkpoint::open(note, key).is_ok());
        keys
    }

    /// The key in force at that size; the one that the auditor brings, when leaves were not read.
    pub(super) fn in_force(&self, size: u64) -> Result<VerifierKey, String> {
        let mut keys = self.at(size)?;
        let key = if let Self::Named(_) = self { keys.pop() } else { keys.into_iter().next() };
        key.ok_or_else(|| "le journal ne nomme aucune clé".into())
    }

    /// Whether the note is signed as it must be at that size.
    pub(super) fn signed(&self, note: &[u8], checkpoint: &Checkpoint) -> Result<(), String> {
        let opened = |key: &VerifierKey| {
            Checkpoint::open(note, key).map(drop).map_err(|error| error.to_string())
        };
        let keys = self.at(checkpoint.size)?;
        match self {
            Self::Named(_) => keys.iter().try_for_each(opened),
            Self::Given(_) => {
                let mut refused = Err("le journal ne nomme aucune clé".to_owned());
                for key in &keys {
                    refused = opened(key);
                    if refused.is_ok() {
                        break;
                    }
                }
                refused
            }
        }
    }
}

/// The key that leaf 0 names.
fn named_first(first: Option<&[u8]>) -> Result<VerifierKey, AuditError> {
    let wrong = |reason: String| AuditError::Leaf(Inconsistency { index: 0, reason });
    let bytes = first.ok_or_else(|| wrong("la feuille manque".into()))?;
    let leaf = Verified::read(bytes, &Keyring::default()).map_err(|e| wrong(e.to_string()))?;
    let opened = leaf.event().opening();
    let opened = opened.ok_or_else(|| wrong("elle n’ouvre pas de livre".into()))?;
    VerifierKey::parse(&opened.log_vkey).map_err(|error| latest(&error.to_string()))
}
