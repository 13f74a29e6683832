//! The twelve benchmark programs, with small sizes, print what clang's print: natively and by the interpreter.

use son_tests::ir::{self, Form};
use son_tests::process::{Failure, Finished, Invocation};
use son_tests::programs::{PROGRAMS, Program};
use son_tests::{images, parallel, sonc, tools};

/// What the program prints as built by clang.
fn reference(program: &Program, folder: &std::path::Path) -> Result<Finished, Failure> {
    let built = folder.join("reference");
    ir::build("-O2", &program.source(), &built, &[])?;
    Invocation::new(built).arg(program.small).success()
}

#[test]
fn native() {
    if !tools::require("programs::native", &[tools::CLANG, tools::GCC]) {
        return;
    }
    parallel::check(&PROGRAMS, |program| {
        let folder = tempfile::tempdir()?;
        let expected = reference(program, folder.path())?;
        let kept: &[&str] = &["--keep-proven-checks"];
        for (level, options) in [("-O0", &[][..]), ("-O1", &[]), ("-O2", &[]), ("-O2", kept), ("-O3", &[])] {
            let built = folder.path().join("program");
            sonc::cc(level, &program.source(), &built, options)?.succeeded()?;
            let at = |failure: Failure| failure.at(format!("{level} {}", options.join(" ")));
            Invocation::new(&built).arg(program.small).run()?.same_as(&expected).map_err(at)?;
        }
        Ok(())
    });
}

/// Reading alone must be right for these, without optimizer and code generator.
#[test]
fn interpreted() {
    if !tools::require("programs::interpreted", &[tools::CLANG]) {
        return;
    }
    parallel::check(&PROGRAMS, |program| {
        let folder = tempfile::tempdir()?;
        let expected = reference(program, folder.path())?;
        for form in [Form::Optimizable, Form::Unoptimized] {
            let module = folder.path().join("program.ll");
            ir::emit(form, &program.source(), &module, &[])?;
            sonc::sonc(&["interp"]).arg(&module).arg(program.small).run()?.same_as(&expected)?;
        }
        Ok(())
    });
}

/// Greatest code of a program, clang -O2 = 1: what unrolls or copies without end is far above it.
const CODE_LIMIT: f64 = 2.5;

/// Code does not grow without end.
#[test]
fn small() {
    if !tools::require("programs::small", &[tools::CLANG]) {
        return;
    }
    parallel::check(&PROGRAMS, |program| {
        let folder = tempfile::tempdir()?;
        let (module, object) = (folder.path().join("program.ll"), folder.path().join("program.o"));
        ir::emit(Form::Optimizable, &program.source(), &module, &[])?;
        sonc::build_object("-O2", &module, &object).success()?;
        let own = images::code_size(&object)?;
        ir::clang(&["-O2", "-c"]).arg(program.source()).arg("-o").arg(&object).success()?;
        let clang = images::code_size(&object)?;
        let ratio = own as f64 / clang as f64;
        if ratio > CODE_LIMIT { Err(Failure(format!("{own} bytes, {ratio:.2} times clang's {clang}"))) } else { Ok(()) }
    });
}
