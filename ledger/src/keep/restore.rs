//! A restore: a book built anew from a backup, proven whole before anybody sees it, and with nobody in
//! its vault whom the log says is erased.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use zeroize::Zeroizing;

use super::backup::SERVER_KEYS;
use super::log_tree::LogTree;
use super::manifest::{Form, Manifest};
use super::vouched::{self, Vouched};
use super::{KeepError, passed_by, rebuild, sealed};
use crate::audit::{LogSource, invariants};
use crate::decide::KnownRoots;
use crate::log::Checkpoint;
use crate::registrar::Known;
use crate::registrar::erase::Gone;
use crate::registrar::keys::{read_vault_key, write_key};
use crate::registrar::start::check_checkpoints;
use crate::registrar::vault::{check_key, check_value};
use crate::registrar::witness::POLICY_FILE;
use crate::replay::Replay;
use crate::store::{Building, CheckpointRow, Place, SealedValue, Target, make_folder};

/// Values put at a time.
const ROWS: usize = 64;

/// What to restore, and what it is held against.
#[derive(Clone, Copy, Debug)]
pub struct Restore<'a> {
    /// The backup.
    pub from: &'a Path,
    /// A later archive of the same log, which brings the backup forward.
    pub archive: Option<&'a Path>,
    /// The key folder of the new book.
    pub keys: &'a Path,
    /// The policy file of the new book: the one of the backup goes there, unless it is there already.
    pub policy: &'a Path,
    /// What was shown or signed.
    pub known: &'a [Known],
}

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The head.
    pub head: Checkpoint,
    /// Leaves that the archive brought beyond the backup.
    pub brought: u64,
    /// Sealed values.
    pub values: u64,
    /// Keys, values, drafts and links of persons who are erased, which did not come back.
    pub erased: u64,
    /// Whether the values were opened, with the vault's key.
    pub opened: bool,
    /// Whether a last checkpoint seen or a signer's state was there to be held against.
    pub nets: bool,
}

/// A log that was read, and its checkpoints.
pub(super) struct Given {
    pub(super) log: LogTree,
    pub(super) head: Checkpoint,
    pub(super) notes: Vec<CheckpointRow>,
    pub(super) vouched: Vouched,
}

impl Given {
    /// Reads a backup or an archive, every file against the manifest.
    pub(super) fn read(folder: &Path) -> Result<(Self, Form), KeepError> {
        let manifest = Manifest::verified(folder)?;
        let given = Self::unlisted(folder)?;
        let says = (manifest.size, manifest.root, manifest.origin);
        let head = &given.head;
        if says != (head.size.to_string(), head.root.to_base64(), head.origin.clone()) {
            let why = "le manifeste et le point de contrôle ne parlent pas du même arbre";
            return Err(KeepError::Given(format!("`{}` : {why}", folder.display())));
        }
        Ok((given, manifest.format))
    }

    fn unlisted(folder: &Path) -> Result<Self, KeepError> {
        let none =
            || KeepError::Given(format!("`{}` ne contient pas de journal", folder.display()));
        let log = LogTree::at(folder).ok_or_else(none)?;
        let latest = log.checkpoint().map_err(passed_by)?;
        let head = Checkpoint::claimed(&latest).map_err(passed_by)?;
        let mut notes = BTreeMap::from([(head.size, latest)]);
        for note in log.earlier_checkpoints().map_err(passed_by)? {
            notes.insert(Checkpoint::claimed(&note).map_err(passed_by)?.size, note);
        }
        let row = |(size, note)| CheckpointRow { size, note };
        Ok(Self {
            log,
            head,
            notes: notes.into_iter().map(row).collect(),
            vouched: Vouched::read(folder)?,
        })
    }
}

/// Restores a backup where there is no book.
///
/// # Errors
/// [`KeepError`]: nothing is seen in that place then. Its status is 3 when more was shown, or another
/// history, than what would be restored.
pub async fn restore(target: &Target, what: Restore<'_>) -> Result<Restored, KeepError> {
    is_empty(target)?;
    let (backup, form) = Given::read(what.from)?;
    if form != Form::Backup {
        return Err(KeepError::Given(format!(
            "`{}` est une archive, sans coffre : donnez-la avec `--archive`, ou à `repair`",
            what.from.display()
        )));
    }
    let archive = what.archive.map(Given::read).transpose()?.map(|(archive, _)| archive);
    let mut building = Building::begin(target, Place::Empty).await?;
    let longest = match &archive {
        Some(archive) if archive.head.size > backup.head.size => archive,
        _ => &backup,
    };
    let mut replay = Replay::default();
    rebuild::fill(&mut building, &mut replay, &longest.log, longest.head.size).await?;
    invariants(replay.state()).map_err(passed_by)?;
    let mut notes: BTreeMap<u64, CheckpointRow> = BTreeMap::new();
    for given in std::iter::once(&backup).chain(&archive) {
        check_checkpoints(&given.notes, &replay, 0)?;
        notes.extend(given.notes.iter().map(|row| (row.size, row.clone())));
    }
    for known in what.known {
        known.is_of(&longest.head.origin, replay.size(), |size| replay.root_at(size))?;
    }
    for row in notes.values() {
        building.save_checkpoint(row).await?;
    }
    let accounts: Vec<&Vouched> =
        std::iter::once(&backup).chain(&archive).map(|given| &given.vouched).collect();
    vouched::put(&mut building, &notes, &accounts).await?;
    let vault_key = vault_key(&what)?;
    let gone = Gone::of(&replay.state().registers);
    let (values, mut erased) = vault(&mut building, what.from, &gone, vault_key.as_deref()).await?;
    erased = erased.saturating_add(portal(&mut building, what.from, &gone).await?);
    put_keys(&what)?;
    put_policy(&what)?;
    building.finish().await?;
    Ok(Restored {
        head: longest.head.clone(),
        brought: longest.head.size.saturating_sub(backup.head.size),
        values,
        erased,
        opened: vault_key.is_some(),
        nets: !what.known.is_empty(),
    })
}

