//! Statements: variables, memory, branches, bounded loops, calls.

use super::Mode;
use super::expr::{Grower, IN_MEMORY, OBJECT, Place, ROUNDS, TYPES};
use son_ir::{AliasClass, CallFlags, FrameDescriptor, MemAccess, NodeFlags, NodeId, Op, Type, Var, Weights};

/// Depth of loops inside each other.
const LOOP_DEPTH: usize = 3;

impl Grower<'_> {
    /// Grows the body until the budget is used up, and returns.
    pub(super) fn body(&mut self) {
        while self.budget > 0 && !self.tape.is_empty() {
            self.statement(3);
        }
        if self.f.is_open() {
            self.finish();
        }
    }

    /// Returns a mix of all variables.
    fn finish(&mut self) {
        let ty = self.result;
        let mut sum = self.expr(ty, 1);
        for i in 0..self.variables.len() {
            let (var, from) = self.variables[i];
            let value = self.get(var);
            let Some(value) = self.convert(value, from, ty) else { continue };
            let op = if ty.is_float() { Op::FAdd } else { Op::Xor };
            sum = self.f.pure(op, ty, &[sum, value]);
        }
        self.leave(sum);
    }

    /// Returns the value, or what the function itself makes of other arguments and of the value.
    fn leave(&mut self, value: NodeId) {
        if let Some(own) = self.own.clone().filter(|_| !self.tape.once_in(3)) {
            let (again, done) = (self.f.create_block(), self.f.create_block());
            let (rounds, zero, one) = (self.f.param(0), self.f.iconst(ROUNDS, 0), self.f.iconst(ROUNDS, 1));
            let three = self.f.iconst(ROUNDS, 3);
            let rounds = match self.config.mode {
                Mode::Poison => self.f.pure(Op::Freeze, ROUNDS, &[rounds]),
                Mode::Defined => rounds,
            };
            let rounds = self.f.pure(Op::And, ROUNDS, &[rounds, three]);
            let more = self.f.pure(Op::Ne, Type::I1, &[rounds, zero]);
            self.f.branch(more, again, done, Weights::default());
            self.f.enter(again);
            let mut args = vec![self.f.pure(Op::Sub, ROUNDS, &[rounds, one])];
            for param in &own.signature.params[1..] {
                args.push(self.expr(param.ty, 2));
            }
            let address = self.f.symbol_addr(own.symbol);
            let result = self.f.call(address, own.id, &own.signature, CallFlags::NONE, &args).values[0];
            let result = self.accumulate(result, value);
            self.f.ret(&[result]);
            self.f.enter(done);
        }
        self.f.ret(&[value]);
    }

    /// The result of a call as it is, or something that associates of it and a value.
    fn accumulate(&mut self, result: NodeId, value: NodeId) -> NodeId {
        const OPS: [Op; 8] = [Op::Add, Op::Mul, Op::Xor, Op::And, Op::Or, Op::SMin, Op::SMax, Op::UMax];
        let op = self.tape.choose(2 * OPS.len());
        match OPS.get(op) {
            Some(&op) if self.result.is_int() => self.f.pure(op, self.result, &[result, value]),
            _ => result,
        }
    }

    fn statement(&mut self, depth: usize) {
        self.budget -= 1;
        if self.objects.is_some() && !self.tape.once_in(3) {
            return match self.tape.once_in(4) {
                true => self.object_guard(),
                false => self.object_statement(),
            };
        }
        match self.tape.choose(31) {
            0..=4 => self.assign(),
            5..=7 => self.store(),
            8 | 9 if depth > 0 => self.if_else(depth),
            10 | 11 if depth > 0 => self.counted_loop(depth),
            12 if depth > 0 => self.switch(depth),
            13 | 14 => self.call(),
            15 => self.block_of_memory(),
            16 => self.swap(),
            17 => self.point(),
            18 if depth < 3 => self.early_return(),
            19 if self.config.guards && !self.config.objects => self.guard(),
            20 | 21 => self.allocate(),
            22 => self.compare_places(),
            23 | 24 => self.word_in_pieces(),
            25..=28 => self.records(depth),
            _ => {
                let ty = self.tape.pick(&TYPES);
                let value = self.expr(ty, 3);
                self.scope.push((value, ty));
            }
        }
    }

    /// Some statements in a scope of their own.
    pub(super) fn block(&mut self, depth: usize) {
        let known = self.scope.len();
        for _ in 0..1 + self.tape.choose(3) {
            if self.budget > 0 && self.f.is_open() {
                self.statement(depth);
            }
        }
        self.scope.truncate(known);
    }

    fn assign(&mut self) {
        let index = self.tape.choose(self.variables.len());
        let (var, ty) = self.variables[index];
        let value = self.expr(ty, 3);
        self.f.def(var, value);
    }

    fn swap(&mut self) {
        let (a, b) = (self.tape.choose(self.variables.len()), self.tape.choose(self.variables.len()));
        let ((a, ty), (b, other)) = (self.variables[a], self.variables[b]);
        if ty == other {
            let (x, y) = (self.get(a), self.get(b));
            self.f.def(a, y);
            self.f.def(b, x);
        }
    }

    fn store(&mut self) {
        let ty = self.tape.pick(&IN_MEMORY);
        let mut value = self.expr(ty, 2);
        if ty.is_float() {
            value = self.without_nan(value, ty);
        }
        if self.config.mode == Mode::Poison && self.tape.once_in(2) {
            value = self.f.pure(Op::Freeze, ty, &[value]);
        }
        let (address, access) = self.address(ty);
        self.f.store(address, value, access);
    }

    /// A word that is written or read piece by piece, in one order of bytes or the other.
    fn word_in_pieces(&mut self) {
        let ty = self.tape.pick(&[Type::I16, Type::I32, Type::I64]);
        let piece = if ty == Type::I16 { Type::I8 } else { self.tape.pick(&[Type::I8, Type::I16]) };
        let (address, access) = self.address(ty);
        let access = MemAccess { align_log2: access.align_log2.min(piece.bytes().trailing_zeros() as u8), ..access };
        let (count, swapped) = (ty.bits() / piece.bits(), self.tape.once_in(2));
        let written = self.tape.once_in(2).then(|| self.expr(ty, 2));
        let constant = self.tape.once_in(4);
        let mut sum = self.f.iconst(ty, 0);
        for number in 0..count {
            let place = if swapped { count - 1 - number } else { number };
            let offset = self.f.iconst(Type::I64, i64::from(number * piece.bytes()));
            let pointer = self.f.pure_with(Op::PtrAdd, Type::PTR, NodeFlags::NSW, 0, &[address, offset]);
            let amount = self.f.iconst(ty, i64::from(place * piece.bits()));
            match written {
                Some(_) if constant => {
                    let value = self.constant(piece);
                    self.f.store(pointer, value, access);
                }
                Some(value) => {
                    let shifted = self.f.pure(Op::LShr, ty, &[value, amount]);
                    let value = self.f.pure(Op::Trunc, piece, &[shifted]);
                    self.f.store(pointer, value, access);
                }
                None => {
                    let value = self.f.load(piece, pointer, access);
                    let wide = self.f.pure(Op::ZExt, ty, &[value]);
                    let shifted = self.f.pure(Op::Shl, ty, &[wide, amount]);
                    let op = self.tape.pick(&[Op::Or, Op::Add, Op::Xor]);
                    sum = self.f.pure(op, ty, &[sum, shifted]);
                }
            }
        }
        self.scope.push((sum, ty));
    }

    /// Sets or copies half of an object.
    fn block_of_memory(&mut self) {
        let half = self.f.iconst(Type::I64, OBJECT as i64 / 2);
        let object = |grower: &mut Self| {
            let index = grower.tape.choose(grower.places.len());
            match grower.places[index] {
                Place::Slot(slot) => grower.f.slot_addr(slot),
                Place::Global(symbol, _) => grower.f.symbol_addr(symbol),
                Place::Pointer(var) | Place::Heap(var) => grower.get(var),
            }
        };
        let to = object(self);
        let access = MemAccess::aligned(8).payload();
        match self.tape.choose(3) {
            0 => {
                let byte = self.expr(Type::I8, 1);
                let byte =
                    if self.config.mode == Mode::Poison { self.f.pure(Op::Freeze, Type::I8, &[byte]) } else { byte };
                self.f.memory_op(Op::MemSet, &[to, byte, half], access);
            }
            1 => {
                // Halves of objects are the same or disjoint.
                let from = object(self);
                let from = self.f.pure(Op::PtrAdd, Type::PTR, &[from, half]);
                self.f.memory_op(Op::MemCopy, &[to, from, half], access);
            }
            _ => {
                let from = object(self);
                let eight = self.f.iconst(Type::I64, 8);
                let from = self.f.pure(Op::PtrAdd, Type::PTR, &[from, eight]);
                self.f.memory_op(Op::MemMove, &[to, from, half], access);
            }
        }
    }

    /// Points the pointer variable elsewhere, or sends it through memory.
    fn point(&mut self) {
        let pointer = self.places.iter().find_map(|place| match place {
            Place::Pointer(var) => Some(*var),
            _ => None,
        });
        let Some(var) = pointer else { return };
        let mut value = self.constant(Type::PTR);
        if self.tape.once_in(2) {
            let condition = self.condition();
            let other = self.constant(Type::PTR);
            value = self.f.pure(Op::Select, Type::PTR, &[condition, value, other]);
        }
        if self.tape.once_in(2) {
            let slot = self.f.create_slot(8, 8);
            let address = self.f.slot_addr(slot);
            self.f.store(address, value, MemAccess::aligned(8));
            value = self.f.load(Type::PTR, address, MemAccess::aligned(8));
        }
        self.f.def(var, value);
    }

    pub(super) fn condition(&mut self) -> NodeId {
        let condition = self.expr(Type::I1, 3);
        match self.config.mode == Mode::Poison && !self.tape.once_in(8) {
            true => self.f.pure(Op::Freeze, Type::I1, &[condition]),
            false => condition,
        }
    }

    fn early_return(&mut self) {
        let known = self.scope.len();
        let condition = self.condition();
        let (leave, stay) = (self.f.create_block(), self.f.create_block());
        self.f.branch(condition, leave, stay, Weights { on_true: 1, on_false: 9 });
        self.f.enter(leave);
        let value = self.expr(self.result, 2);
        self.leave(value);
        self.scope.truncate(known);
        self.f.enter(stay);
    }

    /// A guard with the variables as its state. Where everything is defined it holds, for a reason that can be found.
    fn guard(&mut self) {
        let condition = match self.config.mode {
            Mode::Poison => self.condition(),
            Mode::Defined => {
                let (value, one) = (self.expr(Type::I32, 1), self.f.iconst(Type::I32, 1));
                let odd = self.f.pure(Op::Or, Type::I32, &[value, one]);
                let zero = self.f.iconst(Type::I32, 0);
                self.f.pure(Op::Ne, Type::I1, &[odd, zero])
            }
        };
        let values: Vec<NodeId> = self.variables.clone().into_iter().map(|(var, _)| self.get(var)).collect();
        let frame = FrameDescriptor { function: self.f.symbol(), pc: values.len() as u32, has_outer: false };
        let payload = self.f.graph_mut().tables_mut().add_frame(frame);
        let state = self.f.pure_with(Op::FrameState, Type::STATE, NodeFlags::NONE, payload, &values);
        self.f.guard(condition, state);
    }

    fn if_else(&mut self, depth: usize) {
        let condition = self.condition();
        let (yes, no, end) = (self.f.create_block(), self.f.create_block(), self.f.create_block());
        let has_else = self.tape.once_in(2);
        self.f.branch(condition, yes, if has_else { no } else { end }, Weights::default());
        for (block, wanted) in [(yes, true), (no, has_else)] {
            if wanted {
                self.f.enter(block);
                self.block(depth - 1);
                self.f.jump(end);
            }
        }
        self.f.enter(end);
    }

    fn switch(&mut self, depth: usize) {
        let ty = self.tape.pick(&[Type::I32, Type::I8, Type::I64]);
        let mut selector = self.expr(ty, 2);
        if self.config.mode == Mode::Poison {
            selector = self.f.pure(Op::Freeze, ty, &[selector]);
        }
        if !self.tape.once_in(3) {
            let seven = self.f.iconst(ty, 7);
            selector = self.f.pure(Op::And, ty, &[selector, seven]);
        }
        let end = self.f.create_block();
        let count = 1 + self.tape.choose(6);
        let (start, step) = (self.tape.choose(3) as u64, 1 + self.tape.choose(40) as u64 / 30 * 17);
        let arms: Vec<_> = (0..count).map(|_| self.f.create_block()).collect();
        let cases: Vec<_> = (0..).map(|i| start + i * step).zip(arms.iter().copied()).collect();
        self.f.switch(selector, end, &cases, &[]);
        for (i, &arm) in arms.iter().enumerate() {
            self.f.enter(arm);
            self.block(depth - 1);
            // Some fall through.
            let next = arms.get(i + 1).copied().filter(|_| self.tape.once_in(3));
            self.f.jump(next.unwrap_or(end));
        }
        self.f.enter(end);
    }

    /// A loop of at most seven rounds.
    fn counted_loop(&mut self, depth: usize) {
        if self.loops == LOOP_DEPTH {
            return self.block(depth - 1);
        }
        self.loops += 1;
        let ty = self.tape.pick(&[Type::I32, Type::I64, Type::I8]);
        let counter = self.f.declare(ty);
        let down = self.tape.once_in(3);
        let limit = self.loop_limit(ty);
        let zero = self.f.iconst(ty, 0);
        self.f.def(counter, if down { limit } else { zero });
        let known = self.scope.len();
        self.counters.push((counter, ty));
        match self.tape.once_in(3) {
            true => self.rotated(counter, ty, down, limit, depth),
            false => self.while_loop(counter, ty, down, limit, depth),
        }
        self.counters.pop();
        self.scope.truncate(known);
        self.loops -= 1;
    }

    fn loop_limit(&mut self, ty: Type) -> NodeId {
        if !self.tape.once_in(2) {
            let count = 1 + self.tape.choose(6) as i64;
            return self.f.iconst(ty, count);
        }
        let mut value = self.expr(ty, 2);
        if self.config.mode == Mode::Poison {
            value = self.f.pure(Op::Freeze, ty, &[value]);
        }
        let seven = self.f.iconst(ty, 7);
        self.f.pure(Op::And, ty, &[value, seven])
    }

    fn more(&mut self, counter: Var, ty: Type, down: bool, limit: NodeId) -> NodeId {
        let at = self.get(counter);
        let zero = self.f.iconst(ty, 0);
        match (down, self.tape.choose(3)) {
            (true, 0) => self.f.pure(Op::Ne, Type::I1, &[at, zero]),
            (true, _) => self.f.pure(Op::Slt, Type::I1, &[zero, at]),
            (false, 0) => self.f.pure(Op::Slt, Type::I1, &[at, limit]),
            (false, _) => self.f.pure(Op::Ult, Type::I1, &[at, limit]),
        }
    }

    fn step(&mut self, counter: Var, ty: Type, down: bool) {
        let at = self.get(counter);
        let one = self.f.iconst(ty, 1);
        let op = if down { Op::Sub } else { Op::Add };
        let next = self.f.pure_with(op, ty, NodeFlags::NSW, 0, &[at, one]);
        self.f.def(counter, next);
    }

    fn while_loop(&mut self, counter: Var, ty: Type, down: bool, limit: NodeId, depth: usize) {
        let (head, body, done) = (self.f.create_block(), self.f.create_block(), self.f.create_block());
        self.f.jump(head);
        self.f.enter(head);
        let more = self.more(counter, ty, down, limit);
        self.f.branch(more, body, done, Weights::default());
        self.f.enter(body);
        self.block(depth - 1);
        if self.tape.once_in(4) {
            let known = self.scope.len();
            let leave = self.condition();
            let next = self.f.create_block();
            self.f.branch(leave, done, next, Weights::default());
            self.f.enter(next);
            self.scope.truncate(known);
        }
        self.step(counter, ty, down);
        self.f.jump(head);
        self.f.enter(done);
    }

    /// A loop that tests at its end.
    fn rotated(&mut self, counter: Var, ty: Type, down: bool, limit: NodeId, depth: usize) {
        let (body, done) = (self.f.create_block(), self.f.create_block());
        let at_least_one = self.more(counter, ty, down, limit);
        self.f.branch(at_least_one, body, done, Weights::default());
        self.f.enter(body);
        self.block(depth - 1);
        self.step(counter, ty, down);
        let more = self.more(counter, ty, down, limit);
        self.f.branch(more, body, done, Weights::default());
        self.f.enter(done);
    }

    fn call(&mut self) {
        // Calls in nested loops would multiply to more work than an interpreter can do.
        if self.callees.is_empty() || self.loops > 1 {
            return;
        }
        let index = self.tape.choose(self.callees.len());
        let callee = &self.callees[self.callees.len() - 1 - index];
        let mut args = Vec::new();
        for param in &callee.signature.params {
            args.push(self.expr(param.ty, 2));
        }
        let address = self.f.symbol_addr(callee.symbol);
        let results = self.f.call(address, callee.id, &callee.signature, CallFlags::NONE, &args);
        for (&value, result) in results.values.iter().zip(&callee.signature.results) {
            self.scope.push((value, result.ty));
            if let Some(&(var, _)) = self.variables.iter().find(|variable| variable.1 == result.ty) {
                self.f.def(var, value);
            }
        }
    }

    /// Fills a slot, so that no byte of it is unspecified.
    pub(super) fn fill_slot(&mut self, slot: u32) {
        let address = self.f.slot_addr(slot);
        let (byte, size) = (self.f.iconst(Type::I8, i64::from(slot) * 17 + 3), self.f.iconst(Type::I64, OBJECT as i64));
        let access = MemAccess::aligned(8).in_class(AliasClass(slot + 1));
        self.f.memory_op(Op::MemSet, &[address, byte, size], access.payload());
    }
}
