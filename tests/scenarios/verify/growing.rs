//! A book that grows while somebody else opens or checks it is sound: nobody may call it forged.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ledger::audit::{Expected, LogSource, SourceError, audit};
use ledger::log::TileId;
use ledger::registrar::{Keys, Registrar};
use ledger::store::Store;
use support::{Coop, StoredLog, key, place};

/// A portal that writes once, the moment after it was asked for its size.
struct Growing {
    before: StoredLog,
    after: StoredLog,
    grown: Cell<bool>,
}

impl Growing {
    fn now(&self) -> &StoredLog {
        if self.grown.get() { &self.after } else { &self.before }
    }
}

impl LogSource for Growing {
    fn checkpoint(&self) -> Result<Vec<u8>, SourceError> {
        self.now().checkpoint()
    }

    fn stored_size(&self) -> Result<Option<u64>, SourceError> {
        let size = self.now().stored_size();
        self.grown.set(true);
        size
    }

    fn leaves(&self, from: u64, to: u64) -> Result<Vec<Vec<u8>>, SourceError> {
        self.now().leaves(from, to)
    }

    fn tile(&self, id: TileId, width: u16) -> Result<Vec<u8>, SourceError> {
        self.now().tile(id, width)
    }

    fn earlier_checkpoints(&self) -> Result<Vec<Vec<u8>>, SourceError> {
        self.now().earlier_checkpoints()
    }
}

#[tokio::test]
async fn an_auditor_calls_a_book_that_grows_meanwhile_sound() {
    let coop = Coop::open().await;
    let before = StoredLog::read(&coop.target).await.expect("read");
    coop.done(place(1), &["bureau-1"]).await;
    let after = StoredLog::read(&coop.target).await.expect("read");
    assert!(after.leaves.len() > before.leaves.len());
    let growing = Growing { before, after, grown: Cell::new(false) };
    let report = audit(&growing, &Expected::default()).expect("sound");
    assert_eq!(usize::try_from(report.leaves), Ok(growing.before.leaves.len()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_program_opens_a_book_that_the_first_is_writing() {
    let coop = Coop::open().await;
    let (writing, done) = (Arc::clone(&coop.registrar), Arc::new(AtomicBool::new(false)));
    let enough = Arc::clone(&done);
    let writer = tokio::spawn(async move {
        let officer = key("bureau-1", 4);
        let mut written = 0;
        while !enough.load(Ordering::Relaxed) {
            written += 1;
            writing.perform(place(written), Vec::new(), &[&officer]).await.expect("written");
        }
        written
    });
    for round in 0..15 {
        let store = Store::open(&coop.target).await.expect("opened");
        let keys = Keys::load(&coop.data.join("keys")).expect("keys");
        let opened = Registrar::open(store, keys, coop.clock.clone()).await;
        assert!(opened.is_ok(), "round {round}: {:?}", opened.err());
    }
    done.store(true, Ordering::Relaxed);
    assert!(writer.await.expect("it ends") > 0);
}
