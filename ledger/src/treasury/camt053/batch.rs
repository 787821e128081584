//! One `Ntry` becomes one line, or one line for each payment of a batch whose details add up.

use super::values::{self, Direction, kept};
use super::xml::Element;
use super::{CURRENCY, CamtError, MAX_TEXT};
use crate::base::{Amount, Day, PaymentReference};
use crate::treasury::statement::StatementLine;

/// What a statement says of its account, before its lines.
#[derive(Clone, Copy)]
pub(super) struct Account<'a> {
    /// Our number, as written.
    pub(super) number: &'a str,
    /// Its currency, if stated.
    pub(super) currency: Option<&'a str>,
}

/// The lines of a booked `Ntry`.
pub(super) fn lines(
    ntry: &Element,
    account: Account<'_>,
    reversal: bool,
) -> Result<Vec<StatementLine>, CamtError> {
    let total = values::money(ntry, account.currency)?;
    let booked_on = booked_on(ntry)?;
    let direction = values::direction(ntry)?;
    // The parties keep the roles that they had in the payment reversed.
    let paid = if reversal { direction.opposite() } else { direction };
    let whole = Whole { ntry, account, booked_on, paid };
    let details: Vec<&Element> =
        ntry.all("NtryDtls").flat_map(|details| details.all("TxDtls")).collect();
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

fn booked_on(ntry: &Element) -> Result<Day, CamtError> {
    let dated = ntry.at(&["BookgDt"]).or_else(|| ntry.at(&["ValDt"]));
    match dated {
        Some(element) => values::day(element),
        None => Err(CamtError::Missing { what: "la date de comptabilisation", line: ntry.line }),
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
    ntry: &'a Element,
    account: Account<'a>,
    booked_on: Day,
    paid: Direction,
}

impl Whole<'_> {
    fn line(&self, amount: Amount, detail: Option<&Element>) -> StatementLine {
        let (counterparty, counterparty_iban) =
            detail.map_or((None, None), |detail| self.counterparty(detail));
        let references = detail.and_then(|detail| detail.at(&["Refs"]));
        let end_to_end = references
            .and_then(|refs| refs.text_at(&["EndToEndId"]))
            .filter(|text| !matches!(*text, "NOTPROVIDED" | "NONREF" | "NOTAVAILABLE"));
        StatementLine {
            amount,
            booked_on: self.booked_on,
            counterparty,
            counterparty_iban,
            label: label(self.ntry, detail),
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
            .or_else(|| self.ntry.text_at(&["AcctSvcrRef"]))
            .or_else(|| self.ntry.text_at(&["NtryRef"]).filter(|text| !is_rank(text)))
            .map(kept)
    }

    /// Name and account of the other party: who paid us, or whom we paid.
    fn counterparty(&self, detail: &Element) -> (Option<String>, Option<String>) {
        let debtor = party(detail, ["Dbtr", "UltmtDbtr", "DbtrAcct"]);
        let creditor = party(detail, ["Cdtr", "UltmtCdtr", "CdtrAcct"]);
        let (likely, other) = match self.paid {
            Direction::Credit => (debtor, creditor),
            Direction::Debit => (creditor, debtor),
        };
        // A bank may report a payment with the roles of its order: we are not our own payer.
        let is_ours = likely.1.as_deref() == Some(self.account.number);
        if is_ours && (other.0.is_some() || other.1.is_some()) { other } else { likely }
    }
}

/// Name and account of one side of a payment.
fn party(detail: &Element, roles: [&str; 3]) -> (Option<String>, Option<String>) {
    let [party, ultimate, account] = roles;
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
fn label(ntry: &Element, detail: Option<&Element>) -> String {
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
        ntry.text_at(&["AddtlNtryInf"]).map(str::to_owned),
    ];
    for text in said.into_iter().flatten().map(|text| kept(&text)) {
        if !text.is_empty() && !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
    }
    parts.join(" · ").chars().take(MAX_TEXT).collect()
}
