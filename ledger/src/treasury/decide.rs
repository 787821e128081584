//! The rules of the treasury: no line twice, no statement unexplained, no euro matched beyond its
//! line or beyond what is owed.

use std::collections::BTreeSet;

use super::{
    BankAccountOpened, ImportStatement, LineMatched, LineRecorded, MatchLine, NewLine,
    OpenBankAccount, Refusal, StatementImported, Target, Treasury, camt053,
};
use crate::base::{Amount, Count, Day, LineRef, PaymentReference};
use crate::bylaws::Bylaws;

/// Most characters of an account's label.
const MAX_LABEL: usize = 80;
/// Most digests of disclosures in a line.
const MAX_DISCLOSURES: usize = 16;

const FORMAT: &str = "camt.053";
const DIGEST_ALGORITHM: &str = "sha-256";

/// What an import brings: the facts in the order they are appended, and what was known already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportPlan {
    /// The statement.
    pub imported: StatementImported,
    /// Its new lines.
    pub recorded: Vec<LineRecorded>,
    /// The new lines whose reference and sum name what they pay.
    pub matched: Vec<LineMatched>,
    /// How many lines of the file were left out because an earlier statement brought them.
    pub already_known: usize,
}

/// Declares a bank account.
///
/// # Errors
/// [`Refusal::AccountKnown`], [`Refusal::IbanKnown`], [`Refusal::BadBic`], [`Refusal::BadLabel`].
pub fn open_account(
    treasury: &Treasury,
    ask: OpenBankAccount,
) -> Result<BankAccountOpened, Refusal> {
    let OpenBankAccount { account, iban, bic, label } = ask;
    let compact: String = bic.chars().filter(|c| !c.is_whitespace()).collect();
    let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
    let fact = BankAccountOpened { account, bic: compact.to_uppercase(), iban, label };
    account_rules(treasury, &fact)?;
    Ok(fact)
}

/// Checks an account's declaration; see [`open_account`].
pub fn check_account_opened(
    treasury: &Treasury,
    _bylaws: &Bylaws,
    _today: Day,
    fact: &BankAccountOpened,
) -> Result<(), Refusal> {
    account_rules(treasury, fact)
}

fn account_rules(treasury: &Treasury, fact: &BankAccountOpened) -> Result<(), Refusal> {
    if treasury.account(&fact.account).is_some() {
        return Err(Refusal::AccountKnown);
    }
    if let Some(known) = treasury.account_by_iban(&fact.iban) {
        let label = known.fact.label.clone();
        return Err(Refusal::IbanKnown { iban: fact.iban.clone(), label });
    }
    if sepa::validate_bic(&fact.bic).is_err() || fact.bic != fact.bic.to_uppercase() {
        return Err(Refusal::BadBic { bic: fact.bic.chars().take(40).collect() });
    }
    let length = fact.label.chars().count();
    if fact.label.trim().is_empty() || length > MAX_LABEL {
        return Err(Refusal::BadLabel { length, limit: MAX_LABEL });
    }
    Ok(())
}

