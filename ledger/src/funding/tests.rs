//! Each rule of funding, and each refusal with its figures.

use proptest::prelude::*;

use super::decide::{
    AMOUNT_MAX, BUDGET_LINES_MAX, LABEL_MAX, adopt_budget, award_grant, check_grant_awarded,
    check_service_invoiced, invoice_service,
};
use super::{
    AdoptBudget, AwardGrant, BudgetLine, Funding, InvoiceService, Refusal, ServiceInvoiced,
};
use crate::base::{Amount, Day, FiscalYear, GrantRef, LeafIndex, Rate, Source, Stamp};
use crate::bylaws::{Bylaws, ParameterName, example};
use crate::test_world::{bits, day, decision, euros};

fn today() -> Day {
    day("2026-06-30")
}

fn stamp() -> Stamp {
    Stamp { index: LeafIndex::new(7), day: today() }
}

fn line(account: &str, amount: Amount, source: Source) -> BudgetLine {
    let label = "poste".to_owned();
    BudgetLine { account: account.to_owned(), amount, label, place: None, source }
}

fn budget(lines: Vec<BudgetLine>) -> AdoptBudget {
    AdoptBudget { year: FiscalYear::of(today()), lines, decision: decision("2026-01-15") }
}

fn grant() -> AwardGrant {
    AwardGrant {
        grant: GrantRef::from_random(bits(1)),
        funder: "Métropole d’essai".to_owned(),
        source: Source::Grants,
        programme: None,
        title: "cartographie".to_owned(),
        amount: euros("20000"),
        place: None,
        on: day("2026-02-01"),
        voucher: "DEL-26-12".to_owned(),
        agreement_sha256: None,
    }
}

fn service(on: &str) -> InvoiceService {
    InvoiceService {
        customer: "Société d’essai".to_owned(),
        title: "formation".to_owned(),
        net: euros("1000,03"),
        vat_rate: None,
        place: None,
        on: day(on),
    }
}

fn issue(funding: &mut Funding, on: &str) -> ServiceInvoiced {
    let fact =
        invoice_service(funding, &example(), day("2027-12-31"), service(on)).expect("issued");
    funding.apply_service_invoiced(stamp(), &fact).expect("it fits");
    fact
}

/// The study's year 0: 107 000 €, Contributif 4 %, Subventions 50 %, Prestations 46 %.
#[test]
fn the_budget_of_the_study_is_adopted_and_replaces_the_earlier_one() {
    let lines = vec![
        line("741", euros("53500"), Source::Grants),
        line("706", euros("49220"), Source::Services),
        line("7088", euros("4280"), Source::Contributions),
        line("604", euros("57780"), Source::Grants),
        line("641", euros("49220"), Source::Services),
    ];
    let mut funding = Funding::default();
    let fact = adopt_budget(today(), budget(lines)).expect("balanced");
    funding.apply_budget_adopted(stamp(), &fact).expect("it fits");
    let products = fact.lines.iter().filter(|l| l.account.starts_with('7')).map(|l| l.amount);
    assert_eq!(Amount::sum(products), Ok(euros("107000")));

    let second = budget(vec![
        line("741", euros("1"), Source::Grants),
        line("613", euros("1"), Source::Contributions),
    ]);
    let second = adopt_budget(today(), second).expect("balanced in total, not by source");
    funding.apply_budget_adopted(stamp(), &second).expect("it fits");
    let in_force = funding.budget(FiscalYear::of(today())).expect("a budget");
    assert_eq!(in_force.fact, second);
    assert_eq!(funding.budget_years().count(), 1);
}

#[test]
fn an_unbalanced_budget_is_refused_with_both_totals() {
    let refused = adopt_budget(
        today(),
        budget(vec![
            line("741", euros("100"), Source::Grants),
            line("613", euros("99,99"), Source::Grants),
        ]),
    );
    let refusal = refused.expect_err("unbalanced");
    let (products, charges) = (euros("100"), euros("99.99"));
    let year = FiscalYear::of(today());
    assert_eq!(refusal, Refusal::BudgetUnbalanced { year, products, charges });
    let text = refusal.notice().to_string();
    assert!(text.contains("100,00\u{a0}€") && text.contains("99,99\u{a0}€"), "{text}");
}

#[test]
fn a_budget_line_is_a_charge_or_a_product_of_the_chart() {
    for account in ["512", "6", "699", "74x", "", "8640"] {
        let refused =
            adopt_budget(today(), budget(vec![line(account, euros("1"), Source::Grants)]));
        let given = account.to_owned();
        assert_eq!(refused, Err(Refusal::BudgetAccount { given }));
    }
}

