//! A checkpoint is kept once, never replaced, and never ahead of the log.

use ledger::store::{AppendError, Batch, CheckpointRow, Failure, Store};

use super::engine::{Place, batch, empty};

on_both_engines!(
    a_checkpoint_is_kept_once,
    another_text_for_the_same_size_is_refused,
    a_checkpoint_ahead_of_the_log_is_refused,
    the_first_checkpoint_that_covers_a_leaf_is_found,
);

fn note(size: u64) -> CheckpointRow {
    CheckpointRow { size, note: format!("example.org/log\n{size}\nroot\n\n— sig\n").into_bytes() }
}

/// A log of ten leaves, with the checkpoints of 3 (kept with a batch) and 8.
async fn ten_leaves(place: &Place) -> Store {
    let book = place.book().await;
    let first = batch(empty(), 1, 3);
    book.append(&first).await.expect("appended");
    let second = Batch { checkpoint: Some(note(3)), ..batch(first.head, 1, 5) };
    book.append(&second).await.expect("appended");
    book.save_checkpoint(&note(8)).await.expect("kept");
    book.append(&batch(second.head, 1, 2)).await.expect("appended");
    book
}

async fn a_checkpoint_is_kept_once(place: Place) {
    let book = place.book().await;
    assert_eq!(book.latest_checkpoint().await, Ok(None));
    assert_eq!(book.checkpoints().await, Ok(vec![]));
    // The empty log may have one, too.
    book.save_checkpoint(&note(0)).await.expect("kept");
    book.save_checkpoint(&note(0)).await.expect("kept already");
    let first = batch(empty(), 1, 3);
    book.append(&Batch { checkpoint: Some(note(0)), ..first.clone() }).await.expect("appended");
    book.save_checkpoint(&note(3)).await.expect("kept");
    let again = Batch { checkpoint: Some(note(3)), ..batch(first.head, 1, 1) };
    book.append(&again).await.expect("appended");
    assert_eq!(book.checkpoints().await, Ok(vec![note(0), note(3)]));
    assert_eq!(book.latest_checkpoint().await, Ok(Some(note(3))));
    book.close().await;
}

async fn another_text_for_the_same_size_is_refused(place: Place) {
    let book = ten_leaves(&place).await;
    let other = CheckpointRow { note: b"another".to_vec(), ..note(8) };
    let differs = Failure::CheckpointDiffers { size: 8 };
    assert_eq!(book.save_checkpoint(&other).await, Err(differs.clone()));
    let head = book.head().await.expect("head");
    let carrying = Batch { checkpoint: Some(other), ..batch(head, 1, 1) };
    assert_eq!(book.append(&carrying).await, Err(AppendError::Failure(differs)));
    assert_eq!(book.head().await, Ok(head), "the batch went with its checkpoint");
    assert_eq!(book.checkpoints().await, Ok(vec![note(3), note(8)]));
    book.close().await;
}

async fn a_checkpoint_ahead_of_the_log_is_refused(place: Place) {
    let book = ten_leaves(&place).await;
    let refused = book.save_checkpoint(&note(11)).await.expect_err("ahead");
    assert!(matches!(refused, Failure::Malformed(_)), "{refused}");
    let head = book.head().await.expect("head");
    // Nor the checkpoint of the batch's own head: it is signed after the commit.
    let hasty = Batch { checkpoint: Some(note(11)), ..batch(head, 1, 1) };
    let refused = book.append(&hasty).await.expect_err("ahead");
    assert!(matches!(refused, AppendError::Failure(Failure::Malformed(_))), "{refused}");
    let silent = CheckpointRow { size: 10, note: vec![] };
    let refused = book.save_checkpoint(&silent).await.expect_err("empty");
    assert!(matches!(refused, Failure::Malformed(_)), "{refused}");
    assert_eq!(book.latest_checkpoint().await, Ok(Some(note(8))));
    book.close().await;
}

async fn the_first_checkpoint_that_covers_a_leaf_is_found(place: Place) {
    let book = ten_leaves(&place).await;
    for (size, covering) in [(0, Some(3)), (3, Some(3)), (4, Some(8)), (8, Some(8)), (9, None)] {
        assert_eq!(book.first_checkpoint_covering(size).await, Ok(covering.map(note)), "{size}");
    }
    book.close().await;
}
