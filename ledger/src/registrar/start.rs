//! The start: every leaf is read, checked and folded; on any doubt the registrar does not start.

use std::time::Instant;

use super::draft::StartError;
use super::reading;
use crate::log::{Checkpoint, Edge, VerifierKey};
use crate::replay::Replay;
use crate::replay::walk::{BUNDLE, Bundle, Chunk, Walk, Walker};
use crate::store::{CheckpointRow, Store};

/// Who says that the book held more, or something else: what this process has read of it before.
const OURSELVES: &str = "ce programme lui-même";

/// Folds every leaf of the store from where `replay` stands, on all cores, and compares with the
/// stored tree. When its future is dropped half-way, `replay` is left empty.
///
/// # Errors
/// [`StartError::Inconsistent`] at the first leaf that is wrong; [`StartError::Tree`] when the
/// head, a tile or a checkpoint says otherwise than the leaves; [`StartError::RolledBack`] and
/// [`StartError::Forked`] when the book no longer holds what `replay` was read from.
pub(super) async fn follow(store: &Store, replay: &mut Replay) -> Result<(), StartError> {
    let head = store.head().await?;
    let known = replay.size();
    follow_to(store, replay, head.size).await?;
    if replay.root().as_bytes() != &head.root {
        if head.size == known && known > 0 {
            return Err(StartError::Forked { size: known, by: OURSELVES.into() });
        }
        return Err(StartError::Tree(format!("another root at size {}", head.size)));
    }
    Ok(())
}

/// Folds the leaves up to that size, and compares with the stored tiles; the root is compared with a
/// checkpoint by the caller.
///
/// # Errors
/// As [`follow`].
pub(super) async fn follow_to(
    store: &Store,
    replay: &mut Replay,
    size: u64,
) -> Result<(), StartError> {
    if size < replay.size() {
        let (shown, by) = (replay.size(), OURSELVES.into());
        return Err(StartError::RolledBack { found: size, shown, by });
    }
    let (walker, walked) = walk(store, std::mem::take(replay), size, 0).await?;
    *replay = walker;
    walked
}

/// Walks the stored leaves from where `walker` stands to `size`, and gives it back with what it found;
/// between two turns it rests, so many times as long as the turn took.
///
/// # Errors
/// A turn that did not come back: the walker is lost.
pub(super) async fn walk<W: Walker + 'static>(
    store: &Store,
    walker: W,
    size: u64,
    rest: u32,
) -> Result<(W, Result<(), StartError>), StartError> {
    let mut walk = Walk::new(walker, size);
    let mut walked = Ok(());
    while walked.is_ok() && !walk.is_over() {
        let (wanted, begun) = (walk.wanted(), Instant::now());
        // Verifying and folding take a processor, reading waits for the disk: at the same time.
        let turn = tokio::task::spawn_blocking(move || {
            let turned = walk.turn();
            (walk, turned)
        });
        let (chunk, turned) = tokio::join!(read(store, wanted), turn);
        (walk, walked) = turned.map_err(|error| StartError::Tree(error.to_string()))?;
        walk.offer(chunk);
        if rest > 0 {
            tokio::time::sleep(begun.elapsed().saturating_mul(rest)).await;
        }
    }
    Ok((walk.into_walker(), walked))
}

/// Reads leaves and the hashes that are stored for them.
async fn read(store: &Store, wanted: Option<(u64, u64)>) -> Option<Chunk<StartError>> {
    let (from, to) = wanted?;
    let numbers: Vec<u64> = (from / BUNDLE..to.div_ceil(BUNDLE)).collect();
    let places: Vec<(u8, u64)> = numbers.iter().map(|n| (0, *n)).collect();
    let (leaves, tiles) = match tokio::try_join!(store.leaves(from, to), store.tiles(&places)) {
        Ok(read) => read,
        Err(failure) => return Some(Chunk { bundles: Vec::new(), stopped: Some(failure.into()) }),
    };
    let mut leaves = leaves.into_iter();
    let bundle = |n: u64| {
        let (first, end) = (from.max(n * BUNDLE), to.min((n + 1) * BUNDLE));
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let hashes = tiles.iter().find(|tile| tile.n == n).map(|tile| tile.hashes.as_slice());
        let at = |index: u64| count(index - n * BUNDLE).saturating_mul(32);
        let hashes = hashes.unwrap_or_default();
        let stored = hashes.get(at(first)..hashes.len().min(at(end))).unwrap_or_default().to_vec();
        Bundle { leaves: leaves.by_ref().take(count(end - first)).collect(), stored, to: end }
    };
    Some(Chunk { bundles: numbers.into_iter().map(bundle).collect(), stopped: None })
}

/// Checks that the stored right edge is the one the leaves give: the next batch grows on it.
pub(super) async fn check_edge(store: &Store, replay: &Replay) -> Result<(), StartError> {
    let tiles = reading::tiles(store, &Edge::tiles_to_load(replay.size())).await?;
    let edge =
        Edge::load(replay.size(), &tiles).map_err(|error| StartError::Tree(error.to_string()))?;
    if edge.root() == replay.root() {
        return Ok(());
    }
    Err(StartError::Tree("the tiles of the right edge give another root".into()))
}

/// Checks every stored checkpoint: our signature, and the root that the leaves give at its size. Of
/// those up to the size `known` by a snapshot, whose writer had checked them, only the root.
pub(crate) fn check_checkpoints(
    rows: &[CheckpointRow],
    replay: &Replay,
    known: u64,
) -> Result<(), StartError> {
    use crate::decide::KnownRoots;
    for row in rows {
        let wrong = |why: &str| StartError::Tree(format!("checkpoint of size {}: {why}", row.size));
        if row.size <= known {
            let stated =
                Checkpoint::claimed(&row.note).map_err(|error| wrong(&error.to_string()))?;
            if stated.size != row.size || replay.root_at(row.size) != Some(stated.root) {
                return Err(wrong("it does not commit to these leaves"));
            }
            continue;
        }
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
