//! The accounts of a small year, by source and by place.

use super::*;
use crate::event::Event;
use crate::funding::{AdoptBudget, AwardGrant, BudgetLine};
use crate::pooling::{CallContribution, InKindNature, ValueInKind};
use crate::test_world::{World, bits, day, decision, euros, in_kind, place};
use crate::treasury::Target;
use crate::{funding, pooling};

/// Three places, a cost of 12 345,67 € called back, a grant half received, a gift in kind.
pub(crate) fn a_small_year() -> World {
    let today = day("2026-12-31");
    let mut world = World::default();
    world.open_places(3);
    let key = world.adopt_key(&[120, 80, 45]);
    let cost = world.pool(1, euros("12345,67"), key);
    let call = CallContribution {
        call: crate::base::CallRef::from_random(bits(1)),
        cost: Some(cost),
        portions: Vec::new(),
        title: "outil 2026".to_owned(),
        vat_rate: None,
        on: day("2026-04-01"),
        voucher: "AP-1".to_owned(),
    };
    world.call(call);
    let grant = AwardGrant {
        grant: GrantRef::from_random(bits(1)),
        funder: "=Région d’essai".to_owned(),
        source: Source::Grants,
        programme: None,
        title: "cartographie".to_owned(),
        amount: euros("20000"),
        place: Some(place(2)),
        on: day("2026-02-01"),
        voucher: "DEL-26-12".to_owned(),
        agreement_sha256: None,
    };
    let target = Target::Grant(grant.grant.clone());
    let fact = funding::award_grant(&world.registers.funding, today, grant).expect("awarded");
    world.tell(&Event::GrantAwarded(fact));
    world.pay(1, euros("8000"), target);
    world.pay(2, euros("-8,50"), Target::BankFee);
    let gift = ValueInKind {
        in_kind: in_kind(1),
        nature: InKindNature::Volunteering,
        title: "chantier participatif".to_owned(),
        value: euros("1477,20"),
        basis: "120 h × 12,31 €".to_owned(),
        place: Some(place(1)),
        on: day("2026-05-01"),
    };
    let fact = pooling::value_in_kind(&world.registers.pooling, today, gift).expect("valued");
    world.tell(&Event::InKindValued(fact));
    let line = |account: &str, sum: &str, source, place| BudgetLine {
        account: account.to_owned(),
        amount: euros(sum),
        label: format!("prévu en {account}"),
        place,
        source,
    };
    let ask = AdoptBudget {
        year: FiscalYear::of(today),
        lines: vec![
            line("741", "20000", Source::Grants, Some(place(2))),
            line("741", "5000", Source::Grants, None),
            line("6135", "12000", Source::Contributions, None),
            line("604", "13000", Source::Services, None),
        ],
        decision: decision("2026-01-15"),
    };
    let fact = funding::adopt_budget(today, ask).expect("balanced");
    world.tell(&Event::BudgetAdopted(fact));
    world
}

pub(crate) fn view(world: &World, place: Option<&PlaceRef>) -> AccountsView {
    let year = FiscalYear::of(day("2026-12-31"));
    let capital = CapitalFigures {
        opening: euros("10000"),
        allotted: euros("2500"),
        closing: euros("12500"),
    };
    let query = AccountsQuery { year, place, capital };
    accounts(&world.books, &world.registers.funding, &world.registers.pooling, query)
        .expect("it fits")
}

fn source(view: &AccountsView, source: Source) -> &SourceView {
    view.sources.iter().find(|row| row.source == source).expect("one of the four")
}

#[test]
fn the_four_sources_are_always_shown_in_one_order() {
    let empty = view(&World::default(), None);
    let order: Vec<Source> = empty.sources.iter().map(|row| row.source).collect();
    assert_eq!(order, Source::ALL);
    assert_eq!(empty.totals, Totals::default());
}

