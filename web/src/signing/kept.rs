//! What is kept until it is signed, given up or over: drafts, under references that nobody can guess.

use ledger::base::Day;
use ledger::registrar::keys;
use ledger::store::{Draft as StoredDraft, DraftPut};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Pending;
use crate::Shared;
use crate::access::hex;
use crate::error::{PageError, Result};

/// A text is no longer signed in its last minute, so that a signature under way is never swept with
/// the form that it belongs to.
const MARGIN_MS: i64 = 60_000;
/// The largest payload that the store keeps for a draft, in bytes.
const PAYLOAD_MAX: usize = 1_048_576;

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

pub(super) async fn put(
    shared: &Shared,
    (id, kind): (&str, &str),
    payload: &impl Serialize,
    (length_ms, version): (i64, Option<u64>),
) -> Result<DraftPut> {
    let payload = written(payload)?;
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

/// What is kept for later, as text.
pub(super) fn written(payload: &impl Serialize) -> Result<String> {
    let payload = serde_json::to_string(payload)?;
    if payload.len() > PAYLOAD_MAX {
        return Err(PageError::refused(
            "L’acte est trop long.",
            "Il tient en plus de feuilles que le portail n’en garde en attente de signature.",
            "Découpez-le ; pour un relevé, importez une période plus courte.",
        ));
    }
    Ok(payload)
}

/// Gives up what was read: nobody signs it any more, and it is swept with the values that it names once
/// no signature can be under way.
///
/// # Errors
/// [`PageError::Refused`] when somebody signed it meanwhile.
pub(crate) async fn give_up(shared: &Shared, draft: &StoredDraft, pending: &Pending) -> Result<()> {
    let version = Some(draft.version);
    let put = put(shared, (&draft.id, &draft.kind), pending, (MARGIN_MS, version)).await?;
    if put == DraftPut::Stale {
        return Err(PageError::refused(
            "L’acte n’est pas abandonné.",
            "Une signature est arrivée au même instant.",
            "Rechargez la page, puis décidez de nouveau.",
        ));
    }
    Ok(())
}

/// Keeps something else in the place of what was read, for as long; nothing when it has changed since.
pub(crate) async fn keep_again(
    shared: &Shared,
    draft: &StoredDraft,
    payload: &impl Serialize,
) -> Result<()> {
    let left = draft.expires_ms.saturating_sub(shared.registrar.now_ms());
    put(shared, (&draft.id, &draft.kind), payload, (left, Some(draft.version))).await?;
    Ok(())
}

/// Whether it is too late to sign it.
fn is_over(draft: &StoredDraft, now_ms: i64) -> bool {
    draft.expires_ms <= now_ms.saturating_add(MARGIN_MS)
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
    if !kinds.contains(&draft.kind.as_str()) || is_over(&draft, shared.registrar.now_ms()) {
        return Err(PageError::NotFound);
    }
    Ok((serde_json::from_str(&draft.payload)?, draft))
}

/// Everything of that kind that waits for signatures, oldest first.
pub(crate) async fn waiting(shared: &Shared, kind: &str) -> Result<Vec<(StoredDraft, Pending)>> {
    all_kept(shared, kind).await
}

/// Everything of that kind that is kept and not over, oldest first.
pub(crate) async fn all_kept<T: DeserializeOwned>(
    shared: &Shared,
    kind: &str,
) -> Result<Vec<(StoredDraft, T)>> {
    let now = shared.registrar.now_ms();
    let rows = shared.registrar.store().drafts_of_kind(kind).await?;
    let rows = rows.into_iter().filter(|row| !is_over(row, now));
    let read = |row: StoredDraft| serde_json::from_str(&row.payload).map(|kept| (row, kept));
    Ok(rows.map(read).collect::<Result<_, _>>()?)
}

/// The last day on which what waits can be signed.
pub(crate) fn until(draft: &StoredDraft) -> String {
    Day::of_unix_ms(draft.expires_ms).map_or_else(String::new, Day::in_french)
}
