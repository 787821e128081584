//! Independent auditors, written from the specifications alone, read an exported log.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::log::Policy;
use serde_json::{Value, json};
use support::{Auditors, Exported, StoredLog};

use super::small_book;

/// The one bundle of a small log.
fn bundle(tree: &Path, size: usize) -> PathBuf {
    tree.join(format!("tile/entries/000.p/{size}"))
}

#[tokio::test]
async fn other_programs_find_the_same_and_name_a_changed_leaf() {
    let coop = small_book().await;
    let log = StoredLog::read(&coop.target).await.expect("read");
    let out = tempfile::tempdir().expect("a folder");
    let tree = out.path().join("log");
    log.export(&tree);

    let auditors = Auditors::find(out.path());
    let exported = Exported::alone(&tree);
    for (name, whole) in auditors.say(exported) {
        let said = String::from_utf8_lossy(&whole.stdout).into_owned();
        assert!(whole.status.success(), "{said}{}", String::from_utf8_lossy(&whole.stderr));
        assert!(said.contains("ALL HOLDS"), "{name}: {said}");
        if name == "Python" {
            assert!(said.contains("shares allotted 200"), "{said}");
            assert!(said.contains("capital (cents) 2000000"), "{said}");
        }
    }

    let file = bundle(&tree, log.leaves.len());
    let sound = std::fs::read(&file).expect("the bundle");
    let mut at = 0;
    for (index, leaf) in log.leaves.iter().enumerate() {
        let mut bytes = sound.clone();
        // Two bytes of length, then the leaf: the middle of it is inside what was signed.
        bytes[at + 2 + leaf.len() / 2] ^= 1;
        at += 2 + leaf.len();
        std::fs::write(&file, bytes).expect("written");
        for (name, changed) in auditors.say(exported) {
            let said = String::from_utf8_lossy(&changed.stderr).into_owned();
            assert!(!changed.status.success(), "{name}: leaf {index} was changed unseen");
            assert!(said.contains(&format!("leaf {index}")), "{name}: leaf {index}: {said}");
        }
    }
}

/// How many damaged policies are put to every reader.
const DAMAGED: usize = 3_000;

/// A policy with a piece of another put in, or a few bytes taken out, put twice or changed.
fn damaged(corpus: &[Vec<u8>], random: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
    let mut policy = corpus[random(corpus.len())].clone();
    policy.truncate(600);
    for _ in 0..=random(2) {
        let at = random(policy.len() + 1);
        let to = (at + random(8)).min(policy.len());
        let other = &corpus[random(corpus.len())];
        let from = random(other.len() + 1);
        let piece = other[from..(from + random(40)).min(other.len())].to_vec();
        let new = match random(4) {
            0 => Vec::new(),
            1 => policy[at..to].repeat(2),
            2 => vec![u8::try_from(random(256)).expect("a byte")],
            _ => piece,
        };
        policy.splice(at..to, new);
    }
    policy
}

#[test]
fn every_reader_accepts_the_same_policies() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/policies.json");
    let golden: Value =
        serde_json::from_slice(&std::fs::read(golden).expect("golden")).expect("json");
    let octets = |case: &Value| match case["policy_base64"].as_str() {
        Some(text) => STANDARD.decode(text).expect("base64"),
        None => case["policy"].as_str().expect("a policy").as_bytes().to_vec(),
    };
    let corpus: Vec<Vec<u8>> = golden.as_array().expect("cases").iter().map(octets).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below.max(1)
    };
    let mut policies = corpus.clone();
    policies.extend((0..DAMAGED).map(|_| damaged(&corpus, &mut random)));

    let out = tempfile::tempdir().expect("a folder");
    let file = out.path().join("policies.json");
    let listed: Vec<Value> =
        policies.iter().map(|policy| json!({"policy_base64": STANDARD.encode(policy)})).collect();
    std::fs::write(&file, serde_json::to_vec(&listed).expect("json")).expect("written");
    let ours: Vec<bool> = policies.iter().map(|policy| Policy::read(policy).is_ok()).collect();
    for (name, theirs) in Auditors::find(out.path()).judge(&file) {
        assert_eq!(theirs.len(), ours.len(), "{name}");
        for (at, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
            let policy = String::from_utf8_lossy(&policies[at]);
            assert_eq!(*ours, theirs, "{name} says otherwise of policy {at}:\n{policy}");
        }
    }
    assert!(ours.iter().filter(|accepted| **accepted).count() > 60, "some damaged ones pass");
}
