//! The server's own keys: the log's, the desk's, and the vault's. Never an officer's.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;
use zeroize::Zeroizing;

use super::last_seen::LastSeen;
use super::signer::{LogSigner, Signer, SocketSigner};
use super::snapshot::Snapshots;
use crate::log::{Checkpoint, Hash, SigningKey};
use crate::store::make_folder;

/// Why the keys can't be read or written.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// The file system did not answer.
    #[error("key file `{}`: {cause}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What it answered.
        cause: io::Error,
    },
    /// The file does not hold such a key.
    #[error("key file `{}` does not hold a key: {why}", path.display())]
    Content {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The system gave no randomness.
    #[error("the system gave no randomness")]
    Randomness,
}

/// What the server holds: who signs checkpoints, the desk's and the vault's keys, and where the last
/// checkpoint shown is written down.
pub struct Keys {
    /// Signs checkpoints: here, or in another process.
    pub log: Arc<dyn Signer>,
    /// Where the last checkpoint shown is kept.
    pub last_seen: LastSeen,
    /// Where the folded state is kept for the next start; nowhere unless [`Keys::with_snapshots`].
    pub snapshots: Snapshots,
    /// Answers for residents whose browser can't sign (R82), and issues certificates.
    pub desk: SigningKey,
    /// Seals the vault's data keys and fingerprints bank lines.
    pub vault: Zeroizing<[u8; 32]>,
}

/// Names only: a private key is never printed.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("desk", &self.desk.name())
            .field("last_seen", &self.last_seen.path())
            .finish_non_exhaustive()
    }
}

impl Keys {
    /// Makes new keys and writes them.
    pub fn create(folder: &Path, origin: &str) -> Result<Self, KeyFileError> {
        NewKeys::generate(origin)?.write(folder)?;
        Self::load(folder)
    }

    /// Reads the keys of `folder`; the log's key and the state of its signer are there too.
    pub fn load(folder: &Path) -> Result<Self, KeyFileError> {
        let mut log = vec![read_signing_key(&folder.join(LOG_FILE))?];
        if folder.join(NEXT_LOG_FILE).exists() {
            log.push(read_signing_key(&folder.join(NEXT_LOG_FILE))?);
        }
        let signer = LogSigner::new(log, folder.join(STATE_FILE));
        Self::load_beside(folder, Arc::new(signer))
    }

    /// Reads the keys of `folder`; where they are given, the log is signed by the process that listens
    /// on that socket, and the last checkpoint shown is kept in that file.
    pub fn load_with(
        folder: &Path,
        signer_socket: Option<PathBuf>,
        last_seen: Option<PathBuf>,
    ) -> Result<Self, KeyFileError> {
        let keys = match signer_socket {
            Some(socket) => Self::load_beside(folder, Arc::new(SocketSigner::at(socket))),
            None => Self::load(folder),
        }?;
        Ok(match last_seen {
            Some(path) => Self { last_seen: LastSeen::at(path), ..keys },
            None => keys,
        })
    }

    /// The same, and the folded state is kept there for the next start.
    #[must_use]
    pub fn with_snapshots(self, snapshots: Snapshots) -> Self {
        Self { snapshots, ..self }
    }

    /// Reads the keys of `folder` except the log's, which that signer holds.
    pub fn load_beside(folder: &Path, log: Arc<dyn Signer>) -> Result<Self, KeyFileError> {
        let vault = read_vault_key(folder)?;
        Ok(Self {
            log,
            last_seen: LastSeen::at(folder.join(LAST_SEEN_FILE)),
            snapshots: Snapshots::none(),
            desk: read_signing_key(&folder.join(DESK_FILE))?,
            vault,
        })
    }
}

/// The keys of a book that does not exist yet.
pub struct NewKeys {
    /// Signs checkpoints.
    pub log: SigningKey,
    /// The desk's.
    pub desk: SigningKey,
    /// The vault's.
    pub vault: Zeroizing<[u8; 32]>,
}

impl NewKeys {
    /// Makes new keys for a log of that origin.
    pub fn generate(origin: &str) -> Result<Self, KeyFileError> {
        let make = |name: &str| {
            SigningKey::generate(name, random::<32>()?).map_err(|error| KeyFileError::Content {
                path: PathBuf::from(name),
                why: error.to_string(),
            })
        };
        Ok(Self {
            log: make(origin)?,
            desk: make(&format!("{origin}/k/guichet"))?,
            vault: Zeroizing::new(random::<32>()?),
        })
    }

    /// Those that an opening cut short left in `folder`, and new ones in place of those that lack.
    ///
    /// # Errors
    /// [`KeyFileError::Content`] when a key there is of another log.
    pub fn take_up(folder: &Path, origin: &str) -> Result<Self, KeyFileError> {
        let mut keys = Self::generate(origin)?;
        for (name, key) in [(LOG_FILE, &mut keys.log), (DESK_FILE, &mut keys.desk)] {
            let path = folder.join(name);
            if path.exists() {
                let found = read_signing_key(&path)?;
                if found.name() != key.name() {
                    return Err(KeyFileError::Content { path, why: of_another(&found, key) });
                }
                *key = found;
            }
        }
        if folder.join(VAULT_FILE).exists() {
            keys.vault = read_vault_key(folder)?;
        }
        Ok(keys)
    }

