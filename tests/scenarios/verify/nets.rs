//! Four nets against a book taken back or doubled, each alone: the last checkpoint seen, the signer's
//! state, the history that a signer of a leaf saw, and what an auditor or a member has kept.

use std::fs;
use std::path::Path;
use std::time::Duration;

use ledger::audit::{AuditError, CrossError, Expected, audit, cross};
use ledger::decide::DoorRefusal;
use ledger::log::{Checkpoint, Leaf, VerifierKey};
use ledger::refusal::Refusal;
use ledger::registrar::{Keys, Registrar, Signed, StartError, SubmitError};
use ledger::store::{Store, Target};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use support::{Coop, StoredLog};

use super::small_book;
use support::place;

/// What a volume holds of a book at rest.
struct Snapshot {
    folder: tempfile::TempDir,
    size: u64,
    root: ledger::log::Hash,
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let place = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copied(&path, &place);
        } else {
            fs::copy(&path, &place).expect("copied");
        }
    }
}

/// Stops the book, so that its files are whole, and copies them.
async fn snapshot(coop: Coop) -> (Coop, Snapshot) {
    let book = coop.registrar.book();
    coop.registrar.store().close().await;
    let folder = tempfile::tempdir().expect("a folder");
    copied(&coop.data, folder.path());
    let snapshot = Snapshot { folder, size: book.size(), root: book.root() };
    (coop.restart().await, snapshot)
}

/// A book and the snapshots that were taken while it grew.
async fn grown() -> (Coop, Vec<Snapshot>) {
    let mut coop = small_book().await;
    let mut snapshots = Vec::new();
    for number in 0..4 {
        let (again, taken) = snapshot(coop).await;
        coop = again;
        snapshots.push(taken);
        coop.done(place(number), &["bureau-1"]).await;
    }
    coop.registrar.store().close().await;
    (coop, snapshots)
}

/// A folder with the database of one day and the rest of another.
fn mixed(book: &Path, rest: &Path, pieces: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    copied(rest, folder.path());
    for piece in pieces {
        let (from, to) = (book.join(piece), folder.path().join(piece));
        let _ = fs::remove_file(&to);
        if from.exists() {
            fs::copy(from, to).expect("copied");
        }
    }
    folder
}

const BOOK: [&str; 6] =
    ["book.db", "book.db-wal", "book.db-shm", "vault.db", "vault.db-wal", "vault.db-shm"];

async fn started(data: &Path, coop: &Coop) -> Result<std::sync::Arc<Registrar>, StartError> {
    let store = Store::open(&Target::Folder(data.to_owned())).await?;
    let keys = Keys::load(&data.join("keys")).expect("keys");
    Registrar::open(store, keys, coop.clock.clone()).await
}

#[tokio::test]
async fn an_older_copy_of_the_book_is_refused_by_the_last_checkpoint_seen() {
    let (coop, snapshots) = grown().await;
    let shown = coop.registrar.book().size();
    for old in &snapshots {
        let data = mixed(old.folder.path(), &coop.data, &BOOK);
        // Without the signer's word, so that this net is alone.
        fs::copy(
            old.folder.path().join("keys/signer.state"),
            data.path().join("keys/signer.state"),
        )
        .expect("copied");
        let refused = started(data.path(), &coop).await.expect_err("refused");
        match &refused {
            StartError::RolledBack { found, shown: seen, by } => {
                assert_eq!((*found, *seen), (old.size, shown));
                assert!(by.contains("last-seen"), "{by}");
            }
            other => panic!("size {}: {other:?}", old.size),
        }
        assert_eq!(refused.exit_status(), 3);
        let sentence = refused.to_string();
        assert!(sentence.contains("À faire") && sentence.contains("À ne pas faire"), "{sentence}");
    }
    started(&coop.data, &coop).await.expect("the latest copy starts");
}

#[tokio::test]
async fn an_older_copy_with_its_last_checkpoint_is_refused_by_the_signer() {
    let (coop, snapshots) = grown().await;
    for old in &snapshots {
        let pieces: Vec<&str> = BOOK.into_iter().chain(["keys/last-seen"]).collect();
        let data = mixed(old.folder.path(), &coop.data, &pieces);
        match started(data.path(), &coop).await.expect_err("refused") {
            StartError::RolledBack { found, by, .. } => {
                assert_eq!((found, by.as_str()), (old.size, "le signataire"));
            }
            other => panic!("size {}: {other:?}", old.size),
        }
    }
}

