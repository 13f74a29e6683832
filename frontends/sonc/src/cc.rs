//! `sonc cc`: a C compiler driver with gcc's options. clang makes unoptimized IR, we compile it, cc links.
//!
//! `--target=TRIPLE` compiles for another system; its gcc, by the triple's name, links. `--keep-proven-checks` is
//! that of `sonc build`.

use crate::error::Failure;
use crate::options::Pipeline;
use crate::{input, output, pipeline};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use tempfile::TempDir;

/// The C frontend: the first of these that runs.
const CLANGS: &[&str] = &["clang-19", "clang-20", "clang-21", "clang-22", "clang-18", "clang"];

/// Options that take their value from the next argument and go to the compiler.
const COMPILER_VALUES: &[&str] = &[
    "-I",
    "-D",
    "-U",
    "-include",
    "-isystem",
    "-iquote",
    "-idirafter",
    "-imacros",
    "-x",
    "-MF",
    "-MT",
    "-MQ",
    "-Xclang",
    "-isysroot",
];

/// Options that take their value from the next argument and go to the linker.
const LINKER_VALUES: &[&str] = &["-L", "-l", "-T", "-u", "-z", "-Xlinker"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// `-c`
    Object,
    /// `-S`
    Assembly,
    /// Links.
    Never,
}

struct Driver {
    level: u8,
    /// `-g` and its kin.
    debug: bool,
    keep_proven_checks: bool,
    stop: Stop,
    output: Option<PathBuf>,
    compiler: Vec<String>,
    linker: Vec<String>,
    /// The triple of another system, whose gcc links.
    target: Option<String>,
    /// The processor or architecture, by its name for compilers; of those that are not known the baseline is taken.
    cpu: Option<String>,
    /// Files in order; those that are compiled become objects for the linker, in the same place.
    files: Vec<PathBuf>,
}

/// Runs the driver.
pub(crate) fn drive(args: &[String]) -> Result<ExitCode, Failure> {
    if args.is_empty() || args.iter().any(|arg| arg == "--help") {
        println!("Usage: sonc cc [OPTIONS of gcc] FILES...\n\nExample: sonc cc -O2 -Wall main.c util.c -o program -lm");
        return Ok(if args.is_empty() { ExitCode::from(1) } else { ExitCode::SUCCESS });
    }
    if args.iter().any(|arg| {
        matches!(arg.as_str(), "-E" | "-M" | "-MM" | "--version" | "-v" | "-fsyntax-only") || arg.starts_with("-print-")
    }) {
        return run(Command::new(clang()?).args(args)).map(|ok| ExitCode::from(u8::from(!ok)));
    }
    let driver = Driver::parse(args)?;
    driver.execute().map(ExitCode::from)
}

fn clang() -> Result<&'static str, Failure> {
    let runs = |name: &&&str| Command::new(name).arg("--version").output().is_ok_and(|out| out.status.success());
    CLANGS
        .iter()
        .find(runs)
        .copied()
        .ok_or_else(|| Failure::new("no clang found; `sonc cc` needs clang as its C frontend (package clang-19)"))
}

fn run(command: &mut Command) -> Result<bool, Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.status().map(|status| status.success()).map_err(|error| Failure::io("run", Path::new(&name), &error))
}

