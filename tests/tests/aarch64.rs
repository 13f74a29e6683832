//! AArch64 under an emulator: programs compiled for it by `sonc` print what those of clang print.
//!
//! `AARCH64_CSMITH` is the number of random programs, those that end in time from seed `AARCH64_CSMITH_SEED` on;
//! `AARCH64_ALL=1` runs all programs of `alloc` and `range`, of which else a slice is run.

use std::path::{Path, PathBuf};

use son_tests::aarch64::{Compiler, Counter, backtrace, can_run, emulated, link};
use son_tests::process::{Failure, first_difference};
use son_tests::programs::{PROGRAMS, Program};
use son_tests::{alloc, csmith, images, libraries, lua, parallel, range, tools, workspace};

const LEVELS: [&str; 2] = ["-O0", "-O2"];
/// Whose results are right.
const REFERENCE: Compiler = Compiler::Clang("-O1");
/// Without `AARCH64_CSMITH`.
const DEFAULT_CSMITH: usize = 8;
/// Of programs of which a slice is run, one in so many.
const SLICE: usize = 6;
/// The geometric mean of executed instructions against clang's is not above this.
const INSTRUCTIONS_LIMIT: f64 = 1.2;

/// Compares what the program of a C file prints with what clang's prints, at all levels.
fn compare(source: &Path, argument: Option<&str>, options: &[String]) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let run = |compiler: Compiler| -> Result<_, Failure> {
        let (object, program) = (folder.path().join("program.o"), folder.path().join("program"));
        compiler.object_at(source, &object, options)?;
        link(&[object], &program)?;
        emulated(&program).args(argument).success()
    };
    let expected = run(REFERENCE)?;
    for level in LEVELS {
        let case = format!("{} at {level}", source.display());
        run(Compiler::Sonc(level)).and_then(|actual| actual.same_as(&expected)).map_err(|f| f.at(&case))?;
    }
    Ok(())
}

#[test]
fn programs() {
    if can_run("programs") {
        parallel::check(&PROGRAMS, |program| compare(&program.source(), Some(program.small), &[]));
    }
}

/// Executed instructions and bytes of code of one program, by `sonc` and by clang.
struct Measured {
    name: &'static str,
    executed: [u64; 2],
    code: [u64; 2],
}

fn ratio([ours, reference]: [u64; 2]) -> f64 {
    ours as f64 / reference as f64
}

fn measure(program: &Program, counter: &Counter) -> Result<Measured, Failure> {
    let folder = tempfile::tempdir()?;
    let (mut executed, mut code, mut outputs) = ([0; 2], [0; 2], Vec::new());
    for (number, compiler) in [Compiler::Sonc("-O2"), Compiler::Clang("-O2")].into_iter().enumerate() {
        let (object, built) = (folder.path().join("program.o"), folder.path().join("program"));
        compiler.object_at(&program.source(), &object, &[])?;
        code[number] = images::code_size(&object)?;
        link(&[object], &built)?;
        let (finished, count) = counter.run(&built, program.counted)?;
        executed[number] = count;
        outputs.push(finished);
    }
    outputs[0].same_as(&outputs[1]).map_err(|failure| failure.at(program.name))?;
    Ok(Measured { name: program.name, executed, code })
}

/// The table goes to standard error.
#[test]
fn executed_instructions() -> Result<(), Failure> {
    if !can_run("executed_instructions") {
        return Ok(());
    }
    let counter = Counter::new()?;
    let measured = parallel::map(&PROGRAMS, |program| measure(program, &counter));
    let measured = measured.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut table = format!("{:<16} {:>12} {:>12} {:>7} {:>7}\n", "AArch64 -O2", "executed", "clang", "ratio", "code");
    for row in &measured {
        let ([ours, clang], code) = (row.executed, ratio(row.code));
        table += &format!("{:<16} {ours:>12} {clang:>12} {:>7.3} {code:>7.3}\n", row.name, ratio(row.executed));
    }
    let mean = |of: fn(&Measured) -> [u64; 2]| {
        (measured.iter().map(|row| ratio(of(row)).ln()).sum::<f64>() / measured.len() as f64).exp()
    };
    let (executed, code) = (mean(|row| row.executed), mean(|row| row.code));
    table += &format!("{:<42} {executed:>7.3} {code:>7.3}\n", "geometric mean");
    tools::report(&table);
    assert!(executed <= INSTRUCTIONS_LIMIT, "{table}");
    Ok(())
}

#[test]
fn features() -> Result<(), Failure> {
    if can_run("features") {
        let sources = workspace::files_with_ending(&workspace::tests_folder().join("c"), "c")?;
        parallel::check(&sources, |source| compare(source, None, &["-pthread".to_owned()]));
    }
    Ok(())
}

