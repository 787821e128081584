//! Signing in to an office: the server's challenge, signed by the office's key in the browser.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use ledger::authority::Role;
use ledger::base::{LeafIndex, Notice};
use ledger::log::{Signature, VerifierKey};
use serde::{Deserialize, Serialize};

use crate::Shared;
use crate::access::{self, Part, Visitor};
use crate::config::DemoKey;
use crate::error::{PageError, Result};
use crate::form::Posted;
use crate::layout::{Layout, page};
use crate::signing::{self, CHALLENGE};

/// How long a challenge may be answered, in milliseconds.
const CHALLENGE_MS: i64 = 5 * 60_000;

/// What the address may say.
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    suite: String,
}

/// A challenge: single use, for one browser.
#[derive(Serialize, Deserialize)]
struct Challenge {
    mark: String,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    layout: Layout,
    refusal: Option<Notice>,
    challenge: String,
    text: String,
    next: String,
    demo_keys: Vec<DemoKey>,
}

/// `GET /connexion`
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Html<String>> {
    challenged(&shared, &visitor, &asked.suite, None).await
}

async fn challenged(
    shared: &Shared,
    visitor: &Visitor,
    next: &str,
    refusal: Option<Notice>,
) -> Result<Html<String>> {
    let challenge = Challenge { mark: visitor.mark() };
    let id = signing::keep(shared, CHALLENGE, &challenge, CHALLENGE_MS).await?;
    page(&SignIn {
        layout: Layout::of(shared, visitor)?,
        refusal,
        text: text(shared, &id),
        challenge: id,
        next: next.to_owned(),
        demo_keys: shared.config.demo.clone().unwrap_or_default(),
    })
}

pub(super) fn origin(shared: &Shared) -> String {
    shared.book().state().registers.authority.origin().unwrap_or_default().to_owned()
}

/// What is signed: it can't pass for a leaf or a checkpoint of this log.
fn text(shared: &Shared, challenge: &str) -> String {
    format!("{}/session@v1\n{challenge}\n", origin(shared))
}

/// `POST /connexion`
pub(crate) async fn enter(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Posted(form): Posted,
) -> Result<Response> {
    match office(&shared, &visitor, form.value("challenge"), form.value("signatures")).await {
        Ok((key_name, role)) => {
            let mut response =
                Redirect::to(&place_after(form.value("suite"), role)).into_response();
            access::sign_in(&shared, Part::Office { key_name, role }, &mut response).await?;
            Ok(response)
        }
        Err(PageError::Refused(notice)) => {
            let page = challenged(&shared, &visitor, form.value("suite"), Some(*notice)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error),
    }
}

/// Where to go: the page that asked for a sign-in, if it is ours, or the office's own.
fn place_after(next: &str, role: Role) -> String {
    // Two slashes would lead to another site; browsers leave out a tab or a newline between them.
    let plain = !next.contains('\\') && !next.contains(char::is_control);
    if next.starts_with('/') && !next.starts_with("//") && plain {
        return next.to_owned();
    }
    match role {
        Role::Officer => "/bureau",
        Role::Treasurer => "/tresorerie",
        Role::Admin => "/administration",
        _ => "/registre",
    }
    .to_owned()
}

/// The office whose key has signed the challenge.
async fn office(
    shared: &Shared,
    visitor: &Visitor,
    challenge: &str,
    line: &str,
) -> Result<(String, Role)> {
    let refused = |why: &str| {
        PageError::refused(
            "La connexion est refusée.",
            why,
            "Choisissez la clé d’une fonction en exercice et signez de nouveau.",
        )
    };
    let stale = || refused("La demande a expiré : elle vaut cinq minutes et une seule fois.");
    let kept = signing::kept::<Challenge>(shared, challenge, &[CHALLENGE]).await;
    let (kept, _) = kept.map_err(|_| stale())?;
    // Single use: whoever closes it first may go on.
    if kept.mark != visitor.mark() || !shared.registrar.store().close_draft(challenge).await? {
        return Err(stale());
    }
    let signature =
        Signature::parse(line.trim_end()).map_err(|_| refused("La signature est illisible."))?;
    let book = shared.book();
    let authority = &book.state().registers.authority;
    let record = authority
        .key(&signature.name)
        .filter(|record| authority.may_sign(&record.name, LeafIndex::new(book.size())))
        .ok_or_else(|| refused(&format!("La clé « {} » n’est pas habilitée.", signature.name)))?;
    if record.role == Role::Desk {
        return Err(refused("La clé du guichet n’ouvre aucune session."));
    }
    let key =
        VerifierKey::parse(&record.vkey).map_err(|error| PageError::failed("a key", &error))?;
    let text = text(shared, challenge);
    if !signature.is_by(&key) || key.verify_strict(text.as_bytes(), &signature.blob).is_err() {
        return Err(refused("La signature n’est pas celle de cette clé."));
    }
    Ok((record.name.clone(), record.role))
}

/// `POST /deconnexion`
pub(crate) async fn leave(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Posted(_): Posted,
) -> Result<Response> {
    let mut response = Redirect::to("/").into_response();
    access::sign_out(&shared, &visitor, &mut response).await?;
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_never_leads_to_another_site() {
        let tricks = [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/\u{1}",
            "",
        ];
        for next in tricks {
            assert_eq!(place_after(next, Role::Officer), "/bureau", "{next:?}");
        }
        assert_eq!(place_after("/signer/d_1", Role::Officer), "/signer/d_1");
    }
}
