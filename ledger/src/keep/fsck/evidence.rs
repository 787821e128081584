//! What witnesses have answered against the book: each row is a question that this log has asked, and
//! its answer means what the row says.

use super::super::in_french;
use super::super::vouched::older;
use super::tree::Walked;
use super::{Checked, Cure, passed};
use crate::log::proof::verify_consistency;
use crate::log::witness::{AddCheckpoint, Answer, Asked, Client, Evidence, Heard, Pace, SIZE_TYPE};
use crate::log::{Checkpoint, Note, Policy, VerifierKey};
use crate::store::{EvidenceRow, Failure, Store};

/// Checks every row of evidence that is kept.
pub(super) async fn check(
    checked: &mut Checked,
    store: &Store,
    policy: &Policy,
    walked: &Walked,
) -> Result<(), Failure> {
    let rows = match passed(older(store.evidence().await))? {
        Ok(rows) => rows,
        Err(why) => {
            checked.fault(format!("preuves contre le livre : {why}"), Cure::Auditor);
            return Ok(());
        }
    };
    let mut unknown = 0_u64;
    for (number, row) in (1_u64..).zip(&rows) {
        checked.evidence = checked.evidence.saturating_add(1);
        if let Err(why) = sound(row, walked) {
            let what =
                format!("preuve {number} contre le livre, du témoin {} : {why}", row.witness);
            checked.fault(what, Cure::Auditor);
        } else if policy.witness_of(&row.witness).is_none() {
            unknown = unknown.saturating_add(1);
        }
    }
    if unknown > 0 {
        checked.notes.push(format!(
            "{unknown} preuves contre le livre sont de témoins que la politique ne nomme pas : elles \
             n’arrêtent pas l’écriture. Chaque nœud doit avoir la même politique"
        ));
    }
    Ok(())
}

/// Compares the parts of a row with one another and, as far as the book goes, with the log.
fn sound(row: &EvidenceRow, walked: &Walked) -> Result<(), String> {
    let key = VerifierKey::parse(&row.witness).map_err(|error| in_french(&error))?;
    let request = AddCheckpoint::parse(&row.request).map_err(|error| in_french(&error))?;
    let text = Note::parse(&request.checkpoint).map_err(|error| in_french(&error))?.text;
    let asked = Checkpoint::parse(&text).map_err(|error| in_french(&error))?;
    asked_by_this_log(&request, &asked, walked)?;
    let asked = Asked { old: request.old, size: asked.size, text };
    // The type of the answer is not kept: it says whether the body of a 409 is a size.
    let kinds = [Some(SIZE_TYPE), None];
    let answers = kinds.map(|kind| Answer::from_http(row.status, kind, &row.answer));
    let mut means = answers.into_iter().flatten().map(|answer| {
        Client::new(key.clone(), asked.old, Pace::CALM).hear(&asked, &answer, row.ours, 0)
    });
    if means.any(|heard| matches!(heard, Heard::Against(found) if says(row, found))) {
        return Ok(());
    }
    Err("la demande, la réponse et les tailles gardées ne s’accordent pas".into())
}

fn says(row: &EvidenceRow, found: Evidence) -> bool {
    match found {
        Evidence::RolledBack { witnessed, ours } => (witnessed, ours) == (row.witnessed, row.ours),
        Evidence::Forked { size } => size == row.witnessed,
    }
}

/// A book that was taken back may have asked about more than it holds now: then the signature alone is
/// checked.
fn asked_by_this_log(
    request: &AddCheckpoint,
    asked: &Checkpoint,
    walked: &Walked,
) -> Result<(), String> {
    let authority = &walked.replay.state().registers.authority;
    if authority.origin().is_some_and(|origin| origin != asked.origin) {
        return Err(format!("la demande est du journal « {} »", asked.origin));
    }
    let opens = |vkey: &str| {
        VerifierKey::parse(vkey)
            .is_ok_and(|key| Checkpoint::open(&request.checkpoint, &key).is_ok())
    };
    let named = authority.log_keys_at(asked.size);
    if !named.is_empty() && !named.iter().any(|key| opens(&key.vkey)) {
        return Err("la demande n’est pas signée par ce journal".into());
    }
    let Some(root) = walked.root_at(asked.size) else { return Ok(()) };
    if root != asked.root {
        return Err("la demande est d’une autre histoire".into());
    }
    match walked.root_at(request.old).filter(|_| request.old > 0) {
        None => Ok(()),
        Some(old) => verify_consistency(request.old, &old, asked.size, &asked.root, &request.proof)
            .map_err(|error| format!("la preuve de la demande ne tient pas : {error}")),
    }
}