    /// Writes the keys in `folder`, readable by their owner alone, and the state of a signer that has
    /// signed nothing. A file that is already there is never written over: it holds the same, or this
    /// is refused.
    pub fn write(&self, folder: &Path) -> Result<(), KeyFileError> {
        make_folder(folder).map_err(|cause| file_error(folder, cause))?;
        let nothing =
            Checkpoint { origin: self.log.name().to_owned(), size: 0, root: Hash::EMPTY_ROOT };
        for (name, text) in [
            (LOG_FILE, Zeroizing::new(self.log.to_file_text())),
            (DESK_FILE, Zeroizing::new(self.desk.to_file_text())),
            (VAULT_FILE, Zeroizing::new(hex_of(&self.vault))),
        ] {
            let path = folder.join(name);
            if !path.exists() || read(&path)? != text {
                write_key(&path, &text)?;
            }
        }
        let state = folder.join(STATE_FILE);
        if state.exists() && *read(&state)? == nothing.text() {
            return Ok(());
        }
        LogSigner::new(Vec::new(), state.clone())
            .begin_at(&nothing)
            .map_err(|error| KeyFileError::Content { path: state, why: error.to_string() })
    }
}

fn of_another(found: &SigningKey, wanted: &SigningKey) -> String {
    format!("elle se nomme « {} », et ce livre attend « {} »", found.name(), wanted.name())
}

const LOG_FILE: &str = "log.key";
/// The log's next key, while checkpoints carry the signatures of both.
const NEXT_LOG_FILE: &str = "log-next.key";
const DESK_FILE: &str = "desk.key";
const VAULT_FILE: &str = "vault.key";
/// The last head that the signer signed.
pub(super) const STATE_FILE: &str = "signer.state";
/// The last checkpoint that was shown.
pub(super) const LAST_SEEN_FILE: &str = "last-seen";

/// Makes the log's next key, beside the one that signs; gives its public text. What holds the folder's
/// keys reads it at its next start.
///
/// # Errors
/// [`KeyFileError`]; one that is there already is never written over.
pub fn new_log_key(folder: &Path) -> Result<String, KeyFileError> {
    let current = read_signing_key(&folder.join(LOG_FILE))?;
    let path = folder.join(NEXT_LOG_FILE);
    let key = SigningKey::generate(current.name(), random::<32>()?)
        .map_err(|error| KeyFileError::Content { path: path.clone(), why: error.to_string() })?;
    write_key(&path, &key.to_file_text())?;
    Ok(key.vkey())
}

/// Puts the log's next key in the place of the former, once the book asks for it alone; the former is
/// left in a file of its own, whose path is given.
///
/// # Errors
/// [`KeyFileError`]; nothing has changed unless the next key is `in_force`.
pub fn retire_log_key(folder: &Path, in_force: &str) -> Result<PathBuf, KeyFileError> {
    let (current, next) = (folder.join(LOG_FILE), folder.join(NEXT_LOG_FILE));
    let key = read_signing_key(&next)?;
    if key.vkey() != in_force {
        let why = "the log does not sign with this key alone".to_owned();
        return Err(KeyFileError::Content { path: next, why });
    }
    let former = read_signing_key(&current)?.vkey();
    let id = former.split('+').nth(1).unwrap_or_default();
    let kept = folder.join(format!("log-{id}.key.old"));
    // A second name first, then one rename: at no instant is there no `log.key`.
    match fs::hard_link(&current, &kept) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(file_error(&kept, error));
        }
        _ => fs::rename(&next, &current).map_err(|cause| file_error(&current, cause))?,
    }
    Ok(kept)
}

/// Reads a signing key from its one-line file.
pub fn read_signing_key(path: &Path) -> Result<SigningKey, KeyFileError> {
    let text = read(path)?;
    SigningKey::from_file_text(text.as_str())
        .map_err(|error| KeyFileError::Content { path: path.to_owned(), why: error.to_string() })
}

/// Reads the vault's key from a key folder.
///
/// # Errors
/// [`KeyFileError`].
pub fn read_vault_key(folder: &Path) -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
    let path = folder.join(VAULT_FILE);
    let text = read(&path)?;
    let key = bytes_of(text.trim())
        .ok_or(KeyFileError::Content { path, why: "64 hexadecimal digits expected".into() })?;
    Ok(Zeroizing::new(key))
}

/// Writes a secret to a new file that only its owner can read, and has the disk keep it. The file has
/// its name only when it is whole, so that a writing cut short can be done again.
///
/// # Errors
/// [`KeyFileError::File`], also when there is such a file already: it is not written over.
pub fn write_key(path: &Path, content: &(impl AsRef<[u8]> + ?Sized)) -> Result<(), KeyFileError> {
    write_new(path, content.as_ref()).map_err(|cause| file_error(path, cause))
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    if path.try_exists()? {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let unfinished = PathBuf::from(name);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn read(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    fs::read_to_string(path).map(Zeroizing::new).map_err(|cause| file_error(path, cause))
}

fn file_error(path: &Path, cause: io::Error) -> KeyFileError {
    KeyFileError::File { path: path.to_owned(), cause }
}

fn hex_of(bytes: &[u8; 32]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")) + "\n"
}

fn bytes_of(hex: &str) -> Option<[u8; 32]> {
    let digits: Option<Vec<u8>> =
        hex.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let bytes: Vec<u8> = digits?
        .chunks_exact(2)
        .filter_map(|pair| Some(pair.first()?.checked_mul(16)?.saturating_add(*pair.last()?)))
        .collect();
    bytes.try_into().ok()
}

/// A name for this process that no other has.
pub(super) fn node_name() -> Result<String, KeyFileError> {
    let bytes = random::<12>()?;
    Ok(bytes.iter().fold(String::new(), |name, byte| name + &format!("{byte:02x}")))
}

/// So many bytes from the system's generator.
pub fn random<const N: usize>() -> Result<[u8; N], KeyFileError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| KeyFileError::Randomness)?;
    Ok(bytes)
}
