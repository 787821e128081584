//! The cooperative's book.
pub mod base;

pub mod bylaws;

pub mod log;

pub mod authority;
pub mod funding;
pub mod members;
pub mod pooling;
pub mod shares;
pub mod treasury;

pub mod command;
pub mod event;

#[cfg(feature = "store")]
pub mod store;
pub mod journal;
