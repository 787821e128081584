//! A bank statement as read from a file, before anything of it is recorded.

use crate::base::{Amount, AmountError, Day, Iban, PaymentReference};

/// One statement of a file: what the bank says of one account up to a day.
///
/// It holds names and account numbers: it is shown, matched and put in the vault, never logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The account's IBAN, if what is written is one whose key holds.
    pub iban: Option<Iban>,
    /// The account as written in the file.
    pub account: String,
    /// Its currency: always `EUR`.
    pub currency: String,
    /// The bank's name for this statement.
    pub id: String,
    /// Booked balance before the first line, in cents, if stated.
    pub opening: Option<Amount>,
    /// Booked balance after the last line, in cents, if stated.
    pub closing: Option<Amount>,
    /// Last day covered.
    pub until: Day,
    /// Its booked lines, in the order of the file.
    pub lines: Vec<StatementLine>,
    /// How many lines were left out because the bank has not booked them yet.
    pub not_booked: usize,
}

/// One booked line of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// Signed sum, in cents: positive is money received.
    pub amount: Amount,
    /// The day the bank booked it, as written.
    pub booked_on: Day,
    /// Who paid, or was paid.
    pub counterparty: Option<String>,
    /// Their account number, as written.
    pub counterparty_iban: Option<String>,
    /// What the payer wrote and what the bank says of it.
    pub label: String,
    /// The bank's own reference of the line.
    pub bank_reference: Option<String>,
    /// The payer's end-to-end reference.
    pub end_to_end: Option<String>,
    /// The creditor reference in its own field, as written.
    pub structured_reference: Option<String>,
}

impl Statement {
    /// The sum of the lines, in cents.
    pub fn sum(&self) -> Result<Amount, AmountError> {
        Amount::sum(self.lines.iter().map(|line| line.amount))
    }

    /// Opening balance + lines − closing balance, in cents, when both balances are stated: nil if
    /// all is there. The reader refuses sums too large for this.
    pub fn balance_gap(&self) -> Option<Amount> {
        self.checked_gap().ok().flatten()
    }

    /// As [`Self::balance_gap`], telling apart an unstated balance and a sum too large.
    pub(super) fn checked_gap(&self) -> Result<Option<Amount>, AmountError> {
        match (self.opening, self.closing) {
            (Some(opening), Some(closing)) => opening.plus(self.sum()?)?.minus(closing).map(Some),
            _ => Ok(None),
        }
    }
}

/// Every creditor reference with a valid key that a line holds, the surest first: the field made
/// for it, then the end-to-end reference, then the label.
pub fn references(line: &StatementLine) -> Vec<PaymentReference> {
    let written = [&line.structured_reference, &line.end_to_end];
    let in_fields =
        written.into_iter().flatten().filter_map(|text| PaymentReference::parse(text).ok());
    let in_texts = [line.end_to_end.as_deref(), Some(line.label.as_str())];
    let in_texts = in_texts.into_iter().flatten().flat_map(PaymentReference::candidates_in);
    let mut found = Vec::new();
    for reference in in_fields.chain(in_texts) {
        if !found.contains(&reference) {
            found.push(reference);
        }
    }
    found
}
