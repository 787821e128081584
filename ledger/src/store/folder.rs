//! A folder whose name, and the names of those made above it, are on the disk.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Makes a folder and whatever lacks above it. After a power cut, what was then synced inside it is
/// found again: each name is on the disk when this returns.
///
/// # Errors
/// What the file system answered.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let above = match folder.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    };
    make_folder(above)?;
    match fs::create_dir(folder) {
        // Another process was faster: the name is as good as ours.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
        made => made?,
    }
    File::open(above)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_with_those_above_it_and_once_more_is_no_matter() {
        let top = std::env::temp_dir().join(format!("folder-{}", std::process::id()));
        let deep = top.join("a/b/c");
        make_folder(&deep).expect("made");
        make_folder(&deep).expect("there");
        assert!(deep.is_dir());
        fs::write(top.join("file"), b"").expect("written");
        make_folder(&top.join("file/x")).expect_err("a file is no folder");
        fs::remove_dir_all(top).expect("removed");
    }
}
