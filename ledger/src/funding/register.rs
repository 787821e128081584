//! The funding register: budgets by year, grants, invoices, folded from facts.

use std::sync::Arc;

use imbl::{OrdMap, Vector};
use serde::{Deserialize, Serialize};

use super::{BudgetAdopted, GrantAwarded, ServiceInvoiced};
use crate::base::{Amount, AmountError, Day, FiscalYear, GrantRef, Stamp};

/// The last number a year's sequence of invoices may reach: four digits are printed.
const INVOICES_PER_YEAR_MAX: u32 = 9_999;

/// A budget in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Where it stands in the log.
    pub stamp: Stamp,
    /// What was adopted.
    pub fact: BudgetAdopted,
}

/// A grant or a programme's funding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Where it stands in the log.
    pub stamp: Stamp,
    /// What was awarded.
    pub fact: GrantAwarded,
}

/// An invoice issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// Where it stands in the log.
    pub stamp: Stamp,
    /// What was invoiced.
    pub fact: ServiceInvoiced,
    /// Net and VAT together, in cents.
    pub gross: Amount,
}

/// What has been planned, awarded and invoiced so far. A clone costs nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Funding {
    budgets: OrdMap<FiscalYear, Arc<Budget>>,
    grants: OrdMap<GrantRef, Arc<Grant>>,
    invoice_places: OrdMap<String, usize>,
    invoices: Vector<Arc<Invoice>>,
}

impl Funding {
    /// Puts a budget in force; it replaces the year's earlier one.
    pub fn apply_budget_adopted(
        &mut self,
        stamp: Stamp,
        fact: &BudgetAdopted,
    ) -> Result<(), AmountError> {
        self.budgets.insert(fact.year, Arc::new(Budget { stamp, fact: fact.clone() }));
        Ok(())
    }

    /// Adds a grant.
    pub fn apply_grant_awarded(
        &mut self,
        stamp: Stamp,
        fact: &GrantAwarded,
    ) -> Result<(), AmountError> {
        let grant = Grant { stamp, fact: fact.clone() };
        self.grants.insert(fact.grant.clone(), Arc::new(grant));
        Ok(())
    }

    /// Adds an invoice.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] when net and VAT together do not fit.
    pub fn apply_service_invoiced(
        &mut self,
        stamp: Stamp,
        fact: &ServiceInvoiced,
    ) -> Result<(), AmountError> {
        let gross = fact.net.plus(fact.vat)?;
        self.invoice_places.insert(fact.invoice.clone(), self.invoices.len());
        self.invoices.push_back(Arc::new(Invoice { stamp, fact: fact.clone(), gross }));
        Ok(())
    }

    /// The budget in force for a year.
    pub fn budget(&self, year: FiscalYear) -> Option<&Budget> {
        self.budgets.get(&year).map(AsRef::as_ref)
    }

    /// The years that have a budget, oldest first.
    pub fn budget_years(&self) -> impl Iterator<Item = FiscalYear> {
        self.budgets.keys().copied()
    }

    /// The grant of that reference.
    pub fn grant(&self, grant: &GrantRef) -> Option<&Grant> {
        self.grants.get(grant).map(AsRef::as_ref)
    }

    /// Every grant, by reference.
    pub fn grants(&self) -> impl Iterator<Item = &Grant> {
        self.grants.values().map(AsRef::as_ref)
    }

    /// The sum awarded, in cents; nothing for an unknown grant.
    pub fn grant_amount(&self, grant: &GrantRef) -> Amount {
        self.grant(grant).map_or(Amount::ZERO, |grant| grant.fact.amount)
    }

    /// The invoice of that number.
    pub fn invoice(&self, number: &str) -> Option<&Invoice> {
        let place = self.invoice_places.get(number)?;
        self.invoices.get(*place).map(AsRef::as_ref)
    }

    /// Every invoice, in the order they were issued.
    pub fn invoices(&self) -> impl Iterator<Item = &Invoice> {
        self.invoices.iter().map(AsRef::as_ref)
    }

    /// What the customer owes in all, VAT included, in cents; nothing for an unknown invoice.
    pub fn invoice_gross(&self, number: &str) -> Amount {
        self.invoice(number).map_or(Amount::ZERO, |invoice| invoice.gross)
    }

    /// The last invoice issued: the next may not be dated before it (R83).
    pub fn last_invoice(&self) -> Option<&Invoice> {
        self.invoices.last().map(AsRef::as_ref)
    }

    /// The next number of the day's year, `F-2026-0001` (R83: gapless); `None` after the 9 999th.
    pub fn next_invoice_number(&self, day: Day) -> Option<String> {
        let year = FiscalYear::of(day);
        let prefix = format!("F-{year}-");
        // Invoices are chronological, so the year's sequence goes on only if the last is of it.
        let last = self.last_invoice().and_then(|invoice| {
            invoice.fact.invoice.strip_prefix(&prefix).and_then(|rank| rank.parse::<u32>().ok())
        });
        let rank = last.unwrap_or(0).checked_add(1).filter(|r| *r <= INVOICES_PER_YEAR_MAX)?;
        Some(format!("{prefix}{rank:04}"))
    }
}
