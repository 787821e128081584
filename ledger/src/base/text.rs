//! A short text that a person typed, fit for one line of a register.

/// Whether a text is one line of 1 to `max` characters: no control sign, not blank, no space
/// at either end, no sign that turns the direction of reading: what is signed reads as stored.
///
/// ```
/// use ledger::base::is_one_line;
/// assert!(is_one_line("Atelier du canal", 80));
/// assert!(!is_one_line(" Atelier", 80) && !is_one_line("", 80) && !is_one_line("a\nb", 80));
/// ```
pub fn is_one_line(text: &str, max: usize) -> bool {
    !text.is_empty()
        && text.trim() == text
        && text.chars().count() <= max
        && !text.chars().any(|sign| sign.is_control() || hides(sign))
}

/// Line and paragraph separators, and the marks that reorder what stands around them.
fn hides(sign: char) -> bool {
    matches!(sign, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_as_long_as_its_characters_and_shows_all_it_holds() {
        assert!(is_one_line("é\u{202f}!", 3) && !is_one_line("éé", 1));
        for hidden in ["a\u{202e}b", "a\u{2066}b", "a\u{2028}b", "a\tb", "a\u{0}"] {
            assert!(!is_one_line(hidden, 80), "{hidden:?}");
        }
    }
}
