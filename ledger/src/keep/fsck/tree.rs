//! Leaves, tiles and the head: each leaf against its row and its hash, each tile against the leaves
//! under it, and the rules as far as every leaf before is sound.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::bundle::{Above, Slot, Sound, sound};
use super::{Checked, Cure, passed};
use crate::decide::Verified;
use crate::log::{Edge, Hash, Tile, TileId};
use crate::replay::Replay;
use crate::replay::walk::{BUNDLE, Hashes};
use crate::store::{Failure, FoundLeaf, Head, Store};

/// What is known after the walk.
pub(super) struct Walked {
    /// The tree of the hashes that are trusted.
    pub(super) hashes: Hashes,
    /// How many leaves have a place in it.
    pub(super) reached: u64,
    /// The fold of the leaves, up to the first that is not sound.
    pub(super) replay: Replay,
    /// Leaves that the head counts.
    pub(super) size: u64,
}

impl Walked {
    /// Whether every leaf was folded.
    pub(super) fn is_whole(&self) -> bool {
        self.replay.size() == self.size
    }

    /// The root at a size, if the trusted hashes reach that far.
    pub(super) fn root_at(&self, size: u64) -> Option<Hash> {
        self.hashes.root_at(size).filter(|_| size <= self.reached)
    }
}

struct Walk<'a> {
    store: &'a Store,
    checked: &'a mut Checked,
    head: Head,
    hashes: Hashes,
    /// The same tree, for what a candidate would make of it.
    edge: Edge,
    replay: Replay,
    /// Set when a leaf is not sound: the rules are not followed further.
    broken: Option<u64>,
}

/// Walks over every leaf that the head counts, then over what it does not count.
pub(super) async fn walk(store: &Store, checked: &mut Checked) -> Result<Walked, Failure> {
    let head = match passed(store.head().await)? {
        Ok(head) => head,
        Err(why) => {
            checked.fault(
                format!("tête : illisible, rien n’est vérifiable sans elle : {why}"),
                Cure::Repair,
            );
            Head { size: 0, root: *Hash::EMPTY_ROOT.as_bytes() }
        }
    };
    checked.leaves = head.size;
    let mut walk = Walk {
        store,
        checked,
        head,
        hashes: Hashes::default(),
        edge: Edge::empty(),
        replay: Replay::default(),
        broken: None,
    };
    let mut n = 0;
    while n < head.size.div_ceil(BUNDLE) && walk.bundle(n).await? {
        n = n.saturating_add(1);
    }
    walk.end().await
}

