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
