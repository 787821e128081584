//! The log as a whole, simulated from a seed: two nodes on one store, a signer, the last checkpoint seen,
//! a witness, clients that ask again; everything fails now and then, and the rules are looked at after
//! each step.
//!
//! The tree, the proofs, the signer's rule, the witness and its client are the real ones. The store and
//! the order of the sequencer's steps are written again here, in memory.
//! `SIM_BATCHES` is how many batches are tried, `SIM_SEED` the first of the worlds.

mod checks;
mod node;
mod outside;
mod store;

use std::collections::BTreeMap;

use ledger::log::{After, Hash};

use crate::bench::{Chance, number, say, seed};
use checks::Truth;
use node::{Node, Stopped, Told, World};
use outside::{Signer, Witness};
use store::{Job, Store};

/// Batches in one world: small enough that a failing one is read quickly.
const WORLD: u64 = 500;

/// What happened, over all worlds.
#[derive(Debug, Default)]
struct Counts {
    worlds: u64,
    batches: u64,
    steps: u64,
    acknowledged: u64,
    crashes: u64,
    taken_back: u64,
    forks: u64,
    cosigned: u64,
    checkpoints: u64,
}

#[test]
fn a_simulated_log_keeps_its_rules_whatever_fails() {
    let (wanted, first) = (number("SIM_BATCHES", 2_000), seed("SIM_SEED"));
    let mut counts = Counts::default();
    while counts.batches < wanted {
        let seed = first.wrapping_add(counts.worlds);
        let limit = WORLD.min(wanted - counts.batches);
        let world = std::panic::catch_unwind(|| Life::new(seed).lives(limit));
        let Ok(world) = world else {
            say(&format!(
                "sim: seed {seed} fails, again by: SIM_SEED={seed} SIM_BATCHES={limit} cargo test -p tests --test faults sim::"
            ));
            panic!("seed {seed}");
        };
        counts.add(&world);
    }
    say(&format!(
        "sim: {} worlds (seeds from {first}), {} batches in {} steps, {} submissions acknowledged, {} checkpoints \
         signed, {} cosigned, {} crashes, {} times an older copy put back, {} forks tried, 0 violations",
        counts.worlds,
        counts.batches,
        counts.steps,
        counts.acknowledged,
        counts.checkpoints,
        counts.cosigned,
        counts.crashes,
        counts.taken_back,
        counts.forks
    ));
    assert!(counts.acknowledged > wanted / 4 && counts.cosigned > 0, "too little happened");
}

impl Counts {
    fn add(&mut self, world: &Self) {
        self.worlds += 1;
        self.batches += world.batches;
        self.steps += world.steps;
        self.acknowledged += world.acknowledged;
        self.crashes += world.crashes;
        self.taken_back += world.taken_back;
        self.forks += world.forks;
        self.cosigned += world.cosigned;
        self.checkpoints += world.checkpoints;
    }
}

/// One world from its beginning to its end.
struct Life {
    chance: Chance,
    store: Store,
    signer: Signer,
    last_seen: After,
    witness: Witness,
    nodes: [Option<Node>; 2],
    /// Until which step a node is paused.
    paused: [u64; 2],
    /// Submissions that wait for an answer, by number.
    waiting: BTreeMap<u64, Job>,
    jobs: u64,
    truth: Truth,
    /// The witness's clock, in seconds: it may go back.
    clock: u64,
    step: u64,
    counts: Counts,
}

impl Life {
    fn new(seed: u64) -> Self {
        let signer = Signer::new();
        let witness = Witness::new(&signer.key);
        let mut life = Self {
            chance: Chance::of(seed),
            store: Store::new(),
            signer,
            last_seen: After { size: 0, root: Hash::EMPTY_ROOT },
            witness,
            nodes: [None, None],
            paused: [0, 0],
            waiting: BTreeMap::new(),
            jobs: 0,
            truth: Truth::default(),
            clock: 1_800_000_000,
            step: 0,
            counts: Counts::default(),
        };
        // Near the edges of tiles, now and then, from the first step.
        let sizes = [0, 0, 0, 1, 250, 255, 256, 511, 65_530];
        let weight = if life.chance.once_in(20) { sizes.len() } else { sizes.len() - 1 };
        let size = sizes[life.chance.index(weight)];
        if size > 0 {
            let job = life.job(size);
            let mut edge = ledger::log::Edge::empty();
            let tiles = edge.append(&job.leaves).expect("it grows");
            let head = After { size: edge.size(), root: edge.root() };
            let base = life.store.head;
            life.store.append(&base, &[job], tiles, head).expect("a first batch");
        }
        life
    }

    fn job(&mut self, leaves: usize) -> Job {
        self.jobs += 1;
        let (id, salt) = (self.jobs, self.chance.next());
        let leaf = |n: usize| Hash::leaf(format!("{salt} {id} {n}").as_bytes());
        Job { id, leaves: (0..leaves).map(leaf).collect() }
    }

