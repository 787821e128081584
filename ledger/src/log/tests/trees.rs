//! Roots and proofs: public vectors, the definitions of RFC 6962 written out, every small tree.

use super::super::edge::Edge;
use super::super::hash::Hash;
use super::super::proof::*;
use super::super::text::from_hex;
use super::{Rows, append, leaf_hashes, tree};

const LIMIT: u64 = 130;

fn hash(hex: &str) -> Hash {
    Hash::from_bytes(from_hex(hex).expect("hex"))
}

fn at(leaves: &[Hash], lo: u64, hi: u64) -> &[Hash] {
    &leaves[usize::try_from(lo).unwrap()..usize::try_from(hi).unwrap()]
}

fn half(n: usize) -> usize {
    n.next_power_of_two() / 2
}

/// MTH of RFC 6962 section 2.1, as it is written there.
fn mth(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::EMPTY_ROOT,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(half(leaves.len()));
            Hash::node(&mth(left), &mth(right))
        }
    }
}

/// PATH of RFC 6962 section 2.1.1.
fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return vec![];
    }
    let k = half(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, sibling) = if index < k {
        (path(index, left), mth(right))
    } else {
        (path(index - k, right), mth(left))
    };
    proof.push(sibling);
    proof
}

/// SUBPROOF of RFC 6962 section 2.1.2.
fn subproof(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole { vec![] } else { vec![mth(leaves)] };
    }
    let k = half(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, sibling) = if old <= k {
        (subproof(old, left, whole), mth(right))
    } else {
        (subproof(old - k, right, false), mth(left))
    };
    proof.push(sibling);
    proof
}

#[test]
fn the_public_roots_of_zero_to_eight_leaves() {
    let inputs = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
    };
    let leaves: Vec<_> = inputs.iter().map(|input| Hash::leaf(&bytes(input))).collect();
    for (size, root) in roots.iter().enumerate() {
        assert_eq!(tree_root(&leaves[..size]), hash(root));
        assert_eq!(tree(&leaves[..size]).0.root(), hash(root));
    }
}

#[test]
fn the_public_node_hash() {
    // The children of this vector are not 32 bytes long, so the prefix is put by hand.
    assert_eq!(
        super::super::hash::sha256(b"\x01N123N456"),
        *hash("aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb").as_bytes()
    );
    let (left, right) = (Hash::leaf(b"a"), Hash::leaf(b"b"));
    let by_hand = [&[1u8][..], left.as_bytes(), right.as_bytes()].concat();
    assert_eq!(*Hash::node(&left, &right).as_bytes(), super::super::hash::sha256(&by_hand));
}

#[test]
fn proofs_are_those_of_the_definition() {
    let leaves = leaf_hashes(LIMIT);
    let (_, rows) = tree(&leaves);
    for size in 0..=LIMIT {
        let tree = at(&leaves, 0, size);
        assert_eq!(root_at(size, &rows), Ok(mth(tree)));
        for first in 0..size {
            let index = usize::try_from(first).unwrap();
            assert_eq!(inclusion_proof(first, size, &rows), Ok(path(index, tree)));
            let old = index + 1;
            assert_eq!(consistency_proof(first + 1, size, &rows), Ok(subproof(old, tree, true)));
        }
    }
}

/// Every way in which a proof is changed must make it fail.
fn assert_only(proof: &[Hash], holds: impl Fn(&[Hash]) -> bool) {
    assert!(holds(proof));
    for (place, hash) in proof.iter().enumerate() {
        let mut bytes = *hash.as_bytes();
        bytes[place * 7 % 32] ^= 1 << (place % 8);
        let mut changed = proof.to_vec();
        changed[place] = Hash::from_bytes(bytes);
        assert!(!holds(&changed));
        let mut shorter = proof.to_vec();
        shorter.remove(place);
        assert!(!holds(&shorter));
        let mut longer = proof.to_vec();
        longer.insert(place, Hash::EMPTY_ROOT);
        assert!(!holds(&longer));
    }
    assert!(!holds(&[proof, &[Hash::EMPTY_ROOT]].concat()));
}

