//! A short text that a person typed, fit for one line of a register.

/// Whether a text is one line of 1 to `max` characters: no control sign, not blank, no space
/// at either end, so that what is signed reads as it is stored.
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
        && !text.chars().any(char::is_control)
}
