//! References: random pseudonyms, slugs and digests, each a type of its own.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::reading::from_text;

/// Why a text is not a reference of the kind asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("« {text} » n’est pas une référence de la forme {form}")]
pub struct IdError {
    /// The text that was read, cut to 80 characters.
    pub text: String,
    /// What it should have looked like.
    pub form: &'static str,
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $form:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub struct $name(String);

        impl $name {
            /// Reads a reference.
            ///
            /// # Errors
            /// [`IdError`] when the text has another form.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) {
                    return Ok(Self(text.to_owned()));
                }
                Err(IdError { text: text.chars().take(80).collect(), form: $form })
            }

            /// The text of the reference.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                from_text(deserializer, Self::parse)
            }
        }
    };
}

macro_rules! random_refs {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        text_id!(
            $(#[$doc])*
            $name,
            $prefix,
            |text| text.strip_prefix($prefix).is_some_and(|hex| is_lower_hex(hex, 32))
        );

        impl $name {
            /// The reference made of these 128 random bits; randomness comes from the shell.
            pub fn from_random(bits: [u8; 16]) -> Self {
                Self(format!("{}{}", $prefix, hex(&bits)))
            }
        }
    )*};
}

random_refs! {
    /// A member or subscriber: a pseudonym that tells nothing of the person (R78).
    MemberRef = "m_";
    /// A subscription to shares.
    SubscriptionRef = "s_";
    /// A place (tiers-lieu).
    PlaceRef = "p_";
    /// A grant or a specific programme's funding.
    GrantRef = "g_";
    /// A pooled cost.
    CostRef = "c_";
    /// A cost call or contribution asked of places.
    CallRef = "a_";
    /// An allocation key (clé de répartition).
    KeyRef = "k_";
    /// A contribution in kind.
    InKindRef = "n_";
    /// A bank account of the cooperative.
    BankRef = "b_";
    /// An imported bank statement.
    StatementRef = "r_";
    /// A line of a bank statement: the keyed fingerprint that keeps a second import from doubling it.
    LineRef = "l_";
    /// A share certificate.
    CertificateRef = "t_";
}

text_id!(
    /// A member category of the bylaws, a slug such as `habitants`.
    CategoryId,
    "identifiant-en-minuscules",
    is_slug
);
text_id!(
    /// A voting college of the bylaws, a slug.
    CollegeId,
    "identifiant-en-minuscules",
    is_slug
);
text_id!(
    /// A SHA-256 digest in 64 lower-case hexadecimal digits.
    Digest,
    "64 chiffres hexadécimaux",
    |text| is_lower_hex(text, 64)
);

impl Digest {
    /// The digest whose 32 bytes are given.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(hex(&bytes))
    }
}

fn is_lower_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_slug(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'z' | b'_' | b'-'))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_a_prefix_and_128_bits() {
        let member = MemberRef::from_random([0xab; 16]);
        assert_eq!(member.as_str(), format!("m_{}", "ab".repeat(16)));
        assert_eq!(MemberRef::parse(member.as_str()), Ok(member));
        assert!(MemberRef::parse("m_ABAB").is_err());
        assert!(PlaceRef::parse(&format!("m_{}", "ab".repeat(16))).is_err());
    }
}
