//! The scenarios: one test binary.
mod store;
