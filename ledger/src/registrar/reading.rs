//! What is read of the book: leaves, proofs, personal values, who holds a role.

use std::collections::BTreeMap;

use super::vault::{self, VaultError};
use super::{Book, Registrar};
use crate::authority::Role;
use crate::log::proof::{consistency_proof, consistency_tiles, inclusion_proof, inclusion_tiles};
use crate::log::{Disclosure, Hash, ProofFile, Tile, TileId};
use crate::store::{Failure, Store};

impl Registrar {
    /// The bytes of a leaf of the book.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn leaf(&self, index: u64) -> Result<Option<Vec<u8>>, Failure> {
        if index >= self.book().size() {
            return Ok(None);
        }
        Ok(self.store.leaves(index, index.saturating_add(1)).await?.pop())
    }

    /// The proof file of a leaf, the leaf inside, under the first checkpoint that holds it and is
    /// witnessed as the policy asks; until there is one, under the first that was kept.
    ///
    /// So the same leaf gives the same bytes once the witnesses have spoken, and the earliest time
    /// at which they vouch for it.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn proof_file(&self, index: u64) -> Result<Option<ProofFile>, Failure> {
        let book = self.book();
        let Some(leaf) = self.leaf(index).await? else { return Ok(None) };
        let covering = match self.witnesses.first_witnessed(index.saturating_add(1)).await? {
            Some(witnessed) => Some(witnessed),
            None => self.store.first_checkpoint_covering(index.saturating_add(1)).await?,
        };
        let (size, checkpoint) = match covering {
            Some(row) if row.size <= book.size() => (row.size, row.note),
            _ => (book.size(), book.checkpoint().to_vec()),
        };
        let tiles = tiles_by_id(&self.store, &inclusion_tiles(index, size)).await?;
        let hashes =
            inclusion_proof(index, size, &tiles).map_err(|_| Failure::Corrupt("a tile"))?;
        Ok(Some(ProofFile { extra: Some(leaf), index, hashes, checkpoint }))
    }

    /// The consistency proof from an earlier size to that of `book`; `None` when the earlier size
    /// is not one of its own.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn consistency(&self, old: u64, book: &Book) -> Result<Option<Vec<Hash>>, Failure> {
        if old == 0 || old > book.size() {
            return Ok(None);
        }
        let tiles = tiles_by_id(&self.store, &consistency_tiles(old, book.size())).await?;
        Ok(consistency_proof(old, book.size(), &tiles).ok())
    }

    /// The personal values of a member or a bank line; empty when erased or never given.
    ///
    /// # Errors
    /// [`VaultError`].
    pub async fn private(&self, owner: &str) -> Result<BTreeMap<String, String>, VaultError> {
        vault::read(&self.store, &self.keys.vault, owner).await
    }

    /// The same values as disclosures (RFC 9901): with one, its holder proves the value to whoever has
    /// the leaf that lists its digest.
    ///
    /// # Errors
    /// [`VaultError`].
    pub async fn disclosures(&self, owner: &str) -> Result<Vec<Disclosure>, VaultError> {
        vault::held(&self.store, &self.keys.vault, owner).await
    }

    /// Whether this key may sign as that role now.
    pub fn has_role(&self, key_name: &str, role: Role) -> bool {
        let book = self.book();
        let authority = &book.state().registers.authority;
        let at = crate::base::LeafIndex::new(book.size());
        authority.may_sign(key_name, at)
            && authority.key(key_name).is_some_and(|record| record.role == role)
    }
}

/// The stored tiles of those places, in the order asked; what is not there is left out.
pub(super) async fn tiles(store: &Store, ids: &[TileId]) -> Result<Vec<Tile>, Failure> {
    let places: Vec<(u8, u64)> = ids.iter().map(|id| (id.level, id.n)).collect();
    Ok(store.tiles(&places).await?.into_iter().map(Tile::from).collect())
}

/// The same, as a proof looks them up.
pub(super) async fn tiles_by_id(
    store: &Store,
    ids: &[TileId],
) -> Result<BTreeMap<TileId, Vec<u8>>, Failure> {
    Ok(tiles(store, ids).await?.into_iter().map(|tile| (tile.id, tile.hashes)).collect())
}
