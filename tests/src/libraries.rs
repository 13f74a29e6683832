//! Libraries in C that others wrote, and a program for each that uses it.

use std::path::PathBuf;

use crate::process::Failure;
use crate::workspace;

/// A library: the package of crates.io that brings its sources, and what of them is compiled.
#[derive(Debug)]
pub struct Library {
    /// Its name, that of the program in `tests/libraries` behind `with_`.
    pub name: &'static str,
    package: &'static str,
    /// The folder of the sources, which is what programs include.
    folder: &'static str,
    /// The sources; all of the folder if none are named.
    files: &'static [&'static str],
    options: &'static [&'static str],
    /// Lines that the program prints at least.
    pub least_lines: usize,
}

/// All of them.
pub const LIBRARIES: &[Library] = &[
    Library {
        name: "zlib",
        package: "libz-sys",
        folder: "src/zlib",
        files: &[],
        options: &["-DHAVE_UNISTD_H"],
        least_lines: 60,
    },
    Library {
        name: "bzip2",
        package: "bzip2-sys",
        folder: "bzip2-1.0.8",
        files: &["blocksort", "bzlib", "compress", "crctable", "decompress", "huffman", "randtable"],
        options: &["-DBZ_NO_STDIO"],
        least_lines: 18,
    },
    Library {
        name: "lz4",
        package: "lz4-sys",
        folder: "liblz4/lib",
        files: &["lz4", "lz4frame", "lz4hc", "xxhash"],
        options: &[],
        least_lines: 9,
    },
    Library {
        name: "quickjs",
        package: "rquickjs-sys",
        folder: "quickjs",
        files: &["cutils", "libbf", "libregexp", "libunicode", "quickjs"],
        options: &["-D_GNU_SOURCE"],
        least_lines: 14,
    },
];

/// The sources of a library, as cargo fetched them, and the program of this crate.
#[derive(Clone, Debug)]
pub struct Sources {
    /// Every C file.
    pub files: Vec<PathBuf>,
    /// The options that each file needs.
    pub options: Vec<String>,
}

impl Library {
    /// Finds the sources.
    ///
    /// # Errors
    /// If cargo has not fetched them and cannot.
    pub fn sources(&self) -> Result<Sources, Failure> {
        let sources = workspace::dependency_sources(self.package)?.join(self.folder);
        let mut files: Vec<PathBuf> = self.files.iter().map(|file| sources.join(file).with_extension("c")).collect();
        if files.is_empty() {
            files = workspace::files_with_ending(&sources, "c")?;
        }
        files.push(workspace::tests_folder().join(format!("libraries/with_{}.c", self.name)));
        let options = self.options.iter().map(|option| option.to_string());
        let options = options.chain([format!("-I{}", sources.display())]).collect();
        Ok(Sources { files, options })
    }
}
