//! Trust policies: reading them, and who is enough.

use super::super::checkpoint::Checkpoint;
use super::super::cosignature;
use super::super::hash::Hash;
use super::super::note::{Note, SigningKey};
use super::super::policy::*;
use super::super::text::from_base64;
use super::{ORIGIN, key};

fn witness(n: u8) -> SigningKey {
    SigningKey::generate_cosigner(&format!("witness.example/{n}"), [0x40 + n; 32]).expect("key")
}

/// A checkpoint cosigned by these witnesses, each at its own time.
fn cosigned(by: &[u8]) -> Note {
    let text = Checkpoint { origin: ORIGIN.into(), size: 1, root: Hash::leaf(b"a") }.text();
    let sign = |n: &u8| cosignature::sign(&text, &witness(*n), u64::from(*n)).expect("cosigned");
    let signatures = by.iter().map(sign).collect();
    Note { text, signatures }
}

fn with_keys(policy: &str) -> String {
    let policy = (1..=6)
        .fold(policy.to_owned(), |policy, n| policy.replace(&format!("<{n}>"), &witness(n).vkey()));
    policy.replace("<log>", &key(ORIGIN, 3).vkey())
}

fn parse(policy: &str) -> Result<Policy, PolicyError> {
    Policy::parse(&with_keys(policy))
}

const TWO_HOUSES: &str = "log <log> https://log.example/\n\
    \n  # the first house\nwitness X1 <1>\nwitness X2 <2>\t\twitness-url\nwitness X3 <3>\n\
    group X 2 X1 X2 X3\nwitness Y1 <4>\nwitness Y2 <5>\ngroup Y any Y1 Y2\n\
    \tgroup both all X Y \nquorum both\n";

#[test]
fn a_quorum_of_groups_is_reached_or_not() {
    let policy = parse(TWO_HOUSES).expect("policy");
    assert_eq!(policy.logs()[0].key, *key(ORIGIN, 3).verifier());
    assert_eq!(policy.logs()[0].url.as_deref(), Some("https://log.example/"));
    assert_eq!(policy.witnesses().len(), 5);
    assert_eq!(policy.witnesses()[1].url.as_deref(), Some("witness-url"));
    let times = |by: &[u8]| match policy.evaluate(&cosigned(by)) {
        Ok(Witnessed::By(cosigned)) => cosigned.iter().map(|one| one.time).collect(),
        Ok(Witnessed::None) => vec![0],
        Err(error) => {
            assert_eq!(error, PolicyError::NotReached("both".into()));
            vec![]
        }
    };
    for enough in [vec![1, 2, 4], vec![2, 3, 5], vec![1, 2, 3, 4, 5]] {
        assert_eq!(times(&enough), enough.iter().map(|n| u64::from(*n)).collect::<Vec<_>>());
    }
    for too_few in [vec![], vec![1, 2], vec![1, 4], vec![4, 5], vec![1, 1, 4], vec![1, 4, 6]] {
        assert_eq!(times(&too_few), [0; 0], "{too_few:?}");
    }
    assert_eq!(times(&[1, 2, 4, 6]), [1, 2, 4], "a stranger is ignored");
}

#[test]
fn one_witness_or_none_can_be_the_quorum() {
    let one = parse("witness A <1>\nquorum A\n").expect("policy");
    let by = Witnessed::By(vec![Cosigned { witness: "A".into(), time: 1 }]);
    assert_eq!(one.evaluate(&cosigned(&[1])), Ok(by));
    assert_eq!(one.evaluate(&cosigned(&[2])), Err(PolicyError::NotReached("A".into())));
    let none = parse("witness A <1>\nquorum none\n").expect("policy");
    assert_eq!(none.evaluate(&cosigned(&[1])), Ok(Witnessed::None));
    assert_eq!(parse("quorum none\n"), Ok(Policy::none()));
    assert!(one.asks_for_witnesses() && !none.asks_for_witnesses());
    assert_eq!(one.witness_of(&witness(1).vkey()).map(|known| known.name.as_str()), Some("A"));
    assert_eq!(one.witness_of(&witness(2).vkey()), None);
}

#[test]
fn a_false_cosignature_by_a_known_witness_spoils_the_checkpoint() {
    let policy =
        parse("witness A <1>\nwitness B <2>\ngroup G any A B\nquorum G\n").expect("policy");
    let mut note = cosigned(&[1, 2]);
    note.signatures[1].blob[20] ^= 1;
    assert!(matches!(
        policy.evaluate(&note),
        Err(PolicyError::Cosignature { name, .. }) if name == "B"
    ));
}

