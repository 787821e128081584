//! The server's own keys: the log's, the desk's, and the vault's. Never an officer's.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;
use zeroize::Zeroizing;

use super::last_seen::LastSeen;
use super::signer::{LogSigner, Signer, SocketSigner};
use crate::log::{Checkpoint, Hash, SigningKey};

/// Why the keys can't be read or written.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// The file system did not answer.
    #[error("key file `{}`: {cause}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What it answered.
        cause: std::io::Error,
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

    /// Reads the keys of `folder` except the log's, which that signer holds.
    pub fn load_beside(folder: &Path, log: Arc<dyn Signer>) -> Result<Self, KeyFileError> {
        let path = folder.join(VAULT_FILE);
        let text = read(&path)?;
        let vault = bytes_of(text.trim())
            .ok_or(KeyFileError::Content { path, why: "64 hexadecimal digits expected".into() })?;
        Ok(Self {
            log,
            last_seen: LastSeen::at(folder.join(LAST_SEEN_FILE)),
            desk: read_signing_key(&folder.join(DESK_FILE))?,
            vault: Zeroizing::new(vault),
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

    /// Writes the keys in `folder`, readable by their owner alone, and the state of a signer that has
    /// signed nothing. A file that is already there is never written over.
    pub fn write(&self, folder: &Path) -> Result<(), KeyFileError> {
        fs::create_dir_all(folder).map_err(|cause| file_error(folder, cause))?;
        write_key(&folder.join(LOG_FILE), &self.log.to_file_text())?;
        write_key(&folder.join(DESK_FILE), &self.desk.to_file_text())?;
        write_key(&folder.join(VAULT_FILE), &hex_of(&self.vault))?;
        let nothing =
            Checkpoint { origin: self.log.name().to_owned(), size: 0, root: Hash::EMPTY_ROOT };
        let state = folder.join(STATE_FILE);
        LogSigner::new(Vec::new(), state.clone())
            .begin_at(&nothing)
            .map_err(|error| KeyFileError::Content { path: state, why: error.to_string() })
    }
}

const LOG_FILE: &str = "log.key";
/// The log's next key, while checkpoints carry the signatures of both.
const NEXT_LOG_FILE: &str = "log-next.key";
const DESK_FILE: &str = "desk.key";
const VAULT_FILE: &str = "vault.key";
/// The last head that the signer signed.
const STATE_FILE: &str = "signer.state";
/// The last checkpoint that was shown.
const LAST_SEEN_FILE: &str = "last-seen";

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

/// Writes a secret to a new file that only its owner can read, and has the disk keep it.
pub fn write_key(path: &Path, text: &str) -> Result<(), KeyFileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|cause| file_error(path, cause))?;
    file.write_all(text.as_bytes()).map_err(|cause| file_error(path, cause))?;
    file.sync_all().map_err(|cause| file_error(path, cause))
}

fn read(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    fs::read_to_string(path).map(Zeroizing::new).map_err(|cause| file_error(path, cause))
}

fn file_error(path: &Path, cause: std::io::Error) -> KeyFileError {
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
