//! Tests of the interpreter: results, undefined behaviour, the C library.

use super::*;
use crate::builder::FunctionBuilder;
use crate::module::{Data, Linkage, Signature};
use crate::ops::{NodeFlags, Op};
use crate::payload::{AliasClass, CallFlags, FrameDescriptor, MemAccess, Weights};
use crate::types::Type;
use target_lexicon::Triple;

const I32: Type = Type::I32;
const I64: Type = Type::I64;
const PTR: Type = Type::PTR;

fn module() -> Module {
    Module::new(Triple::host())
}

/// Defines a function by what fills its builder.
fn define(module: &mut Module, name: &str, signature: Signature, fill: impl FnOnce(&mut FunctionBuilder)) -> SymbolId {
    let mut f = FunctionBuilder::new(module, name, signature);
    fill(&mut f);
    let function = f.finish().expect("the test builds a well-formed function");
    let symbol = function.symbol;
    module.add_function(function);
    symbol
}

fn returned(values: impl IntoIterator<Item = Value>) -> Outcome {
    Outcome::Returned(values.into_iter().collect())
}

fn int(value: i64) -> Value {
    Value::int(I32, value as u64)
}

/// Runs a function without parameters and tells what undefined behaviour it has.
fn undefined(module: &Module, function: SymbolId) -> Undefined {
    match run(module, function, &[], &Limits::default(), &mut Captured::default()) {
        Outcome::Undefined(what, place) => {
            assert_eq!(place.function, module.symbol(function).name);
            what
        }
        other => panic!("{other}"),
    }
}

/// Calls a function of the C library.
fn call(
    f: &mut FunctionBuilder,
    module: &mut Module,
    name: &str,
    signature: Signature,
    args: &[NodeId],
) -> Option<NodeId> {
    let symbol = module.import_function(name, signature.clone());
    let id = module.signature_id(signature.clone());
    let callee = f.symbol_addr(symbol);
    f.call(callee, id, &signature, CallFlags::NONE, args).values.first().copied()
}

/// Sum of squares below n.
fn sum_of_squares(module: &mut Module) -> SymbolId {
    define(module, "squares", Signature::new([I32], [I32]), |f| {
        let (head, body, done) = (f.create_block(), f.create_block(), f.create_block());
        let (i, sum) = (f.declare(I32), f.declare(I32));
        let zero = f.iconst(I32, 0);
        f.def(i, zero);
        f.def(sum, zero);
        f.jump(head);
        f.enter(head);
        let x = f.get(i).expect("defined");
        let less = f.pure(Op::Slt, Type::I1, &[x, f.param(0)]);
        f.branch(less, body, done, Weights::default());
        f.enter(body);
        let square = f.pure(Op::Mul, I32, &[x, x]);
        let total = f.get(sum).expect("defined");
        let total = f.pure(Op::Add, I32, &[total, square]);
        f.def(sum, total);
        let one = f.iconst(I32, 1);
        let next = f.pure(Op::Add, I32, &[x, one]);
        f.def(i, next);
        f.jump(head);
        f.enter(done);
        let total = f.get(sum).expect("defined");
        f.ret(&[total]);
    })
}

#[test]
fn loops_and_step_limits() {
    let mut module = module();
    let squares = sum_of_squares(&mut module);
    let run = |n, limits: &Limits| super::run(&module, squares, &[int(n)], limits, &mut Captured::default());
    assert_eq!(run(10, &Limits::default()), returned([int(285)]));
    assert_eq!(run(0, &Limits::default()), returned([int(0)]));
    assert_eq!(run(1_000_000, &Limits { steps: 1000, ..Limits::default() }), Outcome::StepLimit);
}

#[test]
fn recursion_ends_at_the_stack_limit() {
    let mut module = module();
    let signature = Signature::new([I32], [I32]);
    let id = module.signature_id(signature.clone());
    let deep = define(&mut module, "deep", signature.clone(), |f| {
        let (again, done) = (f.create_block(), f.create_block());
        let zero = f.iconst(I32, 0);
        let more = f.pure(Op::Ne, Type::I1, &[f.param(0), zero]);
        f.branch(more, again, done, Weights::default());
        f.enter(again);
        let one = f.iconst(I32, 1);
        let less = f.pure(Op::Sub, I32, &[f.param(0), one]);
        let callee = f.symbol_addr(f.symbol());
        let below = f.call(callee, id, &signature, CallFlags::NONE, &[less]).values[0];
        let result = f.pure(Op::Add, I32, &[below, one]);
        f.ret(&[result]);
        f.enter(done);
        f.ret(&[zero]);
    });
    let run = |n| super::run(&module, deep, &[int(n)], &Limits::default(), &mut Captured::default());
    assert_eq!(run(100_000), returned([int(100_000)]));
    assert!(matches!(run(100_000_000), Outcome::Undefined(Undefined::StackExhausted, _)));
}

