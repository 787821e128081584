//! Notes, keys and checkpoints: signed by one, opened by the other; refused by both.
//!
//! Ours refuses more, on purpose: names beyond 255 bytes or with control characters, weak keys, a
//! second signature of one key that does not hold, extension lines, and an empty root at another
//! size than 0. The tests below name each, and find no other difference.

use ledger::log::note::{Algorithm, MAX_NAME, check_name};
use ledger::log::{Checkpoint, Hash, Note, SigningKey, VerifierKey};
use signed_note::{Signer as _, StandardSigner, StandardVerifier, VerifierList};
use support::Mutator;

use crate::theirs;

const NAME: &str = "ledger.example.coop/log";

fn key(name: &str, seed: u8) -> SigningKey {
    SigningKey::generate(name, [seed; 32]).expect("key")
}

fn signer(key: &SigningKey) -> StandardSigner {
    StandardSigner::new(key.to_file_text().trim_end()).expect("their key")
}

fn known(keys: &[&SigningKey]) -> VerifierList {
    let verifier = |key: &&SigningKey| StandardVerifier::new(&key.vkey()).expect("their key");
    let boxed = |key| -> Box<dyn signed_note::Verifier> { Box::new(verifier(key)) };
    VerifierList::new(keys.iter().map(boxed).collect())
}

/// A note by these keys, as ours writes it.
fn signed(text: &str, keys: &[&SigningKey]) -> Vec<u8> {
    let signatures = keys.iter().map(|key| key.sign_text(text).expect("signature")).collect();
    Note { text: text.to_owned(), signatures }.to_bytes()
}

#[test]
fn what_one_signs_the_other_opens_and_would_have_signed_alike() {
    let keys = [key("a", 1), key(NAME, 2), key("é/ü", 3)];
    for text in ["\n", "text\n", "one\n\ntwo\n\n", "\u{2014} a AAAAAAA=\n", "\u{7f}\u{85}é\n"] {
        let all: Vec<_> = keys.iter().collect();
        let bytes = signed(text, &all);
        let note = signed_note::Note::from_bytes(&bytes).expect("their note");
        assert_eq!(note.to_bytes(), bytes);
        let (held, unknown) = note.verify(&known(&all)).expect("verified");
        assert_eq!((held.len(), unknown.len()), (3, 0));

        let mut made = signed_note::Note::new(text.as_bytes(), &[]).expect("their note");
        let signers: Vec<_> = keys.iter().map(signer).collect();
        let signers: [&dyn signed_note::Signer; 3] = [&signers[0], &signers[1], &signers[2]];
        made.add_sigs(&signers).expect("signed");
        assert_eq!(made.to_bytes(), bytes);
        let note = Note::parse(&made.to_bytes()).expect("our note");
        for key in &keys {
            assert_eq!(note.verify(key.verifier()), Ok(()));
        }
    }
}

#[test]
fn keys_have_the_same_id_and_text() {
    for seed in 0..64 {
        let ours = key("a/b", seed);
        assert_eq!(signer(&ours).key_id(), u32::from_be_bytes(ours.verifier().id()));
        let public = [&[Algorithm::Ed25519.byte()], ours.verifier().bytes().as_slice()].concat();
        let id = signed_note::key_id("a/b", &public);
        assert_eq!(id.to_be_bytes(), ours.verifier().id());
    }
}

/// The names of the signature lines of a note that theirs has read.
fn names(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let (_, lines) = text.rsplit_once("\n\n").unwrap_or_default();
    let name = |line: &str| line.split(' ').nth(1).unwrap_or_default().to_owned();
    lines.lines().map(name).collect()
}

/// A name that theirs takes and ours does not: too long, or with a control character (DEL, C1).
fn is_refused_name(name: &str) -> bool {
    check_name(name).is_err() && (name.len() > MAX_NAME || name.contains(char::is_control))
}

#[test]
fn notes_are_accepted_alike() {
    let (a, b) = (key("a", 1), key(NAME, 2));
    let samples = [
        signed("text\n", &[&a]),
        signed("one\n\ntwo\n", &[&a, &b]),
        signed(&format!("{NAME}\n7\n{}\n", Hash::leaf(b"a").to_base64()), &[&b]),
    ];
    let mut random = Mutator::new(5);
    let (mut held, mut read, mut refused, mut named) = (0, 0, 0, 0);
    for _ in 0..40_000 {
        let bytes = random.damaged(&samples);
        match (Note::parse(&bytes), signed_note::Note::from_bytes(&bytes)) {
            (Ok(ours), Ok(other)) => {
                assert_eq!((ours.text.as_bytes(), ours.to_bytes()), (other.text(), bytes.clone()));
                assert_eq!(other.to_bytes(), bytes);
                let by_us = ours.verify(a.verifier()).is_ok();
                let by_them = other.verify(&known(&[&a])).is_ok();
                // Theirs looks at the first signature of a key alone, ours at every one.
                let several = ours.signatures.iter().filter(|s| s.is_by(a.verifier())).count() > 1;
                assert!(by_us == by_them || (several && by_them), "{bytes:?}");
                if by_us { held += 1 } else { read += 1 }
            }
            (Err(_), Err(_)) => refused += 1,
            (Err(error), Ok(_)) => {
                assert!(
                    names(&bytes).iter().any(|name| is_refused_name(name)),
                    "{error}: {bytes:?}"
                );
                named += 1;
            }
            (Ok(_), Err(error)) => panic!("only ours reads it ({error}): {bytes:?}"),
        }
    }
    assert!(held > 1_000 && read > 1_000 && refused > 1_000, "{held} {read} {refused} {named}");
}

