//! The subscription form before its signature: read it, sign it here, or have the desk sign.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use ledger::base::{Amount, Notice};
use ledger::log::VerifierKey;

use super::my_shares;
use crate::access::{self, Part, Visitor};
use crate::bulletin::{self, Evidence};
use crate::error::{PageError, Result};
use crate::form::Posted;
use crate::layout::{self, Layout, page};
use crate::subscribing::{
    Subscribing, again_for_the_desk, applied, events, kept, person, submit, subscribed,
};
use crate::{Shared, format, signing};

#[derive(Template)]
#[template(path = "sign_form.html")]
struct SignForm {
    layout: Layout,
    draft: String,
    refusal: Option<Notice>,
    shares: String,
    amount: Amount,
    place: Option<String>,
    name: String,
    on: String,
    texts: Vec<String>,
    key_name: String,
}

/// `GET /souscrire/signer/{draft}`
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(draft): Path<String>,
) -> Result<Html<String>> {
    let waiting = kept(&shared, &visitor, &draft).await?;
    to_sign(&shared, &visitor, draft, waiting, None).await
}

async fn to_sign(
    shared: &Shared,
    visitor: &Visitor,
    draft: String,
    waiting: Subscribing,
    refusal: Option<Notice>,
) -> Result<Html<String>> {
    let events = events(&waiting.texts)?;
    let fact = subscribed(&events)?;
    let book = shared.book();
    let place = fact.place.as_ref().and_then(|p| book.state().registers.pooling.place(p));
    let key = waiting.signer_vkey.as_deref().and_then(|vkey| VerifierKey::parse(vkey).ok());
    let person = person(shared, &events, fact).await?;
    page(&SignForm {
        layout: Layout::of(shared, visitor)?,
        draft,
        refusal,
        shares: format::count(fact.count.get(), "part", "parts"),
        amount: fact.amount(),
        place: place.map(|place| place.fact.name.clone()),
        name: person.name(),
        on: fact.on.in_french(),
        texts: waiting.texts,
        key_name: key.map_or_else(String::new, |key| key.name().to_owned()),
    })
}

/// `GET /souscrire/bulletin/{draft}.pdf`
pub(crate) async fn bulletin(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(file): Path<String>,
) -> Result<Response> {
    let draft = file.strip_suffix(".pdf").ok_or(PageError::NotFound)?;
    let waiting = kept(&shared, &visitor, draft).await?;
    let events = events(&waiting.texts)?;
    let fact = subscribed(&events)?;
    let person = person(&shared, &events, fact).await?;
    let evidence = Evidence::of(&shared, fact).await?.ok_or(PageError::NotFound)?;
    let book = shared.book();
    let known = book.state().registers.members.category_of(&fact.member);
    let category = applied(&events).map(|applied| &applied.category).or(known);
    let category = category.ok_or(PageError::NotFound)?;
    let pdf = bulletin::pdf(&shared, &book, fact, (&person, &evidence, category.as_str()))?;
    Ok(layout::shown("application/pdf", "bulletin-de-souscription.pdf", pdf))
}

/// `POST /souscrire/signer/{draft}`: the subscriber's signature if the form names a key, then the
/// desk's, which witnesses the act (R82).
pub(crate) async fn sign(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(draft): Path<String>,
    Posted(form): Posted,
) -> Result<Response> {
    let waiting = kept(&shared, &visitor, &draft).await?;
    let own = match &waiting.signer_vkey {
        Some(vkey) => {
            let key =
                VerifierKey::parse(vkey).map_err(|e| PageError::failed("a stored key", &e))?;
            match signing::read_signatures(&waiting.texts, form.value("signatures"), &key) {
                Ok(signatures) => signatures.into_iter().map(Some).collect(),
                Err(PageError::Refused(notice)) => {
                    let page = to_sign(&shared, &visitor, draft, waiting, Some(*notice)).await?;
                    return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
                }
                Err(error) => return Err(error),
            }
        }
        None => vec![None; waiting.texts.len()],
    };
    let member = submit(&shared, &waiting, own).await?.member;
    shared.registrar.store().close_draft(&draft).await?;
    let mut response = Redirect::to("/mes-parts").into_response();
    if visitor.part.is_none() {
        access::sign_in(&shared, Part::Member(member.clone()), &mut response).await?;
        my_shares::give_link(&shared, &member, &mut response).await?;
    }
    Ok(response)
}

/// `POST /souscrire/signer/{draft}/guichet`: the browser can't sign after all; the same form again,
/// under a new reference, for the desk's key alone.
pub(crate) async fn at_the_desk(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(draft): Path<String>,
    Posted(_): Posted,
) -> Result<Redirect> {
    let waiting = kept(&shared, &visitor, &draft).await?;
    let next = again_for_the_desk(&shared, &visitor, &waiting).await??;
    shared.registrar.store().close_draft(&draft).await?;
    Ok(Redirect::to(&format!("/souscrire/signer/{next}")))
}
