//! The vault and the portal's rows as lines of JSON: still sealed, in one order whatever the engine.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::folder::{Growing, Unfinished};
use super::{KeepError, passed_by};
use crate::store::{Draft, MemberLink, SealedKey, SealedValue, Store};

/// Rows read at a time: a value may be large.
const ROWS: usize = 64;
pub(super) const KEYS: &str = "vault/keys.jsonl";
pub(super) const VALUES: &str = "vault/values.jsonl";
pub(super) const DRAFTS: &str = "portal/drafts.jsonl";
pub(super) const LINKS: &str = "portal/links.jsonl";

#[derive(Serialize, Deserialize)]
struct KeyLine {
    owner: String,
    sealed: String,
}

#[derive(Serialize, Deserialize)]
struct ValueLine {
    digest: String,
    owner: String,
    sealed: String,
}

#[derive(Serialize, Deserialize)]
struct DraftLine {
    id: String,
    kind: String,
    payload: String,
    created_ms: i64,
    expires_ms: i64,
}

#[derive(Serialize, Deserialize)]
struct LinkLine {
    secret_sha256: String,
    member: String,
    created_ms: i64,
}

/// Writes the vault and the portal's drafts and links; sessions are not kept.
///
/// Values before keys: a person erased in between leaves values that no key opens, never a key alone
/// with values written after it. A restore takes only values whose key is there.
pub(super) async fn write(store: &Store, out: &mut Unfinished) -> Result<u64, KeepError> {
    let mut count = 0_u64;
    let (mut file, mut after) = (out.file(VALUES)?, String::new());
    loop {
        let values = store.private_values_after(&after, ROWS).await?;
        let Some(last) = values.last() else { break };
        after.clone_from(&last.digest);
        for SealedValue { digest, owner, sealed } in values {
            line(&mut file, &ValueLine { digest, owner, sealed: STANDARD.encode(sealed) })?;
            count = count.saturating_add(1);
        }
    }
    out.end(file)?;
    let (mut file, mut after) = (out.file(KEYS)?, String::new());
    loop {
        let keys = store.private_keys_after(&after, ROWS).await?;
        let Some(last) = keys.last() else { break };
        after.clone_from(&last.owner);
        for SealedKey { owner, sealed } in keys {
            line(&mut file, &KeyLine { owner, sealed: STANDARD.encode(sealed) })?;
        }
    }
    out.end(file)?;
    write_portal(store, out).await?;
    Ok(count)
}

async fn write_portal(store: &Store, out: &mut Unfinished) -> Result<(), KeepError> {
    let (mut file, mut after) = (out.file(DRAFTS)?, String::new());
    loop {
        let drafts = store.drafts_after(&after, ROWS).await?;
        let Some(last) = drafts.last() else { break };
        after.clone_from(&last.id);
        for Draft { id, kind, payload, created_ms, expires_ms, .. } in drafts {
            line(&mut file, &DraftLine { id, kind, payload, created_ms, expires_ms })?;
        }
    }
    out.end(file)?;
    let mut file = out.file(LINKS)?;
    for MemberLink { secret_sha256, member, created_ms } in store.links().await? {
        let secret_sha256 = STANDARD.encode(secret_sha256);
        line(&mut file, &LinkLine { secret_sha256, member, created_ms })?;
    }
    out.end(file)
}

pub(super) fn line(file: &mut Growing, row: &impl Serialize) -> Result<(), KeepError> {
    let mut text = serde_json::to_vec(row).map_err(passed_by)?;
    text.push(b'\n');
    file.add(&text)
}

/// Reads the rows of a file, one a line.
pub(super) fn read<L: DeserializeOwned, R>(
    folder: &Path,
    name: &str,
    row: impl Fn(L) -> Option<R>,
) -> Result<impl Iterator<Item = Result<R, KeepError>>, KeepError> {
    let path = folder.join(name);
    let file = File::open(&path).map_err(KeepError::of_file(&path))?;
    let name = name.to_owned();
    Ok((1_u64..).zip(BufReader::new(file).lines()).map(move |(number, text)| {
        let wrong = || KeepError::Given(format!("`{name}`, ligne {number} : illisible"));
        let text = text.map_err(|_| wrong())?;
        serde_json::from_str(&text).ok().and_then(&row).ok_or_else(wrong)
    }))
}

pub(super) fn keys(
    folder: &Path,
) -> Result<impl Iterator<Item = Result<SealedKey, KeepError>>, KeepError> {
    read(folder, KEYS, |line: KeyLine| {
        Some(SealedKey { owner: line.owner, sealed: STANDARD.decode(line.sealed).ok()? })
    })
}

pub(super) fn values(
    folder: &Path,
) -> Result<impl Iterator<Item = Result<SealedValue, KeepError>>, KeepError> {
    read(folder, VALUES, |line: ValueLine| {
        let sealed = STANDARD.decode(line.sealed).ok()?;
        Some(SealedValue { digest: line.digest, owner: line.owner, sealed })
    })
}

pub(super) fn drafts(
    folder: &Path,
) -> Result<impl Iterator<Item = Result<Draft, KeepError>>, KeepError> {
    read(folder, DRAFTS, |line: DraftLine| {
        let DraftLine { id, kind, payload, created_ms, expires_ms } = line;
        Some(Draft { id, kind, payload, created_ms, expires_ms, version: 1 })
    })
}

pub(super) fn links(
    folder: &Path,
) -> Result<impl Iterator<Item = Result<MemberLink, KeepError>>, KeepError> {
    read(folder, LINKS, |line: LinkLine| {
        let secret_sha256 = STANDARD.decode(line.secret_sha256).ok()?.try_into().ok()?;
        Some(MemberLink { secret_sha256, member: line.member, created_ms: line.created_ms })
    })
}
