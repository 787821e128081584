//! The same commands where no file may grow beyond a size, as a quota says: the call fails, or the process
//! is ended by it.
//!
//! `LIMITS` is how many are tried, or `all`; `FAULT_SEED` repeats a choice.

use std::path::Path;
use std::process::{Command, Output};

use super::{cases, chosen, runtime, said, verdict};
use crate::bench::{program, say, scratch, seed, wanted};

/// Limits that the short form tries.
const SHORT: usize = 12;
/// The largest limit, in bytes: beyond it every command has room.
const LARGEST: u64 = 400_000;
/// From one limit to the next, in bytes: a page and a little, so that pages are cut as well.
const STEP: u64 = 4_100;

#[test]
fn no_file_that_may_not_grow_loses_or_halves_a_batch() {
    let Some(admin) = program("ledger-admin") else { return };
    if Command::new("prlimit").arg("--version").output().is_err() {
        return say("skipped: prlimit is not there");
    }
    let (folder, runtime) = (scratch(), runtime());
    let cases = runtime.block_on(cases::cases(&admin, folder.path()));
    let limits = (0..LARGEST).step_by(usize::try_from(STEP).expect("small"));
    let all: Vec<(usize, u64, bool)> = limits
        .flat_map(|limit| [(limit, true), (limit, false)])
        .flat_map(|(limit, ends)| (0..cases.len()).map(move |case| (case, limit, ends)))
        .collect();
    let seed = seed("FAULT_SEED");
    let (mut failed, mut violations) = (0, Vec::new());
    let chosen = chosen(&all, wanted("LIMITS", SHORT, all.len()), seed);
    for (case, limit, ends) in &chosen {
        let (case, data) = (&cases[*case], folder.path().join("limited"));
        case.lay_out(&data);
        let command = case.command(&data);
        let output = limited(&command, *limit, *ends, folder.path());
        failed += usize::from(!output.status.success());
        if let Err(why) = runtime.block_on(verdict(case, &data, &command, &output)) {
            violations.push(format!("{}: {limit} bytes: {why}: {}", case.name, said(&output)));
        }
    }
    for violation in violations.iter().take(20) {
        say(&format!("limits: violation: {violation}"));
    }
    say(&format!(
        "limits: {} limits of a file's size, {} tried (seed {seed}), {failed} commands failed by them; {} violations",
        all.len(),
        chosen.len(),
        violations.len()
    ));
    assert!(violations.is_empty(), "see above");
    assert!(failed * 10 >= chosen.len(), "a campaign that limits nothing proves nothing");
}

/// Runs a command whose files may have so many bytes; beyond them it is ended, or its call fails.
fn limited(command: &[String], limit: u64, ends: bool, place: &Path) -> Output {
    let signal = if ends { "trap - XFSZ" } else { "trap '' XFSZ" };
    let run = format!("{signal}; exec prlimit --core=0 --fsize={limit} \"$@\"");
    let mut shell = Command::new("sh");
    shell.args(["-c", &run, "sh"]).args(command).current_dir(place);
    shell.output().expect("a shell")
}
