//! The strict JSON subset of a leaf: read, print, nothing else.
//!
//! It is RFC 8785 without numbers: null, booleans, NFC strings, arrays, objects with keys of
//! `[a-z0-9_]`. A value has exactly one text, and only that text is read: a verifier in any
//! language gets the same bytes from sorted keys and no spaces. Integers are decimal strings,
//! because number formats differ between languages and these bytes are signed.

pub mod parts;

use std::collections::BTreeMap;
use std::fmt;

use thiserror::Error;
use unicode_normalization::is_nfc;

/// How deep arrays and objects may nest; the outermost counts as 1.
pub const MAX_DEPTH: usize = 8;

/// A JSON value without numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A text in Unicode normalisation form C.
    String(String),
    /// A list.
    Array(Vec<Value>),
    /// Values by key, in the order of the keys.
    Object(BTreeMap<String, Value>),
}

/// What is wrong with a text or a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum JsonProblem {
    /// The text stops too soon.
    #[error("the text stops too soon")]
    End,
    /// There is more after the value.
    #[error("there is more after the value")]
    Trailing,
    /// A character that cannot stand there; spaces never can.
    #[error("this character cannot stand here")]
    Unexpected,
    /// A number: integers are written as decimal strings.
    #[error("numbers are not allowed, write a decimal string")]
    Number,
    /// A key twice, or keys out of order.
    #[error("keys must be sorted and distinct")]
    KeyOrder,
    /// A key with other characters than `a-z`, `0-9` and `_`, or none.
    #[error("a key is one or more of a-z, 0-9 and _")]
    Key,
    /// An escape where the character itself must stand, or in another form.
    #[error("this escape is not the canonical one")]
    Escape,
    /// A control character that must be escaped.
    #[error("a control character must be escaped")]
    Control,
    /// A string that is not in Unicode normalisation form C.
    #[error("a string must be in Unicode normalisation form C")]
    NotNfc,
    /// Nested more than [`MAX_DEPTH`] deep.
    #[error("arrays and objects nest at most {MAX_DEPTH} deep")]
    Depth,
}

/// Where and why a text is not in the subset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("byte {position}: {problem}")]
pub struct JsonError {
    /// Byte at which reading stopped, from zero.
    pub position: usize,
    /// What is wrong there.
    pub problem: JsonProblem,
}

impl Value {
    /// The value of a key, when this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields.get(key),
            _ => None,
        }
    }

    /// The text, when this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Checks that the value can be printed and read back: keys, normal form, depth.
    ///
    /// # Errors
    /// [`JsonProblem::Key`], [`JsonProblem::NotNfc`], [`JsonProblem::Depth`].
    pub fn check(&self) -> Result<(), JsonProblem> {
        self.check_below(MAX_DEPTH)
    }

    fn check_below(&self, depth: usize) -> Result<(), JsonProblem> {
        let inner = || depth.checked_sub(1).ok_or(JsonProblem::Depth);
        match self {
            Self::Null | Self::Bool(_) => Ok(()),
            Self::String(text) => check_string(text),
            Self::Array(items) => {
                let inner = inner()?;
                items.iter().try_for_each(|item| item.check_below(inner))
            }
            Self::Object(fields) => {
                let inner = inner()?;
                fields.iter().try_for_each(|(key, value)| {
                    check_key(key)?;
                    value.check_below(inner)
                })
            }
        }
    }
}

fn check_string(text: &str) -> Result<(), JsonProblem> {
    // Most texts are ASCII, which is in every normal form.
    if text.is_ascii() || is_nfc(text) { Ok(()) } else { Err(JsonProblem::NotNfc) }
}

fn check_key(key: &str) -> Result<(), JsonProblem> {
    let fit = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    if !key.is_empty() && key.bytes().all(fit) { Ok(()) } else { Err(JsonProblem::Key) }
}

/// Reads a value: the text must be exactly what [`fmt::Display`] prints for it.
///
/// ```
/// use ledger::log::json;
///
/// let text = r#"{"count":"25","on":"2026-03-01"}"#;
/// assert_eq!(json::parse(text)?.to_string(), text);
/// assert!(json::parse(r#"{"count": "25"}"#).is_err(), "a space");
/// assert!(json::parse(r#"{"count":25}"#).is_err(), "a number");
/// # Ok::<(), json::JsonError>(())
/// ```
///
/// # Errors
/// [`JsonError`] with the byte at which the text leaves the subset.
pub fn parse(text: &str) -> Result<Value, JsonError> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(MAX_DEPTH)?;
    if reader.rest().is_empty() { Ok(value) } else { Err(reader.error(JsonProblem::Trailing)) }
}

