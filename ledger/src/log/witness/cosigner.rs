//! The witness's side: a checkpoint is cosigned when it extends the last one cosigned for its log.
//!
//! State comes in, a request comes in; an answer and the new state go out. Who calls this must hold
//! the state still from the reading to the writing, and have the new one on the disk before the
//! answer leaves: otherwise two requests at once could take the witness back.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{AddCheckpoint, Answer};
use crate::log::checkpoint::{Checkpoint, CheckpointError};
use crate::log::cosignature;
use crate::log::hash::Hash;
use crate::log::note::{Algorithm, Note, NoteError, SigningKey, VerifierKey};
use crate::log::proof::{verify_consistency, verify_from_empty};

/// Why a witness can't be set up so.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CosignerError {
    /// The key does not make cosignatures.
    #[error("key `{0}` does not make cosignatures: a witness has a key of kind 0x04")]
    NotACosigner(String),
    /// A log's key is of another kind than 0x01.
    #[error("key `{0}` is not the key of a log: a log has a key of kind 0x01")]
    NotALog(String),
    /// No log at all.
    #[error("a witness is told at least one log")]
    NoLog,
}

/// The latest checkpoint that was cosigned for a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its size.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// When it was cosigned last, in POSIX seconds.
    pub time: u64,
}

/// A witness: its key, and the logs it knows.
#[derive(Debug)]
pub struct Cosigner {
    key: SigningKey,
    logs: BTreeMap<String, Vec<VerifierKey>>,
}

/// What is to be kept before the answer leaves: the origin of the log, and what was seen of it.
pub type Kept = (String, Seen);

impl Cosigner {
    /// A witness of these logs; several keys of one name are keys of one log.
    ///
    /// # Errors
    /// [`CosignerError`].
    pub fn new(key: SigningKey, logs: Vec<VerifierKey>) -> Result<Self, CosignerError> {
        if key.verifier().algorithm() != Algorithm::CosignatureV1 {
            return Err(CosignerError::NotACosigner(key.name().to_owned()));
        }
        let mut known: BTreeMap<String, Vec<VerifierKey>> = BTreeMap::new();
        for log in logs {
            if log.algorithm() != Algorithm::Ed25519 {
                return Err(CosignerError::NotALog(log.name().to_owned()));
            }
            known.entry(log.name().to_owned()).or_default().push(log);
        }
        if known.is_empty() {
            return Err(CosignerError::NoLog);
        }
        Ok(Self { key, logs: known })
    }

    /// The witness's public key.
    pub const fn verifier(&self) -> &VerifierKey {
        self.key.verifier()
    }

    /// The origins of the logs it knows.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        self.logs.keys().map(String::as_str)
    }

    /// Considers a request at `time`, in POSIX seconds; `seen` tells what was cosigned for a log.
    ///
    /// The second value, when there is one, must be on the disk before the answer leaves.
    pub fn consider(
        &self,
        request: &[u8],
        time: u64,
        seen: impl FnOnce(&str) -> Option<Seen>,
    ) -> (Answer, Option<Kept>) {
        match self.cosign(request, time, seen) {
            Ok((answer, kept)) => (answer, Some(kept)),
            Err(refused) => (refused, None),
        }
    }

    /// The checks, in the order of the specification.
    fn cosign(
        &self,
        request: &[u8],
        time: u64,
        seen: impl FnOnce(&str) -> Option<Seen>,
    ) -> Result<(Answer, Kept), Answer> {
        let malformed = |error: &dyn std::fmt::Display| Answer::Malformed(error.to_string());
        let request = AddCheckpoint::parse(request).map_err(|error| malformed(&error))?;
        let note = Note::parse(&request.checkpoint).map_err(|error| malformed(&error))?;
        let new = Checkpoint::parse(&note.text).map_err(|error| match error {
            CheckpointError::Lines => {
                Answer::Malformed(format!("{error}; extension lines are not accepted"))
            }
            other => malformed(&other),
        })?;
        let unknown = || Answer::UnknownOrigin("this witness does not know that log".into());
        check_signed(&note, self.logs.get(&new.origin).ok_or_else(unknown)?)?;
        if request.old > new.size {
            let why = format!("old size {} is above the new one, {}", request.old, new.size);
            return Err(Answer::Malformed(why));
        }
        let last = seen(&new.origin);
        let size = last.map_or(0, |last| last.size);
        if request.old != size {
            return Err(Answer::Conflict(Some(size)));
        }
        check_extends(last, &new, &request.proof)?;
        if last.is_some_and(|last| time < last.time) {
            let why = "the clock of the witness is behind its last cosignature".into();
            return Err(Answer::Other { status: 503, why });
        }
        let line = cosignature::sign(&note.text, &self.key, time)
            .map_err(|error| Answer::Other { status: 503, why: error.to_string() })?;
        let seen = Seen { size: new.size, root: new.root, time };
        Ok((Answer::Cosigned(vec![line]), (new.origin, seen)))
    }
}

/// Signed by one of the keys at least, and by none of them wrongly; others are ignored.
fn check_signed(note: &Note, keys: &[VerifierKey]) -> Result<(), Answer> {
    let mut signed = false;
    for key in keys {
        match note.verify(key) {
            Ok(()) => signed = true,
            Err(NoteError::NotSigned(_)) => {}
            Err(error) => return Err(Answer::BadSignature(error.to_string())),
        }
    }
    let none = || Answer::BadSignature("no signature by a key that is known for that log".into());
    if signed { Ok(()) } else { Err(none()) }
}

fn check_extends(last: Option<Seen>, new: &Checkpoint, proof: &[Hash]) -> Result<(), Answer> {
    let held = match last {
        Some(last) if last.size > 0 => {
            if last.size == new.size && last.root != new.root {
                return Err(Answer::Conflict(Some(last.size)));
            }
            verify_consistency(last.size, &last.root, new.size, &new.root, proof)
        }
        _ => verify_from_empty(new.size, &new.root, proof),
    };
    held.map_err(|error| Answer::BadProof(error.to_string()))
}
