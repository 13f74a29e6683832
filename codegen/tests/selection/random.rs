//! Random graphs: native code against the interpreter.
//!
//! The generator does not avoid undefined behaviour: the interpreter tells, and such runs are left out.

use crate::native;
use son_ir::interp::{self, Captured, Limits, Outcome, Value};
use son_ir::{
    AliasClass, CallFlags, Data, FunctionBuilder, Linkage, MemAccess, Module, NodeFlags, NodeId, Op, Signature,
    SymbolId, Type, Var, Weights,
};
use std::fmt::Write;

const WORDS: usize = 32;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let x = self.0;
        (x ^ (x >> 29)).wrapping_mul(0xbf58476d1ce4e5b9) >> 7
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn number(&mut self) -> i64 {
        match self.below(8) {
            0..=3 => self.below(17) as i64 - 8,
            4 => 1 << self.below(63),
            5 => (1 << self.below(63)) - 1,
            6 => self.next() as i32 as i64,
            _ => self.next() as i64,
        }
    }
}

const INTS: [Type; 9] =
    [Type::I1, Type::I8, Type::I16, Type::I32, Type::I64, Type::int(7), Type::int(24), Type::int(33), Type::int(61)];
const FLOATS: [Type; 2] = [Type::F32, Type::F64];

/// Variables: one of each type.
struct Generator<'a> {
    f: FunctionBuilder,
    random: &'a mut Random,
    vars: Vec<(Type, Var)>,
    table: SymbolId,
    slot: u32,
    earlier: &'a [(SymbolId, son_ir::SigId)],
    signature: Signature,
    budget: i32,
}

fn signature() -> Signature {
    Signature::new([Type::I64, Type::I64, Type::I32, Type::F64], [Type::I64])
}

