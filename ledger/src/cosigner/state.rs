//! What a witness has cosigned last, for each log: one small file, replaced whole.
//!
//! It is made once, with the key: a witness that lost its state and began again could cosign another
//! history, so a missing, changed or foreign file is refused, never taken for a new one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use thiserror::Error;

use crate::log::hash::sha256;
use crate::log::note::check_name;
use crate::log::witness::{Answer, Kept, Seen};
use crate::log::{Hash, VerifierKey};
use crate::registrar::durable::DurableFile;

const HEADER: &str = "ledger-witness state v1";
const FILE: &str = "state";
/// Most logs in one state.
const LOGS_MAX: usize = 64;

/// Why the state was not opened, read or written.
#[derive(Debug, Error)]
pub enum StateError {
    /// The file system did not answer.
    #[error("état du témoin `{path}` : {cause}")]
    File {
        /// Which file.
        path: String,
        /// What it answered.
        cause: io::Error,
    },
    /// There is a state already: it is never begun again.
    #[error("état du témoin `{0}` : il existe déjà, rien n’a été changé")]
    AlreadyThere(String),
    /// There is none: it is made with the key, once.
    #[error(
        "état du témoin `{0}` : il n’existe pas. Il naît avec la clé (`ledger-witness new-key`) ; s’il a \
         été perdu, la clé ne doit plus servir : faites-en une autre, sous un autre nom"
    )]
    Missing(String),
    /// It was changed by hand or by a fault.
    #[error(
        "état du témoin `{path}` : il est abîmé ({why}). Ne le remplacez pas par une copie plus ancienne : \
         faites une autre clé, sous un autre nom"
    )]
    Corrupt {
        /// Which file.
        path: String,
        /// What is wrong.
        why: &'static str,
    },
    /// It belongs to another key.
    #[error("état du témoin `{path}` : il est celui de la clé {found}")]
    OtherKey {
        /// Which file.
        path: String,
        /// The key that it belongs to.
        found: String,
    },
    /// More logs than a witness follows.
    #[error("un témoin suit au plus {LOGS_MAX} journaux")]
    TooManyLogs,
}

impl From<io::Error> for StateError {
    fn from(cause: io::Error) -> Self {
        Self::File { path: FILE.into(), cause }
    }
}

/// The state of one witness.
#[derive(Debug)]
pub struct State {
    file: DurableFile,
    witness: String,
}

type Logs = BTreeMap<String, Seen>;

impl State {
    /// Makes the empty state of a new key in `folder`.
    ///
    /// # Errors
    /// [`StateError::AlreadyThere`], [`StateError::File`].
    pub fn create(folder: &Path, witness: &VerifierKey) -> Result<Self, StateError> {
        fs::create_dir_all(folder).map_err(|cause| file_error(folder, cause))?;
        let state = Self::at(folder, witness);
        state.file.change(|before| match before {
            Some(_) => Err(StateError::AlreadyThere(state.path())),
            None => Ok(((), Some(written(&state.witness, &Logs::new())))),
        })?;
        Ok(state)
    }

    /// Opens the state of that key in `folder`.
    ///
    /// # Errors
    /// [`StateError`] on any doubt.
    pub fn open(folder: &Path, witness: &VerifierKey) -> Result<Self, StateError> {
        let state = Self::at(folder, witness);
        let bytes = state.file.read().map_err(|cause| file_error(state.file.path(), cause))?;
        state.read(bytes)?;
        Ok(state)
    }

    fn at(folder: &Path, witness: &VerifierKey) -> Self {
        let file = DurableFile::at(folder.join(FILE));
        Self { file, witness: witness.to_string() }
    }

    /// Decides on an answer while the state is held still, by this process and by any other; what it
    /// gives to keep is on the disk when this returns.
    ///
    /// # Errors
    /// [`StateError`]: the answer must not leave.
    pub fn change(
        &self,
        decide: impl FnOnce(&Logs) -> (Answer, Option<Kept>),
    ) -> Result<Answer, StateError> {
        self.file.change(|before| {
            let mut logs = self.read(before)?;
            let (answer, kept) = decide(&logs);
            let Some((origin, seen)) = kept else { return Ok((answer, None)) };
            logs.insert(origin, seen);
            if logs.len() > LOGS_MAX {
                return Err(StateError::TooManyLogs);
            }
            Ok((answer, Some(written(&self.witness, &logs))))
        })
    }

    fn path(&self) -> String {
        self.file.path().display().to_string()
    }

    fn read(&self, bytes: Option<Vec<u8>>) -> Result<Logs, StateError> {
        let bytes = bytes.ok_or_else(|| StateError::Missing(self.path()))?;
        let corrupt = |why| StateError::Corrupt { path: self.path(), why };
        let text = String::from_utf8(bytes).map_err(|_| corrupt("caractères"))?;
        let (body, _) = text
            .strip_suffix('\n')
            .and_then(|text| text.rsplit_once('\n'))
            .ok_or_else(|| corrupt("lignes"))?;
        let mut lines = body.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(corrupt("première ligne"));
        }
        let witness = lines.next().unwrap_or_default();
        let rows: Option<Logs> = lines.map(row).collect();
        let logs = rows.ok_or_else(|| corrupt("ligne d’un journal"))?;
        // One form only: what is read must be what would be written, digest included.
        if written(witness, &logs) != text.as_bytes() {
            return Err(corrupt("empreinte"));
        }
        if witness != self.witness {
            let found = witness.to_owned();
            return Err(StateError::OtherKey { path: self.path(), found });
        }
        Ok(logs)
    }
}

fn written(witness: &str, logs: &Logs) -> Vec<u8> {
    let mut text = format!("{HEADER}\n{witness}\n");
    for (origin, seen) in logs {
        let root = seen.root.to_base64();
        // Writing into a String does not fail.
        let _ = writeln!(text, "{origin} {} {root} {}", seen.size, seen.time);
    }
    let digest = Hash::from_bytes(sha256(text.as_bytes())).to_base64();
    format!("{text}{digest}\n").into_bytes()
}

fn row(line: &str) -> Option<(String, Seen)> {
    let mut items = line.split(' ');
    let (origin, size, root, time) = (items.next()?, items.next()?, items.next()?, items.next()?);
    let whole = items.next().is_none() && check_name(origin).is_ok();
    let seen = Seen {
        size: size.parse().ok()?,
        root: Hash::from_base64(root).ok()?,
        time: time.parse().ok()?,
    };
    whole.then(|| (origin.to_owned(), seen))
}

fn file_error(path: &Path, cause: io::Error) -> StateError {
    StateError::File { path: path.display().to_string(), cause }
}
