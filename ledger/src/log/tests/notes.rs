//! Notes, keys, checkpoints and cosignatures.

use super::super::checkpoint::{Checkpoint, CheckpointError};
use super::super::cosignature::{self, CosignatureError};
use super::super::hash::Hash;
use super::super::note::*;
use super::super::text::from_base64;
use super::{ORIGIN, flips, key};

/// From C2SP signed-note.md, section "Verifier keys".
const C2SP_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const C2SP_NOTE: &str = "This is an example message.\n\n— example.com/foo \
Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
/// From the documentation of Go's golang.org/x/mod/sumdb/note.
const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_PRIVATE: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
then you don't know what your problem is.\n\n— PeterNeumann \
x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn public_notes_verify() {
    for (vkey, bytes) in [(C2SP_KEY, C2SP_NOTE), (GO_KEY, GO_NOTE)] {
        let key = VerifierKey::parse(vkey).expect("key");
        assert_eq!(key.to_string(), vkey);
        let note = Note::parse(bytes.as_bytes()).expect("note");
        assert_eq!(note.verify(&key), Ok(()));
        assert_eq!(note.to_bytes(), bytes.as_bytes());
        assert_eq!(
            Signature::parse(&note.signatures[0].to_string()),
            Ok(note.signatures[0].clone())
        );
    }
}

#[test]
fn a_public_private_key_signs_the_public_note() {
    let key = SigningKey::from_file_text(GO_PRIVATE).expect("key");
    assert_eq!(key.vkey(), GO_KEY);
    assert_eq!(key.to_file_text(), format!("{GO_PRIVATE}\n"));
    let note = Note::parse(GO_NOTE.as_bytes()).expect("note");
    assert_eq!(key.sign_text(&note.text).as_ref(), Ok(&note.signatures[0]));
    assert_eq!(format!("{:?}", key.verifier()), format!("VerifierKey({GO_KEY})"));
    assert_eq!(format!("{key:?}"), format!("SigningKey(of {GO_KEY})"), "never the private half");
}

#[test]
fn notes_and_keys_of_go_get_their_verdict() {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("../../../../tests/golden/go_notes.json")).expect("json");
    let cases = |name: &str| file[name].as_array().expect("cases").iter();
    for case in cases("keys") {
        let key = VerifierKey::parse(case["vkey"].as_str().expect("text"));
        assert_eq!(Some(key.is_ok()), case["accepted"].as_bool(), "{}", case["why"]);
    }
    for case in cases("notes") {
        let octets = case["note_base64"].as_str().map(|text| from_base64(text).expect("base64"));
        let note = octets.or(case["note"].as_str().map(|text| text.as_bytes().to_vec()));
        let key = VerifierKey::parse(case["vkey"].as_str().expect("text")).expect("a key");
        let holds = Note::parse(&note.expect("a note")).and_then(|note| note.verify(&key));
        assert_eq!(Some(holds.is_ok()), case["holds"].as_bool(), "{}", case["why"]);
    }
    for case in cases("signing") {
        let text = |name: &str| case[name].as_str().expect("text");
        let key = SigningKey::from_file_text(text("private")).expect("a key");
        let line = key.sign_text(text("text")).expect("signed").to_string();
        assert_eq!((key.vkey().as_str(), line.as_str()), (text("vkey"), text("line")));
    }
}

#[test]
fn every_flipped_bit_of_a_note_is_refused() {
    let key = VerifierKey::parse(C2SP_KEY).expect("key");
    for (bit, flipped) in flips(C2SP_NOTE.as_bytes()) {
        assert!(Note::parse(&flipped).and_then(|note| note.verify(&key)).is_err(), "bit {bit}");
        let again = Note::parse(&flipped).map(|note| note.to_bytes());
        assert!(again.is_err() || again == Ok(flipped), "bit {bit} is read in another form");
    }
}

#[test]
fn every_flipped_bit_of_a_verifier_key_is_refused() {
    for (bit, flipped) in flips(C2SP_KEY.as_bytes()) {
        let refused =
            String::from_utf8(flipped).map_or(true, |vkey| VerifierKey::parse(&vkey).is_err());
        assert!(refused, "bit {bit}");
    }
}

