//! A certificate's check, for anybody: what a file proves, as of when, and what changed since.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use ledger::base::{Amount, CertificateRef, MemberRef, Notice};
use ledger::documents::{DocumentError, attached_proof};
use ledger::event::Event;
use ledger::log::checkpoint::CheckpointError;
use ledger::log::note::NoteError;
use ledger::log::proof::verify_consistency;
use ledger::log::proof_file::ProofFileError;
use ledger::log::{Leaf, LeafContent, Policy, ProofFile, Proven, VerifierKey};
use ledger::registrar::Book;
use ledger::shares::{Certificate, CertificateIssued};

use super::certificate;
use crate::access::Visitor;
use crate::error::{PageError, Result};
use crate::facts::{Told, told};
use crate::form::Upload;
use crate::layout::{Layout, page};
use crate::people::Person;
use crate::witnesses::{Vouched, Vouching};
use crate::{Shared, format};

#[derive(Template)]
#[template(path = "verify.html")]
struct Verify {
    layout: Layout,
    refusal: Option<Notice>,
    verdict: Option<Verdict>,
    origin: String,
    vouching: Vouching,
}

/// What a sound file proves.
struct Verdict {
    told: Told,
    index: u64,
    size: u64,
    size_now: u64,
    recorded: String,
    vouched: Vouched,
    /// Whether the PDF is, byte for byte, the one we would give today; `None` for a proof alone.
    same_pdf: Option<bool>,
    may_read: bool,
    certificate: Option<Standing>,
}

/// What a certificate said, and what is true now.
struct Standing {
    reference: CertificateRef,
    on: String,
    shares: String,
    amount: Amount,
    paid: Amount,
    leaf: u64,
    /// Each later movement of the same holder, oldest first.
    since: Vec<Since>,
    shares_now: String,
    superseded: bool,
}

struct Since {
    words: String,
    leaf: u64,
}

/// `GET /verifier`
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
) -> Result<Html<String>> {
    page(&verify_page(&shared, &visitor).await?)
}

async fn verify_page(shared: &Shared, visitor: &Visitor) -> Result<Verify> {
    let origin = shared.book().state().registers.authority.origin().unwrap_or_default().to_owned();
    let layout = Layout::of(shared, visitor)?;
    let vouching = Vouching::of(shared).await?;
    Ok(Verify { layout, refusal: None, verdict: None, origin, vouching })
}

