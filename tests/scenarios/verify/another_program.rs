//! The independent auditor, written from the specifications alone, reads an exported log.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::StoredLog;

use super::small_book;

/// The first Python that has the one package the auditor needs.
pub(crate) fn python() -> Option<&'static str> {
    let fits = |python: &&str| {
        let asked = Command::new(python).args(["-c", "import cryptography"]).output();
        asked.is_ok_and(|asked| asked.status.success())
    };
    ["python3", "/usr/bin/python3"].into_iter().find(fits)
}

fn audited(python: &str, tree: &Path) -> Output {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("verify/independent.py");
    Command::new(python).arg(program).arg(tree).output().expect("it runs")
}

/// The one bundle of a small log.
fn bundle(tree: &Path, size: usize) -> PathBuf {
    tree.join(format!("tile/entries/000.p/{size}"))
}

#[tokio::test]
async fn another_program_finds_the_same_and_names_a_changed_leaf() {
    let Some(python) = python() else {
        println!("skipped: no python3 with the package cryptography");
        return;
    };
    let coop = small_book().await;
    let log = StoredLog::read(&coop.target).await.expect("read");
    let out = tempfile::tempdir().expect("a folder");
    let tree = out.path().join("log");
    log.export(&tree);

    let whole = audited(python, &tree);
    let said = String::from_utf8_lossy(&whole.stdout).into_owned();
    assert!(whole.status.success(), "{said}{}", String::from_utf8_lossy(&whole.stderr));
    assert!(said.contains("ALL HOLDS") && said.contains("shares allotted 200"), "{said}");
    assert!(said.contains("capital (cents) 2000000"), "{said}");

    let file = bundle(&tree, log.leaves.len());
    let sound = std::fs::read(&file).expect("the bundle");
    let mut at = 0;
    for (index, leaf) in log.leaves.iter().enumerate() {
        let mut bytes = sound.clone();
        // Two bytes of length, then the leaf: the middle of it is inside what was signed.
        bytes[at + 2 + leaf.len() / 2] ^= 1;
        at += 2 + leaf.len();
        std::fs::write(&file, bytes).expect("written");
        let changed = audited(python, &tree);
        let said = String::from_utf8_lossy(&changed.stderr).into_owned();
        assert!(!changed.status.success(), "leaf {index} was changed unseen");
        assert!(said.contains(&format!("leaf {index}")), "leaf {index}: {said}");
    }
}
