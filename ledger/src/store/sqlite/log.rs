//! The log in `SQLite`: one statement for all the rows of a batch, never a statement a row.

use std::fmt::Write;

use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;

use super::{SqliteStore, push_hex};
use crate::store::failure::{AppendError, Failure, Result, did_not, is_full};
use crate::store::limit::{count, from_sql, hash_from_sql, to_sql};
use crate::store::row::{Batch, CheckpointRow, Head, LeafRow, TileRow};
use crate::store::steps::Step;

impl SqliteStore {
    pub(in crate::store) async fn head(&self) -> Result<Head> {
        let mut reader = self.readers.acquire().await.map_err(did_not("read the head"))?;
        self.undisturbed(head(&mut reader).await)
    }

    pub(in crate::store) async fn append(&self, batch: &Batch) -> Result<(), AppendError> {
        let failed = did_not("append the batch");
        let mut writer = self.writer()?.acquire().await.map_err(&failed)?;
        // Takes the write lock now, so that the head that is compared is the head that is swapped.
        let mut transaction = writer.begin_with("begin immediate").await.map_err(&failed)?;
        self.steps.reached(Step::Begun)?;
        swap_head(&mut transaction, batch).await?;
        self.steps.reached(Step::HeadSwapped)?;
        insert_leaves(&mut transaction, batch).await?;
        self.steps.reached(Step::LeavesWritten)?;
        grow_tiles(&mut transaction, &batch.tiles).await?;
        self.steps.reached(Step::TilesWritten)?;
        if let Some(checkpoint) = &batch.checkpoint {
            insert_checkpoint(&mut transaction, checkpoint).await?;
        }
        let unknown = AppendError::OutcomeUnknown;
        self.steps.reached(Step::Committing).map_err(unknown)?;
        transaction.commit().await.map_err(|error| match (is_full(&error), failed(error)) {
            // The frame that ends the batch comes last in the write-ahead file, and found no room: the
            // batch is not there, and reading goes on.
            (true, failure) => AppendError::Failure(failure),
            (false, failure) => AppendError::OutcomeUnknown(failure),
        })?;
        self.steps.reached(Step::Committed).map_err(unknown)
    }

    pub(in crate::store) async fn secure(&self) -> Result<()> {
        let failed = did_not("write to its disk");
        let mut writer = self.writer()?.acquire().await.map_err(&failed)?;
        // The commit of a page that says what it said before: the write-ahead file is synced with it.
        let mut transaction = writer.begin_with("begin immediate").await.map_err(&failed)?;
        let again = sqlx::raw_sql("pragma user_version = 0").execute(&mut *transaction).await;
        again.map_err(&failed)?;
        transaction.commit().await.map_err(&failed)
    }

    pub(in crate::store) async fn leaves(&self, from: u64, to: u64) -> Result<Vec<Vec<u8>>> {
        let leaves =
            sqlx::query_scalar("select leaf from leaves where idx >= ?1 and idx < ?2 order by idx")
                .bind(to_sql(from)?)
                .bind(to_sql(to)?)
                .fetch_all(&self.readers)
                .await
                .map_err(did_not("read leaves"));
        self.undisturbed(leaves)
    }

    pub(in crate::store) async fn leaf_by_id(
        &self,
        id: [u8; 16],
    ) -> Result<Option<(u64, Vec<u8>)>> {
        let found: Option<(i64, Vec<u8>)> = self.undisturbed(
            sqlx::query_as("select idx, leaf from leaves where id = ?1")
                .bind(id.as_slice())
                .fetch_optional(&self.readers)
                .await
                .map_err(did_not("read a leaf")),
        )?;
        found.map(|(index, leaf)| Ok((from_sql(index)?, leaf))).transpose()
    }

