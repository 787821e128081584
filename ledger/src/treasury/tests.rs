//! The rules of the treasury: each refusal, double imports, overlaps, partial matching.

use std::collections::BTreeMap;

use super::*;
use crate::base::{
    Amount, AmountError, BankRef, Count, Day, Digest, GrantRef, Iban, LeafIndex, LineRef,
    PaymentReference, Stamp, StatementRef, SubscriptionRef,
};
use crate::bylaws::{Bylaws, Company, SeatAddress};

const IBAN: &str = "FR7619998000010000012345691";
const OTHER_IBAN: &str = "FR7619998000020000077700105";
const KEY: [u8; 32] = [3; 32];

fn euros(amount: i64) -> Amount {
    Amount::from_cents(amount * 100)
}

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

fn stamp(index: u64) -> Stamp {
    Stamp { index: LeafIndex::new(index), day: day("2026-03-05") }
}

fn today() -> Day {
    day("2026-03-05")
}

fn iban(text: &str) -> Iban {
    Iban::parse(text).expect("an IBAN")
}

fn subscription(number: u8) -> Target {
    Target::Subscription(SubscriptionRef::from_random([number; 16]))
}

fn line_ref(number: u8) -> LineRef {
    LineRef::from_random([number; 16])
}

fn reference(text: &str) -> PaymentReference {
    PaymentReference::parse(text).expect("a reference")
}

/// The treasury reads no figure of the bylaws.
fn bylaws() -> Bylaws {
    let text = || "Foncière fictive".to_owned();
    let seat = SeatAddress { postcode: "59000".to_owned(), street: text(), town: text() };
    let company = Company {
        activity: text(),
        form: text(),
        name: text(),
        rcs: text(),
        seat,
        siren: text(),
        sigle: text(),
    };
    Bylaws { categories: Vec::new(), colleges: Vec::new(), company, parameters: Vec::new() }
}

fn new_line(number: u8, amount: Amount, references: &[&str]) -> NewLine {
    NewLine {
        line: line_ref(number),
        amount,
        booked_on: day("2026-03-02"),
        references: references.iter().map(|text| reference(text)).collect(),
        sd: vec!["A".repeat(43)],
    }
}

/// A statement whose balances agree.
fn ask(number: u8, lines: Vec<NewLine>) -> ImportStatement {
    let sum = Amount::sum(lines.iter().map(|line| line.amount)).expect("fits");
    ImportStatement {
        statement: StatementRef::from_random([number; 16]),
        iban: iban(IBAN),
        format: "camt.053".to_owned(),
        file_sha256: Digest::from_bytes([number; 32]),
        opening: Some(euros(1_000)),
        closing: Some(euros(1_000).plus(sum).expect("fits")),
        until: day("2026-03-04"),
        lines,
        accept_unbalanced: false,
    }
}

fn opened() -> Treasury {
    let mut treasury = Treasury::default();
    let ask = OpenBankAccount {
        account: BankRef::from_random([1; 16]),
        iban: iban(IBAN),
        bic: "fictfrpp".to_owned(),
        label: " Compte  courant ".to_owned(),
    };
    let fact = open_account(&treasury, ask).expect("allowed");
    check_account_opened(&treasury, &bylaws(), today(), &fact).expect("allowed");
    treasury.apply_account_opened(stamp(1), &fact).expect("fits");
    treasury
}

fn nobody(_: &PaymentReference, _: Amount) -> Option<Target> {
    None
}

/// Checks and applies the facts of a plan one by one, as the log does.
fn apply(treasury: &mut Treasury, plan: &ImportPlan) {
    check_statement_imported(treasury, &bylaws(), today(), &plan.imported).expect("allowed");
    treasury.apply_statement_imported(stamp(2), &plan.imported).expect("fits");
    for fact in &plan.recorded {
        check_line_recorded(treasury, &bylaws(), today(), fact).expect("allowed");
        treasury.apply_line_recorded(stamp(3), fact).expect("fits");
    }
    for fact in &plan.matched {
        check_line_matched(treasury, fact, |_| Some(fact.amount)).expect("allowed");
        treasury.apply_line_matched(stamp(4), fact).expect("fits");
    }
}

