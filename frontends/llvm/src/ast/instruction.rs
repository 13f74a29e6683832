//! Instructions of a function body.

use rustc_hash::FxHashMap;
use std::borrow::Cow;

use super::{
    AttributeId, ConstantPool, Convention, FunctionAttributes, List, Metadata, Name, Operand, ParamAttributes, Value,
};
use crate::numbers::NumberTable;
use crate::types::TypeId;

/// A parsed function body. Its buffers are used again for the next one.
#[derive(Clone, Debug, Default)]
pub struct Body<'a> {
    /// Blocks by id; ids are given at first mention.
    pub blocks: Vec<Block>,
    /// Blocks in order of the text; the first is the entry.
    pub order: Vec<BlockId>,
    /// Instructions in order of the text.
    pub insts: Vec<Inst>,
    /// Operands of instructions that have many.
    pub operands: Vec<Operand>,
    /// Inputs of phis, cases of switches.
    pub edges: Vec<Edge>,
    /// Targets of indirect branches.
    pub targets: Vec<BlockId>,
    /// Indices of `extractvalue` and `insertvalue`.
    pub indices: Vec<u32>,
    /// What calls and invokes say.
    pub calls: Vec<Call>,
    /// Operand bundles of calls.
    pub bundles: Vec<Bundle<'a>>,
    /// Metadata of instructions, but for `!dbg`.
    pub attachments: Vec<Attachment>,
    /// Constants.
    pub constants: ConstantPool<'a>,
    /// Attributes of arguments and results of calls.
    pub attributes: Vec<ParamAttributes>,
    /// Attributes of an argument, parallel to `operands` for the arguments of calls.
    pub argument_attributes: Vec<AttributeId>,
    /// Parameters, results and block names.
    pub locals: Locals<'a>,
}

/// A block of the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BlockId(pub(crate) u32);

impl BlockId {
    /// The index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A block: its instructions, and where it is defined (while it is not: first mentioned).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Block {
    /// Where it starts.
    pub offset: u32,
    /// A run of [`Body::insts`].
    pub insts: List,
    pub(crate) defined: bool,
}

/// A value, name or number of a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LocalId(pub(crate) u32);

impl LocalId {
    /// The index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A value of a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Local {
    /// Its type; `label` for blocks.
    pub ty: TypeId,
    /// What it is.
    pub definition: Definition,
}

/// What a local is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Definition {
    /// Mentioned at this offset, not yet defined. Never seen in a parsed body.
    Missing(u32),
    /// The parameter with this index.
    Param(u32),
    /// The result of the instruction with this index.
    Inst(u32),
    /// A block.
    Block(BlockId),
}

/// Parameters, results and blocks of a function, which share their names.
#[derive(Clone, Debug, Default)]
pub struct Locals<'a> {
    /// By [`LocalId`].
    pub list: Vec<Local>,
    pub(crate) numbers: NumberTable,
    pub(crate) names: FxHashMap<Cow<'a, [u8]>, u32>,
    /// The least number that the next unnamed value may have.
    pub(crate) next_number: u32,
}

/// A value and a block: an input of a phi, a case of a switch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edge {
    /// The value.
    pub value: Value,
    /// Where it comes from, or where it leads.
    pub block: BlockId,
}

/// Metadata of an instruction: the kind and the number of the node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attachment {
    /// Which.
    pub kind: super::MetadataKind,
    /// The number of the node.
    pub node: u32,
}

/// An operand bundle of a call: `"tag"(operands)`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bundle<'a> {
    /// The tag.
    pub tag: Cow<'a, [u8]>,
    /// A run of [`Body::operands`].
    pub operands: List,
}

/// An instruction.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Inst {
    /// What it does.
    pub kind: InstKind,
    /// Where it is.
    pub offset: u32,
    /// Its result; `None` for void.
    pub result: Option<LocalId>,
    /// `!dbg`: the number of the location.
    pub debug: Option<u32>,
    /// A run of [`Body::attachments`].
    pub attachments: List,
}

/// Flags of an instruction, one bit each.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct InstFlags(u16);

