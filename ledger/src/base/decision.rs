//! Where a decision of the board or of a meeting is written.

use serde::{Deserialize, Serialize};

use super::{Day, Digest};

/// Where a decision is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionRef {
    /// Which meeting or body, e.g. « CA du 12 mars 2026, point 4 ».
    pub label: String,
    /// Digest of the minutes, if filed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes_sha256: Option<Digest>,
    /// The day of the decision.
    pub on: Day,
}
