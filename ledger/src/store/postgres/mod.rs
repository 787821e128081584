//! The book on a `PostgreSQL` server: several nodes, one head.

pub(super) mod building;
mod log;
mod nodes;
mod portal;
mod schema;
mod vault;
mod whole;
mod witness;

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};

use super::failure::{Failure, Result, did_not};
use super::migration::{self, Migration, POSTGRES};
use super::steps::Watched;

const CONNECTIONS: u32 = 8;
/// How long a question waits for a connection when the server does not answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// What two nodes that make or migrate the same book queue on; any constant number will do.
const MIGRATION_LOCK: i64 = 0x666f_6e63_6965_7265;

/// The book on a server.
#[derive(Debug)]
pub struct PostgresStore {
    /// The one session of this node that extends the log.
    writer: PgPool,
    pool: PgPool,
    writes: bool,
    pub(super) steps: Watched,
}

/// Opening and closing.
impl PostgresStore {
    pub(super) async fn create(url: &str) -> Result<Self> {
        let options = options(url)?;
        let mut connection = connect(&options).await?;
        let failed = did_not("make the book");
        let mut transaction = connection.begin().await.map_err(&failed)?;
        lock(&mut transaction).await?;
        if has_book(&mut transaction).await? {
            return Err(Failure::AlreadyThere { place: place(&options) });
        }
        sqlx::raw_sql(
            "create schema book;
             create table book.migrations (name text primary key, sql text not null);",
        )
        .execute(&mut *transaction)
        .await
        .map_err(&failed)?;
        apply(&mut transaction, POSTGRES).await?;
        transaction.commit().await.map_err(&failed)?;
        connection.close().await.map_err(&failed)?;
        Self::open(url).await
    }

    pub(super) async fn open(url: &str) -> Result<Self> {
        let options = options(url)?;
        let mut connection = connect(&options).await?;
        let failed = did_not("open the book");
        durable(&mut connection).await?;
        let mut transaction = connection.begin().await.map_err(&failed)?;
        lock(&mut transaction).await?;
        let newer = check(&mut transaction, &options).await?;
        apply(&mut transaction, newer).await?;
        transaction.commit().await.map_err(&failed)?;
        connection.close().await.map_err(&failed)?;
        let writer = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_connect(|connection, _| Box::pin(prepare_writer(connection)))
            .connect_lazy_with(options.clone());
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .after_connect(|connection, _| Box::pin(prepare(connection)))
            .connect_lazy_with(options);
        Ok(Self { writer, pool, writes: true, steps: Watched::default() })
    }

    pub(super) async fn open_read_only(url: &str) -> Result<Self> {
        // The server itself then refuses every write on these connections.
        let options = options(url)?.options([("default_transaction_read_only", "on")]);
        let mut connection = connect(&options).await?;
        check(&mut connection, &options).await?;
        connection.close().await.map_err(did_not("open the book"))?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(options);
        Ok(Self { writer: pool.clone(), pool, writes: false, steps: Watched::default() })
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
        self.writer.close().await;
    }

    fn log_writer(&self) -> Result<&PgPool> {
        if self.writes { Ok(&self.writer) } else { Err(Failure::ReadOnly) }
    }

    fn writer(&self) -> Result<&PgPool> {
        if self.writes { Ok(&self.pool) } else { Err(Failure::ReadOnly) }
    }
}

/// Makes a session fit to write: a commit is on the disk, and on the synchronous standby if there
/// is one, before it is said to be.
async fn prepare(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(
        "select set_config('synchronous_commit', 'on', false)
         where current_setting('synchronous_commit') not in ('on', 'remote_apply')",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes a session fit to extend the log.
///
/// A node that stops in mid-transaction loses its session, not everybody's time: the lock on the
/// head is free again, and the node finds out at its next statement.
async fn prepare_writer(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    prepare(connection).await?;
    sqlx::raw_sql(
        "set idle_in_transaction_session_timeout = '5s';
         set lock_timeout = '15s';
         set statement_timeout = '60s';",
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn options(url: &str) -> Result<PgConnectOptions> {
    let options = PgConnectOptions::from_str(url).map_err(did_not("read its address"))?;
    Ok(options.application_name("fonciere").disable_statement_logging())
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection> {
    options.connect().await.map_err(did_not("let us connect"))
}

/// The address without the login and the password.
fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or_default();
    format!("the database `{database}` of {}:{}", options.get_host(), options.get_port())
}

/// Held until the end of the database transaction.
async fn lock(transaction: &mut PgConnection) -> Result<()> {
    sqlx::query("select pg_advisory_xact_lock($1)")
        .bind(MIGRATION_LOCK)
        .execute(transaction)
        .await
        .map_err(did_not("lock its migrations"))?;
    Ok(())
}

async fn has_book(connection: &mut PgConnection) -> Result<bool> {
    sqlx::query_scalar("select to_regclass('book.migrations') is not null")
        .fetch_one(connection)
        .await
        .map_err(did_not("look for a book"))
}

/// Refuses a server that does not write to its disk.
async fn durable(connection: &mut PgConnection) -> Result<()> {
    let fsync: bool =
        sqlx::query_scalar("select coalesce(current_setting('fsync', true), 'on') = 'on'")
            .fetch_one(connection)
            .await
            .map_err(did_not("show its settings"))?;
    if fsync { Ok(()) } else { Err(Failure::NotDurable("the server runs with `fsync` off")) }
}

/// Checks what was applied and says what is newer.
async fn check(
    connection: &mut PgConnection,
    options: &PgConnectOptions,
) -> Result<&'static [Migration]> {
    if !has_book(connection).await? {
        return Err(Failure::NoBook { place: place(options) });
    }
    // The collation of the server must not decide the order.
    let applied: Vec<(String, String)> =
        sqlx::query_as("select name, sql from book.migrations order by name collate \"C\"")
            .fetch_all(connection)
            .await
            .map_err(did_not("read its migrations"))?;
    if applied.is_empty() {
        return Err(Failure::Corrupt("no migration was applied"));
    }
    migration::to_apply(POSTGRES, &applied)
}

async fn apply(transaction: &mut PgConnection, newer: &'static [Migration]) -> Result<()> {
    let failed = did_not("apply a migration");
    for migration in newer {
        sqlx::query("insert into book.migrations (name, sql) values ($1, $2)")
            .bind(migration.name)
            .bind(migration.sql)
            .execute(&mut *transaction)
            .await
            .map_err(&failed)?;
        sqlx::raw_sql(migration.sql).execute(&mut *transaction).await.map_err(&failed)?;
    }
    Ok(())
}
