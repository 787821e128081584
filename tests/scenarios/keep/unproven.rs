//! Rows that the tree does not prove, changed by hand: the word of a witness against the book, a
//! checkpoint that was shown, a personal value of somebody who is not erased. `fsck` names each.

use ledger::base::MemberRef;
use ledger::keep::fsck::Cure;
use ledger::store::Target;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use support::bits;
use support::cosigned::policy;

use super::flips::checked;
use super::said::contradicted;
use super::{Rows, engines};
use crate::verify::filled;

#[tokio::test]
async fn evidence_that_was_changed_or_is_of_nobody_known_is_named() {
    for engine in engines() {
        std::fs::write(engine.data.join("policy.txt"), policy()).expect("written");
        let coop = filled(engine.opened().await).await;
        contradicted(&coop).await;
        let row = coop.registrar.store().evidence().await.expect("read").remove(0);
        coop.registrar.leave().await;
        coop.registrar.store().close().await;
        let clean = checked(&engine.target, &engine.data).await;
        assert!(clean.is_clean() && clean.notes.is_empty(), "{clean:?}");
        assert_eq!(clean.evidence, 1);

        let mut rows = Rows::of(&engine.target).await;
        let undo = format!(
            "update evidence set witness = '{}', witnessed = {}, ours = {}, status = {} where id > 0",
            row.witness, row.witnessed, row.ours, row.status
        );
        for harm in
            ["witness = 'x'", "witnessed = witnessed + 1", "ours = witnessed", "status = 422"]
        {
            rows.force("evidence", &format!("update evidence set {harm} where id > 0")).await;
            let found = checked(&engine.target, &engine.data).await;
            assert_eq!(found.faults.len(), 1, "{harm}: {:?}", found.faults);
            let fault = found.faults.first().expect("one");
            assert!(fault.what.starts_with("preuve 1 contre le livre"), "{harm}: {fault}");
            assert_eq!(fault.cure, Cure::Auditor);
            rows.force("evidence", &undo).await;
        }
        // Each byte of what was asked is under the log's signature or proof; of the answer, in its size.
        for (column, sound) in [("request", &row.request), ("answer", &row.answer)] {
            for at in 0..sound.len() {
                let mut bytes = sound.clone();
                bytes[at] ^= 1 << (at % 8);
                rows.put(column, "evidence", "id > 0", &bytes).await;
                let found = checked(&engine.target, &engine.data).await;
                assert_eq!(found.faults.len(), 1, "{column} {at}: {:?}", found.faults);
            }
            rows.put(column, "evidence", "id > 0", sound).await;
        }
        rows.close().await;
        assert!(checked(&engine.target, &engine.data).await.is_clean());

        // A node that lacks the policy of the others does not stop for it: that is said.
        std::fs::remove_file(engine.data.join("policy.txt")).expect("removed");
        let alone = checked(&engine.target, &engine.data).await;
        assert!(alone.is_clean(), "{:?}", alone.faults);
        let said =
            |note: &String| note.contains("1 preuves contre le livre") && note.contains("nœud");
        assert!(alone.notes.iter().any(said), "{:?}", alone.notes);
    }
}

#[tokio::test]
async fn a_checkpoint_that_was_shown_and_is_gone_is_named() {
    for engine in engines() {
        let coop = filled(engine.opened().await).await;
        coop.registrar.leave().await;
        let last = coop.registrar.store().latest_checkpoint().await.expect("read").expect("one");
        let size = coop.registrar.book().size();
        coop.registrar.store().close().await;
        assert_eq!(last.size, size);
        let mut rows = Rows::of(&engine.target).await;
        let gone = format!("delete from checkpoints where size = {size}");
        rows.force("checkpoints", &gone).await;
        rows.close().await;
        let found = checked(&engine.target, &engine.data).await;
        // By the last checkpoint seen, and by the state of the signer.
        assert_eq!(found.faults.len(), 2, "{:?}", found.faults);
        for fault in &found.faults {
            let named = format!("point de contrôle de taille {size} : la ligne manque");
            assert!(fault.what.starts_with(&named), "{fault}");
            assert_eq!(fault.cure, Cure::Start);
        }
        // And a start is the cure: the same signature again.
        let coop = coop.restart().await;
        assert_eq!(coop.registrar.store().latest_checkpoint().await, Ok(Some(last)));
        coop.registrar.leave().await;
        coop.registrar.store().close().await;
        assert!(checked(&engine.target, &engine.data).await.is_clean());
    }
}

/// Runs a statement on the vault of a book that nobody works with.
async fn in_the_vault(target: &Target, statement: &str) {
    match target {
        Target::Folder(folder) => {
            let options = SqliteConnectOptions::new().filename(folder.join("vault.db"));
            let mut vault = options.connect().await.expect("the file opens");
            let statement = statement.replace("vault.", "");
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut vault).await.expect("it runs");
            vault.close().await.expect("goodbye");
        }
        Target::Postgres { url } => {
            let mut vault = PgConnection::connect(url).await.expect("the server answers");
            let statement = statement.to_owned();
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut vault).await.expect("it runs");
            vault.close().await.expect("goodbye");
        }
    }
}

#[tokio::test]
async fn a_value_of_somebody_who_is_not_erased_and_is_gone_is_named() {
    for engine in engines() {
        let coop = filled(engine.opened().await).await;
        coop.registrar.leave().await;
        coop.registrar.store().close().await;
        let member = MemberRef::from_random(bits(2));
        let of = format!("from vault.private_values where owner = '{member}'");
        let one = format!("delete {of} and digest = (select min(digest) {of})");
        let all = format!("delete {of}; delete from vault.private_keys where owner = '{member}'");
        for harm in [one, all] {
            in_the_vault(&engine.target, &harm).await;
            let found = checked(&engine.target, &engine.data).await;
            assert_eq!(found.faults.len(), 1, "{harm}: {:?}", found.faults);
            let fault = found.faults.first().expect("one");
            assert!(fault.what.contains(member.as_str()), "{fault}");
            assert!(fault.what.contains("n’est pas effacé"), "{fault}");
        }
    }
}
