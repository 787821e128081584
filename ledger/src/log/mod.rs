//! The log: an append-only Merkle tree of signed leaves, its checkpoints and its proofs. It knows
//! bytes, not what they mean.
//!
//! Nothing here reads a clock, a disk or a socket: every function takes values and gives values.
//! Each file is one public specification, so that a stranger can check the log without this code:
//!
//! | file | specification |
//! |---|---|
//! | [`hash`] | RFC 6962 section 2.1: leaf and node hashes |
//! | [`tile`] | C2SP tlog-tiles v0.1.0: rows of 256 hashes, bundles of leaves |
//! | [`edge`] | RFC 6962 section 2.1: the right edge, where the tree grows |
//! | [`proof`] | RFC 6962 section 2.1: inclusion and consistency |
//! | [`note`] | C2SP signed-note v1.0.0 |
//! | [`checkpoint`] | C2SP tlog-checkpoint v1.0.0 |
//! | [`cosignature`] | C2SP tlog-cosignature v1.0.1 |
//! | [`proof_file`] | C2SP tlog-proof at commit 5ba5ee8 |
//! | [`policy`] | C2SP tlog-policy at commit 5ba5ee8 |
//! | [`witness`] | C2SP tlog-witness v1.0.0 |
//! | [`json`] | RFC 8785, the subset without numbers |
//! | [`leaf`] | ours: a context line, one line of JSON, signatures |
//! | [`disclosure`] | RFC 9901: a value kept out of a leaf that holds its digest |

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

pub mod checkpoint;
pub mod cosignature;
pub mod disclosure;
pub mod edge;
pub mod hash;
pub mod json;
pub mod leaf;
pub mod note;
pub mod policy;
pub mod proof;
pub mod proof_file;
mod strict;
mod text;
pub mod tile;
pub mod witness;

#[cfg(test)]
mod tests;

pub use checkpoint::Checkpoint;
pub use disclosure::Disclosure;
pub use edge::Edge;
pub use hash::Hash;
pub use leaf::{After, Leaf, LeafContent, LeafId};
pub use note::{Note, Signature, SigningKey, VerifierKey};
pub use policy::{Policy, Witnessed};
pub use proof_file::{ProofFile, Proven};
pub use tile::{Tile, TileId, TilePath};
