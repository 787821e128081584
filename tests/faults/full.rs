//! A full disk: nothing is acknowledged that is not there, the refusal says so in French, reading goes on,
//! and the same leaf passes once there is room.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ledger::log::Leaf;
use ledger::registrar::{Registrar, Signed, SubmitError};
use ledger::store::Target;
use support::{Coop, day, key};

use crate::bench::{audited, number, say, scratch, started};
use support::place;

/// A small disk of its own, in memory; taken away at the end.
struct Disk(PathBuf);

impl Disk {
    /// Mounts one; `None`, and a word why, where that is not allowed.
    fn mounted(at: &Path) -> Option<Self> {
        std::fs::create_dir_all(at).expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=5m", "tmpfs"]).arg(at);
        if mount.output().is_ok_and(|output| output.status.success()) {
            return Some(Self(at.to_owned()));
        }
        say("skipped: a small disk can't be mounted here");
        None
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        let mut file = File::create(self.0.join("ballast")).expect("a file");
        for size in [65_536, 4_096, 512, 1] {
            while file.write_all(&vec![1; size]).is_ok() {}
        }
    }

    fn empty(&self) {
        std::fs::remove_file(self.0.join("ballast")).expect("removed");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

fn leaf(registrar: &Registrar, number: u16) -> Vec<u8> {
    let draft = registrar.draft(place(number), Vec::new()).expect("a place");
    let text = draft.texts.into_iter().next().expect("one leaf");
    let signature = key("bureau-1", 4).sign_text(&text).expect("signed");
    Leaf::assemble(text, vec![signature])
}

async fn sent(registrar: &Registrar, leaf: &[u8]) -> Result<u64, SubmitError> {
    let signed = Signed { leaves: vec![leaf.to_owned()], private: Vec::new() };
    registrar.submit(signed).await.map(|receipt| receipt.first)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_and_loses_nothing() {
    let folder = scratch();
    let Some(disk) = Disk::mounted(&folder.path().join("disk")) else { return };
    let data = disk.0.join("book");
    let target = Target::Folder(data.clone());
    let coop = Coop::open_in(&target, &data, day("2026-03-01")).await;
    let registrar = coop.registrar.clone();
    let rounds = number("FULL_ROUNDS", 6);
    let (mut written, mut refused, mut next) = (Vec::new(), 0, 0_u16);
    for round in 0..rounds {
        disk.fill();
        // Room inside the files is used up first.
        let kept = loop {
            next += 1;
            let leaf = leaf(&registrar, next);
            match sent(&registrar, &leaf).await {
                Ok(index) => written.push((index, leaf)),
                Err(SubmitError::Failed(why)) => {
                    assert!(why.contains("le disque du livre est plein"), "round {round}: {why}");
                    break leaf;
                }
                Err(SubmitError::NotReleased(why)) => {
                    assert!(!why.is_empty(), "round {round}");
                    break leaf;
                }
                Err(other) => panic!("round {round}: {other:?}"),
            }
            assert!(next < 5_000, "the disk never filled");
        };
        refused += 1;
        for _ in 0..3 {
            assert!(
                sent(&registrar, &kept).await.is_err(),
                "round {round}: acknowledged on a full disk"
            );
            refused += 1;
        }
        let stopped = tokio::time::timeout(Duration::from_millis(20), registrar.stopped()).await;
        assert!(stopped.is_err(), "round {round}: it stopped: {stopped:?}");
        // Reading goes on, here and for a stranger.
        for (index, leaf) in &written {
            assert_eq!(registrar.leaf(*index).await.expect("read").as_ref(), Some(leaf));
        }
        let stored = audited(&target).await.expect("a stranger reads it");
        assert!(stored.len() >= written.len());
        disk.empty();
        let index = sent(&registrar, &kept).await;
        let index = index.unwrap_or_else(|error| panic!("round {round}: there is room: {error}"));
        written.push((index, kept));
    }
    registrar.store().close().await;
    let stored = audited(&target).await.expect("sound");
    for (index, leaf) in &written {
        assert_eq!(stored.get(usize::try_from(*index).expect("small")), Some(leaf), "leaf {index}");
    }
    started(&target, &data.join("keys")).await.expect("it starts").store().close().await;
    let words = SubmitError::Failed(ledger::store::failure::FULL.into()).to_string();
    assert!(words.starts_with("rien n’est enregistré : le disque du livre est plein"), "{words}");
    say(&format!(
        "full: {rounds} times full, {refused} refusals, {} leaves acknowledged, 0 violations",
        written.len()
    ));
}
