//! Random programs over globals, stack slots and an array, for differential tests of the optimizer: each
//! access has the class of its object or class 0, calls read or write what is global.

use son_ir::{
    AliasClass, CallFlags, Data, FunctionBuilder, FunctionFlags, Linkage, MemAccess, Module, NodeId, Op, Signature,
    SymbolId, Type, Var, Weights,
};

/// A small deterministic generator (xorshift).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 8) % limit
    }
}

const GLOBALS: usize = 3;
const WORDS: u64 = 4;

/// What the statements of a function work on.
struct Scope {
    globals: [SymbolId; GLOBALS],
    slots: Vec<NodeId>,
    variables: Vec<Var>,
    callees: Vec<(SymbolId, CallFlags)>,
}

/// A module of a few functions, the last of which is `main_function`: `i32 (i32, i32)`.
pub(crate) fn program(module: &mut Module, random: &mut Random) {
    let zeros = || Data { zeroed: WORDS * 4, ..Data::default() };
    let globals = ["g0", "g1", "g2"].map(|name| module.define_data(name, Linkage::Internal, 16, zeros()));
    let mut callees = Vec::new();
    for number in 0..3 {
        let symbol = function(module, random, &format!("f{number}"), globals, &callees);
        callees.push((symbol, CallFlags::NONE));
    }
    let symbol = reader(module, globals);
    callees.push((symbol, CallFlags::READ_ONLY.or(CallFlags::WILL_RETURN)));
    function(module, random, "main_function", globals, &callees);
}

/// A function that only reads.
fn reader(module: &mut Module, globals: [SymbolId; GLOBALS]) -> SymbolId {
    let mut f = FunctionBuilder::new(module, "reader", signature());
    f.add_flags(FunctionFlags::NO_INLINE);
    let (mut sum, thirty_one) = (f.param(0), f.iconst(Type::I32, 31));
    for (class, global) in globals.into_iter().enumerate() {
        for word in 0..WORDS {
            let address = element(&mut f, global, word);
            let value = f.load(Type::I32, address, MemAccess::aligned(4).in_class(AliasClass(class as u32)));
            let scaled = f.pure(Op::Mul, Type::I32, &[sum, thirty_one]);
            sum = f.pure(Op::Add, Type::I32, &[scaled, value]);
        }
    }
    f.ret(&[sum]);
    let symbol = f.symbol();
    let function = f.finish().expect("complete");
    module.add_function(function);
    symbol
}

fn element(f: &mut FunctionBuilder, global: SymbolId, word: u64) -> NodeId {
    let (base, offset) = (f.symbol_addr(global), f.iconst(Type::I64, word as i64 * 4));
    f.pure(Op::PtrAdd, Type::PTR, &[base, offset])
}

fn signature() -> Signature {
    Signature::new([Type::I32, Type::I32], [Type::I32])
}

fn function(
    module: &mut Module,
    random: &mut Random,
    name: &str,
    globals: [SymbolId; GLOBALS],
    callees: &[(SymbolId, CallFlags)],
) -> SymbolId {
    let id = module.signature_id(signature());
    let mut f = FunctionBuilder::new(module, name, signature());
    if random.below(2) == 0 {
        f.add_flags(FunctionFlags::NO_INLINE);
    }
    let variables: Vec<Var> = (0..3).map(|_| f.declare(Type::I32)).collect();
    for (i, &variable) in variables.iter().enumerate() {
        let start = if i < 2 { f.param(i) } else { f.iconst(Type::I32, 7) };
        f.def(variable, start);
    }
    let zero = f.iconst(Type::I32, 0);
    let mut slots = Vec::new();
    for _ in 0..3 {
        let slot = f.create_slot(WORDS * 4, 4);
        let base = f.slot_addr(slot);
        slots.push(base);
        for word in 0..WORDS {
            let offset = f.iconst(Type::I64, word as i64 * 4);
            let address = f.pure(Op::PtrAdd, Type::PTR, &[base, offset]);
            f.store(address, zero, MemAccess::aligned(4));
        }
    }
    let scope = Scope { globals, slots, variables, callees: callees.to_vec() };
    let count = 4 + random.below(6);
    let mut builder = Statements { f: &mut f, random, scope, id };
    (0..count).for_each(|_| builder.statement(2));
    let result = builder.summary();
    f.ret(&[result]);
    let symbol = f.symbol();
    let function = f.finish().expect("complete");
    module.add_function(function);
    symbol
}

