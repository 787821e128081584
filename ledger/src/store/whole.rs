//! A whole book as it is found, sound or not: what a check or a copy of it reads.

use super::{
    Draft, Failure, FoundLeaf, FoundTile, MemberLink, Result, SealedKey, SealedValue, Store, limit,
};

impl Store {
    /// The rows of the leaves of index `from` up to `to`, `to` not included: those that are there.
    pub async fn found_leaves(&self, from: u64, to: u64) -> Result<Vec<FoundLeaf>> {
        limit::check_range(from, to)?;
        ask!(self.found_leaves(from, to))
    }

    /// The indices of leaves that the head does not count, at most a hundred of them.
    pub async fn stray_leaves(&self) -> Result<Vec<i64>> {
        ask!(self.stray_leaves())
    }

    /// The size of the head, and where every row of a tile is, as of one moment.
    pub async fn found_tiles(&self) -> Result<(u64, Vec<FoundTile>)> {
        ask!(self.found_tiles())
    }

    /// What the engine itself finds wrong: pages, indices, references, the schema.
    pub async fn engine_faults(&self) -> Result<Vec<String>> {
        ask!(self.engine_faults())
    }

    /// Whether the vault is there: a book may be read without it.
    pub fn has_vault(&self) -> bool {
        match self {
            Store::Sqlite(store) => store.has_vault(),
            Store::Postgres(_) => true,
        }
    }

    /// The sealed keys whose owner comes after that one, by owner, so many at most.
    pub async fn private_keys_after(&self, owner: &str, most: usize) -> Result<Vec<SealedKey>> {
        ask!(self.private_keys_after(owner, asked(most)?))
    }

    /// The sealed values whose digest comes after that one, by digest, so many at most.
    pub async fn private_values_after(
        &self,
        digest: &str,
        most: usize,
    ) -> Result<Vec<SealedValue>> {
        ask!(self.private_values_after(digest, asked(most)?))
    }

    /// The drafts whose reference comes after that one, by reference, so many at most.
    pub async fn drafts_after(&self, id: &str, most: usize) -> Result<Vec<Draft>> {
        ask!(self.drafts_after(id, asked(most)?))
    }

    /// Every personal link, by member, oldest first.
    pub async fn links(&self) -> Result<Vec<MemberLink>> {
        ask!(self.links())
    }
}

fn asked(most: usize) -> Result<i64> {
    limit::check_rows(most)?;
    i64::try_from(most).map_err(|_| Failure::Malformed("too many rows at once"))
}
