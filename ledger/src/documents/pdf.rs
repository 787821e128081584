//! Pages into PDF bytes: the only file that names printpdf. Same pages, same bytes.

use std::collections::BTreeMap;

use printpdf::{
    Actions, BorderArray, Color, ColorArray, FontId, LinkAnnotation, Mm, Op, PaintMode, ParsedFont,
    PdfDocument, PdfFont, PdfFontHandle, PdfPage, PdfSaveOptions, Point, Pt, Rect, Rgb, TextItem,
};

use super::DocumentError;
use super::page::{Colour, Face, FaceMetrics, Mark, Metrics, Milli, PAGE_HEIGHT, PAGE_WIDTH, Page};

/// The faces, read once for a document.
pub(super) struct Fonts(BTreeMap<Face, ParsedFont>);

/// Each face: its name in the file, and its bytes.
const FACES: [(Face, &str, &[u8]); 4] = [
    (Face::Serif, "EBGaramond", include_bytes!("../../fonts/EBGaramond-Regular.ttf")),
    (Face::SerifItalic, "EBGaramond-Italic", include_bytes!("../../fonts/EBGaramond-Italic.ttf")),
    (Face::Sans, "Inter", include_bytes!("../../fonts/Inter-Regular.otf")),
    (Face::SansStrong, "Inter-SemiBold", include_bytes!("../../fonts/Inter-SemiBold.otf")),
];

impl Fonts {
    /// Reads the embedded faces.
    pub(super) fn read() -> Result<Self, DocumentError> {
        let mut faces = BTreeMap::new();
        for (face, name, bytes) in FACES {
            let mut font =
                ParsedFont::from_bytes(bytes, 0, &mut Vec::new()).ok_or(DocumentError::Fonts)?;
            font.font_name = Some(name.to_owned());
            faces.insert(face, font);
        }
        Ok(Self(faces))
    }

    /// The width of every sign of every face.
    pub(super) fn metrics(&self) -> Metrics {
        let face = |font: &ParsedFont| {
            let advance = |(code, glyph): (&u32, &u16)| {
                Some((char::from_u32(*code)?, font.get_glyph_width(*glyph)?))
            };
            let advances = font.codepoint_to_glyph.iter().filter_map(advance).collect();
            FaceMetrics { advances, units_per_em: font.units_per_em }
        };
        Metrics(self.0.iter().map(|(name, font)| (*name, face(font))).collect())
    }
}

/// The name a page gives a face: fixed, where printpdf would draw one at random.
fn font_id(face: Face) -> FontId {
    let name = match face {
        Face::Serif => "F1",
        Face::SerifItalic => "F2",
        Face::Sans => "F3",
        Face::SansStrong => "F4",
    };
    FontId(name.to_owned())
}

/// The bytes of a PDF. Its trailer `/ID` is still random here: [`super::attachment::finish`] sets it.
pub(super) fn write(fonts: Fonts, pages: &[Page]) -> Vec<u8> {
    let mut document = PdfDocument::new("");
    for (face, font) in fonts.0 {
        document.resources.fonts.map.insert(font_id(face), PdfFont::new(font));
    }
    let (width, height) = (points(PAGE_WIDTH), points(PAGE_HEIGHT));
    let sheet = |page: &Page| {
        let ops = page.iter().flat_map(ops).collect();
        let mut sheet = PdfPage::new(Mm(0.0), Mm(0.0), ops);
        for area in [&mut sheet.media_box, &mut sheet.trim_box, &mut sheet.crop_box] {
            *area = Rect::from_wh(width, height);
        }
        sheet
    };
    document.pages = pages.iter().map(sheet).collect();
    document.save(&PdfSaveOptions::default(), &mut Vec::new())
}

/// What draws a mark, measured from the foot of the page as PDF does.
fn ops(mark: &Mark) -> Vec<Op> {
    match mark {
        Mark::Words { x, y, face, size, tracking, colour, text } => vec![
            Op::StartTextSection,
            Op::SetFillColor { col: rgb(*colour) },
            Op::SetFont { font: PdfFontHandle::External(font_id(*face)), size: points(*size) },
            Op::SetCharacterSpacing { multiplier: points(*tracking).0 },
            Op::SetTextCursor { pos: Point { x: points(*x), y: points(PAGE_HEIGHT - y) } },
            Op::ShowText { items: vec![TextItem::Text(text.clone())] },
            Op::EndTextSection,
        ],
        Mark::Fill { x, y, width, height, colour } => {
            let mut rectangle = area(*x, *y, *width, *height);
            rectangle.mode = Some(PaintMode::Fill);
            vec![Op::SetFillColor { col: rgb(*colour) }, Op::DrawRectangle { rectangle }]
        }
        Mark::Link { x, y, width, height, url } => {
            let link = LinkAnnotation::new(
                area(*x, *y, *width, *height),
                Actions::Uri(url.clone()),
                Some(BorderArray::Solid([0.0; 3])),
                Some(ColorArray::Transparent),
                None,
            );
            vec![Op::LinkAnnotation { link }]
        }
    }
}

fn area(x: Milli, y: Milli, width: Milli, height: Milli) -> Rect {
    Rect::from_xywh(points(x), points(PAGE_HEIGHT - y - height), points(width), points(height))
}

fn rgb(colour: Colour) -> Color {
    let part = |value: u8| points(Milli::from(value) * 1_000 / 255).0;
    let [r, g, b] = colour.map(part);
    Color::Rgb(Rgb { r, g, b, icc_profile: None })
}

/// Thousandths of a point as printpdf wants them: read from decimal text, which rounds the same way
/// on every machine and asks for no float arithmetic.
fn points(length: Milli) -> Pt {
    let sign = if length < 0 { "-" } else { "" };
    let size = length.unsigned_abs();
    Pt(format!("{sign}{}.{:03}", size / 1_000, size % 1_000).parse().unwrap_or(0.0))
}
