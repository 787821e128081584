//! One batch: tried out, one database transaction, signed, shown, answered.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::super::draft::{Receipt, StartError, Stopped, SubmitError};
use super::super::{Book, start};
use super::trial::{Passed, Trial};
use super::{Job, Sequencer, answers};
use crate::decide::DoorRefusal;
use crate::store::{AppendError, CheckpointRow, Failure};

impl Sequencer {
    /// What a reader of this process has verified already is not verified again.
    pub(in super::super) fn catch_up(&mut self) {
        let shown = super::super::shown(&self.published);
        if shown.size() > self.replay.size() {
            self.replay = shown.replay.clone();
        }
    }

    /// Reads what others wrote, up to the head on the disk, and whether that head is released: nothing
    /// is put on top of one that nobody has signed.
    pub(in super::super) async fn reach_the_head(&mut self) -> Result<(), StartError> {
        self.catch_up();
        self.store.secure().await?;
        start::follow(&self.store, &mut self.replay).await?;
        self.unreleased =
            self.replay.size() > 0 && self.releaser.kept(&self.replay).await?.is_none();
        Ok(())
    }

    /// Writes one batch; `Err` only when going on would be guessing.
    pub(in super::super) async fn batch(&mut self, mut jobs: Vec<Job>) -> Result<(), Stopped> {
        self.catch_up();
        // Here too, since other nodes hand in: what a witness contradicts grows no further.
        if let Err(words) = self.witnesses.nothing_stands() {
            self.turn_away(jobs, || SubmitError::Halted(words.clone())).await;
            return Ok(());
        }
        loop {
            if self.unreleased
                && let Err(why) = self.release_what_is_written().await?
            {
                self.turn_away(jobs, || SubmitError::Failed(why.clone())).await;
                return Ok(());
            }
            if jobs.is_empty() {
                return Ok(());
            }
            jobs = self.write(jobs).await?;
        }
    }

    /// Tries once, and gives the submissions to decide again because another process wrote first.
    async fn write(&mut self, jobs: Vec<Job>) -> Result<Vec<Job>, Stopped> {
        let mut trial = Trial::of(&self.replay, jobs);
        if !trial.refused.is_empty() && self.has_moved().await {
            let jobs = trial.into_jobs();
            return self.decided_again(jobs).await;
        }
        for (job, refused) in std::mem::take(&mut trial.refused) {
            job.answer_from(&self.store, &self.published, Err(refused)).await;
        }
        if trial.passed.is_empty() {
            return Ok(Vec::new());
        }
        let batch = trial.batch(self.pending.clone());
        let (replay, passed) = (trial.replay, trial.passed);
        // Before the commit: who reads the book meanwhile leaves the head to this sequencer.
        self.written.store(batch.head.size, Ordering::Release);
        match self.store.append(&batch).await {
            Ok(()) => {
                self.replay = replay;
                self.pending = None;
                self.publish(passed).await?.ok();
                Ok(Vec::new())
            }
            Err(error) => {
                self.written.store(self.replay.size(), Ordering::Release);
                self.not_written(error, passed).await
            }
        }
    }

    async fn not_written(
        &mut self,
        error: AppendError,
        passed: Vec<Passed>,
    ) -> Result<Vec<Job>, Stopped> {
        let jobs = passed.into_iter().map(|passed| passed.job);
        match error {
            AppendError::HeadMoved(_) => self.decided_again(jobs.collect()).await,
            // Sent again, and the rules would take it twice: it gets the answer of the first time.
            AppendError::DuplicateId { id, .. } => {
                let (again, rest): (Vec<Job>, Vec<Job>) =
                    jobs.partition(|job| job.ids().any(|own| own == id));
                for job in again {
                    let refused = Err(DoorRefusal::IdReused.into());
                    job.answer_from(&self.store, &self.published, refused).await;
                }
                Ok(rest)
            }
            AppendError::Failure(Failure::CheckpointDiffers { size }) => {
                let why = format!("another checkpoint of size {size} is kept");
                jobs.for_each(|job| job.answer(Err(SubmitError::Failed(why.clone()))));
                Err(why.into())
            }
            AppendError::Failure(failure) => {
                tracing::error!(%failure, "a batch was not written");
                jobs.for_each(|job| job.answer(Err(SubmitError::Failed(failure.to_string()))));
                Ok(Vec::new())
            }
            AppendError::OutcomeUnknown(failure) => {
                jobs.for_each(|job| job.answer(Err(SubmitError::Unknown(failure.to_string()))));
                Err(format!("the outcome of a commit is unknown: {failure}").into())
            }
        }
    }

