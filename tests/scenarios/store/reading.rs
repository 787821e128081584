//! An auditor reads while the portal writes, and leaves no trace.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ledger::store::{AppendError, CheckpointRow, Failure, Session, Store, Target};

use super::engine::{Place, batch, empty, on_sqlite};

on_both_engines!(a_reader_sees_what_a_writer_commits, a_reader_writes_nothing);

async fn a_reader_sees_what_a_writer_commits(place: Place) {
    let writer = place.book().await;
    let first = batch(empty(), 1, 3);
    writer.append(&first).await.expect("appended");
    let reader = Store::open_read_only(&place.target).await.expect("opened");
    assert_eq!(reader.head().await, Ok(first.head));
    let second = batch(first.head, 1, 3);
    writer.append(&second).await.expect("appended beside a reader");
    assert_eq!(reader.head().await, Ok(second.head));
    assert_eq!(reader.leaves(0, 6).await.map(|leaves| leaves.len()), Ok(6));
    assert_eq!(reader.leaf_by_id(second.leaves[0].id).await.map(|l| l.map(|l| l.0)), Ok(Some(3)));
    reader.close().await;
    writer.append(&batch(second.head, 1, 3)).await.expect("appended");
    writer.close().await;
}

async fn a_reader_writes_nothing(place: Place) {
    let writer = place.book().await;
    let reader = Store::open_read_only(&place.target).await.expect("opened");
    let refused = reader.append(&batch(empty(), 1, 1)).await;
    assert_eq!(refused, Err(AppendError::Failure(Failure::ReadOnly)));
    let note = CheckpointRow { size: 0, note: b"note".to_vec() };
    assert_eq!(reader.save_checkpoint(&note).await, Err(Failure::ReadOnly));
    assert_eq!(reader.put_private(None, &[]).await, Err(Failure::ReadOnly));
    assert_eq!(reader.erase_private(&["m_1"], &[]).await, Err(Failure::ReadOnly));
    assert_eq!(reader.sweep(0).await, Err(Failure::ReadOnly));
    let session = Session {
        secret_sha256: [1; 32],
        who: "m_1".to_owned(),
        role: "member".to_owned(),
        csrf: "c".to_owned(),
        created_ms: 1,
        expires_ms: 2,
    };
    assert_eq!(reader.open_session(&session).await, Err(Failure::ReadOnly));
    assert_eq!(writer.head().await, Ok(empty()));
    assert_eq!(writer.checkpoints().await, Ok(vec![]));
    reader.close().await;
    writer.close().await;
}

#[tokio::test]
async fn a_book_at_rest_is_read_without_a_trace() {
    on_sqlite(async |place: Place| {
        let book = place.book().await;
        let first = batch(empty(), 1, 300);
        book.append(&first).await.expect("appended");
        book.close().await;
        let before = content(&place.folder());
        let reader = Store::open_read_only(&place.target).await.expect("opened");
        assert_eq!(reader.head().await, Ok(first.head));
        assert_eq!(reader.leaves(0, 300).await.map(|leaves| leaves.len()), Ok(300));
        assert_eq!(reader.private_values("m_1").await, Ok(vec![]));
        assert!(content(&place.folder()) == before, "while it is read");
        reader.close().await;
        assert!(content(&place.folder()) == before, "after it is read");
        // The auditor may have been given the book without the vault.
        fs::remove_file(place.folder().join("vault.db")).expect("removed");
        let reader = Store::open_read_only(&place.target).await.expect("opened");
        assert_eq!(reader.head().await, Ok(first.head));
        assert!(reader.private_values("m_1").await.is_err());
        reader.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_book_at_rest_that_somebody_wakes_is_not_half_read() {
    on_sqlite(async |place: Place| {
        place.book().await.close().await;
        let reader = Store::open_read_only(&place.target).await.expect("opened");
        assert_eq!(reader.head().await, Ok(empty()));
        let writer = Store::open(&place.target).await.expect("opened");
        let first = batch(empty(), 1, 300);
        writer.append(&first).await.expect("appended");
        assert_eq!(reader.head().await, Err(Failure::Disturbed));
        writer.close().await;
        // At rest again, and not the same.
        assert_eq!(reader.leaves(0, 0).await, Err(Failure::Disturbed));
        reader.close().await;
        let reader = Store::open_read_only(&place.target).await.expect("opened");
        assert_eq!(reader.head().await, Ok(first.head));
        reader.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_vault_at_rest_that_somebody_changes_is_not_half_read() {
    on_sqlite(async |place: Place| {
        place.book().await.close().await;
        let reader = Store::open_read_only(&place.target).await.expect("opened");
        assert_eq!(reader.private_values("m_1").await, Ok(vec![]));
        let vault = fs::File::options().write(true).open(place.folder().join("vault.db"));
        vault.expect("opened").set_modified(std::time::UNIX_EPOCH).expect("changed");
        assert_eq!(reader.private_values("m_1").await, Err(Failure::Disturbed));
        assert_eq!(reader.private_keys_after("", 10).await, Err(Failure::Disturbed));
        reader.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_book_left_by_a_crash_is_read_whole_and_not_changed() {
    on_sqlite(async |place: Place| {
        let book = place.book().await;
        let first = batch(empty(), 1, 300);
        book.append(&first).await.expect("appended");
        // What a crash leaves: the file and its write-ahead file, and nobody at home.
        let crashed = place.folder().join("crashed");
        fs::create_dir(&crashed).expect("a folder");
        for file in ["book.db", "book.db-wal", "vault.db", "vault.db-wal"] {
            fs::copy(place.folder().join(file), crashed.join(file)).expect("copied");
        }
        book.close().await;
        let before = content(&crashed);
        let reader = Store::open_read_only(&Target::Folder(crashed.clone())).await.expect("opened");
        assert_eq!(reader.head().await, Ok(first.head));
        assert_eq!(reader.leaves(0, 300).await.map(|leaves| leaves.len()), Ok(300));
        reader.close().await;
        let mut after = content(&crashed);
        // The index of the write-ahead file is shared memory: it holds nothing of the book.
        after.retain(|name, _| !name.ends_with("-shm"));
        assert!(after == before, "reading changed the book");
        let writer = Store::open(&Target::Folder(crashed)).await.expect("opened");
        assert_eq!(writer.head().await, Ok(first.head));
        writer.close().await;
    })
    .await;
}

/// Every file of a folder with its bytes.
fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file"));
    entries
        .filter(|entry| entry.path().is_file())
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("read"))
        })
        .collect()
}
