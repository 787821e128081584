//! Signed notes: a text, a blank line, signature lines (C2SP signed-note v1.0.0).
//!
//! A verdict is the strict one only, so that every verifier agrees: a signature that this accepts is
//! accepted by OpenSSL and Go as well. Batch verification is never used for a verdict.

use std::fmt;

use ed25519_dalek::Signer as _;
use thiserror::Error;

use super::hash::sha256;
use super::{strict, text};

/// Largest note that is read, in bytes.
pub const MAX_NOTE: usize = 1_000_000;
/// Most signature lines that are read.
pub const MAX_SIGNATURES: usize = 100;
/// Longest key name, in bytes.
pub const MAX_NAME: usize = 255;

const SIGNATURE_START: &str = "\u{2014} ";
const PRIVATE_START: &str = "PRIVATE+KEY+";

/// The first four bytes of SHA-256 of the name, a newline, the algorithm and the public key.
pub type KeyId = [u8; 4];

/// Why a note, a key or a signature was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoteError {
    /// The note is larger than [`MAX_NOTE`].
    #[error("a note has at most {MAX_NOTE} bytes, not {0}")]
    TooLong(usize),
    /// The note is not UTF-8, or has a control character other than a newline.
    #[error("a note is UTF-8 without control characters other than newlines")]
    Characters,
    /// The text does not end in a newline.
    #[error("the text of a note ends in a newline")]
    Text,
    /// There is no blank line followed by signature lines that end in a newline.
    #[error("a note is a text, a blank line and signature lines")]
    Shape,
    /// A line after the blank line is not a signature.
    #[error("signature line {0} is not of the form `— name base64`")]
    SignatureLine(usize),
    /// No signature, or more than [`MAX_SIGNATURES`].
    #[error("a note has 1 to {MAX_SIGNATURES} signatures, not {0}")]
    SignatureCount(usize),
    /// A key name is empty, too long, or has a space, a `+` or a control character.
    #[error("`{0}` is not a key name")]
    Name(String),
    /// The text is not a verifier key.
    #[error("a verifier key is `name+hex id+base64 key`")]
    VerifierKey,
    /// The text is not a private key.
    #[error("a key file is one line, `PRIVATE+KEY+name+hex id+base64 seed`")]
    PrivateKey,
    /// The key id is not the one that name, algorithm and key give.
    #[error("the id of key `{0}` does not belong to that key")]
    KeyId(String),
    /// The algorithm byte is neither 0x01 nor 0x04.
    #[error("algorithm {0:#04x} is not supported")]
    Algorithm(u8),
    /// The key is for another purpose: a note is signed with 0x01, a cosignature with 0x04.
    #[error("key `{0}` is for another kind of signature")]
    Purpose(String),
    /// The public key is no point of the curve, not canonical, or of small order.
    #[error("key `{0}` is not a sound Ed25519 key")]
    WeakKey(String),
    /// The note has no signature by that key.
    #[error("key `{0}` has not signed")]
    NotSigned(String),
    /// The signature by that key does not hold.
    #[error("the signature by key `{0}` does not hold")]
    Signature(String),
}

/// What a key signs with, as the byte that begins its public key in a vkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// 0x01: Ed25519 over the text of a note.
    Ed25519,
    /// 0x04: Ed25519 over a time and the text of a checkpoint.
    CosignatureV1,
}

impl Algorithm {
    /// The byte that stands for it.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureV1 => 0x04,
        }
    }

    const fn from_byte(byte: u8) -> Result<Self, NoteError> {
        match byte {
            0x01 => Ok(Self::Ed25519),
            0x04 => Ok(Self::CosignatureV1),
            other => Err(NoteError::Algorithm(other)),
        }
    }
}

/// Checks a key name: not empty, at most 255 bytes, no space, no `+`, no control character.
///
/// # Errors
/// [`NoteError::Name`].
pub fn check_name(name: &str) -> Result<(), NoteError> {
    let barred = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    // Most names are ASCII: then it is a matter of bytes.
    let plain = name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+');
    if name.is_empty() || name.len() > MAX_NAME || (!plain && name.contains(barred)) {
        return Err(NoteError::Name(name.chars().take(80).collect()));
    }
    Ok(())
}

