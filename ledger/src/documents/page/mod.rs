//! Slabs into A4 pages: page breaks, repeated table heads, white space shared out, the foot.

mod lines;
mod slabs;

pub(super) use lines::{Face, FaceMetrics, Metrics, Milli};

use super::DocumentError;
use super::qr::Matrix;
use super::text::{Block, Inline};
use slabs::{Align, Slab, Slabs};

/// Red, green and blue, each from 0 to 255.
pub(super) type Colour = [u8; 3];

/// A4, in thousandths of a point.
pub(super) const PAGE_WIDTH: Milli = 595_276;
pub(super) const PAGE_HEIGHT: Milli = 841_890;

const SIDE: Milli = 56_700;
const TOP: Milli = 45_000;
const FOOT_TOP: Milli = 800_000;
const BODY_BOTTOM: Milli = 786_000;
const WIDTH: Milli = PAGE_WIDTH - 2 * SIDE;

/// A document longer than this is a mistake or an attack.
const MAX_PAGES: usize = 60;

/// Something drawn: `x` from the left, `y` from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Words; `y` is the baseline.
    Words {
        x: Milli,
        y: Milli,
        face: Face,
        size: Milli,
        tracking: Milli,
        colour: Colour,
        text: String,
    },
    /// A filled rectangle.
    Fill { x: Milli, y: Milli, width: Milli, height: Milli, colour: Colour },
    /// A place to click.
    Link { x: Milli, y: Milli, width: Milli, height: Milli, url: String },
}

impl Mark {
    fn shifted(&self, dx: Milli, dy: Milli) -> Self {
        let mut mark = self.clone();
        let (Self::Words { x, y, .. } | Self::Fill { x, y, .. } | Self::Link { x, y, .. }) =
            &mut mark;
        *x += dx;
        *y += dy;
        mark
    }
}

/// What is drawn on one page, in reading order.
pub(super) type Page = Vec<Mark>;

/// A QR code and the address it holds, if it is one to click.
pub(super) struct Code {
    pub(super) matrix: Matrix,
    pub(super) url: Option<String>,
}

/// Sets blocks on pages.
///
/// # Errors
/// [`DocumentError::Unprintable`] for a sign that no face has, [`DocumentError::TooLong`] beyond
/// 60 pages.
pub(super) fn pages(
    metrics: &Metrics,
    blocks: &[Block],
    code: Option<&Code>,
) -> Result<Vec<Page>, DocumentError> {
    let foot = blocks.iter().find_map(|block| match block {
        Block::Foot(inline) => Some(inline),
        _ => None,
    });
    let setter = Slabs::new(metrics, code);
    let slabs = setter.lay(blocks, SIDE, WIDTH, Align::Left)?;
    let mut bodies = broken(&slabs)?;
    let count = bodies.len();
    for (number, page) in (1..).zip(&mut bodies) {
        page.extend(foot_marks(&setter, foot, number, count)?);
    }
    Ok(bodies)
}

/// Places slabs down the pages.
fn broken(slabs: &[Slab]) -> Result<Vec<Page>, DocumentError> {
    let mut pages = Vec::new();
    let mut current: Vec<Slab> = Vec::new();
    let mut y = TOP;
    let mut rest = slabs;
    while !rest.is_empty() {
        let together = rest.iter().take_while(|slab| slab.glued).count() + 1;
        let (group, after) = rest.split_at(together.min(rest.len()));
        let height: Milli = group.iter().map(|slab| slab.before + slab.height).sum();
        if y + height > BODY_BOTTOM && !current.is_empty() {
            pages.push(settled(&current, true));
            current.clear();
            y = TOP;
            let head = group.first().and_then(|slab| slab.head.as_deref());
            if let Some(head) = head {
                y += head.height;
                current.push(head.clone());
            }
        }
        if pages.len() > MAX_PAGES {
            return Err(DocumentError::TooLong);
        }
        y += height;
        current.extend_from_slice(group);
        rest = after;
    }
    pages.push(settled(&current, false));
    Ok(pages)
}

/// The marks of one page. The white space that is left goes where the text asks for it.
fn settled(slabs: &[Slab], followed: bool) -> Page {
    let mut used: Milli = slabs.iter().map(|slab| slab.before + slab.height).sum();
    used -= slabs.first().map_or(0, |slab| slab.before);
    let springs = Milli::try_from(slabs.iter().filter(|slab| slab.spring).count()).unwrap_or(0);
    let left = (BODY_BOTTOM - TOP - used).max(0);
    let each = if followed || springs == 0 { 0 } else { left / springs };
    let mut y = TOP;
    let mut page = Page::new();
    for (place, slab) in slabs.iter().enumerate() {
        y += if place == 0 { 0 } else { slab.before };
        y += if slab.spring { each } else { 0 };
        page.extend(slab.marks.iter().map(|mark| mark.shifted(0, y)));
        y += slab.height;
    }
    page
}

fn foot_marks(
    setter: &Slabs<'_>,
    foot: Option<&Inline>,
    number: usize,
    count: usize,
) -> Result<Vec<Mark>, DocumentError> {
    let slabs = setter.foot(foot, &format!("{number} / {count}"), SIDE, WIDTH)?;
    let mut y = FOOT_TOP;
    let mut marks = Vec::new();
    for slab in slabs {
        marks.extend(slab.marks.iter().map(|mark| mark.shifted(0, y)));
        y += slab.height;
    }
    Ok(marks)
}
