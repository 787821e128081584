//! What waits for a signature: texts kept in the store until enough keys have signed them.
//!
//! Texts only: personal values went to the vault before (R78). A signature is checked when it
//! arrives; the registrar checks everything again when the leaf is submitted.

use std::sync::Arc;

use axum::response::Redirect;
use ledger::authority::Role;
use ledger::command::Command;
use ledger::log::{Leaf, LeafContent, Signature, VerifierKey};
use ledger::refusal::Refusal;
use ledger::registrar::{Draft, PrivateValue, Receipt, Signed, keys};
use ledger::store::{Draft as StoredDraft, DraftPut};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Shared;
use crate::access::{Visitor, hex};
use crate::error::{PageError, Result};

/// An act of one office that waits for its signature.
pub(crate) const ACT: &str = "act";
/// A decision that several officers sign.
pub(crate) const DECISION: &str = "decision";
/// A subscription that its subscriber has not signed yet.
pub(crate) const SUBSCRIPTION: &str = "subscription";
/// A challenge for a sign-in.
pub(crate) const CHALLENGE: &str = "challenge";

/// How long an office's act waits, in milliseconds: as long as a leaf may wait for signatures.
const ACT_MS: i64 = 7 * 24 * 3_600_000;
/// The largest payload that the store keeps for a draft, in bytes.
const PAYLOAD_MAX: usize = 1_048_576;

/// Texts that offices sign, and the signatures so far.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// What is done, in a few words.
    pub(crate) title: String,
    /// The texts to sign.
    pub(crate) texts: Vec<String>,
    /// The signature lines of each text.
    signatures: Vec<Vec<String>>,
    /// Whose signatures count.
    pub(crate) roles: Vec<Role>,
    /// How many.
    pub(crate) count: u32,
    /// The key of the office that prepared it.
    pub(crate) by: String,
    /// Where to go once it is done.
    pub(crate) next: String,
}

impl Pending {
    /// The names of the keys that have signed.
    pub(crate) fn signers(&self) -> Vec<String> {
        let first = self.signatures.first().into_iter().flatten();
        first.filter_map(|line| Signature::parse(line).ok()).map(|read| read.name).collect()
    }

    /// How many signatures are missing.
    pub(crate) fn missing(&self) -> usize {
        usize::try_from(self.count).unwrap_or(usize::MAX).saturating_sub(self.signers().len())
    }

    /// Adds an office's signatures, one for each text.
    ///
    /// # Errors
    /// [`PageError::Refused`] when one is missing, by another key, or does not hold.
    pub(crate) fn add(&mut self, lines: &str, key: &VerifierKey) -> Result<()> {
        let read = read_signatures(&self.texts, lines, key)?;
        for (signatures, line) in self.signatures.iter_mut().zip(read) {
            signatures.retain(|known| {
                Signature::parse(known).is_ok_and(|signature| !signature.is_by(key))
            });
            signatures.push(line.to_string());
        }
        Ok(())
    }

    fn leaves(&self) -> Result<Vec<Vec<u8>>> {
        let mut leaves = Vec::new();
        for (text, lines) in self.texts.iter().zip(&self.signatures) {
            let signatures: Result<Vec<_>, _> =
                lines.iter().map(|line| Signature::parse(line)).collect();
            let signatures =
                signatures.map_err(|error| PageError::failed("a stored signature", &error))?;
            leaves.push(Leaf::assemble(text.clone(), signatures));
        }
        Ok(leaves)
    }
}

/// Reads one signature line a text, all by `key`, and verifies them.
///
/// # Errors
/// [`PageError::Refused`].
pub(crate) fn read_signatures(
    texts: &[String],
    lines: &str,
    key: &VerifierKey,
) -> Result<Vec<Signature>> {
    let refused = |why: &str| {
        let remedy = "Rechargez la page et signez de nouveau avec la clé attendue.";
        PageError::refused("La signature est refusée.", why, remedy)
    };
    let lines: Vec<&str> = lines.lines().filter(|line| !line.is_empty()).collect();
    if lines.len() != texts.len() {
        return Err(refused("Il faut une signature pour chaque texte."));
    }
    let mut read = Vec::new();
    for (text, line) in texts.iter().zip(lines) {
        let signature =
            Signature::parse(line).map_err(|_| refused("Une ligne n’est pas une signature."))?;
        if !signature.is_by(key) {
            return Err(refused(&format!("Elle n’est pas de la clé « {} ».", key.name())));
        }
        if key.verify_strict(text.as_bytes(), &signature.blob).is_err() {
            return Err(refused("Elle ne correspond pas au texte affiché."));
        }
        read.push(signature);
    }
    Ok(read)
}