    pub(in crate::store) async fn tiles(&self, places: &[(u8, u64)]) -> Result<Vec<TileRow>> {
        let mut list = String::from("[");
        for (level, n) in places {
            separate(&mut list);
            // Writing into a String does not fail.
            let _ = write!(list, "[{level},{}]", to_sql(*n)?);
        }
        list.push(']');
        let rows: Vec<(i64, i64, Vec<u8>)> = self.undisturbed(
            sqlx::query_as(
                "select t.level, t.n, t.hashes
             from json_each(?1) as place
             cross join tiles as t on t.level = place.value ->> 0 and t.n = place.value ->> 1
             order by place.key",
            )
            .bind(list)
            .fetch_all(&self.readers)
            .await
            .map_err(did_not("read tiles")),
        )?;
        let tile = |(level, n, hashes)| {
            let level = u8::try_from(level).map_err(|_| Failure::Corrupt("a tile's level"))?;
            Ok(TileRow { level, n: from_sql(n)?, hashes })
        };
        rows.into_iter().map(tile).collect()
    }

    pub(in crate::store) async fn save_checkpoint(&self, row: &CheckpointRow) -> Result<()> {
        let mut writer = self.writer()?.acquire().await.map_err(did_not("keep the checkpoint"))?;
        insert_checkpoint(&mut writer, row).await
    }

    pub(in crate::store) async fn latest_checkpoint(&self) -> Result<Option<CheckpointRow>> {
        let found: Option<(i64, Vec<u8>)> = self.undisturbed(
            sqlx::query_as("select size, note from checkpoints order by size desc limit 1")
                .fetch_optional(&self.readers)
                .await
                .map_err(did_not("read a checkpoint")),
        )?;
        found.map(checkpoint).transpose()
    }

    pub(in crate::store) async fn first_checkpoint_covering(
        &self,
        size: u64,
    ) -> Result<Option<CheckpointRow>> {
        let found: Option<(i64, Vec<u8>)> = self.undisturbed(
            sqlx::query_as(
                "select size, note from checkpoints where size >= ?1 order by size limit 1",
            )
            .bind(to_sql(size)?)
            .fetch_optional(&self.readers)
            .await
            .map_err(did_not("read a checkpoint")),
        )?;
        found.map(checkpoint).transpose()
    }

    pub(in crate::store) async fn checkpoints(&self) -> Result<Vec<CheckpointRow>> {
        let rows: Vec<(i64, Vec<u8>)> = self.undisturbed(
            sqlx::query_as("select size, note from checkpoints order by size")
                .fetch_all(&self.readers)
                .await
                .map_err(did_not("read the checkpoints")),
        )?;
        rows.into_iter().map(checkpoint).collect()
    }
}

async fn head(connection: &mut SqliteConnection) -> Result<Head> {
    let (size, root): (i64, Vec<u8>) = sqlx::query_as("select size, root from head where id = 1")
        .fetch_one(connection)
        .await
        .map_err(did_not("read the head"))?;
    Ok(Head { size: from_sql(size)?, root: hash_from_sql(&root)? })
}

fn checkpoint((size, note): (i64, Vec<u8>)) -> Result<CheckpointRow> {
    Ok(CheckpointRow { size: from_sql(size)?, note })
}

async fn swap_head(transaction: &mut SqliteConnection, batch: &Batch) -> Result<(), AppendError> {
    let swapped = sqlx::query(
        "update head set size = ?1, root = ?2 where id = 1 and size = ?3 and root = ?4",
    )
    .bind(to_sql(batch.head.size)?)
    .bind(batch.head.root.as_slice())
    .bind(to_sql(batch.base.size)?)
    .bind(batch.base.root.as_slice())
    .execute(&mut *transaction)
    .await
    .map_err(did_not("move the head"))?;
    if swapped.rows_affected() != 1 {
        return Err(AppendError::HeadMoved(head(transaction).await?));
    }
    Ok(())
}

