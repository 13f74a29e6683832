//! The op table: each op is one row, from which the enum, the text form, the arity and type checks,
//! the effect queries, the colours of the views and the reference of ops are made.
//!
//! The signature of a row reads `inputs>result`, one letter each:
//!
//! | letter | means | letter | means |
//! |---|---|---|---|
//! | `c` | control | `I` | integer, the same type at each `I` |
//! | `m` | memory | `F` | float, the same type at each `F` |
//! | `i` | an integer | `V` | data, the same type at each `V` |
//! | `f` | a float | `A` | data or memory, the same type at each `A` |
//! | `p` | a pointer | `b` | `i1` |
//! | `v` | any data | `s` | a state |
//! | `x` | integer or pointer, the same at each `x` | `t` | a tuple |
//! | `*` | the letter before it, any number of times, last | | |

use std::fmt;

bitflags_lite! {
    /// What an op is, beyond its signature.
    OpFlags: u16 {
        /// Starts a basic block.
        BLOCK_HEAD = 1,
        /// Ends a basic block: its users on the control side are block heads.
        BLOCK_END = 2,
        /// Has to stay at its control input: it takes part in control, or is observable.
        PINNED = 4,
        /// Reads the memory that it takes.
        READS = 8,
        /// Produces a new state of memory (directly, or as projection 1).
        WRITES = 16,
        /// `op(a, b) == op(b, a)` for its last two inputs.
        COMMUTES = 32,
        /// `op(op(a, b), c) == op(a, op(b, c))`.
        ASSOCIATES = 64,
        /// May be shared by value numbering: same inputs and payload, same value.
        SHARED = 128,
        /// Executing it may be undefined or trap, so it must not be executed where the source did not.
        MAY_TRAP = 256,
        /// A leaf: constant or address, cheaper to make again than to keep.
        CHEAP = 512,
        /// Observable from outside: calls, volatile and atomic accesses.
        OBSERVABLE = 1024,
    }
}

const PURE: OpFlags = OpFlags::SHARED;
const LEAF: OpFlags = OpFlags::SHARED.or(OpFlags::CHEAP);
const COMM: OpFlags = OpFlags::SHARED.or(OpFlags::COMMUTES);
const ASSOC: OpFlags = COMM.or(OpFlags::ASSOCIATES);
const HEAD: OpFlags = OpFlags::BLOCK_HEAD.or(OpFlags::PINNED);
const END: OpFlags = OpFlags::BLOCK_END.or(OpFlags::PINNED);
const LOADS: OpFlags = OpFlags::SHARED.or(OpFlags::READS).or(OpFlags::MAY_TRAP);
const STORES: OpFlags = OpFlags::WRITES.or(OpFlags::PINNED).or(OpFlags::MAY_TRAP);
const READ_WRITE: OpFlags = STORES.or(OpFlags::READS);
const EFFECT: OpFlags = READ_WRITE.or(OpFlags::OBSERVABLE);

/// Which rows a reader finds together; the views colour by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Control flow.
    Control,
    /// Merges and refinements of values.
    Merge,
    /// Constants and addresses.
    Leaf,
    /// Integer arithmetic.
    Integer,
    /// Float arithmetic.
    Float,
    /// Compares and selects.
    Compare,
    /// Conversions.
    Convert,
    /// Memory.
    Memory,
    /// Speculation.
    State,
    /// Vector lanes.
    Vector,
}

macro_rules! op_table {
    ($($family:ident { $($name:ident $text:literal $signature:literal $flags:expr, $doc:literal;)* })*) => {
        /// An operation. See the table in `ops.rs`: each variant's doc is its row.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum Op { $($(#[doc = $doc] $name,)*)* }

        /// The rows, by op number.
        static TABLE: &[OpInfo] = &[$($(OpInfo {
            op: Op::$name, text: $text, signature: $signature, flags: $flags,
            family: Family::$family, doc: $doc,
        },)*)*];
    };
}

