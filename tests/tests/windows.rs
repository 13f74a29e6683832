//! Programs for Windows: images of what `sonc` and clang compile have the same symbols in the same sections, and entries
//! in the tables that unwinders read; what they print is the same, and so is the number of frames that the system finds.

use son_tests::ir::{self, Form};
use son_tests::process::{Failure, Invocation};
use son_tests::{sonc, tools, windows, workspace};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The values of a field in what `llvm-readobj` prints.
fn fields<'a>(text: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let name = format!("{name}: ");
    text.lines().filter_map(move |line| line.trim_start().strip_prefix(&name))
}

fn readobj(option: &str, path: &Path) -> Result<String, Failure> {
    Ok(Invocation::new(tools::LLVM_READOBJ.name).arg(option).arg(path).success()?.output())
}

/// Sections of symbols.
fn symbols(image: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let text = readobj("--symbols", image)?;
    let names = fields(&text, "Name").zip(fields(&text, "Section"));
    Ok(names.map(|(name, section)| (name.to_owned(), section.to_owned())).collect())
}

/// Functions that have unwind tables; the codes of all of them can be read.
fn unwound(image: &Path) -> Result<BTreeSet<String>, Failure> {
    let text = readobj("--unwind", image)?;
    let starts = fields(&text, "StartAddress").chain(fields(&text, "Function"));
    let names = starts.filter_map(|text| text.split(' ').next());
    Ok(names.map(str::to_owned).collect())
}

/// What the program prints at a level, compared with what clang's prints.
fn compare(machine: windows::Machine, source: &Path, folder: &Path) -> Result<(), Failure> {
    let at = |name: &str| folder.join(name);
    let reference = ir::clang(&[machine.target, "-O1", "-fno-optimize-sibling-calls", "-c"]);
    reference.arg(source).arg("-o").arg(at("clang.obj")).success()?;
    windows::link(machine, &[at("clang.obj")], &at("clang.exe"))?;
    let clang = symbols(&at("clang.exe"))?;
    let runs = machine.runs() && tools::require("windows::programs_run", &[tools::WINE]);
    let expected = if runs { Some(windows::run(&at("clang.exe")).success()?.output()) } else { None };
    for (level, form) in [("-O0", Form::Unoptimized), ("-O2", Form::Optimizable)] {
        ir::emit(form, source, &at("son.ll"), &[machine.target, "-fno-optimize-sibling-calls"])?;
        sonc::build_object(level, &at("son.ll"), &at("son.obj")).success()?;
        windows::link(machine, &[at("son.obj")], &at("son.exe"))?;
        let son = symbols(&at("son.exe"))?;
        for name in ["main", "frames", "weak", "exported", "counter", "imported"] {
            if son.get(name) != clang.get(name) {
                let (ours, theirs) = (son.get(name), clang.get(name));
                return Err(Failure(format!("at {level}: {name} is in {ours:?}, by clang in {theirs:?}")));
            }
        }
        let tables = unwound(&at("son.exe"))?;
        if let Some(name) = ["main", "frames"].into_iter().find(|&name| !tables.contains(name)) {
            return Err(Failure(format!("at {level}: {name} has no unwind table: {tables:?}")));
        }
        if let Some(expected) = &expected {
            let actual = windows::run(&at("son.exe")).success()?.output();
            if let Some(difference) = son_tests::process::first_difference(expected, &actual) {
                return Err(Failure(difference).at(level));
            }
        }
    }
    Ok(())
}

#[test]
fn images() -> Result<(), Failure> {
    if !tools::require("windows::images", &windows::LINKING)
        || !tools::require("windows::images", &[tools::LLVM_READOBJ])
    {
        return Ok(());
    }
    let source = workspace::tests_folder().join("windows/program.c");
    for machine in windows::MACHINES {
        let folder = tempfile::tempdir()?;
        compare(machine, &source, folder.path()).map_err(|failure| failure.at(machine.target))?;
    }
    Ok(())
}
