//! The full check of a stored book: every row against the log, every fault by its name.
//!
//! | question | where |
//! |---|---|
//! | what a fault is, and what to do about it | [`fault`] |
//! | leaves, tiles, the head | `tree` |
//! | one bundle of leaves and its tile: which of the two is wrong | `bundle` |
//! | checkpoints, and what was shown or signed | `heads` |
//! | what witnesses signed | `vouched` |
//! | what they answered against the book | `evidence` |
//! | the vault | `vault` |
//!
//! It reads on after a fault as far as what it knows allows; the book is clean when there is none.

mod bundle;
mod evidence;
pub mod fault;
mod heads;
mod tree;
mod vault;
mod vouched;

pub use fault::{Cure, Fault};

use super::in_french;
use crate::log::{Hash, Policy};
use crate::registrar::Known;
use crate::store::{Failure, Store};

/// What was checked, and every fault.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Each fault, in the order of the rows.
    pub faults: Vec<Fault>,
    /// What is no fault and should be known, in French.
    pub notes: Vec<String>,
    /// Leaves that the head counts.
    pub leaves: u64,
    /// Rows of tiles compared.
    pub tiles: u64,
    /// Checkpoints checked.
    pub checkpoints: u64,
    /// Cosignatures checked.
    pub cosignatures: u64,
    /// Answers of witnesses against the book checked.
    pub evidence: u64,
    /// Sealed values of the vault checked.
    pub values: u64,
    /// The root of the leaves, when every one of them has its place in the tree.
    pub root: Option<Hash>,
}

impl Checked {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }

    fn fault(&mut self, what: String, cure: Cure) {
        self.faults.push(Fault { what, cure });
    }
}

/// Checks a whole book, also while the portal writes to it.
///
/// `vault_key` opens the vault's values, which are otherwise only counted; `known` is what was shown or
/// signed of this book; `policy` names the witnesses whose cosignatures are verified.
///
/// # Errors
/// [`Failure::Disturbed`] when the book was at rest and a writer came: start again.
pub async fn fsck(
    store: &Store,
    vault_key: Option<&[u8; 32]>,
    known: &[Known],
    policy: &Policy,
) -> Result<Checked, Failure> {
    let mut checked = Checked::default();
    match passed(store.engine_faults().await)? {
        Ok(said) => {
            for fault in said {
                checked.fault(format!("moteur : {fault}"), Cure::Repair);
            }
        }
        Err(why) => checked.fault(format!("moteur : {why}"), Cure::Repair),
    }
    // Before the leaves: what is kept by now commits to leaves that are there already.
    let checkpoints = passed(store.checkpoints().await)?;
    let walked = tree::walk(store, &mut checked).await?;
    let checkpoints = heads::check(&mut checked, checkpoints, &walked);
    heads::check_known(&mut checked, known, &walked);
    if let Some(checkpoints) = checkpoints {
        heads::check_kept(&mut checked, known, store, walked.size).await?;
        vouched::check(&mut checked, store, policy, &checkpoints).await?;
    }
    evidence::check(&mut checked, store, policy, &walked).await?;
    vault::check(store, vault_key, &walked, &mut checked).await?;
    Ok(checked)
}

/// What could not be read is a fault, and the check goes on; a reading that was disturbed is none.
fn passed<T>(read: Result<T, Failure>) -> Result<Result<T, String>, Failure> {
    match read {
        Err(Failure::Disturbed) => Err(Failure::Disturbed),
        read => Ok(read.map_err(|failure| in_french(&failure))),
    }
}
