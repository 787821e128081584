//! The way of signed leaves: verified at once, tried out, queued, answered once they are on the disk.

use std::sync::Arc;

use rayon::prelude::*;
use tokio::sync::{mpsc, oneshot};

use super::draft::{Receipt, Signed, SubmitError};
use super::sequencer::{self, Job};
use super::vault::{self, PrivateValue, VaultError};
use super::{Book, Registrar, erase};
use crate::authority;
use crate::command::Command;
use crate::decide::{DoorRefusal, Keyring, SIGNING_PATIENCE_MS, Unread, Verified};
use crate::event::Event;
use crate::log::{Leaf, SigningKey};

/// How far a leaf may be dated ahead of our clock, in milliseconds.
const AHEAD_MAX_MS: i64 = 2 * 60 * 1000;

/// Most leaves of one submission: with a batch that is nearly full they still fit one transaction.
const LEAVES_MAX: usize = 3_000;

/// From so many leaves on, a submission is verified on all cores and not on the thread that took it.
const SEVERAL: usize = 8;

impl Registrar {
    /// Takes signed leaves in: all are written, in order, or none.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub async fn submit(&self, signed: Signed) -> Result<Receipt, SubmitError> {
        // Before anything is looked at: values that only these leaves will name are not swept away.
        let under_way = Some(Arc::clone(&self.under_way));
        // Here and not in the sequencer: many submissions are verified at a time, once each.
        let leaves = read(signed.leaves, self.book().replay.keys()).await?;
        let erasing: Vec<Event> = leaves.iter().filter_map(erase::of).collect();
        // Nobody's personal values are kept for leaves that will not be written.
        let tried = !(signed.private.is_empty() && erasing.is_empty());
        if let Err(refused) = self.at_the_door(&leaves, tried).await {
            // What stands against them now did not when they were written: they get that answer again.
            let earlier = sequencer::earlier(&self.store, &self.published, &leaves).await;
            return earlier.unwrap_or(Err(refused));
        }
        self.check_digests(&erasing).await?;
        // The vault first: a digest in the log whose value was lost could never be shown again,
        // while a value without its leaf is only swept away.
        vault::keep(&self.store, &self.keys.vault, &signed.private)
            .await
            .map_err(|error| SubmitError::Failed(error.to_string()))?;
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Job { leaves, answer, under_way }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SubmitError::Busy,
            mpsc::error::TrySendError::Closed(_) => {
                SubmitError::Failed("the sequencer has stopped".into())
            }
        })?;
        let answered = async move {
            answered.await.unwrap_or_else(|_| {
                Err(SubmitError::Unknown("the sequencer stopped before it answered".into()))
            })
        };
        self.then_erase(answered, erasing).await
    }

    /// What is refused before the queue: while a witness contradicts the book, by this process's clock,
    /// for a key that the signer lacks; and by the rules as they stand, when the leaves are tried.
    async fn at_the_door(&self, leaves: &[Verified], tried: bool) -> Result<(), SubmitError> {
        self.witnesses.nothing_stands().map_err(SubmitError::Halted)?;
        let now = self.now_ms();
        let latest = now.saturating_add(AHEAD_MAX_MS);
        // The rules compare with the leaf before; when that is old itself, only the clock knows.
        let oldest = now.saturating_sub(SIGNING_PATIENCE_MS);
        for leaf in leaves {
            let recorded_ms = leaf.leaf().content.recorded_ms;
            if recorded_ms > latest {
                return Err(DoorRefusal::AheadOfClock.into());
            }
            if recorded_ms < oldest {
                return Err(DoorRefusal::TooOld.into());
            }
            self.log_key_is_held(leaf.event())?;
        }
        if tried { self.try_out(leaves).await } else { Ok(()) }
    }

    /// A key of the log that its signer lacks would leave every later head unsigned.
    fn log_key_is_held(&self, event: &Event) -> Result<(), SubmitError> {
        let Event::LogKeyRotated(rotated) = event else { return Ok(()) };
        match self.releaser.holds(&rotated.log_vkey) {
            Ok(true) => Ok(()),
            Ok(false) => Err(authority::Refusal::LogKeyNotHeld(rotated.log_vkey.clone()).into()),
            Err(error) => Err(SubmitError::Failed(error.to_string())),
        }
    }

    /// Puts personal values in the vault before their leaf is signed, so that a draft that waits
    /// for signatures holds none of them.
    ///
    /// # Errors
    /// [`VaultError`].
    pub async fn keep_private(&self, values: &[PrivateValue]) -> Result<(), VaultError> {
        vault::keep(&self.store, &self.keys.vault, values).await
    }

    /// Passes leaves on a copy of the book as this process sees it, after a look at what others wrote.
    async fn try_out(&self, leaves: &[Verified]) -> Result<(), SubmitError> {
        let admitted = |book: &Book| sequencer::admit_all(&mut book.replay.clone(), leaves);
        if admitted(&self.book()).is_ok() {
            return Ok(());
        }
        self.refresh().await.map_err(|error| SubmitError::Failed(error.to_string()))?;
        admitted(&self.book()).map(drop)
    }

    /// Drafts, signs with these keys and submits: the command line, the desk, the tests.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub async fn perform(
        &self,
        command: Command,
        private: Vec<PrivateValue>,
        keys: &[&SigningKey],
    ) -> Result<Receipt, SubmitError> {
        let draft = self.draft(command, private)?;
        let mut leaves = Vec::new();
        for text in draft.texts {
            let signatures: Result<Vec<_>, _> = keys.iter().map(|k| k.sign_text(&text)).collect();
            let signatures = signatures.map_err(|e| SubmitError::Failed(e.to_string()))?;
            leaves.push(Leaf::assemble(text, signatures));
        }
        self.submit(Signed { leaves, private: draft.private }).await
    }
}

/// Reads the leaves of a submission and verifies their signatures.
async fn read(leaves: Vec<Vec<u8>>, keys: &Keyring) -> Result<Vec<Verified>, SubmitError> {
    if leaves.len() > LEAVES_MAX {
        return Err(DoorRefusal::TooManyLeaves { given: leaves.len(), most: LEAVES_MAX }.into());
    }
    if leaves.len() < SEVERAL {
        let read = leaves.iter().map(|bytes| Verified::read(bytes, keys));
        return Ok(read.collect::<Result<_, Unread>>()?);
    }
    let keys = keys.clone();
    let read = move || leaves.par_iter().map(|bytes| Verified::read(bytes, &keys)).collect();
    let read: Result<Result<_, Unread>, _> = tokio::task::spawn_blocking(read).await;
    Ok(read.map_err(|error| SubmitError::Failed(error.to_string()))??)
}
