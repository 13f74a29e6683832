//! The table of x86-64 machine ops.
//!
//! An op is named after the instruction and the form of its inputs: `R` register, `I` immediate, `M` memory, in the
//! order of the instruction, so `AddRM` is `add reg, [mem]` and `AddMR` is `add [mem], reg`. Laws for users:
//!
//! - Two-address ops reuse the register of their first input for the result.
//! - `size` is the width of the operation. Bits of a register above it are garbage, except that an op of size 4
//!   clears the upper half.
//! - No op leaves flags for another one. What needs flags is one op: a *compare* joined to its consumer.
//! - Immediates are sign-extended from 32 bits; only `MovI` takes 64.
//!
//! Compares (`CmpRR` ... `UcomisRM`) exist in four blocks of rows, one for each consumer, in the same order:
//! [`Compare::joined`] is the arithmetic on them.

use super::regs::*;
use crate::machine::{OpFlags, OpInfo, Opcode, OperandSpec, OperandSpec::*};
use regalloc2::{PRegSet, RegClass};

const I: RegClass = RegClass::Int;
const F: RegClass = RegClass::Float;

const PURE: OpFlags = OpFlags::PURE;
const COMM: OpFlags = OpFlags::COMMUTES;
const READ: OpFlags = OpFlags::READ;
const WRITE: OpFlags = OpFlags::WRITE;
const RW: OpFlags = READ.with(WRITE);
const REMAT: OpFlags = OpFlags::REMAT;
const LOAD: OpFlags = READ.with(REMAT);
const MOVE: OpFlags = OpFlags::MOVE;
const SIDE: OpFlags = OpFlags::SIDE;
const TRAPS: OpFlags = OpFlags::TRAPS;
const ATOMIC: OpFlags = RW.with(SIDE);
const CALL: OpFlags = OpFlags::CALL.with(RW).with(SIDE);
const STACK: OpFlags = OpFlags::DYNAMIC_STACK.with(SIDE);
const END: OpFlags = OpFlags::TERMINATOR;
const EXIT: OpFlags = END.with(OpFlags::RETURN);
const DEAD: OpFlags = EXIT.with(OpFlags::DEAD_END);
const COND: OpFlags = OpFlags::COND;
const JCC: OpFlags = END.with(COND);
const JCCM: OpFlags = JCC.with(READ);
const CONDM: OpFlags = COND.with(READ);

const NO_CLOBBER: PRegSet = PRegSet::empty();

// Shapes: results, temporaries, inputs.
const NONE: &[OperandSpec] = &[];
const DEF_I: &[OperandSpec] = &[Def(I)];
const DEF_F: &[OperandSpec] = &[Def(F)];
const UN_I: &[OperandSpec] = &[DefReuse(I, 1), Use(I)];
const BIN_I: &[OperandSpec] = &[DefReuse(I, 1), Use(I), UseAny(I)];
const BIN_IM: &[OperandSpec] = &[DefReuse(I, 1), Use(I), Memory];
const NEW_I: &[OperandSpec] = &[Def(I), UseAny(I)];
const NEW_IM: &[OperandSpec] = &[Def(I), Memory];
const NEW_II: &[OperandSpec] = &[Def(I), UseAny(I), Use(I)];
const MEM: &[OperandSpec] = &[Memory];
const MEM_I: &[OperandSpec] = &[Memory, Use(I)];
const MEM_F: &[OperandSpec] = &[Memory, Use(F)];
const SHIFT: &[OperandSpec] = &[DefReuse(I, 1), Use(I), UseFixed(RCX)];
const SHIFT_M: &[OperandSpec] = &[Memory, UseFixed(RCX)];
const SHIFT2: &[OperandSpec] = &[DefReuse(I, 1), Use(I), Use(I), UseFixed(RCX)];
const SHIFT2_I: &[OperandSpec] = &[DefReuse(I, 1), Use(I), Use(I)];
const PAIR: &[OperandSpec] = &[DefReuse(I, 2), DefReuse(I, 3), Use(I), Use(I), UseAny(I), UseAnyLate(I)];
const CHECKED: &[OperandSpec] = &[DefReuse(I, 2), Def(I), Use(I), UseAny(I)];
const CHECKED_I: &[OperandSpec] = &[DefReuse(I, 2), Def(I), Use(I)];
const CHECKED_MUL_I: &[OperandSpec] = &[Def(I), Def(I), UseAny(I)];
const CHECKED_WIDE: &[OperandSpec] = &[DefFixed(RAX), Def(I), UseFixed(RAX), UseAny(I)];
const WIDE: &[OperandSpec] = &[DefFixed(RAX), DefFixed(RDX), UseFixed(RAX), UseAny(I)];
const DIVIDE: &[OperandSpec] = &[DefFixed(RAX), DefFixed(RDX), UseFixed(RAX), UseAnyLate(I)];
const SCAN_OR: &[OperandSpec] = &[DefEarly(I), UseAny(I), UseAny(I)];
const UN_F: &[OperandSpec] = &[Def(F), UseAny(F)];
const UN_FM: &[OperandSpec] = &[Def(F), Memory];
const BIN_F: &[OperandSpec] = &[DefReuse(F, 1), Use(F), UseAny(F)];
const BIN_FF: &[OperandSpec] = &[DefReuse(F, 1), Use(F), Use(F)];
const BIN_FM: &[OperandSpec] = &[DefReuse(F, 1), Use(F), Memory];
const F_FROM_I: &[OperandSpec] = &[Def(F), UseAny(I)];
const I_FROM_F: &[OperandSpec] = &[Def(I), UseAny(F)];
const F_FROM_U64: &[OperandSpec] = &[Def(F), Temp(I), Temp(I), Use(I)];
const U64_FROM_F: &[OperandSpec] = &[Def(I), Temp(F), Temp(I), Use(F)];

