//! Where things are: the workspace's folders, its target folder, the sources of a dependency.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::process::Failure;
use crate::tools;

/// The folder of this crate.
pub fn tests_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The root of the workspace.
pub fn root() -> &'static Path {
    tests_folder().parent().expect("the crate is a folder of the workspace")
}

/// A folder of that name below the target folder, made if missing; it outlives the test.
pub fn scratch(name: &str) -> Result<PathBuf, Failure> {
    let folder = target()?.join("son-tests").join(name);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The target folder of the workspace.
pub fn target() -> Result<PathBuf, Failure> {
    static METADATA: OnceLock<Result<String, Failure>> = OnceLock::new();
    let metadata = METADATA.get_or_init(|| metadata(&["--no-deps"])).as_deref().map_err(Clone::clone)?;
    Ok(PathBuf::from(metadata_string(metadata, "\"target_directory\":\"")?))
}

/// The folder with the sources of a dependency, which cargo has fetched.
pub fn dependency_sources(package: &str) -> Result<PathBuf, Failure> {
    let text = with_dependencies()?;
    let start = text
        .find(&format!("\"name\":\"{package}\",\"version\":"))
        .ok_or_else(|| Failure(format!("cargo metadata does not know the package {package}")))?;
    let manifest = metadata_string(&text[start..], "\"manifest_path\":\"")?;
    Ok(Path::new(&manifest).parent().expect("a manifest is in a folder").to_owned())
}

/// The files of a folder whose names end so, in the order of their names.
pub fn files_with_ending(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.retain(|f| f.extension().is_some_and(|e| e == ending));
    files.sort();
    Ok(files)
}

/// Cargo, as the tests were started with.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Whether the sources of dependencies that nothing is built of are there or can be fetched. If not, the test is
/// recorded as skipped.
pub fn require_sources(test: &str) -> bool {
    let missing = with_dependencies().err();
    missing.iter().for_each(|failure| tools::skip(test, &failure.0));
    missing.is_none()
}

/// What cargo says of the workspace and all that it depends on, which it fetches.
fn with_dependencies() -> Result<&'static str, Failure> {
    static METADATA: OnceLock<Result<String, Failure>> = OnceLock::new();
    METADATA.get_or_init(|| metadata(&[])).as_deref().map_err(Clone::clone)
}

/// Two strings are all that is wanted of the metadata, so it is searched rather than parsed.
fn metadata(arguments: &[&str]) -> Result<String, Failure> {
    let output = cargo().args(["metadata", "--format-version", "1"]).args(arguments).output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Failure(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr))))
}

fn metadata_string(text: &str, key: &str) -> Result<String, Failure> {
    let missing = || Failure(format!("cargo metadata has no {key}"));
    let start = text.find(key).ok_or_else(missing)? + key.len();
    let length = text[start..].find('"').ok_or_else(missing)?;
    Ok(text[start..start + length].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_have_sources() {
        let lua = dependency_sources("lua-src").unwrap();
        assert!(lua.join("Cargo.toml").is_file(), "{}", lua.display());
        assert!(dependency_sources("no-such-package").is_err());
    }
}
