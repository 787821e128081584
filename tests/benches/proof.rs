//! How long the portal takes to make the proof of a leaf that somebody names.

use std::time::Duration;

use ledger::log::hash::sha256;
use ledger::registrar::Registrar;
use tokio::runtime::Runtime;

use crate::frame::{Table, spell, timed};

/// How many proofs are asked for.
const ASKED: u64 = 2_000;

pub(crate) fn measure(runtime: &Runtime, registrar: &Registrar, table: &mut Table) {
    let size = registrar.book().size();
    let mut times: Vec<Duration> = (0..ASKED)
        .map(|number| {
            // Anywhere in the log, the same places each time.
            let drawn = sha256(&number.to_be_bytes());
            let drawn = u64::from_be_bytes(*drawn.first_chunk().expect("bytes"));
            let index = drawn % size;
            let leaf = runtime.block_on(registrar.leaf(index)).expect("read").expect("a leaf");
            let id = ledger::log::Leaf::parse(&leaf).expect("a leaf").content.id;
            let (time, proof) = timed(|| {
                runtime.block_on(async {
                    let found = registrar.store().leaf_by_id(*id.as_bytes()).await.expect("read");
                    let (at, _) = found.expect("it is there");
                    registrar.proof_file(at).await.expect("made").expect("a proof")
                })
            });
            assert_eq!(proof.index, index);
            time
        })
        .collect();
    times.sort();
    let at = |hundredth: usize| times.get(times.len() * hundredth / 100).copied();
    let told = |hundredth| spell(at(hundredth).unwrap_or_default());
    table.tell("proof of a leaf by its id, median", told(50));
    table.tell("proof of a leaf by its id, 99th of 100", told(99));
}
