//! Who may apply, and who is admitted.

use super::*;
use crate::base::{CategoryId, CollegeId, LeafIndex, MemberRef, Stamp};
use crate::bylaws::example;

fn today() -> Day {
    Day::new(2026, 11, 24).expect("a day")
}

fn at(index: u64) -> Stamp {
    Stamp { index: LeafIndex::new(index), day: today() }
}

fn member(seed: u8) -> MemberRef {
    MemberRef::from_random([seed; 16])
}

fn category(id: &str) -> CategoryId {
    CategoryId::parse(id).expect("a slug")
}

fn digests(count: usize) -> Vec<String> {
    (1..=count).map(|n| URL_SAFE_NO_PAD.encode([u8::try_from(n).expect("few"); 32])).collect()
}

fn asking(person: PersonKind, group: &str, fields: &[&str]) -> Apply {
    Apply {
        member: member(1),
        person,
        category: category(group),
        mandate: None,
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        sd: digests(fields.len()),
        signer_vkey: None,
    }
}

fn application(seed: u8, person: PersonKind, group: &str) -> MemberApplied {
    let mandate = (person != PersonKind::Natural).then(|| "CA du 12 mars 2026".to_owned());
    let ask = asking(person, group, fields_required(person));
    apply(Apply { member: member(seed), mandate, ..ask }).expect("a complete identity")
}

fn admission(seed: u8, group: &str) -> Admission {
    let college = CollegeId::parse(group).expect("a slug");
    Admission { category: category(group), college, member: member(seed) }
}

fn decision(admissions: Vec<Admission>) -> MembersAdmitted {
    let on = Day::new(2026, 11, 20).expect("a day");
    let decision = DecisionRef { label: "CA du 20 novembre".into(), minutes_sha256: None, on };
    MembersAdmitted { admissions, decision }
}

/// Two residents and a town have applied; nobody is admitted.
fn applicants() -> Members {
    let mut members = Members::default();
    for (seed, person, group) in [
        (1, PersonKind::Natural, "habitants"),
        (2, PersonKind::Natural, "salaries"),
        (3, PersonKind::PublicBody, "collectivites"),
    ] {
        let fact = application(seed, person, group);
        assert_eq!(check_applied(&members, &example(), today(), &fact), Ok(()));
        members.apply_applied(at(seed.into()), &fact).expect("applies");
    }
    members
}

fn refused(change: impl Fn(&mut MemberApplied)) -> Refusal {
    let mut fact = application(9, PersonKind::Association, "habitants");
    assert_eq!(check_applied(&applicants(), &example(), today(), &fact), Ok(()));
    change(&mut fact);
    let refusal = check_applied(&applicants(), &example(), today(), &fact).expect_err("refused");
    assert!(refusal.to_string().starts_with("La demande d’adhésion est refusée."), "{refusal}");
    refusal
}

fn not_admitted(change: impl Fn(&mut MembersAdmitted)) -> Refusal {
    let mut fact = decision(vec![admission(1, "habitants"), admission(2, "salaries")]);
    assert_eq!(check_admitted(&applicants(), &example(), today(), &fact), Ok(()));
    change(&mut fact);
    let refusal = check_admitted(&applicants(), &example(), today(), &fact).expect_err("refused");
    assert!(!refusal.to_string().contains("recevable"), "{refusal}");
    refusal
}

/// R34: what is missing is said in words a person knows.
#[test]
fn an_identity_is_complete() {
    let ask = asking(PersonKind::Natural, "habitants", &["surname", "first_names", "email"]);
    let refusal = apply(ask).expect_err("incomplete");
    assert_eq!(
        refusal.to_string(),
        "La demande d’adhésion est refusée. Pour une personne physique, il manque : la date de \
         naissance, le lieu de naissance, la nationalité, la voie, le code postal, la commune, le \
         pays. (règle R34) Complétez ces informations ; elles restent hors du livre public."
    );
    let mut fields = fields_required(PersonKind::Natural).to_vec();
    fields.extend(fields_allowed(PersonKind::Natural));
    assert!(apply(asking(PersonKind::Natural, "habitants", &fields)).is_ok());
}

#[test]
fn an_association_without_a_siren_gives_its_rna() {
    let instead = |field: &&'static str| if *field == "siren" { "rna" } else { *field };
    let fields: Vec<&str> = fields_required(PersonKind::Association).iter().map(instead).collect();
    assert!(apply(asking(PersonKind::Association, "habitants", &fields)).is_ok());
    let refusal = apply(asking(PersonKind::Company, "soutiens", &fields)).expect_err("no RNA");
    assert_eq!(refusal, Refusal::UnknownField("rna".into()));
}

#[test]
fn a_field_is_asked_for_and_has_its_digest() {
    let mut fields = fields_required(PersonKind::Natural).to_vec();
    let mut ask = asking(PersonKind::Natural, "habitants", &fields);
    ask.sd.pop();
    assert_eq!(apply(ask), Err(Refusal::FieldsAndDigests { fields: 10, digests: 9 }));
    fields.push("email");
    let refusal = apply(asking(PersonKind::Natural, "habitants", &fields)).expect_err("twice");
    assert!(refusal.to_string().contains("« l’adresse électronique » est donnée deux fois"));
}

#[test]
fn a_reference_applies_once() {
    assert_eq!(refused(|fact| fact.member = member(1)), Refusal::KnownMember(member(1)));
}

