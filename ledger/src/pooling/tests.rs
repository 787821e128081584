//! Each rule of pooling, and each refusal with its figures.

use proptest::prelude::*;

use super::decide::{
    LABEL_MAX, NAME_MAX, PLACES_MAX, adopt_allocation_key, call_contribution,
    check_allocation_key_adopted, check_contribution_called, check_cost_pooled, pool_cost,
    register_place, value_in_kind,
};
use super::{
    AdoptAllocationKey, CallContribution, ContributionCalled, CostPooled, InKindNature, Portion,
    Refusal, RegisterPlace, ValueInKind,
};
use crate::base::{
    Amount, CallRef, Capacity, CostRef, Count, Day, KeyRef, Rate, SquareMetres, Weight,
};
use crate::bylaws::example;
use crate::event::Event;
use crate::test_world::{
    World, bits, cost_asked, day, euros, in_kind, key_asked, place, place_asked,
};

fn today() -> Day {
    day("2026-12-31")
}

/// Three places weighed 120, 80, 45 m², and the key that weighs them (R87).
fn three_places() -> (World, KeyRef) {
    let mut world = World::default();
    world.open_places(3);
    let key = world.adopt_key(&[120, 80, 45]);
    (world, key)
}

fn call(seed: u8, cost: Option<CostRef>, portions: Vec<Portion>) -> CallContribution {
    CallContribution {
        call: CallRef::from_random(bits(seed)),
        cost,
        portions,
        title: "outil 2026".to_owned(),
        vat_rate: None,
        on: day("2026-04-01"),
        voucher: "AP-1".to_owned(),
    }
}

fn portion(seed: u8, amount: &str) -> Portion {
    Portion { amount: euros(amount), place: place(seed) }
}

fn called(world: &World, ask: CallContribution) -> Result<ContributionCalled, Refusal> {
    call_contribution(&world.registers.pooling, &example(), today(), ask)
}

#[test]
fn a_place_has_a_name_a_postcode_a_surface_and_room() {
    let world = World::default();
    let ask = |change: fn(&mut RegisterPlace)| {
        let mut ask = place_asked(1);
        change(&mut ask);
        register_place(&world.registers.pooling, ask)
    };
    assert!(ask(|_| ()).is_ok());
    assert!(ask(|place| place.name = "é".repeat(NAME_MAX)).is_ok());
    let long = ask(|place| place.name = "é".repeat(NAME_MAX + 1));
    assert_eq!(long, Err(Refusal::Text { field: "nom du lieu", max: NAME_MAX }));
    for postcode in ["5900", "590000", "59 00", "5900a"] {
        let mut ask = place_asked(1);
        ask.postcode = postcode.to_owned();
        let refused = register_place(&world.registers.pooling, ask);
        assert_eq!(refused, Err(Refusal::Postcode { given: postcode.to_owned() }));
    }
    let flat = ask(|place| place.surface = SquareMetres::new(0));
    assert_eq!(flat, Err(Refusal::NoSurface));
    let closed = ask(|place| place.capacity = Capacity::new(0));
    assert_eq!(closed, Err(Refusal::NoCapacity));
}

#[test]
fn a_place_is_registered_once_and_named_once_at_its_postcode() {
    let mut world = World::default();
    world.open_places(1);
    let again = register_place(&world.registers.pooling, place_asked(1));
    assert_eq!(again, Err(Refusal::PlaceKnown { place: place(1) }));
    let twin = RegisterPlace { name: "ATELIER 1".to_owned(), ..place_asked(2) };
    let refused = register_place(&world.registers.pooling, twin.clone());
    let (name, postcode) = ("ATELIER 1".to_owned(), "59100".to_owned());
    assert_eq!(refused, Err(Refusal::PlaceNameTaken { name, postcode }));
    let elsewhere = RegisterPlace { postcode: "59200".to_owned(), ..twin };
    assert!(register_place(&world.registers.pooling, elsewhere).is_ok());
    assert_eq!(world.registers.pooling.places().count(), 1);
}

