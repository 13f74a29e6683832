//! The steps that the subcommands share: read, optimize, compile, interpret, draw.

use crate::error::Failure;
use crate::options::{Build, Emit, Interp, Pipeline};
use crate::{input, output, stats};
use son_ir::interp::{self, Host, Limits, Outcome, Stream};
use son_ir::{Function, Module, text, views};
use son_passes::{Fuel, Level, Observer, Report};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// `sonc build`.
pub(crate) fn build(options: &Build) -> Result<(), Failure> {
    let settings = &options.pipeline;
    let mut module = input::read(&options.input, settings)?;
    optimize(&mut module, settings)?;
    let bytes = match options.emit {
        Emit::Obj => object(&module, settings)?,
        Emit::Asm => listing(&module, settings)?.into_bytes(),
        Emit::Son => text::print(&module).into_bytes(),
        Emit::Dot => module.functions.iter().map(|function| dot(&module, function)).collect::<String>().into_bytes(),
    };
    let out = options.output.clone().unwrap_or_else(|| beside(&options.input, options.emit));
    output::write(&out, &bytes)
}

/// The output's name when none is given: the input's with another ending; standard output for standard input.
fn beside(input: &Path, emit: Emit) -> PathBuf {
    if input == Path::new("-") {
        return "-".into();
    }
    let ending = match emit {
        Emit::Obj => "o",
        Emit::Asm => "s",
        Emit::Son => "son",
        Emit::Dot => "dot",
    };
    let out = input.with_extension(ending);
    if out == input { input.with_extension(format!("out.{ending}")) } else { out }
}

/// Reads LLVM IR text.
pub(crate) fn read_llvm(bytes: &[u8], name: &str) -> Result<Module, Failure> {
    son_llvm::read(bytes, name, &son_llvm::Options::default())
        .map_err(|error| Failure::at(name, bytes, error.line, error.column, &error.kind))
}

/// Reads our own text form, and checks that it is well formed.
pub(crate) fn read_son(bytes: &[u8], name: &str) -> Result<Module, Failure> {
    text::parse_verified(bytes).map_err(|error| Failure::plain(error.render(name)))
}

/// Runs the optimizer, and reports what was asked for.
pub(crate) fn optimize(module: &mut Module, settings: &Pipeline) -> Result<(), Failure> {
    optimize_with(module, settings, None)
}

fn optimize_with(module: &mut Module, settings: &Pipeline, observer: Option<&dyn Observer>) -> Result<(), Failure> {
    let options = son_passes::Options {
        level: [Level::O0, Level::O1, Level::O2, Level::O3][usize::from(settings.level)],
        verify_each: settings.verify_each,
        keep_proven_checks: settings.keep_proven_checks,
        fuel: settings.fuel.as_deref().map(fuel).transpose()?,
        seed: settings.seed.unwrap_or(0),
        disabled: &settings.disable,
        observer,
        remarks: settings.remarks.is_some(),
    };
    let broken = |error: son_passes::Error| panic_with(&error.to_string());
    if settings.passes.is_empty() {
        let report = son_passes::optimize(module, &options).map_err(broken)?;
        report_remarks(&report, module, settings)?;
        return report_passes(&report, settings);
    }
    for name in &settings.passes {
        let report = son_passes::run_alone(module, name, &options).map_err(broken)?;
        report_passes(&report.ok_or_else(|| Failure::new(format!("there is no pass named {name}")))?, settings)?;
    }
    Ok(())
}

/// A broken invariant of ours: not the input's fault.
fn panic_with(message: &str) -> Failure {
    panic!("{message}")
}

fn fuel(text: &str) -> Result<Fuel, Failure> {
    let parsed = text
        .rsplit_once(':')
        .and_then(|(pass, changes)| Some(Fuel { pass: pass.to_owned(), changes: changes.parse().ok()? }));
    parsed.ok_or_else(|| Failure::new(format!("--fuel takes PASS:N, not {text}")))
}

