//! Programs for Windows: objects of `sonc` and clang have the same relocations, their images the same symbols in the same
//! sections with the same contents, and the same functions in the tables that unwinders read; what they print is the
//! same, and so is the number of frames that the system finds.

use object::{Object, ObjectSection};
use son_tests::images::{contents, relocations};
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

/// An object and the image made of it.
struct Program {
    symbols: BTreeMap<String, String>,
    contents: BTreeMap<String, Vec<String>>,
    unwound: BTreeSet<String>,
    relocations: BTreeMap<String, BTreeSet<(u16, String)>>,
}

fn read(object: &Path, image: &Path) -> Result<Program, Failure> {
    let bytes = [std::fs::read(object)?, std::fs::read(image)?];
    let parse = |bytes| object::File::parse(bytes).map_err(|error| Failure(error.to_string()));
    let [object, linked] = [parse(&*bytes[0])?, parse(&*bytes[1])?];
    let names = son_tests::images::symbols(&linked);
    let mut relocations = relocations(&object);
    for targets in relocations.values_mut() {
        // The start calls it as well.
        targets.retain(|(_, name)| name != "__main");
    }
    let is_data = |address: u64| {
        let holds =
            |section: &object::Section| (section.address()..section.address() + section.size()).contains(&address);
        let name = linked.sections().find(holds).and_then(|section| Some(section.name().ok()?.to_owned()));
        name.is_some_and(|name| [".data", ".rdata", ".tls", ".CRT"].contains(&name.as_str()))
    };
    let data = names.iter().filter(|name| is_data(name.0));
    Ok(Program {
        symbols: symbols(image)?,
        contents: data.map(|(start, end, name)| (name.clone(), contents(&linked, &names, *start, *end))).collect(),
        unwound: unwound(image)?,
        relocations,
    })
}

/// Symbols of the program that optimizers keep.
const KEPT: [&str; 8] = ["main", "frames", "weak", "exported", "counter", "imported", "names", "chosen"];

fn compare(son: &Program, clang: &Program, level: &str) -> Result<(), Failure> {
    let differ = |what: &str, son: String, clang: String| {
        if son == clang { Ok(()) } else { Err(Failure(format!("at {level}: {what} is {son}, by clang {clang}"))) }
    };
    for name in KEPT {
        differ(name, format!("{:?}", son.symbols.get(name)), format!("{:?}", clang.symbols.get(name)))?;
        if let (Some(own), Some(theirs)) = (son.contents.get(name), clang.contents.get(name)) {
            // Where what follows has no name in the image, one of them may seem longer.
            let count = own.len().min(theirs.len());
            differ(
                &format!("the content of {name}"),
                format!("{:?}", &own[..count]),
                format!("{:?}", &theirs[..count]),
            )?;
        }
    }
    for section in [".data", ".rdata"] {
        let of = |program: &Program| format!("{:x?}", program.relocations.get(section));
        differ(&format!("relocations of {section}"), of(son), of(clang))?;
    }
    if level == "-O0" {
        let of = |program: &Program| format!("{:x?}", program.relocations.get(".text"));
        differ("relocations of code", of(son), of(clang))?;
    }
    let framed = ["main", "frames", "large", "growing", "aligned", "floats", "variable", "choose", "deep"];
    let optional = |name: &&&str| level == "-O0" || ["main", "frames"].contains(*name);
    match framed.iter().filter(optional).find(|name| !son.unwound.contains(**name)) {
        Some(name) => Err(Failure(format!("at {level}: {name} has no unwind table: {:?}", son.unwound))),
        None => Ok(()),
    }
}

/// Compares what clang makes of the program with what `sonc` does at each level.
fn compare_all(machine: windows::Machine, source: &Path, folder: &Path) -> Result<(), Failure> {
    let at = |name: &str| folder.join(name);
    let runs = machine.runs() && tools::require("windows::programs_run", &[tools::WINE]);
    for (level, form) in [("-O0", Form::Unoptimized), ("-O2", Form::Optimizable)] {
        let options = [machine.target, "-fno-optimize-sibling-calls"];
        ir::clang(&options).args([level, "-c"]).arg(source).arg("-o").arg(at("clang.obj")).success()?;
        windows::link(machine, &[at("clang.obj")], &at("clang.exe"))?;
        ir::emit(form, source, &at("son.ll"), &options)?;
        sonc::build_object(level, &at("son.ll"), &at("son.obj")).success()?;
        windows::link(machine, &[at("son.obj")], &at("son.exe"))?;
        compare(&read(&at("son.obj"), &at("son.exe"))?, &read(&at("clang.obj"), &at("clang.exe"))?, level)?;
        if runs {
            let [expected, actual] = [at("clang.exe"), at("son.exe")].map(|image| windows::run(&image).success());
            let (expected, actual) = (expected?.output(), actual?.output());
            if let Some(difference) = son_tests::process::first_difference(&expected, &actual) {
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
        compare_all(machine, &source, folder.path()).map_err(|failure| failure.at(machine.target))?;
    }
    Ok(())
}
