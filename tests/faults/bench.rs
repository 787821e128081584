//! What every campaign needs: its settings, repeatable chance, a fast scratch folder, the programs.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledger::audit::{Expected, audit};
use ledger::registrar::{Keys, Registrar, StartError};
use ledger::store::{Store, Target};
use support::{FixedClock, StoredLog, day};

/// A setting of the campaigns.
#[expect(clippy::disallowed_methods, reason = "the settings of these tests")]
pub(crate) fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// A number among the settings, or what the short form takes.
pub(crate) fn number(name: &str, short: u64) -> u64 {
    setting(name).map_or(short, |text| {
        text.replace('_', "").parse().unwrap_or_else(|_| panic!("{name}={text}: a number"))
    })
}

/// How many of so many are tried: `all`, a number, or what the short form takes.
pub(crate) fn wanted(name: &str, short: usize, all: usize) -> usize {
    match setting(name).as_deref() {
        Some("all") => all,
        Some(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text}: a number, or `all`")),
        None => short,
    }
}

/// A line that is seen whatever the runner does with the output of tests.
pub(crate) fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("stderr");
}

/// Chance that a seed repeats: the generator of splitmix64.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// A place in a list of that length.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        let end = u64::try_from(length).expect("small");
        usize::try_from(self.below(end)).expect("small")
    }

    /// Once in `times`.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

/// The seed of a campaign: that of `name`, or a new one.
pub(crate) fn seed(name: &str) -> u64 {
    let new = || u64::from_be_bytes(ledger::registrar::keys::random().expect("randomness"));
    setting(name).map_or_else(new, |text| text.parse().expect("a seed is a number"))
}

/// A temporary folder in memory where there is one: the campaigns write millions of small files.
pub(crate) fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a folder")
}

/// A program of the workspace, next to this test binary; a word why when it was not built.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let beside = std::env::current_exe().expect("this binary");
    let path = beside.parent()?.parent()?.join(name);
    if path.is_file() {
        return Some(path);
    }
    assert!(std::env::var_os("BROWSER_TESTS").is_none(), "tests/run builds the programs");
    say(&format!("skipped: {name} is not built (cargo build --workspace --bins)"));
    None
}

/// A copy of a book's folder and all below it.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (path, at) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &at);
        // What shares memory between processes is made anew by the next one.
        } else if !path.to_string_lossy().ends_with("-shm") {
            std::fs::copy(&path, &at).expect("copied");
        }
    }
}

/// The leaves of a book that a stranger finds sound; an error says what is not.
pub(crate) async fn audited(target: &Target) -> Result<Vec<Vec<u8>>, String> {
    let log = StoredLog::read(target).await?;
    audit(&log, &Expected::default()).map_err(|wrong| wrong.to_string())?;
    Ok(log.leaves)
}

/// The way in to the book of that folder, on a day when everything of the tests has happened.
pub(crate) async fn started(target: &Target, keys: &Path) -> Result<Arc<Registrar>, StartError> {
    let store = Store::open(target).await?;
    let keys = Keys::load(keys).expect("keys");
    Registrar::open(store, keys, FixedClock::at(day("2027-03-03"))).await
}
