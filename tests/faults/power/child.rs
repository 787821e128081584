//! The process that is recorded: leaves, values in the vault, an erasure, the write-ahead file folded
//! into the book and begun again, all in one short life.

use std::io::Write;
use std::path::{Path, PathBuf};

use ledger::base::MemberRef;
use ledger::members::ErasureReason;
use ledger::registrar::Registrar;
use ledger::store::Target;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use support::{bits, key};

use crate::bench::{setting, started};
use support::place;

/// Set for the child: the folder of its book.
pub(super) const DATA: &str = "FAULTS_POWER_DATA";
/// A member of the book that is erased.
pub(super) const ERASED: u8 = 3;

#[tokio::test]
async fn the_child_writes() {
    let Some(data) = setting(DATA).map(PathBuf::from) else { return };
    let target = Target::Folder(data.clone());
    let registrar = started(&target, &data.join("keys")).await.expect("it starts");
    for number in 0..4 {
        writes(&registrar, number).await;
    }
    fold(&data).await;
    for number in 4..8 {
        writes(&registrar, number).await;
    }
    let member = MemberRef::from_random(bits(ERASED));
    let erasure = registrar.erasure(&member, ErasureReason::NoLongerNeeded).await.expect("erasure");
    let (one, two) = (key("bureau-1", 4), key("bureau-2", 5));
    let erased = registrar.perform(erasure, Vec::new(), &[&one, &two]).await.expect("erased");
    acknowledged(erased.first + erased.count);
    fold(&data).await;
    for number in 8..11 {
        writes(&registrar, number).await;
    }
    registrar.store().close().await;
}

async fn writes(registrar: &Registrar, number: u16) {
    let receipt = registrar.perform(place(number), Vec::new(), &[&key("bureau-1", 4)]).await;
    let receipt = receipt.expect("written");
    acknowledged(receipt.first + receipt.count);
}

/// As `SQLite` does by itself after a thousand pages.
async fn fold(data: &Path) {
    let options = SqliteConnectOptions::new().filename(data.join("book.db"));
    let options = options.pragma("synchronous", "full").pragma("checkpoint_fullfsync", "on");
    let mut book: SqliteConnection = options.connect().await.expect("the book");
    sqlx::raw_sql("pragma wal_checkpoint(passive)").execute(&mut book).await.expect("folded");
    book.close().await.expect("goodbye");
}

/// In one call, so that its place among those to the disk is known.
fn acknowledged(size: u64) {
    std::io::stderr().write_all(format!("ack {size}\n").as_bytes()).expect("stderr");
}
