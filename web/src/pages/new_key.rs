//! A new key of an office, made in the browser: its request, and its own signature as proof.
//!
//! Anybody may ask; nothing personal is asked or kept. Administrators decide, on their own page.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use ledger::authority::{EnrolKey, Role, RotateKey};
use ledger::base::Notice;
use ledger::command::Command;
use ledger::log::VerifierKey;

use super::sign_in::origin;
use crate::access::Visitor;
use crate::error::{PageError, Result};
use crate::facts::{Told, told};
use crate::form::{Choice, Form, Posted};
use crate::layout::{Layout, page};
use crate::signing::{self, KEY, Pending, Replaced};
use crate::{Shared, format};

/// Said when the form came without the key that the page's script makes.
const UNREADABLE: &str =
    "Votre navigateur n’a pas envoyé de clé publique lisible : faites la clé ici.";

/// The longest label of an office, in characters.
const HOLDER_MAX: usize = 60;

/// The roles that a key made here may hold, as the form sends and shows them.
pub(super) const ROLES: [(&str, Role, &str); 4] = [
    ("bureau", Role::Officer, "Bureau"),
    ("tresorerie", Role::Treasurer, "Trésorerie"),
    ("controle", Role::Auditor, "Contrôle"),
    ("administration", Role::Admin, "Administration"),
];

#[derive(Template)]
#[template(path = "lost_key.html")]
struct LostKey {
    layout: Layout,
    threshold: String,
}

/// `GET /cle/perdue`: what to do when a key is lost or stolen.
pub(crate) async fn lost(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
) -> Result<Html<String>> {
    let threshold = shared.book().state().registers.authority.threshold();
    let threshold = format::count(threshold, "administrateur", "administrateurs");
    page(&LostKey { layout: Layout::of(&shared, &visitor)?, threshold })
}

#[derive(Template)]
#[template(path = "new_key.html")]
struct NewKey {
    layout: Layout,
    form: Form,
    refusal: Option<Notice>,
    origin: String,
    roles: Vec<Choice>,
}

/// `GET /cle`
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
) -> Result<Html<String>> {
    asked(&shared, &visitor, Form::default(), None)
}

fn asked(
    shared: &Shared,
    visitor: &Visitor,
    form: Form,
    refusal: Option<Notice>,
) -> Result<Html<String>> {
    let roles = ROLES.iter().map(|(value, _, label)| Choice::new(value, label)).collect();
    let layout = Layout::of(shared, visitor)?;
    page(&NewKey { layout, form, refusal, origin: origin(shared), roles })
}

/// The key and the office that the form asks for.
fn read(form: &mut Form) -> Option<(VerifierKey, EnrolKey)> {
    let key = VerifierKey::parse(form.value("vkey")).ok();
    if key.is_none() {
        form.refuse("nom_cle", UNREADABLE);
    }
    let holder = form.required("fonction", HOLDER_MAX, "Indiquez la fonction.");
    let role = ROLES.iter().find(|(value, ..)| *value == form.value("role")).map(|(_, r, _)| *r);
    if role.is_none() {
        form.refuse("role", "Choisissez ce que la clé pourra signer.");
    }
    let (key, role) = key.zip(role).filter(|_| form.is_sound())?;
    let ask = EnrolKey { holder, role, vkey: key.to_string() };
    Some((key, ask))
}

