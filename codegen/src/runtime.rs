//! Functions that generated code calls without the module naming them.

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
    Deoptimize "son_deoptimize"
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
