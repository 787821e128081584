//! What a form must say to be taken in.

use super::*;
use crate::base::Amount;
use crate::bylaws::example;
use crate::shares::fixture::{at, day, euros, form, reference, signed, today};

fn refused(change: impl Fn(&mut SharesSubscribed)) -> Refusal {
    let mut fact = form(9, 12, "2026-11-24");
    let shares = signed(&[(1, 10)]);
    assert_eq!(check_subscribed(&shares, &example(), today(), &fact), Ok(()));
    change(&mut fact);
    let refusal = check_subscribed(&shares, &example(), today(), &fact).expect_err("refused");
    assert!(refusal.to_string().starts_with("La souscription est refusée. "), "{refusal}");
    assert!(!refusal.to_string().contains("recevable"), "{refusal}");
    refusal
}

#[test]
fn a_subscription_has_the_nominal_of_its_day_and_its_own_reference() {
    let fact = form(0xab, 12, "2026-11-24");
    assert_eq!((fact.nominal, fact.amount()), (euros(50), euros(600)));
    let again = PaymentReference::from_body("PSABABABABABAB").expect("a body");
    assert_eq!(fact.reference, again);
}

/// R23: the number that the person wrote is the number in figures.
#[test]
fn the_number_in_words_is_the_number_in_figures() {
    let refusal = refused(|fact| fact.form.in_words = " dix ".into());
    assert_eq!(
        refusal.to_string(),
        "La souscription est refusée. Vous avez écrit « dix » pour 12 parts. \
         (règle R23, C. com. R225-128) Écrivez « douze »."
    );
    let refusal = refused(|fact| fact.form.in_words = String::new());
    assert!(refusal.to_string().contains("en toutes lettres manque pour 12 parts"), "{refusal}");
    let padded = format!("{}douze", " ".repeat(200));
    assert!(matches!(
        refused(|fact| fact.form.in_words.clone_from(&padded)),
        Refusal::InWords { .. }
    ));
    let mut fact = form(9, 21, "2026-11-24");
    fact.form.in_words = "Vingt et une".into();
    assert_eq!(check_subscribed(&Shares::default(), &example(), today(), &fact), Ok(()));
}

#[test]
fn a_subscription_asks_for_one_share_up_to_the_most() {
    assert_eq!(refused(|fact| fact.count = ShareCount::new(0)), Refusal::NoShares);
    let refusal = refused(|fact| fact.count = ShareCount::new(20_001));
    let (count, max) = (ShareCount::new(20_001), ShareCount::new(20_000));
    assert_eq!(refusal, Refusal::AboveMaximum { count, max });
}

/// R11: one nominal value, that of the bylaws on the day of the form.
#[test]
fn another_nominal_value_is_refused() {
    let refusal = refused(|fact| fact.nominal = euros(40));
    assert!(refusal.to_string().contains("comptée à 40,00\u{a0}€"), "{refusal}");
}

#[test]
fn figures_that_are_missing_or_too_large_stop_the_rule() {
    let early = form(9, 12, "2026-11-24");
    let early = SharesSubscribed { on: day("2019-12-31"), ..early };
    let refusal = check_subscribed(&Shares::default(), &example(), today(), &early);
    let refusal = refusal.expect_err("no nominal value yet");
    assert!(matches!(refusal, Refusal::Parameter(_)));
    assert!(refusal.to_string().contains("n’est pas fixé au 31/12/2019"), "{refusal}");
    let mut bylaws = example();
    bylaws.parameters[0].value = i64::MAX.to_string();
    let mut large = form(9, 12, "2026-11-24");
    large.nominal = Amount::from_cents(i64::MAX);
    let refusal = check_subscribed(&Shares::default(), &bylaws, today(), &large);
    assert_eq!(refusal, Err(Refusal::Overflow));
    assert!(Refusal::Overflow.to_string().contains("dépasse la limite de calcul"));
}

#[test]
fn a_form_is_not_dated_after_today() {
    let refusal = refused(|fact| fact.on = day("2026-11-25"));
    assert!(refusal.to_string().contains("25 novembre 2026 est après aujourd’hui"), "{refusal}");
}

#[test]
fn a_subscription_is_recorded_once_under_its_own_reference() {
    assert_eq!(
        refused(|fact| fact.subscription = reference(1)),
        Refusal::KnownSubscription(reference(1))
    );
    let other = PaymentReference::from_body("PS000000000000").expect("a body");
    assert!(matches!(
        refused(|fact| fact.reference = other.clone()),
        Refusal::OtherReference { given, .. } if given == other
    ));
    // Two subscriptions that share their first 48 bits would share a payment reference.
    let mut bits = [1; 16];
    bits[15] = 2;
    let near = SubscriptionRef::from_random(bits);
    let refusal = refused(|fact| {
        fact.subscription = near.clone();
        fact.reference = reference_of(&near).expect("a reference");
    });
    assert!(matches!(refusal, Refusal::KnownReference(_)));
}

/// R30: 100 000 shares of 50 € in twelve months are the 5 000 000 € at which the offer stops.
#[test]
fn the_offer_stops_before_its_ceiling_over_twelve_months() {
    let mut shares = Shares::default();
    for seed in 1..=4 {
        let fact = form(seed, 20_000, "2026-03-01");
        assert_eq!(check_subscribed(&shares, &example(), today(), &fact), Ok(()));
        shares.apply_subscribed(at(seed.into()), &fact).expect("applies");
    }
    assert_eq!(shares.subscribed_amount_since(day("2026-03-01")), Ok(euros(4_000_000)));
    assert_eq!(shares.subscribed_amount_since(day("2026-03-02")), Ok(Amount::ZERO));
    let decide =
        |fact: &SharesSubscribed| check_subscribed(&shares, &example(), day("2027-12-01"), fact);
    assert_eq!(decide(&form(9, 19_999, "2026-11-24")), Ok(()));
    let refusal = decide(&form(9, 20_000, "2027-02-28")).expect_err("the ceiling is reached");
    let (amount, sum) = (euros(1_000_000), euros(5_000_000));
    assert_eq!(refusal, Refusal::OfferBlocked { amount, sum, block: sum });
    assert!(refusal.to_string().contains("règle R30"), "{refusal}");
    assert_eq!(decide(&form(9, 20_000, "2027-03-01")), Ok(()), "a year has gone by");
    // A form of an earlier day that comes late counts in the twelve months that follow it.
    assert!(decide(&form(9, 20_000, "2025-03-02")).is_err());
    assert_eq!(decide(&form(9, 20_000, "2025-03-01")), Ok(()));
}

/// R16: the fewest shares of a category.
#[test]
fn a_category_has_its_minimum() {
    let group = |id: &str| CategoryId::parse(id).expect("a slug");
    let asked = |id: &str, count| check_minimum(&example(), &group(id), ShareCount::new(count));
    assert_eq!(asked("collectivites", 20), Ok(()));
    let refusal = asked("collectivites", 19).expect_err("too few");
    assert!(refusal.to_string().contains("demande 20 parts au moins ; vous en demandez 19"));
    assert_eq!(asked("inconnue", 1), Err(Refusal::UnknownCategory(group("inconnue"))));
}
