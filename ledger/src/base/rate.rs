//! An exact rate (VAT, price, share of a sum), and the one rounding of a sum by a rate.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Amount;
use super::reading::from_text;

/// An exact decimal factor: `0.20` is twenty per cent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(Decimal);

/// Why a text is not a rate, or a sum can't be taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RateError {
    /// The text is not a canonical decimal.
    #[error("« {0} » n’est pas un taux décimal (exemple : 0.2)")]
    NotARate(String),
    /// The result does not fit.
    #[error("le montant dépasse la limite de calcul")]
    Overflow,
}

impl Rate {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// The rate of so many basis points (1 % = 100).
    pub fn from_basis_points(points: u32) -> Self {
        Self(Decimal::new(i64::from(points), 4).normalize())
    }

    /// Reads a decimal such as `0.2` or `20 %`, comma or point.
    pub fn parse(text: &str) -> Result<Self, RateError> {
        let bad = || RateError::NotARate(text.chars().take(40).collect());
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let (digits, percent) =
            compact.strip_suffix('%').map_or((compact.as_str(), false), |d| (d, true));
        let value: Decimal = digits.replace(',', ".").parse().map_err(|_| bad())?;
        if value.is_sign_negative() && !value.is_zero() {
            return Err(bad());
        }
        let value =
            if percent { value.checked_mul(Decimal::new(1, 2)).ok_or_else(bad)? } else { value };
        Ok(Self(value.normalize()))
    }

    /// The exact decimal.
    pub const fn as_decimal(self) -> Decimal {
        self.0
    }

    /// This rate of a sum, rounded to the cent, half away from zero (VAT practice).
    pub fn of(self, amount: Amount) -> Result<Amount, RateError> {
        self.rounded(amount, RoundingStrategy::MidpointAwayFromZero)
    }

    /// This rate of a sum, rounded up to the cent: what a legal minimum asks (R9, R12).
    pub fn of_rounded_up(self, amount: Amount) -> Result<Amount, RateError> {
        self.rounded(amount, RoundingStrategy::ToPositiveInfinity)
    }

    fn rounded(self, amount: Amount, strategy: RoundingStrategy) -> Result<Amount, RateError> {
        let exact = self.0.checked_mul(Decimal::from(amount.cents())).ok_or(RateError::Overflow)?;
        let cents = exact.round_dp_with_strategy(0, strategy);
        i64::try_from(cents).map(Amount::from_cents).map_err(|_| RateError::Overflow)
    }
}

/// `5,5 %`, as French prose writes it.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.0.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(self.0).normalize();
        write!(f, "{}\u{a0}%", percent.to_string().replace('.', ","))
    }
}

impl Serialize for Rate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, |text| match Self::parse(text) {
            Ok(rate) if rate.0.to_string() == text => Ok(rate),
            Ok(_) => Err(format!("taux non canonique : {text}")),
            Err(wrong) => Err(wrong.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vat_is_rounded_half_away_from_zero() {
        let vat = Rate::parse("20 %").expect("a rate");
        assert_eq!(vat.of(Amount::from_cents(1_003)), Ok(Amount::from_cents(201)));
        assert_eq!(vat.of(Amount::from_cents(-1_003)), Ok(Amount::from_cents(-201)));
        assert_eq!(vat.to_string(), "20\u{a0}%");
    }

    #[test]
    fn a_legal_minimum_is_rounded_up() {
        let quarter = Rate::from_basis_points(2_500);
        assert_eq!(
            quarter.of_rounded_up(Amount::from_cents(10_001)),
            Ok(Amount::from_cents(2_501))
        );
    }
}
