//! Types, interned: equal types have equal ids.

use std::borrow::Cow;
use std::fmt::Write;

use rustc_hash::FxHashMap;

use crate::ast::List;
use crate::error::ErrorKind;
use crate::numbers::NumberTable;

/// A type of a [`TypeTable`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct TypeId(pub(crate) u32);

impl TypeId {
    /// The index into tables that run parallel to the type table.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// How a type is made. Lists are runs of [`TypeTable::list`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Type {
    /// `void`
    Void,
    /// `label`
    Label,
    /// `metadata`
    Metadata,
    /// `token`
    Token,
    /// `half`
    Half,
    /// `bfloat`
    BFloat,
    /// `float`
    Float,
    /// `double`
    Double,
    /// `x86_fp80`
    X86Fp80,
    /// `fp128`
    Fp128,
    /// `ppc_fp128`
    PpcFp128,
    /// `x86_mmx`
    X86Mmx,
    /// `x86_amx`
    X86Amx,
    /// `i32`: the width in bits.
    Int(u32),
    /// `ptr`, `ptr addrspace(1)`: the address space.
    Ptr(u32),
    /// `[len x element]`
    Array {
        /// Type of each element.
        element: TypeId,
        /// Number of elements.
        len: u64,
    },
    /// `<len x element>`, `<vscale x len x element>`
    Vector {
        /// Type of each element.
        element: TypeId,
        /// Number of elements, or its smallest value when scalable.
        len: u32,
        /// `vscale`
        scalable: bool,
    },
    /// `{ ... }`, `<{ ... }>`
    Struct {
        /// Types of the fields.
        fields: List,
        /// Without padding.
        packed: bool,
    },
    /// `%name`: an index for [`TypeTable::named`].
    Named(u32),
    /// `ret (params, ...)`
    Function {
        /// Type of the result.
        ret: TypeId,
        /// Types of the fixed parameters.
        params: List,
        /// `...`
        varargs: bool,
    },
    /// `target("name", ...)`
    Target,
}

/// A type of `%name = type ...`.
#[derive(Clone, Debug)]
pub struct NamedType<'a> {
    /// Without the `%`; a number is written as digits.
    pub name: Cow<'a, [u8]>,
    /// What it stands for.
    pub body: NamedBody,
}

/// What a type name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NamedBody {
    /// Mentioned at this offset, not yet defined.
    Undefined(u32),
    /// `opaque`
    Opaque,
    /// A literal structure.
    Struct(TypeId),
}

/// How deep types and constants may nest.
pub const MAX_DEPTH: u32 = 256;

/// All types of a module. Parsers of function bodies each work on a copy, so that they can add.
#[derive(Clone, Debug)]
pub struct TypeTable<'a> {
    types: Vec<Type>,
    /// Nesting depth, parallel to `types`; a name counts as 0.
    depths: Vec<u16>,
    lists: Vec<TypeId>,
    /// Encoded composite types; see `intern`.
    interned: FxHashMap<Box<[u32]>, TypeId>,
    key: Vec<u32>,
    named: Vec<NamedType<'a>>,
    names: FxHashMap<Cow<'a, [u8]>, TypeId>,
    numbers: NumberTable,
}

