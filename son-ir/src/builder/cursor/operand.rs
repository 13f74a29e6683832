//! What is handed to the cursor's methods: values, literals, lists of either, types.

use crate::builder::Var;
use crate::graph::NodeId;
use crate::types::Type;
use smallvec::SmallVec;

/// A value of the function under construction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Value {
    pub(super) node: NodeId,
    pub(super) ty: Type,
    /// The function that it belongs to.
    pub(super) owner: u32,
}

impl Value {
    /// Its type; of what a call of a function without results "returns", [`Type::TUPLE`].
    pub fn ty(self) -> Type {
        self.ty
    }

    /// Its node, to look at in the graph.
    pub fn node(self) -> NodeId {
        self.node
    }
}

/// An operand: a value, a variable to be read, or a literal, which takes the type that is wanted.
#[derive(Clone, Copy, Debug)]
pub enum Operand {
    /// A value.
    Value(Value),
    /// The value that the variable has here.
    Var(Var),
    /// An integer; also 0 as the null pointer, and the float of that value.
    Int(i128),
    /// A float.
    Float(f64),
    /// A truth value.
    Bool(bool),
}

impl From<Value> for Operand {
    fn from(value: Value) -> Operand {
        Operand::Value(value)
    }
}

impl From<Var> for Operand {
    fn from(var: Var) -> Operand {
        Operand::Var(var)
    }
}

impl From<f64> for Operand {
    fn from(value: f64) -> Operand {
        Operand::Float(value)
    }
}

impl From<f32> for Operand {
    fn from(value: f32) -> Operand {
        Operand::Float(value.into())
    }
}

impl From<bool> for Operand {
    fn from(value: bool) -> Operand {
        Operand::Bool(value)
    }
}

impl From<usize> for Operand {
    fn from(value: usize) -> Operand {
        Operand::Int(value as i128)
    }
}

macro_rules! integers {
    ($($int:ty)*) => {
        $(impl From<$int> for Operand {
            fn from(value: $int) -> Operand {
                Operand::Int(value.into())
            }
        })*
    };
}

integers!(i8 i16 i32 i64 i128 u8 u16 u32 u64);

/// A list of operands: a tuple, whose members may differ in kind, an array, a slice, or nothing.
pub trait Operands {
    /// The operands in order.
    fn operands(self) -> SmallVec<[Operand; 6]>;
}

impl<T: Into<Operand>, const N: usize> Operands for [T; N] {
    fn operands(self) -> SmallVec<[Operand; 6]> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<T: Into<Operand> + Copy> Operands for &[T] {
    fn operands(self) -> SmallVec<[Operand; 6]> {
        self.iter().map(|&operand| operand.into()).collect()
    }
}

impl<T: Into<Operand> + Copy> Operands for &Vec<T> {
    fn operands(self) -> SmallVec<[Operand; 6]> {
        self.as_slice().operands()
    }
}

macro_rules! tuples {
    ($(($($name:ident)*))*) => {
        $(impl<$($name: Into<Operand>),*> Operands for ($($name,)*) {
            #[allow(non_snake_case, reason = "the members are named as their types")]
            fn operands(self) -> SmallVec<[Operand; 6]> {
                let ($($name,)*) = self;
                smallvec::smallvec![$($name.into()),*]
            }
        })*
    };
}

tuples! { () (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) }

/// A list of types: one, an array, a slice, or `()` for none.
pub trait Types {
    /// The types in order.
    fn types(self) -> SmallVec<[Type; 4]>;
}

impl Types for Type {
    fn types(self) -> SmallVec<[Type; 4]> {
        smallvec::smallvec![self]
    }
}

impl Types for () {
    fn types(self) -> SmallVec<[Type; 4]> {
        SmallVec::new()
    }
}

impl<const N: usize> Types for [Type; N] {
    fn types(self) -> SmallVec<[Type; 4]> {
        SmallVec::from_slice(&self)
    }
}

impl Types for &[Type] {
    fn types(self) -> SmallVec<[Type; 4]> {
        SmallVec::from_slice(self)
    }
}
