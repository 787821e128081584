//! Checkpoints against the leaves, and the log against what was shown or signed of it.

use std::time::Duration;

use super::super::in_french;
use super::tree::Walked;
use super::{Checked, Cure, passed};
use crate::log::{Checkpoint, Note, VerifierKey};
use crate::registrar::Known;
use crate::store::{CheckpointRow, Failure, Store};

/// Longer than a portal takes to try again to keep a checkpoint.
const A_MOMENT: Duration = Duration::from_millis(1_500);

/// Checks every stored checkpoint: its row, its form, its signatures, its root. Gives them, if they
/// can be read at all.
pub(super) fn check(
    checked: &mut Checked,
    rows: Result<Vec<CheckpointRow>, String>,
    walked: &Walked,
) -> Option<Vec<CheckpointRow>> {
    let rows = match rows {
        Ok(rows) => rows,
        Err(why) => {
            checked.fault(format!("points de contrôle : {why}"), Cure::Repair);
            return None;
        }
    };
    for row in &rows {
        checked.checkpoints = checked.checkpoints.saturating_add(1);
        if let Err(why) = sound(row, walked) {
            let what = format!("point de contrôle de taille {} : {why}", row.size);
            checked.fault(what, Cure::Repair);
        }
    }
    if walked.replay.size() == 0 && !rows.is_empty() {
        let note = "la feuille 0 n’est pas lue : les signatures des points de contrôle ne sont pas vérifiées";
        checked.notes.push(note.to_owned());
    }
    let latest = rows.last().map_or(0, |row| row.size);
    if latest < walked.size {
        let waiting = walked.size.saturating_sub(latest);
        checked.notes.push(format!("{waiting} feuilles attendent leur point de contrôle signé"));
    }
    Some(rows)
}

fn sound(row: &CheckpointRow, walked: &Walked) -> Result<(), String> {
    let note = Note::parse(&row.note).map_err(|error| in_french(&error))?;
    let checkpoint = Checkpoint::parse(&note.text).map_err(|error| in_french(&error))?;
    if checkpoint.size != row.size {
        return Err(format!("la note parle de {} feuilles", checkpoint.size));
    }
    match walked.root_at(row.size) {
        Some(root) if root == checkpoint.root => {}
        Some(_) => return Err("sa racine n’est pas celle de ces feuilles".to_owned()),
        None if row.size > walked.size => {
            return Err(format!("le journal n’a que {} feuilles", walked.size));
        }
        None => return Err("l’arbre n’a pas pu être recalculé jusque-là".to_owned()),
    }
    let named = walked.replay.state().registers.authority.log_keys_at(row.size);
    if named.is_empty() {
        // Leaf 0 names the key, and leaf 0 is a fault already.
        return Ok(());
    }
    if note.signatures.len() != named.len() {
        let (found, wanted) = (note.signatures.len(), named.len());
        return Err(format!("{found} lignes de signature au lieu de {wanted}"));
    }
    for key in named {
        let key = VerifierKey::parse(&key.vkey).map_err(|error| in_french(&error))?;
        Checkpoint::open(&row.note, &key).map_err(|error| in_french(&error))?;
    }
    Ok(())
}

/// Checks that the log still is what was shown and signed.
pub(super) fn check_known(checked: &mut Checked, known: &[Known], walked: &Walked) {
    let Some(origin) = walked.replay.state().registers.authority.origin() else { return };
    for net in known {
        if let Err(error) = net.is_of(origin, walked.reached, |size| walked.root_at(size)) {
            checked.fault(in_french(&error), Cure::Auditor);
        }
    }
    if known.is_empty() {
        let note = "aucun dernier point de contrôle vu ni état de signataire n’a été trouvé : un retour \
                    en arrière n’a pas pu être exclu";
        checked.notes.push(note.to_owned());
    }
}

/// Checks that the checkpoint of every head that was shown or signed is kept.
pub(super) async fn check_kept(
    checked: &mut Checked,
    known: &[Known],
    store: &Store,
    size: u64,
) -> Result<(), Failure> {
    for Known { by, head } in known.iter().filter(|net| (1..=size).contains(&net.head.size)) {
        if is_kept(store, head.size).await? {
            continue;
        }
        // A portal that runs keeps it a moment after it has shown it.
        tokio::time::sleep(A_MOMENT).await;
        if is_kept(store, head.size).await? {
            continue;
        }
        let what = format!(
            "point de contrôle de taille {} : la ligne manque, et {by} dit qu’il a été signé",
            head.size
        );
        // The head's own is made again, the same to the byte; no start makes an earlier one.
        let cure = if head.size == size { Cure::Start } else { Cure::Repair };
        checked.fault(what, cure);
    }
    Ok(())
}

/// Whether there is a row of that size; one that can't be read is a fault already.
async fn is_kept(store: &Store, size: u64) -> Result<bool, Failure> {
    let found = passed(store.first_checkpoint_covering(size).await)?;
    Ok(found.map_or(true, |row| row.is_some_and(|row| row.size == size)))
}
