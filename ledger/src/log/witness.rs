//! Witnessing: what a log sends to a witness and what it hears back (C2SP tlog-witness v1.0.0).
//!
//! | file | what it is |
//! |---|---|
//! | this one | the request and the answer, as they travel over HTTP or in a file |
//! | `client` | the log's side: what an answer means, and when to ask again |
//! | `cosigner` | the witness's side: when it cosigns |
//!
//! Two points that the specification leaves open, or that later texts change:
//! a log of size 0 may be cosigned, by a witness that has never cosigned a larger one, and its
//! checkpoint has the empty root; another root at the same size is answered 409 with that size, as
//! v1.0.0 asks, and both 409 and 422 are taken for evidence of a fork when they are heard.

mod client;
mod cosigner;

use thiserror::Error;

use super::hash::{Hash, HashError};
use super::note::{Note, Signature};
use super::text;

pub use client::{Asked, Client, Evidence, Heard, Pace};
pub use cosigner::{Cosigner, CosignerError, Kept, Seen};

/// Largest request that is read, in bytes: 63 hashes and a checkpoint with its signatures.
pub const MAX_REQUEST: usize = 65_536;
/// Largest answer that is read, in bytes.
pub const MAX_ANSWER: usize = 65_536;
/// Most hashes: no tree of 2^63 leaves needs more.
pub const MAX_HASHES: usize = 63;
/// The type of the answer 409.
pub const SIZE_TYPE: &str = "text/x.tlog.size";
/// The type of every other answer.
pub const TEXT_TYPE: &str = "text/plain; charset=utf-8";
/// The path of the call, after the witness's submission prefix.
pub const CALL: &str = "add-checkpoint";

/// Longest reason that is kept of a witness's words, in characters.
const WHY_MAX: usize = 300;

/// Why bytes are not a request.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RequestError {
    /// Larger than [`MAX_REQUEST`].
    #[error("a request has at most {MAX_REQUEST} bytes, not {0}")]
    TooLong(usize),
    /// Not UTF-8.
    #[error("a request is UTF-8")]
    Characters,
    /// The first line is another.
    #[error("the first line is `old` and a decimal without leading zeroes")]
    Old,
    /// A line of the proof is not a hash.
    #[error("hash {at} of the proof: {error}")]
    Hash {
        /// Which hash, from 0.
        at: usize,
        /// What is wrong with it.
        error: HashError,
    },
    /// More than [`MAX_HASHES`].
    #[error("a proof has at most {MAX_HASHES} hashes")]
    TooManyHashes,
    /// No empty line and checkpoint after the proof.
    #[error("the proof is followed by an empty line and a checkpoint")]
    NoCheckpoint,
}

/// The request `add-checkpoint`.
///
/// ```
/// use ledger::log::witness::AddCheckpoint;
///
/// let request = b"old 0\n\nexample.org/log\n...";
/// let read = AddCheckpoint::parse(request)?;
/// assert_eq!((read.old, read.proof.len()), (0, 0));
/// assert_eq!(read.to_bytes(), request);
/// # Ok::<(), ledger::log::witness::RequestError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the witness has cosigned last, as the sender believes; 0 for none.
    pub old: u64,
    /// The consistency proof from there; empty from 0.
    pub proof: Vec<Hash>,
    /// The checkpoint note, as it was published; not read yet.
    pub checkpoint: Vec<u8>,
}

impl AddCheckpoint {
    /// Reads a request; only the one form that [`AddCheckpoint::to_bytes`] writes.
    ///
    /// # Errors
    /// [`RequestError`]. The checkpoint is not looked at.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > MAX_REQUEST {
            return Err(RequestError::TooLong(bytes.len()));
        }
        let request = std::str::from_utf8(bytes).map_err(|_| RequestError::Characters)?;
        let (head, checkpoint) = request.split_once("\n\n").ok_or(RequestError::NoCheckpoint)?;
        if checkpoint.is_empty() {
            return Err(RequestError::NoCheckpoint);
        }
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old = old.and_then(text::decimal).ok_or(RequestError::Old)?;
        let lines: Vec<&str> = lines.collect();
        if lines.len() > MAX_HASHES {
            return Err(RequestError::TooManyHashes);
        }
        let hash = |(at, line): (usize, &&str)| {
            Hash::from_base64(line).map_err(|error| RequestError::Hash { at, error })
        };
        let proof = lines.iter().enumerate().map(hash).collect::<Result<_, _>>()?;
        Ok(Self { old, proof, checkpoint: checkpoint.into() })
    }

    /// The request as it is sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut request = format!("old {}\n", self.old);
        for hash in &self.proof {
            request.push_str(&hash.to_base64());
            request.push('\n');
        }
        request.push('\n');
        let mut request = request.into_bytes();
        request.extend(&self.checkpoint);
        request
    }
}

/// Why bytes are not an answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AnswerError {
    /// Larger than [`MAX_ANSWER`].
    #[error("an answer has at most {MAX_ANSWER} bytes, not {0}")]
    TooLong(usize),
    /// 200 whose body is not one or more signature lines.
    #[error("the answer 200 is not made of signature lines")]
    Cosignatures,
    /// 409 of the right type whose body is not a size.
    #[error("the answer 409 is not a decimal size")]
    Size,
    /// A file that is none of the answers.
    #[error("this file is not the answer of a witness")]
    File,
}

