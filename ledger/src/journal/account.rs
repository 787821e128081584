//! A journal account: a number whose row is in the chart.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::JournalError;
use crate::bylaws::{ChartRow, chart_row};

/// The number of a journal account, covered by a row of the chart (R60).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Account(String);

impl Account {
    /// Reads a number of three to eight digits.
    ///
    /// # Errors
    /// [`JournalError::NoSuchAccount`] when no row of the chart covers it.
    pub fn parse(number: &str) -> Result<Self, JournalError> {
        if chart_row(number).is_some() {
            return Ok(Self(number.to_owned()));
        }
        Err(JournalError::NoSuchAccount { number: number.chars().take(40).collect() })
    }

    /// Its digits.
    pub fn number(&self) -> &str {
        &self.0
    }

    /// Its French label: that of the longest row that covers it.
    pub fn label(&self) -> &'static str {
        self.row().map_or("", |row| row.label)
    }

    /// Its class, 1 to 7.
    pub fn class(&self) -> u8 {
        self.0.bytes().next().map_or(0, |digit| digit.saturating_sub(b'0'))
    }

    /// Whether it is a charge (class 6).
    pub fn is_charge(&self) -> bool {
        self.class() == 6
    }

    /// Whether it is a product (class 7).
    pub fn is_product(&self) -> bool {
        self.class() == 7
    }

    fn row(&self) -> Option<&'static ChartRow> {
        chart_row(&self.0)
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sub_account_bears_the_label_of_its_row() {
        let account = Account::parse("445710").expect("in the chart");
        assert_eq!((account.label(), account.class()), ("TVA collectée", 4));
        assert!(!account.is_charge() && !account.is_product());
        assert!(Account::parse("606").is_ok_and(|a| a.is_charge()));
        assert!(Account::parse("706").is_ok_and(|a| a.is_product()));
    }

    #[test]
    fn a_number_outside_the_chart_is_no_account() {
        let refused = Err(JournalError::NoSuchAccount { number: "194".to_owned() });
        assert_eq!(Account::parse("194"), refused);
    }
}
