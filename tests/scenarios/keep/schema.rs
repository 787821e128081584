//! What guards the rows, changed under its own name or joined by something else: `fsck` names it.

use super::flips::checked;
use super::{Engine, Rows};
use crate::verify::filled;

/// A change, how it is undone, and what is said of it: one part for each fault.
struct Case {
    harm: String,
    undo: String,
    named: &'static [&'static str],
}

impl Case {
    fn new(harm: impl Into<String>, undo: impl Into<String>, named: &'static [&str]) -> Self {
        Self { harm: harm.into(), undo: undo.into(), named }
    }
}

const REPLACED: &[&str] = &["leaves_never_change du schéma", "leaves_never_change de book.leaves"];
const REFUSES: &[&str] = &["fonction book.refuse du schéma", "fonction book.refuse n’est pas"];

/// The trigger that keeps leaves as they are, made anew in another way.
fn leaves_again(when: &str) -> String {
    format!(
        "drop trigger leaves_never_change on book.leaves;
         create trigger leaves_never_change before {when} execute function book.refuse()"
    )
}

fn cases() -> Vec<Case> {
    let ours = leaves_again("update or delete on book.leaves for each row");
    let refuse = "create or replace function book.refuse() returns trigger language plpgsql as $$";
    let raise = "begin
    raise exception 'a row of % never changes and is never removed', tg_table_name;
end";
    let silent = "create function portal.lets() returns trigger language plpgsql as \
                      $$ begin return new; end $$;
                  create trigger silent before insert on vault.private_values
                      for each row execute function portal.lets()";
    vec![
        Case::new(leaves_again("delete on book.leaves for each row"), &ours, REPLACED),
        Case::new(
            leaves_again("update or delete on book.leaves for each row when (old.idx < 0)"),
            &ours,
            REPLACED,
        ),
        Case::new(
            "alter table book.leaves disable trigger leaves_stay",
            "alter table book.leaves enable trigger leaves_stay",
            &["le déclencheur leaves_stay du schéma manque, est coupé ou en est un autre"],
        ),
        Case::new(
            silent,
            "drop trigger silent on vault.private_values; drop function portal.lets()",
            &["déclencheur silent de vault.private_values", "fonction portal.lets"],
        ),
        Case::new(
            "create rule hush as on insert to book.evidence do instead nothing",
            "drop rule hush on book.evidence",
            &["la règle hush de evidence"],
        ),
        Case::new(
            format!("{refuse} begin return null; end $$"),
            format!("{refuse}\n{raise}\n$$"),
            REFUSES,
        ),
        Case::new(
            "alter function book.refuse() set search_path = public",
            "alter function book.refuse() reset search_path",
            REFUSES,
        ),
    ]
}

#[tokio::test]
async fn a_guard_of_the_server_that_is_another_off_or_not_ours_is_named() {
    let Some(engine) = Engine::server() else { return };
    let coop = filled(engine.opened().await).await;
    coop.registrar.leave().await;
    coop.registrar.store().close().await;
    let clean = checked(&engine.target, &engine.data).await;
    assert!(clean.is_clean(), "{:?}", clean.faults);
    let mut rows = Rows::of(&engine.target).await;
    for Case { harm, undo, named } in cases() {
        rows.on_server(&harm).await;
        let found = checked(&engine.target, &engine.data).await;
        assert_eq!(found.faults.len(), named.len(), "{harm}: {:?}", found.faults);
        for words in named {
            let said = found.faults.iter().any(|fault| fault.what.contains(words));
            assert!(said, "{harm}: {words}: {:?}", found.faults);
        }
        rows.on_server(&undo).await;
        let again = checked(&engine.target, &engine.data).await;
        assert!(again.is_clean(), "{undo}: {:?}", again.faults);
    }
    rows.close().await;
}
