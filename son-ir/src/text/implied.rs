//! Types that the text leaves out: one answer for the printer, which omits them, and for the parser, which
//! fills them in.

use crate::module::Signature;
use crate::ops::Op;
use crate::payload::MemAccess;
use crate::types::Type;
use crate::verify::{Letter, input_letter};

/// A node whose types are asked for.
pub(crate) struct Site<'a> {
    /// Its op.
    pub(crate) op: Op,
    /// Type of its result, if known.
    pub(crate) result: Option<Type>,
    /// Number of its inputs.
    pub(crate) inputs: usize,
    /// Signature of the call, for calls.
    pub(crate) call: Option<&'a Signature>,
    /// Signature of the function.
    pub(crate) function: &'a Signature,
}

/// The result has this letter.
fn result_letter(op: Op) -> Letter {
    Letter(op.signature().1)
}

/// Type of the literal that is operand `index`. `known` gives types of operands that are not literals.
pub(crate) fn literal_type(site: &Site, index: usize, known: impl Fn(usize) -> Option<Type>) -> Option<Type> {
    let letter = input_letter(site.op, index)?;
    match (site.op, index) {
        (Op::PtrAdd, 1) | (Op::MemCopy | Op::MemMove | Op::MemSet, 4) | (Op::StackAlloc | Op::Alloc, 2) => {
            return Some(Type::I64);
        }
        (Op::AtomicCas, 3 | 4) => return known(7 - index),
        (Op::MemSet, 3) => return Some(Type::I8),
        (Op::Call | Op::TailCall, 3..) => return site.call?.params.get(index - 3).map(|param| param.ty),
        (Op::Return, 2..) => return site.function.results.get(index - 2).map(|param| param.ty),
        _ => {}
    }
    match letter.0 {
        'b' => Some(Type::I1),
        'p' => Some(Type::PTR),
        _ if letter == result_letter(site.op) && letter.is_shared() => site.result,
        _ if letter.is_shared() => (0..site.inputs).find_map(|other| {
            let same = other != index && input_letter(site.op, other) == Some(letter);
            same.then(|| known(other)).flatten()
        }),
        _ => None,
    }
}

/// Type of a result that is not written. `known` gives types of operands.
pub(crate) fn result_type(op: Op, inputs: usize, known: impl Fn(usize) -> Option<Type>) -> Option<Type> {
    let letter = result_letter(op);
    match letter.0 {
        'b' => Some(Type::I1),
        'p' if op == Op::PtrAdd => known(0).or(Some(Type::PTR)),
        'p' => Some(Type::PTR),
        _ if letter.is_shared() => {
            (0..inputs).find_map(|index| (input_letter(op, index) == Some(letter)).then(|| known(index)).flatten())
        }
        _ => letter.only_type(),
    }
}

/// Alignment, as a logarithm, of an access that says none: that of a value of the type.
pub(crate) fn natural_align_log2(ty: Type) -> u8 {
    ty.bytes().next_power_of_two().min(16).trailing_zeros() as u8
}

/// Alignment of an access whose op and operands are known.
pub(crate) fn default_align_log2(op: Op, result: Type, value: Option<Type>) -> u8 {
    match op {
        Op::Load => natural_align_log2(result),
        Op::Store | Op::StoreOrdered | Op::AtomicRmw | Op::AtomicCas => value.map_or(0, natural_align_log2),
        _ => MemAccess::default().align_log2,
    }
}

/// Alignment of a stack allocation that says none.
pub(crate) const STACK_ALIGN: u32 = 16;
