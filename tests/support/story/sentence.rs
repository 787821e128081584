//! Sentence forms: fixed words around `{}`, and what the blanks hold.

use ledger::base::{Amount, Day};

/// What stands at the end of a form that takes clauses: « …, au lieu « A », le 3 mars 2026 ».
const CLAUSES: &str = "{,}";

/// One way of writing apostrophes and spaces, so that a keyboard's choice changes nothing.
pub(super) fn plain(text: &str) -> String {
    let one = |c: char| match c {
        '\'' => '’',
        '\u{a0}' | '\u{202f}' => ' ',
        other => other,
    };
    text.split(char::is_whitespace)
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .map(one)
        .collect::<String>()
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// What the blanks of a form hold in this text: each the shortest that lets the rest follow.
pub(super) fn blanks(form: &str, text: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    fit(form, text, &mut found).then_some(found)
}

fn fit(form: &str, text: &str, found: &mut Vec<String>) -> bool {
    let Some((before, after)) = form.split_once("{}") else { return form == text };
    let Some(rest) = text.strip_prefix(before) else { return false };
    let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
    for end in ends {
        let (held, following) = rest.split_at(end);
        let kept = found.len();
        found.push(held.to_owned());
        if fit(after, following, found) {
            return true;
        }
        found.truncate(kept);
    }
    false
}

/// What a sentence says once its form is known.
#[derive(Clone, Debug)]
pub(super) struct Said {
    values: std::vec::IntoIter<String>,
    clauses: Vec<String>,
    /// The table below: heading, then rows.
    pub(super) table: Vec<Vec<String>>,
}

impl Said {
    /// Reads a sentence by a form; `None` when it has another.
    pub(super) fn by(form: &str, text: &str, table: &[Vec<String>]) -> Option<Self> {
        let (values, clauses) = match form.strip_suffix(CLAUSES) {
            Some(form) => {
                let (main, clauses) = split_clauses(text);
                (blanks(form, &main)?, clauses)
            }
            None => (blanks(form, text)?, Vec::new()),
        };
        Some(Self { values: values.into_iter(), clauses, table: table.to_vec() })
    }

    /// The next blank.
    pub(super) fn next(&mut self) -> String {
        self.values.next().unwrap_or_default()
    }

    /// The next blank, as a sum.
    pub(super) fn amount(&mut self) -> Result<Amount, String> {
        amount(&self.next())
    }

    /// The next blank, as a day.
    pub(super) fn day(&mut self) -> Result<Day, String> {
        day(&self.next())
    }

    /// The next blank, as a whole number.
    pub(super) fn number<N: std::str::FromStr>(&mut self) -> Result<N, String> {
        number(&self.next())
    }

    /// The blanks of the clause of that form, taken out.
    pub(super) fn clause(&mut self, form: &str) -> Option<Vec<String>> {
        let found = self
            .clauses
            .iter()
            .enumerate()
            .find_map(|(at, clause)| blanks(form, clause).map(|held| (at, held)));
        let (at, held) = found?;
        self.clauses.remove(at);
        Some(held)
    }

    /// The one blank of the clause of that form, taken out.
    pub(super) fn clause_of(&mut self, form: &str) -> Option<String> {
        self.clause(form)?.into_iter().next()
    }

    /// Says which clause nobody asked for.
    pub(super) fn all_read(&self) -> Result<(), String> {
        match self.clauses.first() {
            Some(clause) => Err(format!("clause not understood: « {clause} »")),
            None => Ok(()),
        }
    }

    /// The rows of the table, once its heading is the one expected.
    pub(super) fn rows(&self, heading: &[&str]) -> Result<&[Vec<String>], String> {
        match self.table.split_first() {
            Some((first, rows)) if first == heading => {
                match rows.iter().find(|row| row.len() != heading.len()) {
                    Some(row) => Err(format!("a row of {} cells: {row:?}", row.len())),
                    None => Ok(rows),
                }
            }
            _ => Err(format!("a table headed | {} | is expected", heading.join(" | "))),
        }
    }
}

/// The sentence up to its first clause, and the clauses: `, ` outside « » begins one, unless what
/// follows is itself a name in « ».
fn split_clauses(text: &str) -> (String, Vec<String>) {
    let (mut parts, mut part, mut inside) = (Vec::new(), String::new(), false);
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        inside = (inside || sign == '«') && sign != '»';
        if sign == ',' && !inside && signs.peek() == Some(&' ') {
            parts.push(std::mem::take(&mut part));
            signs.next();
            if signs.peek() == Some(&'«')
                && let Some(list) = parts.pop()
            {
                part = list + ", ";
            }
        } else {
            part.push(sign);
        }
    }
    parts.push(part);
    let main = parts.remove(0);
    (main, parts)
}

