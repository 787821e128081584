//! The keys of the book: who holds which office, from which leaf to which.

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::OrdMap;

use super::{BookOpened, KeyEnrolled, KeyRevoked, Refusal, Role, vkey};
use crate::base::{AmountError, LeafIndex, Stamp};
use crate::bylaws::Bylaws;

/// Who may sign what, leaf by leaf: no clock, no list of revoked keys to fetch.
#[derive(Clone, Debug, Default)]
pub struct Authority {
    opened: Option<Arc<BookOpened>>,
    keys: OrdMap<String, KeyRecord>,
}

/// A key and the leaves between which it may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The leaf that revoked it.
    pub revoked: Option<LeafIndex>,
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

    /// How many keys of that role may still sign.
    pub fn in_office(&self, role: Role) -> usize {
        self.keys().filter(|key| key.role == role && key.revoked.is_none()).count()
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

    /// Takes in the opening of the book.
    pub fn apply_opened(&mut self, stamp: Stamp, fact: &BookOpened) -> Result<(), AmountError> {
        for admin in &fact.admins {
            self.enrol(stamp, &admin.vkey, Role::Admin, &admin.holder);
        }
        self.opened = Some(Arc::new(fact.clone()));
        Ok(())
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