// Inputs of compares, and the same behind a result.
const RR: &[OperandSpec] = &[Use(I), UseAny(I)];
const RI: &[OperandSpec] = &[UseAny(I)];
const RM: &[OperandSpec] = &[Use(I), Memory];
const FF: &[OperandSpec] = &[Use(F), UseAny(F)];
const FM: &[OperandSpec] = &[Use(F), Memory];
const SET_RR: &[OperandSpec] = &[Def(I), Use(I), UseAny(I)];
const SET_RI: &[OperandSpec] = &[Def(I), UseAny(I)];
const SET_RM: &[OperandSpec] = &[Def(I), Use(I), Memory];
const SET_MR: &[OperandSpec] = &[Def(I), Memory, Use(I)];
const SET_M: &[OperandSpec] = &[Def(I), Memory];
const SET_FF: &[OperandSpec] = &[Def(I), Use(F), UseAny(F)];
const SET_FM: &[OperandSpec] = &[Def(I), Use(F), Memory];
const SEL_RR: &[OperandSpec] = &[DefReuse(I, 1), Use(I), UseAny(I), Use(I), UseAny(I)];
const SEL_RI: &[OperandSpec] = &[DefReuse(I, 1), Use(I), UseAny(I), UseAny(I)];
const SEL_RM: &[OperandSpec] = &[DefReuse(I, 1), Use(I), UseAny(I), Use(I), Memory];
const SEL_MR: &[OperandSpec] = &[DefReuse(I, 1), Use(I), UseAny(I), Memory, Use(I)];
const SEL_M: &[OperandSpec] = &[DefReuse(I, 1), Use(I), UseAny(I), Memory];
const SEL_FF: &[OperandSpec] = &[DefReuse(I, 1), Use(I), UseAny(I), Use(F), UseAny(F)];
const SEL_FM: &[OperandSpec] = &[DefReuse(I, 1), Use(I), UseAny(I), Use(F), Memory];
const SELF_RR: &[OperandSpec] = &[DefReuse(F, 1), Use(F), UseAny(F), Use(I), UseAny(I)];
const SELF_RI: &[OperandSpec] = &[DefReuse(F, 1), Use(F), UseAny(F), UseAny(I)];
const SELF_RM: &[OperandSpec] = &[DefReuse(F, 1), Use(F), UseAny(F), Use(I), Memory];
const SELF_MR: &[OperandSpec] = &[DefReuse(F, 1), Use(F), UseAny(F), Memory, Use(I)];
const SELF_M: &[OperandSpec] = &[DefReuse(F, 1), Use(F), UseAny(F), Memory];
const SELF_FF: &[OperandSpec] = &[DefReuse(F, 1), Use(F), UseAny(F), Use(F), UseAny(F)];
const SELF_FM: &[OperandSpec] = &[DefReuse(F, 1), Use(F), UseAny(F), Use(F), Memory];

const STRING: PRegSet = set(&[RDI, RSI, RCX]);
const FILL: PRegSet = set(&[RDI, RCX]);

