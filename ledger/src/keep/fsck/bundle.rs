//! One bundle of leaves beside its tile: where they differ, the tree above says which of them is wrong.

use crate::log::{Edge, Hash};

/// A leaf's place: what its bytes hash to, and what the tile keeps for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// The hash of the bytes found; none when the row is missing.
    pub(super) found: Option<Hash>,
    /// The hash stored; none when the tile is missing or short.
    pub(super) stored: Option<Hash>,
}

impl Slot {
    /// Whether the leaf and its tile agree.
    pub(super) fn agrees(self) -> bool {
        self.found.is_some() && self.found == self.stored
    }
}

/// Which side the rest of the tree confirms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sound {
    /// The leaves: the tile was changed.
    Leaves,
    /// The tile: leaves were changed.
    Tile,
    /// Neither: both were changed, or what is above them.
    Neither,
}

/// Asks what is above: the hash of the full tile, or the root of the tree that ends in this bundle.
pub(super) fn sound(slots: &[Slot], before: &Edge, above: Above) -> Sound {
    let holds = |side: fn(&Slot) -> Option<Hash>| {
        let hashes: Option<Vec<Hash>> = slots.iter().map(side).collect();
        hashes.and_then(|hashes| above.of(&hashes, before)).is_some_and(|root| above.is(root))
    };
    if holds(|slot| slot.stored) {
        Sound::Tile
    } else if holds(|slot| slot.found) {
        Sound::Leaves
    } else {
        Sound::Neither
    }
}

/// What confirms a bundle.
#[derive(Clone, Copy, Debug)]
pub(super) enum Above {
    /// The hash that the next level keeps for this full tile; none when it is missing.
    Parent(Option<Hash>),
    /// The root of the whole tree, of which this is the last bundle.
    Root(Hash),
}

impl Above {
    fn of(self, hashes: &[Hash], before: &Edge) -> Option<Hash> {
        let mut edge = match self {
            Self::Parent(_) => Edge::empty(),
            Self::Root(_) => before.clone(),
        };
        edge.append(hashes).ok()?;
        Some(edge.root())
    }

    fn is(self, root: Hash) -> bool {
        match self {
            Self::Parent(parent) => parent == Some(root),
            Self::Root(head) => head == root,
        }
    }
}
