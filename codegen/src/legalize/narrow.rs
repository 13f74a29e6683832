//! Integers narrower than their registers: odd widths, and `i8` and `i16` where upper bits matter.

use super::{Legalizer, container};
use son_ir::{Graph, Inputs, MemAccess, NodeFlags, NodeId, Op, Type};

impl Legalizer<'_> {
    /// The integer in a register of type `to`, which is as wide as its container or wider, with zeros above its width.
    pub(super) fn zero_extended(&mut self, value: NodeId, from: Type, to: Type) -> NodeId {
        let held = self.graph.ty(value);
        if from.bits() == held.bits() {
            return if held == to { value } else { self.op(Op::ZExt, to, &[value]) };
        }
        let wide = if held == to { value } else { self.op(Op::ZExt, to, &[value]) };
        let mask = self.constant(to, from.mask());
        self.op(Op::And, to, &[wide, mask])
    }

    /// The same with copies of the sign above its width; `to` is one of [`Self::register`].
    pub(super) fn sign_extended(&mut self, value: NodeId, from: Type, to: Type) -> NodeId {
        let held = self.graph.ty(value);
        if from.bits() == held.bits() {
            return if held == to { value } else { self.op(Op::SExt, to, &[value]) };
        }
        let wide = if held == to { value } else { self.op(Op::ZExt, to, &[value]) };
        let above = to.bits() - from.bits();
        let high = self.shift(Op::Shl, wide, above);
        self.shift(Op::AShr, high, above)
    }

    /// The value in `to`, bits above its width anything.
    pub(super) fn any_extended(&mut self, value: NodeId, to: Type) -> NodeId {
        let held = self.graph.ty(value);
        if held == to {
            value
        } else {
            self.op(if held.bits() < to.bits() { Op::ZExt } else { Op::Trunc }, to, &[value])
        }
    }

    /// The register type in which ops on `ty` are done that look above it.
    fn register(ty: Type) -> Type {
        if ty.bits() <= 32 { Type::I32 } else { Type::I64 }
    }

    /// An op on, from or to narrow integers.
    pub(super) fn narrow(&mut self, node: NodeId, op: Op, from: Type) -> Option<NodeId> {
        let ty = self.graph.ty(node);
        let inputs = self.operands(node);
        Some(match op {
            Op::Const => {
                let bits = self.graph.payload(node);
                self.constant(container(ty), bits)
            }
            Op::Poison => self.graph.poison(container(ty)),
            Op::Proj => {
                let tuple = self.legal(self.graph.input(node, 0));
                self.graph.raw(Op::Proj, container(ty), self.graph.payload(node), &[tuple])
            }
            Op::Freeze | Op::Opaque => self.graph.raw(op, container(ty), 0, &inputs),
            Op::Pi => return Some(inputs[0]),
            Op::Add | Op::Sub | Op::Mul | Op::And | Op::Or | Op::Xor | Op::Neg | Op::Select => {
                self.op(op, container(ty), &inputs)
            }
            Op::Shl => {
                let amount = self.zero_extended(inputs[1], from, container(ty));
                self.op(Op::Shl, container(ty), &[inputs[0], amount])
            }
            Op::Trunc => self.any_extended(inputs[0], container(ty)),
            Op::ZExt => {
                let wide = self.zero_extended(inputs[0], from, container(ty));
                self.any_extended(wide, container(ty))
            }
            Op::SExt => {
                let wide = self.sign_extended(inputs[0], from, Self::register(ty));
                self.any_extended(wide, container(ty))
            }
            Op::Bitcast | Op::PtrToInt | Op::IntToPtr => return self.narrow_cast(op, ty, from, &inputs),
            Op::SToF | Op::UToF => {
                let wide = Self::register(from);
                let value = if op == Op::SToF {
                    self.sign_extended(inputs[0], from, wide)
                } else {
                    self.zero_extended(inputs[0], from, wide)
                };
                self.op(if from.bits() < wide.bits() { Op::SToF } else { op }, ty, &[value])
            }
            Op::FToS | Op::FToU => {
                let wide = Self::register(ty);
                let value = self.op(if ty.bits() < wide.bits() { Op::FToS } else { op }, wide, &inputs);
                self.any_extended(value, container(ty))
            }
            _ if op.is_int_compare() => {
                let (a, b) = self.extended_pair(op, &inputs, from, Self::register(from));
                self.compare(op, a, b)
            }
            _ => return self.narrow_arithmetic(node, op, from, &inputs),
        })
    }

    fn narrow_cast(&mut self, op: Op, ty: Type, from: Type, inputs: &Inputs) -> Option<NodeId> {
        Some(match op {
            Op::PtrToInt => {
                let address = self.op(Op::PtrToInt, Type::I64, inputs);
                self.any_extended(address, container(ty))
            }
            Op::IntToPtr => {
                let address = self.zero_extended(inputs[0], from, Type::I64);
                self.op(Op::IntToPtr, ty, &[address])
            }
            _ if ty.is_int() && from.is_int() => inputs[0],
            _ => return None,
        })
    }

    /// Both operands with the upper bits that the op wants.
    fn extended_pair(&mut self, op: Op, inputs: &Inputs, from: Type, to: Type) -> (NodeId, NodeId) {
        use Op::*;
        let signed = matches!(
            op,
            SDiv | SRem | AShr | SMin | SMax | Slt | Sle | SMulHigh | SAddOverflow | SSubOverflow | SMulOverflow
        );
        let first =
            if signed { self.sign_extended(inputs[0], from, to) } else { self.zero_extended(inputs[0], from, to) };
        let second = if signed && op != AShr {
            self.sign_extended(inputs[1], from, to)
        } else {
            self.zero_extended(inputs[1], from, to)
        };
        (first, second)
    }

    /// Ops that look at the upper bits, done in a whole register.
    fn narrow_arithmetic(&mut self, node: NodeId, op: Op, from: Type, inputs: &Inputs) -> Option<NodeId> {
        let wide = Self::register(from);
        let bits = from.bits();
        let result = match op {
            Op::SDiv | Op::UDiv | Op::SRem | Op::URem => {
                let (a, b) = self.extended_pair(op, inputs, from, wide);
                let control = self.legal(self.graph.input(node, 0));
                self.divide(op, wide, control, a, b)
            }
            Op::LShr | Op::AShr | Op::SMin | Op::SMax | Op::UMin | Op::UMax => {
                let (a, b) = self.extended_pair(op, inputs, from, wide);
                self.op(op, wide, &[a, b])
            }
            Op::SMulHigh | Op::UMulHigh => {
                let double = if bits <= 16 { Type::I32 } else { Type::I64 };
                if bits > 32 {
                    return Some(self.wide_mul_high(op, inputs, from));
                }
                let (a, b) = self.extended_pair(op, inputs, from, double);
                let product = self.op(Op::Mul, double, &[a, b]);
                self.shift(Op::LShr, product, bits)
            }
            Op::Abs => {
                let value = self.sign_extended(inputs[0], from, wide);
                self.absolute(value)
            }
            Op::Ctpop => {
                let value = self.zero_extended(inputs[0], from, wide);
                self.count_ones(value)
            }
            Op::Ctlz => {
                let value = self.zero_extended(inputs[0], from, wide);
                let zeros = self.op(Op::Ctlz, wide, &[value]);
                let above = self.constant(wide, u64::from(wide.bits() - bits));
                self.op(Op::Sub, wide, &[zeros, above])
            }
            Op::Cttz => {
                let value = self.any_extended(inputs[0], wide);
                let stop = if bits < wide.bits() { self.constant(wide, 1 << bits) } else { self.constant(wide, 0) };
                let stopped = self.op(Op::Or, wide, &[value, stop]);
                self.op(Op::Cttz, wide, &[stopped])
            }
            Op::Bswap | Op::Bitreverse => {
                let value = self.any_extended(inputs[0], wide);
                let turned = if op == Op::Bswap { self.op(op, wide, &[value]) } else { self.reverse_bits(value) };
                self.shift(Op::LShr, turned, wide.bits() - bits)
            }
            Op::Fshl | Op::Fshr => self.narrow_funnel(op, inputs, from),
            Op::SAddOverflow | Op::SSubOverflow | Op::SMulOverflow | Op::UMulOverflow => {
                return self.narrow_overflow(op, inputs, from);
            }
            Op::UAddOverflow | Op::USubOverflow => {
                let a = self.zero_extended(inputs[0], from, wide);
                let b = self.zero_extended(inputs[1], from, wide);
                if op == Op::USubOverflow {
                    return Some(self.compare(Op::Ult, a, b));
                }
                let sum = self.op(Op::Add, wide, &[a, b]);
                let sum = self.zero_extended(sum, from, wide);
                return Some(self.compare(Op::Ult, sum, a));
            }
            _ => return None,
        };
        Some(self.any_extended(result, container(from)))
    }

    /// Signed and unsigned overflow by doing the op on twice the bits, which hold every result.
    fn narrow_overflow(&mut self, op: Op, inputs: &Inputs, from: Type) -> Option<NodeId> {
        let (plain, signed) = match op {
            Op::SAddOverflow => (Op::Add, true),
            Op::SSubOverflow => (Op::Sub, true),
            Op::SMulOverflow => (Op::Mul, true),
            _ => (Op::Mul, false),
        };
        let double = if from.bits() <= 16 { Type::I32 } else { Type::I64 };
        if plain == Op::Mul && from.bits() > 32 {
            return Some(self.wide_mul_overflow(op, inputs, from));
        }
        let (a, b) = self.extended_pair(op, inputs, from, double);
        let result = self.op(plain, double, &[a, b]);
        let fitting =
            if signed { self.sign_extended(result, from, double) } else { self.zero_extended(result, from, double) };
        Some(self.compare(Op::Ne, result, fitting))
    }

    /// Overflow of products of 33 to 63 bits: the operands moved to the top of 64 bits and back by one of them.
    fn wide_mul_overflow(&mut self, op: Op, inputs: &Inputs, from: Type) -> NodeId {
        let above = 64 - from.bits();
        let high = self.shift(Op::Shl, inputs[0], above);
        let signed = op == Op::SMulOverflow;
        let other = if signed {
            self.sign_extended(inputs[1], from, Type::I64)
        } else {
            self.zero_extended(inputs[1], from, Type::I64)
        };
        self.op(op, Type::I1, &[high, other])
    }

    /// High part of products of 33 to 63 bits.
    fn wide_mul_high(&mut self, op: Op, inputs: &Inputs, from: Type) -> NodeId {
        let above = 64 - from.bits();
        let high = self.shift(Op::Shl, inputs[0], above);
        let signed = op == Op::SMulHigh;
        let other = if signed {
            self.sign_extended(inputs[1], from, Type::I64)
        } else {
            self.zero_extended(inputs[1], from, Type::I64)
        };
        self.op(op, Type::I64, &[high, other])
    }

    /// Funnel shifts of fewer than 32 bits in one word of both operands, of more by two shifts.
    fn narrow_funnel(&mut self, op: Op, inputs: &Inputs, from: Type) -> NodeId {
        let wide = Self::register(from);
        let bits = from.bits();
        let amount = self.zero_extended(inputs[2], from, wide);
        let amount = if bits.is_power_of_two() {
            let mask = self.constant(wide, u64::from(bits - 1));
            self.op(Op::And, wide, &[amount, mask])
        } else {
            let (control, width) = (self.graph.entry_control(), self.constant(wide, u64::from(bits)));
            self.divide(Op::URem, wide, control, amount, width)
        };
        let low = self.zero_extended(inputs[1], from, wide);
        let high = self.any_extended(inputs[0], wide);
        let width = self.constant(wide, u64::from(bits - 1));
        let rest = self.op(Op::Sub, wide, &[width, amount]);
        // The other operand is shifted by one more than `width - 1 - amount`, in two steps, so that amount 0 is right.
        if op == Op::Fshl {
            let first = self.op(Op::Shl, wide, &[high, amount]);
            let half = self.shift(Op::LShr, low, 1);
            let second = self.op(Op::LShr, wide, &[half, rest]);
            self.op(Op::Or, wide, &[first, second])
        } else {
            let first = self.op(Op::LShr, wide, &[low, amount]);
            let half = self.shift(Op::Shl, high, 1);
            let second = self.op(Op::Shl, wide, &[half, rest]);
            self.op(Op::Or, wide, &[first, second])
        }
    }

    // ---- Memory ----

    /// Loads of `i1` read a byte; loads of odd integers read the words that make up their bytes.
    pub(super) fn load(&mut self, node: NodeId) -> Option<NodeId> {
        let ty = self.graph.ty(node);
        if !ty.is_int() || ty.bits() > 64 || (container(ty) == ty && ty != Type::I1) {
            return None;
        }
        let inputs: Inputs = self.graph.inputs(node).map(|input| self.legal(input)).collect();
        let held = if ty == Type::I1 { Type::I8 } else { container(ty) };
        let (first, end) = needed_bytes(self.graph, node);
        let value = self.load_bytes(&inputs, self.graph.access(node), first, end - first, held);
        let value = if first > 0 { self.shift(Op::Shl, value, first * 8) } else { value };
        Some(if ty == Type::I1 { self.op(Op::Trunc, Type::I1, &[value]) } else { value })
    }

    /// An integer made of bytes from an offset on, with the inputs of a load of them and others.
    pub(super) fn load_bytes(
        &mut self,
        inputs: &[NodeId],
        access: MemAccess,
        from: u32,
        bytes: u32,
        held: Type,
    ) -> NodeId {
        let mut value = None;
        for (word, offset) in words(bytes) {
            let address = self.offset(inputs[2], from + offset);
            let payload = part(access, from + offset).payload();
            let loaded = self.graph.node(Op::Load, word, NodeFlags::NONE, payload, &[inputs[0], inputs[1], address]);
            value = Some(self.joined(value, loaded, offset, held));
        }
        value.expect("an integer has a byte")
    }

    /// The bytes before an offset and a word there.
    pub(super) fn joined(&mut self, before: Option<NodeId>, word: NodeId, offset: u32, held: Type) -> NodeId {
        let wide = self.any_extended(word, held);
        match before {
            None => wide,
            Some(low) => {
                let high = self.shift(Op::Shl, wide, offset * 8);
                self.op(Op::Or, held, &[low, high])
            }
        }
    }

    /// Stores of `i1` write a byte, stores of odd integers their bytes with zeros above their width.
    pub(super) fn store(&mut self, node: NodeId) -> Option<NodeId> {
        let ty = self.graph.ty(self.graph.input(node, 3));
        if !ty.is_int() || ty.bits() > 64 || (container(ty) == ty && ty != Type::I1) {
            return None;
        }
        let inputs: Inputs = self.graph.inputs(node).map(|input| self.legal(input)).collect();
        let access = self.graph.access(node);
        let value = if ty == Type::I1 {
            self.op(Op::ZExt, Type::I8, &[inputs[3]])
        } else {
            self.zero_extended(inputs[3], ty, container(ty))
        };
        Some(self.store_bytes(&inputs, access, value, 0, ty.bytes()))
    }

    /// The state of memory after a store of an integer's bytes at an offset, with the inputs of a store of them and
    /// others.
    pub(super) fn store_bytes(
        &mut self,
        inputs: &[NodeId],
        access: MemAccess,
        value: NodeId,
        to: u32,
        bytes: u32,
    ) -> NodeId {
        let mut memory = inputs[1];
        for (word, offset) in words(bytes) {
            let address = self.offset(inputs[2], to + offset);
            let piece = self.piece(value, word, offset);
            let payload = part(access, to + offset).payload();
            memory =
                self.graph.node(Op::Store, Type::MEM, NodeFlags::NONE, payload, &[inputs[0], memory, address, piece]);
        }
        memory
    }

    /// The word of an integer at an offset in bytes.
    pub(super) fn piece(&mut self, value: NodeId, word: Type, offset: u32) -> NodeId {
        let shifted = if offset == 0 { value } else { self.shift(Op::LShr, value, offset * 8) };
        self.any_extended(shifted, word)
    }

    /// An address so many bytes on.
    pub(super) fn offset(&mut self, address: NodeId, offset: u32) -> NodeId {
        if offset == 0 {
            return address;
        }
        let offset = self.constant(Type::I64, u64::from(offset));
        self.op(Op::PtrAdd, Type::PTR, &[address, offset])
    }
}

