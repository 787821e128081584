//! Erasing a person from the command line: what the rules say, the leaf, then the vault.

use std::path::{Path, PathBuf};

use ledger::base::MemberRef;
use ledger::decide::ErasurePlan;
use ledger::keep::in_french;
use ledger::log::SigningKey;
use ledger::members::ErasureReason;
use ledger::registrar::Registrar;
use ledger::store::Residue;

use crate::{Trouble, book};

/// The ground of an erasure, as it is typed.
pub(crate) fn reason(text: &str) -> Result<ErasureReason, String> {
    match text {
        "requested" => Ok(ErasureReason::Requested),
        "no-longer-needed" => Ok(ErasureReason::NoLongerNeeded),
        _ => Err("requested ou no-longer-needed".into()),
    }
}

/// Erases what the rules of today let go; without keys, says what that would be.
pub(crate) async fn person(
    data: &Path,
    member: &str,
    reason: ErasureReason,
    keys: Option<&Vec<PathBuf>>,
) -> Result<String, Trouble> {
    let member = MemberRef::parse(member)
        .map_err(|error| format!("« {member} » n’est pas la référence d’une personne : {error}"))?;
    let keys = keys.map(|paths| book::read_keys(paths)).transpose()?;
    let registrar = book::open(data).await?;
    let plan = registrar.erasure_plan(&member).map_err(|refusal| in_french(&refusal))?;
    match keys {
        None => Ok(words(&plan)),
        Some(keys) => Ok(erased(&registrar, &member, reason, &keys).await?),
    }
}

async fn erased(
    registrar: &Registrar,
    member: &MemberRef,
    reason: ErasureReason,
    keys: &[SigningKey],
) -> Result<String, String> {
    let command = registrar.erasure(member, reason).await.map_err(|error| in_french(&error))?;
    let keys: Vec<&SigningKey> = keys.iter().collect();
    let recorded = book::told(book::perform(registrar, command, Vec::new(), &keys).await)?;
    let finished = registrar.finish_erasures().await.map_err(|failure| {
        format!(
            "{recorded}\nle coffre n’est pas réécrit en entier : {failure} ; relancez une commande \
             quand rien d’autre ne lit le coffre, elle achèvera l’effacement"
        )
    })?;
    let residue = match finished.residue {
        Residue::Nothing => "coffre réécrit : il n’en reste rien dans la base",
        Residue::WriteAhead => {
            "coffre réécrit ; le serveur de base de données peut encore en tenir des traces dans ses \
             fichiers de journalisation (migrations/README.md, « What erasing a person reaches »)"
        }
    };
    Ok(format!("{recorded}\n{residue}"))
}

/// What would go and what would stay, a class a line.
fn words(plan: &ErasurePlan) -> String {
    let free = plan.erased.iter().map(|class| format!("{} : serait effacé", class.label()));
    let kept = plan.kept.iter().map(|kept| {
        let until = kept.until.map_or_else(
            || "sans date fixée".to_owned(),
            |until| format!("jusqu’au {}", until.in_french()),
        );
        format!("{} : gardé, {} ({until})", kept.class.label(), kept.because.label())
    });
    let lines: Vec<String> = free.chain(kept).collect();
    if lines.is_empty() { "tout est déjà effacé".into() } else { lines.join("\n") }
}
