//! The scenarios: one test binary.
mod keep;
mod laws;
mod pages;
mod path;
mod store;
mod stories;
mod verify;
mod witness;
