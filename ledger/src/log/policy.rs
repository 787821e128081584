//! Trust policies: which logs, which witnesses, how many of them (C2SP tlog-policy at commit
//! 5ba5ee8, not yet tagged).
//!
//! A file may hold octets that are not UTF-8, in comments and in names.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::cosignature::{self, CosignatureError};
use super::note::{Algorithm, Note, NoteError, VerifierKey};

/// Largest policy file, in bytes.
pub const MAX_POLICY: usize = 65_536;
/// Most logs, and most witnesses and groups together.
pub const MAX_NAMED: usize = 64;

/// Why a text is not a policy, or a checkpoint does not satisfy one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// Larger than [`MAX_POLICY`].
    #[error("a policy has at most {MAX_POLICY} bytes, not {0}")]
    TooLong(usize),
    /// A control character other than tab and newline, or no newline at the end.
    #[error("a policy is lines that end in a newline, without other control characters")]
    Characters,
    /// A line is none of log, witness, group, quorum, or has a wrong number of items.
    #[error("line {0} is not a policy line")]
    Line(usize),
    /// More than [`MAX_NAMED`] logs, or witnesses and groups.
    #[error("line {0}: too many logs, witnesses or groups")]
    TooMany(usize),
    /// A key is malformed, or of another kind than the line asks for.
    #[error("line {line}: {error}")]
    Key {
        /// Line number, from 1.
        line: usize,
        /// What is wrong with the key.
        error: NoteError,
    },
    /// The same public key twice among logs, or among witnesses.
    #[error("line {0}: this key was given before")]
    DuplicateKey(usize),
    /// A name defined twice, or `none`.
    #[error("line {line}: `{name}` cannot be defined here")]
    DuplicateName {
        /// Line number, from 1.
        line: usize,
        /// The name.
        name: String,
    },
    /// A name that no line before defines.
    #[error("line {line}: `{name}` is not defined before")]
    UnknownName {
        /// Line number, from 1.
        line: usize,
        /// The name.
        name: String,
    },
    /// A name that is already in a group: each counts in one way only.
    #[error("line {line}: `{name}` is already in a group")]
    GroupedTwice {
        /// Line number, from 1.
        line: usize,
        /// The name.
        name: String,
    },
    /// The threshold is not `any`, `all` or a number from 1 to the number of names.
    #[error("line {0}: the threshold of a group is `any`, `all`, or 1 to its number of names")]
    Threshold(usize),
    /// Not exactly one quorum line.
    #[error("a policy has exactly one quorum line")]
    Quorum,
    /// The cosignature of a witness of this policy does not hold.
    #[error("cosignature of witness `{name}`: {error}")]
    Cosignature {
        /// Name of the witness in the policy.
        name: String,
        /// What is wrong.
        error: CosignatureError,
    },
    /// Too few witnesses have cosigned.
    #[error("the quorum `{0}` is not reached")]
    NotReached(String),
}

/// A log that the policy accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyLog {
    /// The log's key; its name is the origin.
    pub key: VerifierKey,
    /// Where the log is, if the policy says so.
    pub url: Option<String>,
}

/// A witness that the policy knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyWitness {
    /// Its name within the policy.
    pub name: String,
    /// Its cosignature key.
    pub key: VerifierKey,
    /// Where to submit checkpoints, if the policy says so.
    pub url: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    threshold: usize,
    names: Vec<String>,
}

/// Which logs and witnesses to trust, and how many witnesses are enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    groups: BTreeMap<String, Group>,
    /// The witness or group that must have cosigned; `None` for `quorum none`.
    quorum: Option<String>,
}

/// The file as text: an octet that is not UTF-8 becomes a character of its own, of private use, so that
/// other names stay other names. In a key's name it is refused, since the key's id is over the octets.
fn as_text(file: &[u8]) -> String {
    let mut text = String::with_capacity(file.len());
    for chunk in file.utf8_chunks() {
        text.push_str(chunk.valid());
        let private = |octet: &u8| char::from_u32(0xf700 | u32::from(*octet));
        text.extend(chunk.invalid().iter().filter_map(private));
    }
    text
}

/// A witness that has cosigned, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// Name of the witness in the policy.
    pub witness: String,
    /// Time of its cosignature, in POSIX seconds.
    pub time: u64,
}