/// Writes another head under a book that is open.
async fn head_is(data: &Path, size: u64, root: &[u8; 32]) {
    let file = SqliteConnectOptions::new().filename(data.join("book.db"));
    let mut rows = file.connect().await.expect("the file opens");
    sqlx::raw_sql("drop trigger head_only_advances").execute(&mut rows).await.expect("dropped");
    sqlx::query("update head set size = ?, root = ?")
        .bind(i64::try_from(size).expect("small"))
        .bind(root.as_slice())
        .execute(&mut rows)
        .await
        .expect("written");
    rows.close().await.expect("closed");
}

/// The book on the disk goes back, or sideways, while it is served: whoever looks next, a reader or the
/// sequencer, ends the process with the status that keeps a supervisor from starting it again.
#[tokio::test]
async fn a_book_taken_back_or_changed_while_it_is_open_ends_the_process_with_status_3() {
    for by_writing in [false, true] {
        for shorter in [true, false] {
            let coop = small_book().await;
            let book = coop.registrar.book();
            let (size, root) = if shorter {
                let size = book.size() - 1;
                (size, book.root_at(size).expect("an earlier root"))
            } else {
                (book.size(), book.root_at(book.size() - 1).expect("another root"))
            };
            head_is(&coop.data, size, root.as_bytes()).await;
            if by_writing {
                coop.submit(place(9), &["bureau-1"]).await.expect_err("not on this head");
            } else {
                coop.registrar.refresh().await.expect_err("another book");
            }
            let wait = Duration::from_secs(5);
            let reason = tokio::time::timeout(wait, coop.registrar.stopped()).await;
            let reason = reason.expect("it ends");
            assert_eq!(reason.exit_status(), 3, "{by_writing}, {shorter}: {reason}");
            assert!(reason.to_string().contains("À faire"), "{reason}");
        }
    }
}

#[tokio::test]
async fn without_its_state_the_signer_signs_nothing_more() {
    let (coop, snapshots) = grown().await;
    let old = &snapshots[0];
    let pieces: Vec<&str> = BOOK.into_iter().chain(["keys/last-seen"]).collect();
    let data = mixed(old.folder.path(), &coop.data, &pieces);
    fs::remove_file(data.path().join("keys/signer.state")).expect("removed");
    // What was signed is read; what would have to be signed is not.
    let registrar = started(data.path(), &coop).await.expect("for reading");
    let answer = registrar.perform(place(9), Vec::new(), &[coop.key("bureau-1")]).await;
    assert!(matches!(answer, Err(SubmitError::NotReleased(_))), "{answer:?}");
    assert_eq!(registrar.book().size(), old.size);
}

#[tokio::test]
async fn a_leaf_signed_on_the_lost_history_is_evidence_at_the_door() {
    let (coop, snapshots) = grown().await;
    let old = &snapshots[1];
    // Somebody has drafted and signed on the history that is then lost.
    let lost = coop.restart().await;
    let draft = lost.registrar.draft(place(50), Vec::new()).expect("drafted");
    let text = draft.texts[0].clone();
    let leaf =
        Leaf::assemble(text.clone(), vec![lost.key("bureau-1").sign_text(&text).expect("signed")]);
    // Every other net is taken back with the book.
    let registrar = started(old.folder.path(), &lost).await.expect("no net is left but this one");
    let size = registrar.book().size();
    let signed = Signed { leaves: vec![leaf], private: Vec::new() };
    match registrar.submit(signed.clone()).await {
        Err(SubmitError::Refused(refusal)) => match *refusal {
            Refusal::Door(DoorRefusal::UnknownHistory(seen)) => {
                assert_eq!(seen, lost.registrar.book().size());
                assert!(refusal.to_string().contains("indice de falsification"), "{refusal}");
            }
            other => panic!("{other}"),
        },
        other => panic!("{other:?}"),
    }
    // The book grows past that size: the size is known now, the root still is not.
    for number in 60..70 {
        let done = registrar.perform(place(number), Vec::new(), &[lost.key("bureau-1")]).await;
        done.expect("written");
    }
    assert!(registrar.book().size() > size + 5);
    let again = registrar.submit(signed).await;
    assert!(matches!(again, Err(SubmitError::Refused(_))), "{again:?}");
}

