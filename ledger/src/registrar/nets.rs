//! What a key folder knows of the book: the last checkpoint shown, the last head signed. Whatever is to
//! take the book's place is compared with them first.

use std::path::{Path, PathBuf};

use super::draft::StartError;
use super::durable::DurableFile;
use super::keys::{LAST_SEEN_FILE, STATE_FILE};
use super::last_seen::LastSeen;
use crate::log::{Checkpoint, Hash};

/// Where the nets are.
#[derive(Clone, Debug)]
pub struct Nets {
    last_seen: LastSeen,
    signer: PathBuf,
}

/// A head that was shown or signed, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Who says so, in French.
    pub by: String,
    /// The head.
    pub head: Checkpoint,
}

impl Nets {
    /// Those of a key folder; the last checkpoint shown may be kept elsewhere.
    pub fn of(keys: &Path, last_seen: Option<PathBuf>) -> Self {
        let last_seen = last_seen.unwrap_or_else(|| keys.join(LAST_SEEN_FILE));
        Self { last_seen: LastSeen::at(last_seen), signer: keys.join(STATE_FILE) }
    }

    /// The heads that they know; none of a net that is not there.
    ///
    /// # Errors
    /// [`StartError::LastSeen`] for either file: one that can't be read is not taken for none.
    pub fn known(&self) -> Result<Vec<Known>, StartError> {
        let shown = self.last_seen.read()?.map(|head| Known { by: self.last_seen.named(), head });
        let unreadable = |why: String| StartError::LastSeen { path: self.signer.clone(), why };
        let content = DurableFile::at(self.signer.clone()).read();
        let content = content.map_err(|error| unreadable(error.to_string()))?;
        let signed = content.map(|bytes| {
            let text = String::from_utf8(bytes).map_err(|error| unreadable(error.to_string()))?;
            Checkpoint::parse(&text).map_err(|error| unreadable(error.to_string()))
        });
        let by = format!("l’état du signataire « {} »", self.signer.display());
        let signed = signed.transpose()?.map(|head| Known { by, head });
        Ok(shown.into_iter().chain(signed).collect())
    }
}

impl Known {
    /// Whether a log of that size, with these roots, still holds this head.
    ///
    /// # Errors
    /// [`StartError::RolledBack`], [`StartError::Forked`], [`StartError::OtherKeys`].
    pub fn is_of(
        &self,
        origin: &str,
        size: u64,
        root_at: impl Fn(u64) -> Option<Hash>,
    ) -> Result<(), StartError> {
        let (head, by) = (&self.head, &self.by);
        if head.origin != origin {
            let other = format!("{by} est du journal « {} », pas de « {origin} »", head.origin);
            return Err(StartError::OtherKeys(other));
        }
        self.is_held(size, root_at)
    }

    /// The same, of a log whose name is not in question.
    ///
    /// # Errors
    /// [`StartError::RolledBack`], [`StartError::Forked`].
    pub(super) fn is_held(
        &self,
        size: u64,
        root_at: impl Fn(u64) -> Option<Hash>,
    ) -> Result<(), StartError> {
        let (head, by) = (&self.head, self.by.clone());
        match root_at(head.size).filter(|_| head.size <= size) {
            None => Err(StartError::RolledBack { found: size, shown: head.size, by }),
            Some(root) if root != head.root => Err(StartError::Forked { size: head.size, by }),
            Some(_) => Ok(()),
        }
    }
}