/// The access of a part of what `access` touches.
pub(super) fn part(access: MemAccess, offset: u32) -> MemAccess {
    let align_log2 = if offset == 0 { access.align_log2 } else { access.align_log2.min(offset.trailing_zeros() as u8) };
    MemAccess { align_log2, ..access }
}

/// Words that make up so many bytes, with their offsets.
pub(super) fn words(bytes: u32) -> impl Iterator<Item = (Type, u32)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = bytes - at;
        let word = [8, 4, 2, 1].into_iter().find(|&word| word <= rest)?;
        let found = (Type::int(word * 8), at);
        at += word;
        Some(found)
    })
}

/// The bytes of an odd integer, up to an end, from which its users take bits: those of a field in it. All others can be
/// anything.
fn needed_bytes(graph: &Graph, load: NodeId) -> (u32, u32) {
    const MAX_STEPS: u32 = 3;
    let ty = graph.ty(load);
    match needed_bits(graph, load, MAX_STEPS) & (u64::MAX >> (64 - ty.bits())) {
        0 => (0, ty.bytes()),
        bits => (bits.trailing_zeros() / 8, 8 - bits.leading_zeros() / 8),
    }
}

/// Bits of an integer that its users look at, some of them through a few more steps.
fn needed_bits(graph: &Graph, node: NodeId, steps: u32) -> u64 {
    let behind = |user| if steps > 0 { needed_bits(graph, user, steps - 1) } else { u64::MAX };
    let needed = |(user, index): (NodeId, usize)| match Op::from_number(graph.op_number(user)) {
        Some(Op::And) => graph.constant(graph.input(user, 1 - index)).unwrap_or(u64::MAX),
        Some(Op::Trunc) => u64::MAX >> (64 - graph.ty(user).bits().min(64)),
        Some(Op::ZExt) if graph.ty(user).bits() <= 64 => behind(user),
        Some(Op::LShr) if index == 0 => match graph.constant(graph.input(user, 1)) {
            Some(amount @ 0..64) => behind(user) << amount,
            _ => u64::MAX,
        },
        _ => u64::MAX,
    };
    graph.uses(node).map(needed).fold(0, |all, bits| all | bits)
}
