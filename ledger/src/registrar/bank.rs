//! From a bank's file to the command that imports it: names and labels go to the vault.

use std::fmt;

use super::vault::{PrivateValue, VaultError, digests, disclose};
use super::{Registrar, keys};
use crate::base::{Digest, Iban, StatementRef};
use crate::command::Command;
use crate::treasury::{ImportStatement, NewLine, Statement, StatementLine, camt053, references};

/// Why a bank's file gives no command.
#[derive(Debug)]
pub enum BankFileError {
    /// The file is not a statement we can read: the reason, in French.
    Unreadable(String),
    /// The vault or the system's randomness did not answer.
    Vault(VaultError),
}

impl fmt::Display for BankFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) => f.write_str(reason),
            Self::Vault(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BankFileError {}

/// A statement ready to be imported.
#[derive(Clone, Debug)]
pub struct ReadStatement {
    /// What the file says, for the treasurer's eyes.
    pub statement: Statement,
    /// The command.
    pub command: ImportStatement,
    /// Personal values of its lines.
    pub private: Vec<PrivateValue>,
}

impl Registrar {
    /// Reads a CAMT.053 file: a command for each statement in it.
    ///
    /// # Errors
    /// [`BankFileError`].
    pub fn read_statements(
        &self,
        file: &[u8],
        accept_unbalanced: bool,
    ) -> Result<Vec<ReadStatement>, BankFileError> {
        let statements =
            camt053::read(file).map_err(|error| BankFileError::Unreadable(error.to_string()))?;
        let file_sha256 = Digest::from_bytes(crate::log::hash::sha256(file));
        let read = |statement| self.prepare(statement, &file_sha256, accept_unbalanced);
        statements.into_iter().map(read).collect()
    }

    fn prepare(
        &self,
        statement: Statement,
        file_sha256: &Digest,
        accept_unbalanced: bool,
    ) -> Result<ReadStatement, BankFileError> {
        let iban: Iban = statement.iban.clone().ok_or_else(|| {
            BankFileError::Unreadable("Le relevé ne nomme pas le compte par son IBAN.".into())
        })?;
        let bits = keys::random().map_err(|_| BankFileError::Vault(VaultError::Randomness))?;
        let fingerprints =
            crate::treasury::fingerprints(&self.fingerprint_key(), iban.as_str(), &statement.lines);
        let mut lines = Vec::new();
        let mut private = Vec::new();
        let book = self.book();
        for (line, reference) in statement.lines.iter().zip(fingerprints) {
            // A line that is known already has its values in the vault.
            let known = book.state().registers.treasury.line(&reference).is_some();
            let fields = if known { Vec::new() } else { personal(line) };
            let values = disclose(reference.as_str(), &fields).map_err(BankFileError::Vault)?;
            lines.push(NewLine {
                line: reference,
                amount: line.amount,
                booked_on: line.booked_on,
                references: references(line),
                sd: digests(&values),
            });
            private.extend(values);
        }
        let command = ImportStatement {
            statement: StatementRef::from_random(bits),
            iban,
            format: "camt.053".into(),
            file_sha256: file_sha256.clone(),
            opening: statement.opening,
            closing: statement.closing,
            until: statement.until,
            lines,
            accept_unbalanced,
        };
        Ok(ReadStatement { statement, command, private })
    }
}

impl ReadStatement {
    /// The command and the personal values of the lines that would be new.
    pub fn into_parts(self) -> (Command, Vec<PrivateValue>) {
        (Command::ImportStatement(self.command), self.private)
    }
}

/// What a line tells of a person.
fn personal(line: &StatementLine) -> Vec<(&'static str, &str)> {
    let mut fields = vec![("label", line.label.as_str())];
    fields.extend(line.counterparty.as_deref().map(|name| ("counterparty", name)));
    fields.extend(line.counterparty_iban.as_deref().map(|iban| ("counterparty_iban", iban)));
    fields
}
