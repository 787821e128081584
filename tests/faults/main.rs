//! The fault campaigns: what the log promises, tried against failing calls, kills, torn writes, flipped
//! bytes, full disks, wrong clocks. Each says how much it tried; short here, long by the environment.
#![expect(
    clippy::panic,
    reason = "a campaign stops at the first promise that is broken, and says which"
)]

mod bench;
mod clock;
mod flips;
mod full;
mod kill;
mod power;
mod server;
mod sim;
mod strace;

use ledger::base::{Capacity, PlaceRef, SquareMetres};
use ledger::command::Command;
use ledger::pooling::{PlaceStatus, RegisterPlace};

/// A place to register, a different one a number: what is appended when any leaf will do.
pub(crate) fn place(number: u16) -> Command {
    let [high, low] = number.to_be_bytes();
    let mut bits = [7; 16];
    bits[0] = high;
    bits[1] = low;
    Command::RegisterPlace(RegisterPlace {
        place: PlaceRef::from_random(bits),
        name: format!("Lieu {number}"),
        street: "1 rue des Communs".into(),
        postcode: "59000".into(),
        town: "Lille".into(),
        surface: SquareMetres::new(100),
        capacity: Capacity::new(10),
        status: PlaceStatus::Open,
        member: None,
    })
}
