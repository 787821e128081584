//! What a sender is told: the receipt of leaves that are in the log already, or that all wait.

use std::sync::{Arc, RwLock};

use super::super::draft::{Receipt, SubmitError};
use super::super::{Book, shown};
use crate::decide::{DoorRefusal, Verified};
use crate::store::Store;

/// A submission sent again after its answer was lost gets the answer of the first time; `None` when
/// none of its leaves are in the log, or the store does not answer.
pub(in super::super) async fn earlier(
    store: &Store,
    published: &RwLock<Arc<Book>>,
    leaves: &[Verified],
) -> Option<Result<Receipt, SubmitError>> {
    // Before the rows: the checkpoint shown last may be kept only with the next batch.
    let book = shown(published);
    let mut first = None;
    for leaf in leaves.iter().map(Verified::leaf) {
        let (index, bytes) = store.leaf_by_id(*leaf.content.id.as_bytes()).await.ok()??;
        if bytes != leaf.bytes {
            return Some(Err(DoorRefusal::IdReused.into()));
        }
        first = first.or(Some(index));
    }
    let count = u64::try_from(leaves.len()).ok()?;
    let first = first?;
    let end = first.saturating_add(count);
    let kept = store.first_checkpoint_covering(end).await.ok()?.map(|row| row.note);
    let shown = || (book.size() >= end).then(|| book.checkpoint().to_vec());
    let waits = || SubmitError::NotReleased("elle attend sa signature".into());
    let receipt = |checkpoint| Receipt { first, count, checkpoint };
    Some(kept.or_else(shown).map(receipt).ok_or_else(waits))
}
