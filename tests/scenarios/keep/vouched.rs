//! A line of a witness that is no longer the one it signed: `fsck` names it, on each engine.

use ledger::keep::fsck::Checked;
use support::cosigned::{cosign, policy};

use super::flips::checked;
use super::{Rows, engines};
use crate::verify::filled;

#[tokio::test]
async fn every_changed_sign_of_a_cosignature_is_named() {
    for engine in engines() {
        let coop = filled(engine.opened().await).await;
        let row = cosign(coop.registrar.store()).await;
        let line = &row.line;
        coop.registrar.leave().await;
        coop.registrar.store().close().await;

        // Nobody knows its key yet: its form alone is checked, and that is said.
        let unknown = checked(&engine.target, &engine.data).await;
        assert!(unknown.is_clean() && unknown.cosignatures == 1, "{unknown:?}");
        assert!(unknown.notes.iter().any(|note| note.contains("leur forme seule")));
        std::fs::write(engine.data.join("policy.txt"), policy()).expect("written");
        let clean = checked(&engine.target, &engine.data).await;
        assert!(clean.is_clean() && clean.notes.is_empty(), "{:?}", clean.faults);

        let mut rows = Rows::of(&engine.target).await;
        let signs: Vec<char> = line.chars().collect();
        let changed = |at: usize| -> String {
            let other = if signs[at] == 'A' { 'B' } else { 'A' };
            signs.iter().enumerate().map(|(n, c)| if n == at { other } else { *c }).collect()
        };
        let mut harms: Vec<String> =
            (0..signs.len()).map(|at| format!("line = '{}'", changed(at))).collect();
        harms.extend(["time = time + 1", "name = 'temoin.example/v'"].map(str::to_owned));
        let set = |what: &str| format!("update cosignatures set {what} where size > 0");
        for harm in &harms {
            rows.force("cosignatures", &set(harm)).await;
            named(&checked(&engine.target, &engine.data).await, harm);
            let undo = format!("line = '{line}', time = {}, name = '{}'", row.time, row.name);
            rows.force("cosignatures", &set(&undo)).await;
        }
        rows.put("key_id", "cosignatures", "size > 0", &[1, 2, 3, 4]).await;
        named(&checked(&engine.target, &engine.data).await, "key_id");
        rows.put("key_id", "cosignatures", "size > 0", &row.key_id).await;
        rows.close().await;
        assert!(checked(&engine.target, &engine.data).await.is_clean());
        println!("{}: {} changes of a cosignature named", engine.name, harms.len() + 1);
    }
}

/// That one fault is found, and it names the cosignature.
fn named(found: &Checked, harm: &str) {
    assert_eq!(found.faults.len(), 1, "{harm}: {:?}", found.faults);
    let what = &found.faults.first().expect("one").what;
    assert!(what.starts_with("cosignature de « temoin.example/"), "{harm}: {what}");
}
