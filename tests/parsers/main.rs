//! Every parser against damaged samples, for a moment; `cargo fuzz` goes on with the same functions.
//!
//! The damage is seeded: the n-th input is the same in every run. `FUZZ_MS` says for how many
//! milliseconds each parser is fed.

#![expect(clippy::print_stdout, reason = "how much was fed is said")]

#[path = "../fuzz/targets.rs"]
#[expect(unreachable_pub, reason = "they are public in the fuzzer's own crate")]
mod targets;

mod samples;
mod state;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use support::Mutator;

use samples::samples;

/// Milliseconds for each parser when nothing else is said.
const MOMENT: u64 = 500;

#[expect(clippy::disallowed_methods, reason = "how long a run is, is said from outside")]
fn moment() -> Duration {
    let asked = std::env::var("FUZZ_MS").ok().and_then(|text| text.parse().ok());
    Duration::from_millis(asked.unwrap_or(MOMENT))
}

/// Feeds samples, then damaged ones until time is up; the input that breaks a promise is shown.
fn feed(name: &str, samples: &[Vec<u8>], target: impl Fn(&[u8])) {
    assert!(!samples.is_empty(), "{name} has no samples");
    let (mut random, begun, until) = (Mutator::new(1), Instant::now(), moment());
    let mut fed = 0_usize;
    while fed < samples.len() || begun.elapsed() < until {
        let input = samples.get(fed).cloned().unwrap_or_else(|| random.damaged(samples));
        let held = catch_unwind(AssertUnwindSafe(|| target(&input)));
        assert!(held.is_ok(), "{name}, input {fed}: b\"{}\"", input.escape_ascii());
        fed += 1;
    }
    println!("{name}: {fed} inputs");
}

macro_rules! fed {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let name = stringify!($name);
            feed(name, &samples(name), |data| targets::run(name, data));
        }
    )*};
}

fed!(note checkpoint proof policy request answer tile_path bundle leaf json disclosure camt);

#[test]
fn every_target_has_its_test_and_its_program() {
    let manifest = include_str!("../fuzz/Cargo.toml");
    let tests = include_str!("main.rs");
    for (name, _) in targets::TARGETS {
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"run.rs\"")), "{name}");
        assert!(tests.contains(&format!(" {name} ")) || name == "note" || name == "camt", "{name}");
    }
}

#[test]
#[ignore = "writes the samples where `cargo fuzz` begins"]
fn write_the_corpus() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, _) in targets::TARGETS {
        let folder = root.join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        for (at, sample) in samples(name).iter().enumerate() {
            std::fs::write(folder.join(format!("sample-{at}")), sample).expect("written");
        }
    }
}
