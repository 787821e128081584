//! The stranger's check: every leaf, signature, tile, root and checkpoint, then the rules again.
//!
//! It trusts nothing but the bytes it is given, and stops at the first thing that does not hold.

mod cross;
mod invariants;

pub use cross::{CrossError, Crossed, cross};
pub use invariants::{Broken, invariants};

use std::collections::BTreeMap;

use thiserror::Error;

use crate::decide::{KnownRoots, Verified};
use crate::log::tile::TILE_WIDTH;
use crate::log::{Checkpoint, Hash, Note, Tile, TileId, VerifierKey};
use crate::replay::{Inconsistency, Replay};
use crate::state::State;

/// Leaves read at a time: one bundle of tlog-tiles.
const BUNDLE: u64 = 256;

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

/// What was checked, and what the book says.
#[derive(Clone, Debug)]
pub struct Report {
    /// The latest signed checkpoint.
    pub checkpoint: Checkpoint,
    /// The log's key in force there, which signed it.
    pub vkey: VerifierKey,
    /// Leaves checked (may exceed the checkpoint's size in a data folder after a crash).
    pub leaves: u64,
    /// Signatures verified.
    pub signatures: u64,
    /// Tiles compared.
    pub tiles: u64,
    /// Checkpoints checked against the leaves.
    pub checkpoints: u64,
    /// How many leaves of each kind.
    pub kinds: BTreeMap<String, u64>,
    /// Registers and accounts recomputed from the leaves.
    pub state: State,
}

/// Checks a whole log.
///
/// # Errors
/// The [`AuditError`] of the first thing that does not hold.
pub fn audit(source: &impl LogSource, expected: &Expected) -> Result<Report, AuditError> {
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
    let mut walk = Walk::default();
    let mut from = 0;
    while from < size {
        let to = size.min(from.saturating_add(BUNDLE));
        walk.bundle(source, from, to)?;
        from = to;
    }
    let vkey = walk.log_key(expected, claimed.size)?;
    walk.signed(&bytes, &claimed).map_err(|reason| latest(&reason))?;
    walk.commits(&claimed).map_err(|reason| latest(&reason))?;
    let tiles = walk.compare_tiles(source)?;
    let mut checkpoints = 1;
    for note in &earlier {
        let which = |reason: String| {
            let size = unsigned(note).map_or_else(|_| "illisible".into(), |c| c.size.to_string());
            AuditError::Checkpoint { which: format!("de taille {size}"), reason }
        };
        let older = unsigned(note).map_err(which)?;
        walk.signed(note, &older).map_err(which)?;
        walk.commits(&older).map_err(which)?;
        checkpoints += 1;
    }
    if let Some(note) = &expected.against {
        walk.extends(note)?;
        checkpoints += 1;
    }
    let state = walk.replay.state().clone();
    invariants(&state)?;
    Ok(Report {
        checkpoint: claimed,
        vkey,
        leaves: size,
        signatures: walk.signatures,
        tiles,
        checkpoints,
        kinds: walk.kinds,
        state,
    })
}

fn unsigned(note: &[u8]) -> Result<Checkpoint, String> {
    let note = Note::parse(note).map_err(|error| error.to_string())?;
    Checkpoint::parse(&note.text).map_err(|error| error.to_string())
}

fn latest(reason: &str) -> AuditError {
    AuditError::Checkpoint { which: "courant".into(), reason: reason.to_owned() }
}

/// The walk over the leaves, in order.
#[derive(Default)]
struct Walk {
    replay: Replay,
    tiles: BTreeMap<TileId, Tile>,
    signatures: u64,
    kinds: BTreeMap<String, u64>,
}

