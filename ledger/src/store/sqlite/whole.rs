//! A whole book in `SQLite` as it is found, and what `SQLite` itself says of its files.

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool};
use sqlx::{ConnectOptions, Connection};

use super::portal::{DraftColumns, draft};
use super::vault::value;
use super::{BOOK, SqliteStore, VAULT};
use crate::store::failure::{Result, did_not};
use crate::store::limit::{from_sql, hash_from_sql, to_sql};
use crate::store::migration::{Migration, SQLITE_BOOK, SQLITE_VAULT};
use crate::store::row::{Draft, FoundLeaf, FoundTile, MemberLink, SealedKey, SealedValue};

/// Type, name, table and text of each thing that a schema is made of.
type Schema = Vec<(String, String, String, String)>;

impl SqliteStore {
    pub(in crate::store) async fn found_leaves(
        &self,
        from: u64,
        to: u64,
    ) -> Result<Vec<FoundLeaf>> {
        let rows: Vec<(i64, Vec<u8>, Vec<u8>)> = self.undisturbed(
            sqlx::query_as(
                "select idx, id, leaf from leaves where idx >= ?1 and idx < ?2 order by idx",
            )
            .bind(to_sql(from)?)
            .bind(to_sql(to)?)
            .fetch_all(&self.readers)
            .await
            .map_err(did_not("read leaves")),
        )?;
        Ok(rows.into_iter().map(|(index, id, leaf)| FoundLeaf { index, id, leaf }).collect())
    }

    pub(in crate::store) async fn stray_leaves(&self) -> Result<Vec<i64>> {
        let strays = sqlx::query_scalar(
            "select idx from leaves
             where idx < 0 or idx >= (select size from head where id = 1)
             order by idx
             limit 100",
        )
        .fetch_all(&self.readers)
        .await
        .map_err(did_not("look for stray leaves"));
        self.undisturbed(strays)
    }

    pub(in crate::store) async fn found_tiles(&self) -> Result<(u64, Vec<FoundTile>)> {
        let failed = did_not("list the tiles");
        let mut reader = self.readers.acquire().await.map_err(&failed)?;
        let mut moment = reader.begin().await.map_err(&failed)?;
        let size: i64 = sqlx::query_scalar("select size from head where id = 1")
            .fetch_one(&mut *moment)
            .await
            .map_err(&failed)?;
        let rows: Vec<(i64, i64, i64)> =
            sqlx::query_as("select level, n, length(hashes) from tiles order by level, n")
                .fetch_all(&mut *moment)
                .await
                .map_err(&failed)?;
        let found = rows.into_iter().map(|(level, n, bytes)| FoundTile { level, n, bytes });
        self.undisturbed(Ok((from_sql(size)?, found.collect())))
    }

    pub(in crate::store) async fn engine_faults(&self) -> Result<Vec<String>> {
        let mut faults = said_of(BOOK, &self.readers, SQLITE_BOOK).await?;
        if let Some(vault) = &self.vault {
            faults.extend(said_of(VAULT, vault, SQLITE_VAULT).await?);
        }
        self.undisturbed(Ok(faults))
    }

    pub(in crate::store) fn has_vault(&self) -> bool {
        self.vault.is_some()
    }

    pub(in crate::store) async fn private_keys_after(
        &self,
        owner: &str,
        most: i64,
    ) -> Result<Vec<SealedKey>> {
        let rows: Vec<(String, Vec<u8>)> = self.undisturbed(
            sqlx::query_as(
                "select owner, sealed from private_keys where owner > ?1 order by owner limit ?2",
            )
            .bind(owner)
            .bind(most)
            .fetch_all(self.vault()?)
            .await
            .map_err(did_not("read private keys")),
        )?;
        Ok(rows.into_iter().map(|(owner, sealed)| SealedKey { owner, sealed }).collect())
    }

    pub(in crate::store) async fn private_values_after(
        &self,
        digest: &str,
        most: i64,
    ) -> Result<Vec<SealedValue>> {
        let rows: Vec<(String, String, Vec<u8>)> = self.undisturbed(
            sqlx::query_as(
                "select digest, owner, sealed from private_values
             where digest > ?1 order by digest limit ?2",
            )
            .bind(digest)
            .bind(most)
            .fetch_all(self.vault()?)
            .await
            .map_err(did_not("read private values")),
        )?;
        Ok(rows.into_iter().map(value).collect())
    }

