//! Inclusion and consistency proofs of RFC 6962 section 2.1, made from tiles and checked from
//! nothing but hashes.
//!
//! Making a proof is done in two steps, so that storage stays outside: `*_tiles` names the rows
//! that are needed, the caller fetches them, `*_proof` computes. A row may be longer than the size
//! asks for: only its first hashes are read.

use std::collections::BTreeMap;

use thiserror::Error;

use super::hash::Hash;
use super::tile::{HASH_BYTES, TileId};

/// Rows fetched beforehand.
pub trait TileSource {
    /// The bytes of a row, at least as wide as the size at hand needs.
    fn tile(&self, id: TileId) -> Option<&[u8]>;
}

impl TileSource for BTreeMap<TileId, Vec<u8>> {
    fn tile(&self, id: TileId) -> Option<&[u8]> {
        self.get(&id).map(Vec::as_slice)
    }
}

/// Why a proof could not be made or does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProofError {
    /// The index is not in a tree of that size.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    OutOfTree {
        /// Index asked for, from zero.
        index: u64,
        /// Number of leaves.
        size: u64,
    },
    /// A tree does not become smaller.
    #[error("a tree of {old} leaves cannot become one of {new}")]
    Shrinks {
        /// Size before.
        old: u64,
        /// Size after.
        new: u64,
    },
    /// Every tree extends the empty one: see [`verify_from_empty`].
    #[error("consistency with the empty tree has no proof to verify")]
    FromEmpty,
    /// A row the proof needs was not given.
    #[error("tile {0} is missing or too short")]
    Missing(TileId),
    /// The proof has too few or too many hashes.
    #[error("the proof has a wrong number of hashes")]
    Length,
    /// The hashes lead to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// A run of leaves, `lo` included and `hi` not, that is one subtree of the RFC 6962 tree.
type Run = (u64, u64);

/// The largest power of two below `n`; `n` is at least 2.
fn split(n: u64) -> u64 {
    n.saturating_sub(1).checked_ilog2().and_then(|bits| 1u64.checked_shl(bits)).unwrap_or(1)
}

/// The sibling subtrees from the leaf up to the root's child.
fn inclusion_runs(index: u64, size: u64) -> Result<Vec<Run>, ProofError> {
    if index >= size {
        return Err(ProofError::OutOfTree { index, size });
    }
    let mut runs = Vec::new();
    let (mut lo, mut hi) = (0u64, size);
    while hi.saturating_sub(lo) > 1 {
        let middle = lo.saturating_add(split(hi.saturating_sub(lo)));
        if index < middle {
            runs.push((middle, hi));
            hi = middle;
        } else {
            runs.push((lo, middle));
            lo = middle;
        }
    }
    runs.reverse();
    Ok(runs)
}

/// The subtrees that rebuild both roots, in the order of RFC 6962 section 2.1.2.
fn consistency_runs(old: u64, new: u64) -> Result<Vec<Run>, ProofError> {
    if old > new {
        return Err(ProofError::Shrinks { old, new });
    }
    let mut runs = Vec::new();
    if old == 0 || old == new {
        return Ok(runs);
    }
    let (mut lo, mut hi) = (0u64, new);
    while old < hi {
        let middle = lo.saturating_add(split(hi.saturating_sub(lo)));
        if old <= middle {
            runs.push((middle, hi));
            hi = middle;
        } else {
            runs.push((lo, middle));
            lo = middle;
        }
    }
    // A left-most subtree is the old root itself, which the verifier already has.
    if lo > 0 {
        runs.push((lo, hi));
    }
    runs.reverse();
    Ok(runs)
}

/// Where a perfect subtree is found: its row, its first hash there, and how many hashes it spans.
struct Spot {
    id: TileId,
    first: usize,
    span: usize,
}

/// A run as perfect subtrees, left to right.
fn spots(run: Run) -> Vec<Spot> {
    let (mut lo, hi) = run;
    let mut spots = Vec::new();
    while let Some(bits) = hi.saturating_sub(lo).checked_ilog2() {
        let level = bits / 8;
        let first = lo.checked_shr(level.saturating_mul(8)).unwrap_or(0);
        spots.push(Spot {
            id: TileId { level: u8::try_from(level).unwrap_or(u8::MAX), n: first / 256 },
            first: usize::try_from(first % 256).unwrap_or(usize::MAX),
            span: 1usize.checked_shl(bits % 8).unwrap_or(1),
        });
        lo = lo.saturating_add(1u64.checked_shl(bits).unwrap_or(u64::MAX));
    }
    spots
}

