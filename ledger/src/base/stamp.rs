//! Where and when a fact stands in the log.

use serde::{Deserialize, Serialize};

use super::{Day, LeafIndex};

/// The place of a fact: its leaf, and the day the log recorded it. Order is the index, never the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The leaf.
    pub index: LeafIndex,
    /// The UTC day of the leaf's `recorded`.
    pub day: Day,
}
