//! The signer of another process, over a Unix socket: the portal need not hold the log's key.
//!
//! One question and one answer a connection, in lines of text that end with a line `.`:
//!
//! ```text
//! keys                          key <vkey>          (one line a key)
//!
//! sign                          <a signature line>  (one line a key asked for)
//! key <vkey>                    stale|behind|forked <size> <root>
//! old <size>                    state|nokey <words>
//! hash <base64>
//! origin <origin>
//! size <decimal>
//! root <base64>
//! ```

use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::{Ask, SignError, Signer};
use crate::log::{After, Checkpoint, Hash, Signature, VerifierKey};

/// The longest question or answer, in bytes: 64 hashes and a few keys are a tenth of it.
const MESSAGE_MAX: usize = 65_536;
/// The most lines of a question or an answer.
const LINES_MAX: usize = 128;
/// How long either side waits for the other.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it rests after a connection that it could not accept: what it lacks must come back first.
const NOT_ACCEPTED: Duration = Duration::from_millis(100);
/// The most questions that are answered at once; beyond it the connection is closed.
const AT_ONCE_MAX: usize = 16;

/// Asks a signer that listens on a socket.
#[derive(Clone, Debug)]
pub struct SocketSigner {
    socket: PathBuf,
}

impl SocketSigner {
    /// A signer that listens there, now or later: it is asked only when it is needed.
    pub fn at(socket: PathBuf) -> Self {
        Self { socket }
    }

    fn ask(&self, question: &[String]) -> Result<Vec<String>, SignError> {
        let silent = |error: io::Error| {
            SignError::Silent(format!("« {} » : {error}", self.socket.display()))
        };
        let mut stream = UnixStream::connect(&self.socket).map_err(silent)?;
        send(&mut stream, question).map_err(silent)?;
        receive(&mut stream).map_err(silent)
    }
}

impl Signer for SocketSigner {
    fn keys(&self) -> Result<Vec<VerifierKey>, SignError> {
        let answer = self.ask(&["keys".to_owned()])?;
        answer.iter().map(|line| line.strip_prefix("key ").and_then(key).ok_or_else(odd)).collect()
    }

    fn sign(&self, ask: &Ask) -> Result<Vec<Signature>, SignError> {
        let answer = self.ask(&question(ask))?;
        if let Some(refused) = answer.first().and_then(|line| refused(line)) {
            return Err(refused);
        }
        answer.iter().map(|line| Signature::parse(line).map_err(|_| odd())).collect()
    }
}

fn odd() -> SignError {
    SignError::Silent("sa réponse n’a pas la forme attendue".into())
}

fn key(text: &str) -> Option<VerifierKey> {
    VerifierKey::parse(text).ok()
}

fn question(ask: &Ask) -> Vec<String> {
    let mut lines = vec!["sign".to_owned()];
    lines.extend(ask.keys.iter().map(|key| format!("key {key}")));
    lines.push(format!("old {}", ask.old));
    lines.extend(ask.proof.iter().map(|hash| format!("hash {}", hash.to_base64())));
    let head = &ask.checkpoint;
    lines.push(format!("origin {}", head.origin));
    lines.push(format!("size {}", head.size));
    lines.push(format!("root {}", head.root.to_base64()));
    lines
}

/// Reads a question back; only the order and form that [`question`] writes.
fn asked(lines: &[String]) -> Option<Ask> {
    let mut rest = lines.iter().map(String::as_str).peekable();
    let mut take = |word: &str| {
        let start = format!("{word} ");
        rest.next_if(|line| line.starts_with(&start)).map(|line| &line[start.len()..])
    };
    let mut keys = Vec::new();
    while let Some(text) = take("key") {
        keys.push(key(text)?);
    }
    let old = take("old")?.parse().ok()?;
    let mut proof = Vec::new();
    while let Some(text) = take("hash") {
        proof.push(Hash::from_base64(text).ok()?);
    }
    let text = format!("{}\n{}\n{}\n", take("origin")?, take("size")?, take("root")?);
    let checkpoint = Checkpoint::parse(&text).ok()?;
    rest.next().is_none().then_some(Ask { checkpoint, keys, old, proof })
}

