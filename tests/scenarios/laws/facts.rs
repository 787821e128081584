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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

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
