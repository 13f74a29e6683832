//! Libraries, compiled file by file and linked, do what those do that clang built.

use son_tests::libraries::{LIBRARIES, Library};
use son_tests::process::{Failure, Invocation};
use son_tests::{ir, parallel, sonc, tools, workspace};

#[test]
fn do_the_same() {
    const NAME: &str = "libraries::do_the_same";
    if tools::require(NAME, &[tools::CLANG, tools::GCC]) && workspace::require_sources(NAME) {
        parallel::check(LIBRARIES, |library| does_the_same(library).map_err(|failure| failure.at(library.name)));
    }
}

fn does_the_same(library: &Library) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let sources = library.sources()?;
    let reference = folder.path().join("reference");
    let clang = ir::clang(&["-O1"]).args(&sources.options).args(&sources.files);
    clang.arg("-lm").arg("-o").arg(&reference).success()?;
    let expected = Invocation::new(&reference).success()?;
    assert!(expected.output().lines().count() >= library.least_lines, "{}", expected.output());
    for level in ["-O0", "-O2"] {
        let program = sonc::program(&[level], &sources, folder.path())?;
        Invocation::new(&program).run()?.same_as(&expected).map_err(|failure| failure.at(level))?;
    }
    Ok(())
}
