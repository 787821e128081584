//! The cooperative's book: a signed log, the registers folded from it, and its accounts.
//!
//! One direction: command → rules ([`decide`]) → signed fact → append → fold ([`state`]) → page.

pub mod authority;
pub mod base;
pub mod bylaws;
pub mod command;
pub mod event;
pub mod funding;
pub mod members;
pub mod pooling;
pub mod shares;
pub mod treasury;
