//! The files that a spreadsheet and a program read.

use serde_json::Value;

use super::*;
use crate::reports::accounts::tests::{a_small_year, view};
use crate::reports::accounts::{EntryFilter, journal_entries};
use crate::test_world::place;

fn lines(csv: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(csv).expect("UTF-8");
    let text = text.strip_prefix('\u{feff}').expect("the mark of UTF-8");
    assert!(text.ends_with("\r\n"), "CRLF");
    text.trim_end_matches("\r\n").split("\r\n").map(str::to_owned).collect()
}

#[test]
fn the_accounts_open_in_a_french_spreadsheet() {
    let csv = accounts_csv(&view(&a_small_year(), None)).expect("written");
    let lines = lines(&csv);
    assert_eq!(lines[0], ACCOUNTS_HEADER.join(";"));
    let has = |line: &str| assert!(lines.iter().any(|l| l == line), "{line}\n{lines:#?}");
    has(
        "2026;Tous les lieux;Compte de résultat;Subventions;Produit;741;Subventions d’exploitation;20000,00;25000,00;5",
    );
    has(
        "2026;Tous les lieux;Compte de résultat;Contributif;Charge;627;Services bancaires et assimilés;8,50;0,00;7",
    );
    has("2026;Tous les lieux;Total par source;Contributif;Résultat;;;-8,50;-12000,00;");
    has("2026;Tous les lieux;Total général;;Résultat;;;19991,50;0,00;");
    has("2026;Tous les lieux;Capital;;Capital à la clôture ou à ce jour;;;12500,00;;");
    has(
        "2026;Tous les lieux;Hors résultat;Contributif;Contribution en nature;875;chantier participatif;1477,20;;",
    );
    assert!(lines.iter().all(|line| line.matches(';').count() == ACCOUNTS_HEADER.len() - 1));
}

/// A funder named « =Région… » must not become a formula in the treasurer's spreadsheet.
#[test]
fn a_text_that_would_be_a_formula_is_neutralised_and_a_negative_sum_is_not() {
    let world = a_small_year();
    let csv = accounts_csv(&view(&world, None)).expect("written");
    let pending = lines(&csv).pop().expect("the pending grant");
    assert!(pending.contains(";'=Région d’essai : cartographie;12000,00"), "{pending}");
    for cell in ["=1", "+1", "-1", "@a", "\ta", "\ra"] {
        assert_eq!(text(cell), format!("'{cell}"));
    }
    assert_eq!(text("1-1"), "1-1");
}

#[test]
fn the_journal_is_one_row_a_posting() {
    let world = a_small_year();
    let third = place(3);
    let filter = EntryFilter { place: Some(&third), ..EntryFilter::default() };
    let csv = journal_csv(&journal_entries(&world.books, &filter)).expect("written");
    let lines = lines(&csv);
    assert_eq!(lines.len(), 1 + 5 + 3, "heading, the pooled cost, the call");
    let charge = "1;AC;01/02/2026;31/12/2026;6135;Locations mobilières et abonnements;;Éditeur d’essai : outil de réservation;ED-1;2267,57;0,00;";
    assert!(lines[3].starts_with(charge), "{}", lines[3]);
    assert!(lines[3].ends_with(&format!("{};Contributif;;4;2026", place(3))), "{}", lines[3]);
}

#[test]
fn json_keeps_every_sum_as_a_string_with_a_point() {
    let json = accounts_json(&view(&a_small_year(), Some(&place(2))));
    let read: Value = serde_json::from_str(&json).expect("JSON");
    let at = |pointer: &str| read.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    assert_eq!(at("/year"), "2026");
    assert_eq!(at("/place_name"), "Atelier 2");
    assert_eq!(at("/sources/0/source"), "grants");
    assert_eq!(at("/sources/0/products/0/actual"), "20000.00");
    assert_eq!(at("/sources/0/products/0/journal_entries/0"), "5");
    assert_eq!(at("/totals/products"), "24031.24");
    assert_eq!(at("/grants_pending/0/left"), "12000.00");
    assert_eq!(at("/capital/closing"), "12500.00");
    assert!(!has_number(&read), "a number was written: {json}");
}

fn has_number(value: &Value) -> bool {
    match value {
        Value::Number(_) => true,
        Value::Array(rows) => rows.iter().any(has_number),
        Value::Object(fields) => fields.values().any(has_number),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}
