//! The keys of the book: who holds which office, from which leaf to which.

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::{OrdMap, Vector};
use serde::{Deserialize, Serialize};

use super::{
    BookOpened, BookSucceeded, Finding, KeyEnrolled, KeyRevoked, KeyRotated, KeySuspected,
    LeavesReviewed, LogKeyRotated, Predecessor, Refusal, Role, ThresholdChanged, vkey,
};
use crate::base::{AmountError, LeafIndex, Stamp};
use crate::bylaws::Bylaws;

/// Who may sign what, leaf by leaf: no clock, no list of revoked keys to fetch.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Authority {
    opened: Option<Arc<BookOpened>>,
    predecessor: Option<Predecessor>,
    keys: OrdMap<String, KeyRecord>,
    /// How many administrators sign.
    threshold: u32,
    log_keys: Vector<LogKey>,
    /// The leaves that each office's key has signed, in order.
    signed: OrdMap<String, Vector<LeafIndex>>,
    suspicions: Vector<Suspicion>,
    reviews: OrdMap<LeafIndex, Review>,
}

/// A key that signs, or signed, checkpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogKey {
    /// The key in text.
    pub vkey: String,
    /// The leaf that names it; it signs the sizes above.
    pub named: LeafIndex,
    /// The last size that the former key signs beside it.
    pub both_until: u64,
}

/// A doubt about what a key has signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspicion {
    /// Which key.
    pub key_name: String,
    /// From which leaf on.
    pub from: LeafIndex,
    /// Why.
    pub reason: String,
    /// The leaf that states it.
    pub stated: LeafIndex,
}

/// What a review found of a leaf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// What was found.
    pub finding: Finding,
    /// The leaf that states it.
    pub stated: LeafIndex,
}

/// A leaf that waits for its review, and the key whose signature is in doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToReview<'a> {
    /// The leaf.
    pub leaf: LeafIndex,
    /// The doubt.
    pub suspicion: &'a Suspicion,
}

/// A key and the leaves between which it may sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// Its name, the part of the textual key before the first `+`.
    pub name: String,
    /// The key in text.
    pub vkey: String,
    /// What it may sign.
    pub role: Role,
    /// The office's label, never a person's name.
    pub holder: String,
    /// The leaf that enrolled it.
    pub enrolled: LeafIndex,
    /// The leaf with which it ended: revoked, or replaced.
    pub revoked: Option<LeafIndex>,
    /// The key that took its place, if one did.
    pub replaced_by: Option<String>,
}

/// The signatures that a fact asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// A key with one of these roles counts.
    pub roles: Vec<Role>,
    /// How many distinct keys, at least.
    pub count: u32,
}

impl Authority {
    /// The opening of the book.
    pub fn opened(&self) -> Option<&BookOpened> {
        self.opened.as_deref()
    }

    /// The company, its bylaws and the dated parameters.
    pub fn bylaws(&self) -> Option<&Bylaws> {
        self.opened().map(|opened| &opened.bylaws)
    }

    /// The log's origin.
    pub fn origin(&self) -> Option<&str> {
        self.opened().map(|opened| opened.origin.as_str())
    }

    /// The key of that name, revoked or not.
    pub fn key(&self, name: &str) -> Option<&KeyRecord> {
        self.keys.get(name)
    }

    /// Every key, revoked or not, by name.
    pub fn keys(&self) -> impl Iterator<Item = &KeyRecord> {
        self.keys.values()
    }

    /// Whether a signature by that key counts in the leaf at that index.
    ///
    /// A key signs from the leaf after its enrolment to the leaf of its revocation; the
    /// administrators named by leaf 0 sign that leaf too.
    pub fn may_sign(&self, name: &str, at: LeafIndex) -> bool {
        self.key(name).is_some_and(|key| key.may_sign(at))
    }

    /// How many administrators sign what is about keys.
    pub fn threshold(&self) -> u32 {
        self.threshold
    }

    /// The log that this one follows, if any.
    pub fn predecessor(&self) -> Option<&Predecessor> {
        self.predecessor.as_ref()
    }

