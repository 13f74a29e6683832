//! The table of AArch64 machine ops.
//!
//! An op is named after the instruction and the form of its last input: `RR` register, `RI` immediate. Laws for users:
//!
//! - `size` is the width of the operation, 4 or 8 bytes, of loads and stores also 1, 2 and 16. Bits of an integer
//!   register above it are garbage, except that an op of size 4 clears the upper half.
//! - No op leaves flags for another one. What needs flags is one op: a *compare*, or a chain of them, joined to its
//!   consumer.
//! - Where the last input may be shifted, `imm` is [`shifted`]; 0 is no shift.
//! - Addresses in registers take an index scaled by 1 or the size of the access, or a displacement that is a multiple
//!   of the size up to 4095 of them, or from -256 to 255; stack slots take any. Of symbols and constants, address and
//!   displacement are multiples of the size.
//!
//! Compares exist in blocks of rows, one for each consumer, in the same order: [`Compare::joined`] is the arithmetic on
//! them.

use super::abi;
use super::regs::*;
use crate::machine::{OpFlags, OpInfo, Opcode, OperandSpec, OperandSpec::*};
use regalloc2::{PRegSet, RegClass};

const I: RegClass = RegClass::Int;
const F: RegClass = RegClass::Float;

const PURE: OpFlags = OpFlags::PURE;
const WRITE: OpFlags = OpFlags::WRITE;
const RW: OpFlags = OpFlags::READ.with(WRITE);
const REMAT: OpFlags = OpFlags::REMAT;
const LOAD: OpFlags = OpFlags::READ.with(REMAT);
const MOVE: OpFlags = OpFlags::MOVE;
const SIDE: OpFlags = OpFlags::SIDE;
const ATOMIC: OpFlags = RW.with(SIDE);
const CALL: OpFlags = OpFlags::CALL.with(RW).with(SIDE);
const STACK: OpFlags = OpFlags::DYNAMIC_STACK.with(SIDE);
const END: OpFlags = OpFlags::TERMINATOR;
const EXIT: OpFlags = END.with(OpFlags::RETURN);
const DEAD: OpFlags = EXIT.with(OpFlags::DEAD_END);
const COND: OpFlags = OpFlags::COND;
const JCC: OpFlags = END.with(COND);

const NO_CLOBBER: PRegSet = PRegSet::empty();

// Shapes: results, temporaries, inputs.
const NONE: &[OperandSpec] = &[];
const DEF_I: &[OperandSpec] = &[Def(I)];
const DEF_F: &[OperandSpec] = &[Def(F)];
const UN_I: &[OperandSpec] = &[Def(I), Use(I)];
const BIN_I: &[OperandSpec] = &[Def(I), Use(I), Use(I)];
const TRI_I: &[OperandSpec] = &[Def(I), Use(I), Use(I), Use(I)];
const LOAD_I: &[OperandSpec] = &[Def(I), Memory];
const MEM_I: &[OperandSpec] = &[Memory, Use(I)];
const MEM_F: &[OperandSpec] = &[Memory, Use(F)];
const UN_F: &[OperandSpec] = &[Def(F), Use(F)];
const LOAD_F: &[OperandSpec] = &[Def(F), Memory];
const BIN_F: &[OperandSpec] = &[Def(F), Use(F), Use(F)];
const TRI_F: &[OperandSpec] = &[Def(F), Use(F), Use(F), Use(F)];
const F_FROM_I: &[OperandSpec] = &[Def(F), Use(I)];
const I_FROM_F: &[OperandSpec] = &[Def(I), Use(F)];
const CHECKED: &[OperandSpec] = &[Def(I), Def(I), Use(I), Use(I)];
const CHECKED_I: &[OperandSpec] = &[Def(I), Def(I), Use(I)];
const CHECKED_MUL: &[OperandSpec] = &[DefEarly(I), DefEarly(I), Use(I), Use(I)];

macro_rules! ops {
    ($($name:ident $text:literal $shape:expr, $flags:expr, $latency:literal $(, clobbers $clobbers:expr)?; $doc:literal)*) => {
        /// A machine op of AArch64. The variants are the rows of [`OPS`].
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u16)]
        #[allow(rustdoc::broken_intra_doc_links, reason = "`[mem]` is memory, no link")]
        pub enum Op { $(#[doc = $doc] $name,)* }

        /// The op table, indexed by [`Opcode`].
        pub static OPS: &[OpInfo] = &[$(OpInfo {
            name: $text,
            operands: $shape,
            flags: $flags,
            latency: $latency,
            clobbers: { let set = NO_CLOBBER; $(let _ = set; let set = $clobbers;)? set },
            doc: $doc,
        },)*];

        const ALL: &[Op] = &[$(Op::$name,)*];
    };
}

