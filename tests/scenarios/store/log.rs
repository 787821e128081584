//! What is appended is there, whole, once, and stays as it is.

use ledger::store::limit::{LEAF_BYTES_MAX, READ_LEAVES_MAX};
use ledger::store::{AppendError, Batch, Failure, LeafRow, Store};

use super::engine::{Place, batch, empty, leaf, tile};

on_both_engines!(
    what_is_appended_is_read_back,
    a_batch_on_another_head_writes_nothing,
    a_leaf_of_a_known_id_writes_nothing_and_says_where_it_is,
    tiles_grow_and_never_shrink,
    a_malformed_batch_is_not_written,
    a_reading_has_every_leaf_asked_for_or_fails,
    the_largest_batch_is_one_transaction,
    what_is_written_never_changes_even_by_hand,
);

async fn what_is_appended_is_read_back(place: Place) {
    let book = place.book().await;
    let first = batch(empty(), 1, 2);
    book.append(&first).await.expect("appended");
    let mut second = batch(first.head, 2, 2);
    second.leaves.push(LeafRow { id: [9; 16], leaf: vec![0xff; LEAF_BYTES_MAX] });
    second.leaves.push(LeafRow { id: [8; 16], leaf: vec![0] });
    second.head.size += 2;
    second.tiles = vec![tile(0, 0, 6), tile(1, 0, 1), tile(63, 1 << 40, 256)];
    book.append(&second).await.expect("appended");

    assert_eq!(book.head().await, Ok(second.head));
    let all: Vec<_> = first.leaves.iter().chain(&second.leaves).collect();
    let bytes: Vec<_> = all.iter().map(|row| row.leaf.clone()).collect();
    assert!(book.leaves(0, 6).await == Ok(bytes.clone()));
    assert_eq!(book.leaves(1, 3).await, Ok(bytes[1..3].to_vec()));
    assert_eq!(book.leaves(6, 6).await, Ok(vec![]));
    for (index, row) in (0_u64..).zip(all) {
        assert!(book.leaf_by_id(row.id).await == Ok(Some((index, row.leaf.clone()))));
    }
    assert_eq!(book.leaf_by_id([7; 16]).await, Ok(None));

    // In the order asked; what is not there is left out.
    let asked = [(63, 1 << 40), (5, 5), (0, 0), (1, 0)];
    let found = book.tiles(&asked).await.expect("tiles");
    assert!(found == [tile(63, 1 << 40, 256), tile(0, 0, 6), tile(1, 0, 1)]);
    assert_eq!(book.tiles(&[]).await, Ok(vec![]));
    book.close().await;
}

async fn a_batch_on_another_head_writes_nothing(place: Place) {
    let book = place.book().await;
    let first = batch(empty(), 1, 3);
    book.append(&first).await.expect("appended");

    let late = batch(empty(), 2, 1);
    assert_eq!(book.append(&late).await, Err(AppendError::HeadMoved(first.head)));
    // The right size is not enough: a fork has the same size and another root.
    let mut fork = batch(first.head, 2, 1);
    fork.base.root = [0; 32];
    assert_eq!(book.append(&fork).await, Err(AppendError::HeadMoved(first.head)));
    let mut ahead = batch(first.head, 2, 1);
    ahead.base.size += 1;
    ahead.head.size += 1;
    assert_eq!(book.append(&ahead).await, Err(AppendError::HeadMoved(first.head)));
    // Even when its leaf is known already: the head comes first.
    let twice = batch(empty(), 1, 1);
    assert_eq!(book.append(&twice).await, Err(AppendError::HeadMoved(first.head)));

    holds_exactly(&book, &first).await;
    book.close().await;
}

async fn a_leaf_of_a_known_id_writes_nothing_and_says_where_it_is(place: Place) {
    let book = place.book().await;
    let first = batch(empty(), 1, 3);
    book.append(&first).await.expect("appended");
    let mut again = batch(first.head, 2, 4);
    again.leaves[2].id = first.leaves[1].id;
    again.leaves[3].id = first.leaves[0].id;
    // The first of the batch that is known is named, not the first of the log.
    let id = first.leaves[1].id;
    assert_eq!(book.append(&again).await, Err(AppendError::DuplicateId { id, index: 1 }));
    holds_exactly(&book, &first).await;
    // The connection is as good as before.
    book.append(&batch(first.head, 2, 4)).await.expect("appended");
    book.close().await;
}

async fn tiles_grow_and_never_shrink(place: Place) {
    let book = place.book().await;
    let mut head = empty();
    for width in [1, 2, 200, 255, 256] {
        let mut longer = batch(head, 1, 1);
        longer.tiles = vec![tile(0, 0, width), tile(0, 7, width)];
        book.append(&longer).await.expect("appended");
        head = longer.head;
        let found = book.tiles(&[(0, 7), (0, 0)]).await.expect("tiles");
        assert!(found == [tile(0, 7, width), tile(0, 0, width)]);
    }
    let mut shorter = batch(head, 1, 1);
    shorter.tiles = vec![tile(0, 0, 255)];
    let mut other = batch(head, 1, 1);
    other.tiles = vec![tile(0, 0, 256)];
    other.tiles[0].hashes[0] ^= 1;
    for wrong in [shorter, other] {
        let refused = book.append(&wrong).await.expect_err("a tile only grows");
        assert!(matches!(refused, AppendError::Failure(Failure::Database { .. })), "{refused}");
        assert_eq!(book.head().await, Ok(head));
    }
    assert!(book.tiles(&[(0, 0)]).await == Ok(vec![tile(0, 0, 256)]));
    book.close().await;
}

