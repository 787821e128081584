//! The state of the book: registers and accounts, folded from the facts of the log.

use crate::base::{AmountError, Day, LeafIndex, Stamp};
use crate::event::Event;
use crate::journal::{Books, JournalError};
use crate::registers::Registers;

use thiserror::Error;

/// Everything the log says so far. Cloning is cheap, so a decision may try its facts on a copy.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The six registers.
    pub registers: Registers,
    /// The accounts derived from the same facts.
    pub books: Books,
    /// How many leaves were folded.
    pub size: u64,
    /// The latest `recorded` of the log, in milliseconds since 1970.
    pub recorded_ms: i64,
}

/// A fact that can't be folded: its sums do not fit, or its accounts do not balance.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FoldError {
    /// A sum does not fit.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// The accounts refuse it.
    #[error(transparent)]
    Posting(#[from] JournalError),
    /// Its instant is outside the calendar.
    #[error("l’instant d’enregistrement est hors calendrier")]
    Instant,
}

impl State {
    /// Notes who signed the next leaf, before its fact is folded: what a key has signed can be reviewed.
    pub fn signed_by<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        self.registers.authority.note_signers(LeafIndex::new(self.size), names);
    }

    /// Folds the next fact, recorded at that instant.
    ///
    /// # Errors
    /// [`FoldError`]; the state is then to be dropped.
    pub fn apply(&mut self, recorded_ms: i64, event: &Event) -> Result<(), FoldError> {
        self.recorded_ms = self.recorded_ms.max(recorded_ms);
        let day = Day::of_unix_ms(self.recorded_ms).ok_or(FoldError::Instant)?;
        let stamp = Stamp { index: LeafIndex::new(self.size), day };
        // The accounts ask what stood before the fact; the fact says the rest.
        self.books.apply(stamp, event, &self.registers)?;
        self.registers.apply(stamp, event)?;
        self.size = self.size.saturating_add(1);
        Ok(())
    }
}
