//! The signer of this process: the log's private keys, and the head they signed last, on the disk.

use std::io;
use std::path::PathBuf;

use super::super::durable::DurableFile;
use super::{Ask, SignError, Signer};
use crate::log::proof::verify_consistency;
use crate::log::{After, Checkpoint, Hash, Signature, SigningKey, VerifierKey};

/// Signs with keys that it holds, after it has written down what it is about to sign.
///
/// Several processes may share a state: each reads it again under its lock, so all of them together
/// sign one history.
#[derive(Debug)]
pub struct LogSigner {
    keys: Vec<SigningKey>,
    state: DurableFile,
}

impl From<io::Error> for SignError {
    fn from(error: io::Error) -> Self {
        Self::State(error.to_string())
    }
}

impl LogSigner {
    /// A signer with these keys, the oldest first, and its state in that file.
    pub fn new(keys: Vec<SigningKey>, state: PathBuf) -> Self {
        Self { keys, state: DurableFile::at(state) }
    }

    /// Writes a first state, in a place where there is none: nothing is signed below that head.
    ///
    /// # Errors
    /// [`SignError::State`] when there is one already, or the disk refuses.
    pub fn begin_at(&self, last: &Checkpoint) -> Result<(), SignError> {
        self.state.change(|before| match before {
            None => Ok(((), Some(last.text().into_bytes()))),
            Some(_) => Err(SignError::State("il y en a déjà un".into())),
        })
    }

    fn last(&self, content: Option<Vec<u8>>, origin: &str) -> Result<After, SignError> {
        let wrong =
            |why: &str| SignError::State(format!("{} : {why}", self.state.path().display()));
        let content = content.ok_or_else(|| wrong("le fichier manque"))?;
        let text = String::from_utf8(content).map_err(|error| wrong(&error.to_string()))?;
        let last = Checkpoint::parse(&text).map_err(|error| wrong(&error.to_string()))?;
        if last.origin != origin {
            return Err(wrong(&format!("il est du journal « {} »", last.origin)));
        }
        Ok(After { size: last.size, root: last.root })
    }

    fn signatures(&self, ask: &Ask) -> Result<Vec<Signature>, SignError> {
        let text = ask.checkpoint.text();
        let by = |wanted: &VerifierKey| {
            let missing = || SignError::NoKey(wanted.to_string());
            let key = self.keys.iter().find(|key| key.verifier() == wanted).ok_or_else(missing)?;
            key.sign_text(&text).map_err(|_| missing())
        };
        ask.keys.iter().map(by).collect()
    }
}

impl Signer for LogSigner {
    fn keys(&self) -> Result<Vec<VerifierKey>, SignError> {
        Ok(self.keys.iter().map(|key| key.verifier().clone()).collect())
    }

    fn sign(&self, ask: &Ask) -> Result<Vec<Signature>, SignError> {
        let head = &ask.checkpoint;
        if let Some(other) = ask.keys.iter().find(|key| key.name() != head.origin) {
            return Err(SignError::NoKey(other.to_string()));
        }
        // Made first, handed over last: without the keys the state must not move.
        let signatures = self.signatures(ask)?;
        self.state.change(|content| {
            let last = self.last(content, &head.origin)?;
            let moved = moved(&last, ask)?;
            Ok((signatures, moved.map(|_| head.text().into_bytes())))
        })
    }
}

/// Where the state moves to when that head is signed: nowhere for the head that was signed last. It is
/// on the disk before a signature leaves.
///
/// # Errors
/// [`SignError::Behind`], [`SignError::Stale`], [`SignError::Forked`]: nothing is signed.
pub fn moved(last: &After, ask: &Ask) -> Result<Option<After>, SignError> {
    extends(last, ask)?;
    let head = &ask.checkpoint;
    Ok((last.size < head.size).then_some(After { size: head.size, root: head.root }))
}

/// Whether the head asked for is the last one signed, or provably extends it.
fn extends(last: &After, ask: &Ask) -> Result<(), SignError> {
    let head = &ask.checkpoint;
    if head.size < last.size {
        return Err(SignError::Behind(*last));
    }
    if head.size == last.size {
        return if head.root == last.root { Ok(()) } else { Err(SignError::Forked(*last)) };
    }
    if ask.old != last.size {
        return Err(SignError::Stale(*last));
    }
    let from_nothing = last.size == 0 && last.root == Hash::EMPTY_ROOT && ask.proof.is_empty();
    let proven = || verify_consistency(last.size, &last.root, head.size, &head.root, &ask.proof);
    if from_nothing || proven().is_ok() { Ok(()) } else { Err(SignError::Forked(*last)) }
}

#[cfg(test)]
mod tests;
