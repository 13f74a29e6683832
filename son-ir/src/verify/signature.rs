//! Laws 2, 3 and 5: arity, types and flags, from the signatures of the op table.

use super::Checker;
use crate::graph::NodeId;
use crate::ops::{Family, NodeFlags, Op};
use crate::types::Type;
use std::fmt;

/// A letter of a signature, see the op table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Letter(pub char);

impl Letter {
    /// May an operand of this letter have the type?
    pub fn admits(self, ty: Type) -> bool {
        match self.0 {
            'c' => ty == Type::CTRL,
            'm' => ty == Type::MEM,
            't' => ty == Type::TUPLE,
            's' => ty == Type::STATE,
            'b' => ty.scalar() == Type::I1,
            'p' => ty.is_pointer(),
            'i' | 'I' => ty.scalar().is_int(),
            'f' | 'F' => ty.scalar().is_float(),
            'x' => ty.is_data() && !ty.scalar().is_float(),
            'v' | 'V' => ty.is_data(),
            'A' => ty.is_data() || ty == Type::MEM,
            _ => true,
        }
    }

    /// Do all operands of this letter have the same type?
    pub fn is_shared(self) -> bool {
        matches!(self.0, 'I' | 'F' | 'V' | 'A' | 'x')
    }

    /// The only type that the letter admits, if there is one.
    pub fn only_type(self) -> Option<Type> {
        Some(match self.0 {
            'c' => Type::CTRL,
            'm' => Type::MEM,
            't' => Type::TUPLE,
            's' => Type::STATE,
            _ => return None,
        })
    }
}

impl fmt::Display for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            'c' => "control",
            'm' => "memory",
            't' => "a tuple",
            's' => "a state",
            'b' => "i1",
            'p' => "a pointer",
            'i' | 'I' => "an integer",
            'f' | 'F' => "a float",
            'x' => "an integer or pointer",
            'v' | 'V' => "data",
            'A' => "data or memory",
            _ => "any value",
        })
    }
}

/// The letter of input `index`, `None` if the op has no such input.
pub fn input_letter(op: Op, index: usize) -> Option<Letter> {
    let (inputs, _) = op.signature();
    let letters = inputs.as_bytes();
    let (fixed, repeats) = op.arity();
    if index < fixed {
        Some(Letter(char::from(letters[index])))
    } else if repeats {
        Some(Letter(char::from(letters[letters.len() - 2])))
    } else {
        None
    }
}

/// Do so many inputs fit the op?
pub(crate) fn check_arity(op: Op, count: usize) -> Result<(), String> {
    let (fixed, repeats) = op.arity();
    if count == fixed || repeats && count > fixed {
        return Ok(());
    }
    let s = if fixed == 1 { "" } else { "s" };
    Err(format!("{op} takes {}{fixed} input{s} and has {count}", if repeats { "at least " } else { "" }))
}

/// Checks laws 2 and 3 for a node with this op, result and inputs.
///
/// # Errors
/// The number of the law and what is wrong.
pub fn check_types(op: Op, result: Type, inputs: &[Type]) -> Result<(), (u8, String)> {
    check_arity(op, inputs.len()).map_err(|message| (2, message))?;
    check_letters(op, result, inputs).and_then(|()| check_widths(op, result, inputs)).map_err(|message| (3, message))
}

fn check_letters(op: Op, result: Type, inputs: &[Type]) -> Result<(), String> {
    let result_letter = Letter(op.signature().1);
    if !result_letter.admits(result) {
        return Err(format!("{op} gives {result_letter} and has type {result}"));
    }
    let mut common = result_letter.is_shared().then_some(result);
    for (index, &ty) in inputs.iter().enumerate() {
        let letter = input_letter(op, index).expect("law 2 holds");
        if !letter.admits(ty) {
            return Err(format!("{op} takes {letter} as input {index}, which is {ty}"));
        }
        if letter.is_shared() && *common.get_or_insert(ty) != ty {
            let common = common.expect("set above");
            return Err(format!("{op}: input {index} is {ty}, expected {common}"));
        }
    }
    Ok(())
}