macro_rules! ops {
    ($($name:ident $text:literal $shape:expr, $flags:expr, $latency:literal $(, clobbers $clobbers:expr)?; $doc:literal)*) => {
        /// A machine op of x86-64. The variants are the rows of [`OPS`].
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
    MovRR     "mov"          NEW_I,   MOVE,  1; "copies an integer register (size 4 or 8); size 4 clears the upper half"
    MovI      "mov.i"        DEF_I,   REMAT, 1; "the constant `imm`; the shortest of xor, mov r32, sign-extended mov and movabs"
    MovRM     "load"         NEW_IM,  LOAD,  5; "loads 4 or 8 bytes, or the low 1 or 2 bytes with zeroes above"
    MovMR     "store"        MEM_I,   WRITE, 1; "stores 1, 2, 4 or 8 bytes of a register"
    MovMI     "store.i"      MEM,     WRITE, 1; "stores the constant `imm` (32 bits, sign-extended)"
    MovzxRR   "movzx"        NEW_I,   PURE,  1; "zero-extends from `from` bytes"
    MovsxRR   "movsx"        NEW_I,   PURE,  1; "sign-extends from `from` bytes to `size`"
    MovzxRM   "movzx.m"      NEW_IM,  LOAD,  5; "loads `from` bytes, zero-extended"
    MovsxRM   "movsx.m"      NEW_IM,  LOAD,  5; "loads `from` bytes, sign-extended to `size`"
    Lea       "lea"          NEW_IM,  REMAT, 1; "the address itself; of a slot, symbol, constant or block too"
    TlsBase   "tls.base"     DEF_I,   REMAT, 5; "the thread pointer, `fs:0`"
    TlsLocal  "tls.local"    DEF_I,   REMAT, 6; "address of the thread-local `symbol` plus `disp`, local-exec model"
    TlsInitial "tls.initial" DEF_I,   REMAT, 9; "address of the thread-local `symbol`, initial-exec model"
    TlsGeneral "tls.general" &[DefFixed(RAX)], OpFlags::CALL, 20, clobbers super::abi::CALLER_SAVED_BUT_RAX; "address of the thread-local `symbol`, by `__tls_get_addr`"
    TlsModule "tls.module" &[DefFixed(RAX)], OpFlags::CALL, 20, clobbers super::abi::CALLER_SAVED_BUT_RAX; "address of the thread-local `symbol` of this image, by `__tls_get_addr`"
    TlsVariable "tls.variable" &[DefFixed(RAX)], OpFlags::CALL, 9, clobbers super::abi::CALLER_SAVED_BUT_RAX; "address of the thread-local `symbol`, by the function in its Mach-O descriptor"
    TlsIndex  "tls.index"    &[DefEarly(I), Temp(I)], PURE, 13; "address of the thread-local `symbol` plus `disp`, in the block of this image, as COFF has it"

    // Integer arithmetic.
    AddRR "add"   BIN_I,  COMM, 1; "a + b"
    AddRI "add.i" UN_I,   PURE, 1; "a + imm"
    AddRM "add.m" BIN_IM, READ, 6; "a + [mem]"
    AddMR "add.mr" MEM_I, RW,   6; "[mem] += a; atomic with the flag LOCK"
    AddMI "add.mi" MEM,   RW,   6; "[mem] += imm; atomic with the flag LOCK"
    OrRR  "or"    BIN_I,  COMM, 1; "a | b"
    OrRI  "or.i"  UN_I,   PURE, 1; "a | imm"
    OrRM  "or.m"  BIN_IM, READ, 6; "a | [mem]"
    OrMR  "or.mr" MEM_I,  RW,   6; "[mem] |= a; atomic with the flag LOCK"
    OrMI  "or.mi" MEM,    RW,   6; "[mem] |= imm; atomic with the flag LOCK"
    AndRR "and"   BIN_I,  COMM, 1; "a & b"
    AndRI "and.i" UN_I,   PURE, 1; "a & imm"
    AndRM "and.m" BIN_IM, READ, 6; "a & [mem]"
    AndMR "and.mr" MEM_I, RW,   6; "[mem] &= a; atomic with the flag LOCK"
    AndMI "and.mi" MEM,   RW,   6; "[mem] &= imm; atomic with the flag LOCK"
    SubRR "sub"   BIN_I,  PURE, 1; "a - b"
    SubRI "sub.i" UN_I,   PURE, 1; "a - imm"
    SubRM "sub.m" BIN_IM, READ, 6; "a - [mem]"
    SubMR "sub.mr" MEM_I, RW,   6; "[mem] -= a; atomic with the flag LOCK"
    SubMI "sub.mi" MEM,   RW,   6; "[mem] -= imm; atomic with the flag LOCK"
    XorRR "xor"   BIN_I,  COMM, 1; "a ^ b"
    XorRI "xor.i" UN_I,   PURE, 1; "a ^ imm"
    XorRM "xor.m" BIN_IM, READ, 6; "a ^ [mem]"
    XorMR "xor.mr" MEM_I, RW,   6; "[mem] ^= a; atomic with the flag LOCK"
    XorMI "xor.mi" MEM,   RW,   6; "[mem] ^= imm; atomic with the flag LOCK"
    NegR  "neg"   UN_I,   PURE, 1; "-a"
    NotR  "not"   UN_I,   PURE, 1; "~a"
    NegM  "neg.m" MEM,    RW,   6; "[mem] = -[mem]"
    NotM  "not.m" MEM,    RW,   6; "[mem] = ~[mem]"

    // Shifts; the count is taken modulo 32 (sizes up to 4) or 64.
    ShlRI "shl.i" UN_I,    PURE, 1; "a << imm"
    ShrRI "shr.i" UN_I,    PURE, 1; "a >> imm, zeroes come in"
    SarRI "sar.i" UN_I,    PURE, 1; "a >> imm, copies of the sign come in"
    RolRI "rol.i" UN_I,    PURE, 1; "a rotated left by imm"
    RorRI "ror.i" UN_I,    PURE, 1; "a rotated right by imm"
    ShlRC "shl"   SHIFT,   PURE, 2; "a << cl"
    ShrRC "shr"   SHIFT,   PURE, 2; "a >> cl, zeroes come in"
    SarRC "sar"   SHIFT,   PURE, 2; "a >> cl, copies of the sign come in"
    RolRC "rol"   SHIFT,   PURE, 2; "a rotated left by cl"
    RorRC "ror"   SHIFT,   PURE, 2; "a rotated right by cl"
    ShlMI "shl.mi" MEM,    RW,   6; "[mem] <<= imm"
    ShrMI "shr.mi" MEM,    RW,   6; "[mem] >>= imm, zeroes come in"
    SarMI "sar.mi" MEM,    RW,   6; "[mem] >>= imm, copies of the sign come in"
    ShlMC "shl.mc" SHIFT_M, RW,  7; "[mem] <<= cl"
    ShrMC "shr.mc" SHIFT_M, RW,  7; "[mem] >>= cl, zeroes come in"
    SarMC "sar.mc" SHIFT_M, RW,  7; "[mem] >>= cl, copies of the sign come in"
    ShldRI "shld.i" SHIFT2_I, PURE, 3; "a << imm, the top bits of b come in"
    ShrdRI "shrd.i" SHIFT2_I, PURE, 3; "a >> imm, the low bits of b come in"
    ShldRC "shld"   SHIFT2, PURE, 4; "a << cl, the top bits of b come in"
    ShrdRC "shrd"   SHIFT2, PURE, 4; "a >> cl, the low bits of b come in"
    Shlx   "shlx"   NEW_II, PURE, 1; "a << b without fixed registers (feature bmi2)"
    Shrx   "shrx"   NEW_II, PURE, 1; "a >> b, zeroes come in (feature bmi2)"
    Sarx   "sarx"   NEW_II, PURE, 1; "a >> b, copies of the sign come in (feature bmi2)"
    RorxI  "rorx"   NEW_I,  PURE, 1; "a rotated right by imm into a new register (feature bmi2)"

    // Multiplication and division.
    ImulRR  "imul"     BIN_I,  COMM, 3; "a * b, low half"
    ImulRM  "imul.m"   BIN_IM, READ, 8; "a * [mem], low half"
    ImulRRI "imul.i"   NEW_I,  PURE, 3; "a * imm, low half"
    ImulRMI "imul.mi"  NEW_IM, READ, 8; "[mem] * imm, low half"
    Mul     "mul"      WIDE,   PURE, 4; "unsigned a * b: low half in rax, high half in rdx (size 4 or 8)"
    Imul    "imul.w"   WIDE,   PURE, 4; "signed a * b: low half in rax, high half in rdx (size 4 or 8)"
    Div     "div"      DIVIDE, TRAPS, 26; "unsigned a / b in rax, a % b in rdx (size 4 or 8); rdx is cleared first"
    Idiv    "idiv"     DIVIDE, TRAPS, 26; "signed a / b in rax, a % b in rdx (size 4 or 8); rdx gets the sign first"

    // Pairs of registers: results low, high; inputs low a, high a, low b, high b.
    AddPair "add.pair" PAIR, PURE, 2; "128-bit a + b: add, adc"
    SubPair "sub.pair" PAIR, PURE, 2; "128-bit a - b: sub, sbb"

    // Arithmetic with its overflow: results value, flag (0 or 1 in 32 bits); `cond` is `O` signed, `B` unsigned.
    CheckedAddRR "add.o"    CHECKED,       COND, 2; "a + b and its overflow"
    CheckedAddRI "add.o.i"  CHECKED_I,     COND, 2; "a + imm and its overflow"
    CheckedSubRR "sub.o"    CHECKED,       COND, 2; "a - b and its overflow"
    CheckedSubRI "sub.o.i"  CHECKED_I,     COND, 2; "a - imm and its overflow"
    CheckedImulRR "imul.o"  CHECKED,       COND, 4; "a * b and its signed overflow"
    CheckedImulRRI "imul.o.i" CHECKED_MUL_I, COND, 4; "a * imm and its signed overflow"
    CheckedMul   "mul.o"    CHECKED_WIDE,  COND, 5, clobbers set(&[RDX]); "a * b and its unsigned overflow (size 4 or 8)"

    // Bits.
    Bswap   "bswap"    UN_I,    PURE, 1; "bytes reversed (size 4 or 8)"
    BsfRR   "bsf"      NEW_I,   PURE, 3; "index of the lowest set bit; garbage for 0"
    BsrRR   "bsr"      NEW_I,   PURE, 3; "index of the highest set bit; garbage for 0"
    BsfOr   "bsf.or"   SCAN_OR, PURE, 4; "index of the lowest set bit of a, or b if a is 0 (size 4 or 8)"
    BsrOr   "bsr.or"   SCAN_OR, PURE, 4; "index of the highest set bit of a, or b if a is 0 (size 4 or 8)"
    TzcntRR "tzcnt"    NEW_I,   PURE, 3; "number of trailing zeroes (feature bmi1)"
    LzcntRR "lzcnt"    NEW_I,   PURE, 3; "number of leading zeroes (feature lzcnt)"
    PopcntRR "popcnt"  NEW_I,   PURE, 3; "number of set bits (feature popcnt)"
    PopcntRM "popcnt.m" NEW_IM, READ, 8; "number of set bits of [mem] (feature popcnt)"
    AndnRR  "andn"     &[Def(I), Use(I), UseAny(I)], PURE, 1; "~a & b (feature bmi1)"
    BtsRR   "bts"      SHIFT2_I, PURE, 1; "a with bit b set (size 4 or 8, b taken modulo the width)"
    BtrRR   "btr"      SHIFT2_I, PURE, 1; "a with bit b cleared"
    BtcRR   "btc"      SHIFT2_I, PURE, 1; "a with bit b inverted"
    BtsRI   "bts.i"    UN_I,    PURE, 1; "a with bit imm set"
    BtrRI   "btr.i"    UN_I,    PURE, 1; "a with bit imm cleared"
    BtcRI   "btc.i"    UN_I,    PURE, 1; "a with bit imm inverted"

    // Floats and vectors: size 4, 8, or 16 for whole registers.
    MovsRR "fmov"     UN_F,   MOVE,  1; "copies a float register"
    MovsRM "fload"    UN_FM,  LOAD,  5; "loads 4, 8 or 16 bytes into a float register"
    MovsMR "fstore"   MEM_F,  WRITE, 1; "stores 4, 8 or 16 bytes of a float register"
    ZeroF  "fzero"    DEF_F,  REMAT, 1; "positive zero, all bits clear"
    AddfRR "fadd"     BIN_F,  COMM,  4; "a + b"
    AddfRM "fadd.m"   BIN_FM, READ,  9; "a + [mem]"
    SubfRR "fsub"     BIN_F,  PURE,  4; "a - b"
    SubfRM "fsub.m"   BIN_FM, READ,  9; "a - [mem]"
    MulfRR "fmul"     BIN_F,  COMM,  4; "a * b"
    MulfRM "fmul.m"   BIN_FM, READ,  9; "a * [mem]"
    DivfRR "fdiv"     BIN_F,  PURE, 13; "a / b"
    DivfRM "fdiv.m"   BIN_FM, READ, 18; "a / [mem]"
    MinfRR "fmin"     BIN_F,  PURE,  4; "a < b ? a : b"
    MinfRM "fmin.m"   BIN_FM, READ,  9; "a < [mem] ? a : [mem]"
    MaxfRR "fmax"     BIN_F,  PURE,  4; "a > b ? a : b"
    MaxfRM "fmax.m"   BIN_FM, READ,  9; "a > [mem] ? a : [mem]"
    SqrtfRR "fsqrt"   UN_F,   PURE, 18; "square root"
    SqrtfRM "fsqrt.m" UN_FM,  READ, 23; "square root of [mem]"
    RoundfRR "fround" UN_F,   PURE,  8; "rounds to an integral value; imm: 0 nearest, 1 down, 2 up, 3 to zero (feature sse4.1)"
    FmaRRR  "fma"     &[DefReuse(F, 3), Use(F), Use(F), Use(F)], PURE, 4; "a * b + c, rounded once, signs by imm: 1 minus the product, 2 minus c (feature fma)"
    FmaRRRa "fma.a"   &[DefReuse(F, 1), Use(F), Use(F), Use(F)], PURE, 4; "the same in the register of a"
    AndfRR  "fand"    BIN_FF, COMM,  1; "bits a & b of the whole register"
    AndfRM  "fand.m"  BIN_FM, READ,  6; "bits a & [mem]; 16 bytes, aligned by 16"
    OrfRR   "for"     BIN_FF, COMM,  1; "bits a | b of the whole register"
    OrfRM   "for.m"   BIN_FM, READ,  6; "bits a | [mem]; 16 bytes, aligned by 16"
    XorfRR  "fxor"    BIN_FF, COMM,  1; "bits a ^ b of the whole register"
    XorfRM  "fxor.m"  BIN_FM, READ,  6; "bits a ^ [mem]; 16 bytes, aligned by 16"
    AndnfRR "fandn"   BIN_FF, PURE,  1; "bits ~a & b of the whole register"
    CmpfRR  "fcmp"    BIN_F,  PURE,  4; "all ones where the predicate imm holds (0 eq, 1 lt, 2 le, 3 unord, 4 ne, 5 nlt, 6 nle, 7 ord), else 0"
    CvtFI   "cvt.fi"  F_FROM_I, PURE, 5; "signed integer of `from` bytes (4, 8) to a float of `size`"
    CvtFIM  "cvt.fi.m" UN_FM, READ, 9; "signed integer in memory to a float"
    CvtIF   "cvt.if"  I_FROM_F, PURE, 6; "float of `from` bytes to a signed integer of `size` (4, 8), to zero"
    CvtIFM  "cvt.if.m" NEW_IM, READ, 11; "float in memory to a signed integer, to zero"
    RintIF  "cvt.rint" I_FROM_F, PURE, 6; "float of `from` bytes to a signed integer of `size`, by the current rounding mode"
    CvtFF   "cvt.ff"  UN_F,   PURE,  5; "float of `from` bytes to `size` bytes"
    CvtFFM  "cvt.ff.m" UN_FM, READ, 10; "float in memory of `from` bytes to `size` bytes"
    CvtFU   "cvt.fu"  F_FROM_U64, PURE, 8; "unsigned 64-bit integer to a float of `size`"
    CvtUF   "cvt.uf"  U64_FROM_F, PURE, 9; "float of `from` bytes to an unsigned 64-bit integer, to zero"
    MovFI   "mov.fi"  F_FROM_I, PURE, 2; "bits of an integer register (size 4, 8) to a float register"
    MovIF   "mov.if"  &[Def(I), Use(F)], PURE, 2; "bits of a float register to an integer register (size 4, 8)"

    // Compare and jump if `cond`: successor 0 if it holds, successor 1 if not. `size` is the width of the compare.
    JumpCmpRR   "jump.cmp"    RR,    JCC,  1; "compares a with b"
    JumpCmpRI   "jump.cmp.i"  RI,    JCC,  1; "compares a with imm"
    JumpCmpRM   "jump.cmp.rm" RM,    JCCM, 6; "compares a with [mem]"
    JumpCmpMR   "jump.cmp.mr" MEM_I, JCCM, 6; "compares [mem] with a"
    JumpCmpMI   "jump.cmp.mi" MEM,   JCCM, 6; "compares [mem] with imm"
    JumpTestRR  "jump.test"   RR,    JCC,  1; "compares a & b with 0"
    JumpTestRI  "jump.test.i" RI,    JCC,  1; "compares a & imm with 0"
    JumpTestMR  "jump.test.mr" MEM_I, JCCM, 6; "compares [mem] & a with 0"
    JumpTestMI  "jump.test.mi" MEM,  JCCM, 6; "compares [mem] & imm with 0"
    JumpBtRR    "jump.bt"     &[Use(I), Use(I)], JCC, 1; "`cond` B if bit b (modulo the width) of a is set"
    JumpBtRI    "jump.bt.i"   RI,    JCC,  1; "`cond` B if bit imm of a is set"
    JumpUcomisRR "jump.fcmp"  FF,    JCC,  3; "compares floats: A, Ae, B, Be, P, Np, E, Ne, FloatEq, FloatNe"
    JumpUcomisRM "jump.fcmp.m" FM,   JCCM, 8; "compares a float with [mem]"

    // Compare and set: 0 or 1; with `from` 4 all of the register, with `from` 1 the low byte only.
    SetCmpRR    "set.cmp"     SET_RR, COND,  2; "compares a with b"
    SetCmpRI    "set.cmp.i"   SET_RI, COND,  2; "compares a with imm"
    SetCmpRM    "set.cmp.rm"  SET_RM, CONDM, 7; "compares a with [mem]"
    SetCmpMR    "set.cmp.mr"  SET_MR, CONDM, 7; "compares [mem] with a"
    SetCmpMI    "set.cmp.mi"  SET_M,  CONDM, 7; "compares [mem] with imm"
    SetTestRR   "set.test"    SET_RR, COND,  2; "compares a & b with 0"
    SetTestRI   "set.test.i"  SET_RI, COND,  2; "compares a & imm with 0"
    SetTestMR   "set.test.mr" SET_MR, CONDM, 7; "compares [mem] & a with 0"
    SetTestMI   "set.test.mi" SET_M,  CONDM, 7; "compares [mem] & imm with 0"
    SetBtRR     "set.bt"      &[Def(I), Use(I), Use(I)], COND, 2; "bit b of a"
    SetBtRI     "set.bt.i"    SET_RI, COND,  2; "bit imm of a"
    SetUcomisRR "set.fcmp"    SET_FF, COND,  5; "compares floats"
    SetUcomisRM "set.fcmp.m"  SET_FM, CONDM, 10; "compares a float with [mem]"

    // Compare and select integers: inputs value if false, value if true, then those of the compare; `from` is the
    // width of the values (4, 8). Not `FloatEq`: exchange the values and use `FloatNe`.
    SelectCmpRR    "sel.cmp"     SEL_RR, COND,  2; "compares a with b"
    SelectCmpRI    "sel.cmp.i"   SEL_RI, COND,  2; "compares a with imm"
    SelectCmpRM    "sel.cmp.rm"  SEL_RM, CONDM, 7; "compares a with [mem]"
    SelectCmpMR    "sel.cmp.mr"  SEL_MR, CONDM, 7; "compares [mem] with a"
    SelectCmpMI    "sel.cmp.mi"  SEL_M,  CONDM, 7; "compares [mem] with imm"
    SelectTestRR   "sel.test"    SEL_RR, COND,  2; "compares a & b with 0"
    SelectTestRI   "sel.test.i"  SEL_RI, COND,  2; "compares a & imm with 0"
    SelectTestMR   "sel.test.mr" SEL_MR, CONDM, 7; "compares [mem] & a with 0"
    SelectTestMI   "sel.test.mi" SEL_M,  CONDM, 7; "compares [mem] & imm with 0"
    SelectBtRR     "sel.bt"      &[DefReuse(I, 1), Use(I), UseAny(I), Use(I), Use(I)], COND, 2; "bit b of a"
    SelectBtRI     "sel.bt.i"    SEL_RI, COND,  2; "bit imm of a"
    SelectUcomisRR "sel.fcmp"    SEL_FF, COND,  4; "compares floats"
    SelectUcomisRM "sel.fcmp.m"  SEL_FM, CONDM, 9; "compares a float with [mem]"

    // The same for float values (a short jump over a move); `from` is the width of the values (4, 8, 16).
    SelectFloatCmpRR    "fsel.cmp"     SELF_RR, COND,  3; "compares a with b"
    SelectFloatCmpRI    "fsel.cmp.i"   SELF_RI, COND,  3; "compares a with imm"
    SelectFloatCmpRM    "fsel.cmp.rm"  SELF_RM, CONDM, 8; "compares a with [mem]"
    SelectFloatCmpMR    "fsel.cmp.mr"  SELF_MR, CONDM, 8; "compares [mem] with a"
    SelectFloatCmpMI    "fsel.cmp.mi"  SELF_M,  CONDM, 8; "compares [mem] with imm"
    SelectFloatTestRR   "fsel.test"    SELF_RR, COND,  3; "compares a & b with 0"
    SelectFloatTestRI   "fsel.test.i"  SELF_RI, COND,  3; "compares a & imm with 0"
    SelectFloatTestMR   "fsel.test.mr" SELF_MR, CONDM, 8; "compares [mem] & a with 0"
    SelectFloatTestMI   "fsel.test.mi" SELF_M,  CONDM, 8; "compares [mem] & imm with 0"
    SelectFloatBtRR     "fsel.bt"      &[DefReuse(F, 1), Use(F), UseAny(F), Use(I), Use(I)], COND, 3; "bit b of a"
    SelectFloatBtRI     "fsel.bt.i"    SELF_RI, COND,  3; "bit imm of a"
    SelectFloatUcomisRR "fsel.fcmp"    SELF_FF, COND,  5; "compares floats"
    SelectFloatUcomisRM "fsel.fcmp.m"  SELF_FM, CONDM, 10; "compares a float with [mem]"

    // Atomic accesses besides LOCK and plain loads and stores.
    Xadd      "xadd"      &[DefReuse(I, 1), Use(I), Memory], ATOMIC, 20; "[mem] += a; the result is the old [mem]"
    Xchg      "xchg"      &[DefReuse(I, 1), Use(I), Memory], ATOMIC, 20; "exchanges a and [mem]"
    Cmpxchg   "cmpxchg"   &[DefFixed(RAX), UseFixed(RAX), Use(I), Memory], ATOMIC, 20; "[mem] = b if [mem] is a; the result is the old [mem]"
    CmpxchgSet "cmpxchg.set" &[DefFixed(RAX), Def(I), UseFixed(RAX), Use(I), Memory], ATOMIC, 21; "cmpxchg; the second result is 1 if [mem] was a, else 0"
    CmpxchgPair "cmpxchg.pair" &[DefFixed(RAX), DefFixed(RDX), Def(I), UseFixed(RSI), UseFixed(RAX), UseFixed(RDX), UseFixed(RDI), UseFixed(RCX)], ATOMIC, 25; "16 bytes: [a] = d:e if [a] is b:c, low words first; the results are the words of the old [a], and 1 if it was b:c, else 0"
    AtomicLoop "atomic"   &[DefFixed(RAX), Temp(I), UseLate(I), MemoryLate], ATOMIC, 30; "[mem] = [mem] op b by a cmpxchg loop, op is the `AtomicOp` imm; the result is the old [mem]"
    Mfence    "mfence"    NONE, ATOMIC, 30; "orders all accesses before with all after"
    Barrier   "barrier"   NONE, ATOMIC, 0; "no code; keeps accesses on their side"
    RepMovs   "rep.movs"  &[UseFixed(RDI), UseFixed(RSI), UseFixed(RCX)], RW, 30, clobbers STRING; "copies rcx units of `size` bytes from [rsi] to [rdi]"
    RepStos   "rep.stos"  &[UseFixed(RDI), UseFixed(RAX), UseFixed(RCX)], RW, 30, clobbers FILL; "stores rax in rcx units of `size` bytes at [rdi]"

    // The stack beyond the frame's slots.
    Alloca    "alloca"    &[Def(I), Use(I)], STACK, 3; "moves the stack pointer down by a bytes, then to a multiple of imm (16 or more); the result is the new block"
    AllocaProbed "alloca.probed" &[Def(I), UseFixed(RAX)], STACK, 9; "the same page by page, which Windows wants"
    StackSave "stack.save" DEF_I, STACK, 1; "the stack pointer"
    StackRestore "stack.restore" &[Use(I)], STACK, 1; "sets the stack pointer to one that was saved"
    FrameAddress "frame.address" DEF_I, STACK, 1; "the frame pointer"
    ReturnAddress "return.address" DEF_I, READ.with(SIDE).with(OpFlags::FRAME), 5; "the address to which this function returns"
    SaveVarargs "varargs" &[SiteArguments], WRITE.with(SIDE).with(OpFlags::FRAME), 5; "stores the argument registers of the call site in the register save area, slot `symbol`; the site lists rax last"

    // Calls and ends of blocks.
    Params  "params"   &[SiteResults], SIDE, 0; "the parameters at the function's entry"
    Call    "call"     &[SiteResults, SiteArguments], CALL, 5; "calls `symbol`; with base `Got` through the GOT instead of the PLT"
    CallReg "call.r"   &[SiteResults, UseAny(I), SiteArguments], CALL, 5; "calls the address in a"
    CallMem "call.m"   &[SiteResults, Memory, SiteArguments], CALL, 9; "calls the address in [mem]"
    TailCall "tail"    &[SiteArguments], EXIT.with(CALL), 5; "leaves the frame and jumps to `symbol`"
    TailCallReg "tail.r" &[UseFixed(R11), SiteArguments], EXIT.with(CALL), 5; "leaves the frame and jumps to a"
    Ret     "ret"      &[SiteArguments], EXIT.with(SIDE), 1; "leaves the frame and returns the call site's values"
    Jump    "jump"     NONE, END, 1; "jumps to the only successor; the only terminator that passes block arguments to a block with more than one predecessor"
    JumpTable "jump.table" &[Temp(I), Temp(I), Use(I)], END, 8; "jumps to the successor that entry a of the jump table imm names (a has 64 bits and is in range)"
    JumpReg "jump.r"   &[UseAny(I)], END, 2; "jumps to a block whose address is a; the successors are all of them"
    Ud2     "ud2"      NONE, DEAD.with(SIDE), 1; "traps"
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

    /// Its row.
    pub fn info(self) -> &'static OpInfo {
        &OPS[self as usize]
    }
}

