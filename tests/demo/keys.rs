//! Keys and personal data from the command line, on each engine: what an operator types when a phone is
//! stolen, when the log's key changes, when somebody asks to be erased.

use ledger::base::MemberRef;
use ledger::registrar::keys::write_key;
use ledger::store::Target;
use support::{Coop, Database, bits, day};

use crate::operator::{ORIGIN, Operator, PLACE, operator};
use crate::said;

const ADMINS: [&str; 4] = ["--admin-key", "admin-1.key", "--admin-key", "admin-2.key"];

impl Operator {
    /// A command about the book, with two administrators' keys.
    fn administers(&self, arguments: &[&str]) -> String {
        self.does(&[&arguments[..1], &["--data", "livre"], &arguments[1..], &ADMINS].concat())
    }

    fn is_refused(&self, arguments: &[&str], words: &str) {
        let output = self.told(arguments);
        assert!(!output.status.success(), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(words), "{arguments:?}: {}", said(&output));
    }

    /// Registers a place whose reference ends so; the leaf that it takes.
    fn place(&self, end: &str, key: &str) -> String {
        self.place_file(end);
        let written = self.does(&["submit", "--data", "livre", "--key", key, "un-lieu.json"]);
        written.rsplit(' ').next().expect("a leaf").trim().to_owned()
    }

    fn place_file(&self, end: &str) {
        let place = PLACE.replace("0e0f", end).replace("La Filature", &format!("Lieu {end}"));
        std::fs::write(self.folder.join("un-lieu.json"), place).expect("a file");
    }
}

fn opens(operator: &Operator) {
    for name in ["admin-1", "admin-2", "admin-3", "bureau-1", "bureau-1-bis", "bureau-2"] {
        operator.key(name);
    }
    let bylaws = operator.folder.join("statuts.json");
    std::fs::write(bylaws, operator.does(&["example"])).expect("a file");
    let init =
        ["init", "--bylaws", "statuts.json", "--origin", ORIGIN, "--admin-key", "admin-3.key"];
    operator.administers(&init);
    for name in ["bureau-1", "bureau-2"] {
        let file = format!("{name}.key");
        operator.administers(&["enrol", "--key", &file, "--holder", name, "--role", "officer"]);
    }
}

fn a_phone_is_stolen(operator: &Operator) {
    let rotate = ["rotate", "--old-key", "bureau-1.key", "--key", "bureau-1-bis.key"];
    operator.administers(&rotate);
    let submit = ["submit", "--data", "livre", "--key", "bureau-1.key", "un-lieu.json"];
    let first = operator.place("0001", "bureau-1-bis.key");
    operator.place_file("0009");
    operator.is_refused(&submit, "n’est pas habilitée");
    let second = operator.place("0002", "bureau-1-bis.key");
    let revoke =
        ["revoke", "--name", "bureau-1-bis", "--reason", "volé", "--suspect-from", &second];
    operator.administers(&revoke);
    let list = operator.does(&["to-review", "--data", "livre"]);
    assert!(list.contains(&format!("feuille {second} : {ORIGIN}/k/bureau-1-bis (volé)")), "{list}");
    assert!(!list.contains(&format!("feuille {first} ")), "{list}");
    let suspect = ["suspect", "--name", "bureau-1-bis", "--reason", "plus tôt", "--suspect-from"];
    operator.administers(&[&suspect[..], &[&first]].concat());
    let leaves = format!("{first},{second}");
    let review =
        ["review", "--data", "livre", "--finding", "confirmed", "--note", "relues", "--as"];
    let alone = [&review[..], &["officer", "--key", "bureau-2.key", &leaves]].concat();
    operator.is_refused(&alone, "1 sur 2");
    let admins = ["admin", "--key", "admin-1.key", "--key", "admin-3.key", &leaves];
    operator.does(&[&review[..], &admins].concat());
    let list = operator.does(&["to-review", "--data", "livre"]);
    assert!(list.contains("aucune feuille"), "{list}");
    let three = ["threshold", "--data", "livre", "--admin-key", "admin-1.key", "4"];
    operator.is_refused(&three, "4 administrateurs signeraient");
}

fn book(operator: &Operator) -> String {
    operator.url.clone().unwrap_or_else(|| "livre".into())
}

/// The log's key in force, as the stranger's program names it.
fn log_key(operator: &Operator) -> String {
    let report = said(&operator.checks(&book(operator)));
    let line = report.lines().find(|line| line.trim_start().starts_with("clé du journal"));
    line.and_then(|line| line.split_whitespace().last()).expect("a key").to_owned()
}

