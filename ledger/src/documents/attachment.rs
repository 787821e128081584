//! What is added to the pages: identity, language, attached files; and an attachment read back from a
//! PDF that anyone may have sent.

use lopdf::{Dictionary, Document, LoadOptions, Object, Stream, StringFormat};

use super::DocumentError;
use super::digest::document_digest;
use crate::base::Day;

/// The name of the attached proof.
pub const PROOF_FILE_NAME: &str = "certificat.tlog-proof";
/// The largest PDF that is looked into, in bytes.
pub const MAX_PDF: usize = 2 << 20;
/// The largest proof that is attached or read, in bytes.
pub const MAX_PROOF: usize = 64 << 10;

const PROOF_SUFFIX: &[u8] = b".tlog-proof";
/// What one stream of a sent PDF may unfold to: ours hold no compressed object streams at all.
const MAX_STREAM: usize = 256 << 10;
/// How many nodes and files of the tree of attached names are looked at; it may point back to itself.
const MAX_NAMES: usize = 64;

/// What a document says of itself.
pub(super) struct Identity<'a> {
    pub(super) title: &'a str,
    pub(super) author: &'a str,
    pub(super) subject: &'a str,
    /// The day the document speaks of; it stands for the time it was made, which no reader needs.
    pub(super) on: Day,
}

/// A file carried inside a document.
pub(super) struct Attachment<'a> {
    pub(super) name: &'a str,
    pub(super) description: &'a str,
    pub(super) bytes: &'a [u8],
}

/// Gives the pages their identity, their language and their attached file. The trailer `/ID` is the
/// digest of everything else, so the same document has the same bytes.
pub(super) fn finish(
    pages: &[u8],
    identity: &Identity<'_>,
    attachment: Option<&Attachment<'_>>,
) -> Result<Vec<u8>, DocumentError> {
    let mut document = Document::load_mem(pages).map_err(pdf_error)?;
    "1.7".clone_into(&mut document.version);
    let info = document.add_object(information(identity));
    document.trailer.set("Info", info);
    let files = attachment.map(|file| attach(&mut document, file, identity.on));
    let catalog = document.catalog_mut().map_err(pdf_error)?;
    catalog.set("Lang", text("fr-FR"));
    let mut preferences = Dictionary::new();
    preferences.set("DisplayDocTitle", true);
    catalog.set("ViewerPreferences", preferences);
    if let Some((names, specification)) = files {
        catalog.set("Names", names);
        catalog.set("AF", vec![Object::Reference(specification)]);
    }
    document.trailer.remove(b"ID");
    document.prune_objects();
    document.renumber_objects();
    let identifier = document_digest(&saved(&mut document)?);
    let half = identifier.as_str().get(..32).unwrap_or_default().as_bytes().to_vec();
    let half = Object::String(half, StringFormat::Literal);
    document.trailer.set("ID", vec![half.clone(), half]);
    saved(&mut document)
}

fn saved(document: &mut Document) -> Result<Vec<u8>, DocumentError> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).map_err(|error| DocumentError::Pdf(error.to_string()))?;
    Ok(bytes)
}

fn information(identity: &Identity<'_>) -> Dictionary {
    let mut info = Dictionary::new();
    info.set("Title", text(identity.title));
    info.set("Author", text(identity.author));
    info.set("Subject", text(identity.subject));
    info.set("CreationDate", date(identity.on));
    info.set("ModDate", date(identity.on));
    info
}

/// The attached file's name tree and the id of its specification (ISO 32000-2, 7.11).
fn attach(
    document: &mut Document,
    file: &Attachment<'_>,
    on: Day,
) -> (Dictionary, lopdf::ObjectId) {
    let mut parameters = Dictionary::new();
    parameters.set("Size", i64::try_from(file.bytes.len()).unwrap_or(i64::MAX));
    parameters.set("ModDate", date(on));
    let mut head = Dictionary::new();
    head.set("Type", Object::Name(b"EmbeddedFile".to_vec()));
    head.set("Subtype", Object::Name(b"text/plain".to_vec()));
    head.set("Params", parameters);
    let stream = document.add_object(Stream::new(head, file.bytes.to_vec()));
    let mut embedded = Dictionary::new();
    embedded.set("F", stream);
    embedded.set("UF", stream);
    let mut specification = Dictionary::new();
    specification.set("Type", Object::Name(b"Filespec".to_vec()));
    specification.set("F", Object::string_literal(file.name));
    specification.set("UF", text(file.name));
    specification.set("Desc", text(file.description));
    specification.set("AFRelationship", Object::Name(b"Data".to_vec()));
    specification.set("EF", embedded);
    let specification = document.add_object(specification);
    let mut tree = Dictionary::new();
    tree.set("Names", vec![Object::string_literal(file.name), Object::Reference(specification)]);
    let mut names = Dictionary::new();
    names.set("EmbeddedFiles", tree);
    (names, specification)
}

