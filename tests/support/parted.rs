//! A replay taken to parts, as a snapshot holds it, and put together again.

use ledger::log::{Edge, Leaf};
use ledger::replay::packed::PackedError;
use ledger::replay::{Part, Replay};

/// The bytes of every part.
pub fn parts(replay: &Replay) -> Vec<Vec<u8>> {
    let bytes = |part: &Part| {
        let mut bytes = Vec::new();
        replay.write_part(*part, &mut bytes).expect("written");
        bytes
    };
    Part::ALL.iter().map(bytes).collect()
}

/// The replay that those parts give, and the edge of these leaves.
///
/// # Errors
/// That the parts are not of one replay, or of these leaves.
pub fn put_together(parts: &[Vec<u8>], leaves: &[Vec<u8>]) -> Result<Replay, PackedError> {
    let (mut edge, mut full) = (Edge::empty(), Vec::new());
    for leaf in leaves {
        edge.push(Leaf::parse(leaf).expect("a leaf").hash(), &mut full).expect("it grows");
    }
    let read = |part: Part| {
        let at = Part::ALL.iter().position(|each| *each == part).expect("one of them");
        Ok(parts[at].clone())
    };
    Replay::from_parts(edge, read)
}

/// Checks that a snapshot at each of these sizes, and the leaves after it, give what all leaves give.
///
/// # Errors
/// The first size at which they do not, and how.
pub fn same_from(leaves: &[Vec<u8>], cuts: impl Fn(usize) -> bool) -> Result<usize, String> {
    let mut whole = Replay::default();
    for leaf in leaves {
        whole.push(leaf).map_err(|error| error.to_string())?;
    }
    let (wanted, told) = (parts(&whole), format!("{:?}", whole.state()));
    let (mut replay, mut tried) = (Replay::default(), 0);
    for size in 0..=leaves.len() {
        if cuts(size) {
            let wrong = |why: String| format!("from the snapshot of {size} leaves: {why}");
            let again = put_together(&parts(&replay), &leaves[..size]);
            let mut again = again.map_err(|error| wrong(error.to_string()))?;
            for leaf in &leaves[size..] {
                again.push(leaf).map_err(|error| wrong(error.to_string()))?;
            }
            if parts(&again) != wanted || format!("{:?}", again.state()) != told {
                return Err(wrong("another state".into()));
            }
            tried += 1;
        }
        if let Some(leaf) = leaves.get(size) {
            replay.push(leaf).map_err(|error| error.to_string())?;
        }
    }
    Ok(tried)
}
