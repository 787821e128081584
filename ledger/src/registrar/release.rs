//! The release of a head that is on the disk: signed by a signer that goes neither back nor sideways,
//! written down outside the database, kept, and only then shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::draft::StartError;
use super::last_seen::LastSeen;
use super::reading::tiles_by_id;
use super::signer::{Ask, SignError, Signer};
use super::start;
use crate::decide::KnownRoots;
use crate::log::proof::{consistency_proof, consistency_tiles};
use crate::log::{After, Checkpoint, Note, VerifierKey};
use crate::replay::Replay;
use crate::store::{CheckpointRow, Failure, Step, Store};

/// How often a head is tried again when others sign larger ones meanwhile.
const ROUNDS: usize = 8;

/// Releases heads of one book.
pub(super) struct Releaser {
    store: Arc<Store>,
    signer: Arc<dyn Signer>,
    last_seen: LastSeen,
    /// The size that was signed last, as far as this process knows: where its proofs begin.
    signed: AtomicU64,
}

impl Releaser {
    pub(super) fn new(store: Arc<Store>, signer: Arc<dyn Signer>, last_seen: LastSeen) -> Self {
        Self { store, signer, last_seen, signed: AtomicU64::new(0) }
    }

    /// Signs the head of `replay`, which follows the book further when others have gone ahead; gives
    /// the checkpoint once nothing can unsay it. The caller keeps it in the book, now or later.
    ///
    /// # Errors
    /// [`StartError`]; when [`StartError::may_pass`], the same head is released later.
    pub(super) async fn release(&self, replay: &mut Replay) -> Result<Vec<u8>, StartError> {
        for _ in 0..ROUNDS {
            let head = self.head(replay)?;
            match self.sign(&head, replay).await {
                Ok(note) => {
                    if head.size > 0 {
                        self.remember(&head, &note).await?;
                    }
                    return Ok(note);
                }
                Err(SignError::Behind(last)) => {
                    start::follow(&self.store, replay).await?;
                    if replay.size() < last.size {
                        return Err(StartError::RolledBack {
                            found: replay.size(),
                            shown: last.size,
                            by: "le signataire".into(),
                        });
                    }
                }
                Err(SignError::Forked(last)) => return Err(forked(&last)),
                Err(other) => return Err(StartError::NotSigned(other)),
            }
        }
        Err(StartError::NotSigned(SignError::Silent("d’autres signent sans cesse".into())))
    }

    /// Reads what another process has written, up to the last checkpoint that it has kept, and gives
    /// that; `None` when `replay` is there already, or beyond.
    pub(super) async fn follow(&self, replay: &mut Replay) -> Result<Option<Vec<u8>>, StartError> {
        let Some(row) = self.store.latest_checkpoint().await? else { return Ok(None) };
        if row.size <= replay.size() {
            return Ok(None);
        }
        start::follow_to(&self.store, replay, row.size).await?;
        self.checked(replay, row).await
    }

    /// Shows what another process has released: a checkpoint kept for this very head, if it holds.
    pub(super) async fn kept(&self, replay: &Replay) -> Result<Option<Vec<u8>>, StartError> {
        match self.store.latest_checkpoint().await? {
            Some(row) => self.checked(replay, row).await,
            None => Ok(None),
        }
    }

    async fn checked(
        &self,
        replay: &Replay,
        row: CheckpointRow,
    ) -> Result<Option<Vec<u8>>, StartError> {
        let head = self.head(replay)?;
        if row.size != head.size {
            return Ok(None);
        }
        let wrong = || StartError::Tree(format!("checkpoint of size {}", row.size));
        for key in self.keys(replay)? {
            let (kept, _) = Checkpoint::open(&row.note, &key).map_err(|_| wrong())?;
            if kept != head {
                return Err(wrong());
            }
        }
        self.remember(&head, &row.note).await?;
        Ok(Some(row.note))
    }

    /// The keys that sign the head of `replay`: those the book names, or the signer's own before leaf 0.
    pub(super) fn keys(&self, replay: &Replay) -> Result<Vec<VerifierKey>, StartError> {
        match start::log_keys(replay, replay.size())? {
            named if named.is_empty() => Ok(self.signer.keys()?.into_iter().take(1).collect()),
            named => Ok(named),
        }
    }

    /// The one in force, whose name is the log's.
    pub(super) fn key(&self, replay: &Replay) -> Result<VerifierKey, StartError> {
        let last = self.keys(replay)?.pop();
        last.ok_or_else(|| StartError::OtherKeys("no key".into()))
    }

