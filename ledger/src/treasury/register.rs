//! The state of the treasury: accounts, statements, lines and what each line pays.

use imbl::{OrdMap, Vector};
use serde::{Deserialize, Serialize};

use super::{BankAccountOpened, LineMatched, LineRecorded, StatementImported, Target};
use crate::base::{Amount, AmountError, BankRef, Day, Iban, LineRef, Stamp, StatementRef};

/// A bank account of the cooperative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankAccount {
    /// The fact that declared it.
    pub fact: BankAccountOpened,
    /// Where that fact stands.
    pub stamp: Stamp,
    /// Signed sum of all its recorded lines, in cents.
    pub movements: Amount,
}

/// An imported statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedStatement {
    /// The fact that imported it.
    pub fact: StatementImported,
    /// Where that fact stands.
    pub stamp: Stamp,
    /// How many of its new lines are recorded so far; its fact says how many there must be.
    pub recorded: u32,
}

/// A recorded line and what it pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The fact that recorded it.
    pub fact: LineRecorded,
    /// Where that fact stands.
    pub stamp: Stamp,
    /// Signed sum already matched, in cents.
    pub matched: Amount,
    /// What it pays: the target, the signed sum, and where the matching stands.
    pub targets: Vec<(Target, Amount, Stamp)>,
}

impl Line {
    /// Signed sum of the line that pays nothing yet, in cents.
    pub fn left(&self) -> Result<Amount, AmountError> {
        self.fact.amount.minus(self.matched)
    }
}

/// The treasury as of the last fact applied. A copy costs nothing: its parts are shared.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Treasury {
    accounts: OrdMap<BankRef, BankAccount>,
    ibans: OrdMap<Iban, BankRef>,
    statements: OrdMap<StatementRef, ImportedStatement>,
    statement_order: Vector<StatementRef>,
    lines: OrdMap<LineRef, Line>,
    line_order: Vector<LineRef>,
    received: OrdMap<Target, Amount>,
}

impl Treasury {
    /// Applies an account's declaration.
    pub fn apply_account_opened(
        &mut self,
        stamp: Stamp,
        fact: &BankAccountOpened,
    ) -> Result<(), AmountError> {
        self.ibans.insert(fact.iban.clone(), fact.account.clone());
        let account = BankAccount { fact: fact.clone(), stamp, movements: Amount::ZERO };
        self.accounts.insert(fact.account.clone(), account);
        Ok(())
    }

    /// Applies a statement's import; its lines follow as facts of their own.
    pub fn apply_statement_imported(
        &mut self,
        stamp: Stamp,
        fact: &StatementImported,
    ) -> Result<(), AmountError> {
        let imported = ImportedStatement { fact: fact.clone(), stamp, recorded: 0 };
        self.statements.insert(fact.statement.clone(), imported);
        self.statement_order.push_back(fact.statement.clone());
        Ok(())
    }

    /// Applies a recorded line.
    ///
    /// # Errors
    /// [`AmountError`] when the account's movements exceed 64 bits of cents; nothing is applied.
    pub fn apply_line_recorded(
        &mut self,
        stamp: Stamp,
        fact: &LineRecorded,
    ) -> Result<(), AmountError> {
        if let Some(statement) = self.statements.get_mut(&fact.statement) {
            if let Some(account) = self.accounts.get_mut(&statement.fact.account) {
                account.movements = account.movements.plus(fact.amount)?;
            }
            statement.recorded = statement.recorded.saturating_add(1);
        }
        let line = Line { fact: fact.clone(), stamp, matched: Amount::ZERO, targets: Vec::new() };
        self.lines.insert(fact.line.clone(), line);
        self.line_order.push_back(fact.line.clone());
        Ok(())
    }

    /// Applies a matching.
    ///
    /// # Errors
    /// [`AmountError`] when a sum exceeds 64 bits of cents; nothing is applied.
    pub fn apply_line_matched(
        &mut self,
        stamp: Stamp,
        fact: &LineMatched,
    ) -> Result<(), AmountError> {
        let received = self.received(&fact.target).plus(fact.amount)?;
        if let Some(line) = self.lines.get_mut(&fact.line) {
            line.matched = line.matched.plus(fact.amount)?;
            line.targets.push((fact.target.clone(), fact.amount, stamp));
        }
        self.received.insert(fact.target.clone(), received);
        Ok(())
    }

    /// The account of that reference.
    pub fn account(&self, account: &BankRef) -> Option<&BankAccount> {
        self.accounts.get(account)
    }

    /// The account of that IBAN, if it is one of ours.
    pub fn account_by_iban(&self, iban: &Iban) -> Option<&BankAccount> {
        self.ibans.get(iban).and_then(|account| self.accounts.get(account))
    }

    /// Our accounts, by reference.
    pub fn accounts(&self) -> impl Iterator<Item = &BankAccount> {
        self.accounts.values()
    }

    /// The statement of that reference.
    pub fn statement(&self, statement: &StatementRef) -> Option<&ImportedStatement> {
        self.statements.get(statement)
    }

    /// The statements, in the order of import.
    pub fn statements(&self) -> impl Iterator<Item = &ImportedStatement> {
        self.statement_order.iter().filter_map(|statement| self.statements.get(statement))
    }

    /// The line of that reference.
    pub fn line(&self, line: &LineRef) -> Option<&Line> {
        self.lines.get(line)
    }

    /// The lines, in the order they were recorded.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.line_order.iter().filter_map(|line| self.lines.get(line))
    }

    /// The lines that, in whole or in part, pay nothing yet, oldest first.
    pub fn unmatched(&self) -> impl Iterator<Item = &Line> {
        self.lines().filter(|line| line.matched != line.fact.amount)
    }

    /// The account a line was booked on.
    pub fn account_of(&self, line: &Line) -> Option<&BankAccount> {
        let statement = self.statements.get(&line.fact.statement)?;
        self.accounts.get(&statement.fact.account)
    }

    /// Signed sum of all lines matched to that target, in cents.
    pub fn received(&self, target: &Target) -> Amount {
        self.received.get(target).copied().unwrap_or_default()
    }

    /// The bank's own last word on an account: the closing balance, in cents, of the statement that
    /// goes furthest, and its day; nothing if no statement states one.
    pub fn bank_balance(&self, account: &BankRef) -> Option<(Day, Amount)> {
        self.statements()
            .filter(|statement| statement.fact.account == *account)
            .filter_map(|statement| Some((statement.fact.until, statement.fact.closing?)))
            .max_by_key(|(until, _)| *until)
    }

    /// Statements of which fewer lines are recorded than their fact announces.
    pub fn incomplete_statements(&self) -> impl Iterator<Item = &ImportedStatement> {
        self.statements().filter(|statement| statement.recorded != statement.fact.new_lines.get())
    }
}
