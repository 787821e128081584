//! A start from a snapshot gives the state of a full one, and one that lies in any way is left aside.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ledger::members::PersonKind;
use ledger::registrar::{Keys, NewKeys, Registrar, Snapshots, StartError};
use ledger::store::{Store, Target};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use support::{Coop, identity};

use super::small_book;

/// A closed book that can be started again and again.
struct Closed {
    coop: Coop,
    size: u64,
    told: String,
}

impl Closed {
    async fn small() -> Self {
        Self::of(small_book().await)
    }

    fn of(coop: Coop) -> Self {
        let book = coop.registrar.book();
        let (size, told) = (book.size(), format!("{:?}", book.state()));
        Self { coop, size, told }
    }

    fn snapshots(&self) -> Snapshots {
        Snapshots::at(self.file()).every(1)
    }

    fn file(&self) -> PathBuf {
        self.coop.data.join("snapshot")
    }

    async fn opened(&self, snapshots: Snapshots) -> Result<Arc<Registrar>, StartError> {
        let store = Store::open(&self.coop.target).await?;
        let keys = Keys::load(&self.coop.data.join("keys")).expect("keys");
        Registrar::open(store, keys.with_snapshots(snapshots), self.coop.clock.clone()).await
    }

    /// Opens, leaves in good order, and gives the snapshot that is then there.
    async fn left(&self) -> Vec<u8> {
        self.opened(self.snapshots()).await.expect("it opens").leave().await;
        fs::read(self.file()).expect("a snapshot")
    }

    /// From how many leaves the next start goes on; its state is always the right one.
    async fn goes_on_from(&self) -> u64 {
        let registrar = self.opened(self.snapshots()).await.expect("it opens");
        assert_eq!(registrar.book().size(), self.size);
        assert_eq!(format!("{:?}", registrar.book().state()), self.told);
        registrar.started_from()
    }

    async fn rows(&self) -> SqliteConnection {
        let file = self.coop.data.join("book.db");
        SqliteConnectOptions::new().filename(file).connect().await.expect("the file opens")
    }
}

#[tokio::test]
async fn a_start_goes_on_from_the_snapshot_that_a_stop_left() {
    let book = Closed::small().await;
    assert_eq!(book.goes_on_from().await, 0, "there is none yet");
    book.left().await;
    assert_eq!(book.goes_on_from().await, book.size);
    let asked = book.opened(book.snapshots().unread()).await.expect("it opens");
    assert_eq!(asked.started_from(), 0, "every leaf is read when that is asked");
    assert_eq!(format!("{:?}", asked.book().state()), book.told);
}

#[tokio::test]
async fn an_older_snapshot_is_the_beginning_and_later_leaves_are_folded() {
    let book = Closed::small().await;
    book.left().await;
    let old = book.size;
    book.coop.joins(3, 4).await.expect("subscribed");
    let book = Closed::of(book.coop);
    assert!(book.size > old);
    assert_eq!(book.goes_on_from().await, old);
}

#[tokio::test]
async fn the_writer_writes_by_itself_while_the_book_grows() {
    let book = Closed::small().await;
    let registrar = book.opened(book.snapshots()).await.expect("it opens");
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if book.file().exists() {
            break;
        }
    }
    drop(registrar);
    assert_eq!(book.goes_on_from().await, book.size);
}

#[tokio::test]
async fn a_snapshot_with_any_bit_changed_is_left_aside() {
    let book = Closed::small().await;
    let right = book.left().await;
    let head = right.len() - 1_200;
    // Everywhere in the parts, and close together in what is signed and in the length at the end.
    let places = (0..head).step_by(head / 40).chain((head..right.len()).step_by(29));
    for at in places.chain(right.len() - 4..right.len()) {
        let mut wrong = right.clone();
        wrong[at] ^= 1 << (at % 8);
        fs::write(book.file(), wrong).expect("written");
        assert_eq!(book.goes_on_from().await, 0, "byte {at}");
    }
    fs::write(book.file(), right).expect("written");
    assert_eq!(book.goes_on_from().await, book.size);
}

#[tokio::test]
async fn a_snapshot_cut_short_or_empty_is_left_aside() {
    let book = Closed::small().await;
    let right = book.left().await;
    for length in [0, 3, 4, 5, right.len() / 2, right.len() - 5, right.len() - 1] {
        fs::write(book.file(), &right[..length]).expect("written");
        assert_eq!(book.goes_on_from().await, 0, "{length} bytes");
    }
    let mut longer = right.clone();
    longer.insert(0, 0);
    fs::write(book.file(), longer).expect("written");
    assert_eq!(book.goes_on_from().await, 0, "a byte more");
}

#[tokio::test]
async fn a_snapshot_by_another_key_is_left_aside() {
    let book = Closed::small().await;
    let desk = book.coop.data.join("keys/desk.key");
    let ours = fs::read(&desk).expect("our key");
    let other = NewKeys::generate(support::ORIGIN).expect("keys").desk.to_file_text();
    fs::write(&desk, other.as_str()).expect("written");
    book.left().await;
    fs::write(&desk, ours).expect("written");
    assert_eq!(book.goes_on_from().await, 0);
}