/// Compiles all files and links them.
fn built(compiler: Compiler, files: &[PathBuf], options: &[String], folder: &Path) -> Result<PathBuf, Failure> {
    let objects = parallel::map(files, |file| {
        let name = file.file_stem().expect("a source has a name").to_string_lossy();
        let object = folder.join(format!("{name}.{compiler:?}.o"));
        compiler.object_at(file, &object, options).map(|()| object)
    });
    let program = folder.join(format!("program{compiler:?}"));
    link(&objects.into_iter().collect::<Result<Vec<_>, _>>()?, &program)?;
    Ok(program)
}

/// Compares what a program of several files prints.
fn compare_all(files: &[PathBuf], argument: Option<&str>, options: &[String]) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let run = |compiler: Compiler| {
        let program = built(compiler, files, options, folder.path())?;
        let mut finished = emulated(&program).args(argument).success()?;
        finished.stderr.clear();
        Ok(finished)
    };
    let expected = run(REFERENCE)?;
    LEVELS.iter().try_for_each(|level| {
        let actual = run(Compiler::Sonc(level)).and_then(|actual| actual.same_as(&expected));
        actual.map_err(|failure: Failure| failure.at(format!("{} at {level}", files[0].display())))
    })
}

/// All programs, or one in so many.
fn slice<T>(programs: Vec<T>) -> Vec<T> {
    let step = if tools::count_from_env("AARCH64_ALL", 0) > 0 { 1 } else { SLICE };
    programs.into_iter().step_by(step).collect()
}

/// With newer atomic instructions, marked branch targets and signed return addresses.
#[test]
fn features_of_newer_processors() -> Result<(), Failure> {
    if can_run("features_of_newer_processors") {
        let options = ["-pthread", "-march=armv8.1-a", "-mbranch-protection=standard"].map(str::to_owned);
        let names = ["atomics", "computed_goto", "nonlocal_jumps", "switches", "function_pointers"];
        let sources = names.map(|name| workspace::tests_folder().join(format!("c/{name}.c")));
        let newer = workspace::files_with_ending(&workspace::tests_folder().join("newer"), "c")?;
        parallel::check(&[&sources[..], &newer].concat(), |source| compare(source, None, &options));
    }
    Ok(())
}

/// What other targets can do on newer processors only.
#[test]
fn features_of_all_processors() -> Result<(), Failure> {
    if can_run("features_of_all_processors") {
        let sources = workspace::files_with_ending(&workspace::tests_folder().join("newer"), "c")?;
        parallel::check(&sources, |source| compare(source, None, &["-pthread".to_owned()]));
    }
    Ok(())
}

#[test]
fn long_doubles() -> Result<(), Failure> {
    match can_run("long_doubles") {
        true => compare(&workspace::tests_folder().join("aarch64/long_double.c"), None, &[]),
        false => Ok(()),
    }
}

/// A function whose tests of bits and compares jump over so many stores, of which the last `kept` are there.
fn far_jumps(stores: usize, kept: usize) -> String {
    let store = "v[i & 7] = i + K; ";
    let body =
        |end: usize| -> String { (end - kept..end).map(|number| store.replace('K', &number.to_string())).collect() };
    let (first, second) = (body(stores), body(2 * stores));
    format!(
        "#include <stdio.h>\nvolatile int v[8];\n\
         __attribute__((noinline)) int f(int i, long mask) {{\n\
         for (int round = 0; round < 3; round++) {{\n\
         if (mask & 1L << 40) {{ {first} }}\n\
         if (i > round) {{ {second} }}\n\
         i += v[i & 7] & 3; }}\n\
         return i; }}\n\
         int main(void) {{ for (int i = 0; i < 4; i++) printf(\"%d %d\\n\", f(i, 1L << (40 + (i & 1))), v[3]); }}\n"
    )
}

/// Tests of bits reach 32 KB, conditional jumps 1 MB.
#[test]
fn jumps_reach_far() {
    if can_run("jumps_reach_far") {
        parallel::check(&[20, 3_000, 90_000], |&stores| {
            let folder = tempfile::tempdir()?;
            let run = |compiler: Compiler, kept: usize| {
                let (source, program) = (folder.path().join("far.c"), folder.path().join("far"));
                std::fs::write(&source, far_jumps(stores, kept))?;
                link(&[compiler.object(&source, &[])?], &program)?;
                emulated(&program).success()
            };
            // Only the last store of each run is seen.
            let expected = run(REFERENCE, 1)?;
            LEVELS.iter().try_for_each(|level| {
                let actual = run(Compiler::Sonc(level), stores).and_then(|actual| actual.same_as(&expected));
                actual.map_err(|failure: Failure| failure.at(format!("{stores} stores at {level}")))
            })
        });
    }
}

