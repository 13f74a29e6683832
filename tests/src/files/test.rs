//! The test of one file.

use super::call::{Call, End, add_main};
use super::pattern::{self, Names};
use super::{Directive, File, Key, folder};
use crate::machine::Machine;
use crate::process::{self, Failure};
use crate::{sonc, states, tools};
use son_ir::interp::{Captured, Limits, Outcome, Value, run_main};
use son_ir::{Module, SymbolId, text, verify};
use son_passes::{Options, optimize, run_alone};
use std::path::Path;
use std::str::FromStr;
use target_lexicon::Triple;

/// What the tests need beside what is built here.
pub fn needs_tools() -> [tools::Tool; 1] {
    [tools::GCC]
}

/// Does what the directives of the file ask for.
///
/// # Errors
/// The first directive that does not hold, with the text that it was compared with.
pub fn check(path: &Path) -> Result<(), Failure> {
    let file = File::read(path)?;
    if let Some(directive) = file.all(Key::Error).next() {
        return check_error(&file, directive);
    }
    let module = read(&file)?;
    let passed = run_passes(&file, module.clone())?;
    check_lines(&file, [Key::Check, Key::CheckNot, Key::CheckCount], |name| graph_text(&passed, name))?;
    check_exact(&file, &passed)?;
    if file.directives.iter().any(|d| matches!(d.key, Key::Asm | Key::AsmNot | Key::AsmCount)) {
        let listing = listing(&file, module.clone())?;
        check_lines(&file, [Key::Asm, Key::AsmNot, Key::AsmCount], |name| listing_of(&listing, name))?;
    }
    check_guards(&file, &module, &passed)?;
    check_runs(&file, &module)
}

fn read(file: &File) -> Result<Module, Failure> {
    let module = match file.is_llvm() {
        true => son_llvm::read(file.text.as_bytes(), &file.name(), &son_llvm::Options::default())
            .map_err(|error| file.failure(error.line as usize, &error.kind.to_string()))?,
        false => text::parse_verified(&file.text).map_err(|error| Failure(error.render(&file.name())))?,
    };
    verify::verify_module_with(&module, verify::Options::TEXT)
        .map_err(|found| file.failure(1, &format!("the input is broken: {found:?}")))?;
    Ok(module)
}

fn run_passes(file: &File, mut module: Module) -> Result<Module, Failure> {
    let options = Options { verify_each: true, ..Options::default() };
    for directive in file.all(Key::Pass) {
        for name in directive.text.split(',').map(str::trim) {
            if name == "all" {
                optimize(&mut module, &options).map_err(|error| file.failure(directive.line, &error.to_string()))?;
                continue;
            }
            let report = run_alone(&mut module, name, &options);
            let report = report.map_err(|error| file.failure(directive.line, &error.to_string()))?;
            report.ok_or_else(|| file.failure(directive.line, &format!("there is no pass {name}")))?;
        }
    }
    Ok(module)
}

// ---- Patterns ----

/// The text of the function, or of the whole module.
fn graph_text(module: &Module, function: Option<&str>) -> Option<String> {
    let Some(name) = function else { return Some(text::print(module)) };
    let symbol = module.find_symbol(name)?;
    let function = module.functions.iter().find(|function| function.symbol == symbol)?;
    Some(text::print_function(module, function))
}

fn listing(file: &File, mut module: Module) -> Result<String, Failure> {
    let failed = |error: &dyn std::fmt::Display| file.failure(1, &error.to_string());
    if let Some(directive) = file.all(Key::Target).next() {
        let triple = Triple::from_str(&directive.text);
        module.triple = triple.map_err(|error| file.failure(directive.line, &error.to_string()))?;
    }
    optimize(&mut module, &Options { verify_each: true, ..Options::default() }).map_err(|error| failed(&error))?;
    let cpu = file.all(Key::Cpu).next().map_or_else(String::new, |directive| directive.text.clone());
    let options = son_codegen::Options { cpu, verify: true, ..son_codegen::Options::default() };
    son_codegen::listing(&module, &options).map_err(|error| failed(&error))
}

