//! XML as this reader needs it: elements by local name, text, one attribute, their line.

use quick_xml::Reader;
use quick_xml::errors::{Error as XmlError, IllFormedError};
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::CamtError;

/// Most elements read from one file: three times a full one, so that a bomb stops early.
const MAX_ELEMENTS: usize = 1_000_000;
/// Deepest nesting read; a statement needs about fifteen levels.
const MAX_DEPTH: usize = 64;

/// How many lines end in these bytes.
pub(super) fn newlines(bytes: &[u8]) -> u32 {
    let pieces = bytes.split(|byte| *byte == b'\n').count();
    u32::try_from(pieces.saturating_sub(1)).unwrap_or(u32::MAX)
}

/// An element with all that it holds.
#[derive(Debug)]
pub(super) struct Element {
    /// Its name without namespace prefix.
    pub(super) name: String,
    /// Its `Ccy` attribute.
    pub(super) currency: Option<String>,
    /// Line of the file on which it opens, from 1.
    pub(super) line: u32,
    text: String,
    children: Vec<Self>,
}

impl Element {
    fn open(tag: Tag) -> Self {
        let Tag { name, currency, line } = tag;
        Self { name, currency, line, text: String::new(), children: Vec::new() }
    }

    /// Its own text, without the spaces around; nothing if empty.
    pub(super) fn text(&self) -> Option<&str> {
        Some(self.text.trim()).filter(|text| !text.is_empty())
    }

    /// Its children of that name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first element found by following these names.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| {
            element.children.iter().find(|child| child.name == **name)
        })
    }

    /// The text of the first element found by following these names.
    pub(super) fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path).and_then(Self::text)
    }
}

/// The opening of an element.
#[derive(Debug)]
pub(super) struct Tag {
    /// Its name without namespace prefix.
    pub(super) name: String,
    currency: Option<String>,
    /// Line of the file, from 1.
    pub(super) line: u32,
}

/// What comes next in the file.
pub(super) enum Piece {
    /// An element opens.
    Open(Tag),
    /// The last opened element closes.
    Close,
    /// Text between tags.
    Text(String),
    /// Nothing is left.
    End,
}

/// A file being read, with its position.
pub(super) struct Xml<'a> {
    source: &'a str,
    reader: Reader<&'a [u8]>,
    counted: usize,
    line: u32,
    elements: usize,
}

impl<'a> Xml<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        let mut reader = Reader::from_str(source);
        reader.config_mut().expand_empty_elements = true;
        Self { source, reader, counted: 0, line: 1, elements: 0 }
    }

    /// The line on which the last piece began.
    pub(super) fn line(&self) -> u32 {
        self.line
    }

    fn count_lines(&mut self, upto: u64) {
        let upto = usize::try_from(upto).unwrap_or(usize::MAX).min(self.source.len());
        let passed = self.source.as_bytes().get(self.counted..upto).unwrap_or_default();
        self.line = self.line.saturating_add(newlines(passed));
        self.counted = self.counted.max(upto);
    }

    /// Reads the next piece; comments and processing instructions are passed over.
    pub(super) fn next(&mut self) -> Result<Piece, CamtError> {
        loop {
            self.count_lines(self.reader.buffer_position());
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => return Err(self.refused(&error)),
            };
            return Ok(match event {
                Event::Start(start) => Piece::Open(self.tag(&start)?),
                // Empty elements are expanded, so this never comes; were it to, it is an error.
                Event::Empty(_) => return Err(CamtError::Malformed { line: self.line }),
                Event::End(_) => Piece::Close,
                Event::Text(text) => Piece::Text(text.into_inner().into_owned()),
                Event::CData(text) => Piece::Text(text.into_inner().into_owned()),
                Event::GeneralRef(entity) => Piece::Text(self.resolve(&entity)?),
                Event::DocType(_) => return Err(CamtError::Doctype { line: self.line }),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => continue,
                Event::Eof => Piece::End,
            });
        }
    }

    /// Reads all that is left of the element just opened.
    pub(super) fn element(&mut self, tag: Tag) -> Result<Element, CamtError> {
        let mut current = Element::open(tag);
        let mut parents: Vec<Element> = Vec::new();
        loop {
            match self.next()? {
                Piece::Open(tag) if parents.len() < MAX_DEPTH => {
                    parents.push(std::mem::replace(&mut current, Element::open(tag)));
                }
                Piece::Open(tag) => {
                    let what = "niveaux d’imbrication";
                    return Err(CamtError::TooMany { what, limit: MAX_DEPTH, line: tag.line });
                }
                Piece::Text(text) => current.text.push_str(&text),
                Piece::Close => match parents.pop() {
                    None => return Ok(current),
                    Some(mut parent) => {
                        parent.children.push(current);
                        current = parent;
                    }
                },
                Piece::End => return Err(CamtError::Truncated { line: self.line }),
            }
        }
    }

    fn tag(&mut self, start: &BytesStart<'_>) -> Result<Tag, CamtError> {
        self.elements = self.elements.saturating_add(1);
        if self.elements > MAX_ELEMENTS {
            let what = "éléments XML";
            return Err(CamtError::TooMany { what, limit: MAX_ELEMENTS, line: self.line });
        }
        let malformed = CamtError::Malformed { line: self.line };
        let currency = match start.try_get_attribute("Ccy") {
            Ok(attribute) => attribute.map(|found| found.value.trim().to_owned()),
            Err(_) => return Err(malformed),
        };
        let name = start.local_name().into_inner().to_owned();
        if name.is_empty() {
            return Err(malformed);
        }
        Ok(Tag { name, currency, line: self.line })
    }

    /// The five entities of XML and the numbered signs; no other can exist without a DTD.
    fn resolve(&self, entity: &BytesRef<'_>) -> Result<String, CamtError> {
        let malformed = CamtError::Malformed { line: self.line };
        if let Some(sign) = entity.resolve_char_ref().map_err(|_| malformed.clone())? {
            return Ok(sign.to_string());
        }
        match &**entity {
            "amp" => Ok("&".to_owned()),
            "lt" => Ok("<".to_owned()),
            "gt" => Ok(">".to_owned()),
            "apos" => Ok("'".to_owned()),
            "quot" => Ok("\"".to_owned()),
            _ => Err(malformed),
        }
    }

    fn refused(&mut self, error: &XmlError) -> CamtError {
        self.count_lines(self.reader.error_position());
        let line = self.line;
        match error {
            XmlError::Syntax(_) | XmlError::IllFormed(IllFormedError::MissingEndTag(_)) => {
                // A tag, comment or quotation left open runs to the end of the file.
                CamtError::Truncated { line }
            }
            _ => CamtError::Malformed { line },
        }
    }
}
