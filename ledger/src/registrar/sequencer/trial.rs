//! A batch tried out on a copy of the log, before anything is written.

use std::collections::{BTreeMap, BTreeSet};

use super::super::draft::SubmitError;
use super::Job;
use crate::decide::{self, DoorRefusal, Verified};
use crate::log::{Tile, TileId};
use crate::replay::Replay;
use crate::store::{Batch, CheckpointRow, Head, LeafRow, TileRow};

/// A submission that passed, and the index of its first leaf.
pub(super) struct Passed {
    pub(super) first: u64,
    pub(super) count: u64,
    pub(super) job: Job,
}

/// A batch being put together on a copy of the log; a copy costs nothing until it is changed.
pub(super) struct Trial<'a> {
    base: &'a Replay,
    pub(super) replay: Replay,
    full: BTreeMap<TileId, Tile>,
    pub(super) passed: Vec<Passed>,
    pub(super) refused: Vec<(Job, SubmitError)>,
}

impl<'a> Trial<'a> {
    /// Passes each submission on a copy of `base`, whole or not at all.
    pub(super) fn of(base: &'a Replay, jobs: Vec<Job>) -> Self {
        let (passed, refused) = (Vec::new(), Vec::new());
        let mut trial = Self { base, replay: base.clone(), full: BTreeMap::new(), passed, refused };
        let mut ids = BTreeSet::new();
        for job in jobs {
            // The same leaf twice in one batch: the second sender asks again, and is then told.
            if job.ids().any(|id| ids.contains(&id)) {
                trial.refused.push((job, SubmitError::Busy));
                continue;
            }
            let first = trial.replay.size();
            match admit_all(&mut trial.replay, &job.leaves) {
                Ok(full) => {
                    ids.extend(job.ids());
                    trial.full.extend(full.into_iter().map(|tile| (tile.id, tile)));
                    let count = trial.replay.size().saturating_sub(first);
                    trial.passed.push(Passed { first, count, job });
                }
                Err(refused) => {
                    if trial.replay.size() > first || trial.replay.is_spoilt() {
                        trial.rebuild();
                    }
                    trial.refused.push((job, refused));
                }
            }
        }
        trial
    }

    /// Folds again what passed, after a submission that was refused at its second leaf or later. It is
    /// rare, and so dearer than a copy for each submission would be cheap.
    fn rebuild(&mut self) {
        self.replay = self.base.clone();
        self.full.clear();
        for passed in &self.passed {
            let full = admit_all(&mut self.replay, &passed.job.leaves)
                .unwrap_or_else(|_| unreachable!("it passed on the same log a moment ago"));
            self.full.extend(full.into_iter().map(|tile| (tile.id, tile)));
        }
    }

    /// What the database transaction writes: the rows of the edge once, as they are at its end.
    pub(super) fn batch(&mut self, checkpoint: Option<CheckpointRow>) -> Batch {
        let edge = self.replay.grown_since(self.base.size());
        self.full.extend(edge.into_iter().map(|tile| (tile.id, tile)));
        let tiles = std::mem::take(&mut self.full).into_values().map(TileRow::from);
        let leaves = self.passed.iter().flat_map(|passed| &passed.job.leaves).map(Verified::leaf);
        let leaf = |leaf: &crate::log::Leaf| LeafRow {
            id: *leaf.content.id.as_bytes(),
            leaf: leaf.bytes.clone(),
        };
        Batch {
            base: head(self.base),
            leaves: leaves.map(leaf).collect(),
            tiles: tiles.collect(),
            head: head(&self.replay),
            checkpoint,
        }
    }

    /// The submissions, to be decided again on another log.
    pub(super) fn into_jobs(self) -> Vec<Job> {
        let passed = self.passed.into_iter().map(|passed| passed.job);
        passed.chain(self.refused.into_iter().map(|(job, _)| job)).collect()
    }
}

fn head(replay: &Replay) -> Head {
    Head { size: replay.size(), root: *replay.root().as_bytes() }
}

/// Passes leaves on a copy of the log, in order, and gives the tiles that became full; the copy is
/// spoilt when one is refused.
pub(in super::super) fn admit_all(
    replay: &mut Replay,
    leaves: &[Verified],
) -> Result<Vec<Tile>, SubmitError> {
    let mut full = Vec::new();
    for leaf in leaves {
        let admitted = decide::admit(replay.state(), replay, leaf)?;
        let tiles = replay.fold(admitted);
        full.extend(tiles.map_err(|wrong| DoorRefusal::NotAFact(wrong.reason))?);
    }
    Ok(full)
}
