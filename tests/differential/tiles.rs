//! Tiles: which are written, what they hold, what their paths are. Go's form of a path has the
//! height of a tile in it and `data` where C2SP has `entries`; the rest is alike.

use ledger::log::{Edge, Hash, TileId, TilePath};
use support::Mutator;
use tlog_tiles::Tile;

use crate::{Rows, Stored, leaf, stored, verdict};

/// The path of C2SP in Go's form, or the other way round where `data` stands for nothing of ours.
fn go_path(path: &str) -> String {
    let Some(rest) = path.strip_prefix("tile/") else { return path.to_owned() };
    let (level, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let level = match level {
        "entries" => "data",
        "data" => "entries",
        other => other,
    };
    format!("tile/8/{level}/{rest}")
}

/// What a tile of theirs is called here.
fn path_of(tile: &Tile) -> TilePath {
    let (n, width) = (tile.level_index(), u16::try_from(tile.width()).expect("a width"));
    if tile.is_data() {
        TilePath::Entries { n, width }
    } else {
        TilePath::Hashes { id: TileId { level: tile.level(), n }, width }
    }
}

#[test]
fn the_same_tiles_are_written_with_the_same_hashes() {
    let (_, rows, other) = stored(600);
    for new in 0..=600 {
        for old in [0, new / 2, u64::saturating_sub(new, 1), new] {
            for tile in Tile::new_tiles(8, old, new) {
                let id = TileId { level: tile.level(), n: tile.level_index() };
                let data = tile.read_data(&other).expect("data");
                let row = &rows[&id];
                assert_eq!(row.get(..data.len()), Some(data.as_slice()), "{id}");
                assert_eq!(TilePath::parse(&path_of(&tile).to_string()), Ok(path_of(&tile)));
                assert_eq!(go_path(&path_of(&tile).to_string()), tile.path());
            }
        }
    }
}

#[test]
fn each_append_writes_the_tiles_that_changed_and_no_other() {
    let (mut edge, mut rows, mut other) = (Edge::empty(), Rows::new(), Stored::default());
    let mut sizes = vec![1, 2, 255, 256, 257, 511, 512, 600, 1_024, 2_000];
    sizes.extend([65_279, 65_280, 65_535, 65_536, 65_537, 65_792, 66_000]);
    for size in sizes {
        let old = edge.size();
        let leaves: Vec<_> = (old..size).map(leaf).collect();
        for (at, leaf) in (old..).zip(&leaves) {
            other.push(at, leaf);
        }
        let hashes: Vec<_> = leaves.iter().map(|leaf| Hash::leaf(leaf)).collect();
        let mut written = Vec::new();
        for tile in edge.append(&hashes).expect("append") {
            written.push((tile.id, tile.hashes.len() / 32));
            rows.insert(tile.id, tile.hashes);
        }
        let wanted = Tile::new_tiles(8, old, size);
        for tile in &wanted {
            let id = TileId { level: tile.level(), n: tile.level_index() };
            assert_eq!(rows[&id], tile.read_data(&other).expect("data"), "{id} at {size}");
        }
        let of = |tile: &Tile| {
            let id = TileId { level: tile.level(), n: tile.level_index() };
            (id, usize::try_from(tile.width()).expect("a width"))
        };
        assert_eq!(written, wanted.iter().map(of).collect::<Vec<_>>(), "{old} to {size}");
    }
}

#[test]
fn paths_are_accepted_alike() {
    let paths = [
        "tile/0/000",
        "tile/0/000.p/1",
        "tile/3/x001/x234/067",
        "tile/63/x001/000.p/255",
        "tile/0/x018/x446/x744/x073/x709/x551/615",
        "tile/entries/000",
        "tile/entries/x001/234.p/17",
        "tile/data/000",
    ];
    let samples: Vec<_> = paths.iter().map(|path| path.as_bytes().to_vec()).collect();
    let mut random = Mutator::new(8);
    let (mut accepted, mut refused, mut panics) = (0, 0, 0);
    // Theirs stops the program on level 64 and on width 0, and says so each time.
    std::panic::set_hook(Box::new(|_| {}));
    for _ in 0..60_000 {
        let Ok(path) = String::from_utf8(random.damaged(&samples)) else { continue };
        let by_us = TilePath::parse(&path).ok();
        let mut by_them = None;
        verdict(&mut panics, || {
            by_them = Tile::from_path(&go_path(&path)).ok();
            true
        });
        assert_eq!(by_us, by_them.map(|tile| path_of(&tile)), "{path}");
        if by_us.is_some() { accepted += 1 } else { refused += 1 }
    }
    drop(std::panic::take_hook());
    assert!(accepted > 5_000 && refused > 5_000, "{accepted} and {refused}, {panics} panics");
}
