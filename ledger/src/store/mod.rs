//! SQL. Knows rows, not rules: the log, the vault and the portal's own tables, on two engines.
//!
//! | question | where |
//! |---|---|
//! | what is kept, as plain bytes | [`row`] |
//! | how much of it | [`limit`] |
//! | what may go wrong | [`failure`] |
//! | a book as it is found, for a check or a copy | `whole` |
//! | a book built anew, seen when it is whole | [`building`](Building) |
//! | a folder that a power cut does not take away | [`make_folder`] |
//! | the schema | `migrations/`, applied and checked by `migration` |
//! | the statements | `sqlite/` and `postgres/`: twins, same names, same order, each native |
//!
//! What is promised: a batch is one database transaction, on disk when [`Store::append`] returns;
//! two writers cannot both extend the same head; a store that does not find its book, or finds
//! another schema than ours, does not open. What is not: that rows are true. The tree says that.

mod building;
pub mod failure;
mod folder;
pub mod limit;
mod migration;
mod postgres;
pub mod row;
mod sqlite;
pub mod steps;

pub use building::{Building, Place};
pub use failure::{AppendError, Failure, Result};
pub use folder::make_folder;
pub use postgres::PostgresStore;
pub use row::{
    Batch, CheckpointRow, CosignatureRow, Draft, DraftPut, EvidenceRow, FoundLeaf, FoundTile, Head,
    LeafRow, MemberLink, Residue, SealedKey, SealedValue, Session, Submission, SubmissionFate,
    Target, TileRow,
};
pub use sqlite::SqliteStore;
pub use steps::{Step, Watcher};

use std::sync::Arc;

/// A book, open.
#[derive(Debug)]
pub enum Store {
    /// Embedded: two files in a folder.
    Sqlite(SqliteStore),
    /// A server that several nodes share.
    Postgres(PostgresStore),
}

macro_rules! ask {
    ($self:ident.$question:ident($($argument:expr),*)) => {
        match $self {
            Store::Sqlite(store) => store.$question($($argument),*).await,
            Store::Postgres(store) => store.$question($($argument),*).await,
        }
    };
}

// After the macro, which it uses.
mod whole;

/// Opening and closing.
impl Store {
    /// Starts an empty book, on purpose.
    ///
    /// # Errors
    /// [`Failure::AlreadyThere`] when there is one: nothing of it is touched.
    pub async fn create(target: &Target) -> Result<Store> {
        match target {
            Target::Folder(folder) => SqliteStore::create(folder).await.map(Store::Sqlite),
            Target::Postgres { url } => PostgresStore::create(url).await.map(Store::Postgres),
        }
    }

    /// Opens a book, and brings its schema up to date.
    ///
    /// # Errors
    /// [`Failure::NoBook`] when there is none: a mistyped path cannot start an empty book.
    /// [`Failure::Migration`] when its schema is not ours.
    pub async fn open(target: &Target) -> Result<Store> {
        match target {
            Target::Folder(folder) => SqliteStore::open(folder).await.map(Store::Sqlite),
            Target::Postgres { url } => PostgresStore::open(url).await.map(Store::Postgres),
        }
    }

    /// Opens a book to read it, also while the portal writes to it. Changes nothing in it, not
    /// even an older schema; every write answers [`Failure::ReadOnly`].
    pub async fn open_read_only(target: &Target) -> Result<Store> {
        match target {
            Target::Folder(folder) => SqliteStore::open_read_only(folder).await.map(Store::Sqlite),
            Target::Postgres { url } => {
                PostgresStore::open_read_only(url).await.map(Store::Postgres)
            }
        }
    }

    /// Closes every connection, after what is under way; who still asks then gets a failure.
    pub async fn close(&self) {
        ask!(self.close());
    }
}