    /// How many administrators would hold a key that signs, were that key gone: holders, not keys.
    pub fn admins_without(&self, key_name: &str) -> usize {
        let left = self.keys().filter(|key| key.role == Role::Admin && key.revoked.is_none());
        let left = left.filter(|key| key.name != key_name);
        left.map(|key| key.holder.as_str()).collect::<BTreeSet<_>>().len()
    }

    /// Every key that signs or signed checkpoints, the first named first.
    pub fn log_keys(&self) -> impl Iterator<Item = &LogKey> {
        self.log_keys.iter()
    }

    /// The keys that sign the checkpoint of that size: the one in force, and before it the former
    /// ones while both sign.
    pub fn log_keys_at(&self, size: u64) -> Vec<&LogKey> {
        let named: Vec<&LogKey> = self.log_keys().filter(|key| key.named.get() < size).collect();
        // Before leaf 0 there is no size to sign but that of the empty log.
        let named = if named.is_empty() { self.log_keys().take(1).collect() } else { named };
        let still =
            |at: usize| named.get(at.saturating_add(1)).is_none_or(|next| size <= next.both_until);
        named.iter().enumerate().filter(|(at, _)| still(*at)).map(|(_, key)| *key).collect()
    }

    /// Every doubt, the first stated first.
    pub fn suspicions(&self) -> impl Iterator<Item = &Suspicion> {
        self.suspicions.iter()
    }

    /// What the latest review found of a leaf.
    pub fn review(&self, leaf: LeafIndex) -> Option<&Review> {
        self.reviews.get(&leaf)
    }

