//! Programs whose checks a person can prove, in `range/`: which of them does a compiler leave in the object file?
//!
//! The failing side of each check calls a function named after the check's line, so that what an object refers to
//! tells which checks are left, however often a compiler copied them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use object::{Object, ObjectSection, ObjectSymbol, RelocationTarget};

use crate::process::{Failure, Invocation};
use crate::{ir, sonc, tools, workspace};

/// What functions are called that failing checks call, before the line.
const PREFIX: &str = "check_failed_";
/// How checks begin in the source.
const CHECK: &str = "CHECK(";

/// Checks of a program by line.
pub type Lines = BTreeSet<u32>;

/// A program, what its source says, and what compilers leave of it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The file's name without its ending.
    pub name: String,
    /// All checks.
    pub checks: Lines,
    /// Those that `sonc -O2` leaves.
    pub ours: Lines,
    /// Those that `clang -O3` leaves.
    pub clangs: Lines,
}

/// All programs, in the order of their names.
pub fn programs() -> Result<Vec<PathBuf>, Failure> {
    workspace::files_with_ending(&folder(), "c")
}

/// How many programs there are of each family, which is what their names begin with.
pub fn families(programs: &[PathBuf]) -> BTreeMap<String, usize> {
    let mut families = BTreeMap::new();
    for name in programs.iter().map(|program| name_of(program)) {
        let family = name.rsplit_once('_').map_or(name.as_str(), |(family, _)| family);
        *families.entry(family.to_owned()).or_default() += 1;
    }
    families
}

/// The list of the checks that are still left: a program's name, a colon, lines, and after a `#` why they are.
pub fn open_list() -> PathBuf {
    folder().join("open.txt")
}

fn folder() -> PathBuf {
    workspace::tests_folder().join("range")
}

fn name_of(source: &Path) -> String {
    source.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Lines with a check.
pub fn checks_in(text: &str) -> Lines {
    (1..).zip(text.lines()).filter(|(_, line)| line.contains(CHECK)).map(|(number, _)| number).collect()
}

/// Compiles a program with both compilers, looks at which checks are left, and runs what was made, once more with the
/// proven checks kept: it has to print what clang's prints.
pub fn judge(source: &Path) -> Result<Judged, Failure> {
    let folder = tempfile::tempdir()?;
    let [ours, kept, clangs] = ["sonc.o", "kept.o", "clang.o"].map(|name| folder.path().join(name));
    let checks = checks_in(&std::fs::read_to_string(source)?);
    let compile = |out: &Path, options: &[&str]| {
        sonc::sonc(&["cc", "-w", "-O2", "-c"]).args(options).arg(source).arg("-o").arg(out).success()
    };
    compile(&ours, &[])?;
    compile(&kept, &["--keep-proven-checks"])?;
    ir::clang(&["-O3", "-c"]).arg(source).arg("-o").arg(&clangs).success()?;
    let judged =
        Judged { name: name_of(source), ours: left_in(&ours, &checks)?, clangs: left_in(&clangs, &checks)?, checks };
    let failing = folder.path().join("failing.c");
    std::fs::write(&failing, failing_sides(&judged.checks))?;
    let run = |object: &Path| {
        let program = object.with_extension("out");
        Invocation::new(tools::GCC.name).arg(object).arg(&failing).arg("-o").arg(&program).success()?;
        Invocation::new(&program).run()
    };
    let expected = run(&clangs)?.succeeded()?;
    run(&ours)?.same_as(&expected)?;
    run(&kept)?.same_as(&expected).map_err(|failure| failure.at("proven checks"))?;
    Ok(judged)
}

/// The checks whose failing side the object calls.
fn left_in(object: &Path, checks: &Lines) -> Result<Lines, Failure> {
    let bytes = std::fs::read(object)?;
    let broken = |error: object::Error| Failure(format!("{}: {error}", object.display()));
    let file = object::File::parse(&*bytes).map_err(broken)?;
    let mut left = Lines::new();
    for (_, relocation) in file.sections().flat_map(|section| section.relocations()) {
        let RelocationTarget::Symbol(index) = relocation.target() else { continue };
        let symbol = file.symbol_by_index(index).map_err(broken)?;
        let Some(line) = symbol.name().map_err(broken)?.strip_prefix(PREFIX) else { continue };
        let line = line.parse().ok().filter(|line| checks.contains(line));
        left.insert(line.ok_or_else(|| Failure(format!("{} calls an unknown check", object.display())))?);
    }
    Ok(left)
}

/// C source of the functions that failing checks call.
pub fn failing_sides(checks: &Lines) -> String {
    let mut text = String::from("#include <stdio.h>\n#include <stdlib.h>\n");
    for line in checks {
        let body = format!("puts(\"the check of line {line} failed\"); exit(1);");
        writeln!(text, "void {PREFIX}{line}(void) {{ {body} }}").expect("a string can always be written to");
    }
    text
}

/// Reads the list of checks that are still left.
///
/// # Errors
/// Lines that are not of its form.
pub fn parse_open(text: &str) -> Result<BTreeMap<String, Lines>, Failure> {
    let mut open = BTreeMap::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim_end();
        if line.is_empty() {
            continue;
        }
        let parsed = line.split_once(": ").and_then(|(name, lines)| {
            let lines = lines.split(' ').map(|line| line.parse().ok()).collect::<Option<Lines>>();
            lines.map(|lines| (name.to_owned(), lines))
        });
        let (name, lines) = parsed.ok_or_else(|| Failure(format!("{line:?} is not `name: line line ...`")))?;
        open.insert(name, lines);
    }
    Ok(open)
}

