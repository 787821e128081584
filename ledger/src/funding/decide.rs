//! Rules of funding: a balanced budget by source, a grant that is one, invoices without gap.
//!
//! Each `check_…` holds all the rules of its fact: it runs at admission and again when an
//! auditor replays the log, so computed values are computed again and compared. Each builder
//! fills in the computed values, then asks its check. That a place exists is asked elsewhere,
//! because another register knows it.

use super::{
    AdoptBudget, AwardGrant, BudgetAdopted, Funding, GrantAwarded, InvoiceService, Refusal,
    ServiceInvoiced,
};
use crate::base::{Amount, Day, DecisionRef, Source, is_one_line};
use crate::bylaws::{Bylaws, ParameterName, chart_row};

/// The most lines a budget has.
pub(super) const BUDGET_LINES_MAX: usize = 200;
/// The most characters of a title, a label or a name.
pub(super) const LABEL_MAX: usize = 200;
/// The most characters of a voucher's reference.
pub(super) const VOUCHER_MAX: usize = 100;
/// The largest sum of one line, grant or invoice: one thousand million euros. It keeps every
/// total of a book well inside 64 bits.
pub(super) const AMOUNT_MAX: Amount = Amount::from_cents(100_000_000_000);

/// Makes the budget of a year; it replaces the year's earlier one.
///
/// # Errors
/// Those of [`check_budget_adopted`].
pub fn adopt_budget(today: Day, ask: AdoptBudget) -> Result<BudgetAdopted, Refusal> {
    let fact = BudgetAdopted { decision: ask.decision, lines: ask.lines, year: ask.year };
    check_budget_adopted(today, &fact)?;
    Ok(fact)
}

/// Checks a budget: lines, accounts, sums, and products = charges in total.
///
/// Rules: R60 (accounts of the chart), R67 (each line has its source).
///
/// # Errors
/// `BudgetLineCount`, `Text`, `BudgetAccount`, `AmountOutOfRange`, `DayAhead`,
/// `BudgetUnbalanced`, `TooLarge`.
pub fn check_budget_adopted(today: Day, fact: &BudgetAdopted) -> Result<(), Refusal> {
    check_decision(today, &fact.decision)?;
    let given = fact.lines.len();
    if !(1..=BUDGET_LINES_MAX).contains(&given) {
        return Err(Refusal::BudgetLineCount { given, max: BUDGET_LINES_MAX });
    }
    let (mut products, mut charges) = (Amount::ZERO, Amount::ZERO);
    for line in &fact.lines {
        check_text("libellé de la ligne", &line.label, LABEL_MAX)?;
        check_sum("montant de la ligne", line.amount)?;
        let total = match line.account.as_bytes().first() {
            Some(b'6') if chart_row(&line.account).is_some() => &mut charges,
            Some(b'7') if chart_row(&line.account).is_some() => &mut products,
            _ => return Err(Refusal::BudgetAccount { given: cut(&line.account) }),
        };
        *total = total.plus(line.amount).map_err(|_| Refusal::TooLarge)?;
    }
    if products != charges {
        return Err(Refusal::BudgetUnbalanced { year: fact.year, products, charges });
    }
    Ok(())
}

/// Makes a grant.
///
/// # Errors
/// Those of [`check_grant_awarded`].
pub fn award_grant(
    funding: &Funding,
    today: Day,
    ask: AwardGrant,
) -> Result<GrantAwarded, Refusal> {
    let fact = GrantAwarded {
        agreement_sha256: ask.agreement_sha256,
        amount: ask.amount,
        funder: ask.funder,
        grant: ask.grant,
        on: ask.on,
        place: ask.place,
        programme: ask.programme,
        source: ask.source,
        title: ask.title,
        voucher: ask.voucher,
    };
    check_grant_awarded(funding, today, &fact)?;
    Ok(fact)
}

/// Checks a grant: from Subventions or a named programme, never the price of a service.
///
/// Rules: R68 (what a grant is), R67 (its source).
///
/// # Errors
/// `GrantKnown`, `GrantSource`, `ProgrammeMissing`, `Text`, `AmountOutOfRange`, `DayAhead`.
pub fn check_grant_awarded(
    funding: &Funding,
    today: Day,
    fact: &GrantAwarded,
) -> Result<(), Refusal> {
    if funding.grant(&fact.grant).is_some() {
        return Err(Refusal::GrantKnown { grant: fact.grant.clone() });
    }
    match (fact.source, &fact.programme) {
        (Source::Grants | Source::Programmes, Some(programme)) => {
            check_text("programme", programme, LABEL_MAX)?;
        }
        (Source::Grants, None) => {}
        (Source::Programmes, None) => return Err(Refusal::ProgrammeMissing),
        (given, _) => return Err(Refusal::GrantSource { given }),
    }
    check_text("financeur", &fact.funder, LABEL_MAX)?;
    check_text("objet", &fact.title, LABEL_MAX)?;
    check_text("pièce justificative", &fact.voucher, VOUCHER_MAX)?;
    check_sum("montant accordé", fact.amount)?;
    check_day(today, fact.on)
}

