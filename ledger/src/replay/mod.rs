//! Leaves back into state: the start of the portal and the auditor's check are this one fold.

pub mod packed;
mod parts;
pub mod walk;

use thiserror::Error;

pub use parts::Part;

use crate::decide::{self, Admitted, Keyring, KnownRoots, Verified};
use crate::log::{Edge, Hash, Tile};
use crate::state::State;

/// The log contradicts itself: at which leaf, and how. Nothing after it can be trusted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("feuille {index} : {reason}")]
pub struct Inconsistency {
    /// The first leaf that is wrong, from zero.
    pub index: u64,
    /// What is wrong with it, in French.
    pub reason: String,
}

/// A fold of leaves in order: the state, the tree's right edge, and every root on the way.
#[derive(Clone, Debug)]
pub struct Replay {
    state: State,
    edge: Edge,
    /// The root of every size from 0, kept because a leaf's `after` may name any of them.
    roots: imbl::Vector<Hash>,
    keys: Keyring,
    /// Set when a fact was folded half: nothing is taken after it.
    spoilt: Option<Inconsistency>,
}

impl Default for Replay {
    fn default() -> Self {
        let mut roots = imbl::Vector::new();
        roots.push_back(Hash::EMPTY_ROOT);
        let (state, edge, keys) = (State::default(), Edge::empty(), Keyring::default());
        Self { state, edge, roots, keys, spoilt: None }
    }
}

impl KnownRoots for Replay {
    fn root_at(&self, size: u64) -> Option<Hash> {
        self.roots.get(usize::try_from(size).ok()?).copied()
    }
}

impl Replay {
    /// The state so far.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The number of leaves so far.
    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    /// The root so far.
    pub fn root(&self) -> Hash {
        self.roots.last().copied().unwrap_or(Hash::EMPTY_ROOT)
    }

    /// Whether a fact was folded half: nothing is taken any more.
    pub fn is_spoilt(&self) -> bool {
        self.spoilt.is_some()
    }

    /// The keys named so far: what [`Verified::read`] checks the next leaves with.
    pub fn keys(&self) -> &Keyring {
        &self.keys
    }

    /// The rows of the right edge that are new or longer than at size `before`; the rows that became
    /// full since are those that [`Replay::fold`] gave.
    pub fn grown_since(&self, before: u64) -> Vec<Tile> {
        self.edge.grown_since(before)
    }

    /// Takes the bytes of the next leaf: form, history, signatures, rules, then the fold.
    ///
    /// Returns the leaf, and the tiles that became full.
    ///
    /// # Errors
    /// The [`Inconsistency`], naming this leaf.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(Verified, Vec<Tile>), Inconsistency> {
        let verified =
            Verified::read(bytes, &self.keys).map_err(|unread| self.wrong(unread.to_string()))?;
        let full = self.take(&verified)?;
        Ok((verified, full))
    }

    /// Takes the next leaf, verified before: history, who may sign here, rules, then the fold.
    ///
    /// Returns the tiles that became full.
    ///
    /// # Errors
    /// The [`Inconsistency`], naming this leaf.
    pub fn take(&mut self, verified: &Verified) -> Result<Vec<Tile>, Inconsistency> {
        let admitted = decide::admit(&self.state, self, verified)
            .map_err(|refusal| self.wrong(refusal.to_string()))?;
        self.fold(admitted)
    }

    /// Folds a leaf that [`decide::admit`] has just passed against this very state, and gives the
    /// tiles that became full.
    ///
    /// # Errors
    /// The [`Inconsistency`] when its sums or accounts do not fit. The fact is then folded half, and
    /// this replay takes nothing more: whoever wants to go on kept a copy from before.
    pub fn fold(&mut self, admitted: Admitted<'_>) -> Result<Vec<Tile>, Inconsistency> {
        if let Some(spoilt) = &self.spoilt {
            return Err(spoilt.clone());
        }
        if admitted.index() != self.size() {
            return Err(self.wrong("admise pour un autre rang".into()));
        }
        let folded = self.fold_whole(admitted.verified()).map_err(|reason| self.wrong(reason));
        self.spoilt = folded.as_ref().err().cloned();
        folded
    }

    fn fold_whole(&mut self, verified: &Verified) -> Result<Vec<Tile>, String> {
        let (event, recorded_ms) = (verified.event(), verified.leaf().content.recorded_ms);
        let signatures = &verified.leaf().note.signatures;
        self.state.signed_by(signatures.iter().map(|signature| signature.name.as_str()));
        self.state.apply(recorded_ms, event).map_err(|error| error.to_string())?;
        let mut full = Vec::new();
        self.edge.push(verified.hash(), &mut full).map_err(|error| error.to_string())?;
        self.roots.push_back(self.edge.root());
        self.keys.learn(event);
        Ok(full)
    }

    fn wrong(&self, reason: String) -> Inconsistency {
        Inconsistency { index: self.size(), reason }
    }
}
