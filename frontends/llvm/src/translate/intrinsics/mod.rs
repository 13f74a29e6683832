//! Intrinsics: a table from names to what they become.

mod machine;
mod numbers;

use son_ir::{NodeFlags, Op};

use super::function::Translator;
use crate::ast::{Call, Inst, Operand};
use crate::error::Result;

/// What a call of an intrinsic becomes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Intrinsic {
    /// Nothing: it only marks its arguments.
    Ignore,
    /// Its first argument.
    Identity,
    /// Its first argument, which is expected to be the second.
    Expect,
    Assume,
    /// The op on all arguments.
    Pure(Op),
    /// The op on all arguments but the last, which says whether it has the flag.
    Flagged(Op, NodeFlags),
    /// The value op, and the op that says whether it overflows.
    Overflow(Op, Op),
    /// The value op or, if the second op says that it overflows, the limit; signed or not.
    Saturating(Op, Op, bool),
    /// `a * b + c`, perhaps rounded once.
    MulAdd,
    /// A function of the C library, by type: double and float.
    Library(&'static str, &'static str),
    /// Float to integer, cut to the range; signed or not.
    SaturatingToInt(bool),
    IsClass,
    MemCopy,
    MemMove,
    MemSet,
    Trap,
    DebugTrap,
    StackSave,
    StackRestore,
    VaStart,
    VaCopy,
    ObjectSize,
    IsConstant,
    Prefetch,
    ReturnAddress,
    FrameAddress,
    PtrMask,
    /// One that is not translated.
    Unsupported,
}

use Intrinsic::*;

/// By name without `llvm.` and without the types at the end.
const TABLE: &[(&str, Intrinsic)] = &[
    // Marks.
    ("lifetime.start", Ignore),
    ("lifetime.end", Ignore),
    ("invariant.start", Ignore),
    ("invariant.end", Ignore),
    ("experimental.noalias.scope.decl", Ignore),
    ("dbg.declare", Ignore),
    ("dbg.value", Ignore),
    ("dbg.assign", Ignore),
    ("dbg.label", Ignore),
    ("donothing", Ignore),
    ("sideeffect", Ignore),
    ("pseudoprobe", Ignore),
    ("var.annotation", Ignore),
    ("codeview.annotation", Ignore),
    ("va_end", Ignore),
    ("fake.use", Ignore),
    ("clear_cache", Ignore),
    ("assume", Assume),
    ("expect", Expect),
    ("expect.with.probability", Expect),
    ("launder.invariant.group", Identity),
    ("strip.invariant.group", Identity),
    ("annotation", Identity),
    ("ptr.annotation", Identity),
    ("ssa.copy", Identity),
    ("arithmetic.fence", Identity),
    ("threadlocal.address", Identity),
    ("preserve.array.access.index", Identity),
    // Integers.
    ("ctpop", Pure(Op::Ctpop)),
    ("bswap", Pure(Op::Bswap)),
    ("bitreverse", Pure(Op::Bitreverse)),
    ("fshl", Pure(Op::Fshl)),
    ("fshr", Pure(Op::Fshr)),
    ("smax", Pure(Op::SMax)),
    ("smin", Pure(Op::SMin)),
    ("umax", Pure(Op::UMax)),
    ("umin", Pure(Op::UMin)),
    ("ctlz", Flagged(Op::Ctlz, NodeFlags::NUW)),
    ("cttz", Flagged(Op::Cttz, NodeFlags::NUW)),
    ("abs", Flagged(Op::Abs, NodeFlags::NSW)),
    ("sadd.with.overflow", Overflow(Op::Add, Op::SAddOverflow)),
    ("uadd.with.overflow", Overflow(Op::Add, Op::UAddOverflow)),
    ("ssub.with.overflow", Overflow(Op::Sub, Op::SSubOverflow)),
    ("usub.with.overflow", Overflow(Op::Sub, Op::USubOverflow)),
    ("smul.with.overflow", Overflow(Op::Mul, Op::SMulOverflow)),
    ("umul.with.overflow", Overflow(Op::Mul, Op::UMulOverflow)),
    ("sadd.sat", Saturating(Op::Add, Op::SAddOverflow, true)),
    ("uadd.sat", Saturating(Op::Add, Op::UAddOverflow, false)),
    ("ssub.sat", Saturating(Op::Sub, Op::SSubOverflow, true)),
    ("usub.sat", Saturating(Op::Sub, Op::USubOverflow, false)),
    // Floats.
    ("fabs", Pure(Op::FAbs)),
    ("sqrt", Pure(Op::FSqrt)),
    ("floor", Pure(Op::FFloor)),
    ("ceil", Pure(Op::FCeil)),
    ("trunc", Pure(Op::FRoundZero)),
    ("rint", Pure(Op::FRint)),
    ("nearbyint", Pure(Op::FRint)),
    ("roundeven", Pure(Op::FRint)),
    ("round", Pure(Op::FRound)),
    ("copysign", Pure(Op::FCopySign)),
    ("minnum", Pure(Op::FMin)),
    ("maxnum", Pure(Op::FMax)),
    ("fma", Pure(Op::FMa)),
    ("fmuladd", MulAdd),
    ("fptosi.sat", SaturatingToInt(true)),
    ("fptoui.sat", SaturatingToInt(false)),
    ("is.fpclass", IsClass),
    ("pow", Library("pow", "powf")),
    ("powi", Library("__powidf2", "__powisf2")),
    ("exp", Library("exp", "expf")),
    ("exp2", Library("exp2", "exp2f")),
    ("exp10", Library("exp10", "exp10f")),
    ("log", Library("log", "logf")),
    ("log2", Library("log2", "log2f")),
    ("log10", Library("log10", "log10f")),
    ("sin", Library("sin", "sinf")),
    ("cos", Library("cos", "cosf")),
    ("tan", Library("tan", "tanf")),
    ("asin", Library("asin", "asinf")),
    ("acos", Library("acos", "acosf")),
    ("atan", Library("atan", "atanf")),
    ("atan2", Library("atan2", "atan2f")),
    ("sinh", Library("sinh", "sinhf")),
    ("cosh", Library("cosh", "coshf")),
    ("tanh", Library("tanh", "tanhf")),
    ("ldexp", Library("ldexp", "ldexpf")),
    ("lround", Library("lround", "lroundf")),
    ("llround", Library("llround", "llroundf")),
    ("lrint", Library("lrint", "lrintf")),
    ("llrint", Library("llrint", "llrintf")),
    // Memory and machine.
    ("memcpy", MemCopy),
    ("memcpy.inline", MemCopy),
    ("memmove", MemMove),
    ("memset", MemSet),
    ("memset.inline", MemSet),
    ("trap", Trap),
    ("ubsantrap", Trap),
    ("debugtrap", DebugTrap),
    ("stacksave", StackSave),
    ("stackrestore", StackRestore),
    ("va_start", VaStart),
    ("va_copy", VaCopy),
    ("objectsize", ObjectSize),
    ("is.constant", IsConstant),
    ("prefetch", Prefetch),
    ("returnaddress", ReturnAddress),
    ("frameaddress", FrameAddress),
    ("ptrmask", PtrMask),
];

