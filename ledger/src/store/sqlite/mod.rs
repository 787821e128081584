//! The book in a folder: `book.db` and `vault.db`, one writer and a few readers.

pub(super) mod building;
mod log;
mod nodes;
mod portal;
mod vault;
mod whole;
mod witness;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};

use super::failure::{Failure, Result, did_not};
use super::make_folder;
use super::migration::{self, Migration, SQLITE_BOOK, SQLITE_VAULT};
use super::steps::Watched;

const BOOK: &str = "book.db";
const VAULT: &str = "vault.db";
/// How long a writer waits for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);
const READERS: u32 = 4;
/// The table that says which migrations made a file.
const MIGRATIONS: &str =
    "create table migrations (name text primary key, sql text not null) strict";

/// The book in a folder.
#[derive(Debug)]
pub struct SqliteStore {
    /// The one connection that writes to `book.db`; none when opened for reading.
    writer: Option<SqlitePool>,
    readers: SqlitePool,
    /// The one connection to `vault.db`; none when the book was copied without it for reading.
    vault: Option<SqlitePool>,
    writes: bool,
    /// The files that were at rest and are read without their write-ahead file.
    at_rest: Vec<AtRest>,
    pub(super) steps: Watched,
}

/// Opening and closing.
impl SqliteStore {
    pub(super) async fn create(folder: &Path) -> Result<Self> {
        make_folder(folder).map_err(files("make the folder"))?;
        if folder.join(BOOK).exists() {
            return Err(Failure::AlreadyThere { place: folder.display().to_string() });
        }
        // Each file gets its name when it is whole, the book last: cut short, there is no book, and
        // the vault alone holds nothing yet. One that holds something has lost its book.
        if !folder.join(VAULT).exists() {
            make(folder, VAULT, SQLITE_VAULT).await?;
        } else if !vault::is_empty(&writing(&folder.join(VAULT))).await? {
            return Err(Failure::HalfABook { found: VAULT, missing: BOOK });
        }
        make(folder, BOOK, SQLITE_BOOK).await?;
        if let Some(above) = folder.canonicalize().map_err(files("find the folder"))?.parent() {
            on_disk(above)?;
        }
        Self::open(folder).await
    }

    pub(super) async fn open(folder: &Path) -> Result<Self> {
        let book = existing(folder, BOOK)?;
        let vault = folder.join(VAULT);
        if !vault.is_file() {
            return Err(Failure::HalfABook { found: BOOK, missing: VAULT });
        }
        let writer = pool(1, writing(&book)).await?;
        migrate(&writer, SQLITE_BOOK).await?;
        let vault = pool(1, writing(&vault)).await?;
        migrate(&vault, SQLITE_VAULT).await?;
        let readers = pool(READERS, reading(&book)).await?;
        let (writer, vault) = (Some(writer), Some(vault));
        Ok(Self {
            writer,
            readers,
            vault,
            writes: true,
            at_rest: Vec::new(),
            steps: Watched::default(),
        })
    }

    pub(super) async fn open_read_only(folder: &Path) -> Result<Self> {
        let book = existing(folder, BOOK)?;
        let mut at_rest: Vec<AtRest> = AtRest::of(&book)?.into_iter().collect();
        let readers = pool(READERS, reading(&book).immutable(!at_rest.is_empty())).await?;
        check(&readers, SQLITE_BOOK).await?;
        let vault = match existing(folder, VAULT) {
            Err(_) => None,
            Ok(path) => {
                let alone = AtRest::of(&path)?;
                let vault = pool(1, reading(&path).immutable(alone.is_some())).await?;
                at_rest.extend(alone);
                check(&vault, SQLITE_VAULT).await?;
                Some(vault)
            }
        };
        Ok(Self { writer: None, readers, vault, writes: false, at_rest, steps: Watched::default() })
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        if let Some(vault) = &self.vault {
            vault.close().await;
        }
        // Last, so that this connection folds the write-ahead file into the book.
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
    }

    fn writer(&self) -> Result<&SqlitePool> {
        self.writer.as_ref().ok_or(Failure::ReadOnly)
    }

    fn vault(&self) -> Result<&SqlitePool> {
        self.vault.as_ref().ok_or_else(|| Failure::NoBook { place: VAULT.to_owned() })
    }

    fn vault_writer(&self) -> Result<&SqlitePool> {
        if self.writes { self.vault() } else { Err(Failure::ReadOnly) }
    }

    /// What was read, if it was one state of the book and not two halves.
    fn undisturbed<T>(&self, read: Result<T>) -> Result<T> {
        for rest in &self.at_rest {
            if !rest.still()? {
                return Err(Failure::Disturbed);
            }
        }
        read
    }
}

/// A file that nobody has open for writing: it has no write-ahead file beside it.
///
/// Such a file is read as immutable, which makes no file beside it and needs no right to do so.
/// `SQLite` then does not watch for writers, so we do.
#[derive(Debug)]
struct AtRest {
    file: PathBuf,
    length: u64,
    modified: SystemTime,
}

impl AtRest {
    fn of(file: &Path) -> Result<Option<Self>> {
        if write_ahead(file).exists() {
            return Ok(None);
        }
        let found = fs::metadata(file).map_err(files("look at the book"))?;
        let modified = found.modified().map_err(files("look at the book"))?;
        Ok(Some(Self { file: file.to_owned(), length: found.len(), modified }))
    }

