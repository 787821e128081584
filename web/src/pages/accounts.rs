//! The public accounts: four funding sources side by side, actual beside budget, each figure led to
//! its journal entries.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{Html, IntoResponse};
use ledger::base::{Amount, FiscalYear, PlaceRef, Source};
use ledger::exports::accounts::{accounts_csv, accounts_json};
use ledger::registrar::Book;
use ledger::reports::accounts::{
    AccountsQuery, AccountsView, CapitalFigures, InKindLine, PendingGrant, Totals, accounts, years,
};
use serde::Deserialize;

use super::places::cards;
use crate::access::Visitor;
use crate::error::{PageError, Result};
use crate::form::Choice;
use crate::layout::{Layout, page};
use crate::{Shared, layout};

/// What the address asks.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    exercice: String,
    #[serde(default)]
    lieu: String,
}

#[derive(Template)]
#[template(path = "accounts.html")]
struct Accounts {
    layout: Layout,
    view: AccountsView,
    years: Vec<Choice>,
    places: Vec<Choice>,
    place: String,
    bars: Vec<Bar>,
    chart_words: String,
    /// The leaf of each contribution in kind shown, then of each grant shown, in their order.
    in_kind_leaves: Vec<u64>,
    grant_leaves: Vec<u64>,
}

/// One source of the chart, in the units of its drawing.
struct Bar {
    class: &'static str,
    label: &'static str,
    y: i64,
    width: i64,
    planned_width: i64,
    actual: Amount,
}

/// The class of a source in the stylesheet, and its word in addresses.
pub(super) const fn source_word(source: Source) -> &'static str {
    match source {
        Source::Grants => "grants",
        Source::Services => "services",
        Source::Contributions => "contributions",
        Source::Programmes => "programmes",
    }
}

fn view(shared: &Shared, book: &Book, asked: &Asked) -> Result<AccountsView> {
    let year = FiscalYear::parse(&asked.exercice).unwrap_or_else(|| latest(shared, book));
    let place = match asked.lieu.as_str() {
        "" => None,
        text => Some(PlaceRef::parse(text).map_err(|_| PageError::NotFound)?),
    };
    let registers = &book.state().registers;
    if place.as_ref().is_some_and(|place| registers.pooling.place(place).is_none()) {
        return Err(PageError::NotFound);
    }
    let failed = |error| PageError::failed("the accounts", &error);
    let capital = CapitalFigures::of_year(&registers.shares, year).map_err(failed)?;
    let query = AccountsQuery { year, place: place.as_ref(), capital };
    accounts(&book.state().books, &registers.funding, &registers.pooling, query).map_err(failed)
}

/// The last year that has something to show.
fn latest(shared: &Shared, book: &Book) -> FiscalYear {
    let state = book.state();
    years(&state.books, &state.registers.funding).pop().unwrap_or_else(|| shared.year())
}

/// `GET /comptes?exercice=…&lieu=…`
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Html<String>> {
    let book = shared.book();
    let view = view(&shared, &book, &asked)?;
    let state = book.state();
    let mut known = years(&state.books, &state.registers.funding);
    if !known.contains(&view.year) {
        known.push(view.year);
    }
    page(&Accounts {
        layout: Layout::of(&shared, &visitor)?,
        years: known.iter().rev().map(|year| Choice::new(year, year)).collect(),
        places: cards(&book)
            .iter()
            .map(|place| Choice::new(&place.reference, &place.name))
            .collect(),
        place: view.place.as_ref().map_or_else(String::new, ToString::to_string),
        in_kind_leaves: in_kind_leaves(&book, &view),
        grant_leaves: grant_leaves(&book, &view),
        bars: bars(&view),
        chart_words: chart_words(&view),
        view,
    })
}

fn in_kind_leaves(book: &Book, view: &AccountsView) -> Vec<u64> {
    let known = &book.state().registers.pooling;
    let leaf = |line: &InKindLine| known.in_kind_of(&line.in_kind).map(|row| row.stamp.index.get());
    view.in_kind.lines.iter().map(|line| leaf(line).unwrap_or(0)).collect()
}

fn grant_leaves(book: &Book, view: &AccountsView) -> Vec<u64> {
    let known = &book.state().registers.funding;
    let leaf = |row: &PendingGrant| known.grant(&row.grant).map(|grant| grant.stamp.index.get());
    view.grants_pending.iter().map(|row| leaf(row).unwrap_or(0)).collect()
}

/// The chart's bars: the longest one is 350 units long, products only.
fn bars(view: &AccountsView) -> Vec<Bar> {
    let figures = |totals: &Totals| (totals.products, totals.products_budget);
    let longest = view.sources.iter().flat_map(|source| {
        let (actual, budget) = figures(&source.totals);
        [actual.cents(), budget.cents()]
    });
    let longest = longest.max().unwrap_or(0).max(1);
    let length = |amount: Amount| {
        i64::try_from(i128::from(amount.cents().max(0)) * 350 / i128::from(longest)).unwrap_or(0)
    };
    (0_i64..)
        .zip(&view.sources)
        .map(|(row, source)| {
            let (actual, budget) = figures(&source.totals);
            Bar {
                class: source_word(source.source),
                label: source.source.label(),
                y: row * 60,
                width: length(actual),
                planned_width: length(budget),
                actual,
            }
        })
        .collect()
}

/// The chart told in words, for who does not see it.
fn chart_words(view: &AccountsView) -> String {
    let rows = view.sources.iter().map(|source| {
        let totals = &source.totals;
        format!(
            "{} : {} réalisés pour {} prévus",
            source.source.label(),
            totals.products,
            totals.products_budget
        )
    });
    rows.collect::<Vec<_>>().join(" ; ")
}

/// `GET /comptes.csv`
pub(crate) async fn csv(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<Asked>,
) -> Result<impl IntoResponse> {
    let view = view(&shared, &shared.book(), &asked)?;
    let bytes = accounts_csv(&view).map_err(|error| PageError::failed("an export", &error))?;
    Ok(layout::download("text/csv; charset=utf-8", &format!("comptes-{}.csv", view.year), bytes))
}

/// `GET /comptes.json`
pub(crate) async fn json(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<Asked>,
) -> Result<impl IntoResponse> {
    let view = view(&shared, &shared.book(), &asked)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], accounts_json(&view)))
}