/// `POST /verifier`
pub(crate) async fn check(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Upload { file, .. }: Upload,
) -> Result<Response> {
    let mut shown = verify_page(&shared, &visitor).await?;
    let status = match verdict(&shared, &visitor, &file).await {
        Ok(verdict) => {
            shown.verdict = Some(verdict);
            StatusCode::OK
        }
        Err(PageError::Refused(notice)) => {
            shown.refusal = Some(*notice);
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(error) => return Err(error),
    };
    Ok((status, page(&shown)?).into_response())
}

fn no(why: impl Into<String>, remedy: &str) -> PageError {
    PageError::refused("Ce fichier ne prouve rien.", &why.into(), remedy)
}

async fn verdict(shared: &Shared, visitor: &Visitor, file: &[u8]) -> Result<Verdict> {
    let is_pdf = file.starts_with(b"%PDF");
    let proof = if is_pdf { proof_in(file)? } else { file.to_vec() };
    let proof = ProofFile::parse(&proof).map_err(|_| {
        let why = "Il n’a pas la forme d’une preuve (fichier « .tlog-proof ») : il est d’un autre type, \
                   coupé ou modifié.";
        no(why, "Choisissez le PDF de l’attestation, tel que vous l’avez reçu, ou son fichier « .tlog-proof ».")
    })?;
    let book = shared.book();
    let (leaf, proven) = proven(&book, &proof)?;
    same_history(shared, &book, &proven).await?;
    let vouched = Vouched::of(shared, &proof.checkpoint);
    if matches!(vouched, Vouched::False) {
        let why = "La cosignature d’un témoin y a été modifiée ou forgée.";
        return Err(no(
            why,
            "Demandez une nouvelle attestation à la personne qui vous l’a remise.",
        ));
    }
    let leaf = Leaf::parse(leaf)
        .map_err(|_| no("La feuille prouvée est illisible.", "Prévenez la société."))?;
    let event = Event::from_parts(&leaf.content.kind, &leaf.content.body).ok();
    let certificate = match &event {
        Some(Event::CertificateIssued(fact)) => Some(fact),
        _ => None,
    };
    let same_pdf = match certificate {
        Some(fact) if is_pdf => Some(same_pdf(shared, &book, (fact, &proof), file).await?),
        _ => None,
    };
    Ok(Verdict {
        told: told(&book, &leaf.content),
        index: proof.index,
        size: proven.checkpoint.size,
        size_now: book.size(),
        recorded: recorded(&leaf.content),
        vouched,
        same_pdf,
        may_read: visitor.may_read_leaves(shared),
        certificate: certificate.map(|fact| standing(&book, fact, proof.index)),
    })
}

fn recorded(content: &LeafContent) -> String {
    format::instant(content.recorded_ms)
}

fn proof_in(pdf: &[u8]) -> Result<Vec<u8>> {
    let attached = attached_proof(pdf).map_err(|error: DocumentError| {
        tracing::info!(%error, "a PDF to check was not read");
        let why = match error {
            DocumentError::TooLarge => "Ce PDF est bien plus volumineux qu’une attestation.",
            _ => "Ce PDF ne peut pas être lu : il est chiffré, coupé ou abîmé.",
        };
        no(why, "Choisissez le fichier d’origine, non modifié.")
    })?;
    attached.ok_or_else(|| {
        let why = "Ce PDF ne contient pas la preuve « certificat.tlog-proof ».";
        no(why, "Une impression ou une copie la perd : choisissez le fichier d’origine, ou employez le code QR.")
    })
}

/// The leaf inside the proof, once signature and inclusion hold.
fn proven<'a>(book: &Book, proof: &'a ProofFile) -> Result<(&'a [u8], Proven)> {
    let opened = book.state().registers.authority.opened().ok_or(PageError::NotOpened)?;
    let broken = |error: &dyn std::fmt::Display| PageError::failed("the log's own key", error);
    let first_line = String::from_utf8_lossy(&proof.checkpoint);
    let origin = first_line.lines().next().unwrap_or_default().to_owned();
    if origin != opened.origin {
        let why =
            format!("Il vient d’un autre journal : « {origin} », et non « {} ».", opened.origin);
        return Err(no(why, "Vérifiez-le sur le portail de la société qui l’a délivré."));
    }
    // The keys that signed that size, as the book names them: an old certificate has an old key.
    let size = proof.claimed().map_or(0, |claimed| claimed.size);
    let mut signed = Vec::new();
    for named in book.state().registers.authority.log_keys_at(size) {
        let key = VerifierKey::parse(&named.vkey).map_err(|error| broken(&error))?;
        signed.push(signed_by(proof, &opened.origin, &key)?);
    }
    signed.pop().ok_or(PageError::NotOpened)
}

fn signed_by<'a>(
    proof: &'a ProofFile,
    origin: &str,
    key: &VerifierKey,
) -> Result<(&'a [u8], Proven)> {
    // Witnesses apart: a proof that they have not seen yet is a proof all the same, and told so.
    proof.verify_leaf_inside(origin, key, &Policy::none()).map_err(|error| {
        let why = match &error {
            ProofFileError::NoLeaf => "La preuve ne contient pas la feuille qu’elle concerne.",
            ProofFileError::Proof(_) => {
                "La feuille ou le chemin de preuve a été modifié : ils ne mènent pas à la racine signée."
            }
            ProofFileError::Checkpoint(CheckpointError::Note(
                NoteError::NotSigned(_) | NoteError::Signature(_),
            )) => "Le point de contrôle ne porte pas la signature du journal : il a été modifié ou forgé.",
            _ => "Le point de contrôle de la preuve n’est pas valable.",
        };
        no(why, "Demandez une nouvelle attestation à la personne qui vous l’a remise.")
    })
}