async fn insert_leaves(
    transaction: &mut SqliteConnection,
    batch: &Batch,
) -> Result<(), AppendError> {
    let ids: Vec<u8> = batch.leaves.iter().flat_map(|row| row.id).collect();
    let (leaves, places) = end_to_end(&batch.leaves);
    let inserted = sqlx::query(
        "insert into leaves (idx, id, leaf)
         select ?1 + row.key, substr(?2, 1 + 16 * row.key, 16),
             substr(?3, row.value ->> 0, row.value ->> 1)
         from json_each(?4) as row
         where true
         on conflict (id) do nothing",
    )
    .bind(to_sql(batch.base.size)?)
    .bind(ids.as_slice())
    .bind(leaves)
    .bind(places.as_str())
    .execute(&mut *transaction)
    .await
    .map_err(did_not("write the leaves"))?;
    if inserted.rows_affected() == count(batch.leaves.len())? {
        return Ok(());
    }
    let (index, id): (i64, Vec<u8>) = sqlx::query_as(
        "select l.idx, l.id
         from json_each(?2) as row
         cross join leaves as l on l.id = substr(?1, 1 + 16 * row.key, 16)
         where l.idx < ?3
         order by row.key
         limit 1",
    )
    .bind(ids)
    .bind(places)
    .bind(to_sql(batch.base.size)?)
    .fetch_one(transaction)
    .await
    .map_err(did_not("find the earlier leaf"))?;
    let id = id.try_into().map_err(|_| Failure::Corrupt("an id is not 16 bytes long"))?;
    Err(AppendError::DuplicateId { id, index: from_sql(index)? })
}

async fn grow_tiles(transaction: &mut SqliteConnection, tiles: &[TileRow]) -> Result<()> {
    let mut list = String::from("[");
    for tile in tiles {
        separate(&mut list);
        // Writing into a String does not fail.
        let _ = write!(list, "[{},{},\"", tile.level, to_sql(tile.n)?);
        push_hex(&mut list, &tile.hashes);
        list.push_str("\"]");
    }
    list.push(']');
    sqlx::query(
        "insert into tiles (level, n, hashes)
         select row.value ->> 0, row.value ->> 1, unhex(row.value ->> 2)
         from json_each(?1) as row
         where true
         on conflict (level, n) do update set hashes = excluded.hashes",
    )
    .bind(list)
    .execute(transaction)
    .await
    .map_err(did_not("write the tiles"))?;
    Ok(())
}

async fn insert_checkpoint(connection: &mut SqliteConnection, row: &CheckpointRow) -> Result<()> {
    let failed = did_not("keep the checkpoint");
    sqlx::query(
        "insert into checkpoints (size, note)
         select ?1, ?2 from head where size >= ?1
         on conflict (size) do nothing",
    )
    .bind(to_sql(row.size)?)
    .bind(row.note.as_slice())
    .execute(&mut *connection)
    .await
    .map_err(&failed)?;
    let kept: Option<Vec<u8>> = sqlx::query_scalar("select note from checkpoints where size = ?1")
        .bind(to_sql(row.size)?)
        .fetch_optional(connection)
        .await
        .map_err(&failed)?;
    match kept {
        Some(note) if note == row.note => Ok(()),
        Some(_) => Err(Failure::CheckpointDiffers { size: row.size }),
        None => Err(Failure::Malformed("a checkpoint speaks of leaves that are not committed")),
    }
}

/// The bytes of all leaves, and a JSON list of where each begins, from one, and how long it is: JSON
/// carries no bytes, and twice as many digits would cost more than the insert.
fn end_to_end(rows: &[LeafRow]) -> (Vec<u8>, String) {
    let mut leaves = Vec::with_capacity(rows.iter().map(|row| row.leaf.len()).sum());
    let mut places = String::from("[");
    for row in rows {
        separate(&mut places);
        // Writing into a String does not fail.
        let _ = write!(places, "[{},{}]", leaves.len().saturating_add(1), row.leaf.len());
        leaves.extend_from_slice(&row.leaf);
    }
    places.push(']');
    (leaves, places)
}

/// A comma, unless the list has just begun.
fn separate(list: &mut String) {
    if list.len() > 1 {
        list.push(',');
    }
}
