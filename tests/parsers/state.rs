//! The state of a witness: read from the disk whole or not at all, and never cosigned from when in
//! doubt. It is a file behind a lock, so `cargo fuzz` does not have it.

use ledger::cosigner::State;
use ledger::log::hash::sha256;
use ledger::log::witness::Answer;
use ledger::log::{Hash, SigningKey};

use crate::{feed, samples::samples};

#[test]
fn state() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = SigningKey::generate_cosigner("w", [7; 32]).expect("a key");
    State::create(folder.path(), key.verifier()).expect("made");
    let file = folder.path().join("state");
    let bodies: Vec<_> = samples("state")
        .into_iter()
        .map(|body| String::from_utf8(body).expect("UTF-8").replace("KEY", &key.vkey()))
        .map(String::into_bytes)
        .collect();
    feed("state", &bodies, |body| {
        // The digest at its end is made to fit, so that the damage reaches what is behind it.
        let digest = Hash::from_bytes(sha256(body)).to_base64();
        let whole = [body, digest.as_bytes(), b"\n"].concat();
        std::fs::write(&file, &whole).expect("written");
        let opened = State::open(folder.path(), key.verifier());
        assert!(opened.is_ok() || !bodies.iter().any(|sound| sound == body));
        if let Ok(state) = opened {
            let answer = state.change(|_| (Answer::Conflict(None), None)).expect("read again");
            assert_eq!(answer, Answer::Conflict(None));
        }
        assert_eq!(std::fs::read(&file).expect("still there"), whole, "reading changes nothing");
    });
}
