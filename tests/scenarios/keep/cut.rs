//! A backup or a restore cut short, by a kill or by a full disk: nothing half visible, and once more it
//! works. The child is this very test binary, started again on one test; `KEEP_ROUNDS` lengthens the run.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use ledger::keep::{KeepError, Restore, WithIt, backup, restore};
use ledger::registrar::keys::random;
use ledger::store::{Store, Target};
use support::StoredLog;

use super::flips::checked;
use super::{Engine, engines};
use crate::verify::filled;

const CHILD: &str = "KEEP_CHILD";
const NAME: &str = "keep::cut::a_backup_or_a_restore_that_is_killed_leaves_nothing_half_visible";

#[expect(clippy::disallowed_methods, reason = "the settings of this test")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What the child is to do: `backup|restore`, the book's address or folder, where from or to.
async fn child(told: &str) -> Result<(), KeepError> {
    let parts: Vec<&str> = told.split('|').collect();
    let [what, book, files] = parts.as_slice() else {
        return Err(KeepError::Given(told.to_owned()));
    };
    let target = match book.strip_prefix("postgres") {
        Some(_) => Target::Postgres { url: (*book).to_owned() },
        None => Target::Folder(book.into()),
    };
    if *what == "backup" {
        let store = Store::open_read_only(&target).await.expect("it opens");
        backup(&store, WithIt::default(), 1_772_366_400_000, Path::new(files)).await.map(drop)
    } else {
        let keys = Path::new(files).with_file_name("no-keys");
        let policy = Path::new(files).with_file_name("no-policy");
        let from = Path::new(files);
        let what = Restore { from, archive: None, keys: &keys, policy: &policy, known: &[] };
        restore(&target, what).await.map(drop)
    }
}

fn started(told: &str, shell: &str) -> Command {
    let this = std::env::current_exe().expect("this binary");
    let mut command = Command::new("sh");
    let run = format!("{shell} exec \"$0\" --exact {NAME} --nocapture --test-threads 1");
    command.args(["-c", &run]).arg(this).env(CHILD, told).stdout(Stdio::null());
    command
}

fn address(target: &Target) -> String {
    match target {
        Target::Folder(folder) => folder.display().to_string(),
        Target::Postgres { url } => url.clone(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_or_a_restore_that_is_killed_leaves_nothing_half_visible() {
    if let Some(told) = setting(CHILD) {
        child(&told).await.map_err(|error| error.to_string()).expect("done");
        return;
    }
    let rounds: u32 = setting("KEEP_ROUNDS").and_then(|text| text.parse().ok()).unwrap_or(6);
    for engine in engines() {
        let coop = filled(engine.opened().await).await;
        coop.registrar.leave().await;
        coop.registrar.store().close().await;
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("sauvegarde");
        let told = format!("backup|{}|{}", address(&engine.target), out.display());
        let (mut cut, mut whole) = (0, 0);
        for _ in 0..rounds {
            killed(&told);
            if out.exists() {
                assert!(out.join("manifest.json").is_file(), "a name means a whole backup");
                restored_in(&Engine::folder(), &out).await;
                std::fs::remove_dir_all(&out).expect("removed");
                whole += 1;
            } else {
                cut += 1;
            }
        }
        assert!(started(&told, "").status().expect("it ran").success(), "once more, it works");
        println!("{}: backup cut {cut} times, whole {whole} times", engine.name);

        let (mut cut, mut whole) = (0, 0);
        for _ in 0..rounds {
            let new = if engine.name == "sqlite" {
                Engine::folder()
            } else {
                Engine::server().expect("there was one")
            };
            let told = format!("restore|{}|{}", address(&new.target), out.display());
            killed(&told);
            // A server may still be at the commit that it was asked for.
            tokio::time::sleep(Duration::from_millis(300)).await;
            if Store::open_read_only(&new.target).await.is_ok() {
                assert!(
                    checked(&new.target, &new.data).await.is_clean(),
                    "a book means a whole one"
                );
                whole += 1;
            } else {
                restored_in(&new, &out).await;
                cut += 1;
            }
        }
        println!("{}: restore cut {cut} times, whole {whole} times", engine.name);
    }
}

async fn restored_in(engine: &Engine, out: &Path) {
    let keys = engine.data.join("keys");
    let policy = engine.data.join("policy.txt");
    let what = Restore { from: out, archive: None, keys: &keys, policy: &policy, known: &[] };
    restore(&engine.target, what).await.expect("restored");
    assert!(checked(&engine.target, &engine.data).await.is_clean());
}

/// Starts the child and kills it some time after.
fn killed(told: &str) {
    let mut child = started(told, "").stderr(Stdio::null()).spawn().expect("it starts");
    let [patience] = random::<1>().expect("randomness");
    std::thread::sleep(Duration::from_millis(u64::from(patience)));
    let _ = child.kill();
    let _ = child.wait();
}

#[tokio::test]
async fn a_full_disk_is_said_and_leaves_nothing() {
    let engine = Engine::folder();
    let coop = filled(engine.opened().await).await;
    coop.registrar.store().close().await;
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("sauvegarde");
    // No file may grow beyond so many blocks of 512 bytes; the system then answers instead of writing.
    let full = |told: &str| {
        let ran = started(told, "trap '' XFSZ; ulimit -f 8;").stderr(Stdio::piped()).output();
        let ran = ran.expect("it ran");
        assert!(!ran.status.success(), "the disk was to be full");
        String::from_utf8_lossy(&ran.stderr).into_owned()
    };
    let told = format!("backup|{}|{}", address(&engine.target), out.display());
    let said = full(&told);
    assert!(said.contains("le disque est plein"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing is left");
    assert!(started(&told, "").status().expect("it ran").success());

    let new = Engine::folder();
    let said = full(&format!("restore|{}|{}", address(&new.target), out.display()));
    assert!(Store::open(&new.target).await.is_err(), "nothing is seen: {said}");
    restored_in(&new, &out).await;
    let (one, two) = (StoredLog::read(&engine.target).await, StoredLog::read(&new.target).await);
    assert_eq!(one.expect("read"), two.expect("read"));
}
