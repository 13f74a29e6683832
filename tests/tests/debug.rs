//! What objects tell debuggers: independent readers take it, it names lines that clang's names and all that have code at
//! every level, every format says the same of the same code, and debuggers stop where they are told to.

use son_tests::ir::{self, Form};
use son_tests::process::{Failure, Invocation};
use son_tests::{sonc, tools, windows, workspace};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const LEVELS: [(&str, Form); 2] = [("-O0", Form::Unoptimized), ("-O2", Form::Optimizable)];

/// Targets whose debuggers read DWARF, those with the same code in a row: the first is ELF.
const DWARF: [&[&str]; 3] = [
    &["--target=x86_64-linux-gnu", "--target=x86_64-apple-macosx11"],
    &["--target=aarch64-linux-gnu", "--target=arm64-apple-macosx11"],
    &["--target=x86_64-pc-windows-gnu"],
];

/// A file by the last part of its name, and a line of it.
type Place = (String, u32);

/// Checks lines against those that are marked in the source, and those that clang names at `-O0`.
fn check_places(actual: &BTreeSet<Place>, clang: &BTreeSet<Place>, case: &str) -> Result<(), Failure> {
    let folder = source().with_file_name("");
    for file in ["program.c", "shared.h"] {
        let text = std::fs::read_to_string(folder.join(file))?;
        for (number, _) in text.lines().enumerate().filter(|(_, line)| line.ends_with("// line")) {
            let place = (file.to_owned(), number as u32 + 1);
            assert!(actual.contains(&place), "{case}: {place:?} is missing in {actual:?}");
        }
    }
    assert!(actual.is_subset(clang), "{case}: {actual:?}, by clang {clang:?}");
    Ok(())
}

fn source() -> PathBuf {
    workspace::tests_folder().join("debug/program.c")
}

fn last_part(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}

/// Compiles the program by clang and by `sonc`: paths of both objects.
fn compile(folder: &Path, target: &str, (level, form): (&str, Form)) -> Result<[PathBuf; 2], Failure> {
    let at = |name: &str| folder.join(name);
    ir::clang(&[target, level, "-g", "-c"]).arg(source()).arg("-o").arg(at("clang.o")).success()?;
    ir::emit(form, &source(), &at("son.ll"), &[target, "-g"])?;
    sonc::build_object(level, &at("son.ll"), &at("son.o")).arg("-g").success()?;
    Ok([at("clang.o"), at("son.o")])
}

fn print(tool: tools::Tool, arguments: &[&str], path: &Path) -> Result<String, Failure> {
    Ok(Invocation::new(tool.name).args(arguments).arg(path).success()?.output())
}

/// The rows of the table of lines, with columns.
fn rows(object: &Path) -> Result<Vec<(Place, u32)>, Failure> {
    let text = print(tools::LLVM_DWARFDUMP, &["--debug-line"], object)?;
    let number = |line: &str| line.strip_prefix("file_names[")?.split(']').next()?.trim().parse().ok();
    let names: BTreeMap<u32, String> =
        text.lines().filter_map(number).zip(quoted(&text, "name:").map(last_part)).collect();
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |at: usize| words.get(at)?.parse::<u32>().ok();
        let file = names.get(&number(3)?)?.clone();
        Some(((file, number(1)?), number(2)?))
    };
    Ok(text.lines().filter(|line| line.starts_with("0x") && !line.contains("end_sequence")).filter_map(row).collect())
}

/// Strings behind a word.
fn quoted<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    let after = move |line: &'a str| line.trim_start().strip_prefix(word)?.trim().strip_prefix('"')?.strip_suffix('"');
    text.lines().filter_map(after)
}

/// Line 0 is no place.
fn places(rows: &[(Place, u32)]) -> BTreeSet<Place> {
    rows.iter().map(|(place, _)| place.clone()).filter(|place| place.1 != 0).collect()
}

