//! A repair: the log built anew beside the damaged one, from an archive that holds all that was signed.

use std::collections::BTreeMap;
use std::path::Path;

use super::restore::Given;
use super::vouched::{self, Vouched, older};
use super::{KeepError, in_french, rebuild};
use crate::audit::invariants;
use crate::decide::KnownRoots;
use crate::log::{Checkpoint, VerifierKey};
use crate::registrar::start::check_checkpoints;
use crate::registrar::{Known, StartError};
use crate::replay::Replay;
use crate::store::limit::BATCH_LEAVES_MAX;
use crate::store::{Building, CheckpointRow, Draft, Failure, MemberLink, Place, Store, Target};

/// Rows read at a time.
const ROWS: usize = 64;

/// What was repaired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// Leaves of the new log.
    pub size: u64,
    /// Leaves that the archive did not have, kept from the damaged log: no checkpoint covers them yet.
    pub kept_leaves: u64,
    /// Under which name the damaged log is kept beside.
    pub aside: String,
    /// The newest head that the archive was held against, and who says so.
    pub held_against: Known,
    /// What could not be read of the damaged file and is no fact.
    pub lost: Vec<String>,
}

/// What can still be read of the damaged book.
#[derive(Default)]
struct Remains {
    notes: Vec<CheckpointRow>,
    tail: Vec<Vec<u8>>,
    vouched: Vouched,
    drafts: Vec<Draft>,
    links: Vec<MemberLink>,
    lost: Vec<String>,
}

/// Rebuilds the log of a damaged book. The vault, and on a server the portal's rows, stay as they are;
/// the damaged log is kept under its name and `ending`.
///
/// # Errors
/// [`KeepError`]: nothing is changed then. Its status is 3 when the archive is older than what was
/// signed, or of another history.
pub async fn repair(
    target: &Target,
    archive: &Path,
    known: &[Known],
    ending: &str,
) -> Result<Repaired, KeepError> {
    let (archive, _) = Given::read(archive)?;
    let remains = remains(target, archive.head.size).await?;
    let place = Place::Instead { ending: ending.to_owned() };
    let mut building = Building::begin(target, place).await?;
    let mut replay = Replay::default();
    rebuild::fill(&mut building, &mut replay, &archive.log, archive.head.size).await?;
    invariants(replay.state()).map_err(super::passed_by)?;
    check_checkpoints(&archive.notes, &replay, 0)?;

    let mut notes: BTreeMap<u64, CheckpointRow> = BTreeMap::new();
    let mut heads = known.to_vec();
    for row in &remains.notes {
        if let Some(head) = signed(row, &replay) {
            if head.size == row.size {
                notes.insert(row.size, row.clone());
            }
            heads.push(Known { by: "un point de contrôle signé du livre".into(), head });
        }
    }
    let held_against = held(&heads, &archive.head, &replay)?;
    notes.extend(archive.notes.iter().map(|row| (row.size, row.clone())));
    let kept_leaves = follow(&mut building, &mut replay, &remains.tail).await?;
    for row in notes.values() {
        building.save_checkpoint(row).await?;
    }
    vouched::put(&mut building, &notes, &[&archive.vouched, &remains.vouched]).await?;
    if matches!(target, Target::Folder(_)) {
        for draft in &remains.drafts {
            building.put_draft(draft).await?;
        }
        for link in &remains.links {
            building.put_link(link).await?;
        }
    }
    let aside = building.finish().await?.unwrap_or_default();
    Ok(Repaired { size: replay.size(), kept_leaves, aside, held_against, lost: remains.lost })
}

/// The head of a note, if the log's keys have signed it.
fn signed(row: &CheckpointRow, replay: &Replay) -> Option<Checkpoint> {
    let claimed = Checkpoint::claimed(&row.note).ok()?;
    let keys = replay.state().registers.authority.log_keys_at(claimed.size);
    let opens = |vkey: &str| {
        VerifierKey::parse(vkey).is_ok_and(|key| Checkpoint::open(&row.note, &key).is_ok())
    };
    keys.iter().any(|key| opens(&key.vkey)).then_some(claimed)
}

