//! Several nodes on one book: the one that writes asks the witnesses, and all stop on an alarm.

use std::sync::Arc;
use std::time::Duration;

use ledger::log::witness::Answer;
use ledger::registrar::witness::read_policy;
use ledger::registrar::{Keys, Registrar, SubmitError};
use ledger::store::{Store, Target};
use support::{Coop, Database, day};

use super::watch::{Scripted, policy, under};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_nodes_the_one_that_writes_asks_and_all_stop() {
    let Some(database) = Database::new() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let target = Target::Postgres { url: database.url.clone() };
    let coop = Coop::open_in(&target, folder.path(), day("2026-03-01")).await;
    coop.registrar.leave().await;
    let witness = Scripted::default();
    let url = witness.listen().await;
    let mut coop = under(coop, &policy(&[(1, Some(&url))], "quorum t1\n")).await;
    let (other, third) = (second(&coop).await, second(&coop).await);
    coop.joins(1, 3).await.expect("this node writes");
    coop.registrar.watch_witnesses();
    other.watch_witnesses();
    third.watch_witnesses();
    let mut asked = 0;
    while asked == 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        asked = witness.was_asked().len();
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    asked += witness.was_asked().len();
    // On a busy machine the lease may change hands once; all three never ask in the same minute.
    assert!(asked < 3, "every node asked");

    let size = coop.registrar.book().size();
    witness.will_say([Answer::Conflict(Some(size + 9))]);
    coop.registrar.ask_witnesses().await;
    assert_eq!(coop.registrar.alarms().len(), 1);
    for _ in 0..100 {
        if !other.alarms().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(other.alarms(), coop.registrar.alarms(), "the other node has read it");
    coop.registrar = other;
    let halted = coop.joins(2, 3).await.expect_err("neither node writes");
    assert!(matches!(halted, SubmitError::Halted(_)), "{halted}");
}

/// Another process on the same book, in this one.
async fn second(coop: &Coop) -> Arc<Registrar> {
    let store = Store::open(&coop.target).await.expect("the book");
    let keys = Keys::load(&coop.data.join("keys")).expect("keys");
    let policy = read_policy(&coop.data, None).expect("a policy");
    let opened = Registrar::open_witnessed(store, keys, coop.clock.clone(), policy).await;
    opened.expect("it opens")
}
