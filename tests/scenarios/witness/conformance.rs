//! Our witness, request by request, over HTTP: each status of tlog-witness v1.0.0, what travels with
//! it, and what the state says afterwards.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, header};
use ledger::cosigner::{Limits, State, StateError, WitnessService, router, serve};
use ledger::log::witness::{Answer, Cosigner, MAX_REQUEST};
use ledger::log::{Hash, Note, SigningKey, cosignature};
use support::{FixedClock, day};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tower::ServiceExt as _;

use super::{Grown, ORIGIN, log_key, new_witness, witness_key};

/// A witness of one log, its folder and its clock.
struct Witness {
    folder: TempDir,
    clock: Arc<FixedClock>,
    service: Arc<WitnessService>,
}

impl Witness {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        new_witness(folder.path(), 1);
        Self::opened(folder, FixedClock::at(day("2026-03-01")))
    }

    fn opened(folder: TempDir, clock: Arc<FixedClock>) -> Self {
        let logs = vec![log_key().verifier().clone()];
        let cosigner = Cosigner::new(witness_key(1), logs).expect("a witness");
        let state =
            State::open(&folder.path().join("state"), cosigner.verifier()).expect("a state");
        let service = Arc::new(WitnessService::new(cosigner, state, clock.clone()));
        Self { folder, clock, service }
    }

    /// Stopped and started again from its disk.
    fn restarted(self) -> Self {
        Self::opened(self.folder, self.clock)
    }

    fn router(&self) -> Router {
        router(Arc::clone(&self.service), Limits::default())
    }

    async fn asked(&self, body: impl Into<Body>) -> (u16, String, Vec<u8>) {
        sent(self.router(), Method::POST, "/add-checkpoint", body).await
    }

    async fn answers(&self, request: Vec<u8>) -> Answer {
        let (status, kind, body) = self.asked(request).await;
        Answer::from_http(status, Some(&kind), &body).expect("an answer")
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("state/state")
    }
}

async fn sent(
    router: Router,
    method: Method,
    path: &str,
    body: impl Into<Body>,
) -> (u16, String, Vec<u8>) {
    let request = Request::builder().method(method).uri(path).body(body.into()).expect("a request");
    let answer = router.oneshot(request).await.expect("an answer");
    let kind = answer.headers().get(header::CONTENT_TYPE).map(|kind| kind.to_str().expect("text"));
    let kind = kind.unwrap_or_default().to_owned();
    let status = answer.status().as_u16();
    (status, kind, to_bytes(answer.into_body(), 1 << 20).await.expect("a body").to_vec())
}

#[tokio::test]
async fn a_log_that_grows_is_cosigned_with_the_time() {
    let witness = Witness::new();
    let log = Grown::of("a", 300);
    let noon = 1_772_366_400;
    for (old, size) in [(0, 1), (1, 2), (2, 255), (255, 256), (256, 300), (300, 300)] {
        let (status, kind, body) = witness.asked(log.request(old, size).to_bytes()).await;
        assert_eq!((status, kind.as_str()), (200, "text/plain; charset=utf-8"), "{old} to {size}");
        let mut cosigned = log.request(0, size).checkpoint;
        cosigned.extend(&body);
        let note = Note::parse(&cosigned).expect("a note: the answer goes under the checkpoint");
        assert_eq!(cosignature::verify(&note, witness_key(1).verifier()), Ok(noon));
    }
}

