//! Rows of 256 hashes, the right edge of the tree, and bundles of leaves (C2SP tlog-tiles v0.1.0).
//!
//! A row only ever grows: the partial tile of width `W` is the first `W * 32` bytes of the row,
//! so one stored row serves every size the log has had.

use std::collections::BTreeMap;
use std::fmt;

use thiserror::Error;

use super::hash::Hash;
use super::proof::tree_root;
use super::text;

/// Hashes in a full tile, leaves in a full bundle.
pub const TILE_WIDTH: u16 = 256;
/// Bytes of a hash in a row.
pub const HASH_BYTES: usize = 32;
/// Largest leaf a bundle can hold, in bytes: its length is a `u16`.
pub const MAX_BUNDLED: usize = 65_535;

const WIDTH: u64 = 256;
const FULL: usize = 256;
const MAX_LEVEL: u8 = 63;

/// Why a tile, a path or a bundle was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TileError {
    /// The text is not a tile path, or not in its one form.
    #[error("`{0}` is not a tile path")]
    Path(String),
    /// A tile that [`Edge::tiles_to_load`] names was not given.
    #[error("tile {0} is missing")]
    Missing(TileId),
    /// The row holds fewer hashes than the size of the tree asks for.
    #[error("tile {id} holds {found} bytes, at least {wanted} are needed")]
    Short {
        /// Which row.
        id: TileId,
        /// Bytes that the row has.
        found: usize,
        /// Bytes that the size needs.
        wanted: usize,
    },
    /// A tile or bundle must hold between 1 and 256 items.
    #[error("a tile or bundle holds 1 to 256 items, not {0}")]
    Width(usize),
    /// A leaf does not fit its 16-bit length.
    #[error("a leaf of {0} bytes does not fit a bundle")]
    LeafTooLong(usize),
    /// The bundle stops inside a leaf or a length.
    #[error("the bundle is cut short")]
    Cut,
    /// The tree cannot count that many leaves.
    #[error("the tree cannot grow past 2^64 - 1 leaves")]
    TooLarge,
}

/// Which row: the `n`-th of its level. Level 0 holds leaf hashes; above, each hash is the root of
/// one full tile below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// Level, 0 to 63.
    pub level: u8,
    /// Index of the tile in its level.
    pub n: u64,
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.level, self.n)
    }
}

/// A row as it is stored: every hash it has so far, 32 bytes each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Which row.
    pub id: TileId,
    /// The hashes, one after the other.
    pub hashes: Vec<u8>,
}

/// What a request for a tile or a bundle names.
///
/// ```
/// use ledger::log::TilePath;
///
/// let path = TilePath::parse("tile/entries/x001/234.p/17")?;
/// assert_eq!(path, TilePath::Entries { n: 1234, width: 17 });
/// # Ok::<(), ledger::log::tile::TileError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TilePath {
    /// `tile/<L>/<N>[.p/<W>]`: hashes.
    Hashes {
        /// Which row.
        id: TileId,
        /// Number of hashes asked for, 1 to 256; 256 is a full tile.
        width: u16,
    },
    /// `tile/entries/<N>[.p/<W>]`: leaves.
    Entries {
        /// Index of the bundle.
        n: u64,
        /// Number of leaves asked for, 1 to 256; 256 is a full bundle.
        width: u16,
    },
}

impl TilePath {
    /// Reads a path, without a leading slash.
    ///
    /// # Errors
    /// [`TileError::Path`] unless the text is exactly what [`fmt::Display`] prints.
    pub fn parse(path: &str) -> Result<Self, TileError> {
        let read = Self::read(path).filter(|read| read.to_string() == path);
        read.ok_or_else(|| TileError::Path(path.chars().take(120).collect()))
    }

    fn read(path: &str) -> Option<Self> {
        let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (
                index,
                u16::try_from(text::decimal(width)?)
                    .ok()
                    .filter(|w| (1..TILE_WIDTH).contains(w))?,
            ),
            None => (rest, TILE_WIDTH),
        };
        let n = read_index(index)?;
        if level == "entries" {
            return Some(Self::Entries { n, width });
        }
        let level = u8::try_from(text::decimal(level)?).ok().filter(|level| *level <= MAX_LEVEL)?;
        Some(Self::Hashes { id: TileId { level, n }, width })
    }
}

fn read_index(index: &str) -> Option<u64> {
    index.split('/').try_fold(0u64, |n, group| {
        let digits = group.strip_prefix('x').unwrap_or(group);
        let shaped = digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
        n.checked_mul(1000)?.checked_add(digits.parse().ok().filter(|_| shaped)?)
    })
}

fn write_index(f: &mut fmt::Formatter<'_>, n: u64) -> fmt::Result {
    let mut groups = vec![n % 1000];
    let mut rest = n / 1000;
    while rest > 0 {
        groups.push(rest % 1000);
        rest /= 1000;
    }
    for group in groups.iter().skip(1).rev() {
        write!(f, "x{group:03}/")?;
    }
    write!(f, "{:03}", n % 1000)
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = match self {
            Self::Hashes { id, width } => {
                write!(f, "tile/{}/", id.level)?;
                write_index(f, id.n)?;
                *width
            }
            Self::Entries { n, width } => {
                f.write_str("tile/entries/")?;
                write_index(f, *n)?;
                *width
            }
        };
        if width == TILE_WIDTH { Ok(()) } else { write!(f, ".p/{width}") }
    }
}

