//! Leaves into a new book: each is verified, folded and put in its place, with the tiles above.

use super::log_tree::LogTree;
use super::tree::BUNDLE;
use super::{KeepError, passed_by};
use crate::audit::LogSource;
use crate::replay::Replay;
use crate::store::{Batch, Building, Head, LeafRow, TileRow};

/// Leaves of one batch.
const BATCH: u64 = 16 * BUNDLE;

/// Fills a new book with the leaves of a log, up to that size.
pub(super) async fn fill(
    building: &mut Building,
    replay: &mut Replay,
    log: &LogTree,
    size: u64,
) -> Result<(), KeepError> {
    while replay.size() < size {
        let to = size.min(replay.size().saturating_add(BATCH));
        let (mut leaves, mut from) = (Vec::new(), replay.size());
        while from < to {
            let end = to.min(from.saturating_add(BUNDLE));
            leaves.extend(log.leaves(from, end).map_err(passed_by)?);
            from = end;
        }
        append(building, replay, leaves).await?;
    }
    Ok(())
}

/// Appends one batch of leaves; none of it is taken when one is not sound.
pub(super) async fn append(
    building: &mut Building,
    replay: &mut Replay,
    leaves: Vec<Vec<u8>>,
) -> Result<(), KeepError> {
    let base = Head { size: replay.size(), root: *replay.root().as_bytes() };
    let (mut rows, mut tiles) = (Vec::new(), Vec::new());
    for leaf in leaves {
        let (verified, full) = replay.push(&leaf).map_err(passed_by)?;
        tiles.extend(full);
        rows.push(LeafRow { id: *verified.leaf().content.id.as_bytes(), leaf });
    }
    tiles.extend(replay.grown_since(base.size));
    let batch = Batch {
        base,
        leaves: rows,
        tiles: tiles.into_iter().map(TileRow::from).collect(),
        head: Head { size: replay.size(), root: *replay.root().as_bytes() },
        checkpoint: None,
    };
    Ok(building.append(&batch).await?)
}
