//! Types of values in the graph: scalars as they are, aggregates as their scalar leaves.

use super::quad::QUAD;
use smallvec::SmallVec;
use son_ir::Type;

use crate::ast::List;
use crate::error::ErrorKind;
use crate::layout::{DataLayout, LayoutError, Layouts};
use crate::types::{Type as Ast, TypeId, TypeTable};

/// A scalar of an aggregate, and where it lies in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Leaf {
    pub(crate) offset: u64,
    pub(crate) ty: Type,
}

/// What values of a type are in the graph.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lowered {
    Scalar(Type),
    /// A run of leaves, see [`Lowering::leaves`].
    Aggregate(List),
}

/// Aggregates of more leaves are not taken apart. Clang copies larger ones as blocks of memory.
const MAX_LEAVES: usize = 1024;

/// Wider integers are refused.
const MAX_WIDE_BITS: u32 = 1024;

/// Types of the graph by types of the text, computed once each.
pub(crate) struct Lowering {
    pub(crate) layouts: Layouts,
    known: Vec<Option<Lowered>>,
    leaves: Vec<Leaf>,
}

impl Lowering {
    pub(crate) fn new(layout: DataLayout) -> Lowering {
        Lowering { layouts: Layouts::new(layout), known: Vec::new(), leaves: Vec::new() }
    }

    /// What values of `ty` are in the graph; `void` is an aggregate without leaves.
    #[inline]
    pub(crate) fn lower(&mut self, types: &TypeTable<'_>, ty: TypeId) -> Result<Lowered, ErrorKind> {
        match self.known.get(ty.index()) {
            Some(Some(known)) => Ok(*known),
            _ => self.lower_new(types, ty),
        }
    }

    /// The scalar type of the graph; an aggregate is an error.
    #[inline]
    pub(crate) fn scalar(&mut self, types: &TypeTable<'_>, ty: TypeId) -> Result<Type, ErrorKind> {
        match self.lower(types, ty)? {
            Lowered::Scalar(scalar) => Ok(scalar),
            Lowered::Aggregate(_) => Err(unsupported(types, ty, "here")),
        }
    }

    pub(crate) fn leaves(&self, list: List) -> &[Leaf] {
        &self.leaves[list.range()]
    }

    /// The leaves of any type: of a scalar, itself.
    pub(crate) fn parts(&mut self, types: &TypeTable<'_>, ty: TypeId) -> Result<SmallVec<[Leaf; 4]>, ErrorKind> {
        Ok(match self.lower(types, ty)? {
            Lowered::Scalar(ty) => SmallVec::from_slice(&[Leaf { offset: 0, ty }]),
            Lowered::Aggregate(list) => SmallVec::from_slice(self.leaves(list)),
        })
    }

    /// Number of leaves.
    pub(crate) fn count(&mut self, types: &TypeTable<'_>, ty: TypeId) -> Result<usize, ErrorKind> {
        Ok(match self.lower(types, ty)? {
            Lowered::Scalar(_) => 1,
            Lowered::Aggregate(list) => list.len(),
        })
    }

    /// The leaves of one part of an aggregate: how many come before, and the part's type.
    pub(crate) fn part(
        &mut self,
        types: &TypeTable<'_>,
        aggregate: TypeId,
        index: u32,
    ) -> Result<(usize, TypeId), ErrorKind> {
        match types.resolve(aggregate) {
            Ast::Array { element, .. } => Ok((self.count(types, element)? * index as usize, element)),
            Ast::Struct { fields, .. } => {
                let fields = types.list(fields);
                let mut before = 0;
                for &field in &fields[..index as usize] {
                    before += self.count(types, field)?;
                }
                Ok((before, fields[index as usize]))
            }
            _ => Err(unsupported(types, aggregate, "as an aggregate")),
        }
    }

