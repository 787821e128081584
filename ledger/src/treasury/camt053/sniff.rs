//! Tells what a file is when it is not a CAMT.053, and gives its text when it may be one.

use std::borrow::Cow;

use super::xml::newlines;
use super::{CamtError, MAX_FILE};

/// Kinds of files that people send for a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A printed statement.
    Pdf,
    /// A photograph or screen copy.
    Picture,
    /// An archive; a spreadsheet or text document is one too.
    Archive,
    /// An old spreadsheet.
    Spreadsheet,
    /// Open Financial Exchange, 1 (SGML) or 2 (XML); some banks call it QIF.
    Ofx,
    /// Quicken.
    Qif,
    /// SWIFT MT940.
    Mt940,
    /// CFONB, 120 or 240 columns.
    Cfonb,
    /// A table with separators.
    Csv,
    /// A web page, often the bank's login page saved in the statement's stead.
    WebPage,
    /// Text of which nothing else is known.
    Text,
    /// Bytes that are no text.
    Binary,
}

impl FileKind {
    /// What it is, after « C’est ».
    pub const fn in_french(self) -> &'static str {
        match self {
            Self::Pdf => "un PDF, fait pour être imprimé",
            Self::Picture => "une image",
            Self::Archive => {
                "une archive ZIP ou un tableur (XLSX, ODS) ; si c’est une archive de la banque, \
                 décompressez-la et importez le fichier XML qu’elle contient"
            }
            Self::Spreadsheet => "un tableur ou document Office ancien",
            Self::Ofx => "un fichier OFX (parfois nommé QIF ou Money)",
            Self::Qif => "un fichier QIF",
            Self::Mt940 => "un relevé MT940",
            Self::Cfonb => "un relevé CFONB (lignes de 120 ou 240 caractères)",
            Self::Csv => "un tableau CSV",
            Self::WebPage => {
                "une page web : la session de la banque a sans doute expiré \
                 pendant le téléchargement"
            }
            Self::Text => "un texte qui n’est pas du XML",
            Self::Binary => "un fichier binaire d’un format inconnu",
        }
    }
}

/// The text of a file that may be XML.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, CamtError> {
    if bytes.len() > MAX_FILE {
        return Err(CamtError::TooLarge { bytes: bytes.len() });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(CamtError::Empty);
    }
    let head = String::from_utf8_lossy(bytes.get(..2048).unwrap_or(bytes)).into_owned();
    if let Some(kind) = by_signature(bytes).or_else(|| by_text(&head)) {
        return Err(CamtError::OtherKind(kind));
    }
    if is_latin(&head) {
        return Ok(Cow::Owned(bytes.iter().copied().map(char::from).collect()));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        // Cut in the middle of a sign.
        Err(error) if error.error_len().is_none() => {
            Err(CamtError::Truncated { line: newlines(bytes).saturating_add(1) })
        }
        // A bank that says UTF-8 and writes Latin-1: only accents differ, never a digit.
        Err(_) => Ok(Cow::Owned(bytes.iter().copied().map(char::from).collect())),
    }
}

fn by_signature(bytes: &[u8]) -> Option<FileKind> {
    let kinds: [(&[u8], FileKind); 9] = [
        (b"%PDF", FileKind::Pdf),
        (b"PK\x03\x04", FileKind::Archive),
        (b"\x1f\x8b", FileKind::Archive),
        (b"\xd0\xcf\x11\xe0", FileKind::Spreadsheet),
        (b"\x89PNG", FileKind::Picture),
        (b"\xff\xd8\xff", FileKind::Picture),
        (b"\xff\xfe", FileKind::Binary),
        (b"\xfe\xff", FileKind::Binary),
        (b"\0", FileKind::Binary),
    ];
    kinds.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, kind)| *kind)
}

fn by_text(head: &str) -> Option<FileKind> {
    let start = head.trim_start();
    let upper = start.to_uppercase();
    if upper.starts_with("OFXHEADER") || upper.contains("<OFX>") || upper.contains("<?OFX") {
        return Some(FileKind::Ofx);
    }
    if upper.contains("<!DOCTYPE HTML") || upper.starts_with("<HTML") {
        return Some(FileKind::WebPage);
    }
    if start.starts_with('<') {
        return None;
    }
    let first = start.lines().next().unwrap_or_default();
    let digits = first.bytes().take_while(u8::is_ascii_digit).count();
    Some(if upper.starts_with("!TYPE") || upper.starts_with("!ACCOUNT") {
        FileKind::Qif
    } else if start.starts_with(":20:") || start.starts_with("{1:") || start.contains("\n:25:") {
        FileKind::Mt940
    } else if (first.starts_with("01") || first.starts_with("31")) && digits >= 7 {
        FileKind::Cfonb
    } else if [';', '\t', ','].iter().any(|sign| is_table(start, *sign)) {
        FileKind::Csv
    } else if head.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        FileKind::Binary
    } else {
        FileKind::Text
    })
}

/// Whether at least two of the first lines are cut by that sign.
fn is_table(text: &str, sign: char) -> bool {
    text.lines().take(10).filter(|line| line.contains(sign)).count() >= 2
}

/// Whether the XML declaration names a one-byte Western encoding.
fn is_latin(head: &str) -> bool {
    let declaration = head.trim_start().split_once("?>").map_or("", |(before, _)| before);
    let declaration = declaration.to_lowercase();
    declaration.starts_with("<?xml")
        && ["iso-8859-1", "iso-8859-15", "windows-1252", "cp1252", "latin1"]
            .iter()
            .any(|name| declaration.contains(name))
}

/// Names the message by its outermost elements.
pub(super) fn other_message(names: &[String]) -> CamtError {
    const KNOWN: [(&str, &str); 9] = [
        (
            "BkToCstmrAcctRpt",
            "un relevé en cours de journée (CAMT.052), dont les lignes peuvent encore changer",
        ),
        ("BkToCstmrDbtCdtNtfctn", "un avis d’opérations (CAMT.054), et non un relevé de compte"),
        ("CstmrCdtTrfInitn", "un ordre de virement (pain.001), et non un relevé"),
        ("CstmrDrctDbtInitn", "un ordre de prélèvement (pain.008), et non un relevé"),
        ("CstmrPmtStsRpt", "un compte rendu d’ordres (pain.002), et non un relevé"),
        ("MndtInitnReq", "une demande de mandat (pain.009), et non un relevé"),
        ("FIToFICstmrCdtTrf", "un virement entre banques (pacs.008), et non un relevé"),
        ("CrossIndustryInvoice", "une facture électronique (Factur-X)"),
        ("Invoice", "une facture électronique (UBL)"),
    ];
    let known = KNOWN.iter().find(|(element, _)| names.iter().any(|name| name == element));
    match known {
        Some((element, what)) => CamtError::OtherMessage { what, element: (*element).to_owned() },
        None => CamtError::OtherMessage {
            what: "un XML d’un autre usage",
            element: names.first().map(|name| name.chars().take(40).collect()).unwrap_or_default(),
        },
    }
}
