//! The checkpoint in what people hold: for each program that is handed one in a file.

use std::path::Path;

use ledger::documents::attached_proof;
use ledger::log::proof::verify_inclusion;
use ledger::log::{Hash, ProofFile, proof_file};

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