    /// Another process wrote first: what it wrote is read, and the submissions are decided on it.
    async fn decided_again(&mut self, jobs: Vec<Job>) -> Result<Vec<Job>, Stopped> {
        match self.reach_the_head().await {
            Ok(()) => Ok(jobs),
            Err(error) if error.may_pass() => {
                self.turn_away(jobs, || SubmitError::Failed(error.to_string())).await;
                Ok(Vec::new())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the log on the disk is longer than the one a refusal was decided on.
    async fn has_moved(&self) -> bool {
        self.store.head().await.is_ok_and(|head| head.size > self.replay.size())
    }

    /// Answers those who can't be heard now; what was written before gets the answer of the first time.
    async fn turn_away(&self, jobs: Vec<Job>, why: impl Fn() -> SubmitError) {
        for job in jobs {
            job.answer_from(&self.store, &self.published, Err(why())).await;
        }
    }

    async fn release_what_is_written(&mut self) -> Result<Result<(), String>, Stopped> {
        // Each checkpoint that was shown is kept, so that its senders always get it again.
        self.keep_pending().await?;
        match &self.pending {
            Some(row) => Ok(Err(format!("le point de contrôle {} n’est pas gardé", row.size))),
            None => self.publish(Vec::new()).await,
        }
    }

    /// Releases the committed head, shows the new state, answers the senders.
    ///
    /// The inner error says why it has to wait; the outer one that going on would be guessing.
    async fn publish(&mut self, passed: Vec<Passed>) -> Result<Result<(), String>, Stopped> {
        self.unreleased = true;
        let note = match self.releaser.release(&mut self.replay).await {
            Ok(note) => note,
            Err(error) => {
                let why = error.to_string();
                tracing::error!(reason = %why, "a head was not released");
                for passed in passed {
                    passed.job.answer(Err(SubmitError::NotReleased(why.clone())));
                }
                return if error.may_pass() { Ok(Err(why)) } else { Err(error.into()) };
            }
        };
        self.unreleased = false;
        self.show(&note)?;
        for Passed { first, count, job } in passed {
            job.answer(Ok(Receipt { first, count, checkpoint: note.clone() }));
        }
        // Its row goes with the next batch, or by itself when nothing waits: the signature is the
        // same when it is made again, so a crash before that loses nothing.
        self.pending = Some(CheckpointRow { size: self.replay.size(), note });
        Ok(Ok(()))
    }

    /// Keeps the last checkpoint in the book, when no batch is there to carry it.
    pub(super) async fn keep_pending(&mut self) -> Result<(), Stopped> {
        let Some(row) = self.pending.take() else { return Ok(()) };
        match self.releaser.keep(&row).await {
            Ok(()) => Ok(()),
            Err(failure @ Failure::CheckpointDiffers { .. }) => Err(failure.to_string().into()),
            Err(failure) => {
                tracing::warn!(%failure, "a checkpoint is not kept yet");
                self.pending = Some(row);
                Ok(())
            }
        }
    }

    /// Shows the head and its checkpoint, unless a reader followed another process further already.
    pub(in super::super) fn show(&self, note: &[u8]) -> Result<(), String> {
        let book = Arc::new(Book { replay: self.replay.clone(), checkpoint: note.to_vec() });
        let shown = self.published.write();
        let mut shown = shown.map_err(|_| "a reader of the state panicked".to_owned())?;
        if shown.size() < book.size() {
            *shown = book;
        }
        Ok(())
    }
}

impl Job {
    /// What was written the first time, when it was; else this answer.
    async fn answer_from(
        self,
        store: &crate::store::Store,
        published: &std::sync::RwLock<Arc<Book>>,
        otherwise: Result<Receipt, SubmitError>,
    ) {
        let answer = answers::earlier(store, published, &self.leaves).await.unwrap_or(otherwise);
        self.answer(answer);
    }
}
