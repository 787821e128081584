//! Leaves: the published vector, the strict form, ids and instants.

use proptest::prelude::*;

use super::super::hash::Hash;
use super::super::json::{self, JsonProblem, Value};
use super::super::leaf::*;
use super::super::note::{NoteError, Signature, SigningKey};
use super::{ORIGIN, flips, key};

const VECTOR: &[u8] = include_bytes!("../../../../tests/golden/leaf_v1.note");

/// Two keys of the log, in the order of their names.
fn keys() -> [SigningKey; 2] {
    [("a", 1), ("b", 2)].map(|(name, seed)| key(&format!("{ORIGIN}/k/{name}"), seed))
}

/// The two keys of the published vector, in the order of its lines.
fn published_keys(leaf: &Leaf) -> [SigningKey; 2] {
    [(0, 0x0b), (1, 0x0a)].map(|(line, seed)| key(&leaf.note.signatures[line].name, seed))
}

fn content() -> LeafContent {
    LeafContent {
        origin: ORIGIN.to_owned(),
        id: LeafId::from_parts(1_772_366_400_123, [0xff; 10]),
        kind: "keys.enrolled@v1".to_owned(),
        recorded_ms: 1_772_366_400_123,
        after: After { size: 3, root: Hash::leaf(b"a") },
        corrects: None,
        body: json::parse(r#"{"a":"1"}"#).expect("body"),
    }
}

fn signed(text: &str) -> Vec<u8> {
    let signatures = keys().iter().map(|key| key.sign_text(text).expect("signature")).collect();
    Leaf::assemble(text.to_owned(), signatures)
}

#[test]
fn the_published_leaf_is_made_again_byte_for_byte() {
    let leaf = Leaf::parse(VECTOR).expect("leaf");
    assert_eq!(
        format!("{:?}", leaf.hash()),
        "5b7f05174eb33aef02eaccd94e3259b94f14f57066351dad8f3c01cb39fc2d54"
    );
    let [first, second] = published_keys(&leaf);
    assert!(first.vkey().ends_with("+8a70ad77+AWa+fjMsekUzMr2dCn99sFX1xe8aBq2mbZizn7aBDEc6"));
    assert!(second.vkey().ends_with("+51c96142+AUOnLnFEAXYt9mtowm373yaCquyfJHTspGE+QkoPuv08"));
    assert_eq!(leaf.verify(first.verifier()), Ok(()));
    assert_eq!(leaf.verify(second.verifier()), Ok(()));
    let content = &leaf.content;
    assert_eq!(content.recorded_ms, 1_772_366_400_123);
    assert_eq!((content.after.size, content.corrects), (1000, None));
    let text = content.to_text().expect("text");
    let signatures = [second, first].map(|key| key.sign_text(&text).expect("signature"));
    assert_eq!(Leaf::assemble(text, signatures.to_vec()), VECTOR);
}

#[test]
fn every_flipped_bit_of_a_leaf_is_refused() {
    let keys = published_keys(&Leaf::parse(VECTOR).expect("leaf"));
    for (bit, flipped) in flips(VECTOR) {
        let refused = match Leaf::parse(&flipped) {
            Ok(leaf) => {
                assert_eq!(leaf.note.to_bytes(), flipped, "bit {bit}: one form");
                keys.iter().any(|key| leaf.verify(key.verifier()).is_err())
            }
            Err(_) => true,
        };
        assert!(refused, "bit {bit}");
    }
}

#[test]
fn a_content_reads_back() {
    let corrects = Some(LeafId::from_parts(0, [0; 10]));
    for content in [content(), LeafContent { corrects, body: Value::Null, ..content() }] {
        let text = content.to_text().expect("text");
        assert_eq!(LeafContent::parse(&text), Ok(content.clone()));
        let leaf = Leaf::parse(&signed(&text)).expect("leaf");
        assert_eq!(leaf.content, content);
    }
}

#[test]
fn a_content_that_could_not_be_read_back_is_not_written() {
    let refused = |content: LeafContent| content.to_text().expect_err("refused");
    let kind = |kind: &str| refused(LeafContent { kind: kind.to_owned(), ..content() });
    for wrong in ["", "A", "a b", "é", &"a".repeat(65)] {
        assert!(matches!(kind(wrong), LeafError::Kind(_)), "{wrong}");
    }
    assert!(LeafContent { kind: "a".repeat(64), ..content() }.to_text().is_ok());
    let origin = LeafContent { origin: "a b".to_owned(), ..content() };
    assert!(matches!(refused(origin), LeafError::Note(NoteError::Name(_))));
    let recorded = LeafContent { recorded_ms: -1, ..content() };
    assert_eq!(refused(recorded), LeafError::InstantRange(-1));
    let body = |body| refused(LeafContent { body, ..content() });
    assert_eq!(body(Value::String("e\u{301}".into())), LeafError::Body(JsonProblem::NotNfc));
    let deep = (0..7).fold(Value::Array(vec![]), |inner, _| Value::Array(vec![inner]));
    assert_eq!(body(deep), LeafError::Body(JsonProblem::Depth));
    let of = |length: usize| {
        let body = Value::String("x".repeat(length));
        LeafContent { body, ..content() }.to_text().map(|text| text.len())
    };
    let rest = of(0).expect("a text");
    assert_eq!(of(MAX_LEAF - rest), Ok(MAX_LEAF));
    assert_eq!(of(MAX_LEAF - rest + 1), Err(LeafError::TooLong(MAX_LEAF + 1)));
}

#[test]
fn a_leaf_has_its_largest_size() {
    let of = |length: usize| {
        let body = Value::String("x".repeat(length));
        signed(&LeafContent { body, ..content() }.to_text().expect("a text"))
    };
    let rest = of(0).len();
    assert!(Leaf::parse(&of(MAX_LEAF - rest)).is_ok());
    let larger = Leaf::parse(&of(MAX_LEAF - rest + 1));
    assert_eq!(larger, Err(LeafError::TooLong(MAX_LEAF + 1)));
}

#[test]
fn a_text_in_another_form_is_refused() {
    let text = content().to_text().expect("text");
    let swap = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        LeafContent::parse(&text.replacen(from, to, 1)).expect_err(to)
    };
    assert_eq!(swap("/entry@v1\n", "/entry@v2\n"), LeafError::Context);
    assert_eq!(swap("\n{", "\n\n{"), LeafError::Lines);
    assert!(matches!(swap(ORIGIN, ""), LeafError::Note(NoteError::Name(_))));
    assert!(matches!(swap("{\"after", " {\"after"), LeafError::Json(_)));
    assert!(matches!(swap("\"3\"", "3"), LeafError::Json(_)));
    assert_eq!(swap("\"3\"", "\"03\""), LeafError::Field("after"));
    assert_eq!(swap("\"size\"", "\"sizes\""), LeafError::Field("size"));
    assert_eq!(swap("\"root\"", "\"also\":null,\"root\""), LeafError::Field("after"));
    assert_eq!(swap("\"body\"", "\"bodies\""), LeafError::UnknownField("bodies".into()));
    assert_eq!(swap("\"body\":{\"a\":\"1\"},", ""), LeafError::Field("body"));
    assert_eq!(swap("\"id\"", "\"corrects\":null,\"id\""), LeafError::Field("corrects"));
    assert!(matches!(swap("\"id\":\"", "\"id\":\"x"), LeafError::Id(_)));
    assert!(matches!(swap(".123Z", ".12Z"), LeafError::Instant(_)));
    assert_eq!(LeafContent::parse("o/entry@v1\n[]\n"), Err(LeafError::NotObject));
    assert_eq!(LeafContent::parse("o/entry@v1\n{}"), Err(LeafError::Lines));
}

