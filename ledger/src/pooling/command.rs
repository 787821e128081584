//! What may be asked about places and pooling.

use serde::Deserialize;

use super::{InKindNature, PlaceStatus, PlaceWeight, Portion};
use crate::base::{
    Amount, CallRef, Capacity, CostRef, Day, DecisionRef, InKindRef, KeyRef, MemberRef, PlaceRef,
    Rate, Source, SquareMetres,
};

/// Registers a place.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterPlace {
    /// The place, random.
    pub place: PlaceRef,
    /// Its name.
    pub name: String,
    /// Number and street.
    pub street: String,
    /// Five-digit postcode.
    pub postcode: String,
    /// Town.
    pub town: String,
    /// Floor area.
    pub surface: SquareMetres,
    /// Room for how many people.
    pub capacity: Capacity,
    /// Open or project.
    pub status: PlaceStatus,
    /// The member that runs it.
    #[serde(default)]
    pub member: Option<MemberRef>,
}

/// Adopts an allocation key, or its next version.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdoptAllocationKey {
    /// The key, random or existing.
    pub key: KeyRef,
    /// What it measures.
    pub label: String,
    /// The weights.
    pub weights: Vec<PlaceWeight>,
    /// The decision.
    pub decision: DecisionRef,
}

/// Records a supplier's invoice and shares it by the key's latest version.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolCost {
    /// The cost, random.
    pub cost: CostRef,
    /// The supplier.
    pub supplier: String,
    /// What for.
    pub title: String,
    /// Charge account, class 6.
    pub account: String,
    /// Sum without deductible VAT, in cents.
    pub net: Amount,
    /// Deductible VAT, in cents.
    pub vat: Amount,
    /// Which funding source bears it.
    pub source: Source,
    /// The allocation key.
    pub key: KeyRef,
    /// The day of the invoice.
    pub on: Day,
    /// The supplier's invoice number.
    pub voucher: String,
}

/// Calls contributions: from every place its portion of a cost, or the portions given.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallContribution {
    /// The call, random.
    pub call: CallRef,
    /// The pooled cost to cover; its portions are called when `portions` is empty.
    #[serde(default)]
    pub cost: Option<CostRef>,
    /// Portions without VAT, when no cost is named.
    #[serde(default)]
    pub portions: Vec<Portion>,
    /// What for.
    pub title: String,
    /// Rate of VAT; the normal rate if not given (R87: taxed by default).
    #[serde(default)]
    pub vat_rate: Option<Rate>,
    /// The day of the call.
    pub on: Day,
    /// Its reference.
    pub voucher: String,
}

/// Values a contribution in kind.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueInKind {
    /// The contribution, random.
    pub in_kind: InKindRef,
    /// What it is.
    pub nature: InKindNature,
    /// What was given.
    pub title: String,
    /// Value, in cents.
    pub value: Amount,
    /// How it was valued.
    pub basis: String,
    /// Which place received it.
    #[serde(default)]
    pub place: Option<PlaceRef>,
    /// The day or last day it was given.
    pub on: Day,
}
