//! Cosignatures: a witness's word that a checkpoint is the largest it has seen at a given time
//! (C2SP tlog-cosignature v1.0.1, `cosignature/v1`, algorithm 0x04).
//!
//! The signed message does not hold the witness's name: one key serves one name only.

use thiserror::Error;

use super::checkpoint::{Checkpoint, CheckpointError};
use super::leaf::format_instant;
use super::note::{Algorithm, Note, NoteError, Signature, SigningKey, VerifierKey};

/// Why a cosignature was not made or does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CosignatureError {
    /// What is to be cosigned is not a checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The key is unfit, has not signed, or its signature does not hold.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The signature has not 8 bytes of time and 64 of Ed25519.
    #[error("a cosignature by `{0}` must have 72 bytes")]
    Length(String),
    /// The time is beyond 2^63 - 1 seconds.
    #[error("the time of a cosignature is at most 2^63 - 1 seconds")]
    Time,
}

fn message(checkpoint: &str, time: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{checkpoint}").into_bytes()
}

fn check(key: &VerifierKey, time: u64) -> Result<(), CosignatureError> {
    if key.algorithm() != Algorithm::CosignatureV1 {
        return Err(NoteError::Purpose(key.name().to_owned()).into());
    }
    i64::try_from(time).map(|_| ()).map_err(|_| CosignatureError::Time)
}

/// Cosigns the text of a checkpoint at `time`, in POSIX seconds.
///
/// # Errors
/// [`CosignatureError::Checkpoint`] when the text is not a checkpoint, [`NoteError::Purpose`] for
/// another key than a cosigner's, [`CosignatureError::Time`].
pub fn sign(checkpoint: &str, key: &SigningKey, time: u64) -> Result<Signature, CosignatureError> {
    Checkpoint::parse(checkpoint)?;
    check(key.verifier(), time)?;
    let mut blob = time.to_be_bytes().to_vec();
    blob.extend(key.sign_bytes(&message(checkpoint, time)));
    Ok(key.signature(blob))
}

/// Verifies the cosignature by `key` on a checkpoint note and gives its time in POSIX seconds.
///
/// A note may carry several by one witness; all must hold, and the latest time is given.
///
/// # Errors
/// [`NoteError::NotSigned`] when there is none, otherwise what is wrong with it.
pub fn verify(note: &Note, key: &VerifierKey) -> Result<u64, CosignatureError> {
    let mut latest = None;
    for signature in note.signatures.iter().filter(|signature| signature.is_by(key)) {
        latest = latest.max(Some(verify_one(&note.text, signature, key)?));
    }
    latest.ok_or_else(|| NoteError::NotSigned(key.name().to_owned()).into())
}

/// Verifies one cosignature over the text of a checkpoint and gives its time in POSIX seconds.
///
/// # Errors
/// [`NoteError::NotSigned`] when it is by another key, otherwise what is wrong with it.
pub fn verify_one(
    checkpoint: &str,
    signature: &Signature,
    key: &VerifierKey,
) -> Result<u64, CosignatureError> {
    if !signature.is_by(key) {
        return Err(NoteError::NotSigned(key.name().to_owned()).into());
    }
    let length = || CosignatureError::Length(key.name().to_owned());
    let (time, ed25519) = signature.blob.split_first_chunk::<8>().ok_or_else(length)?;
    if ed25519.len() != 64 {
        return Err(length());
    }
    let time = u64::from_be_bytes(*time);
    check(key, time)?;
    Checkpoint::parse(checkpoint)?;
    key.verify_strict(&message(checkpoint, time), ed25519)?;
    Ok(time)
}

/// The time of a cosignature as people write it, `2026-03-01T12:00:00.000Z`; the seconds themselves
/// when no calendar holds them.
pub fn instant(time: u64) -> String {
    let ms = i64::try_from(time).ok().and_then(|seconds| seconds.checked_mul(1_000));
    let written = ms.and_then(|ms| format_instant(ms).ok());
    written.unwrap_or_else(|| format!("{time} s"))
}
