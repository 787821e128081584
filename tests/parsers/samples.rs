//! Sound inputs of each parser, mostly from the frozen ledger.

use std::path::{Path, PathBuf};

use ledger::log::tile::decode_bundle;
use ledger::log::witness::{AddCheckpoint, Answer};
use ledger::log::{Disclosure, Hash, Leaf, Note, ProofFile};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(golden().join(name)).expect("a golden file")
}

/// The bundle of the frozen ledger, whose name holds its width.
fn bundle() -> Vec<u8> {
    let folder = golden().join("ledger-v1/tile/entries/000.p");
    let entry = std::fs::read_dir(folder).expect("a folder").next().expect("a bundle");
    std::fs::read(entry.expect("a bundle").path()).expect("a bundle")
}

fn leaves() -> Vec<Vec<u8>> {
    decode_bundle(&bundle()).expect("leaves")
}

fn checkpoint() -> Note {
    Note::parse(&read("ledger-v1/checkpoint")).expect("a checkpoint")
}

fn answers() -> Vec<Vec<u8>> {
    let lines = checkpoint().signatures;
    let why = || "pourquoi".to_owned();
    let all = [
        Answer::Cosigned(lines.into_iter().skip(1).collect()),
        Answer::Conflict(Some(42)),
        Answer::Malformed(why()),
        Answer::UnknownOrigin(why()),
        Answer::Other { status: 503, why: why() },
    ];
    all.iter().map(Answer::body).collect()
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// The sound inputs of the parser of that name.
pub(crate) fn samples(name: &str) -> Vec<Vec<u8>> {
    let early = read("ledger-v1/checkpoint-20");
    let proof = read("ledger-v1/certificate.tlog-proof");
    match name {
        "note" => vec![early, read("leaf_v1.note"), checkpoint().to_bytes()],
        "checkpoint" => vec![checkpoint().text.into_bytes(), early, checkpoint().to_bytes()],
        "proof" => vec![proof, b"c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint\n".to_vec()],
        "policy" => vec![read("ledger-v1/policy"), b"# nobody\nquorum none\n".to_vec()],
        "request" => {
            let proof = ProofFile::parse(&proof).expect("a proof").hashes;
            let later = AddCheckpoint { old: 20, proof, checkpoint: checkpoint().to_bytes() };
            let first = AddCheckpoint { old: 0, proof: Vec::new(), checkpoint: early };
            vec![first.to_bytes(), later.to_bytes()]
        }
        "answer" => answers(),
        "tile_path" => texts(&[
            "tile/0/000",
            "tile/3/x001/x234/067.p/17",
            "tile/entries/x001/234.p/255",
            "tile/0/x018/x446/x744/x073/x709/x551/615",
        ]),
        "bundle" => vec![bundle(), vec![0, 0], vec![0, 1, 7, 0, 0]],
        "leaf" => leaves(),
        "json" => {
            let line = |leaf: &Vec<u8>| {
                let text = Leaf::parse(leaf).expect("a leaf").note.text;
                text.lines().nth(1).expect("its JSON").as_bytes().to_vec()
            };
            leaves().iter().map(line).collect()
        }
        "disclosure" => {
            let made = |value: &str| Disclosure::new([7; 16], "nom", value).encoded().to_owned();
            vec![made("Awa Diallo").into_bytes(), made("é\"\\\u{1f}").into_bytes()]
        }
        "camt" => ["02", "04", "08"].map(|n| read(&format!("camt/version-{n}.xml"))).to_vec(),
        "state" => {
            let root = Hash::EMPTY_ROOT.to_base64();
            let row = |origin: &str| format!("{origin} 42 {root} 1775000000\n");
            let head = "ledger-witness state v1";
            vec![
                format!("{head}\nKEY\n").into_bytes(),
                format!("{head}\nKEY\n{}", row("a")).into_bytes(),
                format!("{head}\nKEY\n{}{}", row("a"), row("b/c")).into_bytes(),
            ]
        }
        other => unreachable!("no samples of {other}"),
    }
}
