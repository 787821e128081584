//! The log as a tree of files (tlog-tiles): written from a store, read back as a log of its own.
//!
//! `checkpoint` and `tile/` are the static tree of the specification, which any web host can serve;
//! `checkpoints` beside them holds every signed note that was kept, each after its length in two bytes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::folder::Unfinished;
use super::tree::{BUNDLE, tiles, width};
use super::{KeepError, in_french, passed_by};
use crate::audit::{LogSource, SourceError};
use crate::log::tile::{TILE_WIDTH, decode_bundle, encode_bundle};
use crate::log::{Checkpoint, Hash, TileId, TilePath};
use crate::registrar::witness::{WitnessedHead, with_latest};
use crate::replay::walk::Hashes;
use crate::store::{CheckpointRow, Failure, Store};

/// The folder of the log inside a kept folder.
const LOG: &str = "log";
/// The file, in it, of the largest checkpoint that witnesses vouch for.
const WITNESSED: &str = "witnessed";
/// Leaves read at a time.
const CHUNK: u64 = 4_096;

/// The tree that was written.
pub(super) struct Written {
    pub(super) checkpoint: Checkpoint,
    pub(super) leaves_left: u64,
}

/// Writes the log of the latest signed checkpoint, and proves on the way that the leaves are those.
///
/// The log only grows, so a portal that writes meanwhile changes nothing of it.
pub(super) async fn write(store: &Store, out: &mut Unfinished) -> Result<Written, KeepError> {
    let rows = store.checkpoints().await?;
    let latest = rows.last().ok_or_else(|| {
        KeepError::Given("aucun point de contrôle signé : il n’y a rien à garder encore".to_owned())
    })?;
    let checkpoint = Checkpoint::claimed(&latest.note).map_err(passed_by)?;
    let mut hashes = Hashes::default();
    let mut from = 0;
    while from < latest.size {
        let to = latest.size.min(from.saturating_add(CHUNK));
        for (place, leaves) in (from..).step_by(256).zip(store.leaves(from, to).await?.chunks(256))
        {
            for leaf in leaves {
                hashes.push(Hash::leaf(leaf)).map_err(KeepError::Given)?;
            }
            write_bundle(out, place, leaves)?;
        }
        from = to;
    }
    if hashes.root_at(latest.size) != Some(checkpoint.root) {
        return Err(KeepError::Given(
            "les feuilles ne donnent pas la racine du dernier point de contrôle signé. À faire : \
             `ledger-admin fsck`, qui nomme ce qui est abîmé"
                .to_owned(),
        ));
    }
    write_tiles(store, out, latest.size).await?;
    write_checkpoints(out, &rows)?;
    super::vouched::write(store, out, &rows).await?;
    // With whatever witnesses said of it: who trusts which of them is for the reader.
    let cosigned = with_latest(&latest.note, &store.cosignatures(latest.size).await?);
    out.write(&format!("{LOG}/checkpoint"), &cosigned)?;
    let leaves_left = store.head().await?.size.saturating_sub(latest.size);
    Ok(Written { checkpoint, leaves_left })
}

async fn write_tiles(store: &Store, out: &mut Unfinished, size: u64) -> Result<(), KeepError> {
    for tile in tiles(size) {
        write_tile(store, out, tile).await?;
    }
    Ok(())
}

async fn write_tile(
    store: &Store,
    out: &mut Unfinished,
    (id, width): (TileId, u16),
) -> Result<(), KeepError> {
    let rows = store.tiles(&[(id.level, id.n)]).await?;
    let row = rows.into_iter().next().ok_or(Failure::Corrupt("a tile is missing"))?;
    let mut hashes = row.hashes;
    hashes.truncate(usize::from(width).saturating_mul(32));
    out.write(&format!("{LOG}/{}", TilePath::Hashes { id, width }), &hashes)
}

