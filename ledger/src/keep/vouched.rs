//! What witnesses have signed of the log, and what contradicted it, as lines of JSON.

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::KeepError;
use super::folder::{Growing, Unfinished};
use super::sealed::{line, read};
use crate::store::{CosignatureRow, EvidenceRow, Failure, Store};

/// Rows read at a time.
const ROWS: usize = 512;

pub(super) const COSIGNATURES: &str = "log/cosignatures.jsonl";
pub(super) const EVIDENCE: &str = "log/evidence.jsonl";

#[derive(Serialize, Deserialize)]
struct CosignatureLine {
    size: u64,
    name: String,
    key_id: String,
    time: u64,
    line: String,
}

#[derive(Serialize, Deserialize)]
struct EvidenceLine {
    found_ms: i64,
    witness: String,
    witnessed: u64,
    ours: u64,
    status: u16,
    request: String,
    answer: String,
}

/// Writes both files: every cosignature, in the order of the checkpoints, then what contradicts.
pub(super) async fn write(store: &Store, out: &mut Unfinished) -> Result<(), KeepError> {
    let (mut file, mut from) = (out.file(COSIGNATURES)?, 0);
    loop {
        let sizes = cosigned_sizes(store, from).await?;
        for size in &sizes {
            write_lines(store.cosignatures(*size).await?, &mut file)?;
        }
        let Some(last) = sizes.last() else { break };
        from = last.saturating_add(1);
    }
    out.end(file)?;
    let mut file = out.file(EVIDENCE)?;
    for row in older(store.evidence().await)? {
        let (request, answer) = (STANDARD.encode(row.request), STANDARD.encode(row.answer));
        let EvidenceRow { found_ms, witness, witnessed, ours, status, .. } =
            EvidenceRow { request: Vec::new(), answer: Vec::new(), ..row };
        let found = EvidenceLine { found_ms, witness, witnessed, ours, status, request, answer };
        line(&mut file, &found)?;
    }
    out.end(file)
}

/// The next sizes from one on whose checkpoint somebody has cosigned, none after the last: of a long
/// log they are few.
pub(super) async fn cosigned_sizes(store: &Store, from: u64) -> Result<BTreeSet<u64>, Failure> {
    let some = older(store.cosigned_from(from, ROWS).await)?;
    Ok(some.iter().map(|row| row.size).collect())
}

fn write_lines(rows: Vec<CosignatureRow>, file: &mut Growing) -> Result<(), KeepError> {
    for row in rows {
        let key_id = STANDARD.encode(row.key_id);
        let CosignatureRow { size, name, time, line: text, .. } = row;
        line(file, &CosignatureLine { size, name, key_id, time, line: text })?;
    }
    Ok(())
}

/// A book whose schema is older has no such table: then nobody has cosigned it.
pub(super) fn older<T>(rows: Result<Vec<T>, Failure>) -> Result<Vec<T>, Failure> {
    match rows {
        Err(Failure::Database { cause, .. })
            if cause.contains("no such table") || cause.contains("42P01") =>
        {
            Ok(Vec::new())
        }
        rows => rows,
    }
}

/// The cosignatures of a kept folder; none when it is from before there were witnesses.
pub(super) fn cosignatures(folder: &Path) -> Result<Vec<CosignatureRow>, KeepError> {
    if !folder.join(COSIGNATURES).exists() {
        return Ok(Vec::new());
    }
    let row = |line: CosignatureLine| {
        let CosignatureLine { size, name, key_id, time, line } = line;
        let key_id = STANDARD.decode(key_id).ok()?.try_into().ok()?;
        Some(CosignatureRow { size, name, key_id, time, line })
    };
    read(folder, COSIGNATURES, row)?.collect()
}

/// What contradicted the book, of a kept folder.
pub(super) fn evidence(folder: &Path) -> Result<Vec<EvidenceRow>, KeepError> {
    if !folder.join(EVIDENCE).exists() {
        return Ok(Vec::new());
    }
    let row = |line: EvidenceLine| {
        let EvidenceLine { found_ms, witness, witnessed, ours, status, request, answer } = line;
        let (request, answer) = (STANDARD.decode(request).ok()?, STANDARD.decode(answer).ok()?);
        Some(EvidenceRow { found_ms, witness, witnessed, ours, status, request, answer })
    };
    read(folder, EVIDENCE, row)?.collect()
}
