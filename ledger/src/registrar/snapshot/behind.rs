//! Behind the open book, the bytes of the leaves under a snapshot are compared with their hashes.

use std::sync::{Arc, Weak};

use tokio::sync::watch;

use super::super::draft::Stopped;
use super::super::start;
use super::Keeper;
use crate::decide::Keyring;
use crate::log::Tile;
use crate::replay::walk::{Ready, Walker};
use crate::store::Store;

/// The walk rests as long as it works, so that submissions keep their processor.
const REST: u32 = 1;

/// What the walk needs; it ends when the book is closed.
pub(in crate::registrar) struct Behind {
    pub(in crate::registrar) store: Weak<Store>,
    pub(in crate::registrar) keeper: Arc<Keeper>,
    pub(in crate::registrar) fatal: watch::Sender<Option<Stopped>>,
    /// The leaves under the snapshot.
    pub(in crate::registrar) size: u64,
}

/// Leaves are hashed and counted; the walk itself compares their hashes with the stored ones.
struct Counting(u64);

impl Walker for Counting {
    const READS: bool = false;

    fn size(&self) -> u64 {
        self.0
    }

    fn keys(&self) -> Keyring {
        Keyring::default()
    }

    fn take(&mut self, _: Ready) -> Result<Vec<Tile>, String> {
        self.0 = self.0.saturating_add(1);
        Ok(Vec::new())
    }
}

impl Behind {
    /// Compares, and has the process end when a leaf is not the one that was recorded: the next start
    /// then reads every leaf, and says which.
    pub(in crate::registrar) async fn run(self) {
        const STEP: u64 = 65_536;
        let mut counting = Counting(0);
        while counting.0 < self.size {
            let Some(store) = self.store.upgrade() else { return };
            let to = self.size.min(counting.0.saturating_add(STEP));
            let walked = match start::walk(&store, counting, to, REST).await {
                Ok((walker, walked)) => {
                    counting = walker;
                    walked
                }
                Err(error) => return tracing::warn!(%error, "the leaves were not compared"),
            };
            match walked {
                Ok(()) => {}
                Err(error) if error.may_pass() => {
                    return tracing::warn!(%error, "the leaves were not all compared");
                }
                Err(error) => {
                    tracing::error!(%error, "a leaf under the snapshot is not the one recorded");
                    self.keeper.remove();
                    self.fatal.send_replace(Some(error.into()));
                    return;
                }
            }
        }
        tracing::info!(leaves = self.size, "the leaves under the snapshot are those recorded");
    }
}
