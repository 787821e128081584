//! The accounts and the journal as CSV, the accounts as JSON.
//!
//! CSV as French spreadsheets open it: UTF-8 with its mark, `;`, CRLF, decimal comma, JJ/MM/AAAA.
//! A text that a spreadsheet would read as a formula is neutralised by an apostrophe; sums are
//! written by us and are not. JSON keeps sums as strings with a point: no reader rounds them.

use csv::{Terminator, WriterBuilder};
use serde_json::{Value, json};
use thiserror::Error;

use crate::base::{Amount, PlaceRef};
use crate::journal::JournalEntry;
use crate::reports::accounts::{AccountsView, Line, SourceView, Totals};

/// The mark by which a spreadsheet knows UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

const ACCOUNTS_HEADER: [&str; 10] = [
    "Exercice",
    "Lieu",
    "Rubrique",
    "Source",
    "Nature",
    "Compte",
    "Intitulé",
    "Réalisé",
    "Budget",
    "Écritures",
];

const JOURNAL_HEADER: [&str; 16] = [
    "Écriture",
    "Journal",
    "Date",
    "Validée le",
    "Compte",
    "Intitulé du compte",
    "Auxiliaire",
    "Libellé",
    "Pièce",
    "Débit",
    "Crédit",
    "Lieu",
    "Source",
    "Subvention",
    "Feuille",
    "Exercice",
];

/// The file could not be written in memory.
#[derive(Debug, Error)]
#[error("le fichier CSV n’a pu être composé : {0}")]
pub struct ExportFailure(String);

/// The accounts of a year as CSV, one row an account of a source, then what stands apart.
///
/// # Errors
/// [`ExportFailure`] when the rows can't be written.
pub fn accounts_csv(view: &AccountsView) -> Result<Vec<u8>, ExportFailure> {
    let mut rows = vec![ACCOUNTS_HEADER.map(str::to_owned).to_vec()];
    let mut row = |cells: AccountsRow<'_>| rows.push(cells.cells(view));
    for source in &view.sources {
        let label = source.source.label();
        for (nature, lines) in [("Produit", &source.products), ("Charge", &source.charges)] {
            for line in lines {
                row(AccountsRow::of_line(label, nature, line));
            }
        }
        for (nature, actual, budget) in totals_by_nature(&source.totals) {
            row(AccountsRow::total("Total par source", label, nature, actual, budget));
        }
    }
    for (nature, actual, budget) in totals_by_nature(&view.totals) {
        row(AccountsRow::total("Total général", "", nature, actual, budget));
    }
    let capital = &view.capital;
    for (nature, amount) in [
        ("Capital à l’ouverture", capital.opening),
        ("Capital attribué dans l’exercice", capital.allotted),
        ("Capital à la clôture ou à ce jour", capital.closing),
    ] {
        row(AccountsRow::apart("Capital", "", nature, amount));
    }
    for line in &view.in_kind.lines {
        for (nature, account) in
            [("Emploi en nature", line.charge), ("Contribution en nature", line.product)]
        {
            let cells = AccountsRow::apart("Hors résultat", "Contributif", nature, line.value);
            row(AccountsRow { account, label: &line.label, ..cells });
        }
    }
    for grant in &view.grants_pending {
        let label = format!("{} : {}", grant.funder, grant.title);
        let cells =
            AccountsRow::apart("Reste à recevoir", grant.source.label(), "Financement", grant.left);
        row(AccountsRow { account: "441", label: &label, ..cells });
    }
    to_csv(&rows)
}

/// Journal entries as CSV, one row a posting.
///
/// # Errors
/// [`ExportFailure`] when the rows can't be written.
pub fn journal_csv(entries: &[&JournalEntry]) -> Result<Vec<u8>, ExportFailure> {
    let mut rows = vec![JOURNAL_HEADER.map(str::to_owned).to_vec()];
    for entry in entries {
        rows.extend(journal_rows(entry));
    }
    to_csv(&rows)
}

/// The accounts of a year as JSON, sums as strings of euros with a point.
pub fn accounts_json(view: &AccountsView) -> String {
    let sources: Vec<Value> = view.sources.iter().map(source_json).collect();
    let in_kind: Vec<Value> = view
        .in_kind
        .lines
        .iter()
        .map(|line| {
            json!({
                "reference": line.in_kind.as_str(), "label": line.label, "nature": line.nature,
                "charge_account": line.charge, "product_account": line.product,
                "basis": line.basis, "value": line.value.with_point(),
            })
        })
        .collect();
    let pending: Vec<Value> = view
        .grants_pending
        .iter()
        .map(|grant| {
            json!({
                "reference": grant.grant.as_str(), "funder": grant.funder, "title": grant.title,
                "source": grant.source, "awarded": grant.awarded.with_point(),
                "received": grant.received.with_point(), "left": grant.left.with_point(),
            })
        })
        .collect();
    let document = json!({
        "year": view.year.to_string(),
        "place": view.place.as_ref().map(PlaceRef::as_str),
        "place_name": view.place_name,
        "currency": "EUR",
        "sources": sources,
        "totals": totals_json(&view.totals),
        "capital": {
            "opening": view.capital.opening.with_point(),
            "allotted": view.capital.allotted.with_point(),
            "closing": view.capital.closing.with_point(),
        },
        "in_kind": {
            "in_result": false,
            "lines": in_kind,
            "charges": view.in_kind.total.with_point(),
            "products": view.in_kind.total.with_point(),
        },
        "grants_pending": pending,
    });
    format!("{document:#}\n")
}

