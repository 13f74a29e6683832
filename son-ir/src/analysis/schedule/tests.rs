//! Placement on small graphs with known answers, on random programs through the checker, and on large ones.

use super::check::{ScheduleError, check_schedule};
use super::*;
use crate::analysis::effects::effects;
use crate::builder::FunctionBuilder;
use crate::module::{Function, Module, Signature};
use crate::ops::Op;
use crate::payload::{AliasClass, CallFlags, MemAccess, Weights};
use crate::types::Type;
use std::time::{Duration, Instant};

fn module() -> Module {
    Module::new(target_lexicon::Triple::host())
}

fn access(class: u32) -> MemAccess {
    MemAccess::aligned(4).in_class(AliasClass(class))
}

fn checked(graph: &Graph) -> Schedule {
    let schedule = Schedule::new(graph);
    if let Err(error) = check_schedule(graph, &Ideal, &schedule) {
        panic!("{error}");
    }
    schedule
}

/// A loop that adds `*p * 3` to a sum `n` times, and stores the sum to `*p` in each round if asked to.
fn sum_loop(store: bool) -> (Function, NodeId, NodeId) {
    let mut module = module();
    let mut f = FunctionBuilder::new(&mut module, "sum", Signature::new([Type::PTR, Type::I32], [Type::I32]));
    let (head, body, done) = (f.create_block(), f.create_block(), f.create_block());
    let (i, sum) = (f.declare(Type::I32), f.declare(Type::I32));
    let (zero, one, three) = (f.iconst(Type::I32, 0), f.iconst(Type::I32, 1), f.iconst(Type::I32, 3));
    f.def(i, zero);
    f.def(sum, zero);
    let entry = f.control();
    f.jump(head);
    f.enter(head);
    let (x, n) = (f.get(i).unwrap(), f.param(1));
    let less = f.pure(Op::Slt, Type::I1, &[x, n]);
    f.branch(less, body, done, Weights::default());
    f.enter(body);
    let (p, memory) = (f.param(0), f.memory());
    let load = f.graph_mut().node(Op::Load, Type::I32, Default::default(), access(0).payload(), &[entry, memory, p]);
    let triple = f.pure(Op::Mul, Type::I32, &[load, three]);
    let old = f.get(sum).unwrap();
    let new = f.pure(Op::Add, Type::I32, &[old, triple]);
    f.def(sum, new);
    if store {
        f.store(p, new, access(0));
    }
    let (x, one) = (f.get(i).unwrap(), one);
    let next = f.pure(Op::Add, Type::I32, &[x, one]);
    f.def(i, next);
    f.jump(head);
    f.enter(done);
    let result = f.get(sum).unwrap();
    f.ret(&[result]);
    let function = f.finish().unwrap();
    let find = |op| function.graph.nodes().find(|&node| function.graph.is(node, op)).unwrap();
    let (load, mul) = (find(Op::Load), find(Op::Mul));
    (function, load, mul)
}

#[test]
fn invariants_leave_the_loop() {
    let (function, load, mul) = sum_loop(false);
    let schedule = checked(&function.graph);
    assert_eq!(schedule.loops.len(), 1);
    assert_eq!(schedule.loops.block_depth(schedule.block_of(load)), 0);
    assert_eq!(schedule.loops.block_depth(schedule.block_of(mul)), 0);
    let header = schedule.loops.header(schedule.loops.all().next().unwrap());
    assert!((9.0..=11.0).contains(&schedule.frequencies.of(header)), "{}", schedule.frequencies.of(header));
    let ret = function.graph.nodes().find(|&node| function.graph.is(node, Op::Return)).unwrap();
    assert!((schedule.frequencies.of(schedule.block_of(ret)) - 1.0).abs() < 1e-9);
}

#[test]
fn a_store_in_the_loop_keeps_the_load_there() {
    let (function, load, mul) = sum_loop(true);
    let schedule = checked(&function.graph);
    assert_eq!(schedule.loops.block_depth(schedule.block_of(load)), 1);
    assert_eq!(schedule.loops.block_depth(schedule.block_of(mul)), 1);
}

