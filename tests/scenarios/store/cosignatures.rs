//! What witnesses answered is kept under the checkpoint it is of, once, and never changes.

use ledger::store::{CheckpointRow, CosignatureRow, EvidenceRow, Failure, Store};

use super::engine::{Place, batch, empty};

on_both_engines!(
    a_cosignature_is_kept_once_under_its_checkpoint,
    cosigned_checkpoints_are_found_from_either_end,
    evidence_is_kept_as_it_came,
    what_witnesses_said_never_changes_even_by_hand,
    a_reader_keeps_no_cosignature,
);

fn line(size: u64, witness: u8, time: u64) -> CosignatureRow {
    let name = format!("temoin-{witness}.exemple");
    let line = format!("— {name} line of {size} at {time}");
    CosignatureRow { size, name, key_id: [witness; 4], time, line }
}

fn evidence(witnessed: u64) -> EvidenceRow {
    EvidenceRow {
        found_ms: 1_772_366_400_123,
        witness: "temoin-1.exemple+01010101+AAAA".into(),
        witnessed,
        ours: 8,
        status: 409,
        request: b"old 8\n\n\x00\xff".to_vec(),
        answer: format!("{witnessed}\n").into_bytes(),
    }
}

/// A log of ten leaves with the checkpoints of 3, 8 and 10.
async fn ten_leaves(place: &Place) -> Store {
    let book = place.book().await;
    let mut head = empty();
    for size in [3, 8, 10] {
        let grown = batch(head, 1, size - head.size);
        book.append(&grown).await.expect("appended");
        head = grown.head;
        let note = format!("note {size}").into_bytes();
        book.save_checkpoint(&CheckpointRow { size, note }).await.expect("kept");
    }
    book
}

async fn a_cosignature_is_kept_once_under_its_checkpoint(place: Place) {
    let book = ten_leaves(&place).await;
    assert_eq!(book.cosignatures(8).await, Ok(vec![]));
    for row in [line(8, 2, 20), line(8, 1, 30), line(8, 1, 10), line(8, 1, 10)] {
        book.save_cosignature(&row).await.expect("kept, or kept already");
    }
    let kept = vec![line(8, 1, 10), line(8, 1, 30), line(8, 2, 20)];
    assert_eq!(book.cosignatures(8).await, Ok(kept));
    assert_eq!(book.cosignatures(3).await, Ok(vec![]));
    let none = book.save_cosignature(&line(9, 1, 10)).await;
    assert!(matches!(none, Err(Failure::Malformed(_))), "no such checkpoint: {none:?}");
    for wrong in [
        CosignatureRow { name: String::new(), ..line(8, 1, 40) },
        CosignatureRow { line: "x".repeat(2_001), ..line(8, 1, 40) },
        CosignatureRow { time: u64::MAX, ..line(8, 1, 40) },
    ] {
        let refused = book.save_cosignature(&wrong).await;
        assert!(matches!(refused, Err(Failure::Malformed(_))), "{refused:?}");
    }
    book.close().await;
    let again = Store::open(&place.target).await.expect("opened again");
    assert_eq!(again.cosignatures(8).await.map(|rows| rows.len()), Ok(3));
    again.close().await;
}

async fn cosigned_checkpoints_are_found_from_either_end(place: Place) {
    let book = ten_leaves(&place).await;
    for row in [line(3, 1, 10), line(3, 1, 11), line(8, 2, 20), line(10, 1, 30), line(10, 2, 29)] {
        book.save_cosignature(&row).await.expect("kept");
    }
    // The earliest by each witness, upwards; the latest by each, downwards.
    let up = vec![line(3, 1, 10), line(8, 2, 20), line(10, 1, 30), line(10, 2, 29)];
    assert_eq!(book.cosigned_from(0, 9).await, Ok(up.clone()));
    assert_eq!(book.cosigned_from(4, 2).await, Ok(up[1..3].to_vec()));
    assert_eq!(book.cosigned_from(11, 9).await, Ok(vec![]));
    let down = vec![line(10, 1, 30), line(10, 2, 29), line(8, 2, 20), line(3, 1, 11)];
    assert_eq!(book.cosigned_up_to(10, 9).await, Ok(down.clone()));
    assert_eq!(book.cosigned_up_to(9, 9).await, Ok(down[2..].to_vec()));
    assert_eq!(book.cosigned_up_to(10, 1).await, Ok(down[..1].to_vec()));
    let last = |witness: u8| {
        let (book, name) = (&book, format!("temoin-{witness}.exemple"));
        async move { book.last_cosigned_by(&name, [witness; 4]).await.expect("read") }
    };
    assert_eq!(last(1).await, Some(line(10, 1, 30)));
    assert_eq!(last(2).await, Some(line(10, 2, 29)));
    assert_eq!(last(3).await, None);
    book.close().await;
}

async fn evidence_is_kept_as_it_came(place: Place) {
    let book = ten_leaves(&place).await;
    assert_eq!(book.evidence().await, Ok(vec![]));
    for found in [evidence(12), evidence(9), evidence(12)] {
        book.save_evidence(&found).await.expect("kept");
    }
    assert_eq!(book.evidence().await, Ok(vec![evidence(12), evidence(9), evidence(12)]));
    let long = EvidenceRow { answer: vec![0; 131_073], ..evidence(12) };
    assert!(matches!(book.save_evidence(&long).await, Err(Failure::Malformed(_))));
    book.close().await;
}

async fn what_witnesses_said_never_changes_even_by_hand(place: Place) {
    let book = ten_leaves(&place).await;
    book.save_cosignature(&line(8, 1, 10)).await.expect("kept");
    book.save_evidence(&evidence(12)).await.expect("kept");
    for (sqlite, postgres) in [
        ("update cosignatures set line = 'x'", "update book.cosignatures set line = 'x'"),
        ("update cosignatures set time = 11", "update book.cosignatures set time = 11"),
        ("delete from cosignatures", "delete from book.cosignatures"),
        ("delete from cosignatures where size = 8", "truncate book.cosignatures"),
        ("update evidence set ours = 12", "update book.evidence set ours = 12"),
        ("delete from evidence", "delete from book.evidence"),
        ("delete from evidence where ours = 8", "truncate book.evidence"),
    ] {
        let refused = place.by_hand(sqlite, postgres).await.expect_err(sqlite).to_string();
        assert!(refused.contains("never"), "{sqlite}: {refused}");
    }
    assert_eq!(book.cosignatures(8).await, Ok(vec![line(8, 1, 10)]));
    assert_eq!(book.evidence().await, Ok(vec![evidence(12)]));
    book.close().await;
}

async fn a_reader_keeps_no_cosignature(place: Place) {
    let book = ten_leaves(&place).await;
    let reader = Store::open_read_only(&place.target).await.expect("opened");
    assert_eq!(reader.save_cosignature(&line(8, 1, 10)).await, Err(Failure::ReadOnly));
    assert_eq!(reader.save_evidence(&evidence(12)).await, Err(Failure::ReadOnly));
    assert_eq!(reader.cosignatures(8).await, Ok(vec![]));
    reader.close().await;
    book.close().await;
}