/// Hashes a level holds in a tree of `size` leaves.
fn level_count(size: u64, level: u8) -> u64 {
    size.checked_shr(u32::from(level).saturating_mul(8)).unwrap_or(0)
}

/// The rightmost partial row of a level and its width, if there is one.
fn partial(size: u64, level: u8) -> Option<(TileId, usize)> {
    let count = level_count(size, level);
    let width = usize::try_from(count % WIDTH).ok().filter(|width| *width > 0)?;
    Some((TileId { level, n: count / WIDTH }, width))
}

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
}

impl Edge {
    /// The edge of a tree without leaves.
    pub const fn empty() -> Self {
        Self { size: 0, rows: Vec::new() }
    }

    /// The rows to fetch before [`Edge::load`]; at most eight.
    pub fn tiles_to_load(size: u64) -> Vec<TileId> {
        (0..8).filter_map(|level| partial(size, level)).map(|(id, _)| id).collect()
    }

    /// Rebuilds the edge of a tree of `size` leaves from its rows; longer rows are cut to that size.
    ///
    /// The caller compares [`Edge::root`] with the root it trusts.
    ///
    /// # Errors
    /// [`TileError::Missing`] or [`TileError::Short`] when the rows do not reach that size.
    pub fn load(size: u64, tiles: &[Tile]) -> Result<Self, TileError> {
        let mut rows = Vec::new();
        for level in 0..8 {
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
        Ok(Self { size, rows })
    }

    /// Number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the whole tree.
    pub fn root(&self) -> Hash {
        let mut root = None;
        for row in &self.rows {
            // A row of w hashes is one perfect subtree for each bit of w; the smallest is rightmost.
            let mut rest = row.as_slice();
            while !rest.is_empty() {
                let chunk = 1usize.checked_shl(rest.len().trailing_zeros()).unwrap_or(1);
                let (left, last) = rest.split_at(rest.len().saturating_sub(chunk));
                let last = tree_root(last);
                root = Some(root.map_or(last, |right| Hash::node(&last, &right)));
                rest = left;
            }
        }
        root.unwrap_or(Hash::EMPTY_ROOT)
    }

    /// Appends leaf hashes and gives every row that is new or has grown, whole, in order.
    ///
    /// # Errors
    /// [`TileError::TooLarge`]; the edge is then unchanged.
    pub fn append(&mut self, leaves: &[Hash]) -> Result<Vec<Tile>, TileError> {
        let more = u64::try_from(leaves.len()).map_err(|_| TileError::TooLarge)?;
        let grown = self.size.checked_add(more).ok_or(TileError::TooLarge)?;
        let mut changed = BTreeMap::new();
        for leaf in leaves {
            self.push(0, *leaf, &mut changed);
            self.size = self.size.saturating_add(1);
        }
        self.size = grown;
        for (level, row) in (0u8..).zip(&self.rows) {
            if let Some((id, _)) = partial(grown, level)
                && changed.contains_key(&id)
            {
                changed.insert(id, row_bytes(row));
            }
        }
        Ok(changed.into_iter().map(|(id, hashes)| Tile { id, hashes }).collect())
    }

    /// Puts a hash on a level; a row that becomes full is handed out and its root goes one up.
    fn push(&mut self, level: u8, hash: Hash, changed: &mut BTreeMap<TileId, Vec<u8>>) {
        let at = usize::from(level);
        if self.rows.len() <= at {
            self.rows.resize(at.saturating_add(1), Vec::new());
        }
        let id = TileId { level, n: level_count(self.size, level) / WIDTH };
        let Some(row) = self.rows.get_mut(at) else { return };
        row.push(hash);
        if row.len() < FULL {
            changed.entry(id).or_default();
            return;
        }
        let full = std::mem::take(row);
        changed.insert(id, row_bytes(&full));
        self.push(level.saturating_add(1), tree_root(&full), changed);
    }
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

/// Writes a bundle: for each leaf a big-endian `u16` length, then its bytes.
///
/// # Errors
/// [`TileError::Width`] unless there are 1 to 256 leaves, [`TileError::LeafTooLong`].
pub fn encode_bundle<T: AsRef<[u8]>>(leaves: &[T]) -> Result<Vec<u8>, TileError> {
    if leaves.is_empty() || leaves.len() > FULL {
        return Err(TileError::Width(leaves.len()));
    }
    let mut bundle = Vec::new();
    for leaf in leaves {
        let leaf = leaf.as_ref();
        let length = u16::try_from(leaf.len()).map_err(|_| TileError::LeafTooLong(leaf.len()))?;
        bundle.extend(length.to_be_bytes());
        bundle.extend(leaf);
    }
    Ok(bundle)
}

/// Reads a bundle into its leaves.
///
/// # Errors
/// [`TileError::Cut`] when it stops inside a leaf, [`TileError::Width`] unless it holds 1 to 256.
pub fn decode_bundle(bundle: &[u8]) -> Result<Vec<Vec<u8>>, TileError> {
    let mut leaves = Vec::new();
    let mut rest = bundle;
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<2>().ok_or(TileError::Cut)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (leaf, after) = after.split_at_checked(length).ok_or(TileError::Cut)?;
        leaves.push(leaf.to_vec());
        rest = after;
    }
    if leaves.is_empty() || leaves.len() > FULL {
        return Err(TileError::Width(leaves.len()));
    }
    Ok(leaves)
}
