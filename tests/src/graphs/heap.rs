//! Memory of C's allocator: one block that lives as long as the function, and small records that statements make, share,
//! link, grow, count and give back.

use super::Mode;
use super::expr::{Callee, Grower, Heap, OBJECT, Place};
use son_ir::{
    AtomicOrder, CallFlags, FunctionBuilder, FunctionFlags, MemAccess, Module, NodeFlags, NodeId, Op, RmwOp, Signature,
    Type, Var, Weights,
};

/// Bytes of a record: a link to another record, two words, and a count.
const RECORD: i64 = 32;
const LINK: i64 = 0;
const WORDS: [i64; 2] = [8, 16];
const COUNT: i64 = 24;

/// The allocator of C's library, and functions that are not inlined.
pub(super) fn heap(module: &mut Module, published: bool) -> Heap {
    let mut import = |name: &str, params: &[Type], results: &[Type]| {
        let signature = Signature::new(params.iter().copied(), results.iter().copied());
        let symbol = module.import_function(name, signature.clone());
        Callee { symbol, id: module.signature_id(signature.clone()), signature }
    };
    let malloc = import("malloc", &[Type::I64], &[Type::PTR]);
    let calloc = import("calloc", &[Type::I64, Type::I64], &[Type::PTR]);
    let realloc = import("realloc", &[Type::PTR, Type::I64], &[Type::PTR]);
    let free = import("free", &[Type::PTR], &[]);
    let visit = visitor(module, "visit", None);
    let take = visitor(module, "take", Some(&free));
    Heap { malloc, calloc, realloc, free, visit, take, published }
}

/// A function that reads a record, writes it or gives it back, and returns what it read.
fn visitor(module: &mut Module, name: &str, free: Option<&Callee>) -> Callee {
    let signature = Signature::new([Type::PTR], [Type::I64]);
    let id = module.signature_id(signature.clone());
    if let Some(symbol) = module.find_symbol(name) {
        return Callee { symbol, id, signature };
    }
    let mut f = FunctionBuilder::new(module, name, signature.clone());
    f.add_flags(FunctionFlags::NO_INLINE);
    let (symbol, record, word) = (f.symbol(), f.param(0), MemAccess::aligned(8));
    let [first, second] = WORDS.map(|offset| {
        let offset = f.iconst(Type::I64, offset);
        f.pure_with(Op::PtrAdd, Type::PTR, NodeFlags::NSW, 0, &[record, offset])
    });
    let (a, b) = (f.load(Type::I64, first, word), f.load(Type::I64, second, word));
    let sum = f.pure(Op::Sub, Type::I64, &[a, b]);
    match free {
        Some(free) => {
            let callee = f.symbol_addr(free.symbol);
            f.call(callee, free.id, &free.signature, CallFlags::NONE, &[record]);
        }
        None => f.store(second, sum, word),
    }
    f.ret(&[sum]);
    let function = f.finish().expect("a visitor is well formed");
    module.add_function(function);
    Callee { symbol, id, signature }
}