/// The part of the listing with the function's code, without comments.
fn listing_of(listing: &str, function: Option<&str>) -> Option<String> {
    // What begins a comment for one target begins a number for the other.
    let comments = ["# ", "// "];
    let line = |line: &str| {
        let end = comments.iter().filter_map(|comment| line.find(comment)).min().unwrap_or(line.len());
        line[..end].trim_end().to_owned() + "\n"
    };
    let Some(name) = function else { return Some(listing.lines().map(line).collect()) };
    let (label, end) = (format!("{name}:"), format!(".size   {name},"));
    let inside = listing.lines().skip_while(|line| !line.starts_with(&label));
    let code: String = inside.take_while(|line| !line.trim_start().starts_with(&end)).map(line).collect();
    (!code.is_empty()).then_some(code)
}

/// Checks the patterns of these keys on the text of the function that each is about.
fn check_lines(
    file: &File,
    [in_order, nowhere, counted]: [Key; 3],
    text_of: impl Fn(Option<&str>) -> Option<String>,
) -> Result<(), Failure> {
    let mut checked: Vec<Option<&str>> = Vec::new();
    for directive in file.directives.iter().filter(|d| [in_order, nowhere, counted].contains(&d.key)) {
        let function = directive.function.as_deref();
        if checked.contains(&function) {
            continue;
        }
        checked.push(function);
        let text = text_of(function).ok_or_else(|| file.failure(directive.line, "the function is gone"))?;
        let mut names = Names::new();
        let mut from = 0;
        let own = file.directives.iter().filter(|d| d.function.as_deref() == function);
        for directive in own {
            let pattern = directive.text.as_str();
            let problem = if directive.key == in_order {
                match text.lines().skip(from).position(|line| pattern::find(pattern, line, &mut names)) {
                    Some(found) => {
                        from += found + 1;
                        None
                    }
                    None => Some(format!("no line from line {} on matches `{pattern}`", from + 1)),
                }
            } else if directive.key == nowhere {
                let found = text.lines().position(|line| pattern::find(pattern, line, &mut names.clone()));
                found.map(|line| format!("line {} matches `{pattern}`", line + 1))
            } else if directive.key == counted {
                wrong_count(pattern, &text)
            } else {
                None
            };
            if let Some(problem) = problem {
                return Err(file.failure(directive.line, &format!("{problem}\n{}", numbered(&text))));
            }
        }
    }
    Ok(())
}

/// What is wrong with the number of lines that match `N PATTERN`.
fn wrong_count(directive: &str, text: &str) -> Option<String> {
    let parsed =
        directive.split_once(' ').and_then(|(number, rest)| Some((number.parse::<usize>().ok()?, rest.trim())));
    let Some((wanted, pattern)) = parsed else { return Some(format!("expected N PATTERN, not `{directive}`")) };
    let found = text.lines().filter(|line| pattern::find(pattern, line, &mut Names::new())).count();
    (found != wanted).then(|| format!("{found} lines match `{pattern}`, not {wanted}"))
}

fn numbered(text: &str) -> String {
    text.lines().enumerate().map(|(number, line)| format!("  {:>3} | {line}\n", number + 1)).collect()
}

// ---- Exact texts ----

const EXACT: &str = ";|";

fn blessing() -> bool {
    std::env::var_os("BLESS").is_some()
}

fn check_exact(file: &File, module: &Module) -> Result<(), Failure> {
    let mut changed = file.text.clone();
    for directive in file.all(Key::Exact) {
        let name = directive.text.as_str();
        let Some(text) = graph_text(module, Some(name)) else {
            return Err(file.failure(directive.line, &format!("there is no function {name}")));
        };
        let wanted: String = text.lines().map(|line| format!("{EXACT} {line}").trim_end().to_owned() + "\n").collect();
        let below = |text: &str| -> (usize, usize) {
            let lines = text.split_inclusive('\n');
            let head = lines.clone().take_while(|line| line.trim() != format!("; exact: {name}"));
            let start = head.map(str::len).sum::<usize>() + format!("; exact: {name}\n").len();
            let rest = text.get(start..).unwrap_or_default().split_inclusive('\n');
            (start, rest.take_while(|line| line.starts_with(EXACT)).map(str::len).sum())
        };
        let (start, length) = below(&changed);
        let found = changed.get(start..start + length).unwrap_or_default();
        if found == wanted {
            continue;
        }
        if !blessing() {
            let difference = process::first_difference(found, &wanted).unwrap_or_default();
            let message = format!("the text of {name} is another: {difference}; BLESS=1 accepts\n{}", numbered(&text));
            return Err(file.failure(directive.line, &message));
        }
        changed.replace_range(start.min(changed.len())..(start + length).min(changed.len()), &wanted);
    }
    if changed != file.text {
        std::fs::write(&file.path, changed)?;
    }
    Ok(())
}

