//! What a kept folder holds: every file with its length and digest, and the tree it is of.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::KeepError;
use super::folder::{digest, names};
use crate::log::Hash;

/// The name of the manifest in the folder.
pub(super) const MANIFEST: &str = "manifest.json";

/// What the folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// Log, sealed vault, drafts and links of the portal: for a restore.
    #[serde(rename = "fonciere-backup-1")]
    Backup,
    /// The log and the disclosures that were chosen: for an auditor, a mirror, a repair.
    #[serde(rename = "fonciere-archive-1")]
    Archive,
}

/// A file of the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) sha256: [u8; 32],
}

/// The manifest as it is written; numbers are texts, as in the leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) format: Form,
    pub(super) origin: String,
    /// Leaves of the tree.
    pub(super) size: String,
    /// Its root, in base64 as in the checkpoint.
    pub(super) root: String,
    /// When a backup was made, UTC; an archive's bytes do not depend on the day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) made: Option<String>,
    pub(super) files: Vec<FileOf>,
}

/// A file as the manifest names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileOf {
    path: String,
    bytes: String,
    sha256: String,
}

impl From<Entry> for FileOf {
    fn from(entry: Entry) -> Self {
        Self { path: entry.path, bytes: entry.bytes.to_string(), sha256: hex(entry.sha256) }
    }
}

impl Manifest {
    pub(super) fn to_json(&self) -> Result<String, KeepError> {
        let text = serde_json::to_string_pretty(self);
        text.map(|text| text + "\n").map_err(|error| KeepError::Given(error.to_string()))
    }

    /// Reads the manifest of a folder, and compares every file with it.
    pub(super) fn verified(folder: &Path) -> Result<Self, KeepError> {
        let path = folder.join(MANIFEST);
        let wrong = |why: String| KeepError::Given(format!("`{}` : {why}", folder.display()));
        let text = fs::read_to_string(&path).map_err(|error| {
            wrong(format!("le manifeste ne se lit pas ({error}) : ce n’est ni une sauvegarde, ni une archive finie"))
        })?;
        let manifest: Self = serde_json::from_str(&text)
            .map_err(|error| wrong(format!("manifeste illisible : {error}")))?;
        let mut there = names(folder)?;
        there.retain(|name| name != MANIFEST);
        for file in &manifest.files {
            let Some(place) = there.iter().position(|name| *name == file.path) else {
                return Err(wrong(format!("le fichier `{}` manque", file.path)));
            };
            there.swap_remove(place);
            let (bytes, sha256) = digest(&folder.join(&file.path))?;
            if bytes.to_string() != file.bytes || hex(sha256) != file.sha256 {
                return Err(wrong(format!(
                    "`{}` n’est plus le fichier que le manifeste décrit ({bytes} octets, {} attendus) : \
                     prenez une autre copie",
                    file.path, file.bytes
                )));
            }
        }
        match there.first() {
            Some(other) => Err(wrong(format!("`{other}` n’est pas dans le manifeste"))),
            None => Ok(manifest),
        }
    }
}

/// Lower-case hexadecimal, as `sha256sum` prints it.
fn hex(digest: [u8; 32]) -> String {
    format!("{:?}", Hash::from_bytes(digest))
}
