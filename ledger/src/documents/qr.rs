//! QR codes: the dark modules, for the pages of a PDF and for an inline SVG.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode, Version, bits::Bits};

use super::DocumentError;

/// The modules of a QR code, without the quiet zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Matrix {
    rows: Vec<Vec<bool>>,
}

/// Dark modules next to one another on a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DarkRun {
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) length: usize,
}

/// EPC069-12 allows no larger code; a check address is far shorter.
const MAX_VERSION: i16 = 13;

impl Matrix {
    /// The code of a text: correction level M, byte mode, version 13 at most (EPC069-12 §3).
    ///
    /// # Errors
    /// [`DocumentError::CodeTooLong`] when the text does not fit (331 bytes fit).
    pub(super) fn of(text: &str) -> Result<Self, DocumentError> {
        let code = (1..=MAX_VERSION).find_map(|version| {
            let mut bits = Bits::new(Version::Normal(version));
            bits.push_byte_data(text.as_bytes()).ok()?;
            bits.push_terminator(EcLevel::M).ok()?;
            QrCode::with_bits(bits, EcLevel::M).ok()
        });
        let code = code.ok_or(DocumentError::CodeTooLong)?;
        let modules: Vec<bool> = code.to_colors().iter().map(|c| *c == Color::Dark).collect();
        Ok(Self { rows: modules.chunks(code.width()).map(<[bool]>::to_vec).collect() })
    }

    /// The number of modules on a side.
    pub(super) fn side(&self) -> usize {
        self.rows.len()
    }

    /// The dark modules, row by row, neighbours joined.
    pub(super) fn dark_runs(&self) -> Vec<DarkRun> {
        let mut runs: Vec<DarkRun> = Vec::new();
        for (row, modules) in self.rows.iter().enumerate() {
            for (column, _) in modules.iter().enumerate().filter(|(_, dark)| **dark) {
                match runs.last_mut() {
                    Some(run) if run.row == row && run.column + run.length == column => {
                        run.length += 1;
                    }
                    _ => runs.push(DarkRun { row, column, length: 1 }),
                }
            }
        }
        runs
    }
}

/// A QR code as an inline SVG for a page, black on white with its quiet zone; `title` is what a
/// screen reader says.
///
/// # Errors
/// [`DocumentError::CodeTooLong`] when the text does not fit in a code of version 13.
pub fn qr_svg(text: &str, title: &str) -> Result<String, DocumentError> {
    let matrix = Matrix::of(text)?;
    let side = matrix.side() + 8;
    let mut path = String::new();
    for DarkRun { row, column, length } in matrix.dark_runs() {
        let (x, y) = (column + 4, row + 4);
        // Writing to a string cannot fail.
        let _ = write!(path, "M{x} {y}h{length}v1h-{length}z");
    }
    let title = escaped(title);
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><title>{title}</title>\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/><path d=\"{path}\"/></svg>"
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_as_large_as_its_text_needs() {
        assert_eq!(Matrix::of("x").expect("fits").side(), 21);
        assert_eq!(Matrix::of(&"é".repeat(165)).expect("fits").side(), 69);
        assert_eq!(Matrix::of(&"x".repeat(332)), Err(DocumentError::CodeTooLong));
    }

    #[test]
    fn joined_modules_are_the_modules() {
        let matrix = Matrix::of("https://exemple.fr").expect("fits");
        let mut rows = vec![vec![false; matrix.side()]; matrix.side()];
        for run in matrix.dark_runs() {
            rows[run.row][run.column..run.column + run.length].fill(true);
        }
        assert_eq!(rows, matrix.rows);
    }

    #[test]
    fn the_title_of_an_svg_cannot_close_it() {
        let svg = qr_svg("x", "a</title><script>").expect("fits");
        assert!(svg.contains("<title>a&lt;/title&gt;&lt;script&gt;</title>"));
    }
}
