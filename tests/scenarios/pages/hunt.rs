//! After an erasure, no byte of what was erased is anywhere that the portal writes: database, its
//! write-ahead files, an export, a backup made after, the technical log. And every old proof still holds.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use ledger::base::MemberRef;
use ledger::command::Command;
use ledger::log::{Disclosure, Policy, ProofFile, VerifierKey};
use ledger::shares::{DeclineSubscription, Step};
use ledger::store::Target;
use ledger::treasury::{MatchLine, Target as Pays};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use support::site::{Browser, Site};
use support::{Coop, Database, ORIGIN, StoredLog, day, decision, statement};

/// Words that nothing else in a book looks like.
const TYPED: [(&str, &str); 18] = [
    ("nombre", "10"),
    ("en_lettres", "dix"),
    ("personne", "natural"),
    ("first_names", "Wilhelmine Ottoline"),
    ("surname", "Quévrainxart-Zwyndrecht"),
    ("birth_date", "1961-10-23"),
    ("birth_place", "Vlamertinghe-sur-Yzer"),
    ("nationality", "ruritanienne du nord"),
    ("street", "9 venelle des Hannetons"),
    ("postcode", "59279"),
    ("town", "Craywick-Xylophage"),
    ("country", "Ruritanie-Septentrionale"),
    ("email", "wilhelmine.q@exemple-rare.fr"),
    ("categorie", "habitants"),
    ("accord_statuts", "oui"),
    ("accord_risques", "oui"),
    ("accord_donnees", "oui"),
    ("iban", "FR1420041010050500013M02606"),
];

/// Something to look for, and where it comes from.
struct Needle {
    what: String,
    bytes: Vec<u8>,
}

/// The plain bytes and every way in which a program might have written them as text.
fn in_every_writing(what: &str, bytes: &[u8], needles: &mut Vec<Needle>) {
    let mut add = |how: &str, bytes: Vec<u8>| {
        if bytes.len() >= 8 {
            needles.push(Needle { what: format!("{what}, {how}"), bytes });
        }
    };
    add("plain", bytes.to_vec());
    let hex = bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    add("hexadecimal in capitals", hex.to_uppercase().into_bytes());
    add("hexadecimal", hex.into_bytes());
    for (before, cut) in [(0, 0), (1, 2), (2, 3)] {
        // Inside a longer text, base 64 depends on what stands before.
        let shifted = [vec![0; before], bytes.to_vec()].concat();
        let whole = shifted.len() % 3 == 0;
        for (how, text) in [
            ("base64", STANDARD_NO_PAD.encode(&shifted)),
            ("base64url", URL_SAFE_NO_PAD.encode(&shifted)),
        ] {
            let end = if whole { text.len() } else { text.len().saturating_sub(1) };
            add(how, text.as_bytes().get(cut..end).unwrap_or_default().to_vec());
        }
    }
}

/// What is sealed: any sixteen bytes in a row of it.
fn in_pieces(what: &str, sealed: &[u8], needles: &mut Vec<Needle>) {
    let pieces = sealed.windows(16).step_by(5);
    needles.extend(pieces.map(|bytes| Needle { what: what.to_owned(), bytes: bytes.to_vec() }));
}

/// Which of the needles those bytes hold.
fn found<'a>(needles: &'a [Needle], bytes: &[u8]) -> Vec<&'a str> {
    let mut by_start: HashMap<&[u8], Vec<&Needle>> = HashMap::new();
    let mut begins = vec![false; 65_536];
    for needle in needles {
        by_start.entry(&needle.bytes[..8]).or_default().push(needle);
        begins[usize::from(needle.bytes[0]) << 8 | usize::from(needle.bytes[1])] = true;
    }
    let mut found = Vec::new();
    for at in 0..bytes.len().saturating_sub(7) {
        if !begins[usize::from(bytes[at]) << 8 | usize::from(bytes[at + 1])] {
            continue;
        }
        for needle in by_start.get(&bytes[at..at + 8]).into_iter().flatten() {
            if bytes[at..].starts_with(&needle.bytes) {
                found.push(needle.what.as_str());
            }
        }
    }
    found
}

fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files(&path, all) } else { all.push(path) }
    }
}

/// Whatever is found in the files of a folder, and in which.
fn in_folder(needles: &[Needle], folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    files(folder, &mut all);
    let mut told = Vec::new();
    for path in all {
        // A server takes its temporary files away as it goes.
        let Ok(bytes) = fs::read(&path) else { continue };
        told.extend(
            found(needles, &bytes).iter().map(|what| format!("{}: {what}", path.display())),
        );
    }
    told
}

/// What the portal and everything under it have said since the hunt began.
static SAID: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Ear;

impl Write for Ear {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        SAID.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let level = tracing_subscriber::fmt().with_env_filter("debug,h2=off");
        level.with_ansi(false).with_writer(|| Ear).init();
    });
}

/// Somebody who subscribed, paid, was declined and paid back, eleven years ago: nothing keeps her.
async fn long_gone(site: &Site) -> (MemberRef, Browser) {
    let mut browser = site.browser();
    let sent = browser.post("/souscrire", &TYPED).await;
    assert_eq!(sent.status.as_u16(), 303, "{}", sent.words());
    browser.post(sent.location(), &[]).await;
    let page = browser.get("/mes-parts").await;
    let reference = super::reference_on(&page);
    let payer = "MME QUEVRAINXART ZWYNDRECHT";
    let paid = statement("2026-03-01", "0,00", &[("1 000,00", payer, &reference)]);
    site.coop.imports(&paid).await.expect("imported");
    let book = site.coop.registrar.book();
    let shares = &book.state().registers.shares;
    let waiting = shares.subscriptions().find(|s| matches!(s.step, Step::Signed));
    let fact = waiting.expect("one that waits").fact.clone();
    let subscription = fact.subscription.clone();
    let decline = DeclineSubscription { subscription, decision: decision(day("2026-03-01")) };
    let officers = ["bureau-1", "bureau-2"];
    site.coop.done(Command::DeclineSubscription(decline), &officers).await;
    let back = statement("2026-03-02", "1 000,00", &[("-1 000,00", payer, "remboursement")]);
    site.coop.clock.set(day("2026-03-03"));
    site.coop.imports(&back).await.expect("imported");
    let book = site.coop.registrar.book();
    let line =
        book.state().registers.treasury.unmatched().next().expect("the refund").fact.line.clone();
    let target = Pays::Refund(fact.subscription.clone());
    let matching = MatchLine { line, target, amount: None };
    site.coop.done(Command::MatchLine(matching), &["tresor"]).await;
    site.coop.clock.set(day("2037-01-02"));
    (fact.member, browser)
}

/// Whose values go: hers, and those of the bank lines that she paid.
fn owners(site: &Site, member: &MemberRef) -> Vec<String> {
    let book = site.coop.registrar.book();
    let lines = ledger::decide::lines_of(&book.state().registers, member);
    let lines = lines.iter().map(|line| line.fact.line.to_string());
    lines.chain([member.to_string()]).collect()
}

/// What must not be on a disk even before the erasure; and what must be gone after it.
async fn needles(site: &Site, owners: &[String]) -> (Vec<Needle>, Vec<Needle>) {
    let (mut open, mut sealed) = (Vec::new(), Vec::new());
    for (name, value) in TYPED.iter().filter(|(name, _)| *name != "categorie") {
        in_every_writing(name, value.as_bytes(), &mut open);
    }
    for owner in owners {
        let held = site.coop.registrar.disclosures(owner).await.expect("read");
        assert!(held.len() >= 2, "{owner}: {}", held.len());
        for disclosure in &held {
            look_for(disclosure, &mut open);
        }
        let store = site.coop.registrar.store();
        for value in store.private_values(owner).await.expect("read") {
            in_pieces("a sealed value", &value.sealed, &mut sealed);
        }
        let key = store.private_key(owner).await.expect("read").expect("a data key");
        in_pieces("a sealed data key", &key.sealed, &mut sealed);
        let plain = unsealed(&site.coop.data, owner, &key.sealed);
        in_every_writing("a data key", &plain, &mut open);
    }
    (open, sealed)
}

