//! The stranger's check: every leaf, signature, tile, root and checkpoint, then the rules again.
//!
//! It trusts nothing but the bytes it is given, and stops at the first thing that does not hold.

mod checker;
mod cross;
mod invariants;
mod trusted;

pub use cross::{CrossError, Crossed, cross};
pub use invariants::{Broken, invariants};
pub use trusted::Trusted;

use std::collections::BTreeMap;

use thiserror::Error;

use checker::{Checker, Counts, Signed, Whole};

use crate::log::tile::{HASH_BYTES, TILE_WIDTH};
use crate::log::{Checkpoint, Tile, TileId, VerifierKey};
use crate::replay::Inconsistency;
use crate::replay::walk::{BUNDLE, Bundle, Chunk, Hashes, walk};
use crate::state::State;

/// Where a log is read from: an address, a data folder, an exported archive.
pub trait LogSource {
    /// The latest checkpoint note.
    fn checkpoint(&self) -> Result<Vec<u8>, SourceError>;
    /// How many leaves the source holds, when it knows more than the checkpoint says.
    fn stored_size(&self) -> Result<Option<u64>, SourceError> {
        Ok(None)
    }
    /// Leaves `from..to`, at most one bundle, `from` on a bundle's edge.
    fn leaves(&self, from: u64, to: u64) -> Result<Vec<Vec<u8>>, SourceError>;
    /// The first `width` hashes of a tile.
    fn tile(&self, id: TileId, width: u16) -> Result<Vec<u8>, SourceError>;
    /// Every earlier checkpoint note that the source kept.
    fn earlier_checkpoints(&self) -> Result<Vec<Vec<u8>>, SourceError> {
        Ok(Vec::new())
    }
}

/// The source did not give what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct SourceError(pub String);

/// What the auditor brings along.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// The log's public key from a trusted channel.
    pub vkey: Option<VerifierKey>,
    /// A checkpoint kept from an earlier visit.
    pub against: Option<Vec<u8>>,
}

