//! The latest checkpoint that was shown, kept outside the database: what a restored copy of the book
//! is compared with before it is served.
//!
//! It is never part of a backup: restored with the book, it would vouch for what it must catch.

use std::io;
use std::path::{Path, PathBuf};

use super::draft::StartError;
use super::durable::DurableFile;
use super::nets::Known;
use crate::decide::KnownRoots;
use crate::log::Checkpoint;
use crate::replay::Replay;

/// The file, and what it is for.
#[derive(Clone, Debug)]
pub struct LastSeen {
    file: DurableFile,
}

/// Why the file can't be read or written.
enum Trouble {
    Disk(io::Error),
    Start(StartError),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

impl LastSeen {
    /// Kept in that file, best on another volume than the database.
    pub fn at(path: PathBuf) -> Self {
        Self { file: DurableFile::at(path) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Writes a checkpoint note down before it is shown; an older one changes nothing.
    ///
    /// # Errors
    /// [`StartError::Forked`] when another root was shown at that size;
    /// [`StartError::LastSeen`] when the disk does not take it.
    pub(super) fn keep(&self, shown: &Checkpoint, note: &[u8]) -> Result<(), StartError> {
        let kept = self.file.change(|before| {
            let before = before.map(|bytes| self.read_note(&bytes)).transpose();
            match before.map_err(Trouble::Start)? {
                Some(last) if last.size > shown.size => Ok(((), None)),
                Some(last) if last.size == shown.size && last.root == shown.root => Ok(((), None)),
                Some(last) if last.size == shown.size => {
                    Err(Trouble::Start(self.forked(last.size)))
                }
                _ => Ok(((), Some(note.to_vec()))),
            }
        });
        kept.map_err(|trouble| match trouble {
            Trouble::Disk(error) => self.unreadable(&error),
            Trouble::Start(error) => error,
        })
    }

    /// What was shown last, as far as this file knows.
    ///
    /// # Errors
    /// [`StartError::LastSeen`]: a file that can't be read is not taken for none.
    pub(super) fn read(&self) -> Result<Option<Checkpoint>, StartError> {
        let content = self.file.read().map_err(|error| self.unreadable(&error))?;
        content.map(|content| self.read_note(&content)).transpose()
    }

    /// Compares the book with what was shown before it was read: it must hold those leaves still.
    ///
    /// # Errors
    /// [`StartError::RolledBack`], [`StartError::Forked`].
    pub(super) fn check(
        &self,
        shown: Option<&Checkpoint>,
        replay: &Replay,
    ) -> Result<(), StartError> {
        let Some(last) = shown else {
            if replay.size() > 0 {
                tracing::warn!(path = %self.path().display(), "no checkpoint was seen here before");
            }
            return Ok(());
        };
        let last = Known { by: self.named(), head: last.clone() };
        last.is_held(replay.size(), |size| replay.root_at(size))
    }

    fn read_note(&self, bytes: &[u8]) -> Result<Checkpoint, StartError> {
        Checkpoint::claimed(bytes).map_err(|error| self.unreadable(&error))
    }

    pub(super) fn named(&self) -> String {
        format!("le fichier « {} »", self.path().display())
    }

    fn forked(&self, size: u64) -> StartError {
        StartError::Forked { size, by: self.named() }
    }

    fn unreadable(&self, error: &dyn std::fmt::Display) -> StartError {
        StartError::LastSeen { path: self.path().to_owned(), why: error.to_string() }
    }
}
