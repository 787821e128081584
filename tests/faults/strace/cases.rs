//! The commands that are made to fail: what is there before, and what they write.

use std::path::{Path, PathBuf};

use ledger::base::MemberRef;
use ledger::command::Command;
use ledger::keep::{Restore, restore};
use ledger::log::SigningKey;
use ledger::members::ErasureReason;
use ledger::store::{Session, Target};
use support::{Coop, ORIGIN, bits, day, key, statement};

use crate::bench::{copy, say, started};

/// A place, as the operator's file has it.
const PLACE: &str = r#"{"register_place":{"place":"p_000102030405060708090a0b0c0d0e0f",
  "name":"La Filature","street":"8 rue de Constantine","postcode":"59100","town":"Roubaix",
  "surface":"1250","capacity":"140","status":"open"}}"#;
/// Set for this binary as its own child: the folder in which it erases.
const CHILD: &str = "FAULTS_ERASE_IN";
/// Where a backup is written, in the folder of the book.
const COPY: &str = "copie";
/// Who is erased: subscribed, never paid, more than a year ago.
const ERASED: u8 = 3;

/// A command, and the book before it.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// The folder that is copied before each run; none when the command makes it.
    template: Option<PathBuf>,
    /// The program and its arguments; `DATA` stands for the folder of the book.
    command: Vec<String>,
    /// The leaves before.
    pub(super) before: Vec<Vec<u8>>,
    /// How many leaves there are after.
    pub(super) after: usize,
    /// Whether that many leaves may be there in between: an opening is two batches.
    pub(super) between: Vec<usize>,
    /// Whether somebody's values are gone from the vault after.
    pub(super) erases: bool,
    /// Whether a whole copy of the book is in the folder [`COPY`] after.
    pub(super) backs_up: bool,
}

impl Case {
    /// Lays out the folder of the book as it is before.
    pub(super) fn lay_out(&self, data: &Path) {
        if data.exists() {
            std::fs::remove_dir_all(data).expect("removed");
        }
        if let Some(template) = &self.template {
            copy(template, data);
        }
    }

    pub(super) fn command(&self, data: &Path) -> Vec<String> {
        let data = data.to_str().expect("a path");
        self.command.iter().map(|word| word.replace("DATA", data)).collect()
    }
}

/// The cases, with their inputs in that folder.
pub(super) async fn cases(admin: &Path, inputs: &Path) -> Vec<Case> {
    let file = |name: &str, text: &str| {
        let path = inputs.join(name);
        std::fs::write(&path, text).expect("written");
        path.to_str().expect("a path").to_owned()
    };
    let office = |name: &str, seed: u8| file(name, &key(name, seed).to_file_text());
    let (one, two) = (office("admin-1", 1), office("admin-2", 2));
    let (bureau, tresor) = (office("bureau-1", 4), office("tresor", 7));
    let bylaws = file("statuts.json", include_str!("../../../ledger/examples/statuts.json"));
    let place = file("lieu.json", PLACE);
    let words = |text: &str| -> Vec<String> {
        let admin = admin.to_str().expect("a path");
        [admin].into_iter().chain(text.split('|')).map(str::to_owned).collect()
    };
    let init = format!(
        "init|--data|DATA|--bylaws|{bylaws}|--origin|{ORIGIN}|--admin-key|{one}|--admin-key|{two}"
    );
    let init = Case {
        name: "init",
        template: None,
        command: words(&init),
        before: Vec::new(),
        after: 2,
        between: vec![0, 1],
        erases: false,
        backs_up: false,
    };
    let coop = book(&inputs.join("small")).await;
    let references = [coop.reference(1).to_string(), coop.reference(2).to_string()];
    let bank = statement(
        "2026-03-02",
        "0,00",
        &[("19 000,00", "Les Gantois", &references[0]), ("1 000,00", "Mme Diallo", &references[1])],
    );
    let bank = file("releve.xml", &bank);
    let submit = words(&format!("submit|--data|DATA|--key|{bureau}|{place}"));
    let small = inputs.join("template");
    copy(&coop.data, &small);
    let wide = inputs.join("wide");
    widen(&coop).await;
    copy(&coop.data, &wide);
    let before = crate::bench::audited(&Target::Folder(small.clone())).await.expect("sound");
    let grown = |name, template: &Path, command, more: usize| Case {
        name,
        template: Some(template.to_owned()),
        command,
        before: before.clone(),
        after: before.len() + more,
        between: vec![before.len()],
        erases: name == "erase",
        backs_up: name == "backup",
    };
    let backup = words(&format!("backup|--data|DATA|--out|DATA/{COPY}|--with-keys"));
    let import = words(&format!("import-statement|--data|DATA|--key|{tresor}|{bank}"));
    let this = std::env::current_exe().expect("this binary");
    let child = format!(
        "/usr/bin/env|{CHILD}=DATA|{}|--exact|strace::cases::the_child_erases|--nocapture",
        this.to_str().expect("a path")
    );
    let child = child.split('|').map(str::to_owned).collect();
    vec![
        init,
        grown("append", &small, submit.clone(), 1),
        grown("import", &small, import, 5),
        grown("checkpoint", &wide, submit, 1),
        grown("erase", &small, child, 1),
        grown("backup", &small, backup, 0),
    ]
}

