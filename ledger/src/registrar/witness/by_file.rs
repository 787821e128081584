//! Witnessing by files, for an auditor whose machine nobody reaches: the request is written, carried
//! by mail or on a USB key, and its answer taken in. Works beside a running portal.

use thiserror::Error;

use super::call::Told;
use super::{PACE, alarm, keep_lines, request};
use crate::log::policy::PolicyWitness;
use crate::log::witness::{
    AddCheckpoint, Answer, AnswerError, Asked, Client, Evidence, Heard, RequestError,
};
use crate::log::{Checkpoint, Note, Policy};
use crate::store::{Failure, Store};

/// Why a request was not written, or an answer not taken in. The sentence is for the operator.
#[derive(Debug, Error)]
pub enum FileError {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] Failure),
    /// The policy knows no such witness.
    #[error("la politique ne connaît pas de témoin « {0} » ; ceux qu’elle nomme : {1}")]
    Unknown(String, String),
    /// Nothing is signed yet.
    #[error("aucun point de contrôle n’est encore signé : rien à faire cosigner")]
    NoCheckpoint,
    /// The proof can't be made.
    #[error("{0}")]
    NoProof(String),
    /// The old size that is asked for is larger than the book.
    #[error(
        "ce livre compte {ours} feuilles, et la demande partirait de {from} ; si c’est le témoin qui l’a \
         dit, prenez sa réponse avec `witness-answer` : elle est une preuve"
    )]
    Ahead {
        /// From where a proof is asked for.
        from: u64,
        /// What the book has.
        ours: u64,
    },
    /// The file of the request is not one.
    #[error("le fichier --request n’est pas une demande : {0}")]
    Request(#[from] RequestError),
    /// The request is about another log, or about a checkpoint that this book never had.
    #[error(
        "la demande n’est pas de ce livre : son point de contrôle n’est pas un de ceux qui y sont gardés ; \
         donnez la demande que `witness-request` a écrite pour lui. Rien n’a été gardé"
    )]
    OtherRequest,
    /// The file of the answer is not one.
    #[error("ce fichier n’est pas la réponse d’un témoin : {0}")]
    Answer(#[from] AnswerError),
    /// A line by no witness of the policy, or over no checkpoint that is kept.
    #[error(
        "aucune ligne de cette réponse n’est la cosignature d’un de nos points de contrôle par un témoin de \
         la politique : rien n’a été gardé"
    )]
    NotOurs,
    /// A refusal says nothing without what was asked.
    #[error(
        "cette réponse n’est pas une cosignature ; donnez aussi la demande (`--request`) et le témoin \
         (`--witness`) pour savoir ce qu’elle veut dire"
    )]
    Alone,
}

/// What became of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried {
    /// Cosignatures were kept: the witness, the size, the time in POSIX seconds.
    Kept(Vec<(String, u64, u64)>),
    /// The witness wants a proof from this size.
    Again(u64),
    /// The witness contradicts the book; the evidence is kept and the portal stops writing.
    Against(Evidence),
    /// No help; the reason.
    Useless(String),
}

fn find<'a>(policy: &'a Policy, name: &str) -> Result<&'a PolicyWitness, FileError> {
    let found = policy.witnesses().iter().find(|witness| witness.name == name);
    found.ok_or_else(|| {
        let names: Vec<_> = policy.witnesses().iter().map(|w| w.name.as_str()).collect();
        let names = if names.is_empty() { "aucun".into() } else { names.join(", ") };
        FileError::Unknown(name.to_owned(), names)
    })
}

/// The request for the latest checkpoint, as a file, from what that witness has cosigned last, or
/// from the size that it named; and the size of the checkpoint.
///
/// # Errors
/// [`FileError`].
pub async fn request_for_file(
    store: &Store,
    policy: &Policy,
    witness: &str,
    from: Option<u64>,
) -> Result<(Vec<u8>, u64), FileError> {
    let key = &find(policy, witness)?.key;
    let latest = store.latest_checkpoint().await?.ok_or(FileError::NoCheckpoint)?;
    let last = store.last_cosigned_by(key.name(), key.id()).await?;
    let old = from.unwrap_or_else(|| last.map_or(0, |row| row.size));
    if old > latest.size {
        return Err(FileError::Ahead { from: old, ours: latest.size });
    }
    let request = request::checked(store, old, &latest).await.map_err(FileError::NoProof)?;
    Ok((request.to_bytes(), latest.size))
}

/// Takes an answer in. A cosignature says by itself what it is of; anything else needs the witness's
/// name and the request that it answers.
///
/// # Errors
/// [`FileError`].
pub async fn answer_from_file(
    store: &Store,
    policy: &Policy,
    answer: &[u8],
    asked: Option<(&str, &[u8])>,
    now_ms: i64,
) -> Result<Carried, FileError> {
    let told = Told { answer: Answer::from_file(answer)?, status: 0, body: answer.to_vec() };
    if let Answer::Cosigned(lines) = &told.answer {
        // The latest first: that is what was asked about, unless the answer was long on its way.
        let mut checkpoints = store.checkpoints().await?;
        checkpoints.reverse();
        let kept = keep_lines(store, policy, lines, &checkpoints).await?;
        return if kept.is_empty() { Err(FileError::NotOurs) } else { Ok(Carried::Kept(kept)) };
    }
    let (name, sent) = asked.ok_or(FileError::Alone)?;
    let key = &find(policy, name)?.key;
    let sent_request = AddCheckpoint::parse(sent)?;
    let asked = asked_of_us(store, &sent_request).await?;
    let ours = store.head().await?.size;
    let mut client = Client::new(key.clone(), asked.old, PACE);
    Ok(match client.hear(&asked, &told.answer, ours, 0) {
        Heard::Again(size) => Carried::Again(size),
        Heard::Useless(why) => Carried::Useless(why),
        Heard::Cosigned { .. } => return Err(FileError::NotOurs),
        Heard::Against(evidence) => {
            let told = Told { status: told.answer.status(), ..told };
            let found = alarm::row(key, evidence, ours, now_ms, (sent.to_vec(), &told));
            store.save_evidence(&found).await?;
            Carried::Against(evidence)
        }
    })
}

/// What was asked, when it is about a checkpoint that this book keeps: an answer about another book would
/// stop this one.
async fn asked_of_us(store: &Store, sent: &AddCheckpoint) -> Result<Asked, FileError> {
    let text = |note: &[u8]| Note::parse(note).map(|note| note.text).ok();
    let sent_text = text(&sent.checkpoint).ok_or(FileError::OtherRequest)?;
    let size = Checkpoint::parse(&sent_text).map_err(|_| FileError::OtherRequest)?.size;
    let kept = store.first_checkpoint_covering(size).await?;
    let ours = kept.and_then(|row| text(&row.note)).is_some_and(|kept| kept == sent_text);
    if !ours {
        return Err(FileError::OtherRequest);
    }
    Ok(Asked { old: sent.old, size, text: sent_text })
}
