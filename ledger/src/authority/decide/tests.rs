//! Who may open a book, enrol and revoke, and whose signatures count.

use super::*;
use crate::authority::{
    Asked, Finding, KeyRotated, KeySuspected, LeavesReviewed, LogKeyRotated, ThresholdChanged,
    check_key_rotated, check_key_suspected, check_leaves_reviewed, check_log_key_rotated,
    check_threshold_changed,
};
use crate::base::{Count, LeafIndex, Stamp};
use crate::bylaws::example;

const ORIGIN: &str = "coop.example/livre";

fn today() -> Day {
    Day::new(2026, 11, 24).expect("a day")
}

fn at(index: u64) -> Stamp {
    Stamp { index: LeafIndex::new(index), day: today() }
}

fn name(office: &str) -> String {
    format!("{ORIGIN}/k/{office}")
}

fn admin(office: &str, seed: u8) -> AdminKey {
    AdminKey { holder: format!("administration {seed}"), vkey: vkey::example(&name(office), seed) }
}

fn opening() -> BookOpened {
    open_book(OpenBook {
        origin: ORIGIN.into(),
        log_vkey: vkey::example(ORIGIN, 1),
        admins: vec![admin("admin-1", 11), admin("admin-2", 12), admin("admin-3", 13)],
        threshold: Count::new(2),
        bylaws: example(),
        charter_sha256: None,
        policy_sha256: None,
    })
}

fn key(office: &str, seed: u8, role: Role) -> KeyEnrolled {
    let vkey = vkey::example(&name(office), seed);
    enrol_key(EnrolKey { holder: format!("office {office}"), role, vkey })
}

fn revocation(office: &str) -> KeyRevoked {
    revoke_key(RevokeKey {
        key_name: name(office),
        reason: "fin de mandat".into(),
        suspect_from: None,
    })
}

/// A book with three administrators (leaf 0), an officer (leaf 1) and a treasurer (leaf 2).
fn book() -> Authority {
    let mut authority = Authority::default();
    authority.apply_opened(at(0), &opening()).expect("applies");
    for (index, office, seed, role) in
        [(1, "bureau-1", 21, Role::Officer), (2, "tresorerie", 31, Role::Treasurer)]
    {
        let fact = key(office, seed, role);
        assert_eq!(check_key_enrolled(&authority, &fact), Ok(()));
        authority.apply_key_enrolled(at(index), &fact).expect("applies");
    }
    authority
}

fn opening_refused(change: impl Fn(&mut BookOpened)) -> Refusal {
    let mut fact = opening();
    change(&mut fact);
    let refusal = check_opened(&Authority::default(), today(), &fact).expect_err("refused");
    assert!(!refusal.to_string().contains("recevable"), "{refusal}");
    refusal
}

#[test]
fn a_book_opens_once() {
    assert_eq!(check_opened(&Authority::default(), today(), &opening()), Ok(()));
    let refusal = check_opened(&book(), today(), &opening()).expect_err("already open");
    assert_eq!(refusal, Refusal::AlreadyOpened);
    assert!(refusal.to_string().contains("Le livre est déjà ouvert"), "{refusal}");
    assert_eq!(book().origin(), Some(ORIGIN));
    assert_eq!(book().bylaws(), Some(&example()));
}

#[test]
fn an_origin_is_a_host_and_a_path() {
    for origin in [
        "https://coop.example/livre",
        "coop.example",
        "coop.example/",
        "coop example/l",
        "coop.example/a+b",
        "coopé.example/livre",
        "/livre",
        "coop.example/a//b",
    ] {
        let refusal = opening_refused(|fact| fact.origin = origin.into());
        assert_eq!(refusal, Refusal::Origin(origin.into()));
    }
}

#[test]
fn another_format_is_not_opened() {
    assert_eq!(opening_refused(|fact| fact.format = "2".into()), Refusal::Format("2".into()));
}

#[test]
fn two_administrators_sign_at_least() {
    for threshold in [0, 1, 4] {
        let refusal = opening_refused(|fact| fact.threshold = Count::new(threshold));
        assert_eq!(refusal, Refusal::Threshold { threshold, admins: 3, least: 2 });
    }
    let one_person = |admin: &mut AdminKey| admin.holder = "une seule personne".into();
    let refusal = opening_refused(|fact| fact.admins.iter_mut().for_each(one_person));
    assert_eq!(refusal, Refusal::Threshold { threshold: 2, admins: 1, least: 2 });
    let refusal = opening_refused(|fact| fact.admins = vec![admin("admin-1", 11); 17]);
    assert_eq!(refusal, Refusal::TooManyAdmins { given: 17, max: 16 });
}

