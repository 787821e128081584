//! A data folder read as a stranger reads it: rows, no registrar.

use std::path::Path;

use ledger::audit::{LogSource, SourceError};
use ledger::log::TileId;
use ledger::store::{Store, Target};

/// Everything of a log, read at once.
pub(crate) struct DataFolder {
    leaves: Vec<Vec<u8>>,
    tiles: Vec<(TileId, Vec<u8>)>,
    checkpoints: Vec<Vec<u8>>,
}

impl DataFolder {
    pub(crate) async fn open(data: &Path) -> Self {
        let target = Target::Folder(data.to_owned());
        let store = Store::open_read_only(&target).await.expect("the folder opens");
        let head = store.head().await.expect("a head");
        let leaves = store.leaves(0, head.size).await.expect("leaves");
        let places = [(0, 0), (0, 1), (1, 0)];
        let rows = store.tiles(&places).await.expect("tiles");
        let tiles = rows
            .into_iter()
            .map(|row| (TileId { level: row.level, n: row.n }, row.hashes))
            .collect();
        let rows = store.checkpoints().await.expect("checkpoints");
        let checkpoints = rows.into_iter().map(|row| row.note).collect();
        store.close().await;
        Self { leaves, tiles, checkpoints }
    }
}

impl LogSource for DataFolder {
    fn checkpoint(&self) -> Result<Vec<u8>, SourceError> {
        self.checkpoints.last().cloned().ok_or_else(|| SourceError("no checkpoint".into()))
    }

    fn stored_size(&self) -> Result<Option<u64>, SourceError> {
        Ok(u64::try_from(self.leaves.len()).ok())
    }

    fn leaves(&self, from: u64, to: u64) -> Result<Vec<Vec<u8>>, SourceError> {
        let at = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let leaves = self.leaves.get(at(from)..at(to));
        leaves.map(<[_]>::to_vec).ok_or_else(|| SourceError("no such leaves".into()))
    }

    fn tile(&self, id: TileId, width: u16) -> Result<Vec<u8>, SourceError> {
        let found = self.tiles.iter().find(|(tile, _)| *tile == id);
        let (_, hashes) = found.ok_or_else(|| SourceError(format!("no tile {id}")))?;
        Ok(hashes.iter().take(usize::from(width) * 32).copied().collect())
    }

    fn earlier_checkpoints(&self) -> Result<Vec<Vec<u8>>, SourceError> {
        Ok(self.checkpoints.clone())
    }
}
