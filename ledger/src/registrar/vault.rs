//! Sealing of personal values: a data key a person, itself sealed by the vault's key (R78).
//!
//! To erase a person is to destroy the data key and the sealed values; the log does not change.

use std::collections::BTreeMap;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use thiserror::Error;
use zeroize::Zeroizing;

use super::keys::random;
use crate::log::Disclosure;
use crate::store::{Failure, SealedKey, SealedValue, Store};

const NONCE: usize = 24;

/// Why the vault did not answer.
#[derive(Debug, Error)]
pub enum VaultError {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] Failure),
    /// A sealed value does not open: another vault key, or a changed byte.
    #[error("a sealed value of the vault does not open: wrong vault key, or damaged")]
    Unsealed,
    /// The system gave no randomness.
    #[error("the system gave no randomness")]
    Randomness,
}

/// A personal value on its way to the vault: whose it is, and its disclosure (RFC 9901).
#[derive(Clone, Debug)]
pub struct PrivateValue {
    /// Whose: a member's or a bank line's reference.
    pub owner: String,
    /// Salt, name and value; the leaf holds its digest.
    pub disclosure: Disclosure,
}

/// Makes the disclosures of these fields, each with a fresh salt.
///
/// # Errors
/// [`VaultError::Randomness`].
pub fn disclose(owner: &str, fields: &[(&str, &str)]) -> Result<Vec<PrivateValue>, VaultError> {
    let disclosed = |(name, value): &(&str, &str)| {
        let salt = random::<16>().map_err(|_| VaultError::Randomness)?;
        let disclosure = Disclosure::new(salt, name, value);
        Ok(PrivateValue { owner: owner.to_owned(), disclosure })
    };
    fields.iter().map(disclosed).collect()
}

/// The digests of disclosures as a leaf lists them: sorted, so that their order tells nothing.
pub fn digests(values: &[PrivateValue]) -> Vec<String> {
    let mut digests: Vec<String> = values.iter().map(|v| v.disclosure.digest()).collect();
    digests.sort();
    digests
}

/// Seals values and puts them in the store, before the leaf that holds their digests is written.
pub(super) async fn keep(
    store: &Store,
    master: &[u8; 32],
    values: &[PrivateValue],
) -> Result<(), VaultError> {
    let mut by_owner: BTreeMap<&str, Vec<&PrivateValue>> = BTreeMap::new();
    for value in values {
        by_owner.entry(&value.owner).or_default().push(value);
    }
    for (owner, values) in by_owner {
        let known = store.private_key(owner).await?;
        let new = if known.is_none() { Some(new_key(master, owner)?) } else { None };
        let sealed_key = known.as_ref().or(new.as_ref()).ok_or(VaultError::Unsealed)?;
        let key = open_key(master, sealed_key)?;
        let sealed: Result<Vec<SealedValue>, VaultError> = values
            .iter()
            .map(|value| {
                let digest = value.disclosure.digest();
                let sealed = seal(&key, &digest, value.disclosure.encoded().as_bytes())?;
                Ok(SealedValue { digest, owner: owner.to_owned(), sealed })
            })
            .collect();
        store.put_private(new.as_ref(), &sealed?).await?;
    }
    Ok(())
}

/// The personal values of an owner, by field; nothing when they were erased or never given.
pub(super) async fn read(
    store: &Store,
    master: &[u8; 32],
    owner: &str,
) -> Result<BTreeMap<String, String>, VaultError> {
    let held = held(store, master, owner).await?.into_iter();
    Ok(held.map(|held| (held.name().to_owned(), held.value().to_owned())).collect())
}

/// The disclosures of an owner, by digest; nothing when they were erased or never given.
pub(super) async fn held(
    store: &Store,
    master: &[u8; 32],
    owner: &str,
) -> Result<Vec<Disclosure>, VaultError> {
    let Some(sealed_key) = store.private_key(owner).await? else { return Ok(Vec::new()) };
    let key = open_key(master, &sealed_key)?;
    let values = store.private_values(owner).await?.into_iter();
    let opened = values.map(|value| {
        let bytes = open(&key, &value.digest, &value.sealed)?;
        let encoded = String::from_utf8(bytes).map_err(|_| VaultError::Unsealed)?;
        Disclosure::from_encoded(&encoded).map_err(|_| VaultError::Unsealed)
    });
    opened.collect()
}

/// Opens a sealed data key as a check does.
pub(crate) fn check_key(
    master: &[u8; 32],
    sealed: &SealedKey,
) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    open_key(master, sealed)
}

/// Opens a sealed value and gives its disclosure, which is of the row's digest.
pub(crate) fn check_value(key: &[u8; 32], value: &SealedValue) -> Result<Disclosure, VaultError> {
    let bytes = open(key, &value.digest, &value.sealed)?;
    let encoded = String::from_utf8(bytes).map_err(|_| VaultError::Unsealed)?;
    let disclosure = Disclosure::from_encoded(&encoded).map_err(|_| VaultError::Unsealed)?;
    if disclosure.digest() == value.digest { Ok(disclosure) } else { Err(VaultError::Unsealed) }
}

fn new_key(master: &[u8; 32], owner: &str) -> Result<SealedKey, VaultError> {
    let key = random::<32>().map_err(|_| VaultError::Randomness)?;
    Ok(SealedKey { owner: owner.to_owned(), sealed: seal(master, owner, &key)? })
}

fn open_key(master: &[u8; 32], sealed: &SealedKey) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let bytes = Zeroizing::new(open(master, &sealed.owner, &sealed.sealed)?);
    let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| VaultError::Unsealed)?;
    Ok(Zeroizing::new(key))
}

/// Nonce, then ciphertext; `context` binds the value to its row.
fn seal(key: &[u8; 32], context: &str, value: &[u8]) -> Result<Vec<u8>, VaultError> {
    let nonce = random::<NONCE>().map_err(|_| VaultError::Randomness)?;
    let payload = Payload { msg: value, aad: context.as_bytes() };
    let sealed = XChaCha20Poly1305::new(&Key::from(*key))
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| VaultError::Unsealed)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn open(key: &[u8; 32], context: &str, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or(VaultError::Unsealed)?;
    let payload = Payload { msg: sealed, aad: context.as_bytes() };
    XChaCha20Poly1305::new(&Key::from(*key))
        .decrypt(&XNonce::from(*nonce), payload)
        .map_err(|_| VaultError::Unsealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_in_its_own_row() {
        let sealed = seal(&[7; 32], "row", b"Awa").expect("sealed");
        assert_eq!(open(&[7; 32], "row", &sealed).expect("opens"), b"Awa");
        assert!(open(&[7; 32], "other row", &sealed).is_err());
        assert!(open(&[8; 32], "row", &sealed).is_err());
        assert!(open(&[7; 32], "row", sealed.get(1..).expect("long enough")).is_err());
    }

    #[test]
    fn two_sealings_of_a_value_do_not_look_alike() {
        let (one, two) = (seal(&[7; 32], "row", b"Awa"), seal(&[7; 32], "row", b"Awa"));
        assert_ne!(one.expect("sealed"), two.expect("sealed"));
    }
}
