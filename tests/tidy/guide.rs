//! What the guides say of the tree: the map is whole, each invariant names a test that exists.

use std::collections::BTreeSet;

use crate::tree::{files, names, none, read, root, rust};

/// A section of a Markdown text, from its heading to the next of the same rank.
fn section(text: &str, heading: &str) -> String {
    let mut inside = false;
    let mut kept = Vec::new();
    for line in text.lines() {
        if line.starts_with("## ") {
            inside = line == heading;
        } else if inside {
            kept.push(line);
        }
    }
    assert!(!kept.is_empty(), "no section « {heading} »");
    kept.join("\n")
}

#[test]
fn the_code_map_names_every_module_and_no_other() {
    let guide = read("ledger/README.md");
    let map = section(&guide, "## Code map");
    let said: BTreeSet<String> = rows(&map)
        .iter()
        .filter_map(|row| row.first())
        .flat_map(|cell| quoted(cell).map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let mut there = BTreeSet::new();
    for path in files("ledger/src") {
        let inside = path.trim_start_matches("ledger/src/");
        match inside.split_once('/') {
            Some((folder, _)) => there.insert(format!("{folder}/")),
            None => there.insert(inside.to_owned()),
        };
    }
    there.retain(|name| name != "lib.rs" && name != "test_world.rs");
    assert_eq!(said, there, "the code map of ledger/README.md, and ledger/src");
}

#[test]
fn the_tree_of_the_readme_is_the_tree() {
    let text = read("README.md");
    let tree = section(&text, "## The tree");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for line in tree.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic())) {
        let path = line.split_whitespace().next().unwrap_or_default();
        seen += 1;
        if !root().join(path).exists() {
            wrong.push(path.to_owned());
        }
    }
    assert!(seen >= 7, "the tree of README.md was not found");
    none("README.md names what is not there", &wrong);
    assert!(text.lines().count() <= 200, "README.md is longer than 200 lines");
}

#[test]
fn every_invariant_names_a_test_that_exists() {
    let tests: String =
        rust(&["ledger/src", "web/src", "tests"]).into_iter().map(|source| source.text).collect();
    let guide = read("ledger/README.md");
    let mut wrong = Vec::new();
    let invariants = section(&guide, "## Invariants");
    for line in invariants.lines().filter(|line| line.starts_with("- ")) {
        let name = quoted(line).last().unwrap_or_default();
        if !tests.contains(&format!("fn {name}(")) {
            wrong.push(line.to_owned());
        }
    }
    none("an invariant without its test", &wrong);
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = read("Cargo.toml");
    let list = manifest.split("[workspace.dependencies]").nth(1).expect("the dependencies");
    let list = list.split("\n[").next().unwrap_or_default();
    let named = list.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name);
    let decisions = read("ledger/DECISIONS.md");
    let reasons = section(&decisions, "## Dependencies");
    let given: BTreeSet<String> = rows(&reasons)
        .iter()
        .filter_map(|row| quoted(row.first()?).next().map(str::to_owned))
        .collect();
    let ours = ["ledger", "web"];
    let wanted: BTreeSet<String> =
        named.filter(|name| !ours.contains(name)).map(str::to_owned).collect();
    assert_eq!(given, wanted, "DECISIONS.md, « Dependencies », and Cargo.toml");
}

/// The cells of the tables of a Markdown text.
fn rows(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().map(str::trim).filter(|line| line.starts_with('|'));
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    lines.map(cells).filter(|row| !row.iter().all(|cell| cell.starts_with("--"))).collect()
}

/// What stands between backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_word_of_the_glossary_is_a_word_of_the_code() {
    let code: String = rust(&["ledger/src"]).iter().map(|s| s.production().to_owned()).collect();
    let known: BTreeSet<&str> = names(&code).collect();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for row in rows(&read("ledger/GLOSSARY.md")) {
        for word in row.get(2).into_iter().flat_map(|cell| quoted(cell)) {
            seen += 1;
            let missing = names(word).any(|part| !known.contains(part));
            if missing {
                wrong.push(format!("{word} ({})", row.first().map_or("", String::as_str)));
            }
        }
    }
    assert!(seen > 50, "the table's third column was not found");
    none("ledger/GLOSSARY.md names what is not there", &wrong);
}
