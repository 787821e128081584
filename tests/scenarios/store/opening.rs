//! A book is started on purpose, never by mistake, and opens only with the schema we know.

use std::fs;

use ledger::store::{Failure, SealedKey, Store, Target};

use super::engine::{Place, batch, empty, on_sqlite};

on_both_engines!(
    a_second_create_is_refused_and_changes_nothing,
    where_there_is_no_book_none_is_started,
    what_was_written_is_there_after_opening_again,
    a_changed_migration_is_refused,
    an_unknown_migration_is_refused,
    an_older_book_is_brought_up_to_date,
);

async fn a_second_create_is_refused_and_changes_nothing(place: Place) {
    let book = place.book().await;
    let first = batch(empty(), 1, 3);
    book.append(&first).await.expect("appended");
    let refused = Store::create(&place.target).await.expect_err("there is a book");
    assert!(matches!(refused, Failure::AlreadyThere { .. }), "{refused}");
    assert_eq!(book.head().await, Ok(first.head));
    book.close().await;
    let refused = Store::create(&place.target).await.expect_err("there is a book");
    assert!(matches!(refused, Failure::AlreadyThere { .. }), "{refused}");
}

async fn where_there_is_no_book_none_is_started(place: Place) {
    for _ in 0..2 {
        let refused = Store::open(&place.target).await.expect_err("no book");
        assert!(matches!(refused, Failure::NoBook { .. }), "{refused}");
        let refused = Store::open_read_only(&place.target).await.expect_err("no book");
        assert!(matches!(refused, Failure::NoBook { .. }), "{refused}");
    }
    if let Target::Folder(folder) = &place.target {
        assert!(!folder.exists(), "opening made a folder");
    }
}

async fn what_was_written_is_there_after_opening_again(place: Place) {
    let book = place.book().await;
    assert_eq!(book.head().await, Ok(empty()));
    let first = batch(empty(), 1, 5);
    book.append(&first).await.expect("appended");
    book.close().await;
    for _ in 0..2 {
        let book = Store::open(&place.target).await.expect("opened");
        assert_eq!(book.head().await, Ok(first.head));
        let leaves: Vec<_> = first.leaves.iter().map(|row| row.leaf.clone()).collect();
        assert_eq!(book.leaves(0, 5).await, Ok(leaves));
        book.close().await;
    }
}

async fn a_changed_migration_is_refused(place: Place) {
    place.book().await.close().await;
    let change = "update TABLE set sql = sql || ' ' where name = '0001_log'";
    in_migrations(&place, change).await;
    refused(&place, "0001_log").await;
}

async fn an_unknown_migration_is_refused(place: Place) {
    place.book().await.close().await;
    in_migrations(&place, "insert into TABLE values ('9999_of_next_year', 'select 1')").await;
    refused(&place, "9999_of_next_year").await;
}

async fn an_older_book_is_brought_up_to_date(place: Place) {
    place.book().await.close().await;
    let newer = "drop table sessions; drop table drafts; drop table member_links; \
                 drop table cosignatures; drop table evidence";
    let postgres =
        "drop schema portal cascade; drop table vault.erasing, book.cosignatures, book.evidence";
    place.by_hand(newer, postgres).await.expect("dropped");
    in_migrations(&place, "delete from TABLE where name >= '0003_portal'").await;
    // To read the log, the older schema will do; nothing is applied.
    let reader = Store::open_read_only(&place.target).await.expect("opened");
    assert_eq!(reader.head().await, Ok(empty()));
    assert!(reader.draft("d").await.is_err());
    reader.close().await;
    let book = Store::open(&place.target).await.expect("opened");
    assert_eq!(book.draft("d").await, Ok(None));
    book.close().await;
}

async fn in_migrations(place: &Place, statement: &str) {
    let sqlite = statement.replace("TABLE", "migrations");
    let postgres = statement.replace("TABLE", "book.migrations");
    place.by_hand(&sqlite, &postgres).await.expect("done by hand");
}

async fn refused(place: &Place, expected: &str) {
    for opened in [Store::open(&place.target).await, Store::open_read_only(&place.target).await] {
        match opened.expect_err("not our schema") {
            Failure::Migration { name, .. } => assert_eq!(name, expected),
            other => unreachable!("{other}"),
        }
    }
}

#[tokio::test]
async fn an_unfinished_start_does_not_stop_the_next_one() {
    on_sqlite(async |place: Place| {
        let folder = place.folder();
        fs::create_dir_all(&folder).expect("a folder");
        for leftover in ["vault.db.new", "book.db.new", "book.db.new-wal"] {
            fs::write(folder.join(leftover), "cut short").expect("written");
        }
        let refused = Store::open(&place.target).await.expect_err("no book");
        assert!(matches!(refused, Failure::NoBook { .. }), "{refused}");
        place.book().await.close().await;
        assert_eq!(files(&folder), ["book.db", "vault.db"]);
    })
    .await;
}

#[tokio::test]
async fn one_file_without_the_other_is_refused() {
    on_sqlite(async |place: Place| {
        let open = place.book().await;
        let key = SealedKey { owner: "m_1".into(), sealed: vec![1; 72] };
        open.put_private(Some(&key), &[]).await.expect("kept");
        open.close().await;
        let (book, vault) = (place.folder().join("book.db"), place.folder().join("vault.db"));
        let away = place.folder().join("away");
        fs::rename(&vault, &away).expect("moved");
        let refused = Store::open(&place.target).await.expect_err("half a book");
        assert!(matches!(refused, Failure::HalfABook { missing: "vault.db", .. }), "{refused}");
        assert!(!vault.exists());
        fs::rename(&away, &vault).expect("moved back");
        fs::rename(&book, &away).expect("moved");
        let refused = Store::create(&place.target).await.expect_err("half a book");
        assert!(matches!(refused, Failure::HalfABook { missing: "book.db", .. }), "{refused}");
    })
    .await;
}

/// As a crash between the two files leaves it.
#[tokio::test]
async fn an_opening_cut_short_between_its_files_is_taken_up() {
    on_sqlite(async |place: Place| {
        place.book().await.close().await;
        fs::remove_file(place.folder().join("book.db")).expect("never made");
        Store::create(&place.target).await.expect("an empty vault is nobody's").close().await;
        Store::open(&place.target).await.expect("a book").close().await;
    })
    .await;
}

/// The names in a folder, sorted.
fn files(folder: &std::path::Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("a file").file_name();
    let mut names: Vec<_> = entries.map(|e| name(e).to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
