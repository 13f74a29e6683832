//! Operands and constants.

use std::borrow::Cow;

use super::{BinaryOp, CastOp, FloatPredicate, InstFlags, IntPredicate, List, LocalId};
use crate::symbols::SymbolId;
use crate::types::TypeId;

/// An operand: a local value or a constant, in 32 bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Value(u32);

const CONSTANT: u32 = 1 << 31;

/// An operand, taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValueKind {
    /// A parameter or the result of an instruction.
    Local(LocalId),
    /// An entry of the constant pool.
    Constant(ConstantId),
}

/// An index of a [`ConstantPool`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConstantId(u32);

impl ConstantId {
    /// The index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl Value {
    pub(crate) fn local(local: LocalId) -> Value {
        Value(local.0)
    }

    pub(crate) fn constant(constant: ConstantId) -> Value {
        Value(constant.0 | CONSTANT)
    }

    /// Which kind of operand this is.
    #[inline]
    pub fn kind(self) -> ValueKind {
        match self.0 & CONSTANT {
            0 => ValueKind::Local(LocalId(self.0)),
            _ => ValueKind::Constant(ConstantId(self.0 & !CONSTANT)),
        }
    }
}

/// An operand and its type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Operand {
    /// Its type.
    pub ty: TypeId,
    /// Which value.
    pub value: Value,
}

/// The name of a local value, block, parameter.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Name<'a> {
    /// `%12`
    Number(u32),
    /// `%name`
    Text(Cow<'a, [u8]>),
}

/// A constant. Its type stands beside it, in the [`Operand`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Constant {
    /// An integer of at most 64 bits, zero-extended.
    Int(u64),
    /// An integer of 65 to 128 bits, zero-extended: an index of [`ConstantPool::wide`].
    WideInt(u32),
    /// A wider integer: its words, lowest first, a run of [`ConstantPool::words`].
    BigInt(List),
    /// `half` or `bfloat`: its bits.
    Half(u16),
    /// `float`
    Float(u32),
    /// `double`
    Double(u64),
    /// `x86_fp80`, `fp128`, `ppc_fp128`: bits, an index of [`ConstantPool::wide`].
    WideFloat(u32),
    /// `null`
    Null,
    /// `undef`
    Undef,
    /// `poison`
    Poison,
    /// `zeroinitializer`
    Zero,
    /// `none`
    NoToken,
    /// Metadata as an argument; its contents are not kept.
    Metadata,
    /// `@name`
    Symbol(SymbolId),
    /// An array, structure or vector: a run of [`ConstantPool::operands`].
    Aggregate(List),
    /// `splat (T v)`: an index of [`ConstantPool::operands`].
    Splat(u32),
    /// `c"..."`: offsets of what is between the quotes, escapes not undone.
    Bytes {
        /// First byte.
        start: u32,
        /// Behind the last.
        end: u32,
    },
    /// `blockaddress`: an index of [`ConstantPool::block_addresses`].
    BlockAddress(u32),
    /// `asm`: an index of [`ConstantPool::assembly`].
    Asm(u32),
    /// A constant expression: an index of [`ConstantPool::expressions`].
    Expression(u32),
}

/// A constant expression.
#[derive(Clone, Copy, PartialEq, Debug)]
#[allow(missing_docs, reason = "the fields are those of the instructions of the same name")]
pub enum Expression {
    Binary {
        op: BinaryOp,
        flags: InstFlags,
        left: Operand,
        right: Operand,
    },
    Cast {
        op: CastOp,
        flags: InstFlags,
        from: Operand,
    },
    /// The operands are the base and the indices.
    GetElementPtr {
        flags: InstFlags,
        element: TypeId,
        operands: List,
    },
    IntCompare {
        predicate: IntPredicate,
        left: Operand,
        right: Operand,
    },
    FloatCompare {
        predicate: FloatPredicate,
        left: Operand,
        right: Operand,
    },
    Select {
        condition: Operand,
        then: Operand,
        otherwise: Operand,
    },
    /// `extractelement`, `insertelement`, `shufflevector`: the operands.
    Vector {
        operands: List,
    },
}

/// `blockaddress(@function, %block)`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BlockAddress<'a> {
    /// The function.
    pub function: SymbolId,
    /// The name of its block.
    pub block: Name<'a>,
    /// Where it is mentioned.
    pub offset: u32,
}

/// `asm "template", "constraints"`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InlineAsm<'a> {
    /// The text.
    pub template: Cow<'a, [u8]>,
    /// Outputs, inputs, clobbers.
    pub constraints: Cow<'a, [u8]>,
    /// `sideeffect`
    pub side_effect: bool,
    /// `alignstack`
    pub align_stack: bool,
    /// `inteldialect`
    pub intel: bool,
    /// `unwind`
    pub unwind: bool,
}

/// Constants of a module or of a function body.
#[derive(Clone, Debug, Default)]
pub struct ConstantPool<'a> {
    /// The constants.
    pub constants: Vec<Constant>,
    /// Parts of aggregates and of expressions.
    pub operands: Vec<Operand>,
    /// Constant expressions.
    pub expressions: Vec<Expression>,
    /// Integers and bits of floats of 65 to 128 bits.
    pub wide: Vec<u128>,
    /// Words of wider integers.
    pub words: Vec<u64>,
    /// Addresses of blocks.
    pub block_addresses: Vec<BlockAddress<'a>>,
    /// Inline assembly.
    pub assembly: Vec<InlineAsm<'a>>,
}

impl ConstantPool<'_> {
    /// The constant with this id.
    #[inline]
    pub fn get(&self, id: ConstantId) -> Constant {
        self.constants[id.index()]
    }

    pub(crate) fn push(&mut self, constant: Constant) -> Value {
        let id = ConstantId(self.constants.len() as u32);
        self.constants.push(constant);
        Value::constant(id)
    }

    pub(crate) fn push_wide(&mut self, bits: u128) -> u32 {
        self.wide.push(bits);
        self.wide.len() as u32 - 1
    }

    pub(crate) fn push_expression(&mut self, expression: Expression) -> Value {
        self.expressions.push(expression);
        self.push(Constant::Expression(self.expressions.len() as u32 - 1))
    }

    pub(crate) fn push_operands(&mut self, operands: &[Operand]) -> List {
        let start = self.operands.len();
        self.operands.extend_from_slice(operands);
        List::new(start, self.operands.len())
    }

    /// Forgets all, keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.constants.clear();
        self.operands.clear();
        self.expressions.clear();
        self.wide.clear();
        self.words.clear();
        self.block_addresses.clear();
        self.assembly.clear();
    }
}
