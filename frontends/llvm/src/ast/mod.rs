//! What the text says, as flat tables. Nothing here knows the graph.
//!
//! A [`Module`] holds all that is outside of function bodies; a body stays text until
//! [`BodyReader`](crate::BodyReader) parses it into the buffers of a [`Body`], one function at a time.

mod attributes;
mod constant;
mod instruction;
mod metadata;
mod visit;

use std::borrow::Cow;

pub use attributes::{
    AllocKind, AllocRole, AttributeId, AttributeSet, FunctionAttributes, MemoryEffect, MemoryEffects, ParamAttributes,
    ValueRange,
};
pub use constant::{
    BlockAddress, Constant, ConstantId, ConstantPool, Expression, InlineAsm, Name, Operand, Value, ValueKind,
};
pub use instruction::{
    AtomicOrdering, Attachment, BinaryOp, Block, BlockId, Body, Bundle, Call, CastOp, Definition, Edge, FloatPredicate,
    Inst, InstFlags, InstKind, IntPredicate, Local, LocalId, Locals, RmwOp, TailKind,
};
pub use metadata::{Metadata, MetadataKind, MetadataNode, MetadataOperand};

use crate::keyword::Keyword;
use crate::layout::DataLayout;
use crate::numbers::NumberTable;
use crate::symbols::{SymbolId, Symbols};
use crate::types::{TypeId, TypeTable};

/// A run of a pool: indices `start..end`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct List {
    start: u32,
    end: u32,
}

impl List {
    pub(crate) fn new(start: usize, end: usize) -> List {
        List { start: start as u32, end: end as u32 }
    }

    /// The indices.
    #[inline]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Number of items.
    #[inline]
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether there are no items.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// A module without its function bodies.
#[derive(Clone, Debug)]
pub struct Module<'a> {
    /// The whole input; positions are offsets in it.
    pub text: &'a [u8],
    /// `source_filename`
    pub source_filename: Cow<'a, [u8]>,
    /// `target triple`
    pub triple: Cow<'a, [u8]>,
    /// `target datalayout`
    pub layout: DataLayout,
    /// Lines of `module asm`, and where they are.
    pub assembly: Vec<(Cow<'a, [u8]>, u32)>,
    /// All types.
    pub types: TypeTable<'a>,
    /// All `@` names, and what each is.
    pub symbols: Symbols<'a>,
    /// Constants of initializers and metadata.
    pub constants: ConstantPool<'a>,
    /// Variables, in order of the text.
    pub globals: Vec<Global<'a>>,
    /// Functions, in order of the text.
    pub functions: Vec<Function<'a>>,
    /// Parameters of all functions.
    pub params: Vec<Param<'a>>,
    /// Aliases and ifuncs, in order of the text.
    pub aliases: Vec<Alias<'a>>,
    /// `$name = comdat ...`
    pub comdats: Vec<Comdat<'a>>,
    /// Attributes of parameters and results of function headers.
    pub attributes: Vec<ParamAttributes>,
    /// `attributes #n`
    pub groups: Vec<FunctionAttributes>,
    pub(crate) group_numbers: NumberTable,
    /// Metadata nodes that are kept.
    pub metadata: Metadata<'a>,
}

impl Module<'_> {
    /// The attribute group `#number`.
    pub fn group(&self, number: u32) -> Option<&FunctionAttributes> {
        self.group_numbers.get(number).map(|index| &self.groups[index as usize])
    }
}

/// Who sees a symbol and which definition wins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "the names are those of the text")]
pub enum Linkage {
    #[default]
    External,
    AvailableExternally,
    LinkOnce,
    LinkOnceOdr,
    Weak,
    WeakOdr,
    Appending,
    Internal,
    Private,
    ExternWeak,
    Common,
}

/// Which objects see a symbol at run time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "the names are those of the text")]
pub enum Visibility {
    #[default]
    Default,
    Hidden,
    Protected,
}

/// `dllimport`, `dllexport`
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "the names are those of the text")]
pub enum DllStorage {
    #[default]
    None,
    Import,
    Export,
}

/// Whether a variable exists once per thread, and how it may be found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "the names are those of the text")]
pub enum ThreadLocal {
    #[default]
    No,
    GeneralDynamic,
    LocalDynamic,
    InitialExec,
    LocalExec,
}

