//! The part of admission that asks nothing of the state: form, fact, hash and signatures of a leaf.
//!
//! It is nearly all of the work and depends on no order, so it can run on all cores, before a leaf
//! has its index. What it finds is carried by [`Verified`], which only this file makes; what then
//! remains for [`super::admit()`] is whether those keys may sign *here*, and the rules.

use std::sync::Arc;

use imbl::OrdMap;
use thiserror::Error;

use super::admit::DoorRefusal;
use crate::authority::Authority;
use crate::event::{Event, EventError};
use crate::log::leaf::LeafError;
use crate::log::note::NoteError;
use crate::log::{Hash, Leaf, Signature, VerifierKey};
use crate::refusal::Refusal;

/// Why bytes are not a leaf that carries a fact.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unread {
    /// The bytes are no leaf.
    #[error("illisible ({0})")]
    Leaf(#[from] LeafError),
    /// The leaf carries no fact that we know, or not in its canonical form.
    #[error("{0}")]
    Fact(#[from] EventError),
}

impl From<Unread> for DoorRefusal {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Leaf(error) => Self::NotAFact(error.to_string()),
            Unread::Fact(error) => Self::NotAFact(error.to_string()),
        }
    }
}

impl From<Unread> for Refusal {
    fn from(unread: Unread) -> Self {
        DoorRefusal::from(unread).into()
    }
}

/// A key that the log has named: its text, and the same made ready to verify with.
#[derive(Debug)]
struct NamedKey {
    text: String,
    key: VerifierKey,
}

/// The keys that the log has named so far.
///
/// A name is given to one key for ever, so a ring that lags behind the log is never wrong, only
/// short; when a key may sign is not its business.
#[derive(Clone, Debug, Default)]
pub struct Keyring(OrdMap<String, Arc<NamedKey>>);

impl Keyring {
    /// The keys of a register.
    pub fn of(authority: &Authority) -> Self {
        let mut ring = Self::default();
        for record in authority.keys() {
            ring.add(&record.vkey);
        }
        ring
    }

    /// Adds the keys that a fact gives an office to.
    pub fn learn(&mut self, event: &Event) {
        match event {
            Event::KeyEnrolled(enrolled) => self.add(&enrolled.vkey),
            Event::KeyRotated(rotated) => self.add(&rotated.vkey),
            _ => {
                let admins = event.opening().into_iter().flat_map(|opened| &opened.admins);
                admins.for_each(|admin| self.add(&admin.vkey));
            }
        }
    }

    /// A text that is no key is left out: a signature by it is then refused where the order is known.
    fn add(&mut self, text: &str) {
        if let Ok(key) = VerifierKey::parse(text) {
            let named = NamedKey { text: text.to_owned(), key };
            self.0.insert(named.key.name().to_owned(), Arc::new(named));
        }
    }
}

/// What was found of one signature.
#[derive(Clone, Debug)]
enum Finding {
    /// It was checked with a key that the fact itself presents.
    Own { holds: bool },
    /// It was checked with a key that the log had named.
    Named { by: Arc<NamedKey>, holds: bool },
    /// Nothing: the log had not named such a key yet.
    Unknown,
}

/// A leaf that reads as a fact, its hash, and which of its signatures hold by which key.
///
/// That a signature does not hold is told by [`super::admit()`], so that the first thing wrong is the
/// same whether a leaf was verified ahead or not.
#[derive(Clone, Debug)]
pub struct Verified {
    leaf: Leaf,
    hash: Hash,
    event: Event,
    own: Result<Vec<VerifierKey>, DoorRefusal>,
    findings: Vec<Finding>,
}

impl Verified {
    /// Reads a leaf and verifies every signature whose key the fact presents or `keys` holds.
    ///
    /// # Errors
    /// [`Unread`].
    pub fn read(bytes: &[u8], keys: &Keyring) -> Result<Self, Unread> {
        let leaf = Leaf::parse(bytes)?;
        let event = Event::from_parts(&leaf.content.kind, &leaf.content.body)?;
        let own = own_keys(&event);
        let presented = own.as_deref().unwrap_or_default();
        let find = |signature: &Signature| {
            if let Some(key) = presented.iter().find(|key| key.name() == signature.name) {
                return Finding::Own { holds: holds(&leaf, signature, key).is_ok() };
            }
            match keys.0.get(&signature.name) {
                Some(by) => Finding::Named {
                    by: Arc::clone(by),
                    holds: holds(&leaf, signature, &by.key).is_ok(),
                },
                None => Finding::Unknown,
            }
        };
        let findings = leaf.note.signatures.iter().map(find).collect();
        let hash = leaf.hash();
        Ok(Self { leaf, hash, event, own, findings })
    }

