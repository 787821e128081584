//! Every "no" of the rules: a register's own, one that needs two registers, or one of the door.

use thiserror::Error;

use crate::base::{AmountError, Notice};
use crate::bylaws::MissingParameter;
use crate::decide::{AcrossRefusal, DoorRefusal};
use crate::{authority, funding, members, pooling, shares, treasury};

/// A rule forbids what was asked. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", self.notice())]
pub enum Refusal {
    /// About signatures and keys.
    Authority(authority::Refusal),
    /// About members.
    Members(members::Refusal),
    /// About shares.
    Shares(shares::Refusal),
    /// About funding.
    Funding(funding::Refusal),
    /// About pooling.
    Pooling(pooling::Refusal),
    /// About the bank.
    Treasury(treasury::Refusal),
    /// A rule that needs two registers.
    Across(AcrossRefusal),
    /// The leaf itself: its form, its instant, the history it saw.
    Door(DoorRefusal),
    /// A figure is missing from the bylaws.
    Parameter(MissingParameter),
    /// A sum does not fit.
    Amount(AmountError),
}

impl Refusal {
    /// Whether a statement was imported before: nothing is wrong, nothing changes.
    pub fn is_nothing_new(&self) -> bool {
        matches!(self, Self::Treasury(treasury::Refusal::NothingNew { .. }))
    }

    /// What to tell the person.
    pub fn notice(&self) -> Notice {
        match self {
            Self::Authority(refusal) => refusal.notice(),
            Self::Members(refusal) => refusal.notice(),
            Self::Shares(refusal) => refusal.notice(),
            Self::Funding(refusal) => refusal.notice(),
            Self::Pooling(refusal) => refusal.notice(),
            Self::Treasury(refusal) => refusal.notice(),
            Self::Across(refusal) => refusal.notice(),
            Self::Door(refusal) => refusal.notice(),
            Self::Parameter(missing) => Notice {
                what: "La règle ne peut pas être vérifiée.".into(),
                why: format!("Il manque une donnée : {missing}."),
                rule: None,
                remedy: "Demandez au bureau de compléter les paramètres des statuts.".into(),
            },
            Self::Amount(error) => Notice {
                what: "Le calcul est impossible.".into(),
                why: format!("En effet, {error}."),
                rule: None,
                remedy: "Vérifiez les montants saisis.".into(),
            },
        }
    }
}

macro_rules! from {
    ($($variant:ident($inner:ty);)*) => {$(
        impl From<$inner> for Refusal {
            fn from(refusal: $inner) -> Self {
                Self::$variant(refusal)
            }
        }
    )*};
}

from! {
    Authority(authority::Refusal);
    Members(members::Refusal);
    Shares(shares::Refusal);
    Funding(funding::Refusal);
    Pooling(pooling::Refusal);
    Treasury(treasury::Refusal);
    Across(AcrossRefusal);
    Door(DoorRefusal);
    Parameter(MissingParameter);
    Amount(AmountError);
}
