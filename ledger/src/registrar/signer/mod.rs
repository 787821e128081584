//! What signs checkpoints: it remembers what it signed last, and goes neither back nor sideways.
//!
//! A database that was restored from an older copy, or a second copy of it, looks sound from inside.
//! The signer is outside: it signs a head only when a consistency proof shows that it extends the
//! last one. [`LogSigner`] does so in this process, [`SocketSigner`] asks another process for it.

mod socket;
mod state;

pub use socket::{SocketSigner, serve};
pub use state::{LogSigner, moved};

use thiserror::Error;

use crate::log::{After, Checkpoint, Hash, Signature, VerifierKey};

/// A head to sign, and the proof that it extends what was signed before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What is to be signed. Its leaves are on the disk.
    pub checkpoint: Checkpoint,
    /// By which keys of the log.
    pub keys: Vec<VerifierKey>,
    /// The size that the asker believes was signed last.
    pub old: u64,
    /// The consistency proof from there; empty from 0 and between equal sizes.
    pub proof: Vec<Hash>,
}

/// Why a head was not signed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignError {
    /// A proof from another size is needed: ask again from there.
    #[error("la dernière tête signée a {} feuilles : il faut la preuve depuis cette taille", .0.size)]
    Stale(After),
    /// A larger head was signed: the asker is behind, or its book was taken back.
    #[error("une tête de {} feuilles a déjà été signée", .0.size)]
    Behind(After),
    /// Another root was signed at that very size, or the proof does not lead from the last one.
    #[error("la tête ne prolonge pas celle de {} feuilles qui a été signée", .0.size)]
    Forked(After),
    /// What was signed last is not known, so nothing is signed.
    #[error("l’état du signataire n’est pas lisible ({0}) : rien n’est signé sans lui")]
    State(String),
    /// The signer does not hold this key, or the head is of another log.
    #[error("le signataire ne tient pas la clé {0}")]
    NoKey(String),
    /// The signer did not answer.
    #[error("le signataire ne répond pas ({0})")]
    Silent(String),
}

/// Signs checkpoints of one log. Calls block: they write to a disk, or wait for another process.
pub trait Signer: Send + Sync {
    /// The keys it signs with, the oldest first.
    ///
    /// # Errors
    /// [`SignError::Silent`].
    fn keys(&self) -> Result<Vec<VerifierKey>, SignError>;

    /// Signs a head with each key asked for. The same head gets the same signatures again.
    ///
    /// # Errors
    /// [`SignError`].
    fn sign(&self, ask: &Ask) -> Result<Vec<Signature>, SignError>;
}
