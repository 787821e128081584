//! The world fails at each step of a batch, once or for good, also where the work was done and only its
//! answer was lost: nothing acknowledged is lost, nothing is half written or written twice, and who
//! sends again gets one receipt, always the same.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use ledger::audit::{Expected, audit};
use ledger::decide::KnownRoots;
use ledger::log::{Checkpoint, Leaf, Note};
use ledger::registrar::{Keys, Receipt, Registrar, Signed, SubmitError};
use ledger::replay::Replay;
use ledger::store::{Failure, Step, Store, Target, Watcher};
use support::{Coop, Database, StoredLog, day};

use super::silent_signer::Moody;
use support::place;

/// Fails at one step.
struct Fault {
    at: Step,
    /// Whether nothing works any more after it.
    for_good: bool,
    armed: AtomicBool,
    dead: AtomicBool,
    hits: AtomicU32,
}

impl Watcher for Fault {
    fn reached(&self, step: Step) -> Result<(), Failure> {
        let failure = || Failure::Files { doing: "go on", cause: format!("made to: {step:?}") };
        if self.dead.load(Ordering::SeqCst) {
            return Err(failure());
        }
        if step == self.at && self.armed.swap(false, Ordering::SeqCst) {
            self.hits.fetch_add(1, Ordering::SeqCst);
            self.dead.store(self.for_good, Ordering::SeqCst);
            return Err(failure());
        }
        Ok(())
    }
}

/// The book, its signer, and what was acknowledged so far.
struct Trial {
    coop: Coop,
    signer: Arc<Moody>,
    receipts: BTreeMap<Vec<u8>, Receipt>,
    number: u16,
}

impl Trial {
    async fn node(&self, fault: Option<Arc<Fault>>) -> Arc<Registrar> {
        let store = Store::open(&self.coop.target).await.expect("opened");
        let store = match fault {
            Some(fault) => store.watched(fault),
            None => store,
        };
        let signer = Arc::clone(&self.signer);
        let keys = Keys::load_beside(&self.coop.data.join("keys"), signer).expect("keys");
        Registrar::open(store, keys, self.coop.clock.clone()).await.expect("it opens")
    }

    fn leaf(&mut self, node: &Registrar) -> Vec<u8> {
        self.number += 1;
        let draft = node.draft(place(self.number), Vec::new()).expect("drafted");
        let text = draft.texts[0].clone();
        let signature = self.coop.key("bureau-1").sign_text(&text).expect("signed");
        Leaf::assemble(text, vec![signature])
    }

    /// What a sender was told holds for ever.
    fn told(&mut self, leaf: &[u8], receipt: &Receipt) {
        let before = self.receipts.entry(leaf.to_owned()).or_insert_with(|| receipt.clone());
        assert_eq!(before, receipt, "one receipt a leaf");
    }

    async fn round(&mut self, at: Step, for_good: bool) {
        let (armed, dead, hits) = <(AtomicBool, AtomicBool, AtomicU32)>::default();
        let fault = Arc::new(Fault { at, for_good, armed, dead, hits });
        let node = self.node(Some(Arc::clone(&fault))).await;
        let calm = self.leaf(&node);
        let receipt = acknowledged(&node, &calm).await;
        self.told(&calm, &receipt);

        let leaves: Vec<Vec<u8>> = (0..3).map(|_| self.leaf(&node)).collect();
        fault.armed.store(true, Ordering::SeqCst);
        for (leaf, answer) in sent_at_once(&node, &leaves).await {
            if let Ok(receipt) = answer {
                self.told(&leaf, &receipt);
            }
        }
        for _ in 0..200 {
            if fault.hits.load(Ordering::SeqCst) > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(fault.hits.load(Ordering::SeqCst), 1, "{at:?} is a step of every batch");

        // A node that stops for good is started again, as its supervisor would.
        let stops = matches!(at, Step::Committing | Step::Committed) || for_good;
        let node = if stops {
            if !for_good {
                let stopped = tokio::time::timeout(Duration::from_secs(5), node.stopped()).await;
                stopped.expect("an unknown outcome ends the process");
            }
            drop(node);
            self.node(None).await
        } else {
            node
        };
        for _ in 0..2 {
            for leaf in std::iter::once(&calm).chain(&leaves) {
                let receipt = acknowledged(&node, leaf).await;
                self.told(leaf, &receipt);
            }
        }
        self.check(at).await;
    }

    /// What a stranger finds on the disk.
    async fn check(&self, at: Step) {
        let log = StoredLog::read(&self.coop.target).await.expect("read");
        let audited = audit(&log, &Expected::default()).map_err(|wrong| format!("{at:?}: {wrong}"));
        audited.expect("sound");
        let mut replay = Replay::default();
        for leaf in &log.leaves {
            replay.push(leaf).expect("sound");
        }
        for (leaf, receipt) in &self.receipts {
            let stored = log.leaves.iter().filter(|stored| *stored == leaf).count();
            assert_eq!(stored, 1, "{at:?}: in the log once");
            let index = usize::try_from(receipt.first).expect("small");
            assert_eq!(log.leaves.get(index), Some(leaf), "{at:?}: where its receipt says");
            let note = Note::parse(&receipt.checkpoint).expect("a note");
            let checkpoint = Checkpoint::parse(&note.text).expect("a checkpoint");
            assert!(checkpoint.size > receipt.first, "{at:?}: it covers the leaf");
            assert_eq!(replay.root_at(checkpoint.size), Some(checkpoint.root), "{at:?}");
        }
        for head in self.signer.signed() {
            assert_eq!(replay.root_at(head.size), Some(head.root), "{at:?}: one history");
        }
    }
}

/// Three senders, so that they may share a batch.
async fn sent_at_once(
    node: &Arc<Registrar>,
    leaves: &[Vec<u8>],
) -> Vec<(Vec<u8>, Result<Receipt, SubmitError>)> {
    let mut senders = tokio::task::JoinSet::new();
    for leaf in leaves.iter().cloned() {
        let node = Arc::clone(node);
        senders.spawn(async move {
            let answer = node.submit(signed(&leaf)).await;
            (leaf, answer)
        });
    }
    senders.join_all().await
}

/// Sends the same leaf until it has its receipt.
async fn acknowledged(node: &Registrar, leaf: &[u8]) -> Receipt {
    let mut last = None;
    for _ in 0..100 {
        match node.submit(signed(leaf)).await {
            Ok(receipt) => return receipt,
            Err(SubmitError::Refused(refusal)) => unreachable!("{refusal}"),
            Err(other) => last = Some(other),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    unreachable!("no receipt: {last:?}")
}

fn signed(leaf: &[u8]) -> Signed {
    Signed { leaves: vec![leaf.to_owned()], private: Vec::new() }
}

async fn every_step(target: Target, data: &std::path::Path) {
    let coop = Coop::open_in(&target, data, day("2026-03-01")).await;
    coop.registrar.leave().await;
    coop.registrar.store().close().await;
    let signer = Moody::of(&coop);
    let mut trial = Trial { coop, signer, receipts: BTreeMap::new(), number: 0 };
    for at in Step::ALL {
        for for_good in [false, true] {
            trial.round(at, for_good).await;
        }
    }
    let heads = trial.signer.signed().len();
    assert!(trial.receipts.len() == 4 * 24 && heads > 24, "{heads} heads signed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_failure_at_any_step_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    every_step(Target::Folder(folder.path().to_owned()), folder.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_a_failure_at_any_step_loses_nothing() {
    let Some(database) = Database::new() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    every_step(Target::Postgres { url: database.url.clone() }, folder.path()).await;
}
