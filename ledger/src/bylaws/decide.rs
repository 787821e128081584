//! Rules of the opening: categories, colleges, the company's mentions and the figures of law.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::{Bylaws, Company, LegalPart, Parameter, ParameterKind, ParameterName, Refusal};
use crate::base::{Day, Rate};

/// How many member categories a SCIC has at least (R1).
const CATEGORIES_MIN: usize = 3;
/// How many colleges the cap on a college's weight makes necessary (R4).
const COLLEGES_MIN: usize = 2;
/// The most categories, or colleges, that bylaws may state.
const GROUPS_MAX: usize = 20;
/// The most parameter rows that bylaws may state.
const PARAMETERS_MAX: usize = 500;
/// The longest name, label or address, in characters.
const TEXT_MAX: usize = 160;
/// The longest statement of an activity or of a source, in characters.
const LONG_TEXT_MAX: usize = 400;

/// Checks what the genesis leaf states, as of that day.
///
/// Rules: R1 (categories), R4 (colleges), R5 (a category's college exists), R7 (company).
///
/// # Errors
/// The first [`Refusal`] met.
pub fn check(bylaws: &Bylaws, today: Day) -> Result<(), Refusal> {
    check_company(&bylaws.company)?;
    check_parameters(bylaws, today)?;
    check_categories(bylaws)?;
    check_colleges(bylaws, today)
}

fn check_company(company: &Company) -> Result<(), Refusal> {
    check_text("activité", &company.activity, LONG_TEXT_MAX)?;
    check_text("forme", &company.form, TEXT_MAX)?;
    check_text("dénomination", &company.name, TEXT_MAX)?;
    check_text("greffe", &company.rcs, TEXT_MAX)?;
    check_text("voie du siège", &company.seat.street, TEXT_MAX)?;
    check_text("commune du siège", &company.seat.town, TEXT_MAX)?;
    if !company.sigle.is_empty() {
        // A company need not have a short name.
        check_text("sigle", &company.sigle, TEXT_MAX)?;
    }
    let postcode = &company.seat.postcode;
    if postcode.len() != 5 || !postcode.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refusal::Postcode(postcode.chars().take(TEXT_MAX).collect()));
    }
    if !super::siren_is_valid(&company.siren) {
        return Err(Refusal::Siren(company.siren.chars().take(TEXT_MAX).collect()));
    }
    Ok(())
}

fn check_text(field: &'static str, text: &str, max: usize) -> Result<(), Refusal> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > max || text.chars().any(char::is_control) {
        return Err(Refusal::Text { field, length, max });
    }
    Ok(())
}

fn check_parameters(bylaws: &Bylaws, today: Day) -> Result<(), Refusal> {
    let rows = &bylaws.parameters;
    check_rows("paramètres", rows.len(), PARAMETERS_MAX)?;
    let mut seen = BTreeSet::new();
    for row in rows {
        check_text("source d’un paramètre", &row.source, LONG_TEXT_MAX)?;
        if !value_is_sound(row) {
            let value = row.value.chars().take(TEXT_MAX).collect();
            return Err(Refusal::ParameterValue { name: row.name, value });
        }
        if !seen.insert((row.name, row.from)) {
            return Err(Refusal::ParameterTwice { name: row.name, from: row.from });
        }
    }
    let stated = bylaws.at(today);
    ParameterName::ALL.into_iter().try_for_each(|name| {
        let found = match name.kind() {
            ParameterKind::Sum => stated.amount(name).map(|_| ()),
            ParameterKind::Rate => stated.rate(name).map(|_| ()),
            ParameterKind::Number => stated.number(name).map(|_| ()),
        };
        found.map_err(Refusal::Parameter)
    })
}

/// Rows to come are read too: a bad figure must not wait for its day to be found.
fn value_is_sound(row: &Parameter) -> bool {
    match row.name.kind() {
        ParameterKind::Sum => row.value.parse().is_ok_and(|cents: i64| {
            cents > 0 || (cents == 0 && row.name != ParameterName::NominalValue)
        }),
        ParameterKind::Rate => {
            Rate::parse(&row.value).is_ok_and(|rate| rate.as_decimal() <= Decimal::ONE)
        }
        ParameterKind::Number => row.value.parse().is_ok_and(|number: u32| number >= 1),
    }
}

fn check_rows(list: &'static str, given: usize, max: usize) -> Result<(), Refusal> {
    if given > max { Err(Refusal::TooMany { list, given, max }) } else { Ok(()) }
}

fn check_categories(bylaws: &Bylaws) -> Result<(), Refusal> {
    let categories = &bylaws.categories;
    check_rows("catégories", categories.len(), GROUPS_MAX)?;
    if categories.len() < CATEGORIES_MIN {
        let given = categories.len();
        return Err(Refusal::TooFewCategories { given, least: CATEGORIES_MIN });
    }
    for part in [LegalPart::Beneficiary, LegalPart::EmployeeOrProducer] {
        if !categories.iter().any(|category| category.legal_part == part) {
            return Err(Refusal::MissingLegalPart(part));
        }
    }
    let mut slugs = BTreeSet::new();
    for category in categories {
        check_text("nom d’une catégorie", &category.label, TEXT_MAX)?;
        if !slugs.insert(&category.id) {
            return Err(Refusal::Twice(category.id.to_string()));
        }
        if category.shares_min.get() == 0 {
            return Err(Refusal::NoShare(category.id.clone()));
        }
        if bylaws.college(&category.college).is_none() {
            let (category, college) = (category.id.clone(), category.college.clone());
            return Err(Refusal::UnknownCollege { category, college });
        }
    }
    Ok(())
}

fn check_colleges(bylaws: &Bylaws, today: Day) -> Result<(), Refusal> {
    let colleges = &bylaws.colleges;
    check_rows("collèges", colleges.len(), GROUPS_MAX)?;
    if colleges.len() < COLLEGES_MIN {
        return Err(Refusal::TooFewColleges { given: colleges.len(), least: COLLEGES_MIN });
    }
    let rate = |name| bylaws.at(today).rate(name).map_err(Refusal::Parameter);
    let min = rate(ParameterName::CollegeWeightMin)?;
    let max = rate(ParameterName::CollegeWeightMax)?;
    let mut slugs = BTreeSet::new();
    let mut sum = Decimal::ZERO;
    for college in colleges {
        check_text("nom d’un collège", &college.label, TEXT_MAX)?;
        if !slugs.insert(&college.id) {
            return Err(Refusal::Twice(college.id.to_string()));
        }
        let weight = college.weight;
        if weight < min || weight > max {
            let college = college.id.clone();
            return Err(Refusal::WeightOutOfBounds { college, weight, min, max });
        }
        sum = sum.checked_add(weight.as_decimal()).ok_or(Refusal::Overflow)?;
    }
    if sum != Decimal::ONE {
        let sum = Rate::parse(&sum.to_string()).map_err(|_| Refusal::Overflow)?;
        return Err(Refusal::WeightsSum(sum));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
