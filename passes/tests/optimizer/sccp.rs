//! Conditional constant propagation: what only the optimistic assumption finds, and what must stay.

use crate::common::{count, optimized};
use son_ir::builder::Block;
use son_ir::interp::{Captured, Limits, Outcome, run_main};
use son_ir::{FunctionBuilder, NodeId, Op, Type, Weights};
use son_passes::{Options, optimize};

/// `for (i = 0; i < limit; i += step) body(i)`, then returns what `last` makes of the last `i`.
fn counted_loop(
    f: &mut FunctionBuilder,
    limit: NodeId,
    step: i64,
    body: impl FnOnce(&mut FunctionBuilder, NodeId),
) -> NodeId {
    let (head, inside, done) = (f.create_block(), f.create_block(), f.create_block());
    let i = f.declare(Type::I32);
    let zero = f.iconst(Type::I32, 0);
    f.def(i, zero);
    f.jump(head);
    f.enter(head);
    let value = f.get(i).expect("defined");
    let less = f.pure(Op::Slt, Type::I1, &[value, limit]);
    f.branch(less, inside, done, Weights::default());
    f.enter(inside);
    body(f, value);
    let step = f.iconst(Type::I32, step);
    let next = f.pure(Op::Add, Type::I32, &[value, step]);
    f.def(i, next);
    f.jump(head);
    f.enter(done);
    value
}

fn branch_to_new(f: &mut FunctionBuilder, condition: NodeId) -> (Block, Block) {
    let (yes, no) = (f.create_block(), f.create_block());
    f.branch(condition, yes, no, Weights::default());
    (yes, no)
}

fn return_constant(f: &mut FunctionBuilder, value: i64) {
    let value = f.iconst(Type::I32, value);
    f.ret(&[value]);
}

#[test]
fn range_of_a_counter_decides_a_branch_in_the_loop() {
    let (function, report) = optimized(&[], Type::I32, |f| {
        let limit = f.iconst(Type::I32, 10_000);
        let last = counted_loop(f, limit, 1, |f, i| {
            let bound = f.iconst(Type::I32, 20_000);
            let over = f.pure(Op::Slt, Type::I1, &[bound, i]);
            let (yes, no) = branch_to_new(f, over);
            f.enter(yes);
            return_constant(f, 7);
            f.enter(no);
        });
        f.ret(&[last]);
    });
    assert_eq!(count(&function, Op::Return), 1, "the early return is never taken");
    assert!(report.pass("sccp").expect("it ran").changes > 0);
    let ret = function.graph.input(NodeId::STOP, 0);
    assert_eq!(function.graph.constant(function.graph.input(ret, 2)), Some(10_000), "the last value is known");
}

#[test]
fn range_that_the_loop_leaves_is_kept() {
    let (function, _) = optimized(&[Type::I32], Type::I32, |f| {
        let limit = f.param(0);
        let last = counted_loop(f, limit, 1, |f, i| {
            let bound = f.iconst(Type::I32, 20_000);
            let over = f.pure(Op::Slt, Type::I1, &[bound, i]);
            let (yes, no) = branch_to_new(f, over);
            f.enter(yes);
            return_constant(f, 7);
            f.enter(no);
        });
        f.ret(&[last]);
    });
    assert_eq!(count(&function, Op::Return), 2);
}

/// A flag that is only ever set where it was found changed already stays what it was.
#[test]
fn values_that_only_unreachable_code_changes_are_constant() {
    let (function, _) = optimized(&[Type::I32], Type::I32, |f| {
        let flag = f.declare(Type::I32);
        let one = f.iconst(Type::I32, 1);
        f.def(flag, one);
        let limit = f.param(0);
        counted_loop(f, limit, 1, |f, _| {
            let (value, one) = (f.get(flag).expect("defined"), f.iconst(Type::I32, 1));
            let changed = f.pure(Op::Ne, Type::I1, &[value, one]);
            let (yes, no) = branch_to_new(f, changed);
            f.enter(yes);
            let two = f.iconst(Type::I32, 2);
            f.def(flag, two);
            f.jump(no);
            f.enter(no);
        });
        let value = f.get(flag).expect("defined");
        f.ret(&[value]);
    });
    let ret = function.graph.input(NodeId::STOP, 0);
    assert_eq!(function.graph.constant(function.graph.input(ret, 2)), Some(1));
    assert_eq!(count(&function, Op::Pi), 0, "refinements are gone");
}