#[test]
fn the_signatures_of_a_leaf_are_sorted_distinct_and_of_its_log() {
    let text = content().to_text().expect("text");
    let [first, second] = keys().map(|key| key.sign_text(&text).expect("signature"));
    let parse = |signatures: Vec<Signature>| {
        let note = super::super::note::Note { text: text.clone(), signatures };
        Leaf::parse(&note.to_bytes())
    };
    assert!(parse(vec![first.clone(), second.clone()]).is_ok());
    assert_eq!(parse(vec![second, first.clone()]), Err(LeafError::SignatureOrder));
    assert_eq!(parse(vec![first.clone(), first.clone()]), Err(LeafError::SignatureOrder));
    let named = |name: &str| parse(vec![Signature { name: name.into(), ..first.clone() }]);
    for name in [ORIGIN, "other/k/a", &format!("{ORIGIN}/k/"), &format!("{ORIGIN}/w/a")] {
        assert_eq!(named(name), Err(LeafError::SignatureName(name.to_owned())));
    }
    let long = parse(vec![Signature { blob: vec![0; 72], ..first.clone() }]);
    assert_eq!(long, Err(LeafError::SignatureName(first.name.clone())));
    let many = |count: u8| {
        let sign = |n| Signature { id: [0, 0, 0, n], ..first.clone() };
        parse((0..count).map(sign).collect())
    };
    assert!(many(16).is_ok());
    assert_eq!(many(17), Err(LeafError::SignatureCount(17)));
    assert_eq!(Leaf::parse(&vec![0; MAX_LEAF + 1]), Err(LeafError::TooLong(MAX_LEAF + 1)));
}

