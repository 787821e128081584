//! The subscription form before its signature: read it, sign it here, or have the desk sign.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use ledger::base::{
    Amount, CategoryId, Digest, MemberRef, Notice, PlaceRef, ShareCount, SubscriptionRef,
};
use ledger::command::Command;
use ledger::documents::document_digest;
use ledger::event::Event;
use ledger::log::leaf::format_instant;
use ledger::log::{Leaf, VerifierKey};
use ledger::members::{Apply, MemberApplied, PersonKind};
use ledger::refusal::Refusal;
use ledger::registrar::{Draft, PrivateValue, Signed, digests, disclose, keys};
use ledger::shares::{FormEvidence, SharesSubscribed, Subscribe};
use serde::{Deserialize, Serialize};

use super::my_shares;
use crate::access::{self, Part, Visitor};
use crate::bulletin::{self, CONSENTS, Consent, Evidence};
use crate::error::{PageError, Result};
use crate::form::Posted;
use crate::layout::{self, Layout, page};
use crate::people::Person;
use crate::signing::{self, SUBSCRIPTION};
use crate::{Shared, format};

/// How long a form waits for its signature, in milliseconds.
const FORM_MS: i64 = 24 * 3_600_000;

/// What the form asked for, read and sound.
pub(super) struct Wanted {
    pub(super) member: MemberRef,
    pub(super) newcomer: Option<Newcomer>,
    pub(super) count: ShareCount,
    pub(super) in_words: String,
    pub(super) place: Option<PlaceRef>,
    pub(super) signer_vkey: Option<String>,
    pub(super) user_agent: String,
}

/// Somebody who is not in the book yet.
pub(super) struct Newcomer {
    pub(super) person: PersonKind,
    pub(super) values: BTreeMap<String, String>,
    pub(super) category: CategoryId,
    pub(super) mandate: Option<String>,
}

/// What is kept until the signature: texts and references, nothing personal.
#[derive(Serialize, Deserialize)]
struct Subscribing {
    texts: Vec<String>,
    /// Which browser filled the form in: no other reads the bulletin.
    mark: String,
    /// Names of the identity fields given.
    fields: Vec<String>,
    signer_vkey: Option<String>,
    user_agent: String,
}

/// What goes from a form to its texts.
struct Asking {
    apply: Option<Apply>,
    subscribe: Subscribe,
    person: Person,
    category: CategoryId,
    user_agent: String,
    private: Vec<PrivateValue>,
}

/// Prepares the texts of a subscription and keeps them for signature; gives the draft's reference.
pub(super) async fn begin(
    shared: &Arc<Shared>,
    visitor: &Visitor,
    wanted: Wanted,
) -> Result<Result<String, Refusal>> {
    let Wanted { member, newcomer, count, in_words, place, signer_vkey, user_agent } = wanted;
    let subscribe = Subscribe {
        subscription: SubscriptionRef::from_random(keys::random()?),
        member: member.clone(),
        count,
        place,
        on: shared.registrar.today(),
        form: unsigned_form(in_words),
        signer_vkey: signer_vkey.clone(),
    };
    let asking = match newcomer {
        Some(newcomer) => {
            let given = newcomer.values.iter().filter(|(_, value)| !value.is_empty());
            let fields: Vec<(&str, &str)> = given.map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let private = disclose(member.as_str(), &fields)?;
            let apply = Apply {
                member,
                person: newcomer.person,
                category: newcomer.category.clone(),
                mandate: newcomer.mandate,
                fields: fields.iter().map(|(name, _)| (*name).to_owned()).collect(),
                sd: digests(&private),
                signer_vkey,
            };
            let person = Person::new(newcomer.person, newcomer.values);
            let category = newcomer.category;
            Asking { apply: Some(apply), subscribe, person, category, user_agent, private }
        }
        None => {
            let person = Person::of(shared, &member).await?;
            let book = shared.book();
            let category = book.state().registers.members.category_of(&member);
            let category = category.cloned().ok_or(PageError::NotFound)?;
            Asking { apply: None, subscribe, person, category, user_agent, private: Vec::new() }
        }
    };
    prepare(shared, visitor, asking).await
}

fn unsigned_form(in_words: String) -> FormEvidence {
    let none = Digest::from_bytes([0; 32]);
    FormEvidence {
        evidence_sha256: none.clone(),
        in_words,
        pdf_sha256: none,
        template_sha256: bulletin::template(),
    }
}

fn command(asking: &Asking) -> Command {
    let subscribe = asking.subscribe.clone();
    match &asking.apply {
        Some(apply) => Command::Join(apply.clone(), subscribe),
        None => Command::Subscribe(subscribe),
    }
}

