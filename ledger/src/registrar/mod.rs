//! The shell: the only way in. It holds the clock, randomness, keys and the store.
//!
//! [`Registrar::draft`] answers a command with the text to sign; [`Registrar::submit`] takes the
//! signed leaves, and answers once they are on the disk. Everything that is read comes from the
//! [`Book`] last published.

pub mod bank;
mod clock;
mod draft;
pub(crate) mod durable;
pub(crate) mod erase;
mod follow;
mod handing_in;
pub mod keys;
mod last_seen;
mod lease;
mod nets;
mod reading;
mod release;
mod sequencer;
mod sharing;
mod signals;
pub mod signer;
mod snapshot;
pub(crate) mod start;
mod submit;
pub mod vault;
pub mod witness;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use tokio::sync::{mpsc, watch};

pub use crate::decide::ErasurePlan;
pub use bank::{BankFileError, ReadStatement};
pub use clock::{Clock, SystemClock};
pub use draft::{Draft, Receipt, Signed, StartError, Stopped, SubmitError};
pub use erase::{Abandoned, Erased};
pub use keys::{KeyFileError, Keys, NewKeys};
pub use last_seen::LastSeen;
pub use nets::{Known, Nets};
pub use sequencer::QUEUE_MAX;
pub use signals::asked_to_stop;
pub use signer::{LogSigner, SignError, Signer, SocketSigner};
pub use snapshot::Snapshots;
pub use vault::{PrivateValue, VaultError, digests, disclose};

use crate::base::Day;
use crate::command::Command;
use crate::decide::{self, DoorRefusal, KnownRoots};
use crate::event::Event;
use crate::log::{After, Hash, LeafContent, LeafId, Policy, SigningKey};
use crate::refusal::Refusal;
use crate::replay::Replay;
use crate::state::State;
use crate::store::{CheckpointRow, Failure, Store};
use handing_in::HandingIn;
use lease::Lease;
use release::Releaser;
use sequencer::{Job, Sequencer};
use snapshot::{Behind, Keeper};
use witness::Witnesses;

/// The log as last published: the state, the roots, the signed checkpoint.
#[derive(Clone, Debug)]
pub struct Book {
    replay: Replay,
    checkpoint: Vec<u8>,
}

impl Book {
    /// Registers and accounts.
    pub fn state(&self) -> &State {
        self.replay.state()
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.replay.size()
    }

    /// The root over them.
    pub fn root(&self) -> Hash {
        self.replay.root()
    }

    /// The root at an earlier size, if the log ever had it.
    pub fn root_at(&self, size: u64) -> Option<Hash> {
        self.replay.root_at(size)
    }

    /// The signed checkpoint of this size.
    pub fn checkpoint(&self) -> &[u8] {
        &self.checkpoint
    }
}

/// The way in.
pub struct Registrar {
    store: Arc<Store>,
    keys: Keys,
    clock: Arc<dyn Clock>,
    releaser: Arc<Releaser>,
    published: Arc<RwLock<Arc<Book>>>,
    witnesses: Arc<Witnesses>,
    /// The size that this process has written, or is writing.
    written: Arc<AtomicU64>,
    /// The name of this process among those that share the book.
    node: String,
    /// Set when this process is about to end.
    leaving: Arc<AtomicBool>,
    queue: mpsc::Sender<Job>,
    /// Shared with each submission until it is answered.
    under_way: Arc<()>,
    keeper: Arc<Keeper>,
    /// Leaves that were under the snapshot of the start.
    known: u64,
    stop: watch::Sender<Option<Stopped>>,
}

/// The book as last published.
fn shown(published: &RwLock<Arc<Book>>) -> Arc<Book> {
    match published.read() {
        Ok(book) => Arc::clone(&book),
        // The value is only ever replaced whole: a writer that panicked left the former one.
        Err(poisoned) => Arc::clone(&poisoned.into_inner()),
    }
}

impl std::fmt::Debug for Registrar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registrar").field("keys", &self.keys).finish_non_exhaustive()
    }
}