/// Who, apart from the log, vouches for a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Witnessed {
    /// The policy asks for nobody: print "NOT WITNESSED".
    None,
    /// The quorum is reached by these witnesses, in the order of the policy.
    By(Vec<Cosigned>),
}

impl Policy {
    /// The policy that trusts the log alone: `quorum none`.
    pub const fn none() -> Self {
        Self { logs: Vec::new(), witnesses: Vec::new(), groups: BTreeMap::new(), quorum: None }
    }

    /// Reads a policy as text.
    ///
    /// # Errors
    /// [`PolicyError`] with the number of the line.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        Self::read(text.as_bytes())
    }

    /// Reads a policy file.
    ///
    /// # Errors
    /// [`PolicyError`] with the number of the line.
    pub fn read(file: &[u8]) -> Result<Self, PolicyError> {
        if file.len() > MAX_POLICY {
            return Err(PolicyError::TooLong(file.len()));
        }
        let file = as_text(file);
        let barred = |c: char| c.is_ascii_control() && c != '\n' && c != '\t';
        let lines = file.strip_suffix('\n').filter(|lines| !lines.contains(barred));
        let lines = lines.ok_or(PolicyError::Characters)?;
        let mut reader = Reader { policy: Self::none(), grouped: BTreeSet::new(), quorum: false };
        for (number, line) in (1..).zip(lines.split('\n')) {
            let items: Vec<_> = line.split([' ', '\t']).filter(|item| !item.is_empty()).collect();
            reader.line(number, &items)?;
        }
        if reader.quorum { Ok(reader.policy) } else { Err(PolicyError::Quorum) }
    }

    /// The logs it accepts; when empty, the log is known from elsewhere.
    pub fn logs(&self) -> &[PolicyLog] {
        &self.logs
    }

    /// The witnesses it knows, in the order of the file.
    pub fn witnesses(&self) -> &[PolicyWitness] {
        &self.witnesses
    }

    /// The witness whose key has that text, if it knows one.
    pub fn witness_of(&self, vkey: &str) -> Option<&PolicyWitness> {
        self.witnesses.iter().find(|witness| witness.key.to_string() == vkey)
    }

    /// Whether it asks for any witness.
    pub const fn asks_for_witnesses(&self) -> bool {
        self.quorum.is_some()
    }

    /// Verifies the cosignatures of every known witness on a checkpoint note and the quorum.
    ///
    /// The log's own signature is not looked at.
    ///
    /// # Errors
    /// [`PolicyError::Cosignature`] when one by a known witness does not hold,
    /// [`PolicyError::NotReached`].
    pub fn evaluate(&self, checkpoint: &Note) -> Result<Witnessed, PolicyError> {
        let cosigned = self.cosigned(checkpoint)?;
        let Some(quorum) = &self.quorum else { return Ok(Witnessed::None) };
        if self.reached(quorum, &cosigned) {
            return Ok(Witnessed::By(cosigned));
        }
        Err(PolicyError::NotReached(quorum.clone()))
    }

    /// The known witnesses that have cosigned a checkpoint note, in the order of the policy, be they
    /// enough or not.
    ///
    /// # Errors
    /// [`PolicyError::Cosignature`] when one by a known witness does not hold.
    pub fn cosigned(&self, checkpoint: &Note) -> Result<Vec<Cosigned>, PolicyError> {
        let mut cosigned = Vec::new();
        for witness in &self.witnesses {
            match cosignature::verify(checkpoint, &witness.key) {
                Ok(time) => cosigned.push(Cosigned { witness: witness.name.clone(), time }),
                Err(CosignatureError::Note(NoteError::NotSigned(_))) => {}
                Err(error) => {
                    return Err(PolicyError::Cosignature { name: witness.name.clone(), error });
                }
            }
        }
        Ok(cosigned)
    }

    /// Whether a witness or group has cosigned. Groups name earlier lines only, so this ends.
    fn reached(&self, name: &str, cosigned: &[Cosigned]) -> bool {
        match self.groups.get(name) {
            Some(group) => {
                let reached = group.names.iter().filter(|name| self.reached(name, cosigned));
                reached.count() >= group.threshold
            }
            None => cosigned.iter().any(|one| one.witness == name),
        }
    }

    fn defines(&self, name: &str) -> bool {
        self.groups.contains_key(name) || self.witnesses.iter().any(|known| known.name == name)
    }
}