/// A small book at rest, with members and a bank account.
async fn book(data: &Path) -> Coop {
    let coop = Coop::open_in(&Target::Folder(data.to_owned()), data, day("2026-03-01")).await;
    coop.bank_account().await;
    coop.joins_as(1, ledger::members::PersonKind::Association, "lieux", 190).await.expect("joined");
    coop.joins(2, 10).await.expect("joined");
    coop.joins(ERASED, 2).await.expect("joined");
    // Its last checkpoint is kept a moment after it is shown; a backup takes what is under it.
    let (size, store) = (coop.registrar.book().size(), coop.registrar.store());
    while store.latest_checkpoint().await.expect("read").is_none_or(|last| last.size < size) {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    coop
}

/// Writes sessions until the write-ahead file is about to be folded into the book by `SQLite` itself:
/// the next batch then pays for it.
async fn widen(coop: &Coop) {
    /// `SQLite` folds a thousand frames, each a page and its head.
    const NEARLY: u64 = 994 * 4_120;
    let log = coop.data.join("book.db-wal");
    for number in 0..5_000_u32 {
        if std::fs::metadata(&log).is_ok_and(|file| file.len() > NEARLY) {
            return;
        }
        let mut secret_sha256 = [5; 32];
        secret_sha256[..4].copy_from_slice(&number.to_be_bytes());
        let session = Session {
            secret_sha256,
            who: format!("{ORIGIN}/k/bureau-1"),
            role: "bureau".into(),
            csrf: "c".repeat(32),
            created_ms: 0,
            expires_ms: i64::MAX,
        };
        coop.registrar.store().open_session(&session).await.expect("opened");
    }
    panic!("the write-ahead file never grew");
}

/// Whether the vault holds anything of who was erased.
pub(super) async fn is_held(target: &Target) -> bool {
    let store = ledger::store::Store::open_read_only(target).await.expect("it opens");
    let member = MemberRef::from_random(bits(ERASED));
    let held = store.private_values(member.as_str()).await.expect("read");
    let key = store.private_key(member.as_str()).await.expect("read");
    store.close().await;
    key.is_some() || !held.is_empty()
}

/// Whether a backup has its name, and then brings the whole book back elsewhere.
pub(super) async fn is_backed_up(case: &Case, data: &Path) -> Result<bool, String> {
    let (from, place) = (data.join(COPY), data.with_extension("restored"));
    if !from.exists() {
        return Ok(false);
    }
    let _ = std::fs::remove_dir_all(&place);
    let (target, keys) = (Target::Folder(place.clone()), place.join("keys"));
    let policy = keys.with_file_name("policy.txt");
    let what = Restore { from: &from, archive: None, keys: &keys, policy: &policy, known: &[] };
    restore(&target, what).await.map_err(|error| format!("half a backup: {error}"))?;
    if crate::bench::audited(&target).await? == case.before {
        return Ok(true);
    }
    Err("the backup brings another book back".to_owned())
}

/// This binary as its own child: erases somebody in the folder that it is told.
#[tokio::test]
async fn the_child_erases() {
    let Some(data) = crate::bench::setting(CHILD).map(PathBuf::from) else { return };
    let target = Target::Folder(data.clone());
    let registrar = match started(&target, &data.join("keys")).await {
        Ok(registrar) => registrar,
        Err(error) => return end(&error.to_string(), 1),
    };
    let member = MemberRef::from_random(bits(ERASED));
    let command = match registrar.erasure(&member, ErasureReason::NoLongerNeeded).await {
        Ok(command) => command,
        Err(error) => return end(&error.to_string(), 1),
    };
    let keys: Vec<SigningKey> = vec![key("bureau-1", 4), key("bureau-2", 5)];
    let keys: Vec<&SigningKey> = keys.iter().collect();
    let erased: Command = command;
    match registrar.perform(erased, Vec::new(), &keys).await {
        Ok(_) => end("erased", 0),
        Err(error) => end(&error.to_string(), 1),
    }
}

/// Ends at once with that status, as a program does.
fn end(words: &str, status: i32) {
    say(words);
    std::process::exit(status);
}
