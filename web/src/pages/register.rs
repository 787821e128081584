//! The register of members and the register of movements (R26); names for officers only.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse};
use ledger::authority::Role;
use ledger::base::MemberRef;
use ledger::members::{Member, Standing};
use ledger::registrar::Book;
use ledger::shares::Movement;
use serde::Deserialize;

use crate::access::Visitor;
use crate::error::Result;
use crate::layout::{Layout, page};
use crate::people::Person;
use crate::{Shared, bylaws, format, layout};

/// Rows on one page: each needs the vault.
const ROWS: usize = 200;

/// Which page of the list.
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    page: usize,
}

/// What a list of rows says of its pages.
struct Pages {
    before: Option<usize>,
    after: Option<usize>,
}

impl Pages {
    fn of(page: usize, rows: usize) -> Self {
        let more = page.saturating_add(1).saturating_mul(ROWS) < rows;
        Self { before: page.checked_sub(1), after: more.then(|| page.saturating_add(1)) }
    }
}

#[derive(Template)]
#[template(path = "register.html")]
struct Register {
    layout: Layout,
    named: bool,
    total: String,
    rows: Vec<Row>,
    pages: Pages,
}

struct Row {
    reference: MemberRef,
    name: String,
    address: String,
    kind: &'static str,
    category: String,
    college: String,
    admitted: Option<String>,
    shares: String,
    /// Nobody can say any more who this was: no link brings them back.
    erased: bool,
}

/// Who may see the names.
fn sees_names(visitor: &Visitor) -> bool {
    visitor.role() == Some(Role::Officer)
}

/// Who a member is, for those who may know.
async fn named(shared: &Shared, visitor: &Visitor, member: &MemberRef) -> Result<Option<Person>> {
    if sees_names(visitor) { Ok(Some(Person::of(shared, member).await?)) } else { Ok(None) }
}

/// `GET /registre`
pub(crate) async fn members(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Html<String>> {
    let book = shared.book();
    let mut known: Vec<&Member> = book.state().registers.members.iter().collect();
    known.sort_by_key(|member| member.applied.index);
    let mut rows = Vec::new();
    for member in known.iter().skip(asked.page.saturating_mul(ROWS)).take(ROWS) {
        rows.push(row(&shared, &visitor, &book, member).await?);
    }
    page(&Register {
        layout: Layout::of(&shared, &visitor)?,
        named: sees_names(&visitor),
        total: format::count(known.len(), "associé ou candidat", "associés et candidats"),
        rows,
        pages: Pages::of(asked.page, known.len()),
    })
}

async fn row(shared: &Shared, visitor: &Visitor, book: &Book, member: &Member) -> Result<Row> {
    let bylaws = bylaws(book)?;
    let person = named(shared, visitor, &member.member).await?;
    let (college, admitted) = match &member.standing {
        Standing::Admitted { college, decision, .. } => {
            let label = bylaws.college(college).map(|rule| rule.label.clone());
            (label.unwrap_or_default(), Some(decision.on.with_slashes()))
        }
        Standing::Applied => (String::new(), None),
    };
    let held = book.state().registers.shares.holding(&member.member);
    Ok(Row {
        reference: member.member.clone(),
        name: person.as_ref().map_or_else(String::new, Person::name),
        address: person.as_ref().map_or_else(String::new, Person::address),
        kind: member.person.label(),
        category: bylaws
            .category(member.category_now())
            .map_or_else(String::new, |r| r.label.clone()),
        college,
        admitted,
        erased: member.is_erased(),
        shares: held
            .map_or_else(|| "0".into(), |holding| format::thousands(holding.count.get().into())),
    })
}

#[derive(Template)]
#[template(path = "movements.html")]
struct Movements {
    layout: Layout,
    named: bool,
    rows: Vec<MovementRow>,
    pages: Pages,
}

/// The mentions of a movement (R26).
struct MovementRow {
    number: u64,
    on: String,
    name: String,
    address: String,
    member: String,
    count: String,
    nominal: String,
    nature: &'static str,
    act: String,
    leaf: u64,
}

async fn movement(shared: &Shared, visitor: &Visitor, movement: &Movement) -> Result<MovementRow> {
    let person = named(shared, visitor, &movement.member).await?;
    Ok(MovementRow {
        number: movement.number,
        on: movement.on.with_slashes(),
        name: person.as_ref().map_or_else(String::new, Person::name),
        address: person.as_ref().map_or_else(String::new, Person::address),
        member: movement.member.to_string(),
        count: movement.count.to_string(),
        nominal: movement.nominal.with_comma(),
        nature: movement.nature.label(),
        act: movement.subscription.to_string(),
        leaf: movement.stamp.index.get(),
    })
}

/// `GET /registre/mouvements`
pub(crate) async fn movements(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Html<String>> {
    let book = shared.book();
    let known = book.state().registers.shares.movements();
    let mut rows = Vec::new();
    for row in known.iter().skip(asked.page.saturating_mul(ROWS)).take(ROWS) {
        rows.push(movement(&shared, &visitor, row).await?);
    }
    page(&Movements {
        layout: Layout::of(&shared, &visitor)?,
        named: sees_names(&visitor),
        rows,
        pages: Pages::of(asked.page, known.len()),
    })
}

const HEADER: &str = "Numéro;Date;Titulaire;Adresse;Compte;Nombre de parts;Nature des titres;Valeur \
                      nominale;Nature du mouvement;Référence de l’acte;Feuille";

/// `GET /registre/mouvements.csv`: UTF-8 with its mark, semicolons, as French spreadsheets read it.
pub(crate) async fn movements_csv(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
) -> Result<impl IntoResponse> {
    let book = shared.book();
    let mut text = format!("\u{feff}{HEADER}\r\n");
    for row in book.state().registers.shares.movements() {
        let row = movement(&shared, &visitor, row).await?;
        let (number, leaf) = (row.number.to_string(), row.leaf.to_string());
        let cells = [
            &number,
            &row.on,
            &row.name,
            &row.address,
            &row.member,
            &row.count,
            "parts sociales",
            &row.nominal,
            row.nature,
            &row.act,
            &leaf,
        ];
        let cells: Vec<String> = cells.into_iter().map(cell).collect();
        text += &cells.join(";");
        text += "\r\n";
    }
    Ok(layout::download(
        "text/csv; charset=utf-8",
        "registre-des-mouvements.csv",
        text.into_bytes(),
    ))
}

/// A cell in quotes; one that a spreadsheet would run as a formula is preceded by an apostrophe.
pub(super) fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_run_as_a_formula() {
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("L’\"Atelier\""), "\"L’\"\"Atelier\"\"\"");
    }
}
