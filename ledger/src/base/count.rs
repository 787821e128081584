//! Whole numbers with a meaning, each stored as a decimal string.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::reading::from_text;

/// Reads an integer from a string in its only canonical form: no sign `+`, no leading zero. What is
/// not meant to be read, as a snapshot is not, holds the bare integer.
pub(super) fn canonical_integer<'de, D, N>(deserializer: D) -> Result<N, D::Error>
where
    D: Deserializer<'de>,
    N: FromStr + fmt::Display + Deserialize<'de>,
{
    if !deserializer.is_human_readable() {
        return N::deserialize(deserializer);
    }
    from_text(deserializer, |text| match text.parse::<N>() {
        Ok(number) if is_canonical(text) => Ok(number),
        _ => Err(format!("entier non canonique : {text}")),
    })
}

/// Whether a text that reads as an integer is the one that the integer is written as.
fn is_canonical(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let signed = digits.len() < text.len();
    match digits.as_bytes() {
        [b'0'] => !signed,
        [b'1'..=b'9', ..] => true,
        _ => false,
    }
}

macro_rules! whole_numbers {
    ($($(#[$doc:meta])* $name:ident($inner:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($inner);

        impl $name {
            /// The value of this number.
            pub const fn new(value: $inner) -> Self {
                Self(value)
            }

            /// The bare number.
            pub const fn get(self) -> $inner {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if !serializer.is_human_readable() {
                    return self.0.serialize(serializer);
                }
                serializer.collect_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                canonical_integer(deserializer).map(Self)
            }
        }
    )*};
}

whole_numbers! {
    /// A number of shares; never a fraction (R11).
    ShareCount(u32);
    /// The zero-based place of a leaf in the log.
    LeafIndex(u64);
    /// A plain count of things: lines of a statement, signatures asked.
    Count(u32);
    /// The floor area of a place, in whole square metres.
    SquareMetres(u32);
    /// How many people a place has room for.
    Capacity(u32);
    /// A weight in an allocation key; only its proportion to the others matters.
    Weight(u64);
}
