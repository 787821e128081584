//! A process killed at any moment loses no leaf that it acknowledged.
//!
//! The child is this very test binary, started again on one test; `KILL_ROUNDS` lengthens the run.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command as Process, Stdio};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::audit::{Expected, audit};
use ledger::command::Command;
use ledger::log::Leaf;
use ledger::pooling::RegisterPlace;
use ledger::registrar::keys::random;
use ledger::registrar::{Keys, Registrar, Signed};
use ledger::store::{Store, Target};
use support::{Coop, FixedClock, StoredLog, any_place, day, key};

const CHILD: &str = "KILL_CHILD_DATA";
/// Writers at once in the child, so that leaves of several senders share a batch.
const WRITERS: u8 = 4;

#[expect(clippy::disallowed_methods, reason = "the settings of this test")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_loses_no_acknowledged_leaf() {
    if let Some(data) = setting(CHILD) {
        return append_for_ever(Path::new(&data)).await;
    }
    let rounds: u32 = setting("KILL_ROUNDS").and_then(|text| text.parse().ok()).unwrap_or(10);
    let coop = Coop::open().await;
    let (data, target) = (coop.data.clone(), coop.target.clone());
    let mut acknowledged: Vec<(u64, Vec<u8>)> = Vec::new();
    for round in 0..rounds {
        let [patience] = random::<1>().expect("randomness");
        let patience = usize::from(patience % 60);
        acknowledged.extend(killed_after(&data, patience));
        let log = StoredLog::read(&target).await.expect("the folder opens");
        let report = audit(&log, &Expected::default());
        let report = report.unwrap_or_else(|wrong| panic!("round {round}: {wrong}"));
        for (index, leaf) in &acknowledged {
            let stored = log.leaves.get(usize::try_from(*index).expect("small"));
            assert_eq!(stored, Some(leaf), "round {round}: leaf {index} was acknowledged");
        }
        let registrar = started(&data).await;
        assert_eq!(registrar.book().size(), report.leaves, "round {round}");
    }
    assert!(acknowledged.len() > 10, "{} leaves were acknowledged", acknowledged.len());
}

/// Starts the child, kills it after so many acknowledged leaves, and gives all that it said.
fn killed_after(data: &Path, patience: usize) -> Vec<(u64, Vec<u8>)> {
    let name = "verify::kill::a_killed_process_loses_no_acknowledged_leaf";
    let mut child = Process::new(std::env::current_exe().expect("this binary"))
        .args(["--exact", name, "--nocapture", "--test-threads", "1"])
        .env(CHILD, data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the child starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut acknowledged = Vec::new();
    let mut line = String::new();
    let mut killed = false;
    while lines.read_line(&mut line).expect("lines") > 0 {
        let words: Vec<&str> = line.trim_end().split(' ').collect();
        // A line cut by the kill has no last word.
        if let ["ack", index, leaf, "."] = words.as_slice() {
            let leaf = STANDARD.decode(leaf).expect("base64");
            acknowledged.push((index.parse().expect("an index"), leaf));
        }
        let alive = words.contains(&"ready") || !acknowledged.is_empty();
        if !killed && alive && acknowledged.len() >= patience {
            child.kill().expect("killed");
            killed = true;
        }
        line.clear();
    }
    let status = child.wait().expect("it ended");
    assert!(killed && !status.success(), "the child ended by itself: {status}");
    acknowledged
}

async fn started(data: &Path) -> Arc<Registrar> {
    let store = Store::open(&Target::Folder(data.to_owned())).await.expect("the book is there");
    let keys = Keys::load(&data.join("keys")).expect("keys");
    Registrar::open(store, keys, FixedClock::at(day("2026-03-01"))).await.expect("it starts")
}

/// A line of its own, whatever the test runner has just written, in one piece.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("\n{line}\n").as_bytes()).expect("the parent listens");
    out.flush().expect("the parent listens");
}

/// The child: registers places until it is killed, and says each leaf once it is acknowledged.
async fn append_for_ever(data: &Path) {
    let registrar = started(data).await;
    say("ready");
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| tokio::spawn(append_as(Arc::clone(&registrar), writer)))
        .collect();
    for writer in writers {
        writer.await.expect("a writer never ends");
    }
}

async fn append_as(registrar: Arc<Registrar>, writer: u8) {
    let officer = key("bureau-1", 4);
    loop {
        let bits = random::<16>().expect("randomness");
        let street = format!("{writer} rue des Communs");
        let ask = RegisterPlace { street, ..any_place(bits) };
        let draft = registrar.draft(Command::RegisterPlace(ask), Vec::new()).expect("a place");
        let text = draft.texts.into_iter().next().expect("one leaf");
        let signature = officer.sign_text(&text).expect("signed");
        let leaf = Leaf::assemble(text, vec![signature]);
        let signed = Signed { leaves: vec![leaf.clone()], private: Vec::new() };
        let receipt = registrar.submit(signed).await.expect("written");
        say(&format!("ack {} {} .", receipt.first, STANDARD.encode(&leaf)));
    }
}
