//! The values of a statement, each read strictly: a sum with its sign, a day, a text.

use super::xml::Element;
use super::{CURRENCY, CamtError, MAX_TEXT};
use crate::base::{Amount, AmountError, Day};

/// Which way money goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// Received.
    Credit,
    /// Paid.
    Debit,
}

impl Direction {
    pub(super) fn opposite(self) -> Self {
        match self {
            Self::Credit => Self::Debit,
            Self::Debit => Self::Credit,
        }
    }

    /// The unsigned sum with this direction's sign.
    pub(super) fn of(self, amount: Amount) -> Result<Amount, AmountError> {
        match self {
            Self::Credit => Ok(amount),
            Self::Debit => Amount::ZERO.minus(amount),
        }
    }
}

/// At most [`MAX_TEXT`] characters of a text, runs of spaces made one.
pub(super) fn kept(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(MAX_TEXT).collect()
}

/// The `CdtDbtInd` of an element.
pub(super) fn direction(element: &Element) -> Result<Direction, CamtError> {
    let mark = element.at(&["CdtDbtInd"]);
    match mark.and_then(Element::text) {
        Some("CRDT") => Ok(Direction::Credit),
        Some("DBIT") => Ok(Direction::Debit),
        Some(text) => {
            let line = mark.map_or(element.line, |mark| mark.line);
            Err(CamtError::Unreadable { what: "un sens (CRDT ou DBIT)", text: short(text), line })
        }
        None => Err(CamtError::Missing { what: "le sens (crédit ou débit)", line: element.line }),
    }
}

/// The `Amt` of an element with the sign of its `CdtDbtInd`, in euros.
pub(super) fn money(element: &Element, account: Option<&str>) -> Result<Amount, CamtError> {
    let written = element
        .at(&["Amt"])
        .ok_or(CamtError::Missing { what: "un montant", line: element.line })?;
    let unsigned = amount(written, account)?;
    let signed = direction(element)?.of(unsigned);
    signed.map_err(|_| CamtError::Overflow { line: written.line })
}

/// The unsigned sum of an `Amt`; `account` is the currency of the account, if the file states it.
pub(super) fn amount(written: &Element, account: Option<&str>) -> Result<Amount, CamtError> {
    let line = written.line;
    match written.currency.as_deref().filter(|text| !text.is_empty()).or(account) {
        Some(CURRENCY) => {}
        Some(found) => return Err(CamtError::Currency { line, found: short(found) }),
        None => return Err(CamtError::Missing { what: "la devise d’un montant", line }),
    }
    let text = written.text().unwrap_or_default();
    let unreadable = || CamtError::Unreadable { what: "un montant", text: short(text), line };
    // A minus sign would contradict the credit or debit mark: it is not guessed which one is right.
    let padded = if text.starts_with(['.', ',']) { format!("0{text}") } else { text.to_owned() };
    if padded.starts_with('-') {
        return Err(unreadable());
    }
    match Amount::parse(&padded) {
        Ok(amount) => Ok(amount),
        Err(AmountError::Overflow) => Err(CamtError::Overflow { line }),
        Err(AmountError::NotAnAmount(_)) if is_too_precise(&padded) => {
            Err(CamtError::TooPrecise { text: short(text), line })
        }
        Err(AmountError::NotAnAmount(_)) => Err(unreadable()),
    }
}

fn is_too_precise(text: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(whole, rest)| digits(whole) && digits(rest))
}

/// The day of a `Dt` or `DtTm`, or of an element that is itself one. The written day is kept: a
/// bank's 23:30+02:00 is its own day, not the day in UTC.
pub(super) fn day(element: &Element) -> Result<Day, CamtError> {
    let dated = element.at(&["Dt"]).or_else(|| element.at(&["DtTm"])).unwrap_or(element);
    let text = dated.text().unwrap_or_default();
    let unreadable =
        || CamtError::Unreadable { what: "une date", text: short(text), line: dated.line };
    let (date, rest) = text.split_at_checked(10).ok_or_else(unreadable)?;
    if !(rest.is_empty() || rest.starts_with(['T', ' ', 'Z', '+', '-'])) {
        return Err(unreadable());
    }
    Day::parse(date).map_err(|_| unreadable())
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
