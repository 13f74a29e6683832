//! The words of the language, and how a word of the text finds its number.

macro_rules! keywords {
    ($($name:ident $text:literal)*) => {
        /// A reserved word of LLVM IR text.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u16)]
        pub enum Keyword {
            $(#[doc = concat!("`", $text, "`")] $name,)*
            /// Any other word.
            Unknown,
        }

        const KEYWORDS: &[(Keyword, &str)] = &[$((Keyword::$name, $text)),*];
    };
}

// Attributes without argument come first: an attribute set is a bit per number.
keywords! {
    AllocAlign "allocalign" AllocPtr "allocptr" AlwaysInline "alwaysinline" ArgMemOnly "argmemonly"
    Builtin "builtin" Cold "cold" Convergent "convergent"
    CoroDestroyOnlyWhenComplete "coro_only_destroy_when_complete" CoroElideSafe "coro_elide_safe"
    DeadOnReturn "dead_on_return" DeadOnUnwind "dead_on_unwind"
    DisableSanitizerInstrumentation "disable_sanitizer_instrumentation"
    FnRetThunkExtern "fn_ret_thunk_extern" Hot "hot" HybridPatchable "hybrid_patchable" ImmArg "immarg"
    InReg "inreg" InaccessibleMemOnly "inaccessiblememonly"
    InaccessibleMemOrArgMemOnly "inaccessiblemem_or_argmemonly" InlineHint "inlinehint"
    JumpTable "jumptable" MinSize "minsize" MustProgress "mustprogress" Naked "naked" Nest "nest"
    NoAlias "noalias" NoBuiltin "nobuiltin" NoCallback "nocallback" NoCapture "nocapture"
    NoCfCheck "nocf_check" NoCreateUndefOrPoison "nocreateundeforpoison"
    NoDivergenceSource "nodivergencesource" NoDuplicate "noduplicate" NoExt "noext" NoFree "nofree"
    NoImplicitFloat "noimplicitfloat" NoInline "noinline" NoMerge "nomerge" NonLazyBind "nonlazybind"
    NonNull "nonnull" NoOutline "nooutline" NoProfile "noprofile" NoRecurse "norecurse"
    NoRedZone "noredzone" NoReturn "noreturn" NoSanitizeBounds "nosanitize_bounds"
    NoSanitizeCoverage "nosanitize_coverage" NoSync "nosync" NoUndef "noundef" NoUnwind "nounwind"
    NullPointerIsValid "null_pointer_is_valid" OptForFuzzing "optforfuzzing" OptDebug "optdebug"
    OptNone "optnone" OptSize "optsize" PresplitCoroutine "presplitcoroutine" ReadNone "readnone"
    ReadOnly "readonly" Returned "returned" ReturnsTwice "returns_twice" SafeStack "safestack"
    SanitizeAddress "sanitize_address" SanitizeAllocToken "sanitize_alloc_token"
    SanitizeHwAddress "sanitize_hwaddress" SanitizeMemory "sanitize_memory"
    SanitizeMemTag "sanitize_memtag" SanitizeNumericalStability "sanitize_numerical_stability"
    SanitizeRealtime "sanitize_realtime" SanitizeRealtimeBlocking "sanitize_realtime_blocking"
    SanitizeThread "sanitize_thread" SanitizeType "sanitize_type" ShadowCallStack "shadowcallstack"
    SignExt "signext" SkipProfile "skipprofile" Speculatable "speculatable"
    SpeculativeLoadHardening "speculative_load_hardening" Ssp "ssp" SspReq "sspreq"
    SspStrong "sspstrong" StrictFp "strictfp" SwiftAsync "swiftasync" SwiftError "swifterror"
    SwiftSelf "swiftself" UwTable "uwtable" WillReturn "willreturn" Writable "writable"
    WriteOnly "writeonly" ZeroExt "zeroext"
    // Attributes with an argument.
    Align "align" AlignStack "alignstack" AllocKind "allockind" AllocSize "allocsize" ByRef "byref"
    ByVal "byval" Captures "captures" Dereferenceable "dereferenceable"
    DereferenceableOrNull "dereferenceable_or_null" ElementType "elementtype" InAlloca "inalloca"
    Initializes "initializes" Memory "memory" NoFpClass "nofpclass" Preallocated "preallocated"
    Range "range" SRet "sret" VscaleRange "vscale_range"
    // Types.
    BFloat "bfloat" Double "double" Float "float" Fp128 "fp128" Half "half" Label "label"
    Metadata "metadata" Opaque "opaque" PpcFp128 "ppc_fp128" Ptr "ptr" Target "target" Token "token"
    Type "type" Void "void" Vscale "vscale" X "x" X86Amx "x86_amx" X86Fp80 "x86_fp80"
    X86Mmx "x86_mmx"
    // Top level.
    AddrSpace "addrspace" Alias "alias" Any "any" Asm "asm" Attributes "attributes"
    CodeModel "code_model" Comdat "comdat" Constant "constant" DataLayout "datalayout"
    Declare "declare" Define "define" Distinct "distinct" ExactMatch "exactmatch"
    ExternallyInitialized "externally_initialized" Gc "gc" Global "global" IFunc "ifunc"
    Largest "largest" LocalUnnamedAddr "local_unnamed_addr" Module "module"
    NoDuplicates "nodeduplicate" NoSanitizeAddress "no_sanitize_address"
    NoSanitizeHwAddress "no_sanitize_hwaddress" Partition "partition" Personality "personality"
    Prefix "prefix" Prologue "prologue" SameSize "samesize"
    SanitizeAddressDyninit "sanitize_address_dyninit" Section "section"
    SourceFilename "source_filename" Sync "sync" Async "async" Triple "triple"
    UnnamedAddr "unnamed_addr" UseListOrder "uselistorder" UseListOrderBb "uselistorder_bb"
    // Linkage, preemption, visibility, DLL storage, thread-local models.
    Appending "appending" AvailableExternally "available_externally" Common "common"
    ExternWeak "extern_weak" External "external" Internal "internal" LinkOnce "linkonce"
    LinkOnceOdr "linkonce_odr" Private "private" Weak "weak" WeakOdr "weak_odr"
    DsoLocal "dso_local" DsoPreemptable "dso_preemptable" Default "default" Hidden "hidden"
    Protected "protected" DllExport "dllexport" DllImport "dllimport" InitialExec "initialexec"
    LocalDynamic "localdynamic" LocalExec "localexec" ThreadLocal "thread_local"
    // Calling conventions.
    AArch64SvePcs "aarch64_sve_vector_pcs" AArch64VectorPcs "aarch64_vector_pcs"
    AmdGpuCs "amdgpu_cs" AmdGpuKernel "amdgpu_kernel" AnyReg "anyregcc" ArmAapcs "arm_aapcscc"
    ArmAapcsVfp "arm_aapcs_vfpcc" ArmApcs "arm_apcscc" CCc "ccc" Cc "cc" CfGuardCheck "cfguard_checkcc"
    Coldcc "coldcc" Fastcc "fastcc" Ghc "ghccc" Graal "graalcc" HhvmC "hhvm_ccc" Hhvm "hhvmcc"
    IntelOcl "intel_ocl_bicc" Msp430Intr "msp430_intrcc" PreserveAll "preserve_allcc"
    PreserveMost "preserve_mostcc" PreserveNone "preserve_nonecc" PtxDevice "ptx_device"
    PtxKernel "ptx_kernel" RiscvVector "riscv_vector_cc" SpirFunc "spir_func"
    SpirKernel "spir_kernel" SwiftTail "swifttailcc" Swift "swiftcc" TailCc "tailcc"
    Win64 "win64cc" X86_64SysV "x86_64_sysvcc" X86FastCall "x86_fastcallcc" X86Intr "x86_intrcc"
    X86RegCall "x86_regcallcc" X86StdCall "x86_stdcallcc" X86ThisCall "x86_thiscallcc"
    X86VectorCall "x86_vectorcallcc"
    // Constants.
    BlockAddress "blockaddress" DsoLocalEquivalent "dso_local_equivalent" False "false"
    InRange "inrange" IntelDialect "inteldialect" NoCfi "no_cfi" None "none" Null "null"
    Poison "poison" PtrAuth "ptrauth" SideEffect "sideeffect" Splat "splat" True "true"
    Undef "undef" Unwind "unwind" ZeroInitializer "zeroinitializer"
    // Flags.
    Afn "afn" Arcp "arcp" Contract "contract" Disjoint "disjoint" Exact "exact" Fast "fast"
    InBounds "inbounds" MustTail "musttail" NInf "ninf" NNan "nnan" NNeg "nneg" NoTail "notail"
    Nsw "nsw" Nsz "nsz" Nusw "nusw" Nuw "nuw" Reassoc "reassoc" SameSign "samesign" Tail "tail"
    Volatile "volatile"
    // Predicates.
    Eq "eq" Ne "ne" Sge "sge" Sgt "sgt" Sle "sle" Slt "slt" Uge "uge" Ugt "ugt" Ule "ule" Ult "ult"
    Oeq "oeq" Oge "oge" Ogt "ogt" Ole "ole" Olt "olt" One "one" Ord "ord" Ueq "ueq" Une "une"
    Uno "uno"
    // Atomics.
    AcqRel "acq_rel" Acquire "acquire" Atomic "atomic" Monotonic "monotonic" Release "release"
    SeqCst "seq_cst" SyncScope "syncscope" Unordered "unordered"
    FMax "fmax" FMaximum "fmaximum" FMin "fmin" FMinimum "fminimum" Max "max" Min "min" Nand "nand"
    UdecWrap "udec_wrap" UincWrap "uinc_wrap" UMax "umax" UMin "umin" USubCond "usub_cond"
    USubSat "usub_sat" Xchg "xchg"
    // Instructions.
    AShr "ashr" Add "add" AddrSpaceCast "addrspacecast" Alloca "alloca" And "and"
    AtomicRmw "atomicrmw" BitCast "bitcast" Br "br" Call "call" CallBr "callbr" CatchPad "catchpad"
    CatchRet "catchret" CatchSwitch "catchswitch" CleanupPad "cleanuppad" CleanupRet "cleanupret"
    CmpXchg "cmpxchg" ExtractElement "extractelement" ExtractValue "extractvalue" FAdd "fadd"
    FCmp "fcmp" FDiv "fdiv" FMul "fmul" FNeg "fneg" FpExt "fpext" FpToSi "fptosi" FpToUi "fptoui"
    FpTrunc "fptrunc" FRem "frem" FSub "fsub" Fence "fence" Freeze "freeze"
    GetElementPtr "getelementptr" ICmp "icmp" IndirectBr "indirectbr"
    InsertElement "insertelement" InsertValue "insertvalue" IntToPtr "inttoptr" Invoke "invoke"
    LandingPad "landingpad" LShr "lshr" Load "load" Mul "mul" Or "or" Phi "phi"
    PtrToAddr "ptrtoaddr" PtrToInt "ptrtoint" Resume "resume" Ret "ret" SDiv "sdiv" SExt "sext"
    SiToFp "sitofp" SRem "srem" Select "select" Shl "shl" ShuffleVector "shufflevector"
    Store "store" Sub "sub" Switch "switch" Trunc "trunc" UDiv "udiv" UiToFp "uitofp" URem "urem"
    Unreachable "unreachable" VaArg "va_arg" Xor "xor" ZExt "zext"
    // Parts of instructions.
    Catch "catch" Cleanup "cleanup" Filter "filter" From "from" To "to" Within "within"
}

/// Number of attributes that stand alone: the keywords up to `zeroext`.
pub(crate) const PLAIN_ATTRIBUTES: u16 = Keyword::ZeroExt as u16 + 1;
const _: () = assert!(PLAIN_ATTRIBUTES <= 128, "an attribute set is 128 bits");

impl Keyword {
    /// As written.
    pub fn text(self) -> &'static str {
        KEYWORDS.get(self as usize).map_or("?", |(_, text)| text)
    }
}

