//! A book in memory: commands are decided, signed by seeded keys, admitted and folded. No database,
//! no clock, no randomness: the same calls give the same bytes.

use std::collections::BTreeMap;

use ledger::authority::{AdminKey, EnrolKey, OpenBook, Role};
use ledger::base::{Count, Day, LeafIndex};
use ledger::command::Command;
use ledger::decide::{self, KnownRoots, Verified};
use ledger::event::Event;
use ledger::log::{After, Leaf, LeafContent, LeafId, SigningKey};
use ledger::refusal::Refusal;
use ledger::replay::Replay;
use ledger::state::State;

use crate::{OFFICES, ORIGIN, bylaws, key, noon_ms};

/// A book in memory with its offices enrolled.
#[derive(Clone)]
pub struct Pure {
    /// The fold of all leaves.
    pub replay: Replay,
    /// The leaves, as signed.
    pub leaves: Vec<Vec<u8>>,
    /// The time that leaves bear, in milliseconds since 1970.
    pub now_ms: i64,
    keys: BTreeMap<String, SigningKey>,
}

impl Pure {
    /// Opens a book on that day.
    pub fn open(on: Day) -> Self {
        let mut keys: BTreeMap<String, SigningKey> =
            OFFICES.iter().map(|(name, _, seed)| ((*name).to_owned(), key(name, *seed))).collect();
        keys.insert("guichet".into(), key("guichet", 8));
        // Nobody's yet: what takes another's place.
        keys.insert("admin-4".into(), key("admin-4", 14));
        let (replay, leaves) = (Replay::default(), Vec::new());
        let mut book = Self { replay, leaves, now_ms: noon_ms(on), keys };
        let admin = |name: &str| AdminKey { holder: name.into(), vkey: book.key(name).vkey() };
        let ask = OpenBook {
            origin: ORIGIN.into(),
            log_vkey: SigningKey::generate(ORIGIN, [9; 32]).expect("a key").vkey(),
            admins: ["admin-1", "admin-2", "admin-3"].map(admin).to_vec(),
            threshold: Count::new(2),
            bylaws: bylaws(),
            charter_sha256: None,
            policy_sha256: None,
        };
        book.done(Command::OpenBook(Box::new(ask)), &["admin-1", "admin-2"]);
        let offices = OFFICES.iter().map(|(name, role, _)| (*name, *role));
        for (name, role) in offices.chain([("guichet", Role::Desk)]) {
            if role != Role::Admin {
                let vkey = book.key(name).vkey();
                let ask = EnrolKey { holder: name.into(), role, vkey };
                book.done(Command::EnrolKey(ask), &[name, "admin-1", "admin-2"]);
            }
        }
        book
    }

    /// The state so far.
    pub fn state(&self) -> &State {
        self.replay.state()
    }

    /// The key of an office.
    pub fn key(&self, name: &str) -> &SigningKey {
        self.keys.get(name).expect("an office of the test cooperative")
    }

    /// Whether the key of that name may sign the next leaf.
    pub fn may_sign(&self, name: &str) -> bool {
        let at = LeafIndex::new(self.replay.size());
        self.state().registers.authority.may_sign(&format!("{ORIGIN}/k/{name}"), at)
    }

    /// Today.
    pub fn today(&self) -> Day {
        Day::of_unix_ms(self.now_ms).expect("a day")
    }

    /// What [`decide::decide`] answers today.
    ///
    /// # Errors
    /// The refusal.
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        decide::decide(self.state(), self.today(), command)
    }

    /// The text of the leaf that would carry this fact, `ahead` leaves from here.
    pub fn text(&self, event: &Event, ahead: u64) -> String {
        let (kind, body) = event.to_parts().expect("a fact that can be written");
        let mut random = [0; 10];
        random[2..].copy_from_slice(&(self.replay.size() + ahead).to_be_bytes());
        let content = LeafContent {
            origin: ORIGIN.into(),
            id: LeafId::from_parts(self.now_ms, random),
            kind,
            recorded_ms: self.now_ms,
            after: After { size: self.replay.size(), root: self.replay.root() },
            corrects: None,
            body,
        };
        content.to_text().expect("a leaf")
    }

    /// Signs that text by these keys.
    pub fn signed(text: String, keys: &[&SigningKey]) -> Vec<u8> {
        let signatures = keys.iter().map(|key| key.sign_text(&text).expect("signed")).collect();
        Leaf::assemble(text, signatures)
    }

    /// Takes signed leaves in, all or none: the same door as the registrar's.
    ///
    /// # Errors
    /// The refusal; the book is as it was.
    pub fn admit(&mut self, leaves: Vec<Vec<u8>>) -> Result<(), Refusal> {
        let mut replay = self.replay.clone();
        for bytes in &leaves {
            let leaf = Verified::read(bytes, replay.keys())?;
            let admitted = decide::admit(replay.state(), &replay, &leaf)?;
            replay.fold(admitted).expect("what is admitted is folded");
        }
        self.replay = replay;
        self.leaves.extend(leaves);
        Ok(())
    }

    /// Decides, signs by these offices, admits.
    ///
    /// # Errors
    /// The refusal; the book is as it was.
    pub fn perform(&mut self, command: Command, offices: &[&str]) -> Result<Vec<Event>, Refusal> {
        let events = self.decide(command)?;
        let keys: Vec<&SigningKey> = offices.iter().map(|name| self.key(name)).collect();
        let leaves = (0..)
            .zip(&events)
            .map(|(ahead, event)| Self::signed(self.text(event, ahead), &keys))
            .collect();
        self.admit(leaves)?;
        Ok(events)
    }

    /// A command that must pass.
    pub fn done(&mut self, command: Command, offices: &[&str]) -> Vec<Event> {
        self.perform(command, offices).expect("the command passes")
    }

    /// Folds the first `size` leaves anew.
    pub fn replayed(&self, size: usize) -> Replay {
        let mut replay = Replay::default();
        for leaf in self.leaves.iter().take(size) {
            replay.push(leaf).expect("the leaf holds");
        }
        replay
    }

    /// The root of the tree of that size.
    pub fn root_at(&self, size: u64) -> Option<ledger::log::Hash> {
        self.replay.root_at(size)
    }
}
