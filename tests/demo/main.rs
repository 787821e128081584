//! The demonstration as a newcomer starts it: its pages, its log checked by strangers, its journeys
//! in a browser. Needs the built programs; what a machine lacks is said and skipped.

#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]

mod keys;
mod operator;
mod portal;
mod successor;

use std::path::Path;
use std::process::{Command, Output};

use portal::{Portal, program};

fn run(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}

fn said(output: &Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout);
    format!("{out}{}", String::from_utf8_lossy(&output.stderr))
}

fn verify(target: &str) -> Output {
    run(Command::new(program("ledger-verify").expect("built")).arg(target))
}

/// Changes one byte of the leaf at that index, in the file, behind the portal's back.
fn spoil(data: &Path, index: u64) {
    let script = "import sqlite3, sys\n\
        db = sqlite3.connect(sys.argv[1]); at = int(sys.argv[2])\n\
        for (name,) in db.execute(\"select name from sqlite_master where type = 'trigger'\").fetchall():\n\
        \x20   db.execute(f'drop trigger {name}')\n\
        leaf = bytearray(db.execute('select leaf from leaves where idx = ?', (at,)).fetchone()[0])\n\
        leaf[len(leaf) // 2] ^= 1\n\
        db.execute('update leaves set leaf = ? where idx = ?', (bytes(leaf), at)); db.commit()\n";
    let file = data.join("book.db");
    let output = run(Command::new("python3").args(["-c", script]).arg(file).arg(index.to_string()));
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn strangers_say_yes_then_name_the_leaf_that_was_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(portal) = Portal::start(folder.path()) else { return };
    assert_eq!(portal.welcome.lines().count(), 5, "{}", portal.welcome);
    for page in ["/", "/lieux", "/souscrire", "/comptes", "/verifier", "/connexion"] {
        assert!(portal.get(page).starts_with("HTTP/1.1 200"), "{page}");
    }
    let certificate = portal.get(&portal.certificate());
    assert!(certificate.contains("%PDF-"), "the certificate is there to download");

    let by_address = verify(&portal.base);
    assert!(by_address.status.success(), "{}", said(&by_address));
    let data = folder.path().display().to_string();
    let by_folder = verify(&data);
    assert!(by_folder.status.success(), "while the portal runs: {}", said(&by_folder));
    match support::python() {
        None => println!("skipped: no Python with `cryptography` for the independent auditor"),
        Some(python) => {
            let auditor = concat!(env!("CARGO_MANIFEST_DIR"), "/verify/independent.py");
            let log = format!("{}/log", portal.base);
            let output = run(Command::new(python).arg(auditor).arg(log));
            assert!(output.status.success(), "{}", said(&output));
        }
    }

    let checkpoint = portal.get("/log/checkpoint");
    let body = |answer: &str| answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    portal.kill();
    let portal = Portal::start(folder.path()).expect("it starts again");
    assert_eq!(body(&portal.get("/log/checkpoint")), body(&checkpoint), "the same state again");
    portal.kill();

    spoil(folder.path(), 100);
    let spoilt = verify(&data);
    assert!(!spoilt.status.success());
    assert!(said(&spoilt).contains("feuille 100"), "{}", said(&spoilt));
}

/// Makes the stored head one leaf shorter, behind the portal's back.
fn take_back(data: &Path) {
    let script = "import sqlite3, sys\n\
        db = sqlite3.connect(sys.argv[1])\n\
        db.execute('drop trigger head_only_advances')\n\
        db.execute('update head set size = size - 1'); db.commit()\n";
    let output = run(Command::new("python3").args(["-c", script]).arg(data.join("book.db")));
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn a_book_taken_back_while_it_is_served_ends_the_program_with_status_3() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(mut portal) = Portal::start(folder.path()) else { return };
    take_back(folder.path());
    assert_eq!(portal.ends_while_asked(), Some(3));
}

#[test]
fn people_walk_through_it_in_a_browser() {
    if std::env::var_os("BROWSER_TESTS").is_none() {
        println!("skipped: BROWSER_TESTS is not set (tests/run sets it)");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let Some(portal) = Portal::start(folder.path()) else { return };
    let browser = concat!(env!("CARGO_MANIFEST_DIR"), "/browser");
    if !Path::new(browser).join("node_modules/playwright-core").is_dir() {
        println!("skipped: the browser driver is not installed (npm ci in tests/browser)");
        return;
    }
    let statement = folder.path().join("releves/releve-a-importer.xml");
    let pictures = std::env::var_os("PICTURES").map_or(folder.path().join("pictures"), Into::into);
    let output = run(Command::new("node")
        .current_dir(browser)
        .env("CERTIFICATE", format!("{}{}", portal.base, portal.certificate()))
        .arg("journeys.mjs")
        .arg(&portal.base)
        .args([&statement, &pictures]));
    assert!(output.status.success(), "{}", said(&output));
    let after = verify(&portal.base);
    assert!(after.status.success(), "after all that: {}", said(&after));
}
