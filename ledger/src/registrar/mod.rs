//! The shell: the only way in. It holds the clock, randomness, keys and the store.
//!
//! [`Registrar::draft`] answers a command with the text to sign; [`Registrar::submit`] takes the
//! signed leaves, and answers once they are on the disk. Everything that is read comes from the
//! [`Book`] last published.

pub mod bank;
mod clock;
mod draft;
pub(crate) mod durable;
mod erase;
mod handing_in;
pub mod keys;
mod last_seen;
mod lease;
mod reading;
mod release;
mod sequencer;
mod sharing;
pub mod signer;
mod start;
pub mod vault;
pub mod witness;

use std::sync::{Arc, RwLock};

use tokio::sync::{mpsc, oneshot, watch};

pub use bank::{BankFileError, ReadStatement};
pub use clock::{Clock, SystemClock};
pub use draft::{Draft, Receipt, Signed, StartError, SubmitError};
pub use erase::Erased;
pub use keys::{KeyFileError, Keys, NewKeys};
pub use last_seen::LastSeen;
pub use signer::{LogSigner, SignError, Signer, SocketSigner};
pub use vault::{PrivateValue, VaultError, digests, disclose};

use crate::authority;
use crate::base::Day;
use crate::command::Command;
use crate::decide::{self, DoorRefusal, KnownRoots, Verified};
use crate::event::Event;
use crate::log::{After, Hash, Leaf, LeafContent, LeafId, Policy, SigningKey};
use crate::refusal::Refusal;
use crate::replay::Replay;
use crate::state::State;
use crate::store::Store;
use handing_in::HandingIn;
use lease::Lease;
use release::Releaser;
use sequencer::{Job, Sequencer};
use witness::Witnesses;