    fn lower_new(&mut self, types: &TypeTable<'_>, ty: TypeId) -> Result<Lowered, ErrorKind> {
        let lowered = match types.get(ty) {
            Ast::Int(bits) if bits <= Type::MAX_INT_BITS => Lowered::Scalar(Type::int(bits)),
            // Bit fields of packed structures are read so. See `wide.rs`.
            Ast::Int(bits) if bits <= MAX_WIDE_BITS => self.words(bits),
            Ast::Ptr(0) => Lowered::Scalar(Type::PTR),
            Ast::Float => Lowered::Scalar(Type::F32),
            Ast::Double => Lowered::Scalar(Type::F64),
            Ast::Fp128 => Lowered::Scalar(QUAD),
            // The calling conventions of C pass pairs of floats so. Such a value is only moved, which
            // a double does as well; operators refuse vectors.
            Ast::Vector { element: TypeId::FLOAT, len: 2, scalable: false } => Lowered::Scalar(Type::F64),
            // That of Windows returns integers of 128 bits so, which are only moved, too: the signature says how.
            Ast::Vector { element, len: 2, scalable: false } if types.get(element) == Ast::Int(64) => {
                Lowered::Scalar(Type::I128)
            }
            Ast::Void => Lowered::Aggregate(List::default()),
            Ast::Struct { .. } | Ast::Array { .. } | Ast::Named(_) => self.aggregate(types, ty)?,
            _ => return Err(unsupported(types, ty, "")),
        };
        if self.known.len() <= ty.index() {
            self.known.resize(types.len().max(ty.index() + 1), None);
        }
        self.known[ty.index()] = Some(lowered);
        Ok(lowered)
    }

    /// An integer too wide for the graph: words of 64 bits, lowest first, and the rest.
    fn words(&mut self, bits: u32) -> Lowered {
        let start = self.leaves.len();
        for word in 0..bits.div_ceil(64) {
            let ty = Type::int((bits - word * 64).min(64));
            self.leaves.push(Leaf { offset: u64::from(word) * 8, ty });
        }
        Lowered::Aggregate(List::new(start, self.leaves.len()))
    }

    /// Recursion is bounded, since computing the layout refuses deeper nesting.
    fn aggregate(&mut self, types: &TypeTable<'_>, ty: TypeId) -> Result<Lowered, ErrorKind> {
        self.layouts.of(types, ty).map_err(layout_error)?;
        let mut leaves = Vec::new();
        match types.resolve(ty) {
            Ast::Array { element, len } => {
                let part = self.parts(types, element)?;
                let stride = self.layouts.stride(types, element).map_err(layout_error)?;
                if !part.is_empty() && len > (MAX_LEAVES / part.len()) as u64 {
                    return Err(unsupported(types, ty, "as a value"));
                }
                if !part.is_empty() {
                    let elements = (0..len).map(|index| index * stride);
                    leaves.extend(elements.flat_map(|start| {
                        part.iter().map(move |leaf| Leaf { offset: start + leaf.offset, ty: leaf.ty })
                    }));
                }
            }
            Ast::Struct { fields, .. } => {
                for (index, &field) in types.list(fields).iter().enumerate() {
                    let offset = self.layouts.field(types, ty, index as u64).map_err(layout_error)?;
                    let start = offset.unwrap_or(0);
                    let part = self.parts(types, field)?;
                    leaves.extend(part.iter().map(|leaf| Leaf { offset: start + leaf.offset, ty: leaf.ty }));
                    if leaves.len() > MAX_LEAVES {
                        return Err(unsupported(types, ty, "as a value"));
                    }
                }
            }
            _ => return Err(unsupported(types, ty, "")),
        }
        let start = self.leaves.len();
        self.leaves.append(&mut leaves);
        Ok(Lowered::Aggregate(List::new(start, self.leaves.len())))
    }
}

#[cold]
fn unsupported(types: &TypeTable<'_>, ty: TypeId, place: &str) -> ErrorKind {
    let space = if place.is_empty() { "" } else { " " };
    ErrorKind::Unsupported(format!("type '{}'{space}{place}", types.display(ty)).into())
}

#[cold]
pub(crate) fn layout_error(error: LayoutError) -> ErrorKind {
    ErrorKind::Invalid(error.to_string().into())
}
