//! One bit of each byte of a small book's files flipped: it is reported, the book does not open, or all
//! that is read is what was written. In a leaf, a tile, a checkpoint or a cosignature it is never the third.
//!
//! `FLIPS` is how many bytes are tried, or `all`; `FAULT_SEED` repeats them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ledger::audit::{Expected, audit};
use ledger::keep::fsck::fsck;
use ledger::log::Policy;
use ledger::members::PersonKind;
use ledger::store::{CosignatureRow, Store, Target};
use support::cosigned::{cosign, policy};
use support::{Coop, StoredLog, day};

use crate::bench::{Chance, copy, say, scratch, seed, setting, started};

/// Bytes of each file that the short form tries.
const SHORT: usize = 220;
/// On how many flips the registrar is started as well: one in so many.
const STARTS: u64 = 25;

/// What a byte of a file is part of.
const PARTS: [&str; 5] = ["leaves", "tiles", "checkpoints", "cosignatures", "all else"];
/// The last of them, of which a flip may change nothing.
const ELSE: usize = 4;

/// A book, one of whose files is flipped.
struct Book<'a> {
    folder: &'a Path,
    file: &'static str,
    bytes: Vec<u8>,
    truth: StoredLog,
    /// What a witness has signed of it.
    cosigned: Vec<CosignatureRow>,
    /// The last checkpoint that was shown, as an auditor keeps it: a write-ahead file with one wrong
    /// byte ends before it, and the book is then an older one that looks sound.
    shown: Vec<u8>,
    /// Where in the file each part is, by its place in `PARTS`.
    parts: Vec<(Range<usize>, usize)>,
}

/// By part: reported, not opened, the same.
type Tally = BTreeMap<usize, [u64; 3]>;

#[test]
fn a_flipped_bit_is_reported_or_changes_nothing() {
    let folder = scratch();
    let (rest, open) = (folder.path().join("rest"), folder.path().join("open"));
    runtime().block_on(books(&rest, &open));
    let seed = seed("FAULT_SEED");
    campaign(&rest, "book.db", seed);
    campaign(&open, "book.db-wal", seed);
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A book that was closed, and the same while it is open, most of it in the write-ahead file.
async fn books(rest: &Path, open: &Path) {
    let data = rest.with_extension("made");
    let coop = Coop::open_in(&Target::Folder(data.clone()), &data, day("2026-03-01")).await;
    coop.bank_account().await;
    coop.joins_as(1, PersonKind::Association, "lieux", 190).await.expect("joined");
    coop.joins(2, 10).await.expect("joined");
    copy(&data, open);
    cosign(coop.registrar.store()).await;
    coop.registrar.store().close().await;
    copy(&data, rest);
}

fn campaign(folder: &Path, file: &'static str, seed: u64) {
    let book = Book::read(folder, file);
    let mut chance = Chance::of(seed);
    let all = book.bytes.len();
    let chosen: Vec<usize> = match setting("FLIPS").as_deref() {
        Some("all") => (0..all).collect(),
        wanted => {
            let wanted = wanted.map_or(SHORT, |text| text.parse().expect("a number, or `all`"));
            // Half of them where it matters most.
            let part = |chance: &mut Chance| {
                let (range, _) = &book.parts[chance.index(book.parts.len())];
                range.start + chance.index(range.len())
            };
            let either = |n: usize| match n % 2 {
                0 if !book.parts.is_empty() => part(&mut chance),
                _ => chance.index(all),
            };
            (0..wanted).map(either).collect()
        }
    };
    let bits: Vec<u64> = (0..chosen.len()).map(|_| chance.next()).collect();
    let (next, tally, wrong) =
        (AtomicUsize::new(0), Mutex::new(Tally::new()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let place = folder.with_extension(format!("{file}-{worker}"));
            let (book, chosen, bits, next, tally, wrong) =
                (&book, &chosen, &bits, &next, &tally, &wrong);
            scope.spawn(move || {
                copy(book.folder, &place);
                let runtime = runtime();
                loop {
                    let turn = next.fetch_add(1, Ordering::SeqCst);
                    let (Some(at), Some(bits)) = (chosen.get(turn), bits.get(turn)) else { return };
                    match runtime.block_on(book.flipped(&place, *at, *bits)) {
                        Ok((part, outcome)) => {
                            tally.lock().expect("counted").entry(part).or_default()[outcome] += 1;
                        }
                        Err(why) => wrong.lock().expect("counted").push(why),
                    }
                }
            });
        }
    });
    let (tally, wrong) =
        (tally.into_inner().expect("counted"), wrong.into_inner().expect("counted"));
    for (part, [reported, closed, same]) in &tally {
        let (tried, name) = (reported + closed + same, PARTS[*part]);
        say(&format!(
            "flips: {file}: {name}: {tried} flips, {reported} reported, {closed} not opened, {same} change nothing"
        ));
    }
    for why in wrong.iter().take(20) {
        say(&format!("flips: violation: {why}"));
    }
    say(&format!(
        "flips: {file}: {all} bytes, {} flipped (seed {seed}), {} violations",
        chosen.len(),
        wrong.len()
    ));
    assert!(wrong.is_empty(), "see above");
}

