//! Power loss: every call to the disk of a real process is recorded, and the disk is put together again
//! as it may be when the power goes between any two of them, sectors lost, torn and reordered.
//!
//! `IMAGES` is how many disks are tried; `FAULT_SEED` repeats them.

mod child;
mod disk;
mod record;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use ledger::log::{Checkpoint, Edge, Hash};
use ledger::store::{Store, Target};
use support::{Coop, StoredLog, day};

use crate::bench::{Chance, audited, copy, number, say, scratch, seed, started};
use disk::{Disk, Image, Op};

/// What the process wrote, as it stands when nothing is lost: all that an image is compared with.
struct Truth {
    leaves: Vec<Vec<u8>>,
    roots: Vec<Hash>,
    notes: BTreeMap<u64, Vec<u8>>,
    /// How many leaves were there before.
    before: usize,
}

#[derive(Default)]
struct Tally {
    images: u64,
    distinct: BTreeSet<[u8; 32]>,
    /// The states that the programs found: they were started on one disk of each.
    states: BTreeSet<[u64; 4]>,
    violations: Vec<String>,
}

#[test]
fn what_was_acknowledged_outlives_a_power_loss() {
    if !crate::strace::is_there() {
        return say("skipped: strace is not there, or may not trace");
    }
    let folder = scratch();
    let (before, data) = (folder.path().join("before"), folder.path().join("book"));
    runtime().block_on(book(&before));
    copy(&before, &data);
    let mut child = Command::new(std::env::current_exe().expect("this binary"));
    child
        .args(["--exact", "power::child::the_child_writes", "--nocapture"])
        .env(child::DATA, &data);
    let ops = record::recorded(&mut child, &data, &folder.path().join("log"));
    let truth = runtime().block_on(truth(&before, &data));
    let images = number("IMAGES", 400);
    let seed = seed("FAULT_SEED");
    let tally = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let (ops, before, truth, tally) = (&ops, &before, &truth, &tally);
            let place = folder.path().join(format!("worker-{worker}"));
            let share = images / 2 + (images % 2) * worker;
            let chance = Chance::of(seed.wrapping_add(worker));
            scope.spawn(move || walk(ops, (before, &place), truth, share, chance, tally));
        }
    });
    let tally = tally.into_inner().expect("counted");
    for violation in tally.violations.iter().take(20) {
        say(&format!("power: violation: {violation}"));
    }
    let syncs = ops.iter().filter(|op| matches!(op, Op::Sync(_))).count();
    say(&format!(
        "power: {} calls recorded, {syncs} syncs; {} images (seed {seed}), {} distinct, {} states started \
         and audited, {} violations",
        ops.len(),
        tally.images,
        tally.distinct.len(),
        tally.states.len(),
        tally.violations.len()
    ));
    assert!(tally.violations.is_empty(), "see above");
    assert!(syncs > 20 && tally.states.len() > 3, "the recording is not that of a book");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A small book at rest.
async fn book(data: &Path) {
    let coop = Coop::open_in(&Target::Folder(data.to_owned()), data, day("2026-03-01")).await;
    coop.joins(child::ERASED, 2).await.expect("joined");
    coop.registrar.store().close().await;
}

async fn truth(before: &Path, data: &Path) -> Truth {
    let before = audited(&Target::Folder(before.to_owned())).await.expect("sound").len();
    let log = StoredLog::read(&Target::Folder(data.to_owned())).await.expect("read");
    let (mut edge, mut full) = (Edge::empty(), Vec::new());
    let mut roots = vec![edge.root()];
    for leaf in &log.leaves {
        edge.push(Hash::leaf(leaf), &mut full).expect("it grows");
        roots.push(edge.root());
    }
    let size = |note: &[u8]| {
        let text = ledger::log::Note::parse(note).expect("a note").text;
        Checkpoint::parse(&text).expect("a checkpoint").size
    };
    let notes = log.checkpoints.iter().map(|note| (size(note), note.clone())).collect();
    Truth { leaves: log.leaves, roots, notes, before }
}

/// Walks through the recording, and tries its share of images along the way.
fn walk(
    ops: &[Op],
    (before, place): (&Path, &Path),
    truth: &Truth,
    share: u64,
    mut chance: Chance,
    tally: &Mutex<Tally>,
) {
    let runtime = runtime();
    let mut disk = Disk::of(before);
    disk.acknowledged = truth.before;
    let points = u64::try_from(ops.len()).expect("small");
    for (point, op) in (0..).zip(ops) {
        disk.does(op);
        // So many here that all are tried by the end.
        for _ in (share * point / points)..(share * (point + 1) / points) {
            let image = disk.image(&mut chance);
            let verdict = runtime.block_on(verdict(&image, place, truth, disk.acknowledged, tally));
            let mut tally = tally.lock().expect("counted");
            tally.images += 1;
            if let Err(why) = verdict {
                tally.violations.push(format!("after call {point}: {why}"));
            }
        }
    }
}

