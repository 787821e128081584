//! A witness for whoever wants to be one: what was cosigned is on the disk before any answer leaves.
//!
//! The rules are those of [`crate::log::witness::Cosigner`]; here are its state, its clock and its
//! doors: HTTP ([`router`], [`serve`]) and files, which carry the same bytes.

mod http;
mod state;

pub use http::{Limits, router, serve};
pub use state::{State, StateError};

use std::sync::Arc;

use crate::log::witness::{Answer, Cosigner};
use crate::registrar::Clock;

/// A witness at work.
pub struct WitnessService {
    cosigner: Cosigner,
    state: State,
    clock: Arc<dyn Clock>,
}

impl WitnessService {
    /// A witness whose state is open.
    pub fn new(cosigner: Cosigner, state: State, clock: Arc<dyn Clock>) -> Self {
        Self { cosigner, state, clock }
    }

    /// Answers one request, the bytes of `add-checkpoint`; waits for the disk.
    ///
    /// A state that can't be read or written is answered 503, with no cosignature.
    pub fn answer(&self, request: &[u8]) -> Answer {
        let Ok(time) = u64::try_from(self.clock.now_ms().div_euclid(1_000)) else {
            return unable("the clock of the witness is before 1970");
        };
        let answered = self.state.change(|seen| {
            self.cosigner.consider(request, time, |origin| seen.get(origin).copied())
        });
        answered.unwrap_or_else(|error| {
            tracing::error!(%error, "the witness can't answer");
            unable("the state of the witness can't be read or written")
        })
    }
}

fn unable(why: &str) -> Answer {
    Answer::Other { status: 503, why: why.into() }
}
