//! The log's public paths, as other programs read them (C2SP tlog-tiles).

use ledger::log::tile::decode_bundle;
use ledger::log::{Checkpoint, Leaf, LeafId, VerifierKey};
use support::Coop;
use support::site::Site;

const FOR_EVER: &str = "public, max-age=31536000, immutable";

#[tokio::test]
async fn the_checkpoint_is_plain_text_and_kept_for_seconds() {
    let site = Site::of(Coop::open().await);
    let answer = site.browser().get("/log/checkpoint").await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    let cache = answer.header("cache-control");
    let seconds = cache.split_once("max-age=").and_then(|(_, age)| age.parse::<u32>().ok());
    assert!(seconds.is_some_and(|seconds| seconds <= 10), "{cache}");
    let vkey = site.browser().get("/log/vkey").await.text();
    let key = VerifierKey::parse(vkey.trim_end()).expect("the log's key");
    let (checkpoint, _) = Checkpoint::open(&answer.bytes, &key).expect("signed by the log");
    assert_eq!(checkpoint.size, site.size());
}

#[tokio::test]
async fn a_tile_covered_by_the_log_is_kept_for_ever() {
    let site = Site::of(Coop::open().await);
    let size = site.size();
    for width in 1..=size {
        let path = format!("/log/tile/0/000.p/{width}");
        let answer = site.browser().get(&path).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}");
        assert_eq!(answer.header("content-type"), "application/octet-stream");
        assert_eq!(answer.header("cache-control"), FOR_EVER);
        assert_eq!(u64::try_from(answer.bytes.len()), Ok(width * 32), "{path}");
    }
}

#[tokio::test]
async fn a_tile_beyond_the_log_or_badly_written_is_not_there() {
    let site = Site::open_to_all(Coop::open().await);
    let beyond = format!("/log/tile/0/000.p/{}", site.size() + 1);
    let paths = [
        beyond.as_str(),
        "/log/tile/0/000",
        "/log/tile/1/000",
        "/log/tile/0/001.p/1",
        "/log/tile/0/000.p/0",
        "/log/tile/0/000.p/256",
        "/log/tile/0/000.p/01",
        "/log/tile/0/000.p/1/1",
        "/log/tile/0/0.p/1",
        "/log/tile/0/x001/001.p/1",
        "/log/tile/00/000.p/1",
        "/log/tile/64/000.p/1",
        "/log/tile/0/../../checkpoint",
        "/log/tile/entries/001.p/1",
        "/log/tile/entries/000",
        "/log/tile/nulle-part",
        "/log/nulle-part",
        "/log/proof/99999",
        "/log/proof/-1",
    ];
    for path in paths {
        let status = site.browser().get(path).await.status.as_u16();
        assert!([400, 404].contains(&status), "{path}: {status}");
    }
}

#[tokio::test]
async fn leaves_are_for_offices_unless_the_book_is_open() {
    let site = super::founded().await;
    let bundle = format!("/log/tile/entries/000.p/{}", site.size());
    for path in [bundle.as_str(), "/log/proof/0"] {
        assert_eq!(site.browser().get(path).await.status.as_u16(), 403, "{path}");
        let mut member = super::subscriber(&site).await;
        assert_eq!(member.get(path).await.status.as_u16(), 403, "{path} to a member");
    }
    let auditor = site.auditor().await;
    let answer = site.signed_in(&auditor).await.get(&bundle).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert!(answer.header("cache-control").contains("no-store"), "not for a cache on the way");
}

#[tokio::test]
async fn an_open_book_gives_every_leaf_as_it_is_stored() {
    let site = Site::open_to_all(super::founded_coop().await);
    let size = site.size();
    let answer = site.browser().get(&format!("/log/tile/entries/000.p/{size}")).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(answer.header("cache-control"), FOR_EVER);
    let leaves = decode_bundle(&answer.bytes).expect("a bundle");
    assert_eq!(u64::try_from(leaves.len()), Ok(size));
    for (index, bytes) in (0..).zip(&leaves) {
        let stored = site.coop.registrar.leaf(index).await.expect("read");
        assert_eq!(stored.as_ref(), Some(bytes), "leaf {index}");
        Leaf::parse(bytes).expect("a leaf");
    }
}

#[tokio::test]
async fn a_bundle_is_compressed_for_who_asks_and_for_nobody_else() {
    let site = Site::open_to_all(super::founded_coop().await);
    let bundle = format!("/log/tile/entries/000.p/{}", site.size());
    let plain = site.browser().get(&bundle).await;
    assert_eq!(plain.headers.get("content-encoding"), None);
    let small = site.browser().get_encoded(&bundle, "br, gzip").await;
    assert_eq!(small.header("content-encoding"), "gzip");
    for answer in [&plain, &small] {
        assert_eq!(answer.header("vary"), "accept-encoding", "a cache keeps both apart");
        assert_eq!(answer.header("cache-control"), FOR_EVER);
    }
    assert!(small.bytes.len() * 2 < plain.bytes.len(), "{} bytes", small.bytes.len());
    let mut read = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(small.bytes.as_slice());
    std::io::Read::read_to_end(&mut decoder, &mut read).expect("gzip");
    assert_eq!(read, plain.bytes);
    let hashes = site.browser().get_encoded("/log/tile/0/000.p/1", "gzip").await;
    assert_eq!(hashes.headers.get("content-encoding"), None, "hashes do not compress");
}

#[tokio::test]
async fn a_proof_is_found_by_the_leaf_s_id_as_by_its_index() {
    let site = Site::open_to_all(super::founded_coop().await);
    for index in 0..site.size() {
        let bytes = site.coop.registrar.leaf(index).await.expect("read").expect("a leaf");
        let id = Leaf::parse(&bytes).expect("a leaf").content.id;
        let by_index = site.browser().get(&format!("/log/proof/{index}")).await;
        let by_id = site.browser().get(&format!("/log/proof/{id}")).await;
        assert_eq!(by_id.status.as_u16(), 200, "{id}");
        assert_eq!(by_id.bytes, by_index.bytes, "leaf {index}");
        let name = format!("feuille-{index}.tlog-proof");
        assert!(by_id.header("content-disposition").contains(&name));
    }
    let unknown = LeafId::from_parts(0, [1; 10]);
    assert_eq!(site.browser().get(&format!("/log/proof/{unknown}")).await.status.as_u16(), 404);
}
