//! Submissions: verified, durable and under a signed checkpoint, on each engine, beside what bounds them.
//!
//! `BENCH_SUBMISSIONS` says how many (20,000 if not set), `BENCH_CLIENTS` how many senders wait at once
//! (2,000); `PostgreSQL` is measured when `TEST_DATABASE_URL` names a server.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ledger::registrar::{Receipt, Registrar, Signed, SubmitError};
use ledger::store::Target;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};
use support::big::places;
use support::{Coop, Database, day};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::frame::{Table, cores, each, figure, grouped, rate, spell};
use crate::limits::Limits;

/// Leaves in one bare insert, as many as the sequencer writes at most.
const BATCH: usize = 1_000;
/// Submissions sent one after the other, for their latency.
const ALONE: usize = 500;

pub(crate) fn measure(runtime: &Runtime, limits: &Limits, table: &mut Table) {
    let folder = tempfile::tempdir().expect("a folder");
    let target = Target::Folder(folder.path().to_owned());
    table.tell("", "");
    table.tell("submissions on SQLite", "");
    let bare = Bare::Sqlite(folder.path());
    runtime.block_on(engine(&target, folder.path(), &bare, limits, table));
    let Some(database) = Database::new() else {
        return table.tell("submissions on PostgreSQL", "not measured: no TEST_DATABASE_URL");
    };
    let folder = tempfile::tempdir().expect("a folder");
    let target = Target::Postgres { url: database.url.clone() };
    table.tell("", "");
    table.tell("submissions on PostgreSQL", "");
    let bare = Bare::Postgres(&database.url);
    runtime.block_on(engine(&target, folder.path(), &bare, limits, table));
}

async fn engine(target: &Target, data: &Path, bare: &Bare<'_>, limits: &Limits, table: &mut Table) {
    let many = usize::try_from(figure("BENCH_SUBMISSIONS", 20_000)).expect("a number");
    let clients = usize::try_from(figure("BENCH_CLIENTS", 2_000)).expect("a number");
    let coop = Coop::open_in(target, data, day("2026-03-01")).await;
    let mut leaves = places(&coop, many + ALONE);
    let alone = leaves.split_off(many);

    let bytes = alone.clone();
    let latency = bare.latency(&bytes).await;
    let bare_rate = bare.rate(&leaves).await;
    tell_latency("bare insert, one leaf and its fsync", latency, table);
    table.tell("bare inserts, 1,000 at a time", format!("{}/s", grouped(bare_rate)));

    let mut times = Vec::new();
    for leaf in alone {
        let start = Instant::now();
        submitted(&coop.registrar, leaf).await;
        times.push(start.elapsed());
    }
    tell_latency("one submission, to its signed checkpoint", times, table);

    let count = u64::try_from(many).expect("a number");
    let batches = coop.registrar.store().checkpoints().await.expect("checkpoints").len();
    let cpu = cpu_time();
    let (start, leaves) = (Instant::now(), Arc::new(leaves));
    let next = Arc::new(AtomicUsize::new(0));
    let mut senders = JoinSet::new();
    for _ in 0..clients {
        let (registrar, leaves, next) =
            (Arc::clone(&coop.registrar), Arc::clone(&leaves), Arc::clone(&next));
        senders.spawn(async move {
            while let Some(leaf) = leaves.get(next.fetch_add(1, Ordering::Relaxed)) {
                submitted(&registrar, leaf.clone()).await;
            }
        });
    }
    senders.join_all().await;
    let (time, cpu) = (start.elapsed(), cpu_time().saturating_sub(cpu));
    let batches = coop
        .registrar
        .store()
        .checkpoints()
        .await
        .expect("checkpoints")
        .len()
        .saturating_sub(batches);
    let found = rate(count, time);
    let what = format!("submissions, {} senders", grouped(u64::try_from(clients).unwrap_or(0)));
    table.beside(&what, found, limits.verify, "bare verifications, all cores");
    table.beside("the same", found, bare_rate, "bare inserts");
    table.tell("leaves a batch", count / u64::try_from(batches).unwrap_or(1).max(1));
    table.tell("processor time a leaf, this process", format!("{} ns", grouped(each(count, cpu))));
    let spent = rate(count, cpu).saturating_mul(cores());
    table.beside("a second of all cores spent on it", spent, limits.verify, "bare verifications");
}

