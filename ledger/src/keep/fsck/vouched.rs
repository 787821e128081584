//! What witnesses have signed: each line against its row, its checkpoint and, of a witness that the
//! policy names, its key.

use super::super::in_french;
use super::super::vouched::cosigned_sizes;
use super::{Checked, Cure, passed};
use crate::log::{Note, Policy, Signature, VerifierKey, cosignature};
use crate::store::{CheckpointRow, CosignatureRow, Failure, Store};

/// Checks every cosignature that is kept.
pub(super) async fn check(
    checked: &mut Checked,
    store: &Store,
    policy: &Policy,
    checkpoints: &[CheckpointRow],
) -> Result<(), Failure> {
    let (mut from, mut unknown) = (0, 0_u64);
    loop {
        let sizes = match passed(cosigned_sizes(store, from).await)? {
            Ok(sizes) => sizes,
            Err(why) => {
                checked.fault(format!("cosignatures : {why}"), Cure::Repair);
                break;
            }
        };
        for size in &sizes {
            let at = checkpoints.binary_search_by_key(size, |row| row.size);
            let note = at.ok().and_then(|at| checkpoints.get(at));
            let rows = passed(store.cosignatures(*size).await)?.unwrap_or_else(|why| {
                checked.fault(format!("cosignatures de la taille {size} : {why}"), Cure::Repair);
                Vec::new()
            });
            for row in rows {
                unknown = unknown.saturating_add(one(checked, &row, note, policy));
            }
        }
        let Some(last) = sizes.last() else { break };
        from = last.saturating_add(1);
    }
    if unknown > 0 {
        let note = format!(
            "{unknown} cosignatures sont de témoins que la politique ne nomme pas : leur forme seule est vérifiée"
        );
        checked.notes.push(note);
    }
    Ok(())
}

/// Checks one, and counts it if nobody's key is known for it.
fn one(
    checked: &mut Checked,
    row: &CosignatureRow,
    note: Option<&CheckpointRow>,
    policy: &Policy,
) -> u64 {
    checked.cosignatures = checked.cosignatures.saturating_add(1);
    let by = |key: &&VerifierKey| key.name() == row.name && key.id() == row.key_id;
    let key = policy.witnesses().iter().map(|witness| &witness.key).find(by);
    if let Err(why) = sound(row, note, key) {
        let what = format!("cosignature de « {} » de taille {} : {why}", row.name, row.size);
        checked.fault(what, Cure::Repair);
    }
    u64::from(key.is_none())
}

fn sound(
    row: &CosignatureRow,
    note: Option<&CheckpointRow>,
    key: Option<&VerifierKey>,
) -> Result<(), String> {
    let note = note.ok_or("aucun point de contrôle n’a cette taille")?;
    let note = Note::parse(&note.note).map_err(|error| in_french(&error))?;
    let line = Signature::parse(&row.line).map_err(|error| in_french(&error))?;
    if line.name != row.name || line.id != row.key_id {
        return Err("sa ligne est d’une autre clé".into());
    }
    let time = line.blob.first_chunk::<8>().map(|time| u64::from_be_bytes(*time));
    if time != Some(row.time) {
        return Err("sa ligne dit une autre heure".into());
    }
    let Some(key) = key else { return Ok(()) };
    cosignature::verify_one(&note.text, &line, key).map_err(|error| in_french(&error))?;
    Ok(())
}
