//! The one writer: batches of signed leaves, one database transaction each, signed after commit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use super::draft::{Receipt, SubmitError};
use super::handing_in::HandingIn;
use super::lease::Lease;
use super::release::Releaser;
use super::witness::Witnesses;
use super::{Book, start};
use crate::decide::{self, DoorRefusal, Verified};
use crate::log::{Tile, TileId};
use crate::replay::Replay;
use crate::store::{AppendError, Batch, Head, LeafRow, Store, TileRow};

/// Most leaves written in one database transaction.
pub(super) const BATCH_LEAVES_MAX: usize = 1_000;

/// Submissions that may wait; beyond it the sender is told to come back.
pub(super) const QUEUE_MAX: usize = 4_096;

/// How long until a head that was not released is tried again by itself.
const RELEASE_AGAIN: Duration = Duration::from_secs(1);

/// How often a node of a shared book looks at the lease, at what was handed in, at what was written.
const LOOK_AROUND: Duration = Duration::from_millis(50);

/// A submission and where its answer goes.
pub(super) struct Job {
    /// Verified ahead, each on the task that submits it.
    pub(super) leaves: Vec<Verified>,
    pub(super) answer: oneshot::Sender<Result<Receipt, SubmitError>>,
}

impl Job {
    fn ids(&self) -> impl Iterator<Item = [u8; 16]> {
        self.leaves.iter().map(|leaf| *leaf.leaf().content.id.as_bytes())
    }
}

/// The sequencer's own view: the log as it is on the disk.
pub(super) struct Sequencer {
    pub(super) store: Arc<Store>,
    pub(super) replay: Replay,
    pub(super) releaser: Arc<Releaser>,
    /// Whether the head on the disk still waits for its signed checkpoint.
    pub(super) unreleased: bool,
    pub(super) published: Arc<RwLock<Arc<Book>>>,
    /// Whether this node is the one that sequences, when several share the book.
    pub(super) lease: Lease,
    /// Where submissions go when it is not.
    pub(super) handing_in: HandingIn,
    /// Whose word against the book stops the writing.
    pub(super) witnesses: Arc<Witnesses>,
    /// Set once, when the sequencer can't go on: the portal then stops, to start again from the disk.
    pub(super) fatal: watch::Sender<Option<String>>,
}

/// A batch being put together on a copy of the replay.
#[derive(Default)]
struct Trial {
    replay: Replay,
    tiles: BTreeMap<TileId, Tile>,
    /// Jobs that are in the batch: first index, number of leaves, where to answer.
    passed: Vec<(u64, u64, Job)>,
}