/// `POST /cle`
pub(crate) async fn ask(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Posted(mut form): Posted,
) -> Result<Response> {
    let refusal = match read(&mut form) {
        None => None,
        Some((key, ask)) => match keep(&shared, &key, ask).await {
            Ok(id) => return Ok(Redirect::to(&format!("/cle/{id}")).into_response()),
            Err(PageError::Refused(notice)) => Some(*notice),
            Err(error) => return Err(error),
        },
    };
    let page = asked(&shared, &visitor, form, refusal)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn keep(shared: &Shared, key: &VerifierKey, ask: EnrolKey) -> Result<String> {
    let title = format!("Inscription d’une clé\u{a0}: {}", ask.holder);
    let draft = shared.registrar.draft(Command::EnrolKey(ask), Vec::new())?;
    signing::keep_request(shared, &title, draft, (key, None)).await
}

#[derive(Template)]
#[template(path = "new_key_instead.html")]
struct Instead {
    layout: Layout,
    form: Form,
    refusal: Option<Notice>,
    origin: String,
    old: String,
}

/// `GET /cle/remplacer`
pub(crate) async fn show_instead(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
) -> Result<Html<String>> {
    instead(&shared, &visitor, Form::default(), None)
}

fn instead(
    shared: &Shared,
    visitor: &Visitor,
    form: Form,
    refusal: Option<Notice>,
) -> Result<Html<String>> {
    let (layout, old) = (Layout::of(shared, visitor)?, visitor.office()?.to_owned());
    page(&Instead { layout, form, refusal, origin: origin(shared), old })
}

/// `POST /cle/remplacer`: the holder of a key asks that another take its place.
pub(crate) async fn ask_instead(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Posted(mut form): Posted,
) -> Result<Response> {
    let old = visitor.office()?;
    let mut refusal = None;
    match VerifierKey::parse(form.value("vkey")) {
        Err(_) => form.refuse("nom_cle", UNREADABLE),
        Ok(key) => match keep_instead(&shared, &key, old).await {
            Ok(id) => return Ok(Redirect::to(&format!("/cle/{id}")).into_response()),
            Err(PageError::Refused(notice)) => refusal = Some(*notice),
            Err(error) => return Err(error),
        },
    }
    let page = instead(&shared, &visitor, form, refusal)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn keep_instead(shared: &Shared, key: &VerifierKey, old: &str) -> Result<String> {
    let book = shared.book();
    let record = book.state().registers.authority.key(old).ok_or(PageError::Forbidden)?;
    let title = format!("Remplacement de la clé\u{a0}: {}", record.holder);
    let ask = RotateKey { key_name: old.to_owned(), vkey: key.to_string() };
    let draft = shared.registrar.draft(Command::RotateKey(ask), Vec::new())?;
    let replaced = Replaced { name: old.to_owned(), counts: record.role == Role::Admin };
    signing::keep_request(shared, &title, draft, (key, Some(replaced))).await
}

#[derive(Template)]
#[template(path = "new_key_sign.html")]
struct Request {
    layout: Layout,
    draft: String,
    refusal: Option<Notice>,
    facts: Vec<Told>,
    texts: Vec<String>,
    key_name: String,
    vkey: String,
    id: String,
    /// What must still be signed; `None` until the key has signed itself.
    missing: Option<String>,
    /// The key that it replaces, while that one has not signed.
    replaced: Option<String>,
    until: String,
}

/// A request, and the key that it presents.
async fn kept(shared: &Shared, id: &str) -> Result<(Pending, String, VerifierKey)> {
    let (pending, draft) = signing::kept::<Pending>(shared, id, &[KEY]).await?;
    let vkey = pending.own.as_deref().ok_or(PageError::NotFound)?;
    let key = VerifierKey::parse(vkey).map_err(|error| PageError::failed("a key", &error))?;
    Ok((pending, signing::until(&draft), key))
}

/// `GET /cle/{draft}`
pub(crate) async fn request(
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
    let (pending, until, key) = kept(shared, &draft).await?;
    let book = shared.book();
    let contents = signing::contents(&pending.texts)?;
    let missing = format::count(pending.missing(), "signature manque", "signatures manquent");
    let signers = pending.signers();
    let replaced = pending.replaced.as_ref().map(|key| key.name.clone());
    let vkey = key.to_string();
    page(&Request {
        layout: Layout::of(shared, visitor)?,
        draft,
        refusal,
        facts: contents.iter().map(|content| told(&book, content)).collect(),
        missing: pending.is_proved().then_some(missing),
        replaced: replaced.filter(|name| !signers.contains(name)),
        texts: pending.texts,
        key_name: key.name().to_owned(),
        id: signing::key_id(&vkey),
        vkey,
        until,
    })
}

/// `POST /cle/{draft}`: the new key signs the text that enrols it (proof of possession).
pub(crate) async fn prove(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(draft): Path<String>,
    Posted(form): Posted,
) -> Result<Response> {
    let (_, _, key) = kept(&shared, &draft).await?;
    match signing::sign(&shared, &draft, form.value("signatures"), &key).await {
        Ok(_) => Ok(Redirect::to(&format!("/cle/{draft}")).into_response()),
        Err(PageError::Refused(notice)) => {
            let page = shown(&shared, &visitor, draft, Some(*notice)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error),
    }
}
