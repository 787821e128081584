//! What a person is given to sign, and what comes back.

use std::path::PathBuf;

use thiserror::Error;

use super::sequencer::QUEUE_MAX;
use super::signer::SignError;
use super::vault::{PrivateValue, VaultError};
use crate::authority::Asked;
use crate::event::Event;
use crate::refusal::Refusal;
use crate::replay::Inconsistency;
use crate::store::Failure;

/// The leaves that a command would write, ready to be signed: the text is what is signed.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The text of each leaf, in order.
    pub texts: Vec<String>,
    /// The fact of each.
    pub events: Vec<Event>,
    /// The signatures each asks for.
    pub asked: Vec<Asked>,
    /// The personal values whose digests the leaves hold.
    pub private: Vec<PrivateValue>,
}

/// Signed leaves on their way in: all are written, in order, or none.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The leaves' bytes.
    pub leaves: Vec<Vec<u8>>,
    /// The personal values whose digests they hold.
    pub private: Vec<PrivateValue>,
}

/// What the sender gets back once the leaves are on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Index of the first leaf.
    pub first: u64,
    /// How many leaves.
    pub count: u64,
    /// The signed checkpoint that covers them.
    pub checkpoint: Vec<u8>,
}

/// Why leaves were not written.
#[derive(Debug, Error)]
pub enum SubmitError {
    /// A rule forbids it: nothing was written.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// Too many submissions wait: nothing was written, try again shortly.
    #[error(
        "rien n’est enregistré : {QUEUE_MAX} envois attendent déjà ; renvoyez les mêmes feuilles dans quelques secondes"
    )]
    Busy,
    /// The world did not answer: nothing was written.
    #[error("rien n’est enregistré : {0}")]
    Failed(String),
    /// Written, but no signed checkpoint covers it yet: the same leaves, sent again, get their receipt
    /// once the signer answers.
    #[error(
        "enregistré, mais pas encore couvert par un point de contrôle signé : {0} ; renvoyez les mêmes feuilles un peu plus tard"
    )]
    NotReleased(String),
    /// A witness contradicts the book: nothing is written until that is cleared up.
    #[error("{0}")]
    Halted(String),
    /// Nobody knows whether it was written: send the very same leaves again after the restart.
    #[error(
        "peut-être enregistré ({0}) ; renvoyez les mêmes feuilles, rien ne sera inscrit deux fois"
    )]
    Unknown(String),
}

impl<R: Into<Refusal>> From<R> for SubmitError {
    fn from(refusal: R) -> Self {
        Self::Refused(Box::new(refusal.into()))
    }
}

/// Why the registrar does not start, or stops.
#[derive(Debug, Error)]
pub enum StartError {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] Failure),
    /// The vault did not answer.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A leaf contradicts the log before it.
    #[error(transparent)]
    Inconsistent(#[from] Inconsistency),
    /// The leaves are sound but the stored tree says otherwise.
    #[error("the stored tree does not match the leaves: {0}")]
    Tree(String),
    /// The keys in the key folder are not those of this log.
    #[error("the key folder does not belong to this log: {0}")]
    OtherKeys(String),
    /// More leaves were shown than the book holds now: an older copy was put in its place.
    #[error(
        "LE LIVRE A ÉTÉ RAMENÉ EN ARRIÈRE : il compte {found} feuilles, et {shown} ont déjà été \
         publiées, d’après {by}. Rien n’est servi. À faire : remettez en place la base la plus récente, \
         ou complétez celle-ci depuis une archive du journal. À ne pas faire : effacer ou restaurer le \
         dernier point de contrôle vu ou l’état du signataire, ou écrire dans ce livre ; les feuilles \
         qui manquent ont pu être remises à des tiers, qui en tiennent la preuve"
    )]
    RolledBack {
        /// How many leaves there are.
        found: u64,
        /// How many were shown.
        shown: u64,
        /// Who says so.
        by: String,
    },
    /// Another history was shown at that size: two copies of the book have grown apart.
    #[error(
        "LE LIVRE N’EST PAS CELUI QUI A ÉTÉ PUBLIÉ : une autre racine l’a été à la taille {size}, d’après \
         {by}. Rien n’est servi. À faire : arrêtez tout ce qui écrit dans une copie de ce livre, gardez \
         toutes les copies et prévenez le contrôleur. À ne pas faire : effacer ou restaurer le dernier \
         point de contrôle vu ou l’état du signataire ; c’est la preuve de ce qui a été publié"
    )]
    Forked {
        /// The size at which the histories differ.
        size: u64,
        /// Who says so.
        by: String,
    },
    /// The file of the last checkpoint seen can't be read or written.
    #[error(
        "le dernier point de contrôle vu n’est pas tenu dans `{}` ({why}) ; rétablissez le dossier et \
         ses droits, et ne remplacez pas un fichier illisible sans en avoir compris la cause",
        path.display()
    )]
    LastSeen {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The witness policy is for another log.
    #[error(
        "la politique de témoins nomme d’autres journaux que « {0} », et ne vaut donc pas pour ce livre ; \
         mettez-y sa ligne `log` (la clé est dans `/log/vkey`), ou ôtez-en toutes les lignes `log`"
    )]
    OtherPolicy(String),
    /// The head is on the disk and not signed.
    #[error("la tête du journal n’est pas signée : {0}")]
    NotSigned(#[from] SignError),
}

impl StartError {
    /// The exit status of a program that ends for this reason: 3 when the book is not the one that was
    /// shown, which a supervisor must not answer by starting again; 1 otherwise.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::RolledBack { .. } | Self::Forked { .. } => 3,
            _ => 1,
        }
    }

    /// Whether waiting may help: nothing contradicts the book, something did not answer.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Store(_) | Self::LastSeen { .. } => true,
            Self::NotSigned(error) => {
                matches!(error, SignError::Silent(_) | SignError::State(_) | SignError::NoKey(_))
            }
            _ => false,
        }
    }
}

/// Why the way in is closed for good: in words, and as the status of the process that must now end.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{words}")]
pub struct Stopped {
    words: String,
    status: u8,
}

impl Stopped {
    /// As [`StartError::exit_status`]: 3 when the book is no longer the one that was shown.
    pub fn exit_status(&self) -> u8 {
        self.status
    }
}

impl From<&StartError> for Stopped {
    fn from(error: &StartError) -> Self {
        Self { words: error.to_string(), status: error.exit_status() }
    }
}

impl From<StartError> for Stopped {
    fn from(error: StartError) -> Self {
        Self::from(&error)
    }
}

impl From<String> for Stopped {
    fn from(words: String) -> Self {
        Self { words, status: 1 }
    }
}
