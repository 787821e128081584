//! A snapshot of the folded state, so that a start need not fold every leaf again.
//!
//! It is a file beside the book that anybody may remove, and that is believed only if the desk's key
//! signed it for this program, this log, this size and this root, and the stored tree has that root.
//! On any doubt it is left aside, the log says why, and every leaf is read as if there were none.
//!
//! What a start from a snapshot still checks of the leaves under it: every hash stored for them gives,
//! tile by tile, the signed root. Their bytes are compared with those hashes behind the open book.
//! What it does not: their signatures and the rules; that was done by whoever folded them.

mod behind;
mod file;
mod head;
mod tree;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock, Weak};
use std::time::{Duration, Instant};

use thiserror::Error;

use super::durable::DurableFile;
use super::{Book, shown};
use crate::log::SigningKey;
use crate::replay::Replay;
use crate::store::Store;

pub(super) use behind::Behind;

/// Leaves after which a new one is written, unless set otherwise.
const EVERY: u64 = 20_000;
/// Leaves for which a clean stop writes a new one: fewer are folded again sooner than written.
const AT_STOP: u64 = 1_000;
/// How often the writer looks whether it is time.
const LOOK: Duration = Duration::from_secs(1);
/// The writer rests so many times as long as it wrote: it takes a tenth of one processor at most.
const REST: u32 = 9;

/// Why a snapshot was not written or not believed.
#[derive(Debug, Error)]
#[error("{0}")]
pub(super) struct Doubt(String);

impl Doubt {
    fn of(why: impl std::fmt::Display) -> Self {
        Self(why.to_string())
    }
}

impl From<crate::replay::packed::PackedError> for Doubt {
    fn from(error: crate::replay::packed::PackedError) -> Self {
        Self::of(error)
    }
}

impl From<std::io::Error> for Doubt {
    fn from(error: std::io::Error) -> Self {
        Self::of(error)
    }
}

/// Where snapshots are kept, and whether the start reads them.
#[derive(Clone, Debug)]
pub struct Snapshots {
    file: Option<DurableFile>,
    reads: bool,
    every: u64,
}

impl Snapshots {
    /// None is written and none is read.
    pub fn none() -> Self {
        Self { file: None, reads: false, every: EVERY }
    }

    /// Kept in that file.
    pub fn at(path: PathBuf) -> Self {
        Self { file: Some(DurableFile::at(path)), reads: true, every: EVERY }
    }

    /// Kept beside a book, in its data folder.
    pub fn beside(data: &Path) -> Self {
        Self::at(data.join("snapshot"))
    }

    /// The start reads every leaf all the same; later ones may use what is then written.
    #[must_use]
    pub fn unread(self) -> Self {
        Self { reads: false, ..self }
    }

    /// A new one is written each time so many leaves came.
    #[must_use]
    pub fn every(self, leaves: u64) -> Self {
        Self { every: leaves.max(1), ..self }
    }

    /// The replay of the snapshot, or an empty one when there is none or it is in doubt.
    pub(super) async fn believed(&self, store: &Store, desk: &SigningKey) -> Replay {
        let Some(file) = self.file.as_ref().filter(|file| self.reads && file.path().exists())
        else {
            return Replay::default();
        };
        match file::read(file.path(), store, desk.verifier()).await {
            Ok(replay) => {
                tracing::info!(leaves = replay.size(), "the start is from a snapshot");
                replay
            }
            Err(doubt) => {
                let path = file.path().display();
                tracing::warn!(%path, %doubt, "the snapshot is left aside: every leaf is read");
                Replay::default()
            }
        }
    }
}

/// Writes snapshots of the published book while nobody waits.
pub(super) struct Keeper {
    snapshots: Snapshots,
    desk: SigningKey,
    /// The size of the last one that was written or read.
    kept: AtomicU64,
}

impl Keeper {
    pub(super) fn new(snapshots: Snapshots, desk: SigningKey, kept: u64) -> Arc<Self> {
        Arc::new(Self { snapshots, desk, kept: AtomicU64::new(kept) })
    }

    /// Looks now and then at the published book, until nobody publishes any more. The sequencer knows
    /// nothing of it, and never waits for it.
    pub(super) async fn watch(keeper: Weak<Self>, published: Weak<RwLock<Arc<Book>>>) {
        loop {
            tokio::time::sleep(LOOK).await;
            let (Some(keeper), Some(published)) = (keeper.upgrade(), published.upgrade()) else {
                return;
            };
            let book = shown(&published);
            let (every, begun) = (keeper.snapshots.every, Instant::now());
            drop(published);
            keeper.keep(book, every).await;
            drop(keeper);
            tokio::time::sleep(begun.elapsed().saturating_mul(REST)).await;
        }
    }

    /// Writes one at a clean stop, if enough leaves came since the last.
    pub(super) async fn keep_at_stop(self: &Arc<Self>, book: Arc<Book>) {
        self.keep(book, AT_STOP.min(self.snapshots.every)).await;
    }

    /// What it says proved wrong: it must not be believed again.
    pub(super) fn remove(&self) {
        if let Some(file) = &self.snapshots.file
            && let Err(error) = file.remove()
        {
            tracing::error!(%error, path = %file.path().display(), "a wrong snapshot is still there");
        }
    }

    async fn keep(self: &Arc<Self>, book: Arc<Book>, after: u64) {
        let Some(file) = self.snapshots.file.clone() else { return };
        if book.size() < self.kept.load(Ordering::Relaxed).saturating_add(after) {
            return;
        }
        let (desk, size) = (self.desk.clone(), book.size());
        let written =
            tokio::task::spawn_blocking(move || file::write(&file, &book.replay, &desk)).await;
        match written.map_err(Doubt::of).and_then(|written| written) {
            Ok(true) => self.kept.store(size, Ordering::Relaxed),
            Ok(false) => tracing::info!("another process is writing a snapshot"),
            Err(doubt) => tracing::warn!(%doubt, "a snapshot was not written"),
        }
    }
}