/// A place in a text.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    const fn error(&self, problem: JsonProblem) -> JsonError {
        JsonError { position: self.at, problem }
    }

    fn peek(&self) -> Result<char, JsonError> {
        self.rest().chars().next().ok_or(self.error(JsonProblem::End))
    }

    fn take(&mut self, literal: &str) -> bool {
        let found = self.rest().starts_with(literal);
        if found {
            self.at = self.at.saturating_add(literal.len());
        }
        found
    }

    fn expect(&mut self, literal: &str) -> Result<(), JsonError> {
        if self.take(literal) {
            return Ok(());
        }
        self.peek()?;
        Err(self.error(JsonProblem::Unexpected))
    }

    fn value(&mut self, depth: usize) -> Result<Value, JsonError> {
        match self.peek()? {
            '"' => self.string().map(Value::String),
            '[' => self.array(depth),
            '{' => self.object(depth),
            'n' => self.expect("null").map(|()| Value::Null),
            't' => self.expect("true").map(|()| Value::Bool(true)),
            'f' => self.expect("false").map(|()| Value::Bool(false)),
            '-' | '0'..='9' => Err(self.error(JsonProblem::Number)),
            _ => Err(self.error(JsonProblem::Unexpected)),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, JsonError> {
        let inner = depth.checked_sub(1).ok_or(self.error(JsonProblem::Depth))?;
        self.expect("[")?;
        let mut items = Vec::new();
        if self.take("]") {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(inner)?);
            if self.take("]") {
                return Ok(Value::Array(items));
            }
            self.expect(",")?;
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, JsonError> {
        let inner = depth.checked_sub(1).ok_or(self.error(JsonProblem::Depth))?;
        self.expect("{")?;
        let mut fields = BTreeMap::new();
        if self.take("}") {
            return Ok(Value::Object(fields));
        }
        loop {
            let start = Self { text: self.text, at: self.at };
            let key = self.string()?;
            check_key(&key).map_err(|problem| start.error(problem))?;
            if fields.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return Err(start.error(JsonProblem::KeyOrder));
            }
            self.expect(":")?;
            fields.insert(key, self.value(inner)?);
            if self.take("}") {
                return Ok(Value::Object(fields));
            }
            self.expect(",")?;
        }
    }

    fn string(&mut self) -> Result<String, JsonError> {
        let start = Self { text: self.text, at: self.at };
        self.expect("\"")?;
        let mut string = String::new();
        loop {
            // What stands for itself is taken in one piece; a byte of another character is no quote.
            let plain = |byte: &u8| *byte >= b' ' && *byte != b'"' && *byte != b'\\';
            let run = self.rest().bytes().take_while(|byte| plain(byte)).count();
            string.push_str(self.rest().get(..run).unwrap_or_default());
            self.at = self.at.saturating_add(run);
            match self.peek()? {
                '"' => break,
                '\\' => string.push(self.escape()?),
                _ => return Err(self.error(JsonProblem::Control)),
            }
        }
        self.expect("\"")?;
        check_string(&string).map_err(|problem| start.error(problem))?;
        Ok(string)
    }

    /// Reads an escape: the one that the printer would have written, or none.
    fn escape(&mut self) -> Result<char, JsonError> {
        let escaped = |c: char| escape(c).filter(|written| self.rest().starts_with(written));
        let found = ('\0'..' ').chain(['"', '\\']).find_map(|c| escaped(c).map(|text| (c, text)));
        let (c, written) = found.ok_or(self.error(JsonProblem::Escape))?;
        self.at = self.at.saturating_add(written.len());
        Ok(c)
    }
}

/// How RFC 8785 writes a character that cannot stand for itself.
fn escape(c: char) -> Option<String> {
    match c {
        '"' => Some("\\\"".to_owned()),
        '\\' => Some("\\\\".to_owned()),
        '\u{8}' => Some("\\b".to_owned()),
        '\t' => Some("\\t".to_owned()),
        '\n' => Some("\\n".to_owned()),
        '\u{c}' => Some("\\f".to_owned()),
        '\r' => Some("\\r".to_owned()),
        c if c < ' ' => Some(format!("\\u{:04x}", u32::from(c))),
        _ => None,
    }
}

fn write_string(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    use fmt::Write as _;
    f.write_char('"')?;
    for c in text.chars() {
        match escape(c) {
            Some(written) => f.write_str(&written)?,
            None => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::String(text) => write_string(f, text),
            Self::Array(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { "," })?;
                    write!(f, "{item}")?;
                }
                f.write_str("]")
            }
            Self::Object(fields) => {
                f.write_str("{")?;
                for (at, (key, value)) in fields.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { "," })?;
                    write_string(f, key)?;
                    write!(f, ":{value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

impl From<Value> for serde_json::Value {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::String(text) => Self::String(text),
            Value::Array(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Value::Object(fields) => {
                Self::Object(fields.into_iter().map(|(key, value)| (key, value.into())).collect())
            }
        }
    }
}

impl TryFrom<serde_json::Value> for Value {
    type Error = JsonProblem;

    /// Takes a value in, when it is in the subset.
    fn try_from(value: serde_json::Value) -> Result<Self, JsonProblem> {
        let value = convert(value)?;
        value.check()?;
        Ok(value)
    }
}

fn convert(value: serde_json::Value) -> Result<Value, JsonProblem> {
    Ok(match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(value),
        serde_json::Value::Number(_) => return Err(JsonProblem::Number),
        serde_json::Value::String(text) => Value::String(text),
        serde_json::Value::Array(items) => {
            Value::Array(items.into_iter().map(convert).collect::<Result<_, _>>()?)
        }
        serde_json::Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(key, value)| Ok((key, convert(value)?)))
                .collect::<Result<_, JsonProblem>>()?,
        ),
    })
}
