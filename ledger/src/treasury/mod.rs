//! Treasury: bank accounts, statements, their lines, and what each line pays.
//!
//! A file is read ([`camt053`]), each line gets a keyed [`fingerprint()`] so that a second import
//! doubles nothing, [`import`] turns it into facts, and [`match_line`] says what a line pays.

pub mod camt053;
mod command;
mod decide;
mod event;
mod fingerprint;
mod refusal;
mod register;
mod statement;
#[cfg(test)]
mod tests;

pub use command::{ImportStatement, MatchLine, NewLine, OpenBankAccount};
pub use decide::{
    ImportPlan, check_account_opened, check_line_matched, check_line_recorded,
    check_statement_imported, import, match_line, open_account,
};
pub use event::{BankAccountOpened, LineMatched, LineRecorded, StatementImported, Target};
pub use fingerprint::{fingerprint, fingerprints};
pub use refusal::Refusal;
pub use register::{BankAccount, ImportedStatement, Line, Treasury};
pub use statement::{Statement, StatementLine, references};
