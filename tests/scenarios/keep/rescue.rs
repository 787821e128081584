//! A lost or damaged book comes back: from a backup on either engine, from an archive, never older than
//! what was shown, never with somebody who was erased.

use std::fs;
use std::path::{Path, PathBuf};

use ledger::audit::{Expected, audit};
use ledger::base::MemberRef;
use ledger::keep::{
    Beside, Disclose, KeepError, LogTree, Restore, Restored, WithIt, archive, backup, repair,
    restore,
};
use ledger::members::ErasureReason;
use ledger::registrar::keys::read_vault_key;
use ledger::registrar::witness::POLICY_FILE;
use ledger::registrar::{Known, Nets};
use ledger::store::{Store, Target};
use support::{Coop, StoredLog, bits, day, place};

use super::flips::checked;
use super::{Engine, Rows, engines};
use crate::verify::filled;

const NOW_MS: i64 = 1_772_366_400_000;

/// Backs a book up, keys too, while whoever works with it goes on.
pub(crate) async fn backed_up(engine: &Engine, out: &Path) {
    let store = Store::open_read_only(&engine.target).await.expect("it opens");
    let (keys, policy) = (engine.data.join("keys"), engine.data.join(POLICY_FILE));
    let policy = policy.exists().then_some(policy.as_path());
    let with_it = WithIt { keys: Some(&keys), policy };
    backup(&store, with_it, NOW_MS, out).await.expect("backed up");
    store.close().await;
}

pub(crate) async fn archived(target: &Target, out: &Path) {
    let store = Store::open_read_only(target).await.expect("it opens");
    archive(&store, Beside::default(), out).await.expect("archived");
    store.close().await;
}

fn known(data: &Path) -> Vec<Known> {
    Nets::of(&data.join("keys"), None).known().expect("the nets are read")
}

pub(crate) async fn restored(
    engine: &Engine,
    from: &Path,
    archive: Option<&Path>,
    known: &[Known],
) -> Result<Restored, KeepError> {
    let keys = engine.data.join("keys");
    let policy = engine.data.join(POLICY_FILE);
    restore(&engine.target, Restore { from, archive, keys: &keys, policy: &policy, known }).await
}

async fn stopped(coop: &Coop) {
    coop.registrar.leave().await;
    coop.registrar.store().close().await;
}

/// Every file under a folder and its bytes.
pub(crate) fn bytes_of(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let (mut all, mut waiting) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                all.push((path.clone(), fs::read(&path).expect("a file")));
            }
        }
    }
    let name = |(path, bytes): (PathBuf, Vec<u8>)| {
        (path.strip_prefix(folder).expect("inside").to_owned(), bytes)
    };
    let mut all: Vec<_> = all.into_iter().map(name).collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_taken_while_four_write_comes_back_on_the_other_engine() {
    for engine in engines() {
        let coop = filled(engine.opened().await).await;
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("sauvegarde");
        let write = |writer: u16| {
            let coop = &coop;
            async move {
                for number in 0..6 {
                    coop.done(place(100 + writer * 10 + number), &["bureau-1"]).await;
                }
            }
        };
        tokio::join!(write(0), write(1), write(2), write(3), backed_up(&engine, &out));
        stopped(&coop).await;
        let names: Vec<String> =
            bytes_of(&out).iter().map(|(path, _)| path.display().to_string()).collect();
        assert!(names.iter().any(|name| name == "keys/vault.key"), "{names:?}");
        let states = |name: &&String| name.contains("signer.state") || name.contains("last-seen");
        assert_eq!(names.iter().find(states), None, "a state never is in a backup");

        let log = LogTree::at(&out).expect("a log");
        let report = audit(&log, &Expected::default()).expect("it holds by itself");
        let there = StoredLog::read(&engine.target).await.expect("read");
        let size = usize::try_from(report.leaves).expect("small");
        let tree = audit(&there, &Expected::default()).expect("it holds");
        assert_eq!(audit(&log, &Expected::default()).expect("holds").checkpoint, report.checkpoint);
        assert!(tree.leaves >= report.leaves);

        // Into the other engine when there is one: the form is nobody's own.
        let other = match engine.name {
            "sqlite" => Engine::server().unwrap_or_else(Engine::folder),
            _ => Engine::folder(),
        };
        let done = restored(&other, &out, None, &[]).await.expect("restored");
        assert_eq!((done.head.root, done.opened), (report.checkpoint.root, true));
        let copy = StoredLog::read(&other.target).await.expect("read");
        assert_eq!(copy.leaves, there.leaves[..size]);
        let found = checked(&other.target, &other.data).await;
        assert!(found.is_clean() && found.values > 0, "{:?}", found.faults);
        let again = restored(&other, &out, None, &[]).await.expect_err("the place is taken");
        assert!(
            again.to_string().contains("n’a été écrit") || again.to_string().contains("vide"),
            "{again}"
        );
    }
}