/// Sends a leaf, and again while the queue is full.
async fn submitted(registrar: &Registrar, leaf: Vec<u8>) -> Receipt {
    loop {
        let signed = Signed { leaves: vec![leaf.clone()], private: Vec::new() };
        match registrar.submit(signed).await {
            Ok(receipt) => return receipt,
            Err(SubmitError::Busy) => tokio::time::sleep(Duration::from_millis(2)).await,
            Err(error) => unreachable!("{error}"),
        }
    }
}

fn tell_latency(what: &str, mut times: Vec<Duration>, table: &mut Table) {
    times.sort();
    let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
    table.tell(what, format!("p50 {}, p99 {}", spell(at(50)), spell(at(99))));
}

/// The processor time that this process has used, on all its threads.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after_name.split_whitespace().skip(11).take(2);
    // A hundred ticks a second, on every Linux there is.
    Duration::from_millis(ticks.filter_map(|text| text.parse::<u64>().ok()).sum::<u64>() * 10)
}

/// The same bytes put in a table by the same engine, and nothing else done.
enum Bare<'a> {
    Sqlite(&'a Path),
    Postgres(&'a str),
}

enum Open {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Bare<'_> {
    async fn open(&self) -> Open {
        let table = "drop table if exists bare; create table bare (leaf ";
        match self {
            Self::Sqlite(folder) => {
                let options = SqliteConnectOptions::new()
                    .filename(folder.join("bare.db"))
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .disable_statement_logging();
                let mut open = options.connect().await.expect("opened");
                let made = sqlx::AssertSqlSafe(format!("{table} blob)"));
                sqlx::raw_sql(made).execute(&mut open).await.expect("a table");
                Open::Sqlite(open)
            }
            Self::Postgres(url) => {
                let mut open = PgConnection::connect(url).await.expect("opened");
                let made = sqlx::AssertSqlSafe(format!("{table} bytea)"));
                sqlx::raw_sql(made).execute(&mut open).await.expect("a table");
                Open::Postgres(open)
            }
        }
    }

    async fn latency(&self, leaves: &[Vec<u8>]) -> Vec<Duration> {
        let mut open = self.open().await;
        let mut times = Vec::new();
        for leaf in leaves {
            let start = Instant::now();
            open.insert(std::slice::from_ref(leaf)).await;
            times.push(start.elapsed());
        }
        times
    }

    async fn rate(&self, leaves: &[Vec<u8>]) -> u64 {
        let mut open = self.open().await;
        let start = Instant::now();
        for batch in leaves.chunks(BATCH) {
            open.insert(batch).await;
        }
        rate(u64::try_from(leaves.len()).unwrap_or(0), start.elapsed())
    }
}

impl Open {
    async fn insert(&mut self, leaves: &[Vec<u8>]) {
        match self {
            Self::Sqlite(open) => {
                let (bytes, ends) = joined(leaves);
                let insert = "insert into bare (leaf)
                    select substr(?1, value ->> 0, value ->> 1) from json_each(?2)";
                let sent = sqlx::query(insert).bind(bytes).bind(ends).execute(open).await;
                sent.expect("inserted");
            }
            Self::Postgres(open) => {
                let insert = "insert into bare (leaf) select unnest($1::bytea[])";
                sqlx::query(insert).bind(leaves).execute(open).await.expect("inserted");
            }
        }
    }
}

/// All bytes end to end, and where each leaf begins and how long it is.
fn joined(leaves: &[Vec<u8>]) -> (Vec<u8>, String) {
    let mut at = 1;
    let places: Vec<String> = leaves
        .iter()
        .map(|leaf| {
            let place = format!("[{at},{}]", leaf.len());
            at += leaf.len();
            place
        })
        .collect();
    (leaves.concat(), format!("[{}]", places.join(",")))
}
