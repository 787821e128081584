//! A witness that nobody runs: its word under the last checkpoint of a book, and the policy that names it.

use ledger::log::{Note, SigningKey, cosignature};
use ledger::store::{CosignatureRow, Store};

/// When it signs, in POSIX seconds.
const TIME: u64 = 1_772_000_000;

fn witness() -> SigningKey {
    SigningKey::generate_cosigner("temoin.example/w", [9; 32]).expect("a key")
}

/// The policy that asks for it, as its file has it.
pub fn policy() -> String {
    format!("witness t1 {}\nquorum t1\n", witness().vkey())
}

/// It signs the last checkpoint, and the book keeps its word: this row.
pub async fn cosign(store: &Store) -> CosignatureRow {
    let head = store.latest_checkpoint().await.expect("read").expect("a checkpoint");
    let text = Note::parse(&head.note).expect("a note").text;
    let (key, time) = (witness(), TIME);
    let line = cosignature::sign(&text, &key, time).expect("signed").to_string();
    let (name, key_id) = (key.name().to_owned(), key.verifier().id());
    let row = CosignatureRow { size: head.size, name, key_id, time, line };
    store.save_cosignature(&row).await.expect("kept");
    row
}
