//! One flipped bit anywhere in leaves, tiles, checkpoints or the head: `fsck` names it, on each engine.

use std::path::Path;

use ledger::keep::fsck::{Checked, fsck};
use ledger::registrar::Nets;
use ledger::registrar::keys::read_vault_key;
use ledger::registrar::witness::read_policy;
use ledger::store::{Store, Target};

use super::{Rows, engines};
use crate::verify::filled;
use support::StoredLog;

/// The check as the command makes it.
pub(crate) async fn checked(target: &Target, data: &Path) -> Checked {
    let keys = data.join("keys");
    let known = Nets::of(&keys, None).known().expect("the nets are read");
    let store = Store::open_read_only(target).await.expect("it opens");
    let vault = read_vault_key(&keys).ok();
    let policy = read_policy(data, None).expect("a policy, or none");
    let checked = fsck(&store, vault.as_deref(), &known, &policy).await.expect("undisturbed");
    store.close().await;
    checked
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1 << (at % 8);
    bytes
}

#[tokio::test]
async fn every_flipped_byte_of_leaves_tiles_checkpoints_and_head_is_named() {
    for engine in engines() {
        let coop = filled(engine.opened().await).await;
        let size = coop.registrar.book().size();
        let notes = coop.registrar.store().checkpoints().await.expect("checkpoints");
        coop.registrar.leave().await;
        coop.registrar.store().close().await;
        let clean = checked(&engine.target, &engine.data).await;
        assert!(clean.is_clean(), "{}: {:?}", engine.name, clean.faults);
        assert!(clean.values > 0 && clean.notes.is_empty(), "{:?}", clean.notes);

        let mut rows = Rows::of(&engine.target).await;
        let mut places: Vec<(&str, &str, String, String, usize)> = Vec::new();
        for index in 0..size {
            places.push((
                "leaf",
                "leaves",
                format!("idx = {index}"),
                format!("feuille {index} "),
                4,
            ));
            places.push(("id", "leaves", format!("idx = {index}"), format!("feuille {index} "), 2));
        }
        for row in &notes {
            let named = format!("point de contrôle de taille {} ", row.size);
            places.push(("note", "checkpoints", format!("size = {}", row.size), named, 4));
        }
        // One byte of each hash; each checking opens the book anew.
        let whole = usize::try_from(size).expect("small");
        places.push(("hashes", "tiles", "level = 0 and n = 0".into(), "tuile 0/0".into(), whole));
        places.push(("root", "head", "id = 1".into(), "tête".into(), 4));
        let (mut tried, mut reported) = (0, 0);
        for (column, table, place, named, samples) in places {
            let sound = rows.bytes(column, table, &place).await;
            for sample in 0..samples {
                let at = sample * (sound.len() - 1) / samples.max(2).saturating_sub(1);
                rows.put(column, table, &place, &flipped(&sound, at.min(sound.len() - 1))).await;
                let found = checked(&engine.target, &engine.data).await;
                tried += 1;
                let what = found.faults.iter().find(|fault| fault.what.starts_with(&named));
                assert!(what.is_some(), "{table}.{column} {place} byte {at}: {:?}", found.faults);
                assert_eq!(found.faults.len(), 1, "{table}.{column} {place}: {:?}", found.faults);
                reported += 1;
            }
            rows.put(column, table, &place, &sound).await;
        }
        rows.close().await;
        assert!(checked(&engine.target, &engine.data).await.is_clean());
        println!("{}: {reported} of {tried} flipped bytes named", engine.name);
    }
}

#[tokio::test]
async fn rows_that_go_come_or_change_places_are_named() {
    for engine in engines() {
        let coop = filled(engine.opened().await).await;
        let size = coop.registrar.book().size();
        coop.registrar.leave().await;
        coop.registrar.store().close().await;
        let mut rows = Rows::of(&engine.target).await;
        let spare = "cast('0123456789abcdef' as ";
        let blob = if engine.name == "sqlite" { "blob)" } else { "bytea)" };
        let cases = [
            (
                "leaves",
                format!(
                    "insert into leaves (idx, id, leaf) values ({}, {spare}{blob}, {spare}{blob})",
                    size + 3
                ),
                format!("delete from leaves where idx = {}", size + 3),
                format!("feuille {} : la tête ne la compte pas", size + 3),
            ),
            (
                "tiles",
                format!(
                    "insert into tiles (level, n, hashes) select 3, 0, hashes from {} where n = 0",
                    if engine.name == "sqlite" { "tiles" } else { "book.tiles" }
                ),
                "delete from tiles where level = 3".into(),
                "tuile 3/0 : rien".into(),
            ),
            (
                "leaves",
                "update leaves set idx = -1 where idx = 2".into(),
                "update leaves set idx = 2 where idx = -1".into(),
                "feuille 2 : la ligne manque".into(),
            ),
            (
                "head",
                format!("update head set size = {} where id = 1", size - 1),
                format!("update head set size = {size} where id = 1"),
                format!("feuille {} : la tête ne la compte pas", size - 1),
            ),
        ];
        for (table, harm, undo, named) in cases {
            if engine.name == "postgres" && harm.contains("idx = -1") {
                // The server has no way to put off its own checks of a row.
                continue;
            }
            rows.force(table, &harm).await;
            let found = checked(&engine.target, &engine.data).await;
            let what = found.faults.iter().any(|fault| fault.what.starts_with(&named));
            assert!(what, "{}: {harm}: {:?}", engine.name, found.faults);
            rows.force(table, &undo).await;
            let again = checked(&engine.target, &engine.data).await;
            assert!(again.is_clean(), "{}: {undo}: {:?}", engine.name, again.faults);
        }
        rows.close().await;
    }
}

#[tokio::test]
async fn a_trigger_that_is_gone_and_a_damaged_page_are_named() {
    let engine = super::Engine::folder();
    let coop = filled(engine.opened().await).await;
    coop.registrar.store().close().await;
    let file = engine.data.join("book.db");
    let sound = std::fs::read(&file).expect("the file");
    let log = StoredLog::read(&engine.target).await.expect("read");

    let mut rows = Rows::of(&engine.target).await;
    if let Rows::Sqlite(rows) = &mut rows {
        sqlx::raw_sql("drop trigger leaves_stay").execute(rows).await.expect("dropped");
    }
    rows.close().await;
    let found = checked(&engine.target, &engine.data).await;
    assert!(
        found.faults.iter().any(|fault| fault.what.contains("leaves_stay")),
        "{:?}",
        found.faults
    );

    std::fs::write(&file, &sound).expect("written");
    let (mut named, mut closed, mut unseen) = (0, 0, 0);
    for at in (100..sound.len()).step_by(sound.len() / 150) {
        std::fs::write(&file, flipped(&sound, at)).expect("written");
        match Store::open_read_only(&engine.target).await {
            Err(_) => closed += 1,
            Ok(store) => {
                store.close().await;
                let found = checked(&engine.target, &engine.data).await;
                if found.is_clean() {
                    // Free space, or the portal's own rows: the log is byte for byte what it was.
                    assert_eq!(
                        StoredLog::read(&engine.target).await.expect("read"),
                        log,
                        "byte {at}"
                    );
                    unseen += 1;
                } else {
                    named += 1;
                }
            }
        }
    }
    println!("bytes of the file: {named} named, {closed} not opened, {unseen} not of the book");
    assert!(named > 20 && closed > 0);
}
