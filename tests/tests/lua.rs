//! Lua 5.4.9, compiled file by file and linked, runs every script of `tests/lua` as a clang-built Lua does.

use std::path::{Path, PathBuf};

use son_tests::libraries::Sources;
use son_tests::process::{Failure, Finished};
use son_tests::{ir, lua, parallel, sonc, tools, workspace};

/// The scripts with what they print under the reference interpreter.
fn expected(sources: &Sources, folder: &Path) -> Result<Vec<(PathBuf, Finished)>, Failure> {
    let program = folder.join("reference");
    ir::clang(&["-O2"]).args(&sources.options).args(&sources.files).arg("-lm").arg("-o").arg(&program).success()?;
    lua::scripts()?.into_iter().map(|s| lua::run_script(&program, &s).map(|finished| (s, finished))).collect()
}

#[test]
fn scripts() -> Result<(), Failure> {
    const NAME: &str = "lua::scripts";
    if !tools::require(NAME, &[tools::CLANG, tools::GCC]) || !workspace::require_sources(NAME) {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let sources = lua::sources()?;
    let scripts = expected(&sources, folder.path())?;
    assert!(scripts.len() >= 10, "only {} scripts", scripts.len());
    for options in [&["-O0"][..], &["-O1"], &["-O2"], &["-O2", "--keep-proven-checks"]] {
        let program = sonc::program(options, &sources, folder.path())?;
        parallel::check(&scripts, |(script, expected)| {
            lua::run_script(&program, script)?.succeeded()?.same_as(expected).map_err(|f| f.at(script.display()))
        });
    }
    Ok(())
}
