//! Every write-side system call of the real programs, made to answer EIO or ENOSPC, or to be the last.
//!
//! `STRACE_POINTS` is how many are tried, or `all`; `FAULT_SEED` repeats a choice.

mod cases;
mod limits;
mod points;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ledger::store::Target;

use crate::bench::{Chance, audited, program, say, scratch, seed, wanted};
use cases::Case;
pub(crate) use points::is_there;
use points::{FAULTS, Fault, Point};

/// Fault points that the short form tries, over all cases.
const SHORT: usize = 45;

/// What came of all runs.
#[derive(Default)]
struct Tally {
    runs: BTreeMap<&'static str, usize>,
    unmet: Vec<String>,
    violations: Vec<String>,
}

#[test]
fn no_failing_call_loses_or_halves_a_batch() {
    if !is_there() {
        return say("skipped: strace is not there, or may not trace");
    }
    let Some(admin) = program("ledger-admin") else { return };
    let folder = scratch();
    let runtime = runtime();
    let cases = runtime.block_on(cases::cases(&admin, folder.path()));
    let mut all = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let points = listed(case, &folder.path().join("list"));
        all.extend(points.into_iter().flat_map(|point| FAULTS.map(|f| (at, point.clone(), f))));
    }
    let seed = seed("FAULT_SEED");
    let chosen = chosen(&all, wanted("STRACE_POINTS", SHORT, all.len()), seed);
    let (next, tally) = (AtomicUsize::new(0), Mutex::new(Tally::default()));
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let (cases, chosen, next, tally) = (&cases, &chosen, &next, &tally);
            let place = folder.path().join(format!("worker-{worker}"));
            scope.spawn(move || {
                while let Some((case, point, fault)) =
                    chosen.get(next.fetch_add(1, Ordering::SeqCst))
                {
                    one(&cases[*case], point, *fault, &place, tally);
                }
            });
        }
    });
    told(&cases, &all, &chosen, seed, &tally.into_inner().expect("counted"));
}

fn told(
    cases: &[Case],
    all: &[(usize, Point, Fault)],
    chosen: &[(usize, Point, Fault)],
    seed: u64,
    tally: &Tally,
) {
    for (at, case) in cases.iter().enumerate() {
        let points = all.iter().filter(|(case, ..)| *case == at).count();
        let runs = tally.runs.get(case.name).copied().unwrap_or_default();
        say(&format!("strace: {}: {points} fault points, {runs} runs", case.name));
    }
    for violation in &tally.violations {
        say(&format!("strace: violation: {violation}"));
    }
    for unmet in &tally.unmet {
        say(&format!("strace: not met, the calls fell otherwise: {unmet}"));
    }
    say(&format!(
        "strace: {} fault points, {} tried (seed {seed}), {} of them met, in {} runs; {} violations",
        all.len(),
        chosen.len(),
        chosen.len() - tally.unmet.len(),
        tally.runs.values().sum::<usize>(),
        tally.violations.len()
    ));
    assert!(tally.violations.is_empty(), "see above");
    // A campaign that strikes nothing proves nothing.
    assert!(tally.unmet.len() * 10 <= chosen.len(), "{} calls were not met", tally.unmet.len());
}