#[test]
fn a_key_weighs_known_places_once_each_and_not_all_by_nothing() {
    let mut world = World::default();
    world.open_places(2);
    let adopt = |ask| adopt_allocation_key(&world.registers.pooling, today(), ask);
    let refused = adopt(key_asked(&[1, 1, 1]));
    assert_eq!(refused, Err(Refusal::PlaceUnknown { place: place(3) }));
    let mut twice = key_asked(&[1, 1]);
    twice.weights[1].place = place(1);
    assert_eq!(adopt(twice), Err(Refusal::PlaceTwice { place: place(1) }));
    assert_eq!(adopt(key_asked(&[0, 0])), Err(Refusal::NoWeight));
    assert!(adopt(key_asked(&[0, 1])).is_ok());
    let max = PLACES_MAX;
    assert_eq!(adopt(key_asked(&[])), Err(Refusal::PlaceCount { given: 0, max }));
    let many = vec![1; max + 1];
    assert_eq!(adopt(key_asked(&many)), Err(Refusal::PlaceCount { given: max + 1, max }));
}

#[test]
fn a_key_changes_by_its_next_version_and_costs_follow_the_latest() {
    let (mut world, key) = three_places();
    let ask = AdoptAllocationKey { key: key.clone(), ..key_asked(&[1, 1, 1]) };
    let second = adopt_allocation_key(&world.registers.pooling, today(), ask).expect("version 2");
    assert_eq!(second.version, Count::new(2));
    world.tell(&Event::AllocationKeyAdopted(second.clone()));
    let (expected, given) = (Count::new(3), Count::new(2));
    let again = check_allocation_key_adopted(&world.registers.pooling, today(), &second);
    assert_eq!(again, Err(Refusal::KeyVersion { expected, given }));
    let cost =
        pool_cost(&world.registers.pooling, today(), cost_asked(1, euros("1000"), key.clone()));
    let amounts: Vec<Amount> = cost.expect("shared").portions.iter().map(|p| p.amount).collect();
    assert_eq!(amounts, ["333,34", "333,33", "333,33"].map(euros));
    let first = world.registers.pooling.key_version(&key, Count::new(1)).expect("kept");
    assert_eq!(first.fact.weights[0].weight, Weight::new(120));
    assert_eq!(world.registers.pooling.key(&key).map(|k| k.fact.version), Some(Count::new(2)));
}

/// R87: 12 345,67 € by 120, 80 and 45 m².
#[test]
fn the_worked_example_of_the_law_is_shared_to_the_cent() {
    let (mut world, key) = three_places();
    let cost = world.pool(1, euros("12 345,67"), key);
    let portions = &world.registers.pooling.cost(&cost).expect("kept").fact.portions;
    let amounts: Vec<Amount> = portions.iter().map(|p| p.amount).collect();
    assert_eq!(amounts, ["6046,86", "4031,24", "2267,57"].map(euros));
    assert_eq!(world.registers.pooling.cost_gross(&cost), euros("14814,80"));
}

/// The study's own figure: the booking tool of 65 places, 3 000 € each, in one contract.
#[test]
fn one_contract_for_sixty_five_places_costs_three_thousand_euros_each() {
    let mut world = World::default();
    world.open_places(65);
    let key = world.adopt_key(&[1; 65]);
    let cost = world.pool(1, euros("195000"), key);
    let portions = &world.registers.pooling.cost(&cost).expect("kept").fact.portions;
    assert_eq!(portions.len(), 65);
    assert!(portions.iter().all(|portion| portion.amount == euros("3000")));
}

