//! Random functions: what the interpreter makes of them is the truth that the text form, the optimizer and the
//! code generator must keep.
//!
//! `SON_DIFFERENTIAL` is the number of tapes for each test, `SON_DIFFERENTIAL_SEED` the first seed. A failure
//! prints the module of the shortest tape that still fails, found in at most `SON_DIFFERENTIAL_TRIES` tries.

use son_ir::interp::{Captured, Interpreter, Limits, Outcome, run_main};
use son_ir::{Module, Op, text};
use son_tests::graphs::{Batch, Config, Mode, Tree};
use son_tests::machine::Machine;
use son_tests::objects;
use son_tests::parallel;
use son_tests::process::{End, Failure};
use son_tests::states::{self, refines};
use son_tests::tools::count_from_env;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

/// Most words of a tape: about 80 instructions.
const TAPE: usize = 600;
/// Enough for every module, and soon used up by what does not end.
const STEPS: u64 = 20_000_000;

thread_local! {
    /// Is a panic of this thread a result like others?
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

const DEFINED: Config = Config::new(Mode::Defined);
const POISON: Config = Config::new(Mode::Poison);
/// What the code generator supports.
const NATIVE: Config = Config { guards: false, ..DEFINED };

/// The same with managed objects, and guards that hold.
const NATIVE_OBJECTS: Config = Config { objects: true, ..NATIVE };
/// With managed objects, and guards that may fail.
const OBJECTS: Config = Config { objects: true, ..DEFINED };
/// Guards of a call that are made to fail.
const GUARDS: u64 = 40;

type Check = fn(&[u16]) -> Result<(), String>;

/// Runs the check on many tapes; panics with a small failing module.
fn on_tapes(config: Config, check: Check) {
    let first = count_from_env("SON_DIFFERENTIAL_SEED", 1) as u64;
    for seed in first..first + count_from_env("SON_DIFFERENTIAL", 250) as u64 {
        let tree = Tree::new(seed, TAPE);
        let Err(_) = quietly(|| check(&tree.words())) else { continue };
        let small = tree.minimize(&mut |words| quietly(|| check(words)).is_err());
        let message = quietly(|| check(&small)).expect_err("the minimized tape fails too");
        let batch = Batch::new(config, [small.clone()]);
        panic!("seed {seed}: {message}\ntape {small:?}\n{}", text::print(&batch.module));
    }
}

/// An error that a panic can become.
trait FromPanic {
    fn from_panic(message: String) -> Self;
}

impl FromPanic for String {
    fn from_panic(message: String) -> String {
        message
    }
}

impl FromPanic for (usize, String) {
    fn from_panic(message: String) -> (usize, String) {
        (0, message)
    }
}

/// The check, with panics as errors.
fn quietly<E: FromPanic>(check: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let shown = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                shown(info)
            }
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(check));
    QUIET.set(false);
    result.unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().cloned();
        let message = message.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
        Err(E::from_panic(message.unwrap_or_default()))
    })
}

fn limits() -> Limits {
    Limits { steps: STEPS, ..Limits::default() }
}

/// What the program prints.
fn output(module: &Module, limits: &Limits) -> Result<String, String> {
    let mut host = Captured::default();
    match run_main(module, &[b"program"], limits, &mut host) {
        Outcome::Exit(0) => Ok(String::from_utf8_lossy(&host.output).into_owned()),
        other => Err(other.to_string()),
    }
}

fn defined(words: &[u16]) -> Module {
    let mut batch = Batch::new(DEFINED, [words.to_vec()]);
    batch.add_main(3);
    batch.module
}

fn optimize(module: &mut Module, seed: u64) -> Result<(), String> {
    let options = son_passes::Options { verify_each: true, seed, ..son_passes::Options::default() };
    son_passes::optimize(module, &options).map(|_| ()).map_err(|error| error.to_string())
}

fn verify(module: &Module) -> Result<(), String> {
    son_ir::verify_module(module).map_err(|found| format!("{found:?}"))
}

fn same(expected: &str, actual: &str) -> Result<(), String> {
    match son_tests::process::first_difference(expected, actual) {
        None => Ok(()),
        Some(difference) => Err(difference),
    }
}

