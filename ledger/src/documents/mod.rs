//! PDF from a view and a dated legal template: same input, same bytes.
//!
//! A view carries what a document says; a template of `legal-templates/` carries how the law says it.
//! The text is parsed into blocks (`text`), set on pages (`page`), written (`pdf`), then given
//! its identity and its attached proof (`attachment`). Nothing here reads a clock or a store.

mod attachment;
mod certificate;
mod digest;
mod page;
mod payment_code;
mod pdf;
mod qr;
mod subscription_form;
#[cfg(test)]
mod tests;
mod text;

pub use attachment::{MAX_PDF, MAX_PROOF, PROOF_FILE_NAME, attached_proof};
pub use certificate::{CertificateView, Holder, LotLine, certificate};
pub use digest::{Template, document_digest, template_digest};
pub use payment_code::epc069_payload;
pub use qr::qr_svg;
pub use subscription_form::{
    PersonNamed, Receiver, SignatureLine, SubscriptionFormView, subscription_form,
};

use attachment::{Attachment, Identity, finish};
use page::Code;
use thiserror::Error;

/// Why a document cannot be made or read. Its sentences are for the person who asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DocumentError {
    /// The template asked for something that cannot be written.
    #[error("le modèle ne peut pas être rempli : {0}")]
    Template(String),
    /// The template's markup is wrong at this line.
    #[error("le modèle est mal composé près de « {0} »")]
    Markup(String),
    /// An embedded font cannot be read.
    #[error("une police de caractères du document est illisible")]
    Fonts,
    /// A value holds a sign that no embedded font can draw.
    #[error(
        "le signe « {0} » ne peut pas être imprimé ; écrivez ce nom ou cette adresse autrement"
    )]
    Unprintable(char),
    /// The document would have more than 60 pages.
    #[error("le document dépasse soixante pages")]
    TooLong,
    /// The text does not fit in a QR code of version 13.
    #[error("le texte du code QR est trop long")]
    CodeTooLong,
    /// A field of a payment code breaks its limit (EPC069-12).
    #[error("le code de paiement ne peut pas porter ce champ : {0}")]
    Payment(&'static str),
    /// A sum does not fit.
    #[error(transparent)]
    Amount(#[from] crate::base::AmountError),
    /// The PDF cannot be written or read.
    #[error("le fichier PDF est illisible : {0}")]
    Pdf(String),
    /// The file is larger than what is read.
    #[error("le fichier est trop volumineux")]
    TooLarge,
}

impl From<askama::Error> for DocumentError {
    fn from(error: askama::Error) -> Self {
        Self::Template(error.to_string())
    }
}

/// Whether every sign of a name or an address can be printed: asked when it is typed, so that no
/// certificate is refused to a person years later.
///
/// # Errors
/// [`DocumentError::Unprintable`] naming the first sign that no embedded font can draw.
pub fn printable(text: &str) -> Result<(), DocumentError> {
    let metrics = pdf::Fonts::read()?.metrics();
    let settable = page::Metrics::settable(text);
    for face in [page::Face::Serif, page::Face::Sans, page::Face::SansStrong] {
        metrics.width(face, 1, &settable)?;
    }
    Ok(())
}

/// Rendered text into finished bytes.
fn made(
    words: &str,
    code: &Code,
    identity: &Identity<'_>,
    attachment: Option<&Attachment<'_>>,
) -> Result<Vec<u8>, DocumentError> {
    let blocks = text::parse(words)?;
    let fonts = pdf::Fonts::read()?;
    let pages = page::pages(&fonts.metrics(), &blocks, Some(code))?;
    finish(&pdf::write(fonts, &pages), identity, attachment)
}
