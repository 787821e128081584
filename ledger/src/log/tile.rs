//! Rows of 256 hashes, their paths, and bundles of leaves (C2SP tlog-tiles v0.1.0).
//!
//! A row only ever grows: the partial tile of width `W` is the first `W * 32` bytes of the row,
//! so one stored row serves every size the log has had.

use std::fmt;

use thiserror::Error;

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
    /// A tile that [`Edge::tiles_to_load`](super::Edge::tiles_to_load) names was not given.
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

/// The number that the groups say. Their form is not looked at: [`TilePath::parse`] compares what it
/// read with how it is written.
fn read_index(index: &str) -> Option<u64> {
    index.split('/').try_fold(0u64, |n, group| {
        let digits = group.strip_prefix('x').unwrap_or(group);
        n.checked_mul(1000)?.checked_add(digits.parse().ok()?)
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
pub(super) fn level_count(size: u64, level: u8) -> u64 {
    size.checked_shr(u32::from(level).saturating_mul(8)).unwrap_or(0)
}

/// The rightmost partial row of a level and its width, if there is one.
pub(super) fn partial(size: u64, level: u8) -> Option<(TileId, usize)> {
    let count = level_count(size, level);
    let width = usize::try_from(count % WIDTH).ok().filter(|width| *width > 0)?;
    Some((TileId { level, n: count / WIDTH }, width))
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