fn source_json(view: &SourceView) -> Value {
    let lines = |lines: &[Line]| -> Vec<Value> {
        let line = |line: &Line| {
            let planned: Vec<Value> = line
                .planned
                .iter()
                .map(|row| json!({"label": row.label, "amount": row.amount.with_point()}))
                .collect();
            let entries: Vec<String> = line.entries.iter().map(u64::to_string).collect();
            json!({
                "account": line.account, "label": line.label,
                "actual": line.actual.with_point(), "budget": line.budget.with_point(),
                "planned": planned, "journal_entries": entries,
            })
        };
        lines.iter().map(line).collect()
    };
    json!({
        "source": view.source, "label": view.source.label(),
        "products": lines(&view.products), "charges": lines(&view.charges),
        "totals": totals_json(&view.totals),
    })
}

fn totals_json(totals: &Totals) -> Value {
    json!({
        "products": totals.products.with_point(),
        "products_budget": totals.products_budget.with_point(),
        "charges": totals.charges.with_point(),
        "charges_budget": totals.charges_budget.with_point(),
        "result": totals.result.with_point(),
        "result_budget": totals.result_budget.with_point(),
    })
}

fn totals_by_nature(totals: &Totals) -> [(&'static str, Amount, Amount); 3] {
    [
        ("Produits", totals.products, totals.products_budget),
        ("Charges", totals.charges, totals.charges_budget),
        ("Résultat", totals.result, totals.result_budget),
    ]
}

/// One row of the accounts, before its year and place.
struct AccountsRow<'a> {
    heading: &'a str,
    source: &'a str,
    nature: &'a str,
    account: &'a str,
    label: &'a str,
    actual: Amount,
    budget: Option<Amount>,
    entries: &'a [u64],
}

impl<'a> AccountsRow<'a> {
    fn of_line(source: &'a str, nature: &'a str, line: &'a Line) -> Self {
        Self {
            heading: "Compte de résultat",
            source,
            nature,
            account: &line.account,
            label: line.label,
            actual: line.actual,
            budget: Some(line.budget),
            entries: &line.entries,
        }
    }

    fn total(
        heading: &'a str,
        source: &'a str,
        nature: &'a str,
        actual: Amount,
        budget: Amount,
    ) -> Self {
        Self { budget: Some(budget), ..Self::apart(heading, source, nature, actual) }
    }

    fn apart(heading: &'a str, source: &'a str, nature: &'a str, actual: Amount) -> Self {
        let (account, label) = ("", "");
        Self { heading, source, nature, account, label, actual, budget: None, entries: &[] }
    }

    fn cells(&self, view: &AccountsView) -> Vec<String> {
        let entries: Vec<String> = self.entries.iter().map(u64::to_string).collect();
        vec![
            view.year.to_string(),
            text(view.place_name.as_deref().unwrap_or("Tous les lieux")),
            text(self.heading),
            text(self.source),
            text(self.nature),
            text(self.account),
            text(self.label),
            self.actual.with_comma(),
            self.budget.map(Amount::with_comma).unwrap_or_default(),
            entries.join(" "),
        ]
    }
}

fn journal_rows(entry: &JournalEntry) -> impl Iterator<Item = Vec<String>> + '_ {
    entry.postings().iter().map(move |posting| {
        let axes = &posting.axes;
        vec![
            entry.number.to_string(),
            entry.book.code().to_owned(),
            entry.on.with_slashes(),
            entry.validated_on.with_slashes(),
            posting.account.number().to_owned(),
            posting.account.label().to_owned(),
            text(posting.auxiliary.as_deref().unwrap_or_default()),
            text(&entry.label),
            text(&entry.voucher),
            posting.debit().with_comma(),
            posting.credit().with_comma(),
            axes.place.as_ref().map(ToString::to_string).unwrap_or_default(),
            axes.source.map_or("", |source| source.label()).to_owned(),
            axes.grant.as_ref().map(ToString::to_string).unwrap_or_default(),
            entry.leaf.to_string(),
            crate::base::FiscalYear::of(entry.on).to_string(),
        ]
    })
}

/// A text cell; one that a spreadsheet would run as a formula is preceded by an apostrophe.
fn text(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

fn to_csv(rows: &[Vec<String>]) -> Result<Vec<u8>, ExportFailure> {
    let mut writer = WriterBuilder::new()
        .delimiter(b';')
        .terminator(Terminator::CRLF)
        .from_writer(BYTE_ORDER_MARK.to_vec());
    for row in rows {
        writer.write_record(row).map_err(|error| ExportFailure(error.to_string()))?;
    }
    writer.into_inner().map_err(|error| ExportFailure(error.to_string()))
}

#[cfg(test)]
mod tests;
