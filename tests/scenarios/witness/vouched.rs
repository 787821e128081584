//! What a stranger sees of the witnesses: on the portal's pages, in the certificate, and offline, by
//! our program and by another one written from the specifications alone.

use std::path::Path;
use std::process::{Command, Output};

use ledger::log::Note;
use ledger::log::witness::Answer;
use support::site::{Answer as Page, Browser, Site};

use super::watch::{Scripted, Watching, log_vkey, policy};
use super::{program, witness_key};
use crate::pages::with_a_member;

const ONE: &str = "quorum t1\n";
const WHEN: &str = "« t1 », le 1er mars 2026 à 12 h 00 (UTC)";

/// The portal of a book with a member, under a policy, and the member's browser.
async fn watched(policy: impl AsRef<str>) -> (Site, Browser) {
    let (site, member) = with_a_member().await;
    under(site, member, policy).await
}

async fn under(site: Site, mut member: Browser, policy: impl AsRef<str>) -> (Site, Browser) {
    std::fs::write(site.coop.data.join("policy.txt"), policy.as_ref()).expect("written");
    member.waits();
    let site = site.restart().await;
    member.moves_to(&site);
    (site, member)
}

async fn certificate(member: &mut Browser) -> (Vec<u8>, Vec<u8>) {
    let issued = member.post("/mes-parts/attestation", &[]).await;
    let path = issued.location().to_owned();
    let pdf = member.get(&path).await.bytes;
    (pdf, member.get(&path.replace(".pdf", ".tlog-proof")).await.bytes)
}

async fn checked(site: &Site, file: &[u8]) -> Page {
    site.browser().upload("/verifier", file, &[]).await
}

fn said(output: &Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout);
    format!("{out}{}", String::from_utf8_lossy(&output.stderr))
}

/// Both programs on the same question: each must say yes, or each no.
fn both(rust: &mut Command, python: Option<&mut Command>, holds: bool, words: &str) {
    let output = rust.output().expect("it runs");
    assert_eq!(output.status.success(), holds, "{}", said(&output));
    assert!(said(&output).contains(words), "{words}: {}", said(&output));
    let Some(python) = python else { return };
    let output = python.output().expect("it runs");
    assert_eq!(output.status.success(), holds, "{}", said(&output));
}

