//! Words into lines: the width of each face's signs, and breaking at the last space that fits.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use super::super::DocumentError;
use super::super::text::{Run, Style};

/// A length in thousandths of a typographic point (1/72 inch). Whole numbers, so that a page is the
/// same on every machine.
pub(in crate::documents) type Milli = i64;

/// The faces that documents are set in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::documents) enum Face {
    Serif,
    SerifItalic,
    Sans,
    SansStrong,
}

/// How far the pen advances after each sign of a face.
#[derive(Debug)]
pub(in crate::documents) struct FaceMetrics {
    pub(in crate::documents) advances: BTreeMap<char, u16>,
    pub(in crate::documents) units_per_em: u16,
}

/// The widths of all faces.
#[derive(Debug)]
pub(in crate::documents) struct Metrics(pub(in crate::documents) BTreeMap<Face, FaceMetrics>);

impl Metrics {
    /// The width of a text.
    ///
    /// # Errors
    /// [`DocumentError::Unprintable`] when the face has no such sign: a name printed with a hole in
    /// it would be another name.
    pub(in crate::documents) fn width(
        &self,
        face: Face,
        size: Milli,
        text: &str,
    ) -> Result<Milli, DocumentError> {
        let metrics = self.0.get(&face).ok_or(DocumentError::Fonts)?;
        let mut units = 0;
        for sign in text.chars() {
            units += metrics.advances.get(&sign).map_or_else(
                || Err(DocumentError::Unprintable(sign)),
                |advance| Ok(Milli::from(*advance)),
            )?;
        }
        Ok(units * size / Milli::from(metrics.units_per_em.max(1)))
    }

    /// The text as this face can set it: letters composed (NFC), spaces that do not break drawn as
    /// spaces (copied text then finds « à capital variable »), the hyphen that does not break as a hyphen.
    pub(in crate::documents) fn settable(text: &str) -> String {
        text.nfc()
            .map(|sign| match sign {
                '\u{a0}' | '\u{202f}' | '\u{2007}' | '\u{2009}' | '\t' => ' ',
                '\u{2011}' => '-',
                other => other,
            })
            .filter(|sign| !matches!(sign, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}'))
            .collect()
    }
}

/// How a paragraph is set.
#[derive(Clone, Copy, Debug)]
pub(in crate::documents) struct Setting {
    pub(in crate::documents) size: Milli,
    /// From one baseline to the next.
    pub(in crate::documents) leading: Milli,
    pub(in crate::documents) plain: Face,
    pub(in crate::documents) strong: Face,
    pub(in crate::documents) emphasis: Face,
    /// Added after each sign.
    pub(in crate::documents) tracking: Milli,
}

impl Setting {
    fn face(&self, style: Style) -> Face {
        match style {
            Style::Plain => self.plain,
            Style::Strong => self.strong,
            Style::Emphasis => self.emphasis,
        }
    }

    fn width(&self, metrics: &Metrics, face: Face, text: &str) -> Result<Milli, DocumentError> {
        let signs = Milli::try_from(text.chars().count()).unwrap_or(0);
        Ok(metrics.width(face, self.size, text)? + signs * self.tracking)
    }
}

/// Words of one face on a line, and where they begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::documents) struct Piece {
    pub(in crate::documents) face: Face,
    pub(in crate::documents) text: String,
    pub(in crate::documents) x: Milli,
}

/// One line of a paragraph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::documents) struct Line {
    pub(in crate::documents) pieces: Vec<Piece>,
    pub(in crate::documents) width: Milli,
}

/// A word, or part of one where its style changes.
struct Chunk {
    face: Face,
    text: String,
    /// Whether a space stands before it, where a line may break.
    spaced: bool,
    /// Whether a line must break before it.
    broken: bool,
}

/// The lines of a paragraph, none wider than `width`; a word wider than a whole line is cut.
pub(in crate::documents) fn break_lines(
    metrics: &Metrics,
    runs: &[Run],
    setting: &Setting,
    width: Milli,
) -> Result<Vec<Line>, DocumentError> {
    let mut lines = vec![Line::default()];
    for word in words(runs, setting) {
        let mut wide = 0;
        for chunk in &word {
            wide += setting.width(metrics, chunk.face, &chunk.text)?;
        }
        let first = word.first();
        let current = lines.last().map_or(0, |line| line.width);
        let space = match first {
            Some(chunk) if chunk.spaced && current > 0 => {
                setting.width(metrics, chunk.face, " ")?
            }
            _ => 0,
        };
        let broken = first.is_some_and(|chunk| chunk.broken);
        if broken || (current > 0 && current + space + wide > width) {
            lines.push(Line::default());
        }
        for chunk in word {
            place(metrics, setting, &mut lines, chunk, width)?;
        }
    }
    Ok(lines)
}

