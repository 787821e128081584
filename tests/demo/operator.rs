//! The operator's own programs on each engine: a book opened, filled, exported, checked.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::portal::program;
use crate::said;

pub(crate) const ORIGIN: &str = "livre.exemple/parts";

/// The programs, and the book that they are told of.
pub(crate) struct Operator {
    admin: PathBuf,
    verify: PathBuf,
    pub(crate) folder: PathBuf,
    /// The database, when the book is not in the folder.
    pub(crate) url: Option<String>,
}

impl Operator {
    pub(crate) fn told(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.admin);
        command.current_dir(&self.folder).args(arguments).env_remove("FONCIERE_DATABASE_URL");
        if let Some(url) = &self.url {
            command.env("FONCIERE_DATABASE_URL", url);
        }
        command.output().expect("it starts")
    }

    pub(crate) fn does(&self, arguments: &[&str]) -> String {
        let output = self.told(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        said(&output)
    }

    pub(crate) fn checks(&self, target: &str) -> Output {
        let mut command = Command::new(&self.verify);
        command.current_dir(&self.folder).arg(target).output().expect("it starts")
    }

    /// As [`Operator::checks`], by a trust policy.
    pub(crate) fn checks_by(&self, target: &str, policy: &str) -> Output {
        std::fs::write(self.folder.join("politique.txt"), policy).expect("a file");
        let mut command = Command::new(&self.verify);
        command.args([target, "--policy", "politique.txt"]);
        command.current_dir(&self.folder).output().expect("it starts")
    }

    pub(crate) fn key(&self, name: &str) {
        self.does(&["new-key", &format!("{ORIGIN}/k/{name}"), "--out", &format!("{name}.key")]);
    }
}

pub(crate) const PLACE: &str = r#"{"register_place":{"place":"p_000102030405060708090a0b0c0d0e0f",
  "name":"La Filature","street":"8 rue de Constantine","postcode":"59100","town":"Roubaix",
  "surface":"1250","capacity":"140","status":"open"}}"#;

/// What an operator does on the first day, and what a stranger then finds.
fn first_day(operator: &Operator) {
    for name in ["admin-1", "admin-2", "bureau-1"] {
        operator.key(name);
    }
    let file = |name: &str| operator.folder.join(name);
    std::fs::write(file("statuts.json"), operator.does(&["example"])).expect("a file");
    std::fs::write(file("lieu.json"), PLACE).expect("a file");
    let admins = ["--admin-key", "admin-1.key", "--admin-key", "admin-2.key"];
    let init = ["init", "--data", "livre", "--bylaws", "statuts.json", "--origin", ORIGIN];
    operator.does(&[&init[..], &admins].concat());
    let again = operator.told(&[&init[..], &admins].concat());
    assert!(!again.status.success() && said(&again).contains("déjà un livre"), "{}", said(&again));
    let enrol = ["enrol", "--data", "livre", "--key", "bureau-1.key", "--role", "officer"];
    operator.does(&[&enrol[..], &["--holder", "présidence"], &admins].concat());
    let place = ["submit", "--data", "livre", "--key", "bureau-1.key", "lieu.json"];
    let written = operator.does(&place);
    assert!(written.contains("enregistré"), "{written}");
    let twice = operator.told(&place);
    assert!(!twice.status.success(), "a place is registered once: {}", said(&twice));

    operator.does(&["export", "--data", "livre", "--out", "archive"]);
    let book = operator.url.clone().unwrap_or_else(|| "livre".into());
    for target in ["archive", &book] {
        let checked = operator.checks(target);
        let report = said(&checked);
        assert!(checked.status.success(), "{target}: {report}");
        assert!(report.contains("feuilles           4"), "{report}");
    }
}

pub(crate) fn operator(folder: &Path, url: Option<String>) -> Option<Operator> {
    let built = program("ledger-admin").zip(program("ledger-verify"));
    let Some((admin, verify)) = built else {
        assert!(std::env::var_os("BROWSER_TESTS").is_none(), "tests/run builds the programs");
        println!("skipped: the programs are not built (cargo build --workspace --bins)");
        return None;
    };
    Some(Operator { admin, verify, folder: folder.to_owned(), url })
}

#[test]
fn an_operator_opens_fills_and_exports_a_book_in_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(operator) = operator(folder.path(), None) else { return };
    first_day(&operator);
    assert!(folder.path().join("livre/book.db").is_file());
}

#[test]
fn an_operator_opens_fills_and_exports_a_book_on_postgresql() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(database) = support::Database::new() else { return };
    let Some(operator) = operator(folder.path(), Some(database.url.clone())) else { return };
    first_day(&operator);
    assert!(!folder.path().join("livre/book.db").exists(), "the folder holds the keys alone");
    let unknown = operator.checks("postgres://nobody:secret@127.0.0.1:1/nothing");
    assert!(!unknown.status.success() && !said(&unknown).contains("secret"), "{}", said(&unknown));
}
