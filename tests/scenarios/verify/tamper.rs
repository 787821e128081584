//! One changed bit anywhere in the stored log is found, and named by its leaf.

use ledger::audit::{AuditError, Expected, audit};
use ledger::registrar::{Keys, Registrar, StartError};
use ledger::store::Store;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use support::{Coop, StoredLog};

use super::small_book;

/// A closed book whose rows can be changed by hand: its triggers are gone.
struct Opened {
    coop: Coop,
    rows: SqliteConnection,
    size: u64,
}

impl Opened {
    async fn small() -> Self {
        let coop = small_book().await;
        let size = coop.registrar.book().size();
        let file = coop.data.join("book.db");
        let mut rows =
            SqliteConnectOptions::new().filename(file).connect().await.expect("the file opens");
        for trigger in [
            "leaves_never_change",
            "leaves_stay",
            "checkpoints_never_change",
            "tiles_only_grow",
            "head_only_advances",
        ] {
            let drop = sqlx::AssertSqlSafe(format!("drop trigger {trigger}"));
            sqlx::raw_sql(drop).execute(&mut rows).await.expect("the trigger was there");
        }
        Self { coop, rows, size }
    }

    async fn leaf(&mut self, index: u64) -> Vec<u8> {
        let index = i64::try_from(index).expect("small");
        let (leaf,): (Vec<u8>,) = sqlx::query_as("select leaf from leaves where idx = ?")
            .bind(index)
            .fetch_one(&mut self.rows)
            .await
            .expect("the leaf");
        leaf
    }

    async fn put_leaf(&mut self, index: u64, leaf: &[u8]) {
        let index = i64::try_from(index).expect("small");
        let done = sqlx::query("update leaves set leaf = ? where idx = ?")
            .bind(leaf)
            .bind(index)
            .execute(&mut self.rows)
            .await
            .expect("written");
        assert_eq!(done.rows_affected(), 1);
    }

    async fn audited(&self) -> Result<(), AuditError> {
        let log = StoredLog::read(&self.coop.target).await;
        let log = log.map_err(|error| ledger::audit::SourceError(error).into());
        log.and_then(|log| audit(&log, &Expected::default()).map(|_| ()))
    }

    async fn start(&self) -> Result<(), StartError> {
        let store = Store::open(&self.coop.target).await?;
        let keys = Keys::load(&self.coop.data.join("keys")).expect("keys");
        Registrar::open(store, keys, self.coop.clock.clone()).await.map(|_| ())
    }
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1 << (at % 8);
    bytes
}

#[tokio::test]
async fn a_flipped_bit_in_any_leaf_is_named_by_the_audit() {
    let mut book = Opened::small().await;
    book.audited().await.expect("it holds before");
    let mut tried = 0;
    for index in 0..book.size {
        let leaf = book.leaf(index).await;
        let last = leaf.len() - 1;
        for at in [0, last / 5, 2 * last / 5, 3 * last / 5, 4 * last / 5, last] {
            book.put_leaf(index, &flipped(&leaf, at)).await;
            match book.audited().await {
                Err(AuditError::Leaf(wrong)) if wrong.index == index => tried += 1,
                other => panic!("leaf {index}, byte {at}: {other:?}"),
            }
        }
        book.put_leaf(index, &leaf).await;
    }
    assert_eq!(tried, 6 * book.size);
    book.audited().await.expect("it holds again");
}

#[tokio::test]
async fn the_registrar_does_not_start_on_a_changed_leaf_and_names_it() {
    let mut book = Opened::small().await;
    for index in 0..book.size {
        let leaf = book.leaf(index).await;
        book.put_leaf(index, &flipped(&leaf, leaf.len() / 2)).await;
        match book.start().await {
            Err(StartError::Inconsistent(wrong)) if wrong.index == index => {}
            other => panic!("leaf {index}: {other:?}"),
        }
        book.put_leaf(index, &leaf).await;
    }
    book.start().await.expect("it starts again");
}

