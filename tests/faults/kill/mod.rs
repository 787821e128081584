//! Four clients append while the process is killed, the database stopped at once, its sessions cut: all
//! that was acknowledged is there, once, at its index, under every checkpoint that was handed out.
//!
//! `KILL_ROUNDS` is how many rounds each engine gets.

mod child;
mod kept;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use ledger::store::Target;
use sqlx::{AssertSqlSafe, Connection};
use support::{Coop, Database, day};

use crate::bench::{Chance, number, say, scratch, seed, started};
use crate::server::Server;
use kept::Kept;

/// Rounds on the same book; then a new one, so that the check stays as quick as the first.
const ROUNDS_A_BOOK: u64 = 25;
/// Most leaves that a round waits for before the blow.
const LEAVES: u64 = 60;
/// How long a round waits for a book that was hit to take leaves again.
const PATIENCE: Duration = Duration::from_secs(8);

/// The blow of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blow {
    /// SIGKILL to the process that writes.
    Kill,
    /// The database server stops as in a crash, and starts again under the running process.
    ServerStops,
    /// Every session of the process is ended by the server.
    SessionsEnd,
}

/// What a campaign counts.
#[derive(Debug, Default)]
struct Counts {
    rounds: u64,
    kills: u64,
    stops: u64,
    cuts: u64,
    went_on: u64,
    acknowledged: usize,
    checkpoints: usize,
}

#[test]
fn a_killed_process_on_sqlite_loses_nothing() {
    let seed = seed("FAULT_SEED");
    let counts = runtime().block_on(campaign(None, number("KILL_ROUNDS", 12), seed));
    say(&format!(
        "kill: sqlite: {} rounds (seed {seed}), {} kills, {} leaves acknowledged, {} checkpoints, 0 violations",
        counts.rounds, counts.kills, counts.acknowledged, counts.checkpoints
    ));
}

#[test]
fn a_killed_process_or_server_on_postgresql_loses_nothing() {
    let Some(server) = Server::start() else { return };
    let seed = seed("FAULT_SEED");
    let counts = runtime().block_on(campaign(Some(&server), number("KILL_ROUNDS", 9), seed));
    say(&format!(
        "kill: postgresql: {} rounds (seed {seed}), {} kills, {} immediate stops, {} times all sessions ended \
         ({} of these {} the same process went on), {} leaves acknowledged, {} checkpoints, 0 violations",
        counts.rounds,
        counts.kills,
        counts.stops,
        counts.cuts,
        counts.went_on,
        counts.stops + counts.cuts,
        counts.acknowledged,
        counts.checkpoints
    ));
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

async fn campaign(server: Option<&Server>, rounds: u64, seed: u64) -> Counts {
    let mut chance = Chance::of(seed);
    let mut counts = Counts::default();
    while counts.rounds < rounds {
        let folder = scratch();
        let data = folder.path().join("book");
        let database = server.map(|server| Database::on(&server.url()));
        let target = match &database {
            Some(database) => Target::Postgres { url: database.url.clone() },
            None => Target::Folder(data.clone()),
        };
        let coop = Coop::open_in(&target, &data, day("2026-03-01")).await;
        let mut kept = Kept::of(&coop.registrar.log_vkey().expect("its key"));
        coop.registrar.leave().await;
        coop.registrar.store().close().await;
        drop(coop);
        for _ in 0..ROUNDS_A_BOOK.min(rounds - counts.rounds) {
            let round = counts.rounds;
            let name = format!("round {round}, seed {seed}");
            let blow = match (server, chance.below(3)) {
                (Some(_), 1) => Blow::ServerStops,
                (Some(_), 2) => Blow::SessionsEnd,
                _ => Blow::Kill,
            };
            let (patience, pause) = (chance.below(LEAVES), chance.below(20));
            let mut running = Running::start(&data, database.as_ref(), &name);
            let before = running.listen(&mut kept, patience, Duration::from_secs(60));
            assert!(before, "{name}: it took no leaves before the blow: {}", running.last);
            // Anywhere between two answers, not only right after one.
            std::thread::sleep(Duration::from_millis(pause));
            match (server, blow) {
                (Some(server), Blow::ServerStops) => {
                    server.stop_at_once();
                    server.go();
                    counts.stops += 1;
                }
                (Some(server), Blow::SessionsEnd) => {
                    let ended = "select pg_terminate_backend(pid) from pg_stat_activity
                                 where pid <> pg_backend_pid() and backend_type = 'client backend'";
                    at(&server.url(), ended).await;
                    counts.cuts += 1;
                }
                _ => counts.kills += 1,
            }
            if blow != Blow::Kill && running.listen(&mut kept, 3, PATIENCE) {
                counts.went_on += 1;
            }
            running.end(&mut kept);
            if let (Some(database), false) = (&database, chance.once_in(8)) {
                // It is dead for certain: its lease need not be waited for each time.
                at(&database.url, "update portal.lease set ends = '-infinity'").await;
            }
            if let Err(wrong) = kept.check(&target).await {
                panic!("{name}, {blow:?}: {wrong}");
            }
            if chance.once_in(10) {
                let registrar = started(&target, &data.join("keys")).await;
                let registrar = registrar.unwrap_or_else(|error| panic!("{name}: {error}"));
                registrar.leave().await;
                registrar.store().close().await;
            }
            counts.rounds += 1;
        }
        counts.acknowledged += kept.acknowledged();
        counts.checkpoints += kept.checkpoints();
    }
    assert!(counts.acknowledged > 10, "{counts:?}");
    counts
}

async fn at(url: &str, statement: &'static str) {
    let mut connection = sqlx::PgConnection::connect(url).await.expect("the server");
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.expect("done");
    connection.close().await.expect("goodbye");
}

/// The child at work.
struct Running {
    child: Child,
    lines: Receiver<String>,
    name: String,
    /// The last thing it said.
    last: String,
}

impl Running {
    fn start(data: &Path, database: Option<&Database>, name: &str) -> Self {
        let mut process = Process::new(std::env::current_exe().expect("this binary"));
        process.args(["--exact", "kill::child::the_child_appends", "--nocapture"]);
        process.env(child::DATA, data);
        if let Some(database) = database {
            process.env(child::URL, &database.url);
        }
        let process = process.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = process.spawn().expect("the child starts");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let (said, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if said.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, name: name.to_owned(), last: String::new() }
    }

    /// Listens until so many more leaves were acknowledged; `false` when it ended, or took too long.
    fn listen(&mut self, kept: &mut Kept, more: u64, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let mut heard = 0;
        // Now and then it is struck while it opens the book.
        let mut ready = more == 0 && !kept.is_new();
        while heard < more || !(ready || heard > 0) {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    ready |= line.starts_with("ready");
                    heard += u64::from(kept.hear(&line, &self.name));
                    if !line.is_empty() {
                        self.last = line;
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return false,
            }
        }
        true
    }

    /// Kills it, and hears all that it had said.
    fn end(mut self, kept: &mut Kept) {
        let _ = self.child.kill();
        self.child.wait().expect("it ended");
        while let Ok(line) = self.lines.recv_timeout(Duration::from_secs(20)) {
            kept.hear(&line, &self.name);
        }
    }
}
