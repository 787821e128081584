//! One `Ntry` becomes one line, or one line for each payment of a batch whose details add up.

use super::values::{self, Direction, kept};
use super::xml::Element;
use super::{CURRENCY, CamtError, MAX_TEXT};
use crate::base::{Amount, Day, PaymentReference};
use crate::treasury::statement::StatementLine;

/// The lines of a booked `Ntry`.
pub(super) fn lines(
    entry: &Element,
    currency: Option<&str>,
    reversal: bool,
) -> Result<Vec<StatementLine>, CamtError> {
    let total = values::money(entry, currency)?.signed;
    let booked_on = booked_on(entry)?;
    let direction = values::direction(entry)?;
    // The parties keep the roles that they had in the payment reversed.
    let paid = if reversal { direction.opposite() } else { direction };
    let whole = Whole { entry, booked_on, paid };
    let details: Vec<&Element> =
        entry.all("NtryDtls").flat_map(|details| details.all("TxDtls")).collect();
    match details.as_slice() {
        [] => Ok(vec![whole.line(total, None)]),
        [only] => Ok(vec![whole.line(total, Some(only))]),
        several => {
            let amounts = detail_amounts(several, direction);
            let adds_up = |amounts: &Vec<Amount>| {
                Amount::sum(amounts.iter().copied()).is_ok_and(|sum| sum == total)
            };
            Ok(match amounts.filter(adds_up) {
                Some(amounts) => several
                    .iter()
                    .zip(amounts)
                    .map(|(detail, amount)| whole.line(amount, Some(detail)))
                    .collect(),
                None => vec![whole.line(total, None)],
            })
        }
    }
}

fn booked_on(entry: &Element) -> Result<Day, CamtError> {
    let dated = entry.at(&["BookgDt"]).or_else(|| entry.at(&["ValDt"]));
    match dated {
        Some(element) => values::day(element),
        None => Err(CamtError::Missing { what: "la date de comptabilisation", line: entry.line }),
    }
}

/// The signed sum of each detail, if all are stated exactly and in euros.
fn detail_amounts(details: &[&Element], direction: Direction) -> Option<Vec<Amount>> {
    let signed = |detail: &&Element| {
        let written = detail
            .at(&["Amt"])
            .or_else(|| detail.at(&["AmtDtls", "TxAmt", "Amt"]))
            .or_else(|| detail.at(&["AmtDtls", "InstdAmt", "Amt"]))?;
        let own = if detail.at(&["CdtDbtInd"]).is_some() {
            values::direction(detail).ok()?
        } else {
            direction
        };
        own.of(values::amount(written, Some(CURRENCY)).ok()?).ok()
    };
    details.iter().map(signed).collect()
}

/// What the lines of one `Ntry` have in common.
struct Whole<'a> {
    entry: &'a Element,
    booked_on: Day,
    paid: Direction,
}

impl Whole<'_> {
    fn line(&self, amount: Amount, detail: Option<&Element>) -> StatementLine {
        let (counterparty, counterparty_iban) =
            detail.map_or((None, None), |detail| counterparty(detail, self.paid));
        let references = detail.and_then(|detail| detail.at(&["Refs"]));
        let end_to_end = references
            .and_then(|refs| refs.text_at(&["EndToEndId"]))
            .filter(|text| !matches!(*text, "NOTPROVIDED" | "NONREF" | "NOTAVAILABLE"));
        StatementLine {
            amount,
            booked_on: self.booked_on,
            counterparty,
            counterparty_iban,
            label: label(self.entry, detail),
            bank_reference: self.bank_reference(references),
            end_to_end: end_to_end.map(kept),
            structured_reference: detail.and_then(structured_reference),
        }
    }

    /// The bank's own reference. `NtryRef` stands in for it unless it is a mere rank (`1`, `2`…),
    /// which would change from one statement to the next and double the line.
    fn bank_reference(&self, references: Option<&Element>) -> Option<String> {
        let is_rank = |text: &&str| text.len() < 8 && text.bytes().all(|b| b.is_ascii_digit());
        references
            .and_then(|refs| refs.text_at(&["AcctSvcrRef"]))
            .or_else(|| self.entry.text_at(&["AcctSvcrRef"]))
            .or_else(|| self.entry.text_at(&["NtryRef"]).filter(|text| !is_rank(text)))
            .map(kept)
    }
}

/// Name and account of the other party: who paid us, or whom we paid.
fn counterparty(detail: &Element, paid: Direction) -> (Option<String>, Option<String>) {
    let debtor = ["Dbtr", "UltmtDbtr", "DbtrAcct"];
    let creditor = ["Cdtr", "UltmtCdtr", "CdtrAcct"];
    let [party, ultimate, account] = match paid {
        Direction::Credit => debtor,
        Direction::Debit => creditor,
    };
    let Some(parties) = detail.at(&["RltdPties"]) else { return (None, None) };
    let name_of = |role: &str| {
        parties.text_at(&[role, "Nm"]).or_else(|| parties.text_at(&[role, "Pty", "Nm"]))
    };
    let number = parties
        .text_at(&[account, "Id", "IBAN"])
        .or_else(|| parties.text_at(&[account, "Id", "Othr", "Id"]));
    let name = name_of(party).or_else(|| name_of(ultimate));
    (name.map(kept), number.map(kept))
}

/// The creditor reference: the first whose key holds, else the first.
fn structured_reference(detail: &Element) -> Option<String> {
    let written = || {
        let remittances = detail.all("RmtInf").flat_map(|remittance| remittance.all("Strd"));
        remittances.filter_map(|structured| structured.text_at(&["CdtrRefInf", "Ref"]))
    };
    written()
        .find(|text| PaymentReference::parse(text).is_ok())
        .or_else(|| written().next())
        .map(kept)
}

/// What the payer wrote, then what the bank says of the line. The pieces of a payer's text are
/// joined by a space, because banks cut it at fixed widths, in the middle of a reference even.
fn label(entry: &Element, detail: Option<&Element>) -> String {
    let written: Vec<&str> = detail
        .into_iter()
        .flat_map(|detail| detail.all("RmtInf"))
        .flat_map(|remittance| remittance.all("Ustrd"))
        .filter_map(Element::text)
        .collect();
    let mut parts: Vec<String> = Vec::new();
    let said = [
        Some(written.join(" ")),
        detail.and_then(|detail| detail.text_at(&["AddtlTxInf"])).map(str::to_owned),
        entry.text_at(&["AddtlNtryInf"]).map(str::to_owned),
    ];
    for text in said.into_iter().flatten().map(|text| kept(&text)) {
        if !text.is_empty() && !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
    }
    parts.join(" · ").chars().take(MAX_TEXT).collect()
}
