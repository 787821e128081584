//! The steps of a batch on its way from the queue to its sender: one seam, empty in the product, at
//! which a test makes the world fail.

use std::fmt;
use std::sync::Arc;

use super::failure::{Failure, Result};

/// A step of a batch, in order. What fails at a step fails there and not before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The database transaction is begun.
    Begun,
    /// The head is swapped in it.
    HeadSwapped,
    /// The leaves are written in it.
    LeavesWritten,
    /// The tiles are written in it.
    TilesWritten,
    /// `COMMIT` fails, and nothing is on the disk.
    Committing,
    /// `COMMIT` is said to fail, and all is on the disk.
    Committed,
    /// The signer is not reached.
    Signing,
    /// The signer has signed, and its answer is lost.
    Signed,
    /// The checkpoint can't be written down outside the database.
    Remembering,
    /// The checkpoint is written down there, and that is said to fail.
    Remembered,
    /// The checkpoint can't be kept in the book.
    Keeping,
    /// The checkpoint is kept, and that is said to fail.
    Kept,
}

impl Step {
    /// All of them, in order.
    pub const ALL: [Self; 12] = [
        Self::Begun,
        Self::HeadSwapped,
        Self::LeavesWritten,
        Self::TilesWritten,
        Self::Committing,
        Self::Committed,
        Self::Signing,
        Self::Signed,
        Self::Remembering,
        Self::Remembered,
        Self::Keeping,
        Self::Kept,
    ];
}

/// Who is told of each step, and may make it fail.
pub trait Watcher: Send + Sync {
    /// A step is reached; what is returned is what the world answers.
    ///
    /// # Errors
    /// The [`Failure`] to report at that step.
    fn reached(&self, step: Step) -> Result<()>;
}

/// The watcher of a store, if a test has set one.
#[derive(Clone, Default)]
pub(super) struct Watched(pub(super) Option<Arc<dyn Watcher>>);

impl Watched {
    pub(super) fn reached(&self, step: Step) -> Result<(), Failure> {
        self.0.as_ref().map_or(Ok(()), |watcher| watcher.reached(step))
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watched").field(&self.0.is_some()).finish()
    }
}
