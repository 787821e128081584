//! The cooperative's book: a signed log, the registers folded from it, and its accounts.
//!
//! One direction: command → rules ([`decide`]) → signed fact → append → fold ([`state`]) → page.
//! In reading order:
//!
//! | module | what it is |
//! |---|---|
//! | [`base`] | values: money, days, references; no rule of law |
//! | [`bylaws`] | the company and the dated parameters of law and bylaws |
//! | [`log`] | the log of public specifications: knows bytes, not shares |
//! | [`authority`] … [`treasury`] | the six registers: facts, commands, rules, state |
//! | [`event`] [`command`] [`refusal`] | the closed lists of facts, commands and refusals |
//! | [`journal`] | the accounts, derived from facts |
//! | [`registers`] [`state`] [`decide`] [`replay`] | the fold and the door |
//! | [`audit`] | the stranger's check |
//! | [`reports`] [`exports`] `documents` | what is shown |
//! | `store`, `registrar` | the shell: SQL, clock, randomness, keys |
//! | `keep` | the operator's work: check, backup, restore, archive, repair |
//! | `cosigner` | a witness, for whoever watches a log |

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
pub mod refusal;

pub mod journal;

pub mod decide;
pub mod registers;
pub mod replay;
pub mod state;

pub mod audit;
pub mod exports;
pub mod reports;

#[cfg(feature = "documents")]
pub mod documents;

#[cfg(feature = "witness")]
pub mod cosigner;
#[cfg(feature = "store")]
pub mod keep;
#[cfg(feature = "store")]
pub mod registrar;
#[cfg(feature = "store")]
pub mod store;

/// Of every program and test at once: a leaf is some sixty small values, made on one core and dropped
/// on another, which costs the system's allocator an eighth of an audit.
#[cfg(feature = "store")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(test)]
mod test_world;
