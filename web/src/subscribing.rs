//! From a filled form to the texts of a subscription: identity to the vault, the bulletin and its
//! evidence, and what waits for the signature.

use std::collections::BTreeMap;

use ledger::base::{CategoryId, Digest, MemberRef, PlaceRef, ShareCount, SubscriptionRef};
use ledger::command::Command;
use ledger::documents::document_digest;
use ledger::event::Event;
use ledger::log::leaf::format_instant;
use ledger::log::{Leaf, Signature, SigningKey};
use ledger::members::{Apply, MemberApplied, PersonKind};
use ledger::refusal::Refusal;
use ledger::registrar::{Draft, PrivateValue, Signed, digests, disclose, keys};
use ledger::shares::{FormEvidence, SharesSubscribed, Subscribe};
use serde::{Deserialize, Serialize};

use crate::Shared;
use crate::access::Visitor;
use crate::bulletin::{self, CONSENTS, Consent, Evidence};
use crate::error::{PageError, Result};
use crate::people::Person;
use crate::signing::{self, SUBSCRIPTION};

/// How long a form waits for its signature, in milliseconds.
const FORM_MS: i64 = 24 * 3_600_000;

/// What the form asked for, read and sound.
pub(crate) struct Wanted {
    pub(crate) member: MemberRef,
    pub(crate) newcomer: Option<Newcomer>,
    pub(crate) count: ShareCount,
    pub(crate) in_words: String,
    pub(crate) place: Option<PlaceRef>,
    pub(crate) signer_vkey: Option<String>,
    pub(crate) user_agent: String,
}

/// Somebody who is not in the book yet.
pub(crate) struct Newcomer {
    pub(crate) person: PersonKind,
    pub(crate) values: BTreeMap<String, String>,
    pub(crate) category: CategoryId,
    pub(crate) mandate: Option<String>,
}

