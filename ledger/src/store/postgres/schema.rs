//! What guards the rows on the server: our triggers as the server itself writes them out, and nothing
//! beside them that could change, hide or let pass a row. What is wrong is said in French: `fsck` prints
//! it.

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Postgres, Transaction};

use super::PostgresStore;
use crate::store::failure::{Result, did_not};
use crate::store::migration::POSTGRES;

/// Each trigger as `pg_get_triggerdef` gives it, under the migration that makes it.
const TRIGGERS: &[(&str, &[&str])] = &[
    (
        "0001_log",
        &[
            "CREATE TRIGGER leaves_never_change BEFORE DELETE OR UPDATE ON book.leaves \
             FOR EACH ROW EXECUTE FUNCTION book.refuse()",
            "CREATE TRIGGER leaves_stay BEFORE TRUNCATE ON book.leaves \
             FOR EACH STATEMENT EXECUTE FUNCTION book.refuse()",
            "CREATE TRIGGER checkpoints_never_change BEFORE DELETE OR UPDATE ON book.checkpoints \
             FOR EACH ROW EXECUTE FUNCTION book.refuse()",
            "CREATE TRIGGER checkpoints_stay BEFORE TRUNCATE ON book.checkpoints \
             FOR EACH STATEMENT EXECUTE FUNCTION book.refuse()",
            "CREATE TRIGGER tiles_only_grow BEFORE UPDATE ON book.tiles FOR EACH ROW \
             WHEN (((new.level <> old.level) OR (new.n <> old.n) OR \
             (substr(new.hashes, 1, length(old.hashes)) <> old.hashes))) \
             EXECUTE FUNCTION book.refuse()",
            "CREATE TRIGGER tiles_stay BEFORE DELETE ON book.tiles \
             FOR EACH ROW EXECUTE FUNCTION book.refuse()",
            "CREATE TRIGGER tiles_are_not_emptied BEFORE TRUNCATE ON book.tiles \
             FOR EACH STATEMENT EXECUTE FUNCTION book.refuse()",
            "CREATE TRIGGER head_only_advances BEFORE UPDATE ON book.head FOR EACH ROW \
             WHEN ((new.size <= old.size)) EXECUTE FUNCTION book.refuse()",
            "CREATE TRIGGER head_stays BEFORE DELETE ON book.head \
             FOR EACH ROW EXECUTE FUNCTION book.refuse()",
            "CREATE TRIGGER head_is_not_emptied BEFORE TRUNCATE ON book.head \
             FOR EACH STATEMENT EXECUTE FUNCTION book.refuse()",
        ],
    ),
    (
        "0007_cosignatures",
        &[
            "CREATE TRIGGER cosignatures_never_change BEFORE DELETE OR UPDATE ON book.cosignatures \
             FOR EACH ROW EXECUTE FUNCTION book.refuse()",
            "CREATE TRIGGER cosignatures_stay BEFORE TRUNCATE ON book.cosignatures \
             FOR EACH STATEMENT EXECUTE FUNCTION book.refuse()",
            "CREATE TRIGGER evidence_never_changes BEFORE DELETE OR UPDATE ON book.evidence \
             FOR EACH ROW EXECUTE FUNCTION book.refuse()",
            "CREATE TRIGGER evidence_stays BEFORE TRUNCATE ON book.evidence \
             FOR EACH STATEMENT EXECUTE FUNCTION book.refuse()",
        ],
    ),
];

impl PostgresStore {
    pub(in crate::store) async fn engine_faults(&self) -> Result<Vec<String>> {
        let failed = did_not("check the schema");
        let mut reader = self.pool.acquire().await.map_err(&failed)?;
        let mut moment = reader
            .begin_with("begin isolation level repeatable read read only")
            .await
            .map_err(&failed)?;
        // The server leaves out the schema of a name that the session would find by itself.
        sqlx::raw_sql("set local search_path = pg_catalog")
            .execute(&mut *moment)
            .await
            .map_err(&failed)?;
        let mut faults = triggers(&mut moment).await?;
        faults.extend(functions(&mut moment).await?);
        faults.extend(others(&mut moment).await?);
        Ok(faults)
    }
}