/// The steps of a batch.
impl Store {
    /// Has each step told to a watcher, which may make it fail: for tests.
    #[must_use]
    pub fn watched(mut self, watcher: Arc<dyn Watcher>) -> Self {
        match &mut self {
            Store::Sqlite(store) => store.steps.0 = Some(watcher),
            Store::Postgres(store) => store.steps.0 = Some(watcher),
        }
        self
    }

    /// Tells the watcher, if there is one.
    pub(crate) fn reached(&self, step: Step) -> Result<()> {
        match self {
            Store::Sqlite(store) => store.steps.reached(step),
            Store::Postgres(store) => store.steps.reached(step),
        }
    }
}

/// The log.
impl Store {
    /// The committed head.
    pub async fn head(&self) -> Result<Head> {
        ask!(self.head())
    }

    /// Appends a batch in one database transaction: compare-and-swap of the head, leaves, tiles,
    /// an earlier checkpoint; on disk when it returns.
    ///
    /// Let it run to its end: who drops the future knows no more than [`AppendError::OutcomeUnknown`].
    ///
    /// # Errors
    /// See [`AppendError`]; in all cases but `OutcomeUnknown`, nothing was written.
    pub async fn append(&self, batch: &Batch) -> Result<(), AppendError> {
        limit::check_batch(batch)?;
        ask!(self.append(batch))
    }

    /// Makes what can be read as durable as what [`Store::append`] has acknowledged.
    ///
    /// A process that was ended in mid-commit may leave a batch that is read from the system's memory
    /// and is not on the disk, or not on the standby. It is not signed before this returns.
    pub async fn secure(&self) -> Result<()> {
        ask!(self.secure())
    }

    /// The leaves of index `from` up to `to`, `to` not included, exactly that many.
    ///
    /// # Errors
    /// [`Failure::MissingLeaves`] when one is not there; [`Failure::Malformed`] when the range is
    /// longer than [`limit::READ_LEAVES_MAX`].
    pub async fn leaves(&self, from: u64, to: u64) -> Result<Vec<Vec<u8>>> {
        let asked = limit::check_range(from, to)?;
        let leaves = ask!(self.leaves(from, to))?;
        let found = limit::count(leaves.len())?;
        if found != asked {
            return Err(Failure::MissingLeaves { from, asked, found });
        }
        Ok(leaves)
    }

    /// The leaf of that id and its index.
    pub async fn leaf_by_id(&self, id: [u8; 16]) -> Result<Option<(u64, Vec<u8>)>> {
        ask!(self.leaf_by_id(id))
    }

    /// Those of the tiles (level, number) that are there, in the order asked, by one statement.
    pub async fn tiles(&self, places: &[(u8, u64)]) -> Result<Vec<TileRow>> {
        limit::check_rows(places.len())?;
        ask!(self.tiles(places))
    }

    /// Keeps a checkpoint; the same one again is no matter.
    ///
    /// # Errors
    /// [`Failure::CheckpointDiffers`] when another is kept for that size; [`Failure::Malformed`]
    /// when it speaks of leaves that are not committed.
    pub async fn save_checkpoint(&self, checkpoint: &CheckpointRow) -> Result<()> {
        limit::check_checkpoint(checkpoint)?;
        ask!(self.save_checkpoint(checkpoint))
    }

    /// The checkpoint of the largest tree.
    pub async fn latest_checkpoint(&self) -> Result<Option<CheckpointRow>> {
        ask!(self.latest_checkpoint())
    }

    /// The checkpoint of the smallest tree that has at least `size` leaves.
    pub async fn first_checkpoint_covering(&self, size: u64) -> Result<Option<CheckpointRow>> {
        ask!(self.first_checkpoint_covering(size))
    }

    /// Every checkpoint, smallest tree first.
    pub async fn checkpoints(&self) -> Result<Vec<CheckpointRow>> {
        ask!(self.checkpoints())
    }
}

