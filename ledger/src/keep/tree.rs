//! Which tiles and bundles a tree of some size has.

use crate::log::TileId;

/// Leaves in a bundle, hashes in a tile.
pub(super) const BUNDLE: u64 = 256;

/// Every tile of a tree of that size and its width.
pub(super) fn tiles(size: u64) -> Vec<(TileId, u16)> {
    let mut all = Vec::new();
    let (mut level, mut nodes) = (0, size);
    while nodes > 0 {
        let mut from = 0;
        while from < nodes {
            let to = nodes.min(from.saturating_add(BUNDLE));
            all.push((TileId { level, n: from / BUNDLE }, width(from, to)));
            from = to;
        }
        nodes /= BUNDLE;
        level = level.saturating_add(1);
    }
    all
}

/// How many lie between two indices of one bundle or tile.
pub(super) fn width(from: u64, to: u64) -> u16 {
    u16::try_from(to.saturating_sub(from)).unwrap_or(u16::MAX)
}