/// Our triggers that are not there as they were made, and those that are not ours.
async fn triggers(moment: &mut Transaction<'_, Postgres>) -> Result<Vec<String>> {
    let failed = did_not("check the schema");
    let applied: Vec<String> = sqlx::query_scalar("select name from book.migrations")
        .fetch_all(&mut **moment)
        .await
        .map_err(&failed)?;
    let found: Vec<(String, String, bool)> = sqlx::query_as(
        "select t.tgname::text, pg_get_triggerdef(t.oid), t.tgenabled in ('O', 'A')
         from pg_trigger as t
         join pg_class as c on c.oid = t.tgrelid
         join pg_namespace as n on n.oid = c.relnamespace
         where n.nspname in ('book', 'vault', 'portal') and not t.tgisinternal
         order by 1, 2",
    )
    .fetch_all(&mut **moment)
    .await
    .map_err(&failed)?;
    let ours: Vec<&str> = TRIGGERS
        .iter()
        .filter(|(migration, _)| applied.iter().any(|name| name == migration))
        .flat_map(|(_, texts)| texts.iter().copied())
        .collect();
    let mut faults = Vec::new();
    for text in &ours {
        if !found.iter().any(|(_, there, on)| there == text && *on) {
            let name = text.split_whitespace().nth(2).unwrap_or_default();
            faults.push(format!(
                "le déclencheur {name} du schéma manque, est coupé ou en est un autre"
            ));
        }
    }
    for (name, text, _) in found.iter().filter(|(_, text, _)| !ours.contains(&text.as_str())) {
        let table = text.split(" ON ").nth(1).and_then(|rest| rest.split(' ').next());
        let table = table.unwrap_or_default();
        faults.push(format!("le déclencheur {name} de {table} n’est pas de notre schéma"));
    }
    Ok(faults)
}

/// The one function that refuses, if it is another than ours, and every one that is not ours.
async fn functions(connection: &mut PgConnection) -> Result<Vec<String>> {
    let ours = POSTGRES.iter().find_map(|migration| migration.sql.split("$$").nth(1));
    let found: Vec<(String, String, bool)> = sqlx::query_as(
        "select n.nspname || '.' || p.proname, p.prosrc,
             n.nspname = 'book' and p.proname = 'refuse' and p.pronargs = 0 and p.prokind = 'f'
                 and l.lanname = 'plpgsql' and p.proconfig is null and not p.prosecdef
         from pg_proc as p
         join pg_namespace as n on n.oid = p.pronamespace
         join pg_language as l on l.oid = p.prolang
         where n.nspname in ('book', 'vault', 'portal')
         order by 1, 2",
    )
    .fetch_all(connection)
    .await
    .map_err(did_not("check the schema"))?;
    let own = |(_, source, like_ours): &&(String, String, bool)| {
        *like_ours && Some(source.as_str()) == ours
    };
    let mut faults = Vec::new();
    if !found.iter().any(|function| own(&function)) {
        faults.push("la fonction book.refuse du schéma manque ou en est une autre".to_owned());
    }
    for (name, ..) in found.iter().filter(|function| !own(function)) {
        faults.push(format!("la fonction {name} n’est pas de notre schéma"));
    }
    Ok(faults)
}

/// Rules, policies, views; indices and constraints that the server does not rely on, or has put off.
async fn others(connection: &mut PgConnection) -> Result<Vec<String>> {
    let found: Vec<(String, String)> = sqlx::query_as(
        "with ours as (select oid from pg_namespace where nspname in ('book', 'vault', 'portal'))
         select 'la règle ' || r.rulename || ' de ' || c.relname, 'n’est pas de notre schéma'
         from pg_rewrite as r join pg_class as c on c.oid = r.ev_class
         where c.relnamespace in (select oid from ours)
         union all
         select 'la politique ' || p.polname || ' de ' || c.relname, 'n’est pas de notre schéma'
         from pg_policy as p join pg_class as c on c.oid = p.polrelid
         where c.relnamespace in (select oid from ours)
         union all
         select 'une référence de ' || c.relname, 'n’est plus vérifiée'
         from pg_trigger as t join pg_class as c on c.oid = t.tgrelid
         where c.relnamespace in (select oid from ours)
             and t.tgisinternal and t.tgenabled not in ('O', 'A')
         union all
         select c.relname::text, 'n’est pas valide'
         from pg_index as i join pg_class as c on c.oid = i.indexrelid
         where c.relnamespace in (select oid from ours) and not (i.indisvalid and i.indisready)
         union all
         select k.conname::text, 'n’est pas valide'
         from pg_constraint as k
         where k.connamespace in (select oid from ours) and not k.convalidated
         order by 1, 2",
    )
    .fetch_all(connection)
    .await
    .map_err(did_not("check the schema"))?;
    Ok(found.into_iter().map(|(what, why)| format!("{what} {why}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trigger_of_the_migrations_is_in_the_list_under_its_own() {
        for migration in POSTGRES {
            let made = migration.sql.split("create trigger ").skip(1);
            let mut made: Vec<&str> =
                made.filter_map(|text| text.split_whitespace().next()).collect();
            let listed = TRIGGERS.iter().find(|(name, _)| *name == migration.name);
            let listed = listed.map_or(&[][..], |(_, texts)| texts);
            let mut listed: Vec<&str> =
                listed.iter().filter_map(|text| text.split_whitespace().nth(2)).collect();
            made.sort_unstable();
            listed.sort_unstable();
            assert_eq!(made, listed, "{}", migration.name);
        }
    }
}
