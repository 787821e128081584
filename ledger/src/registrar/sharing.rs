//! Several nodes on one book: the one that holds the lease writes, also what the others hand in; the
//! others follow it.

use rayon::prelude::*;
use tokio::sync::oneshot;

use super::draft::{Stopped, SubmitError};
use super::sequencer::{BATCH_LEAVES_MAX, Job, Sequencer};
use crate::decide::{Keyring, Verified};
use crate::store::Submission;

/// Most submissions of other nodes taken at a turn.
const HANDED_IN_MAX: usize = 256;

impl Sequencer {
    /// What this node does at one wake-up: it writes, or it hands in and follows who writes.
    pub(super) async fn turn(&mut self, jobs: Vec<Job>) -> Result<(), Stopped> {
        if !self.store.is_shared() {
            return self.batch(jobs).await;
        }
        let led = std::mem::replace(&mut self.leads, false);
        self.more = false;
        let ours = self.lease.is_ours().await;
        self.witnesses.this_node_asks(matches!(ours, Ok(true)));
        match ours {
            Ok(true) => match self.takes_over(led).await? {
                Ok(()) => {
                    self.leads = true;
                    self.batch(jobs).await?;
                    self.take_what_was_handed_in().await
                }
                Err(why) => {
                    fail(jobs, &why);
                    Ok(())
                }
            },
            Ok(false) => {
                for job in jobs {
                    self.handing_in.start(job);
                }
                self.follow().await
            }
            Err(failure) => {
                tracing::warn!(%failure, node = self.lease.node(), "the lease can't be read");
                fail(jobs, &failure.to_string());
                Ok(())
            }
        }
    }

    /// A node that begins to write first reads what was written before; the inner error says why it
    /// has to wait.
    async fn takes_over(&mut self, led: bool) -> Result<Result<(), String>, Stopped> {
        if led {
            return Ok(Ok(()));
        }
        match self.reach_the_head().await {
            Ok(()) => Ok(Ok(())),
            Err(error) if error.may_pass() => Ok(Err(error.to_string())),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes what other nodes handed in; who waits there is told by the log, or by the mark.
    async fn take_what_was_handed_in(&mut self) -> Result<(), Stopped> {
        let rows = match self.store.handed_in(HANDED_IN_MAX).await {
            Ok(rows) => rows,
            Err(failure) => {
                tracing::warn!(%failure, "what was handed in can't be read");
                return Ok(());
            }
        };
        if rows.is_empty() {
            return Ok(());
        }
        self.more = rows.len() >= HANDED_IN_MAX;
        let (mut jobs, mut waiting, mut done, mut refused) = (vec![], vec![], vec![], vec![]);
        let mut count = 0_usize;
        // Another node's word is not taken for it: each signature is verified here again.
        for (id, leaves) in read_all(rows, self.replay.keys().clone()).await? {
            let Some(leaves) = leaves else {
                refused.push(id);
                continue;
            };
            if count >= BATCH_LEAVES_MAX {
                self.more = true;
                break;
            }
            let (answer, answered) = oneshot::channel();
            count = count.saturating_add(leaves.len());
            jobs.push(Job { leaves, answer, under_way: None });
            waiting.push((id, answered));
        }
        self.batch(jobs).await?;
        for (id, mut answered) in waiting {
            match answered.try_recv() {
                Ok(Ok(_)) => done.push(id),
                Ok(Err(SubmitError::Refused(_))) => refused.push(id),
                // It stays, and is taken again at the next turn.
                Ok(Err(_)) | Err(_) => {}
            }
        }
        if let Err(failure) = self.store.settle(&done, &refused).await {
            tracing::warn!(%failure, "what was handed in was not settled");
        }
        Ok(())
    }

    /// Reads what the node that sequences has written and released, and shows it.
    async fn follow(&mut self) -> Result<(), Stopped> {
        self.catch_up();
        match self.releaser.follow(&mut self.replay).await {
            Ok(Some(note)) => Ok(self.show(&note)?),
            Ok(None) => Ok(()),
            Err(error) if error.may_pass() => {
                tracing::warn!(%error, "what others wrote can't be read yet");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn fail(jobs: Vec<Job>, why: &str) {
    for job in jobs {
        job.answer(Err(SubmitError::Failed(why.to_owned())));
    }
}

/// Reads and verifies what was handed in, on all cores; nothing stands for leaves that do not read.
async fn read_all(
    rows: Vec<Submission>,
    keys: Keyring,
) -> Result<Vec<([u8; 16], Option<Vec<Verified>>)>, String> {
    let read = move |row: &Submission| {
        let leaves = row.leaves.iter().map(|bytes| Verified::read(bytes, &keys));
        (row.id, leaves.collect::<Result<_, _>>().ok())
    };
    tokio::task::spawn_blocking(move || rows.par_iter().map(read).collect())
        .await
        .map_err(|error| error.to_string())
}
