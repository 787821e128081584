//! Blocks into slabs: pieces of a page that are never cut, each with its marks.

use std::rc::Rc;

use super::super::DocumentError;
use super::super::text::{Block, Inline, Run, Style, Tone};
use super::lines::{Face, Line, Metrics, Milli, Setting, break_lines};
use super::{Code, Colour, Mark};

/// The colour of words.
const INK: Colour = [0x1b, 0x22, 0x1e];
const ACCENT: Colour = [0x1f, 0x5a, 0x43];
const MUTED: Colour = [0x55, 0x62, 0x5b];
const HAIR: Colour = [0xcb, 0xd5, 0xce];
const PALE: Colour = [0xf2, 0xf6, 0xf3];
const EMBER: Colour = [0x9a, 0x4a, 0x12];
const SAND: Colour = [0xfb, 0xf5, 0xec];

const CODE_SIDE: Milli = 84_000;
const PADDING: Milli = 12_000;
const GUTTER: Milli = 22_000;
/// A frame or a row taller than this is cut into its lines, so that it can go on to the next page.
const TALLEST: Milli = 640_000;

/// Where the lines of a paragraph stand between its sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

/// A piece of a page that is never cut; its marks count `y` from its own top.
#[derive(Clone, Debug, Default)]
pub(super) struct Slab {
    /// White space above it, lost at the top of a page.
    pub(super) before: Milli,
    pub(super) height: Milli,
    pub(super) marks: Vec<Mark>,
    /// Whether it stays on the page of the slab that follows.
    pub(super) glued: bool,
    /// Whether the white space of the page goes above it.
    pub(super) spring: bool,
    /// What is said again above it at the top of a page: the head of its table.
    pub(super) head: Option<Rc<Slab>>,
}

/// A setting with its colour and the white space above it.
#[derive(Clone, Copy)]
struct Look {
    setting: Setting,
    colour: Colour,
    before: Milli,
    align: Option<Align>,
}

const fn look(size: Milli, leading: Milli, colour: Colour, before: Milli) -> Look {
    let setting = Setting {
        size,
        leading,
        plain: Face::Sans,
        strong: Face::SansStrong,
        emphasis: Face::SerifItalic,
        tracking: 0,
    };
    Look { setting, colour, before, align: None }
}

const fn serif(mut look: Look, face: Face) -> Look {
    look.setting.plain = face;
    look.setting.strong = face;
    look
}

const fn tracked(mut look: Look, tracking: Milli) -> Look {
    look.setting.tracking = tracking;
    look
}

const fn strong(mut look: Look, tracking: Milli) -> Look {
    look.setting.plain = Face::SansStrong;
    look.setting.tracking = tracking;
    look
}

const TITLE: Look = serif(look(30_000, 35_000, INK, 9_000), Face::Serif);
const DISPLAY: Look = serif(look(22_000, 27_000, INK, 4_000), Face::Serif);
const EYEBROW: Look = strong(look(7_200, 11_000, ACCENT, 12_000), 1_100);
const SECTION: Look = strong(look(9_400, 13_000, ACCENT, 13_000), 0);
/// Centred words: the sentence of a deed.
const LEAD: Look = tracked(serif(look(13_000, 18_000, INK, 7_000), Face::Serif), 130);
const BODY: Look = look(8_800, 12_600, INK, 5_000);
const NOTE: Look = look(7_400, 10_600, MUTED, 3_500);
const FOOT: Look = look(6_600, 9_000, MUTED, 0);
const LABEL: Look = look(8_000, 12_600, MUTED, 0);
const HEAD: Look = strong(look(7_200, 11_000, MUTED, 0), 200);

/// Lays blocks out with these faces and, where the text asks for it, this QR code.
pub(super) struct Slabs<'a> {
    metrics: &'a Metrics,
    code: Option<&'a Code>,
    /// The colour of small capitals and of the signs before items.
    accent: Colour,
}

impl<'a> Slabs<'a> {
    /// Lays out on white paper.
    pub(super) fn new(metrics: &'a Metrics, code: Option<&'a Code>) -> Self {
        Self { metrics, code, accent: ACCENT }
    }