fn with_lines(lines: Vec<NewLine>) -> Treasury {
    let mut treasury = opened();
    let plan = import(&treasury, ask(1, lines), nobody).expect("allowed");
    apply(&mut treasury, &plan);
    treasury
}

fn matching(number: u8, target: Target, amount: Option<Amount>) -> MatchLine {
    MatchLine { line: line_ref(number), target, amount }
}

#[test]
fn a_line_that_names_what_is_owed_is_matched_at_once() {
    let mut treasury = opened();
    let owed = |found: &PaymentReference, amount: Amount| {
        let known = found.as_str() == "RF12S2026000042" && amount == euros(200);
        known.then(|| subscription(7))
    };
    let lines = vec![
        new_line(1, euros(200), &["RF39S2026000041", "RF12S2026000042"]),
        new_line(2, euros(150), &["RF12S2026000042"]),
        new_line(3, euros(-30), &[]),
    ];
    let plan = import(&treasury, ask(1, lines), owed).expect("allowed");
    assert_eq!(plan.matched.len(), 1);
    assert_eq!(plan.recorded[0].reference, Some(reference("RF12S2026000042")));
    assert_eq!((plan.imported.lines, plan.imported.new_lines), (Count::new(3), Count::new(3)));
    apply(&mut treasury, &plan);
    assert_eq!(treasury.received(&subscription(7)), euros(200));
    assert_eq!(treasury.unmatched().count(), 2);
    let line = treasury.line(&line_ref(1)).expect("recorded");
    assert_eq!(line.targets, [(subscription(7), euros(200), stamp(4))]);
    let account = treasury.account_by_iban(&iban(IBAN)).expect("ours");
    assert_eq!((account.movements, account.fact.label.as_str()), (euros(320), "Compte courant"));
    assert_eq!(account.fact.bic, "FICTFRPP");
    let balance = treasury.bank_balance(&account.fact.account);
    assert_eq!(balance, Some((day("2026-03-04"), euros(1_320))));
    assert_eq!(treasury.account_of(line), Some(account));
    assert_eq!(treasury.incomplete_statements().count(), 0);
}

#[test]
fn one_subscription_is_not_paid_by_two_lines_of_a_statement() {
    let treasury = opened();
    let lines = vec![
        new_line(1, euros(200), &["RF12S2026000042"]),
        new_line(2, euros(200), &["RF12S2026000042"]),
        new_line(3, euros(-200), &["RF12S2026000042"]),
    ];
    let plan = import(&treasury, ask(1, lines), |_, _| Some(subscription(7))).expect("allowed");
    let matched: Vec<&LineRef> = plan.matched.iter().map(|fact| &fact.line).collect();
    assert_eq!(matched, [&line_ref(1)]);
}

#[test]
fn a_statement_imported_twice_doubles_nothing() {
    let lines = vec![new_line(1, euros(200), &[]), new_line(2, euros(-30), &[])];
    let treasury = with_lines(lines.clone());
    let again = import(&treasury, ask(2, lines), nobody);
    assert_eq!(again, Err(Refusal::NothingNew { lines: 2, until: day("2026-03-04") }));
    let empty = import(&treasury, ask(2, Vec::new()), nobody);
    assert_eq!(empty, Err(Refusal::NothingNew { lines: 0, until: day("2026-03-04") }));
}

#[test]
fn an_overlapping_statement_brings_only_its_new_lines() {
    let mut treasury = with_lines(vec![new_line(1, euros(200), &[])]);
    let lines = vec![new_line(1, euros(200), &[]), new_line(2, euros(50), &[])];
    let plan = import(&treasury, ask(2, lines), nobody).expect("allowed");
    assert_eq!((plan.recorded.len(), plan.already_known), (1, 1));
    assert_eq!((plan.imported.lines, plan.imported.new_lines), (Count::new(2), Count::new(1)));
    apply(&mut treasury, &plan);
    assert_eq!((treasury.lines().count(), treasury.statements().count()), (2, 2));
}