#[test]
fn the_keys_of_an_opening_are_distinct_pseudonyms_under_the_origin() {
    let refusal = opening_refused(|fact| fact.log_vkey = vkey::example(&name("journal"), 1));
    assert!(matches!(refusal, Refusal::LogKeyName { .. }));
    let refusal = opening_refused(|fact| fact.log_vkey = "coop.example/livre+0+x".into());
    assert!(matches!(refusal, Refusal::Vkey(_)));
    let refusal = opening_refused(|fact| fact.admins[2] = admin("Anne Durand", 13));
    assert!(refusal.to_string().contains("jamais d’après la personne"), "{refusal}");
    let refusal = opening_refused(|fact| fact.admins[2] = admin("admin-1", 13));
    assert_eq!(refusal, Refusal::KnownName(name("admin-1")));
    let refusal = opening_refused(|fact| fact.admins[2] = admin("admin-3", 11));
    let (name, known_as) = (name("admin-3"), name("admin-1"));
    assert_eq!(refusal, Refusal::KnownPublicKey { name, known_as });
    let refusal = opening_refused(|fact| fact.admins[2] = admin("admin-3", 1));
    assert!(matches!(refusal, Refusal::KnownPublicKey { .. }), "the log's key is no office");
    let refusal = opening_refused(|fact| fact.admins[0].holder = String::new());
    assert_eq!(refusal, Refusal::Text { field: "fonction", length: 0, max: 60 });
}

#[test]
fn an_opening_states_lawful_bylaws() {
    let refusal = opening_refused(|fact| fact.bylaws.categories.truncate(1));
    assert!(matches!(refusal, Refusal::Bylaws(bylaws::Refusal::TooFewCategories { .. })));
    assert!(refusal.to_string().contains("règle R1"), "{refusal}");
}

#[test]
fn a_key_is_enrolled_under_a_new_name_and_a_new_key() {
    let refused = |fact: &KeyEnrolled| check_key_enrolled(&book(), fact).expect_err("refused");
    assert_eq!(
        check_key_enrolled(&Authority::default(), &key("bureau-2", 22, Role::Officer)),
        Err(Refusal::NotOpened)
    );
    assert_eq!(check_key_enrolled(&book(), &key("bureau-2", 22, Role::Officer)), Ok(()));
    assert_eq!(refused(&key("bureau-1", 22, Role::Officer)), Refusal::KnownName(name("bureau-1")));
    assert!(matches!(
        refused(&key("bureau-2", 21, Role::Treasurer)),
        Refusal::KnownPublicKey { .. }
    ));
    assert!(matches!(refused(&key("log", 1, Role::Desk)), Refusal::KnownPublicKey { .. }));
    assert!(matches!(refused(&key("Bureau", 22, Role::Officer)), Refusal::KeyName { .. }));
    let mut elsewhere = key("bureau-2", 22, Role::Officer);
    elsewhere.vkey = vkey::example("autre.example/livre/k/bureau-2", 22);
    assert!(matches!(refused(&elsewhere), Refusal::KeyName { .. }));
    let mut talkative = key("bureau-2", 22, Role::Officer);
    talkative.holder = "x".repeat(61);
    assert_eq!(refused(&talkative), Refusal::Text { field: "fonction", length: 61, max: 60 });
}

#[test]
fn a_revoked_name_is_never_used_again() {
    let mut authority = book();
    authority.apply_key_revoked(at(3), &revocation("bureau-1")).expect("applies");
    let refusal = check_key_enrolled(&authority, &key("bureau-1", 99, Role::Officer));
    assert_eq!(refusal, Err(Refusal::KnownName(name("bureau-1"))));
}

