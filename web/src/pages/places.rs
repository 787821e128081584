//! The places of the network, and one place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use ledger::base::{Amount, PlaceRef};
use ledger::pooling::{PlaceRegistered, PlaceStatus};
use ledger::registrar::Book;
use ledger::shares::Step;
use serde::Deserialize;

use crate::access::Visitor;
use crate::error::{PageError, Result};
use crate::form::Choice;
use crate::layout::{Layout, page};
use crate::{Shared, format};

/// A place as a list shows it.
pub(crate) struct Card {
    pub(crate) reference: PlaceRef,
    pub(crate) name: String,
    pub(crate) town: String,
    pub(crate) surface: String,
    pub(crate) capacity: String,
    pub(crate) status: &'static str,
    pub(crate) open: bool,
    pub(crate) supporters: String,
    pub(crate) shares: u64,
}

/// Every place, by name.
pub(crate) fn cards(book: &Book) -> Vec<Card> {
    let places = book.state().registers.pooling.places();
    let mut cards: Vec<Card> = places.map(|place| card(book, &place.fact)).collect();
    cards.sort_by_key(|card| card.name.to_lowercase());
    cards
}

fn card(book: &Book, place: &PlaceRegistered) -> Card {
    let (supporters, shares) = support(book, &place.place);
    let supporters = if supporters == 0 {
        "Soyez la première personne à soutenir ce lieu.".into()
    } else {
        let who = format::count(supporters, "associé le soutient", "associés le soutiennent");
        format!("{who} avec {}.", format::count(shares, "part", "parts"))
    };
    Card {
        reference: place.place.clone(),
        name: place.name.clone(),
        town: place.town.clone(),
        surface: format!("{}\u{a0}m²", format::thousands(place.surface.get().into())),
        capacity: format::count(place.capacity.get(), "personne", "personnes"),
        status: place.status.label(),
        open: place.status == PlaceStatus::Open,
        supporters,
        shares,
    }
}

/// How many members chose this place with their shares, and how many shares.
fn support(book: &Book, place: &PlaceRef) -> (usize, u64) {
    let subscriptions = book.state().registers.shares.subscriptions().filter(|subscription| {
        subscription.fact.place.as_ref() == Some(place)
            && matches!(subscription.step, Step::Allotted { .. })
    });
    let (mut members, mut shares) = (BTreeSet::new(), 0_u64);
    for subscription in subscriptions {
        members.insert(&subscription.fact.member);
        shares = shares.saturating_add(subscription.fact.count.get().into());
    }
    (members.len(), shares)
}

/// What the address asks.
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    commune: String,
}

#[derive(Template)]
#[template(path = "places.html")]
struct ListPage {
    layout: Layout,
    places: Vec<Card>,
    towns: Vec<Choice>,
    town: String,
    count: String,
}

/// `GET /lieux?commune=…`
pub(crate) async fn list(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Html<String>> {
    let mut places = cards(&shared.book());
    let mut towns: BTreeMap<&str, usize> = BTreeMap::new();
    for place in &places {
        let count = towns.entry(&place.town).or_default();
        *count = count.saturating_add(1);
    }
    let towns = towns.into_iter().map(|(town, n)| Choice::new(town, format!("{town} ({n})")));
    let towns = towns.collect();
    let count = format::count(places.len(), "lieu", "lieux");
    if !asked.commune.is_empty() {
        places.retain(|place| place.town == asked.commune);
    }
    let layout = Layout::of(&shared, &visitor)?;
    page(&ListPage { layout, places, towns, town: asked.commune, count })
}

#[derive(Template)]
#[template(path = "place.html")]
struct PlacePage {
    layout: Layout,
    place: Card,
    address: String,
    leaf: u64,
    amount: Amount,
    year: String,
}

/// `GET /lieux/{place}`
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(place): Path<String>,
) -> Result<Html<String>> {
    let book = shared.book();
    let reference = PlaceRef::parse(&place).map_err(|_| PageError::NotFound)?;
    let found = book.state().registers.pooling.place(&reference).ok_or(PageError::NotFound)?;
    let fact = &found.fact;
    let (_, shares) = support(&book, &reference);
    let nominal = crate::bylaws(&book)?.at(shared.registrar.today()).nominal();
    let nominal = nominal.map_err(ledger::refusal::Refusal::from)?;
    page(&PlacePage {
        layout: Layout::of(&shared, &visitor)?,
        place: card(&book, fact),
        address: format!("{}, {} {}", fact.street, fact.postcode, fact.town),
        leaf: found.stamp.index.get(),
        amount: nominal.times(shares).map_err(ledger::refusal::Refusal::from)?,
        year: shared.year().to_string(),
    })
}
