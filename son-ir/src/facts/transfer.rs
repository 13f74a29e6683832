//! The transfer function of each op: what its inputs' facts say of its result.

use super::arith::{self, Choice, Overflow};
use super::{Fact, FloatFact, IntFact, Object, PointerFact, bits, compare, float, refine};
use crate::graph::{Graph, NodeId};
use crate::module::SymbolId;
use crate::ops::{Family, Op};
use crate::types::Type;

/// Is what is known of the node assumed, not derived from its inputs? See the module's doc.
pub fn is_source(graph: &Graph, node: NodeId) -> bool {
    match Op::from_number(graph.op_number(node)) {
        Some(Op::Proj | Op::Load | Op::SlotAddr | Op::SymbolAddr | Op::BlockAddr | Op::FrameAddr) => true,
        Some(Op::Phi) => graph.is(graph.input(node, 0), Op::Loop),
        _ => false,
    }
}

/// What follows for the node's value from the facts of its inputs.
pub fn transfer(graph: &Graph, node: NodeId) -> Fact {
    transfer_with(graph, node, &|input| *graph.fact(input))
}

/// [`transfer`] with facts of inputs from elsewhere.
pub fn transfer_with(graph: &Graph, node: NodeId, facts: &impl Fn(NodeId) -> Fact) -> Fact {
    let ty = graph.ty(node);
    let Some(op) = Op::from_number(graph.op_number(node)) else { return Fact::Any };
    // A node under construction, or one that the verifier is about to refuse, says nothing.
    let incomplete = graph.num_inputs(node) < op.least_inputs();
    if !ty.is_data() || ty.is_vector() || ty.bits() > 64 || incomplete {
        return Fact::Any;
    }
    let transfer = Transfer { graph, node, ty, facts };
    match op {
        Op::Const => Fact::constant(ty, graph.payload(node)),
        Op::Poison => Fact::Never,
        Op::Pi => transfer.pi(),
        Op::Phi if !is_source(graph, node) => transfer.phi(),
        Op::Select => transfer.select(),
        Op::SlotAddr => transfer.address(Object::Slot(graph.payload(node) as u32), true),
        Op::SymbolAddr => transfer.address(Object::Symbol(SymbolId(graph.payload(node) as u32)), false),
        Op::BlockAddr | Op::FrameAddr => Fact::Pointer(PointerFact::NON_NULL),
        Op::Phi | Op::Proj | Op::Load => *graph.fact(node),
        _ if ty.is_int() => transfer.int_result(op),
        _ if ty.is_pointer() => transfer.pointer_result(op),
        _ => transfer.float_result(op),
    }
}

struct Transfer<'a, F> {
    graph: &'a Graph,
    node: NodeId,
    ty: Type,
    facts: &'a F,
}

