//! Objects of clang and of `sonc` call each other: arguments and results of all classes of the calling convention.
//!
//! `ABI_COUNT` is the number of random programs, `ABI_SEED` the first; see `son_tests::abi`.

use std::path::{Path, PathBuf};

use son_tests::process::{Failure, Invocation};
use son_tests::{abi, ir, parallel, sonc, tools, workspace};

/// Without `ABI_COUNT`.
const DEFAULT_COUNT: usize = 12;
/// Functions of a program.
const FUNCTIONS: usize = 24;

/// Who compiles a file, and how far it optimizes.
#[derive(Clone, Copy, Debug)]
enum Compiler {
    Clang,
    Sonc(&'static str),
}

use Compiler::{Clang, Sonc};

impl Compiler {
    fn object(self, source: &Path) -> Result<PathBuf, Failure> {
        let object = source.with_extension("o");
        let compiler = match self {
            Clang => ir::clang(&["-O1"]),
            Sonc(level) => sonc::sonc(&["cc", "-w", level]),
        };
        compiler.arg("-c").arg(source).arg("-o").arg(&object).success()?;
        Ok(object)
    }
}

/// What the program prints when these compile its files.
fn printed(folder: &Path, caller: Compiler, callee: Compiler) -> Result<String, Failure> {
    let objects = [caller.object(&folder.join("caller.c"))?, callee.object(&folder.join("callee.c"))?];
    let program = folder.join("program");
    Invocation::new(tools::GCC.name).args(objects).arg("-o").arg(&program).success()?;
    Ok(Invocation::new(&program).success()?.output())
}

#[test]
fn calls_between_compilers() {
    if !tools::require("abi::calls_between_compilers", &[tools::CLANG, tools::GCC]) {
        return;
    }
    let first = tools::count_from_env("ABI_SEED", 1) as u64;
    let seeds: Vec<u64> = (first..first + tools::count_from_env("ABI_COUNT", DEFAULT_COUNT) as u64).collect();
    parallel::check(&seeds, |&seed| {
        let folder = tempfile::tempdir()?;
        let sources = abi::generate(seed, FUNCTIONS);
        std::fs::write(folder.path().join("caller.c"), &sources.caller)?;
        std::fs::write(folder.path().join("callee.c"), &sources.callee)?;
        let expected = printed(folder.path(), Clang, Clang)?;
        for (caller, callee) in [(Clang, Sonc("-O0")), (Clang, Sonc("-O2")), (Sonc("-O0"), Clang), (Sonc("-O2"), Clang)]
        {
            let case = format!("seed {seed}, {caller:?} calls {callee:?}");
            let actual = printed(folder.path(), caller, callee).map_err(|f| f.at(&case))?;
            if let Some(difference) = son_tests::process::first_difference(&expected, &actual) {
                let kept = workspace::scratch(&format!("abi-failures/{seed}"))?;
                std::fs::write(kept.join("caller.c"), &sources.caller)?;
                std::fs::write(kept.join("callee.c"), &sources.callee)?;
                return Err(Failure(format!("{difference}, see {}", kept.display())).at(&case));
            }
        }
        Ok(())
    });
}

/// x87 floats are either right or refused by name.
#[test]
fn long_double_is_refused_by_name() -> Result<(), Failure> {
    if !tools::require("abi::long_double_is_refused_by_name", &[tools::CLANG, tools::GCC]) {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let (source, program) = (folder.path().join("long.c"), folder.path().join("long"));
    std::fs::write(
        &source,
        "#include <stdio.h>\nint main(int n, char **v) { long double x = n + 0.5L; printf(\"%Lg\\n\", x * 3); }\n",
    )?;
    let compiled = sonc::cc("-O2", &source, &program, &[])?;
    if !sonc::names_unsupported(&compiled) {
        compiled.succeeded()?;
        assert_eq!(Invocation::new(&program).success()?.output(), "4.5\n");
    } else {
        assert!(compiled.message().contains("x86_fp80"), "{}", compiled.message());
    }
    Ok(())
}
