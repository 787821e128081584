//! The administrators' desk: the keys in office, those that ask to be, and the end of a key.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use ledger::authority::{Authority, KeyRecord, RevokeKey, Role};
use ledger::base::{LeafIndex, Notice};
use ledger::command::Command;

use super::new_key::ROLES;
use super::record::ACTS;
use super::record_admin::leaf;
use super::review;
use crate::access::Visitor;
use crate::error::Result;
use crate::form::{Choice, Form, Posted};
use crate::layout::{Layout, page};
use crate::signing::{self, KEY};
use crate::witnesses::Vouching;
use crate::{Shared, format};

/// The longest reason of a revocation, in characters.
pub(super) const REASON_MAX: usize = 160;
/// What a reason should say, and should not.
pub(super) const REASON_HINT: &str =
    "Par exemple « fin de mandat » ou « appareil volé ». Jamais le nom d’une personne.";

#[derive(Template)]
#[template(path = "admin.html")]
struct Admin {
    layout: Layout,
    form: Form,
    refusal: Option<Notice>,
    requests: Vec<Request>,
    keys: Vec<Key>,
    revocable: Vec<Choice>,
    threshold: String,
    vouching: Vouching,
    witnesses: Vec<Witness>,
    acts: Vec<Choice>,
    log_keys: Vec<LogKeyRow>,
    /// How many leaves wait for their review.
    to_review: Option<String>,
}

/// A witness of the policy, as the list shows it.
struct Witness {
    name: String,
    url: Option<String>,
    /// The size that it has cosigned, and when.
    cosigned: Option<(u64, String)>,
    trouble: Option<String>,
}

/// A key that signs, or signed, checkpoints.
struct LogKeyRow {
    id: String,
    named: LeafIndex,
    /// In force now.
    signs: bool,
}

/// An enrolment or a revocation that waits for administrators.
struct Request {
    draft: String,
    title: String,
    missing: String,
    mine: bool,
    signers: Vec<String>,
    /// The new key and its id, where there is one.
    new_key: Option<(String, String)>,
    until: String,
}

struct Key {
    holder: String,
    role: &'static str,
    name: String,
    id: String,
    enrolled: LeafIndex,
    revoked: Option<LeafIndex>,
    replaced_by: Option<String>,
    /// From which leaf on what it signed is in doubt.
    doubt: Option<LeafIndex>,
}

/// The role of a key as the list shows it: an office, whoever holds it.
fn role(role: Role) -> &'static str {
    let known = ROLES.iter().find(|(_, known, _)| *known == role);
    known.map_or("Guichet du portail", |(.., label)| label)
}

fn key(record: &KeyRecord, authority: &Authority) -> Key {
    let doubts = authority.suspicions().filter(|doubt| doubt.key_name == record.name);
    Key {
        replaced_by: record.replaced_by.as_deref().map(|name| short(name).to_owned()),
        doubt: doubts.map(|doubt| doubt.from).min(),
        holder: record.holder.clone(),
        role: role(record.role),
        name: short(&record.name).to_owned(),
        id: signing::key_id(&record.vkey),
        enrolled: record.enrolled,
        revoked: record.revoked,
    }
}

/// The last part of a key's name: the first is the log's, the same for all.
pub(super) fn short(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// `GET /administration`
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
) -> Result<Html<String>> {
    desk(&shared, &visitor, Form::default(), None).await
}

async fn desk(
    shared: &Shared,
    visitor: &Visitor,
    form: Form,
    refusal: Option<Notice>,
) -> Result<Html<String>> {
    let me = visitor.office()?;
    let book = shared.book();
    let authority = &book.state().registers.authority;
    let label = |name: &String| {
        let office = authority.key(name).map(|record| record.holder.clone());
        office.unwrap_or_else(|| format!("la nouvelle clé ({})", short(name)))
    };
    let waiting = signing::waiting(shared, KEY).await?;
    let requests = waiting.into_iter().filter(|(_, pending)| pending.is_proved());
    let requests = requests.map(|(draft, pending)| {
        let signers = pending.signers();
        Request {
            until: signing::until(&draft),
            draft: draft.id,
            missing: format::count(pending.missing(), "signature manque", "signatures manquent"),
            mine: signers.iter().any(|name| name == me),
            signers: signers.iter().map(label).collect(),
            new_key: pending.own.map(|vkey| (signing::key_id(&vkey), vkey)),
            title: pending.title,
        }
    });
    let requests = requests.collect();
    let mut records: Vec<&KeyRecord> = authority.keys().collect();
    // In office first, then as they came.
    records.sort_by_key(|record| (record.revoked.is_some(), record.enrolled));
    let revocable = records.iter().filter(|record| record.revoked.is_none()).map(|record| {
        Choice::new(&record.name, format!("{} ({})", record.holder, short(&record.name)))
    });
    let threshold = authority.threshold();
    let witnesses = shared.registrar.witnesses().await?.into_iter().map(|witness| Witness {
        name: witness.name,
        url: witness.url,
        cosigned: witness.cosigned.map(|(size, time)| (size, format::seconds(time))),
        trouble: witness.trouble,
    });
    let in_force = authority.log_keys_at(book.size().saturating_add(1));
    let log_keys = authority.log_keys().map(|key| LogKeyRow {
        id: signing::key_id(&key.vkey),
        named: key.named,
        signs: in_force.contains(&key),
    });
    let acts = ACTS.iter().filter(|act| act.role == Role::Admin);
    page(&Admin {
        acts: acts.map(|act| Choice::new(act.slug, act.title)).collect(),
        log_keys: log_keys.collect(),
        to_review: review::waiting(&book),
        layout: Layout::of(shared, visitor)?,
        form,
        refusal,
        requests,
        revocable: revocable.collect(),
        witnesses: witnesses.collect(),
        vouching: Vouching::of(shared).await?,
        keys: records.into_iter().map(|record| key(record, authority)).collect(),
        threshold: format::count(threshold, "administrateur", "administrateurs"),
    })
}

/// `POST /administration/temoins`: asks the witnesses now, whatever their pace.
pub(crate) async fn ask_witnesses(
    State(shared): State<Arc<Shared>>,
    Posted(_): Posted,
) -> Redirect {
    shared.registrar.ask_witnesses().await;
    Redirect::to("/administration")
}

/// `POST /administration/revoquer`
pub(crate) async fn revoke(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Posted(mut form): Posted,
) -> Result<Response> {
    let key_name = form.required("cle_revoquee", 300, "Choisissez la clé à révoquer.");
    let reason = form.required("motif", REASON_MAX, "Indiquez le motif.");
    let suspect_from = form.read_if_any("depuis", leaf);
    let mut refusal = None;
    if form.is_sound() {
        let title = format!("Révocation de la clé «\u{a0}{}\u{a0}»", short(&key_name));
        let command = Command::RevokeKey(RevokeKey { key_name, reason, suspect_from });
        let next = (Vec::new(), "/administration");
        match signing::prepare(&shared, &visitor, &title, command, next).await? {
            Ok(redirect) => return Ok(redirect.into_response()),
            Err(refused) => refusal = Some(refused.notice()),
        }
    }
    let page = desk(&shared, &visitor, form, refusal).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
