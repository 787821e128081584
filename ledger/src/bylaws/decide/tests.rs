//! What bylaws must say before a book opens.

use super::*;
use crate::base::{CollegeId, ShareCount};
use crate::bylaws::example;

fn today() -> Day {
    Day::new(2026, 11, 24).expect("a day")
}

fn refused(change: impl Fn(&mut Bylaws)) -> Refusal {
    let mut bylaws = example();
    change(&mut bylaws);
    let refusal = check(&bylaws, today()).expect_err("refused");
    assert!(refusal.to_string().starts_with("Les statuts déclarés sont refusés. "), "{refusal}");
    refusal
}

fn with_weights(points: &[u32]) -> Result<(), Refusal> {
    let mut bylaws = example();
    bylaws.colleges.truncate(points.len());
    for (college, points) in bylaws.colleges.iter_mut().zip(points) {
        college.weight = Rate::from_basis_points(*points);
    }
    let first = bylaws.colleges[0].id.clone();
    for category in &mut bylaws.categories {
        category.college = first.clone();
    }
    check(&bylaws, today())
}

#[test]
fn the_example_opens() {
    assert_eq!(check(&example(), today()), Ok(()));
}

/// R4: the worked examples of the law file.
#[test]
fn a_college_weighs_between_a_tenth_and_a_half() {
    assert_eq!(with_weights(&[3_000, 2_500, 2_500, 2_000]), Ok(()));
    assert_eq!(with_weights(&[5_000, 5_000]), Ok(()));
    let heavy = with_weights(&[5_500, 2_500, 2_000]).expect_err("55 %");
    assert!(heavy.to_string().contains("pèse 55\u{a0}% des voix"), "{heavy}");
    let light = with_weights(&[5_000, 4_100, 900]).expect_err("9 %");
    assert!(light.to_string().contains("pèse 9\u{a0}% des voix"), "{light}");
    let short = with_weights(&[3_000, 3_000, 3_000]).expect_err("90 %");
    assert_eq!(short, Refusal::WeightsSum(Rate::from_basis_points(9_000)));
    assert_eq!(with_weights(&[5_000]), Err(Refusal::TooFewColleges { given: 1, least: 2 }));
}

/// R1: three categories at least, two of them by law.
#[test]
fn two_categories_are_mandatory_and_three_are_needed() {
    let refusal = refused(|bylaws| bylaws.categories.truncate(2));
    assert_eq!(refusal, Refusal::TooFewCategories { given: 2, least: 3 });
    for part in [LegalPart::Beneficiary, LegalPart::EmployeeOrProducer] {
        let refusal = refused(|bylaws| {
            let found = bylaws.categories.iter_mut().find(|c| c.legal_part == part);
            found.expect("in the example").legal_part = LegalPart::Other;
        });
        assert_eq!(refusal, Refusal::MissingLegalPart(part));
        assert!(refusal.to_string().contains(part.in_french()), "{refusal}");
    }
}

#[test]
fn a_category_asks_for_a_share_and_names_a_college_that_exists() {
    let refusal = refused(|bylaws| bylaws.categories[0].shares_min = ShareCount::new(0));
    assert!(matches!(refusal, Refusal::NoShare(_)));
    let other = CollegeId::parse("inconnu").expect("a slug");
    let refusal = refused(|bylaws| bylaws.categories[0].college = other.clone());
    assert!(matches!(refusal, Refusal::UnknownCollege { college, .. } if college == other));
}

#[test]
fn a_slug_names_one_thing() {
    let refusal = refused(|bylaws| bylaws.categories[1].id = bylaws.categories[0].id.clone());
    assert_eq!(refusal, Refusal::Twice("habitants".into()));
    let refusal = refused(|bylaws| bylaws.colleges[3].id = bylaws.colleges[0].id.clone());
    assert!(matches!(refusal, Refusal::UnknownCollege { .. }), "its category lost its college");
    let refusal = refused(|bylaws| {
        bylaws.colleges[3].id = bylaws.colleges[0].id.clone();
        bylaws.categories[3].college = bylaws.colleges[0].id.clone();
    });
    assert_eq!(refusal, Refusal::Twice("habitants".into()));
}

#[test]
fn every_figure_is_stated_once_a_day_and_of_its_kind() {
    let refusal =
        refused(|bylaws| bylaws.parameters.retain(|p| p.name.kind() != ParameterKind::Number));
    assert!(matches!(refusal, Refusal::Parameter(_)));
    let refusal = refused(|bylaws| bylaws.parameters.push(bylaws.parameters[0].clone()));
    assert!(matches!(refusal, Refusal::ParameterTwice { name: ParameterName::NominalValue, .. }));
    for (row, value) in [(0, "0"), (0, "50,00"), (1, "-1"), (4, "1.5"), (4, "un quart"), (10, "0")]
    {
        let refusal = refused(|bylaws| bylaws.parameters[row].value = value.into());
        assert!(matches!(refusal, Refusal::ParameterValue { .. }), "{value}");
    }
    let day = Day::new(2019, 12, 31).expect("a day");
    assert!(matches!(check(&example(), day), Err(Refusal::Parameter(_))), "not yet in force");
}

#[test]
fn the_company_can_be_named_on_a_deed() {
    let refusal = refused(|bylaws| bylaws.company.siren = "732829321".into());
    assert_eq!(refusal, Refusal::Siren("732829321".into()));
    let refusal = refused(|bylaws| bylaws.company.seat.postcode = "5900".into());
    assert_eq!(refusal, Refusal::Postcode("5900".into()));
    for name in ["", "  ", "deux\nlignes", "x".repeat(161).as_str()] {
        let refusal = refused(|bylaws| bylaws.company.name = name.into());
        assert!(matches!(refusal, Refusal::Text { field: "dénomination", .. }), "{name}");
    }
    let mut bylaws = example();
    bylaws.company.sigle = String::new();
    assert_eq!(check(&bylaws, today()), Ok(()), "a short name is not mandatory");
}

#[test]
fn every_list_has_an_end() {
    let refusal = refused(|bylaws| {
        bylaws.categories = vec![bylaws.categories[0].clone(); GROUPS_MAX + 1];
    });
    assert!(matches!(refusal, Refusal::TooMany { list: "catégories", given: 21, max: 20 }));
}
