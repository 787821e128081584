//! What witnesses have signed of the log, and what contradicted it: written as lines of JSON, read and
//! put back.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::KeepError;
use super::folder::{Growing, Unfinished};
use super::sealed::{line, read};
use crate::store::{Building, CheckpointRow, CosignatureRow, EvidenceRow, Failure, Store};

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

/// What witnesses have said, as it was found somewhere.
#[derive(Default)]
pub(super) struct Vouched {
    pub(super) cosignatures: Vec<CosignatureRow>,
    pub(super) evidence: Vec<EvidenceRow>,
}

/// Writes both files: the cosignatures of those checkpoints, in their order, then what contradicts.
///
/// A witness may cosign a newer checkpoint meanwhile: without that checkpoint its line is of nothing.
pub(super) async fn write(
    store: &Store,
    out: &mut Unfinished,
    checkpoints: &[CheckpointRow],
) -> Result<(), KeepError> {
    let written: BTreeSet<u64> = checkpoints.iter().map(|row| row.size).collect();
    let latest = written.last().copied().unwrap_or_default();
    let (mut file, mut from) = (out.file(COSIGNATURES)?, 0);
    while from <= latest {
        let sizes = cosigned_sizes(store, from).await?;
        for size in sizes.intersection(&written) {
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

impl Vouched {
    /// Reads both files of a kept folder.
    pub(super) fn read(folder: &Path) -> Result<Self, KeepError> {
        Ok(Self { cosignatures: cosignatures(folder)?, evidence: evidence(folder)? })
    }
}

/// Puts what witnesses have said, by several accounts, each row once; a cosignature only where its
/// checkpoint was put before it. Kept folders may hold lines of a later one.
pub(super) async fn put(
    building: &mut Building,
    checkpoints: &BTreeMap<u64, CheckpointRow>,
    accounts: &[&Vouched],
) -> Result<(), KeepError> {
    let cosignatures = accounts.iter().flat_map(|account| &account.cosignatures);
    for row in cosignatures.filter(|row| checkpoints.contains_key(&row.size)) {
        building.save_cosignature(row).await?;
    }
    let mut found: Vec<&EvidenceRow> = Vec::new();
    for row in accounts.iter().flat_map(|account| &account.evidence) {
        if !found.contains(&row) {
            found.push(row);
        }
    }
    // Stable: those of one moment stay in the order of their account.
    found.sort_by_key(|row| row.found_ms);
    for row in found {
        building.save_evidence(row).await?;
    }
    Ok(())
}

/// The cosignatures of a kept folder; none when it is from before there were witnesses.
fn cosignatures(folder: &Path) -> Result<Vec<CosignatureRow>, KeepError> {
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
fn evidence(folder: &Path) -> Result<Vec<EvidenceRow>, KeepError> {
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