    /// The leaves that wait for a review, doubt by doubt.
    pub fn to_review(&self) -> impl Iterator<Item = ToReview<'_>> {
        self.suspicions.iter().flat_map(|doubt| {
            let signed = self.signed.get(&doubt.key_name).into_iter().flatten();
            let waits = |leaf: &LeafIndex| {
                *leaf >= doubt.from
                    && self.review(*leaf).is_none_or(|known| known.stated < doubt.stated)
            };
            let open = signed.copied().filter(waits);
            open.map(move |leaf| ToReview { leaf, suspicion: doubt })
        })
    }

    /// Checks that enough distinct holders of the asked roles have signed: four eyes are two people,
    /// not one person's two keys.
    ///
    /// # Errors
    /// [`Refusal::TooFewSignatures`].
    pub fn permits<'a>(
        &self,
        asked: &Asked,
        signers: impl IntoIterator<Item = &'a str>,
        at: LeafIndex,
    ) -> Result<(), Refusal> {
        let records = signers.into_iter().filter_map(|name| self.key(name));
        let counted = records.filter(|key| key.may_sign(at) && asked.roles.contains(&key.role));
        let distinct: BTreeSet<&str> = counted.map(|key| key.holder.as_str()).collect();
        let given = u32::try_from(distinct.len()).unwrap_or(u32::MAX);
        if given < asked.count {
            let roles = asked.roles.clone();
            return Err(Refusal::TooFewSignatures { roles, asked: asked.count, given });
        }
        Ok(())
    }

    /// Notes who signed the leaf that is about to be folded: offices only.
    pub fn note_signers<'a>(&mut self, leaf: LeafIndex, names: impl Iterator<Item = &'a str>) {
        for name in names.filter(|name| self.keys.contains_key(*name)).collect::<Vec<_>>() {
            match self.signed.get_mut(name) {
                Some(leaves) => leaves.push_back(leaf),
                None => {
                    self.signed.insert(name.to_owned(), Vector::unit(leaf));
                }
            }
        }
    }

    /// Takes in the opening of the book.
    pub fn apply_opened(&mut self, stamp: Stamp, fact: &BookOpened) -> Result<(), AmountError> {
        for admin in &fact.admins {
            self.enrol(stamp, &admin.vkey, Role::Admin, &admin.holder);
        }
        self.threshold = fact.threshold.get();
        self.name_log_key(stamp, &fact.log_vkey, 0);
        self.opened = Some(Arc::new(fact.clone()));
        Ok(())
    }

    /// Takes in the opening of a book that follows another log.
    pub fn apply_succeeded(
        &mut self,
        stamp: Stamp,
        fact: &BookSucceeded,
    ) -> Result<(), AmountError> {
        self.predecessor = Some(fact.predecessor.clone());
        self.apply_opened(stamp, &fact.book)
    }

    fn name_log_key(&mut self, stamp: Stamp, text: &str, both_for: u32) {
        let both_until = stamp.index.get().saturating_add(1).saturating_add(both_for.into());
        let key = LogKey { vkey: text.to_owned(), named: stamp.index, both_until };
        self.log_keys.push_back(key);
    }

    /// Takes in a key.
    pub fn apply_key_enrolled(
        &mut self,
        stamp: Stamp,
        fact: &KeyEnrolled,
    ) -> Result<(), AmountError> {
        self.enrol(stamp, &fact.vkey, fact.role, &fact.holder);
        Ok(())
    }

    /// Takes in the end of a key.
    pub fn apply_key_revoked(
        &mut self,
        stamp: Stamp,
        fact: &KeyRevoked,
    ) -> Result<(), AmountError> {
        if let Some(key) = self.keys.get_mut(&fact.key_name) {
            key.revoked = Some(stamp.index);
        }
        Ok(())
    }

    /// Takes in a key that takes another's place.
    pub fn apply_key_rotated(
        &mut self,
        stamp: Stamp,
        fact: &KeyRotated,
    ) -> Result<(), AmountError> {
        let new = vkey::parse(&fact.vkey).map(|key| key.name.to_owned());
        let Some(old) = self.keys.get_mut(&fact.key_name) else { return Ok(()) };
        old.revoked = Some(stamp.index);
        old.replaced_by = new;
        let (role, holder) = (old.role, old.holder.clone());
        self.enrol(stamp, &fact.vkey, role, &holder);
        Ok(())
    }

    /// Takes in a doubt.
    pub fn apply_key_suspected(
        &mut self,
        stamp: Stamp,
        fact: &KeySuspected,
    ) -> Result<(), AmountError> {
        self.suspicions.push_back(Suspicion {
            key_name: fact.key_name.clone(),
            from: fact.suspect_from,
            reason: fact.reason.clone(),
            stated: stamp.index,
        });
        Ok(())
    }

    /// Takes in a review.
    pub fn apply_leaves_reviewed(
        &mut self,
        stamp: Stamp,
        fact: &LeavesReviewed,
    ) -> Result<(), AmountError> {
        for leaf in &fact.leaves {
            let review = Review { finding: fact.finding, stated: stamp.index };
            self.reviews.insert(*leaf, review);
        }
        Ok(())
    }

    /// Takes in another number of administrators.
    pub fn apply_threshold_changed(
        &mut self,
        _: Stamp,
        fact: &ThresholdChanged,
    ) -> Result<(), AmountError> {
        self.threshold = fact.threshold.get();
        Ok(())
    }

    /// Takes in another key of the log.
    pub fn apply_log_key_rotated(
        &mut self,
        stamp: Stamp,
        fact: &LogKeyRotated,
    ) -> Result<(), AmountError> {
        self.name_log_key(stamp, &fact.log_vkey, fact.both_for.get());
        Ok(())
    }

    fn enrol(&mut self, stamp: Stamp, text: &str, role: Role, holder: &str) {
        // The rules have read the key before the fold does.
        let Some(key) = vkey::parse(text) else { return };
        let record = KeyRecord {
            name: key.name.to_owned(),
            vkey: text.to_owned(),
            role,
            holder: holder.to_owned(),
            enrolled: stamp.index,
            revoked: None,
            replaced_by: None,
        };
        self.keys.insert(record.name.clone(), record);
    }
}

impl KeyRecord {
    fn may_sign(&self, at: LeafIndex) -> bool {
        let genesis = LeafIndex::new(0);
        let begun = self.enrolled < at || self.enrolled == genesis;
        begun && self.revoked.is_none_or(|revoked| at <= revoked)
    }
}
