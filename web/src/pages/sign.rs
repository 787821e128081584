//! An office signs what it, or another, has prepared: the same text for each, until there are enough.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use ledger::authority::Role;
use ledger::base::{MemberRef, Notice};
use ledger::log::VerifierKey;
use ledger::store::Residue;

use crate::access::Visitor;
use crate::error::{PageError, Result};
use crate::facts::{Told, told};
use crate::form::Posted;
use crate::layout::{Layout, page};
use crate::people::Person;
use crate::signing::{self, Outcome, Pending, SIGNED_BY_OFFICES};
use crate::{Shared, format};

#[derive(Template)]
#[template(path = "sign.html")]
struct ToSign {
    layout: Layout,
    draft: String,
    refusal: Option<Notice>,
    title: String,
    facts: Vec<Told>,
    left_out: usize,
    texts: Vec<String>,
    signers: Vec<String>,
    missing: String,
    may_sign: bool,
    has_signed: bool,
    /// The id of the new key, to compare by telephone before it is enrolled.
    new_key: Option<String>,
    may_drop: bool,
    key_name: String,
    next: String,
}

/// Facts told on the page; a long import has its others in the exact text.
const FACTS_MAX: usize = 30;

/// An officer must know whom the text speaks of: pseudonyms are followed by names, on this page only.
async fn name_members(shared: &Shared, facts: &mut [Told]) -> Result<()> {
    for (_, value) in facts.iter_mut().flat_map(|told| told.rows.iter_mut()) {
        if let Ok(member) = MemberRef::parse(value) {
            *value = format!("{} ({member})", Person::of(shared, &member).await?.name());
        }
    }
    Ok(())
}

/// `GET /signer/{draft}`
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(draft): Path<String>,
) -> Result<Html<String>> {
    shown(&shared, &visitor, draft, None).await
}

async fn shown(
    shared: &Shared,
    visitor: &Visitor,
    draft: String,
    refusal: Option<Notice>,
) -> Result<Html<String>> {
    let (pending, _) = signing::kept::<Pending>(shared, &draft, &SIGNED_BY_OFFICES).await?;
    let book = shared.book();
    let authority = &book.state().registers.authority;
    let label = |name: &String| {
        authority
            .key(name)
            .map_or_else(|| name.clone(), |record| format!("{} ({name})", record.holder))
    };
    let key_name = visitor.office()?.to_owned();
    let signers = pending.signers();
    let contents = signing::contents(&pending.texts)?;
    let mut facts: Vec<Told> =
        contents.iter().take(FACTS_MAX).map(|content| told(&book, content)).collect();
    if visitor.role() == Some(Role::Officer) {
        name_members(shared, &mut facts).await?;
    }
    page(&ToSign {
        layout: Layout::of(shared, visitor)?,
        draft,
        refusal,
        left_out: contents.len().saturating_sub(FACTS_MAX),
        facts,
        signers: signers.iter().map(label).collect(),
        missing: format::count(pending.missing(), "signature manque", "signatures manquent"),
        may_sign: visitor.role().is_some_and(|role| pending.roles.contains(&role))
            || pending.replaces(&key_name),
        has_signed: signers.contains(&key_name),
        new_key: pending.own.as_deref().map(signing::key_id),
        may_drop: may_drop(visitor, &pending)?,
        key_name,
        next: next(visitor, &pending),
        title: pending.title,
        texts: pending.texts,
    })
}

/// Where to go: the desk that the act comes from, if it opens to this office.
fn next(visitor: &Visitor, pending: &Pending) -> String {
    let closed = pending.next == "/administration" && visitor.role() != Some(Role::Admin);
    if closed { "/registre".into() } else { pending.next.clone() }
}

#[derive(Template)]
#[template(path = "signed.html")]
struct Signed {
    layout: Layout,
    title: String,
    waiting: Option<String>,
    first: u64,
    last: u64,
    next: String,
    /// What else the act did: an erasure, to the vault.
    besides: Option<&'static str>,
}

