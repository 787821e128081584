//! Leaf and node hashes of RFC 6962 section 2.1.

use std::fmt;

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::text;

/// A SHA-256 hash of the tree: of a leaf, of a node, or a root.
///
/// ```
/// use ledger::log::Hash;
///
/// let (left, right) = (Hash::leaf(b"one"), Hash::leaf(b"two"));
/// assert_ne!(Hash::node(&left, &right), Hash::node(&right, &left));
/// assert_eq!(Hash::from_base64(&left.to_base64()), Ok(left));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

/// Why a text or a run of bytes is not a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HashError {
    /// Not padded base 64 in its one canonical form.
    #[error("a hash must be canonical padded base64")]
    Base64,
    /// Another length than 32 bytes.
    #[error("a hash has 32 bytes, not {0}")]
    Length(usize),
}

/// SHA-256 of `bytes`, without any prefix.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// A SHA-256 that takes its bytes piece by piece.
#[derive(Clone, Debug, Default)]
pub struct Sum(Sha256);

impl Sum {
    /// Takes the next bytes.
    pub fn take(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// SHA-256 of all that was taken.
    pub fn digest(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

impl Hash {
    /// The root of the tree without leaves: SHA-256 of nothing.
    pub const EMPTY_ROOT: Self = Self([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9,
        0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
        0xb8, 0x55,
    ]);

    /// Hashes a leaf: SHA-256 of `0x00` and its bytes. The prefix keeps leaves and nodes apart.
    pub fn leaf(bytes: &[u8]) -> Self {
        Self(Sha256::new().chain_update([0]).chain_update(bytes).finalize().into())
    }

    /// Hashes a node: SHA-256 of `0x01` and its two children.
    pub fn node(left: &Self, right: &Self) -> Self {
        Self(
            Sha256::new()
                .chain_update([1])
                .chain_update(left.0)
                .chain_update(right.0)
                .finalize()
                .into(),
        )
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash made of these 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads a hash from a run of bytes.
    ///
    /// # Errors
    /// [`HashError::Length`] unless there are exactly 32.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, HashError> {
        bytes.try_into().map(Self).map_err(|_| HashError::Length(bytes.len()))
    }

    /// Padded base 64, as checkpoints and proofs write it.
    pub fn to_base64(&self) -> String {
        text::base64(&self.0)
    }

    /// Reads padded base 64.
    ///
    /// # Errors
    /// [`HashError`] when the text is not canonical or has another length.
    pub fn from_base64(text: &str) -> Result<Self, HashError> {
        Self::from_slice(&text::from_base64(text).ok_or(HashError::Base64)?)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::hex(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_root_is_the_hash_of_nothing() {
        assert_eq!(Hash::EMPTY_ROOT, Hash(sha256(b"")));
    }

    #[test]
    fn a_sum_of_pieces_is_that_of_the_whole() {
        let mut sum = Sum::default();
        for piece in [&b"L12"[..], b"", b"3456"] {
            sum.take(piece);
        }
        assert_eq!(sum.digest(), sha256(b"L123456"));
    }

    #[test]
    fn leaves_and_nodes_hash_as_in_the_public_vectors() {
        assert_eq!(
            format!("{:?}", Hash::leaf(b"L123456")),
            "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
        );
        assert_eq!(
            format!("{:?}", Hash::leaf(b"")),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
    }

    #[test]
    fn a_hash_reads_back_from_base64_and_nothing_else() {
        let text = Hash::EMPTY_ROOT.to_base64();
        assert_eq!(Hash::from_base64(&text), Ok(Hash::EMPTY_ROOT));
        assert_eq!(Hash::from_base64(text.trim_end_matches('=')), Err(HashError::Base64));
        assert_eq!(Hash::from_base64("AAAA"), Err(HashError::Length(3)));
    }
}
