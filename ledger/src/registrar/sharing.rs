//! Several nodes on one book: the one that holds the lease writes, also what the others hand in; the
//! others follow it.

use tokio::sync::oneshot;

use super::draft::SubmitError;
use super::sequencer::{BATCH_LEAVES_MAX, Job, Sequencer};
use super::start;
use crate::decide::Verified;

/// Most submissions of other nodes taken at a turn.
const HANDED_IN_MAX: usize = 256;

impl Sequencer {
    /// What this node does at one wake-up: it writes, or it hands in and follows who writes.
    pub(super) async fn turn(&mut self, jobs: Vec<Job>) -> Result<(), String> {
        if !self.store.is_shared() {
            return self.batch(jobs).await;
        }
        let ours = self.lease.is_ours().await;
        self.witnesses.this_node_asks(matches!(ours, Ok(true)));
        match ours {
            Ok(true) => {
                self.batch(jobs).await?;
                self.take_what_was_handed_in().await
            }
            Ok(false) => {
                for job in jobs {
                    self.handing_in.start(job);
                }
                self.follow().await
            }
            Err(failure) => {
                for job in jobs {
                    let _ = job.answer.send(Err(SubmitError::Failed(failure.to_string())));
                }
                tracing::warn!(%failure, node = self.lease.node(), "the lease can't be read");
                Ok(())
            }
        }
    }

    /// Writes what other nodes handed in; who waits there is told by the log, or by the mark.
    async fn take_what_was_handed_in(&mut self) -> Result<(), String> {
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
        let (mut jobs, mut waiting, mut done, mut refused) = (vec![], vec![], vec![], vec![]);
        let mut count = 0_usize;
        for row in rows {
            // Another node's word is not taken for it: each signature is verified here again.
            let keys = self.replay.keys();
            let read = row.leaves.iter().map(|bytes| Verified::read(bytes, keys));
            let Ok(leaves) = read.collect() else {
                refused.push(row.id);
                continue;
            };
            let (answer, answered) = oneshot::channel();
            count = count.saturating_add(row.leaves.len());
            jobs.push(Job { leaves, answer });
            waiting.push((row.id, answered));
            if count >= BATCH_LEAVES_MAX {
                break;
            }
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
    async fn follow(&mut self) -> Result<(), String> {
        self.catch_up();
        let followed = match self.store.head().await {
            Ok(head) if head.size == self.replay.size() => Ok(()),
            Ok(_) => start::follow(&self.store, &mut self.replay).await,
            Err(failure) => Err(failure.into()),
        };
        let kept = match followed {
            Ok(()) if super::shown(&self.published).size() < self.replay.size() => {
                self.releaser.kept(&self.replay).await
            }
            Ok(()) => return Ok(()),
            Err(error) => Err(error),
        };
        match kept {
            // Not released yet: it is shown once it is, by whoever leads then.
            Ok(None) => self.unreleased = true,
            Ok(Some(note)) => {
                self.unreleased = false;
                self.show(&note)?;
            }
            Err(error) if error.may_pass() => {
                tracing::warn!(%error, "what others wrote can't be read yet");
            }
            Err(error) => return Err(error.to_string()),
        }
        Ok(())
    }
}