/// The book of a folder as a stranger reads it, and the key that signs it.
async fn read(data: &Path) -> (StoredLog, VerifierKey) {
    let log = StoredLog::read(&Target::Folder(data.to_owned())).await.expect("read");
    let report = audit(&log, &Expected::default()).expect("sound by itself");
    (log, report.vkey)
}

fn against(note: &[u8]) -> Expected {
    Expected { vkey: None, against: Some(note.to_vec()) }
}

#[tokio::test]
async fn two_copies_that_grew_apart_are_proven_a_fork_to_whoever_kept_a_checkpoint() {
    let (coop, snapshots) = grown().await;
    let copies = [&snapshots[2], &snapshots[3]];
    for (number, copy) in (100..).zip(copies) {
        let registrar = started(copy.folder.path(), &coop).await.expect("a copy with its own nets");
        for more in 0..6 {
            let command = place(number * 10 + more);
            let done = registrar.perform(command, Vec::new(), &[coop.key("bureau-1")]).await;
            done.expect("written");
        }
        registrar.store().close().await;
    }
    let (one, key) = read(copies[0].folder.path()).await;
    let (two, _) = read(copies[1].folder.path()).await;
    let common = Checkpoint::open(&one.checkpoints[0], &key).expect("signed").0.size;
    let (mut forks, mut rollbacks) = (0, 0);
    for (kept, log) in [(&one, &two), (&two, &one)] {
        for note in &kept.checkpoints {
            let size = Checkpoint::open(note, &key).expect("signed").0.size;
            let by_audit = audit(log, &against(note)).map(|_| ());
            let by_hashes = cross(log, note, std::slice::from_ref(&key)).map(|_| ());
            match (by_audit, by_hashes) {
                (Ok(()), Ok(())) => assert!(size <= snapshots[2].size, "size {size}"),
                (Err(AuditError::Against(one)), Err(two)) => {
                    assert_eq!(one, two);
                    match two {
                        CrossError::Fork { size: at } => {
                            assert_eq!(at, size);
                            forks += 1;
                        }
                        CrossError::Rollback { known, .. } => {
                            assert_eq!(known, size);
                            rollbacks += 1;
                        }
                        other => panic!("size {size}: {other}"),
                    }
                }
                other => panic!("size {size}: {other:?}"),
            }
        }
    }
    assert!(common > 0 && forks >= 12 && rollbacks >= 1, "{forks} forks, {rollbacks} rollbacks");
}

#[tokio::test]
async fn a_proof_that_a_member_holds_is_crossed_with_the_log_of_today() {
    let (coop, snapshots) = grown().await;
    let coop = coop.restart().await;
    let now = StoredLog::read(&coop.target).await.expect("read");
    let key = VerifierKey::parse(&coop.registrar.log_vkey().expect("its key")).expect("a key");
    for index in 0..coop.registrar.book().size() {
        let proof = coop.registrar.proof_file(index).await.expect("made").expect("a leaf");
        let crossed = cross(&now, &proof.checkpoint, std::slice::from_ref(&key)).expect("a prefix");
        assert!(crossed.known.size > index);
        assert_eq!(crossed.now.size, coop.registrar.book().size());
        // The log of an earlier day does not hold it: that is a rollback, proven.
        let earlier = StoredLog::read(&Target::Folder(snapshots[0].folder.path().to_owned())).await;
        let back = cross(&earlier.expect("read"), &proof.checkpoint, std::slice::from_ref(&key));
        assert_eq!(back.is_ok(), crossed.known.size <= snapshots[0].size, "leaf {index}");
        // Nor is a key that signed neither a proof of anything.
        let other = support::key("x", 99).verifier().clone();
        let nothing = cross(&now, &proof.checkpoint, &[other]);
        assert!(matches!(nothing, Err(CrossError::Checkpoint { .. })), "{nothing:?}");
    }
    assert!(snapshots[0].root != coop.registrar.book().root());
}
