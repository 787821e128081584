//! The frozen ledger, made once: every kind of fact that a book can hold, by seeded keys.

use std::collections::BTreeMap;
use std::path::Path;

use ledger::authority::RevokeKey;
use ledger::command::Command;
use ledger::log::proof::{consistency_proof, inclusion_proof};
use ledger::log::witness::{AddCheckpoint, Answer, Cosigner, Seen};
use ledger::log::{Checkpoint, Edge, Hash, Leaf, Note, ProofFile, SigningKey, Tile, VerifierKey};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use support::pure::Pure;
use support::{ORIGIN, StoredLog};

use super::asks::{asks, founded};

/// When the witnesses cosigned, in POSIX seconds.
const COSIGNED: u64 = 1_775_000_000;

const REVOKED: &str = "authority.key_revoked@v1";
const PERSONS: [&str; 2] = ["members.applied@v1", "shares.subscription_declined@v1"];

fn kind(leaf: &[u8]) -> String {
    Leaf::parse(leaf).expect("a leaf").content.kind
}

/// A book that holds each kind of fact: asks are drawn, and done while their kinds are rare.
fn of_every_kind() -> Pure {
    let mut runner = TestRunner::deterministic();
    let mut book = founded(true);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for leaf in &book.leaves {
        *kinds.entry(kind(leaf)).or_default() += 1;
    }
    // One key is revoked below: the draws would revoke the one that they could have replaced.
    let rare = |kinds: &BTreeMap<String, usize>, kind: &String| {
        // A person can be erased once they have applied and were declined.
        let most = if PERSONS.contains(&kind.as_str()) { 7 } else { 3 };
        kind != REVOKED && kinds.get(kind).is_none_or(|known| *known < most)
    };
    for _ in 0..400 {
        for ask in asks(60).new_tree(&mut runner).expect("asks").current() {
            let mut next = book.clone();
            next.now_ms += 1_000 + ask.days_before() * 24 * 60 * 60 * 1_000;
            let (command, offices) = ask.command(&next);
            let events = next.decide(command.clone()).unwrap_or_default();
            let new = events.iter().map(|event| event.to_parts().expect("a fact").0);
            let new: Vec<String> = new.collect();
            if new.iter().any(|kind| rare(&kinds, kind)) && next.perform(command, offices).is_ok() {
                for kind in new {
                    *kinds.entry(kind).or_default() += 1;
                }
                book = next;
            }
        }
        if kinds.len() == 26 {
            break;
        }
    }
    let key_name = format!("{ORIGIN}/k/bureau-3");
    let ask = RevokeKey { key_name, reason: "départ".into(), suspect_from: None };
    let admins = ["admin-1", "admin-2", "admin-4"];
    assert_eq!(book.done(Command::RevokeKey(ask), &admins).len(), 1);
    assert_eq!(kinds.len(), 26, "{kinds:?}");
    book
}

/// The private half of a log key of the tests: their seeds are small numbers repeated.
fn log_key(vkey: &str) -> SigningKey {
    let seeded = |seed| SigningKey::generate(ORIGIN, [seed; 32]).expect("a key");
    (0..=u8::MAX).map(seeded).find(|key| key.vkey() == vkey).expect("a seeded key")
}

/// The checkpoint of the first `size` leaves, signed as the book says.
fn checkpoint(book: &Pure, size: u64) -> Note {
    let root = book.root_at(size).expect("a root");
    let text = Checkpoint { origin: ORIGIN.into(), size, root }.text();
    let keys = book.state().registers.authority.log_keys_at(size);
    let sign = |key: &SigningKey| key.sign_text(&text).expect("signed");
    let signatures = keys.iter().map(|key| sign(&log_key(&key.vkey))).collect();
    Note { text, signatures }
}

/// Has our own witness cosign it, as it would over HTTP.
fn cosigned(
    note: &mut Note,
    by: &Cosigner,
    old: u64,
    proof: Vec<Hash>,
    seen: Option<Seen>,
) -> Seen {
    let request = AddCheckpoint { old, proof, checkpoint: note.to_bytes() };
    let (answer, kept) = by.consider(&request.to_bytes(), COSIGNED + old, |_| seen);
    let Answer::Cosigned(lines) = answer else { unreachable!("not cosigned: {answer:?}") };
    note.signatures.extend(lines);
    kept.expect("kept").1
}

#[test]
#[ignore = "writes tests/golden/ledger-v1, once and for all: it is there"]
fn make_the_frozen_ledger() {
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/ledger-v1");
    assert!(!out.exists(), "it is frozen: what it holds must verify for ever");
    let book = of_every_kind();
    let hashes: Vec<_> = book.leaves.iter().map(|leaf| Hash::leaf(leaf)).collect();
    let tiles = Edge::empty().append(&hashes).expect("tiles");
    let tiles = tiles.into_iter().map(|Tile { id, hashes }| (id, hashes)).collect();
    let size = book.replay.size();

    let logs = book.state().registers.authority.log_keys().map(|key| key.vkey.clone());
    let logs: Vec<_> = logs.map(|vkey| VerifierKey::parse(&vkey).expect("a key")).collect();
    let (mut early, mut late) = (checkpoint(&book, 20), checkpoint(&book, size));
    let proof = consistency_proof(20, size, &tiles).expect("a proof");
    let mut policy = format!("log {}\n", logs.last().expect("a key"));
    for (name, seed) in [("A", 201), ("B", 202), ("C", 203)] {
        let name_of_key = format!("temoin-{}.exemple.coop", name.to_lowercase());
        let key = SigningKey::generate_cosigner(&name_of_key, [seed; 32]).expect("a key");
        policy.extend(["witness ", name, " ", &key.vkey(), "\n"]);
        // The third is known and has not cosigned.
        if name != "C" {
            let witness = Cosigner::new(key, logs.clone()).expect("a witness");
            let seen = cosigned(&mut early, &witness, 0, Vec::new(), None);
            cosigned(&mut late, &witness, 20, proof.clone(), Some(seen));
        }
    }
    policy.push_str("group temoins 2 A B C\nquorum temoins\n");

    let checkpoints = vec![late.to_bytes()];
    let log = StoredLog { leaves: book.leaves.clone(), tiles, checkpoints };
    log.export(&out);
    let of = |wanted: &str| book.leaves.iter().position(|leaf| kind(leaf) == wanted);
    let at = of("shares.certificate_issued@v1").expect("a certificate");
    let index = u64::try_from(at).expect("small");
    let proof = ProofFile {
        extra: Some(book.leaves[at].clone()),
        index,
        hashes: inclusion_proof(index, size, &log.tiles).expect("a proof"),
        checkpoint: late.to_bytes(),
    };
    let write = |name: &str, bytes: &[u8]| std::fs::write(out.join(name), bytes).expect("written");
    write("certificate.tlog-proof", &proof.to_bytes());
    write("checkpoint-20", &early.to_bytes());
    write("policy", policy.as_bytes());
}
