//! The archive: the log as a static tree of files, which any web host can serve as it is.

use std::path::Path;

use ledger::log::tile::encode_bundle;
use ledger::log::{TileId, TilePath};
use ledger::registrar::witness;
use ledger::store::Store;

/// Leaves in a bundle.
const BUNDLE: u64 = 256;

/// Writes checkpoint, tiles and bundles of the latest checkpoint's size into a new folder; and, as
/// `witnessed`, the largest checkpoint that witnesses vouch for, if there is one.
pub(crate) async fn tree(data: &Path, out: &Path) -> Result<String, String> {
    if out.exists() {
        return Err(format!("`{}` existe déjà : rien n’a été écrit", out.display()));
    }
    let store = Store::open_read_only(&crate::book::target(data))
        .await
        .map_err(|error| error.to_string())?;
    let latest = store.latest_checkpoint().await.map_err(|error| error.to_string())?;
    let latest = latest.ok_or("aucun point de contrôle à exporter")?;
    let mut files = 0_u64;
    let mut from = 0;
    while from < latest.size {
        let to = latest.size.min(from.saturating_add(BUNDLE));
        let leaves = store.leaves(from, to).await.map_err(|error| error.to_string())?;
        let bundle = encode_bundle(&leaves).map_err(|error| error.to_string())?;
        write(out, &TilePath::Entries { n: from / BUNDLE, width: width(to, from) }, &bundle)?;
        files = files.saturating_add(1);
        from = to;
    }
    for (id, count) in tiles(latest.size) {
        let rows = store.tiles(&[(id.level, id.n)]).await.map_err(|error| error.to_string())?;
        let mut hashes = rows.into_iter().next().ok_or("une tuile manque")?.hashes;
        hashes.truncate(usize::from(count).saturating_mul(32));
        write(out, &TilePath::Hashes { id, width: count }, &hashes)?;
        files = files.saturating_add(1);
    }
    // Last: an export that was cut short has no checkpoint, so nobody takes it for whole.
    let policy = crate::book::policy(data)?;
    let words = |error: &dyn std::fmt::Display| error.to_string();
    let head = witness::largest_witnessed(&store, &policy, latest.size).await;
    if let Some(head) = head.map_err(|error| words(&error))? {
        std::fs::write(out.join("witnessed"), &head.checkpoint).map_err(|error| words(&error))?;
    }
    let note = witness::cosigned(&store, &policy, latest.size, &latest.note).await;
    let note = note.map_err(|error| words(&error))?;
    std::fs::write(out.join("checkpoint"), note).map_err(|error| words(&error))?;
    Ok(format!("{files} fichiers et le point de contrôle de taille {}", latest.size))
}

fn width(to: u64, from: u64) -> u16 {
    u16::try_from(to.saturating_sub(from)).unwrap_or(u16::MAX)
}

/// Every tile of a tree of that size and its width.
fn tiles(size: u64) -> Vec<(TileId, u16)> {
    let mut all = Vec::new();
    let (mut level, mut nodes) = (0, size);
    while nodes > 0 {
        let mut from = 0;
        while from < nodes {
            let to = nodes.min(from.saturating_add(BUNDLE));
            all.push((TileId { level, n: from / BUNDLE }, width(to, from)));
            from = to;
        }
        nodes /= BUNDLE;
        level = level.saturating_add(1);
    }
    all
}

fn write(out: &Path, path: &TilePath, bytes: &[u8]) -> Result<(), String> {
    let file = out.join(path.to_string());
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    std::fs::write(&file, bytes).map_err(|error| format!("`{}` : {error}", file.display()))
}
