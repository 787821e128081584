//! A folder that has its name only when every file in it is on the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use super::KeepError;
use super::manifest::Entry;
use crate::log::hash::Sum;
use crate::store::make_folder;

/// A folder that is being written under another name.
#[derive(Debug)]
pub(super) struct Unfinished {
    out: PathBuf,
    under: PathBuf,
    entries: Vec<Entry>,
    /// Held until the end: two processes do not write one folder.
    lock: File,
    done: bool,
}

/// A file that grows, and its digest with it.
pub(super) struct Growing {
    path: PathBuf,
    name: String,
    file: BufWriter<File>,
    sha256: Sum,
    bytes: u64,
}

impl Unfinished {
    /// Begins; what a process that was cut short has left under that name is swept away.
    pub(super) fn begin(out: &Path) -> Result<Self, KeepError> {
        if out.symlink_metadata().is_ok() {
            return Err(KeepError::Exists(out.to_owned()));
        }
        let name = out.file_name().ok_or_else(|| KeepError::Exists(out.to_owned()))?;
        let mut name = name.to_owned();
        name.push(".unfinished");
        let under = out.with_file_name(name);
        let failed = KeepError::of_file(&under);
        if let Some(parent) = parent(out) {
            make_folder(parent).map_err(KeepError::of_file(parent))?;
        }
        fs::create_dir_all(&under).map_err(&failed)?;
        let lock = File::open(&under).map_err(&failed)?;
        if lock.try_lock().is_err() {
            let busy = format!("un autre programme écrit déjà `{}`", under.display());
            return Err(KeepError::Given(busy));
        }
        for entry in fs::read_dir(&under).map_err(&failed)? {
            let path = entry.map_err(&failed)?.path();
            let swept =
                if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            swept.map_err(&failed)?;
        }
        private(&under)?;
        Ok(Self { out: out.to_owned(), under, entries: Vec::new(), lock, done: false })
    }

    /// Begins a file.
    pub(super) fn file(&self, name: &str) -> Result<Growing, KeepError> {
        let path = self.under.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(KeepError::of_file(folder))?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(KeepError::of_file(&path))?;
        let (sha256, name) = (Sum::default(), name.to_owned());
        Ok(Growing { path, name, file: BufWriter::new(file), sha256, bytes: 0 })
    }

    /// Ends a file: it is on the disk, and the manifest will name it.
    pub(super) fn end(&mut self, growing: Growing) -> Result<(), KeepError> {
        let Growing { path, name, file, sha256, bytes } = growing;
        let failed = KeepError::of_file(&path);
        let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(&failed)?;
        self.entries.push(Entry { path: name, bytes, sha256: sha256.digest() });
        Ok(())
    }

    /// Writes a whole file.
    pub(super) fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), KeepError> {
        let mut growing = self.file(name)?;
        growing.add(bytes)?;
        self.end(growing)
    }

    /// The files written so far, by name.
    pub(super) fn entries(&mut self) -> Vec<Entry> {
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        entries
    }

    /// Gives the folder its name.
    pub(super) fn finish(mut self) -> Result<(), KeepError> {
        let failed = KeepError::of_file(&self.under);
        every_folder(&self.under)?;
        if self.out.symlink_metadata().is_ok() {
            return Err(KeepError::Exists(self.out.clone()));
        }
        fs::rename(&self.under, &self.out).map_err(&failed)?;
        self.done = true;
        if let Some(parent) = parent(&self.out) {
            on_disk(parent)?;
        }
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.done {
            // Nothing half written stays; what can't be removed is swept by the next one.
            let _ = fs::remove_dir_all(&self.under);
        }
        let _ = self.lock.unlock();
    }
}

impl Growing {
    /// Adds bytes.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Result<(), KeepError> {
        self.file.write_all(bytes).map_err(KeepError::of_file(&self.path))?;
        self.sha256.take(bytes);
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Ok(())
    }
}

/// Length and digest of a file as it is.
pub(super) fn digest(path: &Path) -> Result<(u64, [u8; 32]), KeepError> {
    let failed = KeepError::of_file(path);
    let mut file = File::open(path).map_err(&failed)?;
    let (mut sha256, mut bytes, mut part) = (Sum::default(), 0_u64, vec![0; 65_536]);
    loop {
        let read = file.read(&mut part).map_err(&failed)?;
        if read == 0 {
            return Ok((bytes, sha256.digest()));
        }
        sha256.take(part.get(..read).unwrap_or_default());
        bytes = bytes.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
}

/// The names of all files under a folder, relative to it, sorted.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, KeepError> {
    let mut names = Vec::new();
    let mut waiting = vec![(folder.to_owned(), String::new())];
    while let Some((folder, before)) = waiting.pop() {
        let failed = KeepError::of_file(&folder);
        for entry in fs::read_dir(&folder).map_err(&failed)? {
            let entry = entry.map_err(&failed)?;
            let name = format!("{before}{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(&failed)?.is_dir() {
                waiting.push((entry.path(), format!("{name}/")));
            } else {
                names.push(name);
            }
        }
    }
    names.sort();
    Ok(names)
}

fn parent(path: &Path) -> Option<&Path> {
    path.parent().map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent })
}

fn every_folder(folder: &Path) -> Result<(), KeepError> {
    for entry in fs::read_dir(folder).map_err(KeepError::of_file(folder))? {
        let path = entry.map_err(KeepError::of_file(folder))?.path();
        if path.is_dir() {
            every_folder(&path)?;
        }
    }
    on_disk(folder)
}

/// Waits until the names in a folder are on the disk.
pub(super) fn on_disk(folder: &Path) -> Result<(), KeepError> {
    let opened = File::open(folder).and_then(|folder| folder.sync_all());
    opened.map_err(KeepError::of_file(folder))
}

/// Leaves of members, sealed values: the owner's alone.
fn private(folder: &Path) -> Result<(), KeepError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::Permissions::from_mode(0o700);
        fs::set_permissions(folder, mode).map_err(KeepError::of_file(folder))?;
    }
    Ok(())
}
