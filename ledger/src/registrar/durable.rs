//! A file that is replaced whole, under a lock: after a crash it is the former one or the new
//! one, and of two processes that share it one waits for the other.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The largest content that is read, in bytes: a checkpoint note is far smaller.
const CONTENT_MAX: u64 = 65_536;

/// Such a file, and where it is.
#[derive(Clone, Debug)]
pub(crate) struct DurableFile {
    path: PathBuf,
    /// The content that this process knows to be on the disk.
    synced: Arc<Mutex<Option<Vec<u8>>>>,
}

impl DurableFile {
    pub(crate) fn at(path: PathBuf) -> Self {
        Self { path, synced: Arc::default() }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds; nothing when it is not there.
    pub(crate) fn read(&self) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut content = Vec::new();
        file.take(CONTENT_MAX).read_to_end(&mut content)?;
        Ok(Some(content))
    }

    /// Decides, under the lock, from what it holds: what to answer, and what to put in its place.
    ///
    /// What it then holds, new or not, is on the disk, name and bytes, when this returns.
    pub(crate) fn change<T, E: From<io::Error>>(
        &self,
        decide: impl FnOnce(Option<Vec<u8>>) -> Result<(T, Option<Vec<u8>>), E>,
    ) -> Result<T, E> {
        // The file itself is replaced, so the lock is on one beside it that stays.
        let lock = options().create(true).truncate(false).open(self.beside(".lock"))?;
        lock.lock()?;
        let before = self.read()?;
        let (answer, content) = decide(before.clone())?;
        match (content, before) {
            (Some(content), _) => self.put(content)?,
            (None, Some(content)) if !self.is_synced(&content) => self.put(content)?,
            (None, _) => {}
        }
        Ok(answer)
    }

    /// What was only read may be in memory alone, after a sync that failed or a process that ended
    /// before its own: it is then written again, since a second sync of the same may say nothing.
    fn is_synced(&self, content: &[u8]) -> bool {
        let synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        synced.as_deref() == Some(content)
    }

    fn put(&self, content: Vec<u8>) -> io::Result<()> {
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        *synced = None;
        self.replace(|file| file.write_all(&content))?;
        *synced = Some(content);
        Ok(())
    }

    /// Puts what `fill` writes in its place, however large; `false` when another process is at it.
    pub(crate) fn rewrite(
        &self,
        fill: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> io::Result<bool> {
        let lock = options().create(true).truncate(false).open(self.beside(".lock"))?;
        match lock.try_lock() {
            Ok(()) => self.replace(fill).map(|()| true),
            Err(fs::TryLockError::WouldBlock) => Ok(false),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }

    /// Takes it away, if it is there.
    pub(crate) fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    fn replace(&self, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
        let new = self.beside(".new");
        let mut file = options().create(true).truncate(true).open(&new)?;
        fill(&mut file)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = OsString::from(&self.path);
        name.push(ending);
        name.into()
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> DurableFile {
        let random: [u8; 8] = super::super::keys::random().expect("randomness");
        let name = format!("durable-{name}-{:x}", u64::from_be_bytes(random));
        DurableFile::at(std::env::temp_dir().join(name))
    }

    fn swept(file: &DurableFile) {
        for path in [file.path.clone(), file.beside(".lock"), file.beside(".new")] {
            let _ = fs::remove_file(path);
        }
    }

    #[test]
    fn what_was_decided_is_there_and_a_refusal_changes_nothing() {
        let file = file("decided");
        let put = |content: &'static [u8]| {
            file.change(|before| Ok::<_, io::Error>((before, Some(content.to_vec()))))
        };
        assert_eq!(put(b"one").expect("written"), None);
        assert_eq!(put(b"two").expect("written").as_deref(), Some(b"one".as_slice()));
        let refused: io::Result<()> = file.change(|_| Err(io::Error::other("no")));
        refused.expect_err("refused");
        assert_eq!(file.read().expect("read").as_deref(), Some(b"two".as_slice()));
        assert!(!file.beside(".new").exists(), "nothing is left beside");
        swept(&file);
    }

    #[test]
    fn what_a_crash_left_beside_is_not_read() {
        let file = file("crash");
        file.change(|_| Ok::<_, io::Error>(((), Some(b"whole".to_vec())))).expect("written");
        fs::write(file.beside(".new"), b"ha").expect("half of it");
        assert_eq!(file.read().expect("read").as_deref(), Some(b"whole".as_slice()));
        file.change(|_| Ok::<_, io::Error>(((), Some(b"next".to_vec())))).expect("written");
        assert_eq!(file.read().expect("read").as_deref(), Some(b"next".as_slice()));
        swept(&file);
    }

    #[test]
    fn what_was_only_read_is_written_again_before_it_is_believed() {
        let file = file("read");
        fs::write(&file.path, b"by another, perhaps never synced").expect("written");
        let ask = || file.change(|before| Ok::<_, io::Error>((before, None)));
        fs::create_dir(file.beside(".new")).expect("nothing can be written");
        ask().expect_err("it can't be made sure of");
        fs::remove_dir(file.beside(".new")).expect("now it can");
        ask().expect("written again");
        fs::create_dir(file.beside(".new")).expect("nothing can be written");
        assert!(ask().expect("known to be there").is_some());
        fs::write(&file.path, b"by another").expect("written");
        ask().expect_err("it can't be made sure of");
        fs::remove_dir(file.beside(".new")).expect("swept");
        swept(&file);
    }

    #[test]
    fn those_who_share_it_wait_for_one_another() {
        let file = file("shared");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..25 {
                        file.change(|before| {
                            let count = before.map_or(0, |bytes| bytes.len());
                            Ok::<_, io::Error>(((), Some(vec![b'.'; count + 1])))
                        })
                        .expect("written");
                    }
                });
            }
        });
        assert_eq!(file.read().expect("read").map(|bytes| bytes.len()), Some(100));
        swept(&file);
    }
}
