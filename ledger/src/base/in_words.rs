//! Whole numbers in French words, as a subscriber writes them on the form (R23).

const UNITS: [&str; 17] = [
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze",
    "douze", "treize", "quatorze", "quinze", "seize",
];
const TENS: [&str; 7] = ["", "dix", "vingt", "trente", "quarante", "cinquante", "soixante"];

/// The number in French words, with hyphens throughout (1990 spelling): `vingt-et-un`.
///
/// ```
/// assert_eq!(ledger::base::in_words(1_080), "mille-quatre-vingts");
/// ```
pub fn in_words(number: u32) -> String {
    let (millions, rest) = (number / 1_000_000, number % 1_000_000);
    let (thousands, units) = (rest / 1_000, rest % 1_000);
    let mut words = Vec::new();
    if millions > 0 {
        // "millions" is a noun: what stands before it keeps its plural s.
        words.push(below_thousand_or_more(millions));
        words.push(if millions > 1 { "millions".into() } else { "million".into() });
    }
    if thousands > 1 {
        words.push(singular(&below_thousand(thousands)));
    }
    if thousands > 0 {
        words.push("mille".into());
    }
    if units > 0 || words.is_empty() {
        words.push(below_thousand(units));
    }
    words.join("-")
}

/// Whether what a person typed says this number: accents, hyphens, capitals and spaces may differ.
pub fn same_number_in_words(typed: &str, number: u32) -> bool {
    folded(typed) == folded(&in_words(number))
}

fn folded(text: &str) -> String {
    let plain = text
        .to_lowercase()
        .chars()
        .map(|c| match c {
            'é' | 'è' | 'ê' | '\u{301}' => 'e',
            '-' | '\u{2010}' | '\u{2011}' | '\u{a0}' => ' ',
            other => other,
        })
        .collect::<String>();
    // "un" and "une" (une part): both are written by people who mean one.
    let words = plain.split_whitespace().map(|word| if word == "une" { "un" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn below_thousand_or_more(number: u32) -> String {
    if number < 1_000 { below_thousand(number) } else { in_words(number) }
}

/// `quatre-vingts`, `deux-cents` lose their s before `mille`.
fn singular(words: &str) -> String {
    match words.strip_suffix('s') {
        Some(stem) if stem.ends_with("vingt") || stem.ends_with("cent") => stem.to_owned(),
        _ => words.to_owned(),
    }
}

fn below_thousand(number: u32) -> String {
    let (hundreds, rest) = (number / 100, number % 100);
    match (hundreds, rest) {
        (0, _) => below_hundred(rest),
        (1, 0) => "cent".into(),
        (1, _) => format!("cent-{}", below_hundred(rest)),
        (_, 0) => format!("{}-cents", unit(hundreds)),
        _ => format!("{}-cent-{}", unit(hundreds), below_hundred(rest)),
    }
}

fn below_hundred(number: u32) -> String {
    match number {
        0..=16 => unit(number).into(),
        17..=19 => format!("dix-{}", unit(number - 10)),
        71 => "soixante-et-onze".into(),
        70..=79 => format!("soixante-{}", below_hundred(number - 60)),
        80 => "quatre-vingts".into(),
        81..=99 => format!("quatre-vingt-{}", below_hundred(number - 80)),
        _ => {
            let tens = usize::try_from(number / 10).ok().and_then(|t| TENS.get(t)).unwrap_or(&"");
            match number % 10 {
                0 => (*tens).into(),
                1 => format!("{tens}-et-un"),
                unit_digit => format!("{tens}-{}", unit(unit_digit)),
            }
        }
    }
}

fn unit(number: u32) -> &'static str {
    usize::try_from(number).ok().and_then(|n| UNITS.get(n)).unwrap_or(&"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_counts_its_own_way() {
        for (number, words) in [
            (0, "zéro"),
            (1, "un"),
            (21, "vingt-et-un"),
            (70, "soixante-dix"),
            (71, "soixante-et-onze"),
            (80, "quatre-vingts"),
            (81, "quatre-vingt-un"),
            (91, "quatre-vingt-onze"),
            (99, "quatre-vingt-dix-neuf"),
            (100, "cent"),
            (200, "deux-cents"),
            (201, "deux-cent-un"),
            (1_000, "mille"),
            (80_000, "quatre-vingt-mille"),
            (200_000, "deux-cent-mille"),
            (1_234, "mille-deux-cent-trente-quatre"),
            (1_000_000, "un-million"),
            (80_000_000, "quatre-vingts-millions"),
        ] {
            assert_eq!(in_words(number), words);
        }
    }

    #[test]
    fn a_hand_may_write_it_the_old_way() {
        assert!(same_number_in_words("Vingt et un", 21));
        assert!(same_number_in_words(" QUATRE-VINGTS ", 80));
        assert!(same_number_in_words("une", 1));
        assert!(!same_number_in_words("vingt", 21));
        assert!(!same_number_in_words("21", 21));
    }
}
