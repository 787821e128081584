//! The rules of law, one by one: kept and by what test, partly kept, or not yet.

use std::collections::BTreeSet;

use crate::tree::{none, read, rust};

/// Rules R1 to R89.
const RULES: u32 = 89;

/// One line of `rules.txt`.
struct Rule {
    id: String,
    state: String,
    file: String,
    test: String,
    note: String,
}

fn rules() -> Vec<Rule> {
    let text = read("tests/tidy/rules.txt");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let mut cells = line.split('|').map(|cell| cell.trim().to_owned());
            let mut next = || cells.next().unwrap_or_default();
            let (id, state) = (next(), next());
            if state == "not yet" {
                return Rule { id, state, file: String::new(), test: String::new(), note: next() };
            }
            Rule { id, state, file: next(), test: next(), note: next() }
        })
        .collect()
}

/// The rules that a text cites.
fn cited(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let is_rule = |word: &&str| {
        let number = word.strip_prefix('R').unwrap_or_default();
        !number.starts_with('0') && number.parse().is_ok_and(|n: u32| n > 0 && n <= RULES)
    };
    words.filter(is_rule).map(str::to_owned).collect()
}

#[test]
fn every_rule_of_the_law_has_its_line() {
    let known: Vec<String> = rules().into_iter().map(|rule| rule.id).collect();
    let all: Vec<String> = (1..=RULES).map(|number| format!("R{number}")).collect();
    assert_eq!(known, all);
}

#[test]
fn a_rule_that_is_kept_names_where_and_its_test() {
    let tests: String =
        rust(&["ledger/src", "web/src", "tests"]).into_iter().map(|source| source.text).collect();
    let mut wrong = Vec::new();
    for rule in rules() {
        match rule.state.as_str() {
            "not yet" if rule.note.is_empty() => wrong.push(format!("{}: say why", rule.id)),
            "not yet" => {}
            "kept" | "partly" => {
                if !cited(&read(&rule.file)).contains(&rule.id) {
                    wrong.push(format!("{}: {} does not cite it", rule.id, rule.file));
                }
                if !tests.contains(&format!("fn {}(", rule.test)) {
                    wrong.push(format!("{}: no test `{}`", rule.id, rule.test));
                }
                if rule.state == "partly" && rule.note.is_empty() {
                    wrong.push(format!("{}: say what is missing", rule.id));
                }
            }
            other => wrong.push(format!("{}: `{other}` is no state", rule.id)),
        }
    }
    none("tests/tidy/rules.txt", &wrong);
}

#[test]
fn a_rule_that_the_code_cites_is_not_called_not_yet() {
    let rules = rules();
    let mut wrong = Vec::new();
    for source in rust(&["ledger/src", "web/src"]) {
        for id in cited(source.production()) {
            if rules.iter().any(|rule| rule.id == id && rule.state == "not yet") {
                wrong.push(format!("{id} is cited by {}", source.path));
            }
        }
    }
    none("kept or partly kept, and by what test?", &wrong);
}

#[test]
fn a_citation_is_a_word_of_its_own() {
    let found: Vec<_> = cited("R2, règle R12 ; R225-128, R. 3, SR4, R0, R90").into_iter().collect();
    assert_eq!(found, ["R12", "R2"]);
}
