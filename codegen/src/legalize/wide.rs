//! Integers of 65 to 128 bits: two words of 64 bits each.
//!
//! An old node of such a type is stood for by its low word, as other nodes are by their replacement, and by its high
//! word in a table beside. Bits above the width are anything, as in narrow integers. Parameters, arguments and results
//! of calls become two each. Divisions and conversions from and to floats become calls of the runtime library, see
//! [`crate::runtime::on_words`].

use super::{Legalizer, container};
use crate::lower::{HIGH_WORD, LowerError};
use son_ir::{Inputs, NodeId, Op, Type};

/// The two words of an integer.
#[derive(Clone, Copy)]
pub(super) struct Words {
    pub(super) low: NodeId,
    pub(super) high: NodeId,
}

/// Does an integer of this type take two words?
pub(super) fn is_wide(ty: Type) -> bool {
    ty.is_int() && ty.bits() > 64
}

/// Bits of the high word.
fn high_type(ty: Type) -> Type {
    Type::int(ty.bits() - 64)
}

impl Legalizer<'_> {
    /// Is the node or one of its operands a wide integer?
    pub(super) fn touches_wide(&self, node: NodeId) -> bool {
        is_wide(self.graph.ty(node)) || self.graph.inputs(node).any(|input| is_wide(self.graph.ty(input)))
    }

    /// The words that stand for an old node.
    pub(super) fn words(&self, old: NodeId) -> Words {
        Words { low: self.legal(old), high: self.high_of.get(&old).copied().unwrap_or(old) }
    }

    pub(super) fn set_words(&mut self, old: NodeId, words: Words) {
        self.new_of[old.index()] = words.low;
        self.high_of.insert(old, words.high);
    }

    /// A node that makes or takes a wide integer.
    pub(super) fn wide(&mut self, node: NodeId, op: Op) {
        if is_wide(self.graph.ty(node)) {
            match self.wide_value(node, op) {
                Some(words) => self.set_words(node, words),
                None => self.refuse(node, op, self.graph.ty(node)),
            }
            return;
        }
        if matches!(op, Op::Call | Op::TailCall | Op::Return) {
            return self.new_of[node.index()] = self.split_operands(node);
        }
        match self.narrowed(node, op) {
            Some(new) => self.new_of[node.index()] = new,
            None => self.refuse(node, op, self.operand_type(node, op)),
        }
    }

    fn refuse(&mut self, node: NodeId, op: Op, ty: Type) {
        self.refused.get_or_insert_with(|| LowerError::Unsupported(format!("{} of type {ty}", op.text())));
        let nothing = self.graph.poison(Type::I64);
        self.set_words(node, Words { low: nothing, high: nothing });
    }

    /// A call or return with two operands for each that is wide.
    fn split_operands(&mut self, node: NodeId) -> NodeId {
        let mut inputs: Vec<NodeId> = Vec::new();
        for input in self.graph.copy_inputs(node) {
            inputs.push(self.legal(input));
            if is_wide(self.graph.ty(input)) {
                inputs.push(self.words(input).high);
            }
        }
        self.graph.raw(self.graph.op(node), self.graph.ty(node), self.graph.payload(node), &inputs)
    }

    // ---- Results that are wide ----

    fn wide_value(&mut self, node: NodeId, op: Op) -> Option<Words> {
        let ty = self.graph.ty(node);
        let old = self.graph.copy_inputs(node);
        let pair = |of: &Self| (of.words(old[0]), of.words(old[1]));
        Some(match op {
            Op::Const | Op::WideConst => {
                let payload = self.graph.payload(node);
                let bits = if op == Op::Const { payload.into() } else { self.graph.tables().wide[payload as usize] };
                self.constant_words(bits)
            }
            Op::Poison => {
                let word = self.graph.poison(Type::I64);
                Words { low: word, high: word }
            }
            Op::Proj => self.projections(node)?,
            Op::Phi => self.wide_phi(node),
            Op::Pi => self.words(old[1]),
            op @ (Op::Freeze | Op::Opaque) => {
                let a = self.words(old[0]);
                self.each(a, |this, word| this.graph.raw(op, Type::I64, 0, &[word]))
            }
            Op::And | Op::Or | Op::Xor => {
                let (a, b) = pair(self);
                self.bitwise(op, a, b)
            }
            Op::Add => {
                let (a, b) = pair(self);
                self.sum(a, b)
            }
            Op::Sub => {
                let (a, b) = pair(self);
                self.difference(a, b)
            }
            Op::Neg => {
                let (zero, a) = (self.constant_words(0), self.words(old[0]));
                self.difference(zero, a)
            }
            Op::Mul => {
                let (a, b) = pair(self);
                self.product(a, b)
            }
            Op::SMulHigh | Op::UMulHigh if ty == Type::I128 => {
                let (a, b) = pair(self);
                self.product_above(op == Op::SMulHigh, a, b)
            }
            Op::SDiv | Op::SRem | Op::UDiv | Op::URem => {
                let control = self.legal(old[0]);
                let signed = matches!(op, Op::SDiv | Op::SRem);
                let [a, b] = [old[1], old[2]]
                    .map(|input| if signed { self.signed_words(input) } else { self.unsigned_words(input) });
                self.computed(op, &[control, a.low, a.high, b.low, b.high])
            }
            Op::FToS | Op::FToU => {
                let value = self.legal(old[0]);
                self.computed(op, &[value])
            }
            Op::Select => {
                let condition = self.legal(old[0]);
                let (a, b) = (self.words(old[1]), self.words(old[2]));
                self.choose(condition, a, b)
            }
            Op::Shl => {
                let (a, amount) = pair(self);
                self.shift_left(a, amount.low)
            }
            Op::LShr | Op::AShr => {
                let a = if op == Op::AShr { self.signed_words(old[0]) } else { self.unsigned_words(old[0]) };
                let amount = self.words(old[1]);
                self.shift_right(op, a, amount.low)
            }
            Op::SMin | Op::SMax | Op::UMin | Op::UMax => self.extreme(op, &old),
            Op::ZExt | Op::SExt | Op::Trunc | Op::PtrToInt | Op::Bitcast => self.widened(op, old[0])?,
            Op::Load => {
                let inputs: Inputs = old.iter().map(|&input| self.legal(input)).collect();
                let access = self.graph.access(node);
                let low = self.load_bytes(&inputs, access, 0, 8, Type::I64);
                let high = self.load_bytes(&inputs, access, 8, ty.bytes() - 8, Type::I64);
                Words { low, high }
            }
            _ => return self.wide_bits(op, ty, &old),
        })
    }

    /// The words of what a function of the runtime library gives.
    fn computed(&mut self, op: Op, inputs: &[NodeId]) -> Words {
        let tuple = self.graph.raw(op, Type::TUPLE, 0, inputs);
        let mut word = |number| self.graph.raw(Op::Proj, Type::I64, number, &[tuple]);
        Words { low: word(0), high: word(1) }
    }

    /// Ops that look at single bits.
    fn wide_bits(&mut self, op: Op, ty: Type, old: &[NodeId]) -> Option<Words> {
        let zero = self.constant(Type::I64, 0);
        let unused = 128 - ty.bits();
        Some(match op {
            Op::Abs => {
                let a = self.signed_words(old[0]);
                let sign = self.shift(Op::AShr, a.high, 63);
                let sign = Words { low: sign, high: sign };
                let flipped = self.bitwise(Op::Xor, a, sign);
                self.difference(flipped, sign)
            }
            Op::Ctpop => {
                let a = self.unsigned_words(old[0]);
                let (low, high) = (self.count_ones(a.low), self.count_ones(a.high));
                Words { low: self.op(Op::Add, Type::I64, &[low, high]), high: zero }
            }
            Op::Ctlz => {
                let a = self.unsigned_words(old[0]);
                let zeros = self.zeros(Op::Ctlz, a.high, a.low);
                let unused = self.constant(Type::I64, unused.into());
                Words { low: self.op(Op::Sub, Type::I64, &[zeros, unused]), high: zero }
            }
            Op::Cttz => {
                let mut a = self.words(old[0]);
                if unused > 0 {
                    let stop = self.constant(Type::I64, 1 << (ty.bits() - 64));
                    a.high = self.op(Op::Or, Type::I64, &[a.high, stop]);
                }
                Words { low: self.zeros(Op::Cttz, a.low, a.high), high: zero }
            }
            Op::Bswap | Op::Bitreverse => {
                let a = self.words(old[0]);
                let turned = self.each(a, |this, word| match op {
                    Op::Bswap => this.op(op, Type::I64, &[word]),
                    _ => this.reverse_bits(word),
                });
                let amount = self.constant(Type::I64, unused.into());
                self.shift_right(Op::LShr, Words { low: turned.high, high: turned.low }, amount)
            }
            Op::Fshl | Op::Fshr if ty == Type::I128 => {
                let (a, b, amount) = (self.words(old[0]), self.words(old[1]), self.words(old[2]).low);
                self.funnel(op, a, b, amount)
            }
            _ => return None,
        })
    }

    /// Zeros from one end: those of the word there, and if it has no one, those of the other.
    fn zeros(&mut self, op: Op, first: NodeId, second: NodeId) -> NodeId {
        let (near, far) = (self.op(op, Type::I64, &[first]), self.op(op, Type::I64, &[second]));
        let word = self.constant(Type::I64, 64);
        let far = self.op(Op::Add, Type::I64, &[far, word]);
        let empty = self.is_zero(first);
        self.op(Op::Select, Type::I64, &[empty, far, near])
    }

    fn projections(&mut self, node: NodeId) -> Option<Words> {
        let old = self.graph.input(node, 0);
        if !matches!(self.graph.op(old), Op::Start | Op::Call) {
            return None;
        }
        let (tuple, payload) = (self.legal(old), self.graph.payload(node));
        let low = self.graph.raw(Op::Proj, Type::I64, payload, &[tuple]);
        let high = self.graph.raw(Op::Proj, Type::I64, payload | HIGH_WORD, &[tuple]);
        Some(Words { low, high })
    }

    fn wide_phi(&mut self, node: NodeId) -> Words {
        let forward = |index: usize, of: &Self| if of.graph.is_back_edge(node, index) { 1 } else { index };
        let count = self.graph.num_inputs(node);
        let old: Inputs = (0..count).map(|index| self.graph.input(node, forward(index, self))).collect();
        let low: Inputs = old.iter().map(|&input| self.legal(input)).collect();
        let mut high = low.clone();
        for (word, &input) in high.iter_mut().zip(&old).skip(1) {
            *word = self.words(input).high;
        }
        let words = Words {
            low: self.graph.raw(Op::Phi, Type::I64, 0, &low),
            high: self.graph.raw(Op::Phi, Type::I64, 0, &high),
        };
        self.phis.push((node, words.low));
        self.high_phis.push((node, words.high));
        words
    }

    /// Another type's value at this width.
    fn widened(&mut self, op: Op, old: NodeId) -> Option<Words> {
        let from = self.graph.ty(old);
        Some(match op {
            Op::Bitcast if !is_wide(from) => return None,
            Op::ZExt if is_wide(from) => self.unsigned_words(old),
            Op::SExt if is_wide(from) => self.signed_words(old),
            Op::Trunc | Op::Bitcast => self.words(old),
            Op::SExt => {
                let low = self.legal(old);
                let low = self.sign_extended(low, from, Type::I64);
                Words { low, high: self.shift(Op::AShr, low, 63) }
            }
            _ => {
                let value = self.legal(old);
                let low = match op {
                    Op::PtrToInt => self.op(Op::PtrToInt, Type::I64, &[value]),
                    _ => self.zero_extended(value, from, Type::I64),
                };
                Words { low, high: self.constant(Type::I64, 0) }
            }
        })
    }

    // ---- Results that are not wide, of operands that are ----

    fn narrowed(&mut self, node: NodeId, op: Op) -> Option<NodeId> {
        let ty = self.graph.ty(node);
        let old = self.graph.copy_inputs(node);
        Some(match op {
            Op::Trunc => {
                let low = self.legal(old[0]);
                self.any_extended(low, container(ty))
            }
            Op::IntToPtr => {
                let low = self.legal(old[0]);
                self.op(Op::IntToPtr, ty, &[low])
            }
            Op::Eq | Op::Ne => {
                let (a, b) = (self.unsigned_words(old[0]), self.unsigned_words(old[1]));
                let differ = self.bitwise(Op::Xor, a, b);
                let any = self.op(Op::Or, Type::I64, &[differ.low, differ.high]);
                let zero = self.constant(Type::I64, 0);
                self.compare(op, any, zero)
            }
            Op::Slt | Op::Sle => {
                let (a, b) = (self.signed_words(old[0]), self.signed_words(old[1]));
                self.less(op, a, b)
            }
            Op::Ult | Op::Ule => {
                let (a, b) = (self.unsigned_words(old[0]), self.unsigned_words(old[1]));
                self.less(op, a, b)
            }
            Op::Store => self.wide_store(node),
            Op::SToF | Op::UToF => {
                let a = if op == Op::SToF { self.signed_words(old[0]) } else { self.unsigned_words(old[0]) };
                self.op(op, ty, &[a.low, a.high])
            }
            Op::SMulOverflow | Op::UMulOverflow if self.graph.ty(old[0]) == Type::I128 => {
                let (a, b) = (self.words(old[0]), self.words(old[1]));
                self.product_overflow(op == Op::SMulOverflow, a, b)
            }
            _ => return self.wide_overflow(op, &old),
        })
    }

    fn wide_store(&mut self, node: NodeId) -> NodeId {
        let old = self.graph.copy_inputs(node);
        let inputs: Inputs = old.iter().map(|&input| self.legal(input)).collect();
        let access = self.graph.access(node);
        let value = self.unsigned_words(old[3]);
        let low = self.store_bytes(&inputs, access, value.low, 0, 8);
        let mut behind = inputs;
        behind[1] = low;
        self.store_bytes(&behind, access, value.high, 8, self.graph.ty(old[3]).bytes() - 8)
    }

    fn wide_overflow(&mut self, op: Op, old: &[NodeId]) -> Option<NodeId> {
        use Op::{SAddOverflow, SSubOverflow, UAddOverflow, USubOverflow};
        if !matches!(op, SAddOverflow | SSubOverflow | UAddOverflow | USubOverflow) {
            return None;
        }
        let ty = self.graph.ty(old[0]);
        let signed = matches!(op, SAddOverflow | SSubOverflow);
        let [a, b] =
            [old[0], old[1]].map(|input| if signed { self.signed_words(input) } else { self.unsigned_words(input) });
        let adds = matches!(op, SAddOverflow | UAddOverflow);
        let result = if adds { self.sum(a, b) } else { self.difference(a, b) };
        Some(match op {
            USubOverflow => self.less(Op::Ult, a, b),
            UAddOverflow if ty == Type::I128 => self.less(Op::Ult, result, a),
            _ if ty == Type::I128 => {
                // The sign is wrong: unlike that of both summands, or of minuend and of what was subtracted from it.
                let first = self.op(Op::Xor, Type::I64, &[a.high, result.high]);
                let second = self.op(Op::Xor, Type::I64, &[if adds { result.high } else { a.high }, b.high]);
                let wrong = self.op(Op::And, Type::I64, &[first, second]);
                let zero = self.constant(Type::I64, 0);
                self.compare(Op::Slt, wrong, zero)
            }
            _ => {
                let fitting = if signed {
                    self.sign_extended(result.high, high_type(ty), Type::I64)
                } else {
                    self.zero_extended(result.high, high_type(ty), Type::I64)
                };
                self.compare(Op::Ne, fitting, result.high)
            }
        })
    }

    // ---- Arithmetic on words ----

    fn constant_words(&mut self, bits: u128) -> Words {
        Words { low: self.constant(Type::I64, bits as u64), high: self.constant(Type::I64, (bits >> 64) as u64) }
    }

    /// The words of an old node with zeros above its width.
    pub(super) fn unsigned_words(&mut self, old: NodeId) -> Words {
        let Words { low, high } = self.words(old);
        Words { low, high: self.zero_extended(high, high_type(self.graph.ty(old)), Type::I64) }
    }

    /// The words of an old node with copies of the sign above its width.
    fn signed_words(&mut self, old: NodeId) -> Words {
        let Words { low, high } = self.words(old);
        Words { low, high: self.sign_extended(high, high_type(self.graph.ty(old)), Type::I64) }
    }

    fn each(&mut self, a: Words, mut of: impl FnMut(&mut Self, NodeId) -> NodeId) -> Words {
        Words { low: of(self, a.low), high: of(self, a.high) }
    }

    pub(super) fn bitwise(&mut self, op: Op, a: Words, b: Words) -> Words {
        Words { low: self.op(op, Type::I64, &[a.low, b.low]), high: self.op(op, Type::I64, &[a.high, b.high]) }
    }

    pub(super) fn choose(&mut self, condition: NodeId, a: Words, b: Words) -> Words {
        Words {
            low: self.op(Op::Select, Type::I64, &[condition, a.low, b.low]),
            high: self.op(Op::Select, Type::I64, &[condition, a.high, b.high]),
        }
    }

    fn is_zero(&mut self, word: NodeId) -> NodeId {
        let zero = self.constant(Type::I64, 0);
        self.compare(Op::Eq, word, zero)
    }

    pub(super) fn sum(&mut self, a: Words, b: Words) -> Words {
        let parts = self.bitwise(Op::Add, a, b);
        let carry = self.compare(Op::Ult, parts.low, a.low);
        let carry = self.op(Op::ZExt, Type::I64, &[carry]);
        Words { low: parts.low, high: self.op(Op::Add, Type::I64, &[parts.high, carry]) }
    }

    pub(super) fn difference(&mut self, a: Words, b: Words) -> Words {
        let parts = self.bitwise(Op::Sub, a, b);
        let borrow = self.compare(Op::Ult, a.low, b.low);
        let borrow = self.op(Op::ZExt, Type::I64, &[borrow]);
        Words { low: parts.low, high: self.op(Op::Sub, Type::I64, &[parts.high, borrow]) }
    }

    fn product(&mut self, a: Words, b: Words) -> Words {
        let low = self.op(Op::Mul, Type::I64, &[a.low, b.low]);
        let carried = self.op(Op::UMulHigh, Type::I64, &[a.low, b.low]);
        let first = self.op(Op::Mul, Type::I64, &[a.low, b.high]);
        let second = self.op(Op::Mul, Type::I64, &[a.high, b.low]);
        let crossed = self.op(Op::Add, Type::I64, &[first, second]);
        Words { low, high: self.op(Op::Add, Type::I64, &[carried, crossed]) }
    }

    /// The upper half of a product of 256 bits: products of words, of which none of the sums overflows.
    fn product_above(&mut self, signed: bool, a: Words, b: Words) -> Words {
        let zero = self.constant(Type::I64, 0);
        let mut full = |a: NodeId, b: NodeId| Words {
            low: self.op(Op::Mul, Type::I64, &[a, b]),
            high: self.op(Op::UMulHigh, Type::I64, &[a, b]),
        };
        let (lowest, left, right, highest) =
            (full(a.low, b.low), full(a.high, b.low), full(a.low, b.high), full(a.high, b.high));
        let left = self.sum(left, Words { low: lowest.high, high: zero });
        let right = self.sum(right, Words { low: left.low, high: zero });
        let above = self.sum(highest, Words { low: left.high, high: zero });
        let above = self.sum(above, Words { low: right.high, high: zero });
        if !signed {
            return above;
        }
        // A negative factor counts 2^128 too much, times the other one.
        [(a, b), (b, a)].into_iter().fold(above, |above, (factor, other)| {
            let sign = self.shift(Op::AShr, factor.high, 63);
            let excess = self.bitwise(Op::And, other, Words { low: sign, high: sign });
            self.difference(above, excess)
        })
    }

    /// Is the upper half of the product anything but what the lower one implies?
    fn product_overflow(&mut self, signed: bool, a: Words, b: Words) -> NodeId {
        let above = self.product_above(signed, a, b);
        let zero = self.constant(Type::I64, 0);
        let implied = match signed {
            true => {
                let product = self.product(a, b);
                self.shift(Op::AShr, product.high, 63)
            }
            false => zero,
        };
        let differ = self.bitwise(Op::Xor, above, Words { low: implied, high: implied });
        let any = self.op(Op::Or, Type::I64, &[differ.low, differ.high]);
        self.compare(Op::Ne, any, zero)
    }

    /// Is the first less, or if `op` says so not greater? By the high words, and by the low ones if those are equal.
    pub(super) fn less(&mut self, op: Op, a: Words, b: Words) -> NodeId {
        let (strict, low_op) = match op {
            Op::Slt => (Op::Slt, Op::Ult),
            Op::Sle => (Op::Slt, Op::Ule),
            low_op => (Op::Ult, low_op),
        };
        let below = self.compare(strict, a.high, b.high);
        let same = self.compare(Op::Eq, a.high, b.high);
        let low = self.compare(low_op, a.low, b.low);
        let tied = self.op(Op::And, Type::I1, &[same, low]);
        self.op(Op::Or, Type::I1, &[below, tied])
    }

    fn extreme(&mut self, op: Op, old: &[NodeId]) -> Words {
        let signed = matches!(op, Op::SMin | Op::SMax);
        let [a, b] =
            [old[0], old[1]].map(|input| if signed { self.signed_words(input) } else { self.unsigned_words(input) });
        let first = self.less(if signed { Op::Slt } else { Op::Ult }, a, b);
        if matches!(op, Op::SMin | Op::UMin) { self.choose(first, a, b) } else { self.choose(first, b, a) }
    }

    /// Whether a shift amount is a word or more; for a constant, which is the common case, as such.
    fn crosses(&mut self, amount: NodeId) -> Result<bool, NodeId> {
        if let Some(amount) = self.graph.constant(amount) {
            return Ok(amount & 64 != 0);
        }
        let word = self.constant(Type::I64, 64);
        let bit = self.op(Op::And, Type::I64, &[amount, word]);
        let zero = self.constant(Type::I64, 0);
        Err(self.compare(Op::Ne, bit, zero))
    }

    /// One or the other by an answer of [`Self::crosses`].
    fn pick(&mut self, crosses: Result<bool, NodeId>, far: Words, near: Words) -> Words {
        match crosses {
            Ok(true) => far,
            Ok(false) => near,
            Err(condition) => self.choose(condition, far, near),
        }
    }

    fn within_word(&mut self, amount: NodeId) -> NodeId {
        let mask = self.constant(Type::I64, 63);
        match self.graph.constant(amount) {
            Some(amount) => self.constant(Type::I64, amount & 63),
            None => self.op(Op::And, Type::I64, &[amount, mask]),
        }
    }

    fn shift_left(&mut self, a: Words, amount: NodeId) -> Words {
        let crosses = self.crosses(amount);
        let amount = self.within_word(amount);
        let zero = self.constant(Type::I64, 0);
        let Words { low, high } = match self.graph.constant(amount) {
            Some(0) => a,
            _ => Words {
                low: self.op(Op::Shl, Type::I64, &[a.low, amount]),
                high: self.op(Op::Fshl, Type::I64, &[a.high, a.low, amount]),
            },
        };
        self.pick(crosses, Words { low: zero, high: low }, Words { low, high })
    }

    fn shift_right(&mut self, op: Op, a: Words, amount: NodeId) -> Words {
        let crosses = self.crosses(amount);
        let amount = self.within_word(amount);
        let above = if op == Op::AShr { self.shift(Op::AShr, a.high, 63) } else { self.constant(Type::I64, 0) };
        let Words { low, high } = match self.graph.constant(amount) {
            Some(0) => a,
            _ => Words {
                low: self.op(Op::Fshr, Type::I64, &[a.high, a.low, amount]),
                high: self.op(op, Type::I64, &[a.high, amount]),
            },
        };
        self.pick(crosses, Words { low: high, high: above }, Words { low, high })
    }

    /// One operand shifted by the amount modulo 128, the other by the rest in two steps, so that amount 0 is right.
    fn funnel(&mut self, op: Op, a: Words, b: Words, amount: NodeId) -> Words {
        let (mask, one) = (self.constant(Type::I64, 127), self.constant(Type::I64, 1));
        let amount = self.op(Op::And, Type::I64, &[amount, mask]);
        let rest = self.op(Op::Xor, Type::I64, &[amount, mask]);
        let (high, low) = if op == Op::Fshl {
            let half = self.shift_right(Op::LShr, b, one);
            (self.shift_left(a, amount), self.shift_right(Op::LShr, half, rest))
        } else {
            let half = self.shift_left(a, one);
            (self.shift_left(half, rest), self.shift_right(Op::LShr, b, amount))
        };
        self.bitwise(Op::Or, high, low)
    }
}