/// A row of the op table.
#[derive(Debug)]
pub struct OpInfo {
    /// The op itself.
    pub op: Op,
    /// Its name in the text form.
    pub text: &'static str,
    /// Inputs and result, see the module's doc.
    pub signature: &'static str,
    /// Properties.
    pub flags: OpFlags,
    /// Group.
    pub family: Family,
    /// What it means, in a line.
    pub doc: &'static str,
}

op_table! {
Control {
    Start       "start"        ">t"     HEAD,  "Entry of the function: projection 0 is control, 1 memory, 2 and up the parameters.";
    Stop        "stop"         "c*>c"   OpFlags::PINNED, "Collects every exit of the function; all that lives is reachable from it backwards.";
    Region      "region"       "c*>c"   HEAD,  "Merge of control. Input `i` goes with input `i + 1` of its phis.";
    Loop        "loop"         "cc>c"   HEAD,  "Loop header: input 0 is the entry, input 1 the only back edge. Payload: trip estimate, 0 if unknown.";
    If          "if"           "cb>t"   END,   "Two-way branch: projection 0 when true, 1 when false. Payload: weights, true in the low half.";
    Switch      "switch"       "ci>t"   END,   "Multi-way branch: projection 0 is the default, `k + 1` case `k` of the table in the payload.";
    IndirectBr  "indirectbr"   "cp>t"   END,   "Jump to the block whose address is given: projection `k` is target `k`.";
    Never       "never"        "c>t"    END,   "Branch that always takes projection 0; projection 1 keeps an infinite loop reachable from stop.";
    Proj        "proj"         "t>a"    OpFlags::SHARED, "One result of a tuple: the one numbered by the payload.";
    Return      "return"       "cmv*>c" END.or(OpFlags::READS), "Leaves the function with these values.";
    TailCall    "tailcall"     "cmpv*>c" END.or(OpFlags::READS), "Calls in place of this frame and returns what it returns. Payload: call site.";
    Call        "call"         "cmpv*>t" EFFECT, "Calls the address: projection 0 is control, 1 memory, 2 and up results; the exceptional exit follows the results. Payload: call site.";
    Trap        "trap"         "cm>c"   END.or(OpFlags::READS), "Stops the program abnormally.";
    Unreachable "unreachable"  "cm>c"   END,   "Reaching it is undefined.";
}
State {
    Guard       "guard"        "cmbs>c" OpFlags::PINNED.or(OpFlags::READS), "Goes on if the condition holds, else leaves compiled code with the state, and with memory as it is. It may be left for what a later guard would find.";
    Deopt       "deopt"        "cms>c"  END.or(OpFlags::READS), "Leaves compiled code with the state; reads every slice of memory, writes none.";
    FrameState  "framestate"   "a*>s"   PURE,  "A frame of the unoptimized code: values, then objects that are not allocated, then the outer state if the payload says so. Payload: frame descriptor.";
    VirtualObj  "virtualobj"   "pv*>s"  PURE,  "An object that is not allocated unless the state is rebuilt: the address that stands for it, its fields, its elements. Payload: shape.";
    Safepoint   "safepoint"    "cms>c"  OpFlags::PINNED.or(OpFlags::READS), "A place where the frame can be read or deoptimized: a guard that fails later may leave here.";
}
Merge {
    Phi         "phi"          "cA*>A"  OpFlags::PINNED, "The value of input `i + 1` when its region was entered by input `i`. On memory, the payload is the alias class, 0 for all.";
    Pi          "pi"           "cA>A"   OpFlags::PINNED.or(OpFlags::SHARED), "Its input, with the narrower fact that holds where control is.";
    Freeze      "freeze"       "V>V"    OpFlags::NONE, "Its input, or any one value if that is poison.";
    Opaque      "opaque"       "V>V"    OpFlags::NONE, "Its input, of which the optimizer knows nothing.";
}
Leaf {
    Const       "const"        ">V"     LEAF,  "The payload's bits: an integer (cut to its width), float, pointer; a vector's lanes when they fit in 64 bits.";
    WideConst   "wideconst"    ">V"     LEAF,  "A constant of up to 128 bits; the payload numbers it in the graph's table.";
    Poison      "poison"       ">V"     LEAF,  "The poison value.";
    SymbolAddr  "symbol"       ">p"     LEAF,  "Address of the module's symbol that the payload numbers; of this thread's copy for a thread-local.";
    BlockAddr   "blockaddr"    ">p"     LEAF,  "Address of indirect target number payload of this function.";
    SlotAddr    "slot"         ">p"     LEAF,  "Address of the function's stack slot that the payload numbers.";
}
Integer {
    Add         "add"          "II>I"   ASSOC, "Wrapping sum.";
    Sub         "sub"          "II>I"   PURE,  "Wrapping difference.";
    Mul         "mul"          "II>I"   ASSOC, "Wrapping product.";
    SDiv        "sdiv"         "cII>I"  PURE.or(OpFlags::MAY_TRAP), "Signed quotient, towards zero; undefined for divisor 0 and on overflow.";
    UDiv        "udiv"         "cII>I"  PURE.or(OpFlags::MAY_TRAP), "Unsigned quotient; undefined for divisor 0.";
    SRem        "srem"         "cII>I"  PURE.or(OpFlags::MAY_TRAP), "Signed remainder, sign of the dividend; undefined like `sdiv`.";
    URem        "urem"         "cII>I"  PURE.or(OpFlags::MAY_TRAP), "Unsigned remainder; undefined for divisor 0.";
    SMulHigh    "smulhigh"     "II>I"   COMM,  "High half of the signed double-width product.";
    UMulHigh    "umulhigh"     "II>I"   COMM,  "High half of the unsigned double-width product.";
    Neg         "neg"          "I>I"    PURE,  "Wrapping negation.";
    And         "and"          "II>I"   ASSOC, "Bitwise and.";
    Or          "or"           "II>I"   ASSOC, "Bitwise or; with the disjoint flag, poison if both have a one at the same place.";
    Xor         "xor"          "II>I"   ASSOC, "Bitwise exclusive or.";
    Shl         "shl"          "II>I"   PURE,  "Shift left; poison if the amount is not below the width.";
    LShr        "lshr"         "II>I"   PURE,  "Shift right, zeros in; poison if the amount is not below the width.";
    AShr        "ashr"         "II>I"   PURE,  "Shift right, sign in; poison if the amount is not below the width.";
    Fshl        "fshl"         "III>I"  PURE,  "High word of the double word `a:b` shifted left by `c` modulo the width; a rotation if `a` is `b`.";
    Fshr        "fshr"         "III>I"  PURE,  "Low word of the double word `a:b` shifted right by `c` modulo the width.";
    SMin        "smin"         "II>I"   ASSOC, "Signed minimum.";
    SMax        "smax"         "II>I"   ASSOC, "Signed maximum.";
    UMin        "umin"         "II>I"   ASSOC, "Unsigned minimum.";
    UMax        "umax"         "II>I"   ASSOC, "Unsigned maximum.";
    Abs         "abs"          "I>I"    PURE,  "Absolute value; of the minimum itself, or poison with nsw.";
    Ctpop       "ctpop"        "I>I"    PURE,  "Number of ones.";
    Ctlz        "ctlz"         "I>I"    PURE,  "Number of leading zeros; the width for 0, or poison with the zero-poison flag (nuw).";
    Cttz        "cttz"         "I>I"    PURE,  "Number of trailing zeros; the width for 0, or poison with the zero-poison flag (nuw).";
    Bswap       "bswap"        "I>I"    PURE,  "Bytes in reverse order.";
    Bitreverse  "bitreverse"   "I>I"    PURE,  "Bits in reverse order.";
    SAddOverflow "sadd.overflow" "II>b" COMM,  "Does the signed sum overflow?";
    UAddOverflow "uadd.overflow" "II>b" COMM,  "Does the unsigned sum overflow?";
    SSubOverflow "ssub.overflow" "II>b" PURE,  "Does the signed difference overflow?";
    USubOverflow "usub.overflow" "II>b" PURE,  "Does the unsigned difference overflow?";
    SMulOverflow "smul.overflow" "II>b" COMM,  "Does the signed product overflow?";
    UMulOverflow "umul.overflow" "II>b" COMM,  "Does the unsigned product overflow?";
    PtrAdd      "ptradd"       "pi>p"   PURE,  "Address plus a signed 64-bit offset; poison with the inbounds flag (nsw) if it leaves the object.";
}
Compare {
    Eq          "eq"           "xx>b"   COMM,  "Equal.";
    Ne          "ne"           "xx>b"   COMM,  "Not equal.";
    Slt         "slt"          "II>b"   PURE,  "Signed less.";
    Sle         "sle"          "II>b"   PURE,  "Signed less or equal.";
    Ult         "ult"          "xx>b"   PURE,  "Unsigned less.";
    Ule         "ule"          "xx>b"   PURE,  "Unsigned less or equal.";
    FEq         "feq"          "FF>b"   COMM,  "Ordered and equal.";
    FNe         "fne"          "FF>b"   COMM,  "Ordered and not equal.";
    FLt         "flt"          "FF>b"   PURE,  "Ordered and less.";
    FLe         "fle"          "FF>b"   PURE,  "Ordered and less or equal.";
    FOrd        "ford"         "FF>b"   COMM,  "Neither is a NaN. The unordered compares are the negations (`xor 1`) of ordered ones.";
    Select      "select"       "bVV>V"  PURE,  "The second input if the first is true, else the third.";
}
Convert {
    Trunc       "trunc"        "i>i"    PURE,  "The low bits.";
    ZExt        "zext"         "i>i"    PURE,  "Wider, zeros in; with nneg (nuw), poison if the input is negative.";
    SExt        "sext"         "i>i"    PURE,  "Wider, sign in.";
    Bitcast     "bitcast"      "v>v"    PURE,  "The same bits as another type of the same size.";
    PtrToInt    "ptrtoint"     "p>i"    PURE,  "The address as an integer.";
    IntToPtr    "inttoptr"     "i>p"    PURE,  "The integer as an address.";
    FToS        "ftos"         "f>i"    PURE,  "Float to signed integer, towards zero; poison out of range.";
    FToU        "ftou"         "f>i"    PURE,  "Float to unsigned integer, towards zero; poison out of range.";
    SToF        "stof"         "i>f"    PURE,  "Signed integer to nearest float.";
    UToF        "utof"         "i>f"    PURE,  "Unsigned integer to nearest float.";
    FExt        "fext"         "f>f"    PURE,  "f32 to f64.";
    FTrunc      "ftrunc"       "f>f"    PURE,  "f64 to nearest f32.";
}
Float {
    FAdd        "fadd"         "FF>F"   COMM,  "Sum.";
    FSub        "fsub"         "FF>F"   PURE,  "Difference.";
    FMul        "fmul"         "FF>F"   COMM,  "Product.";
    FDiv        "fdiv"         "FF>F"   PURE,  "Quotient.";
    FRem        "frem"         "FF>F"   PURE,  "Remainder as C's fmod.";
    FNeg        "fneg"         "F>F"    PURE,  "Sign flipped.";
    FAbs        "fabs"         "F>F"    PURE,  "Sign cleared.";
    FSqrt       "fsqrt"        "F>F"    PURE,  "Square root.";
    FCopySign   "fcopysign"    "FF>F"   PURE,  "First with the sign of the second.";
    FMin        "fmin"         "FF>F"   COMM,  "Minimum as C's fmin: the other if one is NaN.";
    FMax        "fmax"         "FF>F"   COMM,  "Maximum as C's fmax: the other if one is NaN.";
    FMa         "fma"          "FFF>F"  PURE,  "a * b + c, rounded once.";
    FFloor      "ffloor"       "F>F"    PURE,  "Round towards minus infinity.";
    FCeil       "fceil"        "F>F"    PURE,  "Round towards plus infinity.";
    FRoundZero  "froundzero"   "F>F"    PURE,  "Round towards zero.";
    FRint       "frint"        "F>F"    PURE,  "Round to nearest, ties to even.";
    FRound      "fround"       "F>F"    PURE,  "Round to nearest, ties away from zero.";
}
Vector {
    ExtractLane "extractlane"  "v>v"    PURE,  "The lane that the payload numbers.";
    InsertLane  "insertlane"   "vv>v"   PURE,  "The first input with the second at the lane that the payload numbers.";
    Splat       "splat"        "v>v"    PURE,  "Every lane the input.";
}
Memory {
    MergeMem    "mergemem"     "mm*>m"  PURE,  "A base state and slices that differ from it. Payload: their alias classes.";
    Load        "load"         "cmp>v"  LOADS, "Reads a value. Payload: access.";
    Store       "store"        "cmpv>m" STORES, "Writes a value. Payload: access.";
    LoadOrdered "load.ordered" "cmp>t"  EFFECT, "Volatile or atomic load: projection 0 is control, 1 memory, 2 the value. Payload: access.";
    StoreOrdered "store.ordered" "cmpv>t" EFFECT, "Volatile or atomic store: projection 0 is control, 1 memory. Payload: access.";
    AtomicRmw   "atomicrmw"    "cmpv>t" EFFECT, "Atomic read, change, write: projections as `load.ordered`, 2 the old value. Payload: access with the operation.";
    AtomicCas   "atomiccas"    "cmpvv>t" EFFECT, "Atomic compare (first value) and swap (second): 2 the old value, 3 whether it was swapped. Payload: access.";
    Fence       "fence"        "cm>t"   EFFECT, "Orders memory: projection 0 is control, 1 memory. Payload: access.";
    MemCopy     "memcopy"      "cmppi>m" READ_WRITE, "Copies bytes to the first address from the second, disjoint or equal. Payload: access.";
    MemMove     "memmove"      "cmppi>m" READ_WRITE, "Copies bytes that may overlap. Payload: access.";
    MemSet      "memset"       "cmpii>m" STORES, "Fills bytes with the i8 value. Payload: access.";
    StackAlloc  "stackalloc"   "cmi>t"  EFFECT, "Bytes on the stack until return or stack.restore: 0 control, 1 memory, 2 the address. Payload: alignment.";
    StackSave   "stack.save"   "cm>t"   EFFECT, "The stack pointer: 0 control, 1 memory, 2 the address.";
    StackRestore "stack.restore" "cmp>t" EFFECT, "Frees what was allocated since stack.save: 0 control, 1 memory.";
    VaStart     "va_start"     "cmp>t"  EFFECT, "Fills the va_list at the address with this call's variable arguments: 0 control, 1 memory.";
    FrameAddr   "frameaddr"    "c>p"    OpFlags::PINNED, "Frame address of the caller number payload, 0 is this function.";
    ReturnAddr  "returnaddr"   "c>p"    OpFlags::PINNED, "Return address of the frame number payload.";
    Barrier     "barrier"      "cm>t"   EFFECT, "Nothing moves across (empty inline assembly): 0 control, 1 memory.";
    Prefetch    "prefetch"     "cmp>t"  EFFECT, "A hint that the address is read soon: 0 control, 1 memory.";
    Alloc       "alloc"        "cmi>t"  EFFECT, "A managed object of the shape in the payload and so many elements: 0 control, 1 memory, 2 the reference.";
}
}

