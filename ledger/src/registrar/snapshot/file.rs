//! The file: the parts one after the other, the signed head, and the head's length in four bytes.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::Doubt;
use super::head::{Counted, Head};
use super::tree;
use crate::log::hash::sha256;
use crate::log::{SigningKey, VerifierKey};
use crate::replay::{Part, Replay};
use crate::store::Store;

/// The largest head that is read, in bytes.
const HEAD_MAX: u64 = 65_536;

/// Writes a snapshot in the place of the former one; `false` when another process is writing.
pub(super) fn write(
    file: &super::DurableFile,
    replay: &Replay,
    desk: &SigningKey,
) -> Result<bool, Doubt> {
    let origin = replay.state().registers.authority.origin();
    let origin = origin.ok_or_else(|| Doubt::of("the book is not open"))?.to_owned();
    let written = file.rewrite(|file| {
        let mut out = Counted::new(BufWriter::with_capacity(1 << 20, file));
        let mut parts = Vec::new();
        for part in Part::ALL {
            replay.write_part(part, &mut out).map_err(std::io::Error::other)?;
            parts.push(out.told());
        }
        let head = Head { origin: origin.clone(), size: replay.size(), root: replay.root(), parts };
        let note = head.sign(desk).map_err(std::io::Error::other)?;
        out.write_all(&note)?;
        out.write_all(&u32::try_from(note.len()).map_err(std::io::Error::other)?.to_be_bytes())?;
        out.flush()
    });
    Ok(written?)
}

/// Reads the snapshot if nothing speaks against it.
pub(super) async fn read(path: &Path, store: &Store, desk: &VerifierKey) -> Result<Replay, Doubt> {
    let opened = Opened::at(path, desk)?;
    let (size, root) = (opened.head.size, opened.head.root);
    let edge = tree::edge(store, size, root).await?;
    let parts = tokio::task::spawn_blocking(move || {
        let replay = Replay::from_parts(edge, |part| opened.part(part))?;
        if replay.state().registers.authority.origin() == Some(opened.head.origin.as_str()) {
            return Ok(replay);
        }
        Err(Doubt::of("it is of another log"))
    });
    let (parts, checked) = tokio::join!(parts, tree::check(store, size, root));
    checked?;
    parts.map_err(Doubt::of)?
}

/// A file whose head is signed.
struct Opened {
    file: Mutex<File>,
    head: Head,
}

impl Opened {
    fn at(path: &Path, desk: &VerifierKey) -> Result<Self, Doubt> {
        let short = || Doubt::of("it is cut short");
        let mut file = File::open(path)?;
        let whole = file.metadata()?.len();
        let end = whole.checked_sub(4).ok_or_else(short)?;
        let mut length = [0; 4];
        file.seek(SeekFrom::Start(end))?;
        file.read_exact(&mut length)?;
        let length = u64::from(u32::from_be_bytes(length));
        let start = end.checked_sub(length).filter(|_| length <= HEAD_MAX).ok_or_else(short)?;
        let note = bytes_at(&mut file, start, length)?;
        let head = Head::open(&note, desk)?;
        let sum = head.parts.iter().try_fold(0_u64, |sum, (length, _)| sum.checked_add(*length));
        if sum != Some(start) || head.parts.len() != Part::ALL.len() {
            return Err(short());
        }
        Ok(Self { file: Mutex::new(file), head })
    }

    /// The bytes of a part, once they are those that were signed.
    fn part(&self, part: Part) -> Result<Vec<u8>, Doubt> {
        let parts = || Part::ALL.iter().zip(&self.head.parts);
        let start = parts().take_while(|(each, _)| **each != part).map(|(_, (length, _))| length);
        let start = start.fold(0_u64, |sum, length| sum.saturating_add(*length));
        let found = parts().find(|(each, _)| **each == part);
        let (_, (length, digest)) = found.ok_or_else(|| Doubt::of("a part is missing"))?;
        let bytes = {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            bytes_at(&mut file, start, *length)?
        };
        if sha256(&bytes) == *digest {
            return Ok(bytes);
        }
        Err(Doubt::of(format!("its part `{}` was changed", part.name())))
    }
}

fn bytes_at(file: &mut File, start: u64, length: u64) -> Result<Vec<u8>, Doubt> {
    let mut bytes = vec![0; usize::try_from(length).map_err(Doubt::of)?];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}