/// What a witness answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 200: cosignatures, of this witness and perhaps of others.
    Cosigned(Vec<Signature>),
    /// 409: the size it has cosigned last. `None` when another type of text came with it.
    Conflict(Option<u64>),
    /// 400: malformed, or an old size above the new one.
    Malformed(String),
    /// 403: no signature by a key it trusts for that log.
    BadSignature(String),
    /// 404: it does not know that log.
    UnknownOrigin(String),
    /// 422: the proof does not hold.
    BadProof(String),
    /// Any other: it can't answer now.
    Other {
        /// The HTTP status.
        status: u16,
        /// Its words.
        why: String,
    },
}

impl Answer {
    /// Reads an answer that came over HTTP.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub fn from_http(status: u16, kind: Option<&str>, body: &[u8]) -> Result<Self, AnswerError> {
        if body.len() > MAX_ANSWER {
            return Err(AnswerError::TooLong(body.len()));
        }
        match status {
            200 => cosignatures(body).map(Self::Cosigned).ok_or(AnswerError::Cosignatures),
            409 if kind.is_some_and(is_size_type) => {
                size(body).map(|size| Self::Conflict(Some(size))).ok_or(AnswerError::Size)
            }
            409 => Ok(Self::Conflict(None)),
            other => Ok(Self::refusal(other, &String::from_utf8_lossy(body))),
        }
    }

    /// Reads an answer that came in a file, as [`Answer::body`] wrote it: its first characters tell
    /// which one it is.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub fn from_file(bytes: &[u8]) -> Result<Self, AnswerError> {
        if bytes.len() > MAX_ANSWER {
            return Err(AnswerError::TooLong(bytes.len()));
        }
        if let Some(cosignatures) = cosignatures(bytes) {
            return Ok(Self::Cosigned(cosignatures));
        }
        if let Some(size) = size(bytes) {
            return Ok(Self::Conflict(Some(size)));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| AnswerError::File)?;
        let status = text.split_once(' ').filter(|(status, _)| status.len() == 3);
        let status = status.and_then(|(status, _)| text::decimal(status));
        let status = status.and_then(|status| u16::try_from(status).ok());
        match status {
            Some(status) if (400..600).contains(&status) => Ok(Self::refusal(status, text)),
            _ => Err(AnswerError::File),
        }
    }

    fn refusal(status: u16, body: &str) -> Self {
        let said = body.strip_prefix(&format!("{status} ")).unwrap_or(body);
        // A stranger's words may end in our technical log: one line, short, nothing hidden in it.
        let why = said.trim_end().chars().map(|c| if c.is_control() { ' ' } else { c });
        let why = why.take(WHY_MAX).collect();
        match status {
            400 => Self::Malformed(why),
            403 => Self::BadSignature(why),
            404 => Self::UnknownOrigin(why),
            422 => Self::BadProof(why),
            _ => Self::Other { status, why },
        }
    }

    /// Its HTTP status.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Cosigned(_) => 200,
            Self::Conflict(_) => 409,
            Self::Malformed(_) => 400,
            Self::BadSignature(_) => 403,
            Self::UnknownOrigin(_) => 404,
            Self::BadProof(_) => 422,
            Self::Other { status, .. } => *status,
        }
    }

    /// Its media type.
    pub const fn content_type(&self) -> &'static str {
        if matches!(self, Self::Conflict(_)) { SIZE_TYPE } else { TEXT_TYPE }
    }

    /// Its body, the same over HTTP and in a file.
    pub fn body(&self) -> Vec<u8> {
        let refusal = |why: &str| format!("{} {why}\n", self.status()).into_bytes();
        match self {
            Self::Cosigned(lines) => {
                lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect()
            }
            Self::Conflict(Some(size)) => format!("{size}\n").into_bytes(),
            Self::Conflict(None) => Vec::new(),
            Self::Malformed(why)
            | Self::BadSignature(why)
            | Self::UnknownOrigin(why)
            | Self::BadProof(why)
            | Self::Other { why, .. } => refusal(why),
        }
    }
}

fn is_size_type(kind: &str) -> bool {
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(SIZE_TYPE))
}

fn size(body: &[u8]) -> Option<u64> {
    let line = std::str::from_utf8(body).ok()?.strip_suffix('\n')?;
    text::decimal(line)
}

fn cosignatures(body: &[u8]) -> Option<Vec<Signature>> {
    let lines = std::str::from_utf8(body).ok()?.strip_suffix('\n')?;
    lines.split('\n').map(|line| Signature::parse(line).ok()).collect()
}

/// A checkpoint note with these cosignatures after its own signatures; one that it has already is
/// not put there twice.
pub fn with_cosignatures(
    mut note: Note,
    cosignatures: impl IntoIterator<Item = Signature>,
) -> Note {
    for line in cosignatures {
        if !note.signatures.contains(&line) {
            note.signatures.push(line);
        }
    }
    note
}
