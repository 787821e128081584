//! A disk between two syncs: what was synced is there for certain, what was written since may be there
//! sector by sector, in any order.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::bench::Chance;

/// What a disk writes whole or not at all, in bytes.
const SECTOR: usize = 512;

/// What a program asked of the disk, in order.
#[derive(Clone, Debug)]
pub(super) enum Op {
    /// A file of that name, made if there is none.
    Open(PathBuf),
    /// The same, and emptied.
    Create(PathBuf),
    Write {
        path: PathBuf,
        offset: Option<usize>,
        bytes: Vec<u8>,
    },
    Cut {
        path: PathBuf,
        length: usize,
    },
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    /// All that was written to a file is on the disk; of a folder: its names are.
    Sync(PathBuf),
    /// Somebody was told that so many leaves are there.
    Acknowledged(usize),
}

#[derive(Clone, Debug, Default)]
struct File {
    synced: Vec<u8>,
    /// What was done since: where, and what; a cut has no bytes.
    since: Vec<(usize, Option<Vec<u8>>)>,
    /// Its length, all included.
    length: usize,
}

type Names = BTreeMap<PathBuf, usize>;

/// The disk as asked so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    files: Vec<File>,
    names: Names,
    /// The names that are on the disk for certain, then what they were after each later change.
    synced_names: Names,
    later_names: Vec<Names>,
    /// The most leaves that anybody was told of.
    pub(super) acknowledged: usize,
}

/// The files of a disk after the power came back.
pub(super) type Image = BTreeMap<PathBuf, Vec<u8>>;

impl Disk {
    /// A folder that was on the disk before.
    pub(super) fn of(folder: &Path) -> Self {
        let mut disk = Self::default();
        disk.take(folder, Path::new(""));
        disk.names = disk.synced_names.clone();
        disk
    }

    fn take(&mut self, folder: &Path, below: &Path) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = below.join(path.file_name().expect("a name"));
            if path.is_dir() {
                self.take(&path, &name);
            } else {
                let synced = std::fs::read(&path).expect("read");
                self.synced_names.insert(name, self.files.len());
                self.files.push(File { length: synced.len(), synced, since: Vec::new() });
            }
        }
    }

    /// Takes the next call in; whether something may now be lost that could not be before.
    pub(super) fn does(&mut self, op: &Op) -> bool {
        match op {
            Op::Acknowledged(size) => self.acknowledged = *size,
            Op::Open(path) | Op::Create(path) => match self.names.get(path) {
                Some(file) if matches!(op, Op::Create(_)) => self.change(*file, 0, None),
                Some(_) => return false,
                None => {
                    let file = self.files.len();
                    self.files.push(File::default());
                    self.names.insert(path.clone(), file);
                    self.later_names.push(self.names.clone());
                }
            },
            Op::Write { path, offset, bytes } => {
                if let Some(file) = self.names.get(path).copied() {
                    let at = offset.unwrap_or(self.files[file].length);
                    self.change(file, at, Some(bytes.clone()));
                }
            }
            Op::Cut { path, length } => {
                if let Some(file) = self.names.get(path).copied() {
                    self.change(file, *length, None);
                }
            }
            Op::Rename(from, to) => {
                if let Some(file) = self.names.remove(from) {
                    self.names.insert(to.clone(), file);
                    self.later_names.push(self.names.clone());
                }
            }
            Op::Remove(path) => {
                self.names.remove(path);
                self.later_names.push(self.names.clone());
            }
            Op::Sync(path) => {
                if let Some(file) = self.names.get(path).copied() {
                    let file = &mut self.files[file];
                    let since = std::mem::take(&mut file.since);
                    for (at, bytes) in since {
                        put(&mut file.synced, at, bytes.as_deref());
                    }
                } else {
                    // A folder. One journal holds all names, so those of other folders come along.
                    self.synced_names = self.names.clone();
                    self.later_names.clear();
                }
            }
        }
        !matches!(op, Op::Acknowledged(_) | Op::Sync(_))
    }

    fn change(&mut self, file: usize, at: usize, bytes: Option<Vec<u8>>) {
        let file = &mut self.files[file];
        file.length = match &bytes {
            Some(bytes) => file.length.max(at + bytes.len()),
            None => at,
        };
        file.since.push((at, bytes));
    }

    /// What the disk may hold when the power goes now: `way` chooses how bad it is.
    pub(super) fn image(&self, chance: &mut Chance) -> Image {
        // Of the names, those up to some change: a journal keeps their order.
        let kept = chance.index(self.later_names.len() + 1);
        let names = kept.checked_sub(1).map_or(&self.synced_names, |last| &self.later_names[last]);
        let way = Way::by(chance);
        let file = |(name, file): (&PathBuf, &usize)| {
            (name.clone(), survives(&self.files[*file], way, chance))
        };
        names.iter().map(file).collect()
    }
}

/// What becomes of sectors that were written and not synced.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// All are lost.
    Lost,
    /// All are kept.
    Kept,
    /// Each is kept this often in a hundred, whatever its place: torn and reordered.
    Some(u64),
    /// Those before some point are kept, in order; the write at that point is torn.
    Torn,
    /// Those after some point are kept, the earlier ones lost.
    Reordered,
}

impl Way {
    fn by(chance: &mut Chance) -> Self {
        match chance.below(10) {
            0 => Self::Lost,
            1 => Self::Kept,
            2 => Self::Some(3),
            3 | 4 => Self::Some(50),
            5 => Self::Some(97),
            6..=8 => Self::Torn,
            _ => Self::Reordered,
        }
    }
}

fn survives(file: &File, way: Way, chance: &mut Chance) -> Vec<u8> {
    let mut bytes = file.synced.clone();
    let turn = chance.index(file.since.len() + 1);
    for (number, (at, written)) in file.since.iter().enumerate() {
        let Some(written) = written else {
            let cut = match way {
                Way::Lost => false,
                Way::Kept => true,
                Way::Some(often) => chance.below(100) < often,
                Way::Torn => number < turn,
                Way::Reordered => number >= turn,
            };
            if cut {
                put(&mut bytes, *at, None);
            }
            continue;
        };
        let (mut from, end) = (0, written.len());
        while from < end {
            // To the next edge of a sector of the disk.
            let to = (from + SECTOR - (at + from) % SECTOR).min(end);
            let kept = match way {
                Way::Lost => false,
                Way::Kept => true,
                Way::Some(often) => chance.below(100) < often,
                Way::Torn => number < turn || (number == turn && chance.once_in(2)),
                Way::Reordered => number >= turn,
            };
            if kept {
                put(&mut bytes, at + from, Some(&written[from..to]));
            }
            from = to;
        }
    }
    bytes
}

/// Writes there, with zeros up to there; without bytes, cuts there.
fn put(file: &mut Vec<u8>, at: usize, bytes: Option<&[u8]>) {
    let Some(bytes) = bytes else { return file.resize(at, 0) };
    let end = at + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[at..end].copy_from_slice(bytes);
}
