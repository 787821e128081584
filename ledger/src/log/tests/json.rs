//! The strict JSON subset: what is printed is read, and nothing else.

use std::collections::BTreeMap;

use super::super::json::{JsonError, JsonProblem, Value, parse};

fn problem(text: &str) -> JsonProblem {
    parse(text).expect_err(text).problem
}

#[test]
fn canonical_texts_are_read_and_printed_alike() {
    for text in [
        "null",
        "true",
        "false",
        "\"\"",
        "\"é – 🌳 \u{7f}\u{2028}/\"",
        r#""\"\\\b\t\n\f\r\u0000\u000b\u001f""#,
        "[]",
        "{}",
        r#"[null,[true,["a"]],{}]"#,
        r#"{"_sd":["x"],"a":"1","a1":{},"b":[]}"#,
        "[[[[[[[[]]]]]]]]",
    ] {
        assert_eq!(parse(text).map(|value| value.to_string()), Ok(text.to_owned()));
    }
}

#[test]
fn another_text_of_the_same_value_is_refused() {
    assert_eq!(problem(" null"), JsonProblem::Unexpected);
    assert_eq!(problem("null "), JsonProblem::Trailing);
    assert_eq!(problem("[null, null]"), JsonProblem::Unexpected);
    assert_eq!(problem("{\"a\" :null}"), JsonProblem::Unexpected);
    assert_eq!(problem(r#"{"b":"","a":""}"#), JsonProblem::KeyOrder);
    for text in [
        r#""\/""#,
        r#""\u0041""#,
        r#""\u001F""#,
        r#""\u0009""#,
        r#""\u0022""#,
        r#""\u00e9""#,
        r#""\x""#,
        r#""\u12""#,
    ] {
        assert_eq!(problem(text), JsonProblem::Escape, "{text}");
    }
}

#[test]
fn what_is_outside_the_subset_is_refused() {
    for number in ["0", "-1", "1.5", "1e3", "[1]", r#"{"a":0}"#] {
        assert_eq!(problem(number), JsonProblem::Number, "{number}");
    }
    assert_eq!(problem(r#"{"a":"","a":""}"#), JsonProblem::KeyOrder);
    for key in ["", "A", "é", "a-b", "a b", "a\\n"] {
        assert_eq!(problem(&format!("{{\"{key}\":null}}")), JsonProblem::Key, "{key}");
    }
    // Lone surrogates, either half, and a pair, which stands for a character that prints itself.
    for text in [r#""\ud800""#, r#""\udc00""#, r#""\ud83c\udf33""#] {
        assert_eq!(problem(text), JsonProblem::Escape, "{text}");
    }
    assert_eq!(problem("\"a\nb\""), JsonProblem::Control);
    assert_eq!(problem("\"e\u{301}\""), JsonProblem::NotNfc);
    assert_eq!(problem("[[[[[[[[[]]]]]]]]]"), JsonProblem::Depth);
    assert_eq!(problem(&"[".repeat(100_000)), JsonProblem::Depth);
    assert_eq!(
        problem(r#"{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}}}"#),
        JsonProblem::Depth
    );
}

#[test]
fn a_text_that_is_cut_or_runs_on_is_refused() {
    let text = r#"{"a":["é\n",true,null],"b":{}}"#;
    for (at, _) in text.char_indices() {
        assert!(parse(&text[..at]).is_err(), "{at}");
    }
    assert_eq!(problem(""), JsonProblem::End);
    for text in ["nul", "[,]", "[null,]", "{,}", "[}", "nullnull", "'a'", "NaN", "undefined", "]"] {
        assert!(parse(text).is_err(), "{text}");
    }
    let error = parse(r#"{"a":1}"#).expect_err("number");
    assert_eq!(error, JsonError { position: 5, problem: JsonProblem::Number });
    assert_eq!(error.to_string(), "byte 5: numbers are not allowed, write a decimal string");
}

#[test]
fn every_flipped_bit_is_refused_or_another_value() {
    let text = r#"{"after":{"size":"12"},"body":[true,null,"é\n"],"id":"0"}"#;
    let value = parse(text).expect("value");
    for (bit, flipped) in super::flips(text.as_bytes()) {
        let Ok(flipped) = String::from_utf8(flipped) else { continue };
        if let Ok(other) = parse(&flipped) {
            assert_ne!(other, value, "bit {bit}");
            assert_eq!(other.to_string(), flipped);
        }
    }
}

#[test]
fn values_go_to_serde_json_and_back() {
    let value = parse(r#"{"a":[null,true,"é"],"b":{"c":""}}"#).expect("value");
    let there = serde_json::Value::from(value.clone());
    assert_eq!(there["b"]["c"], "");
    assert_eq!(Value::try_from(there), Ok(value));
    let refused = |json: &str| {
        Value::try_from(serde_json::from_str::<serde_json::Value>(json).expect("json"))
    };
    assert_eq!(refused(r#"{"a":[1]}"#), Err(JsonProblem::Number));
    assert_eq!(refused(r#"{"A":null}"#), Err(JsonProblem::Key));
    assert_eq!(refused(r#"["\u0065\u0301"]"#), Err(JsonProblem::NotNfc));
    assert_eq!(refused("[[[[[[[[[]]]]]]]]]"), Err(JsonProblem::Depth));
}

#[test]
fn a_value_made_by_hand_is_checked() {
    let object = |key: &str| Value::Object(BTreeMap::from([(key.to_owned(), Value::Null)]));
    assert_eq!(object("a").check(), Ok(()));
    assert_eq!(object("").check(), Err(JsonProblem::Key));
    assert_eq!(Value::Array(vec![object("É")]).check(), Err(JsonProblem::Key));
    assert_eq!(Value::String("e\u{301}".to_owned()).check(), Err(JsonProblem::NotNfc));
    assert_eq!(object("a").get("a"), Some(&Value::Null));
    assert_eq!(Value::Null.get("a"), None);
    assert_eq!(Value::Bool(true).as_str(), None);
}
