//! Pooling: places, allocation keys, pooled costs, calls, contributions in kind.
//!
//! A cost is shared over places by a key, to the cent; a call asks each place for its portion.
//! `decide` holds the rules, [`Pooling`] the state that they read.

mod check;
mod command;
mod decide;
mod event;
mod refusal;
mod register;

pub use command::{AdoptAllocationKey, CallContribution, PoolCost, RegisterPlace, ValueInKind};
pub use decide::{
    adopt_allocation_key, call_contribution, check_allocation_key_adopted,
    check_contribution_called, check_cost_pooled, check_in_kind_valued, check_place_registered,
    pool_cost, register_place, value_in_kind,
};
pub use event::{
    AllocationKeyAdopted, CalledPortion, ContributionCalled, CostPooled, InKindNature,
    InKindValued, PlaceRegistered, PlaceStatus, PlaceWeight, Portion,
};
pub use refusal::Refusal;
pub use register::{AllocationKey, Call, Cost, InKind, Place, Pooling};

#[cfg(test)]
mod tests;