/// Holds the archive against every head that is known, and gives the newest of them.
fn held(heads: &[Known], archive: &Checkpoint, replay: &Replay) -> Result<Known, KeepError> {
    for known in heads {
        let of = known.is_of(&archive.origin, archive.size, |size| replay.root_at(size));
        of.map_err(|error| match error {
            StartError::OtherKeys(why) => {
                KeepError::OtherHistory(format!("cette archive est celle d’un autre journal : {why}"))
            }
            StartError::RolledBack { found, shown, by } => KeepError::OtherHistory(format!(
                "l’archive s’arrête à {found} feuilles, et {shown} ont déjà été signées, d’après {by}. \
                 À faire : prenez une archive plus récente"
            )),
            StartError::Forked { size, by } => KeepError::OtherHistory(format!(
                "l’archive raconte une autre histoire : sa racine à la taille {size} n’est pas celle \
                 que connaît {by}. À faire : gardez tout, et prévenez le contrôleur"
            )),
            other => other.into(),
        })?;
    }
    heads.iter().max_by_key(|known| known.head.size).cloned().ok_or_else(|| {
        KeepError::OtherHistory(
            "rien ne dit que cette archive est celle de ce livre : ni point de contrôle signé lisible, ni \
             dernier point de contrôle vu, ni état du signataire. À faire : remettez en place les clés \
             et le dernier point de contrôle vu de ce livre, ou restaurez une sauvegarde"
                .into(),
        )
    })
}

/// Takes the leaves that no checkpoint covers yet, as far as they are sound.
async fn follow(
    building: &mut Building,
    replay: &mut Replay,
    tail: &[Vec<u8>],
) -> Result<u64, KeepError> {
    let mut tried = replay.clone();
    let sound = tail.iter().take_while(|leaf| tried.push(leaf).is_ok()).count();
    for part in tail.get(..sound).unwrap_or_default().chunks(BATCH_LEAVES_MAX) {
        rebuild::append(building, replay, part.to_vec()).await?;
    }
    Ok(u64::try_from(sound).unwrap_or(u64::MAX))
}

/// Reads what can be read: checkpoints, leaves beyond the archive, the portal's rows.
async fn remains(target: &Target, from: u64) -> Result<Remains, KeepError> {
    let mut remains = Remains::default();
    let store = match Store::open_read_only(target).await {
        Ok(store) => store,
        Err(failure @ Failure::NoBook { .. }) => return Err(failure.into()),
        Err(failure) => {
            remains.lost.push(format!("le livre abîmé ne s’ouvre pas ({})", in_french(&failure)));
            return Ok(remains);
        }
    };
    match store.checkpoints().await {
        Ok(notes) => remains.notes = notes,
        Err(failure) => remains.lost.push(format!("points de contrôle ({})", in_french(&failure))),
    }
    for note in &remains.notes {
        match older(store.cosignatures(note.size).await) {
            Ok(rows) => remains.vouched.cosignatures.extend(rows),
            Err(failure) => remains.lost.push(format!("cosignatures ({})", in_french(&failure))),
        }
    }
    match older(store.evidence().await) {
        Ok(rows) => remains.vouched.evidence = rows,
        Err(failure) => {
            remains.lost.push(format!("preuves contre le livre ({})", in_french(&failure)));
        }
    }
    let mut index = from;
    while let Ok(leaves) = store.leaves(index, index.saturating_add(1)).await {
        remains.tail.extend(leaves);
        index = index.saturating_add(1);
    }
    if matches!(target, Target::Folder(_))
        && let Err(failure) = portal(&store, &mut remains).await
    {
        remains.lost.push(format!("brouillons et liens du portail ({})", in_french(&failure)));
    }
    store.close().await;
    Ok(remains)
}

async fn portal(store: &Store, remains: &mut Remains) -> Result<(), Failure> {
    loop {
        let after = remains.drafts.last().map(|draft| draft.id.clone()).unwrap_or_default();
        let drafts = store.drafts_after(&after, ROWS).await?;
        if drafts.is_empty() {
            break;
        }
        remains.drafts.extend(drafts);
    }
    remains.links = store.links().await?;
    Ok(())
}
