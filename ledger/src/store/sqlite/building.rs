//! A book built in a folder of its own, beside the files it will be or replace.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::SqliteLockingMode;
use sqlx::{ConnectOptions, Connection};

use super::{BOOK, SqliteStore, VAULT, existing, files, on_disk, write_ahead, writing};
use crate::store::failure::{AppendError, Failure, Result};
use crate::store::row::{
    Batch, CheckpointRow, CosignatureRow, Draft, EvidenceRow, MemberLink, SealedKey, SealedValue,
};
use crate::store::{Place, make_folder};

/// The folder inside the book's own, where the new files grow.
const UNFINISHED: &str = "unfinished";

/// A book that grows in that folder.
#[derive(Debug)]
pub struct SqliteBuilding {
    folder: PathBuf,
    place: Place,
    store: SqliteStore,
    /// Held until the end: two processes do not build in one folder.
    _lock: File,
}

impl SqliteBuilding {
    pub(in crate::store) async fn begin(folder: &Path, place: Place) -> Result<Self> {
        make_folder(folder).map_err(files("make the folder"))?;
        let unfinished = folder.join(UNFINISHED);
        let lock = File::open(folder).map_err(files("open the folder"))?;
        let in_use = |_| Failure::InUse { place: folder.display().to_string() };
        lock.try_lock().map_err(in_use)?;
        if unfinished.exists() {
            sweep(folder, &unfinished)?;
        }
        match &place {
            Place::Empty if folder.join(BOOK).exists() || folder.join(VAULT).exists() => {
                return Err(Failure::AlreadyThere { place: folder.display().to_string() });
            }
            Place::Empty => {}
            Place::Instead { .. } => alone(&existing(folder, BOOK)?, folder).await?,
        }
        let store = SqliteStore::create(&unfinished).await?;
        Ok(Self { folder: folder.to_owned(), place, store, _lock: lock })
    }

    pub(in crate::store) async fn append(&mut self, batch: &Batch) -> Result<(), AppendError> {
        self.store.append(batch).await
    }

    pub(in crate::store) async fn save_checkpoint(&mut self, row: &CheckpointRow) -> Result<()> {
        self.store.save_checkpoint(row).await
    }

    pub(in crate::store) async fn save_cosignature(&mut self, row: &CosignatureRow) -> Result<()> {
        self.store.save_cosignature(row).await
    }

    pub(in crate::store) async fn save_evidence(&mut self, row: &EvidenceRow) -> Result<()> {
        self.store.save_evidence(row).await
    }

    pub(in crate::store) async fn put_private(
        &mut self,
        key: Option<&SealedKey>,
        values: &[SealedValue],
    ) -> Result<()> {
        self.store.put_private(key, values).await
    }

    pub(in crate::store) async fn put_draft(&mut self, draft: &Draft) -> Result<()> {
        self.store.put_draft(draft, None).await.map(|_| ())
    }

    pub(in crate::store) async fn put_link(&mut self, link: &MemberLink) -> Result<()> {
        self.store.put_link(link).await
    }

    pub(in crate::store) async fn finish(self) -> Result<Option<String>> {
        self.store.close().await;
        let unfinished = self.folder.join(UNFINISHED);
        let moved = files("put the book in its place");
        for name in [VAULT, BOOK] {
            let file = unfinished.join(name);
            if write_ahead(&file).exists() {
                return Err(Failure::Corrupt("a new file was not folded into one"));
            }
            on_disk(&file)?;
        }
        let kept = match &self.place {
            Place::Empty => {
                // The book last: it is what makes a folder a book.
                fs::rename(unfinished.join(VAULT), self.folder.join(VAULT)).map_err(&moved)?;
                on_disk(&self.folder)?;
                None
            }
            Place::Instead { ending } => Some(set_aside(&self.folder.join(BOOK), ending)?),
        };
        fs::rename(unfinished.join(BOOK), self.folder.join(BOOK)).map_err(&moved)?;
        on_disk(&self.folder)?;
        fs::remove_dir_all(&unfinished).map_err(files("remove the empty folder"))?;
        on_disk(&self.folder)?;
        Ok(kept)
    }
}

/// Removes what a building that was cut short has left.
fn sweep(folder: &Path, unfinished: &Path) -> Result<()> {
    let half = unfinished.join(BOOK).exists()
        && !unfinished.join(VAULT).exists()
        && !folder.join(BOOK).exists();
    if half && folder.join(VAULT).exists() {
        // It had just been moved there by that building.
        fs::remove_file(folder.join(VAULT)).map_err(files("remove an unfinished vault"))?;
    }
    fs::remove_dir_all(unfinished).map_err(files("remove an unfinished book"))
}

/// Makes sure that nobody has the book open, and folds its write-ahead file into it if it can be.
async fn alone(book: &Path, folder: &Path) -> Result<()> {
    let options = writing(book)
        .locking_mode(SqliteLockingMode::Exclusive)
        .busy_timeout(Duration::from_millis(200));
    let opened = async {
        let mut connection = options.connect().await?;
        sqlx::raw_sql("begin exclusive; rollback").execute(&mut connection).await?;
        connection.close().await
    };
    match opened.await {
        // 5 is SQLITE_BUSY, 6 is SQLITE_LOCKED, with whatever detail above the low byte.
        Err(sqlx::Error::Database(refusal))
            if refusal
                .code()
                .and_then(|code| code.parse::<u32>().ok())
                .is_some_and(|code| matches!(code & 255, 5 | 6)) =>
        {
            Err(Failure::InUse { place: folder.display().to_string() })
        }
        // A file too damaged to be opened is not open anywhere.
        _ => Ok(()),
    }
}

/// Gives the former book a second name; its own is taken by the new one in one step.
fn set_aside(book: &Path, ending: &str) -> Result<String> {
    let aside = files("set the former book aside");
    let name = format!("{BOOK}.{ending}");
    let kept = book.with_file_name(&name);
    fs::hard_link(book, &kept).or_else(|_| fs::copy(book, &kept).map(drop)).map_err(&aside)?;
    // What could not be folded in belongs to the former file, never to the new one.
    for part in ["-wal", "-shm"] {
        let beside = book.with_file_name(format!("{BOOK}{part}"));
        if beside.exists() {
            fs::rename(&beside, book.with_file_name(format!("{name}{part}"))).map_err(&aside)?;
        }
    }
    Ok(name)
}