fn refusal(error: &SignError) -> String {
    let seen = |word: &str, last: &After| format!("{word} {} {}", last.size, last.root.to_base64());
    match error {
        SignError::Stale(last) => seen("stale", last),
        SignError::Behind(last) => seen("behind", last),
        SignError::Forked(last) => seen("forked", last),
        SignError::NoKey(key) => format!("nokey {key}"),
        SignError::State(why) | SignError::Silent(why) => format!("state {}", one_line(why)),
    }
}

fn refused(line: &str) -> Option<SignError> {
    let (word, rest) = line.split_once(' ')?;
    let last = || {
        let (size, root) = rest.split_once(' ')?;
        Some(After { size: size.parse().ok()?, root: Hash::from_base64(root).ok()? })
    };
    match word {
        "stale" => last().map(SignError::Stale),
        "behind" => last().map(SignError::Behind),
        "forked" => last().map(SignError::Forked),
        "nokey" => Some(SignError::NoKey(rest.to_owned())),
        "state" => Some(SignError::State(rest.to_owned())),
        _ => None,
    }
}

fn one_line(words: &str) -> String {
    words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect()
}

/// Answers whoever connects, for as long as the listener lives.
///
/// # Errors
/// What the listener answered when it can accept nobody any more.
pub fn serve(listener: &UnixListener, signer: &Arc<dyn Signer>) -> io::Result<()> {
    serve_each(listener.incoming(), signer)
}

/// A connection that was given up before it was accepted, or a process out of descriptors or memory,
/// passes: ending for it would leave the log unsigned.
fn serve_each(
    incoming: impl Iterator<Item = io::Result<UnixStream>>,
    signer: &Arc<dyn Signer>,
) -> io::Result<()> {
    let busy = Arc::new(AtomicUsize::new(0));
    for stream in incoming {
        let stream = match stream {
            Ok(stream) => stream,
            // This is no listener.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Err(error),
            Err(error) => {
                tracing::warn!(%error, "a connection to the signer was not accepted");
                std::thread::sleep(NOT_ACCEPTED);
                continue;
            }
        };
        if busy.load(Ordering::Acquire) >= AT_ONCE_MAX {
            continue;
        }
        busy.fetch_add(1, Ordering::AcqRel);
        let (signer, busy) = (Arc::clone(signer), Arc::clone(&busy));
        std::thread::spawn(move || {
            if let Err(error) = answer(stream, signer.as_ref()) {
                tracing::warn!(%error, "a question to the signer was not answered");
            }
            busy.fetch_sub(1, Ordering::AcqRel);
        });
    }
    Ok(())
}

fn answer(mut stream: UnixStream, signer: &dyn Signer) -> io::Result<()> {
    let lines = receive(&mut stream)?;
    let said = match lines.split_first() {
        Some((word, [])) if word == "keys" => {
            signer.keys().map(|keys| keys.iter().map(|key| format!("key {key}")).collect())
        }
        Some((word, rest)) if word == "sign" => match asked(rest) {
            Some(ask) => {
                signer.sign(&ask).map(|made| made.iter().map(ToString::to_string).collect())
            }
            None => Err(SignError::State("la demande n’a pas la forme attendue".into())),
        },
        _ => Err(SignError::State("la demande n’a pas la forme attendue".into())),
    };
    send(&mut stream, &said.unwrap_or_else(|error| vec![refusal(&error)]))
}

fn send(stream: &mut UnixStream, lines: &[String]) -> io::Result<()> {
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut message = lines.join("\n");
    message.push_str("\n.\n");
    stream.write_all(message.as_bytes())
}

/// Reads lines up to the line `.`; a longer message, or one cut short, is an error.
fn receive(stream: &mut UnixStream) -> io::Result<Vec<String>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let wrong = |what| io::Error::new(io::ErrorKind::InvalidData, what);
    let mut message = Vec::new();
    let mut part = [0; 4_096];
    while !message.ends_with(b"\n.\n") {
        let read = stream.read(&mut part)?;
        let read = part.get(..read).filter(|read| !read.is_empty());
        message.extend(read.ok_or_else(|| wrong("message coupé"))?);
        if message.len() > MESSAGE_MAX {
            return Err(wrong("message trop long"));
        }
    }
    let text = String::from_utf8(message).map_err(|_| wrong("message illisible"))?;
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    match lines.split_last() {
        Some((_, lines)) if lines.len() <= LINES_MAX => Ok(lines.to_vec()),
        _ => Err(wrong("message trop long")),
    }
}

#[cfg(test)]
mod tests;
