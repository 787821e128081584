//! Exact money: a whole number of euro cents, with checked arithmetic only.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A sum of money in whole euro cents; may be negative (a debit line, a difference).
///
/// It is stored and signed as a decimal string of cents, because a leaf carries no JSON number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i64);

/// Why a text or a sum is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AmountError {
    /// The text is not an amount in euros with at most two decimals.
    #[error("« {0} » n’est pas un montant en euros (exemple : 1 234,56)")]
    NotAnAmount(String),
    /// The sum does not fit in 64 bits of cents.
    #[error("le montant dépasse la limite de calcul")]
    Overflow,
}

impl Amount {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// The amount of so many cents.
    pub const fn from_cents(cents: i64) -> Self {
        Self(cents)
    }

    /// The number of cents.
    pub const fn cents(self) -> i64 {
        self.0
    }

    /// Reads what a person or a bank writes: `1 234,56`, `1234.56`, `-12`, with or without `€`.
    ///
    /// # Errors
    /// [`AmountError::NotAnAmount`] for anything else, three decimals included: nothing is rounded.
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        let bad = || AmountError::NotAnAmount(text.chars().take(40).collect());
        let compact: String = text.chars().filter(|c| !c.is_whitespace() && *c != '€').collect();
        let (negative, digits) = match compact.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, compact.strip_prefix('+').unwrap_or(&compact)),
        };
        let (whole, fraction) = digits.split_once([',', '.']).unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        // A bank may write 12.50000: zeros beyond the cent carry nothing, other digits would be lost.
        let kept = fraction.trim_end_matches('0');
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || kept.len() > 2 {
            return Err(bad());
        }
        let cents: i64 = format!("{whole}{kept:0<2}").parse().map_err(|_| AmountError::Overflow)?;
        Ok(Self(if negative { cents.checked_neg().ok_or(AmountError::Overflow)? } else { cents }))
    }

    /// The sum, or an error if it does not fit.
    pub fn plus(self, other: Self) -> Result<Self, AmountError> {
        self.0.checked_add(other.0).map(Self).ok_or(AmountError::Overflow)
    }

    /// The difference, or an error if it does not fit.
    pub fn minus(self, other: Self) -> Result<Self, AmountError> {
        self.0.checked_sub(other.0).map(Self).ok_or(AmountError::Overflow)
    }

    /// So many times this amount, or an error if it does not fit.
    pub fn times(self, count: u64) -> Result<Self, AmountError> {
        let count = i64::try_from(count).map_err(|_| AmountError::Overflow)?;
        self.0.checked_mul(count).map(Self).ok_or(AmountError::Overflow)
    }

    /// The sum of many amounts, or an error if it does not fit.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, AmountError> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }

    /// Whether there is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether it is strictly more than nothing.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// `1234,56`: decimal comma, two digits, no separator (FEC, CSV; R49).
    pub fn with_comma(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        format!("{sign}{},{:02}", cents / 100, cents % 100)
    }

    /// `1234.56`: decimal point, two digits (ISO 20022, EPC069-12, JSON).
    pub fn with_point(self) -> String {
        self.with_comma().replace(',', ".")
    }
}

/// `1 234,56 €` with no-break spaces, as French prose writes it.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.with_comma();
        let (whole, cents) = text.split_once(',').unwrap_or((&text, "00"));
        let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |d| ("\u{2212}", d));
        f.write_str(sign)?;
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                f.write_str("\u{202f}")?;
            }
            write!(f, "{digit}")?;
        }
        write!(f, ",{cents}\u{a0}€")
    }
}

impl Serialize for Amount {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return self.0.serialize(serializer);
        }
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::count::canonical_integer(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_banks_write_amounts_in_several_ways() {
        for (text, cents) in
            [("1 234,56", 123_456), ("1234.5", 123_450), ("-12", -1200), ("12.50000 €", 1250)]
        {
            assert_eq!(Amount::parse(text), Ok(Amount::from_cents(cents)), "{text}");
        }
    }

    #[test]
    fn what_would_be_rounded_is_refused() {
        for text in ["1,234", "", "1,2,3", "abc", "1e3", "--1", ",5"] {
            assert!(Amount::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn it_is_printed_for_people_and_for_machines() {
        let amount = Amount::from_cents(-123_456_789);
        assert_eq!(amount.to_string(), "\u{2212}1\u{202f}234\u{202f}567,89\u{a0}€");
        assert_eq!(amount.with_comma(), "-1234567,89");
        assert_eq!(amount.with_point(), "-1234567.89");
    }
}
