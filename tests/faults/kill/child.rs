//! The process that is killed: four clients that append without end, and say what was acknowledged.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::command::Command;
use ledger::log::Leaf;
use ledger::pooling::RegisterPlace;
use ledger::registrar::keys::random;
use ledger::registrar::{Registrar, Signed, SubmitError};
use ledger::store::Target;
use support::{any_place, key};

use crate::bench::{setting, started};

/// Set for the child: the folder of its keys, and of its book on `SQLite`.
pub(super) const DATA: &str = "FAULTS_KILL_DATA";
/// Set for the child on `PostgreSQL`: the address of its book.
pub(super) const URL: &str = "FAULTS_KILL_URL";
/// How many append at a time.
const CLIENTS: u8 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_child_appends() {
    let Some(data) = setting(DATA).map(PathBuf::from) else { return };
    let target =
        setting(URL).map_or_else(|| Target::Folder(data.clone()), |url| Target::Postgres { url });
    append(&target, &data).await;
}

async fn append(target: &Target, data: &Path) {
    let registrar = match started(target, &data.join("keys")).await {
        Ok(registrar) => registrar,
        Err(error) => return say(&format!("closed {error}")),
    };
    say("ready .");
    for client in 0..CLIENTS {
        tokio::spawn(append_as(Arc::clone(&registrar), client));
    }
    // The portal ends here too, and a supervisor starts it again.
    let why = registrar.stopped().await;
    say(&format!("stopped {why}"));
    std::process::exit(3);
}

async fn append_as(registrar: Arc<Registrar>, client: u8) {
    let officer = key("bureau-1", 4);
    loop {
        let bits = random::<16>().expect("randomness");
        let street = format!("{client} rue des Communs");
        let ask = RegisterPlace { street, ..any_place(bits) };
        let draft = registrar.draft(Command::RegisterPlace(ask), Vec::new()).expect("a place");
        let text = draft.texts.into_iter().next().expect("one leaf");
        let signature = officer.sign_text(&text).expect("signed");
        let leaf = Leaf::assemble(text, vec![signature]);
        acknowledged(&registrar, leaf).await;
    }
}

/// Sends the same leaf until it is acknowledged, as a client does whose answer was lost.
async fn acknowledged(registrar: &Registrar, leaf: Vec<u8>) {
    loop {
        let signed = Signed { leaves: vec![leaf.clone()], private: Vec::new() };
        match registrar.submit(signed).await {
            Ok(receipt) => {
                let (leaf, note) = (STANDARD.encode(&leaf), STANDARD.encode(receipt.checkpoint));
                return say(&format!("ack {} {leaf} {note} .", receipt.first));
            }
            Err(SubmitError::Refused(refusal)) => return say(&format!("refused {refusal}")),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// A line of its own, whatever the test runner has just written, in one piece.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("\n{}\n", line.replace('\n', " ")).as_bytes())
        .expect("the parent listens");
    out.flush().expect("the parent listens");
}
