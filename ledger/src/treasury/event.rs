//! Facts about the bank: accounts, statements, their lines, what each line pays.

use serde::{Deserialize, Serialize};

use crate::base::{
    Amount, BankRef, CallRef, CostRef, Count, Day, Digest, GrantRef, Iban, LineRef,
    PaymentReference, PlaceRef, StatementRef, SubscriptionRef,
};

/// A bank account of the cooperative is declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankAccountOpened {
    /// The bank account.
    pub account: BankRef,
    /// The bank's BIC.
    pub bic: String,
    /// Its IBAN: printed for payers, so public.
    pub iban: Iban,
    /// What it is called.
    pub label: String,
}

/// A bank statement is imported; its new lines follow as facts of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementImported {
    /// Whose statement.
    pub account: BankRef,
    /// Closing balance, in cents, if the file states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<Amount>,
    /// Digest of the file.
    pub file_sha256: Digest,
    /// `camt.053`.
    pub format: String,
    /// How many booked lines the file holds.
    pub lines: Count,
    /// How many of them were new.
    pub new_lines: Count,
    /// Opening balance, in cents, if the file states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<Amount>,
    /// The statement.
    pub statement: StatementRef,
    /// Last day it covers.
    pub until: Day,
}

/// One booked line of a statement. Names, IBAN and labels are in the vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineRecorded {
    /// Digests of the disclosures: counterparty, its IBAN, label (RFC 9901).
    #[serde(rename = "_sd")]
    pub sd: Vec<String>,
    /// The digest's algorithm: `sha-256`.
    #[serde(rename = "_sd_alg")]
    pub sd_alg: String,
    /// Signed sum, in cents: positive is money received.
    pub amount: Amount,
    /// The day the bank booked it.
    pub booked_on: Day,
    /// Keyed fingerprint of the line: the same line imported again has the same.
    pub line: LineRef,
    /// The creditor reference found in it, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<PaymentReference>,
    /// Which statement brought it first.
    pub statement: StatementRef,
}

/// A line, or part of it, pays something (E2, E5, E19, E32, E43).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineMatched {
    /// Signed sum used, in cents; same sign as the line.
    pub amount: Amount,
    /// Which line.
    pub line: LineRef,
    /// What it pays.
    pub target: Target,
}

/// What a bank line pays.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Money received for a subscription (E2).
    Subscription(SubscriptionRef),
    /// Money given back for a declined subscription (E9).
    Refund(SubscriptionRef),
    /// An instalment of a grant or programme (E19).
    Grant(GrantRef),
    /// A customer's payment of an invoice (E32).
    Invoice(String),
    /// A place's payment of a call.
    Call {
        /// Which call.
        call: CallRef,
        /// Which place.
        place: PlaceRef,
    },
    /// Our payment of a supplier.
    Cost(CostRef),
    /// A bank fee (E43).
    BankFee,
}