#[test]
fn actual_stands_beside_budget_and_leads_to_its_entries() {
    let world = a_small_year();
    let view = view(&world, None);
    let grants = source(&view, Source::Grants);
    let [line] = &grants.products[..] else { panic!("one account: {grants:?}") };
    assert_eq!((line.account.as_str(), line.label), ("741", "Subventions d’exploitation"));
    assert_eq!((line.actual, line.budget), (euros("20000"), euros("25000")));
    assert_eq!(line.planned.len(), 2);
    let entry = world.books.entry(line.entries[0]).expect("it leads to an entry");
    assert_eq!(entry.voucher, "DEL-26-12");

    let members = source(&view, Source::Contributions);
    let [pooled, fee] = &members.charges[..] else { panic!("two accounts: {members:?}") };
    assert_eq!((pooled.actual, pooled.budget), (euros("12345,67"), euros("12000")));
    assert_eq!(pooled.entries, [1], "three places, one entry");
    assert_eq!((fee.account.as_str(), fee.actual), ("627", euros("8,50")));
    assert_eq!(members.products[0].actual, euros("12345,67"));
    assert_eq!(members.products[0].entries, [2, 3, 4]);
    assert_eq!(members.totals.result, euros("-8,50"));

    assert_eq!(source(&view, Source::Services).charges[0].budget, euros("13000"));
    assert_eq!(view.totals.result, euros("19991,50"));
    assert_eq!(view.totals.products_budget, euros("25000"));
    assert_eq!(view.totals.result_budget, Amount::ZERO);
    assert_eq!(view.totals.result, world.books.result(view.year));
}

#[test]
fn capital_gifts_in_kind_and_grants_to_receive_stand_apart() {
    let view = view(&a_small_year(), None);
    assert_eq!(view.capital.closing, euros("12500"));
    assert_eq!(view.in_kind.total, euros("1477,20"));
    assert_eq!((view.in_kind.lines[0].charge, view.in_kind.lines[0].product), ("864", "875"));
    let [pending] = &view.grants_pending[..] else { panic!("one grant") };
    assert_eq!((pending.received, pending.left), (euros("8000"), euros("12000")));
}

#[test]
fn capital_is_told_by_the_movements_of_the_register() {
    let mut world = World::default();
    world.subscribe(1, 10);
    world.allot(1, 10, euros("1000"));
    let of = |on: &str| {
        CapitalFigures::of_year(&world.registers.shares, FiscalYear::of(day(on))).expect("it fits")
    };
    let (none, all) = (Amount::ZERO, euros("1000"));
    let told = |f: CapitalFigures| (f.opening, f.allotted, f.closing);
    assert_eq!(told(of("2025-12-31")), (none, none, none));
    assert_eq!(told(of("2026-01-01")), (none, all, all));
    assert_eq!(told(of("2027-01-01")), (all, none, all));
}

#[test]
fn a_place_alone_has_its_own_portion_budget_and_gifts() {
    let world = a_small_year();
    let first = view(&world, Some(&place(1)));
    assert_eq!(first.place_name.as_deref(), Some("Atelier 1"));
    assert_eq!(first.totals.charges, euros("6046,86"));
    assert_eq!(first.totals.result, Amount::ZERO);
    assert_eq!(first.in_kind.lines.len(), 1);
    assert!(first.grants_pending.is_empty());
    let second = view(&world, Some(&place(2)));
    assert_eq!(second.totals.products, euros("24031,24"));
    assert_eq!(second.totals.products_budget, euros("20000"));
    assert_eq!(second.grants_pending.len(), 1);
    assert_eq!(second.in_kind.total, Amount::ZERO);
}

#[test]
fn another_year_shows_nothing_of_this_one() {
    let world = a_small_year();
    assert_eq!(years(&world.books, &world.registers.funding), [FiscalYear::of(day("2026-01-01"))]);
    let year = FiscalYear::of(day("2025-06-01"));
    let query = AccountsQuery { year, place: None, capital: CapitalFigures::default() };
    let view = accounts(&world.books, &world.registers.funding, &world.registers.pooling, query)
        .expect("it fits");
    assert_eq!(view.totals, Totals::default());
    assert!(view.in_kind.lines.is_empty() && view.grants_pending.is_empty());
}

#[test]
fn the_journal_is_filtered_by_conditions_that_one_posting_meets() {
    let world = a_small_year();
    let numbers = |filter: EntryFilter<'_>| -> Vec<u64> {
        journal_entries(&world.books, &filter).iter().map(|entry| entry.number).collect()
    };
    let all = EntryFilter::default();
    assert_eq!(numbers(all), [1, 2, 3, 4, 5, 6, 7]);
    let third = place(3);
    let of_place = EntryFilter { place: Some(&third), ..all };
    assert_eq!(numbers(of_place), [1, 4]);
    assert_eq!(numbers(EntryFilter { source: Some(Source::Grants), ..all }), [5, 6]);
    assert_eq!(numbers(EntryFilter { account: Some("512"), ..all }), [6, 7]);
    assert_eq!(numbers(EntryFilter { account: Some("7088"), ..of_place }), [4]);
    let before = EntryFilter { year: Some(FiscalYear::of(day("2025-01-01"))), ..all };
    assert!(numbers(before).is_empty());
}