/// A debugger finds the callers of a function through frames of ours, by their unwind tables.
#[test]
fn debuggers_walk_the_stack() -> Result<(), Failure> {
    let tools = [tools::GDB_MULTIARCH];
    if !can_run("debuggers_walk_the_stack") || !tools::require("aarch64::debuggers_walk_the_stack", &tools) {
        return Ok(());
    }
    let source = workspace::tests_folder().join("aarch64/frames.c");
    let folder = tempfile::tempdir()?;
    for level in LEVELS {
        let (object, program) = (folder.path().join("frames.o"), folder.path().join("frames"));
        Compiler::Sonc(level).object_at(&source, &object, &[])?;
        link(&[object], &program)?;
        let mut frames = backtrace(&program, "reached")?;
        // Some calls of a function by itself may be inlined.
        frames.dedup();
        let expected = ["reached", "leaf_of_floats", "with_array", "recursive", "main"];
        assert_eq!(frames, expected, "{level}");
    }
    Ok(())
}

#[test]
fn libraries_do_the_same() -> Result<(), Failure> {
    if can_run("libraries_do_the_same") && workspace::require_sources("aarch64::libraries_do_the_same") {
        parallel::check(&slice(libraries::LIBRARIES.iter().collect()), |library| {
            let sources = library.sources()?;
            compare_all(&sources.files, None, &sources.options).map_err(|failure| failure.at(library.name))
        });
    }
    Ok(())
}

#[test]
fn programs_that_allocate() -> Result<(), Failure> {
    if can_run("programs_that_allocate") {
        // Those in C: other languages would need their libraries for the target.
        let in_c = |source: &PathBuf| source.extension().is_some_and(|ending| ending == "c");
        let programs = slice(alloc::programs()?.sources.into_iter().filter(in_c).collect());
        parallel::check(&programs, |source| compare_all(std::slice::from_ref(source), Some("50"), &[]));
    }
    Ok(())
}

#[test]
fn programs_with_proven_checks() -> Result<(), Failure> {
    if can_run("programs_with_proven_checks") {
        parallel::check(&slice(range::programs()?), |source| {
            let folder = tempfile::tempdir()?;
            let failing = folder.path().join("failing.c");
            std::fs::write(&failing, range::failing_sides(&range::checks_in(&std::fs::read_to_string(source)?)))?;
            compare_all(&[source.clone(), failing], None, &[])
        });
    }
    Ok(())
}

#[test]
fn lua_scripts() -> Result<(), Failure> {
    if !can_run("lua_scripts") || !workspace::require_sources("aarch64::lua_scripts") {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let sources = lua::sources()?;
    let interpreter = |compiler: Compiler| built(compiler, &sources.files, &sources.options, folder.path());
    let reference = interpreter(REFERENCE)?;
    let ours = LEVELS.iter().map(|&level| interpreter(Compiler::Sonc(level))).collect::<Result<Vec<_>, _>>()?;
    parallel::check(&lua::scripts()?, |script| {
        let name = script.file_name().expect("a script has a name");
        let run = |program: &Path| {
            emulated(program).arg(name).directory(script.parent().expect("a script is in a folder")).success()
        };
        let expected = run(&reference)?;
        ours.iter().try_for_each(|program| run(program)?.same_as(&expected).map_err(|f| f.at(script.display())))
    });
    Ok(())
}

/// Prints the program of a seed what clang's does on this processor? What clang optimizes is no reference: that may end
/// a loop that has no end.
fn check_seed(seed: u64) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let (source, program) = (folder.path().join("program.c"), folder.path().join("program"));
    csmith::generate(seed, &source)?;
    let expected = csmith::reference(seed)?;
    LEVELS.iter().try_for_each(|level| {
        let object = Compiler::Sonc(level).object(&source, &[csmith::include_option().to_owned()])?;
        link(&[object], &program)?;
        let output = emulated(&program).success()?.output();
        first_difference(&expected, &output).map_or(Ok(()), |difference| Err(Failure(difference).at(level)))
    })
}

#[test]
fn random_programs() -> Result<(), Failure> {
    if !can_run("random_programs") || !tools::require("aarch64::random_programs", &[tools::CSMITH]) {
        return Ok(());
    }
    let first = tools::count_from_env("AARCH64_CSMITH_SEED", 1) as u64;
    let seeds = csmith::ending_seeds(first, tools::count_from_env("AARCH64_CSMITH", DEFAULT_CSMITH))?;
    parallel::check(&seeds, |&seed| check_seed(seed).map_err(|f| f.at(format!("seed {seed}"))));
    let last = seeds.last().copied().unwrap_or(first);
    tools::report(&format!("AArch64 csmith: {} programs agree, seeds {first} to {last}\n", seeds.len()));
    Ok(())
}
