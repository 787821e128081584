//! A stored book as a log to audit, read while it is audited.

use ledger::audit::{LogSource, SourceError};
use ledger::log::TileId;
use ledger::store::{Store, Target};
use tokio::runtime::Runtime;

/// A book that is open to read.
pub struct LiveLog<'r> {
    runtime: &'r Runtime,
    store: Store,
}

impl<'r> LiveLog<'r> {
    /// Opens it.
    ///
    /// # Panics
    /// There is none.
    pub fn open(runtime: &'r Runtime, target: &Target) -> Self {
        let store = runtime.block_on(Store::open_read_only(target)).expect("the book");
        Self { runtime, store }
    }

    /// Closes it.
    pub fn close(self) {
        self.runtime.block_on(self.store.close());
    }
}

fn failed(failure: impl std::fmt::Display) -> SourceError {
    SourceError(failure.to_string())
}

impl LogSource for LiveLog<'_> {
    fn checkpoint(&self) -> Result<Vec<u8>, SourceError> {
        let latest = self.runtime.block_on(self.store.latest_checkpoint()).map_err(failed)?;
        latest.map(|row| row.note).ok_or_else(|| SourceError("no checkpoint".into()))
    }

    fn leaves(&self, from: u64, to: u64) -> Result<Vec<Vec<u8>>, SourceError> {
        self.runtime.block_on(self.store.leaves(from, to)).map_err(failed)
    }

    fn tile(&self, id: TileId, width: u16) -> Result<Vec<u8>, SourceError> {
        let rows = self.runtime.block_on(self.store.tiles(&[(id.level, id.n)])).map_err(failed)?;
        let row = rows.into_iter().next();
        let mut hashes = row.ok_or_else(|| SourceError("no such tile".into()))?.hashes;
        hashes.truncate(usize::from(width) * 32);
        Ok(hashes)
    }

    fn earlier_checkpoints(&self) -> Result<Vec<Vec<u8>>, SourceError> {
        let rows = self.runtime.block_on(self.store.checkpoints()).map_err(failed)?;
        Ok(rows.into_iter().map(|row| row.note).collect())
    }
}
