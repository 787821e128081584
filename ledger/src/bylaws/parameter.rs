//! One dated figure of law or bylaws, with its source.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::base::Day;

/// A figure in force from a day on, until a later row of the same name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// First day in force.
    pub from: Day,
    /// Which figure.
    pub name: ParameterName,
    /// Where it is written: an article, a decree, an article of the bylaws.
    pub source: String,
    /// Cents for a sum, a decimal for a rate, digits for a number.
    pub value: String,
}

/// The figures that rules read. Each rule names the one it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterName {
    /// Nominal value of a share, in cents (R11).
    NominalValue,
    /// Capital floor set by the bylaws, in cents (R9 a).
    CapitalFloorBylaws,
    /// Floor as a part of the highest capital ever reached (R9 b).
    CapitalFloorPeakRatio,
    /// Legal minimum capital of the company's form, in cents (R9 c).
    CapitalFloorLegal,
    /// Part of the subscription to be paid before allotment (R12).
    PaidMinRatio,
    /// Most of the capital that public bodies may hold together (R2).
    PublicCapitalMaxRatio,
    /// Smallest weight of a college (R4).
    CollegeWeightMin,
    /// Largest weight of a college (R4).
    CollegeWeightMax,
    /// Most shares one subscription may ask for (R88).
    SharesMaxPerSubscription,
    /// Sum offered over twelve months from which a subscription is refused, in cents (R30).
    OfferBlock,
    /// How many officers sign a decision of admission, allotment or refusal (R25).
    OfficersRequired,
    /// Normal rate of VAT (R83).
    VatRateNormal,
    /// Years that vouchers are kept after the close of their fiscal year (R79).
    VoucherYears,
    /// Years that the register of members is kept after the end of the company (R79).
    RegisterYears,
    /// Years that a subscription without a follow-up is kept (R79).
    UnfulfilledYears,
}

/// A figure that holds where the bylaws of a book say nothing: it became a parameter after books
/// were opened, and their opening leaf never changes.
pub(super) struct Unstated {
    pub(super) name: ParameterName,
    pub(super) value: &'static str,
    pub(super) source: &'static str,
}

/// Every such figure, each with its source.
pub(super) const UNSTATED: [Unstated; 3] = [
    Unstated {
        name: ParameterName::VoucherYears,
        value: "10",
        source: "C. com. art. L123-22 : dix ans à compter de la clôture de l’exercice",
    },
    Unstated {
        name: ParameterName::RegisterYears,
        value: "5",
        source: "usage : vie de la société, puis cinq ans (C. com. art. L231-6, C. civ. art. 2224)",
    },
    Unstated {
        name: ParameterName::UnfulfilledYears,
        value: "1",
        source: "durée courte choisie par la société, RGPD art. 5 § 1 e",
    },
];

impl ParameterName {
    /// Every parameter: the genesis leaf states them all, but those that became one later.
    pub const ALL: [Self; 15] = [
        Self::NominalValue,
        Self::CapitalFloorBylaws,
        Self::CapitalFloorPeakRatio,
        Self::CapitalFloorLegal,
        Self::PaidMinRatio,
        Self::PublicCapitalMaxRatio,
        Self::CollegeWeightMin,
        Self::CollegeWeightMax,
        Self::SharesMaxPerSubscription,
        Self::OfferBlock,
        Self::OfficersRequired,
        Self::VatRateNormal,
        Self::VoucherYears,
        Self::RegisterYears,
        Self::UnfulfilledYears,
    ];

    /// How its value is written.
    pub const fn kind(self) -> ParameterKind {
        match self {
            Self::NominalValue
            | Self::CapitalFloorBylaws
            | Self::CapitalFloorLegal
            | Self::OfferBlock => ParameterKind::Sum,
            Self::CapitalFloorPeakRatio
            | Self::PaidMinRatio
            | Self::PublicCapitalMaxRatio
            | Self::CollegeWeightMin
            | Self::CollegeWeightMax
            | Self::VatRateNormal => ParameterKind::Rate,
            Self::SharesMaxPerSubscription
            | Self::OfficersRequired
            | Self::VoucherYears
            | Self::RegisterYears
            | Self::UnfulfilledYears => ParameterKind::Number,
        }
    }
}

/// How the value of a parameter is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// Whole cents, not negative.
    Sum,
    /// A decimal between 0 and 1.
    Rate,
    /// A whole number, 1 or more.
    Number,
}

impl ParameterKind {
    /// What a value of this kind looks like, in French.
    pub const fn in_french(self) -> &'static str {
        match self {
            Self::Sum => "une somme en centimes, par exemple 1850000",
            Self::Rate => "un taux entre 0 et 1, par exemple 0.25",
            Self::Number => "un nombre entier d’au moins 1",
        }
    }
}

/// The French label of the figure.
impl fmt::Display for ParameterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NominalValue => "valeur nominale de la part",
            Self::CapitalFloorBylaws => "capital plancher des statuts",
            Self::CapitalFloorPeakRatio => "part du capital le plus élevé formant plancher",
            Self::CapitalFloorLegal => "capital minimum légal",
            Self::PaidMinRatio => "part à libérer avant l’attribution",
            Self::PublicCapitalMaxRatio => "part maximale du capital des personnes publiques",
            Self::CollegeWeightMin => "poids minimal d’un collège",
            Self::CollegeWeightMax => "poids maximal d’un collège",
            Self::SharesMaxPerSubscription => "nombre maximal de parts par souscription",
            Self::OfferBlock => "seuil de blocage de l’offre sur douze mois",
            Self::OfficersRequired => "nombre de signatures du bureau",
            Self::VatRateNormal => "taux normal de TVA",
            Self::VoucherYears => "années de conservation des pièces comptables",
            Self::RegisterYears => "années de conservation du registre après la fin de la société",
            Self::UnfulfilledYears => "années de conservation d’une souscription sans suite",
        })
    }
}

/// A rule needs a figure that the bylaws do not state for that day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("le paramètre « {name} » n’est pas fixé au {}", day.with_slashes())]
pub struct MissingParameter {
    /// Which figure.
    pub name: ParameterName,
    /// On which day.
    pub day: Day,
}
