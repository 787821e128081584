//! The company as every deed and document must name it (R7, R23).

use serde::{Deserialize, Serialize};

/// The issuer block of every document (R7): name, form, « à capital variable », seat, SIREN, RCS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Company {
    /// What it does (loi 1947 art. 22: nature of operations).
    pub activity: String,
    /// Its form in words, e.g. « société coopérative d’intérêt collectif anonyme ».
    pub form: String,
    /// Its name.
    pub name: String,
    /// The town of its register (« RCS Lille Métropole »).
    pub rcs: String,
    /// Its registered office.
    pub seat: SeatAddress,
    /// Its nine-digit SIREN, key checked.
    pub siren: String,
    /// Its short name.
    pub sigle: String,
}

/// A postal address of a legal person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeatAddress {
    /// Five-digit postcode.
    pub postcode: String,
    /// Number and street.
    pub street: String,
    /// Town.
    pub town: String,
}

impl Company {
    /// The SIREN in groups of three.
    pub fn siren_in_groups(&self) -> String {
        let digits: Vec<char> = self.siren.chars().collect();
        let groups: Vec<String> = digits.chunks(3).map(|g| g.iter().collect()).collect();
        groups.join("\u{a0}")
    }

    /// The seat on one line.
    pub fn seat_line(&self) -> String {
        format!("{}, {} {}", self.seat.street, self.seat.postcode, self.seat.town)
    }
}

/// Whether a SIREN has nine digits, not all zero, and a valid key (Luhn).
pub fn siren_is_valid(siren: &str) -> bool {
    let digits: Option<Vec<u32>> = siren.chars().map(|c| c.to_digit(10)).collect();
    let is_number = |d: &Vec<u32>| d.len() == 9 && d.iter().any(|digit| *digit != 0);
    let Some(digits) = digits.filter(is_number) else { return false };
    let doubled = |(place, digit): (usize, &u32)| {
        if place % 2 == 0 { *digit } else { (digit * 2) / 10 + (digit * 2) % 10 }
    };
    digits.iter().enumerate().map(doubled).sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_siren_has_a_key() {
        assert!(siren_is_valid("732829320"));
        assert!(!siren_is_valid("732829321"));
        assert!(!siren_is_valid("73282932"));
        assert!(!siren_is_valid("000000000"), "its key holds, and it is nobody's");
    }
}
