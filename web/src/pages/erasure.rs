//! The officers' side of personal data: who asks to be erased, what the rules answer, the decision.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use ledger::base::{MemberRef, Notice};
use ledger::members::ErasureReason;

use super::my_data::free;
use crate::access::Visitor;
use crate::error::{PageError, Result};
use crate::form::{Choice, Form, Posted};
use crate::held::{self, Fate, Held};
use crate::layout::{Layout, page};
use crate::people::Person;
use crate::requests::{self, Answer, Request};
use crate::signing;
use crate::{Shared, format};

/// The grounds of an erasure, as the form sends them.
const REASONS: [(&str, ErasureReason); 2] =
    [("demande", ErasureReason::Requested), ("duree", ErasureReason::NoLongerNeeded)];

#[derive(Template)]
#[template(path = "erasure_list.html")]
struct List {
    layout: Layout,
    open: Vec<Row>,
}

struct Row {
    member: MemberRef,
    name: String,
    on: String,
    due: String,
    late: bool,
}

/// `GET /bureau/donnees`
pub(crate) async fn list(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
) -> Result<Html<String>> {
    let today = shared.registrar.today();
    let mut open = Vec::new();
    for request in requests::open(&shared).await? {
        open.push(Row {
            name: Person::of(&shared, &request.member).await?.name(),
            on: request.on.in_french(),
            due: request.due().in_french(),
            late: request.due() < today,
            member: request.member,
        });
    }
    page(&List { layout: Layout::of(&shared, &visitor)?, open })
}

#[derive(Template)]
#[template(path = "erasure.html")]
struct OfOne {
    layout: Layout,
    form: Form,
    refusal: Option<Notice>,
    member: MemberRef,
    name: String,
    held: Vec<Held>,
    free: String,
    request: Option<Request>,
    reasons: Vec<Choice>,
}

/// `GET /bureau/donnees/{member}`
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(member): Path<String>,
) -> Result<Html<String>> {
    let member = known(&shared, &member)?;
    let form = Form::default().with("motif", "");
    let refusal = requests::refusal(&shared, &member).await?;
    shown(&shared, &visitor, member, (form, refusal)).await
}

fn known(shared: &Shared, text: &str) -> Result<MemberRef> {
    let member = MemberRef::parse(text).map_err(|_| PageError::NotFound)?;
    let is_known = shared.book().state().registers.members.get(&member).is_some();
    if is_known { Ok(member) } else { Err(PageError::NotFound) }
}

async fn shown(
    shared: &Shared,
    visitor: &Visitor,
    member: MemberRef,
    (mut form, refusal): (Form, Option<Notice>),
) -> Result<Html<String>> {
    let held = held::of(shared, &member).await?;
    let book = shared.book();
    let request = requests::of(shared, &member).await?.map(|(_, request)| request);
    let request = request.filter(|request| request.is_open(&book));
    if form.value("motif").is_empty() && form.is_sound() {
        form = form.with("motif", if request.is_some() { "demande" } else { "duree" });
    }
    let reasons = REASONS.iter().map(|(value, reason)| Choice::new(value, reason.label()));
    page(&OfOne {
        layout: Layout::of(shared, visitor)?,
        form,
        refusal,
        name: Person::of(shared, &member).await?.name(),
        free: free(&held),
        held,
        member,
        request,
        reasons: reasons.collect(),
    })
}

/// `POST /bureau/donnees/{member}`: prepares the erasure, which the officers then sign.
pub(crate) async fn prepare(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(member): Path<String>,
    Posted(mut form): Posted,
) -> Result<Response> {
    let member = known(&shared, &member)?;
    let reason = form.read("motif", "Choisissez le motif.", |text| {
        let reason = REASONS.iter().find(|(value, _)| *value == text);
        reason.map(|(_, reason)| *reason).ok_or("ce choix n’existe pas")
    });
    let mut refusal = None;
    if let Some(reason) = reason {
        let command = shared.registrar.erasure(&member, reason).await?;
        // The title waits in the portal's tables: no name in it.
        let title = format!("Effacement des données de {}…", format::short(member.as_str()));
        let next = format!("/bureau/donnees/{member}");
        let ready = signing::prepare(&shared, &visitor, &title, command, (Vec::new(), &next));
        match ready.await? {
            Ok(redirect) => return Ok(redirect.into_response()),
            Err(refused) => refusal = Some(refused.notice()),
        }
    }
    let page = shown(&shared, &visitor, member, (form, refusal)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `POST /bureau/donnees/{member}/repondre`: tells the person the rules' refusal, which closes the request.
pub(crate) async fn answer(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(member): Path<String>,
    Posted(_): Posted,
) -> Result<Response> {
    let member = known(&shared, &member)?;
    let book = shared.book();
    let waiting = requests::of(&shared, &member).await?;
    let waiting = waiting.filter(|(_, request)| request.is_open(&book));
    let (Some((draft, mut request)), Some(notice)) =
        (waiting, requests::refusal(&shared, &member).await?)
    else {
        let words = PageError::refused(
            "La réponse n’est pas envoyée.",
            "Aucune demande n’attend, ou quelque chose peut être effacé aujourd’hui.",
            "Rechargez la page ; si quelque chose peut être effacé, préparez l’effacement.",
        );
        let form = Form::default().with("motif", "");
        let page = shown(&shared, &visitor, member, (form, Some(words.notice()))).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    request.answer = Some(Answer { on: shared.registrar.today(), words: notice.to_string() });
    signing::keep_again(&shared, &draft, &request).await?;
    Ok(Redirect::to("/bureau/donnees").into_response())
}
