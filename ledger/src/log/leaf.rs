//! Our leaf: a signed note whose text is a context line and one line of strict JSON.
//!
//! ```text
//! <origin>/entry@v1
//! {"after":{"root":"…","size":"…"},"body":…,"id":"…","kind":"…","recorded":"…"}
//!
//! — <origin>/k/<name> <base64 signature>
//! ```
//!
//! The bytes are the truth. Their form is checked when they are read and they are never written
//! again, so a verifier needs SHA-256 and Ed25519 only. The context line keeps a leaf's text from
//! passing for a checkpoint or a cosignature, or for a leaf of another log.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, NaiveDate};
use thiserror::Error;

use super::hash::{Hash, HashError};
use super::json::{self, JsonError, JsonProblem, Value};
use super::note::{Note, NoteError, Signature, VerifierKey, check_name};
use super::text;

/// Largest leaf, in bytes. Larger documents go in by their digest.
pub const MAX_LEAF: usize = 16_384;
/// Most signatures on a leaf.
pub const MAX_LEAF_SIGNATURES: usize = 16;
/// Longest kind, in bytes.
pub const MAX_KIND: usize = 64;

const CONTEXT: &str = "/entry@v1";
const INSTANT: &str = "%Y-%m-%dT%H:%M:%S%.3fZ";
/// 9999-12-31T23:59:59.999Z.
const LAST_INSTANT: i64 = 253_402_300_799_999;
const FIELDS: [&str; 6] = ["after", "body", "corrects", "id", "kind", "recorded"];

