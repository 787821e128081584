//! Facts about funding: budget, grants, services sold.

use serde::{Deserialize, Serialize};

use crate::base::{Amount, Day, DecisionRef, Digest, FiscalYear, GrantRef, PlaceRef, Rate, Source};

/// A budget is adopted for a fiscal year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetAdopted {
    /// The decision.
    pub decision: DecisionRef,
    /// Its lines; products and charges are equal.
    pub lines: Vec<BudgetLine>,
    /// The fiscal year.
    pub year: FiscalYear,
}

/// One line of a budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetLine {
    /// Journal account: class 6 is a charge, class 7 a product.
    pub account: String,
    /// Sum, in cents.
    pub amount: Amount,
    /// What for.
    pub label: String,
    /// Which place, if it is one's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceRef>,
    /// Which funding source.
    pub source: Source,
}

/// A funder awards an operating grant or funds a specific programme (R68, E18).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantAwarded {
    /// Digest of the signed agreement, if filed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement_sha256: Option<Digest>,
    /// Sum, in cents.
    pub amount: Amount,
    /// The funder's name (a public or legal person).
    pub funder: String,
    /// The grant.
    pub grant: GrantRef,
    /// The day of the notification or agreement.
    pub on: Day,
    /// Which place, if it is for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceRef>,
    /// The specific programme's name, when the source is one (URBACT, Interreg…).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programme: Option<String>,
    /// Subventions or Programmes spécifiques.
    pub source: Source,
    /// What for.
    pub title: String,
    /// The reference of the agreement or notification.
    pub voucher: String,
}

/// A service is sold and invoiced (E31): VAT is due when the payment arrives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceInvoiced {
    /// The customer's name (a legal person).
    pub customer: String,
    /// Number from a gapless sequence of the year, `F-2026-0001` (R83).
    pub invoice: String,
    /// Sum without VAT, in cents.
    pub net: Amount,
    /// The day of the invoice.
    pub on: Day,
    /// Which place sold it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceRef>,
    /// What was sold.
    pub title: String,
    /// VAT, in cents.
    pub vat: Amount,
    /// Its rate.
    pub vat_rate: Rate,
}
