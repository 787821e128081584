//! What a decision of allotment must respect.

use super::*;
use crate::base::{Rate, ShareCount, SubscriptionRef};
use crate::bylaws::{Parameter, example};
use crate::shares::fixture::{
    allotment, allotted, at, decision, euros, member, paid_up, reference, signed, today,
};
use crate::shares::{Shares, SubscriptionDeclined};

/// Two signed forms, of 200 and 200 shares: 20 000 € together, just the bylaws' floor.
fn refused(change: impl Fn(&mut SharesAllotted)) -> Refusal {
    let shares = signed(&[(1, 200), (2, 200)]);
    let mut fact = allotment(vec![paid_up(1, 200), paid_up(2, 200)]);
    assert_eq!(check_allotted(&shares, &example(), today(), &fact), Ok(()));
    change(&mut fact);
    let refusal = check_allotted(&shares, &example(), today(), &fact).expect_err("refused");
    let what = refusal.notice().what;
    assert!(what.ends_with("est refusée."), "{what}");
    assert!(!refusal.to_string().contains("recevable"), "{refusal}");
    refusal
}

/// R25: each subscription is known, waiting, and listed once, as it was signed.
#[test]
fn a_list_says_what_was_signed() {
    assert_eq!(refused(|fact| fact.allotments.clear()), Refusal::ListLength { given: 0, max: 100 });
    let refusal = refused(|fact| fact.allotments = vec![paid_up(1, 200); 101]);
    assert_eq!(refusal, Refusal::ListLength { given: 101, max: 100 });
    let refusal = refused(|fact| fact.allotments[1] = fact.allotments[0].clone());
    assert_eq!(refusal, Refusal::ListedTwice(reference(1)));
    let refusal = refused(|fact| fact.allotments[0].subscription = reference(8));
    assert_eq!(refusal, Refusal::UnknownSubscription(reference(8)));
    let refusal = refused(|fact| fact.allotments[0].member = member(2));
    assert_eq!(refusal, Refusal::OtherMember(reference(1)));
    let refusal = refused(|fact| fact.allotments[0].count = ShareCount::new(201));
    assert!(refusal.to_string().contains("porte sur 200 parts ; la décision en attribue 201"));
}

#[test]
fn a_decision_is_named_and_dated_between_the_form_and_today() {
    let refusal = refused(|fact| fact.decision.label = "CA".into());
    assert!(matches!(refusal, Refusal::DecisionLabel { length: 2, .. }));
    let refusal = refused(|fact| fact.decision = decision("2026-11-25"));
    assert!(matches!(refusal, Refusal::Ahead { .. }));
    let refusal = refused(|fact| fact.decision = decision("2026-02-28"));
    assert!(matches!(refusal, Refusal::DecidedBefore { .. }));
}

#[test]
fn a_subscription_is_settled_once() {
    let shares = allotted(&[(1, 400)]);
    let again = allotment(vec![paid_up(1, 400)]);
    let refusal = check_allotted(&shares, &example(), today(), &again).expect_err("allotted");
    assert!(refusal.to_string().contains("attribuées le 12 mars 2026"), "{refusal}");
    let mut shares = signed(&[(1, 400)]);
    let declined =
        SubscriptionDeclined { decision: decision("2026-03-10"), subscription: reference(1) };
    shares.apply_declined(at(5), &declined).expect("applies");
    let refusal = check_allotted(&shares, &example(), today(), &again).expect_err("declined");
    assert!(refusal.to_string().contains("rejetée le 10 mars 2026"), "{refusal}");
}

/// R12: a quarter at least, rounded up to the cent, and no more than the price.
#[test]
fn a_quarter_is_paid_before_allotment() {
    let shares = signed(&[(1, 401)]);
    let decide = |cents| {
        let paid = Amount::from_cents(cents);
        let fact = allotment(vec![Allotment { paid, ..paid_up(1, 401) }]);
        check_allotted(&shares, &example(), today(), &fact)
    };
    assert_eq!(decide(501_250), Ok(()));
    let refusal = decide(501_249).expect_err("one cent short");
    assert_eq!(
        refusal,
        Refusal::PaidTooLittle {
            subscription: reference(1),
            paid: Amount::from_cents(501_249),
            least: Amount::from_cents(501_250),
            amount: euros(20_050),
        }
    );
    assert!(refusal.to_string().contains("(règle R12, loi 1947 art. 12)"), "{refusal}");
    assert_eq!(decide(2_005_000), Ok(()));
    assert!(matches!(decide(2_005_001), Err(Refusal::PaidTooMuch { .. })));
}

