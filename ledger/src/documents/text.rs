//! The small markup of the legal texts: one line, one block; values never become markup.
//!
//! | line | block |
//! |---|---|
//! | `# …`, `## …`, `### …` | title, section, large words |
//! | `^ …`, `~ …`, `- …` | small capitals above a title, note, list item |
//! | `---`, `___` | rule; the white space of the page goes here |
//! | `:::faits` | rows `label \| value` |
//! | `:::tableau` | rows `a \| b \| c`, the first is the head |
//! | `:::cadre`, `:::code`, `:::alerte` | frame; frame with the QR code; warning |
//! | `:::colonnes` … `+++` … | two columns side by side |
//! | `:::entete` … `+++` … | the same, the left one wider: a letterhead |
//! | `:::centre`, `:::pied` | centred; the foot of every page |
//!
//! A block that opens with `:::` ends with `:::`. Plain lines that follow one another are one paragraph,
//! as are those under a note or an item; a line that ends in ` \` is followed by a line break. `**strong**`, `*emphasis*`, `\` before a sign
//! makes it plain.

use std::fmt;
use std::iter::Peekable;

use super::DocumentError;

/// How a run of words is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Strong,
    Emphasis,
}

/// Words in one style; `\n` is a line break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) style: Style,
    pub(super) text: String,
}

/// The runs of one paragraph.
pub(super) type Inline = Vec<Run>;

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Code,
    Warning,
}

/// One piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Title(Inline),
    Section(Inline),
    Display(Inline),
    Eyebrow(Inline),
    Paragraph(Inline),
    Note(Inline),
    Item(Inline),
    Rule,
    Spring,
    Facts(Vec<(Inline, Inline)>),
    Table(Vec<Vec<Inline>>),
    Frame(Tone, Vec<Block>),
    /// The part of the first column, in hundredths, and the two columns.
    Columns(i64, [Vec<Block>; 2]),
    Centred(Vec<Block>),
    Foot(Inline),
}

/// The escaper that `askama.toml` names: each field enters the text with its signs made plain and
/// its line breaks made spaces, so that a name such as `# *x*` is printed as it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Markup;

impl askama::filters::Escaper for Markup {
    fn write_escaped_str<W: fmt::Write>(&self, mut dest: W, string: &str) -> fmt::Result {
        for sign in string.chars() {
            if sign.is_control() {
                dest.write_char(' ')?;
                continue;
            }
            if sign.is_ascii_punctuation() {
                dest.write_char('\\')?;
            }
            dest.write_char(sign)?;
        }
        Ok(())
    }
}

/// The blocks of a rendered text.
///
/// # Errors
/// [`DocumentError::Markup`] when a block is not closed or has no such name: the template is wrong.
pub(super) fn parse(text: &str) -> Result<Vec<Block>, DocumentError> {
    let mut lines = text.lines().map(str::trim_end).peekable();
    let blocks = group(&mut lines, 0)?.pop().unwrap_or_default();
    match lines.next() {
        None => Ok(blocks),
        Some(line) => Err(DocumentError::Markup(line.to_owned())),
    }
}

/// Blocks until the closing `:::` or the end; more than one group where `+++` parts columns.
fn group<'a>(
    lines: &mut Peekable<impl Iterator<Item = &'a str>>,
    depth: usize,
) -> Result<Vec<Vec<Block>>, DocumentError> {
    let mut groups = vec![Vec::new()];
    while let Some(line) = lines.next_if(|line| *line != ":::") {
        if line == "+++" {
            groups.push(Vec::new());
            continue;
        }
        let block = match line.strip_prefix(":::") {
            Some(_) if depth > 4 => return Err(DocumentError::Markup(line.to_owned())),
            Some(name) => Some(fenced(name, lines, depth)?),
            None => plain(line, lines),
        };
        if let (Some(block), Some(last)) = (block, groups.last_mut()) {
            last.push(block);
        }
    }
    Ok(groups)
}

fn fenced<'a>(
    name: &str,
    lines: &mut Peekable<impl Iterator<Item = &'a str>>,
    depth: usize,
) -> Result<Block, DocumentError> {
    let wrong = || DocumentError::Markup(format!(":::{name}"));
    let block = match name {
        "faits" => Block::Facts(rows(lines).iter().map(|row| fact(row)).collect()),
        "tableau" => Block::Table(rows(lines).iter().map(|row| cells(row)).collect()),
        _ => {
            let groups = group(lines, depth + 1)?;
            held(name, groups).ok_or_else(wrong)?
        }
    };
    lines.next().filter(|line| *line == ":::").map(|_| block).ok_or_else(wrong)
}

