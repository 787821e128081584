//! Figures, dates and plurals, the French way.

use ledger::base::Day;

/// `3 parts`, `1 part`: the noun agrees, with a no-break space.
pub(crate) fn count(number: impl TryInto<u64>, one: &str, many: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    // In French, zero takes the singular.
    let noun = if number < 2 { one } else { many };
    format!("{}\u{a0}{noun}", thousands(number))
}

/// `12 345`, in groups of three with a narrow no-break space.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// `24 novembre 2026 à 14 h 05 (UTC)`.
pub(crate) fn instant(unix_ms: i64) -> String {
    let day = Day::of_unix_ms(unix_ms).map_or_else(String::new, Day::in_french);
    let minutes = unix_ms.div_euclid(60_000).rem_euclid(24 * 60);
    format!("{day} à {:02}\u{a0}h\u{a0}{:02} (UTC)", minutes / 60, minutes % 60)
}

/// The same of POSIX seconds, as witnesses count.
pub(crate) fn seconds(posix: u64) -> String {
    instant(i64::try_from(posix).unwrap_or(i64::MAX).saturating_mul(1_000))
}

/// The first eight signs of a reference, enough for the eye: `m_3f2a91`.
pub(crate) fn short(reference: &str) -> String {
    reference.chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_nouns_agree() {
        assert_eq!(count(0_u64, "part", "parts"), "0\u{a0}part");
        assert_eq!(count(2_u64, "part", "parts"), "2\u{a0}parts");
        assert_eq!(thousands(1_234_567), "1\u{202f}234\u{202f}567");
    }

    #[test]
    fn an_instant_is_told_to_the_minute() {
        assert_eq!(instant(1_795_529_100_000), "24 novembre 2026 à 14\u{a0}h\u{a0}05 (UTC)");
    }
}
