//! The log in `PostgreSQL`: one statement for all the rows of a batch, never a statement a row.

use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::PostgresStore;
use crate::store::failure::{AppendError, Failure, Result, did_not};
use crate::store::limit::{count, from_sql, hash_from_sql, to_sql};
use crate::store::row::{Batch, CheckpointRow, Head, TileRow};
use crate::store::steps::Step;

impl PostgresStore {
    pub(in crate::store) async fn head(&self) -> Result<Head> {
        let mut reader = self.pool.acquire().await.map_err(did_not("read the head"))?;
        head(&mut reader).await
    }

    pub(in crate::store) async fn append(&self, batch: &Batch) -> Result<(), AppendError> {
        let failed = did_not("append the batch");
        let mut writer = self.log_writer()?.acquire().await.map_err(&failed)?;
        // At this level the swap of the head waits for a faster writer, then sees what it wrote.
        let mut transaction = writer
            .begin_with("begin isolation level read committed read write")
            .await
            .map_err(&failed)?;
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
        let committed = transaction.commit().await.map_err(did_not("commit the batch"));
        committed.and_then(|()| self.steps.reached(Step::Committed)).map_err(unknown)
    }

    pub(in crate::store) async fn secure(&self) -> Result<()> {
        // A commit waits for the disk and for the standby, and so for all that came before it.
        sqlx::query("update portal.lease set node = node where id = 1")
            .execute(self.writer()?)
            .await
            .map_err(did_not("write to its disk"))?;
        Ok(())
    }

    pub(in crate::store) async fn leaves(&self, from: u64, to: u64) -> Result<Vec<Vec<u8>>> {
        sqlx::query_scalar("select leaf from book.leaves where idx >= $1 and idx < $2 order by idx")
            .bind(to_sql(from)?)
            .bind(to_sql(to)?)
            .fetch_all(&self.pool)
            .await
            .map_err(did_not("read leaves"))
    }

    pub(in crate::store) async fn leaf_by_id(
        &self,
        id: [u8; 16],
    ) -> Result<Option<(u64, Vec<u8>)>> {
        let found: Option<(i64, Vec<u8>)> =
            sqlx::query_as("select idx, leaf from book.leaves where id = $1")
                .bind(id.as_slice())
                .fetch_optional(&self.pool)
                .await
                .map_err(did_not("read a leaf"))?;
        found.map(|(index, leaf)| Ok((from_sql(index)?, leaf))).transpose()
    }

    pub(in crate::store) async fn tiles(&self, places: &[(u8, u64)]) -> Result<Vec<TileRow>> {
        let levels: Vec<i16> = places.iter().map(|(level, _)| i16::from(*level)).collect();
        let numbers: Vec<i64> = places.iter().map(|(_, n)| to_sql(*n)).collect::<Result<_>>()?;
        let rows: Vec<(i16, i64, Vec<u8>)> = sqlx::query_as(
            "select t.level, t.n, t.hashes
             from unnest($1::smallint[], $2::bigint[]) with ordinality as place (level, n, key)
             join book.tiles as t on t.level = place.level and t.n = place.n
             order by place.key",
        )
        .bind(levels)
        .bind(numbers)
        .fetch_all(&self.pool)
        .await
        .map_err(did_not("read tiles"))?;
        let tile = |(level, n, hashes)| {
            let level = u8::try_from(level).map_err(|_| Failure::Corrupt("a tile's level"))?;
            Ok(TileRow { level, n: from_sql(n)?, hashes })
        };
        rows.into_iter().map(tile).collect()
    }

    pub(in crate::store) async fn save_checkpoint(&self, row: &CheckpointRow) -> Result<()> {
        let mut writer =
            self.log_writer()?.acquire().await.map_err(did_not("keep the checkpoint"))?;
        insert_checkpoint(&mut writer, row).await
    }

    pub(in crate::store) async fn latest_checkpoint(&self) -> Result<Option<CheckpointRow>> {
        let found: Option<(i64, Vec<u8>)> =
            sqlx::query_as("select size, note from book.checkpoints order by size desc limit 1")
                .fetch_optional(&self.pool)
                .await
                .map_err(did_not("read a checkpoint"))?;
        found.map(checkpoint).transpose()
    }

    pub(in crate::store) async fn first_checkpoint_covering(
        &self,
        size: u64,
    ) -> Result<Option<CheckpointRow>> {
        let found: Option<(i64, Vec<u8>)> = sqlx::query_as(
            "select size, note from book.checkpoints where size >= $1 order by size limit 1",
        )
        .bind(to_sql(size)?)
        .fetch_optional(&self.pool)
        .await
        .map_err(did_not("read a checkpoint"))?;
        found.map(checkpoint).transpose()
    }