#[tokio::test]
async fn two_swapped_leaves_are_named_by_the_first() {
    let mut book = Opened::small().await;
    for index in 1..book.size - 1 {
        let (one, two) = (book.leaf(index).await, book.leaf(index + 1).await);
        book.put_leaf(index, &two).await;
        book.put_leaf(index + 1, &one).await;
        match book.audited().await {
            Err(AuditError::Leaf(wrong)) if wrong.index == index => {}
            other => panic!("leaves {index} and {}: {other:?}", index + 1),
        }
        assert!(book.start().await.is_err(), "leaves {index} and {} swapped", index + 1);
        book.put_leaf(index, &one).await;
        book.put_leaf(index + 1, &two).await;
    }
}

#[tokio::test]
async fn a_missing_last_leaf_is_missed() {
    let mut book = Opened::small().await;
    let last = i64::try_from(book.size - 1).expect("small");
    let gone = sqlx::query("delete from leaves where idx = ?").bind(last);
    gone.execute(&mut book.rows).await.expect("gone");
    let wrong = book.audited().await.expect_err("a leaf is missing").to_string();
    assert!(wrong.contains(&format!("{last}")), "{wrong}");
    let wrong = book.start().await.expect_err("a leaf is missing").to_string();
    assert!(wrong.contains(&format!("{last}")), "{wrong}");

    // With the head turned back as well, the signed checkpoints still know the leaf.
    let head = sqlx::query("update head set size = ?").bind(last);
    head.execute(&mut book.rows).await.expect("turned back");
    let wrong = book.audited().await.expect_err("the checkpoint knows");
    assert!(matches!(wrong, AuditError::Checkpoint { .. }), "{wrong:?}");
    assert!(book.start().await.is_err());
}

#[tokio::test]
async fn a_changed_hash_in_a_tile_is_named_by_its_leaf() {
    let mut book = Opened::small().await;
    let (hashes,): (Vec<u8>,) = sqlx::query_as("select hashes from tiles where level = 0")
        .fetch_one(&mut book.rows)
        .await
        .expect("one tile");
    for index in 0..book.size {
        let at = usize::try_from(index).expect("small") * 32 + 7;
        put_tile(&mut book.rows, &flipped(&hashes, at)).await;
        match book.audited().await {
            Err(AuditError::Leaf(wrong)) if wrong.index == index => {}
            Err(AuditError::Tile { first, .. }) if first == index => {}
            other => panic!("hash {index}: {other:?}"),
        }
        match book.start().await {
            Err(StartError::Inconsistent(wrong)) if wrong.index == index => {}
            other => panic!("hash {index}: {other:?}"),
        }
    }
    put_tile(&mut book.rows, &hashes).await;
    book.audited().await.expect("it holds again");
}

async fn put_tile(rows: &mut SqliteConnection, hashes: &[u8]) {
    let put = sqlx::query("update tiles set hashes = ? where level = 0").bind(hashes);
    put.execute(rows).await.expect("written");
}

#[tokio::test]
async fn a_changed_byte_of_any_checkpoint_is_found() {
    let mut book = Opened::small().await;
    let notes: Vec<(i64, Vec<u8>)> = sqlx::query_as("select size, note from checkpoints")
        .fetch_all(&mut book.rows)
        .await
        .expect("checkpoints");
    assert!(notes.len() > 5, "one a batch");
    for (size, note) in &notes {
        for at in [0, note.len() / 3, 2 * note.len() / 3, note.len() - 1] {
            put_note(&mut book.rows, *size, &flipped(note, at)).await;
            match book.audited().await {
                Err(AuditError::Checkpoint { .. }) => {}
                other => panic!("checkpoint {size}, byte {at}: {other:?}"),
            }
            assert!(matches!(book.start().await, Err(StartError::Tree(_))), "checkpoint {size}");
        }
        put_note(&mut book.rows, *size, note).await;
    }
    book.audited().await.expect("it holds again");
}

async fn put_note(rows: &mut SqliteConnection, size: i64, note: &[u8]) {
    let put = sqlx::query("update checkpoints set note = ? where size = ?").bind(note).bind(size);
    put.execute(rows).await.expect("written");
}

#[tokio::test]
async fn the_registrar_does_not_start_on_a_changed_head() {
    let mut book = Opened::small().await;
    let turned = sqlx::query("update head set root = ?").bind([7_u8; 32].as_slice());
    turned.execute(&mut book.rows).await.expect("written");
    assert!(matches!(book.start().await, Err(StartError::Tree(_))));
    book.rows.close().await.expect("goodbye");
}
