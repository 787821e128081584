//! Pooling: places, allocation keys, pooled costs, calls, contributions in kind.
//!
//! A cost is shared over places by a key, to the cent; a call asks each place for its portion.
//! `decide` holds the rules, [`PoolingRegister`] the state that they read.

mod check;
mod command;
pub mod decide;
mod event;
mod refusal;
mod register;

pub use command::{AdoptAllocationKey, CallContribution, PoolCost, RegisterPlace, ValueInKind};
pub use event::{
    AllocationKeyAdopted, CalledPortion, ContributionCalled, CostPooled, InKindNature,
    InKindValued, PlaceRegistered, PlaceStatus, PlaceWeight, Portion,
};
pub use refusal::PoolingRefusal;
pub use register::{AllocationKey, Call, Cost, InKind, Place, PoolingRegister};

#[cfg(test)]
mod tests;
