//! The Lua 5.4.9 interpreter: sources, host program, scripts.

use std::path::{Path, PathBuf};

use crate::libraries::Sources;
use crate::process::{Failure, Finished, Invocation};
use crate::workspace;

/// A C source is compiled with these beside the include path.
const DEFINES: [&str; 1] = ["-DLUA_USE_POSIX"];

/// Finds the sources.
///
/// # Errors
/// If cargo has not fetched them and cannot.
pub fn sources() -> Result<Sources, Failure> {
    let folder = workspace::dependency_sources("lua-src")?.join("lua-5.4.9");
    let mut files = workspace::files_with_ending(&folder, "c")?;
    files.push(workspace::tests_folder().join("lua/host.c"));
    let include = format!("-I{}", folder.display());
    Ok(Sources { files, options: DEFINES.iter().map(|define| define.to_string()).chain([include]).collect() })
}

/// The scripts that print what they compute.
pub fn scripts() -> Result<Vec<PathBuf>, Failure> {
    workspace::files_with_ending(&workspace::tests_folder().join("lua"), "lua")
}

/// Runs a script by an interpreter.
pub fn run_script(interpreter: &Path, script: &Path) -> Result<Finished, Failure> {
    // By its bare name: messages of errors contain it.
    let name = script.file_name().expect("a script has a name");
    Invocation::new(interpreter).arg(name).directory(script.parent().expect("a script is in a folder")).run()
}
