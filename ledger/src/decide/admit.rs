//! Admission of a verified leaf: the history it saw, who may sign here, then the rules.
//!
//! The registrar runs it before writing, the auditor after reading: the same function. What asks
//! nothing of the state came before, in [`super::Verified::read`].

use std::collections::BTreeSet;

use thiserror::Error;

use super::verify::{Signer, Verified};
use crate::authority::Asked;
use crate::base::{Day, LeafIndex, Notice};
use crate::event::Event;
use crate::log::Hash;
use crate::refusal::Refusal;
use crate::state::State;

/// How long a leaf may wait for its other signatures, in milliseconds: seven days.
pub const SIGNING_PATIENCE_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// How much of a key's name a refusal repeats, in characters.
const NAME_SHOWN: usize = 240;

/// The roots that the log has shown, by size: what a leaf's `after` may name.
pub trait KnownRoots {
    /// The root of the tree of that size, if it is known.
    fn root_at(&self, size: u64) -> Option<Hash>;
}

/// A leaf that passed, and the index it may take: proof for [`crate::replay::Replay::fold`].
#[derive(Clone, Copy, Debug)]
pub struct Admitted<'a> {
    verified: &'a Verified,
    index: u64,
}

impl<'a> Admitted<'a> {
    /// The leaf, its fact and its hash.
    pub const fn verified(&self) -> &'a Verified {
        self.verified
    }

    /// The index for which it was admitted.
    pub const fn index(&self) -> u64 {
        self.index
    }
}

/// The leaf itself is refused, whatever it says.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", self.notice())]
pub enum DoorRefusal {
    /// The book is not open: no leaf 0 yet.
    NotOpened,
    /// The leaf belongs to another log.
    OtherOrigin(String),
    /// The body is not a fact of this kind in its canonical form.
    NotAFact(String),
    /// `after` names a tree this log never had: a fork, or another log's history.
    UnknownHistory(u64),
    /// The leaf is older than a signature may wait.
    TooOld,
    /// The leaf is dated ahead of the clock.
    AheadOfClock,
    /// A signature by a key that may not sign here.
    UnknownKey(String),
    /// A signature that does not verify.
    BadSignature(String),
    /// The key that the fact names has not signed it (proof of possession).
    MissingOwnSignature(String),
    /// The same leaf id was used for another leaf.
    IdReused,
    /// A submission has more leaves than one database transaction should write.
    TooManyLeaves {
        /// How many it has.
        given: usize,
        /// How many it may have.
        most: usize,
    },
}

impl DoorRefusal {
    /// What to tell the person.
    pub fn notice(&self) -> Notice {
        let again = "Recommencez l’opération et signez le nouveau texte.".to_owned();
        let (why, remedy) = match self {
            Self::NotOpened => (
                "Le livre n’est pas encore ouvert.".to_owned(),
                "Ouvrez-le avec « ledger-admin init ».".to_owned(),
            ),
            Self::OtherOrigin(origin) => (
                format!("Elle est destinée à un autre journal : « {origin} »."),
                "Vérifiez l’adresse du portail sur lequel vous signez.".into(),
            ),
            Self::NotAFact(detail) => (format!("Son contenu n’est pas conforme (détail technique : {detail})."), again),
            Self::UnknownHistory(size) => (
                format!("Elle s’appuie sur un état du journal ({size} feuilles) qu’il n’a jamais eu."),
                "Gardez le texte signé et prévenez le contrôleur : c’est un indice de falsification."
                    .into(),
            ),
            Self::TooOld => {
                ("Le texte signé a plus de sept jours.".to_owned(), again)
            }
            Self::AheadOfClock => (
                "Le texte signé est daté d’après l’heure du serveur.".to_owned(),
                "Faites vérifier l’horloge du serveur, puis recommencez.".into(),
            ),
            Self::UnknownKey(name) => (
                format!("La clé « {name} » n’est pas habilitée à signer à cette date."),
                "Faites inscrire la clé par les administrateurs, ou signez avec une clé valable."
                    .into(),
            ),
            Self::BadSignature(name) => {
                (format!("La signature de « {name} » n’est pas valable pour ce texte."), again)
            }
            Self::MissingOwnSignature(name) => (
                format!("La clé « {name} » n’a pas signé le fait qui la présente."),
                "Signez aussi avec cette clé, pour prouver que vous la détenez.".into(),
            ),
            Self::IdReused => {
                ("Son identifiant a déjà servi pour une autre feuille.".to_owned(), again)
            }
            Self::TooManyLeaves { given, most } => (
                format!("L’envoi compte {given} feuilles ; il peut en compter {most}."),
                "Partagez-le en plusieurs, par exemple un relevé bancaire par quinzaine.".into(),
            ),
        };
        Notice { what: "La feuille est refusée.".into(), why, rule: None, remedy }
    }
}

