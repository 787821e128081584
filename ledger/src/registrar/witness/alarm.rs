//! What a witness's answer proves against the book: kept, shown, and in the way of every write until
//! it is cleared up.
//!
//! It stands while the policy names that witness. A book that was taken back is cleared once the same
//! witness has cosigned as much as it had; a fork never, by itself: two histories were shown.

use std::fmt;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::Witnesses;
use super::call::Told;
use crate::log::witness::Evidence;
use crate::log::{Policy, VerifierKey};
use crate::store::{EvidenceRow, Failure, Store};

/// A witness's word against the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// The witness's name in the policy.
    pub witness: String,
    /// What it says.
    pub evidence: Evidence,
    /// When we heard it first, in milliseconds since 1970.
    pub found_ms: i64,
}

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let witness = &self.witness;
        match self.evidence {
            Evidence::RolledBack { witnessed, ours } => write!(
                f,
                "le témoin « {witness} » a cosigné {witnessed} feuilles de ce journal, et ce livre n’en \
                 compte que {ours} : il a été ramené en arrière"
            ),
            Evidence::Forked { size } => write!(
                f,
                "le témoin « {witness} » a cosigné une autre racine que la nôtre à la taille {size} : deux \
                 histoires de ce journal ont été montrées"
            ),
        }
    }
}

/// What the operator does and does not do then.
const REMEDY: &str = "Rien n’est plus écrit ; le livre reste lisible. À faire : gardez toutes les copies \
                      du livre, comparez ses points de contrôle avec ceux du témoin et du contrôleur, remettez en \
                      place la base la plus récente. Si c’est le témoin qui se trompe, deux personnes le constatent, \
                      puis le retirent de la politique (`policy.txt`)";

/// What stands against the book by the word of this policy's witnesses.
pub(super) async fn standing(store: &Store, policy: &Policy) -> Result<Vec<Alarm>, Failure> {
    let mut alarms: Vec<Alarm> = Vec::new();
    for row in store.evidence().await? {
        let Some(witness) = policy.witness_of(&row.witness) else { continue };
        let evidence = meaning(&row);
        if let Evidence::RolledBack { witnessed, .. } = evidence {
            let key = &witness.key;
            let last = store.last_cosigned_by(key.name(), key.id()).await?;
            if last.is_some_and(|last| last.size >= witnessed) {
                continue;
            }
        }
        let known = alarms.iter().any(|a| a.witness == witness.name && a.evidence == evidence);
        if !known {
            let witness = witness.name.clone();
            alarms.push(Alarm { witness, evidence, found_ms: row.found_ms });
        }
    }
    Ok(alarms)
}

/// Says at the start whose evidence is kept and does not stand, since this policy does not name them:
/// a node that was set up without the policy of the others writes where they do not.
pub(super) async fn warn_of_unnamed(store: &Store, policy: &Policy) -> Result<(), Failure> {
    let rows = store.evidence().await?;
    let mut unnamed: Vec<&str> = rows.iter().map(|row| row.witness.as_str()).collect();
    unnamed.retain(|key| policy.witness_of(key).is_none());
    unnamed.sort_unstable();
    unnamed.dedup();
    for witness in unnamed {
        tracing::warn!(
            witness,
            "evidence against this book is kept by the word of a witness that the policy does not \
             name: it does not stop the writing; every node needs the same policy.txt"
        );
    }
    Ok(())
}

fn meaning(row: &EvidenceRow) -> Evidence {
    if row.witnessed > row.ours {
        return Evidence::RolledBack { witnessed: row.witnessed, ours: row.ours };
    }
    Evidence::Forked { size: row.witnessed }
}

/// Evidence as it is kept: what was asked, and what was answered.
pub(super) fn row(
    key: &VerifierKey,
    evidence: Evidence,
    ours: u64,
    found_ms: i64,
    (request, told): (Vec<u8>, &Told),
) -> EvidenceRow {
    let witnessed = match evidence {
        Evidence::RolledBack { witnessed, .. } => witnessed,
        Evidence::Forked { size } => size,
    };
    let (witness, status, answer) = (key.to_string(), told.status, told.body.clone());
    EvidenceRow { found_ms, witness, witnessed, ours, status, request, answer }
}

impl Witnesses {
    /// Keeps the evidence and stops the writing, whether the disk takes the evidence or not.
    pub(super) async fn raise(&self, found: EvidenceRow) {
        let evidence = meaning(&found);
        let named = self.policy.witness_of(&found.witness);
        let name = named.map_or_else(|| found.witness.clone(), |witness| witness.name.clone());
        let alarm = Alarm { witness: name, evidence, found_ms: found.found_ms };
        let mut alarms = self.alarms();
        if alarms.iter().any(|a| a.witness == alarm.witness && a.evidence == alarm.evidence) {
            return;
        }
        tracing::error!(%alarm, "A WITNESS CONTRADICTS THIS BOOK: nothing more is written");
        if let Err(failure) = self.store.save_evidence(&found).await {
            tracing::error!(%failure, ?found, "the evidence was not kept: it is in this line alone");
            self.unkept.store(true, Ordering::Relaxed);
        }
        alarms.push(alarm);
        self.set_alarms(alarms);
    }

    pub(super) fn alarms(&self) -> Vec<Alarm> {
        self.alarms.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_alarms(&self, standing: Vec<Alarm>) {
        *self.alarms.write().unwrap_or_else(PoisonError::into_inner) = standing;
    }

    /// `Err` with what a sender is told, when a witness contradicts the book.
    pub(in super::super) fn nothing_stands(&self) -> Result<(), String> {
        let alarms = self.alarms.read().unwrap_or_else(PoisonError::into_inner);
        match alarms.first() {
            None => Ok(()),
            Some(alarm) => Err(format!("RIEN N’A ÉTÉ ENREGISTRÉ : {alarm}. {REMEDY}")),
        }
    }
}
