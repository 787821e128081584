//! The door: who may sign what, on which history, and what happens to a leaf sent twice.

use ledger::authority::RevokeKey;
use ledger::base::{PlaceRef, SubscriptionRef};
use ledger::command::Command;
use ledger::decide::DoorRefusal;
use ledger::log::{After, Hash, Leaf, LeafContent, LeafId, SigningKey};
use ledger::refusal::Refusal;
use ledger::registrar::{Draft, Receipt, Signed, SubmitError};
use ledger::shares::{AllotShares, DeclineSubscription};
use support::{Coop, ORIGIN, bits, decision, key};

use super::small_book;

fn leaves(draft: Draft, keys: &[&SigningKey]) -> Signed {
    let sign = |text: String| {
        let signatures = keys.iter().map(|key| key.sign_text(&text).expect("signed")).collect();
        Leaf::assemble(text, signatures)
    };
    Signed { leaves: draft.texts.into_iter().map(sign).collect(), private: draft.private }
}

fn refusal(answer: Result<Receipt, SubmitError>) -> Refusal {
    match answer.expect_err("it is refused") {
        SubmitError::Refused(refusal) => *refusal,
        other => unreachable!("not refused: {other:?}"),
    }
}

/// A subscription drafted for a resident who presents this key.
fn presented(coop: &Coop, who: u8, own: &SigningKey) -> Command {
    let mut ask = coop.subscription(who, 3, None::<PlaceRef>);
    ask.subscription = SubscriptionRef::from_random(bits(100));
    ask.signer_vkey = Some(own.vkey());
    Command::Subscribe(ask)
}

#[tokio::test]
async fn a_resident_signs_with_a_key_of_their_own() {
    let coop = small_book().await;
    let own = key("r-1234", 50);
    let draft = coop.registrar.draft(presented(&coop, 2, &own), Vec::new()).expect("drafted");
    let desk = coop.registrar.desk().clone();
    let without_own = leaves(draft.clone(), &[&desk]);
    let answer = refusal(coop.registrar.submit(without_own).await);
    assert!(
        matches!(answer, Refusal::Door(DoorRefusal::MissingOwnSignature(_))),
        "possession is not proven: {answer}"
    );
    let without_desk = leaves(draft.clone(), &[&own]);
    let answer = refusal(coop.registrar.submit(without_desk).await);
    assert!(matches!(answer, Refusal::Authority(_)), "nobody witnessed it: {answer}");
    coop.registrar.submit(leaves(draft, &[&own, &desk])).await.expect("both have signed");
}

#[tokio::test]
async fn a_resident_cannot_borrow_the_name_or_the_key_of_an_office() {
    let coop = small_book().await;
    let size = coop.registrar.book().size();
    let desk = coop.registrar.desk().clone();
    let borrowed = [
        // The name of an officer, of the desk, of an administrator, over another key.
        key("bureau-1", 51),
        key("guichet", 52),
        key("admin-1", 53),
        // The key of an officer under a new name.
        key("r-5678", 4),
        // Names outside the offices' prefix: the log's own, and another log's.
        SigningKey::generate(ORIGIN, [54; 32]).expect("a key"),
        SigningKey::generate("autre.exemple/livre/k/bureau-1", [55; 32]).expect("a key"),
    ];
    let honest = key("r-9abc", 60);
    let sound = coop.registrar.draft(presented(&coop, 2, &honest), Vec::new()).expect("drafted");
    for own in borrowed {
        let refused = coop.registrar.draft(presented(&coop, 2, &own), Vec::new());
        assert!(matches!(refused, Err(Refusal::Across(_))), "{}: refused at once", own.name());
        // Who writes the leaf by hand, without asking for a draft, meets the same rule.
        let mut draft = sound.clone();
        for text in &mut draft.texts {
            *text = text.replace(&honest.vkey(), &own.vkey());
        }
        for signers in [vec![&own, &desk], vec![&own], vec![&desk]] {
            refusal(coop.registrar.submit(leaves(draft.clone(), &signers)).await);
        }
    }
    assert_eq!(coop.registrar.book().size(), size);
}

fn decline(coop: &Coop) -> Command {
    Command::DeclineSubscription(DeclineSubscription {
        subscription: SubscriptionRef::from_random(bits(3)),
        decision: decision(coop.registrar.today()),
    })
}