/// What a fence of that name makes of the blocks inside.
fn held(name: &str, mut groups: Vec<Vec<Block>>) -> Option<Block> {
    match name {
        "colonnes" => return Some(Block::Columns(50, groups.try_into().ok()?)),
        "entete" => return Some(Block::Columns(59, groups.try_into().ok()?)),
        _ => {}
    }
    let blocks = groups.pop().filter(|_| groups.is_empty())?;
    match name {
        "cadre" => Some(Block::Frame(Tone::Plain, blocks)),
        "code" => Some(Block::Frame(Tone::Code, blocks)),
        "alerte" => Some(Block::Frame(Tone::Warning, blocks)),
        "centre" => Some(Block::Centred(blocks)),
        "pied" => foot(blocks),
        _ => None,
    }
}

fn foot(blocks: Vec<Block>) -> Option<Block> {
    match <[Block; 1]>::try_from(blocks) {
        Ok([Block::Paragraph(inline)]) => Some(Block::Foot(inline)),
        _ => None,
    }
}

fn rows<'a>(lines: &mut Peekable<impl Iterator<Item = &'a str>>) -> Vec<&'a str> {
    let mut rows = Vec::new();
    while let Some(line) = lines.next_if(|line| *line != ":::") {
        if !line.is_empty() {
            rows.push(line);
        }
    }
    rows
}

fn plain<'a>(line: &'a str, lines: &mut Peekable<impl Iterator<Item = &'a str>>) -> Option<Block> {
    type Make = fn(Inline) -> Block;
    const MARKS: [(&str, Make); 6] = [
        ("# ", Block::Title),
        ("## ", Block::Section),
        ("### ", Block::Display),
        ("^ ", Block::Eyebrow),
        ("~ ", Block::Note),
        ("- ", Block::Item),
    ];
    match line {
        "" => return None,
        "---" => return Some(Block::Rule),
        "___" => return Some(Block::Spring),
        _ => {}
    }
    let marked = MARKS.iter().find_map(|(mark, make)| Some((line.strip_prefix(mark)?, *make)));
    let (first, make) = marked.unwrap_or((line, Block::Paragraph));
    if ["#", "^"].iter().any(|mark| line.starts_with(mark)) {
        return Some(make(inline(first)));
    }
    let mut text = first.to_owned();
    let starts = |line: &str| {
        matches!(line, "" | "---" | "___" | "+++")
            || line.starts_with(":::")
            || MARKS.iter().any(|(mark, _)| line.starts_with(mark))
    };
    while let Some(next) = lines.next_if(|line| !starts(line)) {
        // A break at the end of a line becomes the break itself.
        match text.strip_suffix(" \\").map(str::len) {
            Some(kept) => {
                text.truncate(kept);
                text.push('\n');
            }
            None => text.push(' '),
        }
        text.push_str(next);
    }
    let text = text.strip_suffix(" \\").unwrap_or(&text);
    Some(make(inline(text)))
}

fn fact(row: &str) -> (Inline, Inline) {
    let mut cells = cells(row).into_iter();
    (cells.next().unwrap_or_default(), cells.next().unwrap_or_default())
}

/// The cells of a row, parted at each `|` that no `\` makes plain.
fn cells(row: &str) -> Vec<Inline> {
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for sign in row.chars() {
        match cells.last_mut() {
            Some(cell) if sign != '|' || escaped => cell.push(sign),
            _ => cells.push(String::new()),
        }
        escaped = sign == '\\' && !escaped;
    }
    cells.iter().map(|cell| inline(cell.trim())).collect()
}

/// The runs of a paragraph, its spaces set the French way.
fn inline(text: &str) -> Inline {
    let mut runs: Vec<Run> = Vec::new();
    let mut style = Style::Plain;
    let mut words = String::new();
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        if sign == '\\' {
            words.extend(signs.next());
            continue;
        }
        if sign != '*' {
            words.push(sign);
            continue;
        }
        let mark = if signs.next_if_eq(&'*').is_some() { Style::Strong } else { Style::Emphasis };
        runs.push(Run { style, text: std::mem::take(&mut words) });
        style = if style == mark { Style::Plain } else { mark };
    }
    runs.push(Run { style, text: words });
    runs.retain(|run| !run.text.is_empty());
    for run in &mut runs {
        run.text = french_spaces(&run.text);
    }
    runs
}

