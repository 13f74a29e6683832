//! zlib 1.3: sources, and a program that uses them.

use std::path::PathBuf;

use crate::process::Failure;
use crate::workspace;

/// zlib's sources, as cargo fetched them, and the program of this crate.
#[derive(Clone, Debug)]
pub struct Sources {
    folder: PathBuf,
    /// Every C file of the library, and the program.
    pub files: Vec<PathBuf>,
}

/// Finds the sources.
///
/// # Errors
/// If cargo has not fetched them.
pub fn sources() -> Result<Sources, Failure> {
    let folder = workspace::dependency_sources("libz-sys")?.join("src/zlib");
    let mut files = workspace::files_with_ending(&folder, "c")?;
    files.push(workspace::tests_folder().join("zlib/main.c"));
    Ok(Sources { folder, files })
}

impl Sources {
    /// The options that each file needs.
    pub fn options(&self) -> Vec<String> {
        vec!["-DHAVE_UNISTD_H".to_owned(), format!("-I{}", self.folder.display())]
    }
}
