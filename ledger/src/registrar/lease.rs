//! Which node sequences: a lease by the database's clock, renewed while the node lives.
//!
//! It is for speed and order only. Two nodes that both believe they hold it still write one history,
//! since each batch is a compare-and-swap of the head.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::store::{Failure, Store};

/// How long a lease lasts, in milliseconds: how long the others wait for a node that died.
const LEASE_MS: u32 = 3_000;
/// How long before its end it is renewed.
const MARGIN: Duration = Duration::from_secs(2);
/// How often a node that does not hold it tries.
const TRY_AGAIN: Duration = Duration::from_millis(500);

/// What this node knows of the lease.
pub(super) struct Lease {
    store: Arc<Store>,
    node: String,
    /// Until when it is ours for certain, by this machine's own steady clock.
    ends: Option<Instant>,
    tried: Option<Instant>,
    /// Set when this node is about to end: it then leaves the lease to the others.
    leaving: Arc<AtomicBool>,
}

impl Lease {
    pub(super) fn new(store: Arc<Store>, node: String) -> Self {
        Self { store, node, ends: None, tried: None, leaving: Arc::default() }
    }

    /// What says, once set, that this node is about to end.
    pub(super) fn leaving(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.leaving)
    }

    /// The name of this node.
    pub(super) fn node(&self) -> &str {
        &self.node
    }

    /// Whether this node sequences now. A process that was paused beyond its lease finds out here,
    /// before it writes anything.
    ///
    /// # Errors
    /// [`Failure`] when the database does not answer.
    pub(super) async fn is_ours(&mut self) -> Result<bool, Failure> {
        if self.leaving.load(Ordering::Acquire) {
            self.ends = None;
            return Ok(false);
        }
        let now = Instant::now();
        if self.ends.is_some_and(|ends| now + MARGIN < ends) {
            return Ok(true);
        }
        let held = self.ends.is_some_and(|ends| now < ends);
        if !held && self.tried.is_some_and(|tried| now < tried + TRY_AGAIN) {
            return Ok(false);
        }
        self.tried = Some(now);
        let ours = self.store.take_lease(&self.node, LEASE_MS).await?;
        self.ends = ours.then(|| now + Duration::from_millis(u64::from(LEASE_MS)));
        Ok(ours)
    }

    /// Lets another node take it at once.
    pub(super) async fn give_back(&mut self) {
        self.ends = None;
        if let Err(failure) = self.store.give_lease_back(&self.node).await {
            tracing::warn!(%failure, "the lease was not given back: it ends by itself");
        }
    }
}