async fn a_malformed_batch_is_not_written(place: Place) {
    let book = place.book().await;
    let wrong: [fn(&mut Batch); 9] = [
        |batch| batch.leaves.clear(),
        |batch| batch.head.size += 1,
        |batch| batch.leaves[1].leaf.clear(),
        |batch| batch.leaves[1].leaf = vec![0; LEAF_BYTES_MAX + 1],
        |batch| batch.leaves[1].id = batch.leaves[0].id,
        |batch| batch.tiles.push(tile(0, 0, 3)),
        |batch| batch.tiles[0].hashes.push(0),
        |batch| batch.tiles[0].hashes.clear(),
        |batch| batch.tiles[0].hashes = vec![0; 257 * 32],
    ];
    for spoil in wrong {
        let mut spoilt = batch(empty(), 1, 3);
        spoil(&mut spoilt);
        let refused = book.append(&spoilt).await.expect_err("malformed");
        assert!(matches!(refused, AppendError::Failure(Failure::Malformed(_))), "{refused}");
    }
    assert_eq!(book.head().await, Ok(empty()));
    assert_eq!(book.leaf_by_id(leaf(1, 0).id).await, Ok(None));
    book.close().await;
}

async fn a_reading_has_every_leaf_asked_for_or_fails(place: Place) {
    let book = place.book().await;
    book.append(&batch(empty(), 1, 10)).await.expect("appended");
    let missing = Failure::MissingLeaves { from: 8, asked: 3, found: 2 };
    assert_eq!(book.leaves(8, 11).await, Err(missing));
    for (from, to) in [(4, 3), (0, READ_LEAVES_MAX + 1), (u64::MAX, u64::MAX)] {
        let refused = book.leaves(from, to).await.expect_err("malformed");
        assert!(matches!(refused, Failure::Malformed(_)), "{refused}");
    }
    book.close().await;
}

async fn the_largest_batch_is_one_transaction(place: Place) {
    let book = place.book().await;
    let mut large = batch(empty(), 1, 4_096);
    large.tiles = (0..16).map(|n| tile(0, n, 256)).collect();
    book.append(&large).await.expect("appended");
    let leaves: Vec<_> = large.leaves.iter().map(|row| row.leaf.clone()).collect();
    assert!(book.leaves(0, 4_096).await == Ok(leaves));
    book.close().await;
}

async fn what_is_written_never_changes_even_by_hand(place: Place) {
    let book = place.book().await;
    let mut first = batch(empty(), 1, 2);
    book.append(&first).await.expect("appended");
    let note = b"a note".to_vec();
    let second = Batch {
        checkpoint: Some(ledger::store::CheckpointRow { size: 2, note }),
        ..batch(first.head, 1, 1)
    };
    book.append(&second).await.expect("appended");
    for (sqlite, postgres) in [
        ("update leaves set leaf = x'00'", "update book.leaves set leaf = '\\x00'"),
        ("update leaves set idx = 9 where idx = 2", "update book.leaves set idx = 9"),
        ("delete from leaves where idx = 2", "delete from book.leaves where idx = 2"),
        ("delete from leaves", "truncate book.leaves"),
        ("update checkpoints set note = x'00'", "update book.checkpoints set note = '\\x00'"),
        ("delete from checkpoints", "delete from book.checkpoints"),
        ("delete from checkpoints where size = 2", "truncate book.checkpoints cascade"),
        ("update tiles set n = 9", "update book.tiles set n = 9"),
        ("update tiles set hashes = zeroblob(64)", "update book.tiles set hashes = ''"),
        ("delete from tiles", "delete from book.tiles"),
        ("delete from tiles where n = 0", "truncate book.tiles"),
        ("update head set size = 2", "update book.head set size = 2"),
        ("update head set root = zeroblob(32)", "update book.head set root = ''"),
        ("delete from head", "delete from book.head"),
        ("delete from head where id = 1", "truncate book.head"),
        (
            "insert into head values (2, 9, zeroblob(32))",
            "insert into book.head values (2, 9, decode(repeat('00', 32), 'hex'))",
        ),
    ] {
        let refused = place.by_hand(sqlite, postgres).await.expect_err(sqlite).to_string();
        let by_us = ["never", "only", "check constraint", "CHECK constraint"];
        assert!(by_us.iter().any(|words| refused.contains(words)), "{sqlite}: {refused}");
    }
    first.leaves.extend(second.leaves);
    first.head = second.head;
    holds_exactly(&book, &first).await;
    book.close().await;
}

/// The log is these leaves and nothing else.
async fn holds_exactly(book: &Store, expected: &Batch) {
    assert_eq!(book.head().await, Ok(expected.head));
    let leaves: Vec<_> = expected.leaves.iter().map(|row| row.leaf.clone()).collect();
    let size = expected.head.size;
    assert_eq!(book.leaves(0, size).await, Ok(leaves));
    let more = book.leaves(0, size + 1).await.expect_err("no more than that");
    assert_eq!(more, Failure::MissingLeaves { from: 0, asked: size + 1, found: size });
    assert!(book.tiles(&[(0, 0)]).await == Ok(vec![tile(0, 0, expected.leaves.len())]));
}