/// What identifies a word: length, first eight bytes, last eight bytes (0 when it has no more than
/// eight). Up to 16 bytes that is the whole word.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    len: u32,
    head: u64,
    tail: u64,
}

#[derive(Clone, Copy)]
struct Slot {
    key: Key,
    keyword: Keyword,
}

const SLOT_BITS: u32 = 11;
const SLOTS: usize = 1 << SLOT_BITS;
const EMPTY: Slot = Slot { key: Key { len: 0, head: 0, tail: 0 }, keyword: Keyword::Unknown };

/// Open addressing, filled by the compiler.
static TABLE: [Slot; SLOTS] = build_table();

const fn build_table() -> [Slot; SLOTS] {
    let mut table = [EMPTY; SLOTS];
    let mut index = 0;
    while index < KEYWORDS.len() {
        let (keyword, text) = KEYWORDS[index];
        assert!(keyword as usize == index);
        let text = text.as_bytes();
        let tail_start = if text.len() > 8 { text.len() - 8 } else { text.len() };
        let key = Key { len: text.len() as u32, head: load(text, 0), tail: load(text, tail_start) };
        let mut slot = key.hash();
        while table[slot].key.len != 0 {
            slot = (slot + 1) % SLOTS;
        }
        table[slot] = Slot { key, keyword };
        index += 1;
    }
    table
}

