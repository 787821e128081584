//! Opening a book from its folder, and submitting one command to it.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledger::command::Command;
use ledger::keep::in_french;
use ledger::log::{Policy, SigningKey};
use ledger::registrar::keys::read_signing_key;
use ledger::registrar::witness::read_policy;
use ledger::registrar::{
    Keys, PrivateValue, Receipt, Registrar, Snapshots, SubmitError, SystemClock,
};
use ledger::store::{Store, Target};

use crate::Trouble;

/// The folder of the server's keys inside a data folder.
pub(crate) fn key_folder(data: &Path) -> PathBuf {
    data.join("keys")
}

/// What the server holds: the keys of the folder, or the signer and the file that the portal is given too.
pub(crate) fn server_keys(data: &Path) -> Result<Keys, String> {
    let signer = variable("FONCIERE_SIGNER_SOCKET").map(PathBuf::from);
    let keys = Keys::load_with(&key_folder(data), signer, last_seen());
    let keys = keys.map_err(|error| in_french(&error))?;
    Ok(keys.with_snapshots(Snapshots::beside(data)))
}

/// The file that says which witnesses count, when it is not in the folder of the book.
pub(crate) fn policy_file() -> Option<PathBuf> {
    variable("FONCIERE_POLICY").map(PathBuf::from)
}

/// Which witnesses count: the file that the portal is given too.
pub(crate) fn policy(data: &Path) -> Result<Policy, String> {
    read_policy(data, policy_file()).map_err(|error| in_french(&error))
}

/// Where the last checkpoint shown is kept, when it is not among the keys.
pub(crate) fn last_seen() -> Option<PathBuf> {
    variable("FONCIERE_LAST_SEEN").map(PathBuf::from)
}

/// Where the book is: the database of `FONCIERE_DATABASE_URL`, as for the portal, or the folder.
///
/// By the environment and not by an argument, because the address holds a password and anybody
/// on the machine can read the arguments. The keys are in the folder in both cases.
pub(crate) fn target(data: &Path) -> Target {
    match variable("FONCIERE_DATABASE_URL") {
        Some(url) => Target::Postgres { url },
        None => Target::Folder(data.to_owned()),
    }
}

#[expect(clippy::disallowed_methods, reason = "the settings of the portal that runs on the book")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Opens the way in to an existing book.
pub(crate) async fn open(data: &Path) -> Result<Arc<Registrar>, Trouble> {
    let keys = server_keys(data)?;
    let store = Store::open(&target(data)).await.map_err(|e| in_french(&e))?;
    Ok(Registrar::open_witnessed(store, keys, Arc::new(SystemClock), policy(data)?).await?)
}

/// Reads signing keys from their files.
pub(crate) fn read_keys(paths: &[PathBuf]) -> Result<Vec<SigningKey>, String> {
    paths.iter().map(|path| read_signing_key(path).map_err(|error| in_french(&error))).collect()
}

/// Reads a command from a file or standard input, signs it and submits it.
pub(crate) async fn submit(data: &Path, keys: &[PathBuf], file: &Path) -> Result<String, Trouble> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|error| in_french(&error))?;
        text
    } else {
        std::fs::read_to_string(file).map_err(|e| format!("`{}` : {e}", file.display()))?
    };
    let command: Command =
        serde_json::from_str(&text).map_err(|error| format!("commande illisible : {error}"))?;
    let keys = read_keys(keys)?;
    let keys: Vec<&SigningKey> = keys.iter().collect();
    let registrar = open(data).await?;
    Ok(told(perform(&registrar, command, Vec::new(), &keys).await)?)
}

/// Signs and submits, and leaves the writing to the portal's nodes again.
pub(crate) async fn perform(
    registrar: &Registrar,
    command: Command,
    private: Vec<PrivateValue>,
    keys: &[&SigningKey],
) -> Result<Receipt, SubmitError> {
    let outcome = registrar.perform(command, private, keys).await;
    registrar.leave().await;
    outcome
}

/// What the operator reads after a submission.
pub(crate) fn told(outcome: Result<Receipt, SubmitError>) -> Result<String, String> {
    match outcome {
        Ok(receipt) => {
            let last = receipt.first.saturating_add(receipt.count).saturating_sub(1);
            Ok(format!("enregistré : feuilles {} à {last}", receipt.first))
        }
        Err(error) => Err(error.to_string()),
    }
}