/// R9: at the founding, the first list reaches the highest of the three floors.
#[test]
fn the_first_allotment_reaches_the_floor() {
    let shares = signed(&[(1, 399), (2, 1)]);
    let alone = allotment(vec![paid_up(1, 399)]);
    let refusal = check_allotted(&shares, &example(), today(), &alone).expect_err("50 € short");
    assert_eq!(refusal, Refusal::BelowFloor { after: euros(19_950), floor: euros(20_000) });
    assert!(refusal.to_string().contains("Réunissez encore 50,00\u{a0}€"), "{refusal}");
    let both = allotment(vec![paid_up(1, 399), paid_up(2, 1)]);
    assert_eq!(check_allotted(&shares, &example(), today(), &both), Ok(()));
}

/// R9: the worked example of the law file, a peak of 400 000 €: of 110 000 €, 10 000 € may go.
#[test]
fn the_floor_is_the_highest_of_three() {
    let mut bylaws = example();
    let shares = allotted(&[(1, 8_000)]);
    assert_eq!(shares.capital().peak, euros(400_000));
    let floor = shares.floor(&bylaws, today()).expect("stated");
    assert_eq!(floor, euros(100_000));
    assert_eq!(euros(110_000).minus(floor), Ok(euros(10_000)));
    assert_eq!(Shares::default().floor(&bylaws, today()), Ok(euros(20_000)), "the bylaws'");
    bylaws.parameters[1].value = "100".into();
    assert_eq!(Shares::default().floor(&bylaws, today()), Ok(euros(18_500)), "the form's");
    bylaws.parameters.retain(|row: &Parameter| row.name != ParameterName::CapitalFloorLegal);
    assert!(matches!(Shares::default().floor(&bylaws, today()), Err(Refusal::Parameter(_))));
}

/// R9: a quarter of the peak is rounded up: 23 331 cents give 5 832,75, hence 5 833.
#[test]
fn a_quarter_of_the_peak_is_rounded_up() {
    let mut bylaws = example();
    bylaws.parameters[1].value = "0".into();
    bylaws.parameters[3].value = "0".into();
    let mut shares = Shares::default();
    let mut fact = crate::shares::fixture::form(1, 7, "2026-03-01");
    fact.nominal = Amount::from_cents(3_333);
    shares.apply_subscribed(at(1), &fact).expect("applies");
    shares.apply_allotted(at(2), &allotment(vec![paid_up(1, 7)])).expect("applies");
    assert_eq!(shares.floor(&bylaws, today()), Ok(Amount::from_cents(5_833)));
}

/// R2: public bodies may hold half of the capital, not a share more.
#[test]
fn public_bodies_hold_half_at_most() {
    let shares = {
        let mut shares = allotted(&[(1, 400)]);
        for (seed, count) in [(2, 400), (3, 1), (4, 1)] {
            let fact = crate::shares::fixture::form(seed, count, "2026-03-01");
            shares.apply_subscribed(at(seed.into()), &fact).expect("applies");
        }
        shares
    };
    let town = |who: &MemberRef| *who == member(2) || *who == member(3);
    let decide = |list: &[Allotment]| shares.check_public_part(&example(), today(), town, list);
    assert_eq!(decide(&[paid_up(2, 400)]), Ok(()), "equality is allowed");
    let over = [paid_up(2, 400), paid_up(3, 1)];
    let refusal = decide(&over).expect_err("one share too many");
    let max = Rate::from_basis_points(5_000);
    assert_eq!(refusal, Refusal::PublicPart { public: euros(20_050), all: euros(40_050), max });
    assert!(refusal.to_string().contains("leur part ne dépasse pas 50\u{a0}%"), "{refusal}");
    let balanced = [paid_up(2, 400), paid_up(3, 1), paid_up(4, 1)];
    assert_eq!(decide(&balanced), Ok(()), "what others get in the same list counts");
    assert_eq!(decide(&[paid_up(4, 1)]), Ok(()));
    let unknown: SubscriptionRef = reference(8);
    let refusal = decide(&[Allotment { subscription: unknown.clone(), ..paid_up(2, 1) }]);
    assert_eq!(refusal, Err(Refusal::UnknownSubscription(unknown)));
}

/// R2: what public bodies hold already counts with what they would be allotted.
#[test]
fn what_public_bodies_hold_already_counts() {
    let mut shares = allotted(&[(1, 400), (2, 399)]);
    for (seed, count) in [(3, 1), (4, 1)] {
        let fact = crate::shares::fixture::form(seed, count, "2026-03-01");
        shares.apply_subscribed(at(seed.into()), &fact).expect("applies");
    }
    let town = |who: &MemberRef| *who != member(1);
    let decide = |list: &[Allotment]| shares.check_public_part(&example(), today(), town, list);
    assert_eq!(decide(&[paid_up(3, 1)]), Ok(()));
    assert!(matches!(decide(&[paid_up(3, 1), paid_up(4, 1)]), Err(Refusal::PublicPart { .. })));
}
