//! Rules of doubt: what a lost or stolen key may have signed is looked at again, and never taken out.

use super::decide::{REASON_MAX, check_text, known};
use super::{Authority, KeySuspected, LeavesReviewed, Refusal, ReviewLeaves, Role, SuspectKey};

/// The most leaves that one review names.
const LEAVES_MAX: usize = 100;

/// The fact that putting a key in doubt brings about.
pub fn suspect_key(ask: SuspectKey) -> KeySuspected {
    let SuspectKey { key_name, reason, suspect_from } = ask;
    KeySuspected { key_name, reason, suspect_from }
}

/// The fact that a review brings about.
pub fn review_leaves(ask: ReviewLeaves) -> LeavesReviewed {
    let ReviewLeaves { by, finding, leaves, note } = ask;
    LeavesReviewed { by, finding, leaves, note }
}

/// Checks a doubt: the key no longer signs, it had begun to by then, and the doubt goes further back
/// than any before.
///
/// # Errors
/// The first [`Refusal`] met.
pub fn check_key_suspected(authority: &Authority, fact: &KeySuspected) -> Result<(), Refusal> {
    check_text("motif", &fact.reason, REASON_MAX)?;
    let key = known(authority, &fact.key_name)?;
    let name = key.name.clone();
    let Some(revoked) = key.revoked else { return Err(Refusal::StillSigns(name)) };
    let from = fact.suspect_from;
    if from < key.enrolled || from > revoked {
        return Err(Refusal::SuspectFrom { name, from, first: key.enrolled, last: revoked });
    }
    let before = authority.suspicions().filter(|doubt| doubt.key_name == name);
    match before.map(|doubt| doubt.from).min() {
        Some(known) if known <= from => Err(Refusal::AlreadySuspected { name, from: known }),
        _ => Ok(()),
    }
}

/// Checks a review: each leaf waits for one, in order, and those who sign may review.
///
/// # Errors
/// The first [`Refusal`] met.
pub fn check_leaves_reviewed(authority: &Authority, fact: &LeavesReviewed) -> Result<(), Refusal> {
    check_text("constat", &fact.note, REASON_MAX)?;
    if !matches!(fact.by, Role::Admin | Role::Officer) {
        return Err(Refusal::ReviewAs(fact.by));
    }
    let given = fact.leaves.len();
    let in_order = fact.leaves.is_sorted_by(|before, after| before < after);
    if given == 0 || given > LEAVES_MAX || !in_order {
        return Err(Refusal::ReviewList { given, max: LEAVES_MAX });
    }
    let waits = |leaf| authority.to_review().any(|open| open.leaf == leaf);
    match fact.leaves.iter().find(|leaf| !waits(**leaf)) {
        Some(leaf) => Err(Refusal::NothingToReview(*leaf)),
        None => Ok(()),
    }
}