macro_rules! flags {
    ($($name:ident = $bit:literal, $text:literal;)*) => {
        impl InstFlags {
            $(#[doc = concat!("`", $text, "`")] pub const $name: InstFlags = InstFlags(1 << $bit);)*
        }
    };
}

flags! {
    NUW = 0, "nuw";
    NSW = 1, "nsw";
    EXACT = 2, "exact";
    DISJOINT = 3, "disjoint";
    NNEG = 4, "nneg";
    INBOUNDS = 5, "inbounds";
    NUSW = 6, "nusw";
    SAME_SIGN = 7, "samesign";
    NNAN = 8, "nnan";
    NINF = 9, "ninf";
    NSZ = 10, "nsz";
    ARCP = 11, "arcp";
    CONTRACT = 12, "contract";
    AFN = 13, "afn";
    REASSOC = 14, "reassoc";
}

impl InstFlags {
    /// `fast`: all that concern floats.
    pub const FAST: InstFlags = InstFlags(0x7f00);

    /// Whether all flags of `other` are set.
    pub fn contains(self, other: InstFlags) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn insert(&mut self, other: InstFlags) {
        self.0 |= other.0;
    }
}

/// Operators of two operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names are those of the text")]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    UDiv,
    SDiv,
    URem,
    SRem,
    Shl,
    LShr,
    AShr,
    And,
    Or,
    Xor,
    FAdd,
    FSub,
    FMul,
    FDiv,
    FRem,
}

/// Conversions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names are those of the text")]
pub enum CastOp {
    Trunc,
    ZExt,
    SExt,
    FpTrunc,
    FpExt,
    FpToUi,
    FpToSi,
    UiToFp,
    SiToFp,
    PtrToInt,
    PtrToAddr,
    IntToPtr,
    BitCast,
    AddrSpaceCast,
}

/// Comparisons of integers and pointers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names are those of the text")]
pub enum IntPredicate {
    Eq,
    Ne,
    Ugt,
    Uge,
    Ult,
    Ule,
    Sgt,
    Sge,
    Slt,
    Sle,
}

/// Comparisons of floats.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names are those of the text")]
pub enum FloatPredicate {
    False,
    Oeq,
    Ogt,
    Oge,
    Olt,
    Ole,
    One,
    Ord,
    Ueq,
    Ugt,
    Uge,
    Ult,
    Ule,
    Une,
    Uno,
    True,
}

/// Orders of atomic accesses, weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs, reason = "the names are those of the text")]
pub enum AtomicOrdering {
    Unordered,
    Monotonic,
    Acquire,
    Release,
    AcqRel,
    SeqCst,
}

/// What `atomicrmw` does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names are those of the text")]
pub enum RmwOp {
    Xchg,
    Add,
    Sub,
    And,
    Nand,
    Or,
    Xor,
    Max,
    Min,
    UMax,
    UMin,
    FAdd,
    FSub,
    FMax,
    FMin,
    FMaximum,
    FMinimum,
    UincWrap,
    UdecWrap,
    USubCond,
    USubSat,
}

/// `tail`, `musttail`, `notail`
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "the names are those of the text")]
pub enum TailKind {
    #[default]
    None,
    Tail,
    MustTail,
    NoTail,
}

/// What a call or invoke says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Call {
    /// Who is called.
    pub callee: Value,
    /// Type of the result.
    pub ret: TypeId,
    /// The function type, when it is written out, as for varargs.
    pub ty: Option<TypeId>,
    /// A run of [`Body::operands`].
    pub args: List,
    /// Attributes of the arguments: a run of [`Body::argument_attributes`].
    pub arg_attributes: List,
    /// Attributes of the result.
    pub ret_attributes: AttributeId,
    /// Attributes of the call.
    pub attributes: FunctionAttributes,
    /// Calling convention.
    pub convention: Convention,
    /// `tail`, `musttail`, `notail`
    pub tail: TailKind,
    /// Fast-math flags.
    pub flags: InstFlags,
    /// A run of [`Body::bundles`].
    pub bundles: List,
}

