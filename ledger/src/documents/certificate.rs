//! The share certificate: « attestation d’inscription en compte » (R28), with its proof attached.

use askama::Template as _;

use super::attachment::{Attachment, Identity, MAX_PROOF, PROOF_FILE_NAME};
use super::page::Code;
use super::qr::Matrix;
use super::{DocumentError, made};
use crate::base::{Amount, CertificateRef, Day, LeafIndex, MemberRef, ShareCount, in_words};
use crate::bylaws::Company;

/// Who holds the shares, as the register names them; values of the vault, never of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The kind of person, e.g. « personne physique » or « association ».
    pub kind: String,
    /// Address, representative: a line each.
    pub lines: Vec<String>,
    /// First names and surname, or denomination.
    pub name: String,
}

/// Shares entered on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotLine {
    /// How many.
    pub count: ShareCount,
    /// The nominal value of one share then.
    pub nominal: Amount,
    /// The day they were entered in the holder's account.
    pub on: Day,
    /// What is paid up on them, in all.
    pub paid: Amount,
}

/// Everything a certificate says (R7, R28).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateView {
    /// The capital on `capital_on`.
    pub capital: Amount,
    /// The day the capital was read: it is variable.
    pub capital_on: Day,
    /// The holder's category, as the bylaws label it.
    pub category: String,
    /// The certificate.
    pub certificate: CertificateRef,
    /// The address that checks this certificate, in the QR code.
    pub check_url: String,
    /// The holder's college, as the bylaws label it.
    pub college: String,
    /// The company that issues it.
    pub company: Company,
    /// How many shares are held.
    pub count: ShareCount,
    /// The holder.
    pub holder: Holder,
    /// The leaf that carries the certificate's fact.
    pub leaf_index: LeafIndex,
    /// The entries that make up `count`, oldest first.
    pub lots: Vec<LotLine>,
    /// The holder's account in the register.
    pub member: MemberRef,
    /// The nominal value of one share.
    pub nominal: Amount,
    /// « À la date du »: the day the certificate speaks of.
    pub on: Day,
    /// The log's origin line.
    pub origin: String,
    /// What is paid up on all shares, in all.
    pub paid: Amount,
    /// The root of the log's tree at `tree_size`, in base64.
    pub root: String,
    /// The size of the log's tree that the attached proof speaks of.
    pub tree_size: u64,
    /// Whether a witness has cosigned that tree.
    pub witnessed: bool,
}

/// One struct for the template: a field that the legal text names and the view lacks does not compile.
#[derive(askama::Template)]
#[template(path = "fr/attestation-de-parts/2026-01-01.md")]
struct Text<'a> {
    v: &'a CertificateView,
    company: &'a Company,
    capital: Amount,
    capital_on: Day,
    count: String,
    count_in_words: String,
    leaf: String,
    leaves: String,
    total: Amount,
    unpaid: Amount,
}

pub(super) fn words(view: &CertificateView) -> Result<String, DocumentError> {
    let total = view.nominal.times(u64::from(view.count.get()))?;
    let text = Text {
        v: view,
        company: &view.company,
        capital: view.capital,
        capital_on: view.capital_on,
        count: figures(u64::from(view.count.get())),
        count_in_words: shares_in_words(view.count),
        leaf: figures(view.leaf_index.get()),
        leaves: figures(view.tree_size),
        total,
        unpaid: total.minus(view.paid)?,
    };
    Ok(text.render()?)
}

/// `1 482`: thousands parted by a thin space.
pub(super) fn figures(number: u64) -> String {
    let digits: Vec<char> = number.to_string().chars().collect();
    let groups: Vec<String> = digits.rchunks(3).rev().map(|group| group.iter().collect()).collect();
    groups.join("\u{202f}")
}

/// `vingt-et-une`: a share is feminine, and only the last « un » agrees.
pub(super) fn shares_in_words(count: ShareCount) -> String {
    let words = in_words(count.get());
    let feminine = words == "un" || words.ends_with("-un");
    if feminine { words + "e" } else { words }
}

/// The certificate as a PDF, with `proof_file` attached as `certificat.tlog-proof`.
///
/// Rules: R7, R28. The same view and the same proof give the same bytes.
///
/// # Errors
/// [`DocumentError::Unprintable`] for a name no font can draw, [`DocumentError::CodeTooLong`] for an
/// address too long for its code, [`DocumentError::TooLarge`] for a proof beyond [`MAX_PROOF`],
/// [`DocumentError::Amount`] when sums do not fit.
pub fn certificate(view: &CertificateView, proof_file: &[u8]) -> Result<Vec<u8>, DocumentError> {
    if proof_file.len() > MAX_PROOF {
        return Err(DocumentError::TooLarge);
    }
    let code = Code { matrix: Matrix::of(&view.check_url)?, url: Some(view.check_url.clone()) };
    let title = format!("Certificat de parts sociales — {}", view.holder.name);
    let identity = Identity {
        title: &title,
        author: &view.company.name,
        subject: "Attestation d’inscription en compte",
        on: view.on,
    };
    let proof = Attachment {
        name: PROOF_FILE_NAME,
        description: "Preuve d’inscription au journal (format tlog-proof)",
        bytes: proof_file,
    };
    made(&words(view)?, &code, &identity, Some(&proof))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_feminine() {
        for (count, words) in [
            (1, "une"),
            (21, "vingt-et-une"),
            (81, "quatre-vingt-une"),
            (11, "onze"),
            (80, "quatre-vingts"),
        ] {
            assert_eq!(shares_in_words(ShareCount::new(count)), words);
        }
    }

    #[test]
    fn thousands_are_parted() {
        assert_eq!(figures(0), "0");
        assert_eq!(figures(1_234_567), "1\u{202f}234\u{202f}567");
    }
}