impl Generator<'_> {
    fn get(&mut self, ty: Type) -> NodeId {
        let var = self.vars.iter().find(|var| var.0 == ty).expect("a variable of each type").1;
        self.f.get(var).expect("all are defined")
    }

    fn set(&mut self, value: NodeId) {
        let ty = self.f.graph().ty(value);
        let vars: Vec<Var> = self.vars.iter().filter(|var| var.0 == ty).map(|var| var.1).collect();
        let var = self.random.pick(&vars);
        self.f.def(var, value);
    }

    /// Some value of the type: a variable, a constant, or an expression.
    fn value(&mut self, ty: Type, depth: u32) -> NodeId {
        match self.random.below(if depth == 0 { 3 } else { 9 }) {
            0 if ty.is_int() => {
                let number = self.random.number();
                self.f.iconst(ty, number)
            }
            0 if ty == Type::F32 => {
                let number = self.random.number() as f32 / 8.0;
                self.f.f32const(number)
            }
            0 => {
                let number = self.random.number() as f64 / 8.0;
                self.f.f64const(number)
            }
            1 | 2 => {
                let vars: Vec<Var> = self.vars.iter().filter(|var| var.0 == ty).map(|var| var.1).collect();
                let var = self.random.pick(&vars);
                self.f.get(var).expect("all are defined")
            }
            _ if ty.is_int() => self.int(ty, depth - 1),
            _ => self.float(ty, depth - 1),
        }
    }

    fn int(&mut self, ty: Type, depth: u32) -> NodeId {
        const BINARY: [Op; 14] = [
            Op::Add,
            Op::Sub,
            Op::Mul,
            Op::And,
            Op::Or,
            Op::Xor,
            Op::Shl,
            Op::LShr,
            Op::AShr,
            Op::SMin,
            Op::SMax,
            Op::UMin,
            Op::UMax,
            Op::Add,
        ];
        const UNARY: [Op; 6] = [Op::Neg, Op::Abs, Op::Ctpop, Op::Ctlz, Op::Cttz, Op::Bitreverse];
        match self.random.below(12) {
            0..=3 => {
                let op = self.random.pick(&BINARY);
                let (a, mut b) = (self.value(ty, depth), self.value(ty, depth));
                if matches!(op, Op::Shl | Op::LShr | Op::AShr) {
                    if self.random.below(2) == 0 {
                        let amount = self.random.below(ty.bits() as usize) as i64;
                        b = self.f.iconst(ty, amount);
                    } else {
                        let mask = self.f.iconst(ty, i64::from(1 << ty.bits().ilog2()) - 1);
                        b = self.f.pure(Op::And, ty, &[b, mask]);
                    }
                }
                self.f.pure(op, ty, &[a, b])
            }
            4 => {
                let op = self.random.pick(&UNARY);
                let op = if op == Op::Bitreverse && ty.bits().is_multiple_of(16) { Op::Bswap } else { op };
                let a = self.value(ty, depth);
                self.f.pure(op, ty, &[a])
            }
            5 if ty != Type::I1 => {
                let op = self.random.pick(&[Op::SDiv, Op::UDiv, Op::SRem, Op::URem]);
                let a = self.value(ty, depth);
                let b = if self.random.below(3) == 0 {
                    self.value(ty, depth)
                } else {
                    let number = self.random.number();
                    self.f.iconst(ty, number)
                };
                self.f.pinned(op, ty, NodeFlags::NONE, &[a, b])
            }
            6 => {
                let from = self.random.pick(&INTS);
                let a = self.value(from, depth);
                let op = match from.bits().cmp(&ty.bits()) {
                    std::cmp::Ordering::Less => self.random.pick(&[Op::ZExt, Op::SExt]),
                    std::cmp::Ordering::Equal => return a,
                    std::cmp::Ordering::Greater => Op::Trunc,
                };
                self.f.pure(op, ty, &[a])
            }
            7 => {
                let condition = self.condition(depth);
                let (a, b) = (self.value(ty, depth), self.value(ty, depth));
                self.f.pure(Op::Select, ty, &[condition, a, b])
            }
            8 => self.load(ty, depth),
            9 if ty != Type::I1 => {
                let op = self.random.pick(&[Op::Fshl, Op::Fshr]);
                let (a, b, c) = (self.value(ty, depth), self.value(ty, depth), self.value(ty, depth));
                let b = if self.random.below(2) == 0 { a } else { b };
                self.f.pure(op, ty, &[a, b, c])
            }
            10 if ty.bits() > 7 => {
                let from = self.random.pick(&FLOATS);
                // Small enough for any type, and not negative.
                let small = self.random.pick(&[Type::I1, Type::int(7)]);
                let bits = self.value(small, depth);
                let a = self.f.pure(Op::UToF, from, &[bits]);
                self.f.pure(self.random.pick(&[Op::FToS, Op::FToU]), ty, &[a])
            }
            11 if matches!(ty.bits(), 32 | 64) => {
                let op = self.random.pick(&[Op::SMulHigh, Op::UMulHigh]);
                let (a, b) = (self.value(ty, depth), self.value(ty, depth));
                self.f.pure(op, ty, &[a, b])
            }
            _ if ty == Type::I1 => self.condition(depth),
            _ => self.value(ty, 0),
        }
    }

    fn condition(&mut self, depth: u32) -> NodeId {
        const INT: [Op; 6] = [Op::Eq, Op::Ne, Op::Slt, Op::Sle, Op::Ult, Op::Ule];
        const FLOAT: [Op; 5] = [Op::FEq, Op::FNe, Op::FLt, Op::FLe, Op::FOrd];
        const OVERFLOW: [Op; 6] = [
            Op::SAddOverflow,
            Op::UAddOverflow,
            Op::SSubOverflow,
            Op::USubOverflow,
            Op::SMulOverflow,
            Op::UMulOverflow,
        ];
        match self.random.below(10) {
            0..=5 => {
                let ty = self.random.pick(&INTS);
                let (a, b) = (self.value(ty, depth.saturating_sub(1)), self.value(ty, depth.saturating_sub(1)));
                self.f.pure(self.random.pick(&INT), Type::I1, &[a, b])
            }
            6 => {
                let ty = self.random.pick(&INTS[1..]);
                let (a, b) = (self.value(ty, depth.saturating_sub(1)), self.value(ty, depth.saturating_sub(1)));
                let op = self.random.pick(&OVERFLOW);
                if self.random.below(2) == 0 {
                    let result = match op {
                        Op::SAddOverflow | Op::UAddOverflow => Op::Add,
                        Op::SSubOverflow | Op::USubOverflow => Op::Sub,
                        _ => Op::Mul,
                    };
                    let result = self.f.pure(result, ty, &[a, b]);
                    self.set(result);
                }
                self.f.pure(op, Type::I1, &[a, b])
            }
            7 => {
                let a = self.value(Type::I1, depth.saturating_sub(1));
                let one = self.f.iconst(Type::I1, 1);
                self.f.pure(Op::Xor, Type::I1, &[a, one])
            }
            _ => {
                let ty = self.random.pick(&FLOATS);
                let (a, b) = (self.value(ty, depth.saturating_sub(1)), self.value(ty, depth.saturating_sub(1)));
                self.f.pure(self.random.pick(&FLOAT), Type::I1, &[a, b])
            }
        }
    }

    fn float(&mut self, ty: Type, depth: u32) -> NodeId {
        match self.random.below(7) {
            0 | 1 => {
                let op = self.random.pick(&[
                    Op::FAdd,
                    Op::FSub,
                    Op::FMul,
                    Op::FDiv,
                    Op::FCopySign,
                    Op::FMin,
                    Op::FMax,
                    Op::FRem,
                ]);
                let (a, b) = (self.value(ty, depth), self.value(ty, depth));
                self.f.pure(op, ty, &[a, b])
            }
            2 => {
                let op = self.random.pick(&[
                    Op::FNeg,
                    Op::FAbs,
                    Op::FSqrt,
                    Op::FFloor,
                    Op::FCeil,
                    Op::FRoundZero,
                    Op::FRint,
                    Op::FRound,
                ]);
                let a = self.value(ty, depth);
                self.f.pure(op, ty, &[a])
            }
            3 => {
                let from = self.random.pick(&INTS);
                let a = self.value(from, depth);
                self.f.pure(self.random.pick(&[Op::SToF, Op::UToF]), ty, &[a])
            }
            4 => {
                let from = if ty == Type::F32 { Type::F64 } else { Type::F32 };
                let a = self.value(from, depth);
                self.f.pure(if ty == Type::F32 { Op::FTrunc } else { Op::FExt }, ty, &[a])
            }
            5 => self.load(ty, depth),
            _ => {
                let condition = self.condition(depth);
                let (a, b) = (self.value(ty, depth), self.value(ty, depth));
                self.f.pure(Op::Select, ty, &[condition, a, b])
            }
        }
    }

    /// An address in the table or in the stack slot, and the alias class of that part.
    fn address(&mut self, depth: u32) -> (NodeId, MemAccess) {
        let in_slot = self.random.below(3) == 0;
        let base = if in_slot { self.f.slot_addr(self.slot) } else { self.f.symbol_addr(self.table) };
        let class = AliasClass(if in_slot { 2 } else { self.random.below(2) as u32 });
        let index = self.value(Type::I64, depth);
        let mask = self.f.iconst(Type::I64, WORDS as i64 - 2);
        let masked = self.f.pure(Op::And, Type::I64, &[index, mask]);
        let three = self.f.iconst(Type::I64, 3);
        let offset = self.f.pure(Op::Shl, Type::I64, &[masked, three]);
        let address = self.f.pure(Op::PtrAdd, Type::PTR, &[base, offset]);
        let more = self.f.iconst(Type::I64, 8);
        let more = if self.random.below(2) == 0 { more } else { self.f.iconst(Type::I64, 0) };
        (self.f.pure(Op::PtrAdd, Type::PTR, &[address, more]), MemAccess::aligned(8).in_class(class))
    }

    fn load(&mut self, ty: Type, depth: u32) -> NodeId {
        // Of integers that fill no bytes, memory must have zeros in the rest.
        if !ty.bits().is_multiple_of(8) {
            return self.value(ty, 0);
        }
        let (address, access) = self.address(depth);
        self.f.load(ty, address, access)
    }

    fn statements(&mut self, depth: u32) {
        for _ in 0..self.random.below(5) + 1 {
            self.budget -= 1;
            let deep = depth < 4 && self.budget > 0;
            match self.random.below(if deep { 14 } else { 9 }) {
                0..=5 => {
                    let ty =
                        if self.random.below(4) == 0 { self.random.pick(&FLOATS) } else { self.random.pick(&INTS) };
                    let value = self.value(ty, 3);
                    self.set(value);
                }
                6 | 7 => {
                    let ty =
                        if self.random.below(4) == 0 { self.random.pick(&FLOATS) } else { self.random.pick(&INTS) };
                    let (address, access) = self.address(1);
                    if ty.is_int() && matches!(ty.bits(), 8 | 16 | 32 | 64) && self.random.below(2) == 0 {
                        let op = self.random.pick(&[Op::Add, Op::Sub, Op::Xor, Op::And, Op::Or]);
                        let (old, other) = (self.f.load(ty, address, access), self.value(ty, 2));
                        let new = self.f.pure(op, ty, &[old, other]);
                        self.f.store(address, new, access);
                    } else {
                        let value = self.value(ty, 2);
                        self.f.store(address, value, access);
                    }
                }
                8 if self.earlier.is_empty() => {}
                8 => {
                    let (callee, id) = self.random.pick(self.earlier);
                    let address = self.f.symbol_addr(callee);
                    let args: Vec<NodeId> =
                        [Type::I64, Type::I64, Type::I32, Type::F64].into_iter().map(|ty| self.value(ty, 2)).collect();
                    let signature = self.signature.clone();
                    let results = self.f.call(address, id, &signature, CallFlags::NONE, &args);
                    self.set(results.values[0]);
                }
                9 | 10 => {
                    let (then, other, done) = (self.f.create_block(), self.f.create_block(), self.f.create_block());
                    let condition = self.condition(3);
                    self.f.branch(condition, then, other, Weights::default());
                    for block in [then, other] {
                        self.f.enter(block);
                        self.statements(depth + 1);
                        self.f.jump(done);
                    }
                    self.f.enter(done);
                }
                11 => self.switch(depth),
                _ => self.counted_loop(depth),
            }
        }
    }

    fn switch(&mut self, depth: u32) {
        let ty = self.random.pick(&INTS[1..]);
        let value = self.value(ty, 2);
        let mask = self.f.iconst(ty, 7);
        let value = if self.random.below(2) == 0 { self.f.pure(Op::And, ty, &[value, mask]) } else { value };
        let count = self.random.below(9);
        let spread = self.random.pick(&[1, 1, 1, 1000, -3]);
        let blocks: Vec<_> = (0..3).map(|_| self.f.create_block()).collect();
        let done = self.f.create_block();
        let mut cases: Vec<(u64, _)> =
            (0..count as i64).map(|k| ((k * spread) as u64 & ty.mask(), self.random.pick(&blocks))).collect();
        cases.sort_by_key(|case| case.0);
        cases.dedup_by_key(|case| case.0);
        self.f.switch(value, done, &cases, &[]);
        for block in blocks {
            if !self.f.is_reached(block) {
                continue;
            }
            self.f.enter(block);
            self.statements(depth + 1);
            self.f.jump(done);
        }
        self.f.enter(done);
    }

    fn counted_loop(&mut self, depth: u32) {
        let i = self.f.declare(Type::I64);
        let zero = self.f.iconst(Type::I64, 0);
        self.f.def(i, zero);
        let (head, body, done) = (self.f.create_block(), self.f.create_block(), self.f.create_block());
        self.f.jump(head);
        self.f.enter(head);
        let trips = self.random.below(6) as i64;
        let trips = self.f.iconst(Type::I64, trips);
        let count = self.f.get(i).expect("it is defined");
        let less = self.f.pure(Op::Slt, Type::I1, &[count, trips]);
        self.f.branch(less, body, done, Weights::default());
        self.f.enter(body);
        self.statements(depth + 1);
        let one = self.f.iconst(Type::I64, 1);
        let count = self.f.get(i).expect("it is defined");
        let next = self.f.pure(Op::Add, Type::I64, &[count, one]);
        self.f.def(i, next);
        self.f.jump(head);
        self.f.enter(done);
    }

    /// All variables in one number.
    fn mix(&mut self) -> NodeId {
        let mut sum = self.get(Type::I64);
        for (ty, var) in self.vars.clone() {
            let value = self.f.get(var).expect("all are defined");
            // A float's bits matter but for the sign and payload of what is no number.
            let value = if ty.is_float() {
                let ordered = self.f.pure(Op::FOrd, Type::I1, &[value, value]);
                let int = Type::int(ty.bits());
                let (bits, zero) = (self.f.pure(Op::Bitcast, int, &[value]), self.f.iconst(int, 0));
                self.f.pure(Op::Select, int, &[ordered, bits, zero])
            } else {
                value
            };
            let ty = self.f.graph().ty(value);
            let wide = if ty.bits() < 64 { self.f.pure(Op::ZExt, Type::I64, &[value]) } else { value };
            let five = self.f.iconst(Type::I64, 5);
            let turned = self.f.pure(Op::Fshl, Type::I64, &[sum, sum, five]);
            sum = self.f.pure(Op::Xor, Type::I64, &[turned, wide]);
        }
        sum
    }
}

