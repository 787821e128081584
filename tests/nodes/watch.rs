//! Keeps every checkpoint that any node ever served, and compares them with those that were signed and
//! with what is in the book at the end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ledger::audit::{Expected, audit};
use ledger::decide::KnownRoots;
use ledger::log::{Checkpoint, Leaf, Note};
use ledger::replay::Replay;
use ledger::store::Target;
use support::StoredLog;
use support::site::Browser;
use tokio::task::JoinSet;

use crate::cluster::Cluster;
use crate::senders::Sent;

type Heads = BTreeSet<(u64, [u8; 32])>;

pub(crate) struct Watch {
    stop: Arc<AtomicBool>,
    tasks: JoinSet<Heads>,
}

/// Every head that was served.
pub(crate) struct Seen(Vec<JoinSet<Heads>>);

impl Watch {
    pub(crate) fn over(cluster: &Cluster) -> Self {
        let mut watch = Self { stop: Arc::default(), tasks: JoinSet::new() };
        for port in cluster.ports() {
            let stop = Arc::clone(&watch.stop);
            watch.tasks.spawn(async move {
                let (mut heads, mut size) = (Heads::new(), 0);
                while !stop.load(Ordering::SeqCst) {
                    let answer = Browser::on_port(port).get("/log/checkpoint").await;
                    if answer.status.as_u16() == 200 {
                        let note = Note::parse(&answer.bytes).expect("a note");
                        let head = Checkpoint::parse(&note.text).expect("a checkpoint");
                        assert!(head.size >= size, "a node goes back: {} after {size}", head.size);
                        size = head.size;
                        heads.insert((head.size, *head.root.as_bytes()));
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                heads
            });
        }
        watch
    }

    pub(crate) fn stop(self) -> Seen {
        self.stop.store(true, Ordering::SeqCst);
        Seen(vec![self.tasks])
    }
}

impl Seen {
    /// One history, and on it everything that was acknowledged, once.
    pub(crate) async fn check(self, cluster: &Cluster, sent: &Sent) -> String {
        let mut served = Heads::new();
        for tasks in self.0 {
            tasks.join_all().await.into_iter().for_each(|heads| served.extend(heads));
        }
        let target = Target::Postgres { url: cluster.url.clone() };
        let log = StoredLog::read(&target).await.expect("read");
        audit(&log, &Expected::default()).expect("sound");
        let mut replay = Replay::default();
        let mut texts: Vec<String> = Vec::new();
        for leaf in &log.leaves {
            replay.push(leaf).expect("sound");
            texts.push(Leaf::parse(leaf).expect("a leaf").note.text);
        }
        let signed = cluster.signer.signed.lock().expect("whole").clone();
        let all = signed.iter().map(|head| (head.size, *head.root.as_bytes()));
        for (size, root) in all.chain(served.iter().copied()) {
            let known = replay.root_at(size).map(|known| *known.as_bytes());
            assert_eq!(known, Some(root), "another history at size {size}");
        }
        for text in sent.acknowledged.iter().chain(&sent.found_done) {
            let count = texts.iter().filter(|stored| *stored == text).count();
            assert_eq!(count, 1, "acknowledged, so in the book once: {text}");
        }
        let all: BTreeSet<&String> = texts.iter().collect();
        assert_eq!(all.len(), texts.len(), "no leaf twice");
        format!(
            "{} leaves, {} acknowledged, {} more found done, {} sent again; {} heads signed, {} \
             served, all on one history; {} heads refused by the signer",
            texts.len(),
            sent.acknowledged.len(),
            sent.found_done.len(),
            sent.again,
            signed.len(),
            served.len(),
            cluster.signer.refused.lock().expect("whole"),
        )
    }
}
