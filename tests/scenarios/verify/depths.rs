//! How much an audit checks, and that it names the same first leaf however its cores are timed.

use std::sync::OnceLock;

use ledger::audit::{AuditError, Depth, Expected, audit_to};
use ledger::log::{Checkpoint, Edge, Hash, Leaf, SigningKey, TileId};
use ledger::replay::Replay;
use proptest::prelude::*;
use support::pure::Pure;
use support::{ORIGIN, StoredLog, day, key};

const DEPTHS: [Depth; 3] = [Depth::Full, Depth::Signatures, Depth::Tree];

/// The log that these leaves make, its checkpoint signed by the key that leaf 0 names.
fn log_of(leaves: Vec<Vec<u8>>) -> StoredLog {
    let mut edge = Edge::empty();
    let hashes: Vec<Hash> = leaves.iter().map(|leaf| Hash::leaf(leaf)).collect();
    let tiles = edge.append(&hashes).expect("a tree").into_iter();
    let tiles = tiles.map(|tile| (tile.id, tile.hashes)).collect();
    let log = SigningKey::generate(ORIGIN, [9; 32]).expect("a key");
    let head = Checkpoint { origin: ORIGIN.into(), size: edge.size(), root: edge.root() };
    StoredLog { leaves, tiles, checkpoints: vec![head.sign(&log).expect("signed")] }
}

/// Several chunks of leaves in memory, valid but for what a test does to them.
fn long() -> &'static StoredLog {
    static LONG: OnceLock<StoredLog> = OnceLock::new();
    LONG.get_or_init(|| {
        let mut book = Pure::open(day("2026-03-01"));
        support::big::grow(&mut book, 4_500);
        log_of(book.leaves)
    })
}

/// Leaf after leaf, each compared with its stored hash: the first that is wrong.
fn serial(log: &StoredLog) -> Option<u64> {
    let mut replay = Replay::default();
    (0..).zip(&log.leaves).find_map(|(index, leaf)| {
        let row = &log.tiles[&TileId { level: 0, n: index / 256 }];
        let at = usize::try_from(index % 256).expect("small") * 32;
        let stored = row.get(at..at + 32) == Some(Hash::leaf(leaf).as_bytes().as_slice());
        (replay.push(leaf).is_err() || !stored).then_some(index)
    })
}

/// The first leaf that the audit names; nothing when all holds. Another refusal fails the test.
fn first_wrong(log: &StoredLog, depth: Depth) -> Option<u64> {
    let refused = audit_to(log, &Expected::default(), depth).err()?;
    let index = if let AuditError::Leaf(wrong) = &refused { Some(wrong.index) } else { None };
    assert!(index.is_some(), "{depth:?}: {refused}");
    index
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn the_audit_on_all_cores_names_the_leaf_that_a_serial_walk_names(
        leaves in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..3),
        tiles in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..2),
    ) {
        let mut log = long().clone();
        let size = log.leaves.len();
        for (leaf, at) in leaves {
            let leaf = &mut log.leaves[leaf.index(size)];
            let at = at.index(leaf.len());
            leaf[at] ^= 1;
        }
        for (tile, at) in tiles {
            let id = TileId { level: 0, n: u64::try_from(tile.index(17)).expect("small") };
            let row = log.tiles.get_mut(&id).expect("a tile");
            let at = at.index(row.len());
            row[at] ^= 1;
        }
        let expected = serial(&log);
        for depth in DEPTHS {
            prop_assert_eq!(first_wrong(&log, depth), expected, "{:?}", depth);
        }
    }
}

#[test]
fn each_depth_says_no_to_what_it_checks_and_to_no_more() {
    let mut book = Pure::open(day("2026-03-01"));
    support::big::grow(&mut book, 300);
    let sound = book.leaves.clone();
    let verdicts = |leaves: Vec<Vec<u8>>| {
        let log = log_of(leaves);
        DEPTHS.map(|depth| first_wrong(&log, depth))
    };
    assert_eq!(verdicts(sound.clone()), [None, None, None]);

    // By a key in office that may not sign this: the desk, for a place.
    let place = sound.iter().position(|leaf| kind(leaf).contains("place_registered"));
    let place = place.expect("a place");
    let text = Leaf::parse(&sound[place]).expect("a leaf").note.text;
    let mut leaves = sound.clone();
    leaves.truncate(place);
    leaves.push(Pure::signed(text.clone(), &[&key("guichet", 8)]));
    let at = Some(u64::try_from(place).expect("small"));
    assert_eq!(verdicts(leaves.clone()), [at, None, None]);

    // A signature that does not hold, in a tree made for it.
    leaves[place] = Pure::signed(text.clone(), &[&key("guichet", 77)]);
    assert_eq!(verdicts(leaves.clone()), [at, at, None]);

    // A key that the log never named.
    leaves[place] = Pure::signed(text, &[&key("inconnu", 77)]);
    assert_eq!(verdicts(leaves.clone()), [at, at, None]);

    // No leaf at all.
    leaves[place] = b"rien".to_vec();
    assert_eq!(verdicts(leaves), [at, at, None]);
}

fn kind(leaf: &[u8]) -> String {
    Leaf::parse(leaf).expect("a leaf").content.kind
}
