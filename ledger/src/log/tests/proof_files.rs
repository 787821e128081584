//! Proof files: a round trip, every flipped bit, every false claim.

use super::super::checkpoint::Checkpoint;
use super::super::cosignature;
use super::super::hash::Hash;
use super::super::note::{Note, SigningKey, VerifierKey};
use super::super::policy::{Cosigned, Policy, PolicyError, Witnessed};
use super::super::proof::{ProofError, inclusion_proof};
use super::super::proof_file::*;
use super::{ORIGIN, flips, key, tree};

const LEAF: &[u8] = b"leaf 5";

fn witness() -> SigningKey {
    SigningKey::generate_cosigner("witness.example/1", [9; 32]).expect("key")
}

fn log_key() -> VerifierKey {
    key(ORIGIN, 3).verifier().clone()
}

fn policy() -> Policy {
    Policy::parse(&format!("witness A {}\nquorum A\n", witness().vkey())).expect("policy")
}

/// The proof of leaf 5 of 11, witnessed at 1000 s.
fn proof(extra: Option<Vec<u8>>) -> ProofFile {
    let leaves: Vec<_> = (0..11).map(|n| Hash::leaf(format!("leaf {n}").as_bytes())).collect();
    let (edge, rows) = tree(&leaves);
    let checkpoint = Checkpoint { origin: ORIGIN.into(), size: edge.size(), root: edge.root() };
    let mut note = Note::parse(&checkpoint.sign(&key(ORIGIN, 3)).expect("signed")).expect("note");
    note.signatures.push(cosignature::sign(&note.text, &witness(), 1000).expect("cosigned"));
    let hashes = inclusion_proof(5, 11, &rows).expect("proof");
    ProofFile { extra, index: 5, hashes, checkpoint: note.to_bytes() }
}

#[test]
fn a_proof_file_reads_back_and_holds() {
    for extra in [None, Some(vec![]), Some(LEAF.to_vec())] {
        let made = proof(extra);
        let read = ProofFile::parse(&made.to_bytes()).expect("proof file");
        assert_eq!(read, made);
        let proven = read.verify(LEAF, ORIGIN, &log_key(), &policy()).expect("proven");
        assert_eq!(proven.checkpoint.size, 11);
        let by = Cosigned { witness: "A".into(), time: 1000 };
        assert_eq!(proven.witnessed, Witnessed::By(vec![by]));
    }
}

#[test]
fn every_flipped_bit_of_a_proof_file_is_refused() {
    let (log, policy) = (log_key(), policy());
    let verify = |bytes: &[u8], leaf: &[u8]| {
        ProofFile::parse(bytes).and_then(|file| file.verify(leaf, ORIGIN, &log, &policy))
    };
    let bytes = proof(None).to_bytes();
    assert!(verify(&bytes, LEAF).is_ok());
    for (bit, flipped) in flips(&bytes) {
        assert!(verify(&flipped, LEAF).is_err(), "bit {bit}");
        let again = ProofFile::parse(&flipped).map(|file| file.to_bytes());
        assert!(again.is_err() || again == Ok(flipped), "bit {bit} is read in another form");
    }
    for (bit, flipped) in flips(LEAF) {
        assert!(verify(&bytes, &flipped).is_err(), "leaf bit {bit}");
    }
    for length in 0..bytes.len() {
        assert!(verify(&bytes[..length], LEAF).is_err(), "cut at {length}");
    }
}

#[test]
fn every_flipped_bit_of_a_proof_that_brings_its_leaf_is_refused() {
    let (log, policy) = (log_key(), policy());
    let bytes = proof(Some(LEAF.to_vec())).to_bytes();
    let inside = |bytes: &[u8]| {
        let file = ProofFile::parse(bytes)?;
        file.verify_leaf_inside(ORIGIN, &log, &policy).map(|(leaf, _)| leaf.to_vec())
    };
    assert_eq!(inside(&bytes).as_deref(), Ok(LEAF));
    for (bit, flipped) in flips(&bytes) {
        assert!(inside(&flipped).is_err(), "bit {bit}");
    }
    assert_eq!(inside(&proof(None).to_bytes()), Err(ProofFileError::NoLeaf));
}

