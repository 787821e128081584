//! The keyed fingerprint by which a bank line is known again when a statement is imported twice.
//!
//! It is public, in the log, while the line's text is not: the key, kept by the portal, is what
//! stops a reader from trying names and labels until one gives the same fingerprint.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::statement::StatementLine;
use crate::base::LineRef;

const CONTEXT: &[u8] = b"treasury.line@v1";

/// The reference of a line: HMAC-SHA-256, cut to 128 bits, over account, day, cents, bank
/// reference, normalised texts and `rank`, the number of equal lines before it in the statement.
pub fn fingerprint(key: &[u8; 32], iban: &str, line: &StatementLine, rank: u32) -> LineRef {
    // HMAC fills a short key with zeros to one block: doing it here leaves nothing that can fail.
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    let account: String = iban.chars().filter(|c| !c.is_whitespace()).collect();
    let text = |value: &Option<String>| normalised(value.as_deref().unwrap_or_default());
    let fields = [
        account.to_uppercase(),
        line.booked_on.to_string(),
        line.amount.cents().to_string(),
        normalised(&line.label),
        text(&line.bank_reference),
        // The label is often the same for many: the other texts keep two payers apart.
        text(&line.counterparty),
        text(&line.counterparty_iban),
        text(&line.end_to_end),
        text(&line.structured_reference),
        rank.to_string(),
    ];
    for field in std::iter::once(CONTEXT).chain(fields.iter().map(String::as_bytes)) {
        // The length before each field: no two lists of fields give the same bytes.
        let length = u64::try_from(field.len()).unwrap_or(u64::MAX);
        mac.update(&length.to_be_bytes());
        mac.update(field);
    }
    let code: [u8; 32] = mac.finalize().into_bytes().into();
    let mut bits = [0; 16];
    bits.iter_mut().zip(code).for_each(|(bit, byte)| *bit = byte);
    LineRef::from_random(bits)
}

/// The references of all lines of one statement, in order. Two lines equal in everything get two
/// ranks and stay two; the same lines in an overlapping statement get the same references.
pub fn fingerprints(key: &[u8; 32], iban: &str, lines: &[StatementLine]) -> Vec<LineRef> {
    let mut ranks: BTreeMap<LineRef, u32> = BTreeMap::new();
    let mut of_line = |line| {
        let next = ranks.entry(fingerprint(key, iban, line, 0)).or_default();
        let rank = *next;
        *next = next.saturating_add(1);
        fingerprint(key, iban, line, rank)
    };
    lines.iter().map(&mut of_line).collect()
}

/// Capital letters and digits only, without accents, words apart by one space: what stays the same
/// when a bank changes case, accents, punctuation or padding between two exports.
fn normalised(text: &str) -> String {
    let plain: String = text
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_uppercase)
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Amount, Day};

    const KEY: [u8; 32] = [7; 32];
    const IBAN: &str = "FR7619998000010000012345691";

    fn line(label: &str, cents: i64) -> StatementLine {
        StatementLine {
            amount: Amount::from_cents(cents),
            booked_on: Day::new(2026, 3, 2).expect("a day"),
            counterparty: Some("Inès Vasseur".to_owned()),
            counterparty_iban: None,
            label: label.to_owned(),
            bank_reference: None,
            end_to_end: None,
            structured_reference: None,
        }
    }

    #[test]
    fn two_equal_lines_of_a_statement_stay_two() {
        let refs = fingerprints(&KEY, IBAN, &[line("Parts", 100), line("Parts", 100)]);
        assert_ne!(refs[0], refs[1]);
    }

    #[test]
    fn an_overlapping_statement_finds_the_same_references() {
        let first = fingerprints(&KEY, IBAN, &[line("Parts", 100), line("Loyer", -50)]);
        let lines = [line("Loyer", -50), line("Parts", 100), line("Parts", 100)];
        let second = fingerprints(&KEY, IBAN, &lines);
        assert_eq!(second[0], first[1]);
        assert_eq!(second[1], first[0]);
        assert!(!first.contains(&second[2]));
    }

    #[test]
    fn accents_case_and_padding_change_nothing() {
        let plain = fingerprint(&KEY, IBAN, &line("Virement reçu  école", 100), 0);
        let padded = fingerprint(
            &KEY,
            "FR76 1999 8000 0100 0001 2345 691",
            &line("VIREMENT RECU ECOLE", 100),
            0,
        );
        assert_eq!(plain, padded);
    }

    #[test]
    fn every_field_and_the_key_count() {
        let base = line("Parts", 100);
        let day = Day::new(2026, 3, 3).expect("a day");
        let other = |change: fn(&mut StatementLine)| {
            let mut changed = base.clone();
            change(&mut changed);
            fingerprint(&KEY, IBAN, &changed, 0)
        };
        let refs = [
            fingerprint(&KEY, IBAN, &base, 0),
            fingerprint(&KEY, IBAN, &base, 1),
            fingerprint(&[8; 32], IBAN, &base, 0),
            fingerprint(&KEY, "FR7619998000020000077700105", &base, 0),
            fingerprint(&KEY, IBAN, &StatementLine { booked_on: day, ..base.clone() }, 0),
            other(|line| line.amount = Amount::from_cents(101)),
            other(|line| line.label = "Part".to_owned()),
            other(|line| line.bank_reference = Some("S".to_owned())),
            other(|line| line.counterparty = None),
            other(|line| line.end_to_end = Some("S".to_owned())),
        ];
        let distinct: std::collections::BTreeSet<_> = refs.iter().collect();
        assert_eq!(distinct.len(), refs.len());
    }
}
