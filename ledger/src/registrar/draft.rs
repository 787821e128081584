//! What a person is given to sign, and what comes back.

use thiserror::Error;

use super::vault::{PrivateValue, VaultError};
use crate::authority::Asked;
use crate::event::Event;
use crate::refusal::Refusal;
use crate::replay::Inconsistency;
use crate::store::Failure;

/// The leaves that a command would write, ready to be signed: the text is what is signed.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The text of each leaf, in order.
    pub texts: Vec<String>,
    /// The fact of each.
    pub events: Vec<Event>,
    /// The signatures each asks for.
    pub asked: Vec<Asked>,
    /// The personal values whose digests the leaves hold.
    pub private: Vec<PrivateValue>,
}

/// Signed leaves on their way in: all are written, in order, or none.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The leaves' bytes.
    pub leaves: Vec<Vec<u8>>,
    /// The personal values whose digests they hold.
    pub private: Vec<PrivateValue>,
}

/// What the sender gets back once the leaves are on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Index of the first leaf.
    pub first: u64,
    /// How many leaves.
    pub count: u64,
    /// The signed checkpoint that covers them.
    pub checkpoint: Vec<u8>,
}

/// Why leaves were not written.
#[derive(Debug, Error)]
pub enum SubmitError {
    /// A rule forbids it: nothing was written.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// Too many submissions wait: nothing was written, try again shortly.
    #[error("the queue is full: nothing was written, try again")]
    Busy,
    /// The world did not answer: nothing was written.
    #[error("nothing was written: {0}")]
    Failed(String),
    /// Nobody knows whether it was written: send the very same leaves again after the restart.
    #[error("the outcome is unknown, send the same leaves again: {0}")]
    Unknown(String),
}

impl<R: Into<Refusal>> From<R> for SubmitError {
    fn from(refusal: R) -> Self {
        Self::Refused(Box::new(refusal.into()))
    }
}

/// Why the registrar does not start, or stops.
#[derive(Debug, Error)]
pub enum StartError {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] Failure),
    /// The vault did not answer.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A leaf contradicts the log before it.
    #[error(transparent)]
    Inconsistent(#[from] Inconsistency),
    /// The leaves are sound but the stored tree says otherwise.
    #[error("the stored tree does not match the leaves: {0}")]
    Tree(String),
    /// The keys in the key folder are not those of this log.
    #[error("the key folder does not belong to this log: {0}")]
    OtherKeys(String),
}
