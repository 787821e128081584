//! A calendar day and the fiscal year it falls in.

use std::fmt;

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::reading::from_text;

const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// A day of the calendar, written `2026-11-24` in a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

/// Why a text is not a day.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("« {0} » n’est pas une date (exemple : 2026-11-24)")]
pub struct DayError(pub String);

impl Day {
    /// 1 January 1970.
    pub const EPOCH: Self = Self(NaiveDate::from_epoch_days(0).expect("day 0 exists"));

    /// The day of that year, month (1–12) and day of month, if it exists.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day)
            .filter(|d| (1900..=2099).contains(&d.year()))
            .map(Self)
    }

    /// Reads `2026-11-24` (years 1900 to 2099, as the FEC asks: R50).
    pub fn parse(text: &str) -> Result<Self, DayError> {
        let bad = || DayError(text.chars().take(40).collect());
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| bad())?;
        if text.len() != 10 || !(1900..=2099).contains(&day.year()) {
            return Err(bad());
        }
        Ok(Self(day))
    }

    /// The UTC day of an instant in milliseconds since 1970.
    pub fn of_unix_ms(unix_ms: i64) -> Option<Self> {
        chrono::DateTime::from_timestamp_millis(unix_ms).map(|at| Self(at.date_naive()))
    }

    /// The year, month and day of month.
    pub fn parts(self) -> (i32, u32, u32) {
        (self.0.year(), self.0.month(), self.0.day())
    }

    /// The same day so many years later (28 February stands in for a missing 29).
    pub fn plus_years(self, years: u32) -> Self {
        Self(self.0.checked_add_months(Months::new(years.saturating_mul(12))).unwrap_or(self.0))
    }

    /// So many days later or, if negative, earlier.
    pub fn plus_days(self, days: i64) -> Self {
        let shifted = chrono::TimeDelta::try_days(days).and_then(|d| self.0.checked_add_signed(d));
        Self(shifted.unwrap_or(self.0))
    }

    /// `24 novembre 2026` (`1er` for the first).
    pub fn in_french(self) -> String {
        let (year, month, day) = self.parts();
        let name = MONTHS.get(self.0.month0().try_into().unwrap_or(0)).unwrap_or(&MONTHS[0]);
        let _ = month;
        if day == 1 { format!("1er {name} {year}") } else { format!("{day} {name} {year}") }
    }

    /// `24/11/2026`.
    pub fn with_slashes(self) -> String {
        let (year, month, day) = self.parts();
        format!("{day:02}/{month:02}/{year}")
    }

    /// `20261124` (R50).
    pub fn compact(self) -> String {
        self.to_string().replace('-', "")
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return self.0.to_epoch_days().serialize(serializer);
        }
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            let day = NaiveDate::from_epoch_days(i32::deserialize(deserializer)?).map(Self);
            return day.ok_or_else(|| serde::de::Error::custom("no such day"));
        }
        from_text(deserializer, Self::parse)
    }
}

/// A civil-year fiscal year, written `2026`. Other closing days come with the closing issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FiscalYear(i32);

impl FiscalYear {
    /// The fiscal year a day falls in.
    pub fn of(day: Day) -> Self {
        Self(day.0.year())
    }

    /// Reads `2026`.
    pub fn parse(text: &str) -> Option<Self> {
        let year: i32 = text.parse().ok().filter(|y| (1900..=2099).contains(y))?;
        (text.len() == 4).then_some(Self(year))
    }

    /// The year's number.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// Its first day.
    pub fn first_day(self) -> Option<Day> {
        Day::new(self.0, 1, 1)
    }

    /// Its last day.
    pub fn last_day(self) -> Option<Day> {
        Day::new(self.0, 12, 31)
    }
}

impl fmt::Display for FiscalYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for FiscalYear {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for FiscalYear {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, |text| Self::parse(text).ok_or("exercice attendu, exemple 2026"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_strictly_and_told_in_french() {
        let day = Day::parse("2026-12-01").expect("a day");
        assert_eq!(day.in_french(), "1er décembre 2026");
        assert_eq!(day.with_slashes(), "01/12/2026");
        for text in ["2026-2-01", "2026-02-30", "24/11/2026", "1899-12-31", "2100-01-01"] {
            assert!(Day::parse(text).is_err(), "{text}");
        }
    }
}