impl Registrar {
    /// Opens the way in to a book that no witness watches: as [`Registrar::open_witnessed`] with
    /// `quorum none`.
    ///
    /// # Errors
    /// [`StartError`] on any doubt.
    pub async fn open(
        store: Store,
        keys: Keys,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, StartError> {
        Self::open_witnessed(store, keys, clock, Policy::none()).await
    }

    /// Opens the way in: folds every leaf, or those after a snapshot that nothing speaks against,
    /// compares with the stored tree and checkpoints, and starts the sequencer. Runs inside a tokio
    /// runtime.
    ///
    /// Witnesses are asked once [`Registrar::watch_witnesses`] is called; what they said before
    /// counts from the start.
    ///
    /// # Errors
    /// [`StartError`] on any doubt.
    pub async fn open_witnessed(
        store: Store,
        keys: Keys,
        clock: Arc<dyn Clock>,
        policy: Policy,
    ) -> Result<Arc<Self>, StartError> {
        // Before the leaves: another process may be writing, and a checkpoint is shown and kept only
        // after the leaves it commits to, so that all of these are among those read next.
        let shown = keys.last_seen.read()?;
        let checkpoints = store.checkpoints().await?;
        let mut replay = keys.snapshots.believed(&store, &keys.desk).await;
        let known = replay.size();
        start::follow(&store, &mut replay).await?;
        start::check_edge(&store, &replay).await?;
        let store = Arc::new(store);
        let (signer, last_seen) = (Arc::clone(&keys.log), keys.last_seen.clone());
        let releaser = Arc::new(Releaser::new(Arc::clone(&store), signer, last_seen));
        start::check_checkpoints(&checkpoints, &replay, known)?;
        keys.last_seen.check(shown.as_ref(), &replay)?;
        let book = Self::first_release(&store, &releaser, &mut replay, &keys).await?;
        let unreleased = book.size() < replay.size();
        let published = Arc::new(RwLock::new(Arc::new(book)));
        // Before anything is shown: a crash may have come between the leaf and the vault.
        erase::finish_or_warn(&store, &replay.state().registers).await?;
        let seen = (Arc::clone(&store), Arc::clone(&published), Arc::clone(&clock));
        let witnesses = Arc::new(Witnesses::open(seen, policy).await?);
        let (queue, waiting) = mpsc::channel(sequencer::QUEUE_MAX);
        let (stop, _) = watch::channel(None);
        let node = keys::node_name().map_err(|error| StartError::OtherKeys(error.to_string()))?;
        tracing::info!(%node, leaves = replay.size(), "the way in is open");
        let written = Arc::new(AtomicU64::new(if unreleased { replay.size() } else { 0 }));
        let handing_in = HandingIn {
            store: Arc::clone(&store),
            published: Arc::clone(&published),
            node: node.clone(),
        };
        let lease = Lease::new(Arc::clone(&store), node.clone());
        let leaving = lease.leaving();
        let sequencer = Sequencer {
            store: Arc::clone(&store),
            replay,
            releaser: Arc::clone(&releaser),
            unreleased,
            pending: None,
            written: Arc::clone(&written),
            leads: false,
            more: false,
            published: Arc::clone(&published),
            lease,
            handing_in,
            witnesses: Arc::clone(&witnesses),
            fatal: stop.clone(),
        };
        tokio::spawn(sequencer.run(waiting));
        let keeper = Keeper::new(keys.snapshots.clone(), keys.desk.clone(), known);
        tokio::spawn(Keeper::watch(Arc::downgrade(&keeper), Arc::downgrade(&published)));
        if known > 0 {
            let (store, fatal) = (Arc::downgrade(&store), stop.clone());
            let behind = Behind { store, keeper: Arc::clone(&keeper), fatal, size: known };
            tokio::spawn(behind.run());
        }
        Ok(Arc::new(Self {
            store,
            keys,
            clock,
            releaser,
            published,
            witnesses,
            written,
            node,
            leaving,
            queue,
            under_way: Arc::default(),
            keeper,
            known,
            stop,
        }))
    }

    /// Asks the signer for the head even when its checkpoint is kept: it may know of a later one. While
    /// it is silent, the book as it was released before is read.
    async fn first_release(
        store: &Store,
        releaser: &Releaser,
        replay: &mut Replay,
        keys: &Keys,
    ) -> Result<Book, StartError> {
        let error = match releaser.release_and_keep(replay).await {
            Ok(checkpoint) => return Ok(Book { replay: replay.clone(), checkpoint }),
            Err(StartError::NotSigned(SignError::NoKey(key))) => {
                return Err(StartError::OtherKeys(key));
            }
            Err(error) if error.may_pass() => error,
            Err(error) => return Err(error),
        };
        tracing::warn!(%error, "the book is opened for reading until the signer answers");
        if let Some(checkpoint) = releaser.kept(replay).await? {
            return Ok(Book { replay: replay.clone(), checkpoint });
        }
        // Rare, and large.
        Box::pin(Self::released_before(store, releaser, keys)).await?.ok_or(error)
    }

    /// The book as it was at the last checkpoint that is kept, when the head has none.
    async fn released_before(
        store: &Store,
        releaser: &Releaser,
        keys: &Keys,
    ) -> Result<Option<Book>, StartError> {
        let mut replay = keys.snapshots.believed(store, &keys.desk).await;
        let followed = releaser.follow(&mut replay).await?;
        let kept = if followed.is_some() { followed } else { releaser.kept(&replay).await? };
        Ok(kept.map(|checkpoint| Book { replay, checkpoint }))
    }

    /// The book as last published.
    pub fn book(&self) -> Arc<Book> {
        shown(&self.published)
    }

    /// How many leaves the start took from a snapshot; none when it read every leaf.
    pub fn started_from(&self) -> u64 {
        self.known
    }

    /// Resolves when the sequencer has stopped for good, with the reason: the process must end, with
    /// the status that the reason asks for.
    pub async fn stopped(&self) -> Stopped {
        let mut fatal = self.stop.subscribe();
        let reason = fatal.wait_for(Option::is_some).await.ok().and_then(|reason| reason.clone());
        reason.unwrap_or_else(|| "the sequencer has ended".to_owned().into())
    }

    /// As [`Registrar::leave`], when this process is about to end: it takes the lease no more, also
    /// while it writes its snapshot.
    pub async fn end(&self) {
        self.leaving.store(true, Ordering::Release);
        self.leave().await;
    }

    /// Says that this process writes no more for now, so that another need not wait for its lease to
    /// end, and leaves a snapshot for the next start.
    pub async fn leave(&self) {
        if let Err(failure) = self.keep_what_is_shown().await {
            tracing::warn!(%failure, "a checkpoint was not kept: the next start makes it again");
        }
        if let Err(failure) = self.store.give_lease_back(&self.node).await {
            tracing::warn!(%failure, "the lease was not given back: it ends by itself");
        }
        self.keeper.keep_at_stop(self.book()).await;
    }

    /// The sequencer keeps a checkpoint after its senders have their answers: who stops does not wait
    /// for that, and leaves a book in which nothing that was shown is missing.
    async fn keep_what_is_shown(&self) -> Result<(), Failure> {
        let book = self.book();
        if book.size() == 0 {
            return Ok(());
        }
        let row = CheckpointRow { size: book.size(), note: book.checkpoint().to_vec() };
        self.store.save_checkpoint(&row).await
    }

    /// Milliseconds since 1970, UTC.
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Today (UTC).
    pub fn today(&self) -> Day {
        Day::of_unix_ms(self.now_ms())
            .or_else(|| Day::new(1970, 1, 1))
            .unwrap_or_else(|| unreachable!("1970 is a year"))
    }

    /// The portal's tables: sessions, drafts, personal links. Not facts.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Answers a command with the texts to sign, or a refusal. Nothing is written.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn draft(&self, command: Command, private: Vec<PrivateValue>) -> Result<Draft, Refusal> {
        let book = self.book();
        let state = book.state();
        let today = self.today();
        let events = decide::decide(state, today, command)?;
        let mut asked = Vec::new();
        let mut texts = Vec::new();
        for event in &events {
            asked.push(decide::asked(&state.registers, today, event)?);
            texts.push(self.text(&book, event)?);
        }
        Ok(Draft { texts, events, asked, private })
    }

