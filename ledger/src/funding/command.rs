//! What may be asked about funding.

use serde::Deserialize;

use super::BudgetLine;
use crate::base::{Amount, Day, DecisionRef, Digest, FiscalYear, GrantRef, PlaceRef, Rate, Source};

/// Adopts the budget of a fiscal year.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdoptBudget {
    /// The fiscal year.
    pub year: FiscalYear,
    /// Its lines.
    pub lines: Vec<BudgetLine>,
    /// The decision.
    pub decision: DecisionRef,
}

/// Records a grant or a specific programme's funding.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwardGrant {
    /// The grant, random.
    pub grant: GrantRef,
    /// The funder.
    pub funder: String,
    /// Subventions or Programmes spécifiques.
    pub source: Source,
    /// The programme's name.
    #[serde(default)]
    pub programme: Option<String>,
    /// What for.
    pub title: String,
    /// Sum, in cents.
    pub amount: Amount,
    /// Which place.
    #[serde(default)]
    pub place: Option<PlaceRef>,
    /// The day of the notification.
    pub on: Day,
    /// The agreement's reference.
    pub voucher: String,
    /// Digest of the agreement.
    #[serde(default)]
    pub agreement_sha256: Option<Digest>,
}

/// Invoices a service; the number is the next of the year's sequence.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvoiceService {
    /// The customer.
    pub customer: String,
    /// What was sold.
    pub title: String,
    /// Sum without VAT, in cents.
    pub net: Amount,
    /// Rate of VAT; the normal rate if not given.
    #[serde(default)]
    pub vat_rate: Option<Rate>,
    /// Which place sold it.
    #[serde(default)]
    pub place: Option<PlaceRef>,
    /// The day of the invoice.
    pub on: Day,
}
