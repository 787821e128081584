//! A kind and a body read into a type, and a type compared with them, beside what `serde_json` does.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::super::json::{Value, parts};

/// A type of every shape that a fact may have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body")]
enum Fact {
    #[serde(rename = "all@v1")]
    All(Box<All>),
    #[serde(rename = "nothing@v1")]
    Nothing,
    #[serde(rename = "pair@v1")]
    Pair(String, bool),
    #[serde(rename = "named@v1")]
    Named {
        a: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        b: Option<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct All {
    choices: Vec<Choice>,
    flag: bool,
    letter: char,
    list: Vec<String>,
    marker: Marker,
    maybe: Option<String>,
    never: Option<bool>,
    pair: (String, bool),
    shown: Shown,
    text: String,
    twins: Twins,
    wrapped: Wrapped,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Choice {
    Plain,
    Of(String),
    Both(String, bool),
    With { a: String, b: Vec<bool> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Marker;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Twins(String, String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Wrapped(String);

/// Written piece by piece.
#[derive(Clone, Debug, PartialEq)]
struct Shown(String, String);

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}-{}", self.0, self.1))
    }
}

impl<'de> Deserialize<'de> for Shown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // More than one text is read as the same: only one of them is how it is written.
        let (one, other) = text.split_once('-').unwrap_or((&text, ""));
        Ok(Self(one.trim().to_owned(), other.trim_end_matches('!').to_owned()))
    }
}

fn sound() -> [Fact; 5] {
    let text = |text: &str| text.to_owned();
    let all = All {
        choices: vec![
            Choice::Plain,
            Choice::Of(text("one")),
            Choice::Both(text("two"), true),
            Choice::With { a: text("three"), b: vec![true, false] },
        ],
        flag: false,
        letter: 'é',
        list: vec![text("a"), text("b"), text("c")],
        marker: Marker,
        maybe: Some(text("some")),
        never: None,
        pair: (text("left"), true),
        shown: Shown(text("1"), text("2")),
        text: text("t"),
        twins: Twins(text("x"), text("y")),
        wrapped: Wrapped(text("w")),
    };
    let named = |b| Fact::Named { a: text("a"), b };
    let pair = Fact::Pair(text("p"), false);
    [Fact::All(Box::new(all)), Fact::Nothing, pair, named(None), named(Some(text("b")))]
}

/// What may stand in a place instead.
fn instead() -> Vec<Json> {
    vec![
        json!(null),
        json!(true),
        json!(false),
        json!(""),
        json!("Plain"),
        json!("1-2!"),
        json!("é"),
        json!("z"),
        json!([]),
        json!(["x", "y"]),
        json!(["x", true]),
        json!({}),
        json!({"Plain": null}),
        json!({"Of": "one"}),
        json!({"Of": "one", "Plain": null}),
        json!({"Both": ["two", true]}),
        json!({"With": {"a": "three", "b": []}}),
        json!({"a": "a"}),
    ]
}

/// The same with one place changed: replaced, taken out, put twice, renamed, or joined by another.
fn changed(json: &Json) -> Vec<Json> {
    let mut found = instead();
    match json {
        Json::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let with = |new: Vec<Json>| {
                    let mut items = items.clone();
                    items.splice(at..=at, new);
                    Json::Array(items)
                };
                found.push(with(vec![]));
                found.push(with(vec![item.clone(), item.clone()]));
                found.extend(changed(item).into_iter().map(|other| with(vec![other])));
            }
        }
        Json::Object(fields) => {
            for (name, value) in fields {
                let with = |new: &str, value: Option<Json>| {
                    let mut fields = fields.clone();
                    fields.remove(name);
                    fields.extend(value.map(|value| (new.to_owned(), value)));
                    Json::Object(fields)
                };
                found.push(with(name, None));
                found.push(with("other", Some(value.clone())));
                found.extend(changed(value).into_iter().map(|other| with(name, Some(other))));
            }
            let mut more = fields.clone();
            more.insert("zzz".into(), json!("more"));
            found.push(Json::Object(more));
        }
        _ => {}
    }
    found
}