    fn text(&self, book: &Book, event: &Event) -> Result<String, Refusal> {
        let not_a_fact = |error: &dyn std::fmt::Display| DoorRefusal::NotAFact(error.to_string());
        let (kind, body) = event.to_parts().map_err(|error| not_a_fact(&error))?;
        let now = self.now_ms();
        let random = keys::random::<10>().map_err(|error| not_a_fact(&error))?;
        let content = LeafContent {
            origin: self.releaser.key(&book.replay).map_err(|e| not_a_fact(&e))?.name().to_owned(),
            id: LeafId::from_parts(now, random),
            kind,
            recorded_ms: now,
            after: After { size: book.size(), root: book.root() },
            corrects: None,
            body,
        };
        Ok(content.to_text().map_err(|error| not_a_fact(&error))?)
    }

    /// The desk's key: the portal signs what a resident's browser can't (R82).
    pub fn desk(&self) -> &SigningKey {
        &self.keys.desk
    }

    /// The log's public key.
    ///
    /// # Errors
    /// [`StartError`] when no leaf names it yet and the signer does not answer.
    pub fn log_vkey(&self) -> Result<String, StartError> {
        Ok(self.releaser.key(&self.book().replay)?.to_string())
    }

    /// The keys that the signer holds and that no leaf has named: one of them may become the log's.
    ///
    /// # Errors
    /// [`SignError`] when the signer does not answer.
    pub fn spare_log_keys(&self) -> Result<Vec<String>, SignError> {
        let book = self.book();
        let named: Vec<&str> =
            book.state().registers.authority.log_keys().map(|key| key.vkey.as_str()).collect();
        let held = self.releaser.held()?.into_iter();
        Ok(held.filter(|key| !named.contains(&key.as_str())).collect())
    }

    /// Keyed fingerprints of bank lines are made with this key, so that they tell nothing.
    pub fn fingerprint_key(&self) -> [u8; 32] {
        let labelled = [b"bank line fingerprint\n".as_slice(), self.keys.vault.as_slice()].concat();
        crate::log::hash::sha256(&labelled)
    }
}
