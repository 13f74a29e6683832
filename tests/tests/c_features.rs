//! Small C programs, each about one feature of the language, print what clang's print.

use std::path::{Path, PathBuf};

use son_tests::process::{Failure, Invocation};
use son_tests::{ir, parallel, sonc, tools, workspace};

/// Those of a folder, one program a feature, named after it.
fn programs(folder: &str) -> Result<Vec<PathBuf>, Failure> {
    workspace::files_with_ending(&workspace::tests_folder().join(folder), "c")
}

fn compare(source: &Path, options: &[&str]) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let (reference, program) = (folder.path().join("reference"), folder.path().join("program"));
    ir::build("-O1", source, &reference, options)?;
    let expected = Invocation::new(&reference).success()?;
    for level in ["-O0", "-O1", "-O2"] {
        let case = format!("{} at {level}", source.display());
        sonc::cc(level, source, &program, options)?.succeeded().map_err(|f| f.at(&case))?;
        Invocation::new(&program).run()?.same_as(&expected).map_err(|f| f.at(&case))?;
    }
    Ok(())
}

#[test]
fn features() -> Result<(), Failure> {
    if !tools::require("c_features::features", &[tools::CLANG, tools::GCC]) {
        return Ok(());
    }
    let programs = programs("c")?;
    assert!(programs.len() >= 12, "only {} programs", programs.len());
    parallel::check(&programs, |source| compare(source, &["-pthread"]));
    Ok(())
}

/// Where the processor is not older than the instructions.
#[test]
#[cfg(target_arch = "x86_64")]
fn features_of_newer_processors() -> Result<(), Failure> {
    let newer = is_x86_feature_detected!("cmpxchg16b") && is_x86_feature_detected!("sse4.2");
    if newer && tools::require("c_features::features_of_newer_processors", &[tools::CLANG, tools::GCC]) {
        parallel::check(&programs("newer")?, |source| compare(source, &["-pthread", "-march=x86-64-v2"]));
    }
    Ok(())
}
