//! What goes and what stays, day by day, over the lives that a subscription may have.

use super::*;
use crate::base::{CategoryId, CollegeId};
use crate::bylaws::example;
use crate::event::Event;
use crate::members::{Admission, ErasureReason, MemberApplied, MembersAdmitted};
use crate::shares::SubscriptionDeclined;
use crate::test_world::{World, bits, day, decision, euros};

const WHO: u8 = 7;

fn who() -> MemberRef {
    MemberRef::from_random(bits(WHO))
}

/// Somebody who has applied, and subscribed ten shares by a form of 1 March 2026.
fn subscriber() -> World {
    let mut world = World::default();
    world.tell(&Event::MemberApplied(MemberApplied {
        sd: vec!["a".into(), "b".into()],
        sd_alg: "sha-256".into(),
        category: CategoryId::parse("habitants").expect("a slug"),
        mandate: None,
        member: who(),
        person: PersonKind::Natural,
        signer_vkey: None,
    }));
    world.subscribe(WHO, 10);
    world
}

fn target() -> Target {
    Target::Subscription(crate::base::SubscriptionRef::from_random(bits(WHO)))
}

fn decline(world: &mut World, on: &str) {
    let subscription = crate::base::SubscriptionRef::from_random(bits(WHO));
    let fact = SubscriptionDeclined { decision: decision(on), subscription };
    world.tell(&Event::SubscriptionDeclined(fact));
}

fn member() -> World {
    let mut world = subscriber();
    world.pay(20, euros("1000"), target());
    world.tell(&Event::MembersAdmitted(MembersAdmitted {
        admissions: vec![Admission {
            category: CategoryId::parse("habitants").expect("a slug"),
            college: CollegeId::parse("habitants").expect("a slug"),
            member: who(),
        }],
        decision: decision("2026-07-01"),
    }));
    world.allot(WHO, 10, euros("1000"));
    world
}

fn plan(world: &World, on: &str) -> ErasurePlan {
    erasure_plan(&world.registers, &example(), day(on), &who()).expect("known")
}

/// Each class that is kept, its duty and its last day.
fn kept(world: &World, on: &str) -> Vec<(DataClass, Duty, Option<Day>)> {
    plan(world, on).kept.iter().map(|row| (row.class, row.because, row.until)).collect()
}

fn fact(world: &World, on: &str, digests: &[&str]) -> Result<PersonErased, Refusal> {
    let digests = digests.iter().map(|text| (*text).to_owned()).collect();
    let ask = ErasePerson { member: who(), reason: ErasureReason::Requested, digests };
    let fact = erase(&world.registers, &example(), day(on), ask)?;
    check(&world.registers, &example(), day(on), &fact).map(|()| fact)
}

/// R79: the register of members lasts as long as the company; the refusal says so with its figures.
#[test]
fn a_member_is_kept_by_the_register_and_says_what_and_until_when() {
    let world = member();
    let refusal = fact(&world, "2027-03-01", &[]).expect_err("a member");
    assert_eq!(
        refusal.to_string(),
        "L’effacement est refusé. La loi ou la vie de la société oblige à garder : identité, \
         naissance et nationalité, adresse postale, dossier de preuve des bulletins : registre des \
         associés (10 parts détenues ; vie de la société, puis 5 ans) ; adresse électronique, IBAN \
         : vie de la société : convocations et paiements (sans date fixée) ; payeur des virements \
         reçus : pièces comptables (jusqu’au 31 décembre 2036). (règle R79, RGPD art. 17 § 3 b) \
         Redemandez-le à partir du 1er janvier 2037 ; d’ici là, la personne peut lire et \
         télécharger ce qui est gardé."
    );
}

/// R79: ten years from the close of the year of the payment, to the day.
#[test]
fn the_payer_of_a_member_is_erased_once_the_voucher_is_ten_years_old() {
    let world = member();
    assert!(plan(&world, "2036-12-31").erased.is_empty());
    assert_eq!(plan(&world, "2037-01-01").erased, [DataClass::Payments]);
    let mut world = world;
    assert_eq!(erased_lines(&world.registers), Vec::<&LineRef>::new());
    let erased = fact(&world, "2037-01-01", &[]).expect("old enough");
    world.tell(&Event::PersonErased(erased));
    world.pay(21, euros("1"), target());
    assert_eq!(erased_lines(&world.registers), [&LineRef::from_random(bits(20))]);
    assert!(plan(&world, "2036-12-31").kept.iter().any(|row| row.class == DataClass::Payments));
    assert_eq!(plan(&world, "2037-01-01").erased, [DataClass::Payments], "the later line");
}

#[test]
fn what_is_undecided_or_owed_back_keeps_everything() {
    let mut world = subscriber();
    world.pay(20, euros("500"), target());
    let all_by = |world: &World, duty: Duty, on: &str| {
        let kept = kept(world, on);
        kept.len() == DataClass::ALL.len()
            && kept.iter().all(|(_, because, until)| (*because, *until) == (duty, None))
    };
    assert!(all_by(&world, Duty::Undecided, "2040-01-01"), "{:?}", kept(&world, "2040-01-01"));
    decline(&mut world, "2026-07-01");
    assert!(all_by(&world, Duty::Refund, "2040-01-01"), "{:?}", kept(&world, "2040-01-01"));
    let refusal = fact(&world, "2040-01-01", &[]).expect_err("owed").to_string();
    assert!(refusal.contains("remboursement dû (sans date fixée)"), "{refusal}");
    assert!(refusal.ends_with("souscription refusée."), "{refusal}");
}

