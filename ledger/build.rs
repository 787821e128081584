//! Gives the program the digest of its own source: a snapshot is believed only by the program that
//! folds leaves as its writer did.

use std::fs;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut digest = Sha256::new();
    // The versions of what the fold rests on belong to it.
    for path in ["src", "../Cargo.lock"] {
        println!("cargo:rerun-if-changed={path}");
        take(&root.join(path), &mut digest)?;
    }
    let hex =
        digest.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    println!("cargo:rustc-env=SOURCE_DIGEST={hex}");
    Ok(())
}

/// Takes a file in, or a folder's files by name.
fn take(path: &Path, digest: &mut Sha256) -> io::Result<()> {
    if path.is_dir() {
        let mut inside: Vec<_> =
            fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        inside.sort();
        return inside.iter().try_for_each(|path| take(path, digest));
    }
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        read => read?,
    };
    digest.update(Sha256::digest(path.file_name().unwrap_or_default().as_encoded_bytes()));
    digest.update(Sha256::digest(bytes));
    Ok(())
}