#[test]
fn a_key_is_revoked_once_and_administrators_remain() {
    let mut authority = book();
    assert!(matches!(
        check_key_revoked(&authority, &revocation("inconnue")),
        Err(Refusal::UnknownKey(_))
    ));
    let mut silent = revocation("bureau-1");
    silent.reason = " ".into();
    assert!(matches!(check_key_revoked(&authority, &silent), Err(Refusal::Text { .. })));
    for (index, office) in [(3, "bureau-1"), (4, "admin-3")] {
        assert_eq!(check_key_revoked(&authority, &revocation(office)), Ok(()));
        authority.apply_key_revoked(at(index), &revocation(office)).expect("applies");
    }
    let again = check_key_revoked(&authority, &revocation("bureau-1")).expect_err("revoked");
    assert!(again.to_string().contains("ne signe plus, depuis la feuille 3"), "{again}");
    let last = check_key_revoked(&authority, &revocation("admin-2")).expect_err("too few");
    assert_eq!(last, Refusal::TooFewAdminsLeft { left: 1, threshold: 2 });
}

#[test]
fn a_key_signs_from_the_leaf_after_its_enrolment_to_that_of_its_revocation() {
    let mut authority = book();
    authority.apply_key_revoked(at(5), &revocation("bureau-1")).expect("applies");
    let may_sign = |office: &str, index| authority.may_sign(&name(office), LeafIndex::new(index));
    assert!(may_sign("admin-1", 0), "the opening is signed by those it names");
    for (index, may) in [(0, false), (1, false), (2, true), (5, true), (6, false)] {
        assert_eq!(may_sign("bureau-1", index), may, "leaf {index}");
    }
    assert!(!may_sign("inconnue", 9));
}

#[test]
fn only_distinct_holders_of_the_asked_roles_count() {
    let mut authority = book();
    let mut second = key("bureau-bis", 22, Role::Officer);
    second.holder = "office bureau-1".into();
    authority.apply_key_enrolled(at(3), &second).expect("applies");
    let asked = Asked { roles: vec![Role::Officer, Role::Treasurer], count: 2 };
    let signed = |offices: &[&str]| {
        let signers: Vec<String> = offices.iter().map(|office| name(office)).collect();
        authority.permits(&asked, signers.iter().map(String::as_str), LeafIndex::new(9))
    };
    assert_eq!(signed(&["bureau-1", "tresorerie"]), Ok(()));
    for offices in [
        &["bureau-1", "bureau-1"][..],
        &["bureau-1", "bureau-bis"],
        &["bureau-1", "admin-1"],
        &["bureau-1", "x"],
    ] {
        let refusal = signed(offices).expect_err("one counts");
        assert_eq!(
            refusal.to_string(),
            "Il manque des signatures. Signatures valables : 1 sur 2. Il faut la clé d’un membre \
             du bureau ou d’un trésorier. (règle R25) Faites signer par une autre clé habilitée \
             et non révoquée."
        );
    }
    let opening = Refusal::too_few_signatures(2, 1);
    assert!(opening.to_string().contains("administrateur"), "{opening}");
}

#[test]
fn an_office_passes_to_the_key_that_takes_its_place() {
    let mut authority = book();
    let fact =
        KeyRotated { key_name: name("bureau-1"), vkey: vkey::example(&name("bureau-1b"), 22) };
    assert_eq!(check_key_rotated(&authority, &fact), Ok(()));
    authority.apply_key_rotated(at(5), &fact).expect("applies");
    let new = authority.key(&name("bureau-1b")).expect("enrolled");
    assert_eq!((new.role, new.holder.as_str()), (Role::Officer, "office bureau-1"));
    let may_sign = |office: &str, leaf| authority.may_sign(&name(office), LeafIndex::new(leaf));
    assert!(may_sign("bureau-1", 5) && !may_sign("bureau-1", 6));
    assert!(!may_sign("bureau-1b", 5) && may_sign("bureau-1b", 6));
    let again = check_key_rotated(&authority, &fact);
    assert!(matches!(again, Err(Refusal::AlreadyRevoked { .. })), "{again:?}");
    for (old, new, seed) in
        [("tresorerie", "bureau-1", 40), ("tresorerie", "t2", 21), ("tresorerie", "t2", 1)]
    {
        let fact = KeyRotated { key_name: name(old), vkey: vkey::example(&name(new), seed) };
        let refusal = check_key_rotated(&authority, &fact);
        assert!(
            matches!(refusal, Err(Refusal::KnownName(_) | Refusal::KnownPublicKey { .. })),
            "{new} {seed}: {refusal:?}"
        );
    }
}

