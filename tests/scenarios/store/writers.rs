//! Two writers cannot both extend the same head, whoever is first.

use ledger::store::{AppendError, Batch, Head, Store};
use tokio::task::JoinSet;

use super::engine::{Place, batch, empty};

on_both_engines!(
    of_two_writers_on_one_head_exactly_one_wins,
    many_writers_make_one_history,
    a_writer_who_gives_up_leaves_the_head_free,
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
