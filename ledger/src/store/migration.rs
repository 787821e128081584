//! The schema, step by step, and the check that a book has exactly ours.

use super::failure::{Failure, Result};

/// One file of `migrations/`. The book keeps its text, so that a change in either is seen.
pub(super) struct Migration {
    /// Name of the file, without `.sql`.
    pub(super) name: &'static str,
    /// The file.
    pub(super) sql: &'static str,
}

macro_rules! migrations {
    ($engine:literal: $($name:literal),*) => {
        &[$(Migration {
            name: $name,
            sql: include_str!(concat!("../../../migrations/", $engine, "/", $name, ".sql")),
        }),*]
    };
}

/// What `book.db` is made of.
pub(super) const SQLITE_BOOK: &[Migration] =
    migrations!("sqlite": "0001_log", "0003_portal", "0005_nodes", "0007_cosignatures");
/// What `vault.db` is made of.
pub(super) const SQLITE_VAULT: &[Migration] = migrations!("sqlite": "0002_vault", "0006_erasing");
/// What a `PostgreSQL` database is made of.
pub(super) const POSTGRES: &[Migration] = migrations!(
    "postgres": "0001_log", "0002_vault", "0003_portal", "0005_nodes", "0006_erasing",
    "0007_cosignatures"
);

/// Says which of our migrations are still to apply.
///
/// `applied` is name and text of each, in order of name.
///
/// # Errors
/// [`Failure::Migration`] when what was applied is not the beginning of `ours`, to the byte.
pub(super) fn to_apply(
    ours: &'static [Migration],
    applied: &[(String, String)],
) -> Result<&'static [Migration]> {
    let differs = |name: &str, why| Err(Failure::Migration { name: name.to_owned(), why });
    for (place, (name, sql)) in applied.iter().enumerate() {
        match ours.get(place) {
            Some(own) if own.name == name && own.sql == sql => {}
            Some(own) if own.name == name => return differs(name, "its text is another"),
            Some(own) if name.as_str() > own.name => return differs(own.name, "it was left out"),
            _ => return differs(name, "these programs do not know it"),
        }
    }
    Ok(ours.get(applied.len()..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(rows: &[(&str, &str)]) -> Vec<(String, String)> {
        rows.iter().map(|(name, sql)| ((*name).to_owned(), (*sql).to_owned())).collect()
    }

    static OURS: [Migration; 2] =
        [Migration { name: "0001_log", sql: "a" }, Migration { name: "0003_portal", sql: "c" }];

    fn verdict(rows: &[(&str, &str)]) -> Result<Vec<&'static str>> {
        to_apply(&OURS, &applied(rows)).map(|rest| rest.iter().map(|m| m.name).collect())
    }

    #[test]
    fn what_is_newer_is_still_to_apply() {
        assert_eq!(verdict(&[]), Ok(vec!["0001_log", "0003_portal"]));
        assert_eq!(verdict(&[("0001_log", "a")]), Ok(vec!["0003_portal"]));
        assert_eq!(verdict(&[("0001_log", "a"), ("0003_portal", "c")]), Ok(vec![]));
    }

    #[test]
    fn a_changed_an_unknown_and_a_missing_migration_are_refused() {
        let refused = |rows: &[(&str, &str)], name: &str| match verdict(rows) {
            Err(Failure::Migration { name: named, .. }) => assert_eq!(named, name),
            other => panic!("{other:?}"),
        };
        refused(&[("0001_log", "a ")], "0001_log");
        refused(&[("0003_portal", "c")], "0001_log");
        refused(&[("0000_before", "x"), ("0001_log", "a")], "0000_before");
        refused(&[("0001_log", "a"), ("0003_portal", "c"), ("0004_new", "d")], "0004_new");
    }

    #[test]
    fn both_engines_change_together() {
        let mut sqlite: Vec<_> = SQLITE_BOOK.iter().chain(SQLITE_VAULT).map(|m| m.name).collect();
        sqlite.sort_unstable();
        let postgres: Vec<_> = POSTGRES.iter().map(|m| m.name).collect();
        assert_eq!(sqlite, postgres);
    }
}