struct Statements<'a> {
    f: &'a mut FunctionBuilder,
    random: &'a mut Random,
    scope: Scope,
    id: son_ir::SigId,
}

impl Statements<'_> {
    fn variable(&mut self) -> Var {
        self.scope.variables[self.random.below(3) as usize]
    }

    fn value(&mut self) -> NodeId {
        let variable = self.variable();
        let value = self.f.get(variable).expect("defined");
        match self.random.below(5) {
            0 => {
                let number = self.random.below(9) as i64 - 4;
                self.f.iconst(Type::I32, number)
            }
            1 => {
                let other = self.variable();
                let other = self.f.get(other).expect("defined");
                let op = [Op::Add, Op::Sub, Op::Mul, Op::Xor, Op::And][self.random.below(5) as usize];
                self.f.pure(op, Type::I32, &[value, other])
            }
            _ => value,
        }
    }

    /// A condition on values.
    fn condition(&mut self) -> NodeId {
        let (a, b) = (self.value(), self.value());
        let op = [Op::Eq, Op::Slt, Op::Ult][self.random.below(3) as usize];
        self.f.pure(op, Type::I1, &[a, b])
    }

    /// An address within an object, and the access.
    fn place(&mut self) -> (NodeId, MemAccess) {
        let number = self.random.below(6) as usize;
        let (base, class) = if number < GLOBALS {
            (self.f.symbol_addr(self.scope.globals[number]), number as u32)
        } else {
            (self.scope.slots[number - GLOBALS], 0)
        };
        let offset = if self.random.below(4) == 0 {
            let (index, mask) = (self.value(), self.f.iconst(Type::I32, WORDS as i64 - 1));
            let masked = self.f.pure(Op::And, Type::I32, &[index, mask]);
            let wide = self.f.pure(Op::ZExt, Type::I64, &[masked]);
            let four = self.f.iconst(Type::I64, 4);
            self.f.pure(Op::Mul, Type::I64, &[wide, four])
        } else {
            let word = self.random.below(WORDS) as i64;
            self.f.iconst(Type::I64, word * 4)
        };
        let class = if self.random.below(4) == 0 { 0 } else { class };
        let address = self.f.pure(Op::PtrAdd, Type::PTR, &[base, offset]);
        (address, MemAccess::aligned(4).in_class(AliasClass(class)))
    }

    fn statement(&mut self, depth: u32) {
        match self.random.below(if depth > 0 { 14 } else { 9 }) {
            0 | 1 => {
                let (value, variable) = (self.value(), self.variable());
                self.f.def(variable, value);
            }
            2..=4 => {
                let ((address, access), value) = (self.place(), self.value());
                self.f.store(address, value, access);
            }
            5 | 6 => {
                let (address, access) = self.place();
                let value = self.f.load(Type::I32, address, access);
                let variable = self.variable();
                self.f.def(variable, value);
            }
            7 => self.call(),
            8 => self.copy(),
            9 | 10 => self.branch(depth),
            _ => self.repeat(depth),
        }
    }

    fn call(&mut self) {
        if self.scope.callees.is_empty() {
            return;
        }
        let (symbol, flags) = self.scope.callees[self.random.below(self.scope.callees.len() as u64) as usize];
        let args = [self.value(), self.value()];
        let callee = self.f.symbol_addr(symbol);
        let result = self.f.call(callee, self.id, &signature(), flags, &args).values[0];
        let variable = self.variable();
        self.f.def(variable, result);
    }

    /// Copies a slot or global to another one, whole or in part.
    fn copy(&mut self) {
        let mut bases: Vec<NodeId> = self.scope.slots.clone();
        bases.extend(self.scope.globals.map(|global| self.f.symbol_addr(global)));
        let (to, from) = (self.random.below(6) as usize, self.random.below(6) as usize);
        if to == from {
            return;
        }
        let size = (1 + self.random.below(WORDS)) as i64 * 4;
        if self.random.below(4) == 0 {
            let byte = self.f.iconst(Type::I8, 3);
            let size = self.f.iconst(Type::I64, size);
            self.f.memory_op(Op::MemSet, &[bases[to], byte, size], MemAccess::aligned(4).payload());
        } else {
            let size = self.f.iconst(Type::I64, size);
            self.f.memory_op(Op::MemCopy, &[bases[to], bases[from], size], MemAccess::aligned(4).payload());
        }
    }

    fn branch(&mut self, depth: u32) {
        let condition = self.condition();
        let (yes, no, done) = (self.f.create_block(), self.f.create_block(), self.f.create_block());
        self.f.branch(condition, yes, no, Weights::default());
        for block in [yes, no] {
            self.f.enter(block);
            (0..self.random.below(4)).for_each(|_| self.statement(depth - 1));
            if block == yes && self.random.below(10) == 0 {
                let result = self.value();
                self.f.ret(&[result]);
            } else {
                self.f.jump(done);
            }
        }
        self.f.enter(done);
    }

    fn repeat(&mut self, depth: u32) {
        let (head, body, done) = (self.f.create_block(), self.f.create_block(), self.f.create_block());
        let counter = self.f.declare(Type::I32);
        let (zero, one) = (self.f.iconst(Type::I32, 0), self.f.iconst(Type::I32, 1));
        let limit = self.random.below(5) as i64;
        let limit = self.f.iconst(Type::I32, limit);
        self.f.def(counter, zero);
        self.f.jump(head);
        self.f.enter(head);
        let count = self.f.get(counter).expect("defined");
        let less = self.f.pure(Op::Slt, Type::I1, &[count, limit]);
        self.f.branch(less, body, done, Weights::default());
        self.f.enter(body);
        (0..1 + self.random.below(4)).for_each(|_| self.statement(depth - 1));
        if self.random.below(4) == 0 {
            let condition = self.condition();
            let next = self.f.create_block();
            self.f.branch(condition, done, next, Weights::default());
            self.f.enter(next);
        }
        let count = self.f.get(counter).expect("defined");
        let next = self.f.pure(Op::Add, Type::I32, &[count, one]);
        self.f.def(counter, next);
        self.f.jump(head);
        self.f.enter(done);
    }

    /// A number that depends on all variables, slots and globals.
    fn summary(&mut self) -> NodeId {
        let thirty_one = self.f.iconst(Type::I32, 31);
        let mut sum = self.f.iconst(Type::I32, 1);
        let mut parts: Vec<NodeId> =
            self.scope.variables.clone().into_iter().map(|variable| self.f.get(variable).expect("defined")).collect();
        let mut bases = self.scope.slots.clone();
        bases.extend(self.scope.globals.map(|global| self.f.symbol_addr(global)));
        for base in bases {
            for word in 0..WORDS {
                let offset = self.f.iconst(Type::I64, word as i64 * 4);
                let address = self.f.pure(Op::PtrAdd, Type::PTR, &[base, offset]);
                parts.push(self.f.load(Type::I32, address, MemAccess::aligned(4)));
            }
        }
        for part in parts {
            let scaled = self.f.pure(Op::Mul, Type::I32, &[sum, thirty_one]);
            sum = self.f.pure(Op::Add, Type::I32, &[scaled, part]);
        }
        sum
    }
}
