//! Witnessing: requests and answers in one form, each answer by its case, and what the log makes of it.

use super::super::checkpoint::Checkpoint;
use super::super::cosignature;
use super::super::hash::Hash;
use super::super::note::{Note, SigningKey};
use super::super::proof::{consistency_proof, root_at};
use super::super::witness::*;
use super::{ORIGIN, flips, key, leaf_hashes, tree};

const NOW: u64 = 1_772_366_400;

fn witness_key() -> SigningKey {
    SigningKey::generate_cosigner("witness.example/w", [0x50; 32]).expect("key")
}

fn witness() -> Cosigner {
    Cosigner::new(witness_key(), vec![key(ORIGIN, 3).verifier().clone()]).expect("a witness")
}

/// A log of so many leaves, of which `forged` says whether the first is another.
struct Log {
    rows: super::Rows,
}

impl Log {
    fn of(count: u64, forged: bool) -> Self {
        let mut leaves = leaf_hashes(count);
        if forged {
            leaves[0] = Hash::leaf(b"another story");
        }
        Self { rows: tree(&leaves).1 }
    }

    fn checkpoint(&self, size: u64) -> Checkpoint {
        Checkpoint { origin: ORIGIN.into(), size, root: root_at(size, &self.rows).expect("root") }
    }

    fn request(&self, old: u64, size: u64) -> AddCheckpoint {
        AddCheckpoint {
            old,
            proof: consistency_proof(old, size, &self.rows).unwrap_or_default(),
            checkpoint: self.checkpoint(size).sign(&key(ORIGIN, 3)).expect("signed"),
        }
    }

    fn seen(&self, size: u64) -> Seen {
        Seen { size, root: self.checkpoint(size).root, time: NOW }
    }
}

fn answer(request: &[u8], seen: Option<Seen>) -> (Answer, Option<Kept>) {
    witness().consider(request, NOW, |origin| {
        assert_eq!(origin, ORIGIN);
        seen
    })
}

#[test]
fn a_request_has_one_form() {
    let request = Log::of(11, false).request(6, 11);
    assert!(!request.proof.is_empty());
    let bytes = request.to_bytes();
    assert_eq!(AddCheckpoint::parse(&bytes), Ok(request.clone()));
    for (bit, flipped) in flips(&bytes) {
        if let Ok(read) = AddCheckpoint::parse(&flipped) {
            assert_eq!(read.to_bytes(), flipped, "bit {bit} gives a second form");
        }
    }
    let text = String::from_utf8(bytes).expect("UTF-8");
    let hash = Hash::leaf(b"x").to_base64();
    let many = |count: usize| format!("old 1\n{}\nnote\n", format!("{hash}\n").repeat(count));
    assert_eq!(AddCheckpoint::parse(many(63).as_bytes()).expect("63").proof.len(), 63);
    for (wrong, why) in [
        (String::new(), RequestError::NoCheckpoint),
        ("old 1\n\n".into(), RequestError::NoCheckpoint),
        (text.replace("\n\n", "\n"), RequestError::NoCheckpoint),
        (text.replace("old 6", "old 06"), RequestError::Old),
        (text.replace("old 6", "old  6"), RequestError::Old),
        (text.replace("old 6", "old -6"), RequestError::Old),
        (text.replace("old 6", "old 18446744073709551616"), RequestError::Old),
        (text.replace("old 6", "Old 6"), RequestError::Old),
        (text.replace("old 6\n", "old 6\r\n"), RequestError::Old),
        (many(64), RequestError::TooManyHashes),
        ("x".repeat(MAX_REQUEST + 1), RequestError::TooLong(MAX_REQUEST + 1)),
        ("x".repeat(MAX_REQUEST), RequestError::NoCheckpoint),
    ] {
        assert_eq!(AddCheckpoint::parse(wrong.as_bytes()), Err(why), "{wrong:.20}");
    }
    let cut = text.replace(&request.proof[0].to_base64(), "AAAA");
    assert!(matches!(AddCheckpoint::parse(cut.as_bytes()), Err(RequestError::Hash { at: 0, .. })));
    assert_eq!(AddCheckpoint::parse(b"old 1\n\n\xff"), Err(RequestError::Characters));
}

#[test]
fn a_witness_cosigns_what_grows_from_every_size_to_every_size() {
    let log = Log::of(40, false);
    for new in 1..=40 {
        for old in 0..=new {
            let seen = (old > 0).then(|| log.seen(old));
            let (answer, kept) = answer(&log.request(old, new).to_bytes(), seen);
            let Answer::Cosigned(lines) = answer else { panic!("{old} to {new}: {answer:?}") };
            let text = log.checkpoint(new).text();
            let verifier = witness_key().verifier().clone();
            assert_eq!(cosignature::verify_one(&text, &lines[0], &verifier), Ok(NOW));
            assert_eq!(kept, Some((ORIGIN.to_owned(), log.seen(new))));
        }
    }
}