/// What witnesses answered.
impl Store {
    /// Keeps a cosignature under a checkpoint that is kept; the same one again is no matter.
    ///
    /// # Errors
    /// [`Failure::Malformed`] when no checkpoint of that size is kept.
    pub async fn save_cosignature(&self, row: &CosignatureRow) -> Result<()> {
        limit::check_cosignature(row)?;
        ask!(self.save_cosignature(row))
    }

    /// Every cosignature of the checkpoint of that size, by witness, then by time.
    pub async fn cosignatures(&self, size: u64) -> Result<Vec<CosignatureRow>> {
        ask!(self.cosignatures(size))
    }

    /// The earliest cosignature by each witness of each checkpoint of at least `size` leaves, the
    /// smallest tree first, at most so many rows.
    pub async fn cosigned_from(&self, size: u64, most: usize) -> Result<Vec<CosignatureRow>> {
        limit::check_rows(most)?;
        ask!(self.cosigned_from(size, most))
    }

    /// The latest cosignature by each witness of each checkpoint of at most `size` leaves, the
    /// largest tree first, at most so many rows.
    pub async fn cosigned_up_to(&self, size: u64, most: usize) -> Result<Vec<CosignatureRow>> {
        limit::check_rows(most)?;
        ask!(self.cosigned_up_to(size, most))
    }

    /// The latest cosignature of the largest tree by that key.
    pub async fn last_cosigned_by(
        &self,
        name: &str,
        key_id: [u8; 4],
    ) -> Result<Option<CosignatureRow>> {
        ask!(self.last_cosigned_by(name, key_id))
    }

    /// Keeps what contradicts the book.
    pub async fn save_evidence(&self, row: &EvidenceRow) -> Result<()> {
        limit::check_evidence(row)?;
        ask!(self.save_evidence(row))
    }

    /// All that ever contradicted the book, oldest first.
    pub async fn evidence(&self) -> Result<Vec<EvidenceRow>> {
        ask!(self.evidence())
    }
}

/// The vault.
impl Store {
    /// Keeps sealed values, and before them their owner's key if it has none yet, all or nothing.
    /// A value whose digest is kept already is left as it is.
    ///
    /// # Errors
    /// [`Failure::KeyDiffers`] when the owner has another key: what was sealed with this one
    /// could never be read.
    pub async fn put_private(&self, key: Option<&SealedKey>, values: &[SealedValue]) -> Result<()> {
        limit::check_rows(values.len())?;
        ask!(self.put_private(key, values))
    }

    /// The sealed key of that owner.
    pub async fn private_key(&self, owner: &str) -> Result<Option<SealedKey>> {
        ask!(self.private_key(owner))
    }

    /// Every sealed value of that owner, by digest.
    pub async fn private_values(&self, owner: &str) -> Result<Vec<SealedValue>> {
        ask!(self.private_values(owner))
    }

    /// Those of the values of these digests that are there, by digest.
    pub async fn private_by_digest(&self, digests: &[String]) -> Result<Vec<SealedValue>> {
        limit::check_rows(digests.len())?;
        ask!(self.private_by_digest(digests))
    }

    /// Erases these owners' keys and values, and the values of these digests, from the disk as
    /// well, and says how many rows that was. What an erasure cut short has left is done with.
    ///
    /// # Errors
    /// [`Failure::ErasureIncomplete`] when the rows are gone and somebody's reading keeps their
    /// bytes on the disk: ask again until it is not so.
    pub async fn erase_private(&self, owners: &[&str], digests: &[&str]) -> Result<u64> {
        limit::check_rows(owners.len())?;
        limit::check_rows(digests.len())?;
        ask!(self.erase_private(owners, digests))
    }

    /// What the engine may still hold of what was erased, once [`Store::erase_private`] is done.
    pub async fn residue(&self) -> Result<Residue> {
        ask!(self.residue())
    }
}

/// The portal's own tables.
impl Store {
    /// Opens a session.
    pub async fn open_session(&self, session: &Session) -> Result<()> {
        ask!(self.open_session(session))
    }

