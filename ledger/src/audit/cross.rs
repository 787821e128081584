//! A checkpoint kept from an earlier day against the log of today, by hashes alone: no leaf is read,
//! so whoever holds an old proof can ask, and a yes or a no is proven.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{LogSource, SourceError, unsigned};
use crate::log::proof::{
    consistency_proof, consistency_tiles, root_at, root_tiles, verify_consistency,
};
use crate::log::tile::TILE_WIDTH;
use crate::log::{Checkpoint, TileId, VerifierKey};

/// Why the history kept is not shown to be a beginning of today's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CrossError {
    /// The log did not answer.
    #[error("lecture impossible : {0}")]
    Source(#[from] SourceError),
    /// One of the two checkpoints is not signed by a key that is trusted.
    #[error("point de contrôle {which} : {reason}")]
    Checkpoint {
        /// Which one, in French.
        which: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The log says of itself what its own tiles deny: nothing can be concluded.
    #[error("les tuiles servies ne donnent pas la racine du point de contrôle courant")]
    Tiles,
    /// More leaves were signed then than there are now.
    #[error(
        "RETOUR EN ARRIÈRE PROUVÉ : le journal a signé {known} feuilles, il n’en sert plus que {now}. \
         Gardez les deux points de contrôle et prévenez le contrôleur"
    )]
    Rollback {
        /// Size of the checkpoint kept.
        known: u64,
        /// Size served.
        now: u64,
    },
    /// Another root was signed at that size.
    #[error(
        "BIFURCATION PROUVÉE : le journal a signé à la taille {size} une autre histoire que celle qu’il \
         sert aujourd’hui. Gardez les deux points de contrôle et prévenez le contrôleur"
    )]
    Fork {
        /// Size of the checkpoint kept.
        size: u64,
    },
}

/// What was compared, when it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossed {
    /// The checkpoint kept.
    pub known: Checkpoint,
    /// The checkpoint of today.
    pub now: Checkpoint,
}

/// Proves that the history of a checkpoint kept is a beginning of the log's, or that it is not. Each
/// note is signed by one of `keys`, which come from a channel that is trusted.
///
/// # Errors
/// [`CrossError`]; [`CrossError::Rollback`] and [`CrossError::Fork`] are proofs by two signed notes.
pub fn cross(
    source: &impl LogSource,
    known: &[u8],
    keys: &[VerifierKey],
) -> Result<Crossed, CrossError> {
    let known = signed(known, keys, "gardé")?;
    let now = signed(&source.checkpoint()?, keys, "courant")?;
    if known.origin != now.origin {
        let reason = format!("il est du journal « {} »", known.origin);
        return Err(CrossError::Checkpoint { which: "gardé", reason });
    }
    if known.size > now.size {
        return Err(CrossError::Rollback { known: known.size, now: now.size });
    }
    let mut tiles = BTreeMap::new();
    for id in consistency_tiles(known.size, now.size).into_iter().chain(root_tiles(now.size)) {
        tiles.insert(id, source.tile(id, width(id, now.size))?);
    }
    let ours = |size| root_at(size, &tiles).map_err(|_| CrossError::Tiles);
    if ours(now.size)? != now.root {
        return Err(CrossError::Tiles);
    }
    let fork = Err(CrossError::Fork { size: known.size });
    if known.size == 0 || known.size == now.size {
        return if known.root == ours(known.size)? { Ok(Crossed { known, now }) } else { fork };
    }
    let proof = consistency_proof(known.size, now.size, &tiles).map_err(|_| CrossError::Tiles)?;
    match verify_consistency(known.size, &known.root, now.size, &now.root, &proof) {
        Ok(()) => Ok(Crossed { known, now }),
        Err(_) => fork,
    }
}

fn signed(
    note: &[u8],
    keys: &[VerifierKey],
    which: &'static str,
) -> Result<Checkpoint, CrossError> {
    let wrong = |reason: String| CrossError::Checkpoint { which, reason };
    let claimed = unsigned(note).map_err(wrong)?;
    let opened = keys.iter().find_map(|key| Checkpoint::open(note, key).ok());
    let none = || wrong("aucune des clés données ne l’a signé".into());
    opened.map(|(checkpoint, _)| checkpoint).filter(|c| *c == claimed).ok_or_else(none)
}

/// How many hashes a tile has in a tree of that size.
fn width(id: TileId, size: u64) -> u16 {
    let nodes = size.checked_shr(u32::from(id.level).saturating_mul(8)).unwrap_or(0);
    let before = id.n.saturating_mul(u64::from(TILE_WIDTH));
    let width = nodes.saturating_sub(before).min(u64::from(TILE_WIDTH));
    u16::try_from(width).unwrap_or(TILE_WIDTH)
}