/// Writes the largest checkpoint that witnesses vouch for, and what its own tree ends in.
///
/// A log serves the partial tiles of a checkpoint until the full ones are there (tlog-tiles): who
/// reads this checkpoint asks for those of its size, not of the latest.
pub(super) async fn write_witnessed(
    store: &Store,
    out: &mut Unfinished,
    head: &WitnessedHead,
    latest: u64,
) -> Result<(), KeepError> {
    out.write(&format!("{LOG}/{WITNESSED}"), &head.checkpoint)?;
    let written: BTreeSet<(TileId, u16)> = tiles(latest).into_iter().collect();
    let full = |id: TileId| written.contains(&(id, TILE_WIDTH));
    for tile in tiles(head.size) {
        if full(tile.0) || written.contains(&tile) {
            continue;
        }
        write_tile(store, out, tile).await?;
        if tile.0.level == 0 {
            let from = tile.0.n.saturating_mul(BUNDLE);
            write_bundle(out, from, &store.leaves(from, head.size).await?)?;
        }
    }
    Ok(())
}

/// Writes the leaves of one bundle, or the first of them.
fn write_bundle(out: &mut Unfinished, from: u64, leaves: &[Vec<u8>]) -> Result<(), KeepError> {
    let bundle = encode_bundle(leaves).map_err(passed_by)?;
    let count = u16::try_from(leaves.len()).unwrap_or(u16::MAX);
    let path = TilePath::Entries { n: from / BUNDLE, width: count };
    out.write(&format!("{LOG}/{path}"), &bundle)
}

fn write_checkpoints(out: &mut Unfinished, rows: &[CheckpointRow]) -> Result<(), KeepError> {
    let mut file = out.file(&format!("{LOG}/checkpoints"))?;
    for row in rows {
        let length = u16::try_from(row.note.len()).map_err(passed_by)?;
        file.add(&length.to_be_bytes())?;
        file.add(&row.note)?;
    }
    out.end(file)
}

/// A tree of files, read as a log.
#[derive(Clone, Debug)]
pub struct LogTree {
    folder: PathBuf,
}

impl LogTree {
    /// The tree in that folder, or in its folder `log`.
    pub fn at(folder: &Path) -> Option<Self> {
        let places = [folder.to_owned(), folder.join(LOG)];
        let found = places.into_iter().find(|place| place.join("checkpoint").is_file())?;
        Some(Self { folder: found })
    }

    /// The largest checkpoint that witnesses vouch for by the log's own policy, if one was written.
    pub fn witnessed(&self) -> Option<Vec<u8>> {
        self.file(WITNESSED).ok()
    }

    fn file(&self, name: &str) -> Result<Vec<u8>, SourceError> {
        fs::read(self.folder.join(name)).map_err(|error| SourceError(format!("{name} : {error}")))
    }
}

fn source_error(error: impl std::error::Error + 'static) -> SourceError {
    SourceError(in_french(&error))
}

impl LogSource for LogTree {
    fn checkpoint(&self) -> Result<Vec<u8>, SourceError> {
        self.file("checkpoint")
    }

    fn leaves(&self, from: u64, to: u64) -> Result<Vec<Vec<u8>>, SourceError> {
        let path = TilePath::Entries { n: from / BUNDLE, width: width(from, to) };
        decode_bundle(&self.file(&path.to_string())?).map_err(source_error)
    }

    fn tile(&self, id: TileId, width: u16) -> Result<Vec<u8>, SourceError> {
        self.file(&TilePath::Hashes { id, width }.to_string())
    }

    fn earlier_checkpoints(&self) -> Result<Vec<Vec<u8>>, SourceError> {
        if !self.folder.join("checkpoints").exists() {
            return Ok(Vec::new());
        }
        let bytes = self.file("checkpoints")?;
        let (mut rest, mut notes) = (bytes.as_slice(), Vec::new());
        let cut = || SourceError("checkpoints : le fichier est coupé".to_owned());
        while let Some((length, after)) = rest.split_first_chunk::<2>() {
            let length = usize::from(u16::from_be_bytes(*length));
            let (note, after) = after.split_at_checked(length).ok_or_else(cut)?;
            notes.push(note.to_vec());
            rest = after;
        }
        if rest.is_empty() { Ok(notes) } else { Err(cut()) }
    }
}
