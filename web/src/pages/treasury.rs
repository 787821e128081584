//! The treasurer's desk: balances, lines that pay nothing yet, and what each may pay.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use ledger::base::{Amount, LineRef, Notice};
use ledger::command::Command;
use ledger::registrar::Book;
use ledger::shares::Step;
use ledger::treasury::{Line, MatchLine, Target};

use super::record::ACTS;
use crate::Shared;
use crate::access::Visitor;
use crate::error::{PageError, Result};
use crate::form::{Choice, Form, Posted};
use crate::layout::{Layout, page};
use crate::signing;

#[derive(Template)]
#[template(path = "treasury.html")]
struct Treasury {
    layout: Layout,
    accounts: Vec<AccountRow>,
    lines: Vec<LineRow>,
    acts: Vec<Choice>,
    incomplete: usize,
}

struct AccountRow {
    label: String,
    iban: String,
    movements: Amount,
    bank: Option<(String, Amount)>,
}

/// A line that pays nothing yet, in whole or in part.
struct LineRow {
    reference: LineRef,
    on: String,
    counterparty: String,
    label: String,
    amount: Amount,
    left: Amount,
    suggestion: Option<String>,
}

/// `GET /tresorerie`
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
) -> Result<Html<String>> {
    let book = shared.book();
    let treasury = &book.state().registers.treasury;
    let accounts = treasury.accounts().map(|account| AccountRow {
        label: account.fact.label.clone(),
        iban: account.fact.iban.in_groups(),
        movements: account.movements,
        bank: treasury
            .bank_balance(&account.fact.account)
            .map(|(day, amount)| (day.in_french(), amount)),
    });
    let mut lines = Vec::new();
    for line in treasury.unmatched() {
        lines.push(row(&shared, &book, line).await?);
    }
    let acts = ACTS.iter().filter(|act| act.role == ledger::authority::Role::Treasurer);
    page(&Treasury {
        layout: Layout::of(&shared, &visitor)?,
        accounts: accounts.collect(),
        lines,
        acts: acts.map(|act| Choice::new(act.slug, act.title)).collect(),
        incomplete: treasury.incomplete_statements().count(),
    })
}

fn left(line: &Line) -> Amount {
    line.left().unwrap_or(Amount::ZERO)
}

async fn row(shared: &Shared, book: &Book, line: &Line) -> Result<LineRow> {
    let private: BTreeMap<String, String> =
        shared.registrar.private(line.fact.line.as_str()).await?;
    let value = |name: &str| private.get(name).cloned().unwrap_or_default();
    let left = left(line);
    let exact = open_targets(book).into_iter().find(|(_, owed)| *owed == left);
    Ok(LineRow {
        reference: line.fact.line.clone(),
        on: line.fact.booked_on.with_slashes(),
        counterparty: value("counterparty"),
        label: value("label"),
        amount: line.fact.amount,
        left,
        suggestion: exact.map(|(target, _)| target_words(book, &target)),
    })
}

/// What a target is, in a few words.
pub(super) fn target_words(book: &Book, target: &Target) -> String {
    let registers = &book.state().registers;
    let subscription = |reference| {
        let found = registers.shares.subscription(reference);
        found.map_or_else(String::new, |s| {
            format!("de {} ({})", s.fact.amount(), s.fact.reference.in_groups())
        })
    };
    match target {
        Target::Subscription(reference) => format!("Souscription {}", subscription(reference)),
        Target::Refund(reference) => {
            format!("Remboursement de la souscription {}", subscription(reference))
        }
        Target::Grant(reference) => {
            registers.funding.grant(reference).map_or_else(String::new, |grant| {
                format!("Subvention : {}, {}", grant.fact.funder, grant.fact.title)
            })
        }
        Target::Invoice(number) => {
            registers.funding.invoice(number).map_or_else(String::new, |invoice| {
                format!("Facture {number}, {}", invoice.fact.customer)
            })
        }
        Target::Call { call, place } => {
            let title = registers.pooling.call(call).map_or("", |call| call.fact.title.as_str());
            let place = registers.pooling.place(place).map_or("", |place| place.fact.name.as_str());
            format!("Appel : {title}, {place}")
        }
        Target::Cost(reference) => {
            registers.pooling.cost(reference).map_or_else(String::new, |cost| {
                format!("Fournisseur : {}, {}", cost.fact.supplier, cost.fact.title)
            })
        }
        Target::BankFee => "Frais bancaires".into(),
    }
}