#[test]
fn a_file_read_fingerprinted_and_imported_twice_keeps_its_equal_lines() {
    let bytes = include_bytes!("../../../tests/golden/camt/version-02.xml");
    let text = String::from_utf8_lossy(bytes);
    // The bank fee twice, equal in everything.
    let fee = text.find("<Ntry>\n        <NtryRef>5").expect("the fee");
    let end = text.get(fee..).and_then(|rest| rest.find("</Ntry>")).expect("its end");
    let copy = text.get(fee..fee + end + 7).expect("the line");
    let doubled = text.replace(copy, &format!("{copy}{copy}")).replace("1737.40", "1724.80");
    let statement = camt053::read(doubled.as_bytes()).expect("readable").remove(0);
    let refs = fingerprints(&KEY, &statement.account, &statement.lines);
    let lines: Vec<NewLine> = refs
        .into_iter()
        .zip(&statement.lines)
        .map(|(line, read)| NewLine {
            line,
            amount: read.amount,
            booked_on: read.booked_on,
            references: references(read),
            sd: Vec::new(),
        })
        .collect();
    let mut treasury = opened();
    let closing = statement.closing;
    let full = ImportStatement { closing, until: statement.until, ..ask(1, lines.clone()) };
    let plan = import(&treasury, full.clone(), nobody).expect("balanced");
    assert_eq!((plan.recorded.len(), plan.already_known), (7, 0));
    assert_eq!(lines[0].references, [reference("RF39S2026000041")]);
    assert_eq!(plan.recorded[0].reference, None, "not known as ours, so kept out of the log");
    apply(&mut treasury, &plan);
    assert!(matches!(import(&treasury, full, nobody), Err(Refusal::NothingNew { lines: 7, .. })));
    assert_eq!(
        treasury.bank_balance(&plan.imported.account),
        closing.map(|sum| (statement.until, sum))
    );
}

#[test]
fn a_statement_is_refused_with_its_figures() {
    let treasury = opened();
    let good = ask(1, vec![new_line(1, euros(200), &[])]);
    let foreign = ImportStatement { iban: iban(OTHER_IBAN), ..good.clone() };
    assert_eq!(
        import(&treasury, foreign, nobody),
        Err(Refusal::UnknownIban { iban: iban(OTHER_IBAN) })
    );
    let closing = Some(euros(1_150));
    let unbalanced = ImportStatement { closing, ..good.clone() };
    let refused = Refusal::Unbalanced {
        opening: euros(1_000),
        sum: euros(200),
        closing: euros(1_150),
        gap: euros(50),
    };
    assert_eq!(import(&treasury, unbalanced.clone(), nobody), Err(refused));
    let accepted = ImportStatement { accept_unbalanced: true, ..unbalanced };
    assert!(import(&treasury, accepted, nobody).is_ok());
    let missing = ImportStatement { opening: None, ..good.clone() };
    let refused = Refusal::BalanceMissing { opening: None, closing: Some(euros(1_200)) };
    assert_eq!(import(&treasury, missing.clone(), nobody), Err(refused));
    let accepted = ImportStatement { accept_unbalanced: true, ..missing };
    assert!(import(&treasury, accepted, nobody).is_ok());
    let most = Amount::from_cents(i64::MAX);
    let lines = vec![new_line(1, most, &[]), new_line(2, most, &[])];
    let huge = ImportStatement { lines, ..good.clone() };
    assert_eq!(import(&treasury, huge, nobody), Err(Refusal::Overflow));
    let lines = vec![new_line(1, euros(1), &[]); camt053::MAX_LINES + 1];
    let long = ImportStatement { lines, ..good };
    assert!(matches!(import(&treasury, long, nobody), Err(Refusal::TooManyLines { .. })));
}

