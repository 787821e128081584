//! Roots, inclusion and consistency: every tree of up to 300 leaves, every leaf, every earlier size.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use ledger::log::Hash;
use ledger::log::proof::{
    consistency_proof, inclusion_proof, root_at, verify_consistency, verify_inclusion,
};
use sha2::Sha256;
use support::Mutator;
use tlog_tiles::{check_record, check_tree, prove_record, prove_tree, tree_hash};

use crate::{Rows, Stored, all_theirs, leaf, ours, stored, theirs};

const LIMIT: u64 = 300;

fn joined(proof: &[Hash]) -> Vec<u8> {
    proof.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

fn root_of(hash: &Hash, size: u64) -> RootHash<Sha256> {
    RootHash::new((*hash.as_bytes()).into(), size)
}

fn included(proof: &[Hash]) -> InclusionProof<Sha256> {
    InclusionProof::try_from_bytes(joined(proof)).expect("whole hashes")
}

fn grown(proof: &[Hash]) -> ConsistencyProof<Sha256> {
    ConsistencyProof::try_from_bytes(joined(proof)).expect("whole hashes")
}

/// Our rows, their hashes, and the third tree while it grows.
fn each_size(mut at: impl FnMut(u64, &Rows, &Stored, &MemoryBackedTree<Sha256, Vec<u8>>)) {
    let (_, rows, other) = stored(LIMIT);
    let mut third = MemoryBackedTree::new();
    for size in 1..=LIMIT {
        third.push(leaf(size - 1));
        at(size, &rows, &other, &third);
    }
}

#[test]
fn roots_and_inclusions_are_the_same_in_all_three() {
    assert_eq!(tree_hash(0, &Stored::default()).expect("root"), theirs(&Hash::EMPTY_ROOT));
    each_size(|size, rows, other, third| {
        let root = root_at(size, rows).expect("root");
        assert_eq!(tree_hash(size, other).expect("root"), theirs(&root));
        assert_eq!(third.root(), root_of(&root, size));
        for index in 0..size {
            let proof = inclusion_proof(index, size, rows).expect("proof");
            assert_eq!(ours(&prove_record(size, index, other).expect("proof")), proof);
            let at = usize::try_from(index).expect("small");
            assert_eq!(third.prove_inclusion(at).as_bytes(), joined(&proof));
            assert!(judged(&leaf(index), index, size, &root, &proof));
        }
    });
}

#[test]
fn growths_are_the_same_in_all_three() {
    let mut roots = vec![Hash::EMPTY_ROOT];
    each_size(|size, rows, other, third| {
        let root = root_at(size, rows).expect("root");
        roots.push(root);
        for (old, before) in (0..).zip(&roots).skip(1) {
            let proof = consistency_proof(old, size, rows).expect("proof");
            assert_eq!(ours(&prove_tree(size, old, other).expect("proof")), proof);
            // Theirs proves nothing between equal sizes; ours is empty there.
            let more = usize::try_from(size - old).expect("small");
            let by_third = (more > 0).then(|| third.prove_consistency(more).as_bytes().to_vec());
            assert_eq!(by_third.unwrap_or_default(), joined(&proof));
            assert!(judged_growth(old, before, size, &root, &proof));
        }
    });
}

/// One claim of inclusion, judged by all three.
fn judged(bytes: &[u8], index: u64, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    let hash = Hash::leaf(bytes);
    let by_us = verify_inclusion(&hash, index, size, root, proof).is_ok();
    let list = all_theirs(proof);
    let by_tlog = check_record(&list, size, theirs(root), index, theirs(&hash)).is_ok();
    let by_merkle = root_of(root, size).verify_inclusion(&bytes, index, &included(proof)).is_ok();
    assert_eq!((by_us, by_us), (by_tlog, by_merkle), "leaf {index} of {size}: {proof:?}");
    by_us
}

/// One claim of growth, judged by all three.
fn judged_growth(old: u64, before: &Hash, new: u64, root: &Hash, proof: &[Hash]) -> bool {
    let by_us = verify_consistency(old, before, new, root, proof).is_ok();
    let list = all_theirs(proof);
    let by_tlog = check_tree(&list, new, theirs(root), old, theirs(before)).is_ok();
    let by_merkle = root_of(root, new).verify_consistency(&root_of(before, old), &grown(proof));
    let by_merkle = by_merkle.is_ok();
    assert_eq!((by_us, by_us), (by_tlog, by_merkle), "{old} to {new}: {proof:?}");
    by_us
}

#[test]
fn every_proof_is_judged_alike_at_every_other_place() {
    const SMALL: u64 = 20;
    let (_, rows, _) = stored(SMALL);
    let root = |size| root_at(size, &rows).expect("root");
    let roots: Vec<_> = (0..=SMALL).map(root).collect();
    let root = |size: u64| roots[usize::try_from(size).expect("small")];
    let mut held = [0; 2];
    for (index, size) in pairs(SMALL) {
        let proof = inclusion_proof(index, size, &rows).expect("proof");
        let growth = consistency_proof(index + 1, size, &rows).expect("proof");
        for (other, at) in pairs(SMALL) {
            let holds = judged(&leaf(index), other, at, &root(size), &proof);
            held[0] += usize::from(holds);
            let (old, before) = (other + 1, root(index + 1));
            let holds = judged_growth(old, &before, at, &root(size), &growth);
            held[1] += usize::from(holds);
        }
    }
    // One proof fits several sizes, as it does not say which it is of; the root is what binds.
    assert!(held.iter().all(|held| *held >= 210), "{held:?}");
}

fn pairs(limit: u64) -> impl Iterator<Item = (u64, u64)> {
    (1..=limit).flat_map(|size| (0..size).map(move |index| (index, size)))
}

#[test]
fn a_damaged_proof_is_judged_alike() {
    let (_, rows, _) = stored(LIMIT);
    let mut random = Mutator::new(62);
    let mut held = 0;
    for _ in 0..4_000 {
        let size = 1 + random.next() % LIMIT;
        let index = random.next() % size;
        let root = root_at(size, &rows).expect("root");
        let mut proof = inclusion_proof(index, size, &rows).expect("proof");
        let mut growth = consistency_proof(index + 1, size, &rows).expect("proof");
        let before = root_at(index + 1, &rows).expect("root");
        damage(&mut proof, &mut random);
        damage(&mut growth, &mut random);
        held += usize::from(judged(&leaf(index), index, size, &root, &proof));
        held += usize::from(judged_growth(index + 1, &before, size, &root, &growth));
    }
    assert!((100..4_000).contains(&held), "{held}");
}

/// A hash is lost, added, doubled, changed or moved; one time in four, nothing.
fn damage(proof: &mut Vec<Hash>, random: &mut Mutator) {
    let at = random.below(proof.len());
    match random.below(8) {
        0 if !proof.is_empty() => drop(proof.remove(at)),
        1 => proof.insert(at, Hash::EMPTY_ROOT),
        2 if !proof.is_empty() => proof.insert(at, proof[at]),
        3 if !proof.is_empty() => proof[at] = Hash::node(&proof[at], &proof[at]),
        4 if proof.len() > 1 => proof.swap(0, at),
        5 => proof.push(Hash::EMPTY_ROOT),
        _ => {}
    }
}