/// Straight-line code: a load, a store of `class` over the same memory, then the load's value is used.
fn load_then_store(class: u32) -> (Function, NodeId, NodeId) {
    let mut module = module();
    let mut f = FunctionBuilder::new(&mut module, "swap", Signature::new([Type::PTR, Type::I32], [Type::I32]));
    let (p, x) = (f.param(0), f.param(1));
    let load = f.load(Type::I32, p, access(1));
    f.store(p, x, access(class));
    f.ret(&[load]);
    let function = f.finish().unwrap();
    let find = |op| function.graph.nodes().find(|&node| function.graph.is(node, op)).unwrap();
    let (load, store) = (find(Op::Load), find(Op::Store));
    (function, load, store)
}

/// A load of everything reads a merge of two slices; the stores behind it take the slices themselves.
#[test]
fn a_load_of_a_merge_comes_before_what_overwrites_a_slice() {
    let mut module = module();
    let mut f = FunctionBuilder::new(&mut module, "f", Signature::new([Type::PTR, Type::PTR], [Type::I32]));
    let (p, q, control, entry) = (f.param(0), f.param(1), f.control(), f.memory());
    let (one, two) = (f.iconst(Type::I32, 1), f.iconst(Type::I32, 2));
    let graph = f.graph_mut();
    let mut store = |memory, address, value, class| {
        graph.raw(Op::Store, Type::MEM, access(class).payload(), &[control, memory, address, value])
    };
    let (first, second) = (store(entry, p, one, 1), store(entry, q, one, 2));
    let (third, fourth) = (store(first, p, two, 1), store(entry, q, two, 3));
    let merge = |graph: &mut Graph, classes: &[u32], inputs: &[NodeId]| {
        let row = graph.tables_mut().add_merge(classes.iter().map(|&class| AliasClass(class)).collect());
        graph.raw(Op::MergeMem, Type::MEM, row, inputs)
    };
    let seen = merge(graph, &[1, 2], &[entry, first, second]);
    let load = graph.raw(Op::Load, Type::I32, access(0).payload(), &[control, seen, p]);
    let last = merge(graph, &[1, 2, 3], &[entry, third, second, fourth]);
    f.set_memory(last);
    f.ret(&[load]);
    let function = f.finish().expect("a complete function");
    let schedule = checked(&function.graph);
    let order = schedule.nodes(Block::ENTRY);
    let place = |node: NodeId| order.iter().position(|&other| other == node);
    let graph = &function.graph;
    let load = order.iter().copied().find(|&node| graph.is(node, Op::Load)).expect("the load is scheduled");
    let seen = graph.input(load, 1);
    let before = |store: NodeId| graph.inputs(seen).any(|input| input == store);
    for &store in order.iter().filter(|&&node| graph.is(node, Op::Store)) {
        assert_eq!(place(store) < place(load), before(store), "{store}");
    }
}

/// Two merges of one state: the load reads one, what overwrites its slice follows the other.
#[test]
fn a_load_of_a_merge_comes_before_what_follows_an_equal_merge() {
    let mut module = module();
    let mut f = FunctionBuilder::new(&mut module, "f", Signature::new([Type::PTR, Type::PTR], [Type::I32]));
    let (p, q, control, entry) = (f.param(0), f.param(1), f.control(), f.memory());
    let (one, two) = (f.iconst(Type::I32, 1), f.iconst(Type::I32, 2));
    let graph = f.graph_mut();
    let first = graph.raw(Op::Store, Type::MEM, access(1).payload(), &[control, entry, p, one]);
    let row = graph.tables_mut().add_merge([AliasClass(1)].into_iter().collect());
    let merges = [(); 2].map(|()| graph.raw(Op::MergeMem, Type::MEM, row, &[entry, first]));
    let load = graph.raw(Op::Load, Type::I32, access(2).payload(), &[control, merges[0], q]);
    let overwrites = graph.raw(Op::Store, Type::MEM, access(0).payload(), &[control, merges[1], q, two]);
    f.set_memory(overwrites);
    f.ret(&[load]);
    let function = f.finish().expect("a complete function");
    let schedule = checked(&function.graph);
    let order: Vec<Op> = schedule
        .nodes(Block::ENTRY)
        .iter()
        .filter_map(|&node| Op::from_number(function.graph.op_number(node)))
        .collect();
    let place = |op: Op| order.iter().rposition(|&other| other == op);
    assert!(place(Op::Load) < place(Op::Store), "{order:?}");
}