ops! {
    // Moves, constants, addresses.
    MovRR     "mov"      UN_I,   MOVE,  1; "copies an integer register (size 4 or 8); size 4 clears the upper half"
    MovI      "mov.i"    DEF_I,  REMAT, 1; "the constant `imm`, in up to four instructions"
    Load      "load"     LOAD_I, LOAD,  4; "loads 1, 2, 4 or 8 bytes with zeroes above"
    LoadS     "load.s"   LOAD_I, LOAD,  4; "loads `size` bytes (1, 2, 4), sign-extended to `from` bytes"
    Store     "store"    MEM_I,  WRITE, 1; "stores 1, 2, 4 or 8 bytes of a register"
    StoreZero "store.0"  &[Memory], WRITE, 1; "stores 1, 2, 4 or 8 zero bytes"
    Address   "address"  DEF_I,  REMAT, 1; "the address of a slot, stack argument, symbol, constant or block"
    TlsBase   "tls.base" DEF_I,  REMAT, 2; "the thread pointer"
    TlsLocal  "tls.local" DEF_I, REMAT, 4; "address of the thread-local `symbol` plus `disp`, local-exec model"
    TlsInitial "tls.initial" DEF_I, REMAT, 7; "address of the thread-local `symbol`, initial-exec model"
    TlsDescriptor "tls.descriptor" &[DefFixed(x(0))], OpFlags::CALL, 20, clobbers range(1, 1, I); "address of the thread-local `symbol`, by its descriptor"
    TlsVariable "tls.variable" &[DefFixed(x(0))], OpFlags::CALL, 9, clobbers super::abi::CALLER_SAVED_BUT_X0; "address of the thread-local `symbol`, by the function in its Mach-O descriptor"
    TlsIndex  "tls.index" DEF_I, PURE, 13; "address of the thread-local `symbol`, in the block of this image, as COFF has it"

    // Integer arithmetic and logic.
    AddRR "add"   BIN_I,  PURE, 1; "a + b, b shifted"
    AddRI "add.i" UN_I,   PURE, 1; "a + imm (12 bits, shifted by 12 or not)"
    AddRX "add.x" BIN_I,  PURE, 2; "a + b, b extended: imm is `extended`"
    SubRR "sub"   BIN_I,  PURE, 1; "a - b, b shifted"
    SubRI "sub.i" UN_I,   PURE, 1; "a - imm"
    SubRX "sub.x" BIN_I,  PURE, 2; "a - b, b extended"
    AndRR "and"   BIN_I,  PURE, 1; "a & b, b shifted"
    AndRI "and.i" UN_I,   PURE, 1; "a & imm, a bitmask"
    OrrRR "orr"   BIN_I,  PURE, 1; "a | b, b shifted"
    OrrRI "orr.i" UN_I,   PURE, 1; "a | imm, a bitmask"
    EorRR "eor"   BIN_I,  PURE, 1; "a ^ b, b shifted"
    EorRI "eor.i" UN_I,   PURE, 1; "a ^ imm, a bitmask"
    BicRR "bic"   BIN_I,  PURE, 1; "a & ~b, b shifted"
    OrnRR "orn"   BIN_I,  PURE, 1; "a | ~b, b shifted"
    EonRR "eon"   BIN_I,  PURE, 1; "a ^ ~b, b shifted"
    NegR  "neg"   UN_I,   PURE, 1; "-a, a shifted"
    NotR  "not"   UN_I,   PURE, 1; "~a, a shifted"

    // Shifts and bit fields; counts in registers are taken modulo the width.
    LslRR "lsl"   BIN_I,  PURE, 1; "a << b"
    LsrRR "lsr"   BIN_I,  PURE, 1; "a >> b, zeroes come in"
    AsrRR "asr"   BIN_I,  PURE, 1; "a >> b, copies of the sign come in"
    RorRR "ror"   BIN_I,  PURE, 1; "a rotated right by b"
    UbfmI "ubfm"  UN_I,   PURE, 1; "bit field moved, zeroes around it: imm is `field`"
    SbfmI "sbfm"  UN_I,   PURE, 1; "bit field moved, copies of its sign above"
    BfmI  "bfm"   &[DefReuse(I, 1), Use(I), Use(I)], PURE, 1; "bit field of b moved into a"
    ExtrI "extr"  BIN_I,  PURE, 1; "the word that starts at bit imm of a:b"

    // Multiplication and division.
    Madd  "madd"  TRI_I,  PURE, 3; "a * b + c"
    Msub  "msub"  TRI_I,  PURE, 3; "c - a * b"
    Mul   "mul"   BIN_I,  PURE, 3; "a * b, low half"
    Mneg  "mneg"  BIN_I,  PURE, 3; "-(a * b)"
    Smull "smull" BIN_I,  PURE, 3; "a * b, signed integers of 32 bits to 64"
    Umull "umull" BIN_I,  PURE, 3; "a * b, unsigned integers of 32 bits to 64"
    Smaddl "smaddl" TRI_I, PURE, 3; "a * b + c, a and b signed integers of 32 bits"
    Umaddl "umaddl" TRI_I, PURE, 3; "a * b + c, a and b unsigned integers of 32 bits"
    Smsubl "smsubl" TRI_I, PURE, 3; "c - a * b, a and b signed integers of 32 bits"
    Umsubl "umsubl" TRI_I, PURE, 3; "c - a * b, a and b unsigned integers of 32 bits"
    Smulh "smulh" BIN_I,  PURE, 5; "high half of the signed product of 64 bits"
    Umulh "umulh" BIN_I,  PURE, 5; "high half of the unsigned product of 64 bits"
    Sdiv  "sdiv"  BIN_I,  PURE, 12; "signed a / b; 0 for b = 0"
    Udiv  "udiv"  BIN_I,  PURE, 12; "unsigned a / b; 0 for b = 0"

    // Arithmetic with its overflow: results value, flag.
    CheckedAdd  "add.o"   CHECKED,   PURE, 2; "a + b and its signed overflow"
    CheckedAddI "add.o.i" CHECKED_I, PURE, 2; "a + imm and its signed overflow"
    CheckedSub  "sub.o"   CHECKED,   PURE, 2; "a - b and its signed overflow"
    CheckedSubI "sub.o.i" CHECKED_I, PURE, 2; "a - imm and its signed overflow"
    CheckedSmul "smul.o"  CHECKED_MUL, PURE, 7; "a * b and its signed overflow"
    CheckedUmul "umul.o"  CHECKED_MUL, PURE, 7; "a * b and its unsigned overflow"

    // Bits.
    Clz   "clz"   UN_I,   PURE, 1; "number of leading zeroes"
    Rbit  "rbit"  UN_I,   PURE, 1; "bits in reverse order"
    Rev   "rev"   UN_I,   PURE, 1; "bytes in reverse order"
    Ctpop "popcnt" UN_I,  PURE, 8; "number of ones, by way of the scratch vector register"

    // Floats and vectors: size 4, 8, or 16 for whole registers.
    FmovRR "fmov"   UN_F,   MOVE,  1; "copies a float register"
    FmovI  "fmov.i" DEF_F,  REMAT, 1; "the float whose bits are imm, which 8 bits can encode, or positive zero"
    LoadF  "fload"  LOAD_F, LOAD,  5; "loads 4, 8 or 16 bytes into a float register"
    StoreF "fstore" MEM_F,  WRITE, 1; "stores 4, 8 or 16 bytes of a float register"
    Fadd   "fadd"   BIN_F,  PURE,  3; "a + b"
    Fsub   "fsub"   BIN_F,  PURE,  3; "a - b"
    Fmul   "fmul"   BIN_F,  PURE,  4; "a * b"
    Fdiv   "fdiv"   BIN_F,  PURE, 12; "a / b"
    Fminnm "fminnm" BIN_F,  PURE,  3; "the smaller, or the other if one is a NaN"
    Fmaxnm "fmaxnm" BIN_F,  PURE,  3; "the larger, or the other if one is a NaN"
    Fnmul  "fnmul"  BIN_F,  PURE,  4; "-(a * b)"
    Fmadd  "fmadd"  TRI_F,  PURE,  4; "a * b + c, rounded once"
    Fmsub  "fmsub"  TRI_F,  PURE,  4; "c - a * b, rounded once"
    Fnmadd "fnmadd" TRI_F,  PURE,  4; "-(a * b) - c, rounded once"
    Fnmsub "fnmsub" TRI_F,  PURE,  4; "a * b - c, rounded once"
    Fneg   "fneg"   UN_F,   PURE,  2; "sign flipped"
    Fabs   "fabs"   UN_F,   PURE,  2; "sign cleared"
    Fsqrt  "fsqrt"  UN_F,   PURE, 12; "square root"
    Fcvt   "fcvt"   UN_F,   PURE,  3; "float of `from` bytes to `size` bytes"
    Frintn "frintn" UN_F,   PURE,  3; "to an integral value: nearest, ties to even"
    Frintm "frintm" UN_F,   PURE,  3; "down"
    Frintp "frintp" UN_F,   PURE,  3; "up"
    Frintz "frintz" UN_F,   PURE,  3; "towards zero"
    Frinta "frinta" UN_F,   PURE,  3; "nearest, ties away from zero"
    CopySign "fcopysign" &[DefEarly(F), Use(F), Use(F)], PURE, 4; "a with the sign of b"
    Scvtf  "scvtf"  F_FROM_I, PURE, 5; "signed integer of `from` bytes to a float of `size`"
    Ucvtf  "ucvtf"  F_FROM_I, PURE, 5; "unsigned integer of `from` bytes to a float of `size`"
    Fcvtzs "fcvtzs" I_FROM_F, PURE, 4; "float of `from` bytes to a signed integer of `size`, towards zero"
    Fcvtzu "fcvtzu" I_FROM_F, PURE, 4; "float of `from` bytes to an unsigned integer of `size`, towards zero"
    FmovFI "mov.fi" F_FROM_I, PURE, 3; "bits of an integer register (size 4, 8) to a float register"
    FmovIF "mov.if" I_FROM_F, PURE, 2; "bits of a float register to an integer register (size 4, 8)"

    // Compare and jump if `cond`: successor 0 if it holds, successor 1 if not. `size` is the width of the compare.
    JumpCmpRR "jump.cmp" &[Use(I), Use(I)], JCC, 1; "compares a with b, shifted by imm"
    JumpCmpRI "jump.cmp.i" &[Use(I)], JCC, 1; "compares a with imm (12 bits, shifted by 12 or not, or the negative of such)"
    JumpTstRR "jump.tst" &[Use(I), Use(I)], JCC, 1; "compares a & b, b shifted by imm, with 0"
    JumpTstRI "jump.tst.i" &[Use(I)], JCC, 1; "compares a & imm (a bitmask) with 0"
    JumpFcmp "jump.fcmp" &[Use(F), Use(F)], JCC, 4; "compares floats"
    JumpFcmpZero "jump.fcmp.0" &[Use(F)], JCC, 4; "compares a float with 0"
    JumpChain "jump.chain" &[Chain], JCC, 2; "makes the compares of the chain imm"

    // Compare and set: 1 if `cond` holds, else 0.
    SetCmpRR "set.cmp" &[Def(I), Use(I), Use(I)], COND, 2; "compares a with b, shifted by imm"
    SetCmpRI "set.cmp.i" &[Def(I), Use(I)], COND, 2; "compares a with imm (12 bits, shifted by 12 or not, or the negative of such)"
    SetTstRR "set.tst" &[Def(I), Use(I), Use(I)], COND, 2; "compares a & b, b shifted by imm, with 0"
    SetTstRI "set.tst.i" &[Def(I), Use(I)], COND, 2; "compares a & imm (a bitmask) with 0"
    SetFcmp "set.fcmp" &[Def(I), Use(F), Use(F)], COND, 5; "compares floats"
    SetFcmpZero "set.fcmp.0" &[Def(I), Use(F)], COND, 5; "compares a float with 0"
    SetChain "set.chain" &[Def(I), Chain], COND, 3; "makes the compares of the chain imm"

    // Compare and set: all ones of `from` bytes if `cond` holds, else 0.
    MaskCmpRR "mask.cmp" &[Def(I), Use(I), Use(I)], COND, 2; "compares a with b, shifted by imm"
    MaskCmpRI "mask.cmp.i" &[Def(I), Use(I)], COND, 2; "compares a with imm (12 bits, shifted by 12 or not, or the negative of such)"
    MaskTstRR "mask.tst" &[Def(I), Use(I), Use(I)], COND, 2; "compares a & b, b shifted by imm, with 0"
    MaskTstRI "mask.tst.i" &[Def(I), Use(I)], COND, 2; "compares a & imm (a bitmask) with 0"
    MaskFcmp "mask.fcmp" &[Def(I), Use(F), Use(F)], COND, 5; "compares floats"
    MaskFcmpZero "mask.fcmp.0" &[Def(I), Use(F)], COND, 5; "compares a float with 0"
    MaskChain "mask.chain" &[Def(I), Chain], COND, 3; "makes the compares of the chain imm"

    // Compare and select one of two integers of `from` bytes: inputs value if true, value if false, those of the compare.
    SelectCmpRR "sel.cmp" &[Def(I), Use(I), Use(I), Use(I), Use(I)], COND, 2; "compares a with b, shifted by imm"
    SelectCmpRI "sel.cmp.i" &[Def(I), Use(I), Use(I), Use(I)], COND, 2; "compares a with imm (12 bits, shifted by 12 or not, or the negative of such)"
    SelectTstRR "sel.tst" &[Def(I), Use(I), Use(I), Use(I), Use(I)], COND, 2; "compares a & b, b shifted by imm, with 0"
    SelectTstRI "sel.tst.i" &[Def(I), Use(I), Use(I), Use(I)], COND, 2; "compares a & imm (a bitmask) with 0"
    SelectFcmp "sel.fcmp" &[Def(I), Use(I), Use(I), Use(F), Use(F)], COND, 5; "compares floats"
    SelectFcmpZero "sel.fcmp.0" &[Def(I), Use(I), Use(I), Use(F)], COND, 5; "compares a float with 0"
    SelectChain "sel.chain" &[Def(I), Use(I), Use(I), Chain], COND, 3; "makes the compares of the chain imm"

    // The same with the value if false incremented; not `FloatNe` or `FloatEq`.
    SelectNextCmpRR "sel.next.cmp" &[Def(I), Use(I), Use(I), Use(I), Use(I)], COND, 2; "compares a with b, shifted by imm"
    SelectNextCmpRI "sel.next.cmp.i" &[Def(I), Use(I), Use(I), Use(I)], COND, 2; "compares a with imm (12 bits, shifted by 12 or not, or the negative of such)"
    SelectNextTstRR "sel.next.tst" &[Def(I), Use(I), Use(I), Use(I), Use(I)], COND, 2; "compares a & b, b shifted by imm, with 0"
    SelectNextTstRI "sel.next.tst.i" &[Def(I), Use(I), Use(I), Use(I)], COND, 2; "compares a & imm (a bitmask) with 0"
    SelectNextFcmp "sel.next.fcmp" &[Def(I), Use(I), Use(I), Use(F), Use(F)], COND, 5; "compares floats"
    SelectNextFcmpZero "sel.next.fcmp.0" &[Def(I), Use(I), Use(I), Use(F)], COND, 5; "compares a float with 0"
    SelectNextChain "sel.next.chain" &[Def(I), Use(I), Use(I), Chain], COND, 3; "makes the compares of the chain imm"

    // The same with the value if false inverted.
    SelectNotCmpRR "sel.not.cmp" &[Def(I), Use(I), Use(I), Use(I), Use(I)], COND, 2; "compares a with b, shifted by imm"
    SelectNotCmpRI "sel.not.cmp.i" &[Def(I), Use(I), Use(I), Use(I)], COND, 2; "compares a with imm (12 bits, shifted by 12 or not, or the negative of such)"
    SelectNotTstRR "sel.not.tst" &[Def(I), Use(I), Use(I), Use(I), Use(I)], COND, 2; "compares a & b, b shifted by imm, with 0"
    SelectNotTstRI "sel.not.tst.i" &[Def(I), Use(I), Use(I), Use(I)], COND, 2; "compares a & imm (a bitmask) with 0"
    SelectNotFcmp "sel.not.fcmp" &[Def(I), Use(I), Use(I), Use(F), Use(F)], COND, 5; "compares floats"
    SelectNotFcmpZero "sel.not.fcmp.0" &[Def(I), Use(I), Use(I), Use(F)], COND, 5; "compares a float with 0"
    SelectNotChain "sel.not.chain" &[Def(I), Use(I), Use(I), Chain], COND, 3; "makes the compares of the chain imm"

    // The same with the value if false negated.
    SelectNegCmpRR "sel.neg.cmp" &[Def(I), Use(I), Use(I), Use(I), Use(I)], COND, 2; "compares a with b, shifted by imm"
    SelectNegCmpRI "sel.neg.cmp.i" &[Def(I), Use(I), Use(I), Use(I)], COND, 2; "compares a with imm (12 bits, shifted by 12 or not, or the negative of such)"
    SelectNegTstRR "sel.neg.tst" &[Def(I), Use(I), Use(I), Use(I), Use(I)], COND, 2; "compares a & b, b shifted by imm, with 0"
    SelectNegTstRI "sel.neg.tst.i" &[Def(I), Use(I), Use(I), Use(I)], COND, 2; "compares a & imm (a bitmask) with 0"
    SelectNegFcmp "sel.neg.fcmp" &[Def(I), Use(I), Use(I), Use(F), Use(F)], COND, 5; "compares floats"
    SelectNegFcmpZero "sel.neg.fcmp.0" &[Def(I), Use(I), Use(I), Use(F)], COND, 5; "compares a float with 0"
    SelectNegChain "sel.neg.chain" &[Def(I), Use(I), Use(I), Chain], COND, 3; "makes the compares of the chain imm"

    // Compare and select one of two floats of `from` bytes.
    SelectFloatCmpRR "fsel.cmp" &[Def(F), Use(F), Use(F), Use(I), Use(I)], COND, 3; "compares a with b, shifted by imm"
    SelectFloatCmpRI "fsel.cmp.i" &[Def(F), Use(F), Use(F), Use(I)], COND, 3; "compares a with imm (12 bits, shifted by 12 or not, or the negative of such)"
    SelectFloatTstRR "fsel.tst" &[Def(F), Use(F), Use(F), Use(I), Use(I)], COND, 3; "compares a & b, b shifted by imm, with 0"
    SelectFloatTstRI "fsel.tst.i" &[Def(F), Use(F), Use(F), Use(I)], COND, 3; "compares a & imm (a bitmask) with 0"
    SelectFloatFcmp "fsel.fcmp" &[Def(F), Use(F), Use(F), Use(F), Use(F)], COND, 6; "compares floats"
    SelectFloatFcmpZero "fsel.fcmp.0" &[Def(F), Use(F), Use(F), Use(F)], COND, 6; "compares a float with 0"
    SelectFloatChain "fsel.chain" &[Def(F), Use(F), Use(F), Chain], COND, 4; "makes the compares of the chain imm"

    // Compare and select an integer of `from` bytes or a constant: inputs value if true, those of the compare.
    // The same with 0 if false.
    SelectZeroCmpRR "sel.zero.cmp" &[Def(I), Use(I), Use(I), Use(I)], COND, 2; "compares a with b, shifted by imm"
    SelectZeroCmpRI "sel.zero.cmp.i" &[Def(I), Use(I), Use(I)], COND, 2; "compares a with imm (12 bits, shifted by 12 or not, or the negative of such)"
    SelectZeroTstRR "sel.zero.tst" &[Def(I), Use(I), Use(I), Use(I)], COND, 2; "compares a & b, b shifted by imm, with 0"
    SelectZeroTstRI "sel.zero.tst.i" &[Def(I), Use(I), Use(I)], COND, 2; "compares a & imm (a bitmask) with 0"
    SelectZeroFcmp "sel.zero.fcmp" &[Def(I), Use(I), Use(F), Use(F)], COND, 5; "compares floats"
    SelectZeroFcmpZero "sel.zero.fcmp.0" &[Def(I), Use(I), Use(F)], COND, 5; "compares a float with 0"
    SelectZeroChain "sel.zero.chain" &[Def(I), Use(I), Chain], COND, 3; "makes the compares of the chain imm"

    // The same with 1 if false; not `FloatNe` or `FloatEq`.
    SelectOneCmpRR "sel.one.cmp" &[Def(I), Use(I), Use(I), Use(I)], COND, 2; "compares a with b, shifted by imm"
    SelectOneCmpRI "sel.one.cmp.i" &[Def(I), Use(I), Use(I)], COND, 2; "compares a with imm (12 bits, shifted by 12 or not, or the negative of such)"
    SelectOneTstRR "sel.one.tst" &[Def(I), Use(I), Use(I), Use(I)], COND, 2; "compares a & b, b shifted by imm, with 0"
    SelectOneTstRI "sel.one.tst.i" &[Def(I), Use(I), Use(I)], COND, 2; "compares a & imm (a bitmask) with 0"
    SelectOneFcmp "sel.one.fcmp" &[Def(I), Use(I), Use(F), Use(F)], COND, 5; "compares floats"
    SelectOneFcmpZero "sel.one.fcmp.0" &[Def(I), Use(I), Use(F)], COND, 5; "compares a float with 0"
    SelectOneChain "sel.one.chain" &[Def(I), Use(I), Chain], COND, 3; "makes the compares of the chain imm"

    // The same with all ones if false; not `FloatNe` or `FloatEq`.
    SelectOnesCmpRR "sel.ones.cmp" &[Def(I), Use(I), Use(I), Use(I)], COND, 2; "compares a with b, shifted by imm"
    SelectOnesCmpRI "sel.ones.cmp.i" &[Def(I), Use(I), Use(I)], COND, 2; "compares a with imm (12 bits, shifted by 12 or not, or the negative of such)"
    SelectOnesTstRR "sel.ones.tst" &[Def(I), Use(I), Use(I), Use(I)], COND, 2; "compares a & b, b shifted by imm, with 0"
    SelectOnesTstRI "sel.ones.tst.i" &[Def(I), Use(I), Use(I)], COND, 2; "compares a & imm (a bitmask) with 0"
    SelectOnesFcmp "sel.ones.fcmp" &[Def(I), Use(I), Use(F), Use(F)], COND, 5; "compares floats"
    SelectOnesFcmpZero "sel.ones.fcmp.0" &[Def(I), Use(I), Use(F)], COND, 5; "compares a float with 0"
    SelectOnesChain "sel.ones.chain" &[Def(I), Use(I), Chain], COND, 3; "makes the compares of the chain imm"

    // Compares of a chain: done if `cond` holds, else the flags are `from`; the first one is always done.
    LinkCmpRR "link.cmp" &[Use(I), Use(I)], COND, 1; "compares a with b; the first one with b shifted by imm"
    LinkCmpRI "link.cmp.i" &[Use(I)], COND, 1; "compares a with imm (up to 31 or its negative; the first one as others)"
    LinkTstRR "link.tst" &[Use(I), Use(I)], COND, 1; "compares a & b, b shifted by imm, with 0; the first one only"
    LinkTstRI "link.tst.i" &[Use(I)], COND, 1; "compares a & imm (a bitmask) with 0; the first one only"
    LinkFcmp "link.fcmp" &[Use(F), Use(F)], COND, 4; "compares floats"
    LinkFcmpZero "link.fcmp.0" &[Use(F)], COND, 4; "compares a float with 0; the first one only"

    // Ordered accesses, whose address is a register.
    Ldar    "ldar"    UN_I, ATOMIC, 6; "loads 1, 2, 4 or 8 bytes; later accesses stay later"
    Stlr    "stlr"    &[Use(I), Use(I)], ATOMIC, 2; "stores b at a; earlier accesses stay earlier"
    Exchange "atomic.xchg" &[DefEarly(I), Use(I), Use(I)], ATOMIC, 20; "[a] = b; the result is the old [a]"
    Update  "atomic"  &[DefEarly(I), Temp(I), Use(I), Use(I)], ATOMIC, 20; "[a] = [a] op b, op is the `AtomicOp` imm; the result is the old [a]"
    Swap    "atomic.cas" &[DefEarly(I), Use(I), Use(I), Use(I)], ATOMIC, 20; "[a] = c if [a] is b, which has zeroes above its size; the result is the old [a]"
    SwapSet "atomic.cas.set" &[DefEarly(I), DefEarly(I), Use(I), Use(I), Use(I)], ATOMIC, 21; "the same; the second result is 1 if [a] was b, else 0"
    LseExchange "lse.xchg" BIN_I, ATOMIC, 10; "[a] = b in one instruction of LSE; the result is the old [a]"
    LseUpdate "lse" BIN_I, ATOMIC, 10; "[a] = [a] op b, op is the `AtomicOp` imm, for `and` a & ~b; the result is the old [a]"
    LseSwap "lse.cas" &[DefEarly(I), Use(I), Use(I), Use(I)], ATOMIC, 10; "as `atomic.cas`"
    LseSwapSet "lse.cas.set" &[DefEarly(I), DefEarly(I), Use(I), Use(I), Use(I)], ATOMIC, 11; "as `atomic.cas.set`"
    SwapPair "atomic.cas.pair" &[DefEarly(I), DefEarly(I), DefEarly(I), Temp(I), Use(I), Use(I), Use(I), Use(I), Use(I)], ATOMIC, 25; "16 bytes: [a] = d:e if [a] is b:c, low words first; the results are the words of the old [a], and 1 if it was b:c, else 0"
    LseSwapPair "lse.cas.pair" &[Def(I), Def(I), Def(I), Use(I), Use(I), Use(I), UseFixed(x(0)), UseFixed(x(1))], ATOMIC, 15; "as `atomic.cas.pair`"
    Fence   "dmb"     NONE, ATOMIC, 10; "orders all accesses before with all after"
    Barrier "barrier" NONE, ATOMIC, 0; "no code; keeps accesses on their side"

    // The stack beyond the frame's slots.
    Alloca    "alloca"    UN_I, STACK, 3; "moves the stack pointer down by a bytes, then to a multiple of imm (16 or more); the result is the new block"
    AllocaProbed "alloca.probed" &[Def(I), UseFixed(abi::PROBED_SIZE)], STACK, 9, clobbers range(15, 17, I); "the same page by page, which Windows wants"
    StackSave "stack.save" DEF_I, STACK, 1; "the stack pointer"
    StackRestore "stack.restore" &[Use(I)], STACK, 1; "sets the stack pointer to one that was saved"
    FrameAddress "frame.address" DEF_I, STACK, 1; "the frame pointer"
    ReturnAddress "return.address" DEF_I, OpFlags::READ.with(SIDE).with(OpFlags::FRAME), 4; "the address to which this function returns"
    SaveVarargs "varargs" &[SiteArguments], WRITE.with(SIDE).with(OpFlags::FRAME), 5; "stores the argument registers of the call site in the register save area, slot `symbol`"

    // Calls and ends of blocks.
    Params  "params"   &[SiteResults], SIDE, 0; "the parameters at the function's entry"
    Call    "call"     &[SiteResults, SiteArguments], CALL, 5; "calls `symbol`"
    CallReg "call.r"   &[SiteResults, Use(I), SiteArguments], CALL, 5; "calls the address in a"
    TailCall "tail"    &[SiteArguments], EXIT.with(CALL), 5; "leaves the frame and jumps to `symbol`"
    TailCallReg "tail.r" &[UseFixed(abi::TAIL_CALLEE), SiteArguments], EXIT.with(CALL), 5; "leaves the frame and jumps to a"
    Ret     "ret"      &[SiteArguments], EXIT.with(SIDE), 1; "leaves the frame and returns the call site's values"
    Jump    "jump"     NONE, END, 1; "jumps to the only successor; the only terminator that passes block arguments to a block with more than one predecessor"
    JumpTable "jump.table" &[Temp(I), Temp(I), Use(I)], END, 8; "jumps to the successor that entry a of the jump table imm names (a has 64 bits and is in range)"
    JumpReg "jump.r"   &[Use(I)], END, 2; "jumps to a block whose address is a; the successors are all of them"
    Trap    "trap"     NONE, DEAD.with(SIDE), 1; "stops the program"
    Unreachable "unreachable" NONE, DEAD, 0; "no code: control never gets here"
}