/// What is still owed, signed like the line that would pay it: shown as choices, decided by the rules.
fn open_targets(book: &Book) -> Vec<(Target, Amount)> {
    let registers = &book.state().registers;
    let mut owed: Vec<(Target, Amount)> = Vec::new();
    let minus = |amount: Amount| Amount::ZERO.minus(amount).unwrap_or(Amount::ZERO);
    for subscription in registers.shares.subscriptions() {
        let reference = subscription.fact.subscription.clone();
        let target = Target::Subscription(reference.clone());
        match subscription.step {
            Step::Signed => owed.push((target, subscription.fact.amount())),
            Step::Declined { .. } => {
                let received = registers.treasury.received(&target);
                owed.push((Target::Refund(reference), minus(received)));
            }
            Step::Allotted { .. } => {}
        }
    }
    for grant in registers.funding.grants() {
        owed.push((Target::Grant(grant.fact.grant.clone()), grant.fact.amount));
    }
    for invoice in registers.funding.invoices() {
        owed.push((Target::Invoice(invoice.fact.invoice.clone()), invoice.gross));
    }
    for call in registers.pooling.calls() {
        for portion in &call.fact.portions {
            let place = portion.place.clone();
            let gross = registers.pooling.called_gross(&call.fact.call, &place);
            owed.push((Target::Call { call: call.fact.call.clone(), place }, gross));
        }
    }
    for cost in registers.pooling.costs() {
        let gross = minus(registers.pooling.cost_gross(&cost.fact.cost));
        owed.push((Target::Cost(cost.fact.cost.clone()), gross));
    }
    owed.into_iter()
        .filter_map(|(target, due)| {
            let left = due.minus(registers.treasury.received(&target)).ok()?;
            (!left.is_zero()).then_some((target, left))
        })
        .collect()
}

#[derive(Template)]
#[template(path = "match.html")]
struct Match {
    layout: Layout,
    form: Form,
    refusal: Option<Notice>,
    line: LineRow,
    targets: Vec<Choice>,
}

/// `GET /tresorerie/rapprocher/{line}`
pub(crate) async fn line(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(line): Path<String>,
) -> Result<Html<String>> {
    shown(&shared, &visitor, &line, (Form::default(), None)).await
}

async fn shown(
    shared: &Shared,
    visitor: &Visitor,
    line: &str,
    (form, refusal): (Form, Option<Notice>),
) -> Result<Html<String>> {
    let book = shared.book();
    let found = found(&book, line)?;
    let left = left(found);
    // The same side only; an exact sum first.
    let mut targets: Vec<(Target, Amount)> = open_targets(&book)
        .into_iter()
        .filter(|(_, owed)| owed.is_positive() == left.is_positive())
        .collect();
    targets.sort_by_key(|(_, owed)| *owed != left);
    if !left.is_positive() {
        targets.push((Target::BankFee, left));
    }
    let choices = targets.iter().map(|(target, owed)| {
        let exact = if *owed == left { " — montant exact" } else { "" };
        let words = target_words(&book, target);
        Ok(Choice::new(serde_json::to_string(target)?, format!("{words} : {owed}{exact}")))
    });
    page(&Match {
        layout: Layout::of(shared, visitor)?,
        form,
        refusal,
        line: row(shared, &book, found).await?,
        targets: choices.collect::<Result<_>>()?,
    })
}

fn found<'a>(book: &'a Book, line: &str) -> Result<&'a Line> {
    let reference = LineRef::parse(line).map_err(|_| PageError::NotFound)?;
    book.state().registers.treasury.line(&reference).ok_or(PageError::NotFound)
}

/// `POST /tresorerie/rapprocher/{line}`
pub(crate) async fn match_line(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(reference): Path<String>,
    Posted(mut form): Posted,
) -> Result<Response> {
    let line = found(&shared.book(), &reference)?.fact.line.clone();
    let target = form.read("objet", "Choisissez ce que la ligne paie.", |text| {
        serde_json::from_str::<Target>(text).map_err(|_| "ce choix n’existe pas")
    });
    let amount = form.read_if_any("montant", Amount::parse);
    let refusal = match target.filter(|_| form.is_sound()) {
        None => None,
        Some(target) => {
            let title = format!("Rapprochement : {}", target_words(&shared.book(), &target));
            let command = Command::MatchLine(MatchLine { line, target, amount });
            let next = (Vec::new(), "/tresorerie");
            match signing::prepare(&shared, &visitor, &title, command, next).await? {
                Ok(redirect) => return Ok(redirect.into_response()),
                Err(refusal) => Some(refusal.notice()),
            }
        }
    };
    let page = shown(&shared, &visitor, &reference, (form, refusal)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