#[test]
fn a_budget_has_one_to_two_hundred_lines_with_a_label_and_a_sum() {
    let fill = |count: usize| {
        let row = |n: usize| {
            line(if n.is_multiple_of(2) { "741" } else { "613" }, euros("5"), Source::Grants)
        };
        adopt_budget(today(), budget((0..count).map(row).collect()))
    };
    let max = BUDGET_LINES_MAX;
    assert_eq!(fill(0), Err(Refusal::BudgetLineCount { given: 0, max }));
    assert!(fill(max).is_ok());
    assert_eq!(fill(max + 2), Err(Refusal::BudgetLineCount { given: max + 2, max }));

    let nil = adopt_budget(today(), budget(vec![line("741", Amount::ZERO, Source::Grants)]));
    assert!(matches!(nil, Err(Refusal::AmountOutOfRange { .. })));
    let mut long = line("741", euros("1"), Source::Grants);
    long.label = "é".repeat(LABEL_MAX + 1);
    let refused = adopt_budget(today(), budget(vec![long]));
    let (field, max) = ("libellé de la ligne", LABEL_MAX);
    assert_eq!(refused, Err(Refusal::Text { field, max }));
}

#[test]
fn a_grant_is_kept_with_its_sum() {
    let mut funding = Funding::default();
    let fact = award_grant(&funding, today(), grant()).expect("awarded");
    funding.apply_grant_awarded(stamp(), &fact).expect("it fits");
    assert_eq!(funding.grant_amount(&fact.grant), euros("20000"));
    assert_eq!(funding.grants().count(), 1);
    assert_eq!(funding.grant(&fact.grant).map(|g| g.stamp), Some(stamp()));
    let again = check_grant_awarded(&funding, today(), &fact);
    assert_eq!(again, Err(Refusal::GrantKnown { grant: fact.grant }));
}

/// R68: the price of a service is not a grant.
#[test]
fn a_grant_comes_from_grants_or_from_a_named_programme() {
    let funding = Funding::default();
    for given in [Source::Services, Source::Contributions] {
        let refused = award_grant(&funding, today(), AwardGrant { source: given, ..grant() });
        assert_eq!(refused, Err(Refusal::GrantSource { given }));
    }
    let unnamed = AwardGrant { source: Source::Programmes, ..grant() };
    let refused = award_grant(&funding, today(), unnamed.clone());
    assert_eq!(refused, Err(Refusal::ProgrammeMissing));
    let named = AwardGrant { programme: Some("URBACT".to_owned()), ..unnamed };
    assert!(award_grant(&funding, today(), named).is_ok());
}

#[test]
fn a_grant_without_sum_voucher_or_past_day_is_refused() {
    let funding = Funding::default();
    let ask = |change: fn(&mut AwardGrant)| {
        let mut ask = grant();
        change(&mut ask);
        award_grant(&funding, today(), ask).expect_err("refused")
    };
    let nil = ask(|grant| grant.amount = Amount::ZERO);
    let (field, given) = ("montant accordé", Amount::ZERO);
    assert_eq!(nil, Refusal::AmountOutOfRange { field, given, max: AMOUNT_MAX });
    let unproved = ask(|grant| grant.voucher.clear());
    assert!(matches!(unproved, Refusal::Text { field: "pièce justificative", .. }));
    let ahead = ask(|grant| grant.on = day("2026-07-01"));
    assert_eq!(ahead, Refusal::DayAhead { given: day("2026-07-01"), today: today() });
    assert!(ahead.notice().why.contains("01/07/2026"));
}

/// R83: one sequence a year, without gap, at the normal rate unless told otherwise.
#[test]
fn invoices_are_numbered_without_gap_within_each_year() {
    let mut funding = Funding::default();
    let numbers: Vec<String> = ["2026-01-05", "2026-01-05", "2026-12-31", "2027-01-02"]
        .iter()
        .map(|on| issue(&mut funding, on).invoice)
        .collect();
    assert_eq!(numbers, ["F-2026-0001", "F-2026-0002", "F-2026-0003", "F-2027-0001"]);
    assert_eq!(funding.next_invoice_number(day("2027-02-01")).as_deref(), Some("F-2027-0002"));
    let first = funding.invoice("F-2026-0001").expect("issued");
    assert_eq!(first.fact.vat, euros("200,01"));
    assert_eq!(funding.invoice_gross("F-2026-0001"), euros("1200,04"));
    assert_eq!(funding.invoice_gross("F-2026-0009"), Amount::ZERO);
    assert_eq!(funding.invoices().count(), 4);
}

#[test]
fn an_invoice_dated_before_the_last_is_refused() {
    let mut funding = Funding::default();
    issue(&mut funding, "2026-03-10");
    let refused = invoice_service(&funding, &example(), today(), service("2026-03-09"));
    let refusal = refused.expect_err("before the last");
    let last = "F-2026-0001".to_owned();
    let expected =
        Refusal::InvoiceBeforeLast { given: day("2026-03-09"), last, last_on: day("2026-03-10") };
    assert_eq!(refusal, expected);
    assert!(refusal.notice().why.contains("F-2026-0001 du 10/03/2026"));
}

