//! What people hold of the log, in a file: for each program that is handed one.

use std::path::Path;

use ledger::documents::attached_proof;
use ledger::log::proof::verify_inclusion;
use ledger::log::{Hash, ProofFile, proof_file};

/// The bytes of a file, or of the proof that a certificate has inside.
pub(crate) fn held(path: &Path) -> Result<Vec<u8>, String> {
    let bytes = std::fs::read(path).map_err(|error| named(path, &error))?;
    if !bytes.starts_with(b"%PDF") {
        return Ok(bytes);
    }
    let proof = attached_proof(&bytes).map_err(|error| named(path, &error))?;
    proof.ok_or_else(|| named(path, &"ce PDF ne contient pas de preuve"))
}

/// The checkpoint note of a file: a note, a proof, or a certificate with its proof inside.
pub(crate) fn checkpoint(path: &Path) -> Result<Vec<u8>, String> {
    let bytes = held(path)?;
    if !bytes.starts_with(proof_file::HEADER.as_bytes()) {
        return Ok(bytes);
    }
    let proof = ProofFile::parse(&bytes).map_err(|error| named(path, &error))?;
    leaf_is_under(&proof).map_err(|error| named(path, &error))?;
    Ok(proof.checkpoint)
}

fn named(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("`{}` : {error}", path.display())
}

/// A proof that brings its leaf along must lead to its own checkpoint, or it shows nothing.
fn leaf_is_under(proof: &ProofFile) -> Result<(), String> {
    let Some(leaf) = &proof.extra else { return Ok(()) };
    let head = proof.claimed().map_err(|error| error.to_string())?;
    let leaf = Hash::leaf(leaf);
    verify_inclusion(&leaf, proof.index, head.size, &head.root, &proof.hashes)
        .map_err(|error| format!("la feuille n’est pas sous son point de contrôle ({error})"))
}
