//! Functions that generated code calls without the module naming them.

use son_ir::{Graph, NodeId, Op, Type};

/// Numbers from here on stand for runtime functions wherever a symbol's number is expected.
pub const FIRST: u32 = 1 << 31;

macro_rules! runtime_functions {
    ($($name:ident $text:literal)*) => {
        /// A runtime function.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u32)]
        #[allow(missing_docs, reason = "the functions of libc, libm and the compiler's support library by their names")]
        pub enum Runtime { $($name,)* }

        const NAMES: &[&str] = &[$($text,)*];
    };
}

runtime_functions! {
    MemCpy "memcpy"
    MemMove "memmove"
    MemSet "memset"
    Fmod "fmod"
    FmodF "fmodf"
    Fma "fma"
    FmaF "fmaf"
    Floor "floor"
    FloorF "floorf"
    Ceil "ceil"
    CeilF "ceilf"
    Trunc "trunc"
    TruncF "truncf"
    Rint "rint"
    RintF "rintf"
    Round "round"
    RoundF "roundf"
    DivTi "__divti3"
    ModTi "__modti3"
    UDivTi "__udivti3"
    UModTi "__umodti3"
    FloatTiDf "__floattidf"
    FloatTiSf "__floattisf"
    FloatUnTiDf "__floatuntidf"
    FloatUnTiSf "__floatuntisf"
    FixDfTi "__fixdfti"
    FixSfTi "__fixsfti"
    FixUnsDfTi "__fixunsdfti"
    FixUnsSfTi "__fixunssfti"
    ProbeStack "__chkstk"
    ThreadLocalIndex "_tls_index"
}

impl Runtime {
    /// The number that stands for the function.
    pub fn symbol(self) -> u32 {
        FIRST | self as u32
    }
}

/// Name of the runtime function that a number stands for, if it does.
pub fn name(symbol: u32) -> Option<&'static str> {
    NAMES.get(symbol.checked_sub(FIRST)? as usize).copied()
}

/// The function that computes a node on integers of 128 bits. In legal form operands and results of that type are words:
/// two inputs, and for results a tuple with projection 0 and 1.
pub fn on_words(graph: &Graph, node: NodeId) -> Option<Runtime> {
    let op = Op::from_number(graph.op_number(node))?;
    let is_single = |ty: Type| ty == Type::F32;
    let of_words = match op {
        Op::SToF | Op::UToF => graph.num_inputs(node) == 2,
        _ => graph.ty(node) == Type::TUPLE,
    };
    Some(match op {
        _ if !of_words => return None,
        Op::SDiv => Runtime::DivTi,
        Op::SRem => Runtime::ModTi,
        Op::UDiv => Runtime::UDivTi,
        Op::URem => Runtime::UModTi,
        Op::SToF if is_single(graph.ty(node)) => Runtime::FloatTiSf,
        Op::SToF => Runtime::FloatTiDf,
        Op::UToF if is_single(graph.ty(node)) => Runtime::FloatUnTiSf,
        Op::UToF => Runtime::FloatUnTiDf,
        Op::FToS if is_single(graph.ty(graph.input(node, 0))) => Runtime::FixSfTi,
        Op::FToS => Runtime::FixDfTi,
        Op::FToU if is_single(graph.ty(graph.input(node, 0))) => Runtime::FixUnsSfTi,
        Op::FToU => Runtime::FixUnsDfTi,
        _ => return None,
    })
}