#[test]
fn a_second_key_of_an_administrator_makes_no_second_administrator() {
    let mut authority = book();
    let vkey = vkey::example(&name("secours-1"), 51);
    let paper = KeyEnrolled { holder: "administration 11".into(), role: Role::Admin, vkey };
    authority.apply_key_enrolled(at(3), &paper).expect("applies");
    assert_eq!(authority.admins_without(""), 3);
    assert_eq!(authority.admins_without(&name("admin-1")), 3, "the paper key is still there");
    assert_eq!(authority.admins_without(&name("admin-2")), 2);
    authority.apply_key_revoked(at(4), &revocation("admin-1")).expect("applies");
    authority.apply_key_revoked(at(5), &revocation("admin-2")).expect("applies");
    let refusal = check_key_revoked(&authority, &revocation("secours-1"));
    assert_eq!(refusal, Err(Refusal::TooFewAdminsLeft { left: 1, threshold: 2 }));
}

#[test]
fn so_many_administrators_sign_as_there_are_at_most() {
    let mut authority = book();
    let of = |threshold| ThresholdChanged { threshold: Count::new(threshold) };
    for threshold in [0, 1, 4] {
        let refusal = check_threshold_changed(&authority, &of(threshold));
        assert_eq!(refusal, Err(Refusal::Reach { threshold, admins: 3, least: 2 }));
    }
    assert_eq!(check_threshold_changed(&authority, &of(2)), Err(Refusal::SameThreshold(2)));
    assert_eq!(check_threshold_changed(&authority, &of(3)), Ok(()));
    authority.apply_threshold_changed(at(3), &of(3)).expect("applies");
    let refusal = check_key_revoked(&authority, &revocation("admin-1"));
    assert_eq!(refusal, Err(Refusal::TooFewAdminsLeft { left: 2, threshold: 3 }));
}

#[test]
fn two_keys_of_the_log_sign_for_as_long_as_stated() {
    let mut authority = book();
    let [one, two, three] = [1, 61, 62].map(|seed| vkey::example(ORIGIN, seed));
    let rotated = |log_vkey: &str, both_for| LogKeyRotated {
        both_for: Count::new(both_for),
        log_vkey: log_vkey.to_owned(),
    };
    assert_eq!(check_log_key_rotated(&authority, &rotated(&two, 2)), Ok(()));
    authority.apply_log_key_rotated(at(10), &rotated(&two, 2)).expect("applies");
    let signs = |authority: &Authority, size, expected: &[&String]| {
        let keys = authority.log_keys_at(size);
        let keys: Vec<&String> = keys.iter().map(|key| &key.vkey).collect();
        assert_eq!(keys, expected, "size {size}");
    };
    signs(&authority, 0, &[&one]);
    // The leaf itself is not in this size.
    signs(&authority, 10, &[&one]);
    for size in [11, 12, 13] {
        signs(&authority, size, &[&one, &two]);
    }
    signs(&authority, 14, &[&two]);
    authority.apply_log_key_rotated(at(20), &rotated(&three, 0)).expect("applies");
    signs(&authority, 20, &[&two]);
    // The first always has both, and an old proof is checked with its own key.
    signs(&authority, 21, &[&two, &three]);
    signs(&authority, 22, &[&three]);
    signs(&authority, 5, &[&one]);
    for known in [&one, &two, &three] {
        let refusal = check_log_key_rotated(&authority, &rotated(known, 0));
        assert!(matches!(refusal, Err(Refusal::KnownPublicKey { .. })), "{refusal:?}");
    }
    let office = vkey::example(ORIGIN, 21);
    let refusal = check_log_key_rotated(&authority, &rotated(&office, 0));
    assert!(matches!(refusal, Err(Refusal::KnownPublicKey { .. })), "an office's key: {refusal:?}");
    let elsewhere = vkey::example("autre.example/livre", 70);
    let refusal = check_log_key_rotated(&authority, &rotated(&elsewhere, 0));
    assert!(matches!(refusal, Err(Refusal::LogKeyName { .. })), "{refusal:?}");
}

