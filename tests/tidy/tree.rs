//! The tree as text: its files, their production part and their test part.

use std::fs;
use std::path::{Path, PathBuf};

/// A source file; its path is from the top level, with `/`.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// The top level.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// The text of a file, by its path from the top level.
pub(crate) fn read(path: &str) -> String {
    let text = fs::read_to_string(root().join(path));
    text.map_err(|error| format!("{path}: {error}")).expect("a text of the tree")
}

/// Every file under a folder, sorted, without what is built or fetched.
pub(crate) fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(root().join(folder)) else { return found };
    for entry in entries {
        let entry = entry.expect("a readable folder");
        let name = entry.file_name().into_string().expect("a name in UTF-8");
        let path = format!("{folder}/{name}");
        if !entry.path().is_dir() {
            found.push(path);
        } else if !["target", "node_modules", "__pycache__"].contains(&name.as_str()) {
            found.extend(files(&path));
        }
    }
    found.sort();
    found
}

/// Every Rust file under these folders.
pub(crate) fn rust(folders: &[&str]) -> Vec<Source> {
    let paths = folders.iter().flat_map(|folder| files(folder));
    paths
        .filter(|path| is_of_type(path, "rs"))
        .map(|path| Source { text: read(&path), path })
        .collect()
}

/// Whether a path ends in that extension.
pub(crate) fn is_of_type(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

/// Files that only tests use, though they stand in a source folder.
const TEST_NAMES: [&str; 3] = ["tests.rs", "fixture.rs", "test_world.rs"];

impl Source {
    /// Its lines that are built into the programs: all but tests, which stand at a file's end.
    pub(crate) fn production(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        let folders = self.path.starts_with("tests/") || self.path.contains("/tests/");
        if folders || TEST_NAMES.contains(&name) {
            return "";
        }
        self.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default()
    }

    /// Its production lines without comments.
    pub(crate) fn code(&self) -> String {
        let lines = self.production().lines();
        lines.filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    }

    /// The test part of it.
    pub(crate) fn tests(&self) -> &str {
        self.text.get(self.production().len()..).unwrap_or_default()
    }
}

/// The words of a text: letters and figures, `_` included.
pub(crate) fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Fails with every complaint on a line of its own.
pub(crate) fn none(what: &str, complaints: &[String]) {
    assert!(complaints.is_empty(), "{what}:\n  {}", complaints.join("\n  "));
}

#[test]
fn tests_at_the_end_of_a_file_are_no_production_lines() {
    let text = "//! A.\nfn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
    let source = Source { path: "ledger/src/a.rs".into(), text: text.into() };
    assert_eq!(source.production(), "//! A.\nfn a() {}\n");
    assert_eq!(source.code(), "fn a() {}");
    assert!(source.tests().contains("fn b"));
    let beside = Source { path: "ledger/src/a/tests.rs".into(), text: text.into() };
    assert_eq!(beside.production(), "");
}