#[test]
fn accesses_outside_of_objects_are_undefined() {
    let mut module = module();
    let global = module.define_data("table", Linkage::External, 4, Data { bytes: vec![1; 8], ..Data::default() });
    let text = Data { bytes: b"text\0".to_vec(), constant: true, ..Data::default() };
    let text = module.define_data("text", Linkage::External, 1, text);
    let access = |module: &mut Module, name: &str, symbol, offset: i64, store: bool| {
        let function = define(module, name, Signature::new([], [I32]), |f| {
            let base = f.symbol_addr(symbol);
            let offset = f.iconst(I64, offset);
            let address = f.pure(Op::PtrAdd, PTR, &[base, offset]);
            let value = f.iconst(I32, 7);
            if store {
                f.store(address, value, MemAccess::aligned(1));
            }
            let result = f.load(I32, address, MemAccess::aligned(4));
            f.ret(&[result]);
        });
        undefined(module, function)
    };
    assert!(matches!(access(&mut module, "after", global, 8, false), Undefined::OutOfBounds { offset: 8, .. }));
    assert!(matches!(access(&mut module, "across", global, 6, false), Undefined::OutOfBounds { offset: 6, .. }));
    assert!(matches!(access(&mut module, "before", global, -4, true), Undefined::OutOfBounds { offset: -4, .. }));
    assert!(matches!(access(&mut module, "odd", global, 1, true), Undefined::Misaligned { align: 4, .. }));
    assert!(matches!(access(&mut module, "constant", text, 0, true), Undefined::WriteToConstant { .. }));
    let null = define(&mut module, "null", Signature::new([], [I32]), |f| {
        let null = f.iconst(PTR, 0);
        let value = f.load(I32, null, MemAccess::aligned(4));
        f.ret(&[value]);
    });
    assert_eq!(undefined(&module, null), Undefined::Null { size: 4 });
}

#[test]
fn heap_blocks_end_when_freed() {
    let mut module = module();
    let mut use_block = |name: &str, frees: usize, load: bool| {
        let mut f = FunctionBuilder::new(&mut module, name, Signature::new([], [I32]));
        let size = f.iconst(I64, 16);
        let block = call(&mut f, &mut module, "malloc", Signature::new([I64], [PTR]), &[size]).expect("a result");
        let seven = f.iconst(I32, 7);
        f.store(block, seven, MemAccess::aligned(4));
        for _ in 0..frees {
            call(&mut f, &mut module, "free", Signature::new([PTR], []), &[block]);
        }
        let result = if load { f.load(I32, block, MemAccess::aligned(4)) } else { seven };
        f.ret(&[result]);
        let function = f.finish().expect("well formed");
        let symbol = function.symbol;
        module.add_function(function);
        super::run(&module, symbol, &[], &Limits::default(), &mut Captured::default())
    };
    assert_eq!(use_block("kept", 0, true), returned([int(7)]));
    assert_eq!(use_block("freed", 1, false), returned([int(7)]));
    assert!(matches!(use_block("late", 1, true), Outcome::Undefined(Undefined::UseAfterFree { .. }, _)));
    assert!(matches!(use_block("twice", 2, false), Outcome::Undefined(Undefined::DoubleFree { .. }, _)));
}

