//! What somebody has kept of the log, and whether today's log is still the same.

use std::path::Path;

use ledger::audit;
use ledger::documents::attached_proof;
use ledger::log::proof::verify_inclusion;
use ledger::log::{Hash, ProofFile, VerifierKey, proof_file};

use crate::{nothing_verified, source};

/// The checkpoint note of a file: a note, a proof, or a certificate with its proof inside.
pub(crate) fn checkpoint(path: &Path) -> Result<Vec<u8>, String> {
    let named = |error: &dyn std::fmt::Display| format!("`{}` : {error}", path.display());
    let mut bytes = std::fs::read(path).map_err(|error| named(&error))?;
    if bytes.starts_with(b"%PDF") {
        let proof = attached_proof(&bytes).map_err(|error| named(&error))?;
        bytes = proof.ok_or_else(|| named(&"ce PDF ne contient pas de preuve"))?;
    }
    if !bytes.starts_with(proof_file::HEADER.as_bytes()) {
        return Ok(bytes);
    }
    let proof = ProofFile::parse(&bytes).map_err(|error| named(&error))?;
    leaf_is_under(&proof).map_err(|error| named(&error))?;
    Ok(proof.checkpoint)
}

/// A proof that brings its leaf along must lead to its own checkpoint, or it shows nothing.
fn leaf_is_under(proof: &ProofFile) -> Result<(), String> {
    let Some(leaf) = &proof.extra else { return Ok(()) };
    let head = proof.claimed().map_err(|error| error.to_string())?;
    let leaf = Hash::leaf(leaf);
    verify_inclusion(&leaf, proof.index, head.size, &head.root, &proof.hashes)
        .map_err(|error| format!("la feuille n’est pas sous son point de contrôle ({error})"))
}

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
