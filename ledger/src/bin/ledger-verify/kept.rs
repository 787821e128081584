//! What somebody has kept of the log, and whether today's log is still the same.

use std::path::Path;

use ledger::audit;
use ledger::log::VerifierKey;

use crate::checkpoint::checkpoint;
use crate::{nothing_verified, source};

/// Says whether the history of a file is a beginning of the log's of today.
pub(crate) fn cross(known: &Path, against: &str, vkeys: &[String]) -> Result<String, String> {
    let keys: Result<Vec<_>, _> = vkeys.iter().map(|vkey| VerifierKey::parse(vkey)).collect();
    let keys = keys.map_err(|error| nothing_verified(&format!("clé --vkey : {error}")))?;
    let note = checkpoint(known).map_err(|error| nothing_verified(&error))?;
    let source = source::open(against).map_err(|error| nothing_verified(&error))?;
    let crossed = audit::cross(&source, &note, &keys);
    let crossed = crossed.map_err(|error| format!("NON CONFORME : {error}"))?;
    Ok(format!(
        "CONFORME\n  journal            {}\n  gardé              {} feuilles, racine {}\n  \
         aujourd’hui        {} feuilles, racine {}\n  l’histoire gardée est le début de celle \
         d’aujourd’hui\n  NON TÉMOIGNÉ : ce rapprochement ne regarde aucune cosignature\n",
        crossed.now.origin,
        crossed.known.size,
        crossed.known.root.to_base64(),
        crossed.now.size,
        crossed.now.root.to_base64(),
    ))
}