fn look_for(disclosure: &Disclosure, open: &mut Vec<Needle>) {
    let name = disclosure.name();
    in_every_writing(&format!("the disclosure of {name}"), disclosure.encoded().as_bytes(), open);
    let json = URL_SAFE_NO_PAD.decode(disclosure.encoded()).expect("base64url");
    let (salt, ..): (String, String, String) = serde_json::from_slice(&json).expect("three");
    in_every_writing(&format!("the salt of {name}"), salt.as_bytes(), open);
    let raw = URL_SAFE_NO_PAD.decode(&salt).expect("base64url");
    in_every_writing(&format!("the salt of {name}, decoded"), &raw, open);
    if disclosure.value().len() >= 8 {
        in_every_writing(&format!("the value of {name}"), disclosure.value().as_bytes(), open);
    }
}

/// The data key itself, which no file may ever hold.
fn unsealed(data: &Path, owner: &str, sealed: &[u8]) -> Vec<u8> {
    let hex = fs::read_to_string(data.join("keys/vault.key")).expect("the vault's key");
    let byte = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("a digit");
    let key: [u8; 32] = std::array::from_fn(byte);
    let (nonce, sealed) = sealed.split_first_chunk::<24>().expect("a nonce");
    let payload = Payload { msg: sealed, aad: owner.as_bytes() };
    XChaCha20Poly1305::new(&Key::from(key))
        .decrypt(&XNonce::from(*nonce), payload)
        .expect("it opens")
}

/// The proof file of each leaf.
async fn proofs(site: &Site) -> Vec<ProofFile> {
    let mut proofs = Vec::new();
    for index in 0..site.size() {
        let proof = site.coop.registrar.proof_file(index).await.expect("read");
        proofs.push(proof.expect("a proof"));
    }
    proofs
}

/// Two officers erase her through the pages.
async fn erase(site: &Site, member: &MemberRef) {
    let mut first = site.office("bureau-1").await;
    let path = format!("/bureau/donnees/{member}");
    let page = first.get(&path).await;
    assert!(page.says("payeur des virements reçus"), "{}", page.words());
    let prepared = first.post(&path, &[("motif", "duree")]).await;
    assert_eq!(prepared.status.as_u16(), 303, "{}", prepared.words());
    let address = prepared.location().to_owned();
    first.signs(&address, site.coop.key("bureau-1")).await;
    let mut second = site.office("bureau-3").await;
    let done = second.signs(&address, site.coop.key("bureau-3")).await;
    assert!(done.says("il n’en reste rien dans la base"), "{}", done.words());
}

/// The whole hunt; `disk` are the folders that the engine writes.
async fn hunt(coop: Coop, disk: &[PathBuf]) {
    listen();
    let site = Site::of(coop);
    site.coop.bank_account().await;
    let (member, mut browser) = long_gone(&site).await;
    let owners = owners(&site, &member);
    assert_eq!(owners.len(), 3, "two bank lines and herself");
    let (open, sealed) = needles(&site, &owners).await;
    let on_disk = |needles: &[Needle]| -> Vec<String> {
        disk.iter().flat_map(|folder| in_folder(needles, folder)).collect()
    };
    assert_eq!(on_disk(&open), [""; 0], "in clear, before anything is erased");
    assert!(on_disk(&sealed).len() > 100, "the search finds what is there");
    let (before, root) = (site.size(), site.coop.registrar.book().root());
    let old = proofs(&site).await;

    browser.get("/mes-donnees").await;
    erase(&site, &member).await;
    assert_eq!(on_disk(&open), [""; 0], "in clear, while the portal runs");
    assert_eq!(on_disk(&sealed), [""; 0], "sealed, while the portal runs");
    every_old_proof_holds(&site, (before, root), &old).await;
    for owner in &owners {
        assert!(site.coop.registrar.disclosures(owner).await.expect("read").is_empty());
    }

    let site = site.restart().await;
    every_old_proof_holds(&site, (before, root), &old).await;
    let out = tempfile::tempdir().expect("a folder");
    copied(&site.coop.target, out.path()).await;
    let exported = in_folder(&open, out.path()).into_iter().chain(in_folder(&sealed, out.path()));
    assert_eq!(exported.collect::<Vec<_>>(), [""; 0], "in what is exported and backed up");
    site.coop.registrar.store().close().await;
    assert_eq!(on_disk(&sealed), [""; 0], "after the portal is closed");
    let said = SAID.lock().expect("not poisoned").clone();
    assert!(!said.is_empty(), "the ear hears the copies that this test makes");
    assert_eq!(found(&open, &said), [""; 0], "in the technical log");
    assert_eq!(found(&sealed, &said), [""; 0], "in the technical log");
}