fn report_remarks(report: &Report, module: &Module, settings: &Pipeline) -> Result<(), Failure> {
    let Some(path) = &settings.remarks else { return Ok(()) };
    let lines: String = report.remarks.iter().map(|remark| remark.render(module) + "\n").collect();
    if path == Path::new("-") {
        eprint!("{lines}");
        return Ok(());
    }
    output::write(path, lines.as_bytes())
}

fn report_passes(report: &Report, settings: &Pipeline) -> Result<(), Failure> {
    if settings.time_passes {
        eprint!("{}", stats::table(report));
    }
    match &settings.stats {
        Some(path) => output::write(path, stats::json(report).as_bytes()),
        None => Ok(()),
    }
}

/// Optimizes until after the first run of a pass on each function: the module as it was then.
pub(crate) fn optimize_until(module: &mut Module, settings: &Pipeline, pass: Option<&str>) -> Result<(), Failure> {
    let Some(pass) = pass else { return optimize(module, settings) };
    let recorder = Recorder { pass, seen: Default::default() };
    optimize_with(module, settings, Some(&recorder))?;
    let seen = recorder.seen.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    if seen.is_empty() {
        return Err(Failure::new(format!("no pass named {pass} runs at -O{}", settings.level)));
    }
    for function in seen {
        if let Some(row) = module.functions.iter().position(|other| other.symbol == function.symbol) {
            module.functions[row] = function;
        }
    }
    Ok(())
}

/// Keeps each function as it is after the last run of a pass.
struct Recorder<'a> {
    pass: &'a str,
    seen: std::sync::Mutex<Vec<Function>>,
}

impl Observer for Recorder<'_> {
    fn after(&self, pass: &'static str, _module: &Module, function: &Function) {
        if pass == self.pass {
            let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            seen.retain(|other| other.symbol != function.symbol);
            seen.push(function.clone());
        }
    }
}

fn code_options(settings: &Pipeline) -> son_codegen::Options {
    son_codegen::Options {
        level: settings.level,
        threads: settings.jobs,
        cpu: settings.cpu.clone(),
        verify: settings.verify_each,
        object: son_codegen::object::ObjectOptions { debug_lines: settings.debug, ..Default::default() },
        ..son_codegen::Options::default()
    }
}

/// The module's object file.
pub(crate) fn object(module: &Module, settings: &Pipeline) -> Result<Vec<u8>, Failure> {
    son_codegen::compile(module, &code_options(settings)).map_err(Failure::new)
}

/// The module's assembly listing.
pub(crate) fn listing(module: &Module, settings: &Pipeline) -> Result<String, Failure> {
    son_codegen::listing(module, &code_options(settings)).map_err(Failure::new)
}

/// The function's graph in Graphviz's language.
pub(crate) fn dot(module: &Module, function: &Function) -> String {
    views::dot::function(module, function, &views::dot::DotOptions::default())
}

/// Output of an interpreted program goes to ours.
#[derive(Default)]
struct Terminal;

impl Host for Terminal {
    fn write(&mut self, stream: Stream, bytes: &[u8]) {
        let _ = match stream {
            Stream::Output => std::io::stdout().write_all(bytes),
            Stream::Error => std::io::stderr().write_all(bytes),
        };
    }

    fn read(&mut self, buffer: &mut [u8]) -> usize {
        std::io::stdin().read(buffer).unwrap_or(0)
    }
}

/// Runs `main` in the interpreter; the exit code is the program's.
pub(crate) fn interpret(module: &Module, options: &Interp) -> Result<ExitCode, Failure> {
    let name = options.input.display().to_string();
    let all: Vec<&[u8]> =
        std::iter::once(name.as_bytes()).chain(options.args.iter().map(|arg| arg.as_bytes())).collect();
    let limits = Limits { check_facts: options.check_facts, ..Limits::default() };
    let outcome = interp::run_main(module, &all, &limits, &mut Terminal);
    let _ = std::io::stdout().flush();
    match outcome {
        Outcome::Exit(code) => Ok(ExitCode::from(code as u8)),
        Outcome::Abort => Ok(ExitCode::from(134)),
        other => Err(Failure::new(other)),
    }
}