/// How far a leaf may be dated ahead of our clock, in milliseconds.
const AHEAD_MAX_MS: i64 = 2 * 60 * 1000;

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
    /// The name of this process among those that share the book.
    node: String,
    queue: mpsc::Sender<Job>,
    stop: watch::Sender<Option<String>>,
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

    /// Opens the way in: folds every leaf, compares with the stored tree and checkpoints, and
    /// starts the sequencer. Runs inside a tokio runtime.
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
        let mut replay = Replay::default();
        start::follow(&store, &mut replay).await?;
        start::check_edge(&store, &replay).await?;
        let store = Arc::new(store);
        let (signer, last_seen) = (Arc::clone(&keys.log), keys.last_seen.clone());
        let releaser = Arc::new(Releaser::new(Arc::clone(&store), signer, last_seen));
        start::check_checkpoints(&checkpoints, &replay)?;
        keys.last_seen.check(shown.as_ref(), &replay)?;
        let checkpoint = Self::first_release(&releaser, &mut replay).await?;
        let book = Book { replay: replay.clone(), checkpoint };
        let published = Arc::new(RwLock::new(Arc::new(book)));
        // Before anything is shown: a crash may have come between the leaf and the vault.
        erase::finish_or_warn(&store, &replay.state().registers).await?;
        let seen = (Arc::clone(&store), Arc::clone(&published), Arc::clone(&clock));
        let witnesses = Arc::new(Witnesses::open(seen, policy).await?);
        let (queue, waiting) = mpsc::channel(sequencer::QUEUE_MAX);
        let (stop, _) = watch::channel(None);
        let node = keys::node_name().map_err(|error| StartError::OtherKeys(error.to_string()))?;
        let handing_in = HandingIn {
            store: Arc::clone(&store),
            published: Arc::clone(&published),
            node: node.clone(),
        };
        let sequencer = Sequencer {
            store: Arc::clone(&store),
            replay,
            releaser: Arc::clone(&releaser),
            unreleased: false,
            published: Arc::clone(&published),
            lease: Lease::new(Arc::clone(&store), node.clone()),
            handing_in,
            witnesses: Arc::clone(&witnesses),
            fatal: stop.clone(),
        };
        tokio::spawn(sequencer.run(waiting));
        let open = Self { store, keys, clock, releaser, published, witnesses, node, queue, stop };
        Ok(Arc::new(open))
    }

    /// Asks the signer for the head even when its checkpoint is kept: it may know of a later one. While
    /// it is silent, what was released before is read.
    async fn first_release(
        releaser: &Releaser,
        replay: &mut Replay,
    ) -> Result<Vec<u8>, StartError> {
        match releaser.release(replay).await {
            Err(StartError::NotSigned(SignError::NoKey(key))) => Err(StartError::OtherKeys(key)),
            Err(error) if error.may_pass() => {
                tracing::warn!(%error, "the book is opened for reading until the signer answers");
                releaser.kept(replay).await?.ok_or(error)
            }
            released => released,
        }
    }

    /// The book as last published.
    pub fn book(&self) -> Arc<Book> {
        shown(&self.published)
    }

    /// Resolves when the sequencer has stopped for good, with the reason: the process must end.
    pub async fn stopped(&self) -> String {
        let mut fatal = self.stop.subscribe();
        let reason = fatal.wait_for(Option::is_some).await.ok().and_then(|reason| reason.clone());
        reason.unwrap_or_else(|| "the sequencer has ended".into())
    }

    /// Says that this process writes no more, so that another need not wait for its lease to end.
    pub async fn leave(&self) {
        if let Err(failure) = self.store.give_lease_back(&self.node).await {
            tracing::warn!(%failure, "the lease was not given back: it ends by itself");
        }
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

    /// Takes signed leaves in: all are written, in order, or none.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub async fn submit(&self, signed: Signed) -> Result<Receipt, SubmitError> {
        self.witnesses.nothing_stands().map_err(SubmitError::Halted)?;
        let latest = self.now_ms().saturating_add(AHEAD_MAX_MS);
        let book = self.book();
        let mut leaves = Vec::new();
        for bytes in &signed.leaves {
            // Here and not in the sequencer: many submissions are verified at a time, once each.
            let leaf = Verified::read(bytes, book.replay.keys())?;
            if leaf.leaf().content.recorded_ms > latest {
                return Err(DoorRefusal::AheadOfClock.into());
            }
            self.log_key_is_held(leaf.event())?;
            leaves.push(leaf);
        }
        // Nobody's personal values are kept for leaves that will not be written.
        if let Err(refused) = self.try_out(&leaves).await {
            let earlier = sequencer::earlier(&self.store, &leaves).await;
            return earlier.unwrap_or(Err(refused));
        }
        let erasing: Vec<Event> = leaves.iter().filter_map(erase::of).collect();
        self.check_digests(&erasing).await?;
        // The vault first: a digest in the log whose value was lost could never be shown again,
        // while a value without its leaf is only swept away.
        vault::keep(&self.store, &self.keys.vault, &signed.private)
            .await
            .map_err(|error| SubmitError::Failed(error.to_string()))?;
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Job { leaves, answer }).map_err(|error| match error {
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
            self.stop.send_replace(Some(error.to_string()));
        }
        followed
    }

    async fn follow(&self) -> Result<(), StartError> {
        let book = self.book();
        let head = self.store.head().await?;
        if head.size == book.size() && book.root().as_bytes() == &head.root {
            return Ok(());
        }
        let mut replay = book.replay.clone();
        start::follow(&self.store, &mut replay).await?;
        let checkpoint = match self.releaser.kept(&replay).await? {
            Some(kept) => kept,
            // Whoever wrote them may have ended before their checkpoint was signed.
            None => match self.releaser.release(&mut replay).await {
                Ok(checkpoint) => checkpoint,
                // What was shown stays shown; the rest is read once it is signed.
                Err(error) if error.may_pass() => return Ok(()),
                Err(error) => return Err(error),
            },
        };
        if let Ok(mut published) = self.published.write()
            && published.size() < replay.size()
        {
            *published = Arc::new(Book { replay, checkpoint });
        }
        Ok(())
    }
}
