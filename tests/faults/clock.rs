//! A clock that goes back an hour, forward ten years, stands still, or says nonsense: a leaf is refused or
//! taken by the rule, the order never changes, and nothing panics.
//!
//! `CLOCK_STEPS` is how many leaves are tried; `FAULT_SEED` repeats them.

use ledger::registrar::{Clock, SubmitError};
use support::Coop;

use crate::bench::{Chance, audited, number, say, seed};
use support::place;

const HOUR: i64 = 3_600_000;
/// How long a leaf may wait for its signatures: so far back its date may be (R25).
const PATIENCE: i64 = 7 * 24 * HOUR;
const YEARS: i64 = 3_652 * 24 * HOUR;

#[tokio::test]
async fn a_wrong_clock_never_reorders() {
    let (steps, seed) = (number("CLOCK_STEPS", 150), seed("FAULT_SEED"));
    let mut chance = Chance::of(seed);
    let mut coop = Coop::open().await;
    let begun = coop.clock.now_ms();
    let mut counts = [0_u64; 2];
    let mut latest = begun;
    let mut kept = Vec::new();
    for step in 0..steps {
        let now = coop.clock.now_ms();
        let then = match chance.below(14) {
            0 => now.saturating_sub(HOUR),
            1 if now < begun + 3 * YEARS => now.saturating_add(YEARS),
            2 => now.saturating_sub(YEARS),
            3 => now.saturating_sub(1),
            4 => i64::MIN,
            5 => i64::MAX,
            // Most of the time it is right again.
            6..=9 => latest,
            10 => now.saturating_add(1),
            _ => now,
        };
        coop.clock.advance_ms(then.wrapping_sub(now));
        let number = u16::try_from(step).expect("few");
        let now = coop.clock.now_ms();
        match coop.submit(place(number), &["bureau-1"]).await {
            Ok(receipt) => {
                assert!(now >= latest - PATIENCE, "step {step}: taken at {now}, after {latest}");
                latest = latest.max(now);
                kept.push(receipt.first);
                counts[0] += 1;
            }
            Err(SubmitError::Refused(refusal)) => {
                let words = refusal.to_string();
                assert!(words.contains(". ") && !words.is_empty(), "step {step}: {words}");
                counts[1] += 1;
            }
            Err(other) => panic!("step {step}, the clock says {now}: {other:?}"),
        }
        let dated = coop.registrar.book().state().recorded_ms;
        assert_eq!(dated, latest, "step {step}: what the book is dated never goes back");
        if chance.once_in(25) {
            coop = coop.restart().await;
        }
    }
    // Right again: it goes on.
    coop.clock.advance_ms(latest.wrapping_sub(coop.clock.now_ms()));
    coop.done(place(u16::MAX), &["bureau-1"]).await;
    let leaves = audited(&coop.target).await.expect("sound");
    let mut before = i64::MIN + PATIENCE;
    for bytes in &leaves {
        let dated = ledger::log::Leaf::parse(bytes).expect("a leaf").content.recorded_ms;
        assert!(dated >= before - PATIENCE, "a leaf is dated long before the one that it follows");
        before = before.max(dated);
    }
    assert!(kept.is_sorted(), "the order of the answers is that of the leaves");
    let [taken, refused] = counts;
    say(&format!(
        "clock: {steps} leaves tried (seed {seed}), {taken} taken, {refused} refused, 0 violations"
    ));
    assert!(taken > 0 && refused > 0, "both happen");
}
