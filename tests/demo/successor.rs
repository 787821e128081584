//! A log whose key is no longer trusted is followed by another, which states where the former ended.

use crate::operator::{ORIGIN, Operator, operator};
use crate::said;

const SUCCESSOR: &str = "livre.exemple/parts-2";

/// Opens a book there; what `init` answers.
fn opens(operator: &Operator, data: &str, origin: &str, more: &[&str]) -> String {
    let mut arguments = vec!["init", "--data", data, "--bylaws", "statuts.json"];
    let keys: Vec<String> = ["admin-1", "admin-2"].map(|name| format!("{data}-{name}.key")).into();
    for (name, key) in ["admin-1", "admin-2"].into_iter().zip(&keys) {
        if !operator.folder.join(key).exists() {
            operator.does(&["new-key", &format!("{origin}/k/{name}"), "--out", key]);
        }
        arguments.extend(["--admin-key", key]);
    }
    said(&operator.told(&[&arguments[..], &["--origin", origin], more].concat()))
}

fn key_in(answer: &str) -> String {
    answer.rsplit("clé du journal : ").next().expect("a key").trim().to_owned()
}

#[test]
fn a_book_follows_another_from_its_last_checkpoint() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(operator) = operator(folder.path(), None) else { return };
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("statuts.json"), operator.does(&["example"])).expect("a file");
    std::fs::write(file("statuts.pdf"), "les statuts signés").expect("a file");
    std::fs::write(file("témoins.txt"), "# personne encore\nquorum none\n").expect("a file");
    let former = key_in(&opens(&operator, "ancien", ORIGIN, &[]));
    operator.does(&["export", "--data", "ancien", "--out", "archive"]);

    let from = ["--predecessor", "archive/log/checkpoint", "--predecessor-vkey"];
    let stranger = key_in(&opens(&operator, "autre", "autre.exemple/parts", &[]));
    let refused = opens(&operator, "nouveau", SUCCESSOR, &[&from[..], &[&stranger]].concat());
    assert!(refused.contains("archive/log/checkpoint"), "{refused}");
    let same = opens(&operator, "même", ORIGIN, &[&from[..], &[&former]].concat());
    assert!(same.contains("il en faut une nouvelle"), "{same}");
    assert!(!file("nouveau").exists() && !file("même").exists(), "nothing is left behind");

    let papers = ["--charter", "statuts.pdf", "--policy", "témoins.txt"];
    let whole = [&from[..], &[&former], &papers].concat();
    let opened = opens(&operator, "nouveau", SUCCESSOR, &whole);
    assert!(opened.contains("livre ouvert"), "{opened}");
    let policy = std::fs::read(file("nouveau/policy.txt")).expect("the policy");
    assert_eq!(policy, std::fs::read(file("témoins.txt")).expect("the policy"));
    operator.does(&["export", "--data", "nouveau", "--out", "suite"]);
    let report = said(&operator.checks("suite"));
    assert!(report.contains(&format!("ce journal succède à {ORIGIN} (taille 2")), "{report}");
    assert!(report.contains("statuts à l’ouverture"), "{report}");
    assert!(report.contains("politique à l’ouverture"), "{report}");
}