impl Walk {
    fn bundle(&mut self, source: &impl LogSource, from: u64, to: u64) -> Result<(), AuditError> {
        let leaves = source.leaves(from, to)?;
        let width = u16::try_from(to.saturating_sub(from)).unwrap_or(TILE_WIDTH);
        let id = TileId { level: 0, n: from / BUNDLE };
        // The stored hashes tell a byte changed after the fact from a leaf that never was right.
        let stored = source.tile(id, width);
        let mut hashes = stored.as_deref().unwrap_or_default().chunks(32);
        for bytes in &leaves {
            let index = self.replay.size();
            let unchanged = hashes.next() == Some(Hash::leaf(bytes).as_bytes());
            let (leaf, tiles) = self.replay.push(bytes).map_err(|wrong| {
                let reason = if unchanged {
                    wrong.reason
                } else {
                    format!("octets modifiés après l’enregistrement ; {}", wrong.reason)
                };
                Inconsistency { index, reason }
            })?;
            if !unchanged {
                let reason = "l’empreinte gardée dans l’arbre n’est pas la sienne : \
                              la tuile a été modifiée, ou la feuille remplacée"
                    .into();
                return Err(Inconsistency { index, reason }.into());
            }
            self.count(&leaf);
            self.tiles.extend(tiles.into_iter().map(|tile| (tile.id, tile)));
        }
        if self.replay.size() == to {
            return Ok(());
        }
        let reason = "la feuille manque".into();
        Err(Inconsistency { index: self.replay.size(), reason }.into())
    }

    fn count(&mut self, leaf: &Verified) {
        let leaf = leaf.leaf();
        let seen = self.kinds.entry(leaf.content.kind.clone()).or_default();
        *seen = seen.saturating_add(1);
        let signed = u64::try_from(leaf.note.signatures.len()).unwrap_or(0);
        self.signatures = self.signatures.saturating_add(signed);
    }

    /// The log's key in force at that size; the one that the auditor brings must be among those that
    /// the log has named, of which the first is in leaf 0 and each later one in a leaf of administrators.
    fn log_key(&self, expected: &Expected, size: u64) -> Result<VerifierKey, AuditError> {
        let authority = &self.replay.state().registers.authority;
        if let Some(trusted) = &expected.vkey
            && !authority.log_keys().any(|named| named.vkey == trusted.to_string())
        {
            let named: Vec<&str> = authority.log_keys().map(|key| key.vkey.as_str()).collect();
            let named = named.join(" puis ");
            return Err(latest(&format!(
                "le journal nomme la clé {named}, vous attendiez {trusted}"
            )));
        }
        let in_force = authority.log_keys_at(size).pop().map(|key| key.vkey.as_str());
        VerifierKey::parse(in_force.unwrap_or_default()).map_err(|error| latest(&error.to_string()))
    }

    /// Whether every key that signs at that size has signed the note.
    fn signed(&self, note: &[u8], checkpoint: &Checkpoint) -> Result<(), String> {
        for named in self.replay.state().registers.authority.log_keys_at(checkpoint.size) {
            let key = VerifierKey::parse(&named.vkey).map_err(|error| error.to_string())?;
            Checkpoint::open(note, &key).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Whether the log still is the one of a checkpoint kept from an earlier visit.
    fn extends(&self, note: &[u8]) -> Result<(), AuditError> {
        let wrong =
            |reason| AuditError::Against(CrossError::Checkpoint { which: "gardé", reason });
        let known = unsigned(note).map_err(wrong)?;
        self.signed(note, &known).map_err(wrong)?;
        match self.replay.root_at(known.size) {
            Some(root) if root == known.root => Ok(()),
            Some(_) => Err(AuditError::Against(CrossError::Fork { size: known.size })),
            None => {
                let now = self.replay.size();
                Err(AuditError::Against(CrossError::Rollback { known: known.size, now }))
            }
        }
    }

    fn commits(&self, checkpoint: &Checkpoint) -> Result<(), String> {
        match self.replay.root_at(checkpoint.size) {
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

    fn compare_tiles(&self, source: &impl LogSource) -> Result<u64, AuditError> {
        let mut compared = 0;
        let edge = self.replay.grown_since(0);
        for tile in self.tiles.values().chain(&edge) {
            let width = u16::try_from(tile.hashes.len() / 32).unwrap_or(TILE_WIDTH);
            let stored = source.tile(tile.id, width)?;
            if stored != tile.hashes {
                let same =
                    stored.chunks(32).zip(tile.hashes.chunks(32)).take_while(|(a, b)| a == b);
                let position = u64::try_from(same.count()).unwrap_or(0);
                return Err(AuditError::Tile { id: tile.id, first: first_leaf(tile.id, position) });
            }
            compared += 1;
        }
        Ok(compared)
    }
}

/// The first leaf under a position of a tile.
fn first_leaf(id: TileId, position: u64) -> u64 {
    let mut leaf = id.n.saturating_mul(BUNDLE).saturating_add(position);
    for _ in 0..id.level {
        leaf = leaf.saturating_mul(BUNDLE);
    }
    leaf
}
