//! Accounts, derived from facts: what an accountant reads.
//!
//! [`post()`] turns one fact into drafts, [`Books`] numbers and keeps them. Nothing here decides:
//! a fact that can't be posted is an inconsistency of the log.

mod account;
mod books;
mod entry;
mod post;

pub use account::Account;
pub use books::{AxisTotal, Books};
pub use entry::{
    Axes, Book, Draft, JournalEntry, JournalError, MemoDraft, MemoEntry, Posting, Side,
};
pub use post::{
    CallFacts, CostFacts, GrantFacts, InvoiceFacts, LineFacts, Lookup, Posted, SubscriptionFacts,
    post,
};

#[cfg(test)]
mod tests;
