//! A store in memory that keeps what the real one promises: a batch is whole or not there, and moves the
//! head only from where its writer saw it.

use std::collections::BTreeMap;

use ledger::log::{After, Hash, Tile, TileId};

/// A submission: its number is its id, its leaves follow from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) id: u64,
    pub(super) leaves: Vec<Hash>,
}

/// Why a batch was not appended.
#[derive(Debug)]
pub(super) enum Refused {
    HeadMoved,
    Duplicate(u64),
}

#[derive(Clone, Debug)]
pub(super) struct Store {
    pub(super) head: After,
    pub(super) leaves: Vec<Hash>,
    /// First index of each submission.
    pub(super) ids: BTreeMap<u64, u64>,
    pub(super) tiles: BTreeMap<TileId, Vec<u8>>,
    pub(super) notes: BTreeMap<u64, Vec<u8>>,
}

impl Store {
    pub(super) fn new() -> Self {
        Self {
            head: After { size: 0, root: Hash::EMPTY_ROOT },
            leaves: Vec::new(),
            ids: BTreeMap::new(),
            tiles: BTreeMap::new(),
            notes: BTreeMap::new(),
        }
    }

    pub(super) fn append(
        &mut self,
        base: &After,
        jobs: &[Job],
        tiles: Vec<Tile>,
        head: After,
    ) -> Result<(), Refused> {
        if self.head != *base {
            return Err(Refused::HeadMoved);
        }
        if let Some(job) = jobs.iter().find(|job| self.ids.contains_key(&job.id)) {
            return Err(Refused::Duplicate(job.id));
        }
        for job in jobs {
            self.ids.insert(job.id, size(&self.leaves));
            self.leaves.extend(&job.leaves);
        }
        for tile in tiles {
            let kept = self.tiles.entry(tile.id).or_default();
            assert!(tile.hashes.starts_with(kept), "tile {} only grows", tile.id);
            *kept = tile.hashes;
        }
        assert_eq!(size(&self.leaves), head.size, "the head counts the leaves");
        self.head = head;
        Ok(())
    }

    /// The checkpoint of the smallest tree that holds so many leaves.
    pub(super) fn covering(&self, size: u64) -> Option<&Vec<u8>> {
        self.notes.range(size..).next().map(|(_, note)| note)
    }

    /// The leaves of a submission where it is.
    pub(super) fn found(&self, job: &Job) -> Option<u64> {
        let first = *self.ids.get(&job.id)?;
        let at = usize::try_from(first).expect("small");
        assert_eq!(self.leaves.get(at..at + job.leaves.len()), Some(job.leaves.as_slice()));
        Some(first)
    }
}

pub(super) fn size<T>(all: &[T]) -> u64 {
    u64::try_from(all.len()).expect("small")
}