#[test]
fn every_inclusion_in_every_small_tree_holds_and_no_other() {
    let leaves = leaf_hashes(LIMIT);
    let (_, rows) = tree(&leaves);
    for size in 1..=LIMIT {
        let root = root_at(size, &rows).expect("root");
        for index in 0..size {
            let leaf = at(&leaves, index, size)[0];
            let proof = inclusion_proof(index, size, &rows).expect("proof");
            let holds = |leaf: &Hash, index, size, root: &Hash, proof: &[Hash]| {
                verify_inclusion(leaf, index, size, root, proof).is_ok()
            };
            assert_only(&proof, |proof| holds(&leaf, index, size, &root, proof));
            assert!(!holds(&Hash::leaf(b"other"), index, size, &root, &proof));
            assert!(!holds(&leaf, index, size, &Hash::EMPTY_ROOT, &proof));
            assert!(!holds(&leaf, size, size, &root, &proof));
            for other in [index ^ 1, index + 1, index.wrapping_sub(1)] {
                assert!(!holds(&leaf, other, size, &root, &proof));
            }
        }
    }
}

#[test]
fn every_growth_of_every_small_tree_holds_and_no_other() {
    let leaves = leaf_hashes(LIMIT);
    let (_, rows) = tree(&leaves);
    let roots: Vec<_> = (0..=LIMIT).map(|size| root_at(size, &rows).expect("root")).collect();
    for new in 1..=LIMIT {
        let new_root = roots[usize::try_from(new).unwrap()];
        for old in 1..=new {
            let old_root = roots[usize::try_from(old).unwrap()];
            let proof = consistency_proof(old, new, &rows).expect("proof");
            let holds = |old, old_root: &Hash, new_root: &Hash, proof: &[Hash]| {
                verify_consistency(old, old_root, new, new_root, proof).is_ok()
            };
            assert_only(&proof, |proof| holds(old, &old_root, &new_root, proof));
            let other = Hash::leaf(b"other");
            assert!(!holds(old, &other, &new_root, &proof));
            assert!(!holds(old, &old_root, &other, &proof));
            assert!(!holds(old + 1, &old_root, &new_root, &proof));
        }
        let proof = consistency_proof(0, new, &rows).expect("from empty");
        assert_eq!(verify_from_empty(new, &new_root, &proof), Ok(()));
    }
}

#[test]
fn the_empty_tree_has_its_own_function() {
    let root = Hash::leaf(b"a");
    let empty = Hash::EMPTY_ROOT;
    assert_eq!(verify_consistency(0, &empty, 1, &root, &[]), Err(ProofError::FromEmpty));
    assert_eq!(verify_consistency(0, &empty, 0, &empty, &[]), Err(ProofError::FromEmpty));
    assert_eq!(verify_from_empty(0, &empty, &[]), Ok(()));
    assert_eq!(verify_from_empty(0, &root, &[]), Err(ProofError::Root));
    assert_eq!(verify_from_empty(1, &empty, &[]), Err(ProofError::Root));
    assert_eq!(verify_from_empty(1, &root, &[root]), Err(ProofError::Length));
    assert_eq!(
        verify_consistency(2, &root, 1, &root, &[]),
        Err(ProofError::Shrinks { old: 2, new: 1 })
    );
    assert_eq!(consistency_proof(2, 1, &Rows::new()), Err(ProofError::Shrinks { old: 2, new: 1 }));
}