#[test]
fn an_account_is_declared_once_and_well() {
    let treasury = opened();
    let ask = |number: u8, iban_text: &str, bic: &str, label: &str| {
        let account = BankRef::from_random([number; 16]);
        let (bic, label) = (bic.to_owned(), label.to_owned());
        open_account(&treasury, OpenBankAccount { account, iban: iban(iban_text), bic, label })
    };
    assert_eq!(ask(1, OTHER_IBAN, "FICTFRPP", "Livret"), Err(Refusal::AccountKnown));
    let label = "Compte courant".to_owned();
    assert_eq!(
        ask(2, IBAN, "FICTFRPP", "Livret"),
        Err(Refusal::IbanKnown { iban: iban(IBAN), label })
    );
    assert!(matches!(ask(2, OTHER_IBAN, "FICT", "Livret"), Err(Refusal::BadBic { .. })));
    for label in ["", "  ", &"x".repeat(81)] {
        assert!(matches!(ask(2, OTHER_IBAN, "FICTFRPP", label), Err(Refusal::BadLabel { .. })));
    }
    assert!(ask(2, OTHER_IBAN, "FICTFRPPXXX", "Livret").is_ok());
}

#[test]
fn a_replayed_statement_is_checked() {
    let treasury = with_lines(vec![new_line(1, euros(200), &[])]);
    let lines = vec![new_line(2, euros(50), &[])];
    let good = import(&treasury, ask(2, lines), nobody).expect("allowed").imported;
    let check =
        |fact: &StatementImported| check_statement_imported(&treasury, &bylaws(), today(), fact);
    assert_eq!(check(&good), Ok(()));
    let tomorrow = StatementImported { until: day("2026-03-06"), ..good.clone() };
    assert_eq!(check(&tomorrow), Ok(()), "a day already begun in France");
    let account = BankRef::from_random([9; 16]);
    let statement = StatementRef::from_random([1; 16]);
    let (new_lines, until) = (Count::new(2), day("2026-03-07"));
    let many = Count::new(10_001);
    for (fact, refused) in [
        (StatementImported { account, ..good.clone() }, Refusal::UnknownAccount),
        (StatementImported { statement, ..good.clone() }, Refusal::StatementKnown),
        (
            StatementImported { format: "csv".to_owned(), ..good.clone() },
            Refusal::BadFormat { format: "csv".to_owned() },
        ),
        (
            StatementImported { new_lines, ..good.clone() },
            Refusal::BadCounts { lines: 1, new_lines: 2 },
        ),
        (
            StatementImported { new_lines: Count::new(0), ..good.clone() },
            Refusal::BadCounts { lines: 1, new_lines: 0 },
        ),
        (
            StatementImported { lines: many, ..good.clone() },
            Refusal::TooManyLines { lines: 10_001, limit: 10_000 },
        ),
        (
            StatementImported { until, ..good.clone() },
            Refusal::InTheFuture { day: until, today: today() },
        ),
    ] {
        assert_eq!(check(&fact), Err(refused));
    }
}

#[test]
fn a_replayed_line_is_checked() {
    let mut treasury = with_lines(vec![new_line(1, euros(200), &[])]);
    let lines = vec![new_line(2, euros(50), &[])];
    let plan = import(&treasury, ask(2, lines), nobody).expect("allowed");
    treasury.apply_statement_imported(stamp(5), &plan.imported).expect("fits");
    assert_eq!(treasury.incomplete_statements().count(), 1);
    let good = plan.recorded[0].clone();
    let check = |fact: &LineRecorded| check_line_recorded(&treasury, &bylaws(), today(), fact);
    assert_eq!(check(&good), Ok(()));
    let statement = StatementRef::from_random([9; 16]);
    let booked_on = day("2026-03-07");
    let known = Refusal::LineKnown { booked_on: day("2026-03-02"), amount: euros(200) };
    let digests = |count| Refusal::BadDigests { count, limit: 16 };
    let twice = vec!["B".repeat(43), "B".repeat(43)];
    let first = StatementRef::from_random([1; 16]);
    for (fact, refused) in [
        (LineRecorded { statement, ..good.clone() }, Refusal::UnknownStatement),
        (LineRecorded { line: line_ref(1), ..good.clone() }, known),
        (
            LineRecorded { statement: first, ..good.clone() },
            Refusal::TooManyRecorded { announced: 1 },
        ),
        (LineRecorded { sd_alg: "md5".to_owned(), ..good.clone() }, digests(1)),
        (LineRecorded { sd: vec!["court".to_owned()], ..good.clone() }, digests(1)),
        (LineRecorded { sd: twice, ..good.clone() }, digests(2)),
        (
            LineRecorded { booked_on, ..good.clone() },
            Refusal::InTheFuture { day: booked_on, today: today() },
        ),
        (LineRecorded { amount: Amount::from_cents(i64::MAX), ..good.clone() }, Refusal::Overflow),
    ] {
        assert_eq!(check(&fact), Err(refused));
    }
}

