//! A book built anew, row by row, that nobody sees before it is whole.
//!
//! In a folder it grows in a folder of its own; in a database, in one database transaction. Cut short at
//! any moment it leaves what was there before, and the next building sweeps what it left.

use super::postgres::building::PostgresBuilding;
use super::sqlite::building::SqliteBuilding;
use super::{
    AppendError, Batch, CheckpointRow, CosignatureRow, Draft, EvidenceRow, Failure, MemberLink,
    Result, SealedKey, SealedValue, Target, limit,
};

/// Where the new book goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Where there is none.
    Empty,
    /// In place of the log of a book, which is kept under its name and this ending; vault and portal
    /// are left as they are.
    Instead {
        /// What the name of the former log ends in: letters, digits and `_`.
        ending: String,
    },
}

/// The book, before it is seen.
#[derive(Debug)]
pub enum Building {
    /// In a folder.
    Sqlite(SqliteBuilding),
    /// On a server.
    Postgres(PostgresBuilding),
}

macro_rules! build {
    ($self:ident.$step:ident($($argument:expr),*)) => {
        match $self {
            Building::Sqlite(building) => building.$step($($argument),*).await,
            Building::Postgres(building) => building.$step($($argument),*).await,
        }
    };
}

impl Building {
    /// Begins.
    ///
    /// # Errors
    /// [`Failure::AlreadyThere`] or [`Failure::NoBook`] as the place says; [`Failure::InUse`] when
    /// another process builds there, or works with the book that is to be replaced.
    pub async fn begin(target: &Target, place: Place) -> Result<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if let Place::Instead { ending } = &place
            && (ending.is_empty() || ending.len() > 40 || !ending.chars().all(plain))
        {
            return Err(Failure::Malformed("the ending of a name has letters, digits and _"));
        }
        match target {
            Target::Folder(folder) => {
                SqliteBuilding::begin(folder, place).await.map(Building::Sqlite)
            }
            Target::Postgres { url } => {
                PostgresBuilding::begin(url, &place).await.map(Building::Postgres)
            }
        }
    }

    /// Appends a batch, as [`Store::append`](super::Store::append) does.
    pub async fn append(&mut self, batch: &Batch) -> Result<(), AppendError> {
        limit::check_batch(batch)?;
        build!(self.append(batch))
    }

    /// Keeps a checkpoint.
    pub async fn save_checkpoint(&mut self, checkpoint: &CheckpointRow) -> Result<()> {
        limit::check_checkpoint(checkpoint)?;
        build!(self.save_checkpoint(checkpoint))
    }

    /// Keeps a cosignature under a checkpoint that is kept.
    pub async fn save_cosignature(&mut self, row: &CosignatureRow) -> Result<()> {
        limit::check_cosignature(row)?;
        build!(self.save_cosignature(row))
    }

    /// Keeps a witness's answer that contradicts the book.
    pub async fn save_evidence(&mut self, row: &EvidenceRow) -> Result<()> {
        limit::check_evidence(row)?;
        build!(self.save_evidence(row))
    }

    /// Keeps sealed values, and before them their owner's key; only where there was no book.
    pub async fn put_private(
        &mut self,
        key: Option<&SealedKey>,
        values: &[SealedValue],
    ) -> Result<()> {
        limit::check_rows(values.len())?;
        build!(self.put_private(key, values))
    }

    /// Keeps a draft of the portal.
    pub async fn put_draft(&mut self, draft: &Draft) -> Result<()> {
        build!(self.put_draft(draft))
    }

    /// Keeps a personal link of the portal.
    pub async fn put_link(&mut self, link: &MemberLink) -> Result<()> {
        build!(self.put_link(link))
    }

    /// Puts the book in its place, on the disk, and says under which name the former log is kept.
    pub async fn finish(self) -> Result<Option<String>> {
        build!(self.finish())
    }
}
