//! Member categories and voting colleges: two independent attributes of a member (R5).

use serde::{Deserialize, Serialize};

use crate::base::{CategoryId, CollegeId, Rate, ShareCount};

/// A member category of the bylaws (R1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryRule {
    /// The college its members join unless the decision says otherwise.
    pub college: CollegeId,
    /// Its slug.
    pub id: CategoryId,
    /// Its French name.
    pub label: String,
    /// The part it plays in the law.
    pub legal_part: LegalPart,
    /// The fewest shares a member of it subscribes (R16).
    pub shares_min: ShareCount,
}

/// What a category is in the eyes of art. 19 septies (R1, R2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegalPart {
    /// People who habitually benefit from the activity: mandatory.
    Beneficiary,
    /// Employees or, if there are none, producers: mandatory.
    EmployeeOrProducer,
    /// Public bodies, whose capital is capped (R2).
    PublicBody,
    /// Any other category.
    Other,
}

/// A voting college and its weight (R4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollegeRule {
    /// Its slug.
    pub id: CollegeId,
    /// Its French name.
    pub label: String,
    /// Its part of the votes.
    pub weight: Rate,
}

impl LegalPart {
    /// Whom the law means, in French and in the plural.
    pub const fn in_french(self) -> &'static str {
        match self {
            Self::Beneficiary => "bénéficiaires habituels de l’activité",
            Self::EmployeeOrProducer => "salariés ou, à défaut, producteurs",
            Self::PublicBody => "personnes publiques",
            Self::Other => "autres associés",
        }
    }
}
