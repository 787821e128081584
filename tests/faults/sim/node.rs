//! A node: the steps of the registrar's sequencer on the real edge and the real proofs, with a store, a
//! signer and a file that may fail at each.

use std::collections::BTreeMap;

use ledger::log::proof::{consistency_proof, consistency_tiles, root_at};
use ledger::log::{After, Checkpoint, Edge, Tile, TileId};
use ledger::registrar::signer::{Ask, SignError};

use super::outside::{ORIGIN, Signer};
use super::store::{Job, Refused, Store};
use crate::bench::Chance;

/// What the sender of a submission is told.
#[derive(Debug)]
pub(super) enum Told {
    Acknowledged {
        id: u64,
        first: u64,
        note: Vec<u8>,
    },
    /// Failed, unknown or not released: it sends the same again.
    TryAgain,
}

/// Why a node stopped.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    /// The machine, or an outcome that nobody knows.
    Crashed,
    /// The book was taken back.
    RolledBack,
    /// Another history was signed.
    Forked,
}

/// All that a node leans on.
pub(super) struct World<'a> {
    pub(super) store: &'a mut Store,
    pub(super) signer: &'a mut Signer,
    /// The last checkpoint shown, in its file.
    pub(super) last_seen: &'a mut After,
    pub(super) chance: &'a mut Chance,
}

impl World<'_> {
    fn crash(&mut self) -> Result<(), Stopped> {
        if self.chance.once_in(150) { Err(Stopped::Crashed) } else { Ok(()) }
    }
}

pub(super) struct Node {
    edge: Edge,
    unreleased: bool,
    /// The size that was signed last, as far as this node knows.
    signed: u64,
    /// The latest checkpoint that it shows.
    pub(super) shown: Option<Vec<u8>>,
}

impl Node {
    /// Starts from what the disk says; on any doubt it does not.
    pub(super) fn start(world: &mut World<'_>) -> Result<Self, Stopped> {
        let edge = load(world.store);
        let last = *world.last_seen;
        if last.size > edge.size() {
            return Err(Stopped::RolledBack);
        }
        if root_at(last.size, &world.store.tiles) != Ok(last.root) && last.size > 0 {
            return Err(Stopped::Forked);
        }
        let mut node = Self { edge, unreleased: true, signed: 0, shown: None };
        node.release(world)?;
        Ok(node)
    }

    fn head(&self) -> After {
        After { size: self.edge.size(), root: self.edge.root() }
    }

    /// One batch: what the senders are told, and whether the node goes on.
    pub(super) fn turn(
        &mut self,
        world: &mut World<'_>,
        mut jobs: Vec<Job>,
    ) -> (Vec<Told>, Result<(), Stopped>) {
        let mut told = Vec::new();
        let done = self.batch(world, &mut jobs, &mut told);
        // Whoever is not answered asks again.
        told.extend(jobs.iter().map(|_| Told::TryAgain));
        (told, done)
    }

    fn batch(
        &mut self,
        world: &mut World<'_>,
        jobs: &mut Vec<Job>,
        told: &mut Vec<Told>,
    ) -> Result<(), Stopped> {
        if self.unreleased && !self.release(world)? {
            return Ok(());
        }
        loop {
            // What is there already gets the answer of the first time.
            let (again, new): (Vec<Job>, Vec<Job>) =
                std::mem::take(jobs).into_iter().partition(|job| world.store.found(job).is_some());
            told.extend(again.iter().map(|job| earlier(world.store, job)));
            *jobs = new;
            if jobs.is_empty() {
                return Ok(());
            }
            let base = self.head();
            let mut edge = self.edge.clone();
            let leaves: Vec<_> = jobs.iter().flat_map(|job| job.leaves.iter().copied()).collect();
            let tiles = edge.append(&leaves).expect("it grows");
            let head = After { size: edge.size(), root: edge.root() };
            world.crash()?;
            // The disk refuses before anything is written.
            if world.chance.once_in(60) {
                return Ok(());
            }
            match world.store.append(&base, jobs, tiles, head) {
                Ok(()) => {}
                Err(Refused::HeadMoved) => {
                    self.edge = load(world.store);
                    continue;
                }
                Err(Refused::Duplicate(id)) => unreachable!("{id} was found before"),
            }
            // It is written, and the answer is lost: nobody knows, and the node ends.
            if world.chance.once_in(120) {
                return Err(Stopped::Crashed);
            }
            world.crash()?;
            self.edge = edge;
            self.unreleased = true;
            if !self.release(world)? {
                return Ok(());
            }
            let note = self.shown.clone().expect("it was released");
            for job in jobs.drain(..) {
                let first = world.store.found(&job).expect("it was written");
                told.push(Told::Acknowledged { id: job.id, first, note: note.clone() });
            }
            return Ok(());
        }
    }