    fn lives(mut self, batches: u64) -> Counts {
        while self.counts.batches < batches {
            self.step += 1;
            self.clock = self.clock.saturating_add(self.chance.below(3));
            if self.chance.once_in(300) {
                let leap = self.chance.below(7_200);
                self.clock = self.clock.saturating_add(leap).saturating_sub(3_600);
            }
            for _ in 0..self.chance.below(3) {
                let leaves = 1 + self.chance.index(5);
                let job = self.job(leaves);
                self.waiting.insert(job.id, job);
            }
            let which = self.chance.index(2);
            if self.chance.once_in(40) {
                self.paused[which] = self.step + self.chance.below(40);
            }
            if self.paused[which] <= self.step {
                self.turn(which);
            }
            let shown = self.nodes[which].as_ref().and_then(|node| node.shown.clone());
            let (step, clock) = (self.step, self.clock);
            self.witness.step(&self.store, shown.as_ref(), step, clock, &mut self.chance);
            if self.chance.once_in(120) {
                self.older_copy();
            }
            self.truth.look(&self.store, &self.signer, &self.last_seen, self.witness.seen.as_ref());
        }
        if self.chance.once_in(2) {
            self.fork();
        }
        self.truth.look_at_all(&self.store, &self.signer, &mut self.chance);
        self.counts.steps = self.step;
        self.counts.cosigned = self.witness.cosigned;
        self.counts.checkpoints = store::size(&self.signer.signed);
        self.counts.acknowledged = self.truth.acknowledged();
        self.counts
    }

    /// One turn of a node: it starts, or writes what some clients sent it.
    fn turn(&mut self, which: usize) {
        let mut world = World {
            store: &mut self.store,
            signer: &mut self.signer,
            last_seen: &mut self.last_seen,
            chance: &mut self.chance,
        };
        let Some(node) = &mut self.nodes[which] else {
            match Node::start(&mut world) {
                Ok(node) => self.nodes[which] = Some(node),
                Err(Stopped::Crashed) => self.counts.crashes += 1,
                Err(other) => panic!("step {}: it does not start: {other:?}", self.step),
            }
            return;
        };
        let most = 1 + world.chance.index(6);
        let jobs: Vec<Job> = self.waiting.values().take(most).cloned().collect();
        if !jobs.is_empty() {
            self.counts.batches += 1;
        }
        let (told, done) = node.turn(&mut world, jobs);
        for told in told {
            let Told::Acknowledged { id, first, note } = told else { continue };
            // The answer may be lost on its way: the client then asks again.
            let lost = self.chance.once_in(12);
            let job = if lost { self.waiting.get(&id).cloned() } else { self.waiting.remove(&id) };
            let job = job.expect("an answer to a question");
            self.truth.acknowledges(&self.store, &self.signer, &job, first, &note);
        }
        match done {
            Ok(()) => {}
            Err(Stopped::Crashed) => {
                self.counts.crashes += 1;
                self.nodes[which] = None;
            }
            Err(other) => panic!("step {}: {other:?} of a book that never went back", self.step),
        }
    }

    /// Somebody puts an older copy of the book in its place; it is served only if nothing is missing.
    fn older_copy(&mut self) {
        let copy = self.store.clone();
        self.nodes = [None, None];
        for _ in 0..self.chance.below(6) {
            self.turn(0);
        }
        self.nodes = [None, None];
        self.counts.taken_back += 1;
        let mut older = copy;
        let missing = older.head.size < self.last_seen.size.max(self.signer.state.size);
        let (signed, seen) = (self.signer.state, self.last_seen);
        let mut world = World {
            store: &mut older,
            signer: &mut self.signer,
            last_seen: &mut self.last_seen,
            chance: &mut self.chance,
        };
        let started = Node::start(&mut world);
        if missing {
            let served = started.is_ok_and(|node| node.shown.is_some());
            assert!(!served, "step {}: a book taken back was served", self.step);
            assert!(signed == self.signer.state && seen == self.last_seen, "a net moved");
        } else if started.is_ok() && older.head != self.store.head {
            // Nothing that was signed is missing: nobody can tell, and nothing acknowledged is lost.
            self.store = older;
        }
    }

    /// Two copies of the book grow apart: of their heads one is signed, never both.
    fn fork(&mut self) {
        self.counts.forks += 1;
        let mut copies = [self.store.clone(), self.store.clone()];
        let mut signed = Vec::new();
        for copy in &mut copies {
            for _ in 0..200 {
                let job = self.job(2);
                let mut last_seen = After { size: 0, root: Hash::EMPTY_ROOT };
                let mut world = World {
                    store: copy,
                    signer: &mut self.signer,
                    // Each copy came with a file of its own, or without one.
                    last_seen: &mut last_seen,
                    chance: &mut self.chance,
                };
                let Ok(mut node) = Node::start(&mut world) else { continue };
                let before = world.signer.state;
                let (told, _) = node.turn(&mut world, vec![job]);
                let moved = self.signer.state != before;
                if told.iter().any(|told| matches!(told, Told::Acknowledged { .. })) {
                    signed.push(self.signer.state);
                }
                if moved {
                    break;
                }
            }
        }
        assert!(signed.len() <= 1, "both copies were served: {signed:?}");
        // What was signed is the end of one of them, whichever.
        let is_end = |copy: &&Store| {
            copy.head.size >= self.signer.state.size
                && ledger::log::proof::root_at(self.signer.state.size, &copy.tiles)
                    == Ok(self.signer.state.root)
        };
        if let Some(one) = copies.iter().find(is_end) {
            self.store = one.clone();
        }
    }
}
