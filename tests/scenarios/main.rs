//! The scenarios: one test binary.
mod laws;
mod path;
mod store;
mod stories;
mod verify;
