//! Funding: budgets, grants and programmes, services sold; each euro by its source.

mod command;
mod event;

pub use command::{AdoptBudget, AwardGrant, InvoiceService};
pub use event::{BudgetAdopted, BudgetLine, GrantAwarded, ServiceInvoiced};
