//! The four funding sources.

use serde::{Deserialize, Serialize};

/// The four funding sources by which every budget and account is shown (study of 2018; R67).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Subventions.
    Grants,
    /// Prestations.
    Services,
    /// Contributif.
    Contributions,
    /// Programmes spécifiques.
    Programmes,
}

impl Source {
    /// The four, in the order they are always shown.
    pub const ALL: [Self; 4] =
        [Self::Grants, Self::Services, Self::Contributions, Self::Programmes];

    /// Its French name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Grants => "Subventions",
            Self::Services => "Prestations",
            Self::Contributions => "Contributif",
            Self::Programmes => "Programmes spécifiques",
        }
    }
}
