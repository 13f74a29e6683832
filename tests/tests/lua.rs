//! Lua 5.4.9, compiled file by file and linked, runs every script of `tests/lua` as a clang-built Lua does.

use std::path::{Path, PathBuf};

use son_tests::process::{Failure, Finished};
use son_tests::{ir, lua, parallel, sonc, tools};

/// Compiles all of Lua with the options, a level first, and links it.
fn interpreter(sources: &lua::Sources, options: &[&str], folder: &Path) -> Result<PathBuf, Failure> {
    let objects = parallel::map(&sources.files, |file| -> Result<PathBuf, Failure> {
        let name = file.file_stem().expect("a source has a name").to_string_lossy();
        let object = folder.join(format!("{name}{}.o", options.concat()));
        sonc::sonc(&["cc", "-c", "-w"])
            .args(options)
            .args(sources.options())
            .arg(file)
            .arg("-o")
            .arg(&object)
            .success()?;
        Ok(object)
    });
    let program = folder.join(format!("lua{}", options.concat()));
    let objects = objects.into_iter().collect::<Result<Vec<_>, _>>()?;
    sonc::sonc(&["cc"]).args(objects).arg("-o").arg(&program).arg("-lm").success()?;
    Ok(program)
}

/// The scripts with what they print under the reference interpreter.
fn expected(sources: &lua::Sources, folder: &Path) -> Result<Vec<(PathBuf, Finished)>, Failure> {
    let program = folder.join("reference");
    ir::clang(&["-O2"]).args(sources.options()).args(&sources.files).arg("-lm").arg("-o").arg(&program).success()?;
    lua::scripts()?.into_iter().map(|s| lua::run_script(&program, &s).map(|finished| (s, finished))).collect()
}

#[test]
fn scripts() -> Result<(), Failure> {
    if !tools::require("lua::scripts", &[tools::CLANG, tools::GCC]) {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let sources = lua::sources()?;
    let scripts = expected(&sources, folder.path())?;
    assert!(scripts.len() >= 10, "only {} scripts", scripts.len());
    for options in [&["-O0"][..], &["-O1"], &["-O2"], &["-O2", "--keep-proven-checks"]] {
        let program = interpreter(&sources, options, folder.path())?;
        parallel::check(&scripts, |(script, expected)| {
            lua::run_script(&program, script)?.succeeded()?.same_as(expected).map_err(|f| f.at(script.display()))
        });
    }
    Ok(())
}