#[test]
fn dwarf() -> Result<(), Failure> {
    if !tools::require("debug::dwarf", &[tools::CLANG, tools::LLVM_DWARFDUMP]) {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let mut known = BTreeSet::new();
    for (targets, level) in DWARF.iter().flat_map(|targets| LEVELS.map(|level| (targets, level))) {
        let mut first = None;
        for target in *targets {
            let [clang, son] = compile(folder.path(), target, level)?;
            print(tools::LLVM_DWARFDUMP, &["--verify"], &son)?;
            let actual = rows(&son)?;
            if level.0 == "-O0" {
                known = places(&rows(&clang)?);
            }
            check_places(&places(&actual), &known, target)?;
            let functions = print(tools::LLVM_DWARFDUMP, &["--debug-info"], &son)?;
            for name in ["leaf", "around", "main", "counted"] {
                assert!(functions.contains(&format!("(\"{name}\")")), "{target} {}: {name}:\n{functions}", level.0);
            }
            assert_eq!(first.get_or_insert_with(|| actual.clone()), &actual, "{target} {}: not as in ELF", level.0);
        }
    }
    Ok(())
}

/// Lines of each function, as `llvm-readobj` prints CodeView.
fn codeview_lines(object: &Path) -> Result<BTreeMap<String, BTreeSet<Place>>, Failure> {
    let text = print(tools::LLVM_READOBJ, &["--codeview"], object)?;
    let mut found: BTreeMap<String, BTreeSet<Place>> = BTreeMap::new();
    let (mut function, mut file) = (None, String::new());
    for line in text.lines().map(str::trim) {
        match line.split_once(": ") {
            None if line == "FunctionLineTable [" => function = Some(String::new()),
            Some(("LinkageName", name)) if function.is_some() => function = Some(name.to_owned()),
            Some(("Filename", name)) => file = last_part(name.split(" (").next().unwrap_or_default()),
            Some(("LineNumberStart", number)) => {
                let place = (file.clone(), number.parse().unwrap_or_default());
                found.entry(function.clone().unwrap_or_default()).or_default().insert(place);
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Checksums of the files.
fn checksums(object: &Path) -> Result<BTreeSet<String>, Failure> {
    let text = print(tools::LLVM_READOBJ, &["--codeview"], object)?;
    Ok(text.lines().filter_map(|line| line.trim().strip_prefix("ChecksumBytes: ")).map(str::to_owned).collect())
}

#[test]
fn codeview() -> Result<(), Failure> {
    let needed = [tools::CLANG, tools::LLVM_READOBJ, tools::LLD_LINK, tools::LLVM_PDBUTIL];
    if !tools::require("debug::codeview", &needed) || !tools::require("debug::codeview", &windows::LINKING) {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    for machine in windows::MACHINES.into_iter().filter(|machine| !machine.is_gnu()) {
        let mut known = BTreeSet::new();
        for level in LEVELS {
            let [clang, son] = compile(folder.path(), machine.target, level)?;
            let (expected, actual) = (codeview_lines(&clang)?, codeview_lines(&son)?);
            assert_eq!(checksums(&son)?, checksums(&clang)?, "{}", machine.target);
            let all = |lines: &BTreeMap<String, BTreeSet<Place>>| lines.values().flatten().cloned().collect();
            if level.0 == "-O0" {
                known = all(&expected);
                let by_name = actual.iter().all(|(name, places)| places.is_subset(&expected[name]));
                assert!(by_name && actual.len() == expected.len(), "{}: {actual:?}", machine.target);
            }
            check_places(&all(&actual), &known, machine.target)?;
            check_pdb(machine, &son, &actual)?;
        }
    }
    Ok(())
}

/// The linker makes a database of them that has all functions and lines.
fn check_pdb(
    machine: windows::Machine,
    object: &Path,
    lines: &BTreeMap<String, BTreeSet<Place>>,
) -> Result<(), Failure> {
    let (image, database) = (object.with_extension("exe"), object.with_extension("pdb"));
    windows::link_with(machine, &["/debug"], &[object.to_owned()], &image)?;
    let symbols = print(tools::LLVM_PDBUTIL, &["dump", "-symbols"], &database)?;
    let table = print(tools::LLVM_PDBUTIL, &["dump", "-l"], &database)?;
    for name in lines.keys() {
        assert!(symbols.contains("PROC32") && symbols.contains(&format!("`{name}`")), "{name}:\n{symbols}");
    }
    let numbers: BTreeSet<u32> = table.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    for (file, line) in lines.values().flatten() {
        assert!(table.contains(file.as_str()) && numbers.contains(line), "{file}:{line}:\n{table}");
    }
    Ok(())
}

/// A debugger of this system stops at lines and functions, and names the lines of callers.
#[test]
fn debuggers_stop_at_lines() -> Result<(), Failure> {
    if !tools::require("debug::debuggers_stop_at_lines", &[tools::CLANG, tools::GDB]) {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    for level in ["-O0", "-O2"] {
        let program = folder.path().join("program");
        sonc::cc(level, &source(), &program, &["-g"])?.succeeded()?;
        let debugger = Invocation::new(tools::GDB.name).args(["-nx", "-batch", "-ex", "break shared.h:13"]);
        let debugger = debugger.args(["-ex", "break around", "-ex", "run", "-ex", "continue", "-ex", "bt"]);
        let said = debugger.arg(&program).unlimited().success()?.output();
        let expected = [
            "Breakpoint 2, around",
            "Breakpoint 1, counted",
            "shared.h:13",
            "program.c:8",
            "program.c:14",
            "program.c:19",
        ];
        in_order(&said, &expected).map_err(|failure| failure.at(level))?;
    }
    Ok(())
}

/// Does a text contain these, one after the other?
fn in_order(text: &str, parts: &[&str]) -> Result<(), Failure> {
    let mut rest = text;
    for part in parts {
        let found = rest.find(part).ok_or_else(|| Failure(format!("no {part} in\n{text}")))?;
        rest = &rest[found + part.len()..];
    }
    Ok(())
}

/// What was inlined has a frame of its own, and the tables that say so are right in every format.
#[test]
fn debuggers_show_inlined_calls() -> Result<(), Failure> {
    let needed = [tools::CLANG, tools::GDB, tools::LLVM_DWARFDUMP];
    if !tools::require("debug::debuggers_show_inlined_calls", &needed) {
        return Ok(());
    }
    let source = source().with_file_name("inlined.c");
    let folder = tempfile::tempdir()?;
    for level in ["-O0", "-O2"] {
        let program = folder.path().join("program");
        sonc::cc(level, &source, &program, &["-g"])?.succeeded()?;
        let debugger = Invocation::new(tools::GDB.name).args(["-nx", "-batch", "-ex", "break inlined.c:5"]);
        let debugger = debugger.args(["-ex", "run", "-ex", "bt", "-ex", "continue", "-ex", "bt"]);
        let said = debugger.arg(&program).unlimited().success()?.output();
        let frames = |call| ["inner ()", "inlined.c:5", "outer ()", call, "around ()", "inlined.c:15", "main ()"];
        let expected = [frames("inlined.c:10"), frames("inlined.c:11")].concat();
        in_order(&said, &expected).map_err(|failure| failure.at(level))?;
    }
    for target in DWARF.into_iter().flatten() {
        let (text, object) = (folder.path().join("inlined.ll"), folder.path().join("inlined.o"));
        ir::emit(Form::Optimizable, &source, &text, &[target, "-g"])?;
        sonc::build_object("-O2", &text, &object).arg("-g").success()?;
        print(tools::LLVM_DWARFDUMP, &["--verify"], &object)?;
        let entries = print(tools::LLVM_DWARFDUMP, &["--debug-info"], &object)?;
        assert_eq!(entries.matches("DW_TAG_inlined_subroutine").count(), 3, "{target}:\n{entries}");
    }
    Ok(())
}
