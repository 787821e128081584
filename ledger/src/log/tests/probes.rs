//! Public probes of proofs: right ones, and wrong ones changed in one place.

use super::super::hash::{Hash, sha256};
use super::super::proof::{verify_consistency, verify_inclusion};
use base64::Engine as _;

fn bytes(text: &serde_json::Value) -> Vec<u8> {
    let text = text.as_str().expect("base 64");
    base64::prelude::BASE64_STANDARD.decode(text).expect("base 64")
}

fn hash(text: &serde_json::Value) -> Option<Hash> {
    bytes(text).try_into().ok().map(Hash::from_bytes)
}

/// A root that is a few words, as some probes have, stands for a hash: the same for the same words.
fn root(text: &serde_json::Value) -> Hash {
    hash(text).unwrap_or_else(|| Hash::from_bytes(sha256(&[b"words: ", &*bytes(text)].concat())))
}

/// Asks every probe of a kind, and gives how many hold and how many do not.
fn asked(kind: &str, holds: impl Fn(&serde_json::Value, &[Hash]) -> bool) -> (usize, usize) {
    let file = include_str!("../../../../tests/golden/merkle_probes.json");
    let file: serde_json::Value = serde_json::from_str(file).expect("golden file");
    let mut counts = (0, 0);
    for probe in file[kind].as_array().expect("probes") {
        let proof = probe["proof"].as_array().expect("hashes").iter();
        // What is no hash can't be asked about: it is refused by its form.
        let proof: Option<Vec<Hash>> = proof.map(hash).collect();
        let wrong = probe["wantErr"].as_bool().expect("verdict");
        let found = proof.is_some_and(|proof| holds(probe, &proof));
        assert_eq!(found, !wrong, "{probe}");
        if wrong { counts.1 += 1 } else { counts.0 += 1 }
    }
    counts
}

fn number(value: &serde_json::Value) -> u64 {
    value.as_u64().expect("a number")
}

#[test]
fn every_public_probe_of_inclusion_gets_its_verdict() {
    let found = asked("inclusion", |probe, proof| {
        let (index, size) = (number(&probe["leafIdx"]), number(&probe["treeSize"]));
        let both = hash(&probe["leafHash"]).zip(hash(&probe["root"]));
        both.is_some_and(|(leaf, root)| verify_inclusion(&leaf, index, size, &root, proof).is_ok())
    });
    assert_eq!(found, (6, 92));
}

#[test]
fn every_public_probe_of_consistency_gets_its_verdict() {
    let found = asked("consistency", |probe, proof| {
        let (old, new) = (root(&probe["root1"]), root(&probe["root2"]));
        let (old_size, new_size) = (number(&probe["size1"]), number(&probe["size2"]));
        verify_consistency(old_size, &old, new_size, &new, proof).is_ok()
    });
    assert_eq!(found, (6, 92));
}
