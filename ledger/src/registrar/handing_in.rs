//! A submission that this node hands in to the one that sequences, and its answer.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use tokio::time::Instant;

use super::draft::{Receipt, SubmitError};
use super::sequencer::{Job, QUEUE_MAX, admit_all, earlier};
use super::{Book, start};
use crate::store::{Store, Submission, SubmissionFate};

/// How often the answer is looked for.
const LOOK: Duration = Duration::from_millis(25);
/// How long the sender waits: several lives of a lease.
const PATIENCE: Duration = Duration::from_secs(30);

/// What it takes to hand in and to find the answer.
#[derive(Clone)]
pub(super) struct HandingIn {
    pub(super) store: Arc<Store>,
    pub(super) published: Arc<RwLock<Arc<Book>>>,
    pub(super) node: String,
}

impl HandingIn {
    /// Hands a submission in and answers its sender, in a task of its own.
    pub(super) fn start(&self, job: Job) {
        let this = self.clone();
        tokio::spawn(async move {
            let answer = this.answer(&job).await;
            job.answer(answer);
        });
    }

    async fn answer(&self, job: &Job) -> Result<Receipt, SubmitError> {
        let nothing = |error: &dyn std::fmt::Display| SubmitError::Failed(error.to_string());
        let first = job.leaves.first().ok_or_else(|| nothing(&"no leaf"))?;
        let id = *first.leaf().content.id.as_bytes();
        let leaves = job.leaves.iter().map(|leaf| leaf.leaf().bytes.clone()).collect();
        let handed = Submission { id, node: self.node.clone(), leaves };
        // From here on others may write it: what fails later fails with an unknown outcome.
        let taken = self.store.hand_in(&handed, QUEUE_MAX).await;
        if !taken.map_err(|failure| SubmitError::Unknown(failure.to_string()))? {
            return Err(SubmitError::Busy);
        }
        let until = Instant::now() + PATIENCE;
        loop {
            tokio::time::sleep(LOOK).await;
            match self.store.fate(id).await {
                Ok(SubmissionFate::Refused) => return self.refusal(id, job).await,
                Ok(SubmissionFate::Gone) => {
                    match earlier(&self.store, &self.published, &job.leaves).await {
                        // Written; its checkpoint is on the way.
                        Some(Err(SubmitError::NotReleased(_))) if Instant::now() < until => {}
                        Some(answer) => return answer,
                        None => {
                            let why = "the node that took it says nothing of it";
                            return Err(SubmitError::Unknown(why.into()));
                        }
                    }
                }
                Ok(SubmissionFate::Waits) | Err(_) if Instant::now() < until => {}
                Ok(SubmissionFate::Waits) => {
                    let why = "no node has taken it yet";
                    return Err(SubmitError::Unknown(why.into()));
                }
                Err(failure) => return Err(SubmitError::Unknown(failure.to_string())),
            }
        }
    }

    /// Which rule refused it: the same rules on the same log say it here.
    async fn refusal(&self, id: [u8; 16], job: &Job) -> Result<Receipt, SubmitError> {
        let _ = self.store.settle(&[id], &[]).await;
        let mut replay = super::shown(&self.published).replay.clone();
        let followed = start::follow(&self.store, &mut replay).await;
        followed.map_err(|error| SubmitError::Failed(error.to_string()))?;
        // What stood against it may have gone since: the sender tries again.
        admit_all(&mut replay, &job.leaves).and(Err(SubmitError::Busy))
    }
}