impl<F: Fn(NodeId) -> Fact> Transfer<'_, F> {
    fn input(&self, index: usize) -> NodeId {
        self.graph.input(self.node, index)
    }

    fn fact(&self, index: usize) -> Fact {
        (self.facts)(self.input(index))
    }

    /// An address keeps what was assumed of it.
    fn address(&self, object: Object, non_null: bool) -> Fact {
        let assumed = self.graph.pointer_fact(self.node);
        Fact::Pointer(PointerFact { object, non_null: non_null || assumed.non_null, ..assumed })
    }

    fn pi(&self) -> Fact {
        let graph = self.graph;
        let (control, value) = (self.input(0), self.input(1));
        let implied = refine::implied_by_control(graph, self.facts, control, value);
        let assumed = *graph.fact(self.node);
        self.fact(1).meet(&implied, self.ty).meet(&assumed, self.ty)
    }

    /// Phis that are not complete yet may get any value.
    fn phi(&self) -> Fact {
        let count = self.graph.num_inputs(self.node);
        if count < 2 || count != self.graph.num_inputs(self.input(0)) + 1 {
            return Fact::Any;
        }
        let mut result = Fact::Never;
        for index in 1..count {
            result = result.join(&self.fact(index), self.ty);
            if result == Fact::Any {
                break;
            }
        }
        result
    }

    fn select(&self) -> Fact {
        match self.fact(0) {
            Fact::Never => Fact::Never,
            Fact::Int(IntFact { unsigned: (1, _), .. }) => self.fact(1),
            Fact::Int(IntFact { unsigned: (_, 0), .. }) => self.fact(2),
            _ => self.fact(1).join(&self.fact(2), self.ty),
        }
    }

    /// The fact of an integer operand; `None` if it has no value.
    fn int(&self, index: usize) -> Option<IntFact> {
        let input = self.input(index);
        (self.facts)(input).int(self.graph.ty(input))
    }

    fn int_result(&self, op: Op) -> Fact {
        match op {
            Op::Trunc | Op::ZExt | Op::SExt => self.width_change(op),
            Op::PtrToInt => self.pointer_to_int(),
            Op::FEq | Op::FNe | Op::FLt | Op::FLe | Op::FOrd => self.float_compare(op),
            Op::Neg | Op::Abs | Op::Ctpop | Op::Ctlz | Op::Cttz | Op::Bswap | Op::Bitreverse => {
                if self.fact(0) == Fact::Any && !matches!(op, Op::Ctpop | Op::Ctlz | Op::Cttz | Op::Abs) {
                    return Fact::Any;
                }
                Fact::of_int(self.ty, self.int(0).and_then(|a| self.unary(op, &a)))
            }
            Op::Eq | Op::Ne | Op::Slt | Op::Sle | Op::Ult | Op::Ule => self.compare(op),
            _ if op.info().family == Family::Integer => self.binary(op),
            _ => Fact::Any,
        }
    }

    fn unary(&self, op: Op, a: &IntFact) -> Option<IntFact> {
        let (ty, flags) = (self.ty, self.graph.flags(self.node));
        match op {
            Op::Neg => arith::sub(ty, flags, &IntFact::constant(ty, 0), a),
            Op::Abs => arith::abs(ty, flags, a),
            Op::Ctpop => bits::population(ty, a),
            Op::Ctlz => bits::leading_zeros(ty, flags, a),
            Op::Cttz => bits::trailing_zeros(ty, flags, a),
            Op::Bswap => bits::reverse(ty, 8, a),
            _ => bits::reverse(ty, 1, a),
        }
    }

    fn width_change(&self, op: Op) -> Fact {
        let from = self.graph.ty(self.input(0));
        if from.bits() > 64 {
            return Fact::Any;
        }
        let flags = self.graph.flags(self.node);
        let Some(a) = self.int(0) else { return Fact::Never };
        let result = match op {
            Op::Trunc => bits::truncate(self.ty, flags, from, &a),
            Op::ZExt => bits::zero_extend(self.ty, flags, from, &a),
            _ => bits::sign_extend(self.ty, from, &a),
        };
        Fact::of_int(self.ty, result)
    }

    fn pointer_to_int(&self) -> Fact {
        if self.ty != Type::I64 {
            return Fact::Any;
        }
        Fact::of_int(self.ty, self.fact(0).pointer().and_then(|pointer| pointer.as_int()))
    }

    fn decided(&self, outcome: Option<bool>) -> Fact {
        outcome.map_or(Fact::Any, |outcome| Fact::Int(IntFact::constant(Type::I1, u64::from(outcome))))
    }

    fn compare(&self, op: Op) -> Fact {
        let operands = self.graph.ty(self.input(0));
        let (a, b) = (self.fact(0), self.fact(1));
        if a == Fact::Never || b == Fact::Never {
            return Fact::Never;
        }
        if a == Fact::Any && b == Fact::Any || operands.bits() > 64 {
            return Fact::Any;
        }
        if operands.is_pointer() {
            return self.decided(compare_pointers(op, &a, &b));
        }
        match (a.int(operands), b.int(operands)) {
            (Some(a), Some(b)) => self.decided(compare::decide(op, &a, &b)),
            _ => Fact::Never,
        }
    }

    fn float_compare(&self, op: Op) -> Fact {
        match (self.fact(0).float(), self.fact(1).float()) {
            (Some(a), Some(b)) => self.decided(compare_floats(op, &a, &b)),
            _ => Fact::Never,
        }
    }

    /// Divisions take control as their first input.
    fn binary(&self, op: Op) -> Fact {
        let first = usize::from(op.takes_control());
        let (a, b) = (self.fact(first), self.fact(first + 1));
        if a == Fact::Any && b == Fact::Any && !limits_result(op) {
            return Fact::Any;
        }
        let operands = self.graph.ty(self.input(first));
        if operands.bits() > 64 {
            return Fact::Any;
        }
        let (Some(a), Some(b)) = (a.int(operands), b.int(operands)) else { return Fact::Never };
        if let Some((is_signed, operation)) = overflow_test(op) {
            return self.decided(arith::overflows(operands, is_signed, operation, &a, &b));
        }
        Fact::of_int(self.ty, self.arithmetic(op, &a, &b))
    }

    fn arithmetic(&self, op: Op, a: &IntFact, b: &IntFact) -> Option<IntFact> {
        let (ty, flags) = (self.ty, self.graph.flags(self.node));
        match op {
            Op::Add => arith::add(ty, flags, a, b),
            Op::Sub => {
                let difference = arith::sub(ty, flags, a, b)?;
                self.remainder(a).map_or(Some(difference), |remainder| difference.meet(&remainder?, ty))
            }
            Op::Mul => arith::mul(ty, flags, a, b),
            Op::SDiv => arith::sdiv(ty, a, b),
            Op::UDiv => arith::udiv(ty, a, b),
            Op::SRem => arith::srem(ty, a, b),
            Op::URem => arith::urem(ty, a, b),
            Op::SMulHigh => arith::mul_high(ty, true, a, b),
            Op::UMulHigh => arith::mul_high(ty, false, a, b),
            Op::And => bits::and(ty, a, b),
            Op::Or => bits::or(ty, flags, a, b),
            Op::Xor => bits::xor(ty, a, b),
            Op::Shl => bits::shl(ty, flags, a, b),
            Op::LShr => bits::lshr(ty, a, b),
            Op::AShr => bits::ashr(ty, a, b),
            Op::Fshl | Op::Fshr => bits::funnel(ty, op == Op::Fshr, a, b, &self.int(2)?),
            Op::SMin => arith::choose(ty, Choice::SMin, a, b),
            Op::SMax => arith::choose(ty, Choice::SMax, a, b),
            Op::UMin => arith::choose(ty, Choice::UMin, a, b),
            Op::UMax => arith::choose(ty, Choice::UMax, a, b),
            _ => Some(IntFact::full(ty)),
        }
    }

    /// What `x - x / c * c` is, of which both operands together tell more than each.
    fn remainder(&self, a: &IntFact) -> Option<Option<IntFact>> {
        let graph = self.graph;
        let product = refine::strip_pi(graph, self.input(1));
        if !graph.is(product, Op::Mul) {
            return None;
        }
        let (quotient, factor) = (refine::strip_pi(graph, graph.input(product, 0)), graph.input(product, 1));
        let op = Op::from_number(graph.op_number(quotient)).filter(|op| matches!(op, Op::UDiv | Op::SDiv))?;
        let dividend = refine::strip_pi(graph, graph.input(quotient, 1));
        let is_same = dividend == refine::strip_pi(graph, self.input(0)) && graph.input(quotient, 2) == factor;
        let divisor = IntFact::constant(self.ty, graph.constant(factor).filter(|&bits| bits != 0 && is_same)?);
        Some(if op == Op::UDiv { arith::urem(self.ty, a, &divisor) } else { arith::srem(self.ty, a, &divisor) })
    }

    fn pointer_result(&self, op: Op) -> Fact {
        match op {
            Op::PtrAdd => {
                let inbounds = self.graph.flags(self.node).has(crate::ops::NodeFlags::NSW);
                let (Some(base), offset) = (self.fact(0).pointer(), self.fact(1)) else { return Fact::Never };
                let offset = match offset {
                    Fact::Never => return Fact::Never,
                    Fact::Int(fact) => Some(fact),
                    _ => None,
                };
                Fact::of_pointer(Some(base.offset(inbounds, offset.as_ref())))
            }
            Op::IntToPtr if self.graph.ty(self.input(0)) == Type::I64 => {
                Fact::of_pointer(self.int(0).map(|address| PointerFact::from_int(&address)))
            }
            _ => Fact::Any,
        }
    }

    fn float_result(&self, op: Op) -> Fact {
        let classes = match op {
            Op::SToF | Op::UToF => int_to_float(op, self.graph.ty(self.input(0)), self.fact(0)),
            Op::FExt => self.fact(0).float().map(|a| a.classes),
            Op::FAdd
            | Op::FSub
            | Op::FMul
            | Op::FDiv
            | Op::FNeg
            | Op::FAbs
            | Op::FSqrt
            | Op::FCopySign
            | Op::FMin
            | Op::FMax
            | Op::FFloor
            | Op::FCeil
            | Op::FRoundZero
            | Op::FRint
            | Op::FRound => {
                let last = self.graph.num_inputs(self.node) - 1;
                let same = self.input(0) == self.input(last);
                let flags = self.graph.flags(self.node);
                match (self.fact(0).float(), self.fact(last).float()) {
                    (Some(a), Some(b)) => Some(float::classes(op, flags, same, a.classes, b.classes)),
                    _ => None,
                }
            }
            _ => return Fact::Any,
        };
        Fact::of_float(classes.map(FloatFact::of))
    }
}