impl From<Op> for Opcode {
    fn from(op: Op) -> Opcode {
        Opcode(op as u16)
    }
}

/// What a compare compares: the fused ops are one of these joined to a [`Consumer`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
#[allow(missing_docs, reason = "the rows of the op table explain each form")]
pub enum Compare {
    CmpRR,
    CmpRI,
    CmpRM,
    CmpMR,
    CmpMI,
    TestRR,
    TestRI,
    TestMR,
    TestMI,
    BtRR,
    BtRI,
    UcomisRR,
    UcomisRM,
}

/// What is done with the outcome of a compare.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum Consumer {
    /// Conditional jump.
    Jump,
    /// 0 or 1.
    Set,
    /// One of two integers.
    Select,
    /// One of two floats.
    SelectFloat,
}

const COMPARES: [Compare; 13] = {
    use Compare::*;
    [CmpRR, CmpRI, CmpRM, CmpMR, CmpMI, TestRR, TestRI, TestMR, TestMI, BtRR, BtRI, UcomisRR, UcomisRM]
};
const CONSUMERS: [Consumer; 4] = [Consumer::Jump, Consumer::Set, Consumer::Select, Consumer::SelectFloat];
const FIRST: u16 = Op::JumpCmpRR as u16;
const KINDS: u16 = COMPARES.len() as u16;