/// What is kept until the signature: texts and references, nothing personal.
#[derive(Serialize, Deserialize)]
pub(crate) struct Subscribing {
    pub(crate) texts: Vec<String>,
    /// Which browser filled the form in: no other reads the bulletin.
    mark: String,
    /// Names of the identity fields given.
    fields: Vec<String>,
    pub(crate) signer_vkey: Option<String>,
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
pub(crate) async fn begin(
    shared: &Shared,
    visitor: &Visitor,
    wanted: Wanted,
) -> Result<Result<String, Refusal>> {
    let asking = asking(shared, wanted).await?;
    prepare_and_keep(shared, visitor, asking).await
}

async fn prepare_and_keep(
    shared: &Shared,
    visitor: &Visitor,
    asking: Asking,
) -> Result<Result<String, Refusal>> {
    let _alone = shared.sealing.read().await;
    match prepare(shared, visitor.mark(), asking).await? {
        Ok(waiting) => Ok(Ok(signing::keep(shared, SUBSCRIPTION, &waiting, FORM_MS).await?)),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Subscribes in one step with a key at hand, the subscriber's own if there is one: the example
/// cooperative is filled so, through the same form and evidence as a visitor's.
///
/// # Errors
/// The refusal of a rule, or what the world did not answer.
pub(crate) async fn subscribe_signed(
    shared: &Shared,
    wanted: Wanted,
    key: Option<&SigningKey>,
) -> Result<SubscriptionRef> {
    let asking = asking(shared, wanted).await?;
    let waiting = prepare(shared, String::new(), asking).await??;
    let sign = |text: &String| match key {
        Some(key) => key.sign_text(text).map(Some),
        None => Ok(None),
    };
    let own: Result<Vec<_>, _> = waiting.texts.iter().map(sign).collect();
    let own = own.map_err(|error| PageError::failed("a subscriber's key", &error))?;
    let fact = submit(shared, &waiting, own).await?;
    Ok(fact.subscription)
}

/// Submits the texts with the subscriber's signatures, if any, and the desk's, which witnesses the
/// act (R82); gives the fact.
pub(crate) async fn submit(
    shared: &Shared,
    waiting: &Subscribing,
    own: Vec<Option<Signature>>,
) -> Result<SharesSubscribed> {
    let mut leaves = Vec::new();
    for (text, own) in waiting.texts.iter().zip(own) {
        let desk = shared.registrar.desk().sign_text(text);
        let desk = desk.map_err(|error| PageError::failed("the desk's key", &error))?;
        leaves.push(Leaf::assemble(text.clone(), own.into_iter().chain([desk]).collect()));
    }
    let fact = subscribed(&events(&waiting.texts)?)?.clone();
    shared.registrar.submit(Signed { leaves, private: Vec::new() }).await?;
    Ok(fact)
}

async fn asking(shared: &Shared, wanted: Wanted) -> Result<Asking> {
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
    if let Some(newcomer) = newcomer {
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
        Ok(Asking { apply: Some(apply), subscribe, person, category, user_agent, private })
    } else {
        let person = Person::of(shared, &member).await?;
        let book = shared.book();
        let category = book.state().registers.members.category_of(&member);
        let category = category.cloned().ok_or(PageError::NotFound)?;
        Ok(Asking { apply: None, subscribe, person, category, user_agent, private: Vec::new() })
    }
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
    shared: &Shared,
    mark: String,
    mut asking: Asking,
) -> Result<Result<Subscribing, Refusal>> {
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
    Ok(Ok(Subscribing {
        texts: draft.texts,
        mark,
        fields: asking.apply.map_or_else(Vec::new, |apply| apply.fields),
        signer_vkey: asking.subscribe.signer_vkey,
    }))
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

/// The subscription among the facts of a form.
pub(crate) fn subscribed(events: &[Event]) -> Result<&SharesSubscribed> {
    let fact = events.iter().find_map(|event| match event {
        Event::SharesSubscribed(fact) => Some(fact),
        _ => None,
    });
    fact.ok_or(PageError::NotFound)
}

/// The application among them, when the subscriber is new.
pub(crate) fn applied(events: &[Event]) -> Option<&MemberApplied> {
    events.iter().find_map(|event| match event {
        Event::MemberApplied(fact) => Some(fact),
        _ => None,
    })
}

/// The facts of texts that wait.
pub(crate) fn events(texts: &[String]) -> Result<Vec<Event>> {
    let contents = signing::contents(texts)?;
    let read = |content: &ledger::log::LeafContent| {
        Event::from_parts(&content.kind, &content.body)
            .map_err(|error| PageError::failed("a stored text", &error))
    };
    contents.iter().map(read).collect()
}

/// What waits under that reference, for the browser that filled the form in.
pub(crate) async fn kept(shared: &Shared, visitor: &Visitor, draft: &str) -> Result<Subscribing> {
    let (kept, _) = signing::kept::<Subscribing>(shared, draft, &[SUBSCRIPTION]).await?;
    if kept.mark == visitor.mark() { Ok(kept) } else { Err(PageError::NotFound) }
}

/// The subscriber, whose kind the book may not know yet.
pub(crate) async fn person(
    shared: &Shared,
    events: &[Event],
    fact: &SharesSubscribed,
) -> Result<Person> {
    match applied(events) {
        Some(applied) => {
            let values = shared.registrar.private(fact.member.as_str()).await?;
            Ok(Person::new(applied.person, values))
        }
        None => Person::of(shared, &fact.member).await,
    }
}

/// The same form again, under a new reference, for the desk's key alone.
pub(crate) async fn again_for_the_desk(
    shared: &Shared,
    visitor: &Visitor,
    waiting: &Subscribing,
) -> Result<Result<String, Refusal>> {
    let events = events(&waiting.texts)?;
    let fact = subscribed(&events)?;
    let person = person(shared, &events, fact).await?;
    let evidence = Evidence::of(shared, fact).await?.ok_or(PageError::NotFound)?;
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
        user_agent: evidence.user_agent,
        private: Vec::new(),
    };
    prepare_and_keep(shared, visitor, asking).await
}