/// Imports a statement: its new lines, each matched at once when `matchable` names what is owed
/// exactly that sum under that reference.
///
/// # Errors
/// [`Refusal::UnknownIban`], [`Refusal::TooManyLines`], [`Refusal::NothingNew`],
/// [`Refusal::BalanceMissing`] or [`Refusal::Unbalanced`] unless accepted, [`Refusal::Overflow`].
pub fn import(
    treasury: &Treasury,
    ask: ImportStatement,
    matchable: impl Fn(&PaymentReference, Amount) -> Option<Target>,
) -> Result<ImportPlan, Refusal> {
    let account = treasury
        .account_by_iban(&ask.iban)
        .ok_or_else(|| Refusal::UnknownIban { iban: ask.iban.clone() })?;
    let lines = count(ask.lines.len())?;
    let mut seen: BTreeSet<LineRef> = BTreeSet::new();
    let is_new =
        |line: &&NewLine| treasury.line(&line.line).is_none() && seen.insert(line.line.clone());
    let new: Vec<&NewLine> = ask.lines.iter().filter(is_new).collect();
    if new.is_empty() {
        return Err(Refusal::NothingNew { lines: ask.lines.len(), until: ask.until });
    }
    if !ask.accept_unbalanced {
        balanced(&ask)?;
    }
    let mut recorded = Vec::with_capacity(new.len());
    let mut matched = Vec::new();
    let mut paid: BTreeSet<Target> = BTreeSet::new();
    for line in &new {
        let owed = line.references.iter().find_map(|reference| {
            let target = matchable(reference, line.amount)?;
            // What was owed is paid once: a second payment of it waits for the treasurer.
            let free = goes_the_way_of(&target, line.amount) && !paid.contains(&target);
            free.then_some((reference, target))
        });
        // A free label may hold, by chance, a name behind a valid key: only a reference that is
        // ours may enter the log, where nothing is ever erased (R78).
        let reference = owed.as_ref().map(|(reference, _)| (*reference).clone());
        if let Some((_, target)) = owed {
            paid.insert(target.clone());
            let matching = LineMatched { amount: line.amount, line: line.line.clone(), target };
            matched.push(matching);
        }
        recorded.push(LineRecorded {
            sd: line.sd.clone(),
            sd_alg: DIGEST_ALGORITHM.to_owned(),
            amount: line.amount,
            booked_on: line.booked_on,
            line: line.line.clone(),
            reference,
            statement: ask.statement.clone(),
        });
    }
    let already_known = ask.lines.len().saturating_sub(recorded.len());
    let imported = StatementImported {
        account: account.fact.account.clone(),
        closing: ask.closing,
        file_sha256: ask.file_sha256,
        format: ask.format,
        lines,
        new_lines: count(recorded.len())?,
        opening: ask.opening,
        statement: ask.statement,
        until: ask.until,
    };
    Ok(ImportPlan { imported, recorded, matched, already_known })
}

fn count(length: usize) -> Result<Count, Refusal> {
    let short = u32::try_from(length).ok().filter(|_| length <= camt053::MAX_LINES);
    let limit = camt053::MAX_LINES;
    short.map(Count::new).ok_or(Refusal::TooManyLines { lines: length, limit })
}

fn balanced(ask: &ImportStatement) -> Result<(), Refusal> {
    let sum = Amount::sum(ask.lines.iter().map(|line| line.amount))?;
    let (Some(opening), Some(closing)) = (ask.opening, ask.closing) else {
        return Err(Refusal::BalanceMissing { opening: ask.opening, closing: ask.closing });
    };
    let gap = opening.plus(sum)?.minus(closing)?;
    if gap.is_zero() { Ok(()) } else { Err(Refusal::Unbalanced { opening, sum, closing, gap }) }
}

/// Checks a statement's import, as far as it can be told before its lines follow.
///
/// # Errors
/// [`Refusal::UnknownAccount`], [`Refusal::StatementKnown`], [`Refusal::BadFormat`],
/// [`Refusal::TooManyLines`], [`Refusal::BadCounts`], [`Refusal::InTheFuture`].
pub fn check_statement_imported(
    treasury: &Treasury,
    _bylaws: &Bylaws,
    today: Day,
    fact: &StatementImported,
) -> Result<(), Refusal> {
    if treasury.account(&fact.account).is_none() {
        return Err(Refusal::UnknownAccount);
    }
    if treasury.statement(&fact.statement).is_some() {
        return Err(Refusal::StatementKnown);
    }
    if fact.format != FORMAT {
        return Err(Refusal::BadFormat { format: fact.format.chars().take(40).collect() });
    }
    let (lines, new_lines) = (fact.lines.get(), fact.new_lines.get());
    count(usize::try_from(lines).unwrap_or(usize::MAX))?;
    if new_lines == 0 || new_lines > lines {
        return Err(Refusal::BadCounts { lines, new_lines });
    }
    not_in_the_future(fact.until, today)
}

/// A French bank's day begins before the UTC day of the log: one day ahead is no future.
fn not_in_the_future(day: Day, today: Day) -> Result<(), Refusal> {
    if day > today.plus_days(1) { Err(Refusal::InTheFuture { day, today }) } else { Ok(()) }
}