#[tokio::test]
async fn a_revoked_key_signs_nothing_more_even_what_was_drafted_before() {
    let coop = small_book().await;
    coop.joins(3, 5).await.expect("subscribed");
    let draft = coop.registrar.draft(decline(&coop), Vec::new()).expect("drafted");
    let signed = leaves(draft, &[coop.key("bureau-1"), coop.key("bureau-2")]);
    let key_name = format!("{ORIGIN}/k/bureau-2");
    let ask = RevokeKey { key_name, reason: "départ".into(), suspect_from: None };
    coop.done(Command::RevokeKey(ask), &["admin-1", "admin-3"]).await;
    let answer = refusal(coop.registrar.submit(signed).await);
    assert!(matches!(answer, Refusal::Door(DoorRefusal::UnknownKey(_))), "{answer}");
    coop.done(decline(&coop), &["bureau-1", "bureau-3"]).await;
}

#[tokio::test]
async fn two_signatures_of_one_officer_are_not_four_eyes() {
    let coop = small_book().await;
    coop.joins(3, 5).await.expect("subscribed");
    let size = coop.registrar.book().size();
    for signers in [vec!["bureau-1"], vec!["bureau-1", "bureau-1"], vec!["bureau-1", "tresor"]] {
        let sentence = coop.refused(decline(&coop), &signers).await;
        assert!(!sentence.starts_with("not refused"), "{signers:?}: {sentence}");
    }
    // The same secret under a second name is refused at enrolment, so it can't be two officers.
    let twin = SigningKey::generate(&format!("{ORIGIN}/k/bureau-9"), [4; 32]).expect("a key");
    let ask = ledger::authority::EnrolKey {
        holder: "bureau-9".into(),
        role: ledger::authority::Role::Officer,
        vkey: twin.vkey(),
    };
    let signers = [&twin, coop.key("admin-1"), coop.key("admin-2")];
    let answer = coop.registrar.perform(Command::EnrolKey(ask), Vec::new(), &signers).await;
    assert!(matches!(refusal(answer), Refusal::Authority(_)));
    assert_eq!(coop.registrar.book().size(), size);
}

/// The draft's only leaf, changed before it is signed.
fn changed(draft: Draft, change: impl FnOnce(&mut LeafContent)) -> Draft {
    let mut content = LeafContent::parse(&draft.texts[0]).expect("a leaf");
    change(&mut content);
    Draft { texts: vec![content.to_text().expect("a leaf")], ..draft }
}

#[tokio::test]
async fn a_leaf_drafted_on_another_history_is_refused() {
    let coop = small_book().await;
    coop.joins(3, 5).await.expect("subscribed");
    let twin = small_book().await;
    let officers = [coop.key("bureau-1"), coop.key("bureau-2")];
    let draft = || coop.registrar.draft(decline(&coop), Vec::new()).expect("drafted");

    // The twin has the same origin and offices, and another log key: another history.
    let after = After { size: twin.registrar.book().size(), root: twin.registrar.book().root() };
    let forked = changed(draft(), |leaf| leaf.after = after);
    let answer = refusal(coop.registrar.submit(leaves(forked, &officers)).await);
    assert!(matches!(answer, Refusal::Door(DoorRefusal::UnknownHistory(_))), "{answer}");

    let size = coop.registrar.book().size();
    let ahead = changed(draft(), |leaf| leaf.after.size = size + 1);
    let answer = refusal(coop.registrar.submit(leaves(ahead, &officers)).await);
    assert!(matches!(answer, Refusal::Door(DoorRefusal::UnknownHistory(_))), "{answer}");

    let empty = After { size: 0, root: Hash::EMPTY_ROOT };
    let early = changed(draft(), |leaf| leaf.after = empty);
    coop.registrar.submit(leaves(early, &officers)).await.expect("an early root is known");
}

#[tokio::test]
async fn a_leaf_of_another_log_or_another_time_is_refused() {
    let coop = small_book().await;
    coop.joins(3, 5).await.expect("subscribed");
    let officers = [coop.key("bureau-1"), coop.key("bureau-2")];
    let draft = || coop.registrar.draft(decline(&coop), Vec::new()).expect("drafted");
    let week = 7 * 24 * 60 * 60 * 1000;

    let old = changed(draft(), |leaf| leaf.recorded_ms -= week + 1);
    let answer = refusal(coop.registrar.submit(leaves(old, &officers)).await);
    assert!(matches!(answer, Refusal::Door(DoorRefusal::TooOld)), "{answer}");
    let ahead = changed(draft(), |leaf| leaf.recorded_ms += 3 * 60 * 1000);
    let answer = refusal(coop.registrar.submit(leaves(ahead, &officers)).await);
    assert!(matches!(answer, Refusal::Door(DoorRefusal::AheadOfClock)), "{answer}");
    let elsewhere = changed(draft(), |leaf| leaf.origin = "autre.exemple/livre".into());
    let keys = ["bureau-1", "bureau-2"].map(|name| {
        SigningKey::generate(&format!("autre.exemple/livre/k/{name}"), [4; 32]).expect("a key")
    });
    let answer = refusal(coop.registrar.submit(leaves(elsewhere, &[&keys[0], &keys[1]])).await);
    assert!(matches!(answer, Refusal::Door(DoorRefusal::OtherOrigin(_))), "{answer}");
}