#[test]
fn a_false_claim_is_refused() {
    let (log, policy) = (log_key(), policy());
    let verify = |file: &ProofFile| file.verify(LEAF, ORIGIN, &log, &policy).expect_err("refused");
    let good = proof(None);
    let root = ProofFileError::Proof(ProofError::Root);
    assert_eq!(verify(&ProofFile { index: 4, ..good.clone() }), root);
    let out = ProofFileError::Proof(ProofError::OutOfTree { index: 11, size: 11 });
    assert_eq!(verify(&ProofFile { index: 11, ..good.clone() }), out);
    let other = good.verify(b"leaf 6", ORIGIN, &log, &policy);
    assert_eq!(other, Err(root));
    let elsewhere = good.verify(LEAF, "elsewhere", &log, &policy);
    assert!(matches!(elsewhere, Err(ProofFileError::Origin { .. })));
    let impostor = key(ORIGIN, 4);
    let unsigned = good.verify(LEAF, ORIGIN, impostor.verifier(), &policy);
    assert!(matches!(unsigned, Err(ProofFileError::Checkpoint(_))));
}

#[test]
fn the_policy_decides_who_must_have_cosigned() {
    let good = proof(None);
    let verify = |policy: &str| {
        good.verify(LEAF, ORIGIN, &log_key(), &Policy::parse(policy).expect("policy"))
    };
    let none = verify("quorum none\n").map(|proven| proven.witnessed);
    assert_eq!(none, Ok(Witnessed::None));
    let stranger = SigningKey::generate_cosigner("b", [8; 32]).expect("key").vkey();
    let missing = verify(&format!("witness B {stranger}\nquorum B\n"));
    assert_eq!(missing, Err(ProofFileError::Policy(PolicyError::NotReached("B".into()))));
    assert!(verify(&format!("log {}\nquorum none\n", log_key())).is_ok());
    let other = verify(&format!("log {}\nquorum none\n", key(ORIGIN, 4).vkey()));
    assert_eq!(other, Err(ProofFileError::LogNotListed(ORIGIN.into())));
}

#[test]
fn a_proof_file_in_another_form_is_refused() {
    let hash = Hash::EMPTY_ROOT.to_base64();
    let parse = |file: String| ProofFile::parse(file.as_bytes()).expect_err("refused");
    let header = "c2sp.org/tlog-proof@v1";
    assert_eq!(parse(format!("{header}\nindex 0\n")), ProofFileError::NoCheckpoint);
    assert_eq!(parse("c2sp.org/tlog-proof@v2\nindex 0\n\n".into()), ProofFileError::Header);
    for index in ["", "index", "index ", "index 01", "index -1", "Index 0", "index 0 "] {
        assert_eq!(parse(format!("{header}\n{index}\n\n")), ProofFileError::Index, "{index}");
    }
    assert_eq!(parse(format!("{header}\nextra A\nindex 0\n\n")), ProofFileError::Extra);
    assert_eq!(parse(format!("{header}\nextra \nextra \nindex 0\n\n")), ProofFileError::Index);
    let wrong = parse(format!("{header}\nindex 0\n{hash}\nAAAA\n\n"));
    assert!(matches!(wrong, ProofFileError::Hash { at: 1, .. }));
    let many = format!("{hash}\n").repeat(64);
    assert_eq!(parse(format!("{header}\nindex 0\n{many}\n")), ProofFileError::TooManyHashes);
    let most = format!("{header}\nindex 0\n{}\n", format!("{hash}\n").repeat(63));
    assert_eq!(ProofFile::parse(most.as_bytes()).map(|file| file.hashes.len()), Ok(63));
    assert_eq!(ProofFile::parse(b"\xff"), Err(ProofFileError::Characters));
    let long = vec![b'a'; MAX_PROOF_FILE + 1];
    assert_eq!(ProofFile::parse(&long), Err(ProofFileError::TooLong(long.len())));
    assert_eq!(
        ProofFile::parse(&long[1..]),
        Err(ProofFileError::NoCheckpoint),
        "read, though none"
    );
}
