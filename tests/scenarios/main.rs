//! The scenarios: one test binary.
mod path;
mod store;
mod stories;
mod verify;