#[test]
fn a_note_in_another_form_is_refused() {
    let line = "— a AAAAAAA=\n";
    let parse = |text: &str| Note::parse(text.as_bytes());
    assert!(parse(&format!("text\n\n{line}")).is_ok());
    assert_eq!(
        parse(&format!("text\n\nmore\n\n{line}")).map(|n| n.text),
        Ok("text\n\nmore\n".into())
    );
    assert_eq!(parse(""), Err(NoteError::Text));
    assert_eq!(parse("text\n"), Err(NoteError::Shape));
    assert_eq!(parse(&format!("text\n{line}")), Err(NoteError::Shape));
    assert_eq!(parse("text\n\n"), Err(NoteError::Shape));
    assert_eq!(parse("text\n\n— a AAAAAAA="), Err(NoteError::Text));
    assert_eq!(parse(&format!("te\txt\n\n{line}")), Err(NoteError::Characters));
    assert_eq!(parse(&format!("text\r\n\n{line}")), Err(NoteError::Characters));
    assert_eq!(Note::parse(b"\xff\n\n"), Err(NoteError::Characters));
    for wrong in
        ["a AAAAAAA=", "— a", "— a ", "— a AAAA", "— a AAAAAA==", "— a b AAAAAAA=", "- a AAAAAAA="]
    {
        assert_eq!(
            parse(&format!("text\n\n{line}{wrong}\n")),
            Err(NoteError::SignatureLine(2)),
            "{wrong}"
        );
    }
    assert_eq!(parse("text\n\n— a+b AAAAAAA=\n"), Err(NoteError::Name("a+b".into())));
    assert_eq!(parse("text\n\n—  AAAAAAA=\n"), Err(NoteError::Name(String::new())));
    assert!(parse(&format!("text\n\n{}", line.repeat(100))).is_ok());
    assert_eq!(
        parse(&format!("text\n\n{}", line.repeat(101))),
        Err(NoteError::SignatureCount(101))
    );
    let long = format!("{}\n\n{line}", "x".repeat(MAX_NOTE));
    assert_eq!(parse(&long), Err(NoteError::TooLong(long.len())));
    assert!(parse(&long[long.len() - MAX_NOTE..]).is_ok(), "the longest");
}

#[test]
fn a_key_counts_only_for_its_own_name_id_and_purpose() {
    let (ours, other) = (key("a", 1), key("b", 2));
    let text = "text\n".to_owned();
    let signed = ours.sign_text(&text).expect("signature");
    let note = Note { text: text.clone(), signatures: vec![signed.clone()] };
    assert_eq!(note.verify(ours.verifier()), Ok(()));
    assert_eq!(note.verify(other.verifier()), Err(NoteError::NotSigned("b".into())));
    let cosigner = SigningKey::generate_cosigner("a", [1; 32]).expect("key");
    assert_ne!(cosigner.verifier().id(), ours.verifier().id());
    assert_eq!(note.verify(cosigner.verifier()), Err(NoteError::Purpose("a".into())));
    assert_eq!(cosigner.sign_text("text\n"), Err(NoteError::Purpose("a".into())));
    // A second signature by the same key must hold as well; one by a stranger is ignored.
    let bad = Signature { blob: vec![0; 64], ..signed.clone() };
    let twice = Note { text: text.clone(), signatures: vec![signed.clone(), bad] };
    assert_eq!(twice.verify(ours.verifier()), Err(NoteError::Signature("a".into())));
    let stranger = Signature { name: "c".into(), id: [0; 4], blob: vec![0; 64] };
    let beside = Note { text, signatures: vec![stranger, signed] };
    assert_eq!(beside.verify(ours.verifier()), Ok(()));
    assert_eq!(ours.sign_text("text"), Err(NoteError::Text));
    assert_eq!(ours.sign_text("te\0xt\n"), Err(NoteError::Characters));
    let text = |length: usize| format!("{}\n", "x".repeat(length - 1));
    assert!(ours.sign_text(&text(MAX_NOTE)).is_ok());
    assert_eq!(ours.sign_text(&text(MAX_NOTE + 1)), Err(NoteError::TooLong(MAX_NOTE + 1)));
}