fn independent() -> Option<Command> {
    let python = support::python()?;
    let mut command = Command::new(python);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("verify/independent.py"));
    Some(command)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_says_who_vouches_for_it_online_and_offline() {
    let (site, member) = with_a_member().await;
    let witness = Watching::of(&site.coop, 1).await;
    let text = policy(&[(1, Some(&witness.url)), (2, None)], ONE);
    let (site, mut member) = under(site, member, &text).await;
    let (early_pdf, early_proof) = certificate(&mut member).await;
    let page = checked(&site, &early_pdf).await;
    assert!(page.says("Attestation authentique") && page.says("Non cosigné"), "{}", page.words());

    site.coop.registrar.ask_witnesses().await;
    let (pdf, proof) = certificate(&mut member).await;
    assert_ne!(pdf, early_pdf, "it says now that the log is witnessed");
    let page = checked(&site, &pdf).await;
    for words in ["Attestation authentique", "cosigné par", WHEN, "jusqu’à sa taille de"] {
        assert!(page.says(words), "{words}: {}", page.words());
    }
    assert!(!page.says("Non cosigné"), "{}", page.words());
    let page = checked(&site, &early_pdf).await;
    assert!(page.says("Attestation authentique") && page.says("Non cosigné"), "{}", page.words());
    let (site, mut member) = under(site, member, &text).await;
    assert_eq!(certificate(&mut member).await, (pdf, proof.clone()), "a restart changes no byte");

    // A witness's line that was changed is not a line that is missing.
    let mut forged = proof.clone();
    let at = forged.len() - 30;
    forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
    let page = checked(&site, &forged).await;
    assert!(page.says("Ce fichier ne prouve rien"), "{}", page.words());

    let Some(verify) = program("ledger-verify") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).expect("written");
        folder.path().join(name)
    };
    let vkey = log_vkey(&site.coop).to_string();
    let (asked, other) = (file("policy.txt", text.as_bytes()), text.replace(ONE, "quorum t2\n"));
    let other = file("other.txt", other.as_bytes());
    let nobody = file("none.txt", b"quorum none\n");
    for (proof, policy, holds, words) in [
        (&proof, Some(&asked), true, "TÉMOIGNÉ par « t1 » (2026-03-01T12:00:00.000Z)"),
        (
            &proof,
            Some(&other),
            false,
            "NON TÉMOIGNÉ : quorum « t2 » non atteint ; ont cosigné : « t1 »",
        ),
        (&proof, Some(&nobody), true, "NON TÉMOIGNÉ"),
        (&proof, None, true, "NON TÉMOIGNÉ : sans politique"),
        (&early_proof, Some(&asked), false, "ont cosigné : personne"),
        (&forged, Some(&asked), false, "cosignature fausse"),
    ] {
        let proof = file("one.tlog-proof", proof);
        let mut rust = Command::new(&verify);
        rust.arg("proof").arg(&proof).args(["--vkey", &vkey]);
        let mut python = independent();
        if let Some(python) = &mut python {
            python.arg("--proof").arg(&proof).args(["--vkey", &vkey]);
        }
        for command in [Some(&mut rust), python.as_mut()].into_iter().flatten() {
            command
                .args(policy.iter().flat_map(|policy| ["--policy".as_ref(), policy.as_os_str()]));
        }
        both(&mut rust, python.as_mut(), holds, words);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_ahead_of_its_witnesses_says_how_far_they_have_seen() {
    let (site, member) = with_a_member().await;
    let witness = Watching::of(&site.coop, 1).await;
    let text = policy(&[(1, Some(&witness.url))], ONE);
    let (site, _member) = under(site, member, &text).await;
    let lines = async |path: &str| {
        let answer = site.browser().get(path).await;
        Note::parse(&answer.bytes).map(|note| note.signatures.len()).map_err(|_| answer.status)
    };
    assert_eq!(lines("/log/checkpoint").await, Ok(1));
    assert!(lines("/log/witnessed").await.is_err(), "nobody has seen it yet");
    site.coop.registrar.ask_witnesses().await;
    let seen = site.size();
    assert_eq!(lines("/log/checkpoint").await, Ok(2));
    site.coop.joins(9, 3).await.expect("subscribed");
    assert_eq!(lines("/log/checkpoint").await, Ok(1), "the minute has not come yet");
    assert_eq!(lines("/log/witnessed").await, Ok(2));
    let page = site.browser().get("/verifier").await;
    assert!(
        page.says(&format!("jusqu’à sa taille de {seen} feuilles par {WHEN}")),
        "{}",
        page.words()
    );

    let (Some(verify), Some(admin)) = (program("ledger-verify"), program("ledger-admin")) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("policy.txt"), &text).expect("written");
    std::fs::write(at("other.txt"), policy(&[(2, None)], "quorum t2\n")).expect("written");
    let exported = Command::new(admin)
        .args(["export", "--data"])
        .arg(&site.coop.data)
        .arg("--out")
        .arg(at("log"))
        .output()
        .expect("it runs");
    assert!(exported.status.success(), "{}", said(&exported));
    let words = format!("TÉMOIGNÉ jusqu’à la taille {seen} par « t1 »");
    for (policy, holds, words) in
        [("policy.txt", true, words.as_str()), ("other.txt", false, "NON TÉMOIGNÉ : quorum « t2 »")]
    {
        for target in [site.coop.data.clone(), at("log")] {
            let mut rust = Command::new(&verify);
            rust.arg(&target).arg("--policy").arg(at(policy));
            let mut python = independent().filter(|_| target == at("log"));
            if let Some(python) = &mut python {
                python.arg(&target).arg("--policy").arg(at(policy));
            }
            both(&mut rust, python.as_mut(), holds, words);
        }
    }
}

#[tokio::test]
async fn an_alarm_is_on_the_pages_and_the_rest_stays_readable() {
    let witness = Scripted::default();
    let (site, mut member) = watched(policy(&[(1, Some(&witness.listen().await))], ONE)).await;
    let mut admin = site.office("admin-1").await;
    let page = admin.get("/administration").await;
    assert!(page.says("t1") && page.says("rien encore"), "{}", page.words());
    witness.will_say([Answer::Conflict(Some(site.size() + 5))]);
    let asked = admin.post("/administration/temoins", &[]).await;
    assert_eq!(asked.status.as_u16(), 303, "{}", asked.words());
    for page in [admin.get("/administration").await, site.browser().get("/verifier").await] {
        let words = format!("a cosigné {} feuilles de ce journal", site.size() + 5);
        assert!(page.says("Alerte : un témoin contredit ce livre"), "{}", page.words());
        assert!(page.says(&words) && page.says("ramené en arrière"), "{}", page.words());
    }
    assert!(admin.get("/administration").await.says("sans effet"));
    let halted = member.post("/mes-parts/attestation", &[]).await;
    assert_eq!(halted.status.as_u16(), 503, "{}", halted.words());
    assert!(halted.says("ce livre n’écrit plus"), "{}", halted.words());
    for path in ["/", "/mes-parts", "/comptes", "/log/checkpoint"] {
        assert_eq!(member.get(path).await.status.as_u16(), 200, "{path}");
    }
}