#[test]
fn poison_decides_nothing() {
    let mut module = module();
    let overflow = |f: &mut FunctionBuilder| {
        let (max, one) = (f.iconst(I32, i32::MAX.into()), f.slot_value());
        f.pure_with(Op::Add, I32, NodeFlags::NSW, 0, &[max, one])
    };
    let passes = define(&mut module, "passes", Signature::new([], [I32]), |f| {
        let poison = overflow(f);
        let frozen = f.pure(Op::Freeze, I32, &[poison]);
        f.ret(&[frozen]);
    });
    let outcome = run(&module, passes, &[], &Limits::default(), &mut Captured::default());
    assert_eq!(outcome, returned([int(0)]));
    let determinate = Limits { determinate: true, ..Limits::default() };
    let outcome = run(&module, passes, &[], &determinate, &mut Captured::default());
    assert!(matches!(outcome, Outcome::Undefined(Undefined::Frozen, _)));
    let branches = define(&mut module, "branches", Signature::new([], [I32]), |f| {
        let poison = overflow(f);
        let (zero, other) = (f.iconst(I32, 0), f.slot_value());
        let (a, b) = (f.create_block(), f.create_block());
        let condition = f.pure(Op::Eq, Type::I1, &[poison, other]);
        f.branch(condition, a, b, Weights::default());
        for block in [a, b] {
            f.enter(block);
            f.ret(&[zero]);
        }
    });
    assert_eq!(undefined(&module, branches), Undefined::Poison("the condition of a branch"));
    let divides = define(&mut module, "divides", Signature::new([], [I32]), |f| {
        let zero = f.slot_value();
        let one = f.iconst(I32, 1);
        let zero = f.pure(Op::Sub, I32, &[zero, one]);
        let quotient = f.pinned(Op::SDiv, I32, NodeFlags::NONE, &[one, zero]);
        f.ret(&[quotient]);
    });
    assert_eq!(undefined(&module, divides), Undefined::DivisionByZero);
}

impl FunctionBuilder {
    /// The number 1, through memory, so that nothing folds.
    fn slot_value(&mut self) -> NodeId {
        let slot = self.create_slot(4, 4);
        let (address, one) = (self.slot_addr(slot), self.iconst(I32, 1));
        self.store(address, one, MemAccess::aligned(4));
        self.load(I32, address, MemAccess::aligned(4))
    }
}

#[test]
fn bytes_never_written_read_as_asked() {
    let mut module = module();
    let reads = define(&mut module, "reads", Signature::new([], [I32]), |f| {
        let slot = f.create_slot(4, 4);
        let address = f.slot_addr(slot);
        let value = f.load(I32, address, MemAccess::aligned(4));
        f.ret(&[value]);
    });
    let run = |uninitialized| {
        super::run(&module, reads, &[], &Limits { uninitialized, ..Limits::default() }, &mut Captured::default())
    };
    assert_eq!(run(Uninitialized::Unspecified(0x11)), returned([int(0x1111_1111)]));
    assert_eq!(run(Uninitialized::Poison), returned([Value::poison(I32)]));
}

#[test]
fn wide_integers_and_vectors_compute_and_travel_through_memory() {
    let mut module = module();
    let (wide, lanes) = (Type::I128, I32.vector(4));
    let signature = Signature::new([wide, lanes], [wide, lanes, Type::I1.vector(4)]);
    let mixed = define(&mut module, "mixed", signature, |f| {
        let (slot, other) = (f.create_slot(16, 16), f.create_slot(16, 16));
        let (address, second) = (f.slot_addr(slot), f.slot_addr(other));
        f.store(address, f.param(0), MemAccess::aligned(16));
        f.store(second, f.param(1), MemAccess::aligned(16));
        let a = f.load(wide, address, MemAccess::aligned(16));
        let b = f.load(lanes, second, MemAccess::aligned(16));
        let product = f.pure(Op::Mul, wide, &[a, a]);
        let sum = f.pure(Op::Add, lanes, &[b, b]);
        let less = f.pure(Op::Slt, Type::I1.vector(4), &[b, sum]);
        f.ret(&[product, sum, less]);
    });
    let vector = |values: [i64; 4]| Value::vector(&values.map(int));
    let args = [Value::wide(wide, 1 << 60), vector([1, -2, 3, -4])];
    let outcome = run(&module, mixed, &args, &Limits::default(), &mut Captured::default());
    let less = Value::vector(&[1, 0, 1, 0].map(|bit| Value::int(Type::I1, bit)));
    assert_eq!(outcome, returned([Value::wide(wide, 1 << 120), vector([2, -4, 6, -8]), less]));
}

#[test]
fn atomics_swap_and_tell() {
    let mut module = module();
    let counter = module.define_data("counter", Linkage::External, 4, Data { zeroed: 4, ..Data::default() });
    let swap = define(&mut module, "swap", Signature::new([], [I32, Type::I1, I32]), |f| {
        let address = f.symbol_addr(counter);
        let (zero, five) = (f.iconst(I32, 0), f.iconst(I32, 5));
        let access = MemAccess::aligned(4).payload();
        let old = f.effect(Op::AtomicCas, &[address, zero, five], access, &[I32, Type::I1]).values;
        let add = MemAccess { rmw: crate::payload::RmwOp::Add, ..MemAccess::aligned(4) };
        let before = f.effect(Op::AtomicRmw, &[address, five], add.payload(), &[I32]).values[0];
        f.ret(&[old[0], old[1], before]);
    });
    let mut host = Captured { trace: true, ..Captured::default() };
    let outcome = run(&module, swap, &[], &Limits::default(), &mut host);
    assert_eq!(outcome, returned([int(0), Value::int(Type::I1, 1), int(5)]));
    assert_eq!(host.events[1], Event("atomicrmw counter i32 10".to_owned()));
}

