//! Two writers cannot both extend the same head, whoever is first.

use ledger::store::{AppendError, Batch, Failure, Head, SealedKey, Store, Submission, Target};
use sqlx::{AssertSqlSafe, Connection};
use support::Database;
use tokio::task::JoinSet;

use super::engine::{Place, batch, empty, on_postgres};

on_both_engines!(
    of_two_writers_on_one_head_exactly_one_wins,
    many_writers_make_one_history,
    a_writer_who_gives_up_leaves_the_head_free,
    a_commit_that_fails_is_taken_neither_for_done_nor_for_not_done,
);

async fn of_two_writers_on_one_head_exactly_one_wins(place: Place) {
    let one = place.book().await;
    let two = Store::open(&place.target).await.expect("opened");
    let mut head = empty();
    for round in 0..40 {
        let (left, right) = (batch(head, 1, 1 + round % 3), batch(head, 2, 1 + round % 2));
        let (left_won, right_won) = tokio::join!(one.append(&left), two.append(&right));
        let (winner, loser) = match (left_won, right_won) {
            (Ok(()), Err(lost)) => (left, lost),
            (Err(lost), Ok(())) => (right, lost),
            both => unreachable!("one winner a round, not {both:?}"),
        };
        assert_eq!(loser, AppendError::HeadMoved(winner.head));
        head = winner.head;
        assert_eq!((one.head().await, two.head().await), (Ok(head), Ok(head)));
    }
    one.close().await;
    two.close().await;
}

async fn many_writers_make_one_history(place: Place) {
    const BATCHES: u64 = 12;
    let book = place.book().await;
    let mut writers = JoinSet::new();
    for author in 1..=4 {
        let own = Store::open(&place.target).await.expect("opened");
        writers.spawn(async move {
            let mut won: Vec<Batch> = Vec::new();
            let mut head: Head = own.head().await.expect("head");
            while u64::try_from(won.len()).expect("small") < BATCHES {
                let next = batch(head, author, 2);
                match own.append(&next).await {
                    Ok(()) => {
                        head = next.head;
                        won.push(next);
                    }
                    Err(AppendError::HeadMoved(moved)) => head = moved,
                    Err(other) => unreachable!("{other}"),
                }
            }
            own.close().await;
            won
        });
    }
    let mut won: Vec<Batch> = writers.join_all().await.into_iter().flatten().collect();
    won.sort_by_key(|batch| batch.base.size);
    // Laid end to end, what was acknowledged is the log: nothing lost, nothing twice.
    let mut head = empty();
    let mut leaves = Vec::new();
    for batch in won {
        assert_eq!(batch.base, head);
        head = batch.head;
        leaves.extend(batch.leaves.into_iter().map(|row| row.leaf));
    }
    assert_eq!(book.head().await, Ok(head));
    assert_eq!(book.leaves(0, 4 * BATCHES * 2).await, Ok(leaves));
    book.close().await;
}

