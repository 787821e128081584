//! The nodes: real `fonciere serve` processes, their database and their signer.

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ledger::log::{Checkpoint, Signature, SigningKey, VerifierKey};
use ledger::registrar::signer::{Ask, serve};
use ledger::registrar::{LogSigner, SignError, Signer};
use ledger::store::Target;
use sqlx::Connection;
use support::site::Browser;
use support::{Coop, Database, day};

use crate::{Trouble, setting, signal};

/// The portal's program; `None`, and a word why, when it was not built.
pub(crate) fn programs() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok()?;
    let fonciere = beside.parent()?.parent()?.join("fonciere");
    if fonciere.is_file() {
        return Some(fonciere);
    }
    assert!(setting("BROWSER_TESTS").is_none(), "tests/run builds the programs");
    println!("skipped: the programs are not built (cargo build --workspace --bins)");
    None
}

/// The one signer of all nodes, which keeps every head that it signed and counts what it refused.
pub(crate) struct Kept {
    inner: LogSigner,
    pub(crate) signed: Mutex<Vec<Checkpoint>>,
    pub(crate) refused: Mutex<u64>,
}

impl Signer for Kept {
    fn keys(&self) -> Result<Vec<VerifierKey>, SignError> {
        self.inner.keys()
    }

    fn sign(&self, ask: &Ask) -> Result<Vec<Signature>, SignError> {
        let signed = self.inner.sign(ask);
        match &signed {
            Ok(_) => self.signed.lock().expect("whole").push(ask.checkpoint.clone()),
            Err(SignError::Behind(_) | SignError::Forked(_)) => {
                *self.refused.lock().expect("whole") += 1;
            }
            Err(_) => {}
        }
        signed
    }
}

struct Node {
    process: Child,
    port: u16,
    folder: PathBuf,
}

/// The nodes and what they share.
pub(crate) struct Cluster {
    nodes: Vec<Node>,
    fonciere: PathBuf,
    socket: PathBuf,
    pub(crate) url: String,
    pub(crate) signer: Arc<Kept>,
    pub(crate) officer: SigningKey,
    pub(crate) restarts: u32,
    folder: tempfile::TempDir,
}

impl Cluster {
    pub(crate) async fn start(fonciere: &Path, database: &Database, count: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let target = Target::Postgres { url: database.url.clone() };
        let data = folder.path().join("first");
        fs::create_dir_all(&data).expect("a folder");
        let coop = Coop::open_in(&target, &data, day("2026-03-01")).await;
        let officer = coop.key("bureau-1").clone();
        coop.registrar.leave().await;
        coop.registrar.store().close().await;
        drop(coop);

        let keys = data.join("keys");
        let log = ledger::registrar::keys::read_signing_key(&keys.join("log.key")).expect("a key");
        let inner = LogSigner::new(vec![log], keys.join("signer.state"));
        let signer = Arc::new(Kept { inner, signed: Mutex::default(), refused: Mutex::default() });
        let socket = folder.path().join("signer.socket");
        let listener = UnixListener::bind(&socket).expect("a socket");
        let serving: Arc<dyn Signer> = signer.clone();
        std::thread::spawn(move || serve(&listener, &serving));

        let url = database.url.clone();
        let mut cluster = Self {
            nodes: Vec::new(),
            fonciere: fonciere.to_owned(),
            socket,
            url,
            signer,
            officer,
            restarts: 0,
            folder,
        };
        for number in 0..count {
            let own = cluster.folder.path().join(format!("node-{number}"));
            fs::create_dir_all(own.join("keys")).expect("a folder");
            for file in fs::read_dir(&keys).expect("the keys").map(|file| file.expect("a file")) {
                // The log's key and its state are the signer's; the last checkpoint seen is the node's.
                let name = file.file_name().into_string().expect("a name");
                if !["log.key", "signer.state", "last-seen"].iter().any(|own| name.starts_with(own))
                {
                    fs::copy(file.path(), own.join("keys").join(name)).expect("copied");
                }
            }
            let (port, process) = cluster.run(&own, None);
            cluster.nodes.push(Node { process, port, folder: own });
        }
        cluster.answering().await;
        cluster
    }

    fn run(&self, folder: &Path, port: Option<u16>) -> (u16, Child) {
        let port = port.unwrap_or_else(|| {
            let free = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
            free.local_addr().expect("its number").port()
        });
        let words = fs::OpenOptions::new().create(true).append(true).open(folder.join("words"));
        let process = Command::new(&self.fonciere)
            .args(["serve", "--port", &port.to_string(), "--data"])
            .arg(folder)
            .env("FONCIERE_DATABASE_URL", &self.url)
            .env("FONCIERE_SIGNER_SOCKET", &self.socket)
            .env("NO_COLOR", "1")
            .stdout(Stdio::null())
            .stderr(words.expect("a file"))
            .spawn()
            .expect("it starts");
        (port, process)
    }