/// Makes an invoice: the next number of the year, VAT at the normal rate unless another is given.
///
/// # Errors
/// Those of [`check_service_invoiced`].
pub fn invoice_service(
    funding: &Funding,
    bylaws: &Bylaws,
    today: Day,
    ask: InvoiceService,
) -> Result<ServiceInvoiced, Refusal> {
    // The sum is checked first: VAT of an absurd sum would only say that it does not fit.
    check_sum("montant hors taxe", ask.net)?;
    let vat_rate = match ask.vat_rate {
        Some(rate) => rate,
        None => bylaws.at(ask.on).rate(ParameterName::VatRateNormal)?,
    };
    let fact = ServiceInvoiced {
        customer: ask.customer,
        invoice: next_number(funding, ask.on)?,
        net: ask.net,
        on: ask.on,
        place: ask.place,
        title: ask.title,
        vat: vat_rate.of(ask.net).map_err(|_| Refusal::TooLarge)?,
        vat_rate,
    };
    check_service_invoiced(funding, bylaws, today, &fact)?;
    Ok(fact)
}

/// Checks an invoice: chronological and gapless number, VAT to the cent.
///
/// Rules: R83.
///
/// # Errors
/// `InvoiceBeforeLast`, `InvoiceNumber`, `InvoiceSequenceFull`, `VatRateTooHigh`, `VatDiffers`,
/// `Text`, `AmountOutOfRange`, `DayAhead`, `Parameter`, `TooLarge`.
pub fn check_service_invoiced(
    funding: &Funding,
    bylaws: &Bylaws,
    today: Day,
    fact: &ServiceInvoiced,
) -> Result<(), Refusal> {
    check_text("client", &fact.customer, LABEL_MAX)?;
    check_text("objet", &fact.title, LABEL_MAX)?;
    check_sum("montant hors taxe", fact.net)?;
    check_day(today, fact.on)?;
    if let Some(last) = funding.last_invoice().filter(|last| fact.on < last.fact.on) {
        return Err(Refusal::InvoiceBeforeLast {
            given: fact.on,
            last: last.fact.invoice.clone(),
            last_on: last.fact.on,
        });
    }
    let expected = next_number(funding, fact.on)?;
    if fact.invoice != expected {
        return Err(Refusal::InvoiceNumber { expected, given: cut(&fact.invoice) });
    }
    let normal = bylaws.at(fact.on).rate(ParameterName::VatRateNormal)?;
    if fact.vat_rate > normal {
        return Err(Refusal::VatRateTooHigh { given: fact.vat_rate, normal });
    }
    let expected = fact.vat_rate.of(fact.net).map_err(|_| Refusal::TooLarge)?;
    if fact.vat != expected {
        return Err(Refusal::VatDiffers { expected, given: fact.vat });
    }
    Ok(())
}

fn next_number(funding: &Funding, on: Day) -> Result<String, Refusal> {
    let year = crate::base::FiscalYear::of(on);
    funding.next_invoice_number(on).ok_or(Refusal::InvoiceSequenceFull { year })
}

fn check_decision(today: Day, decision: &DecisionRef) -> Result<(), Refusal> {
    check_text("décision", &decision.label, LABEL_MAX)?;
    check_day(today, decision.on)
}

fn check_text(field: &'static str, text: &str, max: usize) -> Result<(), Refusal> {
    if is_one_line(text, max) { Ok(()) } else { Err(Refusal::Text { field, max }) }
}

fn check_sum(field: &'static str, given: Amount) -> Result<(), Refusal> {
    if given.is_positive() && given <= AMOUNT_MAX {
        return Ok(());
    }
    Err(Refusal::AmountOutOfRange { field, given, max: AMOUNT_MAX })
}

fn check_day(today: Day, given: Day) -> Result<(), Refusal> {
    if given <= today { Ok(()) } else { Err(Refusal::DayAhead { given, today }) }
}

/// What is shown of a text that was refused: a refusal never repeats a page of it.
fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}
