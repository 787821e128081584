//! Tile paths, widths and bundles.

use super::super::edge::Edge;
use super::super::tile::*;
use super::{Rows, append, leaf_hashes};

#[test]
fn paths_are_those_of_the_specification() {
    let hashes = |level, n, width| TilePath::Hashes { id: TileId { level, n }, width };
    let cases = [
        ("tile/0/000", hashes(0, 0, 256)),
        ("tile/0/000.p/1", hashes(0, 0, 1)),
        ("tile/3/x001/x234/067", hashes(3, 1_234_067, 256)),
        ("tile/63/x001/000.p/255", hashes(63, 1000, 255)),
        ("tile/0/x018/x446/x744/x073/x709/x551/615", hashes(0, u64::MAX, 256)),
        ("tile/entries/000", TilePath::Entries { n: 0, width: 256 }),
        ("tile/entries/x001/234.p/17", TilePath::Entries { n: 1234, width: 17 }),
    ];
    for (path, tile) in cases {
        assert_eq!(TilePath::parse(path), Ok(tile));
        assert_eq!(tile.to_string(), path);
    }
    assert_eq!(TileId { level: 3, n: 1_234_067 }.to_string(), "3/1234067");
}

#[test]
fn a_path_in_another_form_is_refused() {
    for path in [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/256/000",
        "tile/-1/000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/x001/x002",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p/1.p/1",
        "tile/0/000/",
        "tile/0/+00",
        "tile/0/xx01/000",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/data/000",
        "tile/entries/1",
        "tile/0/000 ",
        "tile/0/٠٠٠",
    ] {
        assert_eq!(TilePath::parse(path), Err(TileError::Path(path.to_owned())), "{path}");
    }
}

#[test]
fn seventy_thousand_leaves_make_the_rows_of_the_specification() {
    let (mut edge, mut rows) = (Edge::empty(), Rows::new());
    let leaves = leaf_hashes(70_000);
    let mut rest = leaves.as_slice();
    for batch in [1, 255, 1, 256, 1000, 37].iter().cycle() {
        let (some, others) = rest.split_at(rest.len().min(*batch));
        append(&mut edge, &mut rows, some);
        rest = others;
        if rest.is_empty() {
            break;
        }
    }
    let level = |level| -> Vec<usize> {
        rows.iter().filter(|(id, _)| id.level == level).map(|(_, row)| row.len() / 32).collect()
    };
    assert_eq!(level(0), [vec![256; 273], vec![112]].concat());
    assert_eq!(level(1), [256, 17]);
    assert_eq!(level(2), [1]);
    assert_eq!(rows.len(), 277);
}

#[test]
fn two_hundred_and_fifty_six_leaves_begin_the_next_level() {
    let mut edge = Edge::empty();
    let tiles = edge.append(&leaf_hashes(256)).expect("append");
    let widths: Vec<_> = tiles.iter().map(|tile| (tile.id.level, tile.hashes.len() / 32)).collect();
    assert_eq!(widths, [(0, 256), (1, 1)]);
    assert_eq!(edge.append(&[]), Ok(vec![]));
}

#[test]
fn an_edge_is_not_loaded_from_short_rows() {
    let (edge, rows) = super::tree(&leaf_hashes(300));
    let id = TileId { level: 0, n: 1 };
    assert_eq!(Edge::load(300, &[]), Err(TileError::Missing(id)));
    let mut tiles: Vec<_> =
        rows.iter().map(|(id, hashes)| Tile { id: *id, hashes: hashes.clone() }).collect();
    assert_eq!(Edge::load(300, &tiles).map(|edge| edge.root()), Ok(edge.root()));
    for tile in &mut tiles {
        tile.hashes.pop();
    }
    let short = TileError::Short { id, found: 44 * 32 - 1, wanted: 44 * 32 };
    assert_eq!(Edge::load(300, &tiles), Err(short));
}

#[test]
fn a_bundle_reads_back() {
    for leaves in [vec![vec![]], vec![b"a".to_vec(), vec![], vec![7; 65_535]], vec![vec![1]; 256]] {
        let bundle = encode_bundle(&leaves).expect("bundle");
        assert_eq!(decode_bundle(&bundle), Ok(leaves));
    }
    assert_eq!(encode_bundle(&[b"ab"]), Ok(vec![0, 2, b'a', b'b']));
}

#[test]
fn a_bundle_that_is_empty_too_full_or_cut_is_refused() {
    assert_eq!(encode_bundle::<&[u8]>(&[]), Err(TileError::Width(0)));
    assert_eq!(encode_bundle(&vec![b"a"; 257]), Err(TileError::Width(257)));
    assert_eq!(encode_bundle(&[vec![0; 65_536]]), Err(TileError::LeafTooLong(65_536)));
    assert_eq!(decode_bundle(&[]), Err(TileError::Width(0)));
    assert_eq!(decode_bundle(&[0; 514]), Err(TileError::Width(257)));
    let bundle = encode_bundle(&[b"abc".as_slice(), b"de"]).expect("bundle");
    for length in (1..bundle.len()).filter(|length| *length != 5) {
        assert_eq!(decode_bundle(&bundle[..length]), Err(TileError::Cut), "{length}");
    }
}

/// The rows of the right edge of a tree too large to grow leaf by leaf: any hashes will do.
fn edge_rows(size: u64) -> Vec<Tile> {
    let row = |id: TileId| Tile {
        id,
        hashes: (0..=255u8)
            .flat_map(|n| *super::super::hash::Hash::leaf(&[id.level, n]).as_bytes())
            .collect(),
    };
    Edge::tiles_to_load(size).into_iter().map(row).collect()
}

#[test]
fn enormous_edges_grow_as_small_ones_and_stop_at_the_last_size() {
    let leaf = leaf_hashes(1)[0];
    for size in [(1 << 32) - 1, (1 << 56) - 1, 1 << 62, (1 << 63) - 1, 1 << 63, u64::MAX - 1] {
        let rows = edge_rows(size);
        let mut edge = Edge::load(size, &rows).expect("edge");
        let before = edge.root();
        let grown = edge.append(&[leaf]).expect("append");
        assert_eq!(edge.size(), size + 1);
        assert_ne!(edge.root(), before);
        // What was grown and what was there before are the rows of the larger tree.
        let mut next: Vec<Tile> = Vec::new();
        for id in Edge::tiles_to_load(size + 1) {
            let old = rows.iter().find(|tile| tile.id == id);
            next.push(grown.iter().find(|tile| tile.id == id).or(old).expect("row").clone());
        }
        assert_eq!(Edge::load(size + 1, &next), Ok(edge));
    }
    let rows = edge_rows(u64::MAX);
    let mut last = Edge::load(u64::MAX, &rows).expect("edge");
    let whole = last.clone();
    assert_eq!(last.append(&[leaf]), Err(TileError::TooLarge));
    assert_eq!(last.push(leaf, &mut Vec::new()), Err(TileError::TooLarge));
    assert_eq!(last, whole);
}
