//! Places to register, when any leaf will do.

use ledger::base::{Capacity, PlaceRef, SquareMetres};
use ledger::command::Command;
use ledger::pooling::{PlaceStatus, RegisterPlace};

/// The place of that reference, named after it.
pub fn any_place(bits: [u8; 16]) -> RegisterPlace {
    let place = PlaceRef::from_random(bits);
    RegisterPlace {
        name: format!("Lieu {place}"),
        place,
        street: "1 rue des Communs".into(),
        postcode: "59000".into(),
        town: "Lille".into(),
        surface: SquareMetres::new(100),
        capacity: Capacity::new(10),
        status: PlaceStatus::Open,
        member: None,
    }
}

/// A place to register, a different one a number.
pub fn place(number: u16) -> Command {
    let [high, low] = number.to_be_bytes();
    let mut bits = [7; 16];
    bits[0] = high;
    bits[1] = low;
    Command::RegisterPlace(RegisterPlace { name: format!("Lieu {number}"), ..any_place(bits) })
}
