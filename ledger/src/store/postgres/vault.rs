//! The vault in `PostgreSQL`: a schema of its own.

use sqlx::{Connection, PgConnection};

use super::PostgresStore;
use crate::store::failure::{Failure, Result, did_not};
use crate::store::row::{Residue, SealedKey, SealedValue};

impl PostgresStore {
    pub(in crate::store) async fn put_private(
        &self,
        key: Option<&SealedKey>,
        values: &[SealedValue],
    ) -> Result<()> {
        let failed = did_not("keep the private values");
        let mut vault = self.writer()?.acquire().await.map_err(&failed)?;
        let mut transaction = vault.begin().await.map_err(&failed)?;
        insert_private(&mut transaction, key, values).await?;
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

    pub(in crate::store) async fn erase_private(
        &self,
        owners: &[&str],
        digests: &[&str],
    ) -> Result<u64> {
        let failed = did_not("erase the private values");
        let mut vault = self.writer()?.acquire().await.map_err(&failed)?;
        let mut transaction = vault.begin().await.map_err(&failed)?;
        let mut erased: u64 = 0;
        for (statement, list) in [
            ("delete from vault.private_values where owner = any($1)", owners),
            ("delete from vault.private_values where digest = any($1)", digests),
            ("delete from vault.private_keys where owner = any($1)", owners),
        ] {
            let removed = sqlx::query(statement)
                .bind(list)
                .execute(&mut *transaction)
                .await
                .map_err(&failed)?;
            erased = erased.saturating_add(removed.rows_affected());
        }
        if erased > 0 {
            // In the same database transaction: a crash from here on leaves word of what is to do.
            sqlx::query("insert into vault.erasing default values")
                .execute(&mut *transaction)
                .await
                .map_err(&failed)?;
        }
        transaction.commit().await.map_err(&failed)?;
        scrub(&mut vault).await?;
        Ok(erased)
    }

    pub(in crate::store) async fn residue(&self) -> Result<Residue> {
        let none: bool = sqlx::query_scalar(
            "select not exists (select from vault.erasing)
                 and current_setting('wal_recycle') = 'off'
                 and current_setting('wal_keep_size') = '0'
                 and current_setting('archive_mode') = 'off'
                 and not exists (select from pg_replication_slots)
                 and not exists (select from pg_stat_replication)
                 and has_function_privilege('pg_switch_wal()', 'execute')
                 and exists (
                     select from pg_roles
                     where (rolname = current_role and rolsuper)
                         or (rolname = 'pg_checkpoint' and pg_has_role(oid, 'usage'))
                 )",
        )
        .fetch_one(self.writer()?)
        .await
        .map_err(did_not("say what it keeps of what was erased"))?;
        Ok(if none { Residue::Nothing } else { Residue::WriteAhead })
    }
}

/// Writes the vault anew if an erasure, of whichever node, is not done to the last byte.
async fn scrub(vault: &mut PgConnection) -> Result<()> {
    let failed = did_not("write the vault anew");
    let latest: Option<i64> = sqlx::query_scalar("select max(id) from vault.erasing")
        .fetch_one(&mut *vault)
        .await
        .map_err(&failed)?;
    let Some(latest) = latest else { return Ok(()) };
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
    // A removed row stays in its page, so the tables are written anew.
    for statement in ["vacuum full vault.private_values", "vacuum full vault.private_keys"] {
        sqlx::raw_sql(statement).execute(&mut *vault).await.map_err(incomplete)?;
    }
    // The old files of the tables go at a checkpoint, and so do the write-ahead files before it,
    // where the server does not keep them (migrations/README.md). A login may lack these rights:
    // what then remains, [`PostgresStore::residue`] says.
    for statement in ["select pg_switch_wal()", "checkpoint"] {
        match sqlx::raw_sql(statement).execute(&mut *vault).await {
            Err(error) if !is_not_allowed(&error) => return Err(incomplete(error)),
            _ => {}
        }
    }
    sqlx::query("delete from vault.erasing where id <= $1")
        .bind(latest)
        .execute(&mut *vault)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Whether the login lacks the right (`insufficient_privilege`).
fn is_not_allowed(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code == "42501")
}

/// Keeps sealed values, and before them their owner's key if it has none yet.
pub(super) async fn insert_private(
    connection: &mut PgConnection,
    key: Option<&SealedKey>,
    values: &[SealedValue],
) -> Result<()> {
    let failed = did_not("keep the private values");
    if let Some(key) = key {
        sqlx::query(
            "insert into vault.private_keys (owner, sealed) values ($1, $2)
             on conflict (owner) do nothing",
        )
        .bind(key.owner.as_str())
        .bind(key.sealed.as_slice())
        .execute(&mut *connection)
        .await
        .map_err(&failed)?;
        let kept: Vec<u8> =
            sqlx::query_scalar("select sealed from vault.private_keys where owner = $1")
                .bind(key.owner.as_str())
                .fetch_one(&mut *connection)
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
    .execute(&mut *connection)
    .await
    .map_err(&failed)?;
    Ok(())
}

pub(super) fn value((digest, owner, sealed): (String, String, Vec<u8>)) -> SealedValue {
    SealedValue { digest, owner, sealed }
}
