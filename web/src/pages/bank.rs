//! A bank statement: read the file, show what is new and what is known, keep its texts for signature.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use ledger::base::{Amount, Notice};
use ledger::event::Event;
use ledger::registrar::{BankFileError, Draft, ReadStatement};
use ledger::treasury::Statement;

use super::treasury::target_words;
use crate::access::Visitor;
use crate::error::Result;
use crate::form::Upload;
use crate::layout::{Layout, page};
use crate::signing;
use crate::{Shared, format};

#[derive(Template)]
#[template(path = "bank.html")]
struct Bank {
    layout: Layout,
    refusals: Vec<Notice>,
    previews: Vec<Preview>,
    may_accept: bool,
}

/// A statement that can be imported, before its signature.
struct Preview {
    draft: String,
    account: String,
    until: String,
    opening: Option<Amount>,
    closing: Option<Amount>,
    new_lines: String,
    known_lines: String,
    lines: Vec<LineRow>,
}

struct LineRow {
    on: String,
    counterparty: String,
    label: String,
    amount: Amount,
    /// What it pays, when the reference and the sum leave no doubt.
    pays: Option<String>,
    known: bool,
}

/// `GET /tresorerie/releve`
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
) -> Result<Html<String>> {
    let layout = Layout::of(&shared, &visitor)?;
    page(&Bank { layout, refusals: Vec::new(), previews: Vec::new(), may_accept: false })
}

/// `POST /tresorerie/releve`
pub(crate) async fn read(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Upload { form, file }: Upload,
) -> Result<Response> {
    let accept = form.is_checked("accepter");
    let (mut refusals, mut previews) = (Vec::new(), Vec::new());
    match shared.registrar.read_statements(&file, accept) {
        Ok(statements) => {
            for statement in statements {
                match preview(&shared, &visitor, statement).await? {
                    Ok(preview) => previews.push(preview),
                    Err(notice) => refusals.push(notice),
                }
            }
        }
        Err(BankFileError::Unreadable(why)) => refusals.push(Notice {
            what: "Ce fichier n’est pas importé.".into(),
            why,
            rule: None,
            remedy: "Demandez à votre banque le relevé au format CAMT.053, en un seul fichier."
                .into(),
        }),
        Err(BankFileError::Vault(error)) => return Err(error.into()),
    }
    let status =
        if previews.is_empty() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let layout = Layout::of(&shared, &visitor)?;
    let may_accept = !refusals.is_empty();
    Ok((status, page(&Bank { layout, refusals, previews, may_accept })?).into_response())
}

async fn preview(
    shared: &Arc<Shared>,
    visitor: &Visitor,
    read: ReadStatement,
) -> Result<Result<Preview, Notice>> {
    let lines: Vec<_> = read.command.lines.iter().map(|line| line.line.clone()).collect();
    let statement = read.statement.clone();
    let (command, private) = read.into_parts();
    let draft = match shared.registrar.draft(command, private) {
        Ok(draft) => draft,
        Err(refusal) => return Ok(Err(refusal.notice())),
    };
    let rows = statement.lines.iter().zip(&lines).map(|(line, reference)| {
        let known = !draft
            .events
            .iter()
            .any(|event| matches!(event, Event::LineRecorded(fact) if fact.line == *reference));
        let pays = draft.events.iter().find_map(|event| match event {
            Event::LineMatched(fact) if fact.line == *reference => Some(&fact.target),
            _ => None,
        });
        LineRow {
            on: line.booked_on.with_slashes(),
            counterparty: line.counterparty.clone().unwrap_or_default(),
            label: line.label.clone(),
            amount: line.amount,
            pays: pays.map(|target| target_words(&shared.book(), target)),
            known,
        }
    });
    let rows: Vec<LineRow> = rows.collect();
    keep(shared, visitor, (statement, rows), draft).await.map(Ok)
}

async fn keep(
    shared: &Arc<Shared>,
    visitor: &Visitor,
    (statement, lines): (Statement, Vec<LineRow>),
    draft: Draft,
) -> Result<Preview> {
    let known = lines.iter().filter(|line| line.known).count();
    let title = format!("Import du relevé {} au {}", statement.id, statement.until.with_slashes());
    let draft = signing::keep_act(shared, visitor, &title, (draft, "/tresorerie")).await?;
    Ok(Preview {
        draft,
        account: statement.iban.as_ref().map_or(statement.account, ledger::base::Iban::in_groups),
        until: statement.until.in_french(),
        opening: statement.opening,
        closing: statement.closing,
        new_lines: format::count(
            lines.len().saturating_sub(known),
            "ligne nouvelle",
            "lignes nouvelles",
        ),
        known_lines: format::count(known, "ligne déjà connue", "lignes déjà connues"),
        lines,
    })
}