const FIXED: char = '\u{a0}';
const THIN: char = '\u{202f}';

/// The spaces that must not break or stretch: before `; : ! ? » % €`, after `«` and `n°`, and
/// between the figures of a number.
fn french_spaces(text: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    let at = |place: usize| signs.get(place).copied();
    let fixed = |(place, sign): (usize, &char)| {
        let before = place.checked_sub(1).and_then(at);
        if *sign != ' ' {
            return *sign;
        }
        match (before, at(place + 1)) {
            (_, Some(';' | '!' | '?')) => THIN,
            (_, Some(':' | '»' | '%' | '€')) | (Some('«' | '°'), _) => FIXED,
            (Some(left), Some(right)) if left.is_ascii_digit() && right.is_ascii_digit() => FIXED,
            _ => ' ',
        }
    };
    signs.iter().enumerate().map(fixed).collect()
}

/// The words of a text in reading order, a line a block.
#[cfg(test)]
pub(super) fn plain_text(blocks: &[Block]) -> String {
    let mut text = String::new();
    for block in blocks {
        match block {
            Block::Title(i)
            | Block::Section(i)
            | Block::Display(i)
            | Block::Eyebrow(i)
            | Block::Paragraph(i)
            | Block::Note(i)
            | Block::Item(i)
            | Block::Foot(i) => push_line(&mut text, &[i]),
            Block::Rule | Block::Spring => {}
            Block::Facts(rows) => {
                for (label, value) in rows {
                    push_line(&mut text, &[label, value]);
                }
            }
            Block::Table(rows) => {
                for row in rows {
                    push_line(&mut text, &row.iter().collect::<Vec<_>>());
                }
            }
            Block::Frame(_, blocks) | Block::Centred(blocks) => text += &plain_text(blocks),
            Block::Columns(_, groups) => groups.iter().for_each(|g| text += &plain_text(g)),
        }
    }
    text
}

#[cfg(test)]
fn push_line(text: &mut String, parts: &[&Inline]) {
    let words = |inline: &&Inline| inline.iter().map(|run| run.text.as_str()).collect::<String>();
    *text += &parts.iter().map(words).collect::<Vec<_>>().join(" : ");
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use askama::filters::Escaper;

    use super::*;

    fn escaped(value: &str) -> String {
        let mut text = String::new();
        Markup.write_escaped_str(&mut text, value).expect("a string takes all");
        text
    }

    #[test]
    fn a_value_never_becomes_markup() {
        for value in
            ["# x", "- x", ":::", "a | b", "**x**", "\\", "x \\", "---", "{{ x }}", "_*`~^"]
        {
            let blocks = parse(&format!("{}\n", escaped(value))).expect("plain");
            assert_eq!(plain_text(&blocks), format!("{value}\n"), "{value}");
            assert!(matches!(blocks.as_slice(), [Block::Paragraph(runs)] if runs.len() == 1));
            let row = parse(&format!(":::faits\nn | {}\n:::", escaped(value))).expect("plain");
            assert_eq!(plain_text(&row), format!("n : {value}\n"), "{value}");
        }
        assert_eq!(escaped("a\nb\r:::"), "a b \\:\\:\\:");
    }

    #[test]
    fn a_block_that_is_not_closed_is_an_error() {
        for text in [":::cadre\nx", ":::inconnu\n:::", "x\n:::", ":::faits\na | b"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn french_spaces_do_not_break() {
        let words = |text: &str| plain_text(&parse(text).expect("plain"));
        assert_eq!(
            words("« oui » : 10 000 € !"),
            "«\u{a0}oui\u{a0}»\u{a0}: 10\u{a0}000\u{a0}€\u{202f}!\n"
        );
        assert_eq!(words("https://x.fr/?a=1;b"), "https://x.fr/?a=1;b\n");
    }

    #[test]
    fn lines_make_paragraphs_and_breaks() {
        let blocks = parse("a\nb \\\nc \\\n\n**d** *e*").expect("plain");
        assert_eq!(plain_text(&blocks), "a b\nc\nd e\n");
    }
}