#[test]
fn a_line_pays_several_things_never_more_than_itself() {
    let mut treasury = with_lines(vec![new_line(1, euros(200), &[])]);
    let owed = |target: &Target| {
        let due: BTreeMap<Target, Amount> =
            [(subscription(1), euros(120)), (subscription(2), euros(300))].into();
        due.get(target).copied()
    };
    let first = match_line(&treasury, matching(1, subscription(1), Some(euros(120))), owed);
    treasury.apply_line_matched(stamp(5), &first.expect("allowed")).expect("fits");
    assert_eq!(treasury.unmatched().map(Line::left).collect::<Vec<_>>(), [Ok(euros(80))]);
    let beyond = match_line(&treasury, matching(1, subscription(2), Some(euros(81))), owed);
    assert_eq!(beyond, Err(Refusal::BeyondLine { amount: euros(81), left: euros(80) }));
    let rest = match_line(&treasury, matching(1, subscription(2), None), owed).expect("allowed");
    assert_eq!(rest.amount, euros(80));
    treasury.apply_line_matched(stamp(6), &rest).expect("fits");
    assert_eq!(treasury.unmatched().count(), 0);
    assert_eq!(treasury.received(&subscription(1)), euros(120));
    let again = match_line(&treasury, matching(1, subscription(2), None), owed);
    assert_eq!(again, Err(Refusal::AlreadyMatched { amount: euros(200) }));
}

#[test]
fn a_matching_is_refused_with_its_figures() {
    let treasury = with_lines(vec![new_line(1, euros(200), &[]), new_line(2, euros(-30), &[])]);
    let owed = |target: &Target| match target {
        Target::Subscription(_) => Some(euros(150)),
        Target::Refund(_) => Some(euros(-20)),
        Target::Invoice(number) if number == "F-1" => Some(Amount::ZERO),
        _ => None,
    };
    let ask =
        |number, target, amount| match_line(&treasury, matching(number, target, amount), owed);
    let refund = Target::Refund(SubscriptionRef::from_random([1; 16]));
    let grant = Target::Grant(GrantRef::from_random([1; 16]));
    let wrong = |target: &Target, line, amount| {
        Err(Refusal::WrongDirection { target: target.clone(), line, amount })
    };
    let beyond = |target: Target, received, owed, difference| {
        Err(Refusal::BeyondOwed { target, received, owed, difference })
    };
    assert_eq!(ask(9, subscription(1), None), Err(Refusal::UnknownLine));
    assert_eq!(
        ask(1, subscription(1), Some(Amount::ZERO)),
        Err(Refusal::NoAmount { left: euros(200) })
    );
    assert_eq!(ask(2, subscription(1), None), wrong(&subscription(1), euros(-30), euros(-30)));
    assert_eq!(ask(1, refund.clone(), None), wrong(&refund, euros(200), euros(200)));
    assert_eq!(
        ask(1, subscription(1), Some(euros(-5))),
        wrong(&subscription(1), euros(200), euros(-5))
    );
    assert_eq!(ask(1, Target::BankFee, None), wrong(&Target::BankFee, euros(200), euros(200)));
    assert_eq!(ask(1, grant.clone(), None), Err(Refusal::UnknownTarget { target: grant }));
    assert_eq!(
        ask(1, subscription(1), None),
        beyond(subscription(1), euros(200), euros(150), euros(50))
    );
    assert_eq!(ask(2, refund.clone(), None), beyond(refund, euros(-30), euros(-20), euros(-10)));
    let paid = Target::Invoice("F-1".to_owned());
    assert_eq!(ask(1, paid.clone(), None), beyond(paid, euros(200), Amount::ZERO, euros(200)));
    assert_eq!(ask(2, Target::BankFee, None).map(|fact| fact.amount), Ok(euros(-30)));
}

