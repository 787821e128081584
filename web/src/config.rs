//! Every setting of the portal: name, default, meaning. Its only reader of the environment;
//! `ledger-admin` reads the variables of the book by itself.

use std::path::{Path, PathBuf};

use ledger::log::Policy;
use ledger::registrar::witness::{PolicyFileError, read_policy};
use ledger::registrar::{KeyFileError, Keys};
use ledger::store::Target;

/// The settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address under which the portal is reached, without a final slash: printed in QR codes.
    pub base_url: String,
    /// Whether cookies travel over HTTPS only: yes when `base_url` is `https://…`.
    pub secure_cookies: bool,
    /// Whether anyone may read the leaves and entry bundles; otherwise auditors and offices only.
    pub entries_open: bool,
    /// How long a session lasts, in hours.
    pub session_hours: i64,
    /// The body that decides admissions, as the subscription form names it.
    pub decided_by: String,
    /// The keys offered on the sign-in page of a demonstration; `None` for a real cooperative.
    pub demo: Option<Vec<DemoKey>>,
}

/// A key of the demonstration, offered to whoever visits.
#[derive(Clone)]
pub struct DemoKey {
    /// The key's name.
    pub name: String,
    /// What the button says, e.g. « Entrer comme trésorière ».
    pub label: String,
    /// The key file's text.
    pub file_text: String,
}

/// Names only: a private key is never printed, even a demonstration's.
impl std::fmt::Debug for DemoKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DemoKey").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Config {
    /// The settings of the environment, for a portal that listens on that port:
    ///
    /// | variable | meaning | default |
    /// |---|---|---|
    /// | `FONCIERE_BASE_URL` | the portal's public address | `http://127.0.0.1:PORT` |
    /// | `FONCIERE_ENTRIES_OPEN` | `1`: anyone may read the leaves | `0` |
    /// | `FONCIERE_SESSION_HOURS` | length of a session | `12` |
    /// | `FONCIERE_DECIDED_BY` | the body that decides admissions | `le conseil d’administration` |
    pub fn from_environment(port: u16) -> Self {
        let base_url = variable("FONCIERE_BASE_URL").map_or_else(
            || format!("http://127.0.0.1:{port}"),
            |url| url.trim_end_matches('/').into(),
        );
        Self {
            secure_cookies: base_url.starts_with("https://"),
            base_url,
            entries_open: variable("FONCIERE_ENTRIES_OPEN").is_some_and(|value| value == "1"),
            session_hours: variable("FONCIERE_SESSION_HOURS")
                .and_then(|hours| hours.parse().ok())
                .filter(|hours| (1..=720).contains(hours))
                .unwrap_or(12),
            decided_by: variable("FONCIERE_DECIDED_BY")
                .unwrap_or_else(|| "le conseil d’administration".into()),
            demo: None,
        }
    }

    /// What the server holds: the keys of `folder`, with
    ///
    /// | variable | meaning | default |
    /// |---|---|---|
    /// | `FONCIERE_SIGNER_SOCKET` | the socket of the process that signs the log | signed here, by `log.key` |
    /// | `FONCIERE_LAST_SEEN` | the file of the last checkpoint shown | `last-seen` in `folder` |
    ///
    /// Put the file on another volume than the book: on the same one, whoever restores an older copy of
    /// the volume restores it too, and one of the nets against a rollback is gone.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn keys(folder: &Path) -> Result<Keys, KeyFileError> {
        let path = |name: &str| variable(name).map(PathBuf::from);
        Keys::load_with(folder, path("FONCIERE_SIGNER_SOCKET"), path("FONCIERE_LAST_SEEN"))
    }

    /// Which witnesses count: the policy of `folder`, with
    ///
    /// | variable | meaning | default |
    /// |---|---|---|
    /// | `FONCIERE_POLICY` | the witness policy (C2SP tlog-policy) | `policy.txt` in `folder`; none: `quorum none` |
    ///
    /// # Errors
    /// [`PolicyFileError`].
    pub fn policy(folder: &Path) -> Result<Policy, PolicyFileError> {
        read_policy(folder, variable("FONCIERE_POLICY").map(PathBuf::from))
    }

    /// Where the book is: in `folder`, or where this says
    ///
    /// | variable | meaning | default |
    /// |---|---|---|
    /// | `FONCIERE_DATABASE_URL` | the PostgreSQL database of the book, `postgres://…` | SQLite, in `folder` |
    pub fn target(folder: PathBuf) -> Target {
        match variable("FONCIERE_DATABASE_URL") {
            Some(url) => Target::Postgres { url },
            None => Target::Folder(folder),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the portal's only reader of the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
