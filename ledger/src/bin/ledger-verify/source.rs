//! The places a log is read from.

use std::path::Path;

use ledger::audit::{LogSource, SourceError};
use ledger::keep::LogTree;
use ledger::log::tile::decode_bundle;
use ledger::log::{Policy, TileId, TilePath};
use ledger::registrar::witness::{largest_witnessed, with_latest};
use ledger::store::{Store, Target};
use tokio::runtime::Runtime;

/// Leaves in a bundle.
const BUNDLE: u64 = 256;

/// Largest answer that is read: a full bundle of the longest leaves.
const ANSWER_MAX: u64 = 32 * 1024 * 1024;

/// An opened target.
pub(crate) enum Source {
    /// A log over HTTP.
    Address { agent: ureq::Agent, base: String },
    /// A static tree of files, as `ledger-admin export` writes it.
    Archive(LogTree),
    /// The folder or the database of a portal, running or not.
    Book { runtime: Runtime, store: Box<Store> },
}

/// Recognises and opens a target.
pub(crate) fn open(target: &str) -> Result<Source, String> {
    if target.starts_with("http://") || target.starts_with("https://") {
        return address(target);
    }
    if target.starts_with("postgres://") || target.starts_with("postgresql://") {
        return book(&Target::Postgres { url: target.to_owned() });
    }
    let path = Path::new(target);
    if let Some(tree) = LogTree::at(path) {
        return Ok(Source::Archive(tree));
    }
    if !path.is_dir() {
        return Err(format!("`{target}` n’est ni une adresse, ni un dossier, ni une archive"));
    }
    book(&Target::Folder(path.to_owned()))
}

/// Opens the book itself, for reading; a failure names the folder or the server, never a password.
fn book(target: &Target) -> Result<Source, String> {
    let runtime = Runtime::new().map_err(|error| error.to_string())?;
    let store = runtime.block_on(Store::open_read_only(target)).map_err(|e| e.to_string())?;
    Ok(Source::Book { runtime, store: Box::new(store) })
}

fn address(target: &str) -> Result<Source, String> {
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(std::time::Duration::from_secs(60)))
        .build()
        .new_agent();
    let target = target.trim_end_matches('/');
    let candidates = [target.to_owned(), format!("{target}/log")];
    let found = candidates.into_iter().find(|base| get(&agent, base, "checkpoint").is_ok());
    let base = found.ok_or_else(|| format!("aucun journal à l’adresse `{target}`"))?;
    Ok(Source::Address { agent, base })
}

fn get(agent: &ureq::Agent, base: &str, path: &str) -> Result<Vec<u8>, SourceError> {
    let failed = |error: ureq::Error| SourceError(format!("{base}/{path} : {error}"));
    let mut answer = agent.get(format!("{base}/{path}")).call().map_err(failed)?;
    answer.body_mut().with_config().limit(ANSWER_MAX).read_to_vec().map_err(failed)
}

impl Source {
    /// The largest checkpoint that may be witnessed as the policy asks: by what is kept in a book, or by
    /// what the log publishes for its own policy.
    pub(crate) fn witnessed(&self, policy: &Policy) -> Result<Option<Vec<u8>>, SourceError> {
        let (runtime, store) = match self {
            Self::Book { runtime, store } => (runtime, store),
            Self::Archive(tree) => return Ok(tree.witnessed()),
            Self::Address { .. } => return Ok(self.file("witnessed").ok()),
        };
        let size = runtime.block_on(store.head()).map_err(store_error)?.size;
        let head = runtime.block_on(largest_witnessed(store, policy, size));
        Ok(head.ok().flatten().map(|head| head.checkpoint))
    }

    /// A file of the static tree, by HTTP.
    fn file(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        match self {
            Self::Address { agent, base } => get(agent, base, path),
            Self::Archive(_) | Self::Book { .. } => {
                Err(SourceError(format!("{path} : pas de fichier ici")))
            }
        }
    }
}

fn store_error(error: impl std::fmt::Display) -> SourceError {
    SourceError(error.to_string())
}

impl LogSource for Source {
    fn checkpoint(&self) -> Result<Vec<u8>, SourceError> {
        if let Self::Archive(tree) = self {
            return tree.checkpoint();
        }
        let Self::Book { runtime, store } = self else { return self.file("checkpoint") };
        let latest = runtime.block_on(store.latest_checkpoint()).map_err(store_error)?;
        let latest = latest.ok_or_else(|| SourceError("aucun point de contrôle".into()))?;
        // A book whose schema is older has no such table: then nobody has cosigned it.
        let rows = runtime.block_on(store.cosignatures(latest.size)).unwrap_or_default();
        Ok(with_latest(&latest.note, &rows))
    }

    fn stored_size(&self) -> Result<Option<u64>, SourceError> {
        let Self::Book { runtime, store } = self else { return Ok(None) };
        Ok(Some(runtime.block_on(store.head()).map_err(store_error)?.size))
    }

    fn leaves(&self, from: u64, to: u64) -> Result<Vec<Vec<u8>>, SourceError> {
        if let Self::Book { runtime, store } = self {
            return runtime.block_on(store.leaves(from, to)).map_err(store_error);
        }
        if let Self::Archive(tree) = self {
            return tree.leaves(from, to);
        }
        let width = u16::try_from(to.saturating_sub(from)).map_err(store_error)?;
        let path = TilePath::Entries { n: from / BUNDLE, width };
        let bundle = self.file(&path.to_string())?;
        decode_bundle(&bundle).map_err(store_error)
    }

    fn tile(&self, id: TileId, width: u16) -> Result<Vec<u8>, SourceError> {
        if let Self::Book { runtime, store } = self {
            let rows = runtime.block_on(store.tiles(&[(id.level, id.n)])).map_err(store_error)?;
            let row = rows.into_iter().next();
            let mut hashes = row.ok_or_else(|| SourceError(format!("tuile {id} absente")))?.hashes;
            hashes.truncate(usize::from(width).saturating_mul(32));
            return Ok(hashes);
        }
        if let Self::Archive(tree) = self {
            return tree.tile(id, width);
        }
        self.file(&TilePath::Hashes { id, width }.to_string())
    }

    fn earlier_checkpoints(&self) -> Result<Vec<Vec<u8>>, SourceError> {
        if let Self::Archive(tree) = self {
            return tree.earlier_checkpoints();
        }
        let Self::Book { runtime, store } = self else { return Ok(Vec::new()) };
        let rows = runtime.block_on(store.checkpoints()).map_err(store_error)?;
        Ok(rows.into_iter().map(|row| row.note).collect())
    }
}
