//! Who may sign what: keys, their roles, the signatures each fact asks for.

mod command;
mod decide;
mod event;
mod refusal;
mod register;
mod review;
mod rotate;
mod vkey;

pub use command::{
    ChangeThreshold, EnrolKey, OpenBook, ReviewLeaves, RevokeKey, RotateKey, RotateLogKey,
    SucceedBook, SuspectKey,
};
pub use decide::{
    check_key_enrolled, check_key_revoked, check_opened, check_succeeded, enrol_key, open_book,
    revoke_key, succeed_book,
};
pub use event::{
    AdminKey, BookOpened, BookSucceeded, Finding, KeyEnrolled, KeyRevoked, KeyRotated,
    KeySuspected, LeavesReviewed, LogKeyRotated, Predecessor, ThresholdChanged,
};
pub use refusal::Refusal;
pub use register::{Asked, Authority, KeyRecord, LogKey, Review, Suspicion, ToReview};
pub use review::{check_key_suspected, check_leaves_reviewed, review_leaves, suspect_key};
pub use rotate::{
    change_threshold, check_key_rotated, check_log_key_rotated, check_threshold_changed,
    rotate_key, rotate_log_key,
};

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
