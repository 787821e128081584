//! What the store keeps, as plain bytes, texts and numbers.

use std::fmt;
use std::path::PathBuf;

use crate::log::{Tile, TileId};

/// Where a book is.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// A folder with `book.db` (log and portal) and `vault.db` (personal values, a file of its
    /// own so that it has backups of its own).
    Folder(PathBuf),
    /// A `PostgreSQL` database of its own, with the schemas `book`, `vault` and `portal`.
    Postgres {
        /// `postgres://login:password@host:port/database`.
        url: String,
    },
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
            // The address holds a password.
            Target::Postgres { .. } => f.write_str("Postgres { .. }"),
        }
    }
}

/// The head of the log: how many leaves are committed, and the root of the tree over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Number of leaves.
    pub size: u64,
    /// Root of the RFC 6962 tree over them.
    pub root: [u8; 32],
}

/// A leaf and the id its author chose (the key of idempotency).
#[derive(Clone, PartialEq, Eq)]
pub struct LeafRow {
    /// `UUIDv7` of the leaf.
    pub id: [u8; 16],
    /// The leaf as it was signed, byte for byte.
    pub leaf: Vec<u8>,
}

/// A row of a leaf as it is found, sound or not.
#[derive(Clone, PartialEq, Eq)]
pub struct FoundLeaf {
    /// Its index in the row.
    pub index: i64,
    /// The id in the row.
    pub id: Vec<u8>,
    /// The leaf's bytes.
    pub leaf: Vec<u8>,
}

/// Where a row of a tile is found, and how many hashes it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundTile {
    /// Level in the row.
    pub level: i64,
    /// Number in the row.
    pub n: i64,
    /// Its bytes.
    pub bytes: i64,
}

/// One tile of the tree: 1 to 256 hashes of 32 bytes, which only ever grow in number.
#[derive(Clone, PartialEq, Eq)]
pub struct TileRow {
    /// Level, 0 for leaf hashes.
    pub level: u8,
    /// Number of the tile in its level.
    pub n: u64,
    /// The hashes, end to end.
    pub hashes: Vec<u8>,
}

impl From<Tile> for TileRow {
    fn from(tile: Tile) -> Self {
        Self { level: tile.id.level, n: tile.id.n, hashes: tile.hashes }
    }
}

impl From<TileRow> for Tile {
    fn from(row: TileRow) -> Self {
        Self { id: TileId { level: row.level, n: row.n }, hashes: row.hashes }
    }
}

/// A signed checkpoint as it was released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointRow {
    /// Size of the tree it speaks of.
    pub size: u64,
    /// The signed note.
    pub note: Vec<u8>,
}

/// A witness's line under a checkpoint that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CosignatureRow {
    /// Size of the tree the checkpoint speaks of.
    pub size: u64,
    /// Name of the witness's key.
    pub name: String,
    /// Id of the witness's key.
    pub key_id: [u8; 4],
    /// When the witness signed, in POSIX seconds by its own clock.
    pub time: u64,
    /// The signature line, without its newline.
    pub line: String,
}

/// A witness's answer that contradicts this book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceRow {
    /// When it came, in milliseconds since 1970.
    pub found_ms: i64,
    /// The public key of the witness, as the policy writes it.
    pub witness: String,
    /// The size at which the witness holds another tree than ours, or more than we have.
    pub witnessed: u64,
    /// Our size when the answer came.
    pub ours: u64,
    /// The HTTP status of the answer.
    pub status: u16,
    /// What was asked.
    pub request: Vec<u8>,
    /// What was answered.
    pub answer: Vec<u8>,
}

/// What one database transaction adds to the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The head the batch was built on; if it has moved, nothing is written.
    pub base: Head,
    /// The leaves, from index `base.size` on.
    pub leaves: Vec<LeafRow>,
    /// Every tile that is new or longer, whole.
    pub tiles: Vec<TileRow>,
    /// The head after the batch: `base.size` plus the number of leaves.
    pub head: Head,
    /// The checkpoint of an earlier head (at most `base.size`), kept with this batch.
    pub checkpoint: Option<CheckpointRow>,
}

/// Signed leaves that a node hands in to the one that sequences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The id of its first leaf.
    pub id: [u8; 16],
    /// The node that took it from its sender.
    pub node: String,
    /// The leaves' bytes: all are written, in order, or none.
    pub leaves: Vec<Vec<u8>>,
}

/// What became of a submission that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubmissionFate {
    /// It waits for the node that sequences.
    Waits,
    /// A rule refused it; who asks again is told which.
    Refused,
    /// It is settled: its leaves are in the log, or it was never handed in.
    Gone,
}

/// The data key of a person, sealed by the key of the book.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedKey {
    /// Whose it is: a pseudonym.
    pub owner: String,
    /// The sealed key.
    pub sealed: Vec<u8>,
}

/// A personal value, sealed by its owner's data key.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedValue {
    /// The SD-JWT digest (base64url) that stands in the leaf.
    pub digest: String,
    /// Whose it is: a pseudonym.
    pub owner: String,
    /// The sealed disclosure.
    pub sealed: Vec<u8>,
}

/// What an engine may still hold of what was erased from the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Residue {
    /// Nothing: no file of the book has a byte of it.
    Nothing,
    /// Write-ahead files, their archive or a standby, until they are recycled, with sealed bytes
    /// that passed through them.
    WriteAhead,
}

/// Somebody signed in on the portal.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the secret that the browser keeps.
    pub secret_sha256: [u8; 32],
    /// A member's reference or the name of a key.
    pub who: String,
    /// The role, in the portal's words.
    pub role: String,
    /// What a form must send back.
    pub csrf: String,
    /// Milliseconds since 1970.
    pub created_ms: i64,
    /// Milliseconds since 1970; from this instant on the session is no more.
    pub expires_ms: i64,
}

/// Something begun on the portal and not yet signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its reference.
    pub id: String,
    /// What it is, in the portal's words.
    pub kind: String,
    /// JSON that the store does not read.
    pub payload: String,
    /// Milliseconds since 1970.
    pub created_ms: i64,
    /// Milliseconds since 1970; `sweep` removes it from this instant on.
    pub expires_ms: i64,
    /// Counts the writes, from 1; the store sets it.
    pub version: u64,
}

/// What became of a draft that was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftPut {
    /// It is kept, and this is its version now.
    Kept(u64),
    /// Another hand was faster: the draft is not at the version expected. Nothing was written.
    Stale,
}

/// A personal link by which a member comes back without a password.
#[derive(Clone, PartialEq, Eq)]
pub struct MemberLink {
    /// SHA-256 of the secret in the link.
    pub secret_sha256: [u8; 32],
    /// The member's reference.
    pub member: String,
    /// Milliseconds since 1970.
    pub created_ms: i64,
}

macro_rules! debug_without_content {
    ($($name:ident { $($shown:ident),* })*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))$(.field(stringify!($shown), &self.$shown))*
                    .finish_non_exhaustive()
            }
        }
    )*};
}

// What is shown here may end in a technical log: never a leaf body, a secret or a sealed value.
debug_without_content! {
    LeafRow { id }
    FoundLeaf { index }
    TileRow { level, n }
    SealedKey { owner }
    SealedValue { digest, owner }
    Session { who, role, expires_ms }
    Draft { id, kind, version }
    MemberLink { member }
}