/// Does the op narrow its result even if nothing is known of its operands?
fn limits_result(op: Op) -> bool {
    matches!(op, Op::UDiv | Op::URem | Op::SDiv | Op::SRem | Op::SMulHigh)
}

fn overflow_test(op: Op) -> Option<(bool, Overflow)> {
    Some(match op {
        Op::SAddOverflow => (true, Overflow::Add),
        Op::UAddOverflow => (false, Overflow::Add),
        Op::SSubOverflow => (true, Overflow::Sub),
        Op::USubOverflow => (false, Overflow::Sub),
        Op::SMulOverflow => (true, Overflow::Mul),
        Op::UMulOverflow => (false, Overflow::Mul),
        _ => return None,
    })
}

fn compare_pointers(op: Op, a: &Fact, b: &Fact) -> Option<bool> {
    let (a, b) = (a.pointer()?, b.pointer()?);
    let equal = if a.null && b.null {
        true
    } else if a.null && b.non_null || a.non_null && b.null {
        false
    } else {
        return None;
    };
    match op {
        Op::Eq => Some(equal),
        Op::Ne => Some(!equal),
        // Null is the least address.
        Op::Ult => Some(!equal && a.null),
        Op::Ule => Some(equal || a.null),
        _ => None,
    }
}

fn compare_floats(op: Op, a: &FloatFact, b: &FloatFact) -> Option<bool> {
    use super::FloatClasses as C;
    let nan = |fact: &FloatFact| fact.classes.without(C::NAN).is_empty();
    if nan(a) || nan(b) {
        return Some(false);
    }
    match op {
        Op::FOrd if a.is_never_nan() && b.is_never_nan() => Some(true),
        // Less than something that is not above zero, if none of this is below zero.
        Op::FLt
            if !a.classes.any(C::NEGATIVE.or(C::NEGATIVE_INFINITY))
                && !b.classes.any(C::POSITIVE.or(C::POSITIVE_INFINITY)) =>
        {
            Some(false)
        }
        _ => None,
    }
}

fn int_to_float(op: Op, from: Type, fact: Fact) -> Option<super::FloatClasses> {
    use super::FloatClasses as C;
    if from.bits() > 64 {
        // The largest 128-bit integer overflows f32.
        return Some(C::ALL.without(C::NAN.or(C::NEGATIVE_ZERO)));
    }
    let fact = fact.int(from)?;
    let numbers = C::POSITIVE_ZERO.or(C::POSITIVE);
    Some(if op == Op::UToF || fact.is_non_negative() { numbers } else { numbers.or(C::NEGATIVE) })
}