/// Whether today's log still holds what the proof's checkpoint committed to.
async fn same_history(shared: &Shared, book: &Book, proven: &Proven) -> Result<()> {
    let checkpoint = &proven.checkpoint;
    if checkpoint.size > book.size() {
        let why = format!(
            "Il parle d’un journal de {} feuilles, celui que nous servons en compte {}.",
            checkpoint.size,
            book.size()
        );
        return Err(no(
            why,
            "Gardez ce fichier et prévenez le contrôleur : le journal a pu être tronqué.",
        ));
    }
    let proof = shared.registrar.consistency(checkpoint.size, book).await?.unwrap_or_default();
    let (old, new) = ((checkpoint.size, checkpoint.root), (book.size(), book.root()));
    if verify_consistency(old.0, &old.1, new.0, &new.1, &proof).is_err() {
        let why = "Le journal d’aujourd’hui ne prolonge pas celui qui a signé cette preuve.";
        return Err(no(
            why,
            "Gardez ce fichier et prévenez le contrôleur : c’est un indice de falsification.",
        ));
    }
    Ok(())
}

/// Whether the PDF is the one that we give for this certificate: the proof vouches for the leaf, not
/// for what a forger may have printed around it.
async fn same_pdf(
    shared: &Shared,
    book: &Book,
    (fact, proof): (&CertificateIssued, &ProofFile),
    file: &[u8],
) -> Result<bool> {
    let Some(found) = book.state().registers.shares.certificate(&fact.certificate) else {
        return Ok(false);
    };
    let person = Person::of(shared, &fact.member).await?;
    Ok(certificate::pdf(shared, book, found, (&person, proof))? == file)
}

fn standing(book: &Book, fact: &CertificateIssued, leaf: u64) -> Standing {
    let shares = &book.state().registers.shares;
    let later = shares
        .movements()
        .iter()
        .filter(|row| row.member == fact.member && row.stamp.index.get() > leaf);
    let since = later.map(|row| Since {
        words: format!(
            "le {}, {} ({})",
            row.on.in_french(),
            format::count(row.count.get(), "part", "parts"),
            row.nature.label().to_lowercase()
        ),
        leaf: row.stamp.index.get(),
    });
    let now = shares.holding(&fact.member).map_or(0, |holding| holding.count.get());
    let latest = shares.latest_certificate_of(&fact.member).map(|row| &row.fact.certificate);
    Standing {
        reference: fact.certificate.clone(),
        on: fact.on.in_french(),
        shares: format::count(fact.count.get(), "part", "parts"),
        amount: fact.nominal.times(fact.count.get().into()).unwrap_or(Amount::ZERO),
        paid: fact.paid,
        leaf,
        since: since.collect(),
        shares_now: format::count(now, "part", "parts"),
        superseded: latest != Some(&fact.certificate),
    }
}

#[derive(Template)]
#[template(path = "verify_certificate.html")]
struct VerifyCertificate {
    layout: Layout,
    standing: Standing,
    recorded: String,
    size_now: u64,
    holder: MemberRef,
    vouching: Vouching,
}

/// `GET /v/{certificate}`: where the QR code leads; nothing personal, and the paper in hand to compare.
pub(crate) async fn certificate(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(reference): Path<String>,
) -> Result<Html<String>> {
    let unknown = || {
        PageError::refused(
            "Cette attestation est inconnue.",
            "Le registre de la société n’en a délivré aucune sous cette référence.",
            "Vérifiez l’adresse ; si elle vient d’un document, il est faux ou vient d’une autre société.",
        )
    };
    let reference = CertificateRef::parse(&reference).map_err(|_| unknown())?;
    let book = shared.book();
    let shares = &book.state().registers.shares;
    let found: &Certificate = shares.certificate(&reference).ok_or_else(unknown)?;
    page(&VerifyCertificate {
        layout: Layout::of(&shared, &visitor)?,
        standing: standing(&book, &found.fact, found.stamp.index.get()),
        recorded: found.stamp.day.in_french(),
        size_now: book.size(),
        holder: found.fact.member.clone(),
        vouching: Vouching::of(&shared).await?,
    })
}