/// Asks the book first, so that a refusal comes before any document is made; then makes the form and
/// its evidence, and asks again with their digests.
async fn prepare(
    shared: &Arc<Shared>,
    visitor: &Visitor,
    mut asking: Asking,
) -> Result<Result<String, Refusal>> {
    let tried = match shared.registrar.draft(command(&asking), Vec::new()) {
        Ok(draft) => draft,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let fact = subscribed(&tried.events)?.clone();
    let book = shared.book();
    let evidence = evidence(shared, &asking, &fact)?;
    let category = asking.category.as_str();
    let pdf = bulletin::pdf(shared, &book, &fact, (&asking.person, &evidence, category))?;
    let evidence = serde_json::to_string(&evidence)?;
    asking.subscribe.form.pdf_sha256 = document_digest(&pdf);
    asking.subscribe.form.evidence_sha256 = document_digest(evidence.as_bytes());
    let name = Evidence::name(&fact.subscription);
    asking.private.extend(disclose(fact.member.as_str(), &[(name.as_str(), evidence.as_str())])?);
    let draft: Draft = match shared.registrar.draft(command(&asking), asking.private.clone()) {
        Ok(draft) => draft,
        Err(refusal) => return Ok(Err(refusal)),
    };
    shared.registrar.keep_private(&draft.private).await?;
    let kept = Subscribing {
        texts: draft.texts,
        mark: visitor.mark(),
        fields: asking.apply.map_or_else(Vec::new, |apply| apply.fields),
        signer_vkey: asking.subscribe.signer_vkey,
        user_agent: asking.user_agent,
    };
    Ok(Ok(signing::keep(shared, SUBSCRIPTION, &kept, FORM_MS).await?))
}

fn evidence(shared: &Shared, asking: &Asking, fact: &SharesSubscribed) -> Result<Evidence> {
    let book = shared.book();
    let now = format_instant(shared.registrar.now_ms())
        .map_err(|error| PageError::failed("the clock", &error))?;
    let consent = |(_, text): &(&str, &str)| Consent {
        text: (*text).to_owned(),
        text_sha256: document_digest(text.as_bytes()),
        accepted_at: now.clone(),
    };
    Ok(Evidence {
        form: "evidence@v1".into(),
        subscription: fact.subscription.clone(),
        member: fact.member.clone(),
        channel: "portail".into(),
        sent_at: now.clone(),
        user_agent: asking.user_agent.clone(),
        in_words: fact.form.in_words.clone(),
        consents: CONSENTS.iter().map(consent).collect(),
        warning_sha256: bulletin::warning_digest(),
        bylaws_sha256: bulletin::bylaws_digest(&book)?,
        template_sha256: bulletin::template(),
        printed: bulletin::printed(shared, &book)?,
    })
}

fn subscribed(events: &[Event]) -> Result<&SharesSubscribed> {
    let fact = events.iter().find_map(|event| match event {
        Event::SharesSubscribed(fact) => Some(fact),
        _ => None,
    });
    fact.ok_or(PageError::NotFound)
}

fn applied(events: &[Event]) -> Option<&MemberApplied> {
    events.iter().find_map(|event| match event {
        Event::MemberApplied(fact) => Some(fact),
        _ => None,
    })
}

/// The facts of texts that wait.
fn events(texts: &[String]) -> Result<Vec<Event>> {
    let contents = signing::contents(texts)?;
    let read = |content: &ledger::log::LeafContent| {
        Event::from_parts(&content.kind, &content.body)
            .map_err(|error| PageError::failed("a stored text", &error))
    };
    contents.iter().map(read).collect()
}

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

async fn kept(shared: &Shared, visitor: &Visitor, draft: &str) -> Result<Subscribing> {
    let (kept, _) = signing::kept::<Subscribing>(shared, draft, &[SUBSCRIPTION]).await?;
    if kept.mark == visitor.mark() { Ok(kept) } else { Err(PageError::NotFound) }
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

/// The subscriber, whose kind the book may not know yet.
async fn person(shared: &Shared, events: &[Event], fact: &SharesSubscribed) -> Result<Person> {
    match applied(events) {
        Some(applied) => {
            let values = shared.registrar.private(fact.member.as_str()).await?;
            Ok(Person::new(applied.person, values))
        }
        None => Person::of(shared, &fact.member).await,
    }
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
    let category = match applied(&events) {
        Some(applied) => applied.category.clone(),
        None => {
            let known = book.state().registers.members.category_of(&fact.member);
            known.cloned().ok_or(PageError::NotFound)?
        }
    };
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
                    return Ok(page.into_response());
                }
                Err(error) => return Err(error),
            }
        }
        None => vec![None; waiting.texts.len()],
    };
    let mut leaves = Vec::new();
    for (text, own) in waiting.texts.iter().zip(own) {
        let desk = shared.registrar.desk().sign_text(text);
        let desk = desk.map_err(|error| PageError::failed("the desk's key", &error))?;
        leaves.push(Leaf::assemble(text.clone(), own.into_iter().chain([desk]).collect()));
    }
    let events = events(&waiting.texts)?;
    let member = subscribed(&events)?.member.clone();
    shared.registrar.submit(Signed { leaves, private: Vec::new() }).await?;
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
    let events = events(&waiting.texts)?;
    let fact = subscribed(&events)?;
    let person = person(&shared, &events, fact).await?;
    let apply = applied(&events).map(|applied| Apply {
        member: applied.member.clone(),
        person: applied.person,
        category: applied.category.clone(),
        mandate: applied.mandate.clone(),
        fields: waiting.fields.clone(),
        sd: applied.sd.clone(),
        signer_vkey: None,
    });
    let book = shared.book();
    let known = book.state().registers.members.category_of(&fact.member).cloned();
    let category = apply.as_ref().map(|apply| apply.category.clone()).or(known);
    let asking = Asking {
        apply,
        subscribe: Subscribe {
            subscription: SubscriptionRef::from_random(keys::random()?),
            member: fact.member.clone(),
            count: fact.count,
            place: fact.place.clone(),
            on: shared.registrar.today(),
            form: unsigned_form(fact.form.in_words.clone()),
            signer_vkey: None,
        },
        person,
        category: category.ok_or(PageError::NotFound)?,
        user_agent: waiting.user_agent.clone(),
        private: Vec::new(),
    };
    let next = prepare(&shared, &visitor, asking).await??;
    shared.registrar.store().close_draft(&draft).await?;
    Ok(Redirect::to(&format!("/souscrire/signer/{next}")))
}