#[test]
fn a_cost_is_a_charge_of_the_chart_proved_by_a_voucher() {
    let (mut world, key) = three_places();
    let ask = cost_asked(1, euros("100"), key.clone());
    for given in ["741", "699", "60"] {
        let ask = super::PoolCost { account: given.to_owned(), ..ask.clone() };
        let refused = pool_cost(&world.registers.pooling, today(), ask);
        assert_eq!(refused, Err(Refusal::Account { given: given.to_owned() }));
    }
    let unproved = super::PoolCost { voucher: String::new(), ..ask.clone() };
    let refused = pool_cost(&world.registers.pooling, today(), unproved);
    assert!(matches!(refused, Err(Refusal::Text { field: "pièce justificative", .. })));
    let negative = super::PoolCost { vat: euros("-1"), ..ask.clone() };
    let refused = pool_cost(&world.registers.pooling, today(), negative);
    assert!(matches!(refused, Err(Refusal::AmountOutOfRange { field: "TVA déductible", .. })));
    let other = KeyRef::from_random(bits(9));
    let refused =
        pool_cost(&world.registers.pooling, today(), super::PoolCost { key: other.clone(), ..ask });
    assert_eq!(refused, Err(Refusal::KeyUnknown { key: other }));
    let cost = world.pool(1, euros("100"), key.clone());
    let again = pool_cost(&world.registers.pooling, today(), cost_asked(1, euros("100"), key));
    assert_eq!(again, Err(Refusal::CostKnown { cost }));
}

/// R87: an auditor's replay shares the cost again.
#[test]
fn a_portion_that_the_key_does_not_give_is_found_at_replay() {
    let (world, key) = three_places();
    let ask = cost_asked(1, euros("12345,67"), key);
    let right = pool_cost(&world.registers.pooling, today(), ask).expect("shared");
    let check = |fact: &CostPooled| check_cost_pooled(&world.registers.pooling, today(), fact);
    assert_eq!(check(&right), Ok(()));
    let mut moved = right.clone();
    moved.portions[0].amount = euros("6046,85");
    moved.portions[1].amount = euros("4031,25");
    let (expected, given) = (euros("6046,86"), euros("6046,85"));
    let refused = Err(Refusal::PortionDiffers { place: place(1), expected, given });
    assert_eq!(check(&moved), refused);
    let mut short = right.clone();
    short.portions.pop();
    let refused = Err(Refusal::PortionCount { expected: 3, given: 2 });
    assert_eq!(check(&short), refused);
    let stale = CostPooled { key_version: Count::new(2), ..right };
    assert!(matches!(check(&stale), Err(Refusal::KeyVersion { .. })));
}

#[test]
fn a_call_asks_each_place_for_its_portion_and_its_vat() {
    let (mut world, key) = three_places();
    let cost = world.pool(1, euros("12345,67"), key);
    let fact = called(&world, call(1, Some(cost.clone()), Vec::new())).expect("called");
    let asked: Vec<(Amount, Amount)> = fact.portions.iter().map(|p| (p.net, p.vat)).collect();
    let expected = [("6046,86", "1209,37"), ("4031,24", "806,25"), ("2267,57", "453,51")];
    assert_eq!(asked, expected.map(|(net, vat)| (euros(net), euros(vat))));
    world.tell(&Event::ContributionCalled(fact.clone()));
    assert_eq!(world.registers.pooling.called_gross(&fact.call, &place(1)), euros("7256,23"));
    assert_eq!(world.registers.pooling.called_gross(&fact.call, &place(9)), Amount::ZERO);
    assert_eq!(world.registers.pooling.calls().count(), 1);
    let again = called(&world, call(1, None, vec![portion(1, "1")]));
    assert_eq!(again, Err(Refusal::CallKnown { call: fact.call }));
    let net = euros("12345,67");
    let refused = called(&world, call(2, Some(cost.clone()), Vec::new()));
    assert_eq!(refused, Err(Refusal::NothingLeft { cost, net }));
}

/// R76 and R87: no euro of a cost is called twice.
#[test]
fn a_call_beyond_the_portion_of_a_place_is_refused_with_the_figures() {
    let (mut world, key) = three_places();
    let cost = world.pool(1, euros("12345,67"), key);
    let half = call(1, Some(cost.clone()), vec![portion(1, "6000")]);
    let fact = called(&world, half).expect("a part of the portion");
    world.tell(&Event::ContributionCalled(fact));
    let more = called(&world, call(2, Some(cost.clone()), vec![portion(1, "46,87")]));
    let refusal = more.expect_err("one cent beyond");
    let expected = Refusal::CalledBeyond {
        place: place(1),
        portion: euros("6046,86"),
        called: euros("6000"),
        asked: euros("46,87"),
    };
    assert_eq!(refusal, expected);
    let why = refusal.notice().why;
    assert!(why.contains("6\u{202f}046,86\u{a0}€") && why.contains("46,87\u{a0}€"), "{why}");
    let rest = called(&world, call(2, Some(cost), Vec::new())).expect("what is left");
    let nets: Vec<Amount> = rest.portions.iter().map(|p| p.net).collect();
    assert_eq!(nets, ["46,86", "4031,24", "2267,57"].map(euros));
}

