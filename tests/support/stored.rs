//! A book read as a stranger reads it: its rows, on either engine; no registrar.

use std::collections::BTreeMap;
use std::path::Path;

use ledger::audit::{LogSource, SourceError};
use ledger::log::tile::{decode_bundle, encode_bundle};
use ledger::log::{Checkpoint, Note, TileId, TilePath};
use ledger::store::{Store, Target};

/// Leaves in a bundle, hashes in a tile.
const BUNDLE: u64 = 256;

/// Everything of a log, read at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLog {
    /// The leaves, in order.
    pub leaves: Vec<Vec<u8>>,
    /// The tiles.
    pub tiles: BTreeMap<TileId, Vec<u8>>,
    /// The checkpoints kept, oldest first.
    pub checkpoints: Vec<Vec<u8>>,
}

impl StoredLog {
    /// Reads all rows of a book.
    ///
    /// # Errors
    /// What the store could not read.
    pub async fn read(target: &Target) -> Result<Self, String> {
        let store = Store::open_read_only(target).await.map_err(|error| error.to_string())?;
        let read = Self::rows(&store).await;
        store.close().await;
        read.map_err(|error| error.to_string())
    }

    async fn rows(store: &Store) -> Result<Self, ledger::store::Failure> {
        let head = store.head().await?;
        let leaves = store.leaves(0, head.size).await?;
        let places: Vec<(u8, u64)> =
            tiles(head.size).iter().map(|(id, _)| (id.level, id.n)).collect();
        let rows = store.tiles(&places).await?;
        let tiles = rows
            .into_iter()
            .map(|row| (TileId { level: row.level, n: row.n }, row.hashes))
            .collect();
        let rows = store.checkpoints().await?;
        let checkpoints = rows.into_iter().map(|row| row.note).collect();
        Ok(Self { leaves, tiles, checkpoints })
    }

    /// Reads back what [`StoredLog::export`] wrote.
    ///
    /// # Errors
    /// The file that cannot be read, or is not what its name says.
    pub fn import(tree: &Path) -> Result<Self, String> {
        let read =
            |path: &str| std::fs::read(tree.join(path)).map_err(|error| format!("{path}: {error}"));
        let checkpoint = read("checkpoint")?;
        let note = Note::parse(&checkpoint).map_err(|error| error.to_string())?;
        let size = Checkpoint::parse(&note.text).map_err(|error| error.to_string())?.size;
        let (mut leaves, mut rows) = (Vec::new(), BTreeMap::new());
        for (id, width) in tiles(size) {
            rows.insert(id, read(&TilePath::Hashes { id, width }.to_string())?);
            if id.level == 0 {
                let bundle = read(&TilePath::Entries { n: id.n, width }.to_string())?;
                leaves.extend(decode_bundle(&bundle).map_err(|error| error.to_string())?);
            }
        }
        Ok(Self { leaves, tiles: rows, checkpoints: vec![checkpoint] })
    }

    /// Writes the log as the static tree of tlog-tiles; the folder is made.
    pub fn export(&self, out: &Path) {
        let size = self.size();
        let write = |path: String, bytes: &[u8]| {
            let file = out.join(path);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            std::fs::write(file, bytes).expect("written");
        };
        for (n, leaves) in (0..).zip(self.leaves.chunks(256)) {
            let bundle = encode_bundle(leaves).expect("a bundle");
            let width = u16::try_from(leaves.len()).expect("at most 256");
            write(TilePath::Entries { n, width }.to_string(), &bundle);
        }
        for (id, width) in tiles(size) {
            let hashes = self.tile(id, width).expect("a tile");
            write(TilePath::Hashes { id, width }.to_string(), &hashes);
        }
        write("checkpoint".to_owned(), &self.checkpoint().expect("a checkpoint"));
    }

    fn size(&self) -> u64 {
        u64::try_from(self.leaves.len()).expect("it fits")
    }
}

/// Every tile of a tree of that size, and its width.
fn tiles(size: u64) -> Vec<(TileId, u16)> {
    let mut all = Vec::new();
    let (mut level, mut nodes) = (0, size);
    while nodes > 0 {
        for n in 0..nodes.div_ceil(BUNDLE) {
            let width = (nodes - n * BUNDLE).min(BUNDLE);
            all.push((TileId { level, n }, u16::try_from(width).expect("at most 256")));
        }
        nodes /= BUNDLE;
        level += 1;
    }
    all
}

impl LogSource for StoredLog {
    fn checkpoint(&self) -> Result<Vec<u8>, SourceError> {
        self.checkpoints.last().cloned().ok_or_else(|| SourceError("no checkpoint".into()))
    }

    fn stored_size(&self) -> Result<Option<u64>, SourceError> {
        Ok(Some(self.size()))
    }

    fn leaves(&self, from: u64, to: u64) -> Result<Vec<Vec<u8>>, SourceError> {
        let at = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let leaves = self.leaves.get(at(from)..at(to));
        leaves.map(<[_]>::to_vec).ok_or_else(|| SourceError("no such leaves".into()))
    }

    fn tile(&self, id: TileId, width: u16) -> Result<Vec<u8>, SourceError> {
        let hashes = self.tiles.get(&id).ok_or_else(|| SourceError(format!("no tile {id}")))?;
        Ok(hashes.iter().take(usize::from(width) * 32).copied().collect())
    }

    fn earlier_checkpoints(&self) -> Result<Vec<Vec<u8>>, SourceError> {
        Ok(self.checkpoints.clone())
    }
}
