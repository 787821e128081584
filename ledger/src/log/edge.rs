//! The right edge of the tree of RFC 6962: what an append needs, at the cost of two hashes a leaf.
//!
//! Beside the rows that tlog-tiles stores, the edge keeps the root of each perfect subtree, as a
//! binary counter keeps its ones: a leaf is joined with the subtrees of its own size, largest last,
//! and the root is what the subtrees give from the smallest to the largest.

use super::hash::Hash;
use super::proof::tree_root;
use super::tile::{HASH_BYTES, Tile, TileError, TileId, level_count, partial};

const FULL: usize = 256;
/// Levels of hashes in a tile: a hash of the next level is a subtree this much higher.
const TILE_HEIGHT: u32 = 8;
/// Levels of tiles below 2^64 leaves.
const LEVELS: u8 = 8;

/// The right edge of the tree: all that is needed to append leaves and to give the root.
///
/// It holds at most 255 hashes a level, whatever the size of the log.
///
/// ```
/// use ledger::log::{Edge, Hash};
///
/// let leaves: Vec<_> = (0..300u16).map(|n| Hash::leaf(&n.to_be_bytes())).collect();
/// let mut edge = Edge::empty();
/// let rows = edge.append(&leaves)?;
/// let again = Edge::load(300, &rows)?;
/// assert_eq!(again.root(), edge.root());
/// # Ok::<(), ledger::log::tile::TileError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// The partial row of each level, lowest first; empty where the level ends on a full tile,
    /// save the last one.
    rows: Vec<Vec<Hash>>,
    /// The roots of the perfect subtrees, largest first: one for each 1 of the size in binary.
    peaks: Vec<Hash>,
}

impl Edge {
    /// The edge of a tree without leaves.
    pub const fn empty() -> Self {
        Self { size: 0, rows: Vec::new(), peaks: Vec::new() }
    }

    /// The rows to fetch before [`Edge::load`]; at most eight.
    pub fn tiles_to_load(size: u64) -> Vec<TileId> {
        (0..LEVELS).filter_map(|level| partial(size, level)).map(|(id, _)| id).collect()
    }

    /// Rebuilds the edge of a tree of `size` leaves from its rows; longer rows are cut to that size.
    ///
    /// The caller compares [`Edge::root`] with the root it trusts.
    ///
    /// # Errors
    /// [`TileError::Missing`] or [`TileError::Short`] when the rows do not reach that size.
    pub fn load(size: u64, tiles: &[Tile]) -> Result<Self, TileError> {
        let mut rows = Vec::new();
        for level in 0..LEVELS {
            let row = match partial(size, level) {
                Some((id, width)) => {
                    let tile =
                        tiles.iter().find(|tile| tile.id == id).ok_or(TileError::Missing(id))?;
                    first_hashes(tile, width)?
                }
                None => Vec::new(),
            };
            rows.push(row);
        }
        while rows.last().is_some_and(Vec::is_empty) {
            rows.pop();
        }
        let peaks = rows.iter().rev().flat_map(|row| subtrees(row)).collect();
        Ok(Self { size, rows, peaks })
    }

    /// Number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the whole tree: a hash for each 1 of the size in binary.
    pub fn root(&self) -> Hash {
        let from_the_right = self.peaks.iter().rev().copied();
        from_the_right.reduce(|right, left| Hash::node(&left, &right)).unwrap_or(Hash::EMPTY_ROOT)
    }

    /// Appends leaf hashes and gives every row that is new or has grown, whole, in order.
    ///
    /// # Errors
    /// [`TileError::TooLarge`]; the edge is then unchanged.
    pub fn append(&mut self, leaves: &[Hash]) -> Result<Vec<Tile>, TileError> {
        let more = u64::try_from(leaves.len()).map_err(|_| TileError::TooLarge)?;
        let before = self.size;
        before.checked_add(more).ok_or(TileError::TooLarge)?;
        let mut grown = Vec::new();
        for leaf in leaves {
            self.push(*leaf, &mut grown)?;
        }
        grown.extend(self.grown_since(before));
        grown.sort_by_key(|tile| tile.id);
        Ok(grown)
    }

    /// Appends one leaf hash; rows that become full are put on `full`.
    ///
    /// # Errors
    /// [`TileError::TooLarge`]; the edge is then unchanged.
    pub fn push(&mut self, leaf: Hash, full: &mut Vec<Tile>) -> Result<(), TileError> {
        let size = self.size.checked_add(1).ok_or(TileError::TooLarge)?;
        // As adding one to a counter: each 1 that ends the old size is a subtree to join.
        let mut subtree = leaf;
        self.put(0, subtree, full);
        for height in 1..=size.trailing_zeros() {
            let Some(left) = self.peaks.pop() else { break };
            subtree = Hash::node(&left, &subtree);
            self.put(height, subtree, full);
        }
        self.peaks.push(subtree);
        self.size = size;
        Ok(())
    }

    /// The partial rows that are new or longer than they were at size `before`, whole, in order;
    /// full rows are what [`Edge::push`] hands out.
    pub fn grown_since(&self, before: u64) -> Vec<Tile> {
        let mut grown = Vec::new();
        for (level, row) in (0..LEVELS).zip(&self.rows) {
            if level_count(before, level) < level_count(self.size, level)
                && let Some((id, _)) = partial(self.size, level)
            {
                grown.push(Tile { id, hashes: row_bytes(row) });
            }
        }
        grown
    }

    /// Puts the root of a perfect subtree of that height on its row, if a row has such hashes.
    ///
    /// The size is still that before the leaf.
    fn put(&mut self, height: u32, subtree: Hash, full: &mut Vec<Tile>) {
        let (Ok(level), true) =
            (u8::try_from(height / TILE_HEIGHT), height.is_multiple_of(TILE_HEIGHT))
        else {
            return;
        };
        let at = usize::from(level);
        if self.rows.len() <= at {
            self.rows.resize(at.saturating_add(1), Vec::new());
        }
        let Some(row) = self.rows.get_mut(at) else { return };
        row.push(subtree);
        if row.len() == FULL {
            let id = TileId { level, n: level_count(self.size, level) / 256 };
            full.push(Tile { id, hashes: row_bytes(row) });
            row.clear();
        }
    }
}

/// The roots of the perfect subtrees that a row of `w` hashes is made of: one for each 1 of `w`.
fn subtrees(row: &[Hash]) -> Vec<Hash> {
    let (mut roots, mut rest) = (Vec::new(), row);
    while let Some(height) = rest.len().checked_ilog2() {
        let (first, after) = rest.split_at(1 << height);
        roots.push(tree_root(first));
        rest = after;
    }
    roots
}

fn first_hashes(tile: &Tile, width: usize) -> Result<Vec<Hash>, TileError> {
    let wanted = width.saturating_mul(HASH_BYTES);
    let short = TileError::Short { id: tile.id, found: tile.hashes.len(), wanted };
    let bytes = tile.hashes.get(..wanted).ok_or(short)?;
    Ok(bytes.as_chunks().0.iter().copied().map(Hash::from_bytes).collect())
}

fn row_bytes(row: &[Hash]) -> Vec<u8> {
    row.iter().flat_map(|hash| *hash.as_bytes()).collect()
}
