//! The leaves that a key in doubt has signed: each is looked at again, and what is found is recorded.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use ledger::authority::{Finding, ReviewLeaves, Role};
use ledger::base::{LeafIndex, Notice};
use ledger::command::Command;
use ledger::log::Leaf;
use ledger::registrar::Book;

use super::admin::{REASON_MAX, short};
use crate::access::Visitor;
use crate::error::{PageError, Result};
use crate::facts;
use crate::form::{Choice, Form, Posted};
use crate::layout::{Layout, page};
use crate::{Shared, format, signing};

/// The most leaves that one review names, and that the page shows.
const LEAVES_MAX: usize = 100;

/// What a review may find, as the form sends it.
const FINDINGS: [(&str, Finding, &str); 2] = [
    ("confirmees", Finding::Confirmed, "la personne habilitée les a bien signées"),
    (
        "non-reconnues",
        Finding::Disowned,
        "elle ne les reconnaît pas : d’autres faits les corrigeront",
    ),
];

#[derive(Template)]
#[template(path = "review.html")]
struct Reviewed {
    layout: Layout,
    form: Form,
    refusal: Option<Notice>,
    rows: Vec<Row>,
    more: usize,
    findings: Vec<Choice>,
    may_review: bool,
}

struct Row {
    leaf: LeafIndex,
    title: &'static str,
    /// The keys in doubt, and why.
    doubts: Vec<String>,
    chosen: bool,
}

/// How many leaves wait, in words; nothing when none does.
pub(super) fn waiting(book: &Book) -> Option<String> {
    let count = leaves(book).len();
    (count > 0).then(|| format::count(count, "feuille est à revoir", "feuilles sont à revoir"))
}

/// Each leaf that waits, with its doubts.
fn leaves(book: &Book) -> BTreeMap<LeafIndex, Vec<String>> {
    let mut leaves: BTreeMap<LeafIndex, Vec<String>> = BTreeMap::new();
    for open in book.state().registers.authority.to_review() {
        let doubt = format!("{} : {}", short(&open.suspicion.key_name), open.suspicion.reason);
        let doubts = leaves.entry(open.leaf).or_default();
        if !doubts.contains(&doubt) {
            doubts.push(doubt);
        }
    }
    leaves
}

/// `GET /revue`
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
) -> Result<Html<String>> {
    shown(&shared, &visitor, Form::default(), None).await
}

async fn shown(
    shared: &Shared,
    visitor: &Visitor,
    form: Form,
    refusal: Option<Notice>,
) -> Result<Html<String>> {
    let open = leaves(&shared.book());
    let more = open.len().saturating_sub(LEAVES_MAX);
    let mut rows = Vec::new();
    for (leaf, doubts) in open.into_iter().take(LEAVES_MAX) {
        let chosen = form.all("feuille").iter().any(|chosen| *chosen == leaf.to_string());
        rows.push(Row { leaf, title: title(shared, leaf).await?, doubts, chosen });
    }
    let findings = FINDINGS.iter().map(|(value, _, label)| Choice::new(value, label));
    page(&Reviewed {
        layout: Layout::of(shared, visitor)?,
        form,
        refusal,
        rows,
        more,
        findings: findings.collect(),
        may_review: matches!(visitor.role(), Some(Role::Admin | Role::Officer)),
    })
}

async fn title(shared: &Shared, leaf: LeafIndex) -> Result<&'static str> {
    let bytes = shared.registrar.leaf(leaf.get()).await?.ok_or(PageError::NotFound)?;
    let leaf = Leaf::parse(&bytes).map_err(|error| PageError::failed("a stored leaf", &error))?;
    Ok(facts::title(&leaf.content.kind))
}

/// `POST /revue`: prepares the review, which as many sign as the rules ask of their office.
pub(crate) async fn ask(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Posted(mut form): Posted,
) -> Result<Response> {
    let (by, next) = match visitor.role() {
        Some(Role::Admin) => (Role::Admin, "/administration"),
        Some(Role::Officer) => (Role::Officer, "/bureau"),
        _ => return Err(PageError::Forbidden),
    };
    let mut refusal = None;
    if let Some(command) = read(&mut form, by) {
        let title = "Revue de feuilles mises en doute";
        match signing::prepare(&shared, &visitor, title, command, (Vec::new(), next)).await? {
            Ok(redirect) => return Ok(redirect.into_response()),
            Err(refused) => refusal = Some(refused.notice()),
        }
    }
    let page = shown(&shared, &visitor, form, refusal).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn read(form: &mut Form, by: Role) -> Option<Command> {
    let chosen = form.all("feuille").iter().filter_map(|text| text.parse().ok());
    let mut leaves: Vec<LeafIndex> = chosen.map(LeafIndex::new).collect();
    leaves.sort_unstable();
    leaves.dedup();
    if leaves.is_empty() {
        form.refuse("feuille", "Choisissez au moins une feuille.");
    }
    let finding = form.read("constat", "Indiquez ce que la revue a trouvé.", |text| {
        let finding = FINDINGS.iter().find(|(value, ..)| *value == text);
        finding.map(|(_, finding, _)| *finding).ok_or("ce choix n’existe pas")
    });
    let note = form.required("note", REASON_MAX, "Indiquez sur quoi la revue s’appuie.");
    let finding = finding.filter(|_| form.is_sound())?;
    Some(Command::ReviewLeaves(ReviewLeaves { by, finding, leaves, note }))
}
