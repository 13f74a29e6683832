//! The table of instruction forms.

use super::{Field, Width};

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    /// The bits that are the same in all instructions of the form.
    pub bits: u32,
    /// How the width is written.
    pub width: Width,
    /// The operands.
    pub fields: &'static [Field],
    /// The text, with `{}` for each operand and `{m}` for the ending that the width gives to the name.
    pub text: &'static str,
}

impl Row {
    /// The bits that are fixed.
    pub(super) fn fixed(&self) -> u32 {
        !self.fields.iter().fold(self.width.mask(), |mask, field| mask | field.mask())
    }
}

macro_rules! forms {
    ($($name:ident $text:literal $bits:literal $width:ident $(($size:literal))? [$($field:ident $(($($place:literal),*))?),*])*) => {
        /// A form of an instruction.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u16)]
        pub enum Form { $(#[doc = concat!("`", $text, "`")] $name,)* }

        /// The table, indexed by form.
        pub static FORMS: &[Row] = &[$(Row {
            bits: $bits,
            width: Width::$width $(($size))?,
            fields: &[$(Field::$field $(($($place),*))?),*],
            text: $text,
        },)*];

        const ALL: &[Form] = &[$(Form::$name,)*];
    };
}

impl Form {
    /// The row of the form.
    pub fn row(self) -> &'static Row {
        &FORMS[self as usize]
    }

    /// The form of a row of the table.
    ///
    /// # Panics
    /// If it is another row.
    pub fn of(row: &Row) -> Form {
        let number = FORMS.iter().position(|other| std::ptr::eq(other, row));
        Form::nth(number.expect("a row of the table"))
    }

    /// The form with this number.
    pub(super) fn nth(number: usize) -> Form {
        ALL[number]
    }
}

forms! {
    // Arithmetic with an immediate of 12 bits.
    AddI "add {}, {}, {}{}" 0x11000000 Word [Stack(0), Stack(5), Number(10, 12), Shifted12]
    AddsI "adds {}, {}, {}{}" 0x31000000 Word [Reg(0), Stack(5), Number(10, 12), Shifted12]
    SubI "sub {}, {}, {}{}" 0x51000000 Word [Stack(0), Stack(5), Number(10, 12), Shifted12]
    SubsI "subs {}, {}, {}{}" 0x71000000 Word [Reg(0), Stack(5), Number(10, 12), Shifted12]

    // Logic with a bitmask.
    AndI "and {}, {}, {}" 0x12000000 Word [Stack(0), Reg(5), Bitmask]
    OrrI "orr {}, {}, {}" 0x32000000 Word [Stack(0), Reg(5), Bitmask]
    EorI "eor {}, {}, {}" 0x52000000 Word [Stack(0), Reg(5), Bitmask]
    AndsI "ands {}, {}, {}" 0x72000000 Word [Reg(0), Reg(5), Bitmask]

    // Constants of 16 bits in one of the parts of a register.
    Movn "movn {}, {}{}" 0x12800000 Word [Reg(0), Number(5, 16), Part]
    Movz "movz {}, {}{}" 0x52800000 Word [Reg(0), Number(5, 16), Part]
    Movk "movk {}, {}{}" 0x72800000 Word [Reg(0), Number(5, 16), Part]

    // Bit fields.
    Sbfm "sbfm {}, {}, {}, {}" 0x13000000 Bitfield [Reg(0), Reg(5), Bit(16), Bit(10)]
    Bfm "bfm {}, {}, {}, {}" 0x33000000 Bitfield [Reg(0), Reg(5), Bit(16), Bit(10)]
    Ubfm "ubfm {}, {}, {}, {}" 0x53000000 Bitfield [Reg(0), Reg(5), Bit(16), Bit(10)]
    Extr "extr {}, {}, {}, {}" 0x13800000 Bitfield [Reg(0), Reg(5), Reg(16), Bit(10)]

    // Arithmetic and logic with a shifted register.
    Add "add {}, {}, {}, {} {}" 0x0b000000 Word [Reg(0), Reg(5), Reg(16), ShiftKind(false), Bit(10)]
    Adds "adds {}, {}, {}, {} {}" 0x2b000000 Word [Reg(0), Reg(5), Reg(16), ShiftKind(false), Bit(10)]
    Sub "sub {}, {}, {}, {} {}" 0x4b000000 Word [Reg(0), Reg(5), Reg(16), ShiftKind(false), Bit(10)]
    Subs "subs {}, {}, {}, {} {}" 0x6b000000 Word [Reg(0), Reg(5), Reg(16), ShiftKind(false), Bit(10)]
    And "and {}, {}, {}, {} {}" 0x0a000000 Word [Reg(0), Reg(5), Reg(16), ShiftKind(true), Bit(10)]
    Bic "bic {}, {}, {}, {} {}" 0x0a200000 Word [Reg(0), Reg(5), Reg(16), ShiftKind(true), Bit(10)]
    Orr "orr {}, {}, {}, {} {}" 0x2a000000 Word [Reg(0), Reg(5), Reg(16), ShiftKind(true), Bit(10)]
    Orn "orn {}, {}, {}, {} {}" 0x2a200000 Word [Reg(0), Reg(5), Reg(16), ShiftKind(true), Bit(10)]
    Eor "eor {}, {}, {}, {} {}" 0x4a000000 Word [Reg(0), Reg(5), Reg(16), ShiftKind(true), Bit(10)]
    Eon "eon {}, {}, {}, {} {}" 0x4a200000 Word [Reg(0), Reg(5), Reg(16), ShiftKind(true), Bit(10)]
    Ands "ands {}, {}, {}, {} {}" 0x6a000000 Word [Reg(0), Reg(5), Reg(16), ShiftKind(true), Bit(10)]
    Bics "bics {}, {}, {}, {} {}" 0x6a200000 Word [Reg(0), Reg(5), Reg(16), ShiftKind(true), Bit(10)]

    // Arithmetic with an extended register.
    AddX "add {}, {}, {}, {} {}" 0x0b200000 Word [Stack(0), Stack(5), W(16), Extension, Shift4(10)]
    AddsX "adds {}, {}, {}, {} {}" 0x2b200000 Word [Reg(0), Stack(5), W(16), Extension, Shift4(10)]
    SubX "sub {}, {}, {}, {} {}" 0x4b200000 Word [Stack(0), Stack(5), W(16), Extension, Shift4(10)]
    SubsX "subs {}, {}, {}, {} {}" 0x6b200000 Word [Reg(0), Stack(5), W(16), Extension, Shift4(10)]
    AddSp "add {}, {}, {}, uxtx {}" 0x8b206000 Fixed(8) [Address(0), Address(5), X(16), Shift4(10)]
    SubSp "sub {}, {}, {}, uxtx {}" 0xcb206000 Fixed(8) [Address(0), Address(5), X(16), Shift4(10)]

    // Arithmetic with the carry.
    Adc "adc {}, {}, {}" 0x1a000000 Word [Reg(0), Reg(5), Reg(16)]
    Adcs "adcs {}, {}, {}" 0x3a000000 Word [Reg(0), Reg(5), Reg(16)]
    Sbc "sbc {}, {}, {}" 0x5a000000 Word [Reg(0), Reg(5), Reg(16)]
    Sbcs "sbcs {}, {}, {}" 0x7a000000 Word [Reg(0), Reg(5), Reg(16)]

    // Conditional compares and selects.
    Ccmn "ccmn {}, {}, {}, {}" 0x3a400000 Word [Reg(5), Reg(16), Number(0, 4), Condition(12)]
    CcmnI "ccmn {}, {}, {}, {}" 0x3a400800 Word [Reg(5), Number(16, 5), Number(0, 4), Condition(12)]
    Ccmp "ccmp {}, {}, {}, {}" 0x7a400000 Word [Reg(5), Reg(16), Number(0, 4), Condition(12)]
    CcmpI "ccmp {}, {}, {}, {}" 0x7a400800 Word [Reg(5), Number(16, 5), Number(0, 4), Condition(12)]
    Csel "csel {}, {}, {}, {}" 0x1a800000 Word [Reg(0), Reg(5), Reg(16), Condition(12)]
    Csinc "csinc {}, {}, {}, {}" 0x1a800400 Word [Reg(0), Reg(5), Reg(16), Condition(12)]
    Csinv "csinv {}, {}, {}, {}" 0x5a800000 Word [Reg(0), Reg(5), Reg(16), Condition(12)]
    Csneg "csneg {}, {}, {}, {}" 0x5a800400 Word [Reg(0), Reg(5), Reg(16), Condition(12)]

    // Division, shifts by registers.
    Udiv "udiv {}, {}, {}" 0x1ac00800 Word [Reg(0), Reg(5), Reg(16)]
    Sdiv "sdiv {}, {}, {}" 0x1ac00c00 Word [Reg(0), Reg(5), Reg(16)]
    Lslv "lslv {}, {}, {}" 0x1ac02000 Word [Reg(0), Reg(5), Reg(16)]
    Lsrv "lsrv {}, {}, {}" 0x1ac02400 Word [Reg(0), Reg(5), Reg(16)]
    Asrv "asrv {}, {}, {}" 0x1ac02800 Word [Reg(0), Reg(5), Reg(16)]
    Rorv "rorv {}, {}, {}" 0x1ac02c00 Word [Reg(0), Reg(5), Reg(16)]

    // One source.
    Rbit "rbit {}, {}" 0x5ac00000 Word [Reg(0), Reg(5)]
    Rev16 "rev16 {}, {}" 0x5ac00400 Word [Reg(0), Reg(5)]
    Clz "clz {}, {}" 0x5ac01000 Word [Reg(0), Reg(5)]
    Cls "cls {}, {}" 0x5ac01400 Word [Reg(0), Reg(5)]
    RevW "rev {}, {}" 0x5ac00800 Fixed(4) [W(0), W(5)]
    Rev32 "rev32 {}, {}" 0xdac00800 Fixed(8) [X(0), X(5)]
    RevX "rev {}, {}" 0xdac00c00 Fixed(8) [X(0), X(5)]

    // Multiplication.
    Madd "madd {}, {}, {}, {}" 0x1b000000 Word [Reg(0), Reg(5), Reg(16), Reg(10)]
    Msub "msub {}, {}, {}, {}" 0x1b008000 Word [Reg(0), Reg(5), Reg(16), Reg(10)]
    Smaddl "smaddl {}, {}, {}, {}" 0x9b200000 Fixed(8) [X(0), W(5), W(16), X(10)]
    Smsubl "smsubl {}, {}, {}, {}" 0x9b208000 Fixed(8) [X(0), W(5), W(16), X(10)]
    Umaddl "umaddl {}, {}, {}, {}" 0x9ba00000 Fixed(8) [X(0), W(5), W(16), X(10)]
    Umsubl "umsubl {}, {}, {}, {}" 0x9ba08000 Fixed(8) [X(0), W(5), W(16), X(10)]
    Smulh "smulh {}, {}, {}" 0x9b407c00 Fixed(8) [X(0), X(5), X(16)]
    Umulh "umulh {}, {}, {}" 0x9bc07c00 Fixed(8) [X(0), X(5), X(16)]

    // Loads and stores. `LdrsX` extends to 64 bits, `LdrsW` to 32.
    Ldr "ldr{m} {}, [{}, {}]" 0x39400000 Access [Reg(0), Address(5), Scaled(10, 12)]
    LdrNear "ldur{m} {}, [{}, {}]" 0x38400000 Access [Reg(0), Address(5), Signed(12, 9)]
    LdrPost "ldr{m} {}, [{}], {}" 0x38400400 Access [Reg(0), Address(5), Signed(12, 9)]
    LdrPre "ldr{m} {}, [{}, {}]!" 0x38400c00 Access [Reg(0), Address(5), Signed(12, 9)]
    LdrIndex "ldr{m} {}, [{}, {}{}]" 0x38606800 Access [Reg(0), Address(5), X(16), IndexShift]
    LdrExtended "ldr{m} {}, [{}, {}, {}{}]" 0x38600800 Access [Reg(0), Address(5), W(16), IndexExtension, IndexAmount]
    Str "str{m} {}, [{}, {}]" 0x39000000 Access [Reg(0), Address(5), Scaled(10, 12)]
    StrNear "stur{m} {}, [{}, {}]" 0x38000000 Access [Reg(0), Address(5), Signed(12, 9)]
    StrPost "str{m} {}, [{}], {}" 0x38000400 Access [Reg(0), Address(5), Signed(12, 9)]
    StrPre "str{m} {}, [{}, {}]!" 0x38000c00 Access [Reg(0), Address(5), Signed(12, 9)]
    StrIndex "str{m} {}, [{}, {}{}]" 0x38206800 Access [Reg(0), Address(5), X(16), IndexShift]
    StrExtended "str{m} {}, [{}, {}, {}{}]" 0x38200800 Access [Reg(0), Address(5), W(16), IndexExtension, IndexAmount]
    LdrsX "ldrs{m} {}, [{}, {}]" 0x39800000 Signed(3) [X(0), Address(5), Scaled(10, 12)]
    LdrsXNear "ldurs{m} {}, [{}, {}]" 0x38800000 Signed(3) [X(0), Address(5), Signed(12, 9)]
    LdrsXPost "ldrs{m} {}, [{}], {}" 0x38800400 Signed(3) [X(0), Address(5), Signed(12, 9)]
    LdrsXPre "ldrs{m} {}, [{}, {}]!" 0x38800c00 Signed(3) [X(0), Address(5), Signed(12, 9)]
    LdrsXIndex "ldrs{m} {}, [{}, {}{}]" 0x38a06800 Signed(3) [X(0), Address(5), X(16), IndexShift]
    LdrsXExtended "ldrs{m} {}, [{}, {}, {}{}]" 0x38a00800 Signed(3) [X(0), Address(5), W(16), IndexExtension, IndexAmount]
    LdrsW "ldrs{m} {}, [{}, {}]" 0x39c00000 Signed(2) [W(0), Address(5), Scaled(10, 12)]
    LdrsWNear "ldurs{m} {}, [{}, {}]" 0x38c00000 Signed(2) [W(0), Address(5), Signed(12, 9)]
    LdrsWPost "ldrs{m} {}, [{}], {}" 0x38c00400 Signed(2) [W(0), Address(5), Signed(12, 9)]
    LdrsWPre "ldrs{m} {}, [{}, {}]!" 0x38c00c00 Signed(2) [W(0), Address(5), Signed(12, 9)]
    LdrsWIndex "ldrs{m} {}, [{}, {}{}]" 0x38e06800 Signed(2) [W(0), Address(5), X(16), IndexShift]
    LdrsWExtended "ldrs{m} {}, [{}, {}, {}{}]" 0x38e00800 Signed(2) [W(0), Address(5), W(16), IndexExtension, IndexAmount]
    LdrF "ldr {}, [{}, {}]" 0x3d400000 FloatAccess [Float(0), Address(5), Scaled(10, 12)]
    LdrFNear "ldur {}, [{}, {}]" 0x3c400000 FloatAccess [Float(0), Address(5), Signed(12, 9)]
    LdrFPost "ldr {}, [{}], {}" 0x3c400400 FloatAccess [Float(0), Address(5), Signed(12, 9)]
    LdrFPre "ldr {}, [{}, {}]!" 0x3c400c00 FloatAccess [Float(0), Address(5), Signed(12, 9)]
    LdrFIndex "ldr {}, [{}, {}{}]" 0x3c606800 FloatAccess [Float(0), Address(5), X(16), IndexShift]
    LdrFExtended "ldr {}, [{}, {}, {}{}]" 0x3c600800 FloatAccess [Float(0), Address(5), W(16), IndexExtension, IndexAmount]
    StrF "str {}, [{}, {}]" 0x3d000000 FloatAccess [Float(0), Address(5), Scaled(10, 12)]
    StrFNear "stur {}, [{}, {}]" 0x3c000000 FloatAccess [Float(0), Address(5), Signed(12, 9)]
    StrFPost "str {}, [{}], {}" 0x3c000400 FloatAccess [Float(0), Address(5), Signed(12, 9)]
    StrFPre "str {}, [{}, {}]!" 0x3c000c00 FloatAccess [Float(0), Address(5), Signed(12, 9)]
    StrFIndex "str {}, [{}, {}{}]" 0x3c206800 FloatAccess [Float(0), Address(5), X(16), IndexShift]
    StrFExtended "str {}, [{}, {}, {}{}]" 0x3c200800 FloatAccess [Float(0), Address(5), W(16), IndexExtension, IndexAmount]

    // Loads relative to the program counter.
    LdrLiteral "ldr {}, {}" 0x18000000 Bit30 [Reg(0), Target(5, 19)]
    LdrFLiteral "ldr {}, {}" 0x1c000000 FloatPair [Float(0), Target(5, 19)]

    // Pairs.
    Stp "stp {}, {}, [{}, {}]" 0x29000000 Word [Reg(0), Reg(10), Address(5), SignedScaled(15, 7)]
    StpF "stp {}, {}, [{}, {}]" 0x2d000000 FloatPair [Float(0), Float(10), Address(5), SignedScaled(15, 7)]
    StpPre "stp {}, {}, [{}, {}]!" 0x29800000 Word [Reg(0), Reg(10), Address(5), SignedScaled(15, 7)]
    StpFPre "stp {}, {}, [{}, {}]!" 0x2d800000 FloatPair [Float(0), Float(10), Address(5), SignedScaled(15, 7)]
    StpPost "stp {}, {}, [{}], {}" 0x28800000 Word [Reg(0), Reg(10), Address(5), SignedScaled(15, 7)]
    StpFPost "stp {}, {}, [{}], {}" 0x2c800000 FloatPair [Float(0), Float(10), Address(5), SignedScaled(15, 7)]
    Ldp "ldp {}, {}, [{}, {}]" 0x29400000 Word [Reg(0), Reg(10), Address(5), SignedScaled(15, 7)]
    LdpF "ldp {}, {}, [{}, {}]" 0x2d400000 FloatPair [Float(0), Float(10), Address(5), SignedScaled(15, 7)]
    LdpPre "ldp {}, {}, [{}, {}]!" 0x29c00000 Word [Reg(0), Reg(10), Address(5), SignedScaled(15, 7)]
    LdpFPre "ldp {}, {}, [{}, {}]!" 0x2dc00000 FloatPair [Float(0), Float(10), Address(5), SignedScaled(15, 7)]
    LdpPost "ldp {}, {}, [{}], {}" 0x28c00000 Word [Reg(0), Reg(10), Address(5), SignedScaled(15, 7)]
    LdpFPost "ldp {}, {}, [{}], {}" 0x2cc00000 FloatPair [Float(0), Float(10), Address(5), SignedScaled(15, 7)]

    // Exclusive, ordered and atomic accesses.
    Ldxr "ldxr{m} {}, [{}]" 0x085f7c00 Access [Reg(0), Address(5)]
    Ldaxr "ldaxr{m} {}, [{}]" 0x085ffc00 Access [Reg(0), Address(5)]
    Ldar "ldar{m} {}, [{}]" 0x08dffc00 Access [Reg(0), Address(5)]
    Stlr "stlr{m} {}, [{}]" 0x089ffc00 Access [Reg(0), Address(5)]
    Stxr "stxr{m} {}, {}, [{}]" 0x08007c00 Access [W(16), Reg(0), Address(5)]
    Stlxr "stlxr{m} {}, {}, [{}]" 0x0800fc00 Access [W(16), Reg(0), Address(5)]
    Ldxp "ldxp {}, {}, [{}]" 0x887f0000 Bit30 [Reg(0), Reg(10), Address(5)]
    Ldaxp "ldaxp {}, {}, [{}]" 0x887f8000 Bit30 [Reg(0), Reg(10), Address(5)]
    Stxp "stxp {}, {}, {}, [{}]" 0x88200000 Bit30 [W(16), Reg(0), Reg(10), Address(5)]
    Stlxp "stlxp {}, {}, {}, [{}]" 0x88208000 Bit30 [W(16), Reg(0), Reg(10), Address(5)]
    Ldadd "ldadd{m} {}, {}, [{}]" 0x38200000 Access [Reg(16), Reg(0), Address(5)]
    LdaddAl "ldaddal{m} {}, {}, [{}]" 0x38e00000 Access [Reg(16), Reg(0), Address(5)]
    Ldclr "ldclr{m} {}, {}, [{}]" 0x38201000 Access [Reg(16), Reg(0), Address(5)]
    LdclrAl "ldclral{m} {}, {}, [{}]" 0x38e01000 Access [Reg(16), Reg(0), Address(5)]
    Ldeor "ldeor{m} {}, {}, [{}]" 0x38202000 Access [Reg(16), Reg(0), Address(5)]
    LdeorAl "ldeoral{m} {}, {}, [{}]" 0x38e02000 Access [Reg(16), Reg(0), Address(5)]
    Ldset "ldset{m} {}, {}, [{}]" 0x38203000 Access [Reg(16), Reg(0), Address(5)]
    LdsetAl "ldsetal{m} {}, {}, [{}]" 0x38e03000 Access [Reg(16), Reg(0), Address(5)]
    Ldsmax "ldsmax{m} {}, {}, [{}]" 0x38204000 Access [Reg(16), Reg(0), Address(5)]
    LdsmaxAl "ldsmaxal{m} {}, {}, [{}]" 0x38e04000 Access [Reg(16), Reg(0), Address(5)]
    Ldsmin "ldsmin{m} {}, {}, [{}]" 0x38205000 Access [Reg(16), Reg(0), Address(5)]
    LdsminAl "ldsminal{m} {}, {}, [{}]" 0x38e05000 Access [Reg(16), Reg(0), Address(5)]
    Ldumax "ldumax{m} {}, {}, [{}]" 0x38206000 Access [Reg(16), Reg(0), Address(5)]
    LdumaxAl "ldumaxal{m} {}, {}, [{}]" 0x38e06000 Access [Reg(16), Reg(0), Address(5)]
    Ldumin "ldumin{m} {}, {}, [{}]" 0x38207000 Access [Reg(16), Reg(0), Address(5)]
    LduminAl "lduminal{m} {}, {}, [{}]" 0x38e07000 Access [Reg(16), Reg(0), Address(5)]
    Swp "swp{m} {}, {}, [{}]" 0x38208000 Access [Reg(16), Reg(0), Address(5)]
    SwpAl "swpal{m} {}, {}, [{}]" 0x38e08000 Access [Reg(16), Reg(0), Address(5)]
    Cas "cas{m} {}, {}, [{}]" 0x08a07c00 Access [Reg(16), Reg(0), Address(5)]
    CaspAl "caspal {}, {}, [{}]" 0x0860fc00 Bit30 [Pair(16), Pair(0), Address(5)]
    CasAl "casal{m} {}, {}, [{}]" 0x08e0fc00 Access [Reg(16), Reg(0), Address(5)]
    DmbIsh "dmb ish" 0xd5033bbf Fixed(8) []
    DmbIshld "dmb ishld" 0xd50339bf Fixed(8) []
    DmbIshst "dmb ishst" 0xd5033abf Fixed(8) []
    Clrex "clrex" 0xd5033f5f Fixed(8) []

    // Branches and addresses.
    B "b {}" 0x14000000 Fixed(8) [Target(0, 26)]
    Bl "bl {}" 0x94000000 Fixed(8) [Target(0, 26)]
    BCond "b.{} {}" 0x54000000 Fixed(8) [Condition(0), Target(5, 19)]
    Cbz "cbz {}, {}" 0x34000000 Word [Reg(0), Target(5, 19)]
    Cbnz "cbnz {}, {}" 0x35000000 Word [Reg(0), Target(5, 19)]
    Tbz "tbz {}, {}, {}" 0x36000000 Fixed(8) [X(0), TestedBit, Target(5, 14)]
    Tbnz "tbnz {}, {}, {}" 0x37000000 Fixed(8) [X(0), TestedBit, Target(5, 14)]
    Br "br {}" 0xd61f0000 Fixed(8) [X(5)]
    Blr "blr {}" 0xd63f0000 Fixed(8) [X(5)]
    Ret "ret {}" 0xd65f0000 Fixed(8) [X(5)]
    Adr "adr {}, {}" 0x10000000 Fixed(8) [X(0), Page(false)]
    Adrp "adrp {}, {}" 0x90000000 Fixed(8) [X(0), Page(true)]

    // Floats: one source.
    Fmov "fmov {}, {}" 0x1e204000 Float [Float(0), Float(5)]
    Fabs "fabs {}, {}" 0x1e20c000 Float [Float(0), Float(5)]
    Fneg "fneg {}, {}" 0x1e214000 Float [Float(0), Float(5)]
    Fsqrt "fsqrt {}, {}" 0x1e21c000 Float [Float(0), Float(5)]
    Frintn "frintn {}, {}" 0x1e244000 Float [Float(0), Float(5)]
    Frintp "frintp {}, {}" 0x1e24c000 Float [Float(0), Float(5)]
    Frintm "frintm {}, {}" 0x1e254000 Float [Float(0), Float(5)]
    Frintz "frintz {}, {}" 0x1e25c000 Float [Float(0), Float(5)]
    Frinta "frinta {}, {}" 0x1e264000 Float [Float(0), Float(5)]
    Frintx "frintx {}, {}" 0x1e274000 Float [Float(0), Float(5)]
    Frinti "frinti {}, {}" 0x1e27c000 Float [Float(0), Float(5)]
    FcvtDS "fcvt {}, {}" 0x1e22c000 Fixed(8) [D(0), S(5)]
    FcvtSD "fcvt {}, {}" 0x1e624000 Fixed(4) [S(0), D(5)]
    FmovI "fmov {}, {}" 0x1e201000 Float [Float(0), FloatImmediate]

    // Floats: two and three sources.
    Fmul "fmul {}, {}, {}" 0x1e200800 Float [Float(0), Float(5), Float(16)]
    Fdiv "fdiv {}, {}, {}" 0x1e201800 Float [Float(0), Float(5), Float(16)]
    Fadd "fadd {}, {}, {}" 0x1e202800 Float [Float(0), Float(5), Float(16)]
    Fsub "fsub {}, {}, {}" 0x1e203800 Float [Float(0), Float(5), Float(16)]
    Fmax "fmax {}, {}, {}" 0x1e204800 Float [Float(0), Float(5), Float(16)]
    Fmin "fmin {}, {}, {}" 0x1e205800 Float [Float(0), Float(5), Float(16)]
    Fmaxnm "fmaxnm {}, {}, {}" 0x1e206800 Float [Float(0), Float(5), Float(16)]
    Fminnm "fminnm {}, {}, {}" 0x1e207800 Float [Float(0), Float(5), Float(16)]
    Fnmul "fnmul {}, {}, {}" 0x1e208800 Float [Float(0), Float(5), Float(16)]
    Fmadd "fmadd {}, {}, {}, {}" 0x1f000000 Float [Float(0), Float(5), Float(16), Float(10)]
    Fmsub "fmsub {}, {}, {}, {}" 0x1f008000 Float [Float(0), Float(5), Float(16), Float(10)]
    Fnmadd "fnmadd {}, {}, {}, {}" 0x1f200000 Float [Float(0), Float(5), Float(16), Float(10)]
    Fnmsub "fnmsub {}, {}, {}, {}" 0x1f208000 Float [Float(0), Float(5), Float(16), Float(10)]

    // Floats: compares and selects.
    Fcmp "fcmp {}, {}" 0x1e202000 Float [Float(5), Float(16)]
    FcmpZero "fcmp {}, #0.0" 0x1e202008 Float [Float(5)]
    Fccmp "fccmp {}, {}, {}, {}" 0x1e200400 Float [Float(5), Float(16), Number(0, 4), Condition(12)]
    Fcsel "fcsel {}, {}, {}, {}" 0x1e200c00 Float [Float(0), Float(5), Float(16), Condition(12)]

    // Between integer and float registers; the width is the integer's.
    FmovSW "fmov {}, {}" 0x1e270000 Fixed(4) [S(0), W(5)]
    FmovWS "fmov {}, {}" 0x1e260000 Fixed(4) [W(0), S(5)]
    FmovDX "fmov {}, {}" 0x9e670000 Fixed(8) [D(0), X(5)]
    FmovXD "fmov {}, {}" 0x9e660000 Fixed(8) [X(0), D(5)]
    FcvtzsS "fcvtzs {}, {}" 0x1e380000 Word [Reg(0), S(5)]
    FcvtzuS "fcvtzu {}, {}" 0x1e390000 Word [Reg(0), S(5)]
    ScvtfS "scvtf {}, {}" 0x1e220000 Word [S(0), Reg(5)]
    UcvtfS "ucvtf {}, {}" 0x1e230000 Word [S(0), Reg(5)]
    FcvtzsD "fcvtzs {}, {}" 0x1e780000 Word [Reg(0), D(5)]
    FcvtzuD "fcvtzu {}, {}" 0x1e790000 Word [Reg(0), D(5)]
    ScvtfD "scvtf {}, {}" 0x1e620000 Word [D(0), Reg(5)]
    UcvtfD "ucvtf {}, {}" 0x1e630000 Word [D(0), Reg(5)]

    // Vectors, as far as scalar code needs them.
    MoviZero "movi {}.2d, #0000000000000000" 0x6f00e400 Fixed(8) [Vector(0)]
    AndV "and {}.8b, {}.8b, {}.8b" 0x0e201c00 Fixed(8) [Vector(0), Vector(5), Vector(16)]
    OrrV "orr {}.8b, {}.8b, {}.8b" 0x0ea01c00 Fixed(8) [Vector(0), Vector(5), Vector(16)]
    EorV "eor {}.8b, {}.8b, {}.8b" 0x2e201c00 Fixed(8) [Vector(0), Vector(5), Vector(16)]
    BslV "bsl {}.8b, {}.8b, {}.8b" 0x2e601c00 Fixed(8) [Vector(0), Vector(5), Vector(16)]
    BitV "bit {}.8b, {}.8b, {}.8b" 0x2ea01c00 Fixed(8) [Vector(0), Vector(5), Vector(16)]
    BifV "bif {}.8b, {}.8b, {}.8b" 0x2ee01c00 Fixed(8) [Vector(0), Vector(5), Vector(16)]
    OrrQ "orr {}.16b, {}.16b, {}.16b" 0x4ea01c00 Fixed(8) [Vector(0), Vector(5), Vector(16)]
    CntV "cnt {}.8b, {}.8b" 0x0e205800 Fixed(8) [Vector(0), Vector(5)]
    UaddlvV "uaddlv {}, {}.8b" 0x2e303800 Fixed(8) [H(0), Vector(5)]

    // System.
    MrsThread "mrs {}, tpidr_el0" 0xd53bd040 Fixed(8) [X(0)]
    Nop "nop" 0xd503201f Fixed(8) []
    BtiC "bti c" 0xd503245f Fixed(8) []
    BtiJ "bti j" 0xd503249f Fixed(8) []
    BtiJc "bti jc" 0xd50324df Fixed(8) []
    Paciasp "paciasp" 0xd503233f Fixed(8) []
    Autiasp "autiasp" 0xd50323bf Fixed(8) []
    Brk "brk {}" 0xd4200000 Fixed(8) [Number(5, 16)]
    Svc "svc {}" 0xd4000001 Fixed(8) [Number(5, 16)]
    Udf "udf {}" 0x00000000 Fixed(8) [Number(0, 16)]
}