/// The file is refused by the tool with exactly this message.
fn check_error(file: &File, directive: &Directive) -> Result<(), Failure> {
    let name = file.name();
    let out = tempfile::tempdir()?;
    let object = out.path().join("object.o");
    let finished = sonc::build_object("-O2", Path::new(&name), &object).directory(&folder()).run()?;
    if finished.end != process::End::Exit(1) || object.exists() {
        return Err(file.failure(directive.line, &format!("the file is not refused: {}", finished.failure())));
    }
    let message = finished.message();
    let first = message.lines().next().unwrap_or_default();
    let said = first.strip_prefix(&format!("{name}:")).unwrap_or(first).replacen(" error:", "", 1);
    if said == directive.text {
        return Ok(());
    }
    if !blessing() {
        return Err(file.failure(directive.line, &format!("the message is another; BLESS=1 accepts `{said}`")));
    }
    let lines = file.text.lines().enumerate();
    let line = |(number, line): (usize, &str)| {
        if number + 1 == directive.line { format!("; error: {said}\n") } else { format!("{line}\n") }
    };
    Ok(std::fs::write(&file.path, lines.map(line).collect::<String>())?)
}

// ---- States ----

/// Most guards that a call executes.
const MAX_GUARDS: u64 = 100;

/// Makes each guard fail, after the passes of the file and after all.
fn check_guards(file: &File, module: &Module, passed: &Module) -> Result<(), Failure> {
    if file.all(Key::Guards).next().is_none() {
        return Ok(());
    }
    let mut optimized = module.clone();
    let options = Options { verify_each: true, ..Options::default() };
    optimize(&mut optimized, &options).map_err(|error| file.failure(1, &error.to_string()))?;
    for directive in file.all(Key::Guards) {
        let failed = |message: &str| file.failure(directive.line, message);
        let name = directive.function.as_deref().ok_or_else(|| failed("`guards` stands in a function"))?;
        let function = module.find_symbol(name).ok_or_else(|| failed("there is no such function"))?;
        let (args, count) = directive.text.split_once("=>").ok_or_else(|| failed("expected ARGS => COUNT"))?;
        let args = numbers(module, function, args).map_err(|message| failed(&message))?;
        for (how, after) in [("after the passes", passed), ("after -O2", &optimized)] {
            let found = states::compare((module, after), function, &args, &Limits::default(), MAX_GUARDS);
            let found = found.map_err(|message| {
                let text = graph_text(after, Some(name)).unwrap_or_default();
                failed(&format!("{how}: {message}\n{}", numbered(&text)))
            })?;
            if count.trim().parse() != Ok(found) {
                return Err(failed(&format!("{how} the call executes {found} guards")));
            }
        }
    }
    Ok(())
}

/// Arguments of a function from numbers between commas.
fn numbers(module: &Module, function: SymbolId, text: &str) -> Result<Vec<Value>, String> {
    let signature = module.function_signature(function).ok_or("it is no function")?;
    let params = &module.signature(signature).params;
    let words: Vec<&str> = text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    if params.len() != words.len() {
        return Err(format!("the function has {} parameters", params.len()));
    }
    let value = |(word, param): (&&str, &son_ir::Param)| match word.parse::<i128>() {
        Ok(number) if param.ty.is_int() => Ok(Value::wide(param.ty, number as u128)),
        _ => Err(format!("{word} is no {}", param.ty)),
    };
    words.iter().zip(params).map(value).collect()
}

// ---- Runs ----