/// What random functions are made of, so that the other tests test it.
#[test]
fn generated_functions_have_everything() {
    let mut ops: BTreeMap<&str, usize> = BTreeMap::new();
    let mut types: BTreeMap<String, usize> = BTreeMap::new();
    let batch = Batch::new(DEFINED, (1..=1000).map(|seed| Tree::new(seed, TAPE).words()));
    for function in &batch.module.functions {
        for node in function.graph.nodes() {
            *ops.entry(function.graph.op(node).text()).or_default() += 1;
            *types.entry(function.graph.ty(node).to_string()).or_default() += 1;
        }
    }
    let rare: Vec<&str> = [
        "loop",
        "if",
        "switch",
        "region",
        "call",
        "load",
        "store",
        "memcopy",
        "memmove",
        "memset",
        "guard",
        "framestate",
        "select",
        "sdiv",
        "urem",
        "umulhigh",
        "fshl",
        "bswap",
        "smul.overflow",
        "fdiv",
        "fsqrt",
        "fmin",
        "ftos",
        "utof",
    ]
    .into_iter()
    .filter(|op| ops.get(op).is_none_or(|&count| count < 15))
    .collect();
    assert!(rare.is_empty(), "too few of {rare:?} in {ops:?}");
    for ty in ["i1", "i7", "i8", "i16", "i32", "i33", "i64", "i128", "f32", "f64", "ptr", "mem"] {
        assert!(types.get(ty).is_some_and(|&count| count > 200), "too few values of type {ty} in {types:?}");
    }
}

#[test]
fn generated_functions_are_well_formed_and_defined() {
    on_tapes(DEFINED, |words| {
        let module = defined(words);
        verify(&module)?;
        let checked = Limits { check_facts: true, ..limits() };
        let first = output(&module, &checked)?;
        // Nothing depends on bytes that were never written.
        let poison = Limits { uninitialized: son_ir::interp::Uninitialized::Poison, ..limits() };
        same(&first, &output(&module, &poison)?)
    });
}

#[test]
fn the_text_form_keeps_the_meaning() {
    on_tapes(DEFINED, |words| {
        let module = defined(words);
        let printed = text::print(&module);
        let parsed = text::parse(&printed).map_err(|error| error.to_string())?;
        verify(&parsed)?;
        same(&printed, &text::print(&parsed))?;
        same(&output(&module, &limits())?, &output(&parsed, &limits())?)
    });
}

#[test]
fn the_optimizer_keeps_the_meaning() {
    on_tapes(DEFINED, |words| {
        let mut module = defined(words);
        let expected = output(&module, &limits())?;
        optimize(&mut module, words.len() as u64 % 4)?;
        verify(&module)?;
        same(&expected, &output(&module, &Limits { check_facts: true, ..limits() })?)
    });
}

/// Objects go, and states describe them, in many of the random functions: else the test below tests nothing.
#[test]
fn generated_objects_are_taken_apart() {
    let count = |module: &Module, op: Op| -> usize {
        let graphs = module.functions.iter().map(|function| &function.graph);
        graphs.map(|graph| graph.nodes().filter(|&node| graph.is(node, op)).count()).sum()
    };
    let mut module = Batch::new(OBJECTS, (1..=150).map(|seed| Tree::new(seed, TAPE).words())).module;
    let before = (count(&module, Op::Alloc), count(&module, Op::Guard));
    optimize(&mut module, 0).expect("the optimizer keeps the graph in order");
    let (left, guards) = (count(&module, Op::Alloc), count(&module, Op::Guard));
    let described = count(&module, Op::VirtualObj);
    let found = format!("{before:?} became {left}, {guards}, with {described} objects in states");
    assert!(left * 3 < before.0 * 2 && described * 2 > guards && guards * 2 > before.1, "{found}");
}

/// Whichever guard fails, the unoptimized code goes on with the same frames, memory and objects.
#[test]
fn guards_hand_over_what_they_would_have() {
    on_tapes(OBJECTS, |words| {
        let batch = Batch::new(OBJECTS, [words.to_vec()]);
        verify(&batch.module)?;
        let mut optimized = batch.module.clone();
        optimize(&mut optimized, 0)?;
        verify(&optimized)?;
        for &function in &batch.samples[0].functions {
            for call in 0..3 {
                let args = batch.arguments(function, call);
                if args.iter().any(|arg| arg.ty().is_pointer()) {
                    break;
                }
                let name = &batch.module.symbol(function).name;
                states::compare((&batch.module, &optimized), function, &args, &limits(), GUARDS)
                    .map_err(|message| format!("{name}{args:?}: {message}"))?;
            }
        }
        Ok(())
    });
}

/// No check that was proven and stays aborts.
#[test]
fn proven_checks_hold() {
    on_tapes(DEFINED, |words| {
        let mut module = defined(words);
        let expected = output(&module, &limits())?;
        let options =
            son_passes::Options { verify_each: true, keep_proven_checks: true, ..son_passes::Options::default() };
        son_passes::optimize(&mut module, &options).map_err(|error| error.to_string())?;
        same(&expected, &output(&module, &limits())?)
    });
}

// ---- Native code ----

/// Modules in one program: linking and starting it is what takes time.
const BATCH: usize = 100;