#[test]
fn a_load_comes_before_what_overwrites_it() {
    for class in [0, 1] {
        let (function, load, store) = load_then_store(class);
        let mut schedule = checked(&function.graph);
        assert_eq!(schedule.readers_before(store).collect::<Vec<_>>(), [load]);
        let position = |node| schedule.order.iter().position(|&other| other == node).unwrap();
        let (a, b) = (position(load), position(store));
        schedule.order.swap(a, b);
        let error = check_schedule(&function.graph, &Ideal, &schedule).unwrap_err();
        assert!(matches!(error, ScheduleError::WrongState { reader, .. } if reader == load), "{error}");
    }
    let (function, _, store) = load_then_store(2);
    let schedule = checked(&function.graph);
    assert_eq!(schedule.readers_before(store).count(), 0);
    let schedule = Schedule::with(&function.graph, &Ideal, MemoryOrder::Chain);
    assert_eq!(schedule.readers_before(store).count(), 1);
}

/// Deterministic random numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) % limit as u64) as usize
    }
}

/// A random structured program over a few variables and four classes of memory.
fn random_function(random: &mut Random) -> Function {
    let mut module = module();
    let mut f = FunctionBuilder::new(&mut module, "f", Signature::new([Type::PTR, Type::I32], [Type::I32]));
    let callee = module.import_function("g", Signature::new([], [Type::I32]));
    let vars: Vec<_> = (0..4).map(|_| f.declare(Type::I32)).collect();
    for &var in &vars {
        let x = f.param(1);
        f.def(var, x);
    }
    let mut budget = 60;
    statements(&mut f, &mut module, callee, &vars, random, &mut budget, 0);
    let result = f.get(vars[0]).unwrap();
    f.ret(&[result]);
    f.finish().unwrap()
}

fn statements(
    f: &mut FunctionBuilder,
    module: &mut Module,
    callee: crate::SymbolId,
    vars: &[crate::builder::Var],
    random: &mut Random,
    budget: &mut i32,
    depth: u32,
) {
    for _ in 0..random.below(6) + 1 {
        *budget -= 1;
        let (a, b) = (vars[random.below(4)], vars[random.below(4)]);
        let p = f.param(0);
        match random.below(if depth < 4 && *budget > 0 { 9 } else { 6 }) {
            0 | 1 => {
                let loaded = f.load(Type::I32, p, access(random.below(4) as u32));
                f.def(a, loaded);
            }
            2 | 3 => {
                let value = f.get(b).unwrap();
                f.store(p, value, access(random.below(4) as u32));
            }
            4 => {
                let (x, y) = (f.get(a).unwrap(), f.get(b).unwrap());
                let sum = f.pure(Op::Add, Type::I32, &[x, y]);
                f.def(a, sum);
            }
            5 => {
                let id = module.function_signature(callee).unwrap();
                let address = f.symbol_addr(callee);
                let flags = [CallFlags::NONE, CallFlags::READ_ONLY, CallFlags::NO_MEMORY][random.below(3)];
                let results = f.call(address, id, module.signature(id), flags, &[]);
                f.def(a, results.values[0]);
            }
            kind => {
                let (head, then, other, done) =
                    (f.create_block(), f.create_block(), f.create_block(), f.create_block());
                f.jump(head);
                f.enter(head);
                let (x, y) = (f.get(a).unwrap(), f.get(b).unwrap());
                let less = f.pure(Op::Slt, Type::I1, &[x, y]);
                f.branch(less, then, other, Weights::default());
                f.enter(then);
                statements(f, module, callee, vars, random, budget, depth + 1);
                f.jump(if kind == 6 { head } else { done });
                f.enter(other);
                statements(f, module, callee, vars, random, budget, depth + 1);
                f.jump(done);
                f.enter(done);
            }
        }
    }
}

