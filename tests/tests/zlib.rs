//! zlib, compiled file by file and linked, does what a clang-built zlib does.

use son_tests::process::{Failure, Invocation};
use son_tests::{ir, parallel, sonc, tools, zlib};

#[test]
fn compresses_the_same() -> Result<(), Failure> {
    if !tools::require("zlib::compresses_the_same", &[tools::CLANG, tools::GCC]) {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let sources = zlib::sources()?;
    let reference = folder.path().join("reference");
    ir::clang(&["-O1"]).args(sources.options()).args(&sources.files).arg("-o").arg(&reference).success()?;
    let expected = Invocation::new(&reference).success()?;
    assert!(expected.output().lines().count() > 60, "{}", expected.output());
    for level in ["-O0", "-O2"] {
        let objects = parallel::map(&sources.files, |file| -> Result<_, Failure> {
            let object = folder.path().join(file.file_name().expect("a source has a name")).with_extension("o");
            sonc::sonc(&["cc", "-w", level])
                .args(sources.options())
                .arg("-c")
                .arg(file)
                .arg("-o")
                .arg(&object)
                .success()?;
            Ok(object)
        });
        let program = folder.path().join("program");
        let objects = objects.into_iter().collect::<Result<Vec<_>, _>>()?;
        sonc::sonc(&["cc"]).args(objects).arg("-o").arg(&program).success()?;
        Invocation::new(&program).run()?.same_as(&expected).map_err(|failure| failure.at(level))?;
    }
    Ok(())
}