#[test]
fn branches_refine_what_they_test() {
    let (function, _) = optimized(&[Type::I32], Type::I32, |f| {
        let x = f.param(0);
        let ten = f.iconst(Type::I32, 10);
        let small = f.pure(Op::Ult, Type::I1, &[x, ten]);
        let (yes, no) = branch_to_new(f, small);
        f.enter(no);
        return_constant(f, -1);
        f.enter(yes);
        let one = f.iconst(Type::I32, 1);
        let next = f.pure(Op::Add, Type::I32, &[x, one]);
        let bound = f.iconst(Type::I32, 11);
        let still = f.pure(Op::Slt, Type::I1, &[next, bound]);
        let (yes, no) = branch_to_new(f, still);
        f.enter(yes);
        let wide = f.pure(Op::SExt, Type::I64, &[next]);
        let narrow = f.pure(Op::Trunc, Type::I32, &[wide]);
        f.ret(&[narrow]);
        f.enter(no);
        return_constant(f, -2);
    });
    assert_eq!((count(&function, Op::If), count(&function, Op::Return)), (1, 2));
}

#[test]
fn switch_loses_cases_that_cannot_be() {
    let (function, _) = optimized(&[Type::I32], Type::I32, |f| {
        let (x, three) = (f.param(0), f.iconst(Type::I32, 3));
        let low = f.pure(Op::And, Type::I32, &[x, three]);
        let blocks: Vec<Block> = (0..4).map(|_| f.create_block()).collect();
        f.switch(low, blocks[0], &[(1, blocks[1]), (2, blocks[2]), (9, blocks[3])], &[1, 2, 3, 4]);
        for (i, &block) in blocks.iter().enumerate() {
            f.enter(block);
            return_constant(f, i as i64 * 100);
        }
    });
    assert_eq!(count(&function, Op::Return), 3);
    let switch = function.graph.nodes().find(|&node| function.graph.is(node, Op::Switch)).expect("it stays");
    let table = function.graph.switch_table(switch);
    assert_eq!((&table.values[..], &table.weights[..]), (&[1, 2][..], &[1, 2, 3][..]));
}

#[test]
fn a_chain_of_tests_of_one_value_is_linear() {
    let (function, report) = optimized(&[Type::I32], Type::I32, |f| {
        let x = f.param(0);
        for i in 0..3000 {
            let bound = f.iconst(Type::I32, i);
            let equal = f.pure(Op::Eq, Type::I1, &[x, bound]);
            let (yes, no) = branch_to_new(f, equal);
            f.enter(yes);
            return_constant(f, i * 3 + 1);
            f.enter(no);
        }
        return_constant(f, -1);
    });
    assert!(count(&function, Op::Return) > 1);
    let sccp = report.pass("sccp").expect("it ran");
    assert!(sccp.time.as_secs() < 5, "{:?}", sccp.time);
}

/// What a branch says of one operand changes with the other one, even if the compare stays undecided.
#[test]
fn refinements_follow_the_other_operand() {
    let (function, _) = optimized(&[Type::I32], Type::I32, |f| {
        let n = f.param(0);
        counted_loop(f, n, 1, |_, _| {});
        let last = counted_loop(f, n, 1, |_, _| {});
        f.ret(&[last]);
    });
    let ret = function.graph.input(NodeId::STOP, 0);
    assert_eq!(function.graph.constant(function.graph.input(ret, 2)), None);
}

/// With a fact that is a lie, the branch that it decides goes the wrong way - or aborts, where proven checks are kept.
#[test]
fn a_wrong_proof_aborts_where_checks_are_kept() {
    let source = "module
function @f(i32) -> i32 no_inline {
b, m, x: i32 {0..9} = start
  small = slt x, 10
  yes, no = if b, small
  return yes, m, 0
  return no, m, 1
}
function @main() -> i32 {
b, m = start
  c, m1, r = call b, m, @f, 20
  return c, m1, r
}";
    let run = |keep_proven_checks: bool| {
        let mut module = son_ir::text::parse(source).unwrap_or_else(|error| panic!("{error}"));
        // The rules believe the fact too, before anything is proven with it.
        let disabled = ["peephole".to_owned()];
        let options = Options { verify_each: true, keep_proven_checks, disabled: &disabled, ..Options::default() };
        optimize(&mut module, &options).unwrap_or_else(|error| panic!("{error}"));
        run_main(&module, &[b"program"], &Limits::default(), &mut Captured::default())
    };
    assert!(matches!(run(false), Outcome::Exit(0)));
    assert!(matches!(run(true), Outcome::Trap(_)));
}