#[test]
fn names_and_keys_in_another_form_are_refused() {
    let long = "x".repeat(256);
    for name in
        ["", "+", "a b", "a+b", "é+", "é b", "a\u{a0}b", "a\u{2003}b", "a\nb", "a\u{7f}", &long]
    {
        let refused = SigningKey::generate(name, [1; 32]).map(|key| key.vkey());
        assert!(matches!(refused, Err(NoteError::Name(_))), "{name:?}");
    }
    for name in [&"x".repeat(255), "tiers-lieu-de-l’étang", "東京"] {
        assert!(SigningKey::generate(name, [1; 32]).is_ok(), "{name:?}");
    }
    let vkey = key("a", 1).vkey();
    let swap = |from: &str, to: &str| VerifierKey::parse(&vkey.replacen(from, to, 1));
    assert_eq!(swap("a+", "b+"), Err(NoteError::KeyId("b".into())));
    assert_eq!(swap("+A", "+B"), Err(NoteError::Algorithm(5)));
    assert_eq!(VerifierKey::parse("a+00000000"), Err(NoteError::VerifierKey));
    assert_eq!(VerifierKey::parse(&format!("{vkey}\n")), Err(NoteError::VerifierKey));
    assert_eq!(VerifierKey::parse(&vkey.to_uppercase()), Err(NoteError::VerifierKey));
    // The identity, of small order, and a point that is written with y >= p.
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut unreduced = [0xff; 32];
    (unreduced[0], unreduced[31]) = (0xf0, 0x7f);
    for public in [identity, unreduced, [0; 32]] {
        let refused = VerifierKey::new("a", Algorithm::Ed25519, public);
        assert_eq!(refused, Err(NoteError::WeakKey("a".into())));
    }
    for file in [
        "",
        "PRIVATE+KEY+a",
        GO_KEY,
        &format!("{GO_PRIVATE}\n\n"),
        GO_PRIVATE.trim_end_matches("DFz"),
    ] {
        assert!(matches!(SigningKey::from_file_text(file), Err(NoteError::PrivateKey)), "{file}");
    }
    let renamed = SigningKey::from_file_text(&GO_PRIVATE.replace("Peter", "Paul"));
    assert!(matches!(renamed, Err(NoteError::KeyId(_))));
}

fn checkpoint(size: u64) -> Checkpoint {
    let root = if size == 0 { Hash::EMPTY_ROOT } else { Hash::leaf(b"a") };
    Checkpoint { origin: ORIGIN.to_owned(), size, root }
}

#[test]
fn a_checkpoint_is_signed_and_opened() {
    let log = key(ORIGIN, 3);
    for size in [0, 1, 10, u64::MAX] {
        let bytes = checkpoint(size).sign(&log).expect("signed");
        let (opened, note) = Checkpoint::open(&bytes, log.verifier()).expect("opened");
        assert_eq!((opened, note.to_bytes()), (checkpoint(size), bytes));
    }
    let stranger = key("other", 3);
    let origin = CheckpointError::Origin { found: ORIGIN.into(), wanted: "other".into() };
    assert_eq!(checkpoint(1).sign(&stranger), Err(origin.clone()));
    let text = checkpoint(1).text();
    let signatures = vec![stranger.sign_text(&text).expect("signature")];
    let bytes = Note { text, signatures }.to_bytes();
    assert_eq!(Checkpoint::open(&bytes, stranger.verifier()), Err(origin));
    let unsigned = CheckpointError::Note(NoteError::NotSigned(ORIGIN.into()));
    assert_eq!(Checkpoint::open(&bytes, log.verifier()), Err(unsigned));
}