/// A text of a dictionary: plain if it is ASCII, else UTF-16 with its mark.
fn text(words: &str) -> Object {
    if words.is_ascii() {
        return Object::string_literal(words);
    }
    let units = std::iter::once(0xfeff).chain(words.encode_utf16());
    Object::String(units.flat_map(u16::to_be_bytes).collect(), StringFormat::Hexadecimal)
}

fn date(day: Day) -> Object {
    Object::string_literal(format!("D:{}000000Z", day.compact()))
}

#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
fn pdf_error(error: lopdf::Error) -> DocumentError {
    DocumentError::Pdf(error.to_string())
}

/// The `.tlog-proof` attached to a PDF, if it carries one. The bytes are as the sender made them:
/// they prove nothing until they are verified.
///
/// # Errors
/// [`DocumentError::TooLarge`] beyond [`MAX_PDF`] or [`MAX_PROOF`]; [`DocumentError::Pdf`] when the
/// bytes cannot be read as a PDF, or are encrypted.
pub fn attached_proof(pdf: &[u8]) -> Result<Option<Vec<u8>>, DocumentError> {
    if pdf.len() > MAX_PDF {
        return Err(DocumentError::TooLarge);
    }
    let options = LoadOptions { max_decompressed_size: Some(MAX_STREAM), ..LoadOptions::default() };
    let document = Document::load_mem_with_options(pdf, options).map_err(pdf_error)?;
    if document.is_encrypted() {
        return Err(DocumentError::Pdf("document chiffré".into()));
    }
    let Some(tree) = embedded_files(&document) else { return Ok(None) };
    let specifications = attached_files(&document, tree);
    let proof = specifications.into_iter().find(|file| is_proof(&document, file));
    proof.map(|file| content(&document, file)).transpose()
}

fn embedded_files(document: &Document) -> Option<&Dictionary> {
    let names = resolved(document, document.catalog().ok()?, b"Names")?.as_dict().ok()?;
    resolved(document, names, b"EmbeddedFiles")?.as_dict().ok()
}

fn resolved<'a>(document: &'a Document, holder: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
    document.dereference(holder.get(key).ok()?).ok().map(|(_, object)| object)
}

/// The file specifications of a name tree, as far as they are looked at (ISO 32000-2, 7.9.6).
fn attached_files<'a>(document: &'a Document, tree: &'a Dictionary) -> Vec<&'a Dictionary> {
    let dictionary = |object: &'a Object| document.dereference(object).ok()?.1.as_dict().ok();
    let mut files = Vec::new();
    let mut nodes = vec![tree];
    for _ in 0..MAX_NAMES {
        let Some(node) = nodes.pop() else { break };
        let list = |key: &[u8]| {
            let object = resolved(document, node, key).and_then(|object| object.as_array().ok());
            object.map(Vec::as_slice).unwrap_or_default()
        };
        let named = list(b"Names").chunks(2).filter_map(|pair| dictionary(pair.get(1)?));
        files.extend(named.take(MAX_NAMES));
        nodes.extend(list(b"Kids").iter().take(MAX_NAMES).filter_map(dictionary));
    }
    files
}

fn is_proof(document: &Document, file: &Dictionary) -> bool {
    let name = |key: &[u8]| resolved(document, file, key).and_then(|name| name.as_str().ok());
    // A name may be UTF-16: its zero bytes are left out.
    let ends = |name: &[u8]| {
        let ascii: Vec<u8> = name.iter().copied().filter(|byte| *byte != 0).collect();
        ascii.ends_with(PROOF_SUFFIX)
    };
    [b"UF".as_slice(), b"F"].into_iter().filter_map(name).any(ends)
}

fn content(document: &Document, file: &Dictionary) -> Result<Vec<u8>, DocumentError> {
    let broken = || DocumentError::Pdf("pièce jointe illisible".into());
    let embedded = resolved(document, file, b"EF").and_then(|o| o.as_dict().ok());
    let embedded = embedded.ok_or_else(broken)?;
    let stream = [b"F".as_slice(), b"UF"].into_iter().find_map(|k| resolved(document, embedded, k));
    let stream = stream.and_then(|object| object.as_stream().ok()).ok_or_else(broken)?;
    let bytes = if stream.dict.has(b"Filter") {
        stream.decompressed_content_with_limit(MAX_PROOF).map_err(|_| broken())?
    } else {
        stream.content.clone()
    };
    if bytes.len() > MAX_PROOF { Err(DocumentError::TooLarge) } else { Ok(bytes) }
}
