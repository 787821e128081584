//! The log as programs read it: checkpoint, tiles, entry bundles, proofs (C2SP tlog-tiles).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use ledger::log::tile::{TILE_WIDTH, encode_bundle};
use ledger::log::{LeafId, TilePath};

use crate::access::Visitor;
use crate::error::{PageError, Result};
use crate::{Shared, gzip, layout};

const BYTES: &str = "application/octet-stream";
const FOR_EVER: &str = "public, max-age=31536000, immutable";

const NOTE: [(header::HeaderName, &str); 2] = [
    (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
    (header::CACHE_CONTROL, "public, max-age=2"),
];

/// The signed checkpoint of the log as it is now, with the cosignatures that it has so far.
pub(crate) async fn checkpoint(State(shared): State<Arc<Shared>>) -> Result<impl IntoResponse> {
    Ok((NOTE, shared.registrar.cosigned_checkpoint(&shared.book()).await?))
}

/// The largest checkpoint that is witnessed as the book's policy asks: a busy log is a minute ahead
/// of its witnesses.
pub(crate) async fn witnessed(State(shared): State<Arc<Shared>>) -> Result<impl IntoResponse> {
    let head = shared.registrar.witnessed_head().await?.ok_or(PageError::NotFound)?;
    Ok((NOTE, head.checkpoint))
}

/// The log's public keys, as `name+id+base64`, a line each: the one in force, then the former ones.
pub(crate) async fn vkey(State(shared): State<Arc<Shared>>) -> Result<impl IntoResponse> {
    let book = shared.book();
    let named = book.state().registers.authority.log_keys();
    let mut keys: Vec<String> = named.map(|key| format!("{}\n", key.vkey)).collect();
    keys.reverse();
    if keys.is_empty() {
        return Err(PageError::NotOpened);
    }
    let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    Ok((plain, keys.concat()))
}

/// A tile of hashes, or a bundle of leaves, whole or partial.
pub(crate) async fn tile(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    headers: HeaderMap,
    Path(path): Path<String>,
) -> Result<Response> {
    let path = TilePath::parse(&format!("tile/{path}")).map_err(|_| PageError::NotFound)?;
    let size = shared.book().size();
    let bytes = match path {
        TilePath::Hashes { id, width } => {
            let below = u32::from(id.level).saturating_mul(8);
            covered(size.checked_shr(below).unwrap_or(0), id.n, width)?;
            let rows = shared.registrar.store().tiles(&[(id.level, id.n)]).await?;
            let row = rows.into_iter().next().ok_or(PageError::NotFound)?;
            let length = usize::from(width).saturating_mul(32);
            row.hashes.get(..length).ok_or(PageError::NotFound)?.to_vec()
        }
        TilePath::Entries { n, width } => {
            if !visitor.may_read_leaves(&shared) {
                return Err(PageError::Forbidden);
            }
            covered(size, n, width)?;
            let from = n.saturating_mul(u64::from(TILE_WIDTH));
            let leaves = shared
                .registrar
                .store()
                .leaves(from, from.saturating_add(u64::from(width)))
                .await?;
            let bundle =
                encode_bundle(&leaves).map_err(|error| PageError::failed("a bundle", &error))?;
            // What only some may read must not stay in a cache on the way.
            let caching = if shared.config.entries_open { FOR_EVER } else { "private, no-store" };
            return sent(bundle, caching, gzip::is_asked_for(&headers));
        }
    };
    let headers = [(header::CONTENT_TYPE, BYTES), (header::CACHE_CONTROL, FOR_EVER)];
    Ok((headers, bytes).into_response())
}

/// A bundle as the client takes it: leaves are text, which compresses well.
fn sent(bundle: Vec<u8>, caching: &'static str, compressed: bool) -> Result<Response> {
    let headers = [
        (header::CONTENT_TYPE, BYTES),
        (header::CACHE_CONTROL, caching),
        (header::VARY, "accept-encoding"),
    ];
    if !compressed {
        return Ok((headers, bundle).into_response());
    }
    let bytes = gzip::compressed(&bundle).map_err(|error| PageError::failed("gzip", &error))?;
    Ok((headers, [(header::CONTENT_ENCODING, "gzip")], bytes).into_response())
}

/// Whether the level holds that much of that tile.
fn covered(count: u64, n: u64, width: u16) -> Result<()> {
    let end = n.checked_mul(u64::from(TILE_WIDTH)).and_then(|at| at.checked_add(u64::from(width)));
    if end.is_some_and(|end| end <= count) { Ok(()) } else { Err(PageError::NotFound) }
}

/// The proof file of a leaf, the leaf inside; the leaf is named by its id, or by its index.
pub(crate) async fn proof(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(leaf): Path<String>,
) -> Result<Response> {
    if !visitor.may_read_leaves(&shared) {
        return Err(PageError::Forbidden);
    }
    let leaf = index(&shared, &leaf).await?;
    let proof = shared.registrar.proof_file(leaf).await?.ok_or(PageError::NotFound)?;
    Ok(layout::download(BYTES, &format!("feuille-{leaf}.tlog-proof"), proof.to_bytes()))
}

/// Where the leaf of that id or index is.
async fn index(shared: &Shared, leaf: &str) -> Result<u64> {
    let Ok(id) = LeafId::parse(leaf) else {
        return leaf.parse().map_err(|_| PageError::NotFound);
    };
    let found = shared.registrar.store().leaf_by_id(*id.as_bytes()).await?;
    Ok(found.ok_or(PageError::NotFound)?.0)
}
