//! What must hold of each parser for any bytes at all: it ends, it does not panic, and what it reads
//! it writes again byte for byte.
//!
//! One function a parser; `cargo fuzz` and `cargo test` call the same ones.

use ledger::decide::{Keyring, Verified};
use ledger::event::Event;
use ledger::log::note::MAX_SIGNATURES;
use ledger::log::proof_file::MAX_HASHES;
use ledger::log::tile::{decode_bundle, encode_bundle};
use ledger::log::witness::{AddCheckpoint, Answer, Cosigner};
use ledger::log::{
    Checkpoint, Disclosure, Leaf, Note, Policy, ProofFile, SigningKey, TilePath, VerifierKey, json,
};
use ledger::treasury::camt053;

/// A parser, fed with bytes; it panics when a promise is broken.
pub type Target = fn(&[u8]);

/// Every parser by its name.
pub const TARGETS: [(&str, Target); 12] = [
    ("note", note),
    ("checkpoint", checkpoint),
    ("proof", proof),
    ("policy", policy),
    ("request", request),
    ("answer", answer),
    ("tile_path", tile_path),
    ("bundle", bundle),
    ("leaf", leaf),
    ("json", json_line),
    ("disclosure", disclosure),
    ("camt", camt),
];

/// Feeds the parser of that name.
///
/// # Panics
/// When there is none, or when it breaks a promise.
pub fn run(name: &str, data: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).expect("a target");
    target(data);
}

/// The key of the log that the samples are of.
fn log_key() -> VerifierKey {
    let key = SigningKey::generate("livre.exemple.coop/fonciere", [9; 32]).expect("a key");
    key.verifier().clone()
}

fn utf8(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

fn note(data: &[u8]) {
    let Ok(read) = Note::parse(data) else { return };
    assert_eq!(read.to_bytes(), data);
    assert!((1..=MAX_SIGNATURES).contains(&read.signatures.len()));
    assert!(read.text.ends_with('\n'));
    let _ = read.verify(&log_key());
}

fn checkpoint(data: &[u8]) {
    if let Some(read) = utf8(data).and_then(|text| Checkpoint::parse(text).ok()) {
        assert_eq!(read.text().as_bytes(), data);
    }
    if let Ok((read, note)) = Checkpoint::open(data, &log_key()) {
        assert_eq!((note.text, note.signatures.is_empty()), (read.text(), false));
    }
}

fn proof(data: &[u8]) {
    let Ok(read) = ProofFile::parse(data) else { return };
    assert_eq!(read.to_bytes(), data);
    assert!(read.hashes.len() <= MAX_HASHES);
    let key = log_key();
    if let Ok((leaf, proven)) = read.verify_leaf_inside(key.name(), &key, &Policy::none()) {
        assert!(read.index < proven.checkpoint.size && read.extra.as_deref() == Some(leaf));
    }
}

fn policy(data: &[u8]) {
    let Ok(read) = Policy::read(data) else { return };
    let unsigned = Note { text: "text\n".into(), signatures: Vec::new() };
    let reached = read.evaluate(&unsigned).is_ok();
    assert_eq!(reached, !read.asks_for_witnesses(), "nobody has cosigned");
}

fn request(data: &[u8]) {
    if let Ok(read) = AddCheckpoint::parse(data) {
        assert_eq!(read.to_bytes(), data);
    }
    let key = SigningKey::generate_cosigner("w", [7; 32]).expect("a key");
    let witness = Cosigner::new(key, vec![log_key()]).expect("a witness");
    let (answer, kept) = witness.consider(data, 1_000, |_| None);
    assert_eq!(matches!(answer, Answer::Cosigned(_)), kept.is_some());
    // What a witness of ours answers, a log of ours reads.
    let kind = Some(answer.content_type());
    let read = Answer::from_http(answer.status(), kind, &answer.body()).expect("our own answer");
    assert_eq!(read.status(), answer.status());
}

fn answer(data: &[u8]) {
    for status in [0, 200, 400, 403, 404, 409, 422, 500, u16::MAX] {
        for kind in [None, Some("text/x.tlog.size"), Some("text/plain")] {
            if let Ok(read) = Answer::from_http(status, kind, data) {
                let again = Answer::from_http(status, Some(read.content_type()), &read.body());
                assert!(again.is_ok() || matches!(read, Answer::Conflict(None)), "{read:?}");
            }
        }
    }
    if let Ok(read) = Answer::from_file(data) {
        assert_eq!(Answer::from_file(&read.body()).map(|again| again.status()), Ok(read.status()));
    }
}

fn tile_path(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    if let Ok(read) = TilePath::parse(text) {
        assert_eq!(read.to_string(), text);
    }
}

fn bundle(data: &[u8]) {
    if let Ok(leaves) = decode_bundle(data) {
        assert_eq!(encode_bundle(&leaves).as_deref(), Ok(data));
    }
}

fn leaf(data: &[u8]) {
    let _ = Verified::read(data, &Keyring::default());
    let Ok(read) = Leaf::parse(data) else { return };
    assert_eq!(Leaf::assemble(read.note.text.clone(), read.note.signatures.clone()), data);
    assert_eq!(read.content.to_text().as_deref(), Ok(read.note.text.as_str()));
    let content = &read.content;
    if let Ok(event) = Event::from_parts(&content.kind, &content.body) {
        let parts = event.to_parts().expect("a fact that was read is written");
        assert_eq!(parts, (content.kind.clone(), content.body.clone()));
    }
}

fn json_line(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let Ok(read) = json::parse(text) else { return };
    assert_eq!(read.to_string(), text);
    assert_eq!(read.check(), Ok(()));
}

fn disclosure(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    if let Ok(read) = Disclosure::from_encoded(text) {
        assert_eq!(read.encoded(), text);
        let parts = (read.name().to_owned(), read.value().to_owned());
        assert_eq!(Disclosure::parse(text), Ok(parts));
    }
}

fn camt(data: &[u8]) {
    let Ok(statements) = camt053::read(data) else { return };
    assert!(!statements.is_empty(), "a file without a statement is refused");
    let lines = statements.iter().map(|statement| statement.lines.len()).sum::<usize>();
    assert!(lines <= camt053::MAX_LINES);
    assert!(statements.iter().all(|statement| statement.currency == camt053::CURRENCY));
}