impl Sequencer {
    /// Takes submissions until every sender is gone or going on would be guessing.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        loop {
            let jobs = tokio::select! {
                job = queue.recv() => match job {
                    Some(first) => drain(first, &mut queue),
                    None => return self.lease.give_back().await,
                },
                () = tokio::time::sleep(LOOK_AROUND), if self.store.is_shared() => Vec::new(),
                () = tokio::time::sleep(RELEASE_AGAIN), if self.unreleased => Vec::new(),
            };
            if let Err(stop) = self.turn(jobs).await {
                tracing::error!(reason = %stop, "the sequencer stops");
                self.fatal.send_replace(Some(stop));
                return;
            }
        }
    }

    /// What a reader of this process has verified already is not verified again.
    pub(super) fn catch_up(&mut self) {
        let shown = super::shown(&self.published);
        if shown.size() > self.replay.size() {
            self.replay = shown.replay.clone();
        }
    }

    /// Writes one batch; `Err` only when going on would be guessing.
    pub(super) async fn batch(&mut self, mut jobs: Vec<Job>) -> Result<(), String> {
        self.catch_up();
        // Here too, since other nodes hand in: what a witness contradicts grows no further.
        if let Err(words) = self.witnesses.nothing_stands() {
            self.turn_away(jobs, || SubmitError::Halted(words.clone())).await;
            return Ok(());
        }
        // Nothing is put on top of a head that nobody has signed.
        if self.unreleased
            && let Err(why) = self.publish(Vec::new()).await?
        {
            self.turn_away(jobs, || SubmitError::Failed(why.clone())).await;
            return Ok(());
        }
        loop {
            let trial = self.try_out(jobs).await;
            if trial.passed.is_empty() {
                return Ok(());
            }
            let base = Head { size: self.replay.size(), root: *self.replay.root().as_bytes() };
            let head = Head { size: trial.replay.size(), root: *trial.replay.root().as_bytes() };
            let tiles = trial.tiles.into_values().map(|tile| TileRow {
                level: tile.id.level,
                n: tile.id.n,
                hashes: tile.hashes,
            });
            let (leaves, tiles) = (rows(&trial.passed), tiles.collect());
            let batch = Batch { base, leaves, tiles, head, checkpoint: None };
            match self.store.append(&batch).await {
                Ok(()) => {
                    self.replay = trial.replay;
                    return self.publish(trial.passed).await.map(drop);
                }
                // Another process wrote first: read what it wrote, then decide again.
                Err(AppendError::HeadMoved(_)) => {
                    jobs = trial.passed.into_iter().map(|(_, _, job)| job).collect();
                    start::follow(&self.store, &mut self.replay)
                        .await
                        .map_err(|error| error.to_string())?;
                }
                // Sent again, and the rules would take it twice: it gets the answer of the first time.
                Err(AppendError::DuplicateId { id, .. }) => {
                    let all = trial.passed.into_iter().map(|(_, _, job)| job);
                    let (again, rest): (Vec<Job>, Vec<Job>) =
                        all.partition(|job| job.ids().any(|own| own == id));
                    jobs = rest;
                    for job in again {
                        let refused = Err(DoorRefusal::IdReused.into());
                        let answer = earlier(&self.store, &job.leaves).await.unwrap_or(refused);
                        let _ = job.answer.send(answer);
                    }
                }
                Err(AppendError::Failure(failure)) => {
                    tracing::error!(%failure, "a batch was not written");
                    for (_, _, job) in trial.passed {
                        let _ = job.answer.send(Err(SubmitError::Failed(failure.to_string())));
                    }
                    return Ok(());
                }
                Err(AppendError::OutcomeUnknown(failure)) => {
                    for (_, _, job) in trial.passed {
                        let _ = job.answer.send(Err(SubmitError::Unknown(failure.to_string())));
                    }
                    return Err(format!("the outcome of a commit is unknown: {failure}"));
                }
            }
        }
    }

    /// Answers those who can't be heard now; what was written before gets the answer of the first time.
    async fn turn_away(&self, jobs: Vec<Job>, why: impl Fn() -> SubmitError) {
        for job in jobs {
            let answer = earlier(&self.store, &job.leaves).await.unwrap_or_else(|| Err(why()));
            let _ = job.answer.send(answer);
        }
    }

    /// Passes each submission on a copy of the log, whole or not at all; answers those refused.
    async fn try_out(&self, jobs: Vec<Job>) -> Trial {
        let mut trial = Trial { replay: self.replay.clone(), ..Trial::default() };
        let mut ids = BTreeSet::new();
        for job in jobs {
            // The same leaf twice in one batch: the second sender asks again, and is then told.
            if job.ids().any(|id| ids.contains(&id)) {
                let _ = job.answer.send(Err(SubmitError::Busy));
                continue;
            }
            let first = trial.replay.size();
            match admit_all(&mut trial.replay, &job.leaves) {
                Ok(tiles) => {
                    ids.extend(job.ids());
                    trial.tiles.extend(tiles.into_iter().map(|tile| (tile.id, tile)));
                    let count = trial.replay.size().saturating_sub(first);
                    trial.passed.push((first, count, job));
                }
                Err(refused) => {
                    if trial.replay.size() > first || trial.replay.is_spoilt() {
                        self.rebuild(&mut trial);
                    }
                    let answer = earlier(&self.store, &job.leaves).await.unwrap_or(Err(refused));
                    let _ = job.answer.send(answer);
                }
            }
        }
        // The rows of the edge are written once a batch, as they are at its end.
        let edge = trial.replay.grown_since(self.replay.size());
        trial.tiles.extend(edge.into_iter().map(|tile| (tile.id, tile)));
        trial
    }

    /// Folds again what passed, after a submission that was refused at its second leaf or later. It is
    /// rare, and so dearer than a copy for each submission would be cheap.
    fn rebuild(&self, trial: &mut Trial) {
        trial.replay = self.replay.clone();
        trial.tiles.clear();
        for (.., job) in &trial.passed {
            let tiles = admit_all(&mut trial.replay, &job.leaves)
                .unwrap_or_else(|_| unreachable!("it passed on the same log a moment ago"));
            trial.tiles.extend(tiles.into_iter().map(|tile| (tile.id, tile)));
        }
    }

    /// Releases the committed head, shows the new state, answers the senders.
    ///
    /// The inner error says why it has to wait; the outer one that going on would be guessing.
    async fn publish(
        &mut self,
        passed: Vec<(u64, u64, Job)>,
    ) -> Result<Result<(), String>, String> {
        self.unreleased = true;
        let note = match self.releaser.release(&mut self.replay).await {
            Ok(note) => note,
            Err(error) => {
                let why = error.to_string();
                tracing::error!(reason = %why, "a head was not released");
                for (.., job) in passed {
                    let _ = job.answer.send(Err(SubmitError::NotReleased(why.clone())));
                }
                return if error.may_pass() { Ok(Err(why)) } else { Err(why) };
            }
        };
        self.unreleased = false;
        self.show(&note)?;
        for (first, count, job) in passed {
            let _ = job.answer.send(Ok(Receipt { first, count, checkpoint: note.clone() }));
        }
        Ok(Ok(()))
    }

    /// Shows the head and its checkpoint, unless a reader followed another process further already.
    pub(super) fn show(&self, note: &[u8]) -> Result<(), String> {
        let book = Arc::new(Book { replay: self.replay.clone(), checkpoint: note.to_vec() });
        let shown = self.published.write();
        let mut shown = shown.map_err(|_| "a reader of the state panicked".to_owned())?;
        if shown.size() < book.size() {
            *shown = book;
        }
        Ok(())
    }
}

