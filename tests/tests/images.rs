//! Objects for systems that tests do not run on: linkers take them, and what they make of them together with clang's
//! objects has the same symbols, sections, contents, calls and unwind tables as what they make of clang's alone.

use object::{Object, ObjectSection, SectionKind};
use son_tests::images::{Name, contents, symbols};
use son_tests::ir::{self, Form};
use son_tests::process::{Failure, Invocation};
use son_tests::{sonc, tools, workspace};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Systems whose objects are Mach-O: clang's name of the target, the linker's of the architecture.
const MACH_O: [(&str, &str); 2] =
    [("--target=x86_64-apple-macosx11", "x86_64"), ("--target=arm64-apple-macosx11", "arm64")];

/// A linked image, by symbols.
struct Image {
    /// Section of each symbol.
    sections: BTreeMap<String, String>,
    /// What symbols of data contain: bytes, and names in place of addresses.
    contents: BTreeMap<String, Vec<String>>,
    /// Who calls whom.
    calls: BTreeMap<String, BTreeSet<String>>,
    /// Functions whose callers a debugger finds.
    unwound: BTreeSet<String>,
}

/// Names of functions that each function calls, from a disassembly.
fn calls(listing: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut calls: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut function = String::new();
    for line in listing.lines() {
        if let Some(name) = line.strip_suffix(':').filter(|name| name.starts_with('_')) {
            function = name.to_owned();
        } else if line.contains("\tcall") || line.contains("\tbl\t") {
            let target = line.rsplit(['\t', ' ']).next().filter(|name| name.starts_with('_'));
            calls.entry(function.clone()).or_default().extend(target.map(str::to_owned));
        }
    }
    calls
}

/// Starts of the functions that have unwind tables.
fn unwound(frames: &str, names: &[Name]) -> BTreeSet<String> {
    let starts = frames.lines().filter_map(|line| line.split_once("pc=")?.1.split_once("...")).map(|(start, _)| start);
    let starts: BTreeSet<u64> = starts.filter_map(|start| u64::from_str_radix(start, 16).ok()).collect();
    names.iter().filter(|name| starts.contains(&name.0)).map(|name| name.2.clone()).collect()
}

fn read(path: &Path) -> Result<Image, Failure> {
    let bytes = std::fs::read(path)?;
    let file = object::File::parse(&*bytes).map_err(|error| Failure(format!("{}: {error}", path.display())))?;
    let names = symbols(&file);
    let mut image = Image {
        sections: BTreeMap::new(),
        contents: BTreeMap::new(),
        calls: calls(&output(tools::LLVM_OBJDUMP, &["-d", "--macho"], path)?),
        unwound: unwound(&output(tools::LLVM_DWARFDUMP, &["--eh-frame"], path)?, &names),
    };
    for (start, end, name) in &names {
        let Some(section) = file.sections().find(|s| (s.address()..s.address() + s.size()).contains(start)) else {
            continue;
        };
        let full = format!(
            "{},{}",
            section.segment_name().ok().flatten().unwrap_or_default(),
            section.name().unwrap_or_default()
        );
        image.sections.insert(name.clone(), full);
        if matches!(section.kind(), SectionKind::Data | SectionKind::ReadOnlyData | SectionKind::Tls) {
            image.contents.insert(name.clone(), contents(&file, &names, *start, *end));
        }
    }
    Ok(image)
}

fn output(tool: tools::Tool, arguments: &[&str], path: &Path) -> Result<String, Failure> {
    Ok(Invocation::new(tool.name).args(arguments).arg(path).success()?.output())
}

fn link(architecture: &str, objects: &[&Path], image: &Path) -> Result<(), Failure> {
    Invocation::new(tools::LD64.name)
        .args(["-arch", architecture, "-platform_version", "macos", "11.0", "11.0", "-no_fixup_chains", "-e", "_main"])
        .args(objects)
        .arg(workspace::tests_folder().join("images/system.tbd"))
        .arg("-o")
        .arg(image)
        .success()
        .map(drop)
}

#[test]
fn mach_o_links() -> Result<(), Failure> {
    let needed = [tools::CLANG, tools::LD64, tools::LLVM_OBJDUMP, tools::LLVM_DWARFDUMP];
    if !tools::require("images::mach_o_links", &needed) {
        return Ok(());
    }
    MACH_O.into_iter().try_for_each(|(target, architecture)| {
        compare_mach_o(target, architecture).map_err(|failure| failure.at(target))
    })
}

fn compare_mach_o(target: &str, architecture: &str) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    let source = |name: &str| -> PathBuf { workspace::tests_folder().join("images").join(name) };
    let (own, other) = (source("own.c"), at("other.o"));
    ir::clang(&[target, "-O2", "-c"]).arg(source("other.c")).arg("-o").arg(&other).success()?;
    let reference = |level: &str| -> Result<Image, Failure> {
        ir::clang(&[target, level, "-fno-inline", "-c"]).arg(&own).arg("-o").arg(at("clang.o")).success()?;
        link(architecture, &[&at("clang.o"), &other], &at("clang"))?;
        read(&at("clang"))
    };
    for (level, form) in [("-O0", Form::Unoptimized), ("-O2", Form::Optimizable)] {
        let clang = reference(level)?;
        ir::emit(form, &own, &at("own.ll"), &[target])?;
        sonc::build_object(level, &at("own.ll"), &at("son.o")).success()?;
        link(architecture, &[&at("son.o"), &other], &at("son"))?;
        compare(&read(&at("son"))?, &clang, level)?;
    }
    Ok(())
}

fn compare(son: &Image, clang: &Image, level: &str) -> Result<(), Failure> {
    // What optimizers know all uses of, they may drop or change: clang runs the constructor itself.
    let known = |name: &str| level != "-O0" && ["_twice", "_begin", "_counter"].contains(&name);
    for (name, section) in &clang.sections {
        let found = son.sections.get(name);
        if found != Some(section) && !(known(name) && found.is_none()) {
            return Err(Failure(format!("at {level}: {name} is in {found:?}, by clang in {section}")));
        }
    }
    for (name, words) in clang.contents.iter().filter(|(name, _)| !known(name)) {
        // Where what follows has no name in the image, one of them may seem longer.
        if son.contents.get(name).is_some_and(|own| own.iter().zip(words).any(|(own, theirs)| own != theirs)) {
            return Err(Failure(format!("at {level}: {name} is {:?}, by clang {words:?}", son.contents[name])));
        }
    }
    if level == "-O0" && son.calls != clang.calls {
        return Err(Failure(format!("at {level}: calls are {:?}, by clang {:?}", son.calls, clang.calls)));
    }
    for name in ["_choose", "_scale", "_main", "_weak_one", "_hidden_one"] {
        if !son.unwound.contains(name) {
            return Err(Failure(format!("at {level}: {name} has no unwind table: {:?}", son.unwound)));
        }
    }
    Ok(())
}