/// Lines as the list and the table show them.
pub fn show(lines: &Lines) -> String {
    lines.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")
}

/// The table: a program a line, and the sums.
pub fn table(judged: &[Judged]) -> String {
    let mut text = format!("{:24} {:>6}  {:20} {}\n", "range", "checks", "left by sonc -O2", "left by clang -O3");
    let mut sums = [0; 4];
    for program in judged {
        let Judged { name, checks, ours, clangs } = program;
        writeln!(text, "{name:24} {:6}  {:20} {}", checks.len(), show(ours), show(clangs))
            .expect("a string can always be written to");
        let counts = [checks.len(), ours.len(), clangs.len(), ours.difference(clangs).count()];
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    let [checks, ours, clangs, ours_alone] = sums;
    writeln!(
        text,
        "{} programs, {checks} checks: {ours} left by sonc, {clangs} by clang, {ours_alone} by sonc alone",
        judged.len()
    )
    .expect("a string can always be written to");
    text
}

/// What the list of open checks says otherwise than the object: each left check has to be listed, each listed left.
pub fn differences(judged: &[Judged], open: &BTreeMap<String, Lines>) -> Vec<String> {
    let none = Lines::new();
    let mut found = Vec::new();
    for Judged { name, ours, .. } in judged {
        let listed = open.get(name).unwrap_or(&none);
        let complaints = [(ours - listed, "are left"), (listed - ours, "are gone: take them from the list")];
        for (lines, what) in complaints.iter().filter(|(lines, _)| !lines.is_empty()) {
            found.push(format!("{name}.c: the checks of lines {} {what}", show(lines)));
        }
    }
    let known = |name: &String| judged.iter().any(|program| program.name == *name);
    found.extend(open.keys().filter(|name| !known(name)).map(|name| format!("{name}.c is listed, but not there")));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_compared_both_ways() {
        let judged = [Judged {
            name: "a".to_owned(),
            checks: Lines::from([1, 2, 3]),
            ours: Lines::from([1, 2]),
            clangs: Lines::new(),
        }];
        let differences = |text: &str| differences(&judged, &parse_open(text).unwrap());
        assert_eq!(differences("# comment\n\na: 1 2 # since\n"), [""; 0]);
        assert_eq!(differences("a: 2\n"), ["a.c: the checks of lines 1 are left"]);
        assert_eq!(differences("a: 1 2 3\n").len(), 1);
        assert_eq!(differences("a: 1 2\nb: 1\n"), ["b.c is listed, but not there"]);
        assert!(parse_open("a 1").is_err());
    }

    #[test]
    fn checks_are_found_by_line() {
        assert_eq!(checks_in("int f(int i) {\n  CHECK(i > 0);\n}\n"), Lines::from([2]));
    }
}