#[test]
fn each_refusal_has_its_status_and_keeps_nothing() {
    let (log, fork) = (Log::of(12, false), Log::of(12, true));
    let sound = log.request(6, 11);
    let with = |change: &dyn Fn(&mut AddCheckpoint)| {
        let mut request = sound.clone();
        change(&mut request);
        request.to_bytes()
    };
    let note = |signer: &SigningKey, text: String| {
        Note { signatures: vec![signer.sign_text(&text).expect("signed")], text }.to_bytes()
    };
    let text = log.checkpoint(11).text();
    let other = key("another.example/log", 3);
    let own = key(ORIGIN, 3);
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("not a request", b"hello".to_vec(), 400),
        ("no note", with(&|r| r.checkpoint = b"note".to_vec()), 400),
        ("extension line", with(&|r| r.checkpoint = note(&own, format!("{text}more\n"))), 400),
        ("old above the new", with(&|r| r.old = 12), 400),
        ("another log", with(&|r| r.checkpoint = note(&other, text.replace(ORIGIN, "other"))), 404),
        ("another key", with(&|r| r.checkpoint = note(&key(ORIGIN, 9), text.clone())), 403),
        ("old below the last", with(&|r| r.old = 5), 409),
        ("old 0", log.request(0, 11).to_bytes(), 409),
        ("no proof", with(&|r| r.proof.clear()), 422),
        ("one hash too many", with(&|r| r.proof.push(Hash::leaf(b"x"))), 422),
        ("another history", fork.request(6, 11).to_bytes(), 422),
        ("the same size, another root", fork.request(6, 6).to_bytes(), 409),
        (
            "the same size, with a proof",
            {
                let mut request = log.request(6, 6);
                request.proof.push(Hash::leaf(b"x"));
                request.to_bytes()
            },
            422,
        ),
    ];
    for (case, request, status) in cases {
        let (answer, kept) = answer(&request, Some(log.seen(6)));
        assert_eq!((answer.status(), &kept), (status, &None), "{case}: {answer:?}");
        if status == 409 {
            assert_eq!(answer, Answer::Conflict(Some(6)), "{case}");
        }
        let read = Answer::from_http(status, Some(answer.content_type()), &answer.body());
        assert_eq!(read, Ok(answer.clone()), "{case}: over HTTP");
        assert_eq!(Answer::from_file(&answer.body()), Ok(answer), "{case}: in a file");
    }
    let first = |old| answer(&log.request(old, 11).to_bytes(), None).0;
    assert_eq!((first(6), first(0).status()), (Answer::Conflict(Some(0)), 200));
}

#[test]
fn every_flipped_bit_of_a_request_is_refused_or_changes_nothing_that_is_cosigned() {
    let log = Log::of(11, false);
    let request = log.request(6, 11).to_bytes();
    let (_, sound) = answer(&request, Some(log.seen(6)));
    for (bit, flipped) in flips(&request) {
        let origin = |_: &str| Some(log.seen(6));
        let (answer, kept) = witness().consider(&flipped, NOW, origin);
        assert!(kept.is_none() || kept == sound, "bit {bit}: {answer:?}");
    }
}

#[test]
fn the_empty_tree_may_be_cosigned_once_and_nothing_after_a_larger_one() {
    let log = Log::of(3, false);
    let empty = Checkpoint { origin: ORIGIN.into(), size: 0, root: Hash::EMPTY_ROOT };
    let checkpoint = empty.sign(&key(ORIGIN, 3)).expect("signed");
    let request = AddCheckpoint { old: 0, proof: Vec::new(), checkpoint }.to_bytes();
    let (first, kept) = answer(&request, None);
    assert_eq!(first.status(), 200);
    let kept = kept.map(|(_, seen)| seen);
    assert_eq!(answer(&log.request(0, 3).to_bytes(), kept).0.status(), 200, "it may grow");
    assert_eq!(answer(&request, Some(log.seen(3))).0, Answer::Conflict(Some(3)));
}

#[test]
fn a_clock_that_went_back_cosigns_nothing() {
    let log = Log::of(11, false);
    let request = log.request(6, 11).to_bytes();
    let (answer, kept) = witness().consider(&request, NOW - 1, |_| Some(log.seen(6)));
    assert_eq!((answer.status(), kept), (503, None));
}

