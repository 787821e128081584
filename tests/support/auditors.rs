//! Auditors in other languages, started as programs: an exported log is all that they are given.

#![expect(clippy::print_stdout, reason = "what is skipped is said loudly")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The other programs that this machine can run.
pub struct Auditors {
    python: Option<&'static str>,
    go: Option<PathBuf>,
}

/// What they are asked to check.
#[derive(Clone, Copy)]
pub struct Exported<'a> {
    /// The tree of files.
    pub tree: &'a Path,
    /// A policy file: whose word is asked for.
    pub policy: Option<&'a Path>,
    /// A proof file, for Go.
    pub proof: Option<&'a Path>,
}

impl<'a> Exported<'a> {
    /// The log alone.
    pub const fn alone(tree: &'a Path) -> Self {
        Self { tree, policy: None, proof: None }
    }
}

impl Auditors {
    /// Finds Python with its one package, and builds the program in Go into `folder`; says loudly
    /// what is missing.
    pub fn find(folder: &Path) -> Self {
        let found = Self { python: python(), go: go(folder) };
        for (name, there) in [("Python", found.python.is_some()), ("Go", found.go.is_some())] {
            if !there {
                println!("skipped: the auditor in {name}, whose tools are missing here");
            }
        }
        found
    }

    /// What each says of a log; nothing for one that is missing.
    pub fn say(&self, of: Exported<'_>) -> Vec<(&'static str, Output)> {
        let mut said = Vec::new();
        if let Some(python) = self.python {
            let mut command = Command::new(python);
            command.arg(source("independent.py")).arg(of.tree);
            command.args(
                of.policy
                    .map(|file| ["--policy".into(), file.as_os_str().to_owned()])
                    .iter()
                    .flatten(),
            );
            said.push(("Python", command.output().expect("it runs")));
        }
        if let Some(go) = &self.go {
            let mut command = Command::new(go);
            for (flag, file) in [("-policy", of.policy), ("-proof", of.proof)] {
                command.args(
                    file.map(|file| [flag.into(), file.as_os_str().to_owned()]).iter().flatten(),
                );
            }
            said.push(("Go", command.arg(of.tree).output().expect("it runs")));
        }
        said
    }

    /// Which of the policies in a file such as `golden/policies.json` each accepts, in order.
    pub fn judge(&self, policies: &Path) -> Vec<(&'static str, Vec<bool>)> {
        let python = self.python.map(|python| {
            let mut command = Command::new(python);
            command.arg(source("independent.py")).arg("--policies");
            ("Python", command)
        });
        let go = self.go.as_ref().map(|go| {
            let mut command = Command::new(go);
            command.arg("-policies");
            ("Go", command)
        });
        let judge = |(name, mut command): (&'static str, Command)| {
            let output = command.arg(policies).output().expect("it runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            (name, said.trim_end().split('\n').map(|line| line == "accepted").collect())
        };
        python.into_iter().chain(go).map(judge).collect()
    }
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("verify").join(name)
}

/// The first Python that has the one package the auditor needs.
pub fn python() -> Option<&'static str> {
    let fits = |python: &&str| {
        let asked = Command::new(python).args(["-c", "import cryptography"]).output();
        asked.is_ok_and(|asked| asked.status.success())
    };
    ["python3", "/usr/bin/python3"].into_iter().find(fits)
}

/// The program in Go, built upon the packages of Debian.
fn go(folder: &Path) -> Option<PathBuf> {
    let program = folder.join("independent");
    // Beside what Cargo builds: the standard library of Go is compiled once.
    let beside = std::env::current_exe().ok()?;
    let cache = beside.ancestors().nth(3)?.join("go-cache");
    let built = Command::new("go")
        .args(["build", "-o"])
        .arg(&program)
        .arg(source("independent.go"))
        .env("GO111MODULE", "off")
        .env("GOPATH", "/usr/share/gocode")
        .env("GOCACHE", cache)
        .output()
        .ok()?;
    if !built.status.success() {
        println!("{}", String::from_utf8_lossy(&built.stderr));
        return None;
    }
    Some(program)
}
