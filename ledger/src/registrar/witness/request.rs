//! The question to a witness: a checkpoint, and the proof that it prolongs what the witness has seen.

use super::super::reading::tiles_by_id;
use crate::log::Checkpoint;
use crate::log::proof::{
    consistency_proof, consistency_tiles, root_at, root_tiles, verify_consistency,
};
use crate::log::witness::AddCheckpoint;
use crate::store::{CheckpointRow, Store};

/// A request whose proof holds by the stored tree: a witness that finds it false has another tree.
///
/// # Errors
/// Why there is none, in words for the operator.
pub(super) async fn checked(
    store: &Store,
    old: u64,
    checkpoint: &CheckpointRow,
) -> Result<AddCheckpoint, String> {
    let words = |error: &dyn std::fmt::Display| format!("la preuve n’a pas été faite : {error}");
    let request = |proof| AddCheckpoint { old, proof, checkpoint: checkpoint.note.clone() };
    if old == 0 {
        return Ok(request(Vec::new()));
    }
    let new = Checkpoint::claimed(&checkpoint.note).map_err(|error| words(&error))?;
    let mut places = consistency_tiles(old, new.size);
    places.extend(root_tiles(old));
    places.sort_unstable();
    places.dedup();
    let tiles = tiles_by_id(store, &places).await.map_err(|failure| words(&failure))?;
    let proof = consistency_proof(old, new.size, &tiles).map_err(|error| words(&error))?;
    let old_root = root_at(old, &tiles).map_err(|error| words(&error))?;
    verify_consistency(old, &old_root, new.size, &new.root, &proof)
        .map_err(|error| words(&error))?;
    Ok(request(proof))
}
