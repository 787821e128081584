//! How fast the log is, beside what bounds it, measured in the same run on the same machine.
//!
//! `BENCH_LEAVES` says how many leaves (10,000 if not set), `BENCH_BOOK` where the book is kept to
//! be measured again (a temporary folder if not set). `cargo bench -p tests -- audit start` measures
//! these alone, of `start`, `steps`, `submissions`, `audit`. Run on a quiet machine.

#![expect(clippy::print_stdout, reason = "the figures are what this is for")]
#![expect(clippy::expect_used, reason = "a measure that can't be taken should say so and stop")]

mod audit;
mod frame;
mod limits;
mod proof;
mod start;
mod steps;
mod submissions;

use std::path::Path;

use frame::{Table, figure, setting};
use ledger::store::{Store, Target};
use limits::Limits;
use support::big::big_book;

fn main() {
    let leaves: u64 = figure("BENCH_LEAVES", 10_000);
    let temporary = tempfile::tempdir().expect("a folder");
    let kept = setting("BENCH_BOOK");
    let folder = kept.as_deref().map_or(temporary.path(), Path::new);
    std::fs::create_dir_all(folder).expect("a folder");
    let target = Target::Folder(folder.to_owned());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(made(&target, folder, leaves));

    println!("{}", frame::machine(folder));
    let mut table = Table::new(format!("{leaves} leaves"));
    let limits = Limits::measured(&mut table);
    // The start before what leaves memory behind.
    if is_asked("start") {
        start::measure(&runtime, folder, &limits, &mut table);
    }
    if is_asked("steps") {
        steps::measure(&runtime, &target, leaves, &limits, &mut table);
    }
    if is_asked("submissions") {
        submissions::measure(&runtime, &limits, &mut table);
    }
    if is_asked("audit") {
        audit::measure(&runtime, &target, &limits, &mut table);
    }
    println!("{table}");
}

/// Whether that measure is named on the command line, or none is.
fn is_asked(measure: &str) -> bool {
    let arguments = std::env::args().skip(1);
    let named: Vec<String> = arguments.filter(|argument| !argument.starts_with('-')).collect();
    named.is_empty() || named.iter().any(|name| name == measure)
}

/// The book of that many leaves, made unless it is there.
async fn made(target: &Target, folder: &Path, leaves: u64) {
    if folder.join("book.db").exists() {
        let store = Store::open_read_only(target).await.expect("the book");
        let size = store.head().await.expect("the head").size;
        assert_eq!(size, leaves, "the kept book has another size: give it another BENCH_BOOK");
        return store.close().await;
    }
    big_book(target, folder, leaves).await;
}
