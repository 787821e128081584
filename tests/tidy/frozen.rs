//! What never changes once it has been applied, signed or printed.
//!
//! `frozen.txt` is in the form of `sha256sum`, so the list can be checked without us:
//! `sha256sum --check tests/tidy/frozen.txt`. A new wording, step or font is a new file and a new
//! line; a changed line needs a second reader whose only task is the old data.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::tree::{files, is_of_type, none, read, root};

fn list() -> BTreeMap<String, String> {
    let text = read("tests/tidy/frozen.txt");
    let row = |line: &str| {
        let (digest, path) = line.split_once("  ").expect("digest, two spaces, path");
        (path.to_owned(), digest.to_owned())
    };
    text.lines().map(row).collect()
}

fn digest(path: &str) -> String {
    let bytes = std::fs::read(root().join(path)).unwrap_or_default();
    Sha256::digest(&bytes).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes any text");
        hex
    })
}

#[test]
fn a_frozen_file_never_changes() {
    let list = list();
    let changed = list.iter().filter(|(path, known)| digest(path) != **known);
    none("changed or gone", &changed.map(|(path, _)| path.clone()).collect::<Vec<_>>());
}

#[test]
fn every_migration_legal_text_and_font_is_frozen() {
    let list = list();
    let mut all = files("migrations");
    all.extend(files("legal-templates/fr"));
    all.extend(files("ledger/fonts"));
    all.retain(|path| !path.ends_with("README.md"));
    all.retain(|path| !list.contains_key(path));
    none("add these to tests/tidy/frozen.txt", &all);
}

#[test]
fn both_engines_have_the_same_steps() {
    let names = |engine: &str| {
        let folder = format!("migrations/{engine}/");
        let files = files(folder.trim_end_matches('/'));
        files.iter().map(|path| path.replace(&folder, "")).collect::<Vec<_>>()
    };
    let sqlite = names("sqlite");
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, names("postgres"));
    // In order and none twice; a number may wait for a step that is made beside this one.
    let number = |name: &String| name.split('_').next().and_then(|text| text.parse::<u32>().ok());
    let numbers: Vec<u32> = sqlite.iter().filter_map(number).collect();
    assert!(numbers.len() == sqlite.len() && numbers.is_sorted_by(|a, b| a < b), "{sqlite:?}");
    assert!(sqlite.iter().all(|name| name.find('_') == Some(4)), "{sqlite:?}");
}

#[test]
fn every_legal_text_says_where_it_comes_from() {
    let mut wrong = Vec::new();
    for path in files("legal-templates/fr").iter().filter(|path| is_of_type(path, "md")) {
        let text = read(path);
        let header = text.strip_prefix("{#-").and_then(|text| text.split("-#}").next());
        let header = header.unwrap_or_default();
        let field = |name: &str| header.lines().find_map(|line| line.strip_prefix(name));
        for name in ["Source de droit : ", "Approuvé par : ", "En vigueur depuis : "] {
            if field(name).is_none_or(|value| value.trim().is_empty()) {
                wrong.push(format!("{path}: no « {} »", name.trim()));
            }
        }
        let day = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".md");
        let dated = day.starts_with(|c: char| c.is_ascii_digit());
        let since = field("En vigueur depuis : ").unwrap_or_default();
        if dated && since.trim_end_matches('.') != day {
            wrong.push(format!("{path}: its name says {day}, its header {since}"));
        }
    }
    none("legal texts without a proper header", &wrong);
}
