//! A signer that has lost its state begins again from what somebody holds: a checkpoint, the proof of a
//! certificate, or the certificate itself.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::pages::with_a_member;
use crate::witness::program;

#[tokio::test]
async fn a_signer_begins_again_from_a_checkpoint_a_proof_or_a_certificate() {
    let Some(admin) = program("ledger-admin") else { return };
    let (site, mut member) = with_a_member().await;
    let issued = member.post("/mes-parts/attestation", &[]).await;
    let path = issued.location().to_owned();
    let pdf = member.get(&path).await.bytes;
    let proof = member.get(&path.replace(".pdf", ".tlog-proof")).await.bytes;
    let note = site.browser().get("/log/checkpoint").await.bytes;
    let keys = site.coop.data.join("keys");
    let signed = fs::read_to_string(keys.join("signer.state")).expect("a state");

    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let begun = |held: &Path, state: &Path| -> Output {
        let mut command = Command::new(&admin);
        command.arg("signer-state").arg("--key").arg(keys.join("log.key"));
        command.arg("--state").arg(state).arg("--checkpoint").arg(held);
        command.output().expect("it runs")
    };
    for (name, bytes) in [("note", &note), ("preuve", &proof), ("attestation.pdf", &pdf)] {
        fs::write(at(name), bytes).expect("written");
        let state = at(&format!("{name}.state"));
        let output = begun(&at(name), &state);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(fs::read_to_string(state).expect("a state"), signed, "{name}");
    }
    // A proof that does not lead to its checkpoint is no checkpoint.
    let mut forged = proof.clone();
    let hash = forged.len() / 2;
    forged[hash] = if forged[hash] == b'A' { b'B' } else { b'A' };
    fs::write(at("fausse"), forged).expect("written");
    assert!(!begun(&at("fausse"), &at("fausse.state")).status.success());
    assert!(!at("fausse.state").exists());
}