#[test]
fn guards_fail_on_demand_and_hand_over_their_state() {
    let mut module = module();
    let guarded = define(&mut module, "guarded", Signature::new([I32], [I32]), |f| {
        let hundred = f.iconst(I32, 100);
        let small = f.pure(Op::Slt, Type::I1, &[f.param(0), hundred]);
        let frame = FrameDescriptor { function: f.symbol(), pc: 17, has_outer: false };
        let payload = f.graph_mut().tables_mut().add_frame(frame);
        let state = f.pure_with(Op::FrameState, Type::STATE, NodeFlags::NONE, payload, &[f.param(0), hundred]);
        f.guard(small, state);
        f.ret(&[hundred]);
    });
    let run = |n, limits: &Limits| super::run(&module, guarded, &[int(n)], limits, &mut Captured::default());
    assert_eq!(run(7, &Limits::default()), returned([int(100)]));
    let state = |outcome| match outcome {
        Outcome::Deopt(state) => (state.frames[0].pc, state.frames[0].values.clone()),
        other => panic!("{other}"),
    };
    let values = |n| (17, vec![StateValue::Value(int(n)), StateValue::Value(int(100))]);
    assert_eq!(state(run(700, &Limits::default())), values(700));
    assert_eq!(state(run(7, &Limits { fail_guard: Some(0), ..Limits::default() })), values(7));
}

/// Two objects that refer to each other and one more, seen by two frames: allocated, and described.
const OBJECTS: &str = "module
declare @allocate(i64, i64) -> ptr
data @kept align 8 = zero 12
function @real(i32) -> i32 {
  shape %node \"node\" id 1 {i32 8, ptr 16} size 24 allocator @allocate
b, m, x = start
  c1, m1, first: ptr = alloc(%node) b, m, 0
  c2, m2, second: ptr = alloc(%node) c1, m1, 0
  c3, m3, third: ptr = alloc(%node) c2, m2, 0
  m4 = store c3, m3, @kept, third
  first_number = ptradd first, 8
  first_next = ptradd first, 16
  second_number = ptradd second, 8
  second_next = ptradd second, 16
  m5 = store c3, m4, first_number, x
  m6 = store c3, m5, first_next, second
  m7 = store c3, m6, second_number, 7: i32
  m8 = store c3, m7, second_next, first
  outer = framestate(@real, pc 1) first, third
  inner = framestate(@real, pc 2, outer) second, first, x, outer
  deopt c3, m8, inner
}
function @described(i32) -> i32 {
  shape %node \"node\" id 1 {i32 8, ptr 16} size 24 allocator @allocate
  slot $first 1
  slot $second 1
b, m, x = start
  c1, m1, third: ptr = alloc(%node) b, m, 0
  m2 = store c1, m1, @kept, third
  first = virtualobj(%node) $first, x, $second
  second = virtualobj(%node) $second, 7: i32, $first
  outer = framestate(@real, pc 1) $first, third
  inner = framestate(@real, pc 2, outer) $second, $first, x, first, second, outer
  deopt c1, m2, inner
}
";

#[test]
fn objects_are_rebuilt_as_they_would_have_been() {
    let module = crate::text::parse_verified(OBJECTS).unwrap_or_else(|error| panic!("{}", error.render("objects")));
    let state = |name: &str| {
        let function = module.find_symbol(name).expect("it is there");
        match super::run(&module, function, &[int(5)], &Limits::default(), &mut Captured::default()) {
            Outcome::Deopt(state) => *state,
            other => panic!("{other}"),
        }
    };
    let (real, described) = (state("real"), state("described"));
    assert_eq!(real, described);
    let [second, first, third] = [0, 1, 2].map(StateValue::Object);
    assert_eq!(real.frames[0].values, [second.clone(), first.clone(), StateValue::Value(int(5))]);
    assert_eq!(real.frames[1].values, [first.clone(), third.clone()]);
    assert_eq!(real.memory[0].1[0], third);
    assert_eq!(real.objects[0].fields, [StateValue::Value(int(7)), first]);
    assert_eq!(real.objects[1].fields, [StateValue::Value(int(5)), second]);
    let null = StateValue::Value(Value::wide(PTR, 0));
    assert_eq!(real.objects[2].fields, [StateValue::Value(int(0)), null]);
}