#[test]
fn digests_are_sha_256_distinct_and_few() {
    let refusal = refused(|fact| fact.sd_alg = "sha-1".into());
    assert_eq!(refusal, Refusal::DigestAlgorithm("sha-1".into()));
    assert_eq!(refused(|fact| fact.sd.clear()), Refusal::DigestCount { given: 0, max: 24 });
    let refusal = refused(|fact| fact.sd = digests(25));
    assert_eq!(refusal, Refusal::DigestCount { given: 25, max: 24 });
    assert_eq!(refused(|fact| fact.sd[1] = fact.sd[0].clone()), Refusal::DigestTwice);
    for text in ["", "Anne Durand", &"A".repeat(44), &"/".repeat(43)] {
        assert!(matches!(refused(|fact| fact.sd[0] = text.into()), Refusal::BadDigest(_)));
    }
}

/// R1, R2: the category exists, and public bodies keep to theirs.
#[test]
fn public_bodies_apply_in_their_own_category() {
    let refusal = refused(|fact| fact.category = category("inconnue"));
    assert_eq!(refusal, Refusal::UnknownCategory(category("inconnue")));
    let refusal = refused(|fact| fact.category = category("collectivites"));
    assert!(refusal.to_string().contains("réservée aux personnes publiques"), "{refusal}");
    let refusal = refused(|fact| fact.person = PersonKind::PublicBody);
    assert!(refusal.to_string().contains("n’est pas celle des personnes publiques"), "{refusal}");
}

/// R24: a legal person subscribes by a decision of its own bodies.
#[test]
fn an_association_names_its_own_decision() {
    assert_eq!(refused(|fact| fact.mandate = None), Refusal::NoMandate(PersonKind::Association));
    let refusal = refused(|fact| fact.mandate = Some("  ".into()));
    assert_eq!(refusal, Refusal::NoMandate(PersonKind::Association));
    assert!(refusal.to_string().contains("règle R24"), "{refusal}");
    let refusal = refused(|fact| fact.mandate = Some("x".repeat(121)));
    assert_eq!(refusal, Refusal::BadMandate { length: 121, max: 120 });
    let mut fact = application(9, PersonKind::Company, "soutiens");
    fact.mandate = None;
    assert_eq!(check_applied(&applicants(), &example(), today(), &fact), Ok(()));
}

#[test]
fn a_decision_admits_those_who_applied() {
    let mut members = applicants();
    let fact = decision(vec![admission(1, "habitants"), admission(3, "collectivites")]);
    assert_eq!(check_admitted(&members, &example(), today(), &fact), Ok(()));
    assert_eq!(members.admitted_count(), 0);
    members.apply_admitted(at(7), &fact).expect("applies");
    assert_eq!((members.admitted_count(), members.iter().count()), (2, 3));
    let counts: Vec<(String, usize)> =
        members.count_by_category().iter().map(|(id, n)| (id.to_string(), *n)).collect();
    assert_eq!(counts, [("collectivites".to_owned(), 1), ("habitants".to_owned(), 1)]);
    assert_eq!(members.category_of(&member(2)), Some(&category("salaries")), "asked for");
    assert_eq!(members.category_of(&member(8)), None);
    let again = check_admitted(&members, &example(), today(), &fact).expect_err("admitted");
    assert!(
        again.to_string().contains("associé depuis la décision du 20 novembre 2026"),
        "{again}"
    );
}

/// R5: the category and the college are given each on its own, whatever was asked for.
#[test]
fn category_and_college_are_independent() {
    let mut members = applicants();
    let college = CollegeId::parse("soutiens").expect("a slug");
    let given = Admission { college: college.clone(), ..admission(1, "salaries") };
    let fact = decision(vec![given]);
    assert_eq!(check_admitted(&members, &example(), today(), &fact), Ok(()));
    members.apply_admitted(at(7), &fact).expect("applies");
    let known = members.get(&member(1)).expect("a member");
    assert_eq!(
        (&known.category, known.category_now()),
        (&category("habitants"), &category("salaries"))
    );
    assert!(matches!(&known.standing, Standing::Admitted { college: c, .. } if *c == college));
}

#[test]
fn an_admission_is_refused_with_its_reason() {
    assert_eq!(
        not_admitted(|fact| fact.admissions.clear()),
        Refusal::ListLength { given: 0, max: 100 }
    );
    let refusal = not_admitted(|fact| fact.admissions = vec![admission(1, "habitants"); 101]);
    assert_eq!(refusal, Refusal::ListLength { given: 101, max: 100 });
    let refusal = not_admitted(|fact| fact.admissions[1] = fact.admissions[0].clone());
    assert_eq!(refusal, Refusal::ListedTwice(member(1)));
    let refusal = not_admitted(|fact| fact.admissions[0].member = member(8));
    assert_eq!(refusal, Refusal::NotApplied(member(8)));
    let refusal = not_admitted(|fact| fact.admissions[0].category = category("inconnue"));
    assert!(matches!(refusal, Refusal::UnknownCategory(_)));
    let refusal = not_admitted(|fact| fact.admissions[0].category = category("collectivites"));
    assert!(matches!(refusal, Refusal::NotTheirCategory { .. }));
    let refusal = not_admitted(|fact| {
        fact.admissions[0].college = CollegeId::parse("inconnu").expect("a slug");
    });
    assert!(matches!(refusal, Refusal::UnknownCollege(_)));
}

/// R25: a decision has a name and a day that has come.
#[test]
fn a_decision_is_named_and_not_to_come() {
    for (label, length) in [("CA".to_owned(), 2), ("x".repeat(161), 161), ("   ".to_owned(), 3)] {
        let refusal = not_admitted(|fact| fact.decision.label = label.clone());
        assert_eq!(refusal, Refusal::DecisionLabel { length, min: 3, max: 160 });
    }
    let refusal = not_admitted(|fact| fact.decision.on = today().plus_days(1));
    assert!(refusal.to_string().contains("datée du 25 novembre 2026, après aujourd’hui"));
}