    pub(crate) fn ports(&self) -> Vec<u16> {
        self.nodes.iter().map(|node| node.port).collect()
    }

    /// How many leaves each node shows; nothing while it does not answer.
    pub(crate) async fn sizes(&self) -> Vec<Option<u64>> {
        let mut sizes = Vec::new();
        for port in self.ports() {
            let answer = Browser::on_port(port).get("/sante").await;
            sizes.push(answer.text().trim().strip_prefix("ok ").and_then(|n| n.parse().ok()));
        }
        sizes
    }

    async fn answering(&self) {
        let start = Instant::now();
        while self.sizes().await.contains(&None) {
            assert!(start.elapsed() < Duration::from_secs(60), "{}", self.words());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What the nodes said last, for a failed test's message.
    pub(crate) fn words(&self) -> String {
        let last = |node: &Node| {
            let words = fs::read_to_string(node.folder.join("words")).unwrap_or_default();
            let lines: Vec<&str> = words.lines().rev().take(25).collect();
            let lines: Vec<&str> = lines.into_iter().rev().collect();
            format!("== port {}\n{}\n", node.port, lines.join("\n"))
        };
        self.nodes.iter().map(last).collect()
    }

    async fn ask(&self, question: &'static str) -> Option<String> {
        let mut connection = sqlx::PgConnection::connect(&self.url).await.ok()?;
        sqlx::query_scalar(question).fetch_optional(&mut connection).await.ok().flatten()
    }

    /// The node that holds the lease, once there is one.
    async fn leader(&self) -> usize {
        let start = Instant::now();
        loop {
            let held = "select node from portal.lease where ends > clock_timestamp()";
            if let Some(name) = self.ask(held).await {
                let said = format!("node={name}");
                let is_it = |node: &Node| {
                    fs::read_to_string(node.folder.join("words")).is_ok_and(|w| w.contains(&said))
                };
                if let Some(at) = self.nodes.iter().position(is_it) {
                    return at;
                }
            }
            assert!(start.elapsed() < Duration::from_secs(20), "nobody leads: {}", self.words());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Makes something go wrong.
    pub(crate) async fn hurt(&mut self, trouble: Trouble) {
        match trouble {
            Trouble::LeaderKilled => {
                let leader = self.leader().await;
                self.nodes[leader].process.kill().expect("killed");
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            Trouble::LeaderAsked => {
                let leader = self.leader().await;
                signal("-TERM", self.nodes[leader].process.id());
                let status = self.nodes[leader].process.wait().expect("it ends");
                assert!(status.success(), "{status}: {}", self.words());
                let start = Instant::now();
                assert_ne!(self.leader().await, leader, "it was left to another");
                let passed = start.elapsed();
                println!("another node leads {passed:?} after one was asked to end");
                assert!(passed < Duration::from_millis(2_500), "the lease ended by itself");
            }
            Trouble::LeaderPaused => {
                let leader = self.leader().await;
                let process = self.nodes[leader].process.id();
                signal("-STOP", process);
                let start = Instant::now();
                while self.leader().await == leader {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                println!("another node leads after {:?}", start.elapsed());
                tokio::time::sleep(Duration::from_secs(1)).await;
                signal("-CONT", process);
            }
            Trouble::SessionsEnded => {
                let end = "select count(pg_terminate_backend(pid))::text from pg_stat_activity
                           where datname = current_database() and pid <> pg_backend_pid()";
                for _ in 0..5 {
                    self.ask(end).await;
                    tokio::time::sleep(Duration::from_millis(150)).await;
                }
            }
            Trouble::ServerCrashed => match setting("TEST_DATABASE_CRASH") {
                None => println!("skipped: no TEST_DATABASE_CRASH (tests/postgres sets it)"),
                Some(command) => {
                    let shell = Command::new("sh")
                        .args(["-c", &command])
                        .stdout(Stdio::null())
                        .stderr(Stdio::null())
                        .status();
                    assert!(shell.expect("a shell").success(), "the server starts again");
                }
            },
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }

    /// Starts again the nodes that have ended, as their supervisors would.
    pub(crate) async fn revive(&mut self) {
        let start = Instant::now();
        loop {
            for at in 0..self.nodes.len() {
                let Some(status) = self.nodes[at].process.try_wait().expect("asked") else {
                    continue;
                };
                assert_ne!(status.code(), Some(3), "a fork or a rollback: {}", self.words());
                self.restarts += 1;
                let (folder, port) = (self.nodes[at].folder.clone(), self.nodes[at].port);
                self.nodes[at].process = self.run(&folder, Some(port)).1;
            }
            if !self.sizes().await.contains(&None) {
                return;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "{}", self.words());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            let _ = node.process.kill();
            let _ = node.process.wait();
        }
    }
}