#[test]
fn an_id_has_one_form() {
    let text = "0197c2a0-5b1e-7c3a-9f10-2f6a1d0c9b77";
    let id = LeafId::parse(text).expect("id");
    assert_eq!((id.to_string(), format!("{id:?}")), (text.to_owned(), text.to_owned()));
    assert_eq!(LeafId::from_bytes(*id.as_bytes()), Ok(id));
    for wrong in [
        "",
        "0197C2A0-5B1E-7C3A-9F10-2F6A1D0C9B77",
        "0197c2a05b1e7c3a9f102f6a1d0c9b77",
        "0197c2a0-5b1e-4c3a-9f10-2f6a1d0c9b77",
        "0197c2a0-5b1e-7c3a-cf10-2f6a1d0c9b77",
        "0197c2a0-5b1e-7c3a-9f102-f6a1d0c9b77",
        "{0197c2a0-5b1e-7c3a-9f10-2f6a1d0c9b77}",
    ] {
        assert_eq!(LeafId::parse(wrong), Err(LeafError::Id(wrong.to_owned())), "{wrong}");
    }
    let made = LeafId::from_parts(0x0197_c2a0_5b1e, [0xff; 10]);
    assert_eq!(made.to_string(), "0197c2a0-5b1e-7fff-bfff-ffffffffffff");
    assert_eq!(LeafId::parse(&made.to_string()), Ok(made));
    let zero = LeafId::from_parts(-5, [0; 10]);
    assert_eq!(zero.to_string(), "00000000-0000-7000-8000-000000000000");
    assert!(LeafId::from_parts(1, [0; 10]) < LeafId::from_parts(2, [0; 10]));
}

#[test]
fn an_instant_has_one_form() {
    for (ms, text) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_772_366_400_123, "2026-03-01T12:00:00.123Z"),
        (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ] {
        assert_eq!(format_instant(ms).as_deref(), Ok(text));
        assert_eq!(parse_instant(text), Ok(ms));
    }
    for wrong in [
        "",
        "2026-03-01T12:00:00Z",
        "2026-03-01T12:00:00.12Z",
        "2026-03-01T12:00:00.1230Z",
        "2026-03-01T12:00:00.123z",
        "2026-03-01t12:00:00.123Z",
        "2026-03-01 12:00:00.123Z",
        "2026-03-01T12:00:00.123+00:00",
        "2026-3-01T12:00:00.123Z",
        "2026-02-29T12:00:00.123Z",
        "2026-03-01T24:00:00.000Z",
        "2016-12-31T23:59:60.000Z",
        "+2026-03-01T12:00:00.123Z",
        "1969-12-31T23:59:59.999Z",
        " 2026-03-01T12:00:00.123Z",
    ] {
        assert_eq!(parse_instant(wrong), Err(LeafError::Instant(wrong.to_owned())), "{wrong}");
    }
    for ms in [-1, 253_402_300_800_000, i64::MIN, i64::MAX] {
        assert_eq!(format_instant(ms), Err(LeafError::InstantRange(ms)));
    }
}

/// Printing what was read, and comparing: the slow way to know that a text is in its one form.
fn by_printing(instant: &str) -> Option<i64> {
    let read = chrono::NaiveDateTime::parse_from_str(instant, "%Y-%m-%dT%H:%M:%S%.3fZ").ok()?;
    let ms = read.and_utc().timestamp_millis();
    format_instant(ms).ok().filter(|printed| printed == instant).map(|_| ms)
}

proptest! {
    #[test]
    fn an_instant_is_read_as_by_printing_it(
        ms in 0..253_402_300_800_000i64,
        at in 0..24usize,
        other in prop::char::range(' ', 'é'),
        free in "[0-9]{4}-[0-9]{2}-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9].[0-9]{3}Z",
    ) {
        let written = format_instant(ms).expect("an instant");
        let mut changed: Vec<char> = written.chars().collect();
        changed[at] = other;
        let changed: String = changed.into_iter().collect();
        for text in [&written, &changed, &free] {
            prop_assert_eq!(parse_instant(text).ok(), by_printing(text), "{}", text);
        }
        prop_assert_eq!(parse_instant(&written), Ok(ms));
    }

    #[test]
    fn an_id_is_read_as_by_printing_it(random: [u8; 10], at in 0..36usize, other: char) {
        let written = LeafId::from_parts(1_772_366_400_123, random).to_string();
        let mut changed: Vec<char> = written.chars().collect();
        changed[at] = other;
        let changed: String = changed.into_iter().collect();
        for text in [&written, &changed, &written.replace('-', ""), &written.to_uppercase()] {
            if let Ok(id) = LeafId::parse(text) {
                prop_assert_eq!(&id.to_string(), text);
            }
        }
        prop_assert!(LeafId::parse(&written).is_ok());
    }
}
