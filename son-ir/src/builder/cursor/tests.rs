//! Tests of the cursor: what is built runs and is well-formed, and each kind of mistake is told.

use crate::builder::BuildError;
use crate::interp::{Captured, Limits, Outcome, Value as Run, run, run_main};
use crate::prelude::*;
use crate::verify_module;

fn module() -> Module {
    Module::new(Triple::host())
}

fn int(value: i64) -> Run {
    Run::int(I32, value as u64)
}

/// Runs a function on `i32` arguments.
fn call(module: &Module, function: SymbolId, args: &[i64]) -> Outcome {
    assert_eq!(verify_module(module), Ok(()));
    let args: Vec<Run> = args.iter().map(|&arg| int(arg)).collect();
    run(module, function, &args, &Limits::default(), &mut Captured::default())
}

fn returned(value: i64) -> Outcome {
    Outcome::Returned(vec![int(value)])
}

#[test]
fn loops_branches_and_variables() -> Result<(), BuildError> {
    let mut module = module();
    let f = module.function("collatz", [I32], I32);
    let (n, steps) = (f.var_of(f.param(0)), f.var(I32));
    f.set(steps, 0);
    f.while_(
        |f| f.gt(n, 1),
        |f| {
            let odd = f.eq(f.and(n, 1), 1);
            f.if_else(odd, |f| f.set(n, f.add(f.mul(n, 3), 1)), |f| f.set(n, f.lshr(n, 1)))?;
            f.set(steps, f.add(steps, 1));
            Ok(())
        },
    )?;
    f.ret(steps)?;
    let collatz = f.finish()?;
    assert_eq!(call(&module, collatz, &[27]), returned(111));
    Ok(())
}

#[test]
fn loops_are_left_and_continued() -> Result<(), BuildError> {
    let mut module = module();
    let f = module.function("sum_of_odds", [I32], I32);
    let (i, sum) = (f.var_of(f.constant(I32, 0)), f.var_of(f.constant(I32, 0)));
    f.loop_(|f, around| {
        f.if_(f.ge(i, f.param(0)), |f| f.break_(around))?;
        f.set(i, f.add(i, 1));
        f.if_(f.eq(f.and(i, 1), 0), |f| f.continue_(around))?;
        f.set(sum, f.add(sum, i));
        Ok(())
    })?;
    f.ret(sum)?;
    let function = f.finish()?;
    assert_eq!(call(&module, function, &[10]), returned(25));
    Ok(())
}

#[test]
fn switches_choose() -> Result<(), BuildError> {
    let mut module = module();
    let f = module.function("days", [I32], I32);
    let days = f.var(I32);
    f.switch(f.param(0), |s| {
        s.case(2, |f| f.set(days, 28));
        s.cases([4, 6, 9, 11], |f| f.set(days, 30));
        s.case(-1, |f| f.ret(0));
        s.default(|f| f.set(days, 31));
    })?;
    f.ret(days)?;
    let days = f.finish()?;
    for (month, expected) in [(1, 31), (2, 28), (11, 30), (-1, 0)] {
        assert_eq!(call(&module, days, &[month]), returned(expected));
    }
    Ok(())
}

#[test]
fn functions_call_each_other_and_the_library() -> Result<(), BuildError> {
    let mut module = module();
    let printf = module.declare_variadic("printf", PTR, I32);
    let fib = module.declare("fib", I32, I32);
    let f = module.function("fib", I32, I32);
    let n = f.param(0);
    f.if_(f.lt(n, 2), |f| f.ret(n))?;
    f.ret(f.add(f.call(fib, (f.sub(n, 1),)), f.call(fib, [f.sub(n, 2)])))?;
    f.finish()?;
    let f = module.function("main", (), I32);
    f.call(printf, (f.string("%d %g %s\n"), f.call(fib, [20]), 0.5, f.string("son")));
    f.ret(0)?;
    f.finish()?;
    assert_eq!(verify_module(&module), Ok(()));
    let mut host = Captured::default();
    assert_eq!(run_main(&module, &[b"fib"], &Limits::default(), &mut host), Outcome::Exit(0));
    assert_eq!(host.output, b"6765 0.5 son\n");
    Ok(())
}

