//! What an audit keeps of the leaves it walks over, by how much it checks.

use std::collections::BTreeMap;

use crate::authority::Authority;
use crate::base::{Day, LeafIndex, Stamp};
use crate::decide::{Keyring, KnownRoots, Verified};
use crate::event::Event;
use crate::log::{Hash, Tile};
use crate::replay::Replay;
use crate::replay::walk::{Hashes, Ready, Walker};
use crate::state::State;

/// What was counted on the way.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    /// Signatures verified.
    pub(super) signatures: u64,
    /// Leaves of each kind.
    pub(super) kinds: BTreeMap<String, u64>,
}

impl Counts {
    fn count(&mut self, leaf: &Verified) {
        let leaf = leaf.leaf();
        let signed = u64::try_from(leaf.note.signatures.len()).unwrap_or(0);
        self.signatures = self.signatures.saturating_add(signed);
        if let Some(seen) = self.kinds.get_mut(&leaf.content.kind) {
            *seen = seen.saturating_add(1);
        } else {
            self.kinds.insert(leaf.content.kind.clone(), 1);
        }
    }
}

/// A walker, and what the audit asks of it at the end.
pub(super) trait Checker: Walker {
    /// The root at a size, if the walk came that far.
    fn root_at(&self, size: u64) -> Option<Hash>;
    /// The partial rows of the right edge.
    fn partial_rows(&self) -> Vec<Tile>;
    /// Who the log's keys are, when leaves were read.
    fn authority(&self) -> Option<&Authority>;
    /// What was counted, and the state if it was folded.
    fn end(self) -> (Counts, Option<State>);
}

impl Checker for Hashes {
    fn root_at(&self, size: u64) -> Option<Hash> {
        self.root_at(size)
    }

    fn partial_rows(&self) -> Vec<Tile> {
        self.partial_rows()
    }

    fn authority(&self) -> Option<&Authority> {
        None
    }

    fn end(self) -> (Counts, Option<State>) {
        (Counts::default(), None)
    }
}

fn read(leaf: Ready) -> Result<Box<Verified>, String> {
    leaf.read.ok_or("non lue")?.map_err(|unread| unread.to_string())
}

/// Everything: the replay.
#[derive(Default)]
pub(super) struct Whole {
    replay: Replay,
    counts: Counts,
}

impl Walker for Whole {
    const READS: bool = true;

    fn size(&self) -> u64 {
        self.replay.size()
    }

    fn keys(&self) -> Keyring {
        self.replay.keys().clone()
    }

    fn take(&mut self, leaf: Ready) -> Result<Vec<Tile>, String> {
        let verified = read(leaf)?;
        let full = self.replay.take(&verified).map_err(|wrong| wrong.reason)?;
        self.counts.count(&verified);
        Ok(full)
    }
}

impl Checker for Whole {
    fn root_at(&self, size: u64) -> Option<Hash> {
        self.replay.root_at(size)
    }

    fn partial_rows(&self) -> Vec<Tile> {
        self.replay.grown_since(0)
    }

    fn authority(&self) -> Option<&Authority> {
        Some(&self.replay.state().registers.authority)
    }

    fn end(self) -> (Counts, Option<State>) {
        (self.counts, Some(self.replay.state().clone()))
    }
}

/// Form, history and signatures, by the keys that the log has named so far.
#[derive(Default)]
pub(super) struct Signed {
    tree: Hashes,
    keys: Keyring,
    origin: Option<String>,
    /// Of which only the log's own keys are folded: they sign checkpoints.
    state: State,
    counts: Counts,
}

impl Walker for Signed {
    const READS: bool = true;

    fn size(&self) -> u64 {
        self.tree.size()
    }

    fn keys(&self) -> Keyring {
        self.keys.clone()
    }

    fn take(&mut self, leaf: Ready) -> Result<Vec<Tile>, String> {
        let verified = read(leaf)?;
        let content = &verified.leaf().content;
        let origin = self.origin.get_or_insert_with(|| content.origin.clone());
        if *origin != content.origin {
            return Err(format!("elle est destinée à un autre journal : « {} »", content.origin));
        }
        if self.tree.root_at(content.after.size) != Some(content.after.root) {
            return Err("elle s’appuie sur un état que le journal n’a jamais eu".into());
        }
        verified.holds(&self.keys).map_err(|refusal| refusal.to_string())?;
        self.keys.learn(verified.event());
        self.fold_log_keys(verified.event())?;
        self.counts.count(&verified);
        self.tree.push(verified.hash())
    }
}

impl Signed {
    fn fold_log_keys(&mut self, event: &Event) -> Result<(), String> {
        let names_log_keys = event.opening().is_some() || matches!(event, Event::LogKeyRotated(_));
        let Some(day) = Day::new(1970, 1, 1).filter(|_| names_log_keys) else { return Ok(()) };
        let stamp = Stamp { index: LeafIndex::new(self.size()), day };
        self.state.registers.apply(stamp, event).map_err(|error| error.to_string())
    }
}

impl Checker for Signed {
    fn root_at(&self, size: u64) -> Option<Hash> {
        self.tree.root_at(size)
    }

    fn partial_rows(&self) -> Vec<Tile> {
        self.tree.partial_rows()
    }

    fn authority(&self) -> Option<&Authority> {
        Some(&self.state.registers.authority)
    }

    fn end(self) -> (Counts, Option<State>) {
        (self.counts, None)
    }
}
