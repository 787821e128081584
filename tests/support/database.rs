//! A `PostgreSQL` database of its own for a test, removed when the test lets it go.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::{AssertSqlSafe, Connection};

/// The database.
#[derive(Debug)]
pub struct Database {
    /// Its address.
    pub url: String,
    server: String,
    name: String,
}

impl Database {
    /// A new one on the server of `TEST_DATABASE_URL`; `None`, and a word why, without a server.
    pub fn new() -> Option<Self> {
        let Some(server) = server() else {
            writeln!(std::io::stderr(), "skipped: no TEST_DATABASE_URL").expect("stderr");
            return None;
        };
        Some(Self::on(&server))
    }

    /// A new one on that server.
    pub fn on(server: &str) -> Self {
        static DATABASES: AtomicU64 = AtomicU64::new(0);
        let server = server.to_owned();
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("t_{}_{number}", std::process::id());
        // A killed run of the same process id may have left one.
        at(&server, format!("drop database if exists {name} with (force)"));
        at(&server, format!("create database {name}"));
        let (base, _) = server.rsplit_once('/').expect("an address that ends in /database");
        Self { url: format!("{base}/{name}"), server, name }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        at(&self.server, format!("drop database {} with (force)", self.name));
    }
}

#[expect(clippy::disallowed_methods, reason = "the one setting of the tests")]
fn server() -> Option<String> {
    std::env::var("TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())
}

/// On a thread of its own: a test may be inside a runtime, and `drop` can't wait.
fn at(server: &str, statement: String) {
    let server = server.to_owned();
    let done = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let mut connection = sqlx::PgConnection::connect(&server).await.expect("the server");
            let sent = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await;
            sent.expect("a database");
            connection.close().await.expect("goodbye");
        });
    });
    done.join().expect("the server did it");
}
