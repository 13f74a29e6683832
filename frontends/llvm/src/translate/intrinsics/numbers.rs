//! Intrinsics on integers and floats.

use smallvec::SmallVec;
use son_ir::{CallFlags, NodeFlags, NodeId, Op, Signature, Type};

use super::super::arithmetic::fast_flags;
use super::super::function::Translator;
use super::super::quad::QUAD;
use super::Intrinsic;
use crate::ast::{Call, Inst, Operand};
use crate::error::Result;

impl Translator<'_, '_, '_> {
    pub(super) fn number_intrinsic(
        &mut self,
        inst: &Inst,
        call: &Call,
        intrinsic: Intrinsic,
        args: &[Operand],
    ) -> Result<()> {
        let mut nodes: SmallVec<[NodeId; 4]> = SmallVec::new();
        for &arg in args {
            if !self.is_quad(arg.ty) {
                self.number_type(arg.ty)?;
            }
            nodes.push(self.scalar(arg)?);
        }
        if args.first().is_some_and(|arg| self.is_quad(arg.ty)) {
            let node = self.quad_intrinsic(call, intrinsic, &nodes)?;
            self.set(inst, node);
            return Ok(());
        }
        let Some(&first) = nodes.first() else { return Err(self.unsupported_intrinsic(call)) };
        let ty = self.builder.graph().ty(first);
        let flags = if ty.is_float() { fast_flags(call.flags) } else { NodeFlags::NONE };
        let node = match (intrinsic, &nodes[..]) {
            (Intrinsic::Pure(op), _) if self.fits(op, ty, &nodes) => self.builder.pure_with(op, ty, flags, 0, &nodes),
            (Intrinsic::Flagged(op, flag), &[value, last]) if !ty.is_float() => {
                let set = self.builder.graph().constant(last) == Some(1);
                let flags = if set { flag } else { NodeFlags::NONE };
                self.builder.pure_with(op, ty, flags, 0, &[value])
            }
            (Intrinsic::Overflow(value, test), _) if self.fits(value, ty, &nodes) => {
                let value = self.builder.pure(value, ty, &nodes);
                let overflows = self.builder.pure(test, Type::I1, &nodes);
                return self.set_leaves(inst, &[value, overflows]);
            }
            (Intrinsic::Saturating(value, test, signed), &[a, b]) if self.fits(value, ty, &nodes) => {
                self.saturating((value, test, signed), ty, a, b)
            }
            (Intrinsic::MulAdd, &[a, b, c]) if self.fits(Op::FMa, ty, &nodes) => {
                let flags = flags.or(NodeFlags::CONTRACT);
                let product = self.builder.pure_with(Op::FMul, ty, flags, 0, &[a, b]);
                self.builder.pure_with(Op::FAdd, ty, flags, 0, &[product, c])
            }
            (Intrinsic::Library(double, float), _) if ty.is_float() => {
                let name = if ty == Type::F64 { double } else { float };
                let result = self.number_type(call.ret)?;
                self.library_call(name, &nodes, result)
            }
            (Intrinsic::SaturatingToInt(signed), &[value]) if ty.is_float() => {
                let result = self.number_type(call.ret)?;
                if !result.is_int() || result.bits() > 64 {
                    return Err(self.unsupported_intrinsic(call));
                }
                self.saturating_to_int(value, result, signed)
            }
            (Intrinsic::IsClass, &[value, classes]) if ty.is_float() => {
                let Some(classes) = self.builder.graph().constant(classes) else {
                    return Err(self.unsupported_intrinsic(call));
                };
                self.is_class(value, ty, classes)
            }
            _ => return Err(self.unsupported_intrinsic(call)),
        };
        self.set(inst, node);
        Ok(())
    }

    /// An intrinsic on floats of 128 bits: the function of the C library for `long double`.
    fn quad_intrinsic(&mut self, call: &Call, intrinsic: Intrinsic, nodes: &[NodeId]) -> Result<NodeId> {
        let name = match intrinsic {
            Intrinsic::MulAdd if nodes.len() == 3 => {
                let product = self.library_call("__multf3", &nodes[..2], QUAD);
                return Ok(self.library_call("__addtf3", &[product, nodes[2]], QUAD));
            }
            Intrinsic::Pure(Op::FAbs) => "fabsl".to_owned(),
            Intrinsic::Pure(Op::FSqrt) => "sqrtl".to_owned(),
            Intrinsic::Pure(Op::FCopySign) => "copysignl".to_owned(),
            Intrinsic::Pure(Op::FMin) => "fminl".to_owned(),
            Intrinsic::Pure(Op::FMax) => "fmaxl".to_owned(),
            Intrinsic::Pure(Op::FMa) => "fmal".to_owned(),
            Intrinsic::Pure(Op::FFloor) => "floorl".to_owned(),
            Intrinsic::Pure(Op::FCeil) => "ceill".to_owned(),
            Intrinsic::Pure(Op::FRoundZero) => "truncl".to_owned(),
            Intrinsic::Pure(Op::FRint) => "rintl".to_owned(),
            Intrinsic::Pure(Op::FRound) => "roundl".to_owned(),
            Intrinsic::Library(double, _) if !double.starts_with('_') => format!("{double}l"),
            _ => return Err(self.unsupported_intrinsic(call)),
        };
        Ok(self.library_call(&name, nodes, QUAD))
    }

    /// Whether the op takes so many operands of this type, and they have the same.
    fn fits(&self, op: Op, ty: Type, nodes: &[NodeId]) -> bool {
        let (letters, _) = op.signature();
        let kind = if letters.starts_with('F') { ty.is_float() } else { ty.is_int() };
        let whole_bytes = op != Op::Bswap || ty.bits().is_multiple_of(16);
        kind && whole_bytes
            && nodes.len() == letters.len()
            && nodes.iter().all(|&node| self.builder.graph().ty(node) == ty)
    }

    fn saturating(&mut self, (value, test, signed): (Op, Op, bool), ty: Type, a: NodeId, b: NodeId) -> NodeId {
        let result = self.builder.pure(value, ty, &[a, b]);
        let overflows = self.builder.pure(test, Type::I1, &[a, b]);
        let least = self.least(ty, signed);
        let greatest = self.builder.pure(Op::Xor, ty, &[least.0, least.1]);
        let limit = if signed {
            // It overflows towards the sign of the first operand.
            let zero = self.zero(ty);
            let negative = self.builder.pure(Op::Slt, Type::I1, &[a, zero]);
            self.builder.pure(Op::Select, ty, &[negative, least.0, greatest])
        } else if value == Op::Add {
            greatest
        } else {
            least.0
        };
        self.builder.pure(Op::Select, ty, &[overflows, limit, result])
    }

    /// The least integer of a type, and all ones.
    fn least(&mut self, ty: Type, signed: bool) -> (NodeId, NodeId) {
        let graph = self.builder.graph_mut();
        let least = if signed { 1 << (ty.bits() - 1) } else { 0 };
        (graph.wide_const(ty, least), graph.wide_const(ty, u128::MAX))
    }

    fn saturating_to_int(&mut self, value: NodeId, result: Type, signed: bool) -> NodeId {
        let ty = self.builder.graph().ty(value);
        let bits = result.bits() - u32::from(signed);
        let end = (bits as f64).exp2();
        let mut constant = |value: f64| match ty {
            Type::F32 => self.builder.f32const(value as f32),
            _ => self.builder.f64const(value),
        };
        let (low, high) = (constant(if signed { -end } else { 0.0 }), constant(end));
        let converted = self.builder.pure(if signed { Op::FToS } else { Op::FToU }, result, &[value]);
        let least = self.least(result, signed);
        let greatest = self.builder.pure(Op::Xor, result, &[least.0, least.1]);
        let below = self.builder.pure(Op::FLt, Type::I1, &[value, low]);
        let above = self.builder.pure(Op::FLe, Type::I1, &[high, value]);
        let ordered = self.builder.pure(Op::FOrd, Type::I1, &[value, value]);
        let zero = self.zero(result);
        let node = self.builder.pure(Op::Select, result, &[below, least.0, converted]);
        let node = self.builder.pure(Op::Select, result, &[above, greatest, node]);
        self.builder.pure(Op::Select, result, &[ordered, node, zero])
    }

    /// Calls a function of the C library that only computes.
    pub(in super::super) fn library_call(&mut self, name: &str, args: &[NodeId], result: Type) -> NodeId {
        let types = args.iter().map(|&arg| self.builder.graph().ty(arg));
        let signature = Signature::new(types, [result]);
        let module = &mut self.context.module;
        let symbol = module.import_function(name, signature.clone());
        let id = module.signature_id(signature);
        let callee = self.builder.symbol_addr(symbol);
        let flags = CallFlags::NO_MEMORY.or(CallFlags::WILL_RETURN).or(CallFlags::NO_UNWIND);
        let signature = self.context.module.signature(id);
        self.builder.call(callee, id, signature, flags, args).values[0]
    }

    /// `llvm.is.fpclass`: a test of the bits for each class that is asked for.
    fn is_class(&mut self, value: NodeId, ty: Type, classes: u64) -> NodeId {
        let int = Type::int(ty.bits());
        let fraction = if ty == Type::F64 { 52 } else { 23 };
        let infinity = (int.mask() >> 1) & !((1 << fraction) - 1);
        let (quiet, normal) = (infinity | 1 << (fraction - 1), 1u64 << fraction);
        let bits = self.builder.pure(Op::Bitcast, int, &[value]);
        let magnitude = self.int_constant(int, int.mask() >> 1);
        let magnitude = self.builder.pure(Op::And, int, &[bits, magnitude]);
        let zero = self.zero(int);
        let negative = self.builder.pure(Op::Slt, Type::I1, &[bits, zero]);
        // Of each class: its bit when negative and when positive, its least magnitude, and how many.
        let table = [
            (0, 0, infinity + 1, quiet - infinity - 1),
            (1, 1, quiet, (int.mask() >> 1) - quiet + 1),
            (2, 9, infinity, 1),
            (3, 8, normal, infinity - normal),
            (4, 7, 1, normal - 1),
            (5, 6, 0, 1),
        ];
        let mut result = self.builder.iconst(Type::I1, 0);
        for (on_negative, on_positive, least, count) in table {
            let asked = (classes >> on_negative & 1 != 0, classes >> on_positive & 1 != 0);
            if asked == (false, false) {
                continue;
            }
            let (least, count) = (self.int_constant(int, least), self.int_constant(int, count));
            let distance = self.builder.pure(Op::Sub, int, &[magnitude, least]);
            let mut test = self.builder.pure(Op::Ult, Type::I1, &[distance, count]);
            if asked.0 != asked.1 {
                let sign = if asked.0 { negative } else { self.not(negative) };
                test = self.builder.pure(Op::And, Type::I1, &[test, sign]);
            }
            result = self.builder.pure(Op::Or, Type::I1, &[result, test]);
        }
        result
    }

    fn int_constant(&mut self, ty: Type, value: u64) -> NodeId {
        self.builder.graph_mut().iconst(ty, value)
    }
}