#[test]
fn verifier_keys_are_accepted_alike() {
    let samples: Vec<_> =
        ["a", NAME, "é"].map(|name| key(name, 9).vkey().into_bytes()).into_iter().collect();
    let mut random = Mutator::new(7);
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..40_000 {
        let Ok(vkey) = String::from_utf8(random.damaged(&samples)) else { continue };
        let by_us = VerifierKey::parse(&vkey).is_ok();
        let by_them = StandardVerifier::new(&vkey).is_ok();
        // Theirs reads the hexadecimal of an id in either case and with a sign, ours in one form.
        let id = vkey.split('+').nth(1).unwrap_or_default();
        let shaped = id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        assert!(by_us == by_them || (by_them && !shaped), "{vkey}");
        if by_us { accepted += 1 } else { refused += 1 }
    }
    assert!(accepted > 1_000 && refused > 1_000, "{accepted} and {refused}");
    // Weak keys: theirs takes every point of the curve, ours none of small order.
    let mut identity = [0; 32];
    identity[0] = 1;
    let public = [&[1], identity.as_slice()].concat();
    let id = signed_note::key_id("a", &public);
    let weak =
        format!("a+{id:08x}+{}", base64::Engine::encode(&base64::prelude::BASE64_STANDARD, public));
    assert!(StandardVerifier::new(&weak).is_ok());
    assert!(VerifierKey::parse(&weak).is_err());
}

#[test]
fn checkpoints_are_accepted_alike() {
    let samples: Vec<_> = [0, 1, 256, u64::MAX]
        .map(|size| {
            let root = if size == 0 { Hash::EMPTY_ROOT } else { Hash::leaf(b"a") };
            Checkpoint { origin: NAME.into(), size, root }.text().into_bytes()
        })
        .into_iter()
        .chain([format!("{NAME}\n7\n{}\nmore\n", Hash::leaf(b"a").to_base64()).into_bytes()])
        .collect();
    let mut random = Mutator::new(9);
    let (mut accepted, mut refused, mut named) = (0, 0, 0);
    for _ in 0..60_000 {
        let bytes = random.damaged(&samples);
        let by_us = std::str::from_utf8(&bytes).ok().and_then(|text| Checkpoint::parse(text).ok());
        match (by_us, tlog_tiles::Checkpoint::from_bytes(&bytes)) {
            (Some(ours), Ok(other)) => {
                let root = theirs(&ours.root);
                assert_eq!((other.origin(), other.size()), (ours.origin.as_str(), ours.size));
                assert!(*other.hash() == root && other.extension().is_empty());
                assert_eq!((ours.text().into_bytes(), other.to_bytes()), (bytes.clone(), bytes));
                accepted += 1;
            }
            (None, Err(_)) => refused += 1,
            (None, Ok(other)) => {
                let empty = *other.hash() == theirs(&Hash::EMPTY_ROOT);
                let known = !other.extension().is_empty()
                    || check_name(other.origin()).is_err()
                    || empty != (other.size() == 0);
                assert!(known, "{bytes:?}");
                named += 1;
            }
            (Some(_), Err(error)) => panic!("only ours reads it ({error}): {bytes:?}"),
        }
    }
    assert!(accepted > 1_000 && refused > 1_000 && named > 1_000, "{accepted} {refused} {named}");
}

#[test]
fn a_signature_that_ours_accepts_theirs_accepts_and_the_rest_is_named() {
    let hex = |text: &str| -> Vec<u8> {
        let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
        (0..text.len()).step_by(2).map(byte).collect()
    };
    for file in [
        include_str!("../golden/ed25519_classes.json"),
        include_str!("../golden/ed25519_wycheproof.json"),
        include_str!("../golden/ed25519_cctv.json"),
    ] {
        let file: serde_json::Value = serde_json::from_str(file).expect("golden file");
        for case in file["cases"].as_array().expect("cases") {
            let text = |name: &str| case[name].as_str().expect("text");
            let public = hex(text("public"));
            let (message, signature) = (hex(text("message")), hex(text("signature")));
            let by_us = <[u8; 32]>::try_from(public.as_slice())
                .ok()
                .and_then(|public| VerifierKey::new("a", Algorithm::Ed25519, public).ok())
                .is_some_and(|key| key.verify_strict(&message, &signature).is_ok());
            let material = [&[1], public.as_slice()].concat();
            let id = signed_note::key_id("a", &material);
            let key = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, material);
            let by_them = StandardVerifier::new(&format!("a+{id:08x}+{key}"))
                .is_ok_and(|key| signed_note::Verifier::verify(&key, &message, &signature));
            let class = text("class");
            assert!(!by_us || by_them, "{class}");
            let lenient = ["small", "mixed", "canonical", "low_order"]
                .iter()
                .any(|word| class.contains(word));
            assert!(by_us == by_them || lenient, "{class}: only theirs accepts it");
        }
    }
}
