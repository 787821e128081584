//! The registrar asks: a book with its policy and a real witness over HTTP, and every answer that a
//! witness may give.

use std::time::Duration;

use ledger::log::witness::{Answer, Evidence};
use ledger::log::{Leaf, Note, Witnessed, cosignature};
use ledger::registrar::Signed;
use ledger::registrar::witness::{WitnessStanding, read_policy};
use support::{Coop, day, place};

use super::watch::{Scripted, Watching, log_vkey, parsed, policy, policy_file, under};
use super::witness_key;
use crate::store::engine::Place;

const NOON: u64 = 1_772_366_400;
const ONE: &str = "quorum t1\n";

async fn standing(coop: &Coop) -> WitnessStanding {
    coop.registrar.witnesses().await.expect("read").remove(0)
}

async fn shown(coop: &Coop) -> Note {
    let note = coop.registrar.cosigned_checkpoint(&coop.registrar.book()).await.expect("read");
    Note::parse(&note).expect("a note")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_is_cosigned_shown_and_kept_over_a_restart() {
    let coop = Coop::open().await;
    let witness = Watching::of(&coop, 1).await;
    let policy = policy(&[(1, Some(&witness.url))], ONE);
    let coop = under(coop, &policy).await;
    let leaf = coop.joins(1, 3).await.expect("subscribed").first;
    let before = coop.registrar.proof_file(leaf).await.expect("read").expect("a proof");
    let (origin, key) = (support::ORIGIN, log_vkey(&coop));
    before.verify_leaf_inside(origin, &key, &parsed(&policy)).expect_err("nobody was asked yet");
    assert_eq!(coop.registrar.witnessed_head().await, Ok(None));

    // By itself, without anybody's asking, once it watches.
    coop.registrar.watch_witnesses();
    let size = coop.registrar.book().size();
    while standing(&coop).await.cosigned.is_none() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let by = witness_key(1);
    assert_eq!(cosignature::verify(&shown(&coop).await, by.verifier()), Ok(NOON));
    let head = coop.registrar.witnessed_head().await.expect("read").expect("witnessed");
    assert_eq!((head.size, head.by[0].witness.as_str(), head.by[0].time), (size, "t1", NOON));
    let proof = coop.registrar.proof_file(leaf).await.expect("read").expect("a proof");
    let (_, proven) = proof.verify_leaf_inside(origin, &key, &parsed(&policy)).expect("it holds");
    assert!(matches!(proven.witnessed, Witnessed::By(by) if by[0].time == NOON));

    // Cosigned again an hour later, and the log grows: the proof stays, to the byte.
    witness.clock.advance_ms(3_600_000);
    coop.registrar.ask_witnesses().await;
    coop.joins(2, 3).await.expect("subscribed");
    coop.registrar.ask_witnesses().await;
    assert_eq!(standing(&coop).await.cosigned, Some((size + 2, NOON + 3_600)));
    let coop = coop.restart().await;
    assert_eq!(coop.registrar.proof_file(leaf).await.expect("read"), Some(proof));
    assert_eq!(cosignature::verify(&shown(&coop).await, by.verifier()), Ok(NOON + 3_600));
    let head = coop.registrar.witnessed_head().await.expect("read").expect("witnessed");
    assert_eq!(head.size, size + 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quorum_of_two_comes_together_on_one_checkpoint() {
    let coop = Coop::open().await;
    let (one, two) = (Watching::of(&coop, 1).await, Watching::of(&coop, 2).await);
    let witnesses = [(1, Some(one.url.as_str())), (2, Some(two.url.as_str())), (3, None)];
    let policy = policy(&witnesses, "group controle 2 t1 t2 t3\nquorum controle\n");
    let coop = under(coop, &policy).await;
    let first = coop.joins(1, 3).await.expect("subscribed").first;
    coop.registrar.ask_witnesses().await;
    let second = coop.joins(2, 3).await.expect("subscribed").first;
    let proof = |leaf| {
        let (registrar, key, policy) = (coop.registrar.clone(), log_vkey(&coop), parsed(&policy));
        async move {
            let proof = registrar.proof_file(leaf).await.expect("read").expect("a proof");
            proof.verify_leaf_inside(support::ORIGIN, &key, &policy).map(|(_, p)| p.witnessed)
        }
    };
    assert!(matches!(proof(first).await, Ok(Witnessed::By(by)) if by.len() == 2));
    proof(second).await.expect_err("above what they have seen");
    coop.registrar.ask_witnesses().await;
    assert!(matches!(proof(second).await, Ok(Witnessed::By(by)) if by.len() == 2));
}

#[tokio::test]
async fn a_conflict_is_answered_with_a_proof_from_the_size_that_was_named() {
    let witness = Scripted::default();
    let coop = Coop::open().await;
    let coop = under(coop, &policy(&[(1, Some(&witness.listen().await))], ONE)).await;
    let text = Note::parse(coop.registrar.book().checkpoint()).expect("a note").text;
    let line = cosignature::sign(&text, &witness_key(1), NOON).expect("cosigned");
    let stranger = cosignature::sign(&text, &witness_key(2), NOON).expect("cosigned");
    witness.will_say([Answer::Conflict(Some(3)), Answer::Cosigned(vec![stranger, line])]);
    coop.registrar.ask_witnesses().await;
    let asked = witness.was_asked();
    assert_eq!(asked.iter().map(|asked| asked.old).collect::<Vec<_>>(), [0, 3]);
    assert!(asked[0].proof.is_empty() && !asked[1].proof.is_empty());
    let size = coop.registrar.book().size();
    assert_eq!(standing(&coop).await.cosigned, Some((size, NOON)));
    assert_eq!(standing(&coop).await.trouble, None);
    assert_eq!(shown(&coop).await.signatures.len(), 2, "the stranger's line is not kept");
}

#[tokio::test]
async fn every_other_answer_is_told_and_the_book_goes_on() {
    let witness = Scripted::default();
    let coop = Coop::open().await;
    let coop = under(coop, &policy(&[(1, Some(&witness.listen().await))], ONE)).await;
    let text = Note::parse(coop.registrar.book().checkpoint()).expect("a note").text;
    let mut forged = cosignature::sign(&text, &witness_key(1), NOON).expect("cosigned");
    forged.blob[20] ^= 1;
    let stranger = cosignature::sign(&text, &witness_key(2), NOON).expect("cosigned");
    for (answer, words) in [
        (Answer::UnknownOrigin("who?".into()), "404, il ne connaît pas ce journal : who?"),
        (Answer::BadSignature("no".into()), "403"),
        (Answer::Malformed("old".into()), "400"),
        (Answer::BadProof("first".into()), "422 depuis la taille 0"),
        (Answer::Other { status: 503, why: "later".into() }, "503 later"),
        (Answer::Conflict(None), "409"),
        (Answer::Cosigned(vec![forged]), "ne vaut rien"),
        (Answer::Cosigned(vec![stranger]), "aucune cosignature de"),
    ] {
        witness.will_say([answer.clone()]);
        coop.registrar.ask_witnesses().await;
        let told = standing(&coop).await;
        assert!(told.trouble.as_deref().is_some_and(|t| t.contains(words)), "{answer:?}: {told:?}");
        assert_eq!(told.cosigned, None);
    }
    assert_eq!(coop.registrar.alarms(), []);
    coop.joins(1, 3).await.expect("the book goes on");
}

#[tokio::test]
async fn a_witness_that_is_not_there_is_told_and_the_book_goes_on() {
    let coop = Coop::open().await;
    let coop = under(coop, &policy(&[(1, Some("http://127.0.0.1:9"))], ONE)).await;
    coop.registrar.ask_witnesses().await;
    let trouble = standing(&coop).await.trouble.expect("told");
    assert!(trouble.starts_with("il ne répond pas"), "{trouble}");
    coop.joins(1, 3).await.expect("the book goes on");
}

#[tokio::test]
async fn a_book_taken_back_writes_no_more_until_it_has_caught_up() {
    let witness = Scripted::default();
    let coop = Coop::open().await;
    let coop = under(coop, &policy(&[(1, Some(&witness.listen().await))], ONE)).await;
    let draft = coop.registrar.draft(place(1), Vec::new()).expect("drafted");
    let signature = coop.key("bureau-1").sign_text(&draft.texts[0]).expect("signed");
    let leaves = vec![Leaf::assemble(draft.texts[0].clone(), vec![signature])];
    let before = Signed { leaves, private: Vec::new() };
    let receipt = coop.registrar.submit(before.clone()).await.expect("written");
    let size = coop.registrar.book().size();
    witness.will_say([Answer::Conflict(Some(size + 4))]);
    coop.registrar.ask_witnesses().await;
    let again =
        coop.registrar.submit(before).await.expect("what is written is not said to be lost");
    assert_eq!(again, receipt);
    let [alarm] = &coop.registrar.alarms()[..] else { panic!("one alarm") };
    assert_eq!(alarm.evidence, Evidence::RolledBack { witnessed: size + 4, ours: size });
    let halted = coop.joins(1, 3).await.expect_err("nothing is written").to_string();
    for words in ["RIEN N’A ÉTÉ ENREGISTRÉ", "ramené en arrière", "À faire"] {
        assert!(halted.contains(words), "{halted}");
    }
    // The evidence is kept, said once, and stands after a restart.
    witness.will_say([Answer::Conflict(Some(size + 4))]);
    coop.registrar.ask_witnesses().await;
    let kept = coop.registrar.store().evidence().await.expect("read");
    assert_eq!(kept.len(), 1);
    assert_eq!(
        (kept[0].status, kept[0].answer.clone()),
        (409, format!("{}\n", size + 4).into_bytes())
    );
    assert!(kept[0].request.starts_with(b"old 0\n"));
    let coop = coop.restart().await;
    coop.joins(1, 3).await.expect_err("still nothing is written");
    assert_eq!(coop.registrar.book().size(), size, "and all of it is read");
    // The operator takes the witness out of the policy: the book writes again.
    std::fs::remove_file(policy_file(&coop)).expect("removed");
    let coop = coop.restart().await;
    assert_eq!(coop.registrar.alarms(), []);
    coop.joins(1, 3).await.expect("written");
}

#[tokio::test]
async fn a_missing_policy_asks_for_nobody_and_a_bad_one_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let none = read_policy(folder.path(), None).expect("no file, no witness");
    assert!(!none.asks_for_witnesses());
    let named = folder.path().join("ailleurs.txt");
    let missing = read_policy(folder.path(), Some(named.clone())).expect_err("it was named");
    assert!(missing.to_string().contains("ailleurs.txt"), "{missing}");
    let file = folder.path().join("policy.txt");
    let vkey = witness_key(1).vkey();
    for (text, words) in [
        (format!("witness t1 {vkey}\n"), "ligne `quorum`"),
        (format!("witness t1 {vkey}\nquorum t1"), "saut de ligne"),
        (format!("witness t1 {vkey}\nquorum t2\n"), "ligne 2, « t2 »"),
        ("witness t1 clé\nquorum t1\n".into(), "clé de la ligne 1"),
        (format!("witnes t1 {vkey}\nquorum t1\n"), "ligne 1"),
        (format!("witness t1 {vkey} ftp://x\nquorum t1\n"), "https://"),
        (format!("witness t1 {vkey}\ngroup g 2 t1\nquorum g\n"), "seuil"),
    ] {
        std::fs::write(&file, &text).expect("written");
        let refused = read_policy(folder.path(), None).expect_err(&text).to_string();
        assert!(refused.contains(words) && refused.contains("policy.txt"), "{text}: {refused}");
    }
    let utf_16: Vec<u8> = "quorum none\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(&file, utf_16).expect("written");
    let refused = read_policy(folder.path(), None).expect_err("UTF-16").to_string();
    assert!(refused.contains("UTF-8"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fork_that_the_witness_has_seen_stops_both_ways_of_writing() {
    let coop = Coop::open().await;
    let witness = Watching::of(&coop, 1).await;
    let coop = under(coop, &policy(&[(1, Some(&witness.url))], ONE)).await;
    coop.registrar.ask_witnesses().await;
    // A second copy of the same book, with the same keys, in which another history is written.
    let twin = twin_of(&coop).await;
    twin.clock.set(day("2026-03-02"));
    twin.joins(7, 9).await.expect("written in the copy");
    twin.registrar.ask_witnesses().await;
    assert_eq!(twin.registrar.alarms(), [], "the witness believes whom it hears first");
    coop.joins(8, 4).await.expect("written");
    coop.registrar.ask_witnesses().await;
    let [alarm] = &coop.registrar.alarms()[..] else { panic!("one alarm") };
    assert!(matches!(alarm.evidence, Evidence::Forked { .. }), "{alarm}");
    assert!(alarm.to_string().contains("deux histoires"), "{alarm}");
    coop.joins(9, 4).await.expect_err("nothing is written");
    let coop = coop.restart().await;
    coop.joins(9, 4).await.expect_err("after a restart neither");
    twin.joins(10, 4).await.expect("the other is not contradicted");
}

/// The same book, copied with its keys: what must never be.
async fn twin_of(coop: &Coop) -> Coop {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.keep();
    copy(&coop.data, &data);
    let keys = coop.keys.clone();
    Coop::reopened(keys, &data, day("2026-03-01")).await
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[tokio::test]
async fn one_witness_may_pass_on_the_word_of_another() {
    let gateway = Scripted::default();
    let coop = Coop::open().await;
    let both = "group both all t1 t2\nquorum both\n";
    let both = policy(&[(1, Some(&gateway.listen().await)), (2, None)], both);
    let coop = under(coop, &both).await;
    let note = Note::parse(coop.registrar.book().checkpoint()).expect("a note");
    let line = |n| cosignature::sign(&note.text, &witness_key(n), NOON).expect("cosigned");
    // The third is known to nobody here.
    gateway.will_say([Answer::Cosigned([2, 3, 1].map(line).into())]);
    coop.registrar.ask_witnesses().await;
    let head = coop.registrar.witnessed_head().await.expect("read").expect("witnessed");
    let by: Vec<&str> = head.by.iter().map(|one| one.witness.as_str()).collect();
    assert_eq!(by, ["t1", "t2"]);
}

#[tokio::test]
async fn a_busy_log_asks_once_a_minute() {
    let witness = Scripted::default();
    let coop = Coop::open().await;
    let coop = under(coop, &policy(&[(1, Some(&witness.listen().await))], ONE)).await;
    coop.registrar.watch_witnesses();
    let mut asked = Vec::new();
    while asked.is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
        asked = witness.was_asked();
    }
    for who in 1..4 {
        coop.joins(who, 3).await.expect("subscribed");
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    assert_eq!(witness.was_asked(), [], "the minute is not over");
    coop.registrar.ask_witnesses().await;
    assert_eq!(witness.was_asked().len(), 1, "unless somebody asks for it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_was_changed_in_the_book_vouches_for_nothing() {
    let coop = Coop::open().await;
    let witness = Watching::of(&coop, 1).await;
    let coop = under(coop, &policy(&[(1, Some(&witness.url))], ONE)).await;
    coop.registrar.ask_witnesses().await;
    let size = coop.registrar.book().size();
    let row = coop.registrar.store().cosignatures(size).await.expect("read").remove(0);
    let place = Place { target: coop.target.clone() };
    place.by_hand("drop trigger cosignatures_never_change", "").await.expect("by hand");
    for at in 0..row.line.len() {
        let mut line = row.line.clone().into_bytes();
        line[at] ^= 1;
        let Ok(line) = String::from_utf8(line) else { continue };
        let line = line.replace('\'', "''");
        let sql = format!("update cosignatures set line = '{line}'");
        place.by_hand(&sql, "").await.expect("by hand");
        assert_eq!(coop.registrar.witnessed_head().await, Ok(None), "byte {at}: {line}");
        assert_eq!(shown(&coop).await.signatures.len(), 1, "byte {at}");
    }
}