#[tokio::test]
async fn every_refusal_has_its_status_and_changes_nothing() {
    let witness = Witness::new();
    let (log, fork) = (Grown::of("a", 12), Grown::of("b", 12));
    assert_eq!(witness.answers(log.from(0)).await.status(), 200);
    let before = std::fs::read(witness.file()).expect("the state");
    let grown = log.with("a 12");
    let note = |key: &SigningKey, text: String| {
        Note { signatures: vec![key.sign_text(&text).expect("signed")], text }.to_bytes()
    };
    let with = |checkpoint: Vec<u8>| {
        let mut request = grown.request(12, 13);
        request.checkpoint = checkpoint;
        request.to_bytes()
    };
    let proof = |change: &dyn Fn(&mut Vec<Hash>)| {
        let mut request = grown.request(12, 13);
        change(&mut request.proof);
        request.to_bytes()
    };
    let text = grown.checkpoint(13).text();
    let stranger = SigningKey::generate(ORIGIN, [0x61; 32]).expect("a key");
    let other = SigningKey::generate("autre.exemple/journal", [0x60; 32]).expect("a key");
    let cosigned = cosignature::sign(&text, &witness_key(2), 1).expect("cosigned");
    let only_cosigned = Note { text: text.clone(), signatures: vec![cosigned] }.to_bytes();
    let mut spoilt = Note::parse(&grown.request(12, 13).checkpoint).expect("a note");
    spoilt.signatures[0].blob[9] ^= 1;
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("nothing", vec![], 400),
        ("no first line", b"\n\nnote".to_vec(), 400),
        ("an old size with a zero before it", [b"old 0", &grown.from(12)[4..]].concat(), 400),
        ("a checkpoint without signatures", with(text.clone().into_bytes()), 400),
        ("an extension line", with(note(&log_key(), format!("{text}more\n"))), 400),
        ("a size with a sign", with(note(&log_key(), text.replace("\n13\n", "\n+13\n"))), 400),
        ("an empty tree with leaves", with(note(&log_key(), text.replace("\n13\n", "\n0\n"))), 400),
        ("an old size above the new", grown.request(13, 12).to_bytes(), 400),
        ("another log", with(note(&other, text.replace(ORIGIN, "autre.exemple/journal"))), 404),
        ("another key of that name", with(note(&stranger, text.clone())), 403),
        ("cosignatures alone", with(only_cosigned), 403),
        ("a signature that does not hold", with(spoilt.to_bytes()), 403),
        ("an older size", grown.from(11), 409),
        ("no size", grown.from(0), 409),
        ("an earlier checkpoint", log.request(11, 11).to_bytes(), 409),
        ("the same size, another root", fork.request(12, 12).to_bytes(), 409),
        ("another history", fork.with("b 12").from(12), 422),
        ("a proof cut short", proof(&|proof| proof.truncate(1)), 422),
        ("a proof too long", proof(&|proof| proof.push(grown.root())), 422),
        ("a proof turned round", proof(&|proof| proof.reverse()), 422),
    ];
    for (case, request, wanted) in cases {
        let (status, kind, body) = witness.asked(request).await;
        let body = String::from_utf8(body).expect("text");
        assert_eq!(status, wanted, "{case}: {body}");
        if status == 409 {
            assert_eq!((kind.as_str(), body.as_str()), ("text/x.tlog.size", "12\n"), "{case}");
        } else {
            assert!(
                body.starts_with(&format!("{wanted} ")) && body.ends_with('\n'),
                "{case}: {body}"
            );
        }
        assert_eq!(std::fs::read(witness.file()).expect("the state"), before, "{case}");
    }
    let witness = witness.restarted();
    assert_eq!(witness.answers(grown.from(12)).await.status(), 200, "and it still cosigns");
}

#[tokio::test]
async fn an_extension_line_is_named_in_the_refusal() {
    let text = format!("{}plus\n", Grown::of("a", 2).checkpoint(2).text());
    let signatures = vec![log_key().sign_text(&text).expect("signed")];
    let checkpoint = Note { text, signatures }.to_bytes();
    let request = [b"old 0\n\n".to_vec(), checkpoint].concat();
    let Answer::Malformed(why) = Witness::new().answers(request).await else { panic!("400") };
    assert!(why.contains("extension lines"), "{why}");
}

#[tokio::test]
async fn signatures_by_unknown_keys_are_ignored() {
    let witness = Witness::new();
    let log = Grown::of("a", 5);
    let mut request = log.request(0, 5);
    let mut note = Note::parse(&request.checkpoint).expect("a note");
    let stranger = SigningKey::generate("autre.exemple", [0x61; 32]).expect("a key");
    note.signatures.insert(0, stranger.sign_text(&note.text).expect("signed"));
    request.checkpoint = note.to_bytes();
    let Answer::Cosigned(lines) = witness.answers(request.to_bytes()).await else { panic!("200") };
    assert!(lines.iter().all(|line| line.is_by(witness_key(1).verifier())), "its own line alone");
}

#[tokio::test]
async fn the_only_call_is_bounded() {
    let witness = Witness::new();
    let long = vec![b'x'; MAX_REQUEST + 1];
    assert_eq!(witness.asked(long).await.0, 413);
    let asked = |method, path: &'static str| sent(witness.router(), method, path, Body::empty());
    assert_eq!(asked(Method::GET, "/add-checkpoint").await.0, 405);
    assert_eq!(asked(Method::POST, "/").await.0, 404);
}