/// Why bytes are not a leaf, or a content cannot become one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LeafError {
    /// Larger than [`MAX_LEAF`].
    #[error("a leaf has at most {MAX_LEAF} bytes, not {0}")]
    TooLong(usize),
    /// Not a sound note, or a signature does not hold.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text is not a context line and one line of JSON.
    #[error("the text of a leaf is a context line and one line of JSON")]
    Lines,
    /// The first line does not end in `/entry@v1`.
    #[error("the first line of a leaf is its origin and `{CONTEXT}`")]
    Context,
    /// The second line is not in the strict subset.
    #[error("the JSON of the leaf: {0}")]
    Json(#[from] JsonError),
    /// A value cannot be written in the strict subset.
    #[error("the body of the leaf: {0}")]
    Body(#[from] JsonProblem),
    /// The second line is not a JSON object.
    #[error("the second line of a leaf is a JSON object")]
    NotObject,
    /// A field that this format does not know.
    #[error("`{0}` is not a field of a leaf")]
    UnknownField(String),
    /// A field is absent or has another shape.
    #[error("field `{0}` is absent or malformed")]
    Field(&'static str),
    /// A text is not a UUID of version 7 in lower case.
    #[error("`{0}` is not a UUIDv7 in lower case")]
    Id(String),
    /// A text is not an instant such as `2026-03-01T12:00:00.123Z`.
    #[error("`{0}` is not a UTC instant with milliseconds")]
    Instant(String),
    /// A number of milliseconds outside the years 0001 to 9999.
    #[error("{0} ms is outside the years that can be written")]
    InstantRange(i64),
    /// A kind has other characters than `a-z 0-9 . _ - @`, or is empty or too long.
    #[error("`{0}` is not a kind")]
    Kind(String),
    /// The root in `after` is not a hash.
    #[error("root in `after`: {0}")]
    Root(#[from] HashError),
    /// No signature, or more than [`MAX_LEAF_SIGNATURES`].
    #[error("a leaf has 1 to {MAX_LEAF_SIGNATURES} signatures, not {0}")]
    SignatureCount(usize),
    /// Signatures are sorted by name and id, and no key signs twice.
    #[error("the signatures of a leaf are sorted and by distinct keys")]
    SignatureOrder,
    /// A signature that does not belong on this leaf.
    #[error("`{0}` does not name a key of this log, or its signature is not 64 bytes")]
    SignatureName(String),
}

/// What names a leaf: a UUID of version 7, drawn by whoever drafts it, so that a retry is seen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeafId([u8; 16]);

impl LeafId {
    /// Makes an id from a time in milliseconds since 1970 and ten random bytes.
    ///
    /// The time takes 48 bits (until the year 10889; a negative one counts as 0). Six of the 80
    /// random bits give way to the version and the variant.
    pub fn from_parts(unix_ms: i64, random: [u8; 10]) -> Self {
        let [_, _, t0, t1, t2, t3, t4, t5] = unix_ms.max(0).to_be_bytes();
        let [r0, r1, r2, r3, r4, r5, r6, r7, r8, r9] = random;
        let (version, variant) = ((r0 & 0x0f) | 0x70, (r2 & 0x3f) | 0x80);
        Self([t0, t1, t2, t3, t4, t5, version, r1, variant, r3, r4, r5, r6, r7, r8, r9])
    }

    /// The id made of these 16 bytes.
    ///
    /// # Errors
    /// [`LeafError::Id`] unless version and variant are those of a UUID of version 7.
    pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, LeafError> {
        let id = Self(bytes);
        let [_, _, _, _, _, _, version, _, variant, ..] = bytes;
        if version >> 4 == 7 && variant >> 6 == 0b10 {
            return Ok(id);
        }
        Err(LeafError::Id(id.to_string()))
    }

    /// Reads the form `8-4-4-4-12` in lower case.
    ///
    /// # Errors
    /// [`LeafError::Id`].
    pub fn parse(id: &str) -> Result<Self, LeafError> {
        let wrong = || LeafError::Id(id.chars().take(80).collect());
        let (mut digits, mut places) = ([0; 32], id.bytes());
        for (at, digit) in digits.iter_mut().enumerate() {
            if matches!(at, 8 | 12 | 16 | 20) && places.next() != Some(b'-') {
                return Err(wrong());
            }
            *digit = places.next().ok_or_else(wrong)?;
        }
        let digits = std::str::from_utf8(&digits).ok().filter(|_| places.next().is_none());
        Self::from_bytes(digits.and_then(text::from_hex).ok_or_else(wrong)?)
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for LeafId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            let dash = if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" };
            write!(f, "{dash}{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for LeafId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Writes milliseconds since 1970 as `2026-03-01T12:00:00.123Z` (RFC 3339, UTC).
///
/// # Errors
/// [`LeafError::InstantRange`] outside 1970 to 9999.
pub fn format_instant(unix_ms: i64) -> Result<String, LeafError> {
    let range = 0..=LAST_INSTANT;
    let instant = DateTime::from_timestamp_millis(unix_ms).filter(|_| range.contains(&unix_ms));
    let instant = instant.ok_or(LeafError::InstantRange(unix_ms))?;
    Ok(instant.format(INSTANT).to_string())
}

/// Reads `2026-03-01T12:00:00.123Z` as milliseconds since 1970.
///
/// ```
/// use ledger::log::leaf::{format_instant, parse_instant};
///
/// let ms = parse_instant("2026-03-01T12:00:00.123Z")?;
/// assert_eq!(ms, 1_772_366_400_123);
/// assert_eq!(format_instant(ms)?, "2026-03-01T12:00:00.123Z");
/// assert!(parse_instant("2026-03-01T12:00:00Z").is_err());
/// # Ok::<(), ledger::log::leaf::LeafError>(())
/// ```
///
/// # Errors
/// [`LeafError::Instant`] for any other form, a leap second included.
pub fn parse_instant(instant: &str) -> Result<i64, LeafError> {
    read_instant(instant).ok_or_else(|| LeafError::Instant(instant.chars().take(80).collect()))
}

fn read_instant(instant: &str) -> Option<i64> {
    let signs = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.'), (23, b'Z')];
    let shaped = |(at, sign)| instant.as_bytes().get(at) == Some(&sign);
    if instant.len() != 24 || !signs.into_iter().all(shaped) {
        return None;
    }
    let digits = |range: std::ops::Range<usize>| {
        let digits = instant.get(range).filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        digits?.parse::<u32>().ok()
    };
    let year = i32::try_from(digits(0..4)?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, digits(5..7)?, digits(8..10)?)?;
    let (hour, minute, second) = (digits(11..13)?, digits(14..16)?, digits(17..19)?);
    let read = day.and_hms_milli_opt(hour, minute, second, digits(20..23)?)?;
    Some(read.and_utc().timestamp_millis()).filter(|ms| (0..=LAST_INSTANT).contains(ms))
}

/// The checkpoint that the signer had seen: each signature also vouches for the history before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// Number of leaves.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
}

/// What a leaf says, before anyone signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafContent {
    /// Name of the log.
    pub origin: String,
    /// Name of the leaf.
    pub id: LeafId,
    /// What sort of fact it is; the log does not look into it.
    pub kind: String,
    /// When it was drafted, in milliseconds since 1970. Order is the index, never this.
    pub recorded_ms: i64,
    /// The checkpoint seen.
    pub after: After,
    /// The earlier leaf that this one puts right.
    pub corrects: Option<LeafId>,
    /// The fact itself.
    pub body: Value,
}

impl LeafContent {
    /// The text to sign.
    ///
    /// # Errors
    /// [`LeafError`] when the content could not be read back as it is.
    pub fn to_text(&self) -> Result<String, LeafError> {
        check_name(&self.origin)?;
        let string = |text: String| Value::String(text);
        let after = BTreeMap::from([
            ("root".to_owned(), string(self.after.root.to_base64())),
            ("size".to_owned(), string(self.after.size.to_string())),
        ]);
        let mut fields = BTreeMap::from([
            ("after".to_owned(), Value::Object(after)),
            ("body".to_owned(), self.body.clone()),
            ("id".to_owned(), string(self.id.to_string())),
            ("kind".to_owned(), string(self.kind.clone())),
            ("recorded".to_owned(), string(format_instant(self.recorded_ms)?)),
        ]);
        if let Some(corrected) = self.corrects {
            fields.insert("corrects".to_owned(), string(corrected.to_string()));
        }
        let fields = Value::Object(fields);
        fields.check()?;
        let text = format!("{}{CONTEXT}\n{fields}\n", self.origin);
        if text.len() > MAX_LEAF {
            return Err(LeafError::TooLong(text.len()));
        }
        Self::parse(&text)?;
        Ok(text)
    }

    /// Reads the text of a leaf.
    ///
    /// # Errors
    /// [`LeafError`], when anything is not exactly as [`LeafContent::to_text`] writes it.
    pub fn parse(text: &str) -> Result<Self, LeafError> {
        let (context, line) = text.split_once('\n').ok_or(LeafError::Lines)?;
        let line = line.strip_suffix('\n').filter(|line| !line.contains('\n'));
        let line = line.ok_or(LeafError::Lines)?;
        let origin = context.strip_suffix(CONTEXT).ok_or(LeafError::Context)?;
        check_name(origin)?;
        let Value::Object(mut fields) = json::parse(line)? else {
            return Err(LeafError::NotObject);
        };
        if let Some(unknown) = fields.keys().find(|key| !FIELDS.contains(&key.as_str())) {
            return Err(LeafError::UnknownField(unknown.clone()));
        }
        let corrected = fields.get("corrects").map(|_| string(&fields, "corrects"));
        let corrects = corrected.transpose()?.map(LeafId::parse).transpose()?;
        Ok(Self {
            origin: origin.to_owned(),
            id: LeafId::parse(string(&fields, "id")?)?,
            kind: read_kind(string(&fields, "kind")?)?,
            recorded_ms: parse_instant(string(&fields, "recorded")?)?,
            after: read_after(&fields)?,
            corrects,
            body: fields.remove("body").ok_or(LeafError::Field("body"))?,
        })
    }
}

fn string<'a>(
    fields: &'a BTreeMap<String, Value>,
    name: &'static str,
) -> Result<&'a str, LeafError> {
    fields.get(name).and_then(Value::as_str).ok_or(LeafError::Field(name))
}

fn read_kind(kind: &str) -> Result<String, LeafError> {
    let fit = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'@');
    if kind.is_empty() || kind.len() > MAX_KIND || !kind.bytes().all(fit) {
        return Err(LeafError::Kind(kind.chars().take(80).collect()));
    }
    Ok(kind.to_owned())
}

fn read_after(fields: &BTreeMap<String, Value>) -> Result<After, LeafError> {
    let wrong = LeafError::Field("after");
    let Some(Value::Object(after)) = fields.get("after") else { return Err(wrong) };
    if after.len() != 2 {
        return Err(wrong);
    }
    let size = text::decimal(string(after, "size")?).ok_or(wrong)?;
    Ok(After { size, root: Hash::from_base64(string(after, "root")?)? })
}

/// A leaf as it stands in the log: what it says, who signed, and the bytes that are hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// What it says.
    pub content: LeafContent,
    /// The text and the signatures, not verified by reading.
    pub note: Note,
    /// The bytes, as they were signed and are hashed.
    pub bytes: Vec<u8>,
}