/// Every name in « » of a list.
pub(super) fn names(list: &str) -> Vec<String> {
    let quoted = list.split('«').skip(1);
    quoted.filter_map(|part| part.split_once('»')).map(|(name, _)| name.trim().to_owned()).collect()
}

/// « bureau-1, bureau-2 et tresor ».
pub(super) fn signers(list: &str) -> Vec<String> {
    list.split(" et ").flat_map(|part| part.split(", ")).map(str::to_owned).collect()
}

/// A sum written by people.
pub(super) fn amount(text: &str) -> Result<Amount, String> {
    Amount::parse(&text.replace('−', "-")).map_err(|error| error.to_string())
}

/// A whole number, `1 000` included.
pub(super) fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    let digits: String = text.chars().filter(|c| *c != ' ').collect();
    digits.parse().map_err(|_| format!("« {text} » is not a whole number"))
}

/// « 1er mars 2026 ».
pub(super) fn day(text: &str) -> Result<Day, String> {
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
    let wrong = || format!("« {text} » is not a day such as « 1er mars 2026 »");
    let mut words = text.split(' ');
    let (Some(day), Some(month), Some(year), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(wrong());
    };
    let day = day.trim_end_matches("er").parse().map_err(|_| wrong())?;
    let month = MONTHS.iter().position(|name| *name == month).ok_or_else(wrong)?;
    let month = u32::try_from(month + 1).map_err(|_| wrong())?;
    Day::new(year.parse().map_err(|_| wrong())?, month, day).ok_or_else(wrong)
}

/// Whether a sentence is the one expected, where `…` stands for any words.
pub(super) fn is_like(expected: &str, said: &str) -> bool {
    let (expected, said) = (plain(expected), plain(said));
    blanks(&expected.replace('…', "{}"), &said).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_tells_its_blanks_and_its_clauses() {
        let form = "« {} » souscrit {} parts{,}";
        let text = "« Awa, dite Diallo » souscrit 1 000 parts, pour le lieu « A, B », sans prénoms";
        let mut said = Said::by(form, text, &[]).expect("it fits");
        assert_eq!(said.next(), "Awa, dite Diallo");
        assert_eq!(said.number::<u32>(), Ok(1_000));
        assert_eq!(said.clause_of("pour le lieu « {} »").as_deref(), Some("A, B"));
        assert!(said.all_read().is_err(), "one clause is left");
        assert_eq!(said.clause_of("sans {}").as_deref(), Some("prénoms"));
        assert!(said.all_read().is_ok());
    }

    #[test]
    fn a_list_of_names_is_no_clause() {
        let (main, clauses) = split_clauses("les parts de « A », « B » et « C », le 3 mars 2026");
        assert_eq!(names(&main), ["A", "B", "C"]);
        assert_eq!(clauses, ["le 3 mars 2026"]);
    }

    #[test]
    fn an_ellipsis_stands_for_any_words_and_nothing_else_does() {
        assert!(is_like("Il manque … signatures.", "Il\u{a0}manque 2 signatures."));
        assert!(!is_like("Il manque … signatures.", "Il manque 2 signatures. Signez."));
    }
}
