//! Rules of membership: who applies with what, and who is admitted where.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{
    Admission, Apply, MemberApplied, Members, MembersAdmitted, PersonKind, Refusal, Standing,
};
use crate::base::{Day, DecisionRef};
use crate::bylaws::{Bylaws, LegalPart};

/// The digest algorithm of disclosures, as RFC 9901 names it.
const SD_ALG: &str = "sha-256";
/// The most disclosures an application carries.
const DISCLOSURES_MAX: usize = 24;
/// The longest reference of a legal person's own decision, in characters.
const MANDATE_MAX: usize = 120;
/// The most admissions in one decision.
const ADMISSIONS_MAX: usize = 100;
/// The shortest label that still says which meeting decided, in characters.
const LABEL_MIN: usize = 3;
/// The longest label of a decision, in characters.
const LABEL_MAX: usize = 160;

const NATURAL: &[&str] = &[
    "surname",
    "first_names",
    "birth_date",
    "birth_place",
    "nationality",
    "street",
    "postcode",
    "town",
    "country",
    "email",
];
const LEGAL: &[&str] = &[
    "denomination",
    "legal_form",
    "siren",
    "street",
    "postcode",
    "town",
    "country",
    "representative",
    "email",
];

/// The identity that a person of this kind must give (R34).
///
/// An association without a SIREN gives its `rna` instead.
pub const fn fields_required(person: PersonKind) -> &'static [&'static str] {
    match person {
        PersonKind::Natural => NATURAL,
        PersonKind::Company | PersonKind::Association | PersonKind::PublicBody => LEGAL,
    }
}

/// What a person of this kind may give besides; anything else would be data without a purpose.
pub const fn fields_allowed(person: PersonKind) -> &'static [&'static str] {
    match person {
        PersonKind::Natural => &["usual_name", "iban"],
        PersonKind::Association => &["rna", "iban"],
        PersonKind::Company | PersonKind::PublicBody => &["iban"],
    }
}

/// The fact that an application brings about, once the identity is complete.
///
/// Rules: R34 (identity). The fields' names are not in the fact: only here can they be read.
///
/// # Errors
/// [`Refusal::MissingFields`], [`Refusal::UnknownField`], [`Refusal::FieldTwice`],
/// [`Refusal::FieldsAndDigests`].
pub fn apply(ask: Apply) -> Result<MemberApplied, Refusal> {
    check_fields(&ask)?;
    Ok(MemberApplied {
        sd: ask.sd,
        sd_alg: SD_ALG.into(),
        category: ask.category,
        mandate: ask.mandate,
        member: ask.member,
        person: ask.person,
        signer_vkey: ask.signer_vkey,
    })
}

fn check_fields(ask: &Apply) -> Result<(), Refusal> {
    let person = ask.person;
    let (required, allowed) = (fields_required(person), fields_allowed(person));
    let mut given = BTreeSet::new();
    for field in &ask.fields {
        let field = field.as_str();
        if !required.contains(&field) && !allowed.contains(&field) {
            return Err(Refusal::UnknownField(field.chars().take(LABEL_MAX).collect()));
        }
        if !given.insert(field) {
            return Err(Refusal::FieldTwice(field.to_owned()));
        }
    }
    let stands_in = |field: &str| field == "siren" && given.contains("rna");
    let is_missing = |field: &&&str| !given.contains(**field) && !stands_in(field);
    let missing: Vec<&'static str> = required.iter().filter(is_missing).copied().collect();
    if !missing.is_empty() {
        return Err(Refusal::MissingFields { person, missing });
    }
    if ask.fields.len() != ask.sd.len() {
        return Err(Refusal::FieldsAndDigests { fields: ask.fields.len(), digests: ask.sd.len() });
    }
    Ok(())
}

/// Checks an application.
///
/// Rules: R1 (the category exists), R2 (a public body applies in its own category), R24 (mandate).
///
/// # Errors
/// The first [`Refusal`] met.
pub fn check_applied(
    members: &Members,
    bylaws: &Bylaws,
    _today: Day,
    fact: &MemberApplied,
) -> Result<(), Refusal> {
    if members.get(&fact.member).is_some() {
        return Err(Refusal::KnownMember(fact.member.clone()));
    }
    check_disclosures(fact)?;
    let unknown = || Refusal::UnknownCategory(fact.category.clone());
    let category = bylaws.category(&fact.category).ok_or_else(unknown)?;
    let public_category = category.legal_part == LegalPart::PublicBody;
    if public_category != (fact.person == PersonKind::PublicBody) {
        let (category, person) = (category.label.clone(), fact.person);
        return Err(Refusal::NotTheirCategory { category, person });
    }
    check_mandate(fact)
}

