//! Subscriptions and decisions for the tests of the share register.

use super::{
    Allotment, FormEvidence, Shares, SharesAllotted, SharesSubscribed, Subscribe, check_allotted,
    check_subscribed, subscribe,
};
use crate::base::{
    Amount, Day, DecisionRef, Digest, LeafIndex, MemberRef, ShareCount, Stamp, SubscriptionRef,
    in_words,
};
use crate::bylaws::example;

pub(super) fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

pub(super) fn today() -> Day {
    day("2026-11-24")
}

pub(super) fn at(index: u64) -> Stamp {
    Stamp { index: LeafIndex::new(index), day: today() }
}

pub(super) fn euros(euros: i64) -> Amount {
    Amount::from_cents(euros * 100)
}

pub(super) fn member(seed: u8) -> MemberRef {
    MemberRef::from_random([seed; 16])
}

pub(super) fn reference(seed: u8) -> SubscriptionRef {
    SubscriptionRef::from_random([seed; 16])
}

/// The member of that seed asks for so many shares, on a form of that day.
pub(super) fn form(seed: u8, count: u32, on: &str) -> SharesSubscribed {
    let digest = Digest::from_bytes([seed; 32]);
    let form = FormEvidence {
        evidence_sha256: digest.clone(),
        in_words: in_words(count),
        pdf_sha256: digest.clone(),
        template_sha256: digest,
    };
    let ask = Subscribe {
        subscription: reference(seed),
        member: member(seed),
        count: ShareCount::new(count),
        place: None,
        on: day(on),
        form,
        signer_vkey: None,
    };
    subscribe(&example(), ask).expect("a nominal value")
}

pub(super) fn decision(on: &str) -> DecisionRef {
    DecisionRef { label: "CA, point 4".into(), minutes_sha256: None, on: day(on) }
}

/// The allotment of that seed's subscription, paid in full at 50 € a share.
pub(super) fn paid_up(seed: u8, count: u32) -> Allotment {
    Allotment {
        count: ShareCount::new(count),
        member: member(seed),
        paid: euros(i64::from(count) * 50),
        subscription: reference(seed),
    }
}

pub(super) fn allotment(allotments: Vec<Allotment>) -> SharesAllotted {
    SharesAllotted { allotments, decision: decision("2026-03-12") }
}

/// Signed forms of 1 March 2026: (seed, number of shares).
pub(super) fn signed(forms: &[(u8, u32)]) -> Shares {
    let mut shares = Shares::default();
    for (seed, count) in forms {
        let fact = form(*seed, *count, "2026-03-01");
        assert_eq!(check_subscribed(&shares, &example(), today(), &fact), Ok(()));
        shares.apply_subscribed(at((*seed).into()), &fact).expect("applies");
    }
    shares
}

/// The same, all allotted by one decision of 12 March 2026 and paid in full.
pub(super) fn allotted(forms: &[(u8, u32)]) -> Shares {
    let mut shares = signed(forms);
    let fact = allotment(forms.iter().map(|(seed, count)| paid_up(*seed, *count)).collect());
    assert_eq!(check_allotted(&shares, &example(), today(), &fact), Ok(()));
    shares.apply_allotted(at(100), &fact).expect("applies");
    shares
}
