//! The one writer: batches of signed leaves, one database transaction each, signed after commit.

mod answers;
mod batch;
mod trial;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use super::Book;
use super::draft::{Receipt, Stopped, SubmitError};
use super::handing_in::HandingIn;
use super::lease::Lease;
use super::release::Releaser;
use super::witness::Witnesses;
use crate::decide::Verified;
use crate::replay::Replay;
use crate::store::{CheckpointRow, Store};

pub(super) use answers::earlier;
pub(super) use trial::admit_all;

/// Most leaves written in one database transaction.
pub(super) const BATCH_LEAVES_MAX: usize = 1_000;

/// Submissions that may wait; beyond it the sender is told to come back.
pub const QUEUE_MAX: usize = 4_096;

/// How long until a head that was not released, or a checkpoint not kept, is tried again by itself.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// How often a node of a shared book looks at the lease, at what was handed in, at what was written.
const LOOK_AROUND: Duration = Duration::from_millis(50);

/// A submission and where its answer goes.
pub(super) struct Job {
    /// Verified ahead, each on the task that submits it.
    pub(super) leaves: Vec<Verified>,
    pub(super) answer: oneshot::Sender<Result<Receipt, SubmitError>>,
    /// Held until it is answered; none for what another node handed in, which has a row of its own.
    pub(super) under_way: Option<Arc<()>>,
}

impl Job {
    fn ids(&self) -> impl Iterator<Item = [u8; 16]> {
        self.leaves.iter().map(|leaf| *leaf.leaf().content.id.as_bytes())
    }

    /// Answers; a sender that has gone is no matter.
    pub(super) fn answer(self, answer: Result<Receipt, SubmitError>) {
        let Self { answer: sender, under_way, .. } = self;
        drop(under_way);
        let _ = sender.send(answer);
    }
}

/// The sequencer's own view: the log as it is on the disk.
pub(super) struct Sequencer {
    pub(super) store: Arc<Store>,
    pub(super) replay: Replay,
    pub(super) releaser: Arc<Releaser>,
    /// Whether the head on the disk still waits for its signed checkpoint.
    pub(super) unreleased: bool,
    /// The checkpoint that is shown and not yet kept in the book.
    pub(super) pending: Option<CheckpointRow>,
    /// The size that this sequencer has written, or is writing.
    pub(super) written: Arc<AtomicU64>,
    pub(super) published: Arc<RwLock<Arc<Book>>>,
    /// Whether this node is the one that sequences, when several share the book.
    pub(super) lease: Lease,
    /// Whether it was at its last turn.
    pub(super) leads: bool,
    /// Whether other nodes had handed in more than one turn takes.
    pub(super) more: bool,
    /// Where submissions go when it is not.
    pub(super) handing_in: HandingIn,
    /// Whose word against the book stops the writing.
    pub(super) witnesses: Arc<Witnesses>,
    /// Set once, when the sequencer can't go on: the portal then stops, to start again from the disk.
    pub(super) fatal: watch::Sender<Option<Stopped>>,
}

impl Sequencer {
    /// Takes submissions until every sender is gone or going on would be guessing.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let stopped = loop {
            match self.waited(&mut queue).await {
                Ok(Some(jobs)) => {
                    if let Err(stop) = self.turn(jobs).await {
                        break stop;
                    }
                }
                Ok(None) => return self.lease.give_back().await,
                Err(stop) => break stop,
            }
        };
        tracing::error!(reason = %stopped, "the sequencer stops");
        // First, so that another node need not wait: what this one began is for the disk to say.
        self.lease.give_back().await;
        self.fatal.send_replace(Some(stopped));
    }

    /// Waits for something to do: what waits in the queue by now, or nothing but a look around.
    async fn waited(
        &mut self,
        queue: &mut mpsc::Receiver<Job>,
    ) -> Result<Option<Vec<Job>>, Stopped> {
        if let Ok(first) = queue.try_recv() {
            return Ok(Some(drain(first, queue)));
        }
        if self.more {
            return Ok(Some(Vec::new()));
        }
        // The senders have their answers: this no longer makes anybody wait.
        self.keep_pending().await?;
        let again = self.unreleased || self.pending.is_some();
        Ok(tokio::select! {
            job = queue.recv() => job.map(|first| drain(first, queue)),
            () = tokio::time::sleep(LOOK_AROUND), if self.store.is_shared() => Some(Vec::new()),
            () = tokio::time::sleep(TRY_AGAIN), if again => Some(Vec::new()),
        })
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
