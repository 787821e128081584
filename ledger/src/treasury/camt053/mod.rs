//! Reads the bank statements of a CAMT.053 file (ISO 20022), whatever its version.
//!
//! Banks depart from the schema in small ways, so elements are found by their local names and the
//! schema refuses nothing. What bears on money is strict: a file cut short, a sum that would be
//! rounded, another currency, an unknown sign are refused, and never read as a shorter statement.

mod batch;
mod error;
mod sniff;
#[cfg(test)]
mod tests;
mod values;
mod xml;

pub use error::CamtError;
pub use sniff::FileKind;

use self::xml::{Element, Piece, Tag, Xml};
use super::statement::{Statement, StatementLine};
use crate::base::{Amount, Day, Iban};

/// Largest file read, in bytes.
pub const MAX_FILE: usize = 8 * 1024 * 1024;
/// Most lines read from one file.
pub const MAX_LINES: usize = 10_000;
/// Most characters kept of a label, a name or a reference.
pub const MAX_TEXT: usize = 500;
/// The only currency the book keeps.
pub const CURRENCY: &str = "EUR";

const MESSAGE: &str = "BkToCstmrStmt";

/// Reads every statement of the file, in order; there is at least one.
///
/// # Errors
/// [`CamtError`] when the file is not a whole CAMT.053 in euros.
pub fn read(bytes: &[u8]) -> Result<Vec<Statement>, CamtError> {
    let source = sniff::decode(bytes)?;
    let mut xml = Xml::new(&source);
    let mut path: Vec<String> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut statements = Vec::new();
    let mut room = MAX_LINES;
    loop {
        match xml.next()? {
            Piece::Open(tag) if path.is_empty() && !names.is_empty() => {
                return Err(CamtError::Malformed { line: tag.line });
            }
            Piece::Open(tag) if tag.name == "Stmt" && path.last().is_some_and(|n| n == MESSAGE) => {
                statements.push(statement(&mut xml, tag.line, &mut room)?);
            }
            Piece::Open(tag) => {
                // The outermost names tell which message this is; an envelope may come first.
                if names.len() < 40 && !names.contains(&tag.name) {
                    names.push(tag.name.clone());
                }
                path.push(tag.name);
            }
            Piece::Close => {
                path.pop();
            }
            Piece::Text(text) if path.is_empty() && !text.trim().is_empty() => {
                return Err(CamtError::Malformed { line: xml.line() });
            }
            Piece::Text(_) => {}
            Piece::End => break,
        }
    }
    if !path.is_empty() {
        return Err(CamtError::Truncated { line: xml.line() });
    }
    if !statements.is_empty() {
        return Ok(statements);
    }
    if names.iter().any(|name| name == MESSAGE) {
        return Err(CamtError::NoStatement);
    }
    Err(sniff::other_message(&names))
}

/// What has been read of a `Stmt`.
#[derive(Default)]
struct Draft {
    id: String,
    account: String,
    currency: Option<String>,
    opening: Option<Amount>,
    previous: Option<Amount>,
    closing: Option<Amount>,
    closed_on: Option<Day>,
    covers_until: Option<Day>,
    created_on: Option<Day>,
    lines: Vec<StatementLine>,
    /// Positions of the lines whose sign banks write in two ways.
    reversals: Vec<usize>,
    not_booked: usize,
}

fn statement(xml: &mut Xml<'_>, line: u32, room: &mut usize) -> Result<Statement, CamtError> {
    let mut draft = Draft::default();
    loop {
        match xml.next()? {
            Piece::Open(tag) => draft.take(xml, tag, room)?,
            Piece::Text(_) => {}
            Piece::Close => return draft.finish(line),
            Piece::End => return Err(CamtError::Truncated { line: xml.line() }),
        }
    }
}

impl Draft {
    fn take(&mut self, xml: &mut Xml<'_>, tag: Tag, room: &mut usize) -> Result<(), CamtError> {
        let element = xml.element(tag)?;
        match element.name.as_str() {
            "Id" => self.id = values::kept(element.text().unwrap_or_default()),
            "CreDtTm" => self.created_on = values::day(&element).ok(),
            "FrToDt" => {
                let until = element.at(&["ToDtTm"]).or_else(|| element.at(&["ToDt"]));
                self.covers_until = until.and_then(|day| values::day(day).ok());
            }
            "Acct" => self.account(&element)?,
            "Bal" => self.balance(&element)?,
            "Ntry" => self.line(&element, room)?,
            _ => {}
        }
        Ok(())
    }