impl Driver {
    fn parse(args: &[String]) -> Result<Driver, Failure> {
        let mut driver = Driver {
            level: 0,
            debug: false,
            keep_proven_checks: false,
            stop: Stop::Never,
            output: None,
            compiler: Vec::new(),
            linker: Vec::new(),
            target: None,
            cpu: None,
            files: Vec::new(),
        };
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            let mut value = || rest.next().cloned().ok_or_else(|| Failure::new(format!("{arg} needs a value")));
            match arg.as_str() {
                "-c" => driver.stop = Stop::Object,
                "-S" => driver.stop = Stop::Assembly,
                "--keep-proven-checks" => driver.keep_proven_checks = true,
                "-o" => driver.output = Some(value()?.into()),
                _ if COMPILER_VALUES.contains(&arg.as_str()) => driver.compiler.extend([arg.clone(), value()?]),
                _ if LINKER_VALUES.contains(&arg.as_str()) => driver.linker.extend([arg.clone(), value()?]),
                _ if arg.starts_with("-O") => driver.level = level(arg)?,
                _ if let Some(target) = arg.strip_prefix("--target=") => {
                    driver.target = Some(target.to_owned());
                    driver.compiler.push(arg.clone());
                }
                _ if let Some(cpu) = arg.strip_prefix("-mcpu=").or(arg.strip_prefix("-march=")) => {
                    driver.cpu = Some(cpu.to_owned());
                    driver.compiler.push(arg.clone());
                }
                "-pthread" | "-m64" => {
                    driver.compiler.push(arg.clone());
                    driver.linker.push(arg.clone());
                }
                _ if arg.starts_with("-g") => {
                    driver.debug = arg != "-g0";
                    driver.compiler.push(arg.clone());
                }
                "-shared" | "-static" | "-rdynamic" | "-pie" | "-no-pie" | "-s" | "-nostdlib" | "-nostartfiles" => {
                    driver.linker.push(arg.clone())
                }
                _ if ["-l", "-L", "-Wl,"].iter().any(|prefix| arg.starts_with(prefix)) => {
                    driver.linker.push(arg.clone())
                }
                _ if arg.starts_with('-') && arg != "-" => driver.compiler.push(arg.clone()),
                file => driver.files.push(file.into()),
            }
        }
        driver.check()?;
        Ok(driver)
    }

    fn check(&self) -> Result<(), Failure> {
        if self.files.is_empty() {
            return Err(Failure::new("no input files"));
        }
        if self.stop != Stop::Never && self.output.is_some() && self.files.len() > 1 {
            return Err(Failure::new("-o with -c or -S takes one input file"));
        }
        Ok(())
    }

    fn execute(&self) -> Result<u8, Failure> {
        let scratch =
            tempfile::tempdir().map_err(|error| Failure::io("make a folder in", &std::env::temp_dir(), &error))?;
        let mut objects = Vec::new();
        for (i, file) in self.files.iter().enumerate() {
            match file.extension().and_then(|ending| ending.to_str()) {
                Some("c" | "i" | "ll" | "son") => objects.push(self.compile(file, &scratch, i)?),
                _ => objects.push(file.clone()),
            }
        }
        if self.stop != Stop::Never {
            return Ok(0);
        }
        let out = self.output.clone().unwrap_or_else(|| "a.out".into());
        let linker = self.target.as_ref().map_or("cc".to_owned(), |target| format!("{target}-gcc"));
        let linked = run(Command::new(linker).arg("-o").arg(out).args(&objects).args(&self.linker))?;
        Ok(u8::from(!linked))
    }

    /// Compiles one file: the object made, in the scratch folder if it is linked at once.
    fn compile(&self, file: &Path, scratch: &TempDir, number: usize) -> Result<PathBuf, Failure> {
        let ending = if self.stop == Stop::Assembly { "s" } else { "o" };
        let out = match (self.stop, &self.output) {
            (Stop::Never, _) => scratch.path().join(format!("{number}.o")),
            (_, Some(path)) => path.clone(),
            (_, None) => PathBuf::from(file.file_name().unwrap_or_default()).with_extension(ending),
        };
        let source = if matches!(file.extension().and_then(|e| e.to_str()), Some("c" | "i")) {
            self.emit_ir(file, &scratch.path().join(format!("{number}.ll")))?
        } else {
            file.to_owned()
        };
        let Driver { level, debug, keep_proven_checks, .. } = *self;
        let mut settings = Pipeline { level, debug, keep_proven_checks, ..Pipeline::default() };
        let mut module = input::read(&source, &settings)?;
        if let Some(cpu) = self.cpu.as_deref().filter(|cpu| son_codegen::target::knows_cpu(&module.triple, cpu)) {
            settings.cpu = cpu.to_owned();
        }
        pipeline::optimize(&mut module, &settings)?;
        let bytes = match self.stop {
            Stop::Assembly => pipeline::listing(&module, &settings)?.into_bytes(),
            _ => pipeline::object(&module, &settings)?,
        };
        output::write(&out, &bytes)?;
        Ok(out)
    }

    fn emit_ir(&self, file: &Path, out: &Path) -> Result<PathBuf, Failure> {
        let mut command = Command::new(clang()?);
        command.args(["-S", "-emit-llvm"]).arg("-o").arg(out).args(&self.compiler);
        match self.level {
            0 => command.arg("-O0"),
            level => command.arg(format!("-O{level}")).args(["-Xclang", "-disable-llvm-passes"]),
        };
        command.arg(file);
        if run(&mut command)? {
            Ok(out.to_owned())
        } else {
            Err(Failure::new(format!("clang failed on {}", file.display())))
        }
    }
}

fn level(option: &str) -> Result<u8, Failure> {
    match &option[2..] {
        "0" => Ok(0),
        "" | "1" | "g" => Ok(1),
        "2" | "s" | "z" => Ok(2),
        "3" | "fast" => Ok(3),
        _ => Err(Failure::new(format!("unknown optimization level {option}"))),
    }
}
