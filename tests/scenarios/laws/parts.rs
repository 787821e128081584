//! A snapshot and the leaves after it give the state that all leaves give.

use proptest::prelude::*;
use support::parted::{parts, put_together, same_from};

use super::asks::{asks, founded};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Invariant 4, from wherever a snapshot was taken.
    #[test]
    fn every_cut_of_any_book_goes_on_as_the_whole(allotted: bool, asked in asks(20)) {
        let mut book = founded(allotted);
        for ask in &asked {
            book.now_ms += 1 + ask.days_before() * 24 * 60 * 60 * 1000;
            let (command, offices) = ask.command(&book);
            let _ = book.perform(command, offices);
        }
        let tried = same_from(&book.leaves, |_| true);
        prop_assert_eq!(tried, Ok(book.leaves.len() + 1));
    }

    /// Parts of two sizes, or of other leaves, are no replay.
    #[test]
    fn parts_that_do_not_belong_together_are_refused(
        asked in asks(20),
        cut in any::<prop::sample::Index>(),
        which in 0..9_usize,
    ) {
        let mut book = founded(true);
        for ask in &asked {
            let (command, offices) = ask.command(&book);
            let _ = book.perform(command, offices);
        }
        let now = parts(&book.replay);
        prop_assert!(put_together(&now, &book.leaves).is_ok());
        let earlier = cut.index(book.leaves.len());
        let then = parts(&book.replayed(earlier));
        prop_assert!(put_together(&then, &book.leaves).is_err());
        prop_assert!(put_together(&now, &book.leaves[..earlier]).is_err());
        let mut mixed = now.clone();
        mixed[which] = then[which].clone();
        // The signed head is what binds the registers together; size and roots are bound here too.
        if let Ok(replay) = put_together(&mixed, &book.leaves) {
            prop_assert_eq!((replay.size(), replay.root()), (book.replay.size(), book.replay.root()));
        }
        let mut short = now;
        short[which].pop();
        prop_assert!(put_together(&short, &book.leaves).is_err());
    }
}
