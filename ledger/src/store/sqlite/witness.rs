//! What witnesses answered, in `SQLite`.

use super::SqliteStore;
use crate::store::failure::{Failure, Result, did_not};
use crate::store::limit::{count, from_sql, to_sql};
use crate::store::row::{CosignatureRow, EvidenceRow};

type Cosignature = (i64, String, Vec<u8>, i64, String);
type Evidence = (i64, String, i64, i64, i64, Vec<u8>, Vec<u8>);

impl SqliteStore {
    pub(in crate::store) async fn save_cosignature(&self, row: &CosignatureRow) -> Result<()> {
        let failed = did_not("keep the cosignature");
        let mut writer = self.writer()?.acquire().await.map_err(&failed)?;
        let written = sqlx::query(
            "insert into cosignatures (size, name, key_id, time, line)
             select ?1, ?2, ?3, ?4, ?5 from checkpoints where size = ?1
             on conflict (size, name, key_id, time) do nothing",
        )
        .bind(to_sql(row.size)?)
        .bind(row.name.as_str())
        .bind(row.key_id.as_slice())
        .bind(to_sql(row.time)?)
        .bind(row.line.as_str())
        .execute(&mut *writer)
        .await
        .map_err(&failed)?;
        if written.rows_affected() == 1 {
            return Ok(());
        }
        let kept: Option<i64> = sqlx::query_scalar("select size from checkpoints where size = ?1")
            .bind(to_sql(row.size)?)
            .fetch_optional(&mut *writer)
            .await
            .map_err(&failed)?;
        let missing = Failure::Malformed("a cosignature of a checkpoint that is not kept");
        kept.map(drop).ok_or(missing)
    }

    pub(in crate::store) async fn cosignatures(&self, size: u64) -> Result<Vec<CosignatureRow>> {
        let rows: Vec<Cosignature> = self.undisturbed(
            sqlx::query_as(
                "select size, name, key_id, time, line from cosignatures
             where size = ?1
             order by name, key_id, time",
            )
            .bind(to_sql(size)?)
            .fetch_all(&self.readers)
            .await
            .map_err(did_not("read the cosignatures")),
        )?;
        rows.into_iter().map(cosignature).collect()
    }

    pub(in crate::store) async fn cosigned_from(
        &self,
        size: u64,
        most: usize,
    ) -> Result<Vec<CosignatureRow>> {
        self.several(
            "select size, name, key_id, min(time), line from cosignatures
             where size >= ?1
             group by size, name, key_id
             order by size, name, key_id
             limit ?2",
            size,
            most,
        )
        .await
    }

    pub(in crate::store) async fn cosigned_up_to(
        &self,
        size: u64,
        most: usize,
    ) -> Result<Vec<CosignatureRow>> {
        self.several(
            "select size, name, key_id, max(time), line from cosignatures
             where size <= ?1
             group by size, name, key_id
             order by size desc, name, key_id
             limit ?2",
            size,
            most,
        )
        .await
    }

    /// So many rows at most, from that size in the order of the statement.
    async fn several(
        &self,
        statement: &'static str,
        size: u64,
        most: usize,
    ) -> Result<Vec<CosignatureRow>> {
        let rows: Vec<Cosignature> = self.undisturbed(
            sqlx::query_as(statement)
                .bind(to_sql(size)?)
                .bind(to_sql(count(most)?)?)
                .fetch_all(&self.readers)
                .await
                .map_err(did_not("read the cosignatures")),
        )?;
        rows.into_iter().map(cosignature).collect()
    }

    pub(in crate::store) async fn last_cosigned_by(
        &self,
        name: &str,
        key_id: [u8; 4],
    ) -> Result<Option<CosignatureRow>> {
        let row: Option<Cosignature> = self.undisturbed(
            sqlx::query_as(
                "select size, name, key_id, time, line from cosignatures
             where name = ?1 and key_id = ?2
             order by size desc, time desc
             limit 1",
            )
            .bind(name)
            .bind(key_id.as_slice())
            .fetch_optional(&self.readers)
            .await
            .map_err(did_not("read a cosignature")),
        )?;
        row.map(cosignature).transpose()
    }

    pub(in crate::store) async fn save_evidence(&self, row: &EvidenceRow) -> Result<()> {
        let failed = did_not("keep the evidence");
        let mut writer = self.writer()?.acquire().await.map_err(&failed)?;
        sqlx::query(
            "insert into evidence (found_ms, witness, witnessed, ours, status, request, answer)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .bind(row.found_ms)
        .bind(row.witness.as_str())
        .bind(to_sql(row.witnessed)?)
        .bind(to_sql(row.ours)?)
        .bind(i64::from(row.status))
        .bind(row.request.as_slice())
        .bind(row.answer.as_slice())
        .execute(&mut *writer)
        .await
        .map(drop)
        .map_err(&failed)
    }

    pub(in crate::store) async fn evidence(&self) -> Result<Vec<EvidenceRow>> {
        let rows: Vec<Evidence> = self.undisturbed(
            sqlx::query_as(
                "select found_ms, witness, witnessed, ours, status, request, answer
             from evidence
             order by id",
            )
            .fetch_all(&self.readers)
            .await
            .map_err(did_not("read the evidence")),
        )?;
        rows.into_iter().map(evidence).collect()
    }
}

fn cosignature((size, name, key_id, time, line): Cosignature) -> Result<CosignatureRow> {
    let key_id =
        key_id.try_into().map_err(|_| Failure::Corrupt("a key's id is not 4 bytes long"))?;
    Ok(CosignatureRow { size: from_sql(size)?, name, key_id, time: from_sql(time)?, line })
}

fn evidence(row: Evidence) -> Result<EvidenceRow> {
    let (found_ms, witness, witnessed, ours, status, request, answer) = row;
    let status = u16::try_from(status).map_err(|_| Failure::Corrupt("an answer's status"))?;
    let (witnessed, ours) = (from_sql(witnessed)?, from_sql(ours)?);
    Ok(EvidenceRow { found_ms, witness, witnessed, ours, status, request, answer })
}
