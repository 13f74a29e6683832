//! What `sonc build --remarks` says of a program, at the lines where it is expected.

use son_tests::ir::{self, Form};
use son_tests::process::Failure;
use son_tests::{sonc, tools, workspace};

/// Lines of the source and what is expected to be said there.
fn expected(source: &str) -> Vec<(usize, String)> {
    let remark = |(number, line): (usize, &str)| Some((number + 1, line.split_once("// remark: ")?.1.to_owned()));
    source.lines().enumerate().filter_map(remark).collect()
}

#[test]
fn allocations() -> Result<(), Failure> {
    check("objects.c")
}

#[test]
fn calls() -> Result<(), Failure> {
    check("calls.c")
}

/// Everything that is said of a program is expected, and the other way round.
fn check(name: &str) -> Result<(), Failure> {
    if !tools::require("remarks", &[tools::CLANG]) {
        return Ok(());
    }
    let source = workspace::tests_folder().join("remarks").join(name);
    let folder = tempfile::tempdir()?;
    let (ir, object, file) = (folder.path().join("o.ll"), folder.path().join("o.o"), folder.path().join("remarks"));
    ir::emit(Form::Optimizable, &source, &ir, &["-g"])?;
    let option = format!("--remarks={}", file.display());
    sonc::build_object("-O2", &ir, &object).arg(option).success()?;
    let said = std::fs::read_to_string(file)?;
    let text = std::fs::read_to_string(&source)?;
    let mut lines = said.lines();
    for (number, message) in expected(&text) {
        let line = lines.next().unwrap_or_default();
        let place = format!("{name}:{number}:");
        assert!(line.contains(&place) && line.ends_with(&message), "{place} {message}: expected in\n{said}");
    }
    assert_eq!(lines.next(), None, "not expected in\n{said}");
    Ok(())
}

#[test]
fn without_places() -> Result<(), Failure> {
    let source = workspace::tests_folder().join("files/escape/removed.son");
    let folder = tempfile::tempdir()?;
    let finished = sonc::build_object("-O2", &source, &folder.path().join("o.o")).arg("--remarks").success()?;
    let said = finished.message();
    assert!(said.lines().any(|line| line.contains("does not escape")), "{said}");
    Ok(())
}
