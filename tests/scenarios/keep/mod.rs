//! The operator keeps the book: checks it, backs it up, restores it, exports it, repairs it, on either
//! engine; damaged rows, a full disk and a killed process lose nothing and leave nothing half visible.

mod cut;
mod engines;
mod flips;
mod rescue;
mod rows;
mod said;
mod schema;
mod signer;
mod unproven;
mod vouched;

pub(crate) use engines::{Engine, engines};
pub(crate) use rows::Rows;