/// Puts a chunk at the end of the last line, cut over further lines if it is wider than one.
fn place(
    metrics: &Metrics,
    setting: &Setting,
    lines: &mut Vec<Line>,
    chunk: Chunk,
    width: Milli,
) -> Result<(), DocumentError> {
    let spaced = chunk.spaced && lines.last().is_some_and(|line| line.width > 0);
    let text = if spaced { format!(" {}", chunk.text) } else { chunk.text };
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let used = lines.last().map_or(0, |line| line.width);
        let mut end = rest.len();
        let mut wide = setting.width(metrics, chunk.face, rest)?;
        while used + wide > width {
            // The last boundary before `end`; at least one sign stays, or no line would ever do.
            let shorter = rest.get(..end).and_then(|t| t.char_indices().next_back());
            let Some((cut, _)) = shorter.filter(|(cut, _)| *cut > 0) else { break };
            end = cut;
            wide = setting.width(metrics, chunk.face, rest.get(..end).unwrap_or_default())?;
        }
        let (head, tail) = rest.split_at(end);
        append(lines, chunk.face, head, wide);
        rest = tail;
        if !rest.is_empty() {
            lines.push(Line::default());
        }
    }
    Ok(())
}

fn append(lines: &mut [Line], face: Face, text: &str, wide: Milli) {
    let Some(line) = lines.last_mut() else { return };
    match line.pieces.last_mut().filter(|piece| piece.face == face) {
        Some(piece) => piece.text.push_str(text),
        None => line.pieces.push(Piece { face, text: text.to_owned(), x: line.width }),
    }
    line.width += wide;
}

/// The words of a paragraph, each made of the chunks that no space parts.
fn words(runs: &[Run], setting: &Setting) -> Vec<Vec<Chunk>> {
    let mut words: Vec<Vec<Chunk>> = Vec::new();
    let (mut spaced, mut broken) = (false, true);
    let mut first = true;
    for run in runs {
        let face = setting.face(run.style);
        let mut text = String::new();
        let mut flush = |text: &mut String, spaced: &mut bool, broken: &mut bool| {
            if text.is_empty() {
                return;
            }
            // No-break spaces are made plain only now, when they can no longer part words.
            let text = Metrics::settable(&std::mem::take(text));
            let chunk =
                Chunk { face, text, spaced: *spaced && !*broken, broken: *broken && !first };
            if *spaced || *broken || words.is_empty() {
                words.push(vec![chunk]);
            } else if let Some(word) = words.last_mut() {
                word.push(chunk);
            }
            (*spaced, *broken, first) = (false, false, false);
        };
        for sign in run.text.chars() {
            if sign == ' ' || sign == '\n' {
                flush(&mut text, &mut spaced, &mut broken);
                spaced = true;
                broken |= sign == '\n';
            } else {
                text.push(sign);
            }
        }
        flush(&mut text, &mut spaced, &mut broken);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics() -> Metrics {
        let advances = (' '..='~').chain(['é', '«', '»']).map(|sign| (sign, 500)).collect();
        let face = FaceMetrics { advances, units_per_em: 1000 };
        Metrics([(Face::Sans, face)].into())
    }

    const SETTING: Setting = Setting {
        size: 10_000,
        leading: 12_000,
        plain: Face::Sans,
        strong: Face::Sans,
        emphasis: Face::Sans,
        tracking: 0,
    };

    fn lines(text: &str, signs: Milli) -> Result<Vec<String>, DocumentError> {
        let runs = [Run { style: Style::Plain, text: text.to_owned() }];
        let lines = break_lines(&metrics(), &runs, &SETTING, signs * 5_000)?;
        let words = |line: &Line| line.pieces.iter().map(|p| p.text.as_str()).collect();
        Ok(lines.iter().map(words).collect())
    }

    #[test]
    fn a_line_breaks_at_the_last_space_that_fits() {
        assert_eq!(lines("un deux trois", 8), Ok(vec!["un deux".into(), "trois".into()]));
        assert_eq!(lines("un\ndeux", 20), Ok(vec!["un".into(), "deux".into()]));
        assert_eq!(lines("un «\u{a0}deux\u{a0}»", 8), Ok(vec!["un".into(), "« deux »".into()]));
    }

    #[test]
    fn a_word_wider_than_a_line_is_cut() {
        assert_eq!(lines("abcdefg", 3), Ok(vec!["abc".into(), "def".into(), "g".into()]));
        assert_eq!(lines("abc", 0), Ok(vec!["a".into(), "b".into(), "c".into()]));
    }

    #[test]
    fn a_letter_written_in_two_is_one() {
        assert_eq!(lines("e\u{301}te\u{301}", 9), Ok(vec!["été".into()]));
    }

    #[test]
    fn a_sign_that_no_face_has_is_refused() {
        assert_eq!(lines("a\u{1f600}", 9), Err(DocumentError::Unprintable('\u{1f600}')));
    }
}