/// `POST /signer/{draft}`
pub(crate) async fn sign(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(draft): Path<String>,
    Posted(form): Posted,
) -> Result<Response> {
    if form.value("renoncer") == "oui" {
        return drop_it(&shared, &visitor, &draft).await;
    }
    let book = shared.book();
    let record =
        book.state().registers.authority.key(visitor.office()?).ok_or(PageError::Forbidden)?;
    let key =
        VerifierKey::parse(&record.vkey).map_err(|error| PageError::failed("a key", &error))?;
    let (waiting, _) = signing::kept::<Pending>(&shared, &draft, &SIGNED_BY_OFFICES).await?;
    if !waiting.roles.contains(&record.role) && !waiting.replaces(&record.name) {
        return Err(PageError::Forbidden);
    }
    let (pending, outcome) =
        match signing::sign(&shared, &draft, form.value("signatures"), &key).await {
            Ok(done) => done,
            Err(PageError::Refused(notice)) => {
                let page = shown(&shared, &visitor, draft, Some(*notice)).await?;
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
            }
            Err(error) => return Err(error),
        };
    let recorded = matches!(outcome, Outcome::Recorded(_));
    let besides = if recorded && erases(&pending)? { Some(scrubbed(&shared).await) } else { None };
    let (waiting, first, count) = match outcome {
        Outcome::Recorded(receipt) => (None, receipt.first, receipt.count),
        Outcome::Waiting(missing) => {
            (Some(format::count(missing, "signature manque", "signatures manquent")), 0, 1)
        }
    };
    let signed = Signed {
        layout: Layout::of(&shared, &visitor)?,
        next: next(&visitor, &pending),
        title: pending.title,
        waiting,
        first,
        last: first.saturating_add(count).saturating_sub(1),
        besides,
    };
    Ok(page(&signed)?.into_response())
}

fn erases(pending: &Pending) -> Result<bool> {
    let contents = signing::contents(&pending.texts)?;
    Ok(contents.iter().any(|content| content.kind == "members.erased@v1"))
}

/// What those who have erased must know of the vault: the leaf says what goes, this that it is gone.
async fn scrubbed(shared: &Shared) -> &'static str {
    match shared.registrar.finish_erasures().await {
        Ok(erased) if erased.residue == Residue::Nothing => {
            "Le coffre est réécrit : il n’en reste rien dans la base."
        }
        Ok(_) => {
            "Le coffre est réécrit. Le serveur de base de données peut encore en tenir des traces              dans ses fichiers de journalisation : l’exploitant les fait disparaître comme le dit le              mode d’emploi (« What erasing a person reaches »)."
        }
        Err(failure) => {
            tracing::error!(%failure, "recorded, but the vault is not erased to the last byte");
            "Les données sont hors d’atteinte, mais le coffre n’a pas pu être réécrit en entier :              une sauvegarde le lit sans doute. Le portail recommence toutes les dix minutes et à              chaque démarrage ; prévenez l’exploitant si cela dure."
        }
    }
}

/// Who may give an act up: the office that prepared it; any administrator, what a stranger asked.
fn may_drop(visitor: &Visitor, pending: &Pending) -> Result<bool> {
    let asked_from_outside = pending.own.is_some() && visitor.role() == Some(Role::Admin);
    Ok(asked_from_outside || pending.by == visitor.office()?)
}

/// Gives up an act that nobody has to sign any more.
async fn drop_it(shared: &Shared, visitor: &Visitor, draft: &str) -> Result<Response> {
    let (pending, draft) = signing::kept::<Pending>(shared, draft, &SIGNED_BY_OFFICES).await?;
    if !may_drop(visitor, &pending)? {
        return Err(PageError::Forbidden);
    }
    signing::give_up(shared, &draft, &pending).await?;
    Ok(Redirect::to(&pending.next).into_response())
}
