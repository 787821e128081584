//! The whole site on one page, grouped by who may see it.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};

use crate::error::PageError;
use crate::pages::{
    accounts, admin, bank, certificate, erasure, files, home, join, journal, log, my_data,
    my_shares, new_key, office, places, record, register, review, sign, sign_form, sign_in,
    treasury, verify,
};
use crate::{Shared, access};

/// Largest form, in bytes.
const FORM_MAX: usize = 256 * 1024;
/// Largest upload, in bytes: a file of 4 MiB and the form around it.
const UPLOAD_MAX: usize = 4 * 1024 * 1024 + 64 * 1024;

/// Every address of the portal.
pub(crate) fn site(shared: Arc<Shared>) -> Router {
    Router::new()
        .merge(everybody())
        .merge(members())
        .merge(offices().route_layer(from_fn(access::offices_only)))
        .merge(officers().route_layer(from_fn(access::officers_only)))
        .merge(treasurers().route_layer(from_fn(access::treasurers_only)))
        .merge(admins().route_layer(from_fn(access::admins_only)))
        .fallback(async || PageError::NotFound)
        .layer(DefaultBodyLimit::max(FORM_MAX))
        .layer(from_fn_with_state(Arc::clone(&shared), access::frame))
        .with_state(shared)
}

fn everybody() -> Router<Arc<Shared>> {
    let uploads = Router::new()
        .route("/verifier", get(verify::show).post(verify::check))
        .layer(DefaultBodyLimit::max(UPLOAD_MAX));
    Router::new()
        .merge(uploads)
        .route("/", get(home::show))
        .route("/mentions-legales", get(home::legal))
        .route("/lieux", get(places::list))
        .route("/lieux/{place}", get(places::show))
        .route("/souscrire", get(join::show).post(join::ask))
        .route("/souscrire/signer/{draft}", get(sign_form::show).post(sign_form::sign))
        .route("/souscrire/signer/{draft}/guichet", post(sign_form::at_the_desk))
        .route("/souscrire/bulletin/{file}", get(sign_form::bulletin))
        .route("/lien/{secret}", get(my_shares::come_back))
        .route("/v/{certificate}", get(verify::certificate))
        .route("/attestation/{file}", get(certificate::file))
        .route("/comptes", get(accounts::show))
        .route("/comptes.csv", get(accounts::csv))
        .route("/comptes.json", get(accounts::json))
        .route("/comptes/ecritures", get(journal::entries))
        .route("/comptes/ecritures.csv", get(journal::entries_csv))
        .route("/journal/{leaf}", get(journal::leaf))
        .route("/connexion", get(sign_in::show).post(sign_in::enter))
        .route("/cle/perdue", get(new_key::lost))
        .route("/cle", get(new_key::show).post(new_key::ask))
        .route("/cle/{draft}", get(new_key::request).post(new_key::prove))
        .route("/deconnexion", post(sign_in::leave))
        .route("/log/checkpoint", get(log::checkpoint))
        .route("/log/witnessed", get(log::witnessed))
        .route("/log/vkey", get(log::vkey))
        .route("/log/tile/{*path}", get(log::tile))
        .route("/log/proof/{leaf}", get(log::proof))
        .route("/static/{file}", get(files::file))
        .route("/sante", get(files::health))
}

fn members() -> Router<Arc<Shared>> {
    Router::new()
        .route("/mes-parts", get(my_shares::show))
        .route("/mes-parts/lien", post(my_shares::new_link))
        .route("/mes-parts/bulletin/{file}", get(my_shares::bulletin))
        .route("/mes-parts/attestation", post(certificate::issue))
        .route("/mes-donnees", get(my_data::show))
        .route("/mes-donnees.json", get(my_data::json))
        .route("/mes-donnees.csv", get(my_data::csv))
        .route("/mes-donnees/effacement", post(my_data::ask))
}

/// Officers, treasurers, auditors and administrators.
fn offices() -> Router<Arc<Shared>> {
    Router::new()
        .route("/signer/{draft}", get(sign::show).post(sign::sign))
        .route("/cle/remplacer", get(new_key::show_instead).post(new_key::ask_instead))
        .route("/revue", get(review::show).post(review::ask))
        .route("/registre", get(register::members))
        .route("/registre/mouvements", get(register::movements))
        .route("/registre/mouvements.csv", get(register::movements_csv))
}

fn officers() -> Router<Arc<Shared>> {
    Router::new()
        .route("/bureau", get(office::show))
        .route("/bureau/attribuer", post(office::allot))
        .route("/bureau/refuser", post(office::decline))
        .route("/bureau/lien", post(office::link))
        .route("/bureau/donnees", get(erasure::list))
        .route("/bureau/donnees/{member}", get(erasure::show).post(erasure::prepare))
        .route("/bureau/donnees/{member}/repondre", post(erasure::answer))
        .route("/bureau/acte/{form}", get(record::show_officer).post(record::ask_officer))
}

fn treasurers() -> Router<Arc<Shared>> {
    let uploads = Router::new()
        .route("/tresorerie/releve", get(bank::show).post(bank::read))
        .layer(DefaultBodyLimit::max(UPLOAD_MAX));
    Router::new()
        .merge(uploads)
        .route("/tresorerie", get(treasury::show))
        .route("/tresorerie/rapprocher/{line}", get(treasury::line).post(treasury::match_line))
        .route("/tresorerie/acte/{form}", get(record::show_treasurer).post(record::ask_treasurer))
}

/// Administrators: who may sign.
fn admins() -> Router<Arc<Shared>> {
    Router::new()
        .route("/administration", get(admin::show))
        .route("/administration/revoquer", post(admin::revoke))
        .route("/administration/temoins", post(admin::ask_witnesses))
        .route("/administration/acte/{form}", get(record::show_admin).post(record::ask_admin))
}
