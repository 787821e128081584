//! The frozen ledger: a book of the first release, which every later one must still verify, and so
//! must programs that are not ours.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use ledger::audit::{Expected, audit};
use ledger::log::{Policy, ProofFile, VerifierKey, Witnessed};
use support::{Auditors, Exported, StoredLog};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/ledger-v1")
}

fn text(name: &str) -> String {
    std::fs::read_to_string(golden().join(name)).expect("a golden file")
}

/// Every file below, by its path from there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn the_frozen_ledger_verifies_for_ever() {
    let log = StoredLog::import(&golden()).expect("read");
    let policy = Policy::parse(&text("policy")).expect("a policy");
    for against in [None, Some(text("checkpoint-20").into_bytes())] {
        let vkey = Some(policy.logs()[0].key.clone());
        let report = audit(&log, &Expected { vkey, against }).expect("it holds");
        assert_eq!(report.kinds.len(), 27, "every kind of fact but the opening after another log");
    }
    let bytes = text("certificate.tlog-proof").into_bytes();
    let proof = ProofFile::parse(&bytes).expect("a proof");
    let key: VerifierKey = policy.logs()[0].key.clone();
    let (_, proven) = proof.verify_leaf_inside(key.name(), &key, &policy).expect("proven");
    assert!(matches!(proven.witnessed, Witnessed::By(by) if by.len() == 2));
    let beside = std::env::current_exe().expect("this program");
    let program = beside.ancestors().nth(2).expect("a folder").join("ledger-verify");
    if program.is_file() {
        let said = Command::new(program).arg(golden()).output().expect("it runs");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    } else {
        println!("skipped: the program ledger-verify, which is not built");
    }
}

#[test]
fn other_programs_verify_the_frozen_ledger_and_refuse_it_damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let auditors = Auditors::find(folder.path());
    let (policy, proof) = (golden().join("policy"), golden().join("certificate.tlog-proof"));
    let tree = golden();
    let whole = Exported { tree: &tree, policy: Some(&policy), proof: Some(&proof) };
    for (name, said) in auditors.say(whole) {
        let told = String::from_utf8_lossy(&said.stdout).into_owned();
        let why = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.status.success() && told.contains("ALL HOLDS"), "{name}: {told}{why}");
    }

    let copy = folder.path().join("copy");
    let originals: BTreeMap<PathBuf, Vec<u8>> = files(&tree)
        .into_iter()
        .map(|path| {
            let bytes = std::fs::read(&path).expect("a file");
            (copy.join(path.strip_prefix(&tree).expect("inside")), bytes)
        })
        .collect();
    let write = |path: &Path, bytes: &[u8]| {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("written");
    };
    for (path, bytes) in &originals {
        write(path, bytes);
    }
    let proof = copy.join("certificate.tlog-proof");
    let damaged = Exported { tree: &copy, proof: Some(&proof), ..whole };
    for (path, bytes) in &originals {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        // Python is not asked for proofs, and neither of them for the earlier checkpoint.
        let asked = |who: &str| match name {
            "certificate.tlog-proof" => who == "Go",
            "checkpoint-20" | "policy" => false,
            _ => true,
        };
        for part in 1..4 {
            let mut changed = bytes.clone();
            changed[bytes.len() * part / 4] ^= 1;
            write(path, &changed);
            for (who, said) in auditors.say(damaged).into_iter().filter(|(who, _)| asked(who)) {
                let place = format!("{who}: {name} changed at {part}/4");
                assert!(!said.status.success(), "{place}: unseen");
                let why = String::from_utf8_lossy(&said.stderr).into_owned();
                assert!(why.contains("DOES NOT HOLD"), "{place}: {why}");
            }
        }
        write(path, bytes);
    }
    // Without one of its two cosignatures, the quorum is not reached.
    let checkpoint = &originals[&copy.join("checkpoint")];
    let lines = String::from_utf8(checkpoint.clone()).expect("UTF-8");
    let fewer: String =
        lines.split_inclusive('\n').filter(|line| !line.contains("temoin-b.")).collect();
    write(&copy.join("checkpoint"), fewer.as_bytes());
    for (who, said) in auditors.say(damaged) {
        assert!(!said.status.success(), "{who}: a witness is missing, unseen");
    }
}
