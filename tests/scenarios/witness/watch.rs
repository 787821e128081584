//! A witness as the registrar meets it: a real one over HTTP, or one that says what a test wants.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::post;
use ledger::cosigner::{Limits, State, WitnessService, serve};
use ledger::log::witness::{AddCheckpoint, Answer, Cosigner};
use ledger::log::{Policy, VerifierKey};
use support::{Coop, FixedClock};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::{new_witness, witness_key};

/// `ledger-witness serve` for one log, in this process.
pub(crate) struct Watching {
    pub(crate) url: String,
    pub(crate) clock: Arc<FixedClock>,
    _folder: TempDir,
}

impl Watching {
    /// The witness number `n` of that cooperative's log.
    pub(crate) async fn of(coop: &Coop, n: u8) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        new_witness(folder.path(), n);
        let cosigner = Cosigner::new(witness_key(n), vec![log_vkey(coop)]).expect("a witness");
        let state = State::open(&folder.path().join("state"), cosigner.verifier());
        let clock = FixedClock::at(support::day("2026-03-01"));
        let service = WitnessService::new(cosigner, state.expect("a state"), clock.clone());
        let (listener, url) = listening().await;
        let served = serve(listener, Arc::new(service), Limits::default(), std::future::pending());
        tokio::spawn(served);
        Self { url, clock, _folder: folder }
    }
}

/// A witness of many faces: it gives the answers that it was told to, in order, and keeps what it was
/// asked.
#[derive(Clone, Default)]
pub(crate) struct Scripted {
    answers: Arc<Mutex<Vec<Answer>>>,
    asked: Arc<Mutex<Vec<AddCheckpoint>>>,
}

impl Scripted {
    /// Listens, and gives its address.
    pub(crate) async fn listen(&self) -> String {
        let (listener, url) = listening().await;
        let site =
            Router::new().route("/prefixe/add-checkpoint", post(scripted)).with_state(self.clone());
        tokio::spawn(async { axum::serve(listener, site).await });
        format!("{url}/prefixe/")
    }

    pub(crate) fn will_say(&self, answers: impl IntoIterator<Item = Answer>) {
        self.answers.lock().expect("not poisoned").extend(answers);
    }

    /// What it was asked since.
    pub(crate) fn was_asked(&self) -> Vec<AddCheckpoint> {
        std::mem::take(&mut *self.asked.lock().expect("not poisoned"))
    }
}

async fn scripted(Shared(witness): Shared<Scripted>, body: Bytes) -> impl IntoResponse {
    let request = AddCheckpoint::parse(&body).expect("a request");
    witness.asked.lock().expect("not poisoned").push(request);
    let mut answers = witness.answers.lock().expect("not poisoned");
    let silent = Answer::Other { status: 503, why: "nothing to say".into() };
    let answer = if answers.is_empty() { silent } else { answers.remove(0) };
    let status = StatusCode::from_u16(answer.status()).expect("a status");
    (status, [(header::CONTENT_TYPE, answer.content_type())], answer.body())
}

async fn listening() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, format!("http://{address}"))
}

/// The key of a cooperative's log.
pub(crate) fn log_vkey(coop: &Coop) -> VerifierKey {
    let vkey = coop.registrar.log_vkey().expect("its key");
    VerifierKey::parse(&vkey).expect("a key")
}

/// A policy of these witnesses, by number and address, and its last lines.
pub(crate) fn policy(witnesses: &[(u8, Option<&str>)], quorum: &str) -> String {
    let line = |(n, url): &(u8, Option<&str>)| {
        format!("witness t{n} {} {}\n", witness_key(*n).vkey(), url.unwrap_or_default())
    };
    witnesses.iter().map(line).collect::<String>() + quorum
}

/// The same book under that policy, as the operator does it: the file, then a new start.
pub(crate) async fn under(coop: Coop, policy: &str) -> Coop {
    std::fs::write(policy_file(&coop), policy).expect("written");
    coop.restart().await
}

pub(crate) fn policy_file(coop: &Coop) -> PathBuf {
    coop.data.join("policy.txt")
}

pub(crate) fn parsed(policy: &str) -> Policy {
    Policy::parse(policy).expect("a policy")
}