#[tokio::test]
async fn a_leaf_sent_again_gets_the_same_receipt() {
    let coop = small_book().await;
    coop.joins(3, 5).await.expect("subscribed");
    let draft = coop.registrar.draft(decline(&coop), Vec::new()).expect("drafted");
    let officers = [coop.key("bureau-1"), coop.key("bureau-2")];
    let signed = leaves(draft.clone(), &officers);
    let first = coop.registrar.submit(signed.clone()).await.expect("written");
    coop.joins(4, 5).await.expect("the log goes on");
    let size = coop.registrar.book().size();
    let again = coop.registrar.submit(signed.clone()).await.expect("the same answer");
    assert_eq!(again, first);

    let coop = coop.restart().await;
    assert_eq!(coop.registrar.submit(signed).await.expect("after a restart too"), first);
    assert_eq!(coop.registrar.book().size(), size, "nothing was written twice");

    let officers = [coop.key("bureau-1"), coop.key("bureau-3")];
    let other = leaves(draft, &officers);
    let answer = refusal(coop.registrar.submit(other).await);
    assert!(matches!(answer, Refusal::Door(DoorRefusal::IdReused)), "{answer}");
}

/// The clock is the door's, not the log's: a leaf that is written stays written whatever it says now.
#[tokio::test]
async fn a_leaf_that_is_written_gets_its_receipt_whatever_the_clock_says_since() {
    let coop = small_book().await;
    coop.joins(3, 5).await.expect("subscribed");
    let officers = [coop.key("bureau-1"), coop.key("bureau-2")];
    let signed =
        leaves(coop.registrar.draft(decline(&coop), Vec::new()).expect("drafted"), &officers);
    let receipt = coop.registrar.submit(signed.clone()).await.expect("written");
    for hours in [-1, 9 * 24, 400 * 24] {
        coop.clock.advance_ms(hours * 3_600_000);
        let again = coop.registrar.submit(signed.clone()).await.expect("the first answer");
        assert_eq!(again, receipt, "{hours} hours later");
    }
}

#[tokio::test]
async fn a_leaf_signed_a_week_ago_is_refused_though_the_log_was_idle() {
    let coop = small_book().await;
    coop.joins(3, 5).await.expect("subscribed");
    let size = coop.registrar.book().size();
    let officers = [coop.key("bureau-1"), coop.key("bureau-2")];
    let signed =
        leaves(coop.registrar.draft(decline(&coop), Vec::new()).expect("drafted"), &officers);
    coop.clock.advance_ms(7 * 24 * 3_600_000 + 1);
    let answer = refusal(coop.registrar.submit(signed.clone()).await);
    assert!(matches!(answer, Refusal::Door(DoorRefusal::TooOld)), "{answer}");
    assert_eq!(coop.registrar.book().size(), size);
    coop.clock.advance_ms(-1);
    coop.registrar.submit(signed).await.expect("to the very end of its week");
}

#[tokio::test]
async fn one_submission_is_written_whole_or_not_at_all() {
    let coop = small_book().await;
    coop.joins(3, 5).await.expect("subscribed");
    let ask = AllotShares {
        subscriptions: vec![SubscriptionRef::from_random(bits(3))],
        colleges: Vec::new(),
        decision: decision(coop.registrar.today()),
    };
    // Nothing is paid: the admission alone would be sound, the allotment is not.
    let size = coop.registrar.book().size();
    coop.refused(Command::AllotShares(ask), &["bureau-1", "bureau-2"]).await;
    assert_eq!(coop.registrar.book().size(), size);

    // Two sound leaves of one submission, the second of which is badly signed.
    let command = presented(&coop, 3, &key("r-9999", 56));
    let draft = coop.registrar.draft(command, Vec::new()).expect("drafted");
    let desk = coop.registrar.desk().clone();
    let own = key("r-9999", 56);
    let mut signed = leaves(draft, &[&own, &desk]);
    let decline = coop.registrar.draft(decline(&coop), Vec::new()).expect("drafted");
    let id = LeafId::from_parts(0, [3; 10]);
    let unsigned = changed(decline, |leaf| leaf.id = id);
    signed.leaves.extend(leaves(unsigned, &[coop.key("bureau-1")]).leaves);
    refusal(coop.registrar.submit(signed).await);
    assert_eq!(coop.registrar.book().size(), size, "the first leaf is not there either");
}
