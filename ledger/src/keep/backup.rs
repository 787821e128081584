//! A backup while the portal runs: the log as a tree of files, the vault still sealed and apart.

use std::fs;
use std::path::Path;

use super::folder::Unfinished;
use super::manifest::{Form, MANIFEST, Manifest};
use super::{KeepError, log_tree, passed_by, sealed};
use crate::log::Checkpoint;
use crate::log::leaf::format_instant;
use crate::registrar::witness::POLICY_FILE;
use crate::store::Store;

/// The folder of the server's keys inside a backup, when they are asked for.
pub(super) const SERVER_KEYS: &str = "keys";

/// What goes in beside log, vault and portal.
#[derive(Clone, Copy, Debug, Default)]
pub struct WithIt<'a> {
    /// The key folder, when its keys are wanted.
    pub keys: Option<&'a Path>,
    /// The file that says which witnesses count: without it a restored book would not know that one of
    /// them contradicts it.
    pub policy: Option<&'a Path>,
}

/// What was backed up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// The head: everything up to it can be restored.
    pub head: Checkpoint,
    /// Leaves written but not yet under a signed checkpoint: they are not in it.
    pub leaves_left: u64,
    /// Sealed values.
    pub values: u64,
    /// Key files.
    pub keys: usize,
}

/// Writes a backup in a new folder. Nothing of it has that name before it is whole and on the disk.
///
/// The signer's state and the last checkpoint seen are never in it: restored with the book, they would
/// vouch for what they must catch.
///
/// # Errors
/// [`KeepError`]; nothing is left then.
pub async fn backup(
    store: &Store,
    with_it: WithIt<'_>,
    now_ms: i64,
    out: &Path,
) -> Result<Backup, KeepError> {
    let mut folder = Unfinished::begin(out)?;
    let written = log_tree::write(store, &mut folder).await?;
    // After the log: a value is in the vault before its leaf is in the log.
    let values = sealed::write(store, &mut folder).await?;
    let keys = with_it.keys.map_or(Ok(0), |keys| copy_keys(keys, &mut folder))?;
    if let Some(policy) = with_it.policy {
        let bytes = fs::read(policy).map_err(KeepError::of_file(policy))?;
        folder.write(POLICY_FILE, &bytes)?;
    }
    let manifest = Manifest {
        format: Form::Backup,
        origin: written.checkpoint.origin.clone(),
        size: written.checkpoint.size.to_string(),
        root: written.checkpoint.root.to_base64(),
        made: Some(format_instant(now_ms).map_err(passed_by)?),
        files: folder.entries().into_iter().map(Into::into).collect(),
    };
    folder.write(MANIFEST, manifest.to_json()?.as_bytes())?;
    folder.finish()?;
    let leaves_left = written.leaves_left;
    Ok(Backup { head: written.checkpoint, leaves_left, values, keys })
}

/// Copies what ends in `.key`: never a state.
fn copy_keys(keys: &Path, folder: &mut Unfinished) -> Result<usize, KeepError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(keys).map_err(KeepError::of_file(keys))? {
        let name = entry.map_err(KeepError::of_file(keys))?.file_name();
        let name = name.to_string_lossy().into_owned();
        if Path::new(&name).extension().is_some_and(|ending| ending == "key") {
            names.push(name);
        }
    }
    names.sort();
    for name in &names {
        let path = keys.join(name);
        let bytes = fs::read(&path).map_err(KeepError::of_file(&path))?;
        folder.write(&format!("{SERVER_KEYS}/{name}"), &bytes)?;
    }
    Ok(names.len())
}