const _: () = assert!(Op::JumpUcomisRM as u16 == FIRST + Compare::UcomisRM as u16);
const _: () = assert!(Op::SetCmpRR as u16 == FIRST + KINDS && Op::SelectCmpRR as u16 == FIRST + 2 * KINDS);
const _: () = assert!(Op::SelectFloatCmpRR as u16 == FIRST + 3 * KINDS);
const _: () = assert!(Op::SelectFloatBtRI as u16 == FIRST + 3 * KINDS + Compare::BtRI as u16);

impl Compare {
    /// The op that makes this compare and consumes it so.
    pub fn joined(self, consumer: Consumer) -> Op {
        ALL[(FIRST + consumer as u16 * KINDS + self as u16) as usize]
    }

    /// The parts of a fused op, if it is one.
    pub fn parts(op: Op) -> Option<(Compare, Consumer)> {
        let row = (op as u16).checked_sub(FIRST)?;
        Some((COMPARES[(row % KINDS) as usize], *CONSUMERS.get((row / KINDS) as usize)?))
    }
}

/// Operation of [`Op::AtomicLoop`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names are those of the IR's atomic operations")]
pub enum AtomicOp {
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
        [And, Or, Xor, Nand, Min, Max, Umin, Umax].get(usize::try_from(number).ok()?).copied()
    }
}
