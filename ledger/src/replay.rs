//! Leaves back into state: the start of the portal and the auditor's check are this one fold.

use thiserror::Error;

use crate::decide::{self, KnownRoots};
use crate::event::Event;
use crate::log::{Edge, Hash, Leaf, Tile};
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
}

impl Default for Replay {
    fn default() -> Self {
        let mut roots = imbl::Vector::new();
        roots.push_back(Hash::EMPTY_ROOT);
        Self { state: State::default(), edge: Edge::empty(), roots }
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
        self.edge.root()
    }

    /// Takes the next leaf: checks its form, history, signatures and rules, then folds it.
    ///
    /// Returns its fact and the tiles that grew.
    ///
    /// # Errors
    /// The [`Inconsistency`], naming this leaf; the replay stays as it was.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(Event, Vec<Tile>), Inconsistency> {
        let leaf = Leaf::parse(bytes).map_err(|e| self.wrong(format!("illisible ({e})")))?;
        let admitted =
            decide::admit(&self.state, self, &leaf).map_err(|r| self.wrong(r.to_string()))?;
        self.fold(&leaf, admitted)
    }

    /// Folds a leaf that [`decide::admit`] has just passed against this very state.
    ///
    /// # Errors
    /// The [`Inconsistency`] when its sums or accounts do not fit.
    pub fn fold(
        &mut self,
        leaf: &Leaf,
        admitted: decide::Admitted,
    ) -> Result<(Event, Vec<Tile>), Inconsistency> {
        let mut state = self.state.clone();
        state
            .apply(admitted.recorded_ms, &admitted.event)
            .map_err(|error| self.wrong(error.to_string()))?;
        let tiles =
            self.edge.append(&[leaf.hash()]).map_err(|error| self.wrong(error.to_string()))?;
        self.state = state;
        self.roots.push_back(self.edge.root());
        Ok((admitted.event, tiles))
    }

    fn wrong(&self, reason: String) -> Inconsistency {
        Inconsistency { index: self.size(), reason }
    }
}
