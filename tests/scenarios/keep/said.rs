//! What witnesses have said of a book goes with it: into a backup and an archive, and back out of them,
//! whatever they say meanwhile, and each word once.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ledger::audit::{Depth, Expected, audit, audit_to};
use ledger::keep::{Beside, LogTree, archive, repair};
use ledger::log::hash::sha256;
use ledger::log::{Checkpoint, Hash, Note, Policy, TilePath, Witnessed};
use ledger::registrar::Nets;
use ledger::registrar::witness::{Carried, answer_from_file, request_for_file};
use ledger::store::{EvidenceRow, Store};
use serde_json::Value;
use support::big::big_book;
use support::cosigned::{cosign, policy};
use support::{Coop, day, key, place};

use super::flips::checked;
use super::rescue::{archived, backed_up, restored};
use super::{Engine, Rows, engines};
use crate::verify::filled;

const COSIGNATURES: &str = "log/cosignatures.jsonl";

async fn stopped(coop: &Coop) {
    coop.registrar.leave().await;
    coop.registrar.store().close().await;
}

/// The rows of evidence of a book that nobody works with.
async fn evidence(engine: &Engine) -> Vec<EvidenceRow> {
    let store = Store::open_read_only(&engine.target).await.expect("it opens");
    let rows = store.evidence().await.expect("read");
    store.close().await;
    rows
}

async fn cosignatures(engine: &Engine, size: u64) -> usize {
    let store = Store::open_read_only(&engine.target).await.expect("it opens");
    let rows = store.cosignatures(size).await.expect("read");
    store.close().await;
    rows.len()
}

/// The witness answers that it has cosigned more leaves than the book holds, by file.
pub(crate) async fn contradicted(coop: &Coop) {
    let (store, policy) = (coop.registrar.store(), Policy::parse(&policy()).expect("a policy"));
    let asked = request_for_file(store, &policy, "t1", None).await.expect("a request");
    let answer = format!("{}\n", asked.1 + 9).into_bytes();
    let asked = Some(("t1", asked.0.as_slice()));
    let taken = answer_from_file(store, &policy, &answer, asked, coop.registrar.now_ms()).await;
    assert!(matches!(taken, Ok(Carried::Against(_))), "{taken:?}");
}

/// The policy, with a comment that is not UTF-8: it is kept octet by octet.
fn in_latin_1() -> Vec<u8> {
    [b"# t\xe9moins\n", policy().as_bytes()].concat()
}

/// A file of a kept folder, written over, and the manifest that agrees with it.
fn rewritten(folder: &Path, name: &str, bytes: &[u8]) {
    fs::write(folder.join(name), bytes).expect("written");
    let path = folder.join("manifest.json");
    let mut manifest: Value =
        serde_json::from_slice(&fs::read(&path).expect("a manifest")).expect("JSON");
    let hex = format!("{:?}", Hash::from_bytes(sha256(bytes)));
    for file in manifest["files"].as_array_mut().expect("files") {
        if file["path"] == name {
            file["bytes"] = bytes.len().to_string().into();
            file["sha256"] = hex.clone().into();
        }
    }
    fs::write(path, manifest.to_string()).expect("written");
}

#[tokio::test]
async fn what_is_cosigned_after_the_checkpoints_were_listed_is_left_to_the_next_backup() {
    for engine in engines() {
        let coop = filled(engine.opened().await).await;
        coop.all_kept().await;
        let early = cosign(coop.registrar.store()).await;
        coop.done(place(1), &["bureau-1"]).await;
        coop.all_kept().await;
        let late = cosign(coop.registrar.store()).await;
        stopped(&coop).await;
        // The list as it was read: without the checkpoint that came a moment later.
        let mut rows = Rows::of(&engine.target).await;
        let late_one = format!("delete from checkpoints where size = {}", late.size);
        rows.force("checkpoints", &late_one).await;
        rows.close().await;
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("sauvegarde");
        backed_up(&engine, &out).await;
        let lines = fs::read_to_string(out.join(COSIGNATURES)).expect("lines");
        assert_eq!(lines.lines().count(), 1, "{lines}");

        let new = Engine::folder();
        let done = restored(&new, &out, None, &[]).await.expect("restored");
        assert_eq!((done.head.size, cosignatures(&new, early.size).await), (early.size, 1));
        assert!(checked(&new.target, &new.data).await.is_clean());
    }
}

#[tokio::test]
async fn a_backup_that_holds_a_cosignature_of_a_later_checkpoint_restores_and_repairs() {
    for engine in engines() {
        let coop = filled(engine.opened().await).await;
        coop.all_kept().await;
        let row = cosign(coop.registrar.store()).await;
        stopped(&coop).await;
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("sauvegarde");
        backed_up(&engine, &out).await;
        let lines = fs::read_to_string(out.join(COSIGNATURES)).expect("lines");
        let later = format!("\"size\":{}", row.size + 1);
        let late = lines.replace(&format!("\"size\":{}", row.size), &later);
        assert_ne!(lines, late);
        rewritten(&out, COSIGNATURES, (lines + &late).as_bytes());

        let other = if engine.name == "sqlite" { Some(Engine::folder()) } else { Engine::server() };
        let other = other.expect("there was one");
        restored(&other, &out, None, &[]).await.expect("restored");
        assert_eq!(cosignatures(&other, row.size).await, 1);
        let known = Nets::of(&engine.data.join("keys"), None).known().expect("the nets");
        repair(&engine.target, &out, &known, "damaged_1").await.expect("repaired");
        for book in [&engine, &other] {
            assert_eq!(cosignatures(book, row.size).await, 1);
            assert_eq!(cosignatures(book, row.size + 1).await, 0);
            let found = checked(&book.target, &book.data).await;
            assert!(found.is_clean(), "{:?}", found.faults);
        }
    }
}