/// One in so many files is run under the emulator.
const EMULATED_SLICE: usize = 16;

fn check_runs(file: &File, module: &Module) -> Result<(), Failure> {
    let mut lines = Vec::new();
    let mut calls = Vec::new();
    for directive in file.all(Key::Run) {
        let failed = |message: &str| file.failure(directive.line, message);
        let function = directive.function.as_deref().ok_or_else(|| failed("`run` stands in a function"))?;
        let call = Call::parse(function, &directive.text).map_err(|message| failed(&message))?;
        if call.end.line().is_some() {
            lines.push(directive);
            calls.push(call);
        } else {
            check_abnormal(module, &call).map_err(|message| failed(&message))?;
        }
    }
    if calls.is_empty() {
        return Ok(());
    }
    let mut with_main = module.clone();
    add_main(&mut with_main, &calls).map_err(|message| file.failure(lines[0].line, &message))?;
    let mut optimized = with_main.clone();
    let options = Options { verify_each: true, ..Options::default() };
    optimize(&mut optimized, &options).map_err(|error| file.failure(1, &error.to_string()))?;
    let passed = run_passes(file, with_main.clone())?;
    let outputs = [
        ("interpreted", interpreted(&with_main)),
        ("after the passes", interpreted(&passed)),
        ("interpreted after -O2", interpreted(&optimized)),
        ("at -O0", native(&with_main, 0, Machine::Host)),
        ("at -O2", native(&optimized, 2, Machine::Host)),
    ];
    let emulated = match is_emulated(file) && Machine::Aarch64.can_run("files on AArch64") {
        true => vec![
            ("at -O0 on AArch64", native(&with_main, 0, Machine::Aarch64)),
            ("at -O2 on AArch64", native(&optimized, 2, Machine::Aarch64)),
        ],
        false => Vec::new(),
    };
    for (how, output) in outputs.into_iter().chain(emulated) {
        let output = output.map_err(|message| file.failure(lines[0].line, &format!("{how}: {message}")))?;
        for ((directive, call), line) in lines.iter().zip(&calls).zip(output.lines().chain(std::iter::repeat(""))) {
            let wanted = call.end.line().unwrap_or_default();
            if line != wanted {
                return Err(file.failure(directive.line, &format!("{how} the result is `{line}`, not `{wanted}`")));
            }
        }
    }
    Ok(())
}

/// Emulation is slow: without `SON_FILES_AARCH64`, files about a target and a slice of the others.
fn is_emulated(file: &File) -> bool {
    let name = file.name().bytes().map(usize::from).sum::<usize>();
    file.all(Key::Target).next().is_some()
        || name % EMULATED_SLICE == 0
        || tools::count_from_env("SON_FILES_AARCH64", 0) > 0
}

/// The call ends as only the interpreter can tell.
fn check_abnormal(module: &Module, call: &Call) -> Result<(), String> {
    let mut module = module.clone();
    add_main(&mut module, std::slice::from_ref(call))?;
    let outcome = run_main(&module, &[b"test"], &Limits::default(), &mut Captured::default());
    match (&outcome, &call.end) {
        (Outcome::Undefined(..), End::Undefined) | (Outcome::Trap(_), End::Trap) => Ok(()),
        _ => Err(format!("the interpreter says: {outcome}")),
    }
}

fn interpreted(module: &Module) -> Result<String, String> {
    let mut host = Captured::default();
    let limits = Limits { check_facts: true, ..Limits::default() };
    match run_main(module, &[b"test"], &limits, &mut host) {
        Outcome::Exit(0) => Ok(String::from_utf8_lossy(&host.output).into_owned()),
        other => Err(other.to_string()),
    }
}

fn native(module: &Module, level: u8, machine: Machine) -> Result<String, String> {
    let mut module = module.clone();
    machine.aim(&mut module);
    let options = son_codegen::Options { level, verify: true, ..son_codegen::Options::default() };
    let object = son_codegen::compile(&module, &options).map_err(|error| error.to_string())?;
    let finished = machine.link_and_run(&object, None).and_then(|finished| finished.succeeded());
    finished.map(|finished| finished.output()).map_err(|failure| failure.0)
}
