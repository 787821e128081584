//! The signer of checkpoints as a process of its own, and the first state that it starts from.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledger::keep::in_french;
use ledger::log::Checkpoint;
use ledger::registrar::signer::serve;
use ledger::registrar::{LogSigner, Signer};

use crate::book;
use crate::checkpoint::checkpoint;

/// Answers on the socket until the process is ended.
pub(crate) fn run(keys: &[PathBuf], state: &Path, socket: &Path) -> Result<String, String> {
    let keys = book::read_keys(keys)?;
    let names: Vec<String> = keys.iter().map(|key| key.verifier().to_string()).collect();
    if !state.is_file() {
        return Err(format!(
            "`{}` manque : sans l’état du signataire, rien n’est signé\n\nhint: reprenez le fichier \
             `signer.state` du livre, ou créez-le avec `signer-state`",
            state.display()
        ));
    }
    let listener = listen(socket).map_err(|error| format!("`{}` : {error}", socket.display()))?;
    let signer: Arc<dyn Signer> = Arc::new(LogSigner::new(keys, state.to_owned()));
    eprintln!("le signataire écoute sur `{}` pour {}", socket.display(), names.join(" et "));
    serve(&listener, &signer).map_err(|error| in_french(&error))?;
    Ok("le signataire s’arrête".into())
}

/// Listens where nobody does; a socket left by a process that ended is taken away.
fn listen(socket: &Path) -> io::Result<UnixListener> {
    if socket.exists() {
        if UnixStream::connect(socket).is_ok() {
            return Err(io::Error::other("un signataire y écoute déjà"));
        }
        std::fs::remove_file(socket)?;
    }
    let listener = UnixListener::bind(socket)?;
    // Whoever reaches it has heads signed: the owner, and the group that the folder lets in.
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o660))?;
    Ok(listener)
}

/// Writes the state of a signer that has none, from a checkpoint that the log's key has signed: a note,
/// or the proof or certificate that carries it.
pub(crate) fn begin(key: &Path, state: &Path, held: &Path) -> Result<String, String> {
    let keys = book::read_keys(&[key.to_owned()])?;
    let key = keys.first().ok_or("une clé est nécessaire")?;
    let (last, _) = Checkpoint::open(&checkpoint(held)?, key.verifier())
        .map_err(|error| format!("`{}` : {error}", held.display()))?;
    let signer = LogSigner::new(Vec::new(), state.to_owned());
    signer.begin_at(&last).map_err(|error| in_french(&error))?;
    Ok(format!("rien ne sera signé sous {} feuilles ni à côté de ce point de contrôle", last.size))
}
