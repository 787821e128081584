//! Facts about places and what they pool: keys, costs, calls, contributions in kind.

use serde::{Deserialize, Serialize};

use crate::base::{
    Amount, CallRef, Capacity, CostRef, Count, Day, DecisionRef, InKindRef, KeyRef, MemberRef,
    PlaceRef, Rate, Source, SquareMetres, Weight,
};

/// A place joins the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceRegistered {
    /// How many people it has room for.
    pub capacity: Capacity,
    /// The member that runs it, if admitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberRef>,
    /// Its name.
    pub name: String,
    /// The place.
    pub place: PlaceRef,
    /// Five-digit postcode.
    pub postcode: String,
    /// Open, or still a project.
    pub status: PlaceStatus,
    /// Number and street.
    pub street: String,
    /// Floor area in square metres.
    pub surface: SquareMetres,
    /// Town.
    pub town: String,
}

/// Where a place stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceStatus {
    /// It receives people.
    Open,
    /// It is being prepared.
    Project,
}

impl PlaceStatus {
    /// Its French name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "ouvert",
            Self::Project => "en projet",
        }
    }
}

/// An allocation key, or a new version of one, is adopted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllocationKeyAdopted {
    /// The decision.
    pub decision: DecisionRef,
    /// The key.
    pub key: KeyRef,
    /// What it measures, e.g. « surface ».
    pub label: String,
    /// `1`, then `2`…
    pub version: Count,
    /// The weight of each place.
    pub weights: Vec<PlaceWeight>,
}

/// A place's weight in a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceWeight {
    /// Which place.
    pub place: PlaceRef,
    /// How much it weighs.
    pub weight: Weight,
}

/// A supplier's invoice is shared over places by a key (E39; R87: to the cent).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostPooled {
    /// Charge account, class 6.
    pub account: String,
    /// The cost.
    pub cost: CostRef,
    /// The allocation key.
    pub key: KeyRef,
    /// Its version.
    pub key_version: Count,
    /// Sum without deductible VAT, in cents.
    pub net: Amount,
    /// The day of the invoice.
    pub on: Day,
    /// Each place's portion of `net`; they sum to it.
    pub portions: Vec<Portion>,
    /// Which funding source bears it.
    pub source: Source,
    /// The supplier's name (a legal person).
    pub supplier: String,
    /// What for.
    pub title: String,
    /// Deductible VAT, in cents.
    pub vat: Amount,
    /// The supplier's invoice number.
    pub voucher: String,
}

/// A place's portion of a sum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Portion {
    /// Its portion, in cents.
    pub amount: Amount,
    /// Which place.
    pub place: PlaceRef,
}

/// Places are asked for a contribution, their portion of a pooled cost or another (E34).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContributionCalled {
    /// The call.
    pub call: CallRef,
    /// The pooled cost it covers, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostRef>,
    /// The day of the call.
    pub on: Day,
    /// Each place's portion without VAT, and its VAT.
    pub portions: Vec<CalledPortion>,
    /// What for.
    pub title: String,
    /// Rate of VAT; nil only by a decision under art. 261 B (R87).
    pub vat_rate: Rate,
    /// The reference of the call.
    pub voucher: String,
}

/// What one place is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalledPortion {
    /// Sum without VAT, in cents.
    pub net: Amount,
    /// Which place.
    pub place: PlaceRef,
    /// VAT, in cents.
    pub vat: Amount,
}

/// A contribution in kind is valued: shown, never in the result (R66, E41, E42).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InKindValued {
    /// How it was valued, e.g. « 120 h × 12,31 € ».
    pub basis: String,
    /// The contribution.
    pub in_kind: InKindRef,
    /// What it is.
    pub nature: InKindNature,
    /// The day or last day it was given.
    pub on: Day,
    /// Which place received it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceRef>,
    /// What was given.
    pub title: String,
    /// Value, in cents.
    pub value: Amount,
}

/// What is given in kind (R65: mapped by label, not by code).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InKindNature {
    /// Bénévolat.
    Volunteering,
    /// Mise à disposition gratuite de locaux ou de biens.
    FreeUse,
    /// Dons en nature.
    Goods,
}

impl InKindNature {
    /// Its French name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Volunteering => "bénévolat",
            Self::FreeUse => "mise à disposition gratuite",
            Self::Goods => "dons en nature",
        }
    }
}