#[tokio::test]
async fn a_backup_older_than_what_was_shown_is_refused_unless_an_archive_brings_it_forward() {
    for engine in engines() {
        let coop = filled(engine.opened().await).await;
        let folder = tempfile::tempdir().expect("a folder");
        let (old, later) = (folder.path().join("sauvegarde"), folder.path().join("archive"));
        coop.all_kept().await;
        backed_up(&engine, &old).await;
        coop.done(place(1), &["bureau-1"]).await;
        coop.done(place(2), &["bureau-1"]).await;
        coop.all_kept().await;
        archived(&engine.target, &later).await;
        let (size, root) = (coop.registrar.book().size(), coop.registrar.book().root());
        stopped(&coop).await;

        let new = Engine::folder();
        let refused = restored(&new, &old, None, &known(&engine.data)).await.expect_err("refused");
        assert_eq!(refused.exit_status(), 3, "{refused}");
        assert!(refused.to_string().contains("RAMENÉ EN ARRIÈRE"), "{refused}");
        assert!(Store::open(&new.target).await.is_err(), "nothing is seen of it");
        let done = restored(&new, &old, Some(&later), &known(&engine.data)).await;
        let done = done.expect("brought forward");
        assert_eq!((done.brought, done.head.size, done.head.root), (2, size, root));
        assert!(checked(&new.target, &new.data).await.is_clean());
    }
}

#[tokio::test]
async fn somebody_erased_after_a_backup_does_not_come_back_with_it() {
    for engine in engines() {
        let coop = filled(engine.opened().await).await;
        coop.joins(3, 5).await.expect("subscribed");
        let folder = tempfile::tempdir().expect("a folder");
        let (old, later) = (folder.path().join("sauvegarde"), folder.path().join("archive"));
        coop.all_kept().await;
        backed_up(&engine, &old).await;
        coop.clock.set(day("2040-03-01"));
        let member = MemberRef::from_random(bits(3));
        let command = coop.registrar.erasure(&member, ErasureReason::NoLongerNeeded).await;
        coop.done(command.expect("a command"), &["bureau-2", "bureau-3"]).await;
        coop.all_kept().await;
        archived(&engine.target, &later).await;
        stopped(&coop).await;
        let line = fs::read_to_string(old.join("vault/keys.jsonl")).expect("keys");
        assert!(line.contains(member.as_str()), "the backup is from before");

        let new = Engine::folder();
        let done = restored(&new, &old, Some(&later), &known(&engine.data)).await;
        assert!(done.expect("restored").erased > 1);
        let store = Store::open_read_only(&new.target).await.expect("it opens");
        assert_eq!(store.private_key(member.as_str()).await, Ok(None));
        assert_eq!(store.private_values(member.as_str()).await, Ok(Vec::new()));
        store.close().await;
        let found = checked(&new.target, &new.data).await;
        assert!(found.is_clean(), "{:?}", found.faults);
    }
}

#[tokio::test]
async fn a_damaged_log_is_named_repaired_and_gives_the_same_archive() {
    for engine in engines() {
        let coop = filled(engine.opened().await).await;
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        coop.all_kept().await;
        archived(&engine.target, &at("avant")).await;
        stopped(&coop).await;
        let mut rows = Rows::of(&engine.target).await;
        for (column, table, row) in
            [("leaf", "leaves", "idx = 4"), ("hashes", "tiles", "level = 0 and n = 0")]
        {
            let mut bytes = rows.bytes(column, table, row).await;
            let middle = bytes.len() / 2;
            bytes[middle] ^= 4;
            rows.put(column, table, row, &bytes).await;
        }
        rows.close().await;
        let found = checked(&engine.target, &engine.data).await;
        assert!(found.faults.iter().any(|fault| fault.what.starts_with("feuille 4 ")), "{found:?}");

        let done = repair(&engine.target, &at("avant"), &known(&engine.data), "damaged_1").await;
        let done = done.expect("repaired");
        assert_eq!(done.lost, Vec::<String>::new());
        if engine.name == "sqlite" {
            assert!(engine.data.join(&done.aside).is_file(), "{}", done.aside);
        }
        let found = checked(&engine.target, &engine.data).await;
        assert!(found.is_clean(), "{}: {:?}", engine.name, found.faults);
        archived(&engine.target, &at("après")).await;
        assert_eq!(bytes_of(&at("avant")), bytes_of(&at("après")));
        // And the book goes on.
        let coop = coop.restart().await;
        coop.done(place(1), &["bureau-1"]).await;
        stopped(&coop).await;
        assert!(checked(&engine.target, &engine.data).await.is_clean());
    }
}

