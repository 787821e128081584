//! Payment identifiers: IBAN, BIC and the ISO 11649 creditor reference a payer copies.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::reading::from_text;

/// Why a text is not a payment identifier.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PaymentIdError {
    /// The IBAN's form or control key is wrong.
    #[error("l’IBAN « {0} » est invalide (clé de contrôle ou longueur)")]
    Iban(String),
    /// The reference's form or control key is wrong.
    #[error(
        "la référence « {0} » est invalide (ISO 11649 : RF, deux chiffres de clé, 1 à 21 signes)"
    )]
    Reference(String),
}

macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $variant:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub struct $name(String);

        impl $name {
            /// Reads the identifier, spaces and small letters allowed, and checks its key.
            pub fn parse(text: &str) -> Result<Self, PaymentIdError> {
                let compact: String =
                    text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
                let valid: fn(&str) -> bool = $check;
                if valid(&compact) {
                    return Ok(Self(compact));
                }
                Err(PaymentIdError::$variant(text.chars().take(40).collect()))
            }

            /// The identifier without spaces.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The identifier in groups of four, as printed for people.
            pub fn in_groups(&self) -> String {
                let signs: Vec<char> = self.0.chars().collect();
                let groups: Vec<String> = signs.chunks(4).map(|g| g.iter().collect()).collect();
                groups.join(" ")
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                // What is not meant to be read, as a snapshot is not, was checked by who wrote it.
                let checks = deserializer.is_human_readable();
                from_text(deserializer, |text| {
                    if !checks {
                        return Ok(Self(text.to_owned()));
                    }
                    match Self::parse(text) {
                        Ok(parsed) if parsed.0 == text => Ok(parsed),
                        Ok(_) => Err("identifiant de paiement non canonique".to_owned()),
                        Err(wrong) => Err(wrong.to_string()),
                    }
                })
            }
        }
    };
}

checked_text!(
    /// An IBAN whose control key holds.
    Iban,
    Iban,
    |text| sepa::validate_iban(text).is_ok()
);
checked_text!(
    /// An ISO 11649 creditor reference (`RF…`) whose control key holds.
    PaymentReference,
    Reference,
    |text| text.starts_with("RF") && text.parse::<sepa::RfReference>().is_ok()
);

impl PaymentReference {
    /// The reference made of this body (1 to 21 capital letters and digits), its key computed.
    pub fn from_body(body: &str) -> Result<Self, PaymentIdError> {
        sepa::RfReference::generate(body)
            .map(|reference| Self(reference.as_str().to_owned()))
            .map_err(|_| PaymentIdError::Reference(body.chars().take(40).collect()))
    }

    /// Every text with a valid key that a free label may hold, spaces inside or not, longest first:
    /// many home banks have no field for the reference, so people paste it into the label. Words
    /// that follow may satisfy the key by chance: the caller keeps the one it knows.
    pub fn candidates_in(label: &str) -> Vec<Self> {
        let upper: Vec<char> = label.to_uppercase().chars().collect();
        let starts = upper.windows(2).enumerate().filter(|(_, pair)| *pair == ['R', 'F']);
        starts.filter_map(|(at, _)| upper.get(at..)).flat_map(Self::prefixes_of).collect()
    }

    fn prefixes_of(text: &[char]) -> Vec<Self> {
        let signs: String = text
            .iter()
            .take_while(|c| c.is_ascii_alphanumeric() || **c == ' ')
            .filter(|c| **c != ' ')
            .take(25)
            .collect();
        (5..=signs.len()).rev().filter_map(|end| Self::parse(signs.get(..end)?).ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_reference_is_iso_11649() {
        for (body, reference) in [
            ("539007547034", "RF18539007547034"),
            ("2348236", "RF332348236"),
            ("SOUSCR2026000123", "RF87SOUSCR2026000123"),
        ] {
            assert_eq!(PaymentReference::from_body(body).expect("valid").as_str(), reference);
        }
        assert!(PaymentReference::parse("RF19539007547034").is_err());
    }

    #[test]
    fn a_reference_is_found_in_a_label() {
        let found = PaymentReference::candidates_in("VIR DURAND parts rf18 5390 0754 7034 merci");
        assert!(found.iter().any(|r| r.in_groups() == "RF18 5390 0754 7034"));
        assert_eq!(PaymentReference::candidates_in("PERFORMANCE RF99"), Vec::new());
    }

    #[test]
    fn an_iban_with_a_wrong_key_is_refused() {
        assert!(Iban::parse("FR76 3000 6000 0112 3456 7890 189").is_ok());
        assert!(Iban::parse("FR76 3000 6000 0112 3456 7890 188").is_err());
    }
}
