//! Verdicts on Ed25519 edge cases: public vectors and classes of our own.

use super::super::note::{Algorithm, VerifierKey};
use super::super::text::from_hex;

fn bytes(hex: &str) -> Vec<u8> {
    let byte = |pair: &[u8]| from_hex::<1>(std::str::from_utf8(pair).unwrap()).expect("hex")[0];
    hex.as_bytes().chunks(2).map(byte).collect()
}

fn verdict(public: &str, message: &str, signature: &str) -> bool {
    let public = bytes(public).try_into().expect("32 bytes");
    VerifierKey::new("k", Algorithm::Ed25519, public)
        .and_then(|key| key.verify_strict(&bytes(message), &bytes(signature)))
        .is_ok()
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
