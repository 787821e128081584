//! Small checks that several pooling rules share: a text, a sum, a day, a known place.

use std::collections::BTreeSet;

use super::{Pooling, Refusal};
use crate::base::{Amount, Day, DecisionRef, PlaceRef, is_one_line};

/// The largest sum of one cost, portion or contribution: one thousand million euros. It keeps
/// every total of a book well inside 64 bits.
pub(super) const AMOUNT_MAX: Amount = Amount::from_cents(100_000_000_000);

pub(super) fn decision(today: Day, decision: &DecisionRef) -> Result<(), Refusal> {
    text("décision", &decision.label, super::decide::LABEL_MAX)?;
    day(today, decision.on)
}

pub(super) fn text(field: &'static str, text: &str, max: usize) -> Result<(), Refusal> {
    if is_one_line(text, max) { Ok(()) } else { Err(Refusal::Text { field, max }) }
}

pub(super) fn sum(field: &'static str, given: Amount) -> Result<(), Refusal> {
    if given.is_positive() && given <= AMOUNT_MAX {
        return Ok(());
    }
    Err(Refusal::AmountOutOfRange { field, given, max: AMOUNT_MAX })
}

/// Like [`sum`], but nothing at all is accepted too: VAT may be nil.
pub(super) fn sum_or_nil(field: &'static str, given: Amount) -> Result<(), Refusal> {
    if given.is_zero() { Ok(()) } else { sum(field, given) }
}

pub(super) fn day(today: Day, given: Day) -> Result<(), Refusal> {
    if given <= today { Ok(()) } else { Err(Refusal::DayAhead { given, today }) }
}

/// Places are registered, and none is named twice.
pub(super) fn places<'a>(
    pooling: &Pooling,
    places: impl Iterator<Item = &'a PlaceRef>,
) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for place in places {
        known(pooling, place)?;
        if !seen.insert(place) {
            return Err(Refusal::PlaceTwice { place: place.clone() });
        }
    }
    Ok(())
}

pub(super) fn known(pooling: &Pooling, place: &PlaceRef) -> Result<(), Refusal> {
    if pooling.place(place).is_some() {
        return Ok(());
    }
    Err(Refusal::PlaceUnknown { place: place.clone() })
}

/// What is shown of a text that was refused: a refusal never repeats a page of it.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}