macro_rules! common_types {
    ($($name:ident = $ty:expr, $text:literal;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[repr(u32)]
        enum Common { $($name),* }
        impl TypeId {
            $(#[doc = concat!("`", $text, "`")] pub const $name: TypeId = TypeId(Common::$name as u32);)*
        }
        const COMMON: &[Type] = &[$($ty),*];
    };
}

common_types! {
    VOID = Type::Void, "void";
    LABEL = Type::Label, "label";
    METADATA = Type::Metadata, "metadata";
    TOKEN = Type::Token, "token";
    HALF = Type::Half, "half";
    BFLOAT = Type::BFloat, "bfloat";
    FLOAT = Type::Float, "float";
    DOUBLE = Type::Double, "double";
    X86_FP80 = Type::X86Fp80, "x86_fp80";
    FP128 = Type::Fp128, "fp128";
    PPC_FP128 = Type::PpcFp128, "ppc_fp128";
    X86_MMX = Type::X86Mmx, "x86_mmx";
    X86_AMX = Type::X86Amx, "x86_amx";
    TARGET = Type::Target, "target(...)";
    PTR = Type::Ptr(0), "ptr";
    I1 = Type::Int(1), "i1";
    I8 = Type::Int(8), "i8";
    I16 = Type::Int(16), "i16";
    I32 = Type::Int(32), "i32";
    I64 = Type::Int(64), "i64";
    I128 = Type::Int(128), "i128";
}

/// Tags of encoded types.
mod tag {
    pub(super) const INT: u32 = 0;
    pub(super) const PTR: u32 = 1;
    pub(super) const ARRAY: u32 = 2;
    pub(super) const VECTOR: u32 = 3;
    pub(super) const STRUCT: u32 = 4;
    pub(super) const FUNCTION: u32 = 5;
}

impl Default for TypeTable<'_> {
    fn default() -> Self {
        TypeTable {
            types: COMMON.to_vec(),
            depths: vec![0; COMMON.len()],
            lists: Vec::new(),
            interned: FxHashMap::default(),
            key: Vec::new(),
            named: Vec::new(),
            names: FxHashMap::default(),
            numbers: NumberTable::default(),
        }
    }
}

impl<'a> TypeTable<'a> {
    /// How `id` is made.
    #[inline]
    pub fn get(&self, id: TypeId) -> Type {
        self.types[id.index()]
    }

    /// How `id` is made, with a name replaced by the structure that it stands for.
    pub fn resolve(&self, id: TypeId) -> Type {
        match self.get(id) {
            Type::Named(name) => match self.named[name as usize].body {
                NamedBody::Struct(body) => self.get(body),
                NamedBody::Undefined(_) | NamedBody::Opaque => Type::Named(name),
            },
            other => other,
        }
    }

    /// The types of a list.
    #[inline]
    pub fn list(&self, list: List) -> &[TypeId] {
        &self.lists[list.range()]
    }

    /// Number of types.
    pub fn len(&self) -> usize {
        self.types.len()
    }

    /// A table is never empty: it starts with the common types.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The named type with this index.
    pub fn named(&self, index: u32) -> &NamedType<'a> {
        &self.named[index as usize]
    }

    /// The integer type of `bits` bits.
    #[inline]
    pub fn int(&mut self, bits: u32) -> TypeId {
        match bits {
            1 => TypeId::I1,
            8 => TypeId::I8,
            16 => TypeId::I16,
            32 => TypeId::I32,
            64 => TypeId::I64,
            128 => TypeId::I128,
            _ => self.intern(&[tag::INT, bits], &[], |_| Type::Int(bits)),
        }
    }

    /// The pointer type of an address space.
    pub fn ptr(&mut self, address_space: u32) -> TypeId {
        match address_space {
            0 => TypeId::PTR,
            _ => self.intern(&[tag::PTR, address_space], &[], |_| Type::Ptr(address_space)),
        }
    }

    /// `[len x element]`
    pub fn array(&mut self, element: TypeId, len: u64) -> Result<TypeId, ErrorKind> {
        self.check_depth(&[element])?;
        let key = [tag::ARRAY, element.0, len as u32, (len >> 32) as u32];
        Ok(self.intern(&key, &[element], |_| Type::Array { element, len }))
    }

    /// `<len x element>`
    pub fn vector(&mut self, element: TypeId, len: u32, scalable: bool) -> Result<TypeId, ErrorKind> {
        self.check_depth(&[element])?;
        let key = [tag::VECTOR, element.0, len, u32::from(scalable)];
        Ok(self.intern(&key, &[element], |_| Type::Vector { element, len, scalable }))
    }

    /// `{ fields }`
    pub fn structure(&mut self, fields: &[TypeId], packed: bool) -> Result<TypeId, ErrorKind> {
        self.check_depth(fields)?;
        let key = [tag::STRUCT, u32::from(packed)];
        Ok(self.intern(&key, fields, |fields| Type::Struct { fields, packed }))
    }

    /// `ret (params)`
    pub fn function(&mut self, ret: TypeId, params: &[TypeId], varargs: bool) -> Result<TypeId, ErrorKind> {
        self.check_depth(&[ret])?;
        self.check_depth(params)?;
        let key = [tag::FUNCTION, ret.0, u32::from(varargs)];
        Ok(self.intern(&key, params, |params| Type::Function { ret, params, varargs }))
    }

    fn check_depth(&self, parts: &[TypeId]) -> Result<(), ErrorKind> {
        let deepest = parts.iter().map(|part| self.depths[part.index()]).max().unwrap_or(0);
        if u32::from(deepest) < MAX_DEPTH { Ok(()) } else { Err(ErrorKind::TooDeep(MAX_DEPTH)) }
    }

    /// The type encoded by `head` and `parts`. `make` gets the parts as a stored list.
    fn intern(&mut self, head: &[u32], parts: &[TypeId], make: impl FnOnce(List) -> Type) -> TypeId {
        let mut key = std::mem::take(&mut self.key);
        key.clear();
        key.extend_from_slice(head);
        key.extend(parts.iter().map(|part| part.0));
        let id = match self.interned.get(key.as_slice()) {
            Some(&id) => id,
            None => {
                let start = self.lists.len();
                self.lists.extend_from_slice(parts);
                let depth = parts.iter().map(|part| self.depths[part.index()] + 1).max().unwrap_or(0);
                let id = self.push(make(List::new(start, self.lists.len())), depth);
                self.interned.insert(key.as_slice().into(), id);
                id
            }
        };
        self.key = key;
        id
    }

    fn push(&mut self, ty: Type, depth: u16) -> TypeId {
        let id = TypeId(self.types.len() as u32);
        self.types.push(ty);
        self.depths.push(depth);
        id
    }

    /// The type called `name`, mentioned at `offset`.
    #[inline]
    pub(crate) fn by_name(&mut self, name: Cow<'a, [u8]>, offset: u32) -> TypeId {
        match self.names.get(&name) {
            Some(&id) => id,
            None => {
                let id = self.mention(name.clone(), offset);
                self.names.insert(name, id);
                id
            }
        }
    }

    /// The type `%number`, mentioned at `offset`.
    pub(crate) fn by_number(&mut self, number: u32, offset: u32) -> TypeId {
        match self.numbers.get(number) {
            Some(id) => TypeId(id),
            None => {
                let id = self.mention(number.to_string().into_bytes().into(), offset);
                self.numbers.insert(number, id.0);
                id
            }
        }
    }

    fn mention(&mut self, name: Cow<'a, [u8]>, offset: u32) -> TypeId {
        let index = self.named.len() as u32;
        self.named.push(NamedType { name, body: NamedBody::Undefined(offset) });
        self.push(Type::Named(index), 0)
    }

    /// Gives the name `id` a body; false if it has one.
    pub(crate) fn define(&mut self, id: TypeId, body: NamedBody) -> bool {
        let Type::Named(index) = self.get(id) else {
            return false;
        };
        let named = &mut self.named[index as usize];
        let fresh = matches!(named.body, NamedBody::Undefined(_));
        named.body = body;
        fresh
    }

    /// The first name from `from` on that was mentioned and never defined.
    pub(crate) fn undefined(&self, from: usize) -> Option<(&NamedType<'a>, u32)> {
        self.named[from..].iter().find_map(|named| match named.body {
            NamedBody::Undefined(offset) => Some((named, offset)),
            _ => None,
        })
    }

    /// Number of named types.
    pub(crate) fn named_len(&self) -> usize {
        self.named.len()
    }

    /// The element type if `id` is a vector, else `id`.
    pub fn scalar(&self, id: TypeId) -> TypeId {
        match self.get(id) {
            Type::Vector { element, .. } => element,
            _ => id,
        }
    }

    /// Whether `id` is an integer or a vector of integers.
    pub fn is_int_or_vector(&self, id: TypeId) -> bool {
        matches!(self.get(self.scalar(id)), Type::Int(_))
    }

    /// Whether `id` is a pointer or a vector of pointers.
    pub fn is_ptr_or_vector(&self, id: TypeId) -> bool {
        matches!(self.get(self.scalar(id)), Type::Ptr(_))
    }

    /// Whether `id` is a floating-point type or a vector of them.
    pub fn is_float_or_vector(&self, id: TypeId) -> bool {
        matches!(
            self.get(self.scalar(id)),
            Type::Half | Type::BFloat | Type::Float | Type::Double | Type::X86Fp80 | Type::Fp128 | Type::PpcFp128
        )
    }

    /// The type of a part of an aggregate: field `index` of a structure, element of an array.
    pub fn part(&self, id: TypeId, index: u64) -> Option<TypeId> {
        match self.resolve(id) {
            Type::Struct { fields, .. } => self.list(fields).get(usize::try_from(index).ok()?).copied(),
            Type::Array { element, len } => (index < len).then_some(element),
            _ => None,
        }
    }

    /// The type with `element` in place of the scalar, as a comparison of it yields.
    pub(crate) fn with_scalar(&mut self, shape: TypeId, element: TypeId) -> Result<TypeId, ErrorKind> {
        match self.get(shape) {
            Type::Vector { len, scalable, .. } => self.vector(element, len, scalable),
            _ => Ok(element),
        }
    }

    /// As written in the text.
    pub fn display(&self, id: TypeId) -> String {
        let mut text = String::new();
        self.write(id, &mut text);
        text
    }

    /// Recursion is bounded by `MAX_DEPTH`, since names are not followed.
    fn write(&self, id: TypeId, out: &mut String) {
        match self.get(id) {
            Type::Void => out.push_str("void"),
            Type::Label => out.push_str("label"),
            Type::Metadata => out.push_str("metadata"),
            Type::Token => out.push_str("token"),
            Type::Half => out.push_str("half"),
            Type::BFloat => out.push_str("bfloat"),
            Type::Float => out.push_str("float"),
            Type::Double => out.push_str("double"),
            Type::X86Fp80 => out.push_str("x86_fp80"),
            Type::Fp128 => out.push_str("fp128"),
            Type::PpcFp128 => out.push_str("ppc_fp128"),
            Type::X86Mmx => out.push_str("x86_mmx"),
            Type::X86Amx => out.push_str("x86_amx"),
            Type::Target => out.push_str("target(...)"),
            Type::Int(bits) => write!(out, "i{bits}").expect("strings take all"),
            Type::Ptr(0) => out.push_str("ptr"),
            Type::Ptr(space) => write!(out, "ptr addrspace({space})").expect("strings take all"),
            Type::Named(name) => {
                let name = String::from_utf8_lossy(&self.named[name as usize].name);
                write!(out, "%{name}").expect("strings take all");
            }
            Type::Array { element, len } => {
                write!(out, "[{len} x ").expect("strings take all");
                self.write(element, out);
                out.push(']');
            }
            Type::Vector { element, len, scalable } => {
                let vscale = if scalable { "vscale x " } else { "" };
                write!(out, "<{vscale}{len} x ").expect("strings take all");
                self.write(element, out);
                out.push('>');
            }
            Type::Struct { fields, packed } => {
                out.push_str(if packed { "<{ " } else { "{ " });
                self.write_list(fields, out);
                out.push_str(if packed { " }>" } else { " }" });
            }
            Type::Function { ret, params, varargs } => {
                self.write(ret, out);
                out.push_str(" (");
                self.write_list(params, out);
                match (varargs, params.is_empty()) {
                    (true, true) => out.push_str("..."),
                    (true, false) => out.push_str(", ..."),
                    (false, _) => {}
                }
                out.push(')');
            }
        }
    }

    fn write_list(&self, list: List, out: &mut String) {
        for (index, &part) in self.list(list).iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            self.write(part, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_types_have_equal_ids() {
        let mut types = TypeTable::default();
        let array = types.array(TypeId::I8, 1 << 40).expect("shallow");
        assert_eq!(types.array(TypeId::I8, 1 << 40), Ok(array));
        assert_ne!(types.array(TypeId::I8, 0), Ok(array));
        let function = types.function(TypeId::I32, &[TypeId::PTR, array], true).expect("shallow");
        assert_eq!(types.display(function), "i32 (ptr, [1099511627776 x i8], ...)");
        assert_eq!(types.int(24), types.int(24));
        for (index, ty) in COMMON.iter().enumerate() {
            assert_eq!(types.get(TypeId(index as u32)), *ty);
        }
    }

    #[test]
    fn depth_is_limited_even_when_built_step_by_step() {
        let mut types = TypeTable::default();
        let mut ty = TypeId::I8;
        for _ in 0..MAX_DEPTH {
            ty = types.array(ty, 2).expect("within the limit");
        }
        assert_eq!(types.array(ty, 2), Err(ErrorKind::TooDeep(MAX_DEPTH)));
    }
}