/// The log as a static tree, and the engine's own copy of the book and the vault.
async fn copied(target: &Target, out: &Path) {
    let log = StoredLog::read(target).await.expect("the log");
    log.export(&out.join("archive"));
    if let Target::Folder(folder) = target {
        for name in ["book.db", "vault.db"] {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join(name));
            let mut copy = options.connect().await.expect("opened");
            let into = format!("vacuum into '{}'", out.join(name).display());
            sqlx::raw_sql(AssertSqlSafe(into)).execute(&mut copy).await.expect("copied");
            copy.close().await.expect("closed");
        }
    }
}

async fn every_old_proof_holds(
    site: &Site,
    (size, root): (u64, ledger::log::Hash),
    old: &[ProofFile],
) {
    let registrar = &site.coop.registrar;
    let book = registrar.book();
    assert_eq!(book.root_at(size), Some(root), "the root is what it was");
    assert!(registrar.consistency(size, &book).await.expect("read").is_some());
    let key = VerifierKey::parse(&registrar.log_vkey().expect("a key")).expect("its text");
    for (index, proof) in (0..).zip(old) {
        let leaf = registrar.leaf(index).await.expect("read").expect("there");
        assert_eq!(proof.extra.as_deref(), Some(leaf.as_slice()), "leaf {index} is what it was");
        proof.verify_leaf_inside(ORIGIN, &key, &Policy::none()).expect("it holds");
        let again = registrar.proof_file(index).await.expect("read").expect("a proof");
        assert_eq!(again.to_bytes(), proof.to_bytes(), "leaf {index}: the very same proof");
    }
}

#[tokio::test]
async fn no_byte_of_who_is_erased_stays_in_the_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let target = Target::Folder(folder.path().join("livre"));
    let data = folder.path().join("livre");
    let coop = Coop::open_in(&target, &data, day("2026-03-01")).await;
    hunt(coop, &[folder.path().to_owned()]).await;
}

/// The server of the tests is told to keep no write-ahead file longer than it must, as an operator is
/// told to do (migrations/README.md).
#[tokio::test]
async fn no_byte_of_who_is_erased_stays_on_a_server_that_recycles_nothing() {
    let Some(database) = Database::new() else { return };
    let mut server = sqlx::PgConnection::connect(&database.url).await.expect("the server");
    for statement in ["alter system set wal_recycle = off", "select pg_reload_conf()"] {
        sqlx::raw_sql(statement).execute(&mut server).await.expect("a superuser");
    }
    let folder: String = sqlx::query_scalar("select current_setting('data_directory')")
        .fetch_one(&mut server)
        .await
        .expect("its folder");
    let number: i64 = sqlx::query_scalar(
        "select oid::bigint from pg_database where datname = current_database()",
    )
    .fetch_one(&mut server)
    .await
    .expect("its number");
    server.close().await.expect("goodbye");
    let folder = PathBuf::from(folder);
    let disk = [folder.join(format!("base/{number}")), folder.join("pg_wal")];
    if fs::read_dir(&disk[1]).is_err() {
        writeln!(std::io::stderr(), "skipped: the server's files are not readable")
            .expect("stderr");
        return;
    }
    let keys = tempfile::tempdir().expect("a folder");
    let target = Target::Postgres { url: database.url.clone() };
    let coop = Coop::open_in(&target, keys.path(), day("2026-03-01")).await;
    hunt(coop, &disk).await;
    drop(database);
}