#[test]
fn the_library_prints_sorts_and_jumps() {
    let mut module = module();
    let text = |module: &mut Module, name: &str, bytes: &[u8]| {
        let data = Data { bytes: bytes.to_vec(), constant: true, ..Data::default() };
        module.define_data(name, Linkage::Private, 1, data)
    };
    let format = text(&mut module, "format", b"%d %5.2f|%-4s|%#x %s\n\0");
    let word = text(&mut module, "word", b"son\0");
    let numbers: Vec<u8> = [5i32, -3, 9, 0, 5, 1].iter().flat_map(|n| n.to_le_bytes()).collect();
    let array = module.define_data("array", Linkage::Internal, 4, Data { bytes: numbers, ..Data::default() });
    let compare = define(&mut module, "compare", Signature::new([PTR, PTR], [I32]), |f| {
        let access = MemAccess::aligned(4).in_class(AliasClass::ANY);
        let (a, b) = (f.load(I32, f.param(0), access), f.load(I32, f.param(1), access));
        let difference = f.pure(Op::Sub, I32, &[a, b]);
        f.ret(&[difference]);
    });
    let mut f = FunctionBuilder::new(&mut module, "main", Signature::new([I32, PTR], [I32]));
    let (array, compare) = (f.symbol_addr(array), f.symbol_addr(compare));
    let (count, size) = (f.iconst(I64, 6), f.iconst(I64, 4));
    call(&mut f, &mut module, "qsort", Signature::new([PTR, I64, I64, PTR], []), &[array, count, size, compare]);
    let least = f.load(I32, array, MemAccess::aligned(4));
    let (format, word, half) = (f.symbol_addr(format), f.symbol_addr(word), f.f64const(1.5));
    let name = f.load(PTR, f.param(1), MemAccess::aligned(8));
    let print = Signature::new([PTR], [I32]).variadic();
    let n = f.iconst(I32, 255);
    let printed = call(&mut f, &mut module, "printf", print, &[format, least, half, word, n, name]);
    f.ret(&[printed.expect("a result")]);
    let function = f.finish().expect("well formed");
    module.add_function(function);
    let mut host = Captured::default();
    let outcome = run_main(&module, &[b"program"], &Limits::default(), &mut host);
    assert_eq!(outcome, Outcome::Exit(27));
    assert_eq!(String::from_utf8_lossy(&host.output), "-3  1.50|son |0xff program\n");
}

#[test]
fn calls_with_other_signatures_are_undefined() {
    let mut module = module();
    let squares = sum_of_squares(&mut module);
    let wrong = Signature::new([I64], [I32]);
    let id = module.signature_id(wrong.clone());
    let caller = define(&mut module, "caller", Signature::new([], [I32]), |f| {
        let (callee, ten) = (f.symbol_addr(squares), f.iconst(I64, 10));
        let result = f.call(callee, id, &wrong, CallFlags::NONE, &[ten]).values[0];
        f.ret(&[result]);
    });
    assert_eq!(undefined(&module, caller), Undefined::SignatureMismatch { function: "squares".to_owned() });
}

#[test]
fn unknown_functions_are_asked_of_the_host() {
    struct Doubles;
    impl Host for Doubles {
        fn write(&mut self, _: Stream, _: &[u8]) {}
        fn call(&mut self, name: &str, args: &[Value], _: &mut Memory) -> Option<Vec<Value>> {
            (name == "double_it").then(|| vec![int(args[0].as_i64().unwrap_or(0) * 2)])
        }
    }
    let mut module = module();
    let mut f = FunctionBuilder::new(&mut module, "asks", Signature::new([I32], [I32]));
    let arg = f.param(0);
    let result = call(&mut f, &mut module, "double_it", Signature::new([I32], [I32]), &[arg]);
    f.ret(&[result.expect("a result")]);
    let function = f.finish().expect("well formed");
    let symbol = function.symbol;
    module.add_function(function);
    assert_eq!(run(&module, symbol, &[int(4)], &Limits::default(), &mut Doubles), returned([int(8)]));
    let outcome = run(&module, symbol, &[int(4)], &Limits::default(), &mut Captured::default());
    assert!(matches!(outcome, Outcome::Unsupported(what, _) if what == "call of double_it"));
}
