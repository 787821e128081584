//! Values kept out of a leaf, which holds their digest only (RFC 9901, SD-JWT disclosures).
//!
//! A disclosure is base64url of the JSON array `[salt, name, value]`. The digest is over that text,
//! so the text is stored as it is and never written again. Without the salt the digest says nothing
//! of the value; a salt serves one value in one leaf.

use std::fmt;

use thiserror::Error;

use super::hash::sha256;
use super::text;

/// Largest disclosure that is read, in bytes of its text.
pub const MAX_DISCLOSURE: usize = 16_384;

/// Why a text is not a disclosure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DisclosureError {
    /// Longer than [`MAX_DISCLOSURE`].
    #[error("a disclosure has at most {MAX_DISCLOSURE} characters, not {0}")]
    TooLong(usize),
    /// Not unpadded URL-safe base 64.
    #[error("a disclosure is unpadded base64url")]
    Base64,
    /// Not the JSON array of three strings.
    #[error("a disclosure holds a JSON array of salt, name and value")]
    Array,
    /// The names that RFC 9901 keeps for itself.
    #[error("a disclosure cannot be named `_sd` or `...`")]
    Name,
}

/// One salted value and its name. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Disclosure {
    encoded: String,
    name: String,
    value: String,
}

/// The digest that a leaf holds for an encoded disclosure: base64url of SHA-256 of its text.
pub fn digest_of(encoded: &str) -> String {
    text::base64url(&sha256(encoded.as_bytes()))
}

impl Disclosure {
    /// Makes the disclosure of a value with 16 random bytes of salt, which the caller draws.
    pub fn new(salt: [u8; 16], name: &str, value: &str) -> Self {
        let array = serde_json::Value::from(vec![text::base64url(&salt).as_str(), name, value]);
        let encoded = text::base64url(array.to_string().as_bytes());
        Self { encoded, name: name.to_owned(), value: value.to_owned() }
    }

    /// Reads a disclosure and keeps its text.
    ///
    /// # Errors
    /// [`DisclosureError`].
    pub fn from_encoded(encoded: &str) -> Result<Self, DisclosureError> {
        if encoded.len() > MAX_DISCLOSURE {
            return Err(DisclosureError::TooLong(encoded.len()));
        }
        let json = text::from_base64url(encoded).ok_or(DisclosureError::Base64)?;
        let (_salt, name, value): (String, String, String) =
            serde_json::from_slice(&json).map_err(|_| DisclosureError::Array)?;
        if name == "_sd" || name == "..." {
            return Err(DisclosureError::Name);
        }
        Ok(Self { encoded: encoded.to_owned(), name, value })
    }

    /// Reads the name and the value out of an encoded disclosure.
    ///
    /// # Errors
    /// [`DisclosureError`].
    pub fn parse(encoded: &str) -> Result<(String, String), DisclosureError> {
        Self::from_encoded(encoded).map(|read| (read.name, read.value))
    }

    /// The text to store and to hand over, over which the digest is.
    pub fn encoded(&self) -> &str {
        &self.encoded
    }

    /// What the value is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The digest that the leaf holds.
    pub fn digest(&self) -> String {
        digest_of(&self.encoded)
    }
}

impl fmt::Debug for Disclosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Disclosure({})", self.digest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From RFC 9901, section 4.2.1 and 4.2.3.
    const PUBLIC: &str = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0";

    #[test]
    fn a_public_disclosure_is_read_and_digested() {
        let read = Disclosure::parse(PUBLIC).expect("public disclosure");
        assert_eq!(read, ("family_name".to_owned(), "Möbius".to_owned()));
        assert_eq!(digest_of(PUBLIC), "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0");
    }

    #[test]
    fn a_disclosure_reads_back_with_the_same_digest() {
        let made = Disclosure::new([7; 16], "nom", "Maël \"Le Goff\"\n");
        assert_eq!(Disclosure::from_encoded(made.encoded()), Ok(made.clone()));
        assert_ne!(made.digest(), Disclosure::new([8; 16], "nom", "Maël \"Le Goff\"\n").digest());
        assert_eq!((made.name(), made.value()), ("nom", "Maël \"Le Goff\"\n"));
        assert_eq!(format!("{made:?}"), format!("Disclosure({})", made.digest()), "no value");
    }

    #[test]
    fn another_shape_is_refused() {
        let encode = |json: &str| text::base64url(json.as_bytes());
        assert_eq!(Disclosure::parse("W10="), Err(DisclosureError::Base64));
        for array in ["[]", "[\"s\",\"n\"]", "[\"s\",\"n\",1]", "[\"s\",\"n\",\"v\",\"w\"]", "{}"] {
            assert_eq!(Disclosure::parse(&encode(array)), Err(DisclosureError::Array), "{array}");
        }
        assert_eq!(Disclosure::parse(&encode("[\"s\",\"_sd\",\"v\"]")), Err(DisclosureError::Name));
        let long = "A".repeat(MAX_DISCLOSURE + 4);
        assert_eq!(Disclosure::parse(&long), Err(DisclosureError::TooLong(long.len())));
        let longest = "A".repeat(MAX_DISCLOSURE);
        assert_eq!(
            Disclosure::parse(&longest),
            Err(DisclosureError::Array),
            "read, though not one"
        );
    }
}