/// R87: taxed by default; exempt only as the share of a common cost.
#[test]
fn a_call_without_vat_covers_a_pooled_cost() {
    let (mut world, key) = three_places();
    let cost = world.pool(1, euros("100"), key);
    let exempt =
        |cost, portions| CallContribution { vat_rate: Some(Rate::ZERO), ..call(1, cost, portions) };
    let refused = called(&world, exempt(None, vec![portion(1, "10")]));
    let normal = Rate::from_basis_points(2_000);
    assert_eq!(refused, Err(Refusal::ExemptWithoutCost { normal }));
    let fact = called(&world, exempt(Some(cost), Vec::new())).expect("exempt");
    assert!(fact.portions.iter().all(|portion| portion.vat.is_zero()));
}

#[test]
fn a_call_names_known_places_once_with_sums_and_a_true_vat() {
    let (world, _) = three_places();
    let ask = |portions| called(&world, call(1, None, portions));
    assert_eq!(ask(vec![portion(9, "1")]), Err(Refusal::PlaceUnknown { place: place(9) }));
    let twice = ask(vec![portion(1, "1"), portion(1, "2")]);
    assert_eq!(twice, Err(Refusal::PlaceTwice { place: place(1) }));
    assert!(matches!(ask(Vec::new()), Err(Refusal::PlaceCount { given: 0, .. })));
    let nil = ask(vec![portion(1, "0")]);
    assert!(matches!(nil, Err(Refusal::AmountOutOfRange { .. })));
    let unknown = CostRef::from_random(bits(9));
    let refused = called(&world, call(1, Some(unknown.clone()), Vec::new()));
    assert_eq!(refused, Err(Refusal::CostUnknown { cost: unknown }));

    let mut fact = ask(vec![portion(1, "10")]).expect("called");
    let check = |fact: &ContributionCalled| {
        check_contribution_called(&world.registers.pooling, &example(), today(), fact)
    };
    fact.portions[0].vat = euros("1,99");
    let (expected, given) = (euros("2"), euros("1,99"));
    let refused = Err(Refusal::VatDiffers { place: place(1), expected, given });
    assert_eq!(check(&fact), refused);
    fact.vat_rate = Rate::from_basis_points(2_001);
    assert!(matches!(check(&fact), Err(Refusal::VatRateTooHigh { .. })));
}

#[test]
fn a_gift_in_kind_has_a_value_and_says_how_it_was_valued() {
    let (mut world, _) = three_places();
    let ask = ValueInKind {
        in_kind: in_kind(1),
        nature: InKindNature::Volunteering,
        title: "chantier participatif".to_owned(),
        value: euros("1477,20"),
        basis: "120 h × 12,31 €".to_owned(),
        place: Some(place(1)),
        on: day("2026-05-01"),
    };
    let value = |ask| value_in_kind(&world.registers.pooling, today(), ask);
    let unvalued = ValueInKind { value: Amount::ZERO, ..ask.clone() };
    assert!(matches!(value(unvalued), Err(Refusal::AmountOutOfRange { .. })));
    let unexplained = ValueInKind { basis: String::new(), ..ask.clone() };
    let (field, max) = ("base d’évaluation", LABEL_MAX);
    assert_eq!(value(unexplained), Err(Refusal::Text { field, max }));
    let nowhere = ValueInKind { place: Some(place(9)), ..ask.clone() };
    assert_eq!(value(nowhere), Err(Refusal::PlaceUnknown { place: place(9) }));
    let ahead = ValueInKind { on: day("2027-01-01"), ..ask.clone() };
    assert!(matches!(value(ahead), Err(Refusal::DayAhead { .. })));
    let fact = value(ask.clone()).expect("valued");
    world.tell(&Event::InKindValued(fact));
    assert_eq!(world.registers.pooling.in_kind().count(), 1);
    let again = value_in_kind(&world.registers.pooling, today(), ask);
    assert_eq!(again, Err(Refusal::InKindKnown { in_kind: in_kind(1) }));
}

