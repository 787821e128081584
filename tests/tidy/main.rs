//! The tree's own rules: what may lean on what, what is frozen, what the documents promise.
//!
//! Reads the sources as text and names nothing of ours, so a rule still speaks when the rest does
//! not compile.

mod edges;
mod facts;
mod frozen;
mod guide;
mod law;
mod owners;
mod sizes;
mod tree;
mod words;
