//! Verdicts on Ed25519 edge cases: public vectors and classes of our own.

use ed25519_dalek::{Signature, VerifyingKey};

use super::super::note::{Algorithm, VerifierKey};
use super::super::text::from_hex;

fn bytes(hex: &str) -> Vec<u8> {
    let byte = |pair: &[u8]| from_hex::<1>(std::str::from_utf8(pair).unwrap()).expect("hex")[0];
    hex.as_bytes().chunks(2).map(byte).collect()
}

fn verdict(public: &str, message: &str, signature: &str) -> bool {
    let public = bytes(public).try_into().expect("32 bytes");
    let Ok(key) = VerifierKey::new("k", Algorithm::Ed25519, public) else { return false };
    let (message, signature) = (bytes(message), bytes(signature));
    let found = key.verify_strict(&message, &signature).is_ok();
    let library = VerifyingKey::from_bytes(&public).expect("a point");
    let signature = Signature::from_slice(&signature);
    assert_eq!(found, signature.is_ok_and(|one| library.verify_strict(&message, &one).is_ok()));
    found
}

/// Checks a golden file and gives how many cases are valid and how many are not.
fn check(file: &str) -> (usize, usize) {
    let file: serde_json::Value = serde_json::from_str(file).expect("golden file");
    let mut counts = (0, 0);
    for case in file["cases"].as_array().expect("cases") {
        let text = |name: &str| case[name].as_str().expect("text");
        let valid = case["valid"].as_bool().expect("verdict");
        let found = verdict(text("public"), text("message"), text("signature"));
        assert_eq!(found, valid, "{}", text("class"));
        if valid { counts.0 += 1 } else { counts.1 += 1 }
    }
    counts
}

#[test]
fn every_class_of_signature_gets_its_verdict() {
    let file = include_str!("../../../../tests/golden/ed25519_classes.json");
    assert_eq!(check(file), (20, 284));
}

#[test]
fn every_wycheproof_vector_gets_its_verdict() {
    let file = include_str!("../../../../tests/golden/ed25519_wycheproof.json");
    assert_eq!(check(file), (88, 63));
}

#[test]
fn every_cctv_vector_gets_the_verdict_that_its_flags_ask_for() {
    let file = include_str!("../../../../tests/golden/ed25519_cctv.json");
    assert_eq!(check(file), (43, 871));
}

#[test]
fn a_key_is_accepted_in_the_form_that_compressing_it_gives_and_no_other() {
    let by_compressing = |public: [u8; 32]| {
        ed25519_dalek::VerifyingKey::from_bytes(&public)
            .is_ok_and(|key| !key.is_weak() && key.to_edwards().compress().to_bytes() == public)
    };
    let (mut accepted, mut refused) = (0, 0);
    // Every coordinate from 2^255 - 256 to 2^255 - 1, and as many small ones, of both signs.
    for low in 0..=255u8 {
        for (middle, last) in [(0xff, 0x7f), (0xff, 0xff), (0, 0), (0, 0x80), (0xff, 0x7e)] {
            let mut public = [middle; 32];
            (public[0], public[31]) = (low, last);
            let found = VerifierKey::new("k", Algorithm::Ed25519, public).is_ok();
            assert_eq!(found, by_compressing(public), "{public:?}");
            if found { accepted += 1 } else { refused += 1 }
        }
    }
    assert!(accepted > 400 && refused > 400, "{accepted} and {refused}");
}