fn key_id(name: &str, algorithm: Algorithm, public: &[u8; 32]) -> KeyId {
    let mut material = format!("{name}\n").into_bytes();
    material.push(algorithm.byte());
    material.extend(public);
    let [a, b, c, d, ..] = sha256(&material);
    [a, b, c, d]
}

/// Splits `name+id+base64` and reads the last two; the key is one algorithm byte and 32 bytes.
fn key_parts(text: &str) -> Option<(&str, KeyId, u8, [u8; 32])> {
    let mut parts = text.splitn(3, '+');
    let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
    let id = text::from_hex(id)?;
    let key = text::from_base64(key)?;
    let (algorithm, key) = key.split_first()?;
    Some((name, id, *algorithm, key.try_into().ok()?))
}

/// Whether the bytes of a point are the one form that compressing it gives, points of small order
/// apart: the coordinate is below 2^255 - 19. (A sign on `x = 0` is the other case, of small order.)
fn is_canonical(public: &[u8; 32]) -> bool {
    let [first, middle @ .., last] = public;
    let at_the_top = last & 0x7f == 0x7f && middle.iter().all(|byte| *byte == 0xff);
    !at_the_top || *first < 0xed
}

/// A key to check signatures with: a name and an Ed25519 public key (a "vkey").
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: KeyId,
    algorithm: Algorithm,
    key: ed25519_dalek::VerifyingKey,
}

impl VerifierKey {
    /// Reads `name+hex id+base64(algorithm, public key)`.
    ///
    /// # Errors
    /// [`NoteError::VerifierKey`], [`NoteError::Name`], [`NoteError::Algorithm`],
    /// [`NoteError::WeakKey`], [`NoteError::KeyId`].
    pub fn parse(vkey: &str) -> Result<Self, NoteError> {
        let (name, id, algorithm, public) = key_parts(vkey).ok_or(NoteError::VerifierKey)?;
        let key = Self::new(name, Algorithm::from_byte(algorithm)?, public)?;
        if key.id != id {
            return Err(NoteError::KeyId(name.to_owned()));
        }
        Ok(key)
    }

