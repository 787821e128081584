//! A whole book in `PostgreSQL` as it is found.

use sqlx::Connection;

use super::PostgresStore;
use super::portal::{DraftColumns, draft};
use super::vault::value;
use crate::store::failure::{Result, did_not};
use crate::store::limit::{from_sql, hash_from_sql, to_sql};
use crate::store::row::{Draft, FoundLeaf, FoundTile, MemberLink, SealedKey, SealedValue};

impl PostgresStore {
    pub(in crate::store) async fn found_leaves(
        &self,
        from: u64,
        to: u64,
    ) -> Result<Vec<FoundLeaf>> {
        let rows: Vec<(i64, Vec<u8>, Vec<u8>)> = sqlx::query_as(
            "select idx, id, leaf from book.leaves where idx >= $1 and idx < $2 order by idx",
        )
        .bind(to_sql(from)?)
        .bind(to_sql(to)?)
        .fetch_all(&self.pool)
        .await
        .map_err(did_not("read leaves"))?;
        Ok(rows.into_iter().map(|(index, id, leaf)| FoundLeaf { index, id, leaf }).collect())
    }

    pub(in crate::store) async fn stray_leaves(&self) -> Result<Vec<i64>> {
        sqlx::query_scalar(
            "select idx from book.leaves
             where idx < 0 or idx >= (select size from book.head where id = 1)
             order by idx
             limit 100",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(did_not("look for stray leaves"))
    }

    pub(in crate::store) async fn found_tiles(&self) -> Result<(u64, Vec<FoundTile>)> {
        let failed = did_not("list the tiles");
        let mut reader = self.pool.acquire().await.map_err(&failed)?;
        let mut moment = reader
            .begin_with("begin isolation level repeatable read read only")
            .await
            .map_err(&failed)?;
        let size: i64 = sqlx::query_scalar("select size from book.head where id = 1")
            .fetch_one(&mut *moment)
            .await
            .map_err(&failed)?;
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
            "select level::bigint, n, length(hashes)::bigint from book.tiles order by level, n",
        )
        .fetch_all(&mut *moment)
        .await
        .map_err(&failed)?;
        let found = rows.into_iter().map(|(level, n, bytes)| FoundTile { level, n, bytes });
        Ok((from_sql(size)?, found.collect()))
    }

    pub(in crate::store) async fn private_keys_after(
        &self,
        owner: &str,
        most: i64,
    ) -> Result<Vec<SealedKey>> {
        let rows: Vec<(String, Vec<u8>)> = sqlx::query_as(
            "select owner, sealed from vault.private_keys where owner collate \"C\" > $1 order by owner collate \"C\" limit $2",
        )
        .bind(owner)
        .bind(most)
        .fetch_all(&self.pool)
        .await
        .map_err(did_not("read private keys"))?;
        Ok(rows.into_iter().map(|(owner, sealed)| SealedKey { owner, sealed }).collect())
    }

    pub(in crate::store) async fn private_values_after(
        &self,
        digest: &str,
        most: i64,
    ) -> Result<Vec<SealedValue>> {
        let rows: Vec<(String, String, Vec<u8>)> = sqlx::query_as(
            "select digest, owner, sealed from vault.private_values
             where digest collate \"C\" > $1 order by digest collate \"C\" limit $2",
        )
        .bind(digest)
        .bind(most)
        .fetch_all(&self.pool)
        .await
        .map_err(did_not("read private values"))?;
        Ok(rows.into_iter().map(value).collect())
    }

    pub(in crate::store) async fn drafts_after(&self, id: &str, most: i64) -> Result<Vec<Draft>> {
        let rows: Vec<DraftColumns> = sqlx::query_as(
            "select id, kind, payload, created_ms, expires_ms, version
             from portal.drafts
             where id collate \"C\" > $1
             order by id collate \"C\"
             limit $2",
        )
        .bind(id)
        .bind(most)
        .fetch_all(&self.pool)
        .await
        .map_err(did_not("read drafts"))?;
        rows.into_iter().map(draft).collect()
    }

    pub(in crate::store) async fn links(&self) -> Result<Vec<MemberLink>> {
        let rows: Vec<(Vec<u8>, String, i64)> = sqlx::query_as(
            "select secret_sha256, member, created_ms
             from portal.member_links
             order by member collate \"C\", created_ms, secret_sha256",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(did_not("read personal links"))?;
        let link = |(secret, member, created_ms): (Vec<u8>, String, i64)| {
            Ok(MemberLink { secret_sha256: hash_from_sql(&secret)?, member, created_ms })
        };
        rows.into_iter().map(link).collect()
    }
}