/// Asks the book for the texts of a command and keeps them for signature; the answer is the page
/// where the office signs.
///
/// # Errors
/// The rule's refusal first, for the form to show; [`PageError`] inside when the world fails.
pub(crate) async fn prepare(
    shared: &Arc<Shared>,
    visitor: &Visitor,
    title: &str,
    command: Command,
    (private, next): (Vec<PrivateValue>, &str),
) -> Result<Result<Redirect, Refusal>> {
    match shared.registrar.draft(command, private) {
        Ok(draft) => {
            let id = keep_act(shared, visitor, title, (draft, next)).await?;
            Ok(Ok(Redirect::to(&format!("/signer/{id}"))))
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Keeps the texts of a draft for the offices' signatures, and gives their reference.
pub(crate) async fn keep_act(
    shared: &Shared,
    visitor: &Visitor,
    title: &str,
    (draft, next): (Draft, &str),
) -> Result<String> {
    shared.registrar.keep_private(&draft.private).await?;
    let pending = pending(visitor, title, draft, next)?;
    let kind = if pending.count > 1 { DECISION } else { ACT };
    keep(shared, kind, &pending, ACT_MS).await
}

fn pending(visitor: &Visitor, title: &str, draft: Draft, next: &str) -> Result<Pending> {
    let mut roles: Vec<Role> = draft.asked.first().map_or_else(Vec::new, |a| a.roles.clone());
    roles.retain(|role| draft.asked.iter().all(|asked| asked.roles.contains(role)));
    Ok(Pending {
        title: title.to_owned(),
        signatures: vec![Vec::new(); draft.texts.len()],
        count: draft.asked.iter().map(|asked| asked.count).max().unwrap_or(1),
        texts: draft.texts,
        roles,
        by: visitor.office()?.to_owned(),
        next: next.to_owned(),
    })
}

/// Keeps something for later under a reference that nobody can guess.
pub(crate) async fn keep(
    shared: &Shared,
    kind: &str,
    payload: &impl Serialize,
    length_ms: i64,
) -> Result<String> {
    let id = format!("d_{}", hex(&keys::random::<16>()?));
    put(shared, (&id, kind), payload, (length_ms, None)).await?;
    Ok(id)
}

async fn put(
    shared: &Shared,
    (id, kind): (&str, &str),
    payload: &impl Serialize,
    (length_ms, version): (i64, Option<u64>),
) -> Result<DraftPut> {
    let payload = serde_json::to_string(payload)?;
    if payload.len() > PAYLOAD_MAX {
        return Err(PageError::refused(
            "L’acte est trop long.",
            "Il tient en plus de feuilles que le portail n’en garde en attente de signature.",
            "Découpez-le ; pour un relevé, importez une période plus courte.",
        ));
    }
    let now = shared.registrar.now_ms();
    let draft = StoredDraft {
        id: id.to_owned(),
        kind: kind.to_owned(),
        payload,
        created_ms: now,
        expires_ms: now.saturating_add(length_ms),
        version: 0,
    };
    Ok(shared.registrar.store().put_draft(&draft, version).await?)
}

/// What was kept under a reference, if it is of that kind and not over.
///
/// # Errors
/// [`PageError::NotFound`].
pub(crate) async fn kept<T: DeserializeOwned>(
    shared: &Shared,
    id: &str,
    kinds: &[&str],
) -> Result<(T, StoredDraft)> {
    let draft = shared.registrar.store().draft(id).await?.ok_or(PageError::NotFound)?;
    if !kinds.contains(&draft.kind.as_str()) || draft.expires_ms <= shared.registrar.now_ms() {
        return Err(PageError::NotFound);
    }
    Ok((serde_json::from_str(&draft.payload)?, draft))
}

/// Every decision that waits for signatures, oldest first.
pub(crate) async fn decisions(shared: &Shared) -> Result<Vec<(String, Pending)>> {
    let now = shared.registrar.now_ms();
    let rows = shared.registrar.store().drafts_of_kind(DECISION).await?;
    let rows = rows.into_iter().filter(|row| row.expires_ms > now);
    rows.map(|row| Ok((row.id, serde_json::from_str(&row.payload)?))).collect()
}

/// What became of a signature.
pub(crate) enum Outcome {
    /// It is in the log.
    Recorded(Receipt),
    /// More signatures are needed.
    Waiting(usize),
}

/// Adds an office's signatures to what waits; submits when there are enough.
///
/// # Errors
/// A refusal of the signature or of the rules; the draft is then as before.
pub(crate) async fn sign(
    shared: &Shared,
    id: &str,
    lines: &str,
    key: &VerifierKey,
) -> Result<(Pending, Outcome)> {
    let (mut pending, draft) = kept::<Pending>(shared, id, &[ACT, DECISION]).await?;
    pending.add(lines, key)?;
    let missing = pending.missing();
    if missing > 0 {
        let left = draft.expires_ms.saturating_sub(shared.registrar.now_ms());
        let put = put(shared, (id, &draft.kind), &pending, (left, Some(draft.version))).await?;
        if put == DraftPut::Stale {
            return Err(PageError::refused(
                "La signature n’est pas gardée.",
                "Une autre signature est arrivée au même instant.",
                "Rechargez la page et signez de nouveau.",
            ));
        }
        return Ok((pending, Outcome::Waiting(missing)));
    }
    let signed = Signed { leaves: pending.leaves()?, private: Vec::new() };
    let receipt = shared.registrar.submit(signed).await?;
    shared.registrar.store().close_draft(id).await?;
    Ok((pending, Outcome::Recorded(receipt)))
}

/// The contents of texts that we drafted ourselves.
pub(crate) fn contents(texts: &[String]) -> Result<Vec<LeafContent>> {
    let read = |text: &String| {
        LeafContent::parse(text).map_err(|error| PageError::failed("a stored text", &error))
    };
    texts.iter().map(read).collect()
}
