//! What bounds the log: bare signatures and bare hashes, on one core and on all.

use std::time::{Duration, Instant};

use ed25519_dalek::{Signer as _, SigningKey};
use ledger::log::hash::sha256;

use crate::frame::{Table, cores, grouped, rate};

/// How long a bare rate is measured.
const FOR: Duration = Duration::from_millis(1_500);
/// The text of a leaf is about this long.
const TEXT: usize = 800;
/// So many different signatures are verified in turn: over one alone, the processor would learn its way.
const SIGNATURES: usize = 1_000;

/// The bare rates, a second.
pub(crate) struct Limits {
    /// Strict verifications on one core.
    pub(crate) verify_one: u64,
    /// Strict verifications on all cores together.
    pub(crate) verify: u64,
    /// Hashes of a leaf's length on all cores together.
    pub(crate) hash: u64,
}

impl Limits {
    /// Measures the bare rates and tells them.
    pub(crate) fn measured(table: &mut Table) -> Self {
        let key = SigningKey::from_bytes(&[3; 32]);
        let text = |n: usize| format!("{n}{}", "x".repeat(TEXT));
        let sign = |text: String| (key.sign(text.as_bytes()), text);
        let signed: Vec<_> = (0..SIGNATURES).map(text).map(sign).collect();
        let of = |n: usize| signed.get(n % SIGNATURES).expect("one of them");
        let verifier = key.verifying_key();
        let verify = |n| {
            let (signature, text) = of(n);
            verifier.verify_strict(text.as_bytes(), signature).is_ok()
        };
        let hash = |n| sha256(of(n).1.as_bytes()) != [0; 32];
        let limits = Self {
            verify_one: on_threads(1, &verify),
            verify: on_threads(cores(), &verify),
            hash: on_threads(cores(), &hash),
        };
        table.tell("bare strict verifications, one core", per_second(limits.verify_one));
        table.tell("bare strict verifications, all cores", per_second(limits.verify));
        table.tell("bare SHA-256 of 800 bytes, all cores", per_second(limits.hash));
        limits
    }
}

fn per_second(rate: u64) -> String {
    format!("{}/s", grouped(rate))
}

/// How often a second the work is done by so many threads together.
fn on_threads(threads: u64, work: &(impl Fn(usize) -> bool + Sync)) -> u64 {
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let (start, mut done) = (Instant::now(), 0usize);
                    while start.elapsed() < FOR {
                        for n in done..done + 64 {
                            assert!(std::hint::black_box(work(n)), "the work is done");
                        }
                        done += 64;
                    }
                    rate(u64::try_from(done).expect("a number"), start.elapsed())
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().expect("a thread")).sum()
    })
}