#[test]
fn a_checkpoint_in_another_form_is_refused() {
    let root = Hash::leaf(b"a").to_base64();
    let parse = |text: String| Checkpoint::parse(&text).expect_err("refused");
    assert_eq!(parse(format!("o\n1\n{root}")), CheckpointError::Lines);
    assert_eq!(parse(format!("o\n1\n{root}\nextension\n")), CheckpointError::Lines);
    assert_eq!(parse("o\n1\n".to_owned()), CheckpointError::Lines);
    for size in ["", "01", "-1", "1 ", "1.0", "18446744073709551616"] {
        assert_eq!(parse(format!("o\n{size}\n{root}\n")), CheckpointError::Size, "{size}");
    }
    assert!(matches!(parse("o\n1\nAAAA\n".to_owned()), CheckpointError::Root(_)));
    assert!(matches!(parse(format!("\n1\n{root}\n")), CheckpointError::Note(_)));
    let other = Checkpoint::parse(&format!("rekor.example - 1193\n1\n{root}\n")).expect("read");
    assert_eq!(other.origin, "rekor.example - 1193");
    assert_eq!(parse(format!("o\n0\n{root}\n")), CheckpointError::Empty);
    let empty = Hash::EMPTY_ROOT.to_base64();
    assert_eq!(parse(format!("o\n1\n{empty}\n")), CheckpointError::Empty);
}

#[test]
fn a_cosignature_holds_for_its_checkpoint_and_time() {
    let witness = SigningKey::generate_cosigner("witness.example/w1", [4; 32]).expect("key");
    let text = checkpoint(7).text();
    let signature = cosignature::sign(&text, &witness, 1_679_315_147).expect("cosigned");
    assert_eq!(signature.blob.len(), 72);
    let note = |signatures| Note { text: text.clone(), signatures };
    let signed = note(vec![signature.clone()]);
    assert_eq!(cosignature::verify(&signed, witness.verifier()), Ok(1_679_315_147));
    // The message is the one of the specification, checked as a plain signature.
    let message = format!("cosignature/v1\ntime 1679315147\n{text}");
    let ed25519 = &signature.blob[8..];
    assert_eq!(witness.verifier().verify_strict(message.as_bytes(), ed25519), Ok(()));
    for (bit, blob) in flips(&signature.blob) {
        let changed = note(vec![Signature { blob, ..signature.clone() }]);
        assert!(cosignature::verify(&changed, witness.verifier()).is_err(), "bit {bit}");
    }
    let later = cosignature::sign(&text, &witness, 1_700_000_000).expect("cosigned");
    let both = note(vec![later, signature.clone()]);
    assert_eq!(cosignature::verify(&both, witness.verifier()), Ok(1_700_000_000));
    let short = note(vec![Signature { blob: vec![0; 71], ..signature.clone() }]);
    let length = CosignatureError::Length("witness.example/w1".into());
    assert_eq!(cosignature::verify(&short, witness.verifier()), Err(length));
    let elsewhere = Note { text: checkpoint(8).text(), signatures: vec![signature] };
    assert!(cosignature::verify(&elsewhere, witness.verifier()).is_err());
}

#[test]
fn a_cosigner_signs_checkpoints_only() {
    let witness = SigningKey::generate_cosigner("w", [4; 32]).expect("key");
    let text = checkpoint(7).text();
    let refused = |text: &str, key, time| cosignature::sign(text, key, time).expect_err("refused");
    assert!(matches!(refused("text\n", &witness, 1), CosignatureError::Checkpoint(_)));
    assert_eq!(refused(&text, &witness, 1 << 63), CosignatureError::Time);
    let purpose = CosignatureError::Note(NoteError::Purpose("w".into()));
    assert_eq!(refused(&text, &key("w", 4), 1), purpose);
    let unsigned = Note { text, signatures: vec![] };
    let missing = CosignatureError::Note(NoteError::NotSigned("w".into()));
    assert_eq!(cosignature::verify(&unsigned, witness.verifier()), Err(missing));
}

#[test]
fn the_time_of_a_cosignature_is_written_for_people_or_as_its_seconds() {
    assert_eq!(cosignature::instant(1_772_366_400), "2026-03-01T12:00:00.000Z");
    assert_eq!(cosignature::instant(u64::MAX), "18446744073709551615 s");
}
