//! How long a start takes, with a snapshot and without, and what memory it leaves taken.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ledger::registrar::{Keys, Registrar, Snapshots, SystemClock};
use ledger::store::{Store, Target};
use tokio::runtime::Runtime;

use crate::frame::{Table, grouped, memory, rate, spell, timed};
use crate::limits::Limits;
use crate::proof;

/// Opens the book; the time is that until the first page could be served.
fn started(runtime: &Runtime, folder: &Path, snapshots: Snapshots) -> (Duration, Arc<Registrar>) {
    let (target, keys) = (Target::Folder(folder.to_owned()), folder.join("keys"));
    timed(|| {
        runtime.block_on(async {
            let store = Store::open(&target).await.expect("the book");
            let keys = Keys::load(&keys).expect("keys").with_snapshots(snapshots);
            Registrar::open(store, keys, Arc::new(SystemClock)).await.expect("it opens")
        })
    })
}

/// The memory is that of the first start, in a process that has done nothing else: give a kept book.
pub(crate) fn measure(runtime: &Runtime, folder: &Path, limits: &Limits, table: &mut Table) {
    let file = folder.join("snapshot");
    let _ = std::fs::remove_file(&file);
    let before = memory();
    // No writer of its own accord: what is measured is the start.
    let (full, registrar) = started(runtime, folder, Snapshots::none());
    let (size, grown) = (registrar.book().size(), memory().saturating_sub(before));
    table.tell("start, every leaf read", spell(full));
    table.beside(
        "start, every leaf read, leaves",
        rate(size, full),
        limits.verify,
        "bare signatures",
    );
    table.tell("memory a leaf, every leaf read", format!("{} bytes", grouped(grown / size)));
    proof::measure(runtime, &registrar, table);
    close(runtime, registrar);

    let snapshots = || Snapshots::at(file.clone()).every(u64::MAX);
    let (_, registrar) = started(runtime, folder, snapshots().every(1).unread());
    let (written, ()) = timed(|| runtime.block_on(registrar.leave()));
    close(runtime, registrar);
    let length = std::fs::metadata(&file).expect("the snapshot").len();
    table.tell("a snapshot: written in", spell(written));
    table.tell("a snapshot: bytes a leaf", grouped(length / size));

    let (short, registrar) = started(runtime, folder, snapshots());
    assert_eq!(registrar.started_from(), size, "the snapshot is believed");
    table.tell("start from the snapshot", spell(short));
    close(runtime, registrar);
}

fn close(runtime: &Runtime, registrar: Arc<Registrar>) {
    runtime.block_on(async {
        registrar.leave().await;
        registrar.store().close().await;
    });
    drop(registrar);
    // Its tasks end when they next look.
    std::thread::sleep(Duration::from_millis(1_500));
}
