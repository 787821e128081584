//! What the world did not answer: one sentence each, never a stored value.

use thiserror::Error;

use super::row::Head;

/// What a question to the store returns.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// The store could not do what was asked, and nothing was written.
///
/// No message holds a value, a name, an IBAN or a leaf: they may go into a technical log as they are.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Failure {
    /// `create` found a book where it was to start one.
    #[error("there is already a book in {place}")]
    AlreadyThere {
        /// The folder, or the database without its password.
        place: String,
    },
    /// `open` found no book: a mistyped path must not start an empty one.
    #[error("there is no book in {place}")]
    NoBook {
        /// The folder, or the database without its password.
        place: String,
    },
    /// One of the two files of a folder is there without the other.
    #[error("{found} is there without {missing}: restore the missing file, or move both away")]
    HalfABook {
        /// The file that is there.
        found: &'static str,
        /// The file that is not.
        missing: &'static str,
    },
    /// The book was made by another version of these programs, or its schema was edited.
    #[error("migration `{name}` of the book is not ours: {why}")]
    Migration {
        /// The name of the first migration that differs.
        name: String,
        /// How it differs.
        why: &'static str,
    },
    /// The book is to be replaced, and somebody has it open.
    #[error("somebody works with the book in {place}: stop the portal first")]
    InUse {
        /// The folder, or the database without its password.
        place: String,
    },
    /// A write was asked of a store opened for reading.
    #[error("the book was opened for reading only")]
    ReadOnly,
    /// The book was at rest when it was opened for reading, and somebody began to write.
    #[error("the book was opened by a writer during the reading: start the reading again")]
    Disturbed,
    /// The engine runs with a setting under which a commit may be lost.
    #[error("the database may lose what it commits: {0}")]
    NotDurable(&'static str),
    /// Rows that the head promises are not there.
    #[error("the book holds {found} of the {asked} leaves from index {from}")]
    MissingLeaves {
        /// First index asked for.
        from: u64,
        /// How many leaves were asked for.
        asked: u64,
        /// How many were found in their place.
        found: u64,
    },
    /// A batch or a row is beyond its limits; the caller is at fault.
    #[error("not written: {0}")]
    Malformed(&'static str),
    /// A checkpoint of that size is kept already, with another text.
    #[error("a different checkpoint of size {size} is kept already")]
    CheckpointDiffers {
        /// Size of the tree in both notes.
        size: u64,
    },
    /// The owner has another key already; read it, seal again, try again.
    #[error("the owner of these private values has another key already")]
    KeyDiffers,
    /// Rows are gone but their bytes may still be on the disk; ask again.
    #[error("erased, but the bytes may remain on the disk until it is asked again: {0}")]
    ErasureIncomplete(String),
    /// A stored number or length is one that was never written.
    #[error("the database holds a row that was never written so: {0}")]
    Corrupt(&'static str),
    /// There is no room left where the book is.
    #[error("{FULL} (the database did not {doing})")]
    Full {
        /// What was being done, as an infinitive.
        doing: &'static str,
    },
    /// The database engine refused or did not answer.
    #[error("the database did not {doing}: {cause}")]
    Database {
        /// What was being done, as an infinitive.
        doing: &'static str,
        /// The engine's code and, where it holds no value, its words.
        cause: String,
    },
    /// The file system refused.
    #[error("the file system did not {doing}: {cause}")]
    Files {
        /// What was being done, as an infinitive.
        doing: &'static str,
        /// The system's words.
        cause: String,
    },
}

/// How [`Failure::Full`] begins: what the operator has to know, whoever passes the words on.
pub const FULL: &str =
    "le disque du livre est plein ; libérez de la place, puis envoyez le même acte de nouveau";

/// Why a batch was not appended.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AppendError {
    /// Another writer moved the head; nothing was written. Here is where it stands now.
    #[error("the head of the log has moved to size {}", .0.size)]
    HeadMoved(Head),
    /// A leaf of this id is in the log already; nothing was written.
    #[error("a leaf of the same id is in the log already, at index {index}")]
    DuplicateId {
        /// The id.
        id: [u8; 16],
        /// Where the earlier leaf is.
        index: u64,
    },
    /// `COMMIT` did not answer: the batch is in the log whole, or not at all, and nobody knows
    /// which. The process must end and start again from what the database then says.
    #[error("nobody knows whether the batch was committed: {0}")]
    OutcomeUnknown(Failure),
    /// The world did not answer; nothing was written.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Names what was being done when the engine said no.
///
/// `SQLite`'s messages hold names of tables, never values. `PostgreSQL` may quote a value, so of
/// its messages only those of our own triggers, of the connection and of resources are kept.
pub(super) fn did_not(doing: &'static str) -> impl Fn(sqlx::Error) -> Failure {
    move |error| {
        if is_full(&error) {
            return Failure::Full { doing };
        }
        Failure::Database { doing, cause: words(&error) }
    }
}

/// Whether there was no room left: `SQLITE_FULL`, or the `disk_full` of `PostgreSQL`.
pub(super) fn is_full(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| matches!(code.as_ref(), "13" | "53100"))
}

fn words(error: &sqlx::Error) -> String {
    let sqlx::Error::Database(refusal) = error else {
        return match error {
            // These two may quote the address, and with it a password.
            sqlx::Error::Configuration(_) => "the address of the database is not valid".to_owned(),
            sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => {
                "a column is not of its type".to_owned()
            }
            other => other.to_string(),
        };
    };
    let code = refusal.code().unwrap_or_default();
    if refusal.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        return format!("{} (code {code})", refusal.message());
    }
    let class = code.get(..2).unwrap_or_default();
    if matches!(class, "P0" | "08" | "25" | "28" | "3D" | "42" | "53" | "55" | "57" | "58") {
        return format!("{} (code {code})", refusal.message());
    }
    match refusal.constraint() {
        Some(constraint) => format!("constraint {constraint} (code {code})"),
        None => format!("code {code}"),
    }
}