/// Up to eight bytes, little endian.
const fn load(text: &[u8], start: usize) -> u64 {
    let mut value = 0;
    let mut index = start;
    while index < text.len() && index < start + 8 {
        value |= (text[index] as u64) << (8 * (index - start));
        index += 1;
    }
    value
}

impl Key {
    const fn hash(&self) -> usize {
        let mixed = (self.head ^ self.tail.rotate_left(21)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> (64 - SLOT_BITS)) as usize
    }
}

/// The keyword that `text[start..end]` is.
#[inline]
pub(crate) fn lookup(text: &[u8], start: usize, end: usize) -> Keyword {
    let len = end - start;
    let head = match text.get(start..start + 8) {
        Some(eight) => u64::from_le_bytes(eight.try_into().expect("eight bytes")),
        None => load(text, start),
    };
    let key = if len > 8 {
        let tail = text[end - 8..end].try_into().expect("eight bytes");
        Key { len: len as u32, head, tail: u64::from_le_bytes(tail) }
    } else {
        Key { len: len as u32, head: head & (u64::MAX >> (64 - 8 * len.max(1))), tail: 0 }
    };
    let mut slot = key.hash();
    loop {
        let entry = &TABLE[slot];
        if entry.key == key && (len <= 16 || text[start..end] == *entry.keyword.text().as_bytes()) {
            return entry.keyword;
        }
        if entry.key.len == 0 {
            return Keyword::Unknown;
        }
        slot = (slot + 1) % SLOTS;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_keyword_is_found_and_no_other_word() {
        for (keyword, text) in KEYWORDS {
            let padded = format!("({text}        ");
            assert_eq!(lookup(padded.as_bytes(), 1, 1 + text.len()), *keyword, "{text}");
            assert_eq!(lookup(text.as_bytes(), 0, text.len()), *keyword, "{text} at the end");
            let longer = format!("{text}z");
            assert_eq!(lookup(longer.as_bytes(), 0, longer.len()), Keyword::Unknown, "{longer}");
        }
        assert_eq!(lookup(b"dereferenceable_xx_null", 0, 23), Keyword::Unknown);
    }
}
