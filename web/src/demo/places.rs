//! The 65 places of the network: 51 open, 14 in project, near 28 000 m² and 4 000 people.

use ledger::base::{Capacity, PlaceRef, SquareMetres};
use ledger::command::Command;
use ledger::pooling::{PlaceStatus, RegisterPlace};
use ledger::registrar::keys::random;

use super::{Outcome, Story};

const PLACES: &str = include_str!("lieux.csv");

/// A registered place of the example.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) reference: PlaceRef,
    pub(super) name: String,
}

/// Registers every place, signed by an officer.
pub(super) async fn register(story: &Story) -> Outcome<Vec<Place>> {
    story.calendar.previous_year(12, 2);
    let mut places = Vec::new();
    for line in PLACES.lines().skip(1) {
        let [name, street, postcode, town, surface, capacity, status] = fields(line)?;
        let reference = PlaceRef::from_random(random()?);
        let ask = RegisterPlace {
            place: reference.clone(),
            name: name.to_owned(),
            street: street.to_owned(),
            postcode: postcode.to_owned(),
            town: town.to_owned(),
            surface: SquareMetres::new(surface.parse()?),
            capacity: Capacity::new(capacity.parse()?),
            status: if status == "open" { PlaceStatus::Open } else { PlaceStatus::Project },
            member: None,
        };
        story.act(Command::RegisterPlace(ask), &["bureau-1"]).await?;
        places.push(Place { reference, name: name.to_owned() });
    }
    Ok(places)
}

/// The `N` fields of a line of the example's tables.
pub(super) fn fields<const N: usize>(line: &str) -> Outcome<[&str; N]> {
    let fields: Vec<&str> = line.split(';').collect();
    fields.try_into().map_err(|_| format!("a line of the example is malformed: {line}").into())
}