#[test]
fn what_is_read_and_how_it_is_written_is_what_serde_json_finds() {
    let kinds: BTreeSet<String> = sound()
        .iter()
        .map(|fact| serde_json::to_value(fact).expect("json")["kind"].to_string())
        .map(|kind| kind.trim_matches('"').to_owned())
        .chain(["other@v1".to_owned()])
        .collect();
    let (mut same, mut refused) = (0, 0);
    for fact in sound() {
        let whole = serde_json::to_value(&fact).expect("json");
        let body = whole.get("body").cloned().unwrap_or(Json::Null);
        for body in changed(&body).into_iter().chain([body]) {
            let read = value(&body);
            for kind in &kinds {
                let json = json!({ "kind": kind, "body": body });
                let theirs = serde_json::from_value::<Fact>(json.clone());
                let ours = parts::read::<Fact>(kind, &read);
                assert!(theirs.is_ok() || ours.is_err(), "more is read: {json}");
                let written = |fact: &Fact| serde_json::to_value(fact).is_ok_and(|to| to == json);
                let theirs = theirs.ok().filter(written);
                let ours = ours.ok().filter(|fact| parts::is_written(fact, kind, &read));
                assert_eq!(ours, theirs, "{json}");
                if ours.is_some() { same += 1 } else { refused += 1 }
            }
        }
    }
    assert!(same > 20 && refused > 1_000, "{same} read, {refused} refused");
}

#[test]
fn a_fact_is_written_as_itself_and_as_nothing_else() {
    let whole = |fact: &Fact| serde_json::to_value(fact).expect("json");
    let bodies: Vec<(Json, Value)> = sound()
        .iter()
        .filter_map(|fact| {
            let json = whole(fact);
            json.get("body").map(|body| (json["kind"].clone(), body.clone()))
        })
        .flat_map(|(kind, body)| {
            changed(&body).into_iter().chain([body]).map(move |body| (kind.clone(), body))
        })
        .map(|(kind, body)| (json!({ "kind": kind, "body": body }), value(&body)))
        .collect();
    let read = |json: &Json| serde_json::from_value::<Fact>(json.clone()).ok();
    let mut facts: Vec<Fact> = bodies.iter().filter_map(|(json, _)| read(json)).collect();
    facts.dedup();
    let mut written = 0;
    for fact in &facts {
        let own = whole(fact);
        for (json, body) in &bodies {
            let kind = json["kind"].as_str().expect("a kind");
            let is_written = parts::is_written(fact, kind, body);
            assert_eq!(is_written, own == *json, "{fact:?} as {json}");
            written += u32::from(is_written);
        }
    }
    assert!(facts.len() > 40 && written > 40, "{} facts, {written} written", facts.len());
}

#[test]
fn a_variant_without_content_brings_none() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "kind", content = "body")]
    enum Fact {
        Choice(Choice),
    }
    let read = |body: Json| parts::read::<Fact>("Choice", &value(&body));
    assert_eq!(read(json!("Plain")), Ok(Fact::Choice(Choice::Plain)));
    read(json!({"Plain": null})).expect_err("with a content");
    read(json!("Of")).expect_err("without its content");
}

#[test]
fn numbers_bytes_and_maps_are_never_written() {
    #[derive(Serialize)]
    #[serde(tag = "kind", content = "body")]
    enum Fact<T> {
        Of(T),
    }
    let never = |fact: &dyn Fn(&Value) -> bool| {
        for body in instead() {
            assert!(!fact(&value(&body)), "{body}");
        }
    };
    never(&|body| parts::is_written(&Fact::Of(1_u64), "Of", body));
    never(&|body| parts::is_written(&Fact::Of(1_i8), "Of", body));
    never(&|body| parts::is_written(&Fact::Of(1.0_f64), "Of", body));
    never(&|body| {
        let map = std::collections::BTreeMap::from([("a", "a")]);
        parts::is_written(&Fact::Of(map), "Of", body)
    });
}

/// The same value. Names with capitals are no keys of a leaf; a type may ask for them all the same.
fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(_) => unreachable!("no number here"),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => Value::Array(items.iter().map(value).collect()),
        Json::Object(fields) => {
            Value::Object(fields.iter().map(|(name, of)| (name.clone(), value(of))).collect())
        }
    }
}