    pub(in crate::store) async fn checkpoints(&self) -> Result<Vec<CheckpointRow>> {
        let rows: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("select size, note from book.checkpoints order by size")
                .fetch_all(&self.pool)
                .await
                .map_err(did_not("read the checkpoints"))?;
        rows.into_iter().map(checkpoint).collect()
    }
}

async fn head(connection: &mut PgConnection) -> Result<Head> {
    let (size, root): (i64, Vec<u8>) =
        sqlx::query_as("select size, root from book.head where id = 1")
            .fetch_one(connection)
            .await
            .map_err(did_not("read the head"))?;
    Ok(Head { size: from_sql(size)?, root: hash_from_sql(&root)? })
}

fn checkpoint((size, note): (i64, Vec<u8>)) -> Result<CheckpointRow> {
    Ok(CheckpointRow { size: from_sql(size)?, note })
}

pub(super) async fn swap_head(
    transaction: &mut PgConnection,
    batch: &Batch,
) -> Result<(), AppendError> {
    let swapped: Option<bool> = sqlx::query_scalar(
        "update book.head set size = $1, root = $2
         where id = 1 and size = $3 and root = $4
         returning current_setting('synchronous_commit') in ('on', 'remote_apply')
             -- A commit that is cut short while it waits for the standby is said to have succeeded.
             and set_config('statement_timeout', '0', true) = '0'",
    )
    .bind(to_sql(batch.head.size)?)
    .bind(batch.head.root.as_slice())
    .bind(to_sql(batch.base.size)?)
    .bind(batch.base.root.as_slice())
    .fetch_optional(&mut *transaction)
    .await
    .map_err(did_not("move the head"))?;
    match swapped {
        Some(true) => Ok(()),
        Some(false) => {
            Err(Failure::NotDurable("the session runs with `synchronous_commit` off").into())
        }
        None => Err(AppendError::HeadMoved(head(transaction).await?)),
    }
}

pub(super) async fn insert_leaves(
    transaction: &mut PgConnection,
    batch: &Batch,
) -> Result<(), AppendError> {
    let ids: Vec<&[u8]> = batch.leaves.iter().map(|row| row.id.as_slice()).collect();
    let leaves: Vec<&[u8]> = batch.leaves.iter().map(|row| row.leaf.as_slice()).collect();
    let inserted = sqlx::query(
        "insert into book.leaves (idx, id, leaf)
         select $1 + row.place - 1, row.id, row.leaf
         from unnest($2::bytea[], $3::bytea[]) with ordinality as row (id, leaf, place)
         on conflict (id) do nothing",
    )
    .bind(to_sql(batch.base.size)?)
    .bind(&ids)
    .bind(leaves)
    .execute(&mut *transaction)
    .await
    .map_err(did_not("write the leaves"))?;
    if inserted.rows_affected() == count(batch.leaves.len())? {
        return Ok(());
    }
    let (index, id): (i64, Vec<u8>) = sqlx::query_as(
        "select l.idx, l.id
         from unnest($1::bytea[]) with ordinality as row (id, place)
         join book.leaves as l on l.id = row.id
         where l.idx < $2
         order by row.place
         limit 1",
    )
    .bind(&ids)
    .bind(to_sql(batch.base.size)?)
    .fetch_one(transaction)
    .await
    .map_err(did_not("find the earlier leaf"))?;
    let id = id.try_into().map_err(|_| Failure::Corrupt("an id is not 16 bytes long"))?;
    Err(AppendError::DuplicateId { id, index: from_sql(index)? })
}

pub(super) async fn grow_tiles(transaction: &mut PgConnection, tiles: &[TileRow]) -> Result<()> {
    let levels: Vec<i16> = tiles.iter().map(|tile| i16::from(tile.level)).collect();
    let numbers: Vec<i64> = tiles.iter().map(|tile| to_sql(tile.n)).collect::<Result<_>>()?;
    let hashes: Vec<&[u8]> = tiles.iter().map(|tile| tile.hashes.as_slice()).collect();
    sqlx::query(
        "insert into book.tiles (level, n, hashes)
         select * from unnest($1::smallint[], $2::bigint[], $3::bytea[])
         on conflict (level, n) do update set hashes = excluded.hashes",
    )
    .bind(levels)
    .bind(numbers)
    .bind(hashes)
    .execute(transaction)
    .await
    .map_err(did_not("write the tiles"))?;
    Ok(())
}

pub(super) async fn insert_checkpoint(
    connection: &mut PgConnection,
    row: &CheckpointRow,
) -> Result<()> {
    let failed = did_not("keep the checkpoint");
    sqlx::query(
        "insert into book.checkpoints (size, note)
         select $1, $2 from book.head where size >= $1
         on conflict (size) do nothing",
    )
    .bind(to_sql(row.size)?)
    .bind(row.note.as_slice())
    .execute(&mut *connection)
    .await
    .map_err(&failed)?;
    let kept: Option<Vec<u8>> =
        sqlx::query_scalar("select note from book.checkpoints where size = $1")
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