#[test]
fn a_tree_of_seventy_thousand_leaves_proves_itself_from_five_rows() {
    let size = 70_000;
    let leaves = leaf_hashes(size);
    let (edge, rows) = tree(&leaves);
    assert_eq!(edge.root(), tree_root(&leaves));
    for step in 0..40u64 {
        let old = 1 + step * 9_973 % (size - 1);
        let index = step * 7_919 % old;
        let needed: Rows = inclusion_tiles(index, size)
            .into_iter()
            .chain(root_tiles(size))
            .map(|id| (id, rows[&id].clone()))
            .collect();
        assert!(needed.len() <= 5, "{needed:?}");
        let proof = inclusion_proof(index, size, &needed).expect("proof");
        let leaf = at(&leaves, index, size)[0];
        assert_eq!(verify_inclusion(&leaf, index, size, &edge.root(), &proof), Ok(()));

        let alone: Rows = root_tiles(old).into_iter().map(|id| (id, rows[&id].clone())).collect();
        assert_eq!(root_at(old, &alone), Ok(tree_root(at(&leaves, 0, old))));

        let needed: Rows = consistency_tiles(old, size)
            .into_iter()
            .chain(root_tiles(old))
            .map(|id| (id, rows[&id].clone()))
            .collect();
        let old_root = root_at(old, &needed).expect("root");
        assert_eq!(old_root, tree_root(at(&leaves, 0, old)));
        let proof = consistency_proof(old, size, &needed).expect("proof");
        assert_eq!(verify_consistency(old, &old_root, size, &edge.root(), &proof), Ok(()));
    }
}

#[test]
fn a_missing_or_short_row_is_named() {
    let (_, mut rows) = tree(&leaf_hashes(300));
    let id = inclusion_tiles(299, 300)[0];
    rows.get_mut(&id).expect("row").truncate(32);
    assert_eq!(inclusion_proof(299, 300, &rows), Err(ProofError::Missing(id)));
    rows.remove(&id);
    assert_eq!(inclusion_proof(299, 300, &rows), Err(ProofError::Missing(id)));
    assert_eq!(
        inclusion_proof(300, 300, &rows),
        Err(ProofError::OutOfTree { index: 300, size: 300 })
    );
}

#[test]
fn enormous_sizes_are_refused_without_a_panic() {
    let (leaf, rows) = (Hash::leaf(b""), Rows::new());
    for size in [1 << 62, (1 << 63) - 1, 1 << 63, u64::MAX - 1, u64::MAX] {
        for index in [0, 1, size / 2, size - 1, size] {
            assert!(inclusion_tiles(index, size).len() <= 64);
            assert!(inclusion_proof(index, size, &rows).is_err());
            assert!(consistency_proof(index.max(1), size, &rows).is_err() || index == size);
            for count in 0..66 {
                let proof = vec![leaf; count];
                assert!(verify_inclusion(&leaf, index, size, &leaf, &proof).is_err());
                let growth = verify_consistency(index.max(1), &leaf, size, &leaf, &proof);
                assert!(growth.is_err() || (index == size && count == 0));
            }
        }
        assert!(root_at(size, &rows).is_err());
        assert!(Edge::load(size, &[]).is_err());
    }
}

#[test]
fn an_edge_can_be_laid_down_and_taken_up_at_every_size() {
    let leaves = leaf_hashes(600);
    let (mut edge, mut rows) = (Edge::empty(), Rows::new());
    for size in 0..600 {
        let wanted = Edge::tiles_to_load(size);
        let tiles: Vec<_> = wanted
            .iter()
            .map(|id| super::super::tile::Tile { id: *id, hashes: rows[id].clone() })
            .collect();
        let loaded = Edge::load(size, &tiles).expect("edge");
        assert_eq!(loaded, edge);
        assert_eq!(loaded.size(), size);
        assert_eq!(edge.root(), mth(at(&leaves, 0, size)));
        edge = loaded;
        append(&mut edge, &mut rows, at(&leaves, size, size + 1));
    }
    let (whole, whole_rows) = tree(&leaves);
    assert_eq!((edge.root(), rows), (whole.root(), whole_rows));
}
