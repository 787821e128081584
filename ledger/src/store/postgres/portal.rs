//! The portal's own tables in `PostgreSQL`: sessions, drafts, personal links.

use super::PostgresStore;
use crate::store::failure::{Result, did_not};
use crate::store::limit::{from_sql, hash_from_sql, to_sql};
use crate::store::row::{Draft, DraftPut, MemberLink, Session};

type SessionColumns = (Vec<u8>, String, String, String, i64, i64);
pub(super) type DraftColumns = (String, String, String, i64, i64, i64);

impl PostgresStore {
    pub(in crate::store) async fn open_session(&self, session: &Session) -> Result<()> {
        sqlx::query(
            "insert into portal.sessions (secret_sha256, who, role, csrf, created_ms, expires_ms)
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(session.secret_sha256.as_slice())
        .bind(session.who.as_str())
        .bind(session.role.as_str())
        .bind(session.csrf.as_str())
        .bind(session.created_ms)
        .bind(session.expires_ms)
        .execute(self.writer()?)
        .await
        .map_err(did_not("open a session"))?;
        Ok(())
    }

    pub(in crate::store) async fn session(
        &self,
        secret_sha256: [u8; 32],
        now_ms: i64,
    ) -> Result<Option<Session>> {
        let found: Option<SessionColumns> = sqlx::query_as(
            "select secret_sha256, who, role, csrf, created_ms, expires_ms
             from portal.sessions
             where secret_sha256 = $1 and expires_ms > $2",
        )
        .bind(secret_sha256.as_slice())
        .bind(now_ms)
        .fetch_optional(&self.pool)
        .await
        .map_err(did_not("read a session"))?;
        found.map(session).transpose()
    }

    pub(in crate::store) async fn close_session(&self, secret_sha256: [u8; 32]) -> Result<()> {
        sqlx::query("delete from portal.sessions where secret_sha256 = $1")
            .bind(secret_sha256.as_slice())
            .execute(self.writer()?)
            .await
            .map_err(did_not("close a session"))?;
        Ok(())
    }

    pub(in crate::store) async fn close_sessions_of(&self, who: &str) -> Result<u64> {
        let closed = sqlx::query("delete from portal.sessions where who = $1")
            .bind(who)
            .execute(self.writer()?)
            .await
            .map_err(did_not("close sessions"))?;
        Ok(closed.rows_affected())
    }

    pub(in crate::store) async fn forget_members(&self, members: &[&str]) -> Result<u64> {
        let mut forgotten: u64 = 0;
        for statement in [
            "delete from portal.sessions where who = any($1)",
            "delete from portal.member_links where member = any($1)",
            "delete from portal.drafts where exists (
                 select from unnest($1::text[]) as named (member)
                 where strpos(payload, named.member) > 0
             )",
        ] {
            let removed = sqlx::query(statement)
                .bind(members)
                .execute(self.writer()?)
                .await
                .map_err(did_not("forget a member"))?;
            forgotten = forgotten.saturating_add(removed.rows_affected());
        }
        Ok(forgotten)
    }

    pub(in crate::store) async fn sweep(&self, now_ms: i64) -> Result<u64> {
        let mut swept: u64 = 0;
        for statement in [
            "delete from portal.sessions where expires_ms <= $1",
            "delete from portal.drafts where expires_ms <= $1",
        ] {
            let removed = sqlx::query(statement)
                .bind(now_ms)
                .execute(self.writer()?)
                .await
                .map_err(did_not("sweep what is over"))?;
            swept = swept.saturating_add(removed.rows_affected());
        }
        Ok(swept)
    }