    fn head(&self, replay: &Replay) -> Result<Checkpoint, StartError> {
        let origin = self.key(replay)?.name().to_owned();
        Ok(Checkpoint { origin, size: replay.size(), root: replay.root() })
    }

    /// Whether the signer could sign with that key: a log key that it lacks must not be named.
    pub(super) fn holds(&self, vkey: &str) -> Result<bool, SignError> {
        Ok(self.held()?.iter().any(|key| key == vkey))
    }

    /// The keys that the signer holds, as text.
    pub(super) fn held(&self) -> Result<Vec<String>, SignError> {
        Ok(self.signer.keys()?.iter().map(ToString::to_string).collect())
    }

    async fn sign(&self, head: &Checkpoint, replay: &Replay) -> Result<Vec<u8>, SignError> {
        let keys = self.keys(replay).map_err(|error| SignError::Silent(error.to_string()))?;
        let mut old = self.signed.load(Ordering::Relaxed).min(head.size);
        for _ in 0..ROUNDS {
            let proof = self.proof(old, head.size).await?;
            let ask = Ask { checkpoint: head.clone(), keys: keys.clone(), old, proof };
            match self.asked(ask).await {
                Ok(note) => {
                    self.signed.fetch_max(head.size, Ordering::Relaxed);
                    return Ok(note);
                }
                Err(SignError::Stale(last)) => {
                    if replay.root_at(last.size) != Some(last.root) {
                        return Err(SignError::Forked(last));
                    }
                    old = last.size;
                }
                Err(other) => return Err(other),
            }
        }
        Err(SignError::Silent("il change sans cesse".into()))
    }

    /// Asks on a thread of its own: the signer writes to a disk, or waits for another process.
    async fn asked(&self, ask: Ask) -> Result<Vec<u8>, SignError> {
        let signer = Arc::clone(&self.signer);
        let (text, keys) = (ask.checkpoint.text(), ask.keys.clone());
        let silent = |failure: Failure| SignError::Silent(failure.to_string());
        self.store.reached(Step::Signing).map_err(silent)?;
        let signed = tokio::task::spawn_blocking(move || signer.sign(&ask)).await;
        let signatures = signed.map_err(|error| SignError::Silent(error.to_string()))??;
        self.store.reached(Step::Signed).map_err(silent)?;
        let note = Note { text, signatures };
        // What another process answers is checked before it is shown.
        match keys.iter().find(|key| note.verify(key).is_err()) {
            Some(key) => Err(SignError::Silent(format!("sa signature par {key} ne vaut rien"))),
            None => Ok(note.to_bytes()),
        }
    }

    async fn proof(&self, old: u64, new: u64) -> Result<Vec<crate::log::Hash>, SignError> {
        if old == 0 || old == new {
            return Ok(Vec::new());
        }
        let places = consistency_tiles(old, new);
        let silent = |error: &dyn std::fmt::Display| SignError::Silent(error.to_string());
        let tiles = tiles_by_id(&self.store, &places).await.map_err(|error| silent(&error))?;
        consistency_proof(old, new, &tiles).map_err(|error| silent(&error))
    }

    /// Keeps a released checkpoint in the book.
    pub(super) async fn keep(&self, row: &CheckpointRow) -> Result<(), Failure> {
        self.store.reached(Step::Keeping)?;
        self.store.save_checkpoint(row).await?;
        self.store.reached(Step::Kept)
    }

    /// Signs the head of `replay` and keeps its checkpoint at once: for a process that writes no leaf.
    ///
    /// # Errors
    /// As [`Releaser::release`].
    pub(super) async fn release_and_keep(
        &self,
        replay: &mut Replay,
    ) -> Result<Vec<u8>, StartError> {
        // What was read may be what a process that has died had not finished to write.
        self.store.secure().await?;
        let note = self.release(replay).await?;
        let row = CheckpointRow { size: replay.size(), note };
        // The signature is deterministic: if this write fails, the next start makes the same one again.
        if row.size > 0
            && let Err(failure) = self.keep(&row).await
        {
            tracing::warn!(%failure, "a checkpoint was not kept");
        }
        Ok(row.note)
    }

    async fn remember(&self, head: &Checkpoint, note: &[u8]) -> Result<(), StartError> {
        let (last_seen, head, note) = (self.last_seen.clone(), head.clone(), note.to_vec());
        self.store.reached(Step::Remembering)?;
        let written = tokio::task::spawn_blocking(move || last_seen.keep(&head, &note)).await;
        written.map_err(|error| StartError::Tree(error.to_string()))??;
        Ok(self.store.reached(Step::Remembered)?)
    }
}

fn forked(last: &After) -> StartError {
    StartError::Forked { size: last.size, by: "le signataire".into() }
}