    pub(in crate::store) async fn drafts_after(&self, id: &str, most: i64) -> Result<Vec<Draft>> {
        let rows: Vec<DraftColumns> = self.undisturbed(
            sqlx::query_as(
                "select id, kind, payload, created_ms, expires_ms, version
             from drafts
             where id > ?1
             order by id
             limit ?2",
            )
            .bind(id)
            .bind(most)
            .fetch_all(&self.readers)
            .await
            .map_err(did_not("read drafts")),
        )?;
        rows.into_iter().map(draft).collect()
    }

    pub(in crate::store) async fn links(&self) -> Result<Vec<MemberLink>> {
        let rows: Vec<(Vec<u8>, String, i64)> = self.undisturbed(
            sqlx::query_as(
                "select secret_sha256, member, created_ms
             from member_links
             order by member, created_ms, secret_sha256",
            )
            .fetch_all(&self.readers)
            .await
            .map_err(did_not("read personal links")),
        )?;
        let link = |(secret, member, created_ms): (Vec<u8>, String, i64)| {
            Ok(MemberLink { secret_sha256: hash_from_sql(&secret)?, member, created_ms })
        };
        rows.into_iter().map(link).collect()
    }
}

/// What is wrong with a file, in French but for what `SQLite` says itself: pages and indices,
/// references, then the schema.
async fn said_of(file: &str, pool: &SqlitePool, ours: &[Migration]) -> Result<Vec<String>> {
    let failed = did_not("check the file");
    let mut faults = Vec::new();
    let said: Vec<String> = sqlx::query_scalar("pragma integrity_check(20)")
        .fetch_all(pool)
        .await
        .unwrap_or_else(|error| vec![failed(error).to_string()]);
    faults.extend(said.into_iter().filter(|said| said != "ok"));
    let broken: Vec<(String, Option<i64>, String, i64)> =
        sqlx::query_as("select \"table\", rowid, parent, fkid from pragma_foreign_key_check")
            .fetch_all(pool)
            .await
            .unwrap_or_default();
    faults.extend(broken.into_iter().map(|(table, _, parent, _)| {
        format!("une ligne de {table} renvoie à une ligne de {parent} qui n’est pas là")
    }));
    let mut reader = pool.acquire().await.map_err(&failed)?;
    let applied: Vec<String> = sqlx::query_scalar("select name from migrations")
        .fetch_all(&mut *reader)
        .await
        .map_err(&failed)?;
    let found = schema(&mut reader).await?;
    let wanted = schema_of(ours.iter().filter(|m| applied.iter().any(|name| name == m.name)));
    let wanted = wanted.await?;
    for (kind, name, ..) in wanted.iter().filter(|thing| !found.contains(thing)) {
        faults.push(format!("{kind} {name} : il manque au schéma, ou en est un autre"));
    }
    for (kind, name, ..) in found
        .iter()
        .filter(|thing| !wanted.iter().any(|(kind, name, ..)| *kind == thing.0 && *name == thing.1))
    {
        faults.push(format!("{kind} {name} : il n’est pas de notre schéma"));
    }
    Ok(faults.into_iter().map(|fault| format!("{file} : {fault}")).collect())
}

async fn schema(connection: &mut SqliteConnection) -> Result<Schema> {
    sqlx::query_as(
        "select type, name, tbl_name, coalesce(sql, '') from sqlite_schema
         where name not like 'sqlite\\_stat%' escape '\\'
         order by type, name",
    )
    .fetch_all(connection)
    .await
    .map_err(did_not("read the schema"))
}

/// The schema that these migrations make.
async fn schema_of(migrations: impl Iterator<Item = &Migration>) -> Result<Schema> {
    let failed = did_not("make the schema to compare with");
    let options = SqliteConnectOptions::new().in_memory(true).disable_statement_logging();
    let mut memory = options.connect().await.map_err(&failed)?;
    sqlx::raw_sql(super::MIGRATIONS).execute(&mut memory).await.map_err(&failed)?;
    for migration in migrations {
        sqlx::raw_sql(migration.sql).execute(&mut memory).await.map_err(&failed)?;
    }
    let made = schema(&mut memory).await?;
    memory.close().await.map_err(failed)?;
    Ok(made)
}