fn random_module(random: &mut Random, count: usize) -> (Module, Vec<SymbolId>) {
    let mut module = Module::new(target_lexicon::Triple::host());
    let data = Data { bytes: (0..WORDS * 8).map(|i| (i * 37) as u8).collect(), ..Data::default() };
    let table = module.define_data("table", Linkage::External, 16, data);
    let id = module.signature_id(signature());
    let mut functions: Vec<(SymbolId, son_ir::SigId)> = Vec::new();
    for number in 0..count {
        let f = FunctionBuilder::new(&mut module, &format!("f{number}"), signature());
        let mut generator = Generator {
            f,
            random,
            vars: Vec::new(),
            table,
            slot: 0,
            earlier: &functions[functions.len().saturating_sub(2)..],
            signature: signature(),
            budget: 25,
        };
        generator.begin();
        generator.statements(0);
        let result = generator.mix();
        generator.f.ret(&[result]);
        let function = generator.f.finish().expect("the function is complete");
        functions.push((function.symbol, id));
        module.add_function(function);
    }
    (module, functions.into_iter().map(|function| function.0).collect())
}

impl Generator<'_> {
    fn begin(&mut self) {
        self.slot = self.f.create_slot(WORDS as u64 * 8, 8);
        let base = self.f.slot_addr(self.slot);
        let (byte, size) = (self.f.iconst(Type::I8, 3), self.f.iconst(Type::I64, WORDS as i64 * 8));
        let access = MemAccess::aligned(8).in_class(AliasClass(2));
        self.f.memory_op(Op::MemSet, &[base, byte, size], access.payload());
        for ty in INTS.into_iter().chain(FLOATS).chain([Type::I64, Type::I32, Type::F64]) {
            let var = self.f.declare(ty);
            let param = self.f.param(if ty.is_float() { 3 } else { self.random.below(2) });
            let value = match ty {
                Type::I64 | Type::F64 => param,
                Type::F32 => self.f.pure(Op::FTrunc, ty, &[param]),
                Type::I32 => self.f.param(2),
                _ => self.f.pure(Op::Trunc, ty, &[param]),
            };
            self.f.def(var, value);
            self.vars.push((ty, var));
        }
    }
}

