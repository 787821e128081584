//! Certificates: issued on demand, one as long as the holding stays the same; the PDF and its proof.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use ledger::authority::Role;
use ledger::base::{Amount, CertificateRef, MemberRef};
use ledger::command::Command;
use ledger::documents::{CertificateView, LotLine, Template, certificate, template_digest};
use ledger::log::{Checkpoint, ProofFile, VerifierKey};
use ledger::members::Standing;
use ledger::registrar::{Book, keys};
use ledger::shares::{self, Certificate, IssueCertificate};

use crate::access::{Part, Visitor};
use crate::error::{PageError, Result};
use crate::form::Posted;
use crate::people::Person;
use crate::witnesses::Vouched;
use crate::{Shared, bylaws, layout};

/// `POST /mes-parts/attestation`
pub(crate) async fn issue(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Posted(_): Posted,
) -> Result<Redirect> {
    let member = visitor.member()?;
    let book = shared.book();
    let reference = if let Some(certificate) = still_true(&book, member) {
        certificate.fact.certificate.clone()
    } else {
        let certificate = CertificateRef::from_random(keys::random()?);
        let command = Command::IssueCertificate(IssueCertificate {
            certificate: certificate.clone(),
            member: member.clone(),
            on: shared.registrar.today(),
            template_sha256: template_digest(Template::Certificate20260101),
        });
        shared.registrar.perform(command, Vec::new(), &[shared.registrar.desk()]).await?;
        certificate
    };
    Ok(Redirect::to(&format!("/attestation/{reference}.pdf")))
}

/// The member's last certificate, if nothing has changed in the holding since.
fn still_true<'a>(book: &'a Book, member: &MemberRef) -> Option<&'a Certificate> {
    let shares = &book.state().registers.shares;
    let certificate = shares.latest_certificate_of(member)?;
    let holding = shares.holding(member)?;
    let same = certificate.fact.count == holding.count && certificate.fact.paid == holding.paid;
    same.then_some(certificate)
}

/// `GET /attestation/{certificate}.pdf` and `.tlog-proof`
pub(crate) async fn file(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(file): Path<String>,
) -> Result<Response> {
    let (name, kind) = file.split_once('.').ok_or(PageError::NotFound)?;
    let reference = CertificateRef::parse(name).map_err(|_| PageError::NotFound)?;
    let book = shared.book();
    let shares = &book.state().registers.shares;
    let found = shares.certificate(&reference).ok_or(PageError::NotFound)?;
    may_read(&shared, &visitor, &found.fact.member)?;
    let proof = shared.registrar.proof_file(found.stamp.index.get()).await?;
    let proof = proof.ok_or(PageError::NotFound)?;
    match kind {
        "tlog-proof" => {
            let name = format!("{reference}.tlog-proof");
            Ok(layout::download("application/octet-stream", &name, proof.to_bytes()))
        }
        "pdf" => {
            let person = Person::of(&shared, &found.fact.member).await?;
            let pdf = pdf(&shared, &book, found, (&person, &proof))?;
            Ok(layout::shown("application/pdf", &format!("attestation-{reference}.pdf"), pdf))
        }
        _ => Err(PageError::NotFound),
    }
}

/// The holder, the officers; in a demonstration, whoever knows the reference.
fn may_read(shared: &Shared, visitor: &Visitor, holder: &MemberRef) -> Result<()> {
    if shared.config.demo.is_some() {
        return Ok(());
    }
    match &visitor.part {
        Some(Part::Member(member)) if member == holder => Ok(()),
        Some(Part::Office { role: Role::Officer, .. }) => Ok(()),
        Some(_) => Err(PageError::Forbidden),
        None => Err(PageError::SignIn(visitor.path.clone())),
    }
}

/// The certificate as it was on its leaf: the same leaf, proof, person and policy give the same bytes.
pub(super) fn pdf(
    shared: &Shared,
    book: &Book,
    found: &Certificate,
    (person, proof): (&Person, &ProofFile),
) -> Result<Vec<u8>> {
    let registers = &book.state().registers;
    let authority = &registers.authority;
    let opened = authority.opened().ok_or(PageError::NotOpened)?;
    let unreadable =
        |error: &dyn std::fmt::Display| PageError::failed("a stored checkpoint", error);
    let claimed = proof.claimed().map_err(|error| unreadable(&error))?;
    let keys = authority.log_keys_at(claimed.size);
    let key = keys.first().map(|key| key.vkey.as_str()).unwrap_or_default();
    let key = VerifierKey::parse(key).map_err(|error| unreadable(&error))?;
    let (checkpoint, _) =
        Checkpoint::open(&proof.checkpoint, &key).map_err(|error| unreadable(&error))?;
    let fact = &found.fact;
    let at = found.stamp.index;
    let lots = registers.shares.holding(&fact.member).map_or(&[][..], |holding| &holding.lots);
    let lots = lots.iter().filter(|lot| lot.stamp.index < at && lot.on <= fact.on);
    let (category, college) = labels(book, &fact.member)?;
    let view = CertificateView {
        capital: capital_before(&registers.shares, at.get()),
        capital_on: fact.on,
        category,
        certificate: fact.certificate.clone(),
        check_url: format!("{}/v/{}", shared.config.base_url, fact.certificate),
        college,
        company: opened.bylaws.company.clone(),
        count: fact.count,
        holder: person.holder(),
        leaf_index: at,
        lots: lots
            .map(|lot| LotLine {
                count: lot.count,
                nominal: lot.nominal,
                on: lot.on,
                paid: lot.paid,
            })
            .collect(),
        member: fact.member.clone(),
        nominal: fact.nominal,
        on: fact.on,
        origin: opened.origin.clone(),
        paid: fact.paid,
        root: checkpoint.root.to_base64(),
        tree_size: checkpoint.size,
        witnessed: Vouched::of(shared, &proof.checkpoint).is_enough(),
    };
    Ok(certificate(&view, &proof.to_bytes())?)
}

/// The capital that the leaves before this one add up to.
fn capital_before(shares: &shares::Shares, leaf: u64) -> Amount {
    let before = shares.movements().iter().filter(|movement| movement.stamp.index.get() < leaf);
    before.fold(Amount::ZERO, |sum, movement| {
        let value = movement.nominal.times(movement.count.get().into());
        value.and_then(|value| sum.plus(value)).unwrap_or(sum)
    })
}

/// The holder's category and college, as the bylaws label them.
fn labels(book: &Book, member: &MemberRef) -> Result<(String, String)> {
    let bylaws = bylaws(book)?;
    let known = book.state().registers.members.get(member).ok_or(PageError::NotFound)?;
    let Standing::Admitted { category, college, .. } = &known.standing else {
        return Err(PageError::NotFound);
    };
    let category = bylaws.category(category).map(|rule| rule.label.clone());
    let college = bylaws.college(college).map(|rule| rule.label.clone());
    Ok((category.unwrap_or_default(), college.unwrap_or_default()))
}
