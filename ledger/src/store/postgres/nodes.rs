//! Several nodes on one `PostgreSQL` book: the lease of the one that sequences, and what the others
//! hand in to it. The database's clock is the one clock of a lease.

use super::PostgresStore;
use crate::store::failure::{Result, did_not};
use crate::store::limit::{count, to_sql};
use crate::store::row::{Submission, SubmissionFate};

impl PostgresStore {
    pub(in crate::store) async fn take_lease(&self, node: &str, ms: u32) -> Result<bool> {
        let taken = sqlx::query(
            "update portal.lease
             set node = $1, ends = clock_timestamp() + $2 * interval '1 millisecond'
             where id = 1 and (node = $1 or ends < clock_timestamp())",
        )
        .bind(node)
        .bind(i64::from(ms))
        .execute(self.writer()?)
        .await
        .map_err(did_not("take the lease"))?;
        Ok(taken.rows_affected() == 1)
    }

    pub(in crate::store) async fn give_lease_back(&self, node: &str) -> Result<()> {
        sqlx::query("update portal.lease set ends = '-infinity' where id = 1 and node = $1")
            .bind(node)
            .execute(self.writer()?)
            .await
            .map_err(did_not("give the lease back"))?;
        Ok(())
    }

    pub(in crate::store) async fn hand_in(&self, handed: &Submission, most: usize) -> Result<bool> {
        let leaves: Vec<&[u8]> = handed.leaves.iter().map(Vec::as_slice).collect();
        let inserted = sqlx::query(
            "insert into portal.submissions (id, node, leaves)
             select $1, $2, $3
             where (select count(*) from portal.submissions where not refused) < $4
                 or exists (select 1 from portal.submissions where id = $1 and not refused)
             on conflict (id) do update set refused = false
             where portal.submissions.leaves = excluded.leaves",
        )
        .bind(handed.id.as_slice())
        .bind(handed.node.as_str())
        .bind(leaves)
        .bind(to_sql(count(most)?)?)
        .execute(self.writer()?)
        .await
        .map_err(did_not("hand a submission in"))?;
        Ok(inserted.rows_affected() == 1)
    }

    pub(in crate::store) async fn handed_in(&self, most: usize) -> Result<Vec<Submission>> {
        let rows: Vec<(Vec<u8>, String, Vec<Vec<u8>>)> = sqlx::query_as(
            "select id, node, leaves from portal.submissions
             where not refused
             order by seq
             limit $1",
        )
        .bind(to_sql(count(most)?)?)
        .fetch_all(&self.pool)
        .await
        .map_err(did_not("read what was handed in"))?;
        let row = |(id, node, leaves): (Vec<u8>, String, Vec<Vec<u8>>)| {
            let id = id.try_into().ok()?;
            Some(Submission { id, node, leaves })
        };
        Ok(rows.into_iter().filter_map(row).collect())
    }

    pub(in crate::store) async fn settle(
        &self,
        done: &[[u8; 16]],
        refused: &[[u8; 16]],
    ) -> Result<()> {
        let ids = |ids: &[[u8; 16]]| ids.iter().map(|id| id.to_vec()).collect::<Vec<_>>();
        sqlx::query(
            "with refusing as (
                 update portal.submissions set refused = true where id = any($2)
             )
             delete from portal.submissions
             where id = any($1)
                 or (refused and handed_in < clock_timestamp() - interval '10 minutes')",
        )
        .bind(ids(done))
        .bind(ids(refused))
        .execute(self.writer()?)
        .await
        .map_err(did_not("settle what was handed in"))?;
        Ok(())
    }

    pub(in crate::store) async fn fate(&self, id: [u8; 16]) -> Result<SubmissionFate> {
        let refused: Option<bool> =
            sqlx::query_scalar("select refused from portal.submissions where id = $1")
                .bind(id.as_slice())
                .fetch_optional(&self.pool)
                .await
                .map_err(did_not("look for a submission"))?;
        Ok(match refused {
            Some(false) => SubmissionFate::Waits,
            Some(true) => SubmissionFate::Refused,
            None => SubmissionFate::Gone,
        })
    }
}
