//! One word a thing: the words that are not used.

use crate::tree::{names, none, rust};

/// Words that say something else here, or nothing.
const NOT_USED: [&str; 7] =
    ["user", "shareholder", "dividend", "delete", "update", "token", "asset"];

/// Names that hold such a word and are somebody else's: path, name, whose.
const THEIRS: &[(&str, &str, &str)] = &[
    ("ledger/src/store/", "delete", "SQL"),
    ("ledger/src/store/", "update", "SQL"),
    ("ledger/src/store/postgres/schema.rs", "DELETE", "SQL"),
    ("ledger/src/store/postgres/schema.rs", "UPDATE", "SQL"),
    ("ledger/src/store/sqlite/", "secure_delete", "SQLite"),
    ("ledger/src/store/sqlite/", "user_version", "SQLite"),
    ("ledger/src/log/hash.rs", "chain_update", "sha2::Digest"),
    ("ledger/src/log/hash.rs", "update", "sha2::Digest"),
    ("ledger/src/treasury/fingerprint.rs", "update", "hmac::Mac"),
    ("web/src/", "user_agent", "HTTP"),
    ("web/src/pages/join.rs", "USER_AGENT", "HTTP"),
];

/// The parts of a name: `UserRow` and `user_row` are both a user and a row.
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        if c == '_' || (c.is_uppercase() && !before.is_uppercase()) {
            parts.push(String::new());
        }
        if c != '_' {
            parts.last_mut().expect("never empty").extend(c.to_lowercase());
        }
        before = c;
    }
    parts
}

fn not_used(part: &str) -> Option<&'static str> {
    let singular = part.strip_suffix('s').unwrap_or(part);
    let past = part.strip_suffix('d').unwrap_or(part);
    NOT_USED.into_iter().find(|word| [part, singular, past].contains(word))
}

#[test]
fn words_of_another_trade_do_not_occur() {
    let mut wrong = Vec::new();
    for source in rust(&["ledger/src", "web/src"]) {
        let theirs: Vec<&str> = THEIRS
            .iter()
            .filter(|(path, ..)| source.path.starts_with(path))
            .map(|(_, name, _)| *name)
            .collect();
        for (line, number) in source.text.lines().zip(1..) {
            for name in names(line).filter(|name| !theirs.contains(name)) {
                if let Some(word) = parts(name).iter().find_map(|part| not_used(part)) {
                    wrong.push(format!("{}:{number}: {word} in {name}", source.path));
                }
            }
        }
    }
    none("words not used (ledger/GLOSSARY.md)", &wrong);
}

#[test]
fn a_name_that_is_somebody_else_s_still_occurs_there() {
    let sources = rust(&["ledger/src", "web/src"]);
    let occurs = |(path, theirs, _): &(&str, &str, &str)| {
        let mut there = sources.iter().filter(|source| source.path.starts_with(path));
        there.any(|source| names(&source.text).any(|name| name == *theirs))
    };
    let gone = THEIRS.iter().filter(|row| !occurs(row));
    none("exceptions without a use", &gone.map(|row| format!("{row:?}")).collect::<Vec<_>>());
}

#[test]
fn a_name_is_read_part_by_part() {
    assert_eq!(parts("user_row"), ["user", "row"]);
    assert_eq!(parts("UserRow"), ["", "user", "row"]);
    assert_eq!(not_used("updated"), Some("update"));
    assert_eq!(not_used("tokens"), Some("token"));
    assert_eq!(not_used("tokenised"), None);
    assert_eq!(not_used("tokio"), None);
}
