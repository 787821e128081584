//! Laws of values: sums shared to the cent, numbers in words.

use ledger::base::{Amount, Weight, apportion, in_words, same_number_in_words};
use proptest::prelude::*;

proptest! {
    /// R87: the parts sum to the whole, each is within a cent of its exact share, and nobody
    /// without weight pays.
    #[test]
    fn what_is_shared_sums_to_the_cent(
        cents in 0_i64..10_000_000_000,
        weights in prop::collection::vec(0_u64..1_000_000, 1..80),
    ) {
        let sum: u64 = weights.iter().sum();
        prop_assume!(sum > 0);
        let weighed: Vec<Weight> = weights.iter().map(|weight| Weight::new(*weight)).collect();
        let parts = apportion(Amount::from_cents(cents), &weighed).expect("shared");
        prop_assert_eq!(Amount::sum(parts.iter().copied()), Ok(Amount::from_cents(cents)));
        for (part, weight) in parts.iter().zip(&weights) {
            let exact = i128::from(cents) * i128::from(*weight);
            let off = i128::from(part.cents()) * i128::from(sum) - exact;
            prop_assert!(off.abs() < i128::from(sum), "{part} for {weight} of {sum}");
            prop_assert!(*weight > 0 || part.is_zero());
        }
    }

    /// A heavier place never pays less.
    #[test]
    fn a_heavier_weight_never_bears_less(
        cents in 0_i64..1_000_000,
        weights in prop::collection::vec(1_u64..1_000, 2..20),
    ) {
        let weighed: Vec<Weight> = weights.iter().map(|weight| Weight::new(*weight)).collect();
        let parts = apportion(Amount::from_cents(cents), &weighed).expect("shared");
        for (part, weight) in parts.iter().zip(&weights) {
            for (other, lighter) in parts.iter().zip(&weights).filter(|(_, w)| *w < weight) {
                prop_assert!(part >= other, "{weight}: {part}, {lighter}: {other}");
            }
        }
    }

    /// R23: the words of a number name it and no other.
    #[test]
    fn words_name_one_number(number in 0_u32..200_000_000, other in 0_u32..200_000_000) {
        prop_assert!(same_number_in_words(&in_words(number), number));
        prop_assert_eq!(same_number_in_words(&in_words(number), other), number == other);
    }
}