/// Passes a leaf that would take the next index of `state`.
///
/// # Errors
/// The [`Refusal`] of the first thing wrong: form, history, signatures, then the rules.
pub fn admit<'a>(
    state: &State,
    roots: &impl KnownRoots,
    verified: &'a Verified,
) -> Result<Admitted<'a>, Refusal> {
    let (content, event) = (&verified.leaf().content, verified.event());
    let origin = match event.opening() {
        Some(opened) => Some(opened.origin.as_str()),
        None => state.registers.authority.origin(),
    };
    if origin.ok_or(DoorRefusal::NotOpened)? != content.origin {
        return Err(DoorRefusal::OtherOrigin(content.origin.clone()).into());
    }
    if roots.root_at(content.after.size) != Some(content.after.root) {
        return Err(DoorRefusal::UnknownHistory(content.after.size).into());
    }
    let oldest = state.recorded_ms.saturating_sub(SIGNING_PATIENCE_MS);
    if content.recorded_ms < oldest {
        return Err(DoorRefusal::TooOld.into());
    }
    let day = Day::of_unix_ms(content.recorded_ms.max(state.recorded_ms))
        .ok_or(DoorRefusal::AheadOfClock)?;
    signatures(state, day, verified)?;
    super::check(&state.registers, day, event)?;
    Ok(Admitted { verified, index: state.size })
}

/// Every signature holds, by a key that may sign; together they are those that the fact asks for.
fn signatures(state: &State, day: Day, verified: &Verified) -> Result<(), Refusal> {
    let at = LeafIndex::new(state.size);
    let authority = &state.registers.authority;
    let own = verified.own()?;
    let (mut own_signed, mut offices) = (BTreeSet::new(), BTreeSet::new());
    let may_sign = |name: &str| {
        let record = authority.key(name).filter(|_| authority.may_sign(name, at))?;
        Some(record.vkey.as_str())
    };
    for signer in verified.signers(may_sign) {
        // A key that the fact itself presents proves its possession; it holds no office yet.
        match signer? {
            Signer::Own(name) => own_signed.insert(name),
            Signer::Office(name) => offices.insert(name),
        };
    }
    if let Some(opened) = verified.event().opening() {
        return enough_admins(opened.threshold.get(), opened.holders_among(&own_signed));
    }
    if let Some(missing) = own.iter().find(|key| !own_signed.contains(key.name())) {
        return Err(DoorRefusal::MissingOwnSignature(missing.name().to_owned()).into());
    }
    if let Event::KeyRotated(rotated) = verified.event()
        && !offices.contains(rotated.key_name.as_str())
    {
        let old = rotated.key_name.chars().take(NAME_SHOWN).collect();
        return Err(crate::authority::Refusal::OldKeySilent(old).into());
    }
    let asked: Asked = super::asked(&state.registers, day, verified.event())?;
    Ok(authority.permits(&asked, offices, at)?)
}

fn enough_admins(threshold: u32, signed: usize) -> Result<(), Refusal> {
    let given = u32::try_from(signed).unwrap_or(u32::MAX);
    if given >= threshold {
        return Ok(());
    }
    Err(crate::authority::Refusal::too_few_signatures(threshold, given).into())
}
