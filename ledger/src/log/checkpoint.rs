//! Checkpoints: the log's signed word for its size and root (C2SP tlog-checkpoint v1.0.0).
//!
//! Extension lines are refused: some witnesses do not accept them, and nobody can audit them.

use thiserror::Error;

use super::hash::{Hash, HashError};
use super::note::{Note, NoteError, SigningKey, VerifierKey};
use super::text;

/// What a log says of itself: who it is, how many leaves it has, and their root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name, which is also the name of its key.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
}

/// Why bytes are not a checkpoint of the log in question.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// Not three lines: extension lines are not accepted.
    #[error("a checkpoint is exactly three lines: origin, size, root")]
    Lines,
    /// The size is not a plain decimal.
    #[error("the size of a checkpoint is a decimal without leading zeroes")]
    Size,
    /// The root is not a hash.
    #[error("root of the checkpoint: {0}")]
    Root(#[from] HashError),
    /// Size 0 and the empty root go together.
    #[error("size 0 and the empty root go together")]
    Empty,
    /// The checkpoint is of another log than the key.
    #[error("the checkpoint is of `{found}`, not of `{wanted}`")]
    Origin {
        /// Origin on the first line.
        found: String,
        /// Name of the key.
        wanted: String,
    },
    /// The note around it is malformed or not signed by that key.
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl Checkpoint {
    /// The three lines that are signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64())
    }

    /// Reads the three lines.
    ///
    /// # Errors
    /// [`CheckpointError`], save its last two variants' causes that need a key.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?.split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Lines);
        };
        // It need not have the form of a key's name: that of another log is for its own verifiers.
        if origin.is_empty() {
            return Err(NoteError::Name(String::new()).into());
        }
        let size = text::decimal(size).ok_or(CheckpointError::Size)?;
        let root = Hash::from_base64(root)?;
        if (size == 0) != (root == Hash::EMPTY_ROOT) {
            return Err(CheckpointError::Empty);
        }
        Ok(Self { origin: origin.to_owned(), size, root })
    }

    /// Signs it with the log's key and gives the whole note.
    ///
    /// # Errors
    /// [`CheckpointError::Origin`] unless the key has the origin's name;
    /// any other when the checkpoint could not be read back.
    pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, CheckpointError> {
        let text = self.text();
        Self::parse(&text)?.check_origin(key.name())?;
        let signatures = vec![key.sign_text(&text)?];
        Ok(Note { text, signatures }.to_bytes())
    }

    /// Reads a checkpoint note and verifies the signature of the log. Cosignatures stay unread.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn open(bytes: &[u8], key: &VerifierKey) -> Result<(Self, Note), CheckpointError> {
        let note = Note::parse(bytes)?;
        note.verify(key)?;
        let checkpoint = Self::parse(&note.text)?;
        checkpoint.check_origin(key.name())?;
        Ok((checkpoint, note))
    }

    /// What a checkpoint note says, whoever signed it: nothing is proven by it.
    ///
    /// # Errors
    /// [`CheckpointError`] but [`CheckpointError::Origin`].
    pub fn claimed(note: &[u8]) -> Result<Self, CheckpointError> {
        Self::parse(&Note::parse(note)?.text)
    }

    fn check_origin(&self, wanted: &str) -> Result<(), CheckpointError> {
        if self.origin == wanted {
            return Ok(());
        }
        Err(CheckpointError::Origin { found: self.origin.clone(), wanted: wanted.to_owned() })
    }
}
