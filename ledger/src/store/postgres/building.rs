//! A book built in one database transaction: nobody sees a row of it before the commit.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

use super::log::{grow_tiles, insert_checkpoint, insert_leaves, swap_head};
use super::vault::insert_private;
use super::witness::{insert_cosignature, insert_evidence};
use super::{POSTGRES, apply, check, connect, durable, has_book, lock, options, place, prepare};
use crate::store::Place;
use crate::store::failure::{AppendError, Failure, Result, did_not};
use crate::store::row::{
    Batch, CheckpointRow, CosignatureRow, Draft, EvidenceRow, MemberLink, SealedKey, SealedValue,
};

/// The session whose database transaction is open; when it ends before [`finish`], nothing was.
///
/// [`finish`]: PostgresBuilding::finish
#[derive(Debug)]
pub struct PostgresBuilding {
    connection: PgConnection,
    kept: Option<String>,
}

impl PostgresBuilding {
    pub(in crate::store) async fn begin(url: &str, where_to: &Place) -> Result<Self> {
        let options = options(url)?;
        let mut connection = connect(&options).await?;
        durable(&mut connection).await?;
        let failed = did_not("begin the new book");
        prepare(&mut connection).await.map_err(&failed)?;
        sqlx::raw_sql("begin isolation level read committed read write")
            .execute(&mut connection)
            .await
            .map_err(&failed)?;
        lock(&mut connection).await?;
        let there = has_book(&mut connection).await?;
        let kept = match where_to {
            Place::Empty if there => {
                return Err(Failure::AlreadyThere { place: place(&options) });
            }
            Place::Empty => None,
            Place::Instead { .. } if !there => {
                return Err(Failure::NoBook { place: place(&options) });
            }
            Place::Instead { ending } => {
                // The new book says that all is applied: so it is, in the schemas that stay as well.
                let newer = check(&mut connection, &options).await?;
                apply(&mut connection, newer).await?;
                let in_use = || Failure::InUse { place: place(&options) };
                Some(set_aside(&mut connection, ending, in_use).await?)
            }
        };
        sqlx::raw_sql(
            "create schema book;
             create table book.migrations (name text primary key, sql text not null);",
        )
        .execute(&mut connection)
        .await
        .map_err(&failed)?;
        apply(&mut connection, POSTGRES).await?;
        if kept.is_some() {
            // The migrations make the other two as well: those that are in use come back.
            sqlx::raw_sql(
                "drop schema vault cascade;
                 drop schema portal cascade;
                 alter schema vault_in_use rename to vault;
                 alter schema portal_in_use rename to portal;",
            )
            .execute(&mut connection)
            .await
            .map_err(&failed)?;
        }
        Ok(Self { connection, kept })
    }

    pub(in crate::store) async fn append(&mut self, batch: &Batch) -> Result<(), AppendError> {
        swap_head(&mut self.connection, batch).await?;
        insert_leaves(&mut self.connection, batch).await?;
        grow_tiles(&mut self.connection, &batch.tiles).await?;
        if let Some(checkpoint) = &batch.checkpoint {
            insert_checkpoint(&mut self.connection, checkpoint).await?;
        }
        Ok(())
    }

    pub(in crate::store) async fn save_checkpoint(&mut self, row: &CheckpointRow) -> Result<()> {
        insert_checkpoint(&mut self.connection, row).await
    }

    pub(in crate::store) async fn save_cosignature(&mut self, row: &CosignatureRow) -> Result<()> {
        insert_cosignature(&mut self.connection, row).await
    }

    pub(in crate::store) async fn save_evidence(&mut self, row: &EvidenceRow) -> Result<()> {
        insert_evidence(&mut self.connection, row).await
    }

    pub(in crate::store) async fn put_private(
        &mut self,
        key: Option<&SealedKey>,
        values: &[SealedValue],
    ) -> Result<()> {
        insert_private(&mut self.connection, key, values).await
    }

    pub(in crate::store) async fn put_draft(&mut self, draft: &Draft) -> Result<()> {
        sqlx::query(
            "insert into portal.drafts (id, kind, payload, created_ms, expires_ms, version)
             values ($1, $2, $3, $4, $5, 1)
             on conflict (id) do nothing",
        )
        .bind(draft.id.as_str())
        .bind(draft.kind.as_str())
        .bind(draft.payload.as_str())
        .bind(draft.created_ms)
        .bind(draft.expires_ms)
        .execute(&mut self.connection)
        .await
        .map_err(did_not("keep the draft"))?;
        Ok(())
    }

    pub(in crate::store) async fn put_link(&mut self, link: &MemberLink) -> Result<()> {
        sqlx::query(
            "insert into portal.member_links (secret_sha256, member, created_ms)
             values ($1, $2, $3)
             on conflict (secret_sha256) do nothing",
        )
        .bind(link.secret_sha256.as_slice())
        .bind(link.member.as_str())
        .bind(link.created_ms)
        .execute(&mut self.connection)
        .await
        .map_err(did_not("keep a personal link"))?;
        Ok(())
    }

    pub(in crate::store) async fn finish(mut self) -> Result<Option<String>> {
        let failed = did_not("commit the new book");
        sqlx::raw_sql("commit").execute(&mut self.connection).await.map_err(&failed)?;
        self.connection.close().await.map_err(&failed)?;
        Ok(self.kept)
    }
}

/// Gives the schema of the former log another name, if no node works with it.
async fn set_aside(
    connection: &mut PgConnection,
    ending: &str,
    in_use: impl Fn() -> Failure,
) -> Result<String> {
    let failed = did_not("set the former book aside");
    let held: bool = sqlx::query_scalar(
        "select exists (select 1 from portal.lease where ends > clock_timestamp())",
    )
    .fetch_one(&mut *connection)
    .await
    .map_err(&failed)?;
    if held {
        return Err(in_use());
    }
    let kept = format!("book_{ending}");
    // Whoever would still write waits for these locks, and then finds the new tables.
    let statements = format!(
        "lock table book.head, book.leaves, book.tiles, book.checkpoints, book.cosignatures
             in access exclusive mode;
         alter schema book rename to {kept};
         alter schema vault rename to vault_in_use;
         alter schema portal rename to portal_in_use;"
    );
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(connection).await.map_err(&failed)?;
    Ok(kept)
}
