//! A walk over stored leaves on all cores: read, verified and folded at once, a few thousand at a time.
//!
//! While one chunk is folded in order, the next is verified on the other cores and the one after is
//! read. What is found does not depend on timing: leaves are judged in their order, and a key that
//! was not known when a leaf was verified ahead is asked again in its place.

use rayon::prelude::*;

use super::{Inconsistency, Replay};
use crate::decide::{Keyring, Unread, Verified};
use crate::log::{Edge, Hash, Tile};

/// Bundles read at a time: three times as many leaves are in memory at most.
pub const CHUNK_BUNDLES: u64 = 8;
/// Leaves of a bundle, hashes of a tile.
pub const BUNDLE: u64 = 256;

/// Leaves of one bundle, and the hashes that are stored for them.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The leaves that were found, in order.
    pub leaves: Vec<Vec<u8>>,
    /// Their stored hashes, 32 bytes each; fewer when they are missing.
    pub stored: Vec<u8>,
    /// The index after the last leaf asked for.
    pub to: u64,
}

/// What was read of a few bundles, and why no more could be.
#[derive(Debug)]
pub struct Chunk<E> {
    /// In order.
    pub bundles: Vec<Bundle>,
    /// What stopped the reading after these.
    pub stopped: Option<E>,
}

/// A leaf made ready for its place.
#[derive(Debug)]
pub struct Ready {
    /// The hash of its bytes.
    pub hash: Hash,
    /// What was read of it; nothing when only hashes are asked for.
    pub read: Option<Result<Box<Verified>, Unread>>,
}

/// What takes leaves in order.
pub trait Walker: Send {
    /// Whether leaves are read at all, or only hashed.
    const READS: bool;
    /// Leaves taken so far.
    fn size(&self) -> u64;
    /// The keys to verify the next leaves with.
    fn keys(&self) -> Keyring;
    /// Takes the next leaf, and gives the tiles that became full.
    ///
    /// # Errors
    /// Why this leaf can't stand there, in French.
    fn take(&mut self, leaf: Ready) -> Result<Vec<Tile>, String>;
}

impl Walker for Replay {
    const READS: bool = true;

    fn size(&self) -> u64 {
        self.size()
    }

    fn keys(&self) -> Keyring {
        self.keys().clone()
    }

    fn take(&mut self, leaf: Ready) -> Result<Vec<Tile>, String> {
        let verified = leaf.read.ok_or("non lue")?.map_err(|unread| unread.to_string())?;
        self.take(&verified).map_err(|wrong| wrong.reason)
    }
}

/// The tree alone: leaves are hashed, nothing is read of them.
#[derive(Clone, Debug)]
pub struct Hashes {
    edge: Edge,
    /// The root of every size from 0.
    roots: imbl::Vector<Hash>,
}

impl Default for Hashes {
    fn default() -> Self {
        Self { edge: Edge::empty(), roots: imbl::Vector::unit(Hash::EMPTY_ROOT) }
    }
}

impl Hashes {
    /// The root at a size, if the walk came that far.
    pub fn root_at(&self, size: u64) -> Option<Hash> {
        self.roots.get(usize::try_from(size).ok()?).copied()
    }

    /// The partial rows of the right edge.
    pub fn partial_rows(&self) -> Vec<Tile> {
        self.edge.grown_since(0)
    }

    /// Takes the hash of the next leaf, and gives the tiles that became full.
    ///
    /// # Errors
    /// That the tree can't grow, in words.
    pub fn push(&mut self, hash: Hash) -> Result<Vec<Tile>, String> {
        let mut full = Vec::new();
        self.edge.push(hash, &mut full).map_err(|error| error.to_string())?;
        self.roots.push_back(self.edge.root());
        Ok(full)
    }
}

impl Walker for Hashes {
    const READS: bool = false;

    fn size(&self) -> u64 {
        self.edge.size()
    }

    fn keys(&self) -> Keyring {
        Keyring::default()
    }

    fn take(&mut self, leaf: Ready) -> Result<Vec<Tile>, String> {
        self.push(leaf.hash)
    }
}

/// Walks from where the walker stands to `size`, and gives the tiles above the leaves that became
/// full on the way. Each leaf is compared with its stored hash.
///
/// `read` gives what is asked for from one index to another, at most [`CHUNK_BUNDLES`] bundles.
///
/// # Errors
/// The [`Inconsistency`] of the first leaf that is wrong, or what stopped the reading before it.
pub fn walk<W: Walker, E: From<Inconsistency> + Send>(
    walker: &mut W,
    size: u64,
    mut read: impl FnMut(u64, u64) -> Chunk<E>,
) -> Result<Vec<Tile>, E> {
    let mut walk = Walk::<_, E>::new(walker, size);
    while !walk.is_over() {
        let wanted = walk.wanted();
        let mut turned = Ok(());
        let chunk = rayon::in_place_scope(|scope| {
            let (walk, turned) = (&mut walk, &mut turned);
            scope.spawn(|_| *turned = walk.turn());
            wanted.map(|(from, to)| read(from, to))
        });
        turned?;
        walk.offer(chunk);
    }
    Ok(walk.full)
}

