//! Tests of the log against public vectors, exhaustive small trees and every flipped bit.

#![expect(clippy::arithmetic_side_effects, reason = "the figures of the tests are small")]

mod ed25519;
mod json;
mod leaves;
mod notes;
mod parts;
mod policies;
mod probes;
mod proof_files;
mod tiles;
mod trees;
mod witnesses;

use std::collections::BTreeMap;

use super::edge::Edge;
use super::hash::Hash;
use super::note::SigningKey;
use super::tile::TileId;

/// Origin of the log of the tests.
pub(super) const ORIGIN: &str = "ledger.example.coop/log";

/// Rows as a store would keep them.
pub(super) type Rows = BTreeMap<TileId, Vec<u8>>;

/// Distinct leaf hashes.
pub(super) fn leaf_hashes(count: u64) -> Vec<Hash> {
    (0..count).map(|at| Hash::leaf(format!("leaf {at}").as_bytes())).collect()
}

/// Appends and stores, as the sequencer does; a row may only grow.
pub(super) fn append(edge: &mut Edge, rows: &mut Rows, leaves: &[Hash]) {
    for tile in edge.append(leaves).expect("append") {
        let before = rows.insert(tile.id, tile.hashes.clone()).unwrap_or_default();
        assert!(tile.hashes.starts_with(&before) && tile.hashes.len() > before.len());
    }
}

/// A tree of that many leaves, appended in one go.
pub(super) fn tree(leaves: &[Hash]) -> (Edge, Rows) {
    let (mut edge, mut rows) = (Edge::empty(), Rows::new());
    append(&mut edge, &mut rows, leaves);
    (edge, rows)
}

/// A key whose seed is one byte repeated.
pub(super) fn key(name: &str, seed: u8) -> SigningKey {
    SigningKey::generate(name, [seed; 32]).expect("key")
}

/// Every way to flip one bit.
pub(super) fn flips(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> + '_ {
    (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        (bit, flipped)
    })
}
