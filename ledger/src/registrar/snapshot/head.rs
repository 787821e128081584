//! What a snapshot says of itself, and what is signed of it.
//!
//! ```text
//! <origin>/snapshot@v1
//! <number of leaves>
//! <root, base 64>
//! <digest of the program's source, hexadecimal>
//! <name of a part> <its length in bytes> <its SHA-256, base 64>     for each part, in order
//! ```
//!
//! The first line keeps it from being taken for a leaf or a checkpoint, and the other way round.

use super::Doubt;
use crate::log::hash::Sum;
use crate::log::{Hash, Note, SigningKey, VerifierKey};
use crate::replay::Part;

/// The program that folds here: a snapshot by another one is not read.
const PROGRAM: &str = env!("SOURCE_DIGEST");

/// What a snapshot says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The log's origin.
    pub(super) origin: String,
    /// How many leaves were folded.
    pub(super) size: u64,
    /// The root over them.
    pub(super) root: Hash,
    /// Length and SHA-256 of each part, in the order of [`Part::ALL`].
    pub(super) parts: Vec<(u64, [u8; 32])>,
}

impl Head {
    fn text(&self) -> String {
        let Self { origin, size, root, parts } = self;
        let mut text = format!("{origin}/snapshot@v1\n{size}\n{}\n{PROGRAM}\n", root.to_base64());
        for (part, (length, digest)) in Part::ALL.iter().zip(parts) {
            let digest = Hash::from_bytes(*digest).to_base64();
            text.extend([part.name(), " ", &length.to_string(), " ", &digest, "\n"]);
        }
        text
    }

    /// The signed note.
    pub(super) fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, Doubt> {
        let text = self.text();
        let signatures = vec![key.sign_text(&text).map_err(Doubt::of)?];
        Ok(Note { text, signatures }.to_bytes())
    }

    /// Reads a note that this very program wrote and that key signed.
    pub(super) fn open(note: &[u8], key: &VerifierKey) -> Result<Self, Doubt> {
        let note = Note::parse(note).map_err(Doubt::of)?;
        note.verify(key).map_err(Doubt::of)?;
        let head = Self::read(&note.text).ok_or_else(|| Doubt::of("its head has another form"))?;
        // The one writing of it, by this program.
        if head.text() == note.text {
            return Ok(head);
        }
        Err(Doubt::of("another version of the program wrote it"))
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let origin = lines.next()?.strip_suffix("/snapshot@v1")?.to_owned();
        let size = lines.next()?.parse().ok()?;
        let root = Hash::from_base64(lines.next()?).ok()?;
        let _program = lines.next()?;
        let part = |line: &str| {
            let mut words = line.split(' ').skip(1);
            let length = words.next()?.parse().ok()?;
            Some((length, *Hash::from_base64(words.next()?).ok()?.as_bytes()))
        };
        Some(Self { origin, size, root, parts: lines.map(part).collect::<Option<_>>()? })
    }
}

/// Writes on, and keeps count and sum of what it wrote.
pub(super) struct Counted<W> {
    pub(super) out: W,
    length: u64,
    sum: Sum,
}

impl<W> Counted<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, length: 0, sum: Sum::default() }
    }

    /// Length and SHA-256 since the last time.
    pub(super) fn told(&mut self) -> (u64, [u8; 32]) {
        (std::mem::take(&mut self.length), std::mem::take(&mut self.sum).digest())
    }
}

impl<W: std::io::Write> std::io::Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.sum.take(bytes.get(..written).unwrap_or(bytes));
        self.length = self.length.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        let parts = Part::ALL.iter().map(|_| (7, [3; 32])).collect();
        Head { origin: "example.org/log".into(), size: 12, root: Hash::leaf(b"x"), parts }
    }

    #[test]
    fn only_what_that_key_signed_of_this_program_is_read() {
        let key = |seed| SigningKey::generate("example.org/k/desk", [seed; 32]).expect("a key");
        let note = head().sign(&key(1)).expect("signed");
        assert_eq!(Head::open(&note, key(1).verifier()).expect("it reads"), head());
        Head::open(&note, key(2).verifier()).expect_err("another key");
        for at in 0..note.len() {
            let mut flipped = note.clone();
            flipped[at] ^= 1;
            Head::open(&flipped, key(1).verifier()).expect_err("a flipped bit");
        }
        let other = head().text().replace(PROGRAM, &"0".repeat(64));
        let signatures = vec![key(1).sign_text(&other).expect("signed")];
        let other = Note { text: other, signatures }.to_bytes();
        let doubt = Head::open(&other, key(1).verifier()).expect_err("another program");
        assert!(doubt.to_string().contains("version"), "{doubt}");
    }
}
