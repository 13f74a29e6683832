//! AArch64 under an emulator: programs compiled for it by `sonc` print what those of clang print.
//!
//! `AARCH64_CSMITH` is the number of random programs, from the first seed on; `AARCH64_ABI` the number of random
//! programs of which one half is compiled by clang.

use std::path::{Path, PathBuf};

use son_tests::process::{Failure, Invocation, first_difference};
use son_tests::programs::PROGRAMS;
use son_tests::{abi, csmith, ir, lua, parallel, sonc, tools, workspace};

const TARGET: &str = "--target=aarch64-linux-gnu";
const LEVELS: [&str; 2] = ["-O0", "-O2"];
/// Without `AARCH64_CSMITH`.
const DEFAULT_CSMITH: usize = 8;
/// Without `AARCH64_ABI`.
const DEFAULT_ABI: usize = 4;
/// Functions of a program whose calls are tested.
const FUNCTIONS: usize = 24;

/// Are clang, the linker and the emulator here? If not, the test is skipped.
fn can_run(test: &str) -> bool {
    tools::require(&format!("aarch64::{test}"), &[tools::CLANG, tools::GCC_AARCH64, tools::QEMU_AARCH64])
}

/// A run of an AArch64 program.
fn emulated(program: &Path) -> Invocation {
    Invocation::new(tools::QEMU_AARCH64.name).arg(program)
}

/// Who compiles, and how far it optimizes.
#[derive(Clone, Copy, Debug)]
enum Compiler {
    Clang,
    Sonc(&'static str),
}

impl Compiler {
    /// Compiles a C file to an object beside it.
    fn object(self, source: &Path, options: &[String]) -> Result<PathBuf, Failure> {
        let object = source.with_extension(format!("{self:?}.o"));
        self.object_at(source, &object, options)?;
        Ok(object)
    }

    fn object_at(self, source: &Path, object: &Path, options: &[String]) -> Result<(), Failure> {
        let compiler = match self {
            Compiler::Clang => ir::clang(&["-O1", TARGET]),
            Compiler::Sonc(level) => sonc::sonc(&["cc", "-w", level, TARGET]),
        };
        compiler.args(options).arg("-c").arg(source).arg("-o").arg(object).success().map(drop)
    }
}

/// Links objects without shared libraries.
fn link(objects: &[PathBuf], program: &Path) -> Result<(), Failure> {
    let linker = Invocation::new(tools::GCC_AARCH64.name).arg("-static").args(objects);
    linker.arg("-o").arg(program).arg("-lm").success().map(drop)
}

/// Compares what the program of a C file prints with what clang's prints, at all levels.
fn compare(source: &Path, argument: Option<&str>, options: &[String]) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let run = |compiler: Compiler| -> Result<_, Failure> {
        let (object, program) = (folder.path().join("program.o"), folder.path().join("program"));
        compiler.object_at(source, &object, options)?;
        link(&[object], &program)?;
        emulated(&program).args(argument).success()
    };
    let expected = run(Compiler::Clang)?;
    for level in LEVELS {
        let case = format!("{} at {level}", source.display());
        run(Compiler::Sonc(level)).and_then(|actual| actual.same_as(&expected)).map_err(|f| f.at(&case))?;
    }
    Ok(())
}

#[test]
fn programs() {
    if can_run("programs") {
        parallel::check(&PROGRAMS, |program| compare(&program.source(), Some(program.small), &[]));
    }
}

#[test]
fn features() -> Result<(), Failure> {
    if can_run("features") {
        let sources = workspace::files_with_ending(&workspace::tests_folder().join("c"), "c")?;
        parallel::check(&sources, |source| compare(source, None, &["-pthread".to_owned()]));
    }
    Ok(())
}

#[test]
fn lua_scripts() -> Result<(), Failure> {
    if !can_run("lua_scripts") {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let sources = lua::sources()?;
    let interpreter = |compiler: Compiler| -> Result<PathBuf, Failure> {
        let objects = parallel::map(&sources.files, |file| {
            let name = file.file_stem().expect("a source has a name").to_string_lossy();
            let object = folder.path().join(format!("{name}.{compiler:?}.o"));
            compiler.object_at(file, &object, &sources.options()).map(|()| object)
        });
        let program = folder.path().join(format!("lua{compiler:?}"));
        link(&objects.into_iter().collect::<Result<Vec<_>, _>>()?, &program)?;
        Ok(program)
    };
    let reference = interpreter(Compiler::Clang)?;
    let ours = LEVELS.iter().map(|&level| interpreter(Compiler::Sonc(level))).collect::<Result<Vec<_>, _>>()?;
    parallel::check(&lua::scripts()?, |script| {
        let name = script.file_name().expect("a script has a name");
        let run = |program: &Path| {
            emulated(program).arg(name).directory(script.parent().expect("a script is in a folder")).success()
        };
        let expected = run(&reference)?;
        ours.iter().try_for_each(|program| run(program)?.same_as(&expected).map_err(|f| f.at(script.display())))
    });
    Ok(())
}

#[test]
fn random_programs() -> Result<(), Failure> {
    if !can_run("random_programs") || !tools::require("aarch64::random_programs", &[tools::CSMITH]) {
        return Ok(());
    }
    let seeds = csmith::ending_seeds(1, tools::count_from_env("AARCH64_CSMITH", DEFAULT_CSMITH))?;
    parallel::check(&seeds, |&seed| {
        let folder = tempfile::tempdir()?;
        let source = folder.path().join("program.c");
        csmith::generate(seed, &source)?;
        compare(&source, None, &[csmith::include_option().to_owned()]).map_err(|f| f.at(format!("seed {seed}")))
    });
    Ok(())
}

#[test]
fn calls_between_compilers() {
    if !can_run("calls_between_compilers") {
        return;
    }
    let seeds: Vec<u64> = (1..=tools::count_from_env("AARCH64_ABI", DEFAULT_ABI) as u64).collect();
    parallel::check(&seeds, |&seed| {
        let folder = tempfile::tempdir()?;
        let sources = abi::generate(seed, FUNCTIONS);
        let (caller, callee) = (folder.path().join("caller.c"), folder.path().join("callee.c"));
        std::fs::write(&caller, &sources.caller)?;
        std::fs::write(&callee, &sources.callee)?;
        let printed = |first: Compiler, second: Compiler| -> Result<String, Failure> {
            let program = folder.path().join("program");
            link(&[first.object(&caller, &[])?, second.object(&callee, &[])?], &program)?;
            Ok(emulated(&program).success()?.output())
        };
        let expected = printed(Compiler::Clang, Compiler::Clang)?;
        for level in LEVELS {
            for (first, second) in [(Compiler::Clang, Compiler::Sonc(level)), (Compiler::Sonc(level), Compiler::Clang)]
            {
                let case = format!("seed {seed}, {first:?} calls {second:?}");
                let actual = printed(first, second).map_err(|f| f.at(&case))?;
                if let Some(difference) = first_difference(&expected, &actual) {
                    return Err(Failure(difference).at(&case));
                }
            }
        }
        Ok(())
    });
}
