//! What a certificate may say.

use super::*;
use crate::base::{CertificateRef, Digest};
use crate::bylaws::example;
use crate::shares::fixture::{allotted, at, day, euros, member, signed, today};

fn ask(seed: u8, on: &str) -> IssueCertificate {
    IssueCertificate {
        certificate: CertificateRef::from_random([seed; 16]),
        member: member(1),
        on: day(on),
        template_sha256: Digest::from_bytes([0; 32]),
    }
}

/// R28: a certificate says what is held, and the last one counts.
#[test]
fn a_certificate_says_what_the_register_says() {
    let mut shares = allotted(&[(1, 400)]);
    for seed in [1, 2] {
        let fact = issue_certificate(&shares, &example(), ask(seed, "2026-11-24")).expect("held");
        assert_eq!((fact.count.get(), fact.paid, fact.nominal), (400, euros(20_000), euros(50)));
        assert_eq!(check_certificate(&shares, &example(), today(), &fact), Ok(()));
        shares.apply_certificate(at(seed.into()), &fact).expect("applies");
        let again = check_certificate(&shares, &example(), today(), &fact).expect_err("issued");
        assert_eq!(again, Refusal::KnownCertificate(fact.certificate.clone()));
        assert!(again.to_string().starts_with("L’attestation de parts est refusée."), "{again}");
        let latest = shares.latest_certificate_of(&member(1)).expect("issued");
        assert_eq!(latest, shares.certificate(&fact.certificate).expect("issued"));
        assert_eq!(latest.fact, fact);
    }
    assert_eq!(shares.certificates().len(), 2);
    assert_eq!(shares.latest_certificate_of(&member(2)), None);
}

#[test]
fn nothing_held_is_nothing_certified() {
    let refused = |shares: &Shares, on: &str| issue_certificate(shares, &example(), ask(1, on));
    let refusal = refused(&signed(&[(1, 400)]), "2026-11-24").expect_err("not allotted");
    let on = day("2026-11-24");
    assert_eq!(refusal, Refusal::NothingHeld { member: member(1), on });
    let refusal = refused(&allotted(&[(1, 400)]), "2026-03-11").expect_err("the day before");
    assert!(refusal.to_string().contains("aucune part le 11 mars 2026"), "{refusal}");
}

#[test]
fn a_certificate_that_says_something_else_is_refused() {
    let shares = allotted(&[(1, 400)]);
    let fact = issue_certificate(&shares, &example(), ask(1, "2026-11-24")).expect("held");
    let decide = |change: &dyn Fn(&mut CertificateIssued)| {
        let mut fact = fact.clone();
        change(&mut fact);
        check_certificate(&shares, &example(), today(), &fact).expect_err("refused")
    };
    let refusal = decide(&|fact| fact.count = ShareCount::new(401));
    assert!(
        refusal.to_string().contains("401 parts et 20\u{202f}000,00\u{a0}€ libérés"),
        "{refusal}"
    );
    assert!(matches!(decide(&|fact| fact.paid = euros(1)), Refusal::OtherHolding { .. }));
    assert!(matches!(decide(&|fact| fact.nominal = euros(1)), Refusal::OtherNominal { .. }));
    assert!(matches!(decide(&|fact| fact.on = day("2026-11-25")), Refusal::Ahead { .. }));
}
