//! What every page shows around its own words: the company, the menu, who is signed in.

use askama::Template;
use axum::http::header;
use axum::response::{Html, IntoResponse as _, Response};
use ledger::authority::Role;
use ledger::base::Notice;
use ledger::bylaws::Company;

use crate::access::{Part, Visitor};
use crate::error::Result;
use crate::{Shared, bylaws};

/// The head and foot of a page.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) company: Company,
    pub(crate) demo: bool,
    pub(crate) csrf: String,
    pub(crate) who: Option<Who>,
    part: Option<Part>,
    path: String,
}

/// Who is signed in, as the head of the page says it.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub(crate) label: String,
}

impl Layout {
    /// The frame for this visitor.
    pub(crate) fn of(shared: &Shared, visitor: &Visitor) -> Result<Self> {
        let book = shared.book();
        let authority = &book.state().registers.authority;
        let who = visitor.part.as_ref().map(|part| match part {
            Part::Member(_) => Who { label: "Espace associé".into() },
            Part::Office { key_name, role } => Who {
                label: authority
                    .key(key_name)
                    .map_or_else(|| role.label().to_owned(), |record| record.holder.clone()),
            },
        });
        Ok(Self {
            company: bylaws(&book)?.company.clone(),
            demo: shared.config.demo.is_some(),
            csrf: visitor.csrf(),
            who,
            part: visitor.part.clone(),
            path: visitor.path.clone(),
        })
    }

    /// The menu: what everybody sees, then what this visitor's part opens.
    pub(crate) fn nav(&self) -> Vec<(&'static str, &'static str)> {
        let mut items =
            vec![("/lieux", "Les lieux"), ("/comptes", "Les comptes"), ("/verifier", "Vérifier")];
        match &self.part {
            Some(Part::Member(_)) => {
                items.extend([("/mes-parts", "Mes parts"), ("/mes-donnees", "Mes données")]);
            }
            Some(Part::Office { role, .. }) => {
                if *role == Role::Officer {
                    items.push(("/bureau", "Le bureau"));
                }
                if *role == Role::Treasurer {
                    items.push(("/tresorerie", "La trésorerie"));
                }
                if *role == Role::Admin {
                    items.push(("/administration", "Administration"));
                }
                items.push(("/registre", "Le registre"));
            }
            None => items.push(("/souscrire", "Souscrire")),
        }
        items
    }

    /// Whether the page shown is under that item of the menu.
    pub(crate) fn is_at(&self, item: &str) -> bool {
        self.path == item || self.path.starts_with(&format!("{item}/"))
    }

    /// Whether the page shows what only this visitor may see.
    pub(crate) fn private(&self) -> bool {
        self.part.is_some()
    }
}

/// The page of a problem.
#[derive(Template)]
#[template(path = "problem.html")]
pub(crate) struct ErrorPage {
    pub(crate) layout: Layout,
    pub(crate) notice: Notice,
}

/// A template as a page.
pub(crate) fn page(template: &impl Template) -> Result<Html<String>> {
    Ok(Html(template.render()?))
}

/// Bytes that the browser saves under a name.
pub(crate) fn download(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    file(kind, "attachment", name, bytes)
}

/// Bytes that the browser shows, and saves under a name.
pub(crate) fn shown(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    file(kind, "inline", name, bytes)
}

fn file(kind: &'static str, how: &str, name: &str, bytes: Vec<u8>) -> Response {
    // Names are made by us of plain letters, figures, dots and hyphens.
    let disposition = format!("{how}; filename=\"{name}\"");
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)], bytes)
        .into_response()
}
