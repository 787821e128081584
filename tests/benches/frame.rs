//! What every measure has in common: time, a table of figures beside their limits, the machine.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

/// What the environment says under that name.
#[expect(clippy::disallowed_methods, reason = "a measure is told its size by its environment")]
pub(crate) fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A number of the environment, or the usual one.
pub(crate) fn figure(name: &str, usual: u64) -> u64 {
    setting(name).map_or(usual, |text| text.parse().expect("a whole number"))
}

/// How long it takes, and what it gives.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let made = work();
    (start.elapsed(), made)
}

/// How many a second.
pub(crate) fn rate(count: u64, time: Duration) -> u64 {
    let nanos = time.as_nanos().max(1);
    u64::try_from(u128::from(count) * 1_000_000_000 / nanos).unwrap_or(u64::MAX)
}

/// Nanoseconds for each.
pub(crate) fn each(count: u64, time: Duration) -> u64 {
    u64::try_from(time.as_nanos() / u128::from(count.max(1))).unwrap_or(u64::MAX)
}

/// One measure.
struct Row {
    what: String,
    found: String,
    beside: String,
}

/// What was measured, in order.
pub(crate) struct Table {
    title: String,
    rows: Vec<Row>,
}

impl Table {
    pub(crate) fn new(title: String) -> Self {
        Self { title, rows: Vec::new() }
    }

    /// A figure that nothing bounds.
    pub(crate) fn tell(&mut self, what: &str, found: impl fmt::Display) {
        self.rows.push(Row { what: what.into(), found: found.to_string(), beside: String::new() });
    }

    /// A rate beside the rate that bounds it, and the part of it that is reached.
    pub(crate) fn beside(&mut self, what: &str, found: u64, limit: u64, of: &str) {
        let part = found.saturating_mul(100) / limit.max(1);
        self.rows.push(Row {
            what: what.into(),
            found: format!("{}/s", grouped(found)),
            beside: format!("{part} % of {}/s {of}", grouped(limit)),
        });
    }
}

/// Thousands apart: `1 234 567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Milliseconds, or microseconds when it is short.
pub(crate) fn spell(time: Duration) -> String {
    let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    if micros < 10_000 {
        format!("{} µs", grouped(micros))
    } else {
        format!("{} ms", grouped(micros / 1000))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}\n", self.title)?;
        let width = self.rows.iter().map(|row| row.what.chars().count()).max().unwrap_or(0);
        let found = self.rows.iter().map(|row| row.found.chars().count()).max().unwrap_or(0);
        for row in &self.rows {
            writeln!(f, "{:<width$}  {:>found$}  {}", row.what, row.found, row.beside)?;
        }
        Ok(())
    }
}

/// The processor, its cores, and how long the folder's disk takes to make four kilobytes durable.
pub(crate) fn machine(folder: &Path) -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let model = model.trim_start_matches(['\t', ' ', ':']);
    format!(
        "{model}, {} cores; SQLite in WAL with synchronous=FULL (fdatasync), \
         fdatasync of 4 KB: {} (median of 50)",
        cores(),
        spell(fsync(folder))
    )
}

/// How many threads run at once.
pub(crate) fn cores() -> u64 {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u64::try_from(cores).unwrap_or(1)
}

/// The median time to append four kilobytes and wait for the disk.
pub(crate) fn fsync(folder: &Path) -> Duration {
    use std::io::Write;
    let path = folder.join("fsync.probe");
    let mut file = std::fs::File::create(&path).expect("a file");
    let mut times: Vec<Duration> = (0..50)
        .map(|_| {
            timed(|| {
                file.write_all(&[7; 4096]).expect("written");
                file.sync_data().expect("synced");
            })
            .0
        })
        .collect();
    std::fs::remove_file(&path).expect("removed");
    times.sort();
    times.get(25).copied().unwrap_or_default()
}

/// The memory that the process holds, in bytes.
pub(crate) fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024
}
