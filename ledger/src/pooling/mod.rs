//! Pooling: places, allocation keys, pooled costs, calls, contributions in kind.

mod command;
mod event;

pub use command::{AdoptAllocationKey, CallContribution, PoolCost, RegisterPlace, ValueInKind};
pub use event::{
    AllocationKeyAdopted, CalledPortion, ContributionCalled, CostPooled, InKindNature,
    InKindValued, PlaceRegistered, PlaceStatus, PlaceWeight, Portion,
};