impl Leaf {
    /// Reads a leaf. The signatures are well-formed, sorted and of this log, but not yet verified.
    ///
    /// # Errors
    /// [`LeafError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, LeafError> {
        if bytes.len() > MAX_LEAF {
            return Err(LeafError::TooLong(bytes.len()));
        }
        let note = Note::parse(bytes)?;
        let content = LeafContent::parse(&note.text)?;
        check_signatures(&content.origin, &note.signatures)?;
        // Each part has one form, so printing the note gives these bytes again.
        debug_assert_eq!(note.to_bytes(), bytes, "a leaf has one form");
        Ok(Self { content, note, bytes: bytes.to_vec() })
    }

    /// Puts a text and its signatures together, sorted as leaves have them.
    pub fn assemble(text: String, mut signatures: Vec<Signature>) -> Vec<u8> {
        signatures.sort();
        Note { text, signatures }.to_bytes()
    }

    /// The hash that stands in the tree.
    pub fn hash(&self) -> Hash {
        Hash::leaf(&self.bytes)
    }

    /// Checks the signature by `key`.
    ///
    /// # Errors
    /// [`NoteError::NotSigned`], [`NoteError::Signature`].
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NoteError> {
        self.note.verify(key)
    }
}

fn check_signatures(origin: &str, signatures: &[Signature]) -> Result<(), LeafError> {
    if signatures.is_empty() || signatures.len() > MAX_LEAF_SIGNATURES {
        return Err(LeafError::SignatureCount(signatures.len()));
    }
    let keys = signatures.iter().map(|signature| (&signature.name, signature.id));
    if !keys.is_sorted_by(|before, after| before < after) {
        return Err(LeafError::SignatureOrder);
    }
    let start = format!("{origin}/k/");
    for signature in signatures {
        let named = signature.name.strip_prefix(&start).is_some_and(|rest| !rest.is_empty());
        if !named || signature.blob.len() != 64 {
            return Err(LeafError::SignatureName(signature.name.clone()));
        }
    }
    Ok(())
}
