//! The signer signs one history: forward, with proof, from a state that it knows.

use super::super::super::keys::random;
use super::*;
use crate::log::{Edge, Tile, TileId, proof};

const ORIGIN: &str = "coop.example/livre";

/// A log of leaves that are numbers, and a signer with a state of its own.
struct World {
    signer: LogSigner,
    key: SigningKey,
    path: PathBuf,
}

impl World {
    fn new() -> Self {
        let random: [u8; 8] = random().expect("randomness");
        let path = std::env::temp_dir().join(format!("signer-{:x}", u64::from_be_bytes(random)));
        let key = SigningKey::generate(ORIGIN, [3; 32]).expect("a key");
        let signer = LogSigner::new(vec![key.clone()], path.clone());
        let nothing = Checkpoint { origin: ORIGIN.into(), size: 0, root: Hash::EMPTY_ROOT };
        signer.begin_at(&nothing).expect("a new state");
        Self { signer, key, path }
    }

    fn ask(&self, history: &str, old: u64, new: u64) -> Ask {
        let (root, tiles) = tree(history, new);
        let proof = if old == 0 || old == new {
            Vec::new()
        } else {
            proof::consistency_proof(old, new, &tiles).expect("the tiles are there")
        };
        let checkpoint = Checkpoint { origin: ORIGIN.into(), size: new, root };
        Ask { checkpoint, keys: vec![self.key.verifier().clone()], old, proof }
    }

    fn signs(&self, history: &str, old: u64, new: u64) -> Result<Vec<Signature>, SignError> {
        self.signer.sign(&self.ask(history, old, new))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
        let _ = std::fs::remove_file(self.path.with_extension("lock"));
    }
}

fn tree(history: &str, size: u64) -> (Hash, std::collections::BTreeMap<TileId, Vec<u8>>) {
    let mut edge = Edge::empty();
    let mut tiles = std::collections::BTreeMap::new();
    for number in 0..size {
        // Two histories agree on their first three leaves.
        let name = if number < 3 { "both" } else { history };
        let grown = edge.append(&[Hash::leaf(format!("{name} {number}").as_bytes())]);
        tiles.extend(grown.expect("it grows").into_iter().map(|Tile { id, hashes }| (id, hashes)));
    }
    (edge.root(), tiles)
}

#[test]
fn a_head_that_extends_the_last_one_is_signed_and_written_down_first() {
    let world = World::new();
    let signed = world.signs("one", 0, 4).expect("from nothing");
    let text = world.ask("one", 0, 4).checkpoint.text();
    assert_eq!(std::fs::read_to_string(&world.path).expect("the state"), text);
    world.key.verifier().verify_strict(text.as_bytes(), &signed[0].blob).expect("it holds");
    world.signs("one", 4, 300).expect("it extends");
}

#[test]
fn the_same_head_gets_the_same_signature_again() {
    let world = World::new();
    let first = world.signs("one", 0, 5).expect("signed");
    assert_eq!(world.signs("one", 0, 5), Ok(first.clone()), "whatever the asker believed");
    let other_node = LogSigner::new(vec![world.key.clone()], world.path.clone());
    assert_eq!(other_node.sign(&world.ask("one", 3, 5)), Ok(first));
}

#[test]
fn it_does_not_go_back() {
    let world = World::new();
    world.signs("one", 0, 9).expect("signed");
    for size in 0..9 {
        let refused = world.signs("one", 0, size).expect_err("refused");
        assert!(matches!(refused, SignError::Behind(last) if last.size == 9), "{size}: {refused}");
    }
}

#[test]
fn it_does_not_go_sideways() {
    let world = World::new();
    world.signs("one", 0, 9).expect("signed");
    let same_size = world.signs("two", 0, 9).expect_err("another root");
    assert!(matches!(same_size, SignError::Forked(last) if last.size == 9), "{same_size}");
    // A larger head of the other history, with that history's own sound proof, and with ours.
    let larger = world.signs("two", 9, 12).expect_err("another history");
    assert!(matches!(larger, SignError::Forked(_)), "{larger}");
    let mut mixed = world.ask("two", 9, 12);
    mixed.proof = world.ask("one", 9, 12).proof;
    assert!(matches!(world.signer.sign(&mixed), Err(SignError::Forked(_))));
    let mut bare = world.ask("one", 9, 12);
    bare.proof.clear();
    assert!(matches!(world.signer.sign(&bare), Err(SignError::Forked(_))));
    world.signs("one", 9, 12).expect("the history it knows goes on");
}

#[test]
fn a_proof_from_elsewhere_is_told_where_to_begin() {
    let world = World::new();
    world.signs("one", 0, 4).expect("signed");
    for old in [0, 2, 5] {
        let refused = world.signs("one", old, 8).expect_err("refused");
        assert!(matches!(refused, SignError::Stale(last) if last.size == 4), "{old}: {refused}");
    }
}

#[test]
fn without_its_state_nothing_is_signed() {
    let world = World::new();
    for damage in [
        "",
        "coop.example/livre\n4\n",
        "autre.example/livre\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    ] {
        std::fs::write(&world.path, damage).expect("damaged");
        assert!(matches!(world.signs("one", 0, 4), Err(SignError::State(_))), "{damage}");
    }
    std::fs::remove_file(&world.path).expect("removed");
    assert!(matches!(world.signs("one", 0, 4), Err(SignError::State(_))), "absent");
}

#[test]
fn a_first_state_is_never_written_over_another() {
    let world = World::new();
    let head = world.ask("one", 0, 4).checkpoint;
    assert!(matches!(world.signer.begin_at(&head), Err(SignError::State(_))));
}

#[test]
fn a_key_it_does_not_hold_signs_nothing_and_moves_nothing() {
    let world = World::new();
    let other = SigningKey::generate(ORIGIN, [4; 32]).expect("a key");
    let mut ask = world.ask("one", 0, 4);
    ask.keys.push(other.verifier().clone());
    assert!(matches!(world.signer.sign(&ask), Err(SignError::NoKey(_))));
    let mut elsewhere = world.ask("one", 0, 4);
    elsewhere.checkpoint.origin = "autre.example/livre".into();
    assert!(matches!(world.signer.sign(&elsewhere), Err(SignError::NoKey(_))));
    world.signs("one", 0, 3).expect("the state has not moved");
}
