//! The officers' desk: who waits, what is missing, decisions to prepare and to cosign.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use ledger::base::{Amount, DecisionRef, MemberRef, Notice, SubscriptionRef};
use ledger::command::Command;
use ledger::log::hash::sha256;
use ledger::members::{Member, Standing};
use ledger::refusal::Refusal;
use ledger::registrar::Book;
use ledger::shares::{AllotShares, DeclineSubscription, Step, Subscription};
use ledger::store::MemberLink;
use ledger::treasury::Target;

use super::review;
use crate::access::{self, Visitor};
use crate::error::{PageError, Result};
use crate::form::{Form, Posted};
use crate::layout::{Layout, page};
use crate::people::Person;
use crate::signing::{self, DECISION};
use crate::{Shared, bylaws, format, requests};

#[derive(Template)]
#[template(path = "office.html")]
struct Office {
    layout: Layout,
    form: Form,
    refusal: Option<Notice>,
    waiting: Vec<Waiting>,
    decisions: Vec<Decision>,
    /// How many people wait for an answer about their data.
    erasures: Option<String>,
    /// How many leaves wait for their review.
    to_review: Option<String>,
}

/// A subscription that waits for a decision, and what it still lacks.
struct Waiting {
    reference: SubscriptionRef,
    name: String,
    kind: &'static str,
    category: String,
    newcomer: bool,
    shares: String,
    amount: Amount,
    received: Amount,
    on: String,
    ready: bool,
    chosen: bool,
}

struct Decision {
    id: String,
    title: String,
    missing: String,
    mine: bool,
}

/// `GET /bureau`
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
) -> Result<Html<String>> {
    let form = Form::default().with("le", shared.registrar.today());
    desk(&shared, &visitor, form, None).await
}

async fn desk(
    shared: &Shared,
    visitor: &Visitor,
    form: Form,
    refusal: Option<Notice>,
) -> Result<Html<String>> {
    let book = shared.book();
    let mut signed: Vec<&Subscription> = book
        .state()
        .registers
        .shares
        .subscriptions()
        .filter(|subscription| matches!(subscription.step, Step::Signed))
        // A form without a follow-up whose signer is erased: nobody can be admitted on it.
        .filter(|subscription| !is_erased(&book, &subscription.fact.member))
        .collect();
    signed.sort_by_key(|subscription| subscription.stamp.index);
    let mut waiting = Vec::new();
    for subscription in signed {
        waiting.push(row(shared, &book, subscription, &form).await?);
    }
    let key_name = visitor.office()?.to_owned();
    let decisions = signing::waiting(shared, DECISION).await?;
    let decisions = decisions.into_iter().map(|(draft, pending)| Decision {
        id: draft.id,
        missing: format::count(pending.missing(), "signature manque", "signatures manquent"),
        mine: pending.signers().contains(&key_name),
        title: pending.title,
    });
    let decisions = decisions.collect();
    let asked = requests::open(shared).await?.len();
    let erasures = (asked > 0).then(|| {
        format::count(asked, "demande d’effacement attend", "demandes d’effacement attendent")
    });
    let layout = Layout::of(shared, visitor)?;
    let to_review = review::waiting(&book);
    page(&Office { layout, form, refusal, waiting, decisions, erasures, to_review })
}

fn is_erased(book: &Book, member: &MemberRef) -> bool {
    book.state().registers.members.get(member).is_some_and(Member::is_erased)
}

async fn row(shared: &Shared, book: &Book, found: &Subscription, form: &Form) -> Result<Waiting> {
    let registers = &book.state().registers;
    let fact = &found.fact;
    let member = registers.members.get(&fact.member).ok_or(PageError::NotFound)?;
    let received = registers.treasury.received(&Target::Subscription(fact.subscription.clone()));
    let category = bylaws(book)?.category(member.category_now());
    let amount = fact.amount();
    Ok(Waiting {
        name: Person::of(shared, &fact.member).await?.name(),
        kind: member.person.label(),
        category: category.map_or_else(String::new, |category| category.label.clone()),
        newcomer: matches!(member.standing, Standing::Applied),
        shares: format::count(fact.count.get(), "part", "parts"),
        amount,
        received,
        on: fact.on.with_slashes(),
        ready: received >= amount,
        chosen: form.all("souscription").iter().any(|chosen| chosen == fact.subscription.as_str()),
        reference: fact.subscription.clone(),
    })
}

