//! Proof files: a leaf's place in the log, to be checked offline (C2SP tlog-proof v1 at commit
//! 5ba5ee830903e91240fc6f9f3a7a9293d49e69c9, not yet tagged).
//!
//! A proof shows that a leaf is in the log. It cannot show that no later leaf changes what it says.

use thiserror::Error;

use super::checkpoint::{Checkpoint, CheckpointError};
use super::hash::{Hash, HashError};
use super::note::VerifierKey;
use super::policy::{Policy, PolicyError, Witnessed};
use super::proof::{ProofError, verify_inclusion};
use super::text;

/// The first line of a proof file.
pub const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// Largest proof file, in bytes.
pub const MAX_PROOF_FILE: usize = 1_000_000;
/// Most hashes: a tree of 2^63 leaves has no longer path.
pub const MAX_HASHES: usize = 63;

/// Why bytes are not a proof file, or what it claims does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProofFileError {
    /// Larger than [`MAX_PROOF_FILE`].
    #[error("a proof file has at most {MAX_PROOF_FILE} bytes, not {0}")]
    TooLong(usize),
    /// Not UTF-8.
    #[error("a proof file is UTF-8")]
    Characters,
    /// The first line is another.
    #[error("a proof file begins with `{HEADER}`")]
    Header,
    /// The extra line is not canonical base64.
    #[error("the extra line is not canonical base64")]
    Extra,
    /// There is no index line, or its number is not a plain decimal.
    #[error("the index line is `index` and a decimal without leading zeroes")]
    Index,
    /// A line of the path is not a hash.
    #[error("hash {at} of the path: {error}")]
    Hash {
        /// Which hash, from 0.
        at: usize,
        /// What is wrong with it.
        error: HashError,
    },
    /// More than [`MAX_HASHES`].
    #[error("a path has at most {MAX_HASHES} hashes")]
    TooManyHashes,
    /// No empty line and checkpoint after the path.
    #[error("the path is followed by an empty line and a checkpoint")]
    NoCheckpoint,
    /// The proof brings no leaf along.
    #[error("the proof file has no extra line that holds the leaf")]
    NoLeaf,
    /// The key has another name than the origin that is asked for.
    #[error("the log key is of `{found}`, not of `{wanted}`")]
    Origin {
        /// Name of the key.
        found: String,
        /// Origin asked for.
        wanted: String,
    },
    /// The policy lists logs, and this key is not among them.
    #[error("the policy does not list the log `{0}` with this key")]
    LogNotListed(String),
    /// The checkpoint is not sound, of another log, or not signed by it.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The witnesses do not satisfy the policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The leaf is not where the proof says.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

/// A proof file, read but not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofFile {
    /// Bytes of no weight of their own. We put the leaf there: its hash is what vouches for it.
    pub extra: Option<Vec<u8>>,
    /// Index of the leaf, from zero.
    pub index: u64,
    /// The path, the leaf's sibling first.
    pub hashes: Vec<Hash>,
    /// The checkpoint note, as it was published.
    pub checkpoint: Vec<u8>,
}

/// What a verified proof establishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The checkpoint under which the leaf is in the log.
    pub checkpoint: Checkpoint,
    /// Who vouches for it besides the log.
    pub witnessed: Witnessed,
}

impl ProofFile {
    /// Reads a proof file; only the one form that [`ProofFile::to_bytes`] writes.
    ///
    /// # Errors
    /// The variants of [`ProofFileError`] that are about form. The checkpoint is not read yet.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofFileError> {
        if bytes.len() > MAX_PROOF_FILE {
            return Err(ProofFileError::TooLong(bytes.len()));
        }
        let file = std::str::from_utf8(bytes).map_err(|_| ProofFileError::Characters)?;
        let (head, checkpoint) = file.split_once("\n\n").ok_or(ProofFileError::NoCheckpoint)?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(ProofFileError::Header);
        }
        let extra = lines.next_if(|line| line.starts_with("extra "));
        let extra = extra
            .and_then(|line| line.strip_prefix("extra "))
            .map(|line| text::from_base64(line).ok_or(ProofFileError::Extra));
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let index = index.and_then(text::decimal).ok_or(ProofFileError::Index)?;
        let hashes: Vec<_> = lines
            .enumerate()
            .map(|(at, line)| {
                Hash::from_base64(line).map_err(|error| ProofFileError::Hash { at, error })
            })
            .collect::<Result<_, _>>()?;
        if hashes.len() > MAX_HASHES {
            return Err(ProofFileError::TooManyHashes);
        }
        Ok(Self { extra: extra.transpose()?, index, hashes, checkpoint: checkpoint.into() })
    }

    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut lines = vec![HEADER.to_owned()];
        lines.extend(self.extra.iter().map(|extra| format!("extra {}", text::base64(extra))));
        lines.push(format!("index {}", self.index));
        lines.extend(self.hashes.iter().map(Hash::to_base64));
        let mut file = lines.join("\n").into_bytes();
        file.extend(b"\n\n");
        file.extend(&self.checkpoint);
        file
    }

    /// What its checkpoint claims, before any signature is looked at.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn claimed(&self) -> Result<Checkpoint, CheckpointError> {
        Checkpoint::claimed(&self.checkpoint)
    }

    /// Checks that these bytes are a leaf of the log `origin`, at this index, under a checkpoint
    /// that the log has signed and the policy accepts. The extra line is not looked at.
    ///
    /// # Errors
    /// [`ProofFileError`].
    pub fn verify(
        &self,
        leaf_bytes: &[u8],
        origin: &str,
        log_key: &VerifierKey,
        policy: &Policy,
    ) -> Result<Proven, ProofFileError> {
        if log_key.name() != origin {
            let (found, wanted) = (log_key.name().to_owned(), origin.to_owned());
            return Err(ProofFileError::Origin { found, wanted });
        }
        if !policy.logs().is_empty() && !policy.logs().iter().any(|log| log.key == *log_key) {
            return Err(ProofFileError::LogNotListed(origin.to_owned()));
        }
        let (checkpoint, note) = Checkpoint::open(&self.checkpoint, log_key)?;
        let witnessed = policy.evaluate(&note)?;
        let leaf = Hash::leaf(leaf_bytes);
        verify_inclusion(&leaf, self.index, checkpoint.size, &checkpoint.root, &self.hashes)?;
        Ok(Proven { checkpoint, witnessed })
    }

    /// As [`ProofFile::verify`], with the leaf that the extra line brings along, which is returned.
    ///
    /// # Errors
    /// [`ProofFileError::NoLeaf`] without an extra line, or any other of [`ProofFileError`].
    pub fn verify_leaf_inside(
        &self,
        origin: &str,
        log_key: &VerifierKey,
        policy: &Policy,
    ) -> Result<(&[u8], Proven), ProofFileError> {
        let leaf = self.extra.as_deref().ok_or(ProofFileError::NoLeaf)?;
        Ok((leaf, self.verify(leaf, origin, log_key, policy)?))
    }
}