impl<'a> Book<'a> {
    fn read(folder: &'a Path, file: &'static str) -> Self {
        let target = Target::Folder(folder.to_owned());
        let truth = runtime().block_on(StoredLog::read(&target)).expect("it is sound");
        let bytes = std::fs::read(folder.join(file)).expect("the file");
        let shown = std::fs::read(folder.join("keys/last-seen")).expect("a checkpoint");
        let cosigned = runtime().block_on(cosigned(&target)).expect("they are read");
        let mut parts = Vec::new();
        // In a write-ahead file a row is there once a batch, and only the last counts.
        if file == "book.db" {
            let of = |part: usize, rows: Vec<&Vec<u8>>| -> Vec<(Range<usize>, usize)> {
                let pieces = rows.into_iter().flat_map(|row| found(&bytes, row));
                pieces.map(|piece| (piece, part)).collect()
            };
            parts.extend(of(0, truth.leaves.iter().collect()));
            parts.extend(of(1, truth.tiles.values().collect()));
            parts.extend(of(2, truth.checkpoints.iter().collect()));
            let lines: Vec<Vec<u8>> =
                cosigned.iter().map(|row| row.line.clone().into_bytes()).collect();
            assert_eq!(lines.len(), 1, "a witness has signed");
            parts.extend(of(3, lines.iter().collect()));
        }
        Self { folder, file, bytes, truth, cosigned, shown, parts }
    }

    /// Flips one bit there, and says which part it was and what came of it; an error is a violation.
    async fn flipped(&self, place: &Path, at: usize, bits: u64) -> Result<(usize, usize), String> {
        let part = self
            .parts
            .iter()
            .find(|(range, _)| range.contains(&at))
            .map_or(ELSE, |(_, part)| *part);
        let mut bytes = self.bytes.clone();
        bytes[at] ^= 1 << (bits % 8);
        for name in ["book.db-wal", "book.db-shm"] {
            let _ = std::fs::remove_file(place.join(name));
        }
        if self.file != "book.db" {
            std::fs::copy(self.folder.join("book.db"), place.join("book.db")).expect("copied");
        }
        std::fs::write(place.join(self.file), &bytes).expect("written");
        let target = Target::Folder(place.to_owned());
        let outcome = self.outcome(&target).await;
        let name = || format!("{} byte {at} bit {} ({})", self.file, bits % 8, PARTS[part]);
        let outcome = outcome.map_err(|why| format!("{}: {why}", name()))?;
        if part < ELSE && outcome == 2 {
            return Err(format!("{}: not noticed", name()));
        }
        if (bits / 8).is_multiple_of(STARTS) {
            // It refuses, or it is the same book.
            if let Ok(registrar) = started(&target, &place.join("keys")).await {
                let leaves = registrar.store().leaves(0, registrar.book().size()).await;
                registrar.store().close().await;
                if leaves.is_ok_and(|leaves| leaves != self.truth.leaves) {
                    return Err(format!("{}: started on another book", name()));
                }
            }
        }
        Ok((part, outcome))
    }

    async fn outcome(&self, target: &Target) -> Result<usize, String> {
        let Ok(log) = StoredLog::read(target).await else { return Ok(1) };
        let expected = Expected { vkey: None, against: Some(self.shown.clone()) };
        if audit(&log, &expected).is_err() {
            return Ok(0);
        }
        if self.is_same(&log) {
            // What witnesses signed is no part of the log: it is `fsck` that looks at it.
            let same =
                self.file != "book.db" || cosigned(target).await == Some(self.cosigned.clone());
            return if same { Ok(2) } else { named(target).await };
        }
        // The last commit alone is lost: the checkpoint of leaves that are all there. It is the state
        // that a crash leaves, and the start signs the very same one again.
        if self.file != "book.db" && log.leaves == self.truth.leaves {
            let registrar = started(target, &keys_beside(target)).await;
            registrar.map_err(|error| error.to_string())?.store().close().await;
            if self.is_same(&StoredLog::read(target).await?) {
                return Ok(2);
            }
        }
        Err("found sound, and it is another book".to_owned())
    }

    fn is_same(&self, log: &StoredLog) -> bool {
        let truth = &self.truth;
        log.leaves == truth.leaves
            && log.tiles == truth.tiles
            && log.checkpoints == truth.checkpoints
    }
}

/// What witnesses have signed; none when it can't be read.
async fn cosigned(target: &Target) -> Option<Vec<CosignatureRow>> {
    let store = Store::open_read_only(target).await.ok()?;
    let rows = store.cosigned_from(0, 100).await.ok();
    store.close().await;
    rows
}

/// That `fsck` names a fault.
async fn named(target: &Target) -> Result<usize, String> {
    let Ok(store) = Store::open_read_only(target).await else { return Ok(1) };
    let policy = Policy::parse(&policy()).expect("a policy");
    let checked = fsck(&store, None, &[], &policy).await;
    store.close().await;
    match checked {
        Ok(checked) if checked.is_clean() => {
            Err("a cosignature is another one, and it is not named".to_owned())
        }
        _ => Ok(0),
    }
}

fn keys_beside(target: &Target) -> PathBuf {
    match target {
        Target::Folder(folder) => folder.join("keys"),
        Target::Postgres { .. } => unreachable!("the campaign flips files"),
    }
}

/// Where the bytes of a row are in the file: in one piece, or its end on pages of its own.
fn found(file: &[u8], row: &[u8]) -> Vec<Range<usize>> {
    let (mut pieces, mut rest) = (Vec::new(), row);
    while !rest.is_empty() {
        let same =
            |at: usize| file[at..].iter().zip(rest).take_while(|(one, two)| one == two).count();
        let longest = (0..file.len()).map(|at| (same(at), at)).max().expect("a file");
        let (length, at) = longest;
        let copies = (0..file.len()).filter(|at| same(*at) == length).count();
        assert!(length >= rest.len().min(64) && copies == 1, "a row is not found, or found twice");
        pieces.push(at..at + length);
        rest = &rest[length..];
    }
    pieces
}