/// A walk, turn by turn, for who reads in another way: what is [`Walk::wanted`] is read while
/// [`Walk::turn`] runs, then offered.
pub struct Walk<W, E> {
    walker: W,
    size: u64,
    asked: u64,
    waiting: Option<Chunk<E>>,
    ready: Option<Prepared<E>>,
    full: Vec<Tile>,
}

impl<W: Walker, E: From<Inconsistency> + Send> Walk<W, E> {
    /// A walk from where the walker stands to `size`.
    pub fn new(walker: W, size: u64) -> Self {
        let asked = walker.size();
        Self { walker, size, asked, waiting: None, ready: None, full: Vec::new() }
    }

    /// Which leaves to read next: from an index to another.
    pub fn wanted(&self) -> Option<(u64, u64)> {
        let aligned = self.asked.saturating_sub(self.asked % BUNDLE);
        let to = aligned.saturating_add(CHUNK_BUNDLES.saturating_mul(BUNDLE));
        (self.asked < self.size).then_some((self.asked, self.size.min(to)))
    }

    /// Takes what was wanted and read.
    pub fn offer(&mut self, chunk: Option<Chunk<E>>) {
        let end = self.wanted().map_or(self.size, |(_, to)| to);
        let stopped = chunk.as_ref().is_none_or(|chunk| chunk.stopped.is_some());
        self.asked = if stopped { self.size } else { end };
        self.waiting = chunk;
    }

    /// Folds what is ready while what waits is verified.
    ///
    /// # Errors
    /// As [`walk`].
    pub fn turn(&mut self) -> Result<(), E> {
        let keys = self.walker.keys();
        let (waiting, ready) = (self.waiting.take(), self.ready.take());
        let (walker, full) = (&mut self.walker, &mut self.full);
        let (prepared, folded) = rayon::join(
            || waiting.map(|chunk| prepare(chunk, W::READS, &keys)),
            || ready.map_or(Ok(()), |chunk| fold(walker, chunk, full)),
        );
        self.ready = prepared;
        folded
    }

    /// Whether every leaf was taken.
    pub fn is_over(&self) -> bool {
        self.asked >= self.size && self.waiting.is_none() && self.ready.is_none()
    }

    /// The walker, wherever it came.
    pub fn into_walker(self) -> W {
        self.walker
    }
}

impl<W: Walker> Walker for &mut W {
    const READS: bool = W::READS;

    fn size(&self) -> u64 {
        (**self).size()
    }

    fn keys(&self) -> Keyring {
        (**self).keys()
    }

    fn take(&mut self, leaf: Ready) -> Result<Vec<Tile>, String> {
        (**self).take(leaf)
    }
}

/// A chunk whose leaves are verified, as far as that can be ahead.
struct Prepared<E> {
    bundles: Vec<(Vec<Ready>, Vec<u8>, u64)>,
    stopped: Option<E>,
}

fn prepare<E: Send>(chunk: Chunk<E>, reads: bool, keys: &Keyring) -> Prepared<E> {
    let ready = |bytes: &Vec<u8>| {
        let read = reads.then(|| Verified::read(bytes, keys).map(Box::new));
        let hash = match &read {
            Some(Ok(verified)) => verified.hash(),
            _ => Hash::leaf(bytes),
        };
        Ready { hash, read }
    };
    let bundle =
        |bundle: Bundle| (bundle.leaves.par_iter().map(ready).collect(), bundle.stored, bundle.to);
    Prepared {
        bundles: chunk.bundles.into_par_iter().map(bundle).collect(),
        stopped: chunk.stopped,
    }
}

fn fold<W: Walker, E: From<Inconsistency>>(
    walker: &mut W,
    chunk: Prepared<E>,
    full: &mut Vec<Tile>,
) -> Result<(), E> {
    for (leaves, stored, to) in chunk.bundles {
        let mut stored = stored.chunks(32);
        for leaf in leaves {
            let index = walker.size();
            // The stored hashes tell a byte changed after the fact from a leaf that never was right.
            let unchanged = stored.next() == Some(leaf.hash.as_bytes());
            let tiles = walker.take(leaf).map_err(|reason| {
                let reason = if unchanged {
                    reason
                } else {
                    format!("octets modifiés après l’enregistrement ; {reason}")
                };
                Inconsistency { index, reason }
            })?;
            if !unchanged {
                let reason = "l’empreinte gardée dans l’arbre n’est pas la sienne : \
                              la tuile a été modifiée, ou la feuille remplacée"
                    .into();
                return Err(Inconsistency { index, reason }.into());
            }
            full.extend(tiles.into_iter().filter(|tile| tile.id.level > 0));
        }
        // When the reading itself stopped, that is the reason.
        if walker.size() != to && chunk.stopped.is_none() {
            let reason = "la feuille manque".into();
            return Err(Inconsistency { index: walker.size(), reason }.into());
        }
    }
    chunk.stopped.map_or(Ok(()), Err)
}