/// The same request about a log of another name.
fn of_another_book(request: &Path, other: &Path) {
    let asked = std::fs::read_to_string(request).expect("a request");
    let foreign = asked.replacen(support::ORIGIN, "autre.exemple/livre", 1);
    assert_ne!(asked, foreign);
    std::fs::write(other, foreign).expect("written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_witness_is_asked_by_files_beside_a_running_portal() {
    let (Some(admin), Some(witness)) = (program("ledger-admin"), program("ledger-witness")) else {
        return;
    };
    let (site, _member) = watched(policy(&[(1, None)], ONE)).await;
    site.coop.registrar.watch_witnesses();
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    super::new_witness(folder.path(), 1);
    let request = |out: &str, more: &[&str]| {
        let mut command = Command::new(&admin);
        command.args(["witness-request", "--witness", "t1", "--data"]).arg(&site.coop.data);
        command.arg("--out").arg(at(out)).args(more).output().expect("it runs")
    };
    let cosign = |asked: &str, answer: &str| {
        let mut command = Command::new(&witness);
        command.arg("cosign").arg("--key").arg(at("witness.key")).arg("--state").arg(at("state"));
        command.args(["--log", &log_vkey(&site.coop).to_string()]);
        command.args([at(asked), at(answer)]).output().expect("it runs")
    };
    let answer = |file: &str, asked: Option<&str>| {
        let mut command = Command::new(&admin);
        command.args(["witness-answer", "--data"]).arg(&site.coop.data).arg(at(file));
        if let Some(asked) = asked {
            command.args(["--witness", "t1", "--request"]).arg(at(asked));
        }
        command.output().expect("it runs")
    };
    let step = |output: Output, holds: bool, words: &str| {
        assert_eq!(output.status.success(), holds, "{}", said(&output));
        assert!(said(&output).contains(words), "{words}: {}", said(&output));
    };
    step(request("one", &[]), true, "demande écrite");
    step(request("one", &[]), false, "one");
    step(cosign("one", "one-answer"), true, "cosigné");
    step(answer("one-answer", None), true, "cosigné par « t1 » à la taille");
    let head = site.coop.registrar.witnessed_head().await.expect("read").expect("witnessed");
    assert_eq!((head.size, head.by[0].witness.as_str()), (site.size(), "t1"));

    // The answer was lost on the way: the witness is ahead of what we know of it.
    site.coop.joins(8, 3).await.expect("subscribed");
    site.coop.all_kept().await;
    step(request("two", &[]), true, "demande écrite");
    step(cosign("two", "two-lost"), true, "cosigné");
    site.coop.joins(9, 3).await.expect("subscribed");
    site.coop.all_kept().await;
    step(request("three", &[]), true, "demande écrite");
    step(cosign("three", "three-answer"), false, "pas cosigné");
    step(answer("three-answer", None), false, "donnez aussi la demande");
    let size = site.size() - 2;
    step(answer("three-answer", Some("three")), false, &format!("--from {size}"));
    step(request("four", &["--from", &size.to_string()]), true, "demande écrite");
    step(cosign("four", "four-answer"), true, "cosigné");
    step(answer("four-answer", None), true, "cosigné par « t1 »");
    step(request("five", &["--from", "9999"]), false, "9999");
    let mut command = Command::new(&admin);
    command.args(["witness-request", "--witness", "autre", "--data"]).arg(&site.coop.data);
    let unknown = command.arg("--out").arg(at("six")).output().expect("it runs");
    step(unknown, false, "ceux qu’elle nomme : t1");
    std::fs::write(at("noise"), b"bonjour\n").expect("written");
    step(answer("noise", None), false, "n’est pas la réponse d’un témoin");

    // What a witness says of another book says nothing of this one.
    of_another_book(&at("four"), &at("foreign"));
    std::fs::write(at("more"), b"9999\n").expect("written");
    step(answer("more", Some("foreign")), false, "la demande n’est pas de ce livre");
    assert_eq!(site.coop.registrar.store().evidence().await.expect("read"), []);

    // The witness has seen more than this book holds: the running portal stops writing.
    step(answer("more", Some("four")), false, "ALERTE");
    while site.coop.registrar.alarms().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    site.coop.joins(10, 3).await.expect_err("nothing is written");
    let own = witness_key(1).vkey();
    assert_eq!(site.coop.registrar.store().evidence().await.expect("read")[0].witness, own);
}