    pub(in crate::store) async fn put_draft(
        &self,
        draft: &Draft,
        expected_version: Option<u64>,
    ) -> Result<DraftPut> {
        let (put, version) = match expected_version {
            None => (
                sqlx::query(
                    "insert into portal.drafts (id, kind, payload, created_ms, expires_ms, version)
                     values ($1, $2, $3, $4, $5, 1)
                     on conflict (id) do nothing",
                )
                .bind(draft.id.as_str())
                .bind(draft.kind.as_str())
                .bind(draft.payload.as_str())
                .bind(draft.created_ms)
                .bind(draft.expires_ms),
                1,
            ),
            Some(expected) => (
                sqlx::query(
                    "update portal.drafts
                     set kind = $2, payload = $3, expires_ms = $4, version = version + 1
                     where id = $1 and version = $5",
                )
                .bind(draft.id.as_str())
                .bind(draft.kind.as_str())
                .bind(draft.payload.as_str())
                .bind(draft.expires_ms)
                .bind(to_sql(expected)?),
                expected.saturating_add(1),
            ),
        };
        let put = put.execute(self.writer()?).await.map_err(did_not("keep the draft"))?;
        Ok(if put.rows_affected() == 1 { DraftPut::Kept(version) } else { DraftPut::Stale })
    }

    pub(in crate::store) async fn draft(&self, id: &str) -> Result<Option<Draft>> {
        let found: Option<DraftColumns> = sqlx::query_as(
            "select id, kind, payload, created_ms, expires_ms, version from portal.drafts where id = $1",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await
        .map_err(did_not("read a draft"))?;
        found.map(draft).transpose()
    }

    pub(in crate::store) async fn drafts_of_kind(&self, kind: &str) -> Result<Vec<Draft>> {
        let rows: Vec<DraftColumns> = sqlx::query_as(
            "select id, kind, payload, created_ms, expires_ms, version
             from portal.drafts
             where kind = $1
             order by created_ms, id",
        )
        .bind(kind)
        .fetch_all(&self.pool)
        .await
        .map_err(did_not("read drafts"))?;
        rows.into_iter().map(draft).collect()
    }

    pub(in crate::store) async fn close_draft(&self, id: &str) -> Result<bool> {
        let closed = sqlx::query("delete from portal.drafts where id = $1")
            .bind(id)
            .execute(self.writer()?)
            .await
            .map_err(did_not("close a draft"))?;
        Ok(closed.rows_affected() == 1)
    }

    pub(in crate::store) async fn put_link(&self, link: &MemberLink) -> Result<()> {
        sqlx::query(
            "insert into portal.member_links (secret_sha256, member, created_ms) values ($1, $2, $3)",
        )
        .bind(link.secret_sha256.as_slice())
        .bind(link.member.as_str())
        .bind(link.created_ms)
        .execute(self.writer()?)
        .await
        .map_err(did_not("keep a personal link"))?;
        Ok(())
    }

    pub(in crate::store) async fn member_of_link(
        &self,
        secret_sha256: [u8; 32],
    ) -> Result<Option<String>> {
        sqlx::query_scalar("select member from portal.member_links where secret_sha256 = $1")
            .bind(secret_sha256.as_slice())
            .fetch_optional(&self.pool)
            .await
            .map_err(did_not("read a personal link"))
    }

    pub(in crate::store) async fn close_links_of(&self, member: &str) -> Result<u64> {
        let closed = sqlx::query("delete from portal.member_links where member = $1")
            .bind(member)
            .execute(self.writer()?)
            .await
            .map_err(did_not("close personal links"))?;
        Ok(closed.rows_affected())
    }
}

fn session(columns: SessionColumns) -> Result<Session> {
    let (secret, who, role, csrf, created_ms, expires_ms) = columns;
    let secret_sha256 = hash_from_sql(&secret)?;
    Ok(Session { secret_sha256, who, role, csrf, created_ms, expires_ms })
}

pub(super) fn draft(columns: DraftColumns) -> Result<Draft> {
    let (id, kind, payload, created_ms, expires_ms, version) = columns;
    Ok(Draft { id, kind, payload, created_ms, expires_ms, version: from_sql(version)? })
}