/// Moves loads past writes of other classes, as the optimizer does, and lets some float.
fn loosen_loads(graph: &mut Graph) {
    let loads: Vec<NodeId> = graph.nodes().filter(|&node| graph.is(node, Op::Load)).collect();
    let entry = graph.entry_control();
    for (i, load) in loads.into_iter().enumerate() {
        let class = graph.access(load).class;
        loop {
            let memory = graph.input(load, 1);
            let by = if graph.is(memory, Op::Proj) { graph.input(memory, 0) } else { memory };
            let answer = effects(graph, by, &Ideal);
            match answer.memory {
                Some(at) if !answer.overwrites(class) => graph.set_input(load, 1, graph.input(by, at as usize)),
                _ => break,
            }
        }
        if i % 2 == 0 {
            graph.set_input(load, 0, entry);
        }
    }
}

#[test]
fn random_programs_pass_the_checker() {
    let mut random = Random(1);
    for _ in 0..400 {
        let mut function = random_function(&mut random);
        let chain = Schedule::with(&function.graph, &Ideal, MemoryOrder::Chain);
        check_schedule(&function.graph, &Ideal, &chain).unwrap();
        checked(&function.graph);
        loosen_loads(&mut function.graph);
        checked(&function.graph);
    }
}

fn timed(f: impl FnOnce()) -> Duration {
    let start = Instant::now();
    f();
    start.elapsed()
}

/// A chain of additions and loads, each followed by a store of another class.
fn long_chain(count: usize) -> Graph {
    let mut module = module();
    let mut f = FunctionBuilder::new(&mut module, "long", Signature::new([Type::PTR, Type::I32], [Type::I32]));
    let (p, mut x) = (f.param(0), f.param(1));
    for i in 0..count / 3 {
        let loaded = f.load(Type::I32, p, access(i as u32 % 50));
        x = f.pure(Op::Add, Type::I32, &[x, loaded]);
        f.store(p, x, access((i as u32 + 1) % 50));
    }
    f.ret(&[x]);
    f.finish().unwrap().graph
}

#[test]
fn a_million_nodes_are_placed_in_linear_time() {
    let (small, large) = (long_chain(100_000), long_chain(1_000_000));
    let ten = timed(|| (0..10).for_each(|_| drop(Schedule::new(&small))));
    let one = timed(|| drop(Schedule::new(&large)));
    assert!(one < ten * 4, "{one:?} against {ten:?}");
}

#[test]
fn large_control_is_placed_quickly() {
    let mut module = module();
    let mut f = FunctionBuilder::new(&mut module, "nest", Signature::new([Type::PTR, Type::I32], [Type::I32]));
    let (x, p) = (f.param(1), f.param(0));
    let mut after = Vec::new();
    for _ in 0..1000 {
        let (head, body, done) = (f.create_block(), f.create_block(), f.create_block());
        f.jump(head);
        f.enter(head);
        let loaded = f.load(Type::I32, p, access(1));
        let less = f.pure(Op::Slt, Type::I1, &[loaded, x]);
        f.branch(less, body, done, Weights::default());
        f.enter(body);
        after.push((head, done));
    }
    for (head, done) in after.into_iter().rev() {
        f.store(p, x, access(2));
        f.jump(head);
        f.enter(done);
    }
    // A long run of tests, and a wide switch.
    for k in 0..50_000 {
        let (then, next) = (f.create_block(), f.create_block());
        let constant = f.iconst(Type::I32, k);
        let equal = f.pure(Op::Eq, Type::I1, &[x, constant]);
        f.branch(equal, then, next, Weights::default());
        f.enter(then);
        f.store(p, x, access(1));
        f.jump(next);
        f.enter(next);
    }
    let cases: Vec<_> = (0..50_000).map(|k| (k, f.create_block())).collect();
    let done = f.create_block();
    f.switch(x, done, &cases, &[]);
    for &(k, block) in &cases {
        f.enter(block);
        let value = f.iconst(Type::I32, k as i64);
        f.store(p, value, access(1));
        f.jump(done);
    }
    f.enter(done);
    f.ret(&[x]);
    let graph = f.finish().unwrap().graph;
    let mut schedule = None;
    let time = timed(|| schedule = Some(Schedule::new(&graph)));
    assert_eq!(schedule.unwrap().loops.len(), 1000);
    assert!(time < Duration::from_secs(5), "{time:?}");
}