    /// The slabs of some blocks between `x` and `x + width`.
    pub(super) fn lay(
        &self,
        blocks: &[Block],
        x: Milli,
        width: Milli,
        align: Align,
    ) -> Result<Vec<Slab>, DocumentError> {
        let mut slabs: Vec<Slab> = Vec::new();
        let mut spring = false;
        for block in blocks {
            let mut laid = match block {
                Block::Title(inline) => self.words(inline, &TITLE, x, width, align)?,
                Block::Display(inline) => self.words(inline, &DISPLAY, x, width, align)?,
                Block::Eyebrow(inline) => {
                    let look = Look { colour: self.accent, ..EYEBROW };
                    self.heading(inline, &look, x, width, align)?
                }
                Block::Section(inline) => self.section(inline, x, width)?,
                Block::Paragraph(inline) => {
                    let look = if align == Align::Centre { LEAD } else { BODY };
                    self.words(inline, &look, x, width, align)?
                }
                Block::Note(inline) => self.words(inline, &NOTE, x, width, align)?,
                Block::Item(inline) => self.item(inline, x, width)?,
                Block::Rule => vec![rule(x, width)],
                Block::Spring => {
                    spring = true;
                    continue;
                }
                Block::Facts(rows) => self.facts(rows, x, width)?,
                Block::Table(rows) => self.table(rows, x, width)?,
                Block::Frame(tone, blocks) => self.frame(*tone, blocks, x, width)?,
                Block::Columns(part, groups) => self.columns(*part, groups, x, width)?,
                Block::Centred(blocks) => self.lay(blocks, x, width, Align::Centre)?,
                Block::Foot(_) => continue,
            };
            if let Some(first) = laid.first_mut() {
                first.spring |= std::mem::take(&mut spring);
            }
            slabs.append(&mut laid);
        }
        Ok(slabs)
    }

    /// The foot of a page: what the text says, and the page's number at the right.
    pub(super) fn foot(
        &self,
        words: Option<&Inline>,
        number: &str,
        x: Milli,
        width: Milli,
    ) -> Result<Vec<Slab>, DocumentError> {
        let aside = 26_000;
        let empty = Inline::new();
        let mut slabs =
            self.words(words.unwrap_or(&empty), &FOOT, x, width - aside, Align::Left)?;
        slabs.truncate(4);
        let at = Look { align: Some(Align::Right), ..FOOT };
        let number = [Run { style: Style::Plain, text: number.to_owned() }];
        let mut page = self.words(&number, &at, x, width, Align::Right)?;
        for slab in &mut page {
            slab.height = 0;
        }
        page.append(&mut slabs);
        let line = Slab { marks: vec![fill(x, -5_000, width, 500, HAIR)], ..Slab::default() };
        page.insert(0, line);
        Ok(page)
    }

    /// A paragraph, a slab a line; its first two and its last two lines stay together.
    fn words(
        &self,
        inline: &[Run],
        look: &Look,
        x: Milli,
        width: Milli,
        align: Align,
    ) -> Result<Vec<Slab>, DocumentError> {
        let lines = self.lines(inline, look, width, align)?;
        let count = lines.len();
        let slab = |(place, line): (usize, &Line)| Slab {
            before: if place == 0 { look.before } else { 0 },
            height: look.setting.leading,
            marks: marks(line, look, x, width, look.align.unwrap_or(align)),
            glued: count > 1 && (place == 0 || place + 2 == count) && place + 1 != count,
            ..Slab::default()
        };
        Ok(lines.iter().enumerate().map(slab).collect())
    }

    /// Broken lines; centred ones are made about as wide as one another.
    fn lines(
        &self,
        inline: &[Run],
        look: &Look,
        width: Milli,
        align: Align,
    ) -> Result<Vec<Line>, DocumentError> {
        let lines = break_lines(self.metrics, inline, &look.setting, width)?;
        if align != Align::Centre || lines.len() < 2 {
            return Ok(lines);
        }
        for part in (50..100).step_by(4) {
            let narrow = break_lines(self.metrics, inline, &look.setting, width * part / 100)?;
            if narrow.len() == lines.len() {
                return Ok(narrow);
            }
        }
        Ok(lines)
    }

    /// Words that stay with what follows.
    fn heading(
        &self,
        inline: &[Run],
        look: &Look,
        x: Milli,
        width: Milli,
        align: Align,
    ) -> Result<Vec<Slab>, DocumentError> {
        let mut slabs = self.words(inline, look, x, width, align)?;
        for slab in &mut slabs {
            slab.glued = true;
        }
        Ok(slabs)
    }

    fn section(&self, inline: &Inline, x: Milli, width: Milli) -> Result<Vec<Slab>, DocumentError> {
        let mut slabs = self.heading(inline, &SECTION, x, width, Align::Left)?;
        if let Some(last) = slabs.last_mut() {
            last.marks.push(fill(x, last.height + 1_000, width, 600, HAIR));
            last.height += 1_600;
        }
        Ok(slabs)
    }