#[test]
fn a_policy_in_another_form_is_refused() {
    let refused = |policy: &str| parse(policy).expect_err(policy);
    assert_eq!(refused(""), PolicyError::Characters);
    assert_eq!(refused("quorum none"), PolicyError::Characters);
    assert_eq!(refused("quorum none\r\n"), PolicyError::Characters);
    assert_eq!(refused("\n"), PolicyError::Quorum);
    assert_eq!(refused("quorum none\nquorum none\n"), PolicyError::Quorum);
    for line in ["quorum", "quorum a b", "log", "witness A", "group", "group G", "Quorum none", "x"]
    {
        assert_eq!(refused(&format!("\n{line}\n")), PolicyError::Line(2), "{line}");
    }
    assert_eq!(refused(&"#\n".repeat(40_000)), PolicyError::TooLong(80_000));
    let longest = format!("quorum none\n{}\n", "#".repeat(MAX_POLICY - "quorum none\n\n".len()));
    assert_eq!(parse(&longest), Ok(Policy::none()));
    let unknown = |line, name: &str| PolicyError::UnknownName { line, name: name.into() };
    assert_eq!(refused("quorum A\nwitness A <1>\n"), unknown(1, "A"));
    assert_eq!(refused("group G any A\n"), unknown(1, "A"));
    assert_eq!(refused("group G any none\n"), unknown(1, "none"));
    assert_eq!(refused("group G any G\n"), unknown(1, "G"));
    let duplicate = |name: &str| PolicyError::DuplicateName { line: 2, name: name.into() };
    assert_eq!(refused("witness A <1>\nwitness A <2>\n"), duplicate("A"));
    assert_eq!(refused("witness A <1>\ngroup A any A\n"), duplicate("A"));
    assert_eq!(refused("\nwitness none <1>\n"), duplicate("none"));
    assert_eq!(refused("witness A <1>\nwitness B <1>\n"), PolicyError::DuplicateKey(2));
    assert_eq!(refused("log <log>\nlog <log>\n"), PolicyError::DuplicateKey(2));
    let twice = PolicyError::GroupedTwice { line: 3, name: "A".into() };
    assert_eq!(refused("witness A <1>\ngroup G any A\ngroup H any A\n"), twice);
    assert_eq!(refused("witness A <1>\n\ngroup G any A A\n"), twice);
    for threshold in ["0", "2", "01", "some", "-1"] {
        let policy = format!("witness A <1>\ngroup G {threshold} A\n");
        assert_eq!(refused(&policy), PolicyError::Threshold(2), "{threshold}");
    }
    assert_eq!(refused("group G any\n"), PolicyError::Threshold(1));
}

#[test]
fn a_key_serves_its_purpose_only() {
    let wrong = |policy: &str| matches!(parse(policy), Err(PolicyError::Key { line: 1, .. }));
    assert!(wrong("log <1>\nquorum none\n"));
    assert!(wrong("witness A <log>\nquorum none\n"));
    assert!(wrong("log nonsense\nquorum none\n"));
}

#[test]
fn the_number_of_names_is_limited() {
    let line = |n: u8| {
        let key = SigningKey::generate_cosigner("w", [n; 32]).expect("key");
        format!("witness w{n} {}\n", key.vkey())
    };
    let policy = |count| (1..=count).map(line).collect::<Vec<_>>().concat() + "quorum none\n";
    assert!(parse(&policy(64)).is_ok());
    assert_eq!(parse(&policy(65)), Err(PolicyError::TooMany(65)));
}

#[test]
fn every_policy_of_the_corpus_gets_its_verdict() {
    let corpus = include_str!("../../../../tests/golden/policies.json");
    let corpus: serde_json::Value = serde_json::from_str(corpus).expect("golden file");
    let (mut accepted, mut refused) = (0, 0);
    for case in corpus.as_array().expect("cases") {
        let text = |name: &str| case[name].as_str();
        let octets = text("policy_base64").map(|text| from_base64(text).expect("base64"));
        let policy = octets.or(text("policy").map(|text| text.as_bytes().to_vec()));
        let read = Policy::read(&policy.expect("a policy"));
        let expected = case["accepted"].as_bool().expect("a verdict");
        assert_eq!(read.is_ok(), expected, "{}: {read:?}", text("why").expect("why"));
        if expected { accepted += 1 } else { refused += 1 }
    }
    assert_eq!((accepted, refused), (41, 101));
}
