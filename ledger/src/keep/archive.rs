//! An archive: the log as a tree of files, and the disclosures that were chosen. The same book gives the
//! same bytes, whatever the engine and the day.

use std::path::Path;

use serde::Serialize;

use super::folder::Unfinished;
use super::manifest::{Form, MANIFEST, Manifest};
use super::{KeepError, log_tree, passed_by, sealed};
use crate::log::{Checkpoint, Policy};
use crate::registrar::vault::{check_key, check_value};
use crate::registrar::witness::largest_witnessed;
use crate::store::Store;

/// Owners read at a time.
const ROWS: usize = 64;
/// The file of the disclosures: personal values in clear, for whom they were chosen.
const DISCLOSURES: &str = "disclosures.jsonl";
/// The file of the policy.
const POLICY: &str = "policy";

/// Whose personal values are disclosed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Disclose {
    /// Nobody's.
    #[default]
    Nobody,
    /// Those of these members or bank lines.
    Some(Vec<String>),
    /// Everybody's.
    All,
}

/// What goes in beside the log.
#[derive(Clone, Debug, Default)]
pub struct Beside<'a> {
    /// Whose personal values.
    pub disclose: Disclose,
    /// Opens them.
    pub vault_key: Option<&'a [u8; 32]>,
    /// The policy by which the log is trusted (tlog-policy).
    pub policy: Option<&'a [u8]>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// The head.
    pub head: Checkpoint,
    /// Leaves written but not yet under a signed checkpoint: they are not in it.
    pub leaves_left: u64,
    /// Disclosures.
    pub disclosures: u64,
}

#[derive(Serialize)]
struct Line<'a> {
    owner: &'a str,
    disclosure: &'a str,
}

/// Writes an archive in a new folder, which has its name when it is whole and on the disk.
///
/// # Errors
/// [`KeepError`]; nothing is left then.
pub async fn archive(store: &Store, beside: Beside<'_>, out: &Path) -> Result<Archive, KeepError> {
    let policy = beside.policy.map(Policy::read).transpose();
    let policy = policy.map_err(|error| KeepError::Given(format!("politique : {error}")))?;
    let mut folder = Unfinished::begin(out)?;
    let written = log_tree::write(store, &mut folder).await?;
    let owners = match &beside.disclose {
        Disclose::Nobody => Vec::new(),
        Disclose::Some(owners) => owners.clone(),
        Disclose::All => every_owner(store).await?,
    };
    let disclosures = disclose(store, &mut folder, owners, beside.vault_key).await?;
    if let Some(file) = beside.policy {
        folder.write(POLICY, file)?;
    }
    if let Some(policy) = policy
        && let Some(head) = largest_witnessed(store, &policy, written.checkpoint.size).await?
    {
        log_tree::write_witnessed(store, &mut folder, &head, written.checkpoint.size).await?;
    }
    let manifest = Manifest {
        format: Form::Archive,
        origin: written.checkpoint.origin.clone(),
        size: written.checkpoint.size.to_string(),
        root: written.checkpoint.root.to_base64(),
        made: None,
        files: folder.entries().into_iter().map(Into::into).collect(),
    };
    folder.write(MANIFEST, manifest.to_json()?.as_bytes())?;
    folder.finish()?;
    let leaves_left = written.leaves_left;
    Ok(Archive { head: written.checkpoint, leaves_left, disclosures })
}

async fn every_owner(store: &Store) -> Result<Vec<String>, KeepError> {
    let mut owners: Vec<String> = Vec::new();
    loop {
        let after = owners.last().cloned().unwrap_or_default();
        let keys = store.private_keys_after(&after, ROWS).await?;
        if keys.is_empty() {
            return Ok(owners);
        }
        owners.extend(keys.into_iter().map(|key| key.owner));
    }
}

async fn disclose(
    store: &Store,
    folder: &mut Unfinished,
    mut owners: Vec<String>,
    vault_key: Option<&[u8; 32]>,
) -> Result<u64, KeepError> {
    if owners.is_empty() {
        return Ok(0);
    }
    owners.sort();
    owners.dedup();
    let none = || KeepError::Given("la clé du coffre manque : rien ne peut être divulgué".into());
    let master = vault_key.ok_or_else(none)?;
    let (mut file, mut count) = (folder.file(DISCLOSURES)?, 0_u64);
    for owner in &owners {
        let unknown =
            || KeepError::Given(format!("le coffre n’a rien de {owner} : inconnu, ou effacé"));
        let key = store.private_key(owner).await?.ok_or_else(unknown)?;
        let key = check_key(master, &key).map_err(passed_by)?;
        for value in store.private_values(owner).await? {
            let disclosure = check_value(&key, &value).map_err(passed_by)?;
            let line = Line { owner, disclosure: disclosure.encoded() };
            sealed::line(&mut file, &line)?;
            count = count.saturating_add(1);
        }
    }
    folder.end(file)?;
    Ok(count)
}
