//! Expressions: values of a wanted type at the place where the function grows.

use super::objects::Objects;
use super::{Config, Mode, Tape};
use son_ir::{FunctionBuilder, MemAccess, NodeFlags, NodeId, Op, SigId, Signature, SymbolId, Type, Var};

/// Types of variables and expressions; the simplest first, the wide one last.
pub(super) const TYPES: [Type; 12] = [
    Type::I32,
    Type::I64,
    Type::I8,
    Type::I16,
    Type::F64,
    Type::I1,
    Type::F32,
    Type::I32,
    Type::I64,
    Type::int(7),
    Type::int(33),
    Type::I128,
];

/// Types that memory holds, the wide one last.
pub(super) const IN_MEMORY: [Type; 7] = [Type::I32, Type::I64, Type::I8, Type::I16, Type::F64, Type::F32, Type::I128];

/// Bytes of each object; a power of two.
pub(super) const OBJECT: u64 = 64;

/// Type of the first parameter of a function that calls itself: its low bits say how often.
pub(super) const ROUNDS: Type = Type::I32;

/// A function that may be called.
#[derive(Clone)]
pub(super) struct Callee {
    pub(super) symbol: SymbolId,
    pub(super) id: SigId,
    pub(super) signature: Signature,
}

/// Something in memory to read and write.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Slot(u32),
    Global(SymbolId, u32),
    /// A variable that holds the address of any object.
    Pointer(Var),
    /// A variable that holds the address of memory of the allocator.
    Heap(Var),
}

/// What is done with memory of the allocator.
pub(super) struct Heap {
    pub(super) malloc: Callee,
    pub(super) calloc: Callee,
    pub(super) realloc: Callee,
    pub(super) free: Callee,
    /// Reads and writes a record, and returns a word.
    pub(super) visit: Callee,
    /// The same, and gives it back.
    pub(super) take: Callee,
    /// Its address may go anywhere, so that it is never given back.
    pub(super) published: bool,
}

/// A function that grows.
pub(super) struct Grower<'a> {
    pub(super) f: FunctionBuilder,
    pub(super) tape: &'a mut Tape,
    pub(super) config: Config,
    pub(super) variables: Vec<(Var, Type)>,
    /// Counters of the loops around: read only.
    pub(super) counters: Vec<(Var, Type)>,
    /// Values that dominate this place.
    pub(super) scope: Vec<(NodeId, Type)>,
    pub(super) places: Vec<Place>,
    /// Variables that hold a record of the heap each, those that live longest first.
    pub(super) records: Vec<Var>,
    pub(super) heap: Heap,
    /// Managed objects, if the function has any.
    pub(super) objects: Option<Objects>,
    pub(super) callees: &'a [Callee],
    /// The function itself, if it may call itself before it returns.
    pub(super) own: Option<Callee>,
    pub(super) result: Type,
    pub(super) loops: usize,
    /// Instructions that may still be made, about.
    pub(super) budget: isize,
}

const INTERESTING: [i64; 16] = [0, 1, -1, 2, 3, 7, 8, 10, 31, 63, 100, 127, 255, i32::MAX as i64, i64::MAX, i64::MIN];
const ARITHMETIC: [Op; 16] = [
    Op::Add,
    Op::Sub,
    Op::Mul,
    Op::And,
    Op::Or,
    Op::Xor,
    Op::SMin,
    Op::SMax,
    Op::UMin,
    Op::UMax,
    Op::Add,
    Op::Sub,
    Op::And,
    Op::UMulHigh,
    Op::SMulHigh,
    Op::Xor,
];
const UNARY: [Op; 6] = [Op::Neg, Op::Abs, Op::Ctpop, Op::Ctlz, Op::Cttz, Op::Bitreverse];
const DIVISIONS: [Op; 4] = [Op::UDiv, Op::SDiv, Op::URem, Op::SRem];
const SHIFTS: [Op; 3] = [Op::Shl, Op::LShr, Op::AShr];
const COMPARES: [Op; 6] = [Op::Eq, Op::Ne, Op::Slt, Op::Sle, Op::Ult, Op::Ule];
const FLOAT_COMPARES: [Op; 5] = [Op::FLt, Op::FEq, Op::FLe, Op::FNe, Op::FOrd];
const OVERFLOWS: [Op; 6] =
    [Op::SAddOverflow, Op::UAddOverflow, Op::SSubOverflow, Op::USubOverflow, Op::SMulOverflow, Op::UMulOverflow];