/// A folder for a new book holds nothing but its keys, and which witnesses count.
fn is_empty(target: &Target) -> Result<(), KeepError> {
    let Target::Folder(folder) = target else { return Ok(()) };
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries.flatten() {
        let name = entry.file_name();
        // A restore that was cut short has left these, and knows which are its own.
        let own = name == "vault.db" && folder.join("unfinished").exists();
        let begun = name == "unfinished" || name == format!("{POLICY_FILE}.new").as_str();
        if name != "keys" && name != POLICY_FILE && !begun && !own {
            return Err(KeepError::Given(format!(
                "`{}` n’est pas vide (`{}`). À faire : donnez un dossier neuf, où seuls `keys` et \
                 `{POLICY_FILE}` peuvent être",
                folder.display(),
                name.to_string_lossy()
            )));
        }
    }
    Ok(())
}

/// The vault's key: the new book's, else the one that the backup brings.
fn vault_key(what: &Restore<'_>) -> Result<Option<Zeroizing<[u8; 32]>>, KeepError> {
    let folders = [what.keys.to_owned(), what.from.join(SERVER_KEYS)];
    let found = folders.iter().find(|folder| folder.join("vault.key").exists());
    found.map(|folder| read_vault_key(folder).map_err(passed_by)).transpose()
}

/// Puts the vault of a backup, without those who are erased; says how many values, and how many rows
/// did not come back.
async fn vault(
    building: &mut Building,
    from: &Path,
    gone: &Gone,
    vault_key: Option<&[u8; 32]>,
) -> Result<(u64, u64), KeepError> {
    let gone_owners: BTreeSet<&str> = gone.owners.iter().map(String::as_str).collect();
    let gone_digests: BTreeSet<&str> = gone.digests.iter().map(String::as_str).collect();
    let other = |what: String| {
        KeepError::Given(format!(
            "{what} ne s’ouvre pas avec la clé du coffre qui est là. À faire : mettez en place la clé de \
             ce livre, ou prenez une autre copie"
        ))
    };
    let (mut owners, mut count, mut erased) = (BTreeMap::new(), 0_u64, 0_u64);
    for key in sealed::keys(from)? {
        let key = key?;
        if gone_owners.contains(key.owner.as_str()) {
            erased = erased.saturating_add(1);
            continue;
        }
        let opened = vault_key.map(|master| check_key(master, &key)).transpose();
        let opened = opened.map_err(|_| other(format!("la clé de {}", key.owner)))?;
        building.put_private(Some(&key), &[]).await?;
        owners.insert(key.owner, opened);
    }
    let mut waiting: Vec<SealedValue> = Vec::new();
    for value in sealed::values(from)? {
        let value = value?;
        let goes = gone_owners.contains(value.owner.as_str())
            || gone_digests.contains(value.digest.as_str());
        // Without its key: erased between the reading of the two.
        let Some(key) = owners.get(&value.owner).filter(|_| !goes) else {
            erased = erased.saturating_add(1);
            continue;
        };
        if let Some(key) = key {
            let opened = check_value(key, &value);
            opened.map_err(|_| other(format!("la valeur {}", value.digest)))?;
        }
        count = count.saturating_add(1);
        waiting.push(value);
        if waiting.len() == ROWS {
            building.put_private(None, &std::mem::take(&mut waiting)).await?;
        }
    }
    building.put_private(None, &waiting).await?;
    Ok((count, erased))
}

/// Puts drafts and links, without those that name somebody who is erased.
async fn portal(building: &mut Building, from: &Path, gone: &Gone) -> Result<u64, KeepError> {
    let mut erased = 0_u64;
    for draft in sealed::drafts(from)? {
        let draft = draft?;
        if gone.members.iter().any(|member| draft.payload.contains(member.as_str())) {
            erased = erased.saturating_add(1);
        } else {
            building.put_draft(&draft).await?;
        }
    }
    for link in sealed::links(from)? {
        let link = link?;
        if gone.members.contains(&link.member) {
            erased = erased.saturating_add(1);
        } else {
            building.put_link(&link).await?;
        }
    }
    Ok(erased)
}

/// Puts the keys that the backup brings where there are none; never a state of the signer.
fn put_keys(what: &Restore<'_>) -> Result<(), KeepError> {
    let from = what.from.join(SERVER_KEYS);
    let Ok(entries) = fs::read_dir(&from) else { return Ok(()) };
    make_folder(what.keys).map_err(KeepError::of_file(what.keys))?;
    for entry in entries.flatten() {
        let to = what.keys.join(entry.file_name());
        if !to.exists() {
            let text = fs::read_to_string(entry.path()).map(Zeroizing::new);
            let text = text.map_err(KeepError::of_file(&entry.path()))?;
            write_key(&to, &text).map_err(passed_by)?;
        }
    }
    super::folder::on_disk(what.keys)
}

/// Puts the policy that the backup brings where there is none: evidence against the book stands by the
/// witnesses that it names.
fn put_policy(what: &Restore<'_>) -> Result<(), KeepError> {
    let from = what.from.join(POLICY_FILE);
    if what.policy.exists() || !from.exists() {
        return Ok(());
    }
    if let Some(folder) = what.policy.parent() {
        make_folder(folder).map_err(KeepError::of_file(folder))?;
    }
    let policy = fs::read(&from).map_err(KeepError::of_file(&from))?;
    write_key(what.policy, &policy).map_err(passed_by)
}