    fn account(&mut self, element: &Element) -> Result<(), CamtError> {
        let written = element
            .text_at(&["Id", "IBAN"])
            .or_else(|| element.text_at(&["Id", "Othr", "Id"]))
            .unwrap_or_default();
        self.account = values::kept(written);
        self.currency = element.text_at(&["Ccy"]).map(str::to_owned);
        match &self.currency {
            Some(found) if found != CURRENCY => {
                Err(CamtError::Currency { line: element.line, found: values::kept(found) })
            }
            _ => Ok(()),
        }
    }

    fn balance(&mut self, element: &Element) -> Result<(), CamtError> {
        let code =
            element.text_at(&["Tp", "CdOrPrtry", "Cd"]).or_else(|| element.text_at(&["Tp", "Cd"]));
        // Available, forward and intermediate balances say nothing of what was booked in between.
        let Some(code @ ("OPBD" | "PRCD" | "CLBD")) = code else { return Ok(()) };
        let money = values::money(element, self.currency.as_deref())?;
        match code {
            "OPBD" => self.opening = self.opening.or(Some(money)),
            "PRCD" => self.previous = self.previous.or(Some(money)),
            _ => {
                self.closing = Some(money);
                self.closed_on = element.at(&["Dt"]).and_then(|dated| values::day(dated).ok());
            }
        }
        Ok(())
    }

    fn line(&mut self, element: &Element, room: &mut usize) -> Result<(), CamtError> {
        let status = element.text_at(&["Sts", "Cd"]).or_else(|| element.text_at(&["Sts"]));
        // A statement holds booked lines: one without a status is booked.
        if status.is_some_and(|status| status != "BOOK") || element.at(&["Sts", "Prtry"]).is_some()
        {
            self.not_booked = self.not_booked.saturating_add(1);
            return Ok(());
        }
        let reversal =
            element.text_at(&["RvslInd"]).is_some_and(|text| matches!(text, "true" | "1"));
        let account = batch::Account { number: &self.account, currency: self.currency.as_deref() };
        let read = batch::lines(element, account, reversal)?;
        *room = room.checked_sub(read.len()).ok_or(CamtError::TooMany {
            what: "lignes",
            limit: MAX_LINES,
            line: element.line,
        })?;
        if reversal {
            let first = self.lines.len();
            self.reversals.extend(first..first.saturating_add(read.len()));
        }
        self.lines.extend(read);
        Ok(())
    }

    fn finish(self, line: u32) -> Result<Statement, CamtError> {
        let last_booked = self.lines.iter().map(|line| line.booked_on).max();
        let until = self.closed_on.or(self.covers_until).or(last_booked).or(self.created_on);
        let what = "la date du relevé";
        let mut statement = Statement {
            iban: Iban::parse(&self.account).ok(),
            account: self.account,
            currency: CURRENCY.to_owned(),
            id: self.id,
            opening: self.opening.or(self.previous),
            closing: self.closing,
            until: until.ok_or(CamtError::Missing { what, line })?,
            lines: self.lines,
            not_booked: self.not_booked,
        };
        settle_reversals(&mut statement, &self.reversals, line)?;
        Ok(statement)
    }
}

/// Chooses the sign of reversals. By the standard `CdtDbtInd` already tells which way the money
/// goes; some banks write that of the line reversed. Whichever makes the balances agree is right;
/// when neither does, or a balance is missing, the standard holds and the gap is shown.
fn settle_reversals(
    statement: &mut Statement,
    reversals: &[usize],
    line: u32,
) -> Result<(), CamtError> {
    let overflow = |_| CamtError::Overflow { line };
    let gap = statement.checked_gap().map_err(overflow)?;
    statement.sum().map_err(overflow)?;
    if reversals.is_empty() || gap.is_none_or(Amount::is_zero) {
        return Ok(());
    }
    let mut other = statement.clone();
    for position in reversals {
        if let Some(line) = other.lines.get_mut(*position) {
            line.amount = Amount::ZERO.minus(line.amount).map_err(overflow)?;
        }
    }
    if other.balance_gap().is_some_and(Amount::is_zero) {
        *statement = other;
    }
    Ok(())
}