#[tokio::test]
async fn what_contradicts_a_book_comes_back_with_it_once_and_still_stops_it() {
    for engine in engines() {
        fs::write(engine.data.join("policy.txt"), in_latin_1()).expect("written");
        let coop = filled(engine.opened().await).await;
        contradicted(&coop).await;
        let kept = coop.registrar.store().evidence().await.expect("read");
        stopped(&coop).await;
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        backed_up(&engine, &at("sauvegarde")).await;
        archived(&engine.target, &at("archive")).await;

        // Both tell of it.
        let new = Engine::folder();
        restored(&new, &at("sauvegarde"), Some(&at("archive")), &[]).await.expect("restored");
        assert_eq!(evidence(&new).await, kept);
        // The policy came along: without it, nobody would know whose word that is.
        let brought = fs::read(new.data.join("policy.txt")).expect("a policy");
        assert_eq!(brought, in_latin_1());
        let copy = Coop::reopened(coop.keys.clone(), &new.data, day("2026-03-01")).await;
        assert_eq!(copy.registrar.alarms().len(), 1);
        copy.joins(7, 3).await.expect_err("nothing is written");
        stopped(&copy).await;

        let known = Nets::of(&engine.data.join("keys"), None).known().expect("the nets");
        repair(&engine.target, &at("archive"), &known, "damaged_1").await.expect("repaired");
        assert_eq!(evidence(&engine).await, kept, "told by both, kept once");
        // Nothing of it is left in the damaged book: the archive still tells.
        let mut rows = Rows::of(&engine.target).await;
        rows.force("evidence", "delete from evidence where id > 0").await;
        rows.close().await;
        assert_eq!(evidence(&engine).await, []);
        repair(&engine.target, &at("archive"), &known, "damaged_2").await.expect("repaired");
        assert_eq!(evidence(&engine).await, kept);
        let coop = coop.restart().await;
        assert_eq!(coop.registrar.alarms().len(), 1);
        coop.joins(7, 3).await.expect_err("nothing is written");
        stopped(&coop).await;
    }
}

#[tokio::test]
async fn a_folder_with_keys_and_a_policy_is_empty_enough_and_its_policy_stays() {
    let engine = Engine::folder();
    fs::write(engine.data.join("policy.txt"), policy()).expect("written");
    let coop = filled(engine.opened().await).await;
    stopped(&coop).await;
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("sauvegarde");
    backed_up(&engine, &out).await;
    let new = Engine::folder();
    fs::write(new.data.join("policy.txt"), "quorum none\n").expect("written");
    restored(&new, &out, None, &[]).await.expect("restored");
    let own = fs::read_to_string(new.data.join("policy.txt")).expect("a policy");
    assert_eq!(own, "quorum none\n");
    let other = Engine::folder();
    fs::write(other.data.join("autre.txt"), "x").expect("written");
    let refused = restored(&other, &out, None, &[]).await.expect_err("not empty").to_string();
    assert!(refused.contains("autre.txt") && refused.contains("policy.txt"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_has_the_partial_tiles_of_each_checkpoint_that_it_hands_out() {
    let engine = Engine::folder();
    fs::write(engine.data.join("policy.txt"), policy()).expect("written");
    big_book(&engine.target, &engine.data, 280).await;
    let keys = BTreeMap::from([("bureau-1", key("bureau-1", 4))]);
    let coop = Coop::reopened(keys, &engine.data, day("2026-03-02")).await;
    assert_eq!(cosign(coop.registrar.store()).await.size, 280);
    for number in 0..20 {
        coop.done(place(60_000 + number), &["bureau-1"]).await;
    }
    stopped(&coop).await;
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("archive");
    let text = in_latin_1();
    let store = Store::open_read_only(&engine.target).await.expect("it opens");
    let beside = Beside { policy: Some(&text), ..Beside::default() };
    archive(&store, beside, &out).await.expect("archived");
    store.close().await;

    for name in ["tile/0/001.p", "tile/entries/001.p"] {
        let mut widths: Vec<String> = fs::read_dir(out.join("log").join(name))
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        widths.sort();
        assert_eq!(widths, ["24", "44"], "{name}");
    }
    let log = LogTree::at(&out).expect("a log");
    assert_eq!(audit(&log, &Expected::default()).expect("it holds").leaves, 300);

    // A reader who starts from the witnessed checkpoint finds the whole of its tree.
    let note = log.witnessed().expect("a witnessed checkpoint");
    let parsed = Note::parse(&note).expect("a note");
    let met = Policy::read(&text).expect("a policy").evaluate(&parsed).expect("it holds");
    assert!(matches!(met, Witnessed::By(by) if by.len() == 1));
    assert_eq!(Checkpoint::claimed(&note).expect("a checkpoint").size, 280);
    fs::remove_file(out.join("log/checkpoints")).expect("removed");
    fs::write(out.join("log/checkpoint"), &note).expect("written");
    for name in ["tile/0/001.p/44", "tile/entries/001.p/44"] {
        assert!(TilePath::parse(name).is_ok());
        fs::remove_file(out.join("log").join(name)).expect("removed");
    }
    let report = audit_to(&log, &Expected::default(), Depth::Tree);
    assert_eq!(report.expect("it holds").leaves, 280);
}