#[test]
fn a_copy_of_the_register_does_not_follow_the_original() {
    let mut treasury = with_lines(vec![new_line(1, euros(200), &[])]);
    let copy = treasury.clone();
    let fact = LineMatched { amount: euros(200), line: line_ref(1), target: subscription(1) };
    treasury.apply_line_matched(stamp(5), &fact).expect("fits");
    assert_eq!((copy.unmatched().count(), treasury.unmatched().count()), (1, 0));
    let most = LineMatched { amount: Amount::from_cents(i64::MAX), ..fact };
    assert_eq!(treasury.apply_line_matched(stamp(6), &most), Err(AmountError::Overflow));
    assert_eq!(treasury.received(&subscription(1)), euros(200), "nothing half applied");
}

#[test]
fn every_refusal_says_what_why_and_what_to_do() {
    let (amount, label) = (euros(50), "Compte courant".to_owned());
    let target = subscription(1);
    let (opening, closing) = (None, Some(amount));
    let refusals = [
        (Refusal::AccountKnown, "référence"),
        (Refusal::IbanKnown { iban: iban(IBAN), label }, "FR76 1999"),
        (Refusal::BadBic { bic: "X".to_owned() }, "« X »"),
        (Refusal::BadLabel { length: 90, limit: 80 }, "90"),
        (Refusal::UnknownIban { iban: iban(IBAN) }, "FR76 1999"),
        (Refusal::TooManyLines { lines: 20_000, limit: 10_000 }, "10000"),
        (Refusal::NothingNew { lines: 5, until: today() }, "5 sur 5"),
        (Refusal::BalanceMissing { opening, closing }, "absent"),
        (
            Refusal::Unbalanced { opening: amount, sum: amount, closing: amount, gap: amount },
            "écart de 50,00\u{a0}€",
        ),
        (Refusal::UnknownAccount, "déclaré"),
        (Refusal::StatementKnown, "prise"),
        (Refusal::BadFormat { format: "csv".to_owned() }, "« csv »"),
        (Refusal::BadCounts { lines: 1, new_lines: 2 }, "2 lignes nouvelles sur 1"),
        (Refusal::InTheFuture { day: day("2026-04-01"), today: today() }, "01/04/2026"),
        (Refusal::UnknownStatement, "pas importé"),
        (Refusal::LineKnown { booked_on: today(), amount }, "05/03/2026"),
        (Refusal::TooManyRecorded { announced: 3 }, "3"),
        (Refusal::BadDigests { count: 20, limit: 16 }, "20"),
        (Refusal::UnknownLine, "n’existe pas"),
        (Refusal::AlreadyMatched { amount }, "50,00"),
        (Refusal::NoAmount { left: amount }, "50,00"),
        (Refusal::WrongDirection { target: target.clone(), line: amount, amount }, "recette"),
        (Refusal::BeyondLine { amount, left: amount }, "50,00"),
        (Refusal::UnknownTarget { target: target.clone() }, "souscription s_"),
        (
            Refusal::BeyondOwed { target, received: amount, owed: amount, difference: amount },
            "différence 50,00",
        ),
        (Refusal::Overflow, "limite de calcul"),
    ];
    for (refusal, figure) in refusals {
        let notice = refusal.notice();
        assert!(notice.why.contains(figure), "{notice}");
        assert!(!notice.what.is_empty() && !notice.remedy.is_empty(), "{notice}");
    }
}