/// While both sign, a policy may name either; one that names neither is about another log.
fn both_keys_sign(operator: &Operator, former: &str, next: &str) {
    assert_ne!(former, next);
    let checked = |logs: &[&str]| {
        let logs = logs.iter().map(|log| format!("log {log}\n")).collect::<Vec<_>>().concat();
        operator.checks_by(&book(operator), &format!("{logs}quorum none\n"))
    };
    for logs in [&[former][..], &[next], &[former, next]] {
        let checked = checked(logs);
        assert!(checked.status.success(), "{logs:?}: {}", said(&checked));
    }
    let made = operator.does(&["new-key", ORIGIN, "--out", "étrangère.key"]);
    let checked = checked(&[made.trim()]);
    assert!(!checked.status.success(), "{}", said(&checked));
    assert!(said(&checked).contains("ne nomme pas le journal"), "{}", said(&checked));
}

fn the_log_changes_its_key(operator: &Operator) {
    let rotate = ["rotate-log-key", "--both-for", "1"];
    let early = [&rotate[..1], &["--data", "livre"], &rotate[1..], &ADMINS].concat();
    operator.is_refused(&early, "new-log-key");
    let made = operator.does(&["new-log-key", "--data", "livre"]);
    assert!(made.contains(ORIGIN), "{made}");
    operator.is_refused(&["new-log-key", "--data", "livre"], "log-next.key");
    let former = log_key(operator);
    operator.administers(&rotate);
    both_keys_sign(operator, &former, &log_key(operator));
    let retire = ["retire-log-key", "--data", "livre"];
    operator.is_refused(&retire, "les deux clés signent encore");
    operator.place("0003", "bureau-2.key");
    operator.place("0004", "bureau-2.key");
    let retired = operator.does(&retire);
    assert!(retired.contains(".key.old"), "{retired}");
    operator.place("0005", "bureau-2.key");
    operator.is_refused(&retire, "log-next.key");
}

fn keys(operator: &Operator) {
    opens(operator);
    a_phone_is_stolen(operator);
    the_log_changes_its_key(operator);
    let checked = operator.checks(&book(operator));
    assert!(checked.status.success(), "{}", said(&checked));
}

#[test]
fn keys_are_replaced_doubted_and_reviewed_by_command_in_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(operator) = operator(folder.path(), None) else { return };
    keys(&operator);
}

#[test]
fn keys_are_replaced_doubted_and_reviewed_by_command_on_postgresql() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(database) = Database::new() else { return };
    let Some(operator) = operator(folder.path(), Some(database.url.clone())) else { return };
    keys(&operator);
}

/// Somebody whose form of 2020 had no follow-up is erased by two officers' keys.
async fn erases(operator: &Operator, target: &Target) {
    let data = operator.folder.join("livre");
    let coop = Coop::open_in(target, &data, day("2020-01-02")).await;
    coop.bank_account().await;
    coop.joins(2, 10).await.expect("subscribed");
    for name in ["bureau-1", "bureau-2"] {
        let file = operator.folder.join(format!("{name}.key"));
        write_key(&file, &coop.key(name).to_file_text()).expect("a file");
    }
    coop.registrar.leave().await;
    coop.registrar.store().close().await;
    let member = MemberRef::from_random(bits(2)).to_string();
    let erase = ["erase", "--data", "livre"];
    let plan = operator.does(&[&erase[..], &["--dry-run", &member]].concat());
    assert!(plan.contains("identité : serait effacé"), "{plan}");
    let alone = [&erase[..], &["--key", "bureau-1.key", &member]].concat();
    operator.is_refused(&alone, "1 sur 2");
    operator.is_refused(&[&erase[..], &["--dry-run", "m_inconnu"]].concat(), "m_inconnu");
    let both = ["--key", "bureau-1.key", "--key", "bureau-2.key", "--reason", "no-longer-needed"];
    let both = [&erase[..], &both, &[&member]].concat();
    let done = operator.does(&both);
    assert!(done.contains("enregistré") && done.contains("coffre réécrit"), "{done}");
    operator.is_refused(&both, "déjà effacé");
    let plan = operator.does(&[&erase[..], &["--dry-run", &member]].concat());
    assert!(plan.contains("tout est déjà effacé"), "{plan}");
    operator.does(&["export", "--data", "livre", "--out", "archive"]);
    let checked = operator.checks("archive");
    assert!(checked.status.success(), "{}", said(&checked));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_erased_by_command_in_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(operator) = operator(folder.path(), None) else { return };
    erases(&operator, &Target::Folder(folder.path().join("livre"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_erased_by_command_on_postgresql() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(database) = Database::new() else { return };
    let Some(operator) = operator(folder.path(), Some(database.url.clone())) else { return };
    erases(&operator, &Target::Postgres { url: database.url.clone() }).await;
}