/// The decision and the list that both forms send.
fn decision(form: &mut Form) -> (Option<DecisionRef>, Vec<SubscriptionRef>) {
    let label =
        form.required("intitule", 160, "Indiquez l’instance et le point de l’ordre du jour.");
    let on = form.day("le");
    let chosen: Vec<SubscriptionRef> = form
        .all("souscription")
        .iter()
        .filter_map(|text| SubscriptionRef::parse(text).ok())
        .collect();
    if chosen.is_empty() {
        form.refuse("souscription", "Choisissez au moins une souscription.");
    }
    let decision = on.map(|on| DecisionRef { label, minutes_sha256: None, on });
    (decision.filter(|_| form.is_sound()), chosen)
}

/// `POST /bureau/attribuer`
pub(crate) async fn allot(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Posted(mut form): Posted,
) -> Result<Response> {
    let (decision, subscriptions) = decision(&mut form);
    let Some(decision) = decision else {
        return again(&shared, &visitor, form, None).await;
    };
    let title = format!("Admission et attribution, {}", decision.label);
    let command =
        Command::AllotShares(AllotShares { subscriptions, colleges: Vec::new(), decision });
    decide(&shared, &visitor, form, (&title, command)).await
}

/// `POST /bureau/refuser`
pub(crate) async fn decline(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Posted(mut form): Posted,
) -> Result<Response> {
    let (decision, mut subscriptions) = decision(&mut form);
    if subscriptions.len() > 1 {
        form.refuse("souscription", "Un refus se décide pour une souscription à la fois.");
    }
    let (Some(decision), Some(subscription), true) =
        (decision, subscriptions.pop(), form.is_sound())
    else {
        return again(&shared, &visitor, form, None).await;
    };
    let title = format!("Refus d’une souscription, {}", decision.label);
    let command = Command::DeclineSubscription(DeclineSubscription { subscription, decision });
    decide(&shared, &visitor, form, (&title, command)).await
}

async fn decide(
    shared: &Arc<Shared>,
    visitor: &Visitor,
    form: Form,
    (title, command): (&str, Command),
) -> Result<Response> {
    let prepared: Result<Redirect, Refusal> =
        signing::prepare(shared, visitor, title, command, (Vec::new(), "/bureau")).await?;
    match prepared {
        Ok(redirect) => Ok(redirect.into_response()),
        Err(refusal) => again(shared, visitor, form, Some(refusal.notice())).await,
    }
}

async fn again(
    shared: &Shared,
    visitor: &Visitor,
    form: Form,
    refusal: Option<Notice>,
) -> Result<Response> {
    let page = desk(shared, visitor, form, refusal).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

#[derive(Template)]
#[template(path = "link.html")]
struct NewLink {
    layout: Layout,
    name: String,
    address: String,
}

/// `POST /bureau/lien`: a new personal link for a member who lost theirs, shown once to the officer.
pub(crate) async fn link(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Posted(form): Posted,
) -> Result<Html<String>> {
    let member = MemberRef::parse(form.value("associe")).map_err(|_| PageError::NotFound)?;
    let book = shared.book();
    let known = book.state().registers.members.get(&member).ok_or(PageError::NotFound)?;
    if known.is_erased() {
        return Err(PageError::refused(
            "Le lien n’est pas fait.",
            "Les données de cette personne sont effacées : plus personne ne peut dire qui c’était.",
            "Faites déposer une nouvelle demande d’adhésion.",
        ));
    }
    let secret = access::new_secret()?;
    let store = shared.registrar.store();
    store.close_links_of(member.as_str()).await?;
    let link = MemberLink {
        secret_sha256: sha256(secret.as_bytes()),
        member: member.as_str().to_owned(),
        created_ms: shared.registrar.now_ms(),
    };
    store.put_link(&link).await?;
    page(&NewLink {
        layout: Layout::of(&shared, &visitor)?,
        name: Person::of(&shared, &member).await?.name(),
        address: format!("{}/lien/{secret}", shared.config.base_url),
    })
}