#[test]
fn every_refusal_says_what_why_and_what_to_do() {
    let (cost, key) = (CostRef::from_random(bits(1)), KeyRef::from_random(bits(1)));
    let (call, normal) = (CallRef::from_random(bits(1)), Rate::from_basis_points(2_000));
    let (one, two) = (euros("1"), euros("2"));
    let refusals = [
        Refusal::Text { field: "objet", max: 200 },
        Refusal::AmountOutOfRange { field: "net", given: one, max: two },
        Refusal::DayAhead { given: today(), today: today() },
        Refusal::PlaceKnown { place: place(1) },
        Refusal::PlaceNameTaken { name: "A".to_owned(), postcode: "59000".to_owned() },
        Refusal::Postcode { given: "1".to_owned() },
        Refusal::NoSurface,
        Refusal::NoCapacity,
        Refusal::PlaceUnknown { place: place(1) },
        Refusal::PlaceTwice { place: place(1) },
        Refusal::PlaceCount { given: 0, max: 150 },
        Refusal::KeyVersion { expected: Count::new(2), given: Count::new(1) },
        Refusal::KeyUnknown { key },
        Refusal::NoWeight,
        Refusal::CostKnown { cost: cost.clone() },
        Refusal::Account { given: "512".to_owned() },
        Refusal::PortionCount { expected: 3, given: 2 },
        Refusal::PortionDiffers { place: place(1), expected: one, given: two },
        Refusal::CostUnknown { cost: cost.clone() },
        Refusal::NothingLeft { cost, net: one },
        Refusal::CallKnown { call },
        Refusal::VatRateTooHigh { given: normal, normal },
        Refusal::VatDiffers { place: place(1), expected: one, given: two },
        Refusal::ExemptWithoutCost { normal },
        Refusal::CalledBeyond { place: place(1), portion: one, called: one, asked: two },
        Refusal::InKindKnown { in_kind: in_kind(1) },
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
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// §10.10: what is claimed from places is the pooled cost, to the cent, however it is called.
    #[test]
    fn what_is_called_of_a_cost_sums_to_the_cost(
        cents in 3_i64..1_000_000_000,
        weights in proptest::collection::vec(0_u64..1_000, 3),
        first in 1_i64..=100,
    ) {
        prop_assume!(weights.iter().sum::<u64>() > 0);
        let mut world = World::default();
        world.open_places(3);
        let key = world.adopt_key(&weights);
        let cost = world.pool(1, Amount::from_cents(cents), key);
        let portions = world.registers.pooling.cost(&cost).expect("kept").fact.portions.clone();
        prop_assert_eq!(Amount::sum(portions.iter().map(|p| p.amount)), Ok(Amount::from_cents(cents)));
        let part = |p: &Portion| Portion {
            amount: Amount::from_cents(p.amount.cents() * first / 100),
            place: p.place.clone(),
        };
        let parts: Vec<Portion> = portions.iter().map(part).filter(|p| p.amount.is_positive()).collect();
        for (seed, portions) in [(1, parts), (2, Vec::new())] {
            let ask = call(seed, Some(cost.clone()), portions);
            match called(&world, ask) {
                Ok(fact) => world.tell(&Event::ContributionCalled(fact)),
                Err(Refusal::NothingLeft { .. }) => {}
                Err(other) => prop_assert!(false, "{other:?}"),
            }
        }
        let total = Amount::sum((1..=3).map(|seed| world.registers.pooling.called_of_cost(&cost, &place(seed))));
        prop_assert_eq!(total, Ok(Amount::from_cents(cents)));
    }
}
