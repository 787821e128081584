//! Independent auditors, written from the specifications alone, read an exported log.

use std::path::{Path, PathBuf};

use support::{Auditors, Exported, StoredLog};

use super::small_book;

/// The one bundle of a small log.
fn bundle(tree: &Path, size: usize) -> PathBuf {
    tree.join(format!("tile/entries/000.p/{size}"))
}

#[tokio::test]
async fn other_programs_find_the_same_and_name_a_changed_leaf() {
    let coop = small_book().await;
    let log = StoredLog::read(&coop.target).await.expect("read");
    let out = tempfile::tempdir().expect("a folder");
    let tree = out.path().join("log");
    log.export(&tree);

    let auditors = Auditors::find(out.path());
    let exported = Exported::alone(&tree);
    for (name, whole) in auditors.say(exported) {
        let said = String::from_utf8_lossy(&whole.stdout).into_owned();
        assert!(whole.status.success(), "{said}{}", String::from_utf8_lossy(&whole.stderr));
        assert!(said.contains("ALL HOLDS"), "{name}: {said}");
        if name == "Python" {
            assert!(said.contains("shares allotted 200"), "{said}");
            assert!(said.contains("capital (cents) 2000000"), "{said}");
        }
    }

    let file = bundle(&tree, log.leaves.len());
    let sound = std::fs::read(&file).expect("the bundle");
    let mut at = 0;
    for (index, leaf) in log.leaves.iter().enumerate() {
        let mut bytes = sound.clone();
        // Two bytes of length, then the leaf: the middle of it is inside what was signed.
        bytes[at + 2 + leaf.len() / 2] ^= 1;
        at += 2 + leaf.len();
        std::fs::write(&file, bytes).expect("written");
        for (name, changed) in auditors.say(exported) {
            let said = String::from_utf8_lossy(&changed.stderr).into_owned();
            assert!(!changed.status.success(), "{name}: leaf {index} was changed unseen");
            assert!(said.contains(&format!("leaf {index}")), "{name}: leaf {index}: {said}");
        }
    }
}