impl Walk<'_> {
    /// One bundle; `false` when a leaf has neither bytes nor hash, and no tree can be made beyond it.
    async fn bundle(&mut self, n: u64) -> Result<bool, Failure> {
        let from = n.saturating_mul(BUNDLE);
        let to = self.head.size.min(from.saturating_add(BUNDLE));
        let rows = self.rows(from, to).await?;
        let stored = self.tile(TileId { level: 0, n }).await?;
        let keys = self.replay.keys().clone();
        let read: BTreeMap<u64, (Hash, Option<Result<Verified, String>>)> = rows
            .par_iter()
            .map(|(index, row)| {
                let read = self.broken.is_none().then(|| Verified::read(&row.leaf, &keys));
                let read = read.map(|read| read.map_err(|unread| unread.to_string()));
                (*index, (Hash::leaf(&row.leaf), read))
            })
            .collect();
        let mut hashes = hashes_of(&stored);
        let slots: Vec<Slot> = (from..to)
            .map(|index| Slot {
                found: read.get(&index).map(|(hash, _)| *hash),
                stored: hashes.next(),
            })
            .collect();
        let sound = if slots.iter().all(|slot| slot.agrees()) {
            Sound::Leaves
        } else {
            let above = self.above(n, to).await?;
            sound(&slots, &self.edge, above)
        };
        let mut read = read;
        for (index, slot) in (from..to).zip(slots) {
            let (hash, read) =
                read.remove(&index).map_or((None, None), |(hash, read)| (Some(hash), read));
            let well_formed = matches!(read, Some(Ok(_)));
            let Some(trusted) = self.judged(index, slot, sound, well_formed) else {
                self.broken.get_or_insert(index);
                return Ok(false);
            };
            if hash == Some(trusted) {
                self.folded(index, rows.get(&index), read);
            } else {
                self.broken.get_or_insert(index);
            }
            self.push(index, trusted).await?;
        }
        Ok(true)
    }

    /// Names what is wrong with a leaf or its hash, and gives the hash that is trusted.
    fn judged(&mut self, index: u64, slot: Slot, sound: Sound, well_formed: bool) -> Option<Hash> {
        let tile = format!("tuile 0/{}, place {}", index / BUNDLE, index % BUNDLE);
        let (what, trusted) = match (slot.found, slot.stored) {
            (Some(found), Some(stored)) if found == stored => return Some(found),
            (Some(found), Some(stored)) => match sound {
                Sound::Tile => (
                    format!(
                        "feuille {index} : ses octets ont changé, ils n’ont plus l’empreinte de la {tile}"
                    ),
                    Some(stored),
                ),
                Sound::Leaves => (
                    format!(
                        "{tile} : ce n’est plus l’empreinte de la feuille {index}, qui est intacte"
                    ),
                    Some(found),
                ),
                Sound::Neither => (
                    format!(
                        "feuille {index} et {tile} : elles ne s’accordent plus, l’une ou l’autre a changé"
                    ),
                    Some(if well_formed { found } else { stored }),
                ),
            },
            (None, Some(stored)) => {
                (format!("feuille {index} : la ligne manque ou ne se lit plus"), Some(stored))
            }
            (Some(found), None) => {
                (format!("{tile} : l’empreinte de la feuille {index} manque"), Some(found))
            }
            (None, None) => (
                format!(
                    "feuille {index} : ni sa ligne ni son empreinte ; l’arbre n’est pas recalculé au-delà"
                ),
                None,
            ),
        };
        self.checked.fault(what, Cure::Repair);
        trusted
    }

    /// Follows the rules one leaf further, and compares the row's id with the leaf's.
    fn folded(
        &mut self,
        index: u64,
        row: Option<&FoundLeaf>,
        read: Option<Result<Verified, String>>,
    ) {
        let Some(read) = read.filter(|_| self.broken.is_none()) else { return };
        let taken = read.and_then(|leaf| {
            let id = leaf.leaf().content.id;
            if row.is_some_and(|row| row.id != id.as_bytes()) {
                let what = format!(
                    "feuille {index} : la colonne `id` n’est pas l’identifiant de la feuille"
                );
                self.checked.fault(what, Cure::Repair);
            }
            self.replay.take(&leaf).map_err(|wrong| wrong.reason)
        });
        if let Err(reason) = taken {
            // Its bytes are those that the tree keeps: no archive has others.
            self.checked.fault(format!("feuille {index} : {reason}"), Cure::Auditor);
            self.broken = Some(index);
        }
    }

    /// Grows the tree, and compares the tiles above that became full.
    async fn push(&mut self, index: u64, hash: Hash) -> Result<(), Failure> {
        let grown = self.hashes.push(hash).and_then(|full| {
            self.edge.append(&[hash]).map_err(|error| error.to_string())?;
            Ok(full)
        });
        match grown {
            Ok(full) => self.compare(full.into_iter().filter(|tile| tile.id.level > 0)).await,
            Err(why) => {
                self.checked.fault(format!("feuille {index} : {why}"), Cure::Auditor);
                Ok(())
            }
        }
    }

    async fn compare(&mut self, tiles: impl Iterator<Item = Tile>) -> Result<(), Failure> {
        for tile in tiles {
            let stored = self.tile(tile.id).await?;
            let mut kept = hashes_of(&stored);
            for (place, hash) in (0_u64..).zip(hashes_of(&tile.hashes)) {
                let id = tile.id;
                let what = match kept.next() {
                    Some(kept) if kept == hash => continue,
                    Some(_) => "ce n’est pas l’empreinte de la tuile du dessous",
                    None => "l’empreinte manque",
                };
                let below = id.n.saturating_mul(BUNDLE).saturating_add(place);
                let under = id.level.saturating_sub(1);
                let what = format!("tuile {id}, place {place} : {what} (tuile {under}/{below})");
                self.checked.fault(what, Cure::Repair);
            }
        }
        Ok(())
    }

    /// What is above the last leaf, the head, and what nothing in the log explains.
    async fn end(mut self) -> Result<Walked, Failure> {
        let size = self.head.size;
        let reached = self.edge.size();
        if reached == size {
            let partial = self.hashes.partial_rows();
            self.compare(partial.into_iter().filter(|tile| tile.id.level > 0)).await?;
            let root = self.edge.root();
            self.checked.root = Some(root);
            if root.as_bytes() != &self.head.root {
                let what = format!(
                    "tête : sa racine n’est pas celle des {size} feuilles ({})",
                    root.to_base64()
                );
                self.checked.fault(what, Cure::Repair);
            }
        }
        self.strays().await?;
        if let Some(index) = self.broken {
            let note = format!("les règles n’ont pas été suivies au-delà de la feuille {index}");
            self.checked.notes.push(note);
        }
        Ok(Walked { hashes: self.hashes, reached, replay: self.replay, size })
    }

    async fn strays(&mut self) -> Result<(), Failure> {
        match passed(self.store.stray_leaves().await)? {
            Ok(indices) => {
                for index in indices {
                    let what = format!("feuille {index} : la tête ne la compte pas");
                    self.checked.fault(what, Cure::Repair);
                }
            }
            Err(why) => self.checked.fault(format!("feuilles : {why}"), Cure::Repair),
        }
        let (size, found) = match passed(self.store.found_tiles().await)? {
            Ok(found) => found,
            Err(why) => {
                self.checked.fault(format!("tuiles : {why}"), Cure::Repair);
                return Ok(());
            }
        };
        let mut wanted: BTreeMap<(i64, i64), i64> = BTreeMap::new();
        for (id, width) in crate::keep::tree::tiles(size) {
            let n = i64::try_from(id.n).unwrap_or(i64::MAX);
            wanted.insert((i64::from(id.level), n), i64::from(width).saturating_mul(32));
        }
        for row in found {
            self.checked.tiles = self.checked.tiles.saturating_add(1);
            let place = (row.level, row.n);
            let what = match wanted.remove(&place) {
                Some(bytes) if bytes == row.bytes => continue,
                Some(bytes) => format!("{} octets au lieu de {bytes}", row.bytes),
                None => "rien dans le journal ne l’explique".to_owned(),
            };
            self.checked.fault(format!("tuile {}/{} : {what}", row.level, row.n), Cure::Repair);
        }
        for (level, n) in wanted.into_keys() {
            self.checked.fault(format!("tuile {level}/{n} : la ligne manque"), Cure::Repair);
        }
        Ok(())
    }

    /// The rows of those leaves that can be read, one by one when not all at once.
    async fn rows(&self, from: u64, to: u64) -> Result<BTreeMap<u64, FoundLeaf>, Failure> {
        let placed = |row: FoundLeaf| u64::try_from(row.index).ok().map(|index| (index, row));
        if let Ok(rows) = passed(self.store.found_leaves(from, to).await)? {
            return Ok(rows.into_iter().filter_map(placed).collect());
        }
        let mut found = BTreeMap::new();
        for index in from..to {
            let row = passed(self.store.found_leaves(index, index.saturating_add(1)).await)?;
            found.extend(row.unwrap_or_default().into_iter().filter_map(placed));
        }
        Ok(found)
    }

    /// The bytes of a tile; nothing when its row is not there or can't be read.
    async fn tile(&self, id: TileId) -> Result<Vec<u8>, Failure> {
        let rows = passed(self.store.tiles(&[(id.level, id.n)]).await)?.unwrap_or_default();
        Ok(rows.into_iter().next().map(|row| row.hashes).unwrap_or_default())
    }

    async fn above(&self, n: u64, to: u64) -> Result<Above, Failure> {
        if !to.is_multiple_of(BUNDLE) {
            return Ok(Above::Root(Hash::from_bytes(self.head.root)));
        }
        let parent = self.tile(TileId { level: 1, n: n / BUNDLE }).await?;
        let place = usize::try_from(n % BUNDLE).unwrap_or(usize::MAX);
        Ok(Above::Parent(hashes_of(&parent).nth(place)))
    }
}

fn hashes_of(bytes: &[u8]) -> impl Iterator<Item = Hash> {
    bytes.chunks_exact(32).filter_map(|hash| hash.try_into().ok().map(Hash::from_bytes))
}