async fn a_writer_who_gives_up_leaves_the_head_free(place: Place) {
    let one = place.book().await;
    let two = Store::open(&place.target).await.expect("opened");
    for round in 0..30 {
        let head = two.head().await.expect("head");
        let dropped = batch(head, 1, 300);
        {
            let mut under_way = std::pin::pin!(one.append(&dropped));
            // Cut off after a few steps: at a different place each round.
            for _ in 0..round % 8 {
                let step = std::future::poll_fn(|context| {
                    std::task::Poll::Ready(under_way.as_mut().poll(context).is_ready())
                });
                if step.await {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        // Whole or not at all, then the next one is at home.
        let found = one.head().await.expect("head");
        assert!(found == head || found == dropped.head, "half a batch");
        match two.append(&batch(found, 2, 1)).await {
            Ok(()) => {}
            // The last step of the batch given up was still under way.
            Err(AppendError::HeadMoved(moved)) => assert_eq!(moved, dropped.head),
            Err(other) => unreachable!("{other}"),
        }
    }
    let size = two.head().await.expect("head").size;
    assert!(two.leaves(0, size).await.is_ok());
    one.close().await;
    two.close().await;
}

async fn a_commit_that_fails_is_taken_neither_for_done_nor_for_not_done(place: Place) {
    let book = place.book().await;
    let first = batch(empty(), 1, 1);
    book.append(&first).await.expect("appended");
    // A check that both engines make at the very end of the database transaction.
    place
        .by_hand(
            "create table wall (idx references leaves (idx) deferrable initially deferred);
             create trigger late after insert on leaves
             begin insert into wall values (-1); end;",
            "create table book.wall (idx bigint references book.leaves deferrable initially deferred);
             create function book.late() returns trigger language plpgsql as
             $$ begin insert into book.wall values (-1); return null; end $$;
             create trigger late after insert on book.leaves
             for each row execute function book.late();",
        )
        .await
        .expect("done by hand");
    let second = batch(first.head, 1, 1);
    let unknown = book.append(&second).await.expect_err("the commit fails");
    assert!(matches!(unknown, AppendError::OutcomeUnknown(Failure::Database { .. })), "{unknown}");
    // This time it was not done, and the connection is fit for more.
    assert_eq!(book.head().await, Ok(first.head));
    place
        .by_hand("drop trigger late; drop table wall;", "drop trigger late on book.leaves")
        .await
        .expect("done by hand");
    book.append(&second).await.expect("appended");
    book.close().await;
}

#[tokio::test]
async fn a_session_that_the_server_ends_is_replaced() {
    on_postgres(async |place: Place| {
        let book = place.book().await;
        let first = batch(empty(), 1, 1);
        book.append(&first).await.expect("appended");
        let others = "select pg_terminate_backend(pid) from pg_stat_activity
                      where datname = current_database() and pid <> pg_backend_pid()";
        place.by_hand("", others).await.expect("ended");
        assert_eq!(book.head().await, Ok(first.head));
        book.append(&batch(first.head, 1, 1)).await.expect("appended");
        book.close().await;
    })
    .await;
}

/// A node that is paused in mid-transaction holds the head for seconds, not for ever; when it
/// comes back, it finds that it has lost.
#[tokio::test]
async fn a_paused_writer_does_not_hold_the_head_for_ever() {
    on_postgres(async |place: Place| {
        let one = place.book().await;
        let two = Store::open(&place.target).await.expect("opened");
        let mut head = empty();
        // A batch may pass unseen between two looks: then the next one is tried.
        let (first, paused) = loop {
            let next = batch(head, 1, 1);
            let (book, given) = (&one, next.clone());
            let mut under_way = Box::pin(async move { book.append(&given).await });
            let mut done = false;
            while !done && !holds_the_head(&place).await {
                done = std::future::poll_fn(|context| {
                    std::task::Poll::Ready(under_way.as_mut().poll(context).is_ready())
                })
                .await;
            }
            if !done {
                break (next, under_way);
            }
            head = next.head;
        };
        let second = batch(head, 2, 2);
        two.append(&second).await.expect("appended while the other is paused");
        let lost = paused.await.expect_err("its session is over");
        assert!(!matches!(lost, AppendError::HeadMoved(_)), "{lost}");
        // And is itself again.
        assert_eq!(one.append(&first).await, Err(AppendError::HeadMoved(second.head)));
        one.append(&batch(second.head, 1, 1)).await.expect("appended");
        one.close().await;
        two.close().await;
    })
    .await;
}

/// Whether some session has changed the head and not ended its transaction.
async fn holds_the_head(place: &Place) -> bool {
    let Target::Postgres { url } = &place.target else { unreachable!("a server") };
    let mut connection = sqlx::PgConnection::connect(url).await.expect("connected");
    let held = sqlx::query_scalar(
        // A transaction has a number once it has changed a row: the first that `append` changes.
        "select exists (
             select from pg_stat_activity
             where datname = current_database() and backend_xid is not null
         )",
    )
    .fetch_one(&mut connection)
    .await
    .expect("locks");
    connection.close().await.expect("closed");
    held
}

/// The rights of migrations/README.md are enough, and no more than enough.
#[tokio::test]
async fn the_portal_needs_no_right_to_change_the_log() {
    on_postgres(async |place: Place| {
        place.book().await.close().await;
        let Target::Postgres { url } = &place.target else { unreachable!("a server") };
        let (server, database) = url.rsplit_once('/').expect("an address");
        let login = format!("login_{database}");
        let rights = format!(
            "drop role if exists {login}; create role {login} login;
             grant usage on schema book, vault, portal to {login};
             grant select, insert on all tables in schema book to {login};
             grant update on book.head, book.tiles to {login};
             grant select, insert, update, delete on all tables in schema vault to {login};
             grant select, insert, update, delete on all tables in schema portal to {login};"
        );
        place.by_hand("", &rights).await.expect("granted");
        let host = server.rsplit_once('@').map_or(server, |(_, host)| host);
        let host = host.trim_start_matches("postgres://");
        let own = format!("postgres://{login}@{host}/{database}");
        let book = Store::open(&Target::Postgres { url: own.clone() }).await.expect("opened");
        let first = batch(empty(), 1, 3);
        book.append(&first).await.expect("appended");
        book.append(&batch(first.head, 1, 3)).await.expect("appended");
        let key = SealedKey { owner: "m_1".to_owned(), sealed: vec![1] };
        book.put_private(Some(&key), &[]).await.expect("kept");
        // The server would not write the tables anew for this login, and would not say so.
        let erased = book.erase_private(&["m_1"], &[]).await.expect_err("not its tables");
        assert!(matches!(erased, Failure::ErasureIncomplete(_)), "{erased}");
        assert_eq!(book.sweep(0).await, Ok(0));
        book.close().await;
        let mut connection = sqlx::PgConnection::connect(&own).await.expect("connected");
        for beyond in [
            "update book.leaves set idx = 9",
            "delete from book.tiles",
            "truncate book.checkpoints",
            "alter table book.leaves disable trigger all",
        ] {
            let refused = sqlx::raw_sql(AssertSqlSafe(beyond))
                .execute(&mut connection)
                .await
                .expect_err(beyond);
            let refusal = refused.into_database_error().expect("the server's words");
            assert_eq!(refusal.code().as_deref(), Some("42501"), "{beyond}");
        }
        connection.close().await.expect("closed");
        let undone = format!("drop owned by {login}; drop role {login}");
        place.by_hand("", &undone).await.expect("removed");
    })
    .await;
}

#[tokio::test]
async fn a_submission_that_waits_is_taken_again_when_the_queue_is_full() {
    let Some(database) = Database::new() else { return };
    let book = Store::create(&Target::Postgres { url: database.url.clone() }).await.expect("made");
    let handed = |id: u8| Submission { id: [id; 16], node: "n".into(), leaves: vec![vec![id]] };
    assert_eq!(book.hand_in(&handed(1), 1).await, Ok(true));
    assert_eq!(book.hand_in(&handed(2), 1).await, Ok(false), "full");
    assert_eq!(book.hand_in(&handed(1), 1).await, Ok(true), "it waits already");
    let other = Submission { leaves: vec![vec![9]], ..handed(1) };
    assert_eq!(book.hand_in(&other, 1).await, Ok(false), "other leaves under its id");
    book.settle(&[], &[[1; 16]]).await.expect("refused");
    assert_eq!(book.hand_in(&handed(2), 1).await, Ok(true), "there is room again");
    assert_eq!(book.hand_in(&handed(1), 1).await, Ok(false), "it waits no more");
    book.close().await;
}
