//! What a program asked of the disk, read from the log of `strace`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::disk::Op;

const CALLS: &str = "pwrite64,write,fsync,fdatasync,ftruncate,openat,rename,unlink";
/// Calls that would change a disk and are not read here: the campaign stops if one is made.
const UNREAD: &str = "pwritev,pwritev2,writev,truncate,fallocate,creat,renameat,renameat2,unlinkat,link,\
    linkat,copy_file_range,sendfile,sync_file_range,mkdir,mkdirat";

/// Runs a command and lists what it asked of the files below `watched`.
pub(super) fn recorded(command: &mut Command, watched: &Path, log: &Path) -> Vec<Op> {
    let mut traced = Command::new("strace");
    traced.args(["-q", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "1048576", "-e"]);
    traced.arg(format!("trace={CALLS},{UNREAD}")).arg("-o").arg(log);
    traced.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        traced.env(name, value.expect("a value"));
    }
    let output = traced.output().expect("strace starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", output.status);
    let text = std::fs::read_to_string(log).expect("a log");
    let mut lines = Lines { watched, begun: Vec::new() };
    text.lines().filter_map(|line| lines.read(line)).collect()
}

struct Lines<'a> {
    watched: &'a Path,
    /// Syncs that were entered and have not answered: thread and file.
    begun: Vec<(String, PathBuf)>,
}

impl Lines<'_> {
    fn read(&mut self, line: &str) -> Option<Op> {
        let (thread, rest) = line.split_once(' ')?;
        let rest = rest.trim_start();
        if rest.starts_with("<... fsync") || rest.starts_with("<... fdatasync") {
            let at = self.begun.iter().position(|(begun, _)| begun == thread)?;
            return Some(Op::Sync(self.begun.remove(at).1));
        }
        let (call, arguments) = rest.split_once('(')?;
        let is_call = call.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_call || arguments.contains(") = -1 ") {
            return None;
        }
        if call == "write" && arguments.starts_with("2<") {
            let said = String::from_utf8(bytes(quoted(arguments, 0)?)).ok()?;
            let size = said.trim().strip_prefix("ack ")?.parse().expect("a size");
            return Some(Op::Acknowledged(size));
        }
        match call {
            "pwrite64" | "write" => {
                let path = self.descriptor(arguments)?;
                let written = bytes(quoted(arguments, 0)?);
                let offset = (call == "pwrite64").then(|| last_number(arguments));
                Some(Op::Write { path, offset, bytes: written })
            }
            "ftruncate" => {
                let path = self.descriptor(arguments)?;
                Some(Op::Cut { path, length: last_number(arguments) })
            }
            "fsync" | "fdatasync" => {
                let path = self.descriptor(arguments)?;
                if arguments.contains("<unfinished") {
                    self.begun.push((thread.to_owned(), path));
                    return None;
                }
                Some(Op::Sync(path))
            }
            "openat" if arguments.contains("O_TRUNC") => {
                Some(Op::Create(self.below(&named(arguments, 0)?)?))
            }
            "openat" if arguments.contains("O_CREAT") => {
                Some(Op::Open(self.below(&named(arguments, 0)?)?))
            }
            "openat" => None,
            "rename" => {
                let (from, to) = (named(arguments, 0)?, named(arguments, 1)?);
                Some(Op::Rename(self.below(&from)?, self.below(&to)?))
            }
            "unlink" => Some(Op::Remove(self.below(&named(arguments, 0)?)?)),
            other => {
                let about =
                    self.descriptor(arguments).or_else(|| self.below(&named(arguments, 0)?));
                assert!(about.is_none(), "{other} on {about:?} is not read");
                None
            }
        }
    }

    fn descriptor(&self, arguments: &str) -> Option<PathBuf> {
        let path = arguments.split_once('<')?.1.split_once('>')?.0;
        let path = if path.starts_with("\\x") { text(path)? } else { path.to_owned() };
        self.below(&path)
    }

    fn below(&self, path: &str) -> Option<PathBuf> {
        let below = Path::new(path).strip_prefix(self.watched).ok()?;
        (!path.ends_with("-shm")).then(|| below.to_owned())
    }
}

/// The `nth` quoted argument.
fn quoted(arguments: &str, nth: usize) -> Option<&str> {
    arguments.split('"').nth(nth * 2 + 1)
}

fn named(arguments: &str, nth: usize) -> Option<String> {
    text(quoted(arguments, nth)?)
}

fn text(hex: &str) -> Option<String> {
    String::from_utf8(bytes(hex)).ok()
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.split("\\x").skip(1).map(|byte| u8::from_str_radix(byte, 16).expect("a byte")).collect()
}

/// The last number among the arguments.
fn last_number(arguments: &str) -> usize {
    // After the bytes, or after the file where there are none.
    let rest = arguments.rsplit_once('"').or_else(|| arguments.split_once('>')).expect("a file").1;
    let inside = rest.split([')', '<']).next().expect("a part");
    let number = inside.rsplit(',').next().expect("a part").trim();
    number.parse().unwrap_or_else(|_| panic!("a number: {rest}"))
}
