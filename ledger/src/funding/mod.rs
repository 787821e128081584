//! Funding: budgets, grants and programmes, services sold; each euro by its source.
//!
//! - [`AdoptBudget`] → [`BudgetAdopted`]: what a year is planned to cost and to bring;
//! - [`AwardGrant`] → [`GrantAwarded`]: a grant or a specific programme (E18);
//! - [`InvoiceService`] → [`ServiceInvoiced`]: a service sold, numbered without gap (E31, R83).
//!
//! `decide` holds the rules, [`Funding`] the state that they read.

mod command;
mod decide;
mod event;
mod refusal;
mod register;

pub use command::{AdoptBudget, AwardGrant, InvoiceService};
pub use decide::{
    adopt_budget, award_grant, check_budget_adopted, check_grant_awarded, check_service_invoiced,
    invoice_service,
};
pub use event::{BudgetAdopted, BudgetLine, GrantAwarded, ServiceInvoiced};
pub use refusal::Refusal;
pub use register::{Budget, Funding, Grant, Invoice};

#[cfg(test)]
mod tests;