/// What stands before the keyword of a global definition, and is common to all kinds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SymbolTraits {
    /// Who sees it and which definition wins.
    pub linkage: Linkage,
    /// Which objects see it at run time.
    pub visibility: Visibility,
    /// `dllimport`, `dllexport`
    pub dll: DllStorage,
    /// `thread_local`
    pub thread_local: ThreadLocal,
    /// `dso_local`, or implied by linkage or visibility.
    pub dso_local: bool,
    /// `unnamed_addr` or `local_unnamed_addr`: the address is not compared.
    pub unnamed_addr: bool,
}

/// Where a definition goes in the object.
#[derive(Clone, Debug, Default)]
pub struct Placement<'a> {
    /// `section "..."`
    pub section: Option<Cow<'a, [u8]>>,
    /// `partition "..."`
    pub partition: Option<Cow<'a, [u8]>>,
    /// `comdat`, `comdat($name)`: the name of the group.
    pub comdat: Option<Cow<'a, [u8]>>,
    /// In bytes; 0 when not said.
    pub align: u32,
}

/// `@name = ... global T init`
#[derive(Clone, Debug)]
pub struct Global<'a> {
    /// Where it is defined.
    pub offset: u32,
    /// Its name.
    pub symbol: SymbolId,
    /// Linkage and its kin.
    pub traits: SymbolTraits,
    /// Type of the contents.
    pub ty: TypeId,
    /// `constant`
    pub constant: bool,
    /// `externally_initialized`
    pub externally_initialized: bool,
    /// Address space.
    pub address_space: u32,
    /// The initializer; `None` for a declaration.
    pub init: Option<Value>,
    /// Section, comdat, alignment.
    pub placement: Placement<'a>,
}

/// `@name = alias T, ptr @aliasee`, `@name = ifunc T, ptr @resolver`
#[derive(Clone, Debug)]
pub struct Alias<'a> {
    /// Where it is defined.
    pub offset: u32,
    /// Its name.
    pub symbol: SymbolId,
    /// Linkage and its kin.
    pub traits: SymbolTraits,
    /// Type of what it names.
    pub ty: TypeId,
    /// What it names; the resolver of an ifunc.
    pub target: Operand,
    /// Whether it is an ifunc.
    pub ifunc: bool,
    /// `partition "..."`
    pub partition: Option<Cow<'a, [u8]>>,
}

/// `$name = comdat kind`
#[derive(Clone, Debug)]
pub struct Comdat<'a> {
    /// Without the `$`.
    pub name: Cow<'a, [u8]>,
    /// `any`, `exactmatch`, `largest`, `nodeduplicate`, `samesize`
    pub kind: Keyword,
}

/// A parameter of a function header.
#[derive(Clone, Debug)]
pub struct Param<'a> {
    /// Its type.
    pub ty: TypeId,
    /// Its attributes.
    pub attributes: AttributeId,
    /// Its name; `None` when it has the next number.
    pub name: Option<Name<'a>>,
    /// Where it is.
    pub offset: u32,
}

/// `define` or `declare`
#[derive(Clone, Debug)]
pub struct Function<'a> {
    /// Where the header is.
    pub offset: u32,
    /// Its name.
    pub symbol: SymbolId,
    /// Linkage and its kin.
    pub traits: SymbolTraits,
    /// Calling convention; `ccc` when not said.
    pub convention: Convention,
    /// Type of the result.
    pub ret: TypeId,
    /// Attributes of the result.
    pub ret_attributes: AttributeId,
    /// A run of [`Module::params`].
    pub params: List,
    /// `...`
    pub varargs: bool,
    /// Own attributes and those of its groups.
    pub attributes: FunctionAttributes,
    /// `#n` of the header; they are merged into `attributes` when the module is read.
    pub(crate) groups: Vec<(u32, u32)>,
    /// Section, comdat, alignment.
    pub placement: Placement<'a>,
    /// `gc "..."`
    pub gc: Option<Cow<'a, [u8]>>,
    /// `prefix`
    pub prefix: Option<Operand>,
    /// `prologue`
    pub prologue: Option<Operand>,
    /// `personality`
    pub personality: Option<Operand>,
    /// `!dbg`: number of the `DISubprogram`.
    pub debug: Option<u32>,
    /// `!prof`: number of the node with the entry count.
    pub profile: Option<u32>,
    /// Offsets of the text between the braces; `None` for a declaration.
    pub body: Option<(u32, u32)>,
}

/// A calling convention: its keyword, and the number of `cc <n>`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Convention {
    /// The keyword; `ccc` when none is written, `cc` for a numbered one.
    pub keyword: Keyword,
    /// The number of `cc <n>`, else 0.
    pub number: u32,
}

impl Default for Convention {
    fn default() -> Self {
        Convention { keyword: Keyword::CCc, number: 0 }
    }
}