#[tokio::test]
async fn an_archive_that_is_older_forked_or_of_another_log_repairs_nothing() {
    for engine in engines() {
        let coop = filled(engine.opened().await).await;
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        coop.all_kept().await;
        archived(&engine.target, &at("ancienne")).await;
        backed_up(&engine, &at("sauvegarde")).await;
        coop.done(place(1), &["bureau-1"]).await;
        stopped(&coop).await;
        // Another copy of the same day grows in another way, with the same keys.
        let twin = Engine::folder();
        restored(&twin, &at("sauvegarde"), None, &[]).await.expect("restored");
        let state = coop.data.join("keys/signer.state");
        let tree = LogTree::at(&at("ancienne")).expect("a log");
        let report = audit(&tree, &Expected::default()).expect("it holds");
        fs::write(twin.data.join("keys/signer.state"), report.checkpoint.text()).expect("written");
        assert!(state.is_file());
        fork(&twin, &coop).await;
        archived(&twin.target, &at("autre-histoire")).await;
        let stranger = Engine::folder();
        let other = filled(stranger.opened().await).await;
        archived(&stranger.target, &at("autre-journal")).await;
        stopped(&other).await;

        let before = StoredLog::read(&engine.target).await.expect("read");
        for (name, said) in [
            ("ancienne", "plus récente"),
            ("autre-histoire", "autre histoire"),
            ("autre-journal", ""),
        ] {
            let known = known(&engine.data);
            let refused = repair(&engine.target, &at(name), &known, "damaged_2").await;
            let refused = refused.expect_err("refused");
            assert_eq!(refused.exit_status(), 3, "{name}: {refused}");
            assert!(refused.to_string().contains(said), "{name}: {refused}");
        }
        assert_eq!(StoredLog::read(&engine.target).await.expect("read"), before);
        assert!(checked(&engine.target, &engine.data).await.is_clean());
    }
}

/// Lets a copy of the book grow by itself.
async fn fork(twin: &Engine, coop: &Coop) {
    use ledger::registrar::{Keys, Registrar};
    let store = Store::open(&twin.target).await.expect("it opens");
    let keys = Keys::load(&twin.data.join("keys")).expect("keys");
    let registrar = Registrar::open(store, keys, coop.clock.clone()).await.expect("it starts");
    for number in 50..54 {
        let done = registrar.perform(place(number), Vec::new(), &[coop.key("bureau-1")]).await;
        done.expect("written");
    }
    registrar.leave().await;
    registrar.store().close().await;
}

#[tokio::test]
async fn an_archive_discloses_whom_it_was_asked_to_and_the_same_book_gives_the_same_bytes() {
    let engine = Engine::folder();
    let coop = filled(engine.opened().await).await;
    stopped(&coop).await;
    let folder = tempfile::tempdir().expect("a folder");
    let key = read_vault_key(&engine.data.join("keys")).expect("a key");
    let store = Store::open_read_only(&engine.target).await.expect("it opens");
    let member = MemberRef::from_random(bits(2)).as_str().to_owned();
    let written = async |name: &str, disclose: Disclose| {
        let beside = Beside { disclose, vault_key: Some(&key), policy: Some(b"quorum none\n") };
        archive(&store, beside, &folder.path().join(name)).await.map(|done| done.disclosures)
    };
    let some = written("un", Disclose::Some(vec![member.clone()])).await.expect("written");
    assert_eq!(written("deux", Disclose::Some(vec![member.clone()])).await.expect("written"), some);
    assert_eq!(bytes_of(&folder.path().join("un")), bytes_of(&folder.path().join("deux")));
    let text = fs::read_to_string(folder.path().join("un/disclosures.jsonl")).expect("lines");
    assert_eq!(text.lines().filter(|line| line.contains(&member)).count(), text.lines().count());
    assert!(written("tous", Disclose::All).await.expect("written") > some && some > 0);
    assert_eq!(written("rien", Disclose::Nobody).await.expect("written"), 0);
    assert!(!folder.path().join("rien/disclosures.jsonl").exists());
    let unknown = written("inconnu", Disclose::Some(vec!["m_nobody".into()])).await;
    assert!(unknown.is_err() && !folder.path().join("inconnu").exists());
    let taken = written("un", Disclose::Nobody).await.expect_err("it is there");
    assert!(taken.to_string().contains("existe déjà"), "{taken}");

    // One changed byte of any file and the whole is refused.
    let file = folder.path().join("un/log/checkpoints");
    let mut bytes = fs::read(&file).expect("read");
    bytes[40] ^= 1;
    fs::write(&file, bytes).expect("written");
    let refused = repair(&engine.target, &folder.path().join("un"), &[], "damaged_3").await;
    let refused = refused.expect_err("refused").to_string();
    assert!(refused.contains("log/checkpoints") && refused.contains("manifeste"), "{refused}");
}