const FLOAT_BINARY: [Op; 4] = [Op::FAdd, Op::FMul, Op::FSub, Op::FDiv];
const FLOAT_UNARY: [Op; 8] =
    [Op::FNeg, Op::FAbs, Op::FSqrt, Op::FFloor, Op::FCeil, Op::FRoundZero, Op::FRint, Op::FRound];

impl Grower<'_> {
    /// A value of the type.
    pub(super) fn expr(&mut self, ty: Type, depth: usize) -> NodeId {
        self.budget -= 1;
        if depth == 0 || self.budget < 0 || self.tape.is_empty() {
            return self.leaf(ty);
        }
        let value = match ty {
            Type::I1 => self.bit(depth),
            Type::PTR => self.leaf(ty),
            _ if ty.is_float() => self.float(ty, depth),
            _ => self.integer(ty, depth),
        };
        if self.tape.once_in(4) {
            self.scope.push((value, ty));
        }
        value
    }

    fn leaf(&mut self, ty: Type) -> NodeId {
        match self.tape.choose(4) {
            1 => self.variable(ty),
            2 => self.counter(ty),
            3 => self.in_scope(ty),
            _ => None,
        }
        .unwrap_or_else(|| self.constant(ty))
    }

    pub(super) fn constant(&mut self, ty: Type) -> NodeId {
        let number = self.tape.pick(&INTERESTING);
        match ty {
            Type::F64 => self.f.f64const(number as f64 * 0.5),
            Type::F32 => self.f.f32const(number as f32 * 0.5),
            Type::PTR => self.object(),
            _ => self.f.iconst(ty, number),
        }
    }

    /// The address of an object.
    fn object(&mut self) -> NodeId {
        let place = self.tape.choose(self.places.len());
        match self.places[place] {
            Place::Slot(slot) => self.f.slot_addr(slot),
            Place::Global(symbol, _) => self.f.symbol_addr(symbol),
            Place::Heap(_) if !self.heap.published => self.f.slot_addr(0),
            Place::Pointer(var) | Place::Heap(var) => self.get(var),
        }
    }

    pub(super) fn get(&mut self, var: Var) -> NodeId {
        self.f.get(var).expect("every variable is defined at the entry")
    }

    fn variable(&mut self, ty: Type) -> Option<NodeId> {
        let index = self.tape.choose(self.variables.len());
        let &(var, from) = self.variables.get(index)?;
        let value = self.get(var);
        self.convert(value, from, ty)
    }

    fn counter(&mut self, ty: Type) -> Option<NodeId> {
        let index = self.tape.choose(self.counters.len());
        let &(var, from) = self.counters.get(index)?;
        let value = self.get(var);
        self.convert(value, from, ty)
    }

    fn in_scope(&mut self, ty: Type) -> Option<NodeId> {
        let index = self.tape.choose(self.scope.len());
        let &(value, from) = self.scope.get(self.scope.len().checked_sub(index + 1)?)?;
        self.convert(value, from, ty)
    }

    /// The value as another type, where that means something.
    pub(super) fn convert(&mut self, value: NodeId, from: Type, to: Type) -> Option<NodeId> {
        if from == to {
            return Some(value);
        }
        match (from.is_int(), to.is_int()) {
            (true, true) => Some(self.resize(value, from, to)),
            (true, false) if to.is_float() => {
                let op = if self.tape.once_in(2) { Op::UToF } else { Op::SToF };
                Some(self.f.pure(op, to, &[value]))
            }
            (false, true) if from.is_float() => Some(self.float_to_int(value, from, to)),
            _ if from == Type::F32 && to == Type::F64 => Some(self.f.pure(Op::FExt, to, &[value])),
            _ if from == Type::F64 && to == Type::F32 => Some(self.f.pure(Op::FTrunc, to, &[value])),
            _ => None,
        }
    }

    fn resize(&mut self, value: NodeId, from: Type, to: Type) -> NodeId {
        let op = match from.bits() > to.bits() {
            true => Op::Trunc,
            false if self.tape.once_in(2) => Op::SExt,
            false => Op::ZExt,
        };
        self.f.pure(op, to, &[value])
    }

    /// A conversion that is in range: other values count as 1.
    fn float_to_int(&mut self, value: NodeId, from: Type, to: Type) -> NodeId {
        let signed = !self.tape.once_in(3);
        let op = if signed { Op::FToS } else { Op::FToU };
        if self.config.mode == Mode::Poison && self.tape.once_in(2) {
            let result = self.f.pure(op, to, &[value]);
            return self.f.pure(Op::Freeze, to, &[result]);
        }
        let bits = to.bits().min(100) as i32;
        let (low, high) = if signed { (-1.0, 2f64.powi(bits - 1)) } else { (0.0, 2f64.powi(bits)) };
        let high = high.min(1e30) * 0.25;
        let (low, high) = (self.float_constant(from, low), self.float_constant(from, high));
        let above = self.f.pure(Op::FLe, Type::I1, &[low, value]);
        let below = self.f.pure(Op::FLt, Type::I1, &[value, high]);
        let within = self.f.pure(Op::And, Type::I1, &[above, below]);
        let fallback = self.float_constant(from, 0.0);
        let safe = self.f.pure(Op::Select, from, &[within, value, fallback]);
        self.f.pure(op, to, &[safe])
    }

    fn float_constant(&mut self, ty: Type, value: f64) -> NodeId {
        if ty == Type::F32 { self.f.f32const(value as f32) } else { self.f.f64const(value) }
    }

    /// The float, or 1 for a NaN, so that its bits may be seen.
    pub(super) fn without_nan(&mut self, value: NodeId, ty: Type) -> NodeId {
        let ordered = self.f.pure(Op::FOrd, Type::I1, &[value, value]);
        let one = self.float_constant(ty, 1.0);
        self.f.pure(Op::Select, ty, &[ordered, value, one])
    }

    fn bit(&mut self, depth: usize) -> NodeId {
        let ty = self.tape.pick(&TYPES);
        match self.tape.choose(6) {
            0 | 1 if !ty.is_float() => {
                let op = self.tape.pick(&COMPARES);
                self.binary(op, ty, Type::I1, depth)
            }
            0..=2 if ty.is_float() => {
                let op = self.tape.pick(&FLOAT_COMPARES);
                self.binary(op, ty, Type::I1, depth)
            }
            2 if ty.bits() > 1 => {
                let op = self.tape.pick(&OVERFLOWS);
                self.binary(op, ty, Type::I1, depth)
            }
            3 => {
                let op = self.tape.pick(&[Op::And, Op::Or, Op::Xor]);
                self.binary(op, Type::I1, Type::I1, depth)
            }
            4 => self.select(Type::I1, depth),
            _ => self.leaf(Type::I1),
        }
    }

    fn binary(&mut self, op: Op, operands: Type, ty: Type, depth: usize) -> NodeId {
        let (a, b) = (self.expr(operands, depth - 1), self.expr(operands, depth - 1));
        self.f.pure(op, ty, &[a, b])
    }

    fn select(&mut self, ty: Type, depth: usize) -> NodeId {
        let condition = self.expr(Type::I1, depth - 1);
        let (a, b) = (self.expr(ty, depth - 1), self.expr(ty, depth - 1));
        self.f.pure(Op::Select, ty, &[condition, a, b])
    }

    fn integer(&mut self, ty: Type, depth: usize) -> NodeId {
        match self.tape.choose(16) {
            0..=4 => self.arithmetic(ty, depth),
            5 | 6 => self.shift(ty, depth),
            7 => self.divide(ty, depth),
            8 => {
                let op = self.tape.pick(&UNARY);
                let a = self.expr(ty, depth - 1);
                self.f.pure(op, ty, &[a])
            }
            9 | 10 => {
                let from = self.tape.pick(&TYPES);
                let value = self.expr(from, depth - 1);
                self.convert(value, from, ty).unwrap_or(value)
            }
            11 => self.select(ty, depth),
            12 | 13 => self.load(ty),
            14 => self.flagged(ty, depth),
            _ => self.rotate_or_swap(ty, depth),
        }
    }

    fn rotate_or_swap(&mut self, ty: Type, depth: usize) -> NodeId {
        if ty.bits().is_multiple_of(16) && self.tape.once_in(2) {
            let a = self.expr(ty, depth - 1);
            return self.f.pure(Op::Bswap, ty, &[a]);
        }
        let op = self.tape.pick(&[Op::Fshl, Op::Fshr]);
        let a = self.expr(ty, depth - 1);
        let b = if self.tape.once_in(2) { self.expr(ty, depth - 1) } else { a };
        let amount = self.expr(ty, depth - 1);
        self.f.pure(op, ty, &[a, b, amount])
    }

    fn arithmetic(&mut self, ty: Type, depth: usize) -> NodeId {
        let op = self.tape.pick(&ARITHMETIC);
        let (a, b) = (self.expr(ty, depth - 1), self.expr(ty, depth - 1));
        let flags = match (self.config.mode, op) {
            (Mode::Poison, Op::Add | Op::Sub | Op::Mul) => {
                self.tape.pick(&[NodeFlags::NONE, NodeFlags::NSW, NodeFlags::NUW, NodeFlags::NSW.or(NodeFlags::NUW)])
            }
            (Mode::Poison, Op::Or) => self.tape.pick(&[NodeFlags::NONE, NodeFlags::DISJOINT]),
            _ => NodeFlags::NONE,
        };
        self.f.pure_with(op, ty, flags, 0, &[a, b])
    }

    /// A shift by less than the width.
    fn shift(&mut self, ty: Type, depth: usize) -> NodeId {
        let op = self.tape.pick(&SHIFTS);
        let (value, amount) = (self.expr(ty, depth - 1), self.expr(ty, depth - 1));
        let amount = match ty.bits() {
            1 => self.f.iconst(ty, 0),
            bits if bits.is_power_of_two() => {
                let mask = self.f.iconst(ty, i64::from(bits) - 1);
                self.f.pure(Op::And, ty, &[amount, mask])
            }
            bits => {
                let width = self.f.iconst(ty, i64::from(bits));
                self.f.pinned(Op::URem, ty, NodeFlags::NONE, &[amount, width])
            }
        };
        let flags = match (self.config.mode, op) {
            (Mode::Poison, Op::Shl) => self.tape.pick(&[NodeFlags::NONE, NodeFlags::NSW, NodeFlags::NUW]),
            (Mode::Poison, _) => self.tape.pick(&[NodeFlags::NONE, NodeFlags::EXACT]),
            _ => NodeFlags::NONE,
        };
        self.f.pure_with(op, ty, flags, 0, &[value, amount])
    }

    /// A division that is defined: the divisor is not zero, and -1 never meets the minimum.
    fn divide(&mut self, ty: Type, depth: usize) -> NodeId {
        let op = self.tape.pick(&DIVISIONS);
        let (a, b) = (self.expr(ty, depth - 1), self.expr(ty, depth - 1));
        if ty.bits() == 1 {
            return a;
        }
        // An odd divisor is not zero; without its sign bit it is not -1.
        let one = self.f.iconst(ty, 1);
        let mut divisor = self.f.pure(Op::Or, ty, &[b, one]);
        if matches!(op, Op::SDiv | Op::SRem) {
            divisor = self.f.pure(Op::LShr, ty, &[divisor, one]);
            divisor = self.f.pure(Op::Or, ty, &[divisor, one]);
            if self.tape.once_in(3) {
                let two = self.f.iconst(ty, 2);
                divisor = self.f.pure(Op::Or, ty, &[divisor, two]);
                divisor = self.f.pure(Op::Neg, ty, &[divisor]);
            }
        }
        if self.config.mode == Mode::Poison {
            divisor = self.f.pure(Op::Freeze, ty, &[divisor]);
            divisor = self.f.pure(Op::Or, ty, &[divisor, one]);
        }
        self.f.pinned(op, ty, NodeFlags::NONE, &[a, divisor])
    }

    /// An operation with flags that hold, as C's arithmetic on promoted operands has.
    fn flagged(&mut self, ty: Type, depth: usize) -> NodeId {
        if ty.bits() < 32 {
            return self.arithmetic(ty, depth);
        }
        let (a, b) = (self.expr(Type::I8, depth - 1), self.expr(Type::I8, depth - 1));
        let (a, b) = (self.f.pure(Op::ZExt, ty, &[a]), self.f.pure(Op::ZExt, ty, &[b]));
        let both = NodeFlags::NSW.or(NodeFlags::NUW);
        let five = self.f.iconst(ty, 5);
        match self.tape.choose(8) {
            0 => self.f.pure_with(Op::Add, ty, both, 0, &[a, b]),
            1 => self.f.pure_with(Op::Sub, ty, NodeFlags::NSW, 0, &[a, b]),
            2 => self.f.pure_with(Op::Mul, ty, both, 0, &[a, b]),
            3 => self.f.pure_with(Op::Shl, ty, both, 0, &[a, five]),
            4 => {
                let eight = self.f.iconst(ty, 8);
                let high = self.f.pure_with(Op::Shl, ty, both, 0, &[a, eight]);
                self.f.pure_with(Op::Or, ty, NodeFlags::DISJOINT, 0, &[high, b])
            }
            5 => {
                let product = self.f.pure_with(Op::Mul, ty, both, 0, &[a, five]);
                self.f.pinned(Op::UDiv, ty, NodeFlags::EXACT, &[product, five])
            }
            6 => {
                let high = self.f.pure_with(Op::Shl, ty, both, 0, &[a, five]);
                self.f.pure_with(Op::AShr, ty, NodeFlags::EXACT, 0, &[high, five])
            }
            _ => {
                let difference = self.f.pure_with(Op::Sub, ty, NodeFlags::NSW, 0, &[a, b]);
                self.f.pure_with(Op::Abs, ty, NodeFlags::NSW, 0, &[difference])
            }
        }
    }

    fn float(&mut self, ty: Type, depth: usize) -> NodeId {
        match self.tape.choose(10) {
            0..=3 => {
                let op = self.tape.pick(&FLOAT_BINARY);
                self.binary(op, ty, ty, depth)
            }
            4 | 5 => {
                let op = self.tape.pick(&FLOAT_UNARY);
                let a = self.expr(ty, depth - 1);
                self.f.pure(op, ty, &[a])
            }
            6 => self.select(ty, depth),
            7 => self.load(ty),
            8 => {
                let from = self.tape.pick(&TYPES);
                let value = self.expr(from, depth - 1);
                self.convert(value, from, ty).unwrap_or(value)
            }
            _ => self.sign_or_extreme(ty, depth),
        }
    }

    /// Operations that look at signs of zeros or NaNs: their operands are made plain.
    fn sign_or_extreme(&mut self, ty: Type, depth: usize) -> NodeId {
        let (a, b) = (self.expr(ty, depth - 1), self.expr(ty, depth - 1));
        let (a, b) = (self.without_nan(a, ty), self.without_nan(b, ty));
        let op = self.tape.pick(&[Op::FCopySign, Op::FMin, Op::FMax]);
        let result = self.f.pure(op, ty, &[a, b]);
        // Which zero is the least is not specified.
        let zero = self.float_constant(ty, 0.0);
        if op == Op::FCopySign { result } else { self.f.pure(Op::FAdd, ty, &[result, zero]) }
    }

    // ---- Memory ----

    /// An address inside an object and how an access of the type there looks.
    pub(super) fn address(&mut self, ty: Type) -> (NodeId, MemAccess) {
        let index = self.tape.choose(self.places.len());
        let place = self.places[index];
        let (base, class) = match place {
            Place::Slot(slot) => (self.f.slot_addr(slot), slot + 1),
            Place::Global(symbol, class) => (self.f.symbol_addr(symbol), class),
            Place::Pointer(var) | Place::Heap(var) => (self.get(var), 0),
        };
        // What may be accessed through a pointer of unknown target is accessed in class 0 only.
        let bytes = u64::from(ty.bytes()).next_power_of_two();
        let align = if self.tape.once_in(4) { 1 } else { bytes.min(8) };
        let room = if align == 1 { OBJECT / 2 - 1 } else { OBJECT - bytes };
        let offset = match self.tape.choose(3) {
            1 => {
                let index = self.expr(Type::I64, 1);
                let index =
                    if self.config.mode == Mode::Poison { self.f.pure(Op::Freeze, Type::I64, &[index]) } else { index };
                let mask = self.f.iconst(Type::I64, (room & !(align - 1)) as i64);
                self.f.pure(Op::And, Type::I64, &[index, mask])
            }
            _ => {
                let offset = self.tape.choose(OBJECT as usize) as u64 & room & !(align - 1);
                self.f.iconst(Type::I64, offset as i64)
            }
        };
        let address = self.f.pure_with(Op::PtrAdd, Type::PTR, NodeFlags::NSW, 0, &[base, offset]);
        let classed = self.tape.choose(3) > 0;
        let class = son_ir::AliasClass(if classed { class } else { 0 });
        (address, MemAccess::aligned(align as u32).in_class(class))
    }

    /// A load of the type, or of one that memory holds.
    fn load(&mut self, ty: Type) -> NodeId {
        let from = if IN_MEMORY.contains(&ty) { ty } else { Type::I32 };
        let (address, access) = self.address(from);
        let value = self.f.load(from, address, access);
        self.convert(value, from, ty).unwrap_or(value)
    }
}