#[tokio::test]
async fn a_snapshot_of_another_log_by_the_same_key_is_left_aside() {
    let (book, other) = (Closed::small().await, Closed::small().await);
    fs::copy(book.coop.data.join("keys/desk.key"), other.coop.data.join("keys/desk.key"))
        .expect("copied");
    let foreign = other.left().await;
    assert_eq!(other.goes_on_from().await, other.size);
    fs::write(book.file(), foreign).expect("written");
    assert_eq!(book.goes_on_from().await, 0);
}

#[tokio::test]
async fn a_snapshot_ahead_of_the_book_does_not_hide_that_it_went_back() {
    let old = Closed::small().await;
    let kept = tempfile::tempdir().expect("a folder");
    let copied = |name: &str| {
        fs::copy(old.coop.data.join(name), kept.path().join(name)).expect("copied");
    };
    // In a write-ahead log the newest rows may be in the second file.
    ["book.db", "book.db-wal"].into_iter().for_each(copied);
    old.coop.joins(3, 4).await.expect("subscribed");
    let book = Closed::of(old.coop);
    book.left().await;
    let data = tempfile::tempdir().expect("a folder");
    fs::create_dir(data.path().join("keys")).expect("a folder");
    for file in fs::read_dir(book.coop.data.join("keys")).expect("keys").flatten() {
        fs::copy(file.path(), data.path().join("keys").join(file.file_name())).expect("copied");
    }
    for (from, name) in [
        (kept.path(), "book.db"),
        (kept.path(), "book.db-wal"),
        (book.coop.data.as_path(), "vault.db"),
        (book.coop.data.as_path(), "snapshot"),
    ] {
        fs::copy(from.join(name), data.path().join(name)).expect("copied");
    }
    let store = Store::open(&Target::Folder(data.path().to_owned())).await.expect("the copy");
    let keys = Keys::load(&data.path().join("keys")).expect("keys");
    let keys = keys.with_snapshots(Snapshots::beside(data.path()));
    let refused = Registrar::open(store, keys, book.coop.clock.clone()).await;
    assert!(matches!(refused, Err(StartError::RolledBack { .. })), "{:?}", refused.err());
}

#[tokio::test]
async fn a_changed_hash_in_the_tree_is_seen_before_the_snapshot_is_believed() {
    let book = Closed::small().await;
    book.left().await;
    let mut rows = book.rows().await;
    sqlx::raw_sql("drop trigger tiles_only_grow").execute(&mut rows).await.expect("dropped");
    let (right,): (Vec<u8>,) = sqlx::query_as("select hashes from tiles where level = 0 and n = 0")
        .fetch_one(&mut rows)
        .await
        .expect("the row");
    for at in (0..right.len()).step_by(32) {
        let mut wrong = right.clone();
        wrong[at] ^= 1;
        put_row(&mut rows, &wrong).await;
        book.opened(book.snapshots()).await.expect_err("the book does not hold");
    }
    put_row(&mut rows, &right).await;
    rows.close().await.expect("closed");
    assert_eq!(book.goes_on_from().await, book.size);
}

async fn put_row(rows: &mut SqliteConnection, hashes: &[u8]) {
    sqlx::query("update tiles set hashes = ? where level = 0 and n = 0")
        .bind(hashes)
        .execute(rows)
        .await
        .expect("written");
}

#[tokio::test]
async fn a_changed_leaf_under_the_snapshot_ends_the_process_and_the_next_start_names_it() {
    let book = Closed::small().await;
    book.left().await;
    let mut rows = book.rows().await;
    sqlx::raw_sql("drop trigger leaves_never_change").execute(&mut rows).await.expect("dropped");
    sqlx::raw_sql("update leaves set leaf = cast(leaf || x'00' as blob) where idx = 3")
        .execute(&mut rows)
        .await
        .expect("written");
    rows.close().await.expect("closed");
    let registrar = book.opened(book.snapshots()).await.expect("the tree is untouched");
    let reason = tokio::time::timeout(Duration::from_secs(20), registrar.stopped()).await;
    let reason = reason.expect("it ends");
    assert!(reason.to_string().contains("feuille 3"), "{reason}");
    assert_eq!(reason.exit_status(), 1, "damage, not another history");
    drop(registrar);
    assert!(!book.file().exists(), "it is not believed twice");
    match book.opened(book.snapshots()).await {
        Err(StartError::Inconsistent(wrong)) => assert_eq!(wrong.index, 3),
        other => panic!("{:?}", other.err()),
    }
}

/// R78: the vault's values are never in a snapshot, erased or not.
#[tokio::test]
async fn no_personal_value_is_in_a_snapshot() {
    let book = Closed::small().await;
    let snapshot = book.left().await;
    let holds = |text: &str| snapshot.windows(text.len()).any(|window| window == text.as_bytes());
    let mut looked = 0;
    for person in [PersonKind::Natural, PersonKind::Association] {
        for (field, value) in identity(person) {
            // « France » and the like stand in the bylaws of the example too.
            if value.len() > 6 && !format!("{:?}", book.told).contains(value) {
                assert!(!holds(value), "{field}: {value}");
                looked += 1;
            }
        }
    }
    assert!(looked >= 10, "{looked}");
    assert!(!holds("Mme Diallo"), "the name on a bank line");
    assert!(holds(support::ORIGIN), "what the log says in clear is there");
}