/// What the program prints when compiled at this level, and run.
fn native(module: &Module, level: u8, machine: Machine) -> Result<String, String> {
    let mut module = module.clone();
    machine.aim(&mut module);
    if level > 0 {
        optimize(&mut module, 0)?;
    }
    let options = son_codegen::Options { level, verify: true, ..son_codegen::Options::default() };
    let object = son_codegen::compile(&module, &options).map_err(|error| error.to_string())?;
    let runtime = module.deoptimizer.map(|_| objects::runtime());
    let finished = machine.link_and_run(&object, runtime.as_deref()).map_err(|failure| failure.0)?;
    match finished.end {
        End::Exit(0) => Ok(finished.output()),
        end => Err(format!("ends by {end:?} after\n{}", finished.output())),
    }
}

/// Does the batch print the same when interpreted and when compiled? If not: what, and the tape's number.
fn batch_agrees(config: Config, tapes: &[Vec<u16>], level: u8, machine: Machine) -> Result<(), (usize, String)> {
    let mut batch = Batch::new(config, tapes.iter().cloned());
    batch.add_main(3);
    let expected = output(&batch.module, &limits()).map_err(|message| (0, message))?;
    let actual = native(&batch.module, level, machine).unwrap_or_else(|message| message);
    match expected.lines().zip(actual.lines().chain(std::iter::repeat(""))).find(|(a, b)| a != b) {
        None => Ok(()),
        Some((a, b)) => {
            let tape = a.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
            Err((tape, format!("`{a}` of the interpreter is `{b}` at -O{level} of {machine:?}")))
        }
    }
}

fn native_agrees(config: Config, level: u8, machine: Machine) {
    if !machine.can_run("native_code") {
        return;
    }
    let first = count_from_env("SON_DIFFERENTIAL_SEED", 1) as u64;
    let last = first + count_from_env("SON_DIFFERENTIAL", 250) as u64;
    let starts: Vec<u64> = (first..last).step_by(BATCH).collect();
    parallel::check(&starts, |&start| {
        let seeds = start..last.min(start + BATCH as u64);
        let mut trees: Vec<Tree> = seeds.map(|seed| Tree::new(seed, TAPE)).collect();
        let tapes: Vec<Vec<u16>> = trees.iter().map(Tree::words).collect();
        let Err((tape, message)) = quietly(|| batch_agrees(config, &tapes, level, machine)) else { return Ok(()) };
        let alone = |words: &[u16]| {
            quietly(|| batch_agrees(config, &[words.to_vec()], level, machine)).map_err(|found| found.1)
        };
        // A failure of the whole module is one of some tape.
        let first = tape.min(tapes.len() - 1);
        let Some(culprit) = std::iter::once(first).chain(0..tapes.len()).find(|&row| alone(&tapes[row]).is_err())
        else {
            return Err(Failure(format!("seeds from {start} together: {message}")));
        };
        let small = trees.swap_remove(culprit).minimize(&mut |words| alone(words).is_err());
        let message = alone(&small).expect_err("the minimized tape fails too");
        let batch = Batch::new(config, [small.clone()]);
        Err(Failure(format!("{message}\ntape {small:?}\n{}", text::print(&batch.module))))
    });
}

#[test]
fn native_code_keeps_the_meaning_unoptimized() {
    native_agrees(NATIVE, 0, Machine::Host);
}

#[test]
fn native_code_keeps_the_meaning_optimized() {
    native_agrees(NATIVE, 2, Machine::Host);
}

#[test]
fn native_code_keeps_objects_unoptimized() {
    native_agrees(NATIVE_OBJECTS, 0, Machine::Host);
}

#[test]
fn native_code_keeps_objects_optimized() {
    native_agrees(NATIVE_OBJECTS, 2, Machine::Host);
}

#[test]
fn aarch64_code_keeps_the_meaning_unoptimized() {
    native_agrees(NATIVE, 0, Machine::Aarch64);
}

#[test]
fn aarch64_code_keeps_the_meaning_optimized() {
    native_agrees(NATIVE, 2, Machine::Aarch64);
}

// ---- Poison ----

#[test]
fn the_optimizer_refines_poison() {
    on_tapes(POISON, |words| {
        let batch = Batch::new(POISON, [words.to_vec()]);
        verify(&batch.module)?;
        let mut optimized = batch.module.clone();
        optimize(&mut optimized, 0)?;
        let (before, after) = (Interpreter::new(&batch.module), Interpreter::new(&optimized));
        for &function in &batch.samples[0].functions {
            for call in 0..6 {
                let args = batch.arguments(function, call);
                if args.iter().any(|arg| arg.ty().is_pointer()) {
                    break;
                }
                let run = |interpreter: &Interpreter, determinate: bool| {
                    let limits = Limits { determinate, ..limits() };
                    interpreter.run(function, &args, &limits, &mut Captured::default())
                };
                let (original, result) = (run(&before, true), run(&after, false));
                if !refines(&original, &result) {
                    let name = &batch.module.symbol(function).name;
                    return Err(format!("{name}{args:?}: {original} became {result}"));
                }
            }
        }
        Ok(())
    });
}
