//! Trees near 2^63 leaves: where an index is doubled, shifted or added, it must not overflow.
//!
//! When all leaves are alike, every perfect subtree of one height has one hash, so a tree of any
//! size can be had without its leaves, and its proofs are true proofs.

use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use ledger::log::proof::{
    ProofError, TileSource, consistency_proof, consistency_tiles, inclusion_proof, inclusion_tiles,
    root_at, root_tiles, verify_consistency, verify_inclusion,
};
use ledger::log::{Hash, TileId, TilePath};
use sha2::Sha256;
use std::cell::RefCell;
use tlog_tiles::{
    HashReader, Tile, check_record, check_tree, prove_record, prove_tree, split_stored_hash_index,
    tree_hash,
};

use crate::{all_theirs, ours, theirs};

const LEAF: &[u8] = b"alike";

/// The hash of a perfect subtree by its height, and the full row of each level of tiles.
struct Alike {
    heights: Vec<Hash>,
    rows: Vec<Vec<u8>>,
}

impl Alike {
    fn new() -> Self {
        let mut heights = vec![Hash::leaf(LEAF)];
        for height in 0..64 {
            heights.push(Hash::node(&heights[height], &heights[height]));
        }
        let row = |level: usize| heights[8 * level].as_bytes().repeat(256);
        Self { rows: (0..8).map(row).collect(), heights }
    }
}

impl TileSource for Alike {
    fn tile(&self, id: TileId) -> Option<&[u8]> {
        self.rows.get(usize::from(id.level)).map(Vec::as_slice)
    }
}

/// The same tree for `tlog_tiles`, which says what it asked for.
struct Asked<'a> {
    alike: &'a Alike,
    indexes: RefCell<Vec<u64>>,
}

impl HashReader for Asked<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        self.indexes.borrow_mut().extend(indexes);
        let at = |index: &u64| {
            let (height, _) = split_stored_hash_index(*index);
            theirs(&self.alike.heights[usize::from(height)])
        };
        Ok(indexes.iter().map(at).collect())
    }
}

impl Asked<'_> {
    /// The rows that hold what was asked for since the last call.
    fn tiles(&self) -> Vec<TileId> {
        let tile = |index| Tile::from_index(8, index);
        let id = |tile: Tile| TileId { level: tile.level(), n: tile.level_index() };
        let mut ids: Vec<_> = self.indexes.take().into_iter().map(tile).map(id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// Sizes around powers of two up to 2^63 - 1, the largest that Go's signed numbers count.
fn sizes() -> Vec<u64> {
    let bits = [1, 8, 9, 16, 24, 31, 32, 33, 40, 48, 55, 56, 57, 61, 62, 63];
    let near =
        bits.map(|bits| 1u64 << bits).into_iter().flat_map(|power| [power - 1, power, power + 1]);
    let others = [(1 << 63) - 257, 0x7fff_0000_ffff_0001, 0x5555_5555_5555_5555];
    near.chain(others).filter(|size| *size < 1 << 63).collect()
}

fn places(size: u64) -> Vec<u64> {
    let mut places = vec![0, 1, 255, 256, size / 3, size / 2, size - 1];
    places.extend([
        size.saturating_sub(2),
        size.saturating_sub(256),
        size.checked_next_power_of_two().map_or(1 << 63, |power| power / 2),
    ]);
    places.retain(|place| *place < size);
    places
}

#[test]
fn proofs_of_enormous_trees_are_the_same_and_hold() {
    let alike = Alike::new();
    let other = Asked { alike: &alike, indexes: RefCell::default() };
    let leaf = Hash::leaf(LEAF);
    for size in sizes() {
        let root = root_at(size, &alike).expect("root");
        assert_eq!(tree_hash(size, &other).expect("root"), theirs(&root), "{size}");
        assert_eq!(root_tiles(size), other.tiles(), "{size}");
        let third: RootHash<Sha256> = RootHash::new((*root.as_bytes()).into(), size);
        for index in places(size) {
            let proof = inclusion_proof(index, size, &alike).expect("proof");
            assert_eq!(ours(&prove_record(size, index, &other).expect("proof")), proof);
            assert_eq!(inclusion_tiles(index, size), other.tiles(), "{index} of {size}");
            assert_eq!(verify_inclusion(&leaf, index, size, &root, &proof), Ok(()));
            let list = all_theirs(&proof);
            assert!(check_record(&list, size, theirs(&root), index, theirs(&leaf)).is_ok());
            let bytes = proof.iter().flat_map(|hash| *hash.as_bytes()).collect();
            let inclusion = InclusionProof::try_from_bytes(bytes).expect("whole hashes");
            assert!(third.verify_inclusion(&LEAF, index, &inclusion).is_ok(), "{index} of {size}");

            let old = index + 1;
            let before = root_at(old, &alike).expect("root");
            other.tiles();
            let proof = consistency_proof(old, size, &alike).expect("proof");
            assert_eq!(ours(&prove_tree(size, old, &other).expect("proof")), proof);
            assert_eq!(consistency_tiles(old, size), other.tiles(), "{old} to {size}");
            assert_eq!(verify_consistency(old, &before, size, &root, &proof), Ok(()));
            let list = all_theirs(&proof);
            assert!(check_tree(&list, size, theirs(&root), old, theirs(&before)).is_ok());
            let bytes = proof.iter().flat_map(|hash| *hash.as_bytes()).collect();
            let growth = ConsistencyProof::try_from_bytes(bytes).expect("whole hashes");
            let known = RootHash::new((*before.as_bytes()).into(), old);
            assert!(third.verify_consistency(&known, &growth).is_ok(), "{old} to {size}");
        }
    }
}

#[test]
fn beyond_what_the_others_count_ours_still_proves_and_verifies() {
    let alike = Alike::new();
    let leaf = Hash::leaf(LEAF);
    for size in [1 << 63, (1 << 63) + 1, u64::MAX - 256, u64::MAX - 1, u64::MAX] {
        let root = root_at(size, &alike).expect("root");
        for index in places(size) {
            let proof = inclusion_proof(index, size, &alike).expect("proof");
            assert_eq!(verify_inclusion(&leaf, index, size, &root, &proof), Ok(()));
            let beyond = verify_inclusion(&leaf, size, size, &root, &proof);
            assert_eq!(beyond, Err(ProofError::OutOfTree { index: size, size }));
            let before = root_at(index + 1, &alike).expect("root");
            let proof = consistency_proof(index + 1, size, &alike).expect("proof");
            assert_eq!(verify_consistency(index + 1, &before, size, &root, &proof), Ok(()));
        }
    }
}

#[test]
fn the_paths_of_enormous_trees_are_read_back() {
    for size in sizes() {
        for id in root_tiles(size).into_iter().chain(inclusion_tiles(size / 3, size)) {
            let path = TilePath::Hashes { id, width: 256 }.to_string();
            assert_eq!(TilePath::parse(&path), Ok(TilePath::Hashes { id, width: 256 }));
            let go = Tile::new(8, id.level, id.n, 256, false).path();
            assert_eq!(go, path.replacen("tile/", "tile/8/", 1));
        }
    }
}
