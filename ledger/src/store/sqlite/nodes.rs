//! Several nodes on one book: not on a file. Its processes are on one machine and meet at the
//! compare-and-swap of the head, so each may sequence, and nothing is ever handed in.

use super::SqliteStore;
use crate::store::failure::{Failure, Result};
use crate::store::row::{Submission, SubmissionFate};

#[expect(clippy::unused_async, reason = "twins: the same names, the same shape")]
impl SqliteStore {
    pub(in crate::store) async fn take_lease(&self, _node: &str, _ms: u32) -> Result<bool> {
        self.writer().map(|_| true)
    }

    pub(in crate::store) async fn give_lease_back(&self, _node: &str) -> Result<()> {
        Ok(())
    }

    pub(in crate::store) async fn hand_in(&self, _: &Submission, _most: usize) -> Result<bool> {
        Err(Failure::Malformed("nothing is handed in to a book that is a file"))
    }

    pub(in crate::store) async fn handed_in(&self, _most: usize) -> Result<Vec<Submission>> {
        Ok(Vec::new())
    }

    pub(in crate::store) async fn settle(
        &self,
        _done: &[[u8; 16]],
        _refused: &[[u8; 16]],
    ) -> Result<()> {
        Ok(())
    }

    pub(in crate::store) async fn fate(&self, _id: [u8; 16]) -> Result<SubmissionFate> {
        Ok(SubmissionFate::Gone)
    }
}
