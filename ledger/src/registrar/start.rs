//! The start: every leaf is read, checked and folded; on any doubt the registrar does not start.

use super::draft::StartError;
use crate::log::{Checkpoint, TileId, VerifierKey};
use crate::replay::{Inconsistency, Replay};
use crate::store::{CheckpointRow, Store};

/// How many leaves are read at a time.
const CHUNK: u64 = 1_000;

/// Folds every leaf of the store from where `replay` stands, and compares with the stored tree.
///
/// # Errors
/// [`StartError::Inconsistent`] at the first leaf that is wrong; [`StartError::Tree`] when the
/// head, a tile or a checkpoint says otherwise than the leaves.
pub(super) async fn follow(store: &Store, replay: &mut Replay) -> Result<(), StartError> {
    let head = store.head().await?;
    if head.size < replay.size() {
        let (stored, known) = (head.size, replay.size());
        return Err(StartError::Tree(format!("{stored} leaves stored, {known} already shown")));
    }
    while replay.size() < head.size {
        let from = replay.size();
        let to = head.size.min(from.saturating_add(CHUNK));
        for leaf in store.leaves(from, to).await? {
            compare_then_fold(store, replay, &leaf).await?;
        }
    }
    if replay.root().as_bytes() != &head.root {
        return Err(StartError::Tree(format!("another root at size {}", head.size)));
    }
    Ok(())
}

/// Folds a leaf. When it is refused, the tile tells whether the leaf was changed after the fact.
async fn compare_then_fold(
    store: &Store,
    replay: &mut Replay,
    leaf: &[u8],
) -> Result<(), StartError> {
    match replay.push(leaf) {
        Ok(_) => Ok(()),
        Err(wrong) => {
            let changed = tile_disagrees(store, wrong.index, leaf).await?;
            let reason = if changed {
                format!("octets modifiés après l’enregistrement ; {}", wrong.reason)
            } else {
                wrong.reason
            };
            Err(Inconsistency { index: wrong.index, reason }.into())
        }
    }
}

async fn tile_disagrees(store: &Store, index: u64, leaf: &[u8]) -> Result<bool, StartError> {
    let width = u64::from(crate::log::tile::TILE_WIDTH);
    let tiles = store.tiles(&[(0, index / width)]).await?;
    let at = usize::try_from(index % width).unwrap_or(0).saturating_mul(32);
    let stored = tiles.first().and_then(|tile| tile.hashes.get(at..at.saturating_add(32)));
    Ok(stored.is_some_and(|hash| hash != crate::log::Hash::leaf(leaf).as_bytes()))
}

/// Checks that the stored right edge is the one the leaves give: the next batch grows on it.
pub(super) async fn check_edge(store: &Store, replay: &Replay) -> Result<(), StartError> {
    let places: Vec<TileId> = crate::log::Edge::tiles_to_load(replay.size());
    let asked: Vec<(u8, u64)> = places.iter().map(|id| (id.level, id.n)).collect();
    let rows = store.tiles(&asked).await?;
    let tiles: Vec<crate::log::Tile> = rows
        .into_iter()
        .map(|row| crate::log::Tile {
            id: TileId { level: row.level, n: row.n },
            hashes: row.hashes,
        })
        .collect();
    let edge = crate::log::Edge::load(replay.size(), &tiles)
        .map_err(|error| StartError::Tree(error.to_string()))?;
    if edge.root() == replay.root() {
        return Ok(());
    }
    Err(StartError::Tree("the tiles of the right edge give another root".into()))
}

/// Checks every stored checkpoint: our signature, and the root that the leaves give at its size.
pub(super) fn check_checkpoints(rows: &[CheckpointRow], replay: &Replay) -> Result<(), StartError> {
    use crate::decide::KnownRoots;
    for row in rows {
        let wrong = |why: &str| StartError::Tree(format!("checkpoint of size {}: {why}", row.size));
        for key in log_keys(replay, row.size)? {
            let (checkpoint, _) =
                Checkpoint::open(&row.note, &key).map_err(|error| wrong(&error.to_string()))?;
            if checkpoint.size != row.size || replay.root_at(row.size) != Some(checkpoint.root) {
                return Err(wrong("it does not commit to these leaves"));
            }
        }
    }
    Ok(())
}

/// The keys that sign the checkpoint of that size, as the book names them; none before leaf 0.
pub(super) fn log_keys(replay: &Replay, size: u64) -> Result<Vec<VerifierKey>, StartError> {
    let named = replay.state().registers.authority.log_keys_at(size);
    let parsed = named.iter().map(|key| VerifierKey::parse(&key.vkey));
    parsed.collect::<Result<_, _>>().map_err(|error| StartError::OtherKeys(error.to_string()))
}