    fn still(&self) -> Result<bool> {
        Ok(Self::of(&self.file)?
            .is_some_and(|now| now.length == self.length && now.modified == self.modified))
    }
}

fn write_ahead(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

fn existing(folder: &Path, name: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    if path.is_file() {
        return Ok(path);
    }
    Err(Failure::NoBook { place: folder.display().to_string() })
}

fn files(doing: &'static str) -> impl Fn(std::io::Error) -> Failure {
    move |error| Failure::Files { doing, cause: error.to_string() }
}

fn writing(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        // Every commit is on the disk before it is said to be.
        .synchronous(SqliteSynchronous::Full)
        .pragma("fullfsync", "on")
        .pragma("checkpoint_fullfsync", "on")
        // Whoever edits the schema of the file gets no code run by it.
        .pragma("trusted_schema", "off")
        .pragma("cell_size_check", "on")
        // What is removed is overwritten: the vault, but also sessions and drafts.
        .pragma("secure_delete", "on")
        // Rewriting the vault must leave nothing in the system's temporary folder.
        .pragma("temp_store", "memory")
        .busy_timeout(PATIENCE)
        .disable_statement_logging()
}

fn reading(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .read_only(true)
        .pragma("trusted_schema", "off")
        .pragma("cell_size_check", "on")
        .busy_timeout(PATIENCE)
        .disable_statement_logging()
}

async fn pool(most: u32, options: SqliteConnectOptions) -> Result<SqlitePool> {
    SqlitePoolOptions::new()
        .max_connections(most)
        .idle_timeout(None)
        .max_lifetime(None)
        // A connection to a file does not go stale; the question would cost as much as a reading.
        .test_before_acquire(false)
        // Where the disk is full or fails, the engine ends a transaction by itself, and the connection
        // goes on believing in it: it would refuse every later one.
        .before_acquire(|connection, _| {
            let sound = !connection.is_in_transaction();
            Box::pin(async move { Ok(sound) })
        })
        .connect_with(options)
        .await
        .map_err(did_not("open the file"))
}

/// Makes a database file that has its name only when it is whole and on the disk.
async fn make(folder: &Path, name: &str, migrations: &'static [Migration]) -> Result<()> {
    let unfinished = folder.join(format!("{name}.new"));
    for leftover in [unfinished.clone(), write_ahead(&unfinished)] {
        if leftover.exists() {
            fs::remove_file(&leftover).map_err(files("remove an unfinished book"))?;
        }
    }
    let mut connection = writing(&unfinished)
        .create_if_missing(true)
        .connect()
        .await
        .map_err(did_not("make the file"))?;
    sqlx::raw_sql(MIGRATIONS).execute(&mut connection).await.map_err(did_not("make the file"))?;
    apply(&mut connection, migrations).await?;
    // Closing folds the write-ahead file in as well, and says nothing when the disk refuses: a file
    // would get its name with half its pages.
    let (busy, _, _): (i64, i64, i64) = sqlx::query_as("pragma wal_checkpoint(truncate)")
        .fetch_one(&mut connection)
        .await
        .map_err(did_not("fold the write-ahead file into the new file"))?;
    if busy != 0 {
        return Err(Failure::Files { doing: "make the file", cause: "it is in use".to_owned() });
    }
    connection.close().await.map_err(did_not("close the file"))?;
    on_disk(&unfinished)?;
    fs::rename(&unfinished, folder.join(name)).map_err(files("put the book in its place"))?;
    on_disk(folder)
}

/// Waits until a file, or the names in a folder, are on the disk.
fn on_disk(path: &Path) -> Result<()> {
    File::open(path).and_then(|file| file.sync_all()).map_err(files("write to the disk"))
}

/// Checks what was applied and applies what is newer.
async fn migrate(pool: &SqlitePool, ours: &'static [Migration]) -> Result<()> {
    let newer = check(pool, ours).await?;
    if newer.is_empty() {
        return Ok(());
    }
    let mut connection = pool.acquire().await.map_err(did_not("open the file"))?;
    apply(&mut connection, newer).await
}

async fn check(pool: &SqlitePool, ours: &'static [Migration]) -> Result<&'static [Migration]> {
    let applied: Vec<(String, String)> =
        sqlx::query_as("select name, sql from migrations order by name")
            .fetch_all(pool)
            .await
            .map_err(did_not("read its migrations"))?;
    if applied.is_empty() {
        return Err(Failure::Corrupt("no migration was applied"));
    }
    migration::to_apply(ours, &applied)
}

async fn apply(connection: &mut SqliteConnection, newer: &'static [Migration]) -> Result<()> {
    let failed = did_not("apply a migration");
    let mut transaction = connection.begin_with("begin immediate").await.map_err(&failed)?;
    for migration in newer {
        // First: a second process that does the same stops here, and changes nothing.
        sqlx::query("insert into migrations (name, sql) values (?1, ?2)")
            .bind(migration.name)
            .bind(migration.sql)
            .execute(&mut *transaction)
            .await
            .map_err(&failed)?;
        sqlx::raw_sql(migration.sql).execute(&mut *transaction).await.map_err(&failed)?;
    }
    transaction.commit().await.map_err(&failed)
}

/// Lower-case hexadecimal, for `unhex`: JSON carries no bytes.
fn push_hex(text: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from(DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0')));
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    push_hex(&mut text, bytes);
    text
}
