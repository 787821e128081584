//! The example's calendar: facts are recorded on their own days, none after today.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use ledger::base::{Day, FiscalYear};
use ledger::registrar::Clock;

/// A clock that the story moves; shared with [`Calendar`].
pub(super) struct DemoClock(pub(super) Arc<AtomicI64>);

impl Clock for DemoClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Milliseconds in a day.
const DAY_MS: i64 = 86_400_000;

/// Half past eight in the morning, in milliseconds.
const MORNING_MS: i64 = 30_600_000;

/// The year of the story ends today, whatever the day it is started on.
pub(super) struct Calendar {
    now_ms: i64,
    today: Day,
    instant: Arc<AtomicI64>,
}

impl Calendar {
    pub(super) fn ending_now(now_ms: i64, instant: Arc<AtomicI64>) -> Self {
        let today = Day::of_unix_ms(now_ms).unwrap_or(Day::EPOCH);
        instant.store(now_ms, Ordering::SeqCst);
        Self { now_ms, today, instant }
    }

    /// The fiscal year of today: year 0 of the study's budget.
    pub(super) fn year(&self) -> FiscalYear {
        FiscalYear::of(self.today)
    }

    /// Moves the clock to that day of this year, or leaves it where it is if that would be going
    /// back, or stops it at this very moment if the day has not come yet. Gives the day reached.
    pub(super) fn this_year(&self, month: u32, day: u32) -> Day {
        self.reach(self.year().number(), month, day)
    }

    /// The same, a year earlier.
    pub(super) fn previous_year(&self, month: u32, day: u32) -> Day {
        let wanted = self.day(self.year().number().saturating_sub(1), month, day);
        self.instant.store(self.morning(wanted), Ordering::SeqCst);
        wanted
    }

    fn reach(&self, year: i32, month: u32, day: u32) -> Day {
        let wanted = self.morning(self.day(year, month, day)).min(self.now_ms);
        let reached = self.instant.fetch_max(wanted, Ordering::SeqCst).max(wanted);
        Day::of_unix_ms(reached).unwrap_or(self.today)
    }

    fn day(&self, year: i32, month: u32, day: u32) -> Day {
        Day::new(year, month, day).unwrap_or(self.today)
    }

    fn morning(&self, day: Day) -> i64 {
        let mut distance = 0_i64;
        let mut at = day;
        while at < self.today {
            at = at.plus_days(1);
            distance = distance.saturating_add(1);
        }
        let midnight = self.now_ms.saturating_sub(self.now_ms.rem_euclid(DAY_MS));
        midnight.saturating_sub(distance.saturating_mul(DAY_MS)).saturating_add(MORNING_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_fact_is_dated_after_today() {
        let second_of_january = 1_767_312_000_000 + 3_600_000;
        let instant = Arc::new(AtomicI64::new(0));
        let calendar = Calendar::ending_now(second_of_january, Arc::clone(&instant));
        calendar.previous_year(12, 1);
        assert_eq!(calendar.this_year(6, 30).to_string(), "2026-01-02");
        assert!(instant.load(Ordering::SeqCst) <= second_of_january);
    }

    #[test]
    fn the_clock_never_goes_back() {
        let instant = Arc::new(AtomicI64::new(0));
        let calendar = Calendar::ending_now(1_795_000_000_000, Arc::clone(&instant));
        calendar.previous_year(12, 1);
        assert_eq!(calendar.this_year(3, 5).to_string(), "2026-03-05");
        assert_eq!(calendar.this_year(2, 1).to_string(), "2026-03-05");
    }
}
