//! What each step of a replay costs a leaf, on one core.

use std::time::{Duration, Instant};

use ledger::decide::{self, Verified};
use ledger::event::Event;
use ledger::log::{Edge, Leaf};
use ledger::replay::Replay;
use ledger::store::{Store, Target};
use tokio::runtime::Runtime;

use crate::frame::{Table, each, grouped, memory, rate, timed};
use crate::limits::Limits;

/// Most leaves that the steps are measured on.
const LEAVES: u64 = 50_000;

/// Leaves of the book, in order.
fn read(runtime: &Runtime, target: &Target, count: u64) -> Vec<Vec<u8>> {
    runtime.block_on(async {
        let store = Store::open_read_only(target).await.expect("the book");
        let mut leaves = Vec::new();
        for from in (0..count).step_by(10_000) {
            leaves.extend(store.leaves(from, count.min(from + 10_000)).await.expect("leaves"));
        }
        store.close().await;
        leaves
    })
}

pub(crate) fn measure(
    runtime: &Runtime,
    target: &Target,
    leaves: u64,
    limits: &Limits,
    table: &mut Table,
) {
    let count = leaves.min(LEAVES);
    let (reading, bytes) = timed(|| read(runtime, target, count));
    let total: usize = bytes.iter().map(Vec::len).sum();
    let mut tell = |what: &str, time: Duration| {
        table.tell(what, format!("{} ns", grouped(each(count, time))));
    };
    tell("a leaf: read from the disk", reading);
    let (time, parsed) =
        timed(|| bytes.iter().map(|leaf| Leaf::parse(leaf).expect("a leaf")).collect::<Vec<_>>());
    tell("a leaf: parse", time);
    let signatures: usize = parsed.iter().map(|leaf| leaf.note.signatures.len()).sum();
    let (time, ()) = timed(|| {
        for leaf in &parsed {
            let (kind, body) = (&leaf.content.kind, &leaf.content.body);
            std::hint::black_box(Event::from_parts(kind, body).expect("a fact"));
        }
    });
    tell("a leaf: decode the fact", time);
    let (time, edge) = timed(|| {
        let (mut edge, mut full) = (Edge::empty(), Vec::new());
        for leaf in &parsed {
            edge.push(leaf.hash(), &mut full).expect("grows");
            std::hint::black_box(edge.root());
        }
        edge
    });
    tell("a leaf: hash, tree and root", time);
    drop(parsed);

    let before = memory();
    let mut replay = Replay::default();
    let (mut reads, mut admits, mut folds) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    for leaf in &bytes {
        let start = Instant::now();
        let verified = Verified::read(leaf, replay.keys()).expect("it reads");
        let read = Instant::now();
        let admitted = decide::admit(replay.state(), &replay, &verified).expect("it passes");
        let passed = Instant::now();
        replay.fold(admitted).expect("it is folded");
        reads += read - start;
        admits += passed - read;
        folds += passed.elapsed();
    }
    assert_eq!(replay.root(), edge.root(), "one tree");
    tell("a leaf: all of the part apart (with its signatures)", reads);
    tell("a leaf: who may sign, and the rules", admits);
    tell("a leaf: fold", folds);
    let grown = memory().saturating_sub(before) / count.max(1);
    table.tell("a leaf: bytes in the log", grouped(u64::try_from(total).unwrap_or(0) / count));
    table.tell("a leaf: bytes of memory for the state", grouped(grown));
    let signatures = u64::try_from(signatures).unwrap_or(0);
    table.tell("signatures a hundred leaves", signatures * 100 / count.max(1));
    let whole = reads + admits + folds;
    table.beside(
        "signatures, replay on one core",
        rate(signatures, whole),
        limits.verify_one,
        "bare",
    );
}
