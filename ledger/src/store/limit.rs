//! How much of everything: named maxima, checked here before a write and by the schema in it.

use std::collections::HashSet;

use super::failure::{Failure, Result};
use super::row::{Batch, CheckpointRow, CosignatureRow, EvidenceRow};

/// Most leaves in one batch.
pub const BATCH_LEAVES_MAX: usize = 4_096;
/// Longest leaf, in bytes: an entry bundle gives the length two bytes (tlog-tiles).
pub const LEAF_BYTES_MAX: usize = 65_535;
/// Most leaves in one reading.
pub const READ_LEAVES_MAX: u64 = 65_536;
/// Most rows in one question or write besides leaves.
pub const ROWS_MAX: usize = 4_096;

/// A number as both engines keep it.
pub(super) fn to_sql(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| Failure::Malformed("a number is above 2^63 - 1"))
}

/// A number as it was written.
pub(super) fn from_sql(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|_| Failure::Corrupt("a number is below zero"))
}

/// 32 bytes as they were written.
pub(super) fn hash_from_sql(bytes: &[u8]) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| Failure::Corrupt("a hash is not 32 bytes long"))
}

/// The length of a list of rows, as the engines count.
pub(super) fn count(rows: usize) -> Result<u64> {
    u64::try_from(rows).map_err(|_| Failure::Malformed("too many rows"))
}

/// Refuses more rows than one statement should carry.
pub(super) fn check_rows(rows: usize) -> Result<()> {
    if rows > ROWS_MAX {
        return Err(Failure::Malformed("too many rows at once"));
    }
    Ok(())
}

/// How many leaves lie in a range, if it may be read at once.
pub(super) fn check_range(from: u64, to: u64) -> Result<u64> {
    match to.checked_sub(from) {
        None => Err(Failure::Malformed("the range of leaves ends before it starts")),
        Some(asked) if asked > READ_LEAVES_MAX => {
            Err(Failure::Malformed("too many leaves in one reading"))
        }
        Some(asked) => Ok(asked),
    }
}

/// Refuses a batch that no honest sequencer builds, before any database sees it.
pub(super) fn check_batch(batch: &Batch) -> Result<()> {
    let bad = |why| Err(Failure::Malformed(why));
    if batch.leaves.is_empty() || batch.leaves.len() > BATCH_LEAVES_MAX {
        return bad("a batch has 1 to 4096 leaves");
    }
    let after = batch.base.size.checked_add(count(batch.leaves.len())?);
    if after != Some(batch.head.size) {
        return bad("the head of a batch is its base plus its leaves");
    }
    if batch.leaves.iter().any(|row| row.leaf.is_empty() || row.leaf.len() > LEAF_BYTES_MAX) {
        return bad("a leaf has 1 to 65535 bytes");
    }
    let ids: HashSet<_> = batch.leaves.iter().map(|row| row.id).collect();
    if ids.len() != batch.leaves.len() {
        return bad("two leaves of a batch have the same id");
    }
    check_rows(batch.tiles.len())?;
    let places: HashSet<_> = batch.tiles.iter().map(|tile| (tile.level, tile.n)).collect();
    if places.len() != batch.tiles.len() {
        return bad("two tiles of a batch have the same place");
    }
    let whole = |bytes: usize| bytes.is_multiple_of(32) && (32..=8_192).contains(&bytes);
    if batch.tiles.iter().any(|tile| tile.level > 63 || !whole(tile.hashes.len())) {
        return bad("a tile has a level up to 63 and 1 to 256 hashes");
    }
    if let Some(checkpoint) = &batch.checkpoint {
        check_checkpoint(checkpoint)?;
        if checkpoint.size > batch.base.size {
            return bad("a checkpoint is signed after its leaves are committed");
        }
    }
    Ok(())
}

/// Refuses a checkpoint whose note is empty or absurdly long.
pub(super) fn check_checkpoint(checkpoint: &CheckpointRow) -> Result<()> {
    if checkpoint.note.is_empty() || checkpoint.note.len() > 65_535 {
        return Err(Failure::Malformed("a checkpoint has 1 to 65535 bytes"));
    }
    Ok(())
}

/// Longest line of a cosignature, in bytes: a name of 255 and 76 bytes in base64.
const LINE_BYTES_MAX: usize = 2_000;
/// Longest request to a witness, or answer, that is kept as evidence.
const EVIDENCE_BYTES_MAX: usize = 131_072;

/// Refuses a cosignature that no witness of a policy can have given.
pub(super) fn check_cosignature(row: &CosignatureRow) -> Result<()> {
    if row.name.is_empty() || row.name.len() > 255 {
        return Err(Failure::Malformed("a witness's name has 1 to 255 bytes"));
    }
    if row.line.is_empty() || row.line.len() > LINE_BYTES_MAX {
        return Err(Failure::Malformed("a cosignature has 1 to 2000 bytes"));
    }
    to_sql(row.time).map(drop)
}

/// Refuses evidence longer than a witness may be asked or answer.
pub(super) fn check_evidence(row: &EvidenceRow) -> Result<()> {
    if row.request.len() > EVIDENCE_BYTES_MAX || row.answer.len() > EVIDENCE_BYTES_MAX {
        return Err(Failure::Malformed("evidence has at most 131072 bytes a side"));
    }
    Ok(())
}