#[test]
fn a_number_or_a_vat_that_was_not_computed_is_found_at_replay() {
    let funding = Funding::default();
    let right = invoice_service(&funding, &example(), today(), service("2026-03-10")).expect("ok");
    let check =
        |fact: &ServiceInvoiced| check_service_invoiced(&funding, &example(), today(), fact);
    assert_eq!(check(&right), Ok(()));
    let numbered = ServiceInvoiced { invoice: "F-2026-0002".to_owned(), ..right.clone() };
    let (expected, given) = ("F-2026-0001".to_owned(), "F-2026-0002".to_owned());
    assert_eq!(check(&numbered), Err(Refusal::InvoiceNumber { expected, given }));
    let vat = ServiceInvoiced { vat: euros("200"), ..right.clone() };
    let (expected, given) = (euros("200,01"), euros("200"));
    assert_eq!(check(&vat), Err(Refusal::VatDiffers { expected, given }));
    let rate = ServiceInvoiced { vat_rate: Rate::from_basis_points(2_100), ..right };
    assert!(matches!(check(&rate), Err(Refusal::VatRateTooHigh { .. })));
}

#[test]
fn a_full_sequence_is_refused_before_five_digits() {
    let mut funding = Funding::default();
    let mut fact = issue(&mut funding, "2026-01-05");
    fact.invoice = "F-2026-9999".to_owned();
    funding.apply_service_invoiced(stamp(), &fact).expect("it fits");
    let refused = invoice_service(&funding, &example(), today(), service("2026-02-05"));
    let year = FiscalYear::of(today());
    assert_eq!(refused, Err(Refusal::InvoiceSequenceFull { year }));
}

#[test]
fn a_rate_that_the_bylaws_do_not_state_is_refused() {
    let bylaws = Bylaws { parameters: Vec::new(), ..example() };
    let refused = invoice_service(&Funding::default(), &bylaws, today(), service("2026-02-05"));
    let named =
        |missing: &crate::bylaws::MissingParameter| missing.name == ParameterName::VatRateNormal;
    assert!(matches!(&refused, Err(Refusal::Parameter(missing)) if named(missing)));
}

#[test]
fn every_refusal_says_what_why_and_what_to_do() {
    let year = FiscalYear::of(today());
    let refusals = [
        Refusal::Text { field: "objet", max: 200 },
        Refusal::AmountOutOfRange { field: "net", given: Amount::ZERO, max: AMOUNT_MAX },
        Refusal::DayAhead { given: today(), today: today() },
        Refusal::BudgetLineCount { given: 0, max: 200 },
        Refusal::BudgetAccount { given: "512".to_owned() },
        Refusal::BudgetUnbalanced { year, products: euros("1"), charges: euros("2") },
        Refusal::GrantKnown { grant: GrantRef::from_random(bits(1)) },
        Refusal::GrantSource { given: Source::Services },
        Refusal::ProgrammeMissing,
        Refusal::InvoiceNumber { expected: "a".to_owned(), given: "b".to_owned() },
        Refusal::InvoiceSequenceFull { year },
        Refusal::InvoiceBeforeLast { given: today(), last: "a".to_owned(), last_on: today() },
        Refusal::VatRateTooHigh { given: Rate::ZERO, normal: Rate::ZERO },
        Refusal::VatDiffers { expected: euros("1"), given: euros("2") },
        Refusal::TooLarge,
    ];
    let mut seen = std::collections::BTreeSet::new();
    for refusal in refusals {
        let notice = refusal.notice();
        for text in [&notice.what, &notice.why, &notice.remedy] {
            assert!(
                text.ends_with('.') && text.chars().next().is_some_and(char::is_uppercase),
                "{text}"
            );
        }
        assert!(seen.insert(notice.why.clone()), "two refusals say the same: {notice}");
    }
}

proptest! {
    /// A budget is adopted exactly when products and charges are the same sum.
    #[test]
    fn a_budget_is_adopted_when_its_sums_are_equal(
        products in proptest::collection::vec(1_i64..1_000_000, 1..20),
        cuts in proptest::collection::vec(1_u64..50, 1..20),
        error in -1_i64..=1,
    ) {
        let total: i64 = products.iter().sum();
        let weights: Vec<_> = cuts.iter().copied().map(crate::base::Weight::new).collect();
        let charges = crate::base::apportion(Amount::from_cents(total), &weights).expect("shared");
        let mut lines: Vec<BudgetLine> = products
            .iter()
            .map(|cents| line("706", Amount::from_cents(*cents), Source::Services))
            .collect();
        let charge = |amount: Amount| line("613", amount, Source::Contributions);
        lines.extend(charges.into_iter().filter(|a| a.is_positive()).map(charge));
        lines[0].amount = Amount::from_cents(lines[0].amount.cents() + error + 1);
        lines.push(charge(Amount::from_cents(1)));
        let adopted = adopt_budget(today(), budget(lines));
        prop_assert_eq!(adopted.is_ok(), error == 0);
    }
}
