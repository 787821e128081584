//! From an administrator's form to its command: a doubt, how many sign, the log's key.

use ledger::authority::{ChangeThreshold, LogKey, RotateLogKey, SuspectKey};
use ledger::base::{Count, LeafIndex};
use ledger::command::Command;
use ledger::registrar::SignError;

use super::admin::{REASON_HINT, REASON_MAX, short};
use super::record_inputs::{Input, Kind, choice, input};
use crate::Shared;
use crate::error::{PageError, Result};
use crate::form::{Choice, Form};
use crate::signing;

/// For how many leaves both keys of the log sign, unless said otherwise.
pub(super) const BOTH_FOR: u32 = 1_000;

/// The inputs of a form.
pub(super) fn inputs(slug: &str, shared: &Shared) -> Result<Vec<Input>> {
    Ok(match slug {
        "doute" => vec![
            choice("cle_douteuse", "Clé", "Révoquée, ou remplacée.", ended(shared)),
            input(
                "depuis",
                "Première feuille douteuse",
                Kind::Figure,
                "Son numéro au journal. Un doute peut remonter plus tôt que le précédent, jamais plus tard.",
            ),
            input("motif", "Motif", Kind::Text, REASON_HINT),
        ],
        "seuil" => vec![input("nombre", "Nombre d’administrateurs", Kind::Figure, "")],
        _ => vec![
            choice(
                "cle_du_journal",
                "Nouvelle clé",
                "Celles que le signataire tient et que le journal n’a jamais nommées. Comparez l’empreinte \
                 avec la personne qui a fait la clé.",
                spare(shared)?,
            ),
            input(
                "feuilles",
                "Feuilles signées par les deux clés",
                Kind::Figure,
                "Le temps que les contrôleurs et les témoins apprennent la nouvelle.",
            ),
        ],
    })
}

/// The keys that no longer sign.
fn ended(shared: &Shared) -> Vec<Choice> {
    let book = shared.book();
    let keys = book.state().registers.authority.keys().filter(|key| key.revoked.is_some());
    keys.map(|key| Choice::new(&key.name, format!("{} ({})", key.holder, short(&key.name))))
        .collect()
}

/// Whether the log may take that key: its signer holds it. One that it has had already, the rules refuse.
pub(super) fn is_held(shared: &Shared, vkey: &str) -> Result<bool> {
    let named = |key: &LogKey| key.vkey == vkey;
    let known = shared.book().state().registers.authority.log_keys().any(named);
    Ok(known || spare_keys(shared)?.iter().any(|key| key == vkey))
}

fn spare_keys(shared: &Shared) -> Result<Vec<String>> {
    let silent = |error: SignError| PageError::failed("the log's signer", &error);
    shared.registrar.spare_log_keys().map_err(silent)
}

/// The keys that the log may take.
fn spare(shared: &Shared) -> Result<Vec<Choice>> {
    let keys = spare_keys(shared)?.into_iter();
    Ok(keys.map(|vkey| Choice::new(&vkey, signing::key_id(&vkey))).collect())
}

/// The command, once the form is sound.
pub(super) fn command(slug: &str, form: &mut Form) -> Result<Option<Command>> {
    Ok(match slug {
        "doute" => doubt(form),
        "seuil" => {
            let threshold = form.read("nombre", "Indiquez le nombre.", whole);
            let threshold = threshold.map(Count::new);
            threshold.map(|threshold| Command::ChangeThreshold(ChangeThreshold { threshold }))
        }
        "cle-du-journal" => {
            let log_vkey = form.required(
                "cle_du_journal",
                300,
                "Choisissez la clé. Si la liste est vide, faites-en une d’abord, et redémarrez ce qui signe.",
            );
            let both_for = form.read("feuilles", "Indiquez un nombre de feuilles.", whole);
            let both_for = both_for.map(Count::new);
            both_for.map(|both_for| Command::RotateLogKey(RotateLogKey { both_for, log_vkey }))
        }
        _ => return Err(PageError::NotFound),
    })
}

fn doubt(form: &mut Form) -> Option<Command> {
    let key_name = form.required("cle_douteuse", 300, "Choisissez la clé.");
    let suspect_from = form.read("depuis", "Indiquez la première feuille douteuse.", leaf)?;
    let reason = form.required("motif", REASON_MAX, "Indiquez le motif.");
    Some(Command::SuspectKey(SuspectKey { key_name, reason, suspect_from }))
}

fn whole(text: &str) -> std::result::Result<u32, &'static str> {
    text.replace([' ', '\u{a0}', '\u{202f}'], "")
        .parse()
        .map_err(|_| "un nombre entier est attendu")
}

/// A leaf's number as it is typed.
pub(super) fn leaf(text: &str) -> std::result::Result<LeafIndex, &'static str> {
    text.parse().map(LeafIndex::new).map_err(|_| "un numéro de feuille est attendu")
}