    /// The key of that name with these 32 public bytes.
    ///
    /// # Errors
    /// [`NoteError::Name`]; [`NoteError::WeakKey`] when the bytes are no point, not the canonical
    /// form of one, or a point of small order, with which a signature can hold for many texts.
    pub fn new(name: &str, algorithm: Algorithm, public: [u8; 32]) -> Result<Self, NoteError> {
        check_name(name)?;
        let weak = || NoteError::WeakKey(name.to_owned());
        let key = ed25519_dalek::VerifyingKey::from_bytes(&public).map_err(|_| weak())?;
        if key.is_weak() || !is_canonical(&public) {
            return Err(weak());
        }
        Ok(Self { name: name.to_owned(), id: key_id(name, algorithm, &public), algorithm, key })
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key's id.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// What it checks.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The 32 bytes of the public key.
    pub fn bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Checks one bare Ed25519 signature of 64 bytes over a message.
    ///
    /// # Errors
    /// [`NoteError::Signature`].
    pub fn verify_strict(&self, message: &[u8], signature: &[u8]) -> Result<(), NoteError> {
        let refused = || NoteError::Signature(self.name.clone());
        let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| refused())?;
        strict::holds(&self.key, message, &signature).then_some(()).ok_or_else(refused)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![self.algorithm.byte()];
        key.extend(self.bytes());
        write!(f, "{}+{}+{}", self.name, text::hex(&self.id), text::base64(&key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

/// A private key and its name. It is wiped from memory when dropped, and never printed.
#[derive(Clone)]
pub struct SigningKey {
    key: ed25519_dalek::SigningKey,
    verifier: VerifierKey,
}

impl SigningKey {
    /// The key for notes (0x01) made of 32 random bytes, which the caller draws.
    ///
    /// # Errors
    /// [`NoteError::Name`]; [`NoteError::WeakKey`] never happens with random bytes.
    pub fn generate(name: &str, seed: [u8; 32]) -> Result<Self, NoteError> {
        Self::new(name, Algorithm::Ed25519, seed)
    }

    /// The key for cosignatures (0x04) made of 32 random bytes, which the caller draws.
    ///
    /// # Errors
    /// As [`SigningKey::generate`].
    pub fn generate_cosigner(name: &str, seed: [u8; 32]) -> Result<Self, NoteError> {
        Self::new(name, Algorithm::CosignatureV1, seed)
    }

    fn new(name: &str, algorithm: Algorithm, seed: [u8; 32]) -> Result<Self, NoteError> {
        let key = ed25519_dalek::SigningKey::from_bytes(&seed);
        let verifier = VerifierKey::new(name, algorithm, key.verifying_key().to_bytes())?;
        Ok(Self { key, verifier })
    }

    /// Reads a key file, as Go's note package writes it; one newline at the end is allowed.
    ///
    /// # Errors
    /// [`NoteError::PrivateKey`], [`NoteError::Algorithm`], [`NoteError::Name`],
    /// [`NoteError::KeyId`].
    pub fn from_file_text(file: &str) -> Result<Self, NoteError> {
        let line = file.strip_suffix('\n').unwrap_or(file);
        let line = line.strip_prefix(PRIVATE_START).ok_or(NoteError::PrivateKey)?;
        let (name, id, algorithm, seed) = key_parts(line).ok_or(NoteError::PrivateKey)?;
        let key = Self::new(name, Algorithm::from_byte(algorithm)?, seed)?;
        if key.verifier.id != id {
            return Err(NoteError::KeyId(name.to_owned()));
        }
        Ok(key)
    }

    /// The key file: one line that holds the secret. Whoever reads it can sign.
    pub fn to_file_text(&self) -> String {
        let mut secret = vec![self.verifier.algorithm.byte()];
        secret.extend(self.key.as_bytes());
        let id = text::hex(&self.verifier.id);
        format!("{PRIVATE_START}{}+{id}+{}\n", self.name(), text::base64(&secret))
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        self.verifier.name()
    }

    /// The public half.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The public half as text.
    pub fn vkey(&self) -> String {
        self.verifier.to_string()
    }

    /// Signs the text of a note.
    ///
    /// # Errors
    /// [`NoteError::Text`], [`NoteError::Characters`]; [`NoteError::Purpose`] for a cosigner's key.
    pub fn sign_text(&self, text: &str) -> Result<Signature, NoteError> {
        check_text(text)?;
        if self.verifier.algorithm != Algorithm::Ed25519 {
            return Err(NoteError::Purpose(self.name().to_owned()));
        }
        Ok(self.signature(self.sign_bytes(text.as_bytes()).to_vec()))
    }

    /// The bare signature over a message; the caller sees to its meaning.
    pub(super) fn sign_bytes(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    /// A signature line by this key.
    pub(super) fn signature(&self, blob: Vec<u8>) -> Signature {
        Signature { name: self.name().to_owned(), id: self.verifier.id, blob }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(of {})", self.verifier)
    }
}

/// One signature line. The order is by name, then id, as leaves sort them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature {
    /// Name of the key.
    pub name: String,
    /// Id of the key.
    pub id: KeyId,
    /// What the algorithm gives: 64 bytes for 0x01, a time and 64 bytes for 0x04.
    pub blob: Vec<u8>,
}

impl Signature {
    /// Reads a line such as `— name base64`, without its newline.
    ///
    /// # Errors
    /// [`NoteError::SignatureLine`] with line number 1, [`NoteError::Name`].
    pub fn parse(line: &str) -> Result<Self, NoteError> {
        Self::parse_numbered(line, 1)
    }

    fn parse_numbered(line: &str, number: usize) -> Result<Self, NoteError> {
        let wrong = || NoteError::SignatureLine(number);
        let (name, blob) = line
            .strip_prefix(SIGNATURE_START)
            .and_then(|rest| rest.split_once(' '))
            .ok_or_else(wrong)?;
        check_name(name)?;
        let mut blob = text::from_base64(blob).ok_or_else(wrong)?;
        let id = *blob.first_chunk::<4>().filter(|id| blob.len() > id.len()).ok_or_else(wrong)?;
        blob.drain(..id.len());
        Ok(Self { name: name.to_owned(), id, blob })
    }

    /// Whether it claims to be by that key.
    pub fn is_by(&self, key: &VerifierKey) -> bool {
        self.id == key.id && self.name == key.name
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.id.to_vec();
        bytes.extend(&self.blob);
        write!(f, "{SIGNATURE_START}{} {}", self.name, text::base64(&bytes))
    }
}

/// A text and its signatures, not yet verified.
///
/// ```
/// use ledger::log::{Note, VerifierKey};
///
/// let key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
/// let note = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1\
///     YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
/// Note::parse(note.as_bytes())?.verify(&VerifierKey::parse(key)?)?;
/// # Ok::<(), ledger::log::note::NoteError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The text, with its final newline.
    pub text: String,
    /// The signature lines, in the order of the note.
    pub signatures: Vec<Signature>,
}

/// Checks a text to sign: it ends in a newline and has no other control character.
///
/// # Errors
/// [`NoteError::Text`], [`NoteError::Characters`], [`NoteError::TooLong`].
pub fn check_text(text: &str) -> Result<(), NoteError> {
    if text.len() > MAX_NOTE {
        return Err(NoteError::TooLong(text.len()));
    }
    if text.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(NoteError::Characters);
    }
    if text.ends_with('\n') { Ok(()) } else { Err(NoteError::Text) }
}

impl Note {
    /// Reads a note. Nothing in it is to be believed before [`Note::verify`].
    ///
    /// # Errors
    /// Every variant of [`NoteError`] that is about form.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE {
            return Err(NoteError::TooLong(bytes.len()));
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::Characters)?;
        check_text(note)?;
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Shape)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Shape)?;
        let count = lines.split('\n').count();
        if count > MAX_SIGNATURES {
            return Err(NoteError::SignatureCount(count));
        }
        let signatures: Result<_, _> = (1..)
            .zip(lines.split('\n'))
            .map(|(number, line)| Signature::parse_numbered(line, number))
            .collect();
        let text = note.get(..=text.len()).ok_or(NoteError::Shape)?.to_owned();
        Ok(Self { text, signatures: signatures? })
    }

    /// The note as it is stored and sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut note = format!("{}\n", self.text);
        for line in &self.signatures {
            note.push_str(&line.to_string());
            note.push('\n');
        }
        note.into_bytes()
    }

    /// Checks the signature by `key` over the text: there is one, and all by that key hold.
    ///
    /// Signatures by other keys are ignored, as the specification asks.
    ///
    /// # Errors
    /// [`NoteError::Purpose`] for a cosigner's key, [`NoteError::NotSigned`],
    /// [`NoteError::Signature`].
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NoteError> {
        if key.algorithm != Algorithm::Ed25519 {
            return Err(NoteError::Purpose(key.name.clone()));
        }
        let mut found = Err(NoteError::NotSigned(key.name.clone()));
        for signature in self.signatures.iter().filter(|signature| signature.is_by(key)) {
            self.verify_one(signature, key)?;
            found = Ok(());
        }
        found
    }

    /// Checks one signature, which must be by `key`, over the text.
    ///
    /// # Errors
    /// As [`Note::verify`].
    pub fn verify_one(&self, signature: &Signature, key: &VerifierKey) -> Result<(), NoteError> {
        if key.algorithm != Algorithm::Ed25519 {
            return Err(NoteError::Purpose(key.name.clone()));
        }
        if !signature.is_by(key) {
            return Err(NoteError::NotSigned(key.name.clone()));
        }
        key.verify_strict(self.text.as_bytes(), &signature.blob)
    }
}
