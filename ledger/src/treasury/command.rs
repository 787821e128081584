//! What may be asked about the bank.

use serde::Deserialize;

use super::Target;
use crate::base::{Amount, BankRef, Day, Digest, Iban, LineRef, PaymentReference, StatementRef};

/// Declares a bank account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenBankAccount {
    /// The bank account, random.
    pub account: BankRef,
    /// Its IBAN.
    pub iban: Iban,
    /// The bank's BIC.
    pub bic: String,
    /// What it is called.
    pub label: String,
}

/// Imports a statement that was read from a file. Lines already known are left out; a new line
/// whose reference names a subscription owed exactly that sum is matched at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportStatement {
    /// The statement, random.
    pub statement: StatementRef,
    /// IBAN written in the file.
    pub iban: Iban,
    /// `camt.053`.
    pub format: String,
    /// Digest of the file.
    pub file_sha256: Digest,
    /// Opening balance, if stated.
    pub opening: Option<Amount>,
    /// Closing balance, if stated.
    pub closing: Option<Amount>,
    /// Last day covered.
    pub until: Day,
    /// Its booked lines.
    pub lines: Vec<NewLine>,
    /// The treasurer accepts that the balances don't add up, or are missing.
    pub accept_unbalanced: bool,
}

/// A booked line, personal values replaced by digests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLine {
    /// Keyed fingerprint.
    pub line: LineRef,
    /// Signed sum, in cents.
    pub amount: Amount,
    /// The day the bank booked it.
    pub booked_on: Day,
    /// Every valid creditor reference seen in it, best first.
    pub references: Vec<PaymentReference>,
    /// Digests of its disclosures.
    pub sd: Vec<String>,
}

/// Matches a line, or part of it, with what it pays.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchLine {
    /// Which line.
    pub line: LineRef,
    /// What it pays.
    pub target: Target,
    /// Signed sum used; all that is left of the line if not given.
    #[serde(default)]
    pub amount: Option<Amount>,
}
