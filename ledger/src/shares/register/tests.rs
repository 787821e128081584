//! What the fold keeps: movements without a gap, balances that are sums, a peak that never falls.

use super::*;
use crate::base::LeafIndex;
use crate::shares::Allotment;
use crate::shares::fixture::{
    allotment, allotted, at, day, euros, form, member, paid_up, reference, signed,
};

/// R26: order numbers 1..n without a gap, in the order of the log.
#[test]
fn movements_are_numbered_without_a_gap() {
    let mut shares = allotted(&[(1, 300), (2, 100)]);
    let fact = form(3, 5, "2026-03-02");
    shares.apply_subscribed(at(101), &fact).expect("applies");
    shares.apply_allotted(at(102), &allotment(vec![paid_up(3, 5)])).expect("applies");
    let numbers: Vec<u64> = shares.movements().iter().map(|movement| movement.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
    let last = shares.movements().last().expect("a movement");
    assert_eq!((last.stamp.index, last.on), (LeafIndex::new(102), day("2026-03-12")));
    assert_eq!(last.nature.label(), "Attribution sur souscription");
}

/// R11: a balance is a whole number of shares, and the balances sum to what was issued.
#[test]
fn balances_sum_to_the_capital() {
    let shares = allotted(&[(1, 300), (2, 100)]);
    let held: u64 = shares.holdings().map(|(_, holding)| u64::from(holding.count.get())).sum();
    let capital = shares.capital();
    assert_eq!((held, capital.shares), (400, 400));
    assert_eq!(
        (capital.subscribed, capital.paid, capital.peak),
        (euros(20_000), euros(20_000), euros(20_000))
    );
    let moved: u64 = shares.movements().iter().map(|m| u64::from(m.count.get())).sum();
    assert_eq!(moved, held);
}

/// R25: a signature changes nothing of the capital.
#[test]
fn capital_changes_at_the_allotment_only() {
    let shares = signed(&[(1, 400)]);
    assert_eq!(shares.capital(), Capital::default());
    assert!(shares.holding(&member(1)).is_none() && shares.movements().is_empty());
    let waiting = shares.subscriptions().filter(|s| s.step == Step::Signed).count();
    assert_eq!(waiting, 1);
}

/// R38: a second subscription makes a second lot, with its own day.
#[test]
fn lots_are_kept_beside_the_balance() {
    let mut shares = allotted(&[(1, 400)]);
    let mut fact = form(2, 10, "2026-05-01");
    fact.member = member(1);
    shares.apply_subscribed(at(101), &fact).expect("applies");
    let mut second =
        allotment(vec![Allotment { paid: euros(125), member: member(1), ..paid_up(2, 10) }]);
    second.decision.on = day("2026-06-01");
    shares.apply_allotted(at(102), &second).expect("applies");
    let holding = shares.holding(&member(1)).expect("a holder");
    assert_eq!((holding.count.get(), holding.paid), (410, euros(20_125)));
    assert_eq!(holding.subscribed(), Ok(euros(20_500)));
    let lots: Vec<_> = holding.lots.iter().map(|lot| (lot.count.get(), lot.on)).collect();
    assert_eq!(lots, [(400, day("2026-03-12")), (10, day("2026-06-01"))]);
    let as_of = |on: &str| holding.as_of(day(on)).map(|(count, paid)| (count.get(), paid));
    assert_eq!(as_of("2026-03-11"), Ok((0, Amount::ZERO)));
    assert_eq!(as_of("2026-05-31"), Ok((400, euros(20_000))));
    assert_eq!(as_of("2026-06-01"), Ok((410, euros(20_125))));
}

#[test]
fn a_payment_reference_finds_its_subscription() {
    let shares = signed(&[(1, 10), (2, 20)]);
    let fact = form(2, 20, "2026-03-01");
    assert_eq!(shares.by_reference(&fact.reference), Some(&reference(2)));
    assert_eq!(shares.by_reference(&form(3, 1, "2026-03-01").reference), None);
}

#[test]
fn a_sum_that_does_not_fit_stops_the_fold() {
    let mut fact = form(1, 2, "2026-03-01");
    fact.nominal = Amount::from_cents(i64::MAX);
    assert_eq!(Shares::default().apply_subscribed(at(1), &fact), Err(AmountError::Overflow));
}

#[test]
fn a_year_before_a_leap_day_is_the_28th() {
    assert_eq!(a_year_before(day("2028-02-29")), day("2027-02-28"));
    assert_eq!(a_year_before(day("2026-11-24")), day("2025-11-24"));
}