    fn item(&self, inline: &Inline, x: Milli, width: Milli) -> Result<Vec<Slab>, DocumentError> {
        let indent = 11_000;
        let mut slabs = self.words(inline, &BODY, x + indent, width - indent, Align::Left)?;
        if let Some(first) = slabs.first_mut() {
            first.before = 2_600;
            first.marks.insert(0, fill(x + 1_500, 6_300, 4_000, 700, self.accent));
        }
        Ok(slabs)
    }

    fn facts(
        &self,
        rows: &[(Inline, Inline)],
        x: Milli,
        width: Milli,
    ) -> Result<Vec<Slab>, DocumentError> {
        let aside = (width * 34 / 100).min(150_000);
        let mut slabs = Vec::new();
        for (label, value) in rows {
            let left = self.words(label, &LABEL, x, aside - 8_000, Align::Left)?;
            let right = self.words(
                value,
                &Look { before: 0, ..BODY },
                x + aside,
                width - aside,
                Align::Left,
            )?;
            let mut row = beside(vec![left, right]);
            row.last_mut().into_iter().for_each(|slab| slab.height += 2_400);
            slabs.append(&mut row);
        }
        if let Some(first) = slabs.first_mut() {
            first.before = 6_000;
        }
        Ok(slabs)
    }

    /// A table: its first column is for words, the others for figures.
    fn table(
        &self,
        rows: &[Vec<Inline>],
        x: Milli,
        width: Milli,
    ) -> Result<Vec<Slab>, DocumentError> {
        let columns = Milli::try_from(rows.iter().map(Vec::len).max().unwrap_or(1)).unwrap_or(1);
        let each = width / columns.max(1);
        let mut slabs: Vec<Slab> = Vec::new();
        for (place, row) in rows.iter().enumerate() {
            let look = if place == 0 { HEAD } else { Look { before: 0, ..BODY } };
            let mut cells = Vec::new();
            for (column, cell) in (0..).zip(row) {
                let align = if column == 0 { Align::Left } else { Align::Right };
                let inner = if column + 1 == columns { each } else { each - 4_000 };
                cells.push(self.words(cell, &look, x + column * each, inner, align)?);
            }
            let mut slab = stacked(&beside(cells));
            slab.marks.iter_mut().for_each(|mark| *mark = mark.shifted(0, 2_000));
            slab.height += 5_000;
            let ruler = if place == 0 { ACCENT } else { HAIR };
            slab.marks.push(fill(x, slab.height - 500, width, 500, ruler));
            slab.head = slabs.first().map(|head| Rc::new(Slab { glued: false, ..head.clone() }));
            slab.glued = place == 0;
            slab.before = if place == 0 { 6_000 } else { 0 };
            slabs.push(slab);
        }
        Ok(slabs)
    }

    fn frame(
        &self,
        tone: Tone,
        blocks: &[Block],
        x: Milli,
        width: Milli,
    ) -> Result<Vec<Slab>, DocumentError> {
        let code = self.code.filter(|_| tone == Tone::Code);
        let aside = if code.is_some() { CODE_SIDE + 16_000 } else { 0 };
        let setter = Self { accent: if tone == Tone::Warning { EMBER } else { ACCENT }, ..*self };
        let inner = setter.lay(
            blocks,
            x + PADDING + 3_000,
            width - 2 * PADDING - 3_000 - aside,
            Align::Left,
        )?;
        let text = stacked(&inner);
        if text.height > TALLEST {
            return Ok(inner);
        }
        let least = if code.is_some() { CODE_SIDE } else { 0 };
        let height = text.height.max(least) + 2 * PADDING - 2_000;
        let (ground, edge) = match tone {
            Tone::Warning => (SAND, EMBER),
            Tone::Plain | Tone::Code => (PALE, ACCENT),
        };
        let mut marks = vec![fill(x, 0, width, height, ground), fill(x, 0, 2_400, height, edge)];
        let down = PADDING - 2_000 + (least - text.height).max(0) / 2;
        marks.extend(text.marks.iter().map(|mark| mark.shifted(0, down)));
        if let Some(code) = code {
            let links = self.links(code, &marks)?;
            marks.extend(links);
            marks.extend(code_marks(
                code,
                x + width - PADDING - CODE_SIDE,
                (height - CODE_SIDE) / 2,
            ));
        }
        Ok(vec![Slab { before: 10_000, height, marks, ..Slab::default() }])
    }