/// Why the log does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AuditError {
    /// The source did not answer.
    #[error("lecture impossible : {0}")]
    Source(#[from] SourceError),
    /// The first leaf that is wrong.
    #[error(transparent)]
    Leaf(#[from] Inconsistency),
    /// A stored tile is not the one the leaves give.
    #[error("tuile {id} : elle ne correspond pas aux feuilles à partir de la feuille {first}")]
    Tile {
        /// Which tile.
        id: TileId,
        /// The first leaf under the first hash that differs.
        first: u64,
    },
    /// A checkpoint does not commit to these leaves, or is not signed by the log.
    #[error("point de contrôle {which} : {reason}")]
    Checkpoint {
        /// Which checkpoint.
        which: String,
        /// What is wrong.
        reason: String,
    },
    /// The checkpoint that the auditor brings is not of this history.
    #[error(transparent)]
    Against(CrossError),
    /// The recomputed registers or accounts break an invariant.
    #[error("le livre ne se vérifie pas : {0}")]
    Broken(#[from] Broken),
}

/// How much of a log is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Everything: form, tree, signatures, who may sign, the rules, the accounts.
    #[default]
    Full,
    /// Form, tree and every signature; not who may sign at that index, nor the rules.
    Signatures,
    /// Hashes alone: leaves, tiles, root, checkpoints; nothing is read of a leaf but the first.
    Tree,
}

/// What was checked, and what the book says.
#[derive(Clone, Debug)]
pub struct Report {
    /// How much was checked.
    pub depth: Depth,
    /// The latest signed checkpoint.
    pub checkpoint: Checkpoint,
    /// The log's key that signed it.
    pub vkey: VerifierKey,
    /// By which keys of the log checkpoints of each size are signed.
    pub log_keys: Trusted,
    /// Leaves checked (may exceed the checkpoint's size in a data folder after a crash).
    pub leaves: u64,
    /// Signatures verified.
    pub signatures: u64,
    /// Tiles compared.
    pub tiles: u64,
    /// Checkpoints checked against the leaves.
    pub checkpoints: u64,
    /// How many leaves of each kind; none when they were not read.
    pub kinds: BTreeMap<String, u64>,
    /// Registers and accounts recomputed from the leaves, when everything is checked.
    pub state: Option<State>,
}

/// Checks a whole log.
///
/// # Errors
/// The [`AuditError`] of the first thing that does not hold.
pub fn audit(source: &impl LogSource, expected: &Expected) -> Result<Report, AuditError> {
    audit_to(source, expected, Depth::Full)
}

/// Checks a log as far as that, on all cores.
///
/// # Errors
/// The [`AuditError`] of the first thing that does not hold.
pub fn audit_to(
    source: &impl LogSource,
    expected: &Expected,
    depth: Depth,
) -> Result<Report, AuditError> {
    match depth {
        Depth::Full => checked(source, expected, depth, Whole::default()),
        Depth::Signatures => checked(source, expected, depth, Signed::default()),
        Depth::Tree => checked(source, expected, depth, Hashes::default()),
    }
}

fn checked<W: Checker>(
    source: &impl LogSource,
    expected: &Expected,
    depth: Depth,
    mut walker: W,
) -> Result<Report, AuditError> {
    // Before the size: a portal may be writing, and every checkpoint that it has kept by now commits
    // to leaves that are there already.
    let earlier = source.earlier_checkpoints()?;
    let bytes = source.checkpoint()?;
    let claimed = unsigned(&bytes).map_err(|reason| latest(&reason))?;
    let size = source.stored_size()?.unwrap_or(claimed.size);
    if size < claimed.size {
        let reason = format!("il annonce {} feuilles, {size} sont là", claimed.size);
        return Err(latest(&reason));
    }
    let mut first = None;
    let full = walk(&mut walker, size, |from, to| {
        let chunk = read(source, from, to);
        if from == 0 {
            first = chunk.bundles.first().and_then(|bundle| bundle.leaves.first().cloned());
        }
        chunk
    })?;
    let trusted = Trusted::of(&walker, first.as_deref(), expected)?;
    let vkey = trusted.in_force(claimed.size).map_err(|reason| latest(&reason))?;
    trusted.signed(&bytes, &claimed).map_err(|reason| latest(&reason))?;
    commits(&walker, &claimed).map_err(|reason| latest(&reason))?;
    let mut tiles = size / BUNDLE;
    tiles = tiles.saturating_add(compare_tiles(source, &full)?);
    tiles = tiles.saturating_add(compare_tiles(source, &walker.partial_rows())?);
    let mut checkpoints = 1_u64;
    for note in &earlier {
        let which = |reason: String| {
            let size = unsigned(note).map_or_else(|_| "illisible".into(), |c| c.size.to_string());
            AuditError::Checkpoint { which: format!("de taille {size}"), reason }
        };
        let older = unsigned(note).map_err(which)?;
        trusted.signed(note, &older).map_err(which)?;
        commits(&walker, &older).map_err(which)?;
        checkpoints = checkpoints.saturating_add(1);
    }
    if let Some(note) = &expected.against {
        extends(&walker, &trusted, note)?;
        checkpoints = checkpoints.saturating_add(1);
    }
    let (Counts { signatures, kinds }, state) = walker.end();
    state.as_ref().map_or(Ok(()), invariants)?;
    Ok(Report {
        depth,
        checkpoint: claimed,
        vkey,
        log_keys: trusted,
        leaves: size,
        signatures,
        tiles,
        checkpoints,
        kinds,
        state,
    })
}

fn unsigned(note: &[u8]) -> Result<Checkpoint, String> {
    Checkpoint::claimed(note).map_err(|error| error.to_string())
}

fn latest(reason: &str) -> AuditError {
    AuditError::Checkpoint { which: "courant".into(), reason: reason.to_owned() }
}

/// Reads some bundles and the hashes stored for their leaves.
fn read(source: &impl LogSource, from: u64, to: u64) -> Chunk<AuditError> {
    let (mut bundles, mut next) = (Vec::new(), from);
    while next < to {
        let end = to.min(next.saturating_add(BUNDLE));
        let width = u16::try_from(end.saturating_sub(next)).unwrap_or(TILE_WIDTH);
        let id = TileId { level: 0, n: next / BUNDLE };
        let leaves = match source.leaves(next, end) {
            Ok(leaves) => leaves,
            Err(error) => return Chunk { bundles, stopped: Some(error.into()) },
        };
        let stored = source.tile(id, width).unwrap_or_default();
        let too_long = stored.len() > usize::from(width).saturating_mul(HASH_BYTES);
        bundles.push(Bundle { leaves, stored, to: end });
        if too_long {
            return Chunk { bundles, stopped: Some(AuditError::Tile { id, first: end }) };
        }
        next = end;
    }
    Chunk { bundles, stopped: None }
}

/// Whether the log still is the one of a checkpoint kept from an earlier visit.
fn extends(walker: &impl Checker, trusted: &Trusted, note: &[u8]) -> Result<(), AuditError> {
    let wrong = |reason| AuditError::Against(CrossError::Checkpoint { which: "gardé", reason });
    let known = unsigned(note).map_err(wrong)?;
    trusted.signed(note, &known).map_err(wrong)?;
    match walker.root_at(known.size) {
        Some(root) if root == known.root => Ok(()),
        Some(_) => Err(AuditError::Against(CrossError::Fork { size: known.size })),
        None => {
            let now = walker.size();
            Err(AuditError::Against(CrossError::Rollback { known: known.size, now }))
        }
    }
}

fn commits(walker: &impl Checker, checkpoint: &Checkpoint) -> Result<(), String> {
    match walker.root_at(checkpoint.size) {
        Some(root) if root == checkpoint.root => Ok(()),
        Some(root) => Err(format!(
            "sa racine {} n’est pas celle des {} premières feuilles ({})",
            checkpoint.root.to_base64(),
            checkpoint.size,
            root.to_base64()
        )),
        None => Err(format!("sa taille {} dépasse le journal", checkpoint.size)),
    }
}

fn compare_tiles(source: &impl LogSource, tiles: &[Tile]) -> Result<u64, AuditError> {
    let mut compared = 0_u64;
    for tile in tiles {
        let width = u16::try_from(tile.hashes.len() / 32).unwrap_or(TILE_WIDTH);
        let stored = source.tile(tile.id, width)?;
        if stored != tile.hashes {
            let same = stored.chunks(32).zip(tile.hashes.chunks(32)).take_while(|(a, b)| a == b);
            let position = u64::try_from(same.count()).unwrap_or(0);
            return Err(AuditError::Tile { id: tile.id, first: first_leaf(tile.id, position) });
        }
        compared = compared.saturating_add(1);
    }
    Ok(compared)
}

/// The first leaf under a position of a tile.
fn first_leaf(id: TileId, position: u64) -> u64 {
    let mut leaf = id.n.saturating_mul(BUNDLE).saturating_add(position);
    for _ in 0..id.level {
        leaf = leaf.saturating_mul(BUNDLE);
    }
    leaf
}