    /// The leaf as it was read.
    pub const fn leaf(&self) -> &Leaf {
        &self.leaf
    }

    /// The hash that stands in the tree.
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// The fact, not yet admitted.
    pub const fn event(&self) -> &Event {
        &self.event
    }

    /// Checks every signature by itself: it holds, by a key that the fact presents or that `keys`
    /// has. Whether that key may sign there, and who else had to, is for [`super::admit()`].
    ///
    /// # Errors
    /// [`DoorRefusal`] of the first signature that does not.
    pub fn holds(&self, keys: &Keyring) -> Result<(), DoorRefusal> {
        self.own()?;
        let text = |name: &str| keys.0.get(name).map(|key| key.text.as_str());
        self.signers(text).try_for_each(|signer| signer.map(drop))
    }

    /// The keys that the fact itself presents.
    pub(super) fn own(&self) -> Result<&[VerifierKey], DoorRefusal> {
        self.own.as_deref().map_err(Clone::clone)
    }

    /// Who made each signature, in order, if it holds.
    ///
    /// `vkey` tells for a name the textual key that may sign at this place of the log, if any.
    pub(super) fn signers<'a>(
        &'a self,
        vkey: impl Fn(&str) -> Option<&'a str>,
    ) -> impl Iterator<Item = Result<Signer<'a>, DoorRefusal>> {
        self.leaf.note.signatures.iter().zip(&self.findings).map(move |(signature, finding)| {
            let name = signature.name.as_str();
            if let Finding::Own { holds } = finding {
                return verdict(*holds, Signer::Own(name));
            }
            let text = vkey(name).ok_or_else(|| DoorRefusal::UnknownKey(name.to_owned()))?;
            let holds = match finding {
                Finding::Named { by, holds } if by.text == text => *holds,
                // Named since the leaf was verified, or by another log's ring: verified here.
                _ => holds(&self.leaf, signature, &parsed(text)?).is_ok(),
            };
            verdict(holds, Signer::Office(name))
        })
    }
}

/// Who made a signature that holds: a key name.
pub(super) enum Signer<'a> {
    /// A key that the fact presents, which proves its possession and gives no right.
    Own(&'a str),
    /// A key that the log has given an office.
    Office(&'a str),
}

fn verdict(holds: bool, signer: Signer<'_>) -> Result<Signer<'_>, DoorRefusal> {
    let (Signer::Own(name) | Signer::Office(name)) = signer;
    if holds { Ok(signer) } else { Err(DoorRefusal::BadSignature(name.to_owned())) }
}

fn holds(leaf: &Leaf, signature: &Signature, key: &VerifierKey) -> Result<(), NoteError> {
    leaf.note.verify_one(signature, key)
}

/// The keys that a fact itself presents.
fn own_keys(event: &Event) -> Result<Vec<VerifierKey>, DoorRefusal> {
    let texts: Vec<&String> = match event {
        Event::KeyEnrolled(enrolled) => vec![&enrolled.vkey],
        Event::KeyRotated(rotated) => vec![&rotated.vkey],
        Event::MemberApplied(applied) => applied.signer_vkey.iter().collect(),
        Event::SharesSubscribed(subscribed) => subscribed.signer_vkey.iter().collect(),
        _ => {
            let admins = event.opening().into_iter().flat_map(|opened| &opened.admins);
            admins.map(|admin| &admin.vkey).collect()
        }
    };
    texts.into_iter().map(|text| parsed(text)).collect()
}

fn parsed(vkey: &str) -> Result<VerifierKey, DoorRefusal> {
    VerifierKey::parse(vkey)
        .map_err(|error| DoorRefusal::NotAFact(format!("clé publique illisible ({error})")))
}
