//! The stored tree against the root that a snapshot is signed for.

use super::super::reading::tiles;
use super::Doubt;
use crate::log::{Edge, Hash, TileId};
use crate::store::Store;

/// Tiles read at a time: eight megabytes.
const TILES: usize = 1_024;
/// Leaves under a full tile of the lowest level.
const WIDTH: u64 = 256;

/// The edge of the tree of that size, from its rows, if it has that root.
pub(super) async fn edge(store: &Store, size: u64, root: Hash) -> Result<Edge, Doubt> {
    let stored = store.head().await.map_err(Doubt::of)?.size;
    if stored < size {
        return Err(Doubt::of(format!("it is of {size} leaves, the book has {stored}")));
    }
    let tiles = tiles(store, &Edge::tiles_to_load(size)).await.map_err(Doubt::of)?;
    let edge = Edge::load(size, &tiles).map_err(Doubt::of)?;
    if edge.root() == root {
        return Ok(edge);
    }
    Err(Doubt::of(format!("the book has another root at {size} leaves")))
}

/// Grows the tree anew from the hashes stored for its leaves: it must have that root, and give on the
/// way the very tiles that are stored above them.
pub(super) async fn check(store: &Store, size: u64, root: Hash) -> Result<(), Doubt> {
    let (mut edge, mut full) = (Edge::empty(), Vec::new());
    let numbers: Vec<u64> = (0..size.div_ceil(WIDTH)).collect();
    for some in numbers.chunks(TILES) {
        let places: Vec<TileId> = some.iter().map(|n| TileId { level: 0, n: *n }).collect();
        let rows = tiles(store, &places).await.map_err(Doubt::of)?;
        if rows.len() != places.len() {
            return Err(Doubt::of("a tile is missing"));
        }
        let grown = tokio::task::spawn_blocking(move || {
            for hash in rows.iter().flat_map(|row| row.hashes.as_chunks().0) {
                // The last row may have grown since.
                if edge.size() < size {
                    edge.push(Hash::from_bytes(*hash), &mut full).map_err(Doubt::of)?;
                }
            }
            full.retain(|tile| tile.id.level > 0);
            Ok::<_, Doubt>((edge, full))
        });
        (edge, full) = grown.await.map_err(Doubt::of)??;
    }
    if edge.size() != size || edge.root() != root {
        return Err(Doubt::of("the hashes stored for its leaves give another root"));
    }
    for some in full.chunks(TILES) {
        let places: Vec<TileId> = some.iter().map(|tile| tile.id).collect();
        if tiles(store, &places).await.map_err(Doubt::of)? != some {
            return Err(Doubt::of("a tile is not the one that the leaves give"));
        }
    }
    Ok(())
}