/// So many of them by chance, in an order that mixes the cases; all when there are no more.
fn chosen<T: Clone>(all: &[T], wanted: usize, seed: u64) -> Vec<T> {
    let (mut rest, mut chance) = (all.to_vec(), Chance::of(seed));
    let mut chosen = Vec::new();
    while chosen.len() < wanted && !rest.is_empty() {
        chosen.push(rest.swap_remove(chance.index(rest.len())));
    }
    chosen
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// The calls of a case when nothing fails, after a look at whether it does what it should.
fn listed(case: &Case, place: &Path) -> Vec<Point> {
    let data = place.join("data");
    std::fs::create_dir_all(place).expect("a folder");
    case.lay_out(&data);
    let (output, points) = points::listed(&case.command(&data), &data, &place.join("log"));
    assert!(output.status.success(), "{}: {}", case.name, said(&output));
    let leaves = runtime().block_on(audited(&Target::Folder(data.clone())));
    assert_eq!(leaves.map(|leaves| leaves.len()), Ok(case.after), "{}", case.name);
    assert!(!points.is_empty(), "{} writes", case.name);
    points
}

/// Threads take turns otherwise now and then, so that a call is not met: how often it is tried.
const TRIES: usize = 4;

/// Runs a command with one fault until the fault is met, and notes what is said against each run.
fn one(case: &Case, point: &Point, fault: Fault, place: &Path, tally: &Mutex<Tally>) {
    let name = format!("{}: {point}, {fault:?}", case.name);
    let data = place.join("data");
    std::fs::create_dir_all(place).expect("a folder");
    for _ in 0..TRIES {
        case.lay_out(&data);
        let command = case.command(&data);
        let (output, met) = points::struck(&command, &data, point, fault, &place.join("log"));
        let verdict = runtime().block_on(verdict(case, &data, &command, &output));
        let mut tally = tally.lock().expect("counted");
        *tally.runs.entry(case.name).or_default() += 1;
        if let Err(why) = verdict {
            tally.violations.push(format!("{name}: {why}\n  it had said: {}", said(&output)));
        }
        if met {
            return;
        }
    }
    tally.lock().expect("counted").unmet.push(name);
}

/// What must hold after a run, and after the same command is given again.
async fn verdict(
    case: &Case,
    data: &Path,
    command: &[String],
    output: &Output,
) -> Result<(), String> {
    if said(output).contains("panicked") {
        return Err("it panicked".into());
    }
    let size = sound(case, data).await?;
    if output.status.success() && size != case.after {
        return Err(format!("acknowledged, and {size} leaves are there"));
    }
    if case.backs_up && output.status.success() && !cases::is_backed_up(case, data).await? {
        return Err("said to be backed up, and it is not".into());
    }
    if !case.backs_up && said(output).contains("rien n’est enregistré") && size == case.after {
        return Err("said to be not written, and it is".into());
    }
    let again = std::process::Command::new(&command[0]).args(&command[1..]).output();
    let again = again.expect("it starts");
    let after = sound(case, data).await?;
    if after != case.after {
        return Err(format!("given again: {after} leaves, and said: {}", said(&again)));
    }
    // What was written the first time may be refused as written already.
    if size != case.after && !again.status.success() {
        return Err(format!("given again, it wrote and did not say so: {}", said(&again)));
    }
    // One that has its name already is whole, and stays.
    if case.backs_up && !cases::is_backed_up(case, data).await? {
        return Err(format!("given again, no backup is there: {}", said(&again)));
    }
    if case.erases && cases::is_held(&Target::Folder(data.to_owned())).await {
        return Err("erased by the log, and the vault still holds it".into());
    }
    Ok(())
}

/// The number of leaves, once all that was there before is found again and the book is sound.
async fn sound(case: &Case, data: &Path) -> Result<usize, String> {
    if !data.join("book.db").exists() && case.before.is_empty() {
        return Ok(0);
    }
    let target = Target::Folder(data.to_owned());
    let leaves = match audited(&target).await {
        // An opening cut short before its first checkpoint: nothing was shown yet.
        Err(why) if case.before.is_empty() && why.contains("no checkpoint") => {
            support::StoredLog::read(&target).await?.leaves
        }
        other => other?,
    };
    if leaves.get(..case.before.len()) != Some(case.before.as_slice()) {
        return Err("a leaf that was there is gone or changed".into());
    }
    let size = leaves.len();
    if size != case.after && !case.between.contains(&size) {
        return Err(format!("half a batch: {size} leaves"));
    }
    Ok(size)
}

fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{} {} ({})", String::from_utf8_lossy(out), String::from_utf8_lossy(err), output.status)
}
