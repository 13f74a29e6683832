//! Ops on whole registers without an instruction of their own, and logic for `i1`.

use super::Legalizer;
use son_ir::{NodeFlags, NodeId, Op, Type};

impl Legalizer<'_> {
    /// An op on `i1` as logic. `None` if it stays as it is.
    pub(super) fn boolean(&mut self, node: NodeId, op: Op) -> Option<NodeId> {
        let inputs = self.operands(node);
        let pair = |i: usize| (inputs[i], inputs[i + 1]);
        Some(match op {
            Op::Add | Op::Sub | Op::Xor | Op::Ne => self.op(Op::Xor, Type::I1, &inputs),
            Op::Mul | Op::And | Op::UMin | Op::SMax | Op::SAddOverflow | Op::UAddOverflow | Op::SMulOverflow => {
                self.op(Op::And, Type::I1, &inputs)
            }
            Op::Or | Op::UMax | Op::SMin => self.op(Op::Or, Type::I1, &inputs),
            Op::Neg
            | Op::Abs
            | Op::Ctpop
            | Op::Bitreverse
            | Op::Shl
            | Op::LShr
            | Op::AShr
            | Op::SDiv
            | Op::UDiv
            | Op::Fshl => inputs[0],
            Op::Fshr => inputs[1],
            Op::SRem | Op::URem | Op::SMulHigh | Op::UMulHigh | Op::UMulOverflow => self.constant(Type::I1, 0),
            Op::Ctlz | Op::Cttz => self.not(inputs[0]),
            Op::Eq => {
                let differ = self.op(Op::Xor, Type::I1, &inputs);
                self.not(differ)
            }
            Op::Ult | Op::USubOverflow | Op::SSubOverflow => self.and_not(pair(0).1, pair(0).0),
            Op::Slt => self.and_not(pair(0).0, pair(0).1),
            Op::Ule => self.or_not(pair(0).1, pair(0).0),
            Op::Sle => self.or_not(pair(0).0, pair(0).1),
            Op::Select => {
                let (first, second) = pair(1);
                let yes = self.op(Op::And, Type::I1, &[inputs[0], first]);
                let no = self.and_not(second, inputs[0]);
                self.op(Op::Or, Type::I1, &[yes, no])
            }
            Op::SToF | Op::UToF => {
                let wide = self.op(if op == Op::SToF { Op::SExt } else { Op::ZExt }, Type::I32, &inputs);
                self.op(Op::SToF, self.graph.ty(node), &[wide])
            }
            _ => return None,
        })
    }

    fn not(&mut self, value: NodeId) -> NodeId {
        let one = self.constant(Type::I1, 1);
        self.op(Op::Xor, Type::I1, &[value, one])
    }

    fn and_not(&mut self, a: NodeId, b: NodeId) -> NodeId {
        let not = self.not(b);
        self.op(Op::And, Type::I1, &[a, not])
    }

    fn or_not(&mut self, a: NodeId, b: NodeId) -> NodeId {
        let not = self.not(b);
        self.op(Op::Or, Type::I1, &[a, not])
    }

    /// An op on integers of a legal width. `None` if it stays as it is.
    pub(super) fn expand(&mut self, node: NodeId, op: Op, operand: Type) -> Option<NodeId> {
        let ty = self.graph.ty(node);
        let inputs = self.operands(node);
        if matches!(op, Op::FToS | Op::FToU) && ty.is_int() && ty.bits() < 32 {
            let wide = self.op(Op::FToS, Type::I32, &inputs);
            return Some(self.op(Op::Trunc, ty, &[wide]));
        }
        if !operand.is_int() || operand.bits() > 64 {
            return None;
        }
        Some(match op {
            Op::Eq | Op::Ne if !self.fast => self.next_is_zero(node, op)?,
            Op::SDiv | Op::UDiv | Op::SRem | Op::URem if !self.fast => {
                let control = self.legal(self.graph.input(node, 0));
                let exact = self.graph.flags(node).has(NodeFlags::EXACT);
                self.divide_by_constant(op, exact, control, inputs[0], inputs[1])?
            }
            Op::UAddOverflow => {
                let sum = self.op(Op::Add, operand, &inputs);
                self.compare(Op::Ult, sum, inputs[0])
            }
            Op::USubOverflow => self.compare(Op::Ult, inputs[0], inputs[1]),
            Op::Abs => self.absolute(inputs[0]),
            Op::Ctpop if !self.capabilities.count_ones => self.count_ones(inputs[0]),
            Op::Bitreverse if !self.capabilities.reverses_bits => self.reverse_bits(inputs[0]),
            Op::Pi => inputs[0],
            _ => return None,
        })
    }

    /// A test of a counter for the value whose next one is zero becomes one of the next value, which costs nothing where
    /// that is computed.
    fn next_is_zero(&mut self, node: NodeId, op: Op) -> Option<NodeId> {
        let (graph, counter) = (&*self.graph, self.graph.input(node, 0));
        let ty = graph.ty(counter);
        let counts = graph.is(counter, Op::Phi) && graph.is(graph.input(counter, 0), Op::Loop) && ty.bits() >= 32;
        let next = counts.then(|| graph.input(counter, 2))?;
        if !graph.is(next, Op::Add) || graph.input(next, 0) != counter {
            return None;
        }
        let (value, amount) = (graph.constant(graph.input(node, 1))?, graph.constant(graph.input(next, 1))?);
        if value.wrapping_add(amount) & ty.mask() != 0 {
            return None;
        }
        let zero = self.constant(ty, 0);
        Some(self.compare(op, next, zero))
    }

    /// |x| = (x ^ s) - s, where s is the sign in every bit.
    pub(super) fn absolute(&mut self, value: NodeId) -> NodeId {
        let ty = self.graph.ty(value);
        let sign = self.shift(Op::AShr, value, ty.bits() - 1);
        let flipped = self.op(Op::Xor, ty, &[value, sign]);
        self.op(Op::Sub, ty, &[flipped, sign])
    }

    /// Number of ones: sums of neighbouring bits, pairs, nibbles, then of all bytes by a product (Warren, "Hacker's
    /// Delight", 5-1).
    pub(super) fn count_ones(&mut self, value: NodeId) -> NodeId {
        let ty = self.graph.ty(value);
        if self.capabilities.count_ones {
            return self.op(Op::Ctpop, ty, &[value]);
        }
        let (m1, m2, m4, bytes) =
            (0x5555_5555_5555_5555, 0x3333_3333_3333_3333, 0x0f0f_0f0f_0f0f_0f0f, 0x0101_0101_0101_0101);
        let odd = self.shift(Op::LShr, value, 1);
        let odd = self.masked(odd, m1);
        let pairs = self.op(Op::Sub, ty, &[value, odd]);
        let (low, high) = (self.masked(pairs, m2), self.shift(Op::LShr, pairs, 2));
        let high = self.masked(high, m2);
        let nibbles = self.op(Op::Add, ty, &[low, high]);
        let high = self.shift(Op::LShr, nibbles, 4);
        let sum = self.op(Op::Add, ty, &[nibbles, high]);
        let sums = self.masked(sum, m4);
        let ones = self.constant(ty, bytes);
        let product = self.op(Op::Mul, ty, &[sums, ones]);
        self.shift(Op::LShr, product, ty.bits() - 8)
    }

    /// Bits in reverse order: neighbours, pairs and nibbles exchanged within bytes, then the bytes.
    pub(super) fn reverse_bits(&mut self, value: NodeId) -> NodeId {
        let ty = self.graph.ty(value);
        let mut value = self.op(Op::Bswap, ty, &[value]);
        for (amount, mask) in [(4, 0x0f0f_0f0f_0f0f_0f0f), (2, 0x3333_3333_3333_3333), (1, 0x5555_5555_5555_5555)] {
            let high = self.shift(Op::LShr, value, amount);
            let (high, low) = (self.masked(high, mask), self.masked(value, mask));
            let low = self.shift(Op::Shl, low, amount);
            value = self.op(Op::Or, ty, &[high, low]);
        }
        value
    }

    fn masked(&mut self, value: NodeId, mask: u64) -> NodeId {
        let ty = self.graph.ty(value);
        let mask = self.constant(ty, mask);
        self.op(Op::And, ty, &[value, mask])
    }
}
