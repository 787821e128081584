//! Treasury: bank accounts, statements, their lines, and what each line pays.

mod command;
mod event;

pub use command::{ImportStatement, MatchLine, NewLine, OpenBankAccount};
pub use event::{BankAccountOpened, LineMatched, LineRecorded, StatementImported, Target};
