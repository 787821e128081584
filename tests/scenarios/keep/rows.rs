//! The rows of a stored book, changed by hand as no program of ours would: triggers taken off.

use ledger::store::Target;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

/// A connection that may do anything.
pub(crate) enum Rows {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Rows {
    /// Opens the log of a book that nobody works with.
    pub(crate) async fn of(target: &Target) -> Self {
        match target {
            Target::Folder(folder) => {
                let options = SqliteConnectOptions::new().filename(folder.join("book.db"));
                Self::Sqlite(options.connect().await.expect("the file opens"))
            }
            Target::Postgres { url } => {
                Self::Postgres(PgConnection::connect(url).await.expect("the server answers"))
            }
        }
    }

    /// Runs statements with the triggers off; they are on again afterwards.
    pub(crate) async fn force(&mut self, table: &str, statement: &str) {
        match self {
            Self::Sqlite(rows) => {
                let select = "select name, sql from sqlite_schema where type = 'trigger'";
                let triggers: Vec<(String, String)> =
                    sqlx::query_as(select).fetch_all(&mut *rows).await.expect("triggers");
                for (name, _) in &triggers {
                    run(rows, &format!("drop trigger {name}")).await;
                }
                let off = "pragma ignore_check_constraints = on; pragma foreign_keys = off";
                run(rows, &format!("{off}; {statement}")).await;
                for (_, sql) in &triggers {
                    run(rows, sql).await;
                }
                let on = "pragma ignore_check_constraints = off; pragma foreign_keys = on";
                run(rows, on).await;
            }
            Self::Postgres(rows) => {
                let table = format!("book.{table}");
                let statement =
                    statement.replace(&format!(" {} ", &table[5..]), &format!(" {table} "));
                let all = format!(
                    "alter table {table} disable trigger all; {statement};
                     alter table {table} enable trigger all"
                );
                sqlx::raw_sql(AssertSqlSafe(all)).execute(rows).await.expect("done");
            }
        }
    }

    /// Runs a statement as it is, on the server alone.
    pub(crate) async fn on_server(&mut self, statement: &str) {
        if let Self::Postgres(rows) = self {
            let ran = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(rows).await;
            ran.expect("it runs");
        }
    }

    /// The bytes of the one column of the one row.
    pub(crate) async fn bytes(&mut self, column: &str, table: &str, place: &str) -> Vec<u8> {
        let ask = |schema: &str| format!("select {column} from {schema}{table} where {place}");
        match self {
            Self::Sqlite(rows) => sqlx::query_scalar(AssertSqlSafe(ask(""))).fetch_one(rows).await,
            Self::Postgres(rows) => {
                sqlx::query_scalar(AssertSqlSafe(ask("book."))).fetch_one(rows).await
            }
        }
        .expect("one row")
    }

    /// Puts bytes in the one column of the one row.
    pub(crate) async fn put(&mut self, column: &str, table: &str, place: &str, bytes: &[u8]) {
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let hex: String =
            digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect();
        let literal = match self {
            Self::Sqlite(_) => format!("x'{hex}'"),
            Self::Postgres(_) => format!("'\\x{hex}'"),
        };
        self.force(table, &format!("update {table} set {column} = {literal} where {place}")).await;
    }

    /// Lets go of it.
    pub(crate) async fn close(self) {
        match self {
            Self::Sqlite(rows) => rows.close().await.expect("goodbye"),
            Self::Postgres(rows) => rows.close().await.expect("goodbye"),
        }
    }
}

async fn run(rows: &mut SqliteConnection, statement: &str) {
    let ran = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(rows).await;
    ran.expect("it runs");
}