impl Op {
    /// The op with this number.
    ///
    /// # Panics
    /// If the opcode is not one of this table (MIR verifier, law 1).
    pub fn of(opcode: Opcode) -> Op {
        ALL[opcode.0 as usize]
    }
}

impl From<Op> for Opcode {
    fn from(op: Op) -> Opcode {
        Opcode(op as u16)
    }
}

/// The `imm` of an op whose last input is shifted: kind 0 `lsl`, 1 `lsr`, 2 `asr`, 3 `ror`.
pub fn shifted(kind: i64, amount: i64) -> i64 {
    kind << 6 | amount
}

/// The `imm` of an op whose last input is extended from `from` bytes and then shifted left by up to 4.
pub fn extended(signed: bool, from: u8, amount: i64) -> i64 {
    (i64::from(signed) << 2 | i64::from(from.trailing_zeros())) << 3 | amount
}

/// The `imm` of a bit field move: the encoding's two numbers.
pub fn field(rotate: i64, last: i64) -> i64 {
    rotate << 6 | last
}

/// What a compare compares: the fused ops are one of these joined to a [`Consumer`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
#[allow(missing_docs, reason = "the rows of the op table explain each form")]
pub enum Compare {
    CmpRR,
    CmpRI,
    TstRR,
    TstRI,
    Fcmp,
    FcmpZero,
    /// Several compares, of which later ones are done only if earlier ones leave the outcome open.
    Chain,
}