#[test]
fn a_key_signs_for_its_purpose_only() {
    let log = key(ORIGIN, 3);
    let no_cosigner = Cosigner::new(log.clone(), vec![log.verifier().clone()]).map(drop);
    assert_eq!(no_cosigner, Err(CosignerError::NotACosigner(ORIGIN.into())));
    let no_log = Cosigner::new(witness_key(), vec![witness_key().verifier().clone()]).map(drop);
    assert_eq!(no_log, Err(CosignerError::NotALog("witness.example/w".into())));
    assert_eq!(Cosigner::new(witness_key(), Vec::new()).map(drop), Err(CosignerError::NoLog));
    assert_eq!(witness().origins().collect::<Vec<_>>(), [ORIGIN]);
}

#[test]
fn an_answer_that_is_none_is_not_taken_for_one() {
    let http = |status, kind, body: &str| Answer::from_http(status, kind, body.as_bytes());
    for body in ["", "\n", "fine\n", "— name\n", "— w CMp+6A==", "— w CMp+6LWB\n\n"] {
        assert_eq!(http(200, None, body), Err(AnswerError::Cosignatures), "{body:?}");
    }
    for body in ["", "7", "07\n", "7\n\n", "7 \n", "-7\n", "seven\n"] {
        assert_eq!(http(409, Some(SIZE_TYPE), body), Err(AnswerError::Size), "{body:?}");
    }
    assert_eq!(http(409, Some("Text/X.tlog.size; a=b"), "7\n"), Ok(Answer::Conflict(Some(7))));
    assert_eq!(http(409, Some("text/plain"), "7\n"), Ok(Answer::Conflict(None)));
    let long = format!("bad\u{1b}[2J\n{}", "x".repeat(5_000));
    let Ok(Answer::Other { status: 500, why }) = http(500, None, &long) else { panic!("500") };
    assert!(why.chars().count() == 300 && !why.contains(char::is_control), "{why}");
    let (longest, long) = ("x".repeat(MAX_ANSWER), "x".repeat(MAX_ANSWER + 1));
    assert!(matches!(http(500, None, &longest), Ok(Answer::Other { status: 500, .. })));
    assert_eq!(http(500, None, &long), Err(AnswerError::TooLong(long.len())));
    assert_eq!(Answer::from_file(longest.as_bytes()), Err(AnswerError::File));
    assert_eq!(Answer::from_file(long.as_bytes()), Err(AnswerError::TooLong(long.len())));
    for file in ["", "hello\n", "200 fine\n", "42\u{a0}x\n", "4x2 no\n"] {
        assert_eq!(Answer::from_file(file.as_bytes()), Err(AnswerError::File), "{file:?}");
    }
}

const PACE: Pace = Pace { every: 10, refresh: 1_000, patience: 100 };

fn client(old: u64) -> Client {
    Client::new(witness_key().verifier().clone(), old, PACE)
}

fn asked(log: &Log, old: u64, size: u64) -> Asked {
    Asked { old, size, text: log.checkpoint(size).text() }
}

#[test]
fn each_answer_has_its_meaning() {
    let log = Log::of(12, false);
    let ask = asked(&log, 6, 11);
    let same = asked(&log, 6, 6);
    let first = asked(&log, 0, 11);
    let why = || "why".to_owned();
    let forked = |size| Heard::Against(Evidence::Forked { size });
    let useless = |heard: &Heard| matches!(heard, Heard::Useless(_));
    let hear = |asked: &Asked, answer: Answer| client(asked.old).hear(asked, &answer, 11, 0);

    let back = Heard::Against(Evidence::RolledBack { witnessed: 12, ours: 11 });
    assert_eq!(hear(&ask, Answer::Conflict(Some(12))), back);
    for size in [0, 5, 7, 11] {
        assert_eq!(hear(&ask, Answer::Conflict(Some(size))), Heard::Again(size));
    }
    assert_eq!(
        hear(&same, Answer::Conflict(Some(6))),
        forked(6),
        "another root, as v1.0.0 says it"
    );
    assert_eq!(hear(&same, Answer::Conflict(None)), forked(6));
    let nothing = Asked { old: 0, size: 0, text: log.checkpoint(0).text() };
    assert!(useless(&hear(&nothing, Answer::Conflict(None))), "there is one tree without leaves");
    assert!(useless(&hear(&ask, Answer::Conflict(Some(6)))), "it contradicts itself");
    assert!(useless(&hear(&ask, Answer::Conflict(None))));
    assert_eq!(hear(&ask, Answer::BadProof(why())), forked(6));
    assert!(useless(&hear(&first, Answer::BadProof(why()))), "from nothing nothing is proved");
    for answer in [
        Answer::Malformed(why()),
        Answer::BadSignature(why()),
        Answer::UnknownOrigin(why()),
        Answer::Other { status: 500, why: why() },
    ] {
        assert!(useless(&hear(&ask, answer.clone())), "{answer:?}");
    }
}