/// What the letters do not say.
fn check_widths(op: Op, result: Type, inputs: &[Type]) -> Result<(), String> {
    let from = inputs.first().copied().unwrap_or(result);
    let ok = match op {
        Op::Trunc | Op::FTrunc => from.scalar().bits() > result.scalar().bits() && from.lanes() == result.lanes(),
        Op::ZExt | Op::SExt | Op::FExt => {
            from.scalar().bits() < result.scalar().bits() && from.lanes() == result.lanes()
        }
        Op::FToS | Op::FToU | Op::SToF | Op::UToF => from.lanes() == result.lanes(),
        Op::Bitcast => from.bits() == result.bits(),
        Op::PtrAdd => result == from && inputs[1] == Type::I64,
        Op::If => inputs[1] == Type::I1,
        Op::Guard => inputs[2] == Type::I1,
        Op::Switch => !inputs[1].is_vector(),
        Op::Select => inputs[0] == Type::I1 || inputs[0].lanes() == result.lanes(),
        Op::MemCopy | Op::MemMove => inputs[4] == Type::I64,
        Op::AtomicCas => inputs[3] == inputs[4],
        Op::MemSet => inputs[3] == Type::I8 && inputs[4] == Type::I64,
        Op::StackAlloc | Op::Alloc => inputs[2] == Type::I64,
        Op::ExtractLane => from.is_vector() && result == from.scalar(),
        Op::InsertLane => from.is_vector() && result == from && inputs[1] == from.scalar(),
        Op::Splat => !from.is_vector() && result.is_vector() && result.scalar() == from,
        _ if result.scalar() == Type::I1 && !inputs.is_empty() && op.info().family == Family::Compare => {
            result.lanes() == from.lanes()
        }
        _ if op.signature().1 == 'b' => result.lanes() == from.lanes(),
        _ => true,
    };
    if ok {
        return Ok(());
    }
    let inputs: Vec<String> = inputs.iter().map(Type::to_string).collect();
    Err(format!("{op} does not go from {} to {result}", inputs.join(", ")))
}

/// The flags that mean something for an op with this result.
fn allowed_flags(op: Op, ty: Type) -> NodeFlags {
    use Op::*;
    let float = ty.scalar().is_float();
    match op {
        Add | Sub | Mul | Shl | Trunc | PtrAdd => NodeFlags::NSW.or(NodeFlags::NUW),
        Neg | Abs => NodeFlags::NSW,
        ZExt | Ctlz | Cttz => NodeFlags::NUW,
        UToF => NodeFlags::NUW.or(NodeFlags::FAST),
        SDiv | UDiv | LShr | AShr => NodeFlags::EXACT,
        Or => NodeFlags::DISJOINT,
        FExt | FTrunc | SToF | Call => NodeFlags::FAST,
        Phi | Select if float => NodeFlags::FAST,
        _ if op.info().family == Family::Float || op.is_float_compare() => NodeFlags::FAST,
        _ => NodeFlags::NONE,
    }
}

impl Checker<'_> {
    pub(super) fn check_signature(&mut self, node: NodeId) {
        let Some(op) = self.op(node) else { return };
        let inputs: smallvec::SmallVec<[Type; 8]> = self.graph.inputs(node).map(|input| self.graph.ty(input)).collect();
        let ty = self.graph.ty(node);
        if let Err((law, message)) = check_types(op, ty, &inputs) {
            self.report(law, &[node], message);
        }
        let wrong = self.graph.flags(node).without(allowed_flags(op, ty));
        if !wrong.is_empty() {
            self.report(5, &[node], format!("{op} has the flags {wrong:?}, which mean nothing for it"));
        }
    }
}