fn digest(image: &Image) -> [u8; 32] {
    let mut all = Vec::new();
    for (name, bytes) in image {
        all.extend(ledger::log::hash::sha256(name.to_string_lossy().as_bytes()));
        all.extend(ledger::log::hash::sha256(bytes));
    }
    ledger::log::hash::sha256(&all)
}

/// What must hold on such a disk: all that was acknowledged, nothing but what was written, and neither
/// the signer nor the last checkpoint seen ahead of the book.
async fn verdict(
    image: &Image,
    place: &Path,
    truth: &Truth,
    acknowledged: usize,
    tally: &Mutex<Tally>,
) -> Result<(), String> {
    let digest = digest(image);
    // The same disk was read already; unless more is asked of it now, it is as good as it was.
    let mut known = digest.to_vec();
    known.extend(acknowledged.to_be_bytes());
    if !tally.lock().expect("counted").distinct.insert(ledger::log::hash::sha256(&known)) {
        return Ok(());
    }
    put(image, place);
    let target = Target::Folder(place.to_owned());
    let store = Store::open(&target).await.map_err(|failure| format!("not opened: {failure}"))?;
    let held = held(&store, truth).await;
    store.close().await;
    let [size, notes] = held?;
    let of = |name: &str| noted(image, name);
    let (signed, seen) = (of("keys/signer.state")?, of("keys/last-seen")?);
    let acknowledged = u64::try_from(acknowledged).expect("small");
    if size < acknowledged || seen < acknowledged || signed < acknowledged {
        let found = format!("{size} stored, {signed} signed, {seen} seen");
        return Err(format!("{acknowledged} leaves acknowledged, {found}"));
    }
    if size < signed || size < seen {
        return Err(format!("{size} leaves, and {signed} are signed for, {seen} were shown"));
    }
    if tally.lock().expect("counted").states.insert([size, notes, signed, seen]) {
        let registrar = started(&target, &place.join("keys")).await;
        let registrar = registrar.map_err(|error| format!("not started: {error}"))?;
        if registrar.book().size() != size {
            return Err(format!("started with {} leaves of {size}", registrar.book().size()));
        }
        registrar.store().close().await;
        audited(&target).await?;
    }
    Ok(())
}

/// Writes the files of an image.
fn put(image: &Image, place: &Path) {
    if place.exists() {
        std::fs::remove_dir_all(place).expect("removed");
    }
    for (name, bytes) in image {
        let path = place.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("written");
    }
}

/// The size that a small file of the keys' folder speaks of.
fn noted(image: &Image, name: &str) -> Result<u64, String> {
    let bytes = image.get(Path::new(name)).ok_or_else(|| format!("{name} is gone"))?;
    let text = String::from_utf8_lossy(bytes).into_owned();
    let text = text.split_once("\n\n").map_or(text.clone(), |(text, _)| format!("{text}\n"));
    Checkpoint::parse(&text).map(|head| head.size).map_err(|error| format!("{name}: {error}"))
}

/// How many leaves and checkpoints the store holds, once every row is what was written.
async fn held(store: &Store, truth: &Truth) -> Result<[u64; 2], String> {
    let failed = |failure: ledger::store::Failure| failure.to_string();
    let head = store.head().await.map_err(failed)?;
    let size = usize::try_from(head.size).expect("small");
    if truth.roots.get(size).map(Hash::as_bytes) != Some(&head.root) {
        return Err(format!("a head of {size} leaves that was never written"));
    }
    if store.leaves(0, head.size).await.map_err(failed)? != truth.leaves[..size] {
        return Err("a leaf that was never written".into());
    }
    let tiles = store.tiles(&[(0, 0), (1, 0)]).await.map_err(failed)?;
    let hashes: Vec<u8> =
        truth.leaves[..size].iter().flat_map(|leaf| *Hash::leaf(leaf).as_bytes()).collect();
    if tiles.len() != 1 || tiles[0].hashes != hashes {
        return Err("a tile that was never written".into());
    }
    let rows = store.checkpoints().await.map_err(failed)?;
    for row in &rows {
        if row.size > head.size || truth.notes.get(&row.size) != Some(&row.note) {
            return Err(format!("a checkpoint of size {} that was never written", row.size));
        }
    }
    Ok([head.size, u64::try_from(rows.len()).expect("few")])
}