/// Checks a recorded line.
///
/// # Errors
/// [`Refusal::UnknownStatement`], [`Refusal::LineKnown`], [`Refusal::TooManyRecorded`],
/// [`Refusal::BadDigests`], [`Refusal::InTheFuture`], [`Refusal::Overflow`].
pub fn check_line_recorded(
    treasury: &Treasury,
    _bylaws: &Bylaws,
    today: Day,
    fact: &LineRecorded,
) -> Result<(), Refusal> {
    let statement = treasury.statement(&fact.statement).ok_or(Refusal::UnknownStatement)?;
    if let Some(known) = treasury.line(&fact.line) {
        let (booked_on, amount) = (known.fact.booked_on, known.fact.amount);
        return Err(Refusal::LineKnown { booked_on, amount });
    }
    let announced = statement.fact.new_lines.get();
    if statement.recorded >= announced {
        return Err(Refusal::TooManyRecorded { announced });
    }
    let digests: BTreeSet<&String> = fact.sd.iter().collect();
    let distinct = digests.len() == fact.sd.len() && fact.sd.len() <= MAX_DISCLOSURES;
    if fact.sd_alg != DIGEST_ALGORITHM || !distinct || !fact.sd.iter().all(|sd| is_digest(sd)) {
        return Err(Refusal::BadDigests { count: fact.sd.len(), limit: MAX_DISCLOSURES });
    }
    if let Some(account) = treasury.account(&statement.fact.account) {
        account.movements.plus(fact.amount)?;
    }
    not_in_the_future(fact.booked_on, today)
}

/// 32 bytes in unpadded URL-safe base 64.
fn is_digest(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Matches a line, or part of it, with what it pays. `owed` gives the signed sum still due for a
/// target (what we owe is negative), nothing if there is no such target; a bank fee has no limit.
///
/// # Errors
/// As [`check_line_matched`].
pub fn match_line(
    treasury: &Treasury,
    ask: MatchLine,
    owed: impl Fn(&Target) -> Option<Amount>,
) -> Result<LineMatched, Refusal> {
    let MatchLine { line, target, amount } = ask;
    let left = treasury.line(&line).ok_or(Refusal::UnknownLine)?.left()?;
    let fact = LineMatched { amount: amount.unwrap_or(left), line, target };
    check_line_matched(treasury, &fact, owed)?;
    Ok(fact)
}

/// Checks a matching; `owed` as for [`match_line`].
///
/// # Errors
/// [`Refusal::UnknownLine`], [`Refusal::AlreadyMatched`], [`Refusal::NoAmount`],
/// [`Refusal::WrongDirection`], [`Refusal::BeyondLine`], [`Refusal::UnknownTarget`],
/// [`Refusal::BeyondOwed`], [`Refusal::Overflow`].
pub fn check_line_matched(
    treasury: &Treasury,
    fact: &LineMatched,
    owed: impl Fn(&Target) -> Option<Amount>,
) -> Result<(), Refusal> {
    let line = treasury.line(&fact.line).ok_or(Refusal::UnknownLine)?;
    let (whole, left, amount) = (line.fact.amount, line.left()?, fact.amount);
    if left.is_zero() {
        return Err(Refusal::AlreadyMatched { amount: whole });
    }
    if amount.is_zero() {
        return Err(Refusal::NoAmount { left });
    }
    if !goes_the_way_of(&fact.target, whole) || amount.is_positive() != whole.is_positive() {
        return Err(Refusal::WrongDirection { target: fact.target.clone(), line: whole, amount });
    }
    if exceeds(amount, left) {
        return Err(Refusal::BeyondLine { amount, left });
    }
    if fact.target != Target::BankFee {
        let unknown = || Refusal::UnknownTarget { target: fact.target.clone() };
        let owed = owed(&fact.target).ok_or_else(unknown)?;
        if owed.is_zero() || owed.is_positive() != amount.is_positive() || exceeds(amount, owed) {
            let difference = amount.minus(owed)?;
            let target = fact.target.clone();
            return Err(Refusal::BeyondOwed { target, received: amount, owed, difference });
        }
    }
    treasury.received(&fact.target).plus(amount)?;
    Ok(())
}

/// Whether the first sum is larger than the second, signs apart.
fn exceeds(amount: Amount, limit: Amount) -> bool {
    amount.cents().unsigned_abs() > limit.cents().unsigned_abs()
}

/// Whether money of that sign can pay that target.
fn goes_the_way_of(target: &Target, amount: Amount) -> bool {
    !amount.is_zero() && target.is_received() == amount.is_positive()
}

impl Target {
    /// Whether it is paid to us (E2, E5, E19, E32) rather than by us (E9, E43, suppliers).
    pub const fn is_received(&self) -> bool {
        match self {
            Self::Subscription(_) | Self::Grant(_) | Self::Invoice(_) | Self::Call { .. } => true,
            Self::Refund(_) | Self::Cost(_) | Self::BankFee => false,
        }
    }
}
