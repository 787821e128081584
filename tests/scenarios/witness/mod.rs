//! Witnesses: ours put through the list of the specification, the registrar's side against every
//! answer, and the net that catches a book taken back or forked.

mod asked;
mod conformance;
mod killed;
mod nodes;
mod vouched;
mod watch;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use ledger::log::proof::{consistency_proof, root_at};
use ledger::log::witness::AddCheckpoint;
use ledger::log::{Checkpoint, Edge, Hash, SigningKey, TileId};

/// The origin of the log that is witnessed.
pub(crate) const ORIGIN: &str = "temoins.exemple.coop/journal";

/// The key of the log of these tests.
pub(crate) fn log_key() -> SigningKey {
    SigningKey::generate(ORIGIN, [0x60; 32]).expect("a key")
}

/// The key of a witness of these tests.
pub(crate) fn witness_key(n: u8) -> SigningKey {
    SigningKey::generate_cosigner(&format!("temoin-{n}.exemple"), [0x70 + n; 32]).expect("a key")
}

/// A log of hashes only, which may be grown in two ways.
#[derive(Clone)]
pub(crate) struct Grown {
    edge: Edge,
    rows: BTreeMap<TileId, Vec<u8>>,
}

impl Grown {
    pub(crate) fn empty() -> Self {
        Self { edge: Edge::empty(), rows: BTreeMap::new() }
    }

    /// One more leaf.
    pub(crate) fn with(&self, leaf: &str) -> Self {
        let mut grown = self.clone();
        for tile in grown.edge.append(&[Hash::leaf(leaf.as_bytes())]).expect("it grows") {
            grown.rows.insert(tile.id, tile.hashes);
        }
        grown
    }

    /// So many leaves of that story.
    pub(crate) fn of(story: &str, count: u64) -> Self {
        (0..count).fold(Self::empty(), |log, at| log.with(&format!("{story} {at}")))
    }

    pub(crate) fn size(&self) -> u64 {
        self.edge.size()
    }

    pub(crate) fn root(&self) -> Hash {
        root_at(self.size(), &self.rows).expect("its root")
    }

    pub(crate) fn checkpoint(&self, size: u64) -> Checkpoint {
        let root = root_at(size, &self.rows).expect("its root");
        Checkpoint { origin: ORIGIN.into(), size, root }
    }

    /// The request for the checkpoint of `size`, from `old`.
    pub(crate) fn request(&self, old: u64, size: u64) -> AddCheckpoint {
        AddCheckpoint {
            old,
            proof: consistency_proof(old, size, &self.rows).unwrap_or_default(),
            checkpoint: self.checkpoint(size).sign(&log_key()).expect("signed"),
        }
    }

    /// The request for the whole of it.
    pub(crate) fn from(&self, old: u64) -> Vec<u8> {
        self.request(old, self.size()).to_bytes()
    }
}

/// A program of this workspace; `None`, and a word why, when it was not built.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let beside = std::env::current_exe().ok()?;
    let path = beside.parent()?.parent()?.join(name);
    if path.is_file() {
        return Some(path);
    }
    assert!(std::env::var_os("BROWSER_TESTS").is_none(), "tests/run builds the programs");
    let why = "is not built (cargo build --workspace --bins)";
    writeln!(std::io::stderr(), "skipped: {name} {why}").expect("stderr");
    None
}

/// A witness's key and empty state in a folder.
pub(crate) fn new_witness(folder: &Path, n: u8) -> SigningKey {
    let key = witness_key(n);
    ledger::cosigner::State::create(&folder.join("state"), key.verifier()).expect("a state");
    std::fs::write(folder.join("witness.key"), key.to_file_text()).expect("written");
    key
}
