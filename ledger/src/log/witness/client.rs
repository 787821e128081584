//! The log's side: what an answer means for us, and when to ask again. Nothing here waits or sends.

use super::Answer;
use crate::log::cosignature;
use crate::log::note::{Signature, VerifierKey};

/// How often an answer may ask for another proof before it counts as a failure.
const AGAIN_MAX: u32 = 3;

/// How often a witness is asked, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Least time between two questions.
    pub every: u64,
    /// A checkpoint that has not changed is cosigned again after this time.
    pub refresh: u64,
    /// Longest wait after failures, which begins at `every` and doubles.
    pub patience: u64,
}

impl Pace {
    /// Every five seconds at most, once an hour at least, an hour at most after failures.
    pub const CALM: Self = Self { every: 5_000, refresh: 3_600_000, patience: 3_600_000 };
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The old size in the request.
    pub old: u64,
    /// The size of the checkpoint.
    pub size: u64,
    /// The text of the checkpoint.
    pub text: String,
}

/// What an answer proves against the book that asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The witness has cosigned a larger tree than we have: our book was taken back.
    RolledBack {
        /// The size that it has cosigned.
        witnessed: u64,
        /// The size of our book.
        ours: u64,
    },
    /// The witness has cosigned another tree of a size that we have: there are two histories.
    Forked {
        /// The size at which it holds another root.
        size: u64,
    },
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The checkpoint is cosigned.
    Cosigned {
        /// The witness's line.
        line: Signature,
        /// When, in POSIX seconds.
        time: u64,
    },
    /// Ask again, with a proof from this size.
    Again(u64),
    /// Nothing more may be written to the book.
    Against(Evidence),
    /// No help this time; the reason, to be shown to the operator in French.
    Useless(String),
}

/// What the log knows of one witness.
#[derive(Clone, Debug)]
pub struct Client {
    witness: VerifierKey,
    pace: Pace,
    /// The size that the witness has cosigned last, as far as is known.
    old: u64,
    /// The size that was cosigned in answer to us, and when, by the clock of the caller.
    cosigned: Option<(u64, u64)>,
    /// Not asked before this time.
    not_before: u64,
    failures: u32,
    again: u32,
}

impl Client {
    /// A witness that is known to have cosigned `old` leaves, or 0.
    pub const fn new(witness: VerifierKey, old: u64, pace: Pace) -> Self {
        Self { witness, pace, old, cosigned: None, not_before: 0, failures: 0, again: 0 }
    }

    /// The witness's key.
    pub const fn witness(&self) -> &VerifierKey {
        &self.witness
    }

    /// The old size to ask with.
    pub const fn old(&self) -> u64 {
        self.old
    }

    /// How long to wait, in milliseconds, before asking about a log of that size; `now` is the
    /// caller's clock, which only moves forward.
    pub fn wait(&self, size: u64, now: u64) -> u64 {
        let refresh = match self.cosigned {
            Some((cosigned, at)) if cosigned == size => at.saturating_add(self.pace.refresh),
            _ => 0,
        };
        // A log that is behind what the witness said waits until this process has read the rest.
        let behind = if size < self.old { now.saturating_add(self.pace.every) } else { 0 };
        self.not_before.max(refresh).max(behind).saturating_sub(now)
    }

    /// Takes an answer in. `ours` is the size of our book on the disk, read after the answer came:
    /// another process may have grown it, and had it cosigned, while we waited.
    pub fn hear(&mut self, asked: &Asked, answer: &Answer, ours: u64, now: u64) -> Heard {
        let heard = self.meaning(asked, answer, ours);
        match &heard {
            Heard::Cosigned { .. } => {
                self.old = asked.size;
                self.cosigned = Some((asked.size, now));
                (self.failures, self.again) = (0, 0);
                self.not_before = now.saturating_add(self.pace.every);
            }
            Heard::Again(size) => {
                self.old = *size;
                self.again = self.again.saturating_add(1);
                if self.again > AGAIN_MAX {
                    self.failed(now);
                }
            }
            Heard::Against(_) | Heard::Useless(_) => self.failed(now),
        }
        heard
    }

    /// Takes in that no answer came, or that what it said was not kept.
    pub fn failed(&mut self, now: u64) {
        self.cosigned = None;
        let doubled = self.pace.every.saturating_mul(1 << self.failures.min(20));
        self.not_before = now.saturating_add(doubled.min(self.pace.patience));
        self.failures = self.failures.saturating_add(1);
        self.again = 0;
    }

    fn meaning(&self, asked: &Asked, answer: &Answer, ours: u64) -> Heard {
        let fork = Heard::Against(Evidence::Forked { size: asked.old });
        match answer {
            Answer::Cosigned(lines) => self.cosigned_by(asked, lines),
            Answer::Conflict(Some(size)) if *size > ours => {
                Heard::Against(Evidence::RolledBack { witnessed: *size, ours })
            }
            Answer::Conflict(Some(size)) if *size != asked.old => Heard::Again(*size),
            // The sizes agree, so it is the roots that do not. An old size of 0 is no tree at all.
            Answer::Conflict(_) if asked.old == asked.size && asked.old > 0 => fork,
            Answer::Conflict(_) => Heard::Useless("409 sans taille, ou à la même".into()),
            // Our proof held before it was sent: it is the witness's root that differs from ours.
            Answer::BadProof(_) if asked.old > 0 => fork,
            Answer::BadProof(why) => Heard::Useless(format!("422 depuis la taille 0 : {why}")),
            Answer::Malformed(why) => Heard::Useless(format!("400 {why}")),
            Answer::BadSignature(why) => {
                Heard::Useless(format!("403, il tient une autre clé pour ce journal : {why}"))
            }
            Answer::UnknownOrigin(why) => {
                Heard::Useless(format!("404, il ne connaît pas ce journal : {why}"))
            }
            Answer::Other { status, why } => Heard::Useless(format!("{status} {why}")),
        }
    }

    /// The first line by this witness that holds; those by other keys are ignored.
    fn cosigned_by(&self, asked: &Asked, lines: &[Signature]) -> Heard {
        let mut wrong = format!("aucune cosignature de {}", self.witness.name());
        for line in lines.iter().filter(|line| line.is_by(&self.witness)) {
            match cosignature::verify_one(&asked.text, line, &self.witness) {
                Ok(time) => return Heard::Cosigned { line: line.clone(), time },
                Err(error) => wrong = format!("sa cosignature ne vaut rien : {error}"),
            }
        }
        Heard::Useless(wrong)
    }
}