    /// Has the head signed, written down, kept and shown; `false` when it has to wait.
    pub(super) fn release(&mut self, world: &mut World<'_>) -> Result<bool, Stopped> {
        let mut old = self.signed.min(self.edge.size());
        for _ in 0..8 {
            let head = self.head();
            let checkpoint = Checkpoint { origin: ORIGIN.into(), size: head.size, root: head.root };
            let proof = if old == 0 || old == head.size {
                Vec::new()
            } else {
                proof(world.store, old, head.size)
            };
            let keys = vec![world.signer.key.verifier().clone()];
            match world.signer.sign(&Ask { checkpoint, keys, old, proof }, world.chance) {
                Ok(note) => {
                    self.signed = head.size;
                    world.crash()?;
                    return Ok(self.keep(world, head, note));
                }
                Err(SignError::Stale(last)) => {
                    if root_at(last.size, &world.store.tiles) != Ok(last.root) {
                        return Err(Stopped::Forked);
                    }
                    old = last.size;
                }
                Err(SignError::Behind(last)) => {
                    self.edge = load(world.store);
                    if self.edge.size() < last.size {
                        return Err(Stopped::RolledBack);
                    }
                }
                Err(SignError::Forked(_)) => return Err(Stopped::Forked),
                Err(_) => return Ok(false),
            }
        }
        Ok(false)
    }

    fn keep(&mut self, world: &mut World<'_>, head: After, note: Vec<u8>) -> bool {
        // The file of the last checkpoint seen can't be written.
        if world.chance.once_in(80) {
            return false;
        }
        if head.size >= world.last_seen.size {
            assert!(head.size > world.last_seen.size || head == *world.last_seen, "two were shown");
            *world.last_seen = head;
        }
        // The row is lost now and then: the start makes the same one again.
        if head.size > 0 && !world.chance.once_in(80) {
            let kept = world.store.notes.entry(head.size).or_insert_with(|| note.clone());
            assert_eq!(*kept, note, "two checkpoints of size {}", head.size);
        }
        self.shown = (head.size > 0).then_some(note);
        self.unreleased = false;
        true
    }
}

fn earlier(store: &Store, job: &Job) -> Told {
    let Some(first) = store.found(job) else { return Told::TryAgain };
    let end = first + super::store::size(&job.leaves);
    match store.covering(end) {
        Some(note) => Told::Acknowledged { id: job.id, first, note: note.clone() },
        None => Told::TryAgain,
    }
}

fn proof(store: &Store, old: u64, new: u64) -> Vec<ledger::log::Hash> {
    // Only the rows that are asked of the database.
    let rows = consistency_tiles(old, new).into_iter();
    let rows = rows.filter_map(|id| Some((id, store.tiles.get(&id)?.clone())));
    let rows: BTreeMap<TileId, Vec<u8>> = rows.collect();
    consistency_proof(old, new, &rows).expect("the rows are there")
}

fn load(store: &Store) -> Edge {
    let tile = |id: TileId| {
        let hashes = store.tiles.get(&id).expect("the edge is stored").clone();
        Tile { id, hashes }
    };
    let tiles: Vec<Tile> = Edge::tiles_to_load(store.head.size).into_iter().map(tile).collect();
    let edge = Edge::load(store.head.size, &tiles).expect("the edge is whole");
    assert_eq!(edge.root(), store.head.root, "the tiles give another root");
    edge
}
