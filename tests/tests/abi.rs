//! Objects of clang and of `sonc` call each other: arguments and results of all classes of the calling convention.
//!
//! `ABI_COUNT` is the number of random programs, `ABI_SEED` the first; see `son_tests::abi`.

use std::path::{Path, PathBuf};

use son_tests::abi::{self, Convention, Traits};
use son_tests::process::{Failure, Invocation};
use son_tests::tools::Tool;
use son_tests::{ir, parallel, sonc, tools, windows, workspace};

/// Without `ABI_COUNT`.
const DEFAULT_COUNT: usize = 6;
/// Functions of a program.
const FUNCTIONS: usize = 24;

/// Where programs of two compilers run.
struct Machine {
    name: &'static str,
    traits: Traits,
    /// Of the two compilers.
    target: &'static str,
    system: System,
}

/// How programs are linked, and what runs them.
enum System {
    /// By a compiler's driver, after what prints is compiled with this option.
    Linux {
        target: &'static str,
        linker: Tool,
        emulator: Option<Tool>,
    },
    Windows(windows::Machine),
}

const X64_LINUX: &str = "--target=x86_64-linux-gnu";
const AARCH64_LINUX: &str = "--target=aarch64-linux-gnu";
const X64: System = System::Linux { target: X64_LINUX, linker: tools::GCC, emulator: None };
const AARCH64: System =
    System::Linux { target: AARCH64_LINUX, linker: tools::GCC_AARCH64, emulator: Some(tools::QEMU_AARCH64) };

const WORDS: Traits = Traits { convention: Convention::Target, long_doubles: false };
const LONG_DOUBLES: Traits = Traits { convention: Convention::Target, long_doubles: true };
const MICROSOFT: Traits = Traits { convention: Convention::Microsoft, long_doubles: false };

const MACHINES: [Machine; 6] = [
    Machine { name: "x86-64", traits: WORDS, target: X64_LINUX, system: X64 },
    Machine { name: "x86-64 with functions of Windows", traits: MICROSOFT, target: X64_LINUX, system: X64 },
    Machine {
        name: "Windows",
        traits: LONG_DOUBLES,
        target: windows::X64.target,
        system: System::Windows(windows::X64),
    },
    Machine { name: "AArch64", traits: LONG_DOUBLES, target: AARCH64_LINUX, system: AARCH64 },
    Machine { name: "AArch64 with functions of Windows", traits: MICROSOFT, target: AARCH64_LINUX, system: AARCH64 },
    // Apple's convention in objects that the linker of another system takes.
    Machine {
        name: "Apple's AArch64",
        traits: LONG_DOUBLES,
        target: "--target=arm64-apple-macosx11-elf",
        system: AARCH64,
    },
];

/// Who compiles a file, and how far it optimizes.
#[derive(Clone, Copy, Debug)]
enum Compiler {
    Clang,
    Sonc(&'static str),
}

use Compiler::{Clang, Sonc};

impl Compiler {
    fn object(self, target: &str, source: &Path) -> Result<PathBuf, Failure> {
        let object = source.with_extension("o");
        let compiler = match self {
            Clang => ir::clang(&["-O1", target]),
            Sonc(level) => sonc::sonc(&["cc", "-w", level, target]),
        };
        compiler.arg("-c").arg(source).arg("-o").arg(&object).success()?;
        Ok(object)
    }
}

impl System {
    fn tools(&self) -> Vec<Tool> {
        match *self {
            System::Linux { linker, emulator, .. } => [tools::CLANG, linker].into_iter().chain(emulator).collect(),
            System::Windows(_) => windows::LINKING.into_iter().chain([tools::WINE]).collect(),
        }
    }

    /// What the program of these objects prints, with what prints in the folder.
    fn printed(&self, mut objects: Vec<PathBuf>, folder: &Path) -> Result<String, Failure> {
        let program = folder.join("program");
        let run = match *self {
            System::Linux { target, linker, emulator } => {
                objects.push(Clang.object(target, &folder.join("report.c"))?);
                Invocation::new(linker.name).arg("-static").args(objects).arg("-o").arg(&program).success()?;
                match emulator {
                    Some(emulator) => Invocation::new(emulator.name).arg(&program),
                    None => Invocation::new(&program),
                }
            }
            System::Windows(machine) => {
                windows::link(machine, &objects, &program)?;
                windows::run(&program)
            }
        };
        Ok(run.success()?.output())
    }
}

impl Machine {
    /// What the program prints when these compile its files.
    fn printed(&self, folder: &Path, caller: Compiler, callee: Compiler) -> Result<String, Failure> {
        let objects = [(caller, "caller.c"), (callee, "callee.c")];
        let objects = objects.map(|(compiler, name)| compiler.object(self.target, &folder.join(name)));
        self.system.printed(objects.into_iter().collect::<Result<_, _>>()?, folder)
    }

    fn check(&self, seed: u64) -> Result<(), Failure> {
        let folder = tempfile::tempdir()?;
        let sources = abi::generate(seed, FUNCTIONS, self.traits);
        let files = [("caller.c", &*sources.caller), ("callee.c", &sources.callee), ("report.c", sources.report)];
        let write = |folder: &Path| files.iter().try_for_each(|(name, text)| std::fs::write(folder.join(name), text));
        write(folder.path())?;
        let expected = self.printed(folder.path(), Clang, Clang);
        let expected = expected.map_err(|f| f.at(format!("{}, seed {seed}, clang alone", self.name)))?;
        for (caller, callee) in [(Clang, Sonc("-O0")), (Clang, Sonc("-O2")), (Sonc("-O0"), Clang), (Sonc("-O2"), Clang)]
        {
            let case = format!("{}, seed {seed}, {caller:?} calls {callee:?}", self.name);
            let actual = self.printed(folder.path(), caller, callee).map_err(|f| f.at(&case))?;
            if let Some(difference) = son_tests::process::first_difference(&expected, &actual) {
                let kept = workspace::scratch(&format!("abi-failures/{seed}"))?;
                write(&kept)?;
                return Err(Failure(format!("{difference}, see {}", kept.display())).at(&case));
            }
        }
        Ok(())
    }
}

#[test]
fn calls_between_compilers() {
    let first = tools::count_from_env("ABI_SEED", 1) as u64;
    let seeds: Vec<u64> = (first..first + tools::count_from_env("ABI_COUNT", DEFAULT_COUNT) as u64).collect();
    for machine in &MACHINES {
        let test = format!("abi::calls_between_compilers for {}", machine.name);
        if tools::require(&test, &machine.system.tools()) {
            parallel::check(&seeds, |&seed| machine.check(seed));
        }
    }
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