#[test]
fn only_a_cosignature_of_that_witness_on_that_checkpoint_counts() {
    let log = Log::of(12, false);
    let ask = asked(&log, 6, 11);
    let sign = |key: &SigningKey, size: u64| {
        cosignature::sign(&log.checkpoint(size).text(), key, NOW).expect("cosigned")
    };
    let stranger = SigningKey::generate_cosigner("witness.example/x", [0x51; 32]).expect("key");
    let (own, foreign) = (sign(&witness_key(), 11), sign(&stranger, 11));
    let hear = |lines: Vec<_>| client(6).hear(&ask, &Answer::Cosigned(lines), 11, 0);
    let good = Heard::Cosigned { line: own.clone(), time: NOW };
    assert_eq!(hear(vec![foreign.clone(), own.clone()]), good);
    assert_eq!(hear(vec![sign(&witness_key(), 10), own.clone()]), good);
    assert!(matches!(hear(vec![foreign]), Heard::Useless(_)));
    assert!(matches!(hear(vec![sign(&witness_key(), 10)]), Heard::Useless(_)));
}

#[test]
fn cosignatures_are_read_as_they_are_answered_and_stand_once_under_a_checkpoint() {
    let log = Log::of(11, false);
    let own = key(ORIGIN, 3).sign_text(&log.checkpoint(11).text()).expect("signed");
    let line = |time| {
        cosignature::sign(&log.checkpoint(11).text(), &witness_key(), time).expect("cosigned")
    };
    let lines = vec![line(NOW), line(NOW + 60)];
    let answer = Answer::Cosigned(lines.clone());
    assert_eq!(Answer::from_http(200, None, &answer.body()), Ok(answer.clone()));
    assert_eq!(Answer::from_file(&answer.body()), Ok(answer));
    let note = Note { text: log.checkpoint(11).text(), signatures: vec![own.clone()] };
    let once = with_cosignatures(note, lines.clone());
    assert_eq!(once.signatures, [own, lines[0].clone(), lines[1].clone()]);
    assert_eq!(with_cosignatures(once.clone(), lines), once);
}

#[test]
fn a_witness_is_asked_no_oftener_than_its_pace() {
    let log = Log::of(12, false);
    let cosigned = |size: u64| {
        let line = cosignature::sign(&log.checkpoint(size).text(), &witness_key(), NOW);
        Answer::Cosigned(vec![line.expect("cosigned")])
    };
    let mut client = client(0);
    assert_eq!(client.wait(6, 100), 0, "at once");
    client.hear(&asked(&log, 0, 6), &cosigned(6), 6, 100);
    assert_eq!((client.old(), client.wait(7, 100), client.wait(7, 110)), (6, 10, 0));
    assert_eq!((client.wait(6, 110), client.wait(6, 1_100)), (990, 0), "the time is made fresh");
    let useless = Answer::Other { status: 500, why: String::new() };
    for (now, wait) in
        [(2_000, 10), (2_010, 20), (2_030, 40), (2_070, 80), (2_150, 100), (2_250, 100)]
    {
        assert_eq!(client.wait(7, now), 0);
        client.hear(&asked(&log, 6, 7), &useless, 7, now);
        assert_eq!(client.wait(7, now), wait, "after a failure at {now}");
    }
    client.hear(&asked(&log, 6, 7), &cosigned(7), 7, 3_000);
    client.hear(&asked(&log, 7, 8), &useless, 8, 3_010);
    assert_eq!(client.wait(8, 3_010), 10, "a success ends the patience");
}

#[test]
fn another_size_is_asked_again_at_once_but_not_for_ever() {
    let log = Log::of(12, false);
    let mut client = client(0);
    for round in 0..3 {
        assert_eq!(
            client.hear(&asked(&log, 0, 11), &Answer::Conflict(Some(6)), 11, 0),
            Heard::Again(6)
        );
        assert_eq!((client.old(), client.wait(11, 0)), (6, 0), "round {round}");
    }
    client.hear(&asked(&log, 0, 11), &Answer::Conflict(Some(6)), 11, 0);
    assert_eq!(client.wait(11, 0), 10);
    client.hear(&asked(&log, 0, 11), &Answer::Conflict(Some(12)), 12, 20);
    assert_eq!(client.wait(11, 20), 10, "until this process has read the twelfth leaf");
}