/// First op number that belongs to a target's own table.
pub const FIRST_MACHINE_OP: u16 = 1024;

const _: () = assert!(TABLE.len() < FIRST_MACHINE_OP as usize);
// A compare and its negation are neighbours, so are the two orders of a compare.
const _: () = assert!(Op::Eq as u16 + 1 == Op::Ne as u16);
const _: () = assert!(Op::Slt as u16 + 1 == Op::Sle as u16);
const _: () = assert!(Op::Ult as u16 + 1 == Op::Ule as u16);

/// Fewest inputs of each op: where repetition starts, or the signature's length.
static LEAST_INPUTS: [u8; TABLE.len()] = {
    let mut least = [0; TABLE.len()];
    let mut row = 0;
    while row < TABLE.len() {
        let signature = TABLE[row].signature.as_bytes();
        let mut inputs = 0;
        while signature[inputs] != b'>' && signature[inputs] != b'*' {
            inputs += 1;
        }
        least[row] = inputs as u8 - (signature[inputs] == b'*') as u8;
        row += 1;
    }
    least
};

impl Op {
    /// All ops, in table order.
    pub fn all() -> impl Iterator<Item = Op> {
        TABLE.iter().map(|row| row.op)
    }

    /// The op's row.
    pub fn info(self) -> &'static OpInfo {
        &TABLE[self as usize]
    }

    /// The op with this number, `None` above the ideal range.
    pub fn from_number(number: u16) -> Option<Op> {
        TABLE.get(number as usize).map(|row| row.op)
    }

    /// The op's name in the text form.
    pub fn text(self) -> &'static str {
        self.info().text
    }

    /// The op of that name.
    pub fn from_text(text: &str) -> Option<Op> {
        TABLE.iter().find(|row| row.text == text).map(|row| row.op)
    }

    /// The op's properties.
    pub fn flags(self) -> OpFlags {
        self.info().flags
    }

    /// Does it have this property?
    pub fn is(self, flag: OpFlags) -> bool {
        self.info().flags.has(flag)
    }

    /// Input letters and result letter of the signature.
    pub fn signature(self) -> (&'static str, char) {
        let (inputs, result) = self.info().signature.split_once('>').expect("a signature has a >");
        (inputs, result.chars().next().expect("a signature has a result"))
    }

    /// Fewest inputs, and whether there may be more.
    pub fn arity(self) -> (usize, bool) {
        (self.least_inputs(), self.signature().0.ends_with('*'))
    }

    /// Fewest inputs.
    pub fn least_inputs(self) -> usize {
        LEAST_INPUTS[self as usize] as usize
    }

    /// Does it compute a value from values, and at most the control that makes it safe?
    pub fn is_computation(self) -> bool {
        let shared = self.is(OpFlags::SHARED) && !self.flags().any(OpFlags::READS.or(OpFlags::CHEAP));
        let control = matches!(self, Op::Proj | Op::Pi | Op::MergeMem | Op::FrameState | Op::VirtualObj);
        (shared && !control) || matches!(self, Op::Freeze | Op::Opaque)
    }

    /// Does it take control as input 0?
    pub fn takes_control(self) -> bool {
        self.info().signature.starts_with('c')
    }

    /// Is it an integer or pointer compare?
    pub fn is_int_compare(self) -> bool {
        (Op::Eq as u16..=Op::Ule as u16).contains(&(self as u16))
    }

    /// Is it a float compare?
    pub fn is_float_compare(self) -> bool {
        (Op::FEq as u16..=Op::FOrd as u16).contains(&(self as u16))
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl fmt::Debug for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

bitflags_lite! {
    /// Flags of one node. Integer flags turn what they exclude into poison; float flags allow rewrites.
    NodeFlags: u16 {
        /// No signed wrap (`add sub mul shl neg abs trunc`); inbounds on `ptradd`.
        NSW = 1,
        /// No unsigned wrap; `nneg` on `zext` and `utof`; "input is not 0" on `ctlz cttz`.
        NUW = 2,
        /// The division or right shift has no remainder.
        EXACT = 4,
        /// The operands of `or` share no ones.
        DISJOINT = 8,
        /// No NaN operands or results.
        NNAN = 16,
        /// No infinite operands or results.
        NINF = 32,
        /// The sign of zero does not matter.
        NSZ = 64,
        /// Division may become multiplication by the reciprocal.
        ARCP = 128,
        /// May be contracted to fused operations.
        CONTRACT = 256,
        /// Functions may be approximated.
        AFN = 512,
        /// May be reassociated.
        REASSOC = 1024,
    }
}

impl NodeFlags {
    /// Every fast-math flag.
    pub const FAST: NodeFlags = NodeFlags::NNAN
        .or(NodeFlags::NINF)
        .or(NodeFlags::NSZ)
        .or(NodeFlags::ARCP)
        .or(NodeFlags::CONTRACT)
        .or(NodeFlags::AFN)
        .or(NodeFlags::REASSOC);
}
