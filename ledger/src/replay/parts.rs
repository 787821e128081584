//! A replay in parts that can be written down and put together again: what a snapshot holds.
//!
//! The tree's edge is not among them: whoever puts a replay together reads it from the tiles. No part
//! holds a personal value, because no state does: the leaves hold digests (R78).

use std::io::Write;

use rayon::prelude::*;

use super::Replay;
use super::packed::{self, PackedError};
use crate::decide::Keyring;
use crate::log::{Edge, Hash};
use crate::state::State;

/// A part of a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Journal entries, balances.
    Books,
    /// The register of shares.
    Shares,
    /// The register of members.
    Members,
    /// The treasury.
    Treasury,
    /// Keys and offices, and what they signed.
    Authority,
    /// The root of every size.
    Roots,
    /// The pooling register.
    Pooling,
    /// The funding register.
    Funding,
    /// How many leaves, and the latest instant.
    Extent,
}

impl Part {
    /// Each part, the largest first: they are read on all cores.
    pub const ALL: [Self; 9] = [
        Self::Books,
        Self::Shares,
        Self::Members,
        Self::Treasury,
        Self::Authority,
        Self::Roots,
        Self::Pooling,
        Self::Funding,
        Self::Extent,
    ];

    /// Its name in a snapshot.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Books => "books",
            Self::Shares => "shares",
            Self::Members => "members",
            Self::Treasury => "treasury",
            Self::Authority => "authority",
            Self::Roots => "roots",
            Self::Pooling => "pooling",
            Self::Funding => "funding",
            Self::Extent => "extent",
        }
    }
}

impl Replay {
    /// Writes a part down: the same bytes for the same replay.
    ///
    /// # Errors
    /// [`PackedError`]: what `out` answers.
    pub fn write_part(&self, part: Part, out: &mut impl Write) -> Result<(), PackedError> {
        let registers = &self.state.registers;
        match part {
            Part::Books => packed::write(&self.state.books, out),
            Part::Shares => packed::write(&registers.shares, out),
            Part::Members => packed::write(&registers.members, out),
            Part::Treasury => packed::write(&registers.treasury, out),
            Part::Authority => packed::write(&registers.authority, out),
            Part::Pooling => packed::write(&registers.pooling, out),
            Part::Funding => packed::write(&registers.funding, out),
            Part::Extent => packed::write(&(self.state.size, self.state.recorded_ms), out),
            Part::Roots => {
                let mut roots = self.roots.iter();
                roots.try_for_each(|root| out.write_all(root.as_bytes())).map_err(wrong)
            }
        }
    }

    /// Puts a replay together from its parts, on all cores, and the edge of the tree that it grows on.
    ///
    /// The parts are believed: whoever gives them knows who wrote them.
    ///
    /// # Errors
    /// What `read` answers; that a part is none, or that the parts are not of one replay.
    pub fn from_parts<E: From<PackedError> + Send>(
        edge: Edge,
        read: impl Fn(Part) -> Result<Vec<u8>, E> + Sync,
    ) -> Result<Self, E> {
        let mut state = State::default();
        let mut roots = imbl::Vector::new();
        let mut extent = (0, 0);
        let registers = &mut state.registers;
        let mut reading: Vec<Box<dyn FnMut() -> Result<(), E> + Send>> = vec![
            Box::new(|| fill(&mut state.books, &read(Part::Books)?)),
            Box::new(|| fill(&mut registers.shares, &read(Part::Shares)?)),
            Box::new(|| fill(&mut registers.members, &read(Part::Members)?)),
            Box::new(|| fill(&mut registers.treasury, &read(Part::Treasury)?)),
            Box::new(|| fill(&mut registers.authority, &read(Part::Authority)?)),
            Box::new(|| {
                roots = read_roots(&read(Part::Roots)?)?;
                Ok(())
            }),
            Box::new(|| fill(&mut registers.pooling, &read(Part::Pooling)?)),
            Box::new(|| fill(&mut registers.funding, &read(Part::Funding)?)),
            Box::new(|| fill(&mut extent, &read(Part::Extent)?)),
        ];
        // One at a time to each core, the largest first.
        reading.par_iter_mut().with_max_len(1).try_for_each(|part| part())?;
        drop(reading);
        (state.size, state.recorded_ms) = extent;
        let one = state.size == edge.size()
            && u64::try_from(roots.len()).ok() == state.size.checked_add(1)
            && roots.last() == Some(&edge.root());
        if !one {
            return Err(wrong("the parts are not of one size and root").into());
        }
        let keys = Keyring::of(&state.registers.authority);
        Ok(Self { state, edge, roots, keys, spoilt: None })
    }
}

fn fill<T: serde::de::DeserializeOwned, E: From<PackedError>>(
    place: &mut T,
    bytes: &[u8],
) -> Result<(), E> {
    *place = packed::read(bytes)?;
    Ok(())
}

fn read_roots(bytes: &[u8]) -> Result<imbl::Vector<Hash>, PackedError> {
    let (roots, []) = bytes.as_chunks() else { return Err(wrong("half a root")) };
    Ok(roots.iter().copied().map(Hash::from_bytes).collect())
}

fn wrong(why: impl std::fmt::Display) -> PackedError {
    serde::de::Error::custom(why)
}