    /// The session of that secret, unless it is over.
    pub async fn session(&self, secret_sha256: [u8; 32], now_ms: i64) -> Result<Option<Session>> {
        ask!(self.session(secret_sha256, now_ms))
    }

    /// Closes a session.
    pub async fn close_session(&self, secret_sha256: [u8; 32]) -> Result<()> {
        ask!(self.close_session(secret_sha256))
    }

    /// Closes every session of a member or key, and says how many.
    pub async fn close_sessions_of(&self, who: &str) -> Result<u64> {
        ask!(self.close_sessions_of(who))
    }

    /// Closes the sessions and links of these members and removes every draft that names one of
    /// them; says how many rows that was.
    pub async fn forget_members(&self, members: &[&str]) -> Result<u64> {
        limit::check_rows(members.len())?;
        ask!(self.forget_members(members))
    }

    /// Removes what is over, sessions and drafts, and says how many.
    pub async fn sweep(&self, now_ms: i64) -> Result<u64> {
        ask!(self.sweep(now_ms))
    }

    /// Keeps a draft: a new one when `expected_version` is `None`, else one that is still at that
    /// version. Its `version` is not read, nor its `created_ms` when it is kept again.
    pub async fn put_draft(
        &self,
        draft: &Draft,
        expected_version: Option<u64>,
    ) -> Result<DraftPut> {
        ask!(self.put_draft(draft, expected_version))
    }

    /// The draft of that reference, over or not.
    pub async fn draft(&self, id: &str) -> Result<Option<Draft>> {
        ask!(self.draft(id))
    }

    /// Every draft of that kind, oldest first.
    pub async fn drafts_of_kind(&self, kind: &str) -> Result<Vec<Draft>> {
        ask!(self.drafts_of_kind(kind))
    }

    /// Removes a draft, and says whether there was one.
    pub async fn close_draft(&self, id: &str) -> Result<bool> {
        ask!(self.close_draft(id))
    }

    /// Keeps a personal link.
    pub async fn put_link(&self, link: &MemberLink) -> Result<()> {
        ask!(self.put_link(link))
    }

    /// The member's reference of that link.
    pub async fn member_of_link(&self, secret_sha256: [u8; 32]) -> Result<Option<String>> {
        ask!(self.member_of_link(secret_sha256))
    }

    /// Closes every personal link of a member, and says how many.
    pub async fn close_links_of(&self, member: &str) -> Result<u64> {
        ask!(self.close_links_of(member))
    }
}

/// Several nodes on one book.
impl Store {
    /// Whether nodes on several machines may share this book.
    pub fn is_shared(&self) -> bool {
        matches!(self, Store::Postgres(_))
    }

    /// Takes the lease of the one node that sequences, or renews it, for so many milliseconds by the
    /// database's clock; `false` while another node holds it.
    pub async fn take_lease(&self, node: &str, ms: u32) -> Result<bool> {
        ask!(self.take_lease(node, ms))
    }

    /// Lets the next node take the lease at once.
    pub async fn give_lease_back(&self, node: &str) -> Result<()> {
        ask!(self.give_lease_back(node))
    }

    /// Hands a submission in to the node that sequences; `false` when `most` wait already, or when
    /// others leaves wait under its id. The same one again is no matter.
    pub async fn hand_in(&self, handed: &Submission, most: usize) -> Result<bool> {
        ask!(self.hand_in(handed, most))
    }

    /// What was handed in and waits, oldest first, at most so many.
    pub async fn handed_in(&self, most: usize) -> Result<Vec<Submission>> {
        ask!(self.handed_in(most))
    }

    /// Settles what was handed in: `done` is removed, `refused` is marked for who waits.
    pub async fn settle(&self, done: &[[u8; 16]], refused: &[[u8; 16]]) -> Result<()> {
        ask!(self.settle(done, refused))
    }

    /// What became of the submission whose first leaf has that id.
    pub async fn fate(&self, id: [u8; 16]) -> Result<SubmissionFate> {
        ask!(self.fate(id))
    }
}