#[tokio::test]
async fn a_caller_who_says_nothing_is_sent_away() {
    let witness = Witness::new();
    let limits = Limits {
        request: Duration::from_millis(20),
        connection: Duration::from_millis(60),
        connections: 1,
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let service = Arc::clone(&witness.service);
    tokio::spawn(serve(listener, service, limits, std::future::pending()));
    let mut slow = tokio::net::TcpStream::connect(address).await.expect("it listens");
    let head = "POST /add-checkpoint HTTP/1.1\r\nhost: w\r\ncontent-length: 9\r\n\r\n";
    slow.write_all(head.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    // The only place is taken: the next one is heard once the first has been sent away.
    let mut silent = tokio::net::TcpStream::connect(address).await.expect("it listens");
    slow.read_to_end(&mut answer).await.expect("closed");
    assert!(answer.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&answer));
    answer.clear();
    let _ = silent.read_to_end(&mut answer).await;
    assert_eq!(answer, b"", "a connection without a request ends as well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_requests_at_once_one_is_cosigned_and_neither_takes_it_back() {
    let witness = Witness::new();
    let (mut log, mut cosigned) = (Grown::of("a", 3), 3);
    assert_eq!(witness.answers(log.from(0)).await.status(), 200);
    for round in 0..40 {
        // A short step, a long step, and a step into another story, all from the same size.
        let short = log.with(&format!("a {round}"));
        let long = short.with("and one more");
        let fork = log.with(&format!("b {round}"));
        let asks = [&short, &long, &fork].map(|log| {
            let (service, request) = (Arc::clone(&witness.service), log.from(cosigned));
            tokio::task::spawn_blocking(move || service.answer(&request))
        });
        let mut won = Vec::new();
        for (ask, candidate) in asks.into_iter().zip([&short, &long, &fork]) {
            match ask.await.expect("an answer") {
                Answer::Cosigned(_) => won.push(candidate.clone()),
                Answer::Conflict(Some(_)) => {}
                other => panic!("round {round}: {other:?}"),
            }
        }
        let [winner] = won.as_slice() else { panic!("round {round}: {} were cosigned", won.len()) };
        (log, cosigned) = (winner.clone(), winner.size());
        assert_eq!(witness.answers(log.from(0)).await, Answer::Conflict(Some(cosigned)));
    }
}

#[tokio::test]
async fn a_witness_whose_clock_went_back_waits_for_it() {
    let witness = Witness::new();
    let log = Grown::of("a", 9);
    assert_eq!(witness.answers(log.request(0, 4).to_bytes()).await.status(), 200);
    witness.clock.advance_ms(-3_600_000);
    let witness = witness.restarted();
    for request in [log.request(4, 9), log.request(4, 4)] {
        assert_eq!(witness.answers(request.to_bytes()).await.status(), 503);
    }
    witness.clock.advance_ms(3_600_000);
    assert_eq!(witness.answers(log.request(4, 9).to_bytes()).await.status(), 200);
    witness.clock.set(day("2036-03-01"));
    assert_eq!(witness.answers(log.request(9, 9).to_bytes()).await.status(), 200);
}

#[tokio::test]
async fn a_state_that_is_missing_changed_or_foreign_is_refused() {
    let witness = Witness::new();
    witness.answers(Grown::of("a", 9).from(0)).await;
    let folder = witness.folder.path().join("state");
    let own = witness_key(1).verifier().clone();
    let again = State::create(&folder, &own).expect_err("it is there");
    assert!(matches!(again, StateError::AlreadyThere(_)), "{again}");
    let foreign = State::open(&folder, witness_key(2).verifier()).expect_err("not its key");
    assert!(matches!(foreign, StateError::OtherKey { .. }), "{foreign}");
    let sound = std::fs::read(witness.file()).expect("the state");
    for at in 0..sound.len() {
        for bit in 0..8 {
            let mut spoilt = sound.clone();
            spoilt[at] ^= 1 << bit;
            std::fs::write(witness.file(), spoilt).expect("written");
            State::open(&folder, &own).expect_err("changed");
        }
    }
    for length in 0..sound.len() {
        std::fs::write(witness.file(), &sound[..length]).expect("written");
        State::open(&folder, &own).expect_err("cut short");
        // It runs and the file is spoilt under it: no cosignature.
        let answer = witness.service.answer(&Grown::of("a", 10).from(9));
        assert_eq!(answer.status(), 503, "cut at {length}");
    }
    std::fs::remove_file(witness.file()).expect("removed");
    let missing = State::open(&folder, &own).expect_err("missing");
    assert!(matches!(missing, StateError::Missing(_)), "{missing}");
    assert_eq!(witness.service.answer(&Grown::of("a", 10).from(0)).status(), 503);
}

#[tokio::test]
async fn a_state_that_can_not_be_written_gives_no_cosignature_until_it_can() {
    let witness = Witness::new();
    let log = Grown::of("a", 9);
    assert_eq!(witness.answers(log.request(0, 4).to_bytes()).await.status(), 200);
    // A folder where the new file would go: the write fails, whoever runs the test.
    let new = witness.folder.path().join("state/state.new");
    std::fs::create_dir(&new).expect("in the way");
    assert_eq!(witness.answers(log.from(4)).await.status(), 503);
    // Nor is anything said of what is only in memory: a state that was never seen on the disk.
    let witness = witness.restarted();
    assert_eq!(witness.answers(log.from(4)).await.status(), 503);
    assert_eq!(witness.answers(log.from(3)).await.status(), 503, "a refusal tells the state too");
    std::fs::remove_dir(&new).expect("out of the way");
    assert_eq!(witness.answers(log.from(3)).await.status(), 409);
    assert_eq!(witness.answers(log.from(4)).await.status(), 200);
}