impl Grower<'_> {
    /// Points the variable of the heap to new memory, and gives the old one back if nobody else can know it.
    pub(super) fn allocate(&mut self) {
        let Some(var) = self.heap_variable() else { return };
        let old = self.get(var);
        let size = self.f.iconst(Type::I64, OBJECT as i64);
        let new = match self.tape.choose(4) {
            0 if !self.heap.published => {
                let new = self.call_library(|heap| &heap.realloc, &[old, size])[0];
                return self.f.def(var, new);
            }
            0 | 1 => self.zeroed_memory(OBJECT as i64),
            way => {
                let new = self.call_library(|heap| &heap.malloc, &[size])[0];
                let access = MemAccess::aligned(8).payload();
                if way == 2 {
                    self.f.memory_op(Op::MemCopy, &[new, old, size], access);
                } else {
                    let byte = self.f.iconst(Type::I8, self.budget as i64);
                    self.f.memory_op(Op::MemSet, &[new, byte, size], access);
                }
                new
            }
        };
        if !self.heap.published && !self.tape.once_in(4) {
            self.call_library(|heap| &heap.free, &[old]);
        }
        self.f.def(var, new);
    }

    /// Memory whose bytes are zero.
    pub(super) fn zeroed_memory(&mut self, bytes: i64) -> NodeId {
        let (count, size) = (self.f.iconst(Type::I64, bytes / 8), self.f.iconst(Type::I64, 8));
        self.call_library(|heap| &heap.calloc, &[count, size])[0]
    }

    fn call_library(&mut self, function: impl Fn(&Heap) -> &Callee, args: &[NodeId]) -> Vec<NodeId> {
        let callee = function(&self.heap).clone();
        let address = self.f.symbol_addr(callee.symbol);
        self.f.call(address, callee.id, &callee.signature, CallFlags::NONE, args).values.to_vec()
    }

    /// Memory of the allocator is not null, and no other object.
    pub(super) fn compare_places(&mut self) {
        let Some(var) = self.heap_variable() else { return };
        let other = match self.tape.choose(3) {
            0 => self.f.iconst(Type::PTR, 0),
            _ => self.constant(Type::PTR),
        };
        let op = self.tape.pick(&[Op::Eq, Op::Ne]);
        let memory = self.get(var);
        let result = self.f.pure(op, Type::I1, &[memory, other]);
        self.scope.push((result, Type::I1));
    }

    fn heap_variable(&self) -> Option<Var> {
        self.places.iter().find_map(|place| match place {
            Place::Heap(var) => Some(*var),
            _ => None,
        })
    }

    /// Something is done with a record that is there, or with new ones.
    pub(super) fn records(&mut self, depth: usize) {
        if !self.records.is_empty() && self.tape.once_in(2) {
            return self.use_record();
        }
        match self.tape.choose(8) {
            0 | 1 => self.lent_record(depth),
            2 => self.record_or_other(depth),
            3 => self.list(),
            4 => self.ring(),
            5 => self.counted_record(depth),
            6 => self.text(depth),
            _ => self.grown_array(),
        }
    }

    // ---- Accesses ----

    fn word_at(&mut self, base: NodeId, offset: i64) -> NodeId {
        let offset = self.f.iconst(Type::I64, offset);
        self.f.pure_with(Op::PtrAdd, Type::PTR, NodeFlags::NSW, 0, &[base, offset])
    }

    fn read(&mut self, ty: Type, base: NodeId, offset: i64) -> NodeId {
        let address = self.word_at(base, offset);
        self.f.load(ty, address, MemAccess::aligned(8))
    }

    fn write(&mut self, base: NodeId, offset: i64, value: NodeId) {
        let address = self.word_at(base, offset);
        self.f.store(address, value, MemAccess::aligned(8));
    }

    /// A value for memory.
    fn word(&mut self) -> NodeId {
        let value = self.expr(Type::I64, 2);
        match self.config.mode {
            Mode::Poison => self.f.pure(Op::Freeze, Type::I64, &[value]),
            Mode::Defined => value,
        }
    }

    fn frozen_condition(&mut self) -> NodeId {
        let condition = self.expr(Type::I1, 3);
        match self.config.mode {
            Mode::Poison => self.f.pure(Op::Freeze, Type::I1, &[condition]),
            Mode::Defined => condition,
        }
    }

    /// A value that was read is one to go on with.
    fn learn(&mut self, value: NodeId) {
        self.scope.push((value, Type::I64));
        if let Some(&(var, _)) = self.variables.iter().find(|variable| variable.1 == Type::I64) {
            let old = self.get(var);
            let mixed = self.f.pure(Op::Xor, Type::I64, &[old, value]);
            self.f.def(var, mixed);
        }
    }

    /// Does something in a block of its own if the condition holds.
    fn only_if(&mut self, condition: NodeId, weights: Weights, mut then: impl FnMut(&mut Self)) {
        let (inside, end) = (self.f.create_block(), self.f.create_block());
        self.f.branch(condition, inside, end, weights);
        let known = self.scope.len();
        self.f.enter(inside);
        then(self);
        self.scope.truncate(known);
        if self.f.is_open() {
            self.f.jump(end);
        }
        self.f.enter(end);
    }

    fn free(&mut self, memory: NodeId) {
        self.call_library(|heap| &heap.free, &[memory]);
    }

    fn variable_of(&mut self, ty: Type, value: NodeId) -> Var {
        let var = self.f.declare(ty);
        self.f.def(var, value);
        var
    }

    // ---- Records ----

    /// A record all of whose bytes are written.
    fn new_record(&mut self) -> NodeId {
        if self.tape.once_in(3) {
            return self.zeroed_memory(RECORD);
        }
        let size = self.f.iconst(Type::I64, RECORD);
        let record = self.call_library(|heap| &heap.malloc, &[size])[0];
        let null = self.f.iconst(Type::PTR, 0);
        self.write(record, LINK, null);
        for offset in WORDS {
            let word = self.word();
            self.write(record, offset, word);
        }
        let one = self.f.iconst(Type::I64, 1);
        self.write(record, COUNT, one);
        record
    }

    /// A record that the statements of a block may use, and that is given back behind it; or on a rare path it
    /// becomes known to everybody.
    fn lent_record(&mut self, depth: usize) {
        let record = self.new_record();
        let var = self.variable_of(Type::PTR, record);
        if self.tape.once_in(3) {
            let condition = self.frozen_condition();
            self.only_if(condition, Weights::default(), |this| {
                let other = this.new_record();
                if this.tape.once_in(2) {
                    let old = this.get(var);
                    this.free(old);
                }
                this.f.def(var, other);
            });
        }
        self.records.push(var);
        self.block(depth.saturating_sub(1));
        self.records.pop();
        if !self.f.is_open() {
            return;
        }
        let record = self.get(var);
        match self.tape.choose(6) {
            0 | 1 => self.free(record),
            2 => {
                let sum = self.call_library(|heap| &heap.take, &[record])[0];
                self.learn(sum);
            }
            3 => {
                let condition = self.frozen_condition();
                self.only_if(condition, Weights::default(), |this| this.free(record));
            }
            4 => self.publish_record(record),
            _ => {}
        }
    }

    /// On a rare path everybody learns of the record.
    fn publish_record(&mut self, record: NodeId) {
        let Some(Place::Global(symbol, _)) = self.places.iter().find(|place| matches!(place, Place::Global(..))) else {
            return;
        };
        let symbol = *symbol;
        let condition = self.frozen_condition();
        self.only_if(condition, Weights { on_true: 1, on_false: 99 }, |this| {
            // The address is not the same in each run: nothing but what it leads to may be seen.
            let word = this.word();
            let base = this.f.symbol_addr(symbol);
            let old = this.read(Type::I64, base, 0);
            this.write(base, 0, record);
            let again = this.read(Type::PTR, base, 0);
            this.write(again, WORDS[0], word);
            let word = this.read(Type::I64, record, WORDS[0]);
            this.write(base, 0, old);
            this.write(base, 8, word);
        });
    }

    /// Uses a record that is lent.
    fn use_record(&mut self) {
        let index = self.tape.choose(self.records.len());
        let record = self.get(self.records[index]);
        let offset = self.tape.pick(&WORDS);
        match self.tape.choose(9) {
            0 | 1 => {
                let word = self.word();
                self.write(record, offset, word);
            }
            2 | 3 => {
                let word = self.read(Type::I64, record, offset);
                self.learn(word);
            }
            4 => {
                // What a record is linked to lives longer than it.
                let other = self.tape.choose(index + 1);
                let other = self.get(self.records[other]);
                self.write(record, LINK, other);
            }
            5 => {
                let next = self.read(Type::PTR, record, LINK);
                let null = self.f.iconst(Type::PTR, 0);
                let any = self.f.pure(Op::Ne, Type::I1, &[next, null]);
                self.only_if(any, Weights::default(), |this| {
                    let word = this.read(Type::I64, next, offset);
                    this.learn(word);
                });
            }
            6 => {
                let other = self.tape.choose(self.records.len());
                let other = self.get(self.records[other]);
                let same = self.f.pure(Op::Eq, Type::I1, &[record, other]);
                self.scope.push((same, Type::I1));
            }
            7 => {
                let sum = self.call_library(|heap| &heap.visit, &[record])[0];
                self.learn(sum);
            }
            _ => {
                let condition = self.frozen_condition();
                let address = self.word_at(record, WORDS[0]);
                let second = self.word_at(record, WORDS[1]);
                let address = self.f.pure(Op::Select, Type::PTR, &[condition, address, second]);
                let word = self.word();
                self.f.store(address, word, MemAccess::aligned(8));
            }
        }
    }

    /// A record, or null or an object that was there before: they meet in a phi.
    fn record_or_other(&mut self, depth: usize) {
        let global = self.places.iter().find_map(|place| match place {
            Place::Global(symbol, _) => Some(*symbol),
            _ => None,
        });
        let other = match global.filter(|_| !self.tape.once_in(3)) {
            Some(symbol) => self.f.symbol_addr(symbol),
            None => self.f.iconst(Type::PTR, 0),
        };
        let is_null = self.f.graph().constant(other) == Some(0);
        let var = self.variable_of(Type::PTR, other);
        let condition = self.frozen_condition();
        self.only_if(condition, Weights::default(), |this| {
            let record = this.new_record();
            this.f.def(var, record);
        });
        self.block(depth.saturating_sub(1));
        if !self.f.is_open() {
            return;
        }
        let record = self.get(var);
        let differs = self.f.pure(Op::Ne, Type::I1, &[record, other]);
        let touch = |this: &mut Self| {
            if this.tape.once_in(2) {
                let word = this.word();
                this.write(record, WORDS[1], word);
            }
            let offset = this.tape.pick(&WORDS);
            let word = this.read(Type::I64, record, offset);
            this.learn(word);
        };
        match is_null {
            true => self.only_if(differs, Weights::default(), touch),
            false => touch(self),
        }
        self.only_if(differs, Weights::default(), |this| this.free(record));
    }

    /// A list is built in a loop or straight on, walked, and given back by another walk.
    fn list(&mut self) {
        let null = self.f.iconst(Type::PTR, 0);
        let head = self.variable_of(Type::PTR, null);
        let count = 1 + self.tape.choose(4) as i64;
        let push = |this: &mut Self, _: NodeId| {
            let (record, next) = (this.new_record(), this.get(head));
            this.write(record, LINK, next);
            this.f.def(head, record);
        };
        match self.tape.once_in(2) {
            true => self.repeat(count, push),
            false => (0..count).for_each(|_| push(self, null)),
        }
        let zero = self.f.iconst(Type::I64, 0);
        let sum = self.variable_of(Type::I64, zero);
        let start = self.get(head);
        let at = self.variable_of(Type::PTR, start);
        self.walk(at, |this, record| {
            let (word, old, three) =
                (this.read(Type::I64, record, WORDS[0]), this.get(sum), this.f.iconst(Type::I64, 3));
            let old = this.f.pure(Op::Mul, Type::I64, &[old, three]);
            let new = this.f.pure(Op::Add, Type::I64, &[old, word]);
            this.f.def(sum, new);
            this.read(Type::PTR, record, LINK)
        });
        let sum = self.get(sum);
        self.learn(sum);
        if !self.tape.once_in(4) {
            self.walk(head, |this, record| {
                let next = this.read(Type::PTR, record, LINK);
                this.free(record);
                next
            });
        }
    }

    /// A loop as long as the pointer is not null; the body returns the next one.
    fn walk(&mut self, at: Var, body: impl FnOnce(&mut Self, NodeId) -> NodeId) {
        let (head, inside, done) = (self.f.create_block(), self.f.create_block(), self.f.create_block());
        self.f.jump(head);
        self.f.enter(head);
        let (record, null) = (self.get(at), self.f.iconst(Type::PTR, 0));
        let more = self.f.pure(Op::Ne, Type::I1, &[record, null]);
        self.f.branch(more, inside, done, Weights::default());
        self.f.enter(inside);
        let known = self.scope.len();
        let next = body(self, record);
        self.scope.truncate(known);
        self.f.def(at, next);
        self.f.jump(head);
        self.f.enter(done);
    }

    /// A loop of so many rounds; the body gets the number of the round.
    fn repeat(&mut self, count: i64, mut body: impl FnMut(&mut Self, NodeId)) {
        let zero = self.f.iconst(Type::I64, 0);
        let counter = self.variable_of(Type::I64, zero);
        let (head, inside, done) = (self.f.create_block(), self.f.create_block(), self.f.create_block());
        self.f.jump(head);
        self.f.enter(head);
        let (at, end) = (self.get(counter), self.f.iconst(Type::I64, count));
        let more = self.f.pure(Op::Ult, Type::I1, &[at, end]);
        self.f.branch(more, inside, done, Weights::default());
        self.f.enter(inside);
        let known = self.scope.len();
        body(self, at);
        self.scope.truncate(known);
        let (at, one) = (self.get(counter), self.f.iconst(Type::I64, 1));
        let next = self.f.pure(Op::Add, Type::I64, &[at, one]);
        self.f.def(counter, next);
        self.f.jump(head);
        self.f.enter(done);
    }

    /// Two records that refer to each other, or one that refers to itself.
    fn ring(&mut self) {
        let first = self.new_record();
        let second = if self.tape.once_in(3) { first } else { self.new_record() };
        self.write(first, LINK, second);
        self.write(second, LINK, first);
        let word = self.word();
        let next = self.read(Type::PTR, first, LINK);
        self.write(next, WORDS[0], word);
        let around = self.read(Type::PTR, next, LINK);
        let same = self.f.pure(Op::Eq, Type::I1, &[around, first]);
        self.scope.push((same, Type::I1));
        let offset = self.tape.pick(&WORDS);
        let word = self.read(Type::I64, around, offset);
        self.learn(word);
        let condition = self.frozen_condition();
        self.only_if(condition, Weights::default(), |this| {
            let word = this.read(Type::I64, around, WORDS[1]);
            this.write(next, WORDS[1], word);
        });
        let word = self.read(Type::I64, second, WORDS[1]);
        self.learn(word);
        self.free(first);
        if first != second {
            self.free(second);
        }
    }

    /// A record whose owners are counted, some of whom own it on some ways only: the last one gives it back.
    fn counted_record(&mut self, depth: usize) {
        let atomic = self.tape.once_in(2);
        let record = self.new_record();
        let one = self.f.iconst(Type::I64, 1);
        self.write(record, COUNT, one);
        let condition = self.frozen_condition();
        self.only_if(condition, Weights::default(), |this| {
            this.count(record, 1, atomic);
        });
        self.count(record, 1, atomic);
        let var = self.variable_of(Type::PTR, record);
        self.records.push(var);
        self.block(depth.saturating_sub(1));
        self.records.pop();
        if !self.f.is_open() {
            return;
        }
        let drop = |this: &mut Self| {
            let (before, one) = (this.count(record, -1, atomic), this.f.iconst(Type::I64, 1));
            let last = this.f.pure(Op::Eq, Type::I1, &[before, one]);
            this.only_if(last, Weights::default(), |this| {
                let word = this.read(Type::I64, record, WORDS[0]);
                this.learn(word);
                this.free(record);
            });
        };
        drop(self);
        self.only_if(condition, Weights::default(), drop);
        drop(self);
    }

    /// Changes the count; what it was before.
    fn count(&mut self, record: NodeId, change: i64, atomic: bool) -> NodeId {
        let change = self.f.iconst(Type::I64, change);
        if atomic {
            let address = self.word_at(record, COUNT);
            let access =
                MemAccess { rmw: RmwOp::Add, order: AtomicOrder::SequentiallyConsistent, ..MemAccess::aligned(8) };
            return self.f.effect(Op::AtomicRmw, &[address, change], access.payload(), &[Type::I64]).values[0];
        }
        let before = self.read(Type::I64, record, COUNT);
        let after = self.f.pure(Op::Add, Type::I64, &[before, change]);
        self.write(record, COUNT, after);
        before
    }

    /// A text: a pointer to bytes that are its own, or to memory if it is long.
    fn text(&mut self, depth: usize) {
        let text = match self.tape.once_in(3) {
            true => self.new_record(),
            false => {
                let slot = self.f.create_slot(RECORD as u64, 8);
                self.f.slot_addr(slot)
            }
        };
        let own = self.word_at(text, WORDS[1]);
        self.write(text, LINK, own);
        let long = match self.tape.choose(3) {
            0 => self.f.iconst(Type::I1, 0),
            1 => self.f.iconst(Type::I1, 1),
            _ => self.frozen_condition(),
        };
        self.only_if(long, Weights::default(), |this| {
            let size = this.f.iconst(Type::I64, 24);
            let bytes = this.call_library(|heap| &heap.malloc, &[size])[0];
            this.write(text, LINK, bytes);
        });
        let word = self.word();
        let bytes = self.read(Type::PTR, text, LINK);
        self.write(bytes, 0, word);
        self.block(depth.saturating_sub(1));
        if !self.f.is_open() {
            return;
        }
        let bytes = self.read(Type::PTR, text, LINK);
        let word = self.read(Type::I64, bytes, 0);
        self.learn(word);
        let away = self.f.pure(Op::Ne, Type::I1, &[bytes, own]);
        self.only_if(away, Weights::default(), |this| this.free(bytes));
    }

    /// An array that grows while words are put into it, and is summed up.
    fn grown_array(&mut self) {
        let (null, zero) = (self.f.iconst(Type::PTR, 0), self.f.iconst(Type::I64, 0));
        let (array, room) = (self.variable_of(Type::PTR, null), self.variable_of(Type::I64, zero));
        let count = 1 + self.tape.choose(4) as i64;
        let push = |this: &mut Self, at: NodeId| {
            let has = this.get(room);
            let full = this.f.pure(Op::Eq, Type::I1, &[has, at]);
            this.only_if(full, Weights::default(), |this| {
                let (one, eight) = (this.f.iconst(Type::I64, 1), this.f.iconst(Type::I64, 8));
                let twice = this.f.pure(Op::Add, Type::I64, &[has, has]);
                let more = this.f.pure(Op::UMax, Type::I64, &[twice, one]);
                let bytes = this.f.pure(Op::Mul, Type::I64, &[more, eight]);
                let old = this.get(array);
                let new = this.call_library(|heap| &heap.realloc, &[old, bytes])[0];
                this.f.def(array, new);
                this.f.def(room, more);
            });
            let word = this.word();
            let address = this.element(array, at);
            this.f.store(address, word, MemAccess::aligned(8));
        };
        match self.tape.once_in(2) {
            true => self.repeat(count, push),
            false => (0..count).for_each(|at| {
                let at = self.f.iconst(Type::I64, at);
                push(self, at);
            }),
        }
        let sum = self.variable_of(Type::I64, zero);
        self.repeat(count, |this, at| {
            let address = this.element(array, at);
            let (word, old) = (this.f.load(Type::I64, address, MemAccess::aligned(8)), this.get(sum));
            let new = this.f.pure(Op::Add, Type::I64, &[old, word]);
            this.f.def(sum, new);
        });
        let (sum, memory) = (self.get(sum), self.get(array));
        self.learn(sum);
        self.free(memory);
    }

    fn element(&mut self, array: Var, at: NodeId) -> NodeId {
        let (base, three) = (self.get(array), self.f.iconst(Type::I64, 3));
        let offset = self.f.pure(Op::Shl, Type::I64, &[at, three]);
        self.f.pure(Op::PtrAdd, Type::PTR, &[base, offset])
    }
}
