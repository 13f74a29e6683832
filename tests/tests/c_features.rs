//! Small C programs, each about one feature of the language, print what clang's print.

use son_tests::process::{Failure, Invocation};
use son_tests::{ir, parallel, sonc, tools, workspace};

/// One program a feature, named after it.
fn programs() -> Result<Vec<std::path::PathBuf>, Failure> {
    workspace::files_with_ending(&workspace::tests_folder().join("c"), "c")
}

#[test]
fn features() -> Result<(), Failure> {
    if !tools::require("c_features::features", &[tools::CLANG, tools::GCC]) {
        return Ok(());
    }
    let programs = programs()?;
    assert!(programs.len() >= 12, "only {} programs", programs.len());
    parallel::check(&programs, |source| {
        let folder = tempfile::tempdir()?;
        let (reference, program) = (folder.path().join("reference"), folder.path().join("program"));
        ir::build("-O1", source, &reference, &["-pthread"])?;
        let expected = Invocation::new(&reference).success()?;
        for level in ["-O0", "-O1", "-O2"] {
            let case = format!("{} at {level}", source.display());
            sonc::cc(level, source, &program, &["-pthread"])?.succeeded().map_err(|f| f.at(&case))?;
            Invocation::new(&program).run()?.same_as(&expected).map_err(|f| f.at(&case))?;
        }
        Ok(())
    });
    Ok(())
}
