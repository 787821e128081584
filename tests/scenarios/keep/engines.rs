//! The engines at hand, each with a book of its own: a folder always, a server when there is one.

use std::path::PathBuf;

use ledger::store::Target;
use support::{Coop, Database, day};

/// A place for a book and its keys.
pub(crate) struct Engine {
    pub(crate) name: &'static str,
    pub(crate) target: Target,
    pub(crate) data: PathBuf,
    _folder: tempfile::TempDir,
    _database: Option<Database>,
}

impl Engine {
    /// An empty folder, with no book and no keys.
    pub(crate) fn folder() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("livre");
        std::fs::create_dir(&data).expect("a folder");
        let target = Target::Folder(data.clone());
        Self { name: "sqlite", target, data, _folder: folder, _database: None }
    }

    /// An empty database and a folder for keys, when there is a server.
    pub(crate) fn server() -> Option<Self> {
        let database = Database::new()?;
        let target = Target::Postgres { url: database.url.clone() };
        Some(Self { name: "postgres", target, _database: Some(database), ..Self::folder() })
    }

    /// A new book there, on 1 March 2026.
    pub(crate) async fn opened(&self) -> Coop {
        Coop::open_in(&self.target, &self.data, day("2026-03-01")).await
    }
}

/// Every engine at hand.
pub(crate) fn engines() -> Vec<Engine> {
    std::iter::once(Engine::folder()).chain(Engine::server()).collect()
}
