//! Verified ahead or one by one: the same leaves pass, and the others meet the same refusal.

use ledger::authority::{KeyEnrolled, Role};
use ledger::decide::{self, DoorRefusal, Keyring, Verified};
use ledger::event::Event;
use ledger::log::{Hash, Leaf, SigningKey};
use ledger::refusal::Refusal;
use ledger::replay::Replay;
use proptest::prelude::*;

use super::asks::{asks, founded};

/// What is done to a leaf on its way in.
#[derive(Clone, Copy, Debug)]
enum Harm {
    Nothing,
    /// A bit of a byte, wherever it falls.
    Bit(prop::sample::Index, u8),
    /// A bit of one signature, so that the leaf still reads.
    Signature(prop::sample::Index, u8),
    /// One signature is left out.
    Unsigned(prop::sample::Index),
    /// One signature is by another key of the same name.
    Forged(prop::sample::Index),
    /// A key that is enrolled nowhere signs beside the others.
    Stranger,
    /// Each signature stands under the name of the next.
    Turned,
}

fn harms() -> impl Strategy<Value = Harm> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        Just(Harm::Nothing),
        (at(), 0..8u8).prop_map(|(at, bit)| Harm::Bit(at, bit)),
        (at(), 0..8u8).prop_map(|(at, bit)| Harm::Signature(at, bit)),
        at().prop_map(Harm::Unsigned),
        at().prop_map(Harm::Forged),
        Just(Harm::Stranger),
        Just(Harm::Turned),
    ]
}

fn harmed(bytes: &[u8], harm: Harm) -> Vec<u8> {
    let mut note = Leaf::parse(bytes).expect("a leaf").note;
    let signatures = &mut note.signatures;
    match harm {
        Harm::Nothing => {}
        Harm::Bit(at, bit) => {
            let mut bytes = bytes.to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            return bytes;
        }
        Harm::Signature(at, bit) => {
            let signature = at.get(signatures).clone();
            let blob = at.index(signature.blob.len());
            let place = at.index(signatures.len());
            signatures[place].blob[blob] ^= 1 << bit;
        }
        Harm::Unsigned(at) => {
            signatures.remove(at.index(signatures.len()));
        }
        Harm::Forged(at) => {
            let place = at.index(signatures.len());
            let key = SigningKey::generate(&signatures[place].name, [77; 32]).expect("a key");
            signatures[place] = key.sign_text(&note.text).expect("signed");
        }
        Harm::Stranger => {
            let name = format!("{}/k/inconnu", support::ORIGIN);
            let key = SigningKey::generate(&name, [78; 32]).expect("a key");
            signatures.push(key.sign_text(&note.text).expect("signed"));
        }
        Harm::Turned => {
            let mut blobs: Vec<_> = signatures.iter().map(|s| s.blob.clone()).collect();
            blobs.rotate_left(1);
            signatures.iter_mut().zip(blobs).for_each(|(signature, blob)| signature.blob = blob);
        }
    }
    Leaf::assemble(note.text, note.signatures)
}

/// The root after the leaf, or why it did not pass.
fn answer(replay: &Replay, bytes: &[u8], ring: &Keyring) -> Result<Hash, Refusal> {
    let verified = Verified::read(bytes, ring)?;
    let mut replay = replay.clone();
    let admitted = decide::admit(replay.state(), &replay, &verified)?;
    replay.fold(admitted).map_err(|wrong| DoorRefusal::NotAFact(wrong.reason))?;
    Ok(replay.root())
}

/// The names of the offices, each with a key that is not theirs.
fn foreign(leaves: &[Vec<u8>]) -> Keyring {
    let mut ring = Keyring::default();
    for leaf in leaves {
        for signature in Leaf::parse(leaf).expect("a leaf").note.signatures {
            let key = SigningKey::generate(&signature.name, [79; 32]).expect("a key");
            let (holder, role) = ("un autre livre".to_owned(), Role::Officer);
            let fact = KeyEnrolled { holder, role, vkey: key.vkey() };
            ring.learn(&Event::KeyEnrolled(fact));
        }
    }
    ring
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_leaf_verified_ahead_meets_the_same_answer(
        asked in asks(30),
        tried in prop::collection::vec((any::<[prop::sample::Index; 3]>(), harms()), 12),
    ) {
        let mut book = founded(true);
        for ask in &asked {
            let (command, offices) = ask.command(&book);
            let _ = book.perform(command, offices);
        }
        let mut replays = vec![Replay::default()];
        for leaf in &book.leaves {
            let mut next = replays.last().expect("one").clone();
            prop_assert!(next.push(leaf).is_ok());
            replays.push(next);
        }
        let foreign = foreign(&book.leaves);
        for ([leaf, at, other], harm) in tried {
            let leaf = leaf.index(book.leaves.len());
            let bytes = harmed(&book.leaves[leaf], harm);
            // Where it belongs, and somewhere else.
            for replay in [&replays[leaf], at.get(&replays)] {
                let alone = answer(replay, &bytes, &Keyring::default());
                let rings = [
                    replay.keys(),
                    other.get(&replays).keys(),
                    replays.last().expect("one").keys(),
                    &Keyring::of(&replay.state().registers.authority),
                    &foreign,
                ];
                for ring in rings {
                    prop_assert_eq!(&answer(replay, &bytes, ring), &alone, "{:?}", harm);
                }
                let belongs = replay.size() == u64::try_from(leaf).expect("small");
                match harm {
                    Harm::Nothing if belongs => prop_assert!(alone.is_ok(), "{:?}", alone),
                    Harm::Bit(..) | Harm::Signature(..) | Harm::Forged(_) | Harm::Stranger => {
                        prop_assert!(alone.is_err(), "{:?}", harm);
                    }
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn a_leaf_admitted_for_one_place_is_folded_in_no_other() {
    let book = founded(true);
    let (last, before) = book.leaves.split_last().expect("leaves");
    let mut replay = Replay::default();
    for leaf in before {
        replay.push(leaf).expect("it holds");
    }
    let verified = Verified::read(last, replay.keys()).expect("it reads");
    let earlier = replay.clone();
    let admitted = decide::admit(earlier.state(), &earlier, &verified).expect("it passes");
    replay.fold(admitted).expect("it is folded");
    let root = replay.root();
    let again = replay.fold(admitted).expect_err("its place is taken");
    assert_eq!(again.index, replay.size());
    assert_eq!(replay.root(), root);
}
