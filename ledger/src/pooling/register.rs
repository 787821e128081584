//! The pooling register: places, keys with their versions, costs, calls, contributions in kind.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet, Vector};
use serde::{Deserialize, Serialize};

use super::{AllocationKeyAdopted, ContributionCalled, CostPooled, InKindValued, PlaceRegistered};
use crate::base::{
    Amount, AmountError, CallRef, CostRef, Count, InKindRef, KeyRef, PlaceRef, Stamp,
};

macro_rules! recorded {
    ($($(#[$doc:meta])* $name:ident of $fact:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            /// Where it stands in the log.
            pub stamp: Stamp,
            /// The fact itself.
            pub fact: $fact,
        }
    )*};
}

recorded! {
    /// A place of the network.
    Place of PlaceRegistered;
    /// A version of an allocation key.
    AllocationKey of AllocationKeyAdopted;
    /// A pooled cost.
    Cost of CostPooled;
    /// A call.
    Call of ContributionCalled;
    /// A contribution in kind.
    InKind of InKindValued;
}

/// What the network has in common so far. A clone costs nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Pooling {
    places: OrdMap<PlaceRef, Arc<Place>>,
    place_names: OrdSet<(String, String)>,
    keys: OrdMap<KeyRef, Vector<Arc<AllocationKey>>>,
    costs: OrdMap<CostRef, Arc<Cost>>,
    called: OrdMap<(CostRef, PlaceRef), Amount>,
    calls: OrdMap<CallRef, Arc<Call>>,
    in_kind: OrdMap<InKindRef, Arc<InKind>>,
}

impl Pooling {
    /// Adds a place.
    pub fn apply_place_registered(
        &mut self,
        stamp: Stamp,
        fact: &PlaceRegistered,
    ) -> Result<(), AmountError> {
        self.place_names.insert(name_and_postcode(fact));
        self.places.insert(fact.place.clone(), Arc::new(Place { stamp, fact: fact.clone() }));
        Ok(())
    }

    /// Adds a version of a key.
    pub fn apply_allocation_key_adopted(
        &mut self,
        stamp: Stamp,
        fact: &AllocationKeyAdopted,
    ) -> Result<(), AmountError> {
        let version = Arc::new(AllocationKey { stamp, fact: fact.clone() });
        self.keys.entry(fact.key.clone()).or_default().push_back(version);
        Ok(())
    }

    /// Adds a pooled cost.
    pub fn apply_cost_pooled(
        &mut self,
        stamp: Stamp,
        fact: &CostPooled,
    ) -> Result<(), AmountError> {
        self.costs.insert(fact.cost.clone(), Arc::new(Cost { stamp, fact: fact.clone() }));
        Ok(())
    }

    /// Adds a call, and counts what it asks of the cost it covers.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] when what was called of a cost does not fit.
    pub fn apply_contribution_called(
        &mut self,
        stamp: Stamp,
        fact: &ContributionCalled,
    ) -> Result<(), AmountError> {
        if let Some(cost) = &fact.cost {
            for portion in &fact.portions {
                let called = self.called_of_cost(cost, &portion.place).plus(portion.net)?;
                self.called.insert((cost.clone(), portion.place.clone()), called);
            }
        }
        self.calls.insert(fact.call.clone(), Arc::new(Call { stamp, fact: fact.clone() }));
        Ok(())
    }

    /// Adds a contribution in kind.
    pub fn apply_in_kind_valued(
        &mut self,
        stamp: Stamp,
        fact: &InKindValued,
    ) -> Result<(), AmountError> {
        self.in_kind.insert(fact.in_kind.clone(), Arc::new(InKind { stamp, fact: fact.clone() }));
        Ok(())
    }

    /// The place of that reference.
    pub fn place(&self, place: &PlaceRef) -> Option<&Place> {
        self.places.get(place).map(AsRef::as_ref)
    }

    /// Every place, by reference.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.places.values().map(AsRef::as_ref)
    }

    /// Whether a place of that name is already registered under that postcode.
    pub(super) fn place_is_named(&self, fact: &PlaceRegistered) -> bool {
        self.place_names.contains(&name_and_postcode(fact))
    }

    /// The latest version of a key.
    pub fn key(&self, key: &KeyRef) -> Option<&AllocationKey> {
        self.keys.get(key).and_then(Vector::last).map(AsRef::as_ref)
    }

    /// The latest version of every key, by reference.
    pub fn keys(&self) -> impl Iterator<Item = &AllocationKey> {
        self.keys.values().filter_map(Vector::last).map(AsRef::as_ref)
    }

    /// A given version of a key.
    pub fn key_version(&self, key: &KeyRef, version: Count) -> Option<&AllocationKey> {
        let mut versions = self.keys.get(key)?.iter().map(AsRef::as_ref);
        versions.find(|row: &&AllocationKey| row.fact.version == version)
    }

    /// The cost of that reference.
    pub fn cost(&self, cost: &CostRef) -> Option<&Cost> {
        self.costs.get(cost).map(AsRef::as_ref)
    }

    /// Every cost, by reference.
    pub fn costs(&self) -> impl Iterator<Item = &Cost> {
        self.costs.values().map(AsRef::as_ref)
    }

    /// What the supplier is owed in all, VAT included, in cents; nothing for an unknown cost.
    pub fn cost_gross(&self, cost: &CostRef) -> Amount {
        let gross = self.cost(cost).and_then(|c| c.fact.net.plus(c.fact.vat).ok());
        gross.unwrap_or(Amount::ZERO)
    }

    /// What was called so far from a place of its portion of a cost, without VAT, in cents.
    pub fn called_of_cost(&self, cost: &CostRef, place: &PlaceRef) -> Amount {
        let key = (cost.clone(), place.clone());
        self.called.get(&key).copied().unwrap_or(Amount::ZERO)
    }

    /// The call of that reference.
    pub fn call(&self, call: &CallRef) -> Option<&Call> {
        self.calls.get(call).map(AsRef::as_ref)
    }

    /// Every call, by reference.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.calls.values().map(AsRef::as_ref)
    }

    /// What a call asks of a place, VAT included, in cents; nothing if it asks nothing of it.
    pub fn called_gross(&self, call: &CallRef, place: &PlaceRef) -> Amount {
        let portion = self.call(call).and_then(|call| call.portion_of(place));
        portion.and_then(|p| p.net.plus(p.vat).ok()).unwrap_or(Amount::ZERO)
    }

    /// The contribution in kind of that reference.
    pub fn in_kind_of(&self, in_kind: &InKindRef) -> Option<&InKind> {
        self.in_kind.get(in_kind).map(AsRef::as_ref)
    }

    /// Every contribution in kind, by reference.
    pub fn in_kind(&self) -> impl Iterator<Item = &InKind> {
        self.in_kind.values().map(AsRef::as_ref)
    }
}

impl Call {
    /// What it asks of a place.
    pub fn portion_of(&self, place: &PlaceRef) -> Option<&super::CalledPortion> {
        self.fact.portions.iter().find(|portion| portion.place == *place)
    }
}

fn name_and_postcode(fact: &PlaceRegistered) -> (String, String) {
    // « L’Atelier » and « l’atelier » at one postcode are one place for those who look for it.
    (fact.name.to_lowercase(), fact.postcode.clone())
}
