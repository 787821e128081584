//! The vault in `PostgreSQL`: a schema of its own.

use sqlx::Connection;

use super::PostgresStore;
use crate::store::failure::{Failure, Result, did_not};
use crate::store::row::{SealedKey, SealedValue};

impl PostgresStore {
    pub(in crate::store) async fn put_private(
        &self,
        key: Option<&SealedKey>,
        values: &[SealedValue],
    ) -> Result<()> {
        let failed = did_not("keep the private values");
        let mut vault = self.writer()?.acquire().await.map_err(&failed)?;
        let mut transaction = vault.begin().await.map_err(&failed)?;
        if let Some(key) = key {
            sqlx::query(
                "insert into vault.private_keys (owner, sealed) values ($1, $2)
                 on conflict (owner) do nothing",
            )
            .bind(key.owner.as_str())
            .bind(key.sealed.as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(&failed)?;
            let kept: Vec<u8> =
                sqlx::query_scalar("select sealed from vault.private_keys where owner = $1")
                    .bind(key.owner.as_str())
                    .fetch_one(&mut *transaction)
                    .await
                    .map_err(&failed)?;
            if kept != key.sealed {
                return Err(Failure::KeyDiffers);
            }
        }
        let digests: Vec<&str> = values.iter().map(|value| value.digest.as_str()).collect();
        let owners: Vec<&str> = values.iter().map(|value| value.owner.as_str()).collect();
        let sealed: Vec<&[u8]> = values.iter().map(|value| value.sealed.as_slice()).collect();
        sqlx::query(
            "insert into vault.private_values (digest, owner, sealed)
             select * from unnest($1::text[], $2::text[], $3::bytea[])
             on conflict (digest) do nothing",
        )
        .bind(digests)
        .bind(owners)
        .bind(sealed)
        .execute(&mut *transaction)
        .await
        .map_err(&failed)?;
        transaction.commit().await.map_err(&failed)
    }

    pub(in crate::store) async fn private_key(&self, owner: &str) -> Result<Option<SealedKey>> {
        let found: Option<(String, Vec<u8>)> =
            sqlx::query_as("select owner, sealed from vault.private_keys where owner = $1")
                .bind(owner)
                .fetch_optional(&self.pool)
                .await
                .map_err(did_not("read a private key"))?;
        Ok(found.map(|(owner, sealed)| SealedKey { owner, sealed }))
    }

    pub(in crate::store) async fn private_values(&self, owner: &str) -> Result<Vec<SealedValue>> {
        let rows: Vec<(String, String, Vec<u8>)> = sqlx::query_as(
            "select digest, owner, sealed from vault.private_values
             where owner = $1
             order by digest collate \"C\"",
        )
        .bind(owner)
        .fetch_all(&self.pool)
        .await
        .map_err(did_not("read private values"))?;
        Ok(rows.into_iter().map(value).collect())
    }

    pub(in crate::store) async fn private_by_digest(
        &self,
        digests: &[String],
    ) -> Result<Vec<SealedValue>> {
        let rows: Vec<(String, String, Vec<u8>)> = sqlx::query_as(
            "select digest, owner, sealed from vault.private_values
             where digest = any($1)
             order by digest collate \"C\"",
        )
        .bind(digests)
        .fetch_all(&self.pool)
        .await
        .map_err(did_not("read private values"))?;
        Ok(rows.into_iter().map(value).collect())
    }

    pub(in crate::store) async fn erase_private(&self, owner: &str) -> Result<u64> {
        let failed = did_not("erase the private values");
        let mut vault = self.writer()?.acquire().await.map_err(&failed)?;
        let mut transaction = vault.begin().await.map_err(&failed)?;
        let mut erased: u64 = 0;
        for statement in [
            "delete from vault.private_values where owner = $1",
            "delete from vault.private_keys where owner = $1",
        ] {
            let removed = sqlx::query(statement)
                .bind(owner)
                .execute(&mut *transaction)
                .await
                .map_err(&failed)?;
            erased = erased.saturating_add(removed.rows_affected());
        }
        transaction.commit().await.map_err(&failed)?;
        // A removed row stays in its page, so the tables are written anew. The server's own
        // write-ahead files are out of our reach: see migrations/README.md.
        let incomplete = |error| Failure::ErasureIncomplete(failed(error).to_string());
        let ours: bool = sqlx::query_scalar(
            "select bool_and(pg_has_role(relowner, 'usage'))
             from pg_class
             where oid in ('vault.private_values'::regclass, 'vault.private_keys'::regclass)",
        )
        .fetch_one(&mut *vault)
        .await
        .map_err(incomplete)?;
        if !ours {
            // The server would only warn, and leave the tables as they are.
            let why = "the login does not own the tables of the vault";
            return Err(Failure::ErasureIncomplete(why.to_owned()));
        }
        for statement in ["vacuum full vault.private_values", "vacuum full vault.private_keys"] {
            sqlx::raw_sql(statement).execute(&mut *vault).await.map_err(incomplete)?;
        }
        Ok(erased)
    }
}

fn value((digest, owner, sealed): (String, String, Vec<u8>)) -> SealedValue {
    SealedValue { digest, owner, sealed }
}