/// R79: declined and paid back: contact at once, birth after a year, the rest with the vouchers.
#[test]
fn what_no_duty_covers_goes_before_the_rest() {
    let mut world = subscriber();
    world.pay(20, euros("500"), target());
    decline(&mut world, "2026-07-01");
    let subscription = crate::base::SubscriptionRef::from_random(bits(WHO));
    world.pay(21, euros("-500"), Target::Refund(subscription));
    assert_eq!(plan(&world, "2026-07-02").erased, [DataClass::Contact, DataClass::Bank]);
    assert_eq!(plan(&world, "2027-07-01").erased, [DataClass::Contact, DataClass::Bank]);
    let after = plan(&world, "2027-07-02");
    assert_eq!(after.erased, [DataClass::Birth, DataClass::Contact, DataClass::Bank]);
    assert!(after.kept.iter().all(|row| row.until == Some(day("2036-12-31"))), "{after:?}");
    assert_eq!(plan(&world, "2037-01-01").erased, DataClass::ALL);
}

#[test]
fn a_form_without_a_follow_up_is_kept_for_the_time_that_the_bylaws_say() {
    let mut world = subscriber();
    // Contact is of use while the form may still be paid and decided.
    assert_eq!(plan(&world, "2027-03-01").erased, []);
    let whole = plan(&world, "2027-03-02");
    assert!(whole.kept.is_empty() && whole.is_whole(), "{whole:?}");
    assert!(!whole.erased.contains(&DataClass::Payments), "nobody paid");
    decline(&mut world, "2026-07-01");
    assert_eq!(kept(&world, "2027-07-01").len(), 4);
    assert!(kept(&world, "2027-07-02").is_empty());
    // Longer bylaws, longer keeping: the day before they change still reads the old figure.
    let mut longer = example();
    longer.parameters.push(crate::bylaws::Parameter {
        from: day("2027-07-02"),
        name: ParameterName::UnfulfilledYears,
        source: "statuts modifiés".into(),
        value: "3".into(),
    });
    let later = erasure_plan(&world.registers, &longer, day("2027-07-02"), &who()).expect("known");
    assert!(later.kept.iter().all(|row| row.until == Some(day("2029-07-01"))), "{later:?}");
}

/// R78: every digest that can be opened no more is named, and no other.
#[test]
fn an_erasure_names_the_digests_that_it_erases() {
    let mut world = subscriber();
    let wrong = |refusal: Refusal| {
        assert_eq!(refusal, AcrossRefusal::ErasedDigests(who()).into());
    };
    wrong(fact(&world, "2027-03-02", &["a"]).expect_err("one is left"));
    wrong(fact(&world, "2027-03-02", &["a", "b", "c"]).expect_err("one is nobody's"));
    let erased = fact(&world, "2027-03-02", &["b", "a"]).expect("whole");
    assert_eq!(erased.digests, ["a", "b"]);
    let unsorted = PersonErased { digests: vec!["b".into(), "a".into()], ..erased.clone() };
    wrong(check(&world.registers, &example(), day("2027-03-02"), &unsorted).expect_err("order"));
    let less = PersonErased { erased: vec![DataClass::Identity], ..erased.clone() };
    let refused = check(&world.registers, &example(), day("2027-03-02"), &less);
    assert_eq!(refused, Err(AcrossRefusal::PlanDiffers(who()).into()));

    world.tell(&Event::PersonErased(erased));
    let again = fact(&world, "2027-03-02", &[]).expect_err("nothing is left");
    assert_eq!(again, AcrossRefusal::ErasedAlready(who()).into());
    let known = world.registers.members.get(&who()).expect("known");
    assert!(known.is_erased() && known.erased_sd.len() == 2);
}

#[test]
fn what_is_kept_goes_later_by_another_erasure() {
    let mut world = subscriber();
    decline(&mut world, "2026-07-01");
    let first = fact(&world, "2026-07-02", &["b"]).expect("contact");
    assert_eq!(first.erased, [DataClass::Contact, DataClass::Bank]);
    world.tell(&Event::PersonErased(first));
    assert!(!world.registers.members.get(&who()).expect("known").is_erased());
    let rest = fact(&world, "2027-07-02", &["a"]).expect("the rest");
    let of_rest = [DataClass::Identity, DataClass::Birth, DataClass::Domicile, DataClass::Evidence];
    assert_eq!(rest.erased, of_rest);
}

/// R79: books opened before these figures were parameters read the figures of law.
#[test]
fn bylaws_that_do_not_state_the_durations_have_those_of_law() {
    let mut older = example();
    let new = [
        ParameterName::VoucherYears,
        ParameterName::RegisterYears,
        ParameterName::UnfulfilledYears,
    ];
    older.parameters.retain(|row| !new.contains(&row.name));
    assert_eq!(crate::bylaws::check(&older, day("2026-03-01")), Ok(()));
    let at = older.at(day("2026-03-01"));
    let read = new.map(|name| at.number(name).expect("a figure of law"));
    assert_eq!(read, [10, 5, 1]);
    assert!(at.source(ParameterName::VoucherYears).expect("a source").contains("L123-22"));
}
