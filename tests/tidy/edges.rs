//! Who may import whom: each module, and the modules of the crate that it may name.

use std::collections::BTreeSet;

use crate::tree::{Source, names, none, rust};

/// The six registers: none names another.
const REGISTERS: [&str; 6] = ["authority", "members", "shares", "funding", "pooling", "treasury"];

/// Module, what it may name, why where it is not plain. `*` is each register.
///
/// Facts are read by who folds, posts or audits them; a register's rules only by the door.
const TABLE: &[(&str, &str, &str)] = &[
    ("base", "", "values"),
    ("log", "", "bytes: not a word of the domain"),
    ("bylaws", "base", "parameters"),
    ("authority", "base bylaws", "a register"),
    ("members", "base bylaws", "a register"),
    ("shares", "base bylaws", "a register"),
    ("funding", "base bylaws", "a register"),
    ("pooling", "base bylaws", "a register"),
    ("treasury", "base bylaws", "a register"),
    ("event", "log *", "the closed list of facts, and their JSON"),
    ("command", "*", "the closed list of commands"),
    ("refusal", "base bylaws decide *", "the closed list of refusals, the door's own included"),
    ("journal", "base bylaws event *", "reads facts, and asks through its own Lookup"),
    ("registers", "base event journal *", "all registers, and the answers to journal's Lookup"),
    ("state", "base event journal registers", "the fold"),
    ("decide", "base bylaws log command event refusal registers state *", "the door"),
    ("replay", "log event decide state", "leaves into state, through the door"),
    ("audit", "base log event decide state replay *", "the stranger's check"),
    ("reports", "base bylaws journal registers state *", "questions across registers"),
    ("documents", "base bylaws reports state", "a view and a legal text make a page"),
    ("exports", "base journal reports state", "views as files"),
    ("store", "log base", "rows"),
    (
        "registrar",
        "base bylaws log event command refusal decide registers state replay store *",
        "the shell",
    ),
    ("keep", "log audit decide registrar replay store", "the operator's work, beside the shell"),
    ("cosigner", "log registrar", "a witness: the log's rules, the shell's clock and durable file"),
    ("lib", "", "the list of modules"),
];

/// The top module that a file belongs to.
fn module(path: &str) -> &str {
    let inside = path.strip_prefix("ledger/src/").unwrap_or(path);
    inside.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

/// How many `super::` lead from a file to the crate's root.
fn depth(path: &str) -> usize {
    let inside = path.strip_prefix("ledger/src/").unwrap_or(path);
    inside.split('/').count() - usize::from(inside.ends_with("/mod.rs"))
}

/// The first names after each `prefix` in a text, those of a group in braces one by one.
fn first_names(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let before = code.get(..at).and_then(|text| text.chars().next_back());
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = code.get(at + prefix.len()..).unwrap_or_default();
        let Some(group) = rest.strip_prefix('{') else {
            found.extend(names(rest).next().map(str::to_owned));
            continue;
        };
        let (mut open, mut part) = (1_usize, String::new());
        for c in group.chars() {
            match c {
                '{' => open += 1,
                '}' => open -= 1,
                ',' if open == 1 => {
                    found.extend(names(&part).next().map(str::to_owned));
                    part.clear();
                }
                _ => {}
            }
            if open == 0 {
                break;
            }
            part.push(c);
        }
        found.extend(names(part.trim_start_matches(',')).next().map(str::to_owned));
    }
    found
}

fn named(source: &Source) -> BTreeSet<String> {
    let code = source.code();
    let mut found = first_names(&code, "crate::");
    found.extend(first_names(&code, &"super::".repeat(depth(&source.path))));
    found
}

#[test]
fn a_module_names_only_the_modules_below_it() {
    let mut wrong = Vec::new();
    for source in rust(&["ledger/src"]) {
        let own = module(&source.path);
        if own == "bin" || source.production().is_empty() {
            continue;
        }
        let Some((_, may, _)) = TABLE.iter().find(|(name, ..)| *name == own) else {
            wrong.push(format!("{own}: not in the table of tests/tidy/edges.rs"));
            continue;
        };
        let known = |name: &str| TABLE.iter().any(|(module, ..)| *module == name);
        for other in named(&source).iter().filter(|name| *name != own && known(name)) {
            let register = may.contains('*') && REGISTERS.contains(&other.as_str());
            if !register && !may.split(' ').any(|module| module == other) {
                wrong.push(format!("{} names {other}, {own} may name: {may}", source.path));
            }
        }
    }
    none("an import against the direction", &wrong);
}

#[test]
fn the_accounts_and_the_reports_name_no_register_s_rules() {
    let mut wrong = Vec::new();
    for source in rust(&["ledger/src/journal", "ledger/src/reports", "web/src"]) {
        let code = source.code();
        for register in REGISTERS {
            if code.contains(&format!("{register}::decide")) || code.contains("::check_") {
                wrong.push(format!("{} reads the rules of {register}", source.path));
            }
        }
    }
    none("rules are asked through the door only", &wrong);
}

#[test]
fn the_portal_asks_the_registrar() {
    let mut wrong = Vec::new();
    for source in rust(&["web/src"]) {
        for module in first_names(&source.code(), "ledger::") {
            // It keeps sessions, drafts and links in the store's rows; the log's leaves never.
            if ["decide", "replay", "audit"].contains(&module.as_str()) {
                wrong.push(format!("{} names ledger::{module}", source.path));
            }
        }
        if source.code().contains("store().append(") {
            wrong.push(format!("{} appends by itself", source.path));
        }
    }
    none("the portal decides nothing", &wrong);
}

#[test]
fn the_core_touches_nothing_outside() {
    let outside =
        ["std::fs", "std::net", "std::env", "std::process", "std::thread", "Instant::now"];
    let shell = ["store", "registrar", "keep", "cosigner", "bin"];
    let mut wrong = Vec::new();
    for source in rust(&["ledger/src"]).iter().filter(|s| !shell.contains(&module(&s.path))) {
        let code = source.code();
        wrong.extend(
            outside
                .iter()
                .filter(|name| code.contains(**name))
                .map(|name| format!("{} names {name}", source.path)),
        );
    }
    none("time, files and the network belong to the shell", &wrong);
}

#[test]
fn an_import_is_found_however_it_is_written() {
    let code = "use crate::{base::{Amount, Day}, log,\n    event};\nlet x = crate::state::State;\n\
                use other_crate::journal; use super::super::decide;";
    let found: Vec<_> = first_names(code, "crate::").into_iter().collect();
    assert_eq!(found, ["base", "event", "log", "state"]);
    assert!(first_names(code, "super::super::").contains("decide"));
    assert_eq!((depth("ledger/src/a.rs"), depth("ledger/src/a/mod.rs")), (1, 1));
    assert_eq!((depth("ledger/src/a/b.rs"), depth("ledger/src/a/b/mod.rs")), (2, 2));
    assert_eq!(module("ledger/src/shares/register/tests.rs"), "shares");
}