#[test]
fn memory_and_globals() -> Result<(), BuildError> {
    let mut module = module();
    let table: Data = Data::default().bytes(7i32.to_le_bytes()).bytes(35i32.to_le_bytes());
    let table = module.define_data("table", Linkage::Internal, 4, table);
    let handle = module.define_data("handle", Linkage::Internal, 8, Data::default().pointer(table, 4).constant());
    let f = module.function("sum", I32, I32);
    let slot = f.slot_of(I32);
    f.store(slot, f.param(0));
    let second = f.load(I32, f.load(PTR, f.address_of(handle)));
    let first = f.load(I32, f.element(f.address_of(table), f.constant(I32, 0), I32));
    f.store(slot, f.add(f.load(I32, slot), f.add(first, second)));
    let copy = f.slot(16, 8);
    f.fill(copy, 0, 16);
    f.copy(f.offset(copy, 8), slot, 4);
    f.ret(f.add(f.load(I32, copy), f.load(I32, f.offset(copy, 8))))?;
    let sum = f.finish()?;
    assert_eq!(call(&module, sum, &[100]), returned(142));
    Ok(())
}

#[test]
fn floats_convert_and_compare() -> Result<(), BuildError> {
    let mut module = module();
    let f = module.function("root", I32, I32);
    let x = f.to_float(f.param(0), F64);
    let negative = f.lt(x, 0);
    let root = f.choose(F64, negative, |_| -1.0, |f| f.sqrt(x))?;
    f.ret(f.to_int(f.add(f.mul(root, 10), 0.5), I32))?;
    let root = f.finish()?;
    assert_eq!(call(&module, root, &[2]), returned(14));
    assert_eq!(call(&module, root, &[-2]), returned(-9));
    Ok(())
}

#[test]
fn irreducible_control_is_announced() -> Result<(), BuildError> {
    let mut module = module();
    let f = module.function("two_entries", [I32], I32);
    let (a, b, done) = (f.block(), f.block(), f.block());
    let entry = f.current();
    f.plan_edges(&[(entry, a), (entry, b), (a, b), (b, a), (b, done)]);
    let x = f.var_of(f.param(0));
    f.branch(f.lt(x, 0), a, b)?;
    f.enter(a);
    f.set(x, f.add(x, 10));
    f.jump(b)?;
    f.enter(b);
    f.set(x, f.add(x, 1));
    f.branch(f.lt(x, 100), a, done)?;
    f.enter(done);
    f.ret(x)?;
    let function = f.finish()?;
    assert_eq!(call(&module, function, &[0]), returned(100));
    assert_eq!(call(&module, function, &[-5]), returned(105));
    Ok(())
}

#[test]
fn blocks_may_be_sealed_late_and_loops_may_not_end() -> Result<(), BuildError> {
    let mut module = module();
    let exit = module.declare("exit", I32, ());
    let f = module.function("main", (), I32);
    let (i, head) = (f.var(I32), f.block());
    f.set(i, 0);
    f.jump(head)?;
    f.enter(head);
    let before = f.get(i);
    f.set(i, f.add(i, 1));
    f.if_(f.gt(before, 5), |f| {
        f.call(exit, [i]);
    })?;
    f.jump(head)?;
    f.finish()?;
    assert_eq!(run_main(&module, &[b"m"], &Limits::default(), &mut Captured::default()), Outcome::Exit(7));
    Ok(())
}

#[test]
fn code_that_nothing_reaches_is_no_mistake() -> Result<(), BuildError> {
    let mut module = module();
    let f = module.function("forever", I32, I32);
    let x = f.var(I32);
    f.loop_(|f, _| f.ret(f.param(0)))?;
    f.ret(x)?;
    let function = f.finish()?;
    assert_eq!(call(&module, function, &[3]), returned(3));
    Ok(())
}

/// A frontend's bodies fail with its own error, which tells where in the source it is.
#[test]
fn bodies_fail_with_errors_of_the_frontend() {
    #[derive(Debug, PartialEq)]
    struct Mistake(u32, u32);
    impl From<BuildError> for Mistake {
        fn from(error: BuildError) -> Mistake {
            error.place().map_or(Mistake(0, 0), |place| Mistake(place.line, place.column))
        }
    }
    let mut module = module();
    let file = module.file("source");
    let f = module.function("f", I32, I32);
    let n = f.var_of(f.param(0));
    let own: Result<(), Mistake> = f.while_(|f| Ok::<_, Mistake>(f.lt(n, 5)), |_| Err(Mistake(1, 1)));
    assert_eq!(own, Err(Mistake(1, 1)));
    let f = module.function("g", I32, I32);
    f.at(file, 7, 3);
    let built = f.choose(I32, f.eq(f.param(0), 0), |f| Ok::<_, Mistake>(f.constant(I64, 1)), |_| 2);
    assert_eq!(built, Err(Mistake(7, 3)));
}

#[test]
fn guards_and_states() -> Result<(), BuildError> {
    let mut module = module();
    let f = module.function("guarded", I32, I32);
    let state = f.frame_state(3, (f.param(0), f.constant(I64, 5)), None);
    f.guard(f.lt(f.param(0), 10), state);
    f.safepoint(state);
    f.ret(f.param(0))?;
    let function = f.finish()?;
    assert_eq!(call(&module, function, &[9]), returned(9));
    let Outcome::Deopt(state) = call(&module, function, &[10]) else { panic!("the guard fails") };
    assert_eq!((state.frames[0].pc, state.frames[0].values.len()), (3, 2));
    Ok(())
}

