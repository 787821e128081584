//! Sizes, first sentences and leftovers of every file.

use std::collections::BTreeMap;

use crate::tree::{files, is_of_type, none, read, root, rust};

/// Most production lines of a file.
const FILE_LINES: usize = 500;

/// Files that a folder can hold and still be read at a glance; told, not enforced.
const FOLDER_FILES: usize = 12;

#[test]
fn no_file_has_more_than_500_production_lines() {
    let mut wrong = Vec::new();
    let mut folders: BTreeMap<String, usize> = BTreeMap::new();
    for source in rust(&["ledger/src", "web/src", "tests"]) {
        // Support is read like a program; only the tests that use it may run long.
        let support = source.path.starts_with("tests/support/");
        let text = if support { &source.text } else { source.production() };
        let lines = text.lines().count();
        if lines > FILE_LINES {
            wrong.push(format!("{}: {lines} lines", source.path));
        }
        if let Some((folder, _)) = source.path.rsplit_once('/') {
            *folders.entry(folder.to_owned()).or_default() += 1;
        }
    }
    for (folder, count) in folders.iter().filter(|(_, count)| **count > FOLDER_FILES) {
        println!("{folder}: {count} files, the aim is {FOLDER_FILES}");
    }
    none("split these by step of the story", &wrong);
}

#[test]
fn every_file_says_first_what_it_is_for() {
    let mut wrong = Vec::new();
    for source in rust(&["ledger/src", "web/src", "tests"]) {
        let first = source.text.lines().next().unwrap_or_default();
        if first.strip_prefix("//! ").is_none_or(|sentence| sentence.chars().count() < 10) {
            wrong.push(source.path);
        }
    }
    none("these files do not open with a `//!` sentence", &wrong);
}

#[test]
fn nothing_is_left_to_do_and_no_machine_is_named() {
    // In two halves, so that this very file does not name them.
    let leftovers = [
        ["TO", "DO"].concat(),
        ["FIX", "ME"].concat(),
        ["/ho", "me/"].concat(),
        ["/ro", "ot/"].concat(),
        ["/wo", "rk/"].concat(),
        ["/Us", "ers/"].concat(),
    ];
    let texts = ["rs", "md", "sql", "toml", "html", "css", "js", "py", "txt", "csv", "yml"];
    let mut wrong = Vec::new();
    let mut all: Vec<String> = ["README.md", "Cargo.toml"].map(str::to_owned).into();
    all.retain(|path| root().join(path).exists());
    for folder in
        ["ledger", "web", "tests", "migrations", "legal-templates", ".github", ".config", ".cargo"]
    {
        all.extend(files(folder).into_iter().filter(|p| texts.iter().any(|t| is_of_type(p, t))));
    }
    for path in all {
        let text = read(&path);
        wrong
            .extend(leftovers.iter().filter(|l| text.contains(*l)).map(|l| format!("{path}: {l}")));
    }
    none("leftovers", &wrong);
}

#[test]
fn the_top_level_holds_the_seven_names() {
    let seven =
        ["Cargo.toml", "README.md", "ledger", "legal-templates", "migrations", "tests", "web"];
    let written = ["Cargo.lock", "target"];
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(root()).expect("the top level") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name in UTF-8");
        let known = seven.contains(&name.as_str()) || written.contains(&name.as_str());
        if !known && !name.starts_with('.') {
            wrong.push(name);
        }
    }
    none("these belong lower down, or in a dotfile", &wrong);
}
