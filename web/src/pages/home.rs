//! The first page: who we are, what the capital is, how to become a co-owner; and the legal notice.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use ledger::base::Amount;
use ledger::members::Standing;

use super::places::{Card, cards};
use crate::access::Visitor;
use crate::error::Result;
use crate::layout::{Layout, page};
use crate::{Shared, bylaws, format};

/// The best supported places; the others are a click away.
const PLACES_SHOWN: usize = 6;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    layout: Layout,
    capital: Amount,
    shares: String,
    members: String,
    nominal: Amount,
    places: Vec<Card>,
    all_places: String,
    categories: Vec<(String, String)>,
    leaves: String,
    year: String,
}

/// `GET /`
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
) -> Result<Html<String>> {
    let book = shared.book();
    let bylaws = bylaws(&book)?;
    let registers = &book.state().registers;
    let capital = registers.shares.capital();
    let counts = registers.members.count_by_category();
    let categories = bylaws.categories.iter().map(|category| {
        let count = counts.get(&category.id).copied().unwrap_or(0);
        (category.label.clone(), format::count(count, "associé", "associés"))
    });
    let admitted = registers
        .members
        .iter()
        .filter(|m| matches!(m.standing, Standing::Admitted { .. }))
        .count();
    let mut places = cards(&book);
    let all_places = format::count(places.len(), "lieu", "lieux");
    places.sort_by_key(|place| std::cmp::Reverse(place.shares));
    places.truncate(PLACES_SHOWN);
    let nominal = bylaws.at(shared.registrar.today()).nominal();
    page(&Home {
        layout: Layout::of(&shared, &visitor)?,
        capital: capital.subscribed,
        shares: format::count(capital.shares, "part", "parts"),
        members: format::count(admitted, "associé", "associés"),
        nominal: nominal.map_err(ledger::refusal::Refusal::from)?,
        places,
        all_places,
        categories: categories.collect(),
        leaves: format::count(book.size(), "feuille", "feuilles"),
        year: shared.year().to_string(),
    })
}

#[derive(Template)]
#[template(path = "legal.html")]
struct Legal {
    layout: Layout,
    capital: Amount,
    today: String,
    origin: String,
}

/// `GET /mentions-legales`
pub(crate) async fn legal(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
) -> Result<Html<String>> {
    let book = shared.book();
    let registers = &book.state().registers;
    page(&Legal {
        layout: Layout::of(&shared, &visitor)?,
        capital: registers.shares.capital().subscribed,
        today: shared.registrar.today().in_french(),
        origin: registers.authority.origin().unwrap_or_default().to_owned(),
    })
}
