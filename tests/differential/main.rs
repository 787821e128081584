//! The log beside three other implementations of the same specifications: what one makes the
//! others accept, and what one refuses the others refuse.
//!
//! `tlog_tiles` and `signed_note` follow Go's golang.org/x/mod, `ct-merkle` is written from RFC
//! 6962 alone. Where verdicts differ on purpose, the difference is named in the test and counted.

mod huge;
mod notes;
mod tiles;
mod trees;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ledger::log::{Edge, Hash, TileId};
use tlog_tiles::HashReader;

/// Rows as a store would keep them.
type Rows = BTreeMap<TileId, Vec<u8>>;

/// The bytes of a leaf.
fn leaf(at: u64) -> Vec<u8> {
    format!("leaf {at}").into_bytes()
}

/// Our hash in the other crate's type.
const fn theirs(hash: &Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(*hash.as_bytes())
}

fn all_theirs(hashes: &[Hash]) -> Vec<tlog_tiles::Hash> {
    hashes.iter().map(theirs).collect()
}

/// Their hash in ours.
fn ours(hashes: &[tlog_tiles::Hash]) -> Vec<Hash> {
    hashes.iter().map(|hash| Hash::from_bytes(hash.0)).collect()
}

/// The hashes that `tlog_tiles` stores, in its own order.
#[derive(Default)]
struct Stored(Vec<tlog_tiles::Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        let at = |index: &u64| self.0[usize::try_from(*index).expect("an index")];
        Ok(indexes.iter().map(at).collect())
    }
}

impl Stored {
    fn push(&mut self, at: u64, leaf: &[u8]) {
        let hashes = tlog_tiles::stored_hashes(at, leaf, self).expect("hashes");
        self.0.extend(hashes);
    }
}

/// Both stores of the same leaves.
fn stored(size: u64) -> (Edge, Rows, Stored) {
    let (mut edge, mut rows, mut other) = (Edge::empty(), Rows::new(), Stored::default());
    for at in 0..size {
        let leaf = leaf(at);
        for tile in edge.append(&[Hash::leaf(&leaf)]).expect("append") {
            rows.insert(tile.id, tile.hashes);
        }
        other.push(at, &leaf);
    }
    (edge, rows, other)
}

/// Their verdict; a panic of theirs counts as a refusal, and is counted.
fn verdict(panics: &mut usize, theirs: impl FnOnce() -> bool) -> bool {
    catch_unwind(AssertUnwindSafe(theirs)).unwrap_or_else(|_| {
        *panics += 1;
        false
    })
}
