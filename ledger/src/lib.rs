//! The cooperative's book.
pub mod base;
