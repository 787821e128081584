//! Facts as stored: read back as they were written, in one writing only.

use ledger::event::{Event, EventError};
use ledger::log::Leaf;
use ledger::log::json::Value;
use proptest::prelude::*;

use super::asks::{asks, founded};

/// Fields that hold a whole number in every fact where they occur.
const NUMBERS: [&str; 12] = [
    "amount",
    "capacity",
    "closing",
    "count",
    "key_version",
    "net",
    "new_lines",
    "nominal",
    "opening",
    "paid",
    "surface",
    "vat",
];

fn stored(asked: &[super::asks::Ask]) -> Vec<(String, Value)> {
    let mut book = founded(true);
    for ask in asked {
        let (command, offices) = ask.command(&book);
        let _ = book.perform(command, offices);
    }
    let parts = book.leaves.iter().map(|leaf| Leaf::parse(leaf).expect("a leaf").content);
    parts.map(|content| (content.kind, content.body)).collect()
}

fn fields(body: &Value) -> Vec<String> {
    match body {
        Value::Object(fields) => fields.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

/// The body with one field changed, put in or taken out.
fn with(body: &Value, name: &str, value: Option<Value>) -> Value {
    let mut body = body.clone();
    if let Value::Object(fields) = &mut body {
        match value {
            Some(value) => fields.insert(name.to_owned(), value),
            None => fields.remove(name),
        };
    }
    body
}

/// The long way: through a tree of `serde_json` and back, then compared.
fn the_long_way(kind: &str, body: &Value) -> Option<Event> {
    let parts = serde_json::json!({ "kind": kind, "body": serde_json::Value::from(body.clone()) });
    let event: Event = serde_json::from_value(parts).ok()?;
    (event.to_parts() == Ok((kind.to_owned(), body.clone()))).then_some(event)
}

/// The body with one value in it, wherever it stands, put in the place of another.
fn grafted(body: &Value, at: &mut usize, graft: &Value) -> Value {
    if *at == 0 {
        *at = usize::MAX;
        return graft.clone();
    }
    *at = at.saturating_sub(1);
    match body {
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| grafted(item, at, graft)).collect())
        }
        Value::Object(fields) => {
            let grafted =
                |(key, value): (&String, &Value)| (key.clone(), grafted(value, at, graft));
            Value::Object(fields.iter().map(grafted).collect())
        }
        other => other.clone(),
    }
}

fn grafts() -> impl Strategy<Value = Value> {
    let text = |text: &str| Value::String(text.to_owned());
    let object = |key: &str, value: Value| Value::Object([(key.to_owned(), value)].into());
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        prop::sample::select(vec!["", "1", "-1", "0100", "2026-03-01", "desk", "bank_fee", "open"])
            .prop_map(text),
        Just(Value::Array(vec![])),
        Just(Value::Array(vec![text("1"), Value::Null])),
        Just(Value::Object([].into())),
        Just(object("bank_fee", Value::Null)),
        Just(object("invoice", text("F-2026-0001"))),
        Just(object("call", Value::Array(vec![text("1"), text("2")]))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_fact_is_read_as_by_the_long_way(
        asked in asks(30),
        tried in prop::collection::vec((any::<prop::sample::Index>(), 0..40usize, grafts()), 200),
    ) {
        let stored = stored(&asked);
        for (kind, body) in &stored {
            prop_assert_eq!(Event::from_parts(kind, body).ok(), the_long_way(kind, body));
        }
        for (which, at, graft) in tried {
            let (kind, body) = which.get(&stored);
            let body = grafted(body, &mut at.clone(), &graft);
            let read = Event::from_parts(kind, &body);
            prop_assert_eq!(read.ok(), the_long_way(kind, &body), "{} {}", kind, body);
        }
    }

    #[test]
    fn a_fact_is_read_back_as_it_was_written(asked in asks(40)) {
        for (kind, body) in stored(&asked) {
            let event = Event::from_parts(&kind, &body).expect("it was admitted");
            prop_assert_eq!(event.to_parts(), Ok((kind, body)));
        }
    }

    #[test]
    fn a_fact_has_one_writing(asked in asks(40)) {
        for (kind, body) in stored(&asked) {
            let refused = |body: &Value| Event::from_parts(&kind, body).is_err();
            prop_assert!(refused(&with(&body, "zzz", Some(Value::String("1".into())))));
            for name in fields(&body) {
                let Value::Object(all) = &body else { continue };
                if let (Some(Value::String(text)), true) =
                    (all.get(&name), NUMBERS.contains(&name.as_str()))
                {
                    for other in [format!("0{text}"), format!("+{text}"), format!("{text} ")] {
                        let other = with(&body, &name, Some(Value::String(other)));
                        prop_assert!(refused(&other), "{kind} {name}: {other:?}");
                    }
                }
                // A field left out is refused, or is a fact that does not say it.
                let less = with(&body, &name, None);
                if let Ok(event) = Event::from_parts(&kind, &less) {
                    prop_assert_eq!(event.to_parts(), Ok((kind.clone(), less)));
                }
            }
        }
    }
}

#[test]
fn a_kind_that_nobody_knows_is_no_fact() {
    let parts = stored(&[]);
    let (kind, body) = parts.first().expect("the opening");
    for other in ["ledger.opened", "ledger.opened@v2", "Ledger.opened@v1", "shares.allotted@v1"] {
        let read = Event::from_parts(other, body);
        assert!(matches!(read, Err(EventError::Form(_))), "{other}: {read:?}");
    }
    assert!(Event::from_parts(kind, body).is_ok());
}