/// What an instruction does. Operands are checked to have the types that the grammar asks for.
#[derive(Clone, Copy, PartialEq, Debug)]
#[allow(missing_docs, reason = "the fields are those of the text")]
pub enum InstKind {
    /// `None` for `ret void`.
    Ret(Option<Operand>),
    Br(BlockId),
    CondBr {
        condition: Value,
        then: BlockId,
        otherwise: BlockId,
    },
    /// The cases are a run of [`Body::edges`].
    Switch {
        value: Operand,
        default: BlockId,
        cases: List,
    },
    /// The targets are a run of [`Body::targets`].
    IndirectBr {
        address: Value,
        targets: List,
    },
    /// The call is an index of [`Body::calls`].
    Invoke {
        call: u32,
        normal: BlockId,
        unwind: BlockId,
    },
    Resume(Operand),
    Unreachable,
    FNeg {
        flags: InstFlags,
        operand: Operand,
    },
    Binary {
        op: BinaryOp,
        flags: InstFlags,
        left: Operand,
        right: Value,
    },
    IntCompare {
        predicate: IntPredicate,
        flags: InstFlags,
        left: Operand,
        right: Value,
    },
    FloatCompare {
        predicate: FloatPredicate,
        flags: InstFlags,
        left: Operand,
        right: Value,
    },
    Cast {
        op: CastOp,
        flags: InstFlags,
        from: Operand,
        to: TypeId,
    },
    Select {
        flags: InstFlags,
        condition: Operand,
        then: Operand,
        otherwise: Value,
    },
    /// The inputs are a run of [`Body::edges`].
    Phi {
        flags: InstFlags,
        ty: TypeId,
        inputs: List,
    },
    Freeze(Operand),
    /// Alignments are in bytes, 0 when not said.
    Alloca {
        ty: TypeId,
        count: Option<Operand>,
        align: u32,
        inalloca: bool,
    },
    Load {
        ty: TypeId,
        pointer: Value,
        align: u32,
        volatile: bool,
        atomic: Option<AtomicOrdering>,
    },
    Store {
        value: Operand,
        pointer: Value,
        align: u32,
        volatile: bool,
        atomic: Option<AtomicOrdering>,
    },
    /// The operands are base and indices, a run of [`Body::operands`].
    GetElementPtr {
        flags: InstFlags,
        element: TypeId,
        operands: List,
    },
    Fence {
        ordering: AtomicOrdering,
        single_thread: bool,
    },
    CmpXchg {
        pointer: Value,
        expected: Operand,
        new: Value,
        success: AtomicOrdering,
        failure: AtomicOrdering,
        weak: bool,
        volatile: bool,
    },
    AtomicRmw {
        op: RmwOp,
        pointer: Value,
        operand: Operand,
        ordering: AtomicOrdering,
        volatile: bool,
    },
    /// The call is an index of [`Body::calls`].
    Call(u32),
    VaArg {
        list: Value,
        ty: TypeId,
    },
    /// The indices are a run of [`Body::indices`].
    ExtractValue {
        aggregate: Operand,
        indices: List,
    },
    InsertValue {
        aggregate: Operand,
        element: Operand,
        indices: List,
    },
    ExtractElement {
        vector: Operand,
        index: Operand,
    },
    InsertElement {
        vector: Operand,
        element: Value,
        index: Operand,
    },
    ShuffleVector {
        left: Operand,
        right: Value,
        mask: Operand,
    },
    /// The clauses (types of `catch`, arrays of `filter`) are a run of [`Body::operands`].
    LandingPad {
        ty: TypeId,
        cleanup: bool,
        clauses: List,
    },
}

impl InstKind {
    /// Whether it ends a block.
    pub fn is_terminator(&self) -> bool {
        matches!(
            self,
            InstKind::Ret(_)
                | InstKind::Br(_)
                | InstKind::CondBr { .. }
                | InstKind::Switch { .. }
                | InstKind::IndirectBr { .. }
                | InstKind::Invoke { .. }
                | InstKind::Resume(_)
                | InstKind::Unreachable
        )
    }
}

impl<'a> Body<'a> {
    /// The metadata of `inst` of one kind: the number of the node.
    pub fn attachment(&self, inst: &Inst, kind: super::MetadataKind) -> Option<u32> {
        let attachments = &self.attachments[inst.attachments.range()];
        attachments.iter().find(|attachment| attachment.kind == kind).map(|found| found.node)
    }

    /// Line and column of `inst` in the source, by its `!dbg`.
    pub fn location(&self, inst: &Inst, metadata: &Metadata<'a>) -> Option<(u32, u32)> {
        metadata.location(inst.debug?)
    }

    /// Forgets all, keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.blocks.clear();
        self.order.clear();
        self.insts.clear();
        self.operands.clear();
        self.edges.clear();
        self.targets.clear();
        self.indices.clear();
        self.calls.clear();
        self.bundles.clear();
        self.attachments.clear();
        self.constants.clear();
        self.attributes.clear();
        self.attributes.extend_from_slice(&AttributeId::initial_pool());
        self.argument_attributes.clear();
        self.locals.clear();
    }
}

impl<'a> Locals<'a> {
    /// The local with this name.
    pub fn get(&self, name: &Name<'a>) -> Option<Local> {
        let index = match name {
            Name::Number(number) => self.numbers.get(*number)?,
            Name::Text(text) => *self.names.get(text)?,
        };
        Some(self.list[index as usize])
    }

    fn clear(&mut self) {
        self.list.clear();
        self.numbers.clear();
        self.next_number = 0;
        // Clearing takes time by capacity: after a huge function it would slow down each small one.
        if self.names.capacity() > 8 * (self.names.len() + 128) {
            self.names = FxHashMap::default();
        } else {
            self.names.clear();
        }
    }
}