fn tiles(runs: &[Run]) -> Vec<TileId> {
    let mut ids: Vec<_> = runs.iter().flat_map(|run| spots(*run)).map(|spot| spot.id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn run_root(run: Run, source: &impl TileSource) -> Result<Hash, ProofError> {
    let mut root = None;
    for spot in spots(run).iter().rev() {
        let left = spot_root(spot, source).ok_or(ProofError::Missing(spot.id))?;
        root = Some(root.map_or(left, |right| Hash::node(&left, &right)));
    }
    Ok(root.unwrap_or(Hash::EMPTY_ROOT))
}

fn spot_root(spot: &Spot, source: &impl TileSource) -> Option<Hash> {
    let start = spot.first.checked_mul(HASH_BYTES)?;
    let end = start.checked_add(spot.span.checked_mul(HASH_BYTES)?)?;
    let (hashes, _) = source.tile(spot.id)?.get(start..end)?.as_chunks();
    let hashes: Vec<_> = hashes.iter().copied().map(Hash::from_bytes).collect();
    Some(tree_root(&hashes))
}

fn hashes(runs: &[Run], source: &impl TileSource) -> Result<Vec<Hash>, ProofError> {
    runs.iter().map(|run| run_root(*run, source)).collect()
}

/// The root over leaf hashes, from scratch: what an auditor recomputes.
pub fn tree_root(leaves: &[Hash]) -> Hash {
    let mut layer = leaves.to_vec();
    while layer.len() > 1 {
        // An odd last hash is carried up as it is: this gives the same tree as RFC 6962's split.
        layer = layer
            .chunks(2)
            .filter_map(|pair| match pair {
                [left, right] => Some(Hash::node(left, right)),
                [last] => Some(*last),
                _ => None,
            })
            .collect();
    }
    layer.first().copied().unwrap_or(Hash::EMPTY_ROOT)
}

/// The rows that [`root_at`] reads.
pub fn root_tiles(size: u64) -> Vec<TileId> {
    tiles(&[(0, size)])
}

/// The root of the first `size` leaves: any earlier root can be had again.
///
/// # Errors
/// [`ProofError::Missing`] when a row is not there or too short.
pub fn root_at(size: u64, source: &impl TileSource) -> Result<Hash, ProofError> {
    run_root((0, size), source)
}

/// The rows that [`inclusion_proof`] reads; none when the index is not in the tree.
pub fn inclusion_tiles(index: u64, size: u64) -> Vec<TileId> {
    inclusion_runs(index, size).map(|runs| tiles(&runs)).unwrap_or_default()
}

/// The proof that the leaf at `index` is in the tree of `size` leaves, its sibling first.
///
/// # Errors
/// [`ProofError::OutOfTree`], [`ProofError::Missing`].
pub fn inclusion_proof(
    index: u64,
    size: u64,
    source: &impl TileSource,
) -> Result<Vec<Hash>, ProofError> {
    hashes(&inclusion_runs(index, size)?, source)
}

/// The rows that [`consistency_proof`] reads.
pub fn consistency_tiles(old: u64, new: u64) -> Vec<TileId> {
    consistency_runs(old, new).map(|runs| tiles(&runs)).unwrap_or_default()
}

/// The proof that the tree of `new` leaves begins with the one of `old` leaves.
///
/// It is empty from size 0, as tlog-witness asks, and between equal sizes.
///
/// # Errors
/// [`ProofError::Shrinks`], [`ProofError::Missing`].
pub fn consistency_proof(
    old: u64,
    new: u64,
    source: &impl TileSource,
) -> Result<Vec<Hash>, ProofError> {
    hashes(&consistency_runs(old, new)?, source)
}

const fn odd(n: u64) -> bool {
    n & 1 == 1
}

/// Checks that `leaf` is at `index` in the tree of `size` leaves that has this root.
///
/// The algorithm is RFC 9162 section 2.1.3.2.
///
/// # Errors
/// [`ProofError::OutOfTree`], [`ProofError::Length`], [`ProofError::Root`].
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::OutOfTree { index, size });
    }
    let (mut node, mut last) = (index, size.saturating_sub(1));
    let mut found = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if odd(node) || node == last {
            found = Hash::node(sibling, &found);
            while !odd(node) && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            found = Hash::node(&found, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    if found == *root { Ok(()) } else { Err(ProofError::Root) }
}

/// Checks that the tree of `new_size` leaves begins with the one of `old_size` leaves.
///
/// The algorithm is RFC 9162 section 2.1.4.2. From size 0 there is nothing to prove and
/// implementations differ, so this refuses it: use [`verify_from_empty`].
///
/// # Errors
/// [`ProofError::FromEmpty`], [`ProofError::Shrinks`], [`ProofError::Length`], [`ProofError::Root`].
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old_size == 0 {
        return Err(ProofError::FromEmpty);
    }
    if old_size > new_size {
        return Err(ProofError::Shrinks { old: old_size, new: new_size });
    }
    if old_size == new_size {
        return match (proof.is_empty(), old_root == new_root) {
            (false, _) => Err(ProofError::Length),
            (true, false) => Err(ProofError::Root),
            (true, true) => Ok(()),
        };
    }
    let shift = old_size.trailing_zeros();
    let shifted = |size: u64| size.saturating_sub(1).checked_shr(shift).unwrap_or(0);
    let (mut node, mut last) = (shifted(old_size), shifted(new_size));
    // When the old tree is one perfect subtree, its root begins the proof without being sent.
    let (first, rest) = if old_size.is_power_of_two() {
        (old_root, proof)
    } else {
        proof.split_first().ok_or(ProofError::Length)?
    };
    let (mut old, mut new) = (*first, *first);
    for hash in rest {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if odd(node) || node == last {
            old = Hash::node(hash, &old);
            new = Hash::node(hash, &new);
            while !odd(node) && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new = Hash::node(&new, hash);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    if old == *old_root && new == *new_root { Ok(()) } else { Err(ProofError::Root) }
}

/// Checks what can be checked from the empty tree: the proof is empty, and an empty tree has the
/// empty root. The new root itself is then taken on the strength of its signature alone.
///
/// # Errors
/// [`ProofError::Length`], [`ProofError::Root`].
pub fn verify_from_empty(new_size: u64, new_root: &Hash, proof: &[Hash]) -> Result<(), ProofError> {
    if !proof.is_empty() {
        return Err(ProofError::Length);
    }
    if (new_size == 0) == (*new_root == Hash::EMPTY_ROOT) { Ok(()) } else { Err(ProofError::Root) }
}
