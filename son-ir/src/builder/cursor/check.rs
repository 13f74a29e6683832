//! Checks operands against the op table, and gives literals their types.

use super::{Cursor, Operand, Value};
use crate::builder::BuildError;
use crate::ops::Op;
use crate::types::Type;

/// Does the type fit a letter of a signature? What letters mean stands in [`crate::ops`].
fn fits(letter: u8, ty: Type) -> bool {
    let scalar = ty.scalar();
    match letter {
        b'I' | b'i' => scalar.is_int(),
        b'F' | b'f' => scalar.is_float(),
        b'b' => scalar == Type::I1,
        b'p' => ty.is_pointer(),
        b'x' => scalar.is_int() || scalar.is_pointer(),
        b'v' | b'V' | b'A' => ty.is_data(),
        b's' => ty == Type::STATE,
        _ => false,
    }
}

/// What a letter stands for, in words.
fn meaning(letter: u8) -> &'static str {
    match letter {
        b'I' | b'i' => "an integer",
        b'F' | b'f' => "a float",
        b'b' => "i1",
        b'p' => "a pointer",
        b'x' => "an integer or pointer",
        b's' => "a state",
        _ => "a value",
    }
}

/// Have operands with this letter one type?
fn is_shared(letter: u8) -> bool {
    matches!(letter, b'I' | b'F' | b'V' | b'x' | b'A')
}

/// The letters of the operands, control and memory left out.
pub(super) fn letters(op: Op) -> &'static [u8] {
    let (inputs, _) = op.signature();
    let inputs = inputs.as_bytes();
    match inputs {
        [b'c', b'm', rest @ ..] | [b'c', rest @ ..] => rest,
        all => all,
    }
}

impl Cursor<'_> {
    /// The type of an operand, `None` for a literal.
    pub fn type_of(&self, operand: impl Into<Operand>) -> Option<Type> {
        match operand.into() {
            Operand::Value(value) => Some(value.ty),
            Operand::Var(var) => self.var_type(var),
            _ => None,
        }
    }

    /// The operand as a value of the type: values must have it, literals get it.
    pub(super) fn operand(&self, op: Op, index: usize, operand: Operand, ty: Type) -> Value {
        match operand {
            Operand::Var(var) => {
                let value = self.get(var);
                self.operand(op, index, Operand::Value(value), ty)
            }
            Operand::Value(value) => {
                if value.ty == ty && value.owner == self.owner {
                    let node = self.builder.borrow_mut().resolve(value.node);
                    return Value { node, ..value };
                }
                let error = match value.owner == self.owner {
                    true => mismatch(op, index, ty.to_string(), value.ty),
                    false => shape(op, format!("operand {index} is a value of another function")),
                };
                self.keep(error);
                self.placeholder(ty)
            }
            literal => match self.literal(literal, ty) {
                Some(value) => value,
                None => {
                    self.keep(shape(op, format!("operand {index}: {} is no {ty}", spell(literal))));
                    self.placeholder(ty)
                }
            },
        }
    }

    /// A constant of the type with the literal's value, if it has it.
    fn literal(&self, literal: Operand, ty: Type) -> Option<Value> {
        let mut builder = self.builder.borrow_mut();
        let node = match literal {
            Operand::Int(number) if ty.is_int() && in_range(number, ty) => {
                builder.graph_mut().wide_const(ty, number as u128)
            }
            Operand::Int(0) if ty == Type::PTR => builder.iconst(ty, 0),
            Operand::Int(number) if ty == Type::F64 => builder.f64const(number as f64),
            Operand::Int(number) if ty == Type::F32 => builder.f32const(number as f32),
            Operand::Float(number) if ty == Type::F64 => builder.f64const(number),
            Operand::Float(number) if ty == Type::F32 => builder.f32const(number as f32),
            Operand::Bool(truth) if ty == Type::I1 => builder.iconst(ty, truth.into()),
            _ => return None,
        };
        drop(builder);
        Some(self.value(node, ty))
    }

    /// The operands as values that fit the op, and the type that operands of the shared letter have.
    pub(super) fn fit(&self, op: Op, operands: &[Operand]) -> (smallvec::SmallVec<[Value; 4]>, Option<Type>) {
        let letters = letters(op);
        if letters.len() != operands.len() {
            self.keep(shape(op, format!("takes {} operands, not {}", letters.len(), operands.len())));
            return (operands.iter().map(|_| self.placeholder(Type::I64)).collect(), None);
        }
        let shared = self.shared_type(op, operands);
        let values = operands.iter().enumerate().map(|(index, &operand)| {
            let wanted = match letters[index] {
                letter if is_shared(letter) => shared,
                b'b' => Some(Type::I1),
                b'i' if op == Op::PtrAdd => Some(Type::I64),
                _ => None,
            };
            let ty = wanted.or_else(|| self.type_of(operand)).unwrap_or(Type::I64);
            self.operand(op, index, operand, ty)
        });
        let values: smallvec::SmallVec<[Value; 4]> = values.collect();
        for (index, value) in values.iter().enumerate() {
            if !fits(letters[index], value.ty) {
                self.keep(mismatch(op, index, meaning(letters[index]).to_owned(), value.ty));
            }
        }
        (values, shared)
    }

    /// The type of the first operand with a shared letter that is not a literal.
    fn shared_type(&self, op: Op, operands: &[Operand]) -> Option<Type> {
        let letters = letters(op);
        let mut shared = operands.iter().zip(letters).filter(|(_, letter)| is_shared(**letter));
        let found = shared.clone().find_map(|(&operand, _)| self.type_of(operand));
        if found.is_none() && shared.next().is_some() {
            self.keep(shape(op, "all operands are literals: make one a constant of a type".to_owned()));
        }
        found
    }

    /// The type that the op gives for operands of the shared type.
    pub(super) fn result_type(&self, op: Op, values: &[Value], shared: Option<Type>) -> Type {
        let first = values.first().map_or(Type::I64, |value| value.ty);
        match op.signature().1 {
            'b' if first.is_vector() => Type::I1.vector(first.lanes()),
            'b' => Type::I1,
            'p' => first,
            _ => shared.unwrap_or(first),
        }
    }
}

fn in_range(number: i128, ty: Type) -> bool {
    let bits = ty.bits();
    bits == 128 || (number >= -(1i128 << (bits - 1)) && number < 1i128 << bits)
}

fn spell(literal: Operand) -> String {
    match literal {
        Operand::Int(number) => number.to_string(),
        Operand::Float(number) => format!("{number:?}"),
        Operand::Bool(truth) => truth.to_string(),
        Operand::Value(value) => value.ty.to_string(),
        Operand::Var(var) => format!("variable {}", var.0),
    }
}

pub(super) fn mismatch(op: Op, operand: usize, expected: String, found: Type) -> BuildError {
    BuildError::TypeMismatch { op, operand, expected, found }
}

pub(super) fn shape(op: Op, message: impl Into<String>) -> BuildError {
    BuildError::Shape { op, message: message.into() }
}