/// A batch: what waits by now, up to the largest.
fn drain(first: Job, queue: &mut mpsc::Receiver<Job>) -> Vec<Job> {
    let mut leaves = first.leaves.len();
    let mut jobs = vec![first];
    while leaves < BATCH_LEAVES_MAX {
        let Ok(job) = queue.try_recv() else { break };
        leaves = leaves.saturating_add(job.leaves.len());
        jobs.push(job);
    }
    jobs
}

fn rows(passed: &[(u64, u64, Job)]) -> Vec<LeafRow> {
    let leaves = passed.iter().flat_map(|(.., job)| &job.leaves).map(Verified::leaf);
    leaves
        .map(|leaf| LeafRow { id: *leaf.content.id.as_bytes(), leaf: leaf.bytes.clone() })
        .collect()
}

/// Passes leaves on a copy of the log, in order, and gives the tiles that became full; the copy is
/// spoilt when one is refused.
pub(super) fn admit_all(
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

/// A submission sent again after its answer was lost gets the answer of the first time.
pub(super) async fn earlier(
    store: &Store,
    leaves: &[Verified],
) -> Option<Result<Receipt, SubmitError>> {
    let mut first = None;
    for leaf in leaves.iter().map(Verified::leaf) {
        let (index, bytes) = store.leaf_by_id(*leaf.content.id.as_bytes()).await.ok()??;
        if bytes != leaf.bytes {
            return Some(Err(DoorRefusal::IdReused.into()));
        }
        first = first.or(Some(index));
    }
    let count = u64::try_from(leaves.len()).ok()?;
    let first = first?;
    let covering = store.first_checkpoint_covering(first.saturating_add(count)).await.ok()?;
    let waits = || SubmitError::NotReleased("il attend sa signature".into());
    Some(covering.map(|row| Receipt { first, count, checkpoint: row.note }).ok_or_else(waits))
}
