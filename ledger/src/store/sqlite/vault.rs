//! The vault in `SQLite`: a file of its own, in which nothing erased stays.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::{SqliteStore, hex};
use crate::store::failure::{Failure, Result, did_not};
use crate::store::row::{Residue, SealedKey, SealedValue};

impl SqliteStore {
    pub(in crate::store) async fn put_private(
        &self,
        key: Option<&SealedKey>,
        values: &[SealedValue],
    ) -> Result<()> {
        let failed = did_not("keep the private values");
        let mut vault = self.vault_writer()?.acquire().await.map_err(&failed)?;
        let mut transaction = vault.begin_with("begin immediate").await.map_err(&failed)?;
        if let Some(key) = key {
            sqlx::query(
                "insert into private_keys (owner, sealed) values (?1, ?2)
                 on conflict (owner) do nothing",
            )
            .bind(key.owner.as_str())
            .bind(key.sealed.as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(&failed)?;
            let kept: Vec<u8> =
                sqlx::query_scalar("select sealed from private_keys where owner = ?1")
                    .bind(key.owner.as_str())
                    .fetch_one(&mut *transaction)
                    .await
                    .map_err(&failed)?;
            if kept != key.sealed {
                return Err(Failure::KeyDiffers);
            }
        }
        sqlx::query(
            "insert into private_values (digest, owner, sealed)
             select row.value ->> 0, row.value ->> 1, unhex(row.value ->> 2)
             from json_each(?1) as row
             where true
             on conflict (digest) do nothing",
        )
        .bind(value_list(values))
        .execute(&mut *transaction)
        .await
        .map_err(&failed)?;
        transaction.commit().await.map_err(&failed)
    }

    pub(in crate::store) async fn private_key(&self, owner: &str) -> Result<Option<SealedKey>> {
        let found: Option<(String, Vec<u8>)> =
            sqlx::query_as("select owner, sealed from private_keys where owner = ?1")
                .bind(owner)
                .fetch_optional(self.vault()?)
                .await
                .map_err(did_not("read a private key"))?;
        Ok(found.map(|(owner, sealed)| SealedKey { owner, sealed }))
    }

    pub(in crate::store) async fn private_values(&self, owner: &str) -> Result<Vec<SealedValue>> {
        let rows: Vec<(String, String, Vec<u8>)> = self.undisturbed(
            sqlx::query_as(
                "select digest, owner, sealed from private_values where owner = ?1 order by digest",
            )
            .bind(owner)
            .fetch_all(self.vault()?)
            .await
            .map_err(did_not("read private values")),
        )?;
        Ok(rows.into_iter().map(value).collect())
    }

    pub(in crate::store) async fn private_by_digest(
        &self,
        digests: &[String],
    ) -> Result<Vec<SealedValue>> {
        let list: serde_json::Value = digests.iter().map(String::as_str).collect();
        let rows: Vec<(String, String, Vec<u8>)> = self.undisturbed(
            sqlx::query_as(
                "select digest, owner, sealed from private_values
             where digest in (select value from json_each(?1))
             order by digest",
            )
            .bind(list.to_string())
            .fetch_all(self.vault()?)
            .await
            .map_err(did_not("read private values")),
        )?;
        Ok(rows.into_iter().map(value).collect())
    }

    pub(in crate::store) async fn erase_private(
        &self,
        owners: &[&str],
        digests: &[&str],
    ) -> Result<u64> {
        let failed = did_not("erase the private values");
        let mut vault = self.vault_writer()?.acquire().await.map_err(&failed)?;
        let mut transaction = vault.begin_with("begin immediate").await.map_err(&failed)?;
        let mut erased: u64 = 0;
        for (statement, list) in [
            ("delete from private_values where owner in (select value from json_each(?1))", owners),
            (
                "delete from private_values where digest in (select value from json_each(?1))",
                digests,
            ),
            ("delete from private_keys where owner in (select value from json_each(?1))", owners),
        ] {
            let removed = sqlx::query(statement)
                .bind(text_list(list))
                .execute(&mut *transaction)
                .await
                .map_err(&failed)?;
            erased = erased.saturating_add(removed.rows_affected());
        }
        if erased > 0 {
            // In the same database transaction: a crash from here on leaves word of what is to do.
            sqlx::query("insert into erasing default values")
                .execute(&mut *transaction)
                .await
                .map_err(&failed)?;
        }
        transaction.commit().await.map_err(&failed)?;
        scrub(&mut vault).await?;
        Ok(erased)
    }

    pub(in crate::store) async fn residue(&self) -> Result<Residue> {
        let under_way: bool = sqlx::query_scalar("select exists (select 1 from erasing)")
            .fetch_one(self.vault_writer()?)
            .await
            .map_err(did_not("say what it keeps of what was erased"))?;
        Ok(if under_way { Residue::WriteAhead } else { Residue::Nothing })
    }
}

/// Whether the vault of that file never held anything.
pub(super) async fn is_empty(file: &SqliteConnectOptions) -> Result<bool> {
    let failed = did_not("look into the vault");
    let mut vault = file.connect().await.map_err(&failed)?;
    let held: bool = sqlx::query_scalar(
        "select exists (select 1 from private_keys) or exists (select 1 from private_values)
         or exists (select 1 from erasing)",
    )
    .fetch_one(&mut vault)
    .await
    .map_err(&failed)?;
    vault.close().await.map_err(&failed)?;
    Ok(!held)
}

/// Writes the vault anew if an erasure, of whichever process, is not done to the last byte.
async fn scrub(vault: &mut SqliteConnection) -> Result<()> {
    let failed = did_not("write the vault anew");
    let latest: Option<i64> = sqlx::query_scalar("select max(id) from erasing")
        .fetch_one(&mut *vault)
        .await
        .map_err(&failed)?;
    let Some(latest) = latest else { return Ok(()) };
    // `secure_delete` overwrites the row, not the copies that page splits left behind it, so
    // the file is written anew; then the write-ahead file, which has the old pages, is emptied.
    let incomplete = |error| Failure::ErasureIncomplete(failed(error).to_string());
    sqlx::raw_sql("vacuum").execute(&mut *vault).await.map_err(incomplete)?;
    let (busy, _, _): (i64, i64, i64) = sqlx::query_as("pragma wal_checkpoint(truncate)")
        .fetch_one(&mut *vault)
        .await
        .map_err(incomplete)?;
    if busy != 0 {
        return Err(Failure::ErasureIncomplete("the vault is being read".to_owned()));
    }
    sqlx::query("delete from erasing where id <= ?1")
        .bind(latest)
        .execute(&mut *vault)
        .await
        .map_err(failed)?;
    Ok(())
}

fn text_list(texts: &[&str]) -> String {
    texts.iter().copied().collect::<serde_json::Value>().to_string()
}

pub(super) fn value((digest, owner, sealed): (String, String, Vec<u8>)) -> SealedValue {
    SealedValue { digest, owner, sealed }
}

fn value_list(values: &[SealedValue]) -> String {
    let row = |value: &SealedValue| {
        serde_json::json!([value.digest.as_str(), value.owner.as_str(), hex(&value.sealed)])
    };
    values.iter().map(row).collect::<serde_json::Value>().to_string()
}
