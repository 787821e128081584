//! The write-side system calls of a program, as `strace` lists them, and one of them made to fail.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Every call that changes what a disk holds.
const CALLS: &str = "pwrite64,pwritev,pwritev2,write,writev,fsync,fdatasync,sync_file_range,\
    ftruncate,truncate,fallocate,openat,open,creat,rename,renameat,renameat2,unlink,unlinkat,rmdir,\
    link,linkat,symlink,symlinkat,mkdir,mkdirat,chmod,fchmod,fchmodat,copy_file_range,sendfile";

/// One call of a program on one file: the `nth` of its kind in its thread.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Point {
    pub(crate) call: String,
    /// Below the folder that is watched.
    pub(crate) path: PathBuf,
    pub(crate) nth: usize,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} nᵒ {} on {}", self.call, self.nth, self.path.display())
    }
}

/// What is done to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is not made, and answers that error.
    Error(&'static str),
    /// The program is killed as it makes it.
    Kill,
}

/// All that are tried at each call.
pub(crate) const FAULTS: [Fault; 3] = [Fault::Error("EIO"), Fault::Error("ENOSPC"), Fault::Kill];

/// Whether `strace` is there and may trace.
pub(crate) fn is_there() -> bool {
    let tried = Command::new("strace").args(["-q", "-o", "/dev/null", "true"]).output();
    tried.is_ok_and(|output| output.status.success())
}

/// Runs a command and lists its write-side calls on files below `watched`, each once.
pub(crate) fn listed(command: &[String], watched: &Path, log: &Path) -> (Output, Vec<Point>) {
    let mut traced = Command::new("strace");
    traced.args(["-q", "-f", "--seccomp-bpf", "-y", "-s", "0", "-e"]).arg(format!("trace={CALLS}"));
    let output = traced.arg("-o").arg(log).args(command).output().expect("strace starts");
    let text = std::fs::read_to_string(log).expect("a log");
    let mut counts: BTreeMap<(&str, &str, PathBuf), usize> = BTreeMap::new();
    let mut points = Vec::new();
    for line in text.lines() {
        let Some((thread, call, rest)) = entry(line) else { continue };
        let Some(path) = path(call, rest) else { continue };
        let Ok(below) = Path::new(path).strip_prefix(watched) else { continue };
        let nth = counts.entry((thread, call, below.to_owned())).or_default();
        *nth += 1;
        let reads = call == "openat" && !(rest.contains("O_CREAT") || rest.contains("O_TRUNC"));
        if !reads {
            points.push(Point { call: call.to_owned(), path: below.to_owned(), nth: *nth });
        }
    }
    // The same call in two threads at once is met by one fault: it strikes whichever comes first.
    let mut seen = std::collections::BTreeSet::new();
    points.retain(|point| seen.insert(point.clone()));
    (output, points)
}

/// Runs a command in which that call fails so, and says whether the fault was met.
pub(crate) fn struck(
    command: &[String],
    watched: &Path,
    point: &Point,
    fault: Fault,
    log: &Path,
) -> (Output, bool) {
    let mut traced = Command::new("strace");
    traced.args(["-q", "-f", "-y", "-s", "0", "-e"]).arg(format!("trace={CALLS}"));
    let what = match fault {
        Fault::Error(name) => {
            traced.arg("--seccomp-bpf");
            format!("error={name}")
        }
        // Under seccomp-bpf a signal is not delivered.
        Fault::Kill => "signal=SIGKILL".to_owned(),
    };
    traced.arg("-e").arg(format!("inject={}:{what}:when={}", point.call, point.nth));
    traced.arg("-P").arg(watched.join(&point.path)).arg("-o").arg(log);
    let output = traced.args(command).output().expect("strace starts");
    let met = match fault {
        Fault::Error(_) => std::fs::read_to_string(log).is_ok_and(|log| log.contains("(INJECTED)")),
        Fault::Kill => output.status.code().is_none(),
    };
    (output, met)
}

/// Thread, name and arguments of a line at which a call is entered.
fn entry(line: &str) -> Option<(&str, &str, &str)> {
    let (thread, rest) = line.split_once(' ')?;
    let (call, arguments) = rest.trim_start().split_once('(')?;
    call.chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then_some((thread, call, arguments))
}

/// The file that a call is about: the first one that it names, or that of its descriptor.
fn path<'a>(call: &str, arguments: &'a str) -> Option<&'a str> {
    let by_descriptor = call.starts_with("pwrite")
        || call.starts_with('f')
        || ["write", "writev", "sync_file_range", "copy_file_range", "sendfile"].contains(&call);
    if by_descriptor && call != "fchmodat" {
        return Some(arguments.split_once('<')?.1.split_once('>')?.0);
    }
    Some(arguments.split_once('"')?.1.split_once('"')?.0)
}