/// The intrinsic called `name`; `None` if that is the name of a function.
pub(crate) fn find(name: &[u8]) -> Option<Intrinsic> {
    let mut rest = std::str::from_utf8(name.strip_prefix(b"llvm.")?).unwrap_or("");
    loop {
        if let Some((_, found)) = TABLE.iter().find(|(known, _)| *known == rest) {
            return Some(*found);
        }
        match rest.rfind('.') {
            Some(dot) => rest = &rest[..dot],
            None => return Some(Unsupported),
        }
    }
}

impl Translator<'_, '_, '_> {
    pub(super) fn intrinsic_call(&mut self, inst: &Inst, call: &Call, intrinsic: Intrinsic) -> Result<()> {
        let body = self.body;
        let args = &body.operands[call.args.range()];
        match intrinsic {
            Ignore => return Ok(()),
            Unsupported => return Err(self.unsupported_intrinsic(call)),
            _ => {}
        }
        match (intrinsic, args) {
            (Identity | Expect, &[value, ..]) => {
                let nodes = self.parts(value)?;
                self.set_result(inst, call.ret, &nodes)
            }
            (Assume, &[condition, ..]) => self.assume(inst, call, condition),
            (
                MemCopy | MemMove | MemSet | Trap | DebugTrap | StackSave | StackRestore | VaStart | VaCopy
                | ObjectSize | IsConstant | Prefetch | ReturnAddress | FrameAddress | PtrMask,
                _,
            ) => self.machine_intrinsic(inst, call, intrinsic, args),
            _ => self.number_intrinsic(inst, call, intrinsic, args),
        }
    }

    #[cold]
    pub(super) fn unsupported_intrinsic(&self, call: &Call) -> Box<crate::error::Fault> {
        let symbol = super::promote::symbol_of(self.body, call.callee);
        let name = symbol.map_or(String::new(), |symbol| self.context.ast.symbols.get(symbol).display());
        self.unsupported(format!("intrinsic '{name}' with these arguments"))
    }

    /// The value of an argument that must be a constant.
    fn immediate(&mut self, call: &Call, arg: Operand) -> Result<u64> {
        let node = self.scalar(arg)?;
        let constant = self.builder.graph().constant(node);
        constant.ok_or_else(|| self.unsupported_intrinsic(call))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_at_the_end_of_names_do_not_matter() {
        assert_eq!(find(b"memcpy"), None);
        assert_eq!(find(b"llvm.memcpy.p0.p0.i64"), Some(MemCopy));
        assert_eq!(find(b"llvm.memcpy.inline.p0.p0.i64"), Some(MemCopy));
        assert_eq!(find(b"llvm.expect.with.probability.i64"), Some(Expect));
        assert_eq!(find(b"llvm.sadd.with.overflow.i32"), Some(Overflow(Op::Add, Op::SAddOverflow)));
        assert_eq!(find(b"llvm.vector.reduce.add.v4i32"), Some(Unsupported));
    }
}