fn check_disclosures(fact: &MemberApplied) -> Result<(), Refusal> {
    if fact.sd_alg != SD_ALG {
        return Err(Refusal::DigestAlgorithm(fact.sd_alg.chars().take(LABEL_MAX).collect()));
    }
    let given = fact.sd.len();
    if given == 0 || given > DISCLOSURES_MAX {
        return Err(Refusal::DigestCount { given, max: DISCLOSURES_MAX });
    }
    let is_digest = |text: &String| URL_SAFE_NO_PAD.decode(text).is_ok_and(|b| b.len() == 32);
    if let Some(text) = fact.sd.iter().find(|text| !is_digest(text)) {
        return Err(Refusal::BadDigest(text.chars().take(LABEL_MAX).collect()));
    }
    if fact.sd.iter().collect::<BTreeSet<_>>().len() != given {
        return Err(Refusal::DigestTwice);
    }
    Ok(())
}

/// Associations and public bodies subscribe by a decision of their own bodies (R24).
fn check_mandate(fact: &MemberApplied) -> Result<(), Refusal> {
    let needed = matches!(fact.person, PersonKind::Association | PersonKind::PublicBody);
    let Some(mandate) = &fact.mandate else {
        return if needed { Err(Refusal::NoMandate(fact.person)) } else { Ok(()) };
    };
    let length = mandate.chars().count();
    if mandate.trim().is_empty() {
        return Err(Refusal::NoMandate(fact.person));
    }
    if length > MANDATE_MAX || mandate.chars().any(char::is_control) {
        return Err(Refusal::BadMandate { length, max: MANDATE_MAX });
    }
    Ok(())
}

/// Checks a decision of admission.
///
/// Rules: R1 (category), R2 (public bodies in their own), R4 (college), R25 (a dated decision).
///
/// # Errors
/// The first [`Refusal`] met.
pub fn check_admitted(
    members: &Members,
    bylaws: &Bylaws,
    today: Day,
    fact: &MembersAdmitted,
) -> Result<(), Refusal> {
    check_decision(&fact.decision, today)?;
    let given = fact.admissions.len();
    if given == 0 || given > ADMISSIONS_MAX {
        return Err(Refusal::ListLength { given, max: ADMISSIONS_MAX });
    }
    let mut seen = BTreeSet::new();
    for admission in &fact.admissions {
        if !seen.insert(&admission.member) {
            return Err(Refusal::ListedTwice(admission.member.clone()));
        }
        check_admission(members, bylaws, admission)?;
    }
    Ok(())
}

fn check_admission(
    members: &Members,
    bylaws: &Bylaws,
    admission: &Admission,
) -> Result<(), Refusal> {
    let unknown = || Refusal::NotApplied(admission.member.clone());
    let member = members.get(&admission.member).ok_or_else(unknown)?;
    if let Standing::Admitted { decision, .. } = &member.standing {
        let (member, on) = (member.member.clone(), decision.on);
        return Err(Refusal::AlreadyAdmitted { member, on });
    }
    let unknown = || Refusal::UnknownCategory(admission.category.clone());
    let category = bylaws.category(&admission.category).ok_or_else(unknown)?;
    let public_category = category.legal_part == LegalPart::PublicBody;
    if public_category != (member.person == PersonKind::PublicBody) {
        let (category, person) = (category.label.clone(), member.person);
        return Err(Refusal::NotTheirCategory { category, person });
    }
    if bylaws.college(&admission.college).is_none() {
        return Err(Refusal::UnknownCollege(admission.college.clone()));
    }
    Ok(())
}

fn check_decision(decision: &DecisionRef, today: Day) -> Result<(), Refusal> {
    let length = decision.label.chars().count();
    let sound = (LABEL_MIN..=LABEL_MAX).contains(&length)
        && !decision.label.trim().is_empty()
        && !decision.label.chars().any(char::is_control);
    if !sound {
        return Err(Refusal::DecisionLabel { length, min: LABEL_MIN, max: LABEL_MAX });
    }
    if decision.on > today {
        return Err(Refusal::DecisionAhead { on: decision.on, today });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