#[test]
fn atomics_update() -> Result<(), BuildError> {
    use crate::payload::{AtomicOrder, RmwOp};
    let mut module = module();
    let counter = module.define_data("counter", Linkage::Internal, 4, Data::of_zeros(4));
    let f = module.function("count", I32, I32);
    let at = f.address_of(counter);
    f.atomic_update(RmwOp::Add, at, f.param(0), AtomicOrder::SequentiallyConsistent);
    let (_, swapped) = f.compare_and_swap(at, f.param(0), f.constant(I32, 50), AtomicOrder::Acquire);
    f.fence(AtomicOrder::Release);
    f.ret(f.add(f.load(I32, at), f.zext(swapped, I32)))?;
    let function = f.finish()?;
    assert_eq!(call(&module, function, &[8]), returned(51));
    Ok(())
}

// ---- Mistakes ----

/// The mistake of a function `f(i32, i64) -> i32` that is built so.
fn mistake(build: impl FnOnce(&Cursor) -> Result<(), BuildError>) -> BuildError {
    let mut module = module();
    let f = module.function("f", [I32, I64], I32);
    let built = build(&f);
    let finished = f.finish();
    assert!(finished.is_err(), "a function with a mistake is not added");
    assert!(module.functions.is_empty());
    built.and(finished.map(|_| ())).expect_err("there is a mistake")
}

fn message(build: impl FnOnce(&Cursor) -> Result<(), BuildError>) -> String {
    mistake(build).to_string()
}

#[test]
fn operands_of_wrong_types() {
    assert_eq!(message(|f| f.ret(f.add(f.param(0), f.param(1)))), "in f: add: operand 1 has type i64, expected i32");
    assert_eq!(message(|f| f.ret(f.sqrt(f.param(0)))), "in f: fsqrt: operand 0 has type i32, expected a float");
    assert_eq!(message(|f| f.ret(f.load(I32, f.param(1)))), "in f: load: operand 0 has type i64, expected a pointer");
    assert_eq!(message(|f| f.ret(f.param(1))), "in f: return: operand 0 has type i64, expected i32");
    assert_eq!(message(|f| f.if_(f.param(0), |f| f.ret(0))), "in f: if: operand 0 has type i32, expected i1");
    assert_eq!(message(|f| f.ret(f.add(f.param(0), 1.5))), "in f: add: operand 1: 1.5 is no i32");
    assert_eq!(message(|f| f.ret(f.add(f.param(0), 1i64 << 32))), "in f: add: operand 1: 4294967296 is no i32");
    assert_eq!(message(|f| f.ret(f.add(1, 2))), "in f: add: all operands are literals: make one a constant of a type");
    assert_eq!(message(|f| f.ret(f.trunc(f.param(0), I64))), "in f: trunc: does not convert i32 to i64");
    assert_eq!(message(|f| f.ret(f.bitcast(f.param(1), F32))), "in f: bitcast: i64 and f32 differ in size");
}

#[test]
fn the_first_mistake_is_kept_with_its_place() {
    let mistake = mistake(|f| {
        let file = f.module_mut().file("sum.calc");
        f.at(file, 3, 9);
        let wrong = f.add(f.param(0), f.param(1));
        f.at(file, 4, 1);
        f.ret(f.sub(f.param(1), wrong))
    });
    assert_eq!(mistake.to_string(), "sum.calc:3:9: in f: add: operand 1 has type i64, expected i32");
    assert!(matches!(mistake.mistake(), BuildError::TypeMismatch { op: Op::Add, operand: 1, .. }));
}

#[test]
fn variables_of_wrong_types_or_without_values() {
    assert_eq!(
        message(|f| {
            f.set(f.var(I64), f.param(0));
            f.ret(0)
        }),
        "in f: variable 1 of type i64 is given a value of type i32"
    );
    assert!(matches!(mistake(|f| f.ret(f.var(I32))).mistake(), BuildError::UndefinedVariable { .. }));
    let late = mistake(|f| {
        let x = f.var(I32);
        f.if_(f.eq(f.param(0), 0), |f| f.set(x, 1))?;
        f.ret(x)
    });
    assert!(matches!(late.mistake(), BuildError::UndefinedVariable { .. }), "{late}");
    let in_loop = mistake(|f| {
        let x = f.var(I32);
        f.while_(|f| f.lt(x, 5), |f| f.set(x, 1))?;
        f.ret(x)
    });
    assert!(matches!(in_loop.mistake(), BuildError::UndefinedVariable { .. }), "{in_loop}");
    assert_eq!(message(|f| f.ret(Var(77))), "in f: phi: there is no variable 77");
}

