//! Who may sign what: keys, their roles, the signatures each fact asks for.

mod command;
mod decide;
mod event;
mod refusal;
mod register;
mod vkey;

pub use command::{EnrolKey, OpenBook, RevokeKey};
pub use decide::{
    check_key_enrolled, check_key_revoked, check_opened, enrol_key, open_book, revoke_key,
};
pub use event::{AdminKey, BookOpened, KeyEnrolled, KeyRevoked};
pub use refusal::Refusal;
pub use register::{Asked, Authority, KeyRecord};

use serde::{Deserialize, Serialize};

/// What a key may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Enrols and revokes keys.
    Admin,
    /// Decides admissions and allotments with others (four eyes).
    Officer,
    /// Keeps the books: bank, grants, costs.
    Treasurer,
    /// The portal's own key: answers for residents whose browser can't sign (R82).
    Desk,
    /// Reads everything, signs nothing in the log.
    Auditor,
}

impl Role {
    /// Its French name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Admin => "administrateur",
            Self::Officer => "membre du bureau",
            Self::Treasurer => "trésorier",
            Self::Desk => "guichet",
            Self::Auditor => "contrôleur",
        }
    }
}
