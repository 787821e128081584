//! What must be true after every step, and a longer look at the end of a world.

use std::collections::BTreeMap;

use ledger::log::proof::{
    consistency_proof, inclusion_proof, root_at, tree_root, verify_consistency, verify_inclusion,
};
use ledger::log::witness::Seen;
use ledger::log::{After, Checkpoint, Hash};

use super::outside::Signer;
use super::store::{Job, Store, size};
use crate::bench::Chance;

/// What people hold, and how far each keeper of the history has come.
#[derive(Default)]
pub(super) struct Truth {
    /// What was acknowledged: where, and the leaves.
    held: BTreeMap<u64, (u64, Vec<Hash>)>,
    /// The root of each size that was ever signed.
    roots: BTreeMap<u64, Hash>,
    looked: usize,
    signed: u64,
    seen: u64,
    witnessed: u64,
}

impl Truth {
    pub(super) fn acknowledged(&self) -> u64 {
        u64::try_from(self.held.len()).expect("small")
    }

    /// A client takes its receipt in, and checks all that it can.
    pub(super) fn acknowledges(
        &mut self,
        store: &Store,
        signer: &Signer,
        job: &Job,
        first: u64,
        note: &[u8],
    ) {
        let (checkpoint, _) =
            Checkpoint::open(note, signer.key.verifier()).expect("the log signed it");
        let end = first + size(&job.leaves);
        assert!(checkpoint.size >= end, "the checkpoint covers what it acknowledges");
        let proof = inclusion_proof(first, checkpoint.size, &store.tiles).expect("a proof");
        verify_inclusion(&job.leaves[0], first, checkpoint.size, &checkpoint.root, &proof)
            .expect("the leaf is under the checkpoint");
        let before = self.held.insert(job.id, (first, job.leaves.clone()));
        assert!(before.is_none_or(|(at, _)| at == first), "one submission, two places");
    }

    /// After every step.
    pub(super) fn look(
        &mut self,
        store: &Store,
        signer: &Signer,
        last_seen: &After,
        witnessed: Option<&Seen>,
    ) {
        for head in &signer.signed[self.looked..] {
            let known = self.roots.insert(head.size, head.root);
            assert!(
                known.is_none_or(|root| root == head.root),
                "two roots signed at {}",
                head.size
            );
            let root = if head.size == 0 {
                Ok(Hash::EMPTY_ROOT)
            } else {
                root_at(head.size, &store.tiles)
            };
            assert_eq!(root, Ok(head.root), "what was signed is not in the book");
        }
        self.looked = signer.signed.len();
        assert!(signer.state.size >= self.signed, "the signer went back");
        assert!(last_seen.size >= self.seen, "the last checkpoint seen went back");
        self.signed = signer.state.size;
        self.seen = last_seen.size;
        assert!(self.seen <= self.signed, "something was shown that is not signed");
        assert!(self.signed <= store.head.size, "something was signed that is not written");
        if let Some(seen) = witnessed {
            assert!(seen.size >= self.witnessed, "the witness went back");
            self.witnessed = seen.size;
            assert_eq!(self.roots.get(&seen.size), Some(&seen.root), "cosigned and not signed");
        }
        // The latest few; all of them at the end.
        for (first, leaves) in self.held.values().rev().take(3) {
            there(store, *first, leaves);
        }
    }

    /// At the end: every receipt, every pair of neighbours among the checkpoints, and pairs by chance.
    pub(super) fn look_at_all(&mut self, store: &Store, signer: &Signer, chance: &mut Chance) {
        for head in &signer.signed[self.looked..] {
            let known = self.roots.insert(head.size, head.root);
            assert!(
                known.is_none_or(|root| root == head.root),
                "two roots signed at {}",
                head.size
            );
        }
        for (first, leaves) in self.held.values() {
            there(store, *first, leaves);
        }
        if store.leaves.len() < 5_000 {
            assert_eq!(tree_root(&store.leaves), store.head.root, "the root of all leaves");
        }
        let all: Vec<(u64, Hash)> = self.roots.iter().map(|(size, root)| (*size, *root)).collect();
        let far = (0..50).map(|_| (chance.index(all.len().max(1)), chance.index(all.len().max(1))));
        let near = (1..all.len()).map(|at| (at - 1, at));
        for (one, two) in near.chain(far).collect::<Vec<_>>() {
            let (Some((old, before)), Some((new, after))) =
                (all.get(one.min(two)), all.get(one.max(two)))
            else {
                continue;
            };
            if *old == 0 {
                continue;
            }
            let proof = consistency_proof(*old, *new, &store.tiles).expect("a proof");
            let held = verify_consistency(*old, before, *new, after, &proof);
            assert!(held.is_ok(), "the checkpoints of {old} and {new} are not of one history");
        }
    }
}

fn there(store: &Store, first: u64, leaves: &[Hash]) {
    let at = usize::try_from(first).expect("small");
    assert_eq!(store.leaves.get(at..at + leaves.len()), Some(leaves), "acknowledged at {first}");
}
