//! Cosignatures as they are shown: under the latest checkpoint, in proofs, on the pages.

use std::collections::BTreeMap;

use crate::log::policy::{Cosigned, PolicyWitness};
use crate::log::witness::with_cosignatures;
use crate::log::{Note, Policy, Signature, Witnessed, cosignature};
use crate::store::{CheckpointRow, CosignatureRow, Failure, Store};

/// Rows read at a time: more than any policy has witnesses.
const ROWS: usize = 512;

/// A tree that witnesses vouch for as the policy asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessedHead {
    /// Its size.
    pub size: u64,
    /// Its checkpoint, with their lines.
    pub checkpoint: Vec<u8>,
    /// Who, and when, in the order of the policy.
    pub by: Vec<Cosigned>,
}

/// Which of several cosignatures of one tree by one witness is shown.
#[derive(Clone, Copy)]
enum Which {
    Earliest,
    Latest,
}

/// The lines under `note` by witnesses of the policy that hold: one a witness.
fn lines(policy: &Policy, note: &Note, rows: &[CosignatureRow], which: Which) -> Vec<Signature> {
    let line = |witness: &PolicyWitness| {
        let key = &witness.key;
        let by = rows.iter().filter(|row| row.name == key.name() && row.key_id == key.id());
        let held = by.filter_map(|row| {
            let line = Signature::parse(&row.line).ok()?;
            Some((cosignature::verify_one(&note.text, &line, key).ok()?, line))
        });
        let chosen = match which {
            Which::Earliest => held.min_by_key(|(time, _)| *time),
            Which::Latest => held.max_by_key(|(time, _)| *time),
        };
        chosen.map(|(_, line)| line)
    };
    policy.witnesses().iter().filter_map(line).collect()
}

/// The checkpoint of exactly that size.
async fn checkpoint(store: &Store, size: u64) -> Result<Option<CheckpointRow>, Failure> {
    Ok(store.first_checkpoint_covering(size).await?.filter(|row| row.size == size))
}

/// Splits rows that are ordered by size; the last group is left out when the reading may have cut it.
fn by_size(rows: &[CosignatureRow]) -> Vec<&[CosignatureRow]> {
    let mut groups: Vec<_> = rows.chunk_by(|a, b| a.size == b.size).collect();
    if rows.len() >= ROWS && groups.len() > 1 {
        groups.pop();
    }
    groups
}

/// A checkpoint note with the latest cosignature by each witness of the policy.
///
/// # Errors
/// [`Failure`].
pub async fn cosigned(
    store: &Store,
    policy: &Policy,
    size: u64,
    note: &[u8],
) -> Result<Vec<u8>, Failure> {
    let rows = store.cosignatures(size).await?;
    let Ok(parsed) = Note::parse(note) else { return Ok(note.to_vec()) };
    let lines = lines(policy, &parsed, &rows, Which::Latest);
    Ok(with_cosignatures(parsed, lines).to_bytes())
}

/// The first checkpoint of at least `size` leaves that the witnesses vouch for, with the earliest
/// line of each: the same bytes for as long as the policy is the same.
pub(super) async fn first_witnessed(
    store: &Store,
    policy: &Policy,
    size: u64,
) -> Result<Option<CheckpointRow>, Failure> {
    let mut from = size;
    while policy.asks_for_witnesses() {
        let rows = store.cosigned_from(from, ROWS).await?;
        for group in by_size(&rows) {
            if let Some(found) = witnessed(store, policy, group, Which::Earliest).await? {
                return Ok(Some(CheckpointRow { size: found.size, note: found.checkpoint }));
            }
            from = group.first().map_or(from, |row| row.size.saturating_add(1));
        }
        if rows.len() < ROWS {
            break;
        }
    }
    Ok(None)
}

/// The largest tree of at most `size` leaves that the witnesses vouch for.
///
/// # Errors
/// [`Failure`].
pub async fn largest_witnessed(
    store: &Store,
    policy: &Policy,
    size: u64,
) -> Result<Option<WitnessedHead>, Failure> {
    let mut to = size;
    while policy.asks_for_witnesses() {
        let rows = store.cosigned_up_to(to, ROWS).await?;
        for group in by_size(&rows) {
            if let Some(found) = witnessed(store, policy, group, Which::Latest).await? {
                return Ok(Some(found));
            }
            to = group.first().map_or(to, |row| row.size.saturating_sub(1));
        }
        if rows.len() < ROWS {
            break;
        }
    }
    Ok(None)
}

/// The checkpoint of a group of cosignatures, if they satisfy the policy.
async fn witnessed(
    store: &Store,
    policy: &Policy,
    rows: &[CosignatureRow],
    which: Which,
) -> Result<Option<WitnessedHead>, Failure> {
    let Some(size) = rows.first().map(|row| row.size) else { return Ok(None) };
    let Some(row) = checkpoint(store, size).await? else { return Ok(None) };
    let Ok(note) = Note::parse(&row.note) else { return Ok(None) };
    let lines = lines(policy, &note, rows, which);
    let note = with_cosignatures(note, lines);
    Ok(match policy.evaluate(&note) {
        Ok(Witnessed::By(by)) => Some(WitnessedHead { size, checkpoint: note.to_bytes(), by }),
        _ => None,
    })
}

/// A note with the latest line of each key that is kept for it, whoever they are.
pub fn with_latest(note: &[u8], rows: &[CosignatureRow]) -> Vec<u8> {
    let Ok(parsed) = Note::parse(note) else { return note.to_vec() };
    let latest: BTreeMap<_, _> = rows.iter().map(|row| ((&row.name, row.key_id), row)).collect();
    let lines = latest.into_values().filter_map(|row| Signature::parse(&row.line).ok());
    with_cosignatures(parsed, lines).to_bytes()
}
