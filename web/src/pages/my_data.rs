//! A person's own data: what is held, why and until when; to take away; and the request to erase it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{Html, Redirect, Response};
use ledger::base::{MemberRef, Notice};
use ledger::registrar::Book;
use ledger::shares::{Step, Subscription};
use serde_json::{Value as Json, json};

use super::register::cell;
use crate::access::Visitor;
use crate::error::{PageError, Result};
use crate::form::Posted;
use crate::held::{self, Fate, Held};
use crate::layout::{self, Layout, page};
use crate::people::Person;
use crate::requests::{self, Request};
use crate::{Shared, bylaws};

#[derive(Template)]
#[template(path = "my_data.html")]
struct MyData {
    layout: Layout,
    name: String,
    reference: MemberRef,
    held: Vec<Held>,
    request: Option<Asked>,
    /// What an erasure would take today.
    free: String,
    /// Why it would take nothing.
    refusal: Option<Notice>,
    session_hours: i64,
}

/// A request as its author reads it.
struct Asked {
    on: String,
    due: String,
    answer: Option<(String, String)>,
    erased: Option<(u64, String)>,
}

impl Asked {
    fn of(request: &Request, book: &Book) -> Self {
        Self {
            on: request.on.in_french(),
            due: request.due().in_french(),
            answer: request.answer.clone().map(|answer| (answer.on.in_french(), answer.words)),
            erased: request.erased(book).map(|(leaf, day)| (leaf, day.in_french())),
        }
    }

    fn is_open(&self) -> bool {
        self.answer.is_none() && self.erased.is_none()
    }
}

/// `GET /mes-donnees`
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
) -> Result<Html<String>> {
    let member = visitor.member()?;
    let book = shared.book();
    let held = held::of(&shared, member).await?;
    let request = requests::of(&shared, member).await?;
    page(&MyData {
        layout: Layout::of(&shared, &visitor)?,
        name: Person::of(&shared, member).await?.name(),
        reference: member.clone(),
        free: free(&held),
        held,
        request: request.map(|(_, request)| Asked::of(&request, &book)),
        refusal: requests::refusal(&shared, member).await?,
        session_hours: shared.config.session_hours,
    })
}

/// What an erasure would take today, in words.
pub(super) fn free(held: &[Held]) -> String {
    let free = held.iter().filter(|held| matches!(held.fate, Fate::Free));
    free.map(|held| held.class.label()).collect::<Vec<_>>().join(", ")
}

/// `POST /mes-donnees/effacement`: asks to be erased, or takes the request back.
pub(crate) async fn ask(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Posted(form): Posted,
) -> Result<Redirect> {
    let member = visitor.member()?;
    if form.value("retirer") == "oui" {
        requests::take_back(&shared, member).await?;
    } else {
        requests::ask(&shared, member).await?;
    }
    Ok(Redirect::to("/mes-donnees#effacement"))
}

/// `GET /mes-donnees.json`: everything, for the person or another service (GDPR, articles 15 and 20).
pub(crate) async fn json(State(shared): State<Arc<Shared>>, visitor: Visitor) -> Result<Response> {
    let member = visitor.member()?;
    let book = shared.book();
    let registers = &book.state().registers;
    let known = registers.members.get(member).ok_or(PageError::NotFound)?;
    let company = &bylaws(&book)?.company;
    let held = held::of(&shared, member).await?;
    let certificates = registers.shares.certificates().iter();
    let certificates = certificates.filter(|row| row.fact.member == *member).map(|row| {
        let fact = &row.fact;
        json!({ "reference": fact.certificate, "date": fact.on, "parts": fact.count, "feuille": row.stamp.index })
    });
    let subscriptions = registers.shares.subscriptions().filter(|s| s.fact.member == *member);
    let file = json!({
        "format": "donnees-personnelles@v1",
        "etabli_le": shared.registrar.today(),
        "responsable": { "denomination": company.name, "siren": company.siren, "siege": company.seat_line() },
        "journal": registers.authority.origin(),
        "reference": member,
        "personne": known.person.label(),
        "categorie": known.category_now(),
        "demande_d_adhesion": { "feuille": known.applied.index, "date": known.applied.day },
        "donnees": held.iter().map(class).collect::<Vec<_>>(),
        "souscriptions": subscriptions.map(subscription).collect::<Vec<_>>(),
        "parts_detenues": registers.shares.holding(member).map(|holding| holding.count),
        "attestations": certificates.collect::<Vec<_>>(),
    });
    let bytes = serde_json::to_vec_pretty(&file)?;
    Ok(layout::download("application/json", "mes-donnees.json", bytes))
}

fn class(held: &Held) -> Json {
    let day = match &held.fate {
        Fate::Kept { day, .. } => *day,
        Fate::Free | Fate::Erased { .. } => None,
    };
    let values = held.values.iter().map(|value| {
        // An evidence file is JSON itself.
        let text = Json::String(value.text.clone());
        let is_file = value.name.starts_with("evidence.");
        let read = is_file.then(|| serde_json::from_str(&value.text).ok()).flatten();
        json!({
            "nom": value.name,
            "libelle": value.label,
            "valeur": read.unwrap_or(text),
            "divulgation": value.disclosure,
        })
    });
    json!({
        "classe": held.class.label(),
        "etat": held.fate.word(),
        "raison": held.fate.why(),
        "duree": held.fate.until(),
        "jusqu_au": day,
        "valeurs": values.collect::<Vec<_>>(),
    })
}

fn subscription(found: &Subscription) -> Json {
    let fact = &found.fact;
    let step = match &found.step {
        Step::Signed => "signée",
        Step::Allotted { .. } => "parts attribuées",
        Step::Declined { .. } => "refusée",
    };
    json!({
        "reference": fact.subscription,
        "reference_de_paiement": fact.reference,
        "parts": fact.count,
        "montant_en_centimes": fact.amount(),
        "signee_le": fact.on,
        "etat": step,
        "feuille": found.stamp.index,
    })
}

/// `GET /mes-donnees.csv`: the values, one a line, as a spreadsheet opens them.
pub(crate) async fn csv(State(shared): State<Arc<Shared>>, visitor: Visitor) -> Result<Response> {
    let held = held::of(&shared, visitor.member()?).await?;
    let mut text = String::from("\u{feff}classe;donnée;valeur;état;pourquoi;jusqu’à quand\r\n");
    for class in &held {
        let fate = &class.fate;
        let until = fate.until();
        let none = ("", "");
        let values = class.values.iter().map(|value| (value.label.as_str(), value.text.as_str()));
        let gone = class.values.is_empty().then_some(none);
        for (label, value) in values.chain(gone) {
            let cells = [class.class.label(), label, value, fate.word(), fate.why(), &until];
            text += &cells.map(cell).join(";");
            text += "\r\n";
        }
    }
    Ok(layout::download("text/csv; charset=utf-8", "mes-donnees.csv", text.into_bytes()))
}