    /// A link on each line that shows a part of the code's address: nobody scans their own screen.
    fn links(&self, code: &Code, marks: &[Mark]) -> Result<Vec<Mark>, DocumentError> {
        let Some(url) = &code.url else { return Ok(Vec::new()) };
        let mut links = Vec::new();
        for mark in marks {
            if let Mark::Words { x, y, face, size, text, .. } = mark
                && text.len() > 8
                && url.contains(text.trim())
            {
                let width = self.metrics.width(*face, *size, text)?;
                links.push(Mark::Link {
                    x: *x,
                    y: y - size,
                    width,
                    height: size * 13 / 10,
                    url: url.clone(),
                });
            }
        }
        Ok(links)
    }

    fn columns(
        &self,
        part: i64,
        [left, right]: &[Vec<Block>; 2],
        x: Milli,
        width: Milli,
    ) -> Result<Vec<Slab>, DocumentError> {
        let first = (width - GUTTER) * part / 100;
        let second = x + first + GUTTER;
        let left = self.lay(left, x, first, Align::Left)?;
        let right = self.lay(right, second, x + width - second, Align::Left)?;
        let before = [&left, &right].iter().filter_map(|s| s.first()).map(|s| s.before).max();
        let mut slabs = beside(vec![left, right]);
        slabs.first_mut().into_iter().for_each(|slab| slab.before = before.unwrap_or(0));
        Ok(slabs)
    }
}

fn marks(line: &Line, look: &Look, x: Milli, width: Milli, align: Align) -> Vec<Mark> {
    // Tracking follows the last sign too; it is not seen there.
    let free = width - line.width + look.setting.tracking;
    let indent = match align {
        Align::Left => 0,
        Align::Centre => free / 2,
        Align::Right => free,
    };
    // The baseline stands so that the words look centred in their leading.
    let y = Milli::midpoint(look.setting.leading, look.setting.size * 68 / 100);
    let mark = |piece: &super::lines::Piece| Mark::Words {
        x: x + indent + piece.x,
        y,
        face: piece.face,
        size: look.setting.size,
        tracking: look.setting.tracking,
        colour: look.colour,
        text: piece.text.clone(),
    };
    line.pieces.iter().map(mark).collect()
}

/// Slabs one under the other, as one.
fn stacked(slabs: &[Slab]) -> Slab {
    let mut whole = Slab::default();
    for (place, slab) in slabs.iter().enumerate() {
        whole.height += if place == 0 { 0 } else { slab.before };
        let down = whole.height;
        whole.marks.extend(slab.marks.iter().map(|mark| mark.shifted(0, down)));
        whole.height += slab.height;
    }
    whole
}

/// Stacks side by side, as one; one under the other where that would be taller than a page.
fn beside(stacks: Vec<Vec<Slab>>) -> Vec<Slab> {
    let whole: Vec<Slab> = stacks.iter().map(|stack| stacked(stack)).collect();
    let height = whole.iter().map(|slab| slab.height).max().unwrap_or(0);
    if height > TALLEST {
        return stacks.into_iter().flatten().collect();
    }
    let marks = whole.into_iter().flat_map(|slab| slab.marks).collect();
    vec![Slab { height, marks, ..Slab::default() }]
}

fn rule(x: Milli, width: Milli) -> Slab {
    let marks = vec![fill(x, 0, width, 700, ACCENT)];
    Slab { before: 7_000, height: 700, marks, ..Slab::default() }
}

const fn fill(x: Milli, y: Milli, width: Milli, height: Milli, colour: Colour) -> Mark {
    Mark::Fill { x, y, width, height, colour }
}

/// The QR code on white, four modules of quiet zone included.
fn code_marks(code: &Code, x: Milli, y: Milli) -> Vec<Mark> {
    let side = Milli::try_from(code.matrix.side()).unwrap_or(1);
    let module = CODE_SIDE / (side + 8);
    let inset = (CODE_SIDE - module * side) / 2;
    let mut marks = vec![fill(x, y, CODE_SIDE, CODE_SIDE, [255, 255, 255])];
    for run in code.matrix.dark_runs() {
        let at = |cells: usize| Milli::try_from(cells).unwrap_or(0) * module;
        let (left, top) = (x + inset + at(run.column), y + inset + at(run.row));
        marks.push(fill(left, top, at(run.length), module, [0, 0, 0]));
    }
    if let Some(url) = &code.url {
        marks.push(Mark::Link { x, y, width: CODE_SIDE, height: CODE_SIDE, url: url.clone() });
    }
    marks
}