#[test]
fn blocks_without_an_end_or_with_two() {
    assert!(matches!(mistake(|_| Ok(())).mistake(), BuildError::Unterminated(_)));
    assert_eq!(
        message(|f| {
            f.ret(0)?;
            f.ret(f.neg(f.param(0)))
        }),
        "in f: neg: no block is open here"
    );
    let entered_early = mistake(|f| {
        f.enter(f.block());
        f.ret(0)
    });
    assert!(matches!(entered_early.mistake(), BuildError::Unterminated(_)));
    let twice = mistake(|f| {
        let block = f.block();
        f.jump(block)?;
        f.enter(block);
        f.ret(0)?;
        f.enter(block);
        f.check()
    });
    assert!(matches!(twice.mistake(), BuildError::Filled(_)));
    let sealed = mistake(|f| {
        let block = f.block();
        f.seal(block);
        f.jump(block)
    });
    assert!(matches!(sealed.mistake(), BuildError::Sealed(_)));
    assert_eq!(message(|f| f.jump(Block(9))), "in f: region: there is no block 9");
}

#[test]
fn loops_with_several_entries_that_were_not_announced() {
    let irreducible = mistake(|f| {
        let (a, b) = (f.block(), f.block());
        f.branch(f.eq(f.param(0), 0), a, b)?;
        f.enter(a);
        f.jump(b)?;
        f.enter(b);
        let done = f.block();
        f.branch(f.eq(f.param(1), 0), a, done)?;
        f.enter(done);
        f.ret(0)
    });
    assert!(matches!(irreducible.mistake(), BuildError::Irreducible(_)), "{irreducible}");
}

#[test]
fn calls_and_returns_of_wrong_shape() {
    let call = |args: &'static [i32]| {
        message(|f| {
            let puts = f.module_mut().declare("puts", PTR, I32);
            f.call(puts, args);
            f.ret(0)
        })
    };
    assert_eq!(call(&[]), "in f: call: 0 arguments for 1 parameters");
    assert_eq!(call(&[0, 0]), "in f: call: 2 arguments for 1 parameters");
    assert_eq!(call(&[5]), "in f: call: operand 0: 5 is no ptr");
    assert_eq!(message(|f| f.ret(())), "in f: return: 0 values for 1 results");
    assert_eq!(message(|f| f.ret([1, 2])), "in f: return: 2 values for 1 results");
    assert_eq!(
        message(|f| {
            let data = f.module_mut().string("text");
            f.ret(f.call(data, ()))
        })
        .split(": ")
        .last(),
        Some("it is called but is no function")
    );
    assert_eq!(
        message(|f| {
            let exit = f.module_mut().declare("exit", I32, ());
            f.ret(f.call(exit, [0]))
        }),
        "in f: return: operand 0 has type tuple, expected i32"
    );
    assert_eq!(message(|f| f.ret(f.param(2))), "in f: start: there is no parameter 2");
    assert_eq!(
        message(|f| {
            f.switch(f.param(0), |s| {
                s.case(1, |_| ());
                s.cases([2, 1], |_| ());
            })
        }),
        "in f: switch: case 1 is given twice"
    );
    assert_eq!(
        message(|f| f.switch(f.trunc(f.param(0), I8), |s| s.case(300, |_| ()))),
        "in f: switch: case 300 is no i8"
    );
}

#[test]
fn symbols_that_are_something_else() -> Result<(), BuildError> {
    let mut module = module();
    let f = module.function("twice", (), ());
    f.ret(())?;
    f.finish()?;
    let again = module.function("twice", (), ()).finish().expect_err("it is defined");
    assert_eq!(again.to_string(), "in twice: symbol twice: it is defined twice");
    module.declare("other", I32, I32);
    let other = module.function("other", I64, I32).finish().expect_err("it is declared differently");
    assert!(matches!(other.mistake(), BuildError::Symbol { .. }));
    module.define_data("data", Linkage::External, 1, Data::of_zeros(1));
    assert!(module.function("data", (), ()).finish().is_err());
    Ok(())
}

#[test]
fn values_of_other_functions() -> Result<(), BuildError> {
    let mut module = module();
    let f = module.function("first", I32, I32);
    let stolen = f.param(0);
    f.ret(stolen)?;
    f.finish()?;
    let f = module.function("second", I32, I32);
    let mistake = f.ret(f.add(f.param(0), stolen)).expect_err("the value is not of this function");
    assert_eq!(mistake.to_string(), "in second: add: operand 1 is a value of another function");
    Ok(())
}