/// A policy half read.
struct Reader {
    policy: Policy,
    grouped: BTreeSet<String>,
    quorum: bool,
}

impl Reader {
    fn line(&mut self, number: usize, items: &[&str]) -> Result<(), PolicyError> {
        match items {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", vkey] => self.log(number, vkey, None),
            ["log", vkey, url] => self.log(number, vkey, Some(url)),
            ["witness", name, vkey] => self.witness(number, name, vkey, None),
            ["witness", name, vkey, url] => self.witness(number, name, vkey, Some(url)),
            ["group", name, threshold, names @ ..] => self.group(number, name, threshold, names),
            ["quorum", name] => self.set_quorum(number, name),
            _ => Err(PolicyError::Line(number)),
        }
    }

    fn log(&mut self, line: usize, vkey: &str, url: Option<&str>) -> Result<(), PolicyError> {
        let key = read_key(line, vkey, Algorithm::Ed25519)?;
        if self.policy.logs.iter().any(|known| known.key.bytes() == key.bytes()) {
            return Err(PolicyError::DuplicateKey(line));
        }
        if self.policy.logs.len() >= MAX_NAMED {
            return Err(PolicyError::TooMany(line));
        }
        self.policy.logs.push(PolicyLog { key, url: url.map(str::to_owned) });
        Ok(())
    }

    fn witness(
        &mut self,
        line: usize,
        name: &str,
        vkey: &str,
        url: Option<&str>,
    ) -> Result<(), PolicyError> {
        let name = self.new_name(line, name)?;
        let key = read_key(line, vkey, Algorithm::CosignatureV1)?;
        if self.policy.witnesses.iter().any(|known| known.key.bytes() == key.bytes()) {
            return Err(PolicyError::DuplicateKey(line));
        }
        self.policy.witnesses.push(PolicyWitness { name, key, url: url.map(str::to_owned) });
        Ok(())
    }

    fn group(
        &mut self,
        line: usize,
        name: &str,
        threshold: &str,
        names: &[&str],
    ) -> Result<(), PolicyError> {
        let name = self.new_name(line, name)?;
        let threshold = match threshold {
            "any" => Some(1),
            "all" => Some(names.len()),
            number => super::text::decimal(number).and_then(|k| usize::try_from(k).ok()),
        };
        let threshold = threshold.filter(|k| (1..=names.len()).contains(k));
        let threshold = threshold.ok_or(PolicyError::Threshold(line))?;
        for name in names {
            let name = self.known_name(line, name)?;
            if !self.grouped.insert(name.clone()) {
                return Err(PolicyError::GroupedTwice { line, name });
            }
        }
        let names = names.iter().map(|&name| name.to_owned()).collect();
        self.policy.groups.insert(name, Group { threshold, names });
        Ok(())
    }

    fn set_quorum(&mut self, line: usize, name: &str) -> Result<(), PolicyError> {
        if std::mem::replace(&mut self.quorum, true) {
            return Err(PolicyError::Quorum);
        }
        if name != "none" {
            self.policy.quorum = Some(self.known_name(line, name)?);
        }
        Ok(())
    }

    fn new_name(&self, line: usize, name: &str) -> Result<String, PolicyError> {
        let count = self.policy.witnesses.len().saturating_add(self.policy.groups.len());
        if count >= MAX_NAMED {
            return Err(PolicyError::TooMany(line));
        }
        if name == "none" || self.policy.defines(name) {
            return Err(PolicyError::DuplicateName { line, name: name.to_owned() });
        }
        Ok(name.to_owned())
    }

    fn known_name(&self, line: usize, name: &str) -> Result<String, PolicyError> {
        if self.policy.defines(name) {
            return Ok(name.to_owned());
        }
        Err(PolicyError::UnknownName { line, name: name.to_owned() })
    }
}

fn read_key(line: usize, vkey: &str, wanted: Algorithm) -> Result<VerifierKey, PolicyError> {
    let key = VerifierKey::parse(vkey).map_err(|error| PolicyError::Key { line, error })?;
    if key.algorithm() == wanted {
        return Ok(key);
    }
    Err(PolicyError::Key { line, error: NoteError::Purpose(key.name().to_owned()) })
}
