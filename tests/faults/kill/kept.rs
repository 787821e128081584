//! What the clients hold: leaves with their index, and the checkpoints they were given.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::log::{Checkpoint, Edge, Hash, VerifierKey};
use ledger::store::Target;

use crate::bench::audited;

/// All that was acknowledged of one book.
pub(super) struct Kept {
    log: VerifierKey,
    leaves: BTreeMap<u64, Vec<u8>>,
    roots: BTreeMap<u64, Hash>,
}

impl Kept {
    pub(super) fn of(log_vkey: &str) -> Self {
        let log = VerifierKey::parse(log_vkey).expect("a key");
        Self { log, leaves: BTreeMap::new(), roots: BTreeMap::new() }
    }

    pub(super) fn is_new(&self) -> bool {
        self.leaves.is_empty()
    }

    pub(super) fn acknowledged(&self) -> usize {
        self.leaves.len()
    }

    pub(super) fn checkpoints(&self) -> usize {
        self.roots.len()
    }

    /// Takes a line of the child in; whether it acknowledges a leaf. A line that the kill cut short
    /// has no last word, and says nothing.
    pub(super) fn hear(&mut self, line: &str, name: &str) -> bool {
        let words: Vec<&str> = line.trim_end().split(' ').collect();
        assert!(words[0] != "refused", "{name}: {line}");
        let ["ack", index, leaf, note, "."] = words.as_slice() else { return false };
        let index = index.parse().expect("an index");
        let leaf = STANDARD.decode(leaf).expect("base64");
        if let Some(other) = self.leaves.insert(index, leaf.clone()) {
            assert_eq!(other, leaf, "{name}: two leaves acknowledged at {index}");
        }
        let note = STANDARD.decode(note).expect("base64");
        let (checkpoint, _) = Checkpoint::open(&note, &self.log).expect("the log signed it");
        assert!(checkpoint.size > index, "{name}: the checkpoint covers the leaf");
        if let Some(other) = self.roots.insert(checkpoint.size, checkpoint.root) {
            assert_eq!(other, checkpoint.root, "{name}: two roots at {}", checkpoint.size);
        }
        true
    }

    /// Compares with the book as a stranger reads it.
    pub(super) async fn check(&self, target: &Target) -> Result<(), String> {
        let stored = audited(target).await?;
        let distinct: BTreeSet<&[u8]> = stored.iter().map(Vec::as_slice).collect();
        if distinct.len() != stored.len() {
            return Err("a leaf is there twice".into());
        }
        for (index, leaf) in &self.leaves {
            if stored.get(usize::try_from(*index).expect("small")) != Some(leaf) {
                return Err(format!("leaf {index} was acknowledged"));
            }
        }
        let (mut edge, mut full) = (Edge::empty(), Vec::new());
        for leaf in &stored {
            edge.push(Hash::leaf(leaf), &mut full).map_err(|error| error.to_string())?;
            let shown = self.roots.get(&edge.size());
            if shown.is_some_and(|root| *root != edge.root()) {
                return Err(format!("another root was handed out at size {}", edge.size()));
            }
        }
        match self.roots.last_key_value() {
            Some((size, _)) if *size > edge.size() => {
                Err(format!("{size} leaves were shown, {} are there", edge.size()))
            }
            _ => Ok(()),
        }
    }
}
