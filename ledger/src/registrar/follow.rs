//! What other processes have written to the same book: read, checked, shown.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::draft::StartError;
use super::{Book, Registrar, start};

impl Registrar {
    /// Reads what other processes have written to the same book since.
    ///
    /// # Errors
    /// [`StartError`]: what they wrote does not hold; this process must not go on.
    pub async fn refresh(&self) -> Result<(), StartError> {
        let followed = self.follow().await;
        if let Err(
            error @ (StartError::Inconsistent(_)
            | StartError::Tree(_)
            | StartError::RolledBack { .. }
            | StartError::Forked { .. }),
        ) = &followed
        {
            tracing::error!(%error, "the book can no longer be trusted");
            self.stop.send_replace(Some(error.into()));
        }
        followed
    }

    async fn follow(&self) -> Result<(), StartError> {
        let book = self.book();
        let head = self.store.head().await?;
        let same = head.size == book.size() && book.root().as_bytes() == &head.root;
        // What this process is writing itself is shown by its sequencer, once it is signed.
        let own = head.size > book.size() && head.size <= self.written.load(Ordering::Acquire);
        if same || own {
            return Ok(());
        }
        let mut replay = book.replay.clone();
        let checkpoint = if self.store.is_shared() {
            // What the node that sequences has not released yet, it will.
            let Some(kept) = self.releaser.follow(&mut replay).await? else { return Ok(()) };
            kept
        } else {
            start::follow(&self.store, &mut replay).await?;
            match self.releaser.kept(&replay).await? {
                Some(kept) => kept,
                // Whoever wrote them may have ended before their checkpoint was signed.
                None => match self.releaser.release_and_keep(&mut replay).await {
                    Ok(checkpoint) => checkpoint,
                    // What was shown stays shown; the rest is read once it is signed.
                    Err(error) if error.may_pass() => return Ok(()),
                    Err(error) => return Err(error),
                },
            }
        };
        if let Ok(mut published) = self.published.write()
            && published.size() < replay.size()
        {
            *published = Arc::new(Book { replay, checkpoint });
        }
        Ok(())
    }
}
