//! Funding: budgets, grants and programmes, services sold; each euro by its source.
//!
//! - [`AdoptBudget`] → [`BudgetAdopted`]: what a year is planned to cost and to bring;
//! - [`AwardGrant`] → [`GrantAwarded`]: a grant or a specific programme (E18);
//! - [`InvoiceService`] → [`ServiceInvoiced`]: a service sold, numbered without gap (E31, R83).
//!
//! `decide` holds the rules, [`FundingRegister`] the state that they read.

mod command;
pub mod decide;
mod event;
mod refusal;
mod register;

pub use command::{AdoptBudget, AwardGrant, InvoiceService};
pub use event::{BudgetAdopted, BudgetLine, GrantAwarded, ServiceInvoiced};
pub use refusal::FundingRefusal;
pub use register::{Budget, FundingRegister, Grant, Invoice};

#[cfg(test)]
mod tests;