/// What is done with the outcome of a compare.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum Consumer {
    /// Conditional jump.
    Jump,
    /// 0 or 1.
    Set,
    /// 0 or all ones.
    Mask,
    /// One of two integers.
    Select,
    /// The second one incremented.
    SelectNext,
    /// The second one inverted.
    SelectNot,
    /// The second one negated.
    SelectNeg,
    /// One of two floats.
    SelectFloat,
    /// A value or 0.
    SelectZero,
    /// A value or 1.
    SelectOne,
    /// A value or all ones.
    SelectOnes,
    /// The next compare of a chain; there is no chain of chains.
    Link,
}

const COMPARES: [Compare; 7] = {
    use Compare::*;
    [CmpRR, CmpRI, TstRR, TstRI, Fcmp, FcmpZero, Chain]
};
const CONSUMERS: [Consumer; 12] = {
    use Consumer::*;
    [Jump, Set, Mask, Select, SelectNext, SelectNot, SelectNeg, SelectFloat, SelectZero, SelectOne, SelectOnes, Link]
};
const FIRST: u16 = Op::JumpCmpRR as u16;
const KINDS: u16 = COMPARES.len() as u16;

const _: () = assert!(Op::JumpFcmpZero as u16 == FIRST + Compare::FcmpZero as u16);
const _: () = assert!(Op::SetCmpRR as u16 == FIRST + KINDS && Op::SelectCmpRR as u16 == FIRST + 3 * KINDS);
const _: () = assert!(Op::SelectFloatTstRI as u16 == FIRST + 7 * KINDS + Compare::TstRI as u16);
const _: () = assert!(Op::SelectOnesChain as u16 == FIRST + 11 * KINDS - 1);
const _: () = assert!(Op::LinkFcmpZero as u16 == FIRST + 11 * KINDS + Compare::FcmpZero as u16);

impl Compare {
    /// The op that makes this compare and consumes it so.
    pub fn joined(self, consumer: Consumer) -> Op {
        ALL[(FIRST + consumer as u16 * KINDS + self as u16) as usize]
    }

    /// The parts of a fused op, if it is one.
    pub fn parts(op: Op) -> Option<(Compare, Consumer)> {
        let row = (op as u16).checked_sub(FIRST).filter(|&row| row <= Op::LinkFcmpZero as u16 - FIRST)?;
        Some((COMPARES[(row % KINDS) as usize], *CONSUMERS.get((row / KINDS) as usize)?))
    }
}

/// Operation of [`Op::Update`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names are those of the IR's atomic operations")]
pub enum AtomicOp {
    Add,
    Sub,
    And,
    Or,
    Xor,
    Nand,
    Min,
    Max,
    Umin,
    Umax,
}

impl AtomicOp {
    /// The operation with this number, if there is one.
    pub fn from_i64(number: i64) -> Option<AtomicOp> {
        use AtomicOp::*;
        [Add, Sub, And, Or, Xor, Nand, Min, Max, Umin, Umax].get(usize::try_from(number).ok()?).copied()
    }
}