const ARGUMENTS: [(i64, i64, i32, f64); 5] = [
    (0, 0, 0, 0.0),
    (1, -1, 7, 1.5),
    (0x123456789abcdef, 77, -5, -1e3),
    (-3, i64::MIN, i32::MAX, 1e9),
    (255, 65536, i32::MIN, -0.25),
];

fn check(seed: u64, count: usize) -> usize {
    let (module, functions) = random_module(&mut Random(seed), count);
    let mut c =
        String::from("#include <stdio.h>\n#include <string.h>\nextern char table[256];\nstatic char saved[256];\n");
    let mut body = String::new();
    let mut expected = String::new();
    let mut runs = 0;
    for (number, &symbol) in functions.iter().enumerate() {
        let _ = writeln!(c, "long f{number}(long, long, int, double);");
        for (a, b, k, x) in ARGUMENTS {
            let values = [
                Value::int(Type::I64, a as u64),
                Value::int(Type::I64, b as u64),
                Value::int(Type::I32, k as u32 as u64),
                Value::f64(x),
            ];
            let limits = Limits { steps: 200_000, ..Limits::default() };
            let outcome = interp::run(&module, symbol, &values, &limits, &mut Captured::default());
            let Outcome::Returned(results) = outcome else { continue };
            let Some(result) = results[0].as_i64() else { continue };
            runs += 1;
            let _ = writeln!(
                body,
                "memcpy(table, saved, 256); printf(\"f{number}(%d) = %lx\\n\", {runs}, f{number}({a}L + 0, {}L, {k}, {x:e}));",
                if b == i64::MIN { format!("(-{}L - 1)+0", i64::MAX) } else { b.to_string() }
            );
            let _ = writeln!(expected, "f{number}({runs}) = {:x}", result as u64);
        }
    }
    let _ = writeln!(c, "int main() {{ memcpy(saved, table, 256);\n{body} return 0; }}");
    if let Ok(path) = std::env::var("SON_DUMP") {
        std::fs::write(path, son_ir::text::print(&module)).expect("the module is written");
    }
    for level in [0, 2] {
        let printed = native::run(&module, level, &c);
        if let Some((wrong, right)) = printed.lines().zip(expected.lines()).find(|(a, b)| a != b) {
            panic!("seed {seed}, level {level}: {wrong}, the interpreter says {right}");
        }
        assert_eq!(printed.lines().count(), expected.lines().count());
    }
    runs
}

#[test]
fn native_code_does_what_the_interpreter_does() {
    let count = std::env::var("SON_RANDOM").ok().and_then(|count| count.parse().ok()).unwrap_or(10);
    let runs: usize = (1..=count).map(|seed| check(seed, 20)).sum();
    assert!(runs > count as usize * 20, "only {runs} runs were defined");
}
