//! What a refusal tells the person: what, why with the figures, which rule, what to do now.

use std::fmt;

/// A refusal in French, ready for a page, a terminal or a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What is refused.
    pub what: String,
    /// Why, with the figures.
    pub why: String,
    /// The rule: its number and its source, e.g. « règle R12, loi 1947 art. 12 ».
    pub rule: Option<&'static str>,
    /// What to do now.
    pub remedy: String,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.why)?;
        if let Some(rule) = self.rule {
            write!(f, " ({rule})")?;
        }
        write!(f, " {}", self.remedy)
    }
}
