//! The small forms of the offices: one mechanism, a list of inputs and a command for each.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use ledger::authority::{self, Role};
use ledger::base::Notice;
use ledger::command::Command;

use super::record_inputs::{Input, Kind, inputs};
use super::{record_admin, record_officer, record_treasurer};
use crate::Shared;
use crate::access::Visitor;
use crate::error::{PageError, Result};
use crate::form::{Form, Posted};
use crate::layout::{Layout, page};
use crate::signing;

/// A form: its word in the address, its title, who asks, and what it says of itself.
pub(super) struct Act {
    pub(super) slug: &'static str,
    pub(super) title: &'static str,
    pub(super) words: &'static str,
    pub(super) role: Role,
}

const fn act(slug: &'static str, title: &'static str, words: &'static str, role: Role) -> Act {
    Act { slug, title, words, role }
}

/// Every form of the offices.
pub(super) const ACTS: [Act; 12] = [
    act(
        "lieu",
        "Enregistrer un lieu",
        "Le lieu rejoint le réseau ; il peut ensuite recevoir des parts, des charges et des produits.",
        Role::Officer,
    ),
    act(
        "cle",
        "Adopter une clé de répartition",
        "Une clé donne un poids à chaque lieu ; chaque nouvelle adoption en est une version datée.",
        Role::Officer,
    ),
    act(
        "budget",
        "Adopter un budget",
        "Produits et charges sont égaux ; chaque ligne relève d’une source de financement.",
        Role::Officer,
    ),
    act(
        "subvention",
        "Notifier une subvention ou un programme",
        "À la notification ou à la convention, avant tout versement.",
        Role::Treasurer,
    ),
    act(
        "prestation",
        "Facturer une prestation",
        "Le numéro est le suivant de l’année ; la TVA est due à l’encaissement.",
        Role::Treasurer,
    ),
    act(
        "charge",
        "Mutualiser une charge",
        "La facture du fournisseur est répartie au centime par la dernière version de la clé.",
        Role::Treasurer,
    ),
    act(
        "appel",
        "Appeler des contributions",
        "Les quotes-parts d’une charge mutualisée, ou un montant par lieu.",
        Role::Treasurer,
    ),
    act(
        "nature",
        "Valoriser une contribution en nature",
        "Elle est montrée à part et n’entre jamais dans le résultat.",
        Role::Treasurer,
    ),
    act(
        "compte",
        "Déclarer un compte bancaire",
        "Son IBAN est imprimé sur les bulletins : il est public.",
        Role::Treasurer,
    ),
    act(
        "doute",
        "Mettre en doute une clé révoquée",
        "Chaque feuille qu’elle a signée depuis la première feuille douteuse devra être revue. Rien n’est \
         retiré du journal. Une clé encore en fonction se révoque d’abord, sur la page Administration.",
        Role::Admin,
    ),
    act(
        "seuil",
        "Changer le nombre d’administrateurs qui signent",
        "Deux au moins, et pas plus qu’il n’y en a : une personne de plus qui perd sa clé ne doit pas \
         bloquer la société.",
        Role::Admin,
    ),
    act(
        "cle-du-journal",
        "Donner au journal une nouvelle clé",
        "La nouvelle clé est faite là où le journal est signé («\u{a0}ledger-admin new-log-key\u{a0}», ou un second \
         «\u{a0}--key\u{a0}» du processus «\u{a0}signer\u{a0}»), puis ce qui signe est redémarré. Elle paraît alors ici.",
        Role::Admin,
    ),
];

#[derive(Template)]
#[template(path = "record.html")]
struct Record {
    layout: Layout,
    form: Form,
    refusal: Option<Notice>,
    act: &'static Act,
    home: &'static str,
    inputs: Vec<Input>,
}

fn found(slug: &str, role: Role) -> Result<&'static Act> {
    ACTS.iter().find(|act| act.slug == slug && act.role == role).ok_or(PageError::NotFound)
}

const fn home(act: &Act) -> &'static str {
    match act.role {
        Role::Officer => "/bureau",
        Role::Admin => "/administration",
        _ => "/tresorerie",
    }
}

fn shown(
    shared: &Shared,
    visitor: &Visitor,
    act: &'static Act,
    (form, refusal): (Form, Option<Notice>),
) -> Result<Html<String>> {
    let inputs = match act.role {
        Role::Admin => record_admin::inputs(act.slug, shared)?,
        _ => inputs(act.slug, &shared.book()),
    };
    let layout = Layout::of(shared, visitor)?;
    page(&Record { layout, form, refusal, act, home: home(act), inputs })
}

fn show(shared: &Shared, visitor: &Visitor, slug: &str, role: Role) -> Result<Html<String>> {
    let act = found(slug, role)?;
    let today = shared.registrar.today();
    let form = Form::default().with("le", today).with("exercice", shared.year());
    let form = form.with("feuilles", record_admin::BOTH_FOR);
    shown(shared, visitor, act, (form, None))
}

async fn ask(
    shared: &Arc<Shared>,
    visitor: &Visitor,
    (slug, role): (&str, Role),
    mut form: Form,
) -> Result<Response> {
    let act = found(slug, role)?;
    let book = shared.book();
    let command: Option<Command> = match role {
        Role::Officer => record_officer::command(slug, &mut form, &book)?,
        Role::Admin => record_admin::command(slug, &mut form)?,
        _ => record_treasurer::command(slug, &mut form, &book)?,
    };
    let refusal = match command.filter(|_| form.is_sound()) {
        None => None,
        // Before anybody signs: the registrar would refuse it only after all have.
        Some(Command::RotateLogKey(ask)) if !record_admin::is_held(shared, &ask.log_vkey)? => {
            Some(authority::Refusal::LogKeyNotHeld(ask.log_vkey).notice())
        }
        Some(command) => {
            let next = (Vec::new(), home(act));
            match signing::prepare(shared, visitor, act.title, command, next).await? {
                Ok(redirect) => return Ok(redirect.into_response()),
                Err(refusal) => Some(refusal.notice()),
            }
        }
    };
    let page = shown(shared, visitor, act, (form, refusal))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `GET /bureau/acte/{form}`
pub(crate) async fn show_officer(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(slug): Path<String>,
) -> Result<Html<String>> {
    show(&shared, &visitor, &slug, Role::Officer)
}

/// `GET /tresorerie/acte/{form}`
pub(crate) async fn show_treasurer(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(slug): Path<String>,
) -> Result<Html<String>> {
    show(&shared, &visitor, &slug, Role::Treasurer)
}

/// `GET /administration/acte/{form}`
pub(crate) async fn show_admin(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(slug): Path<String>,
) -> Result<Html<String>> {
    show(&shared, &visitor, &slug, Role::Admin)
}

/// `POST /administration/acte/{form}`
pub(crate) async fn ask_admin(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(slug): Path<String>,
    Posted(form): Posted,
) -> Result<Response> {
    ask(&shared, &visitor, (&slug, Role::Admin), form).await
}

/// `POST /bureau/acte/{form}`
pub(crate) async fn ask_officer(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(slug): Path<String>,
    Posted(form): Posted,
) -> Result<Response> {
    ask(&shared, &visitor, (&slug, Role::Officer), form).await
}

/// `POST /tresorerie/acte/{form}`
pub(crate) async fn ask_treasurer(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(slug): Path<String>,
    Posted(form): Posted,
) -> Result<Response> {
    ask(&shared, &visitor, (&slug, Role::Treasurer), form).await
}
