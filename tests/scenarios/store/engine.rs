//! A place for a book on each engine, made for one case and removed after it.

use std::path::PathBuf;

use ledger::store::{Batch, Head, LeafRow, Store, Target, TileRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use support::Database;
use tempfile::TempDir;

/// Where the case may keep a book.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) target: Target,
}

impl Place {
    /// Starts the book of the case.
    pub(crate) async fn book(&self) -> Store {
        Store::create(&self.target).await.expect("a new book")
    }

    /// The folder, for what only files can show.
    pub(crate) fn folder(&self) -> PathBuf {
        match &self.target {
            Target::Folder(folder) => folder.clone(),
            Target::Postgres { .. } => unreachable!("this case is for files"),
        }
    }

    /// Does by hand, in the engine's own words, what the store would never do.
    pub(crate) async fn by_hand(&self, sqlite: &str, postgres: &str) -> Result<(), sqlx::Error> {
        match &self.target {
            Target::Folder(folder) => {
                let file = folder.join("book.db");
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
                let mut connection = options.connect().await?;
                sqlx::raw_sql(AssertSqlSafe(sqlite.to_owned())).execute(&mut connection).await?;
                connection.close().await
            }
            Target::Postgres { url } => {
                let mut connection = sqlx::PgConnection::connect(url).await?;
                sqlx::raw_sql(AssertSqlSafe(postgres.to_owned())).execute(&mut connection).await?;
                connection.close().await
            }
        }
    }
}

/// Runs a case in a temporary folder.
pub(crate) async fn on_sqlite<Case, Run>(case: Case)
where
    Case: FnOnce(Place) -> Run,
    Run: Future<Output = ()>,
{
    let folder = TempDir::new().expect("a temporary folder");
    case(Place { target: Target::Folder(folder.path().join("book")) }).await;
}

/// Runs a case in a new database, where there is a server.
pub(crate) async fn on_postgres<Case, Run>(case: Case)
where
    Case: FnOnce(Place) -> Run,
    Run: Future<Output = ()> + Send + 'static,
{
    let Some(database) = Database::new() else { return };
    let place = Place { target: Target::Postgres { url: database.url.clone() } };
    // In a task, so that a case that fails still gives its database back.
    let outcome = tokio::spawn(case(place)).await;
    drop(database);
    if let Err(failed) = outcome {
        std::panic::resume_unwind(failed.into_panic());
    }
}

/// The empty tree.
pub(crate) fn empty() -> Head {
    let root = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let byte = |place: usize| u8::from_str_radix(&root[2 * place..2 * place + 2], 16);
    Head { size: 0, root: std::array::from_fn(|place| byte(place).expect("a digit")) }
}

/// A batch of `count` leaves by `author` upon `base`. The roots are not those of a tree: to the
/// store they are 32 bytes.
pub(crate) fn batch(base: Head, author: u8, count: u64) -> Batch {
    let size = base.size + count;
    let leaves = (base.size..size).map(|index| leaf(author, index)).collect();
    let mut root = [author; 32];
    root[..8].copy_from_slice(&size.to_be_bytes());
    let tiles = vec![tile(0, 0, usize::try_from(size.min(256)).expect("small"))];
    Batch { base, leaves, tiles, head: Head { size, root }, checkpoint: None }
}

/// A leaf no other author has at that index, with every kind of byte in it.
pub(crate) fn leaf(author: u8, index: u64) -> LeafRow {
    let mut id = [author; 16];
    id[..8].copy_from_slice(&index.to_be_bytes());
    let mut leaf = format!("leaf {index} of {author}\n").into_bytes();
    leaf.extend(0..=255);
    LeafRow { id, leaf }
}

/// A tile with the first `width` hashes of a row that goes on.
pub(crate) fn tile(level: u8, n: u64, width: usize) -> TileRow {
    let byte = |place: usize| u8::try_from((place / 32 + place) % 251).expect("small");
    TileRow { level, n, hashes: (0..width * 32).map(byte).collect() }
}