#[test]
fn a_doubt_opens_what_the_key_has_signed_and_a_later_one_opens_it_again() {
    let mut authority = book();
    let officer = name("bureau-1");
    for leaf in [3, 5, 8] {
        authority.note_signers(LeafIndex::new(leaf), [officer.as_str(), "unknown"].into_iter());
    }
    authority.apply_key_revoked(at(9), &revocation("bureau-1")).expect("applies");
    let doubt = |from| KeySuspected {
        key_name: officer.clone(),
        reason: "appareil volé".into(),
        suspect_from: LeafIndex::new(from),
    };
    let open = |authority: &Authority| -> Vec<u64> {
        authority.to_review().map(|open| open.leaf.get()).collect()
    };
    assert_eq!(open(&authority), [0_u64; 0]);
    authority.apply_key_suspected(at(10), &doubt(5)).expect("applies");
    assert_eq!(open(&authority), [5, 8]);
    let review = |leaves: &[u64], by| LeavesReviewed {
        by,
        finding: Finding::Confirmed,
        leaves: leaves.iter().copied().map(LeafIndex::new).collect(),
        note: "relu".into(),
    };
    let refused = |leaves: &[u64], by| {
        check_leaves_reviewed(&authority, &review(leaves, by)).expect_err("refused")
    };
    assert_eq!(refused(&[3], Role::Officer), Refusal::NothingToReview(LeafIndex::new(3)));
    assert_eq!(refused(&[], Role::Officer), Refusal::ReviewList { given: 0, max: 100 });
    assert_eq!(refused(&[8, 5], Role::Admin), Refusal::ReviewList { given: 2, max: 100 });
    assert_eq!(refused(&[5, 5], Role::Admin), Refusal::ReviewList { given: 2, max: 100 });
    assert_eq!(refused(&[5], Role::Treasurer), Refusal::ReviewAs(Role::Treasurer));
    assert_eq!(check_leaves_reviewed(&authority, &review(&[5, 8], Role::Officer)), Ok(()));
    authority.apply_leaves_reviewed(at(11), &review(&[5], Role::Officer)).expect("applies");
    assert_eq!(open(&authority), [8]);
    assert_eq!(check_key_suspected(&authority, &doubt(3)), Ok(()));
    authority.apply_key_suspected(at(12), &doubt(3)).expect("applies");
    assert_eq!(open(&authority), [8, 3, 5, 8], "each doubt asks for itself");
    authority.apply_leaves_reviewed(at(13), &review(&[3, 5, 8], Role::Admin)).expect("applies");
    assert_eq!(open(&authority), [0_u64; 0]);
    for from in [1, 0, 10] {
        let refusal = check_key_suspected(&authority, &doubt(from));
        let outside = from == 0 || from == 10;
        assert_eq!(matches!(refusal, Err(Refusal::SuspectFrom { .. })), outside, "{from}");
    }
    let signs = KeySuspected { key_name: name("tresorerie"), ..doubt(2) };
    assert_eq!(
        check_key_suspected(&authority, &signs),
        Err(Refusal::StillSigns(name("tresorerie")))
    );
}

#[test]
fn a_book_that_follows_another_states_its_end() {
    let sound = || BookSucceeded {
        book: opening(),
        predecessor: Predecessor {
            log_vkey: vkey::example("coop.example/avant", 81),
            origin: "coop.example/avant".into(),
            root: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".into(),
            size: LeafIndex::new(120),
        },
    };
    assert_eq!(check_succeeded(&Authority::default(), today(), &sound()), Ok(()));
    let refused = |change: fn(&mut Predecessor)| {
        let mut fact = sound();
        change(&mut fact.predecessor);
        let refusal = check_succeeded(&Authority::default(), today(), &fact);
        assert!(matches!(refusal, Err(Refusal::Predecessor(_))), "{refusal:?}");
    };
    refused(|former| former.origin = ORIGIN.into());
    refused(|former| former.log_vkey = vkey::example("coop.example/autre", 81));
    refused(|former| former.log_vkey = vkey::example("coop.example/avant", 1));
    refused(|former| former.root = "AAAA".into());
    refused(|former| former.size = LeafIndex::new(0));
    let mut authority = Authority::default();
    authority.apply_succeeded(at(0), &sound()).expect("applies");
    assert_eq!(authority.predecessor(), Some(&sound().predecessor));
    assert_eq!(authority.threshold(), 2);
}
