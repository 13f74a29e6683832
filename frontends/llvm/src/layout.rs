//! Sizes, alignments and field offsets, as the module's `target datalayout` says.

use crate::types::{NamedBody, Type, TypeId, TypeTable};

/// The parsed `target datalayout`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataLayout {
    /// Most significant byte first.
    pub big_endian: bool,
    /// Bytes of a pointer of address space 0.
    pub pointer_size: u32,
    /// Alignment of it, in bytes.
    pub pointer_align: u32,
    /// Alignment that the stack has at calls, in bytes; 0 when not said.
    pub stack_align: u32,
    /// Address space of stack slots.
    pub alloca_space: u32,
    /// Name mangling: `e` ELF, `o` Mach-O, `x`/`w` Windows, `m` MIPS.
    pub mangling: u8,
    /// (bits, alignment in bytes), ascending.
    ints: Vec<(u32, u32)>,
    floats: Vec<(u32, u32)>,
    vectors: Vec<(u32, u32)>,
    aggregate_align: u32,
}

impl Default for DataLayout {
    /// That of 64-bit little-endian machines, for text that names none.
    fn default() -> Self {
        DataLayout {
            big_endian: false,
            pointer_size: 8,
            pointer_align: 8,
            stack_align: 16,
            alloca_space: 0,
            mangling: b'e',
            ints: vec![(1, 1), (8, 1), (16, 2), (32, 4), (64, 8), (128, 16)],
            floats: vec![(16, 2), (32, 4), (64, 8), (80, 16), (128, 16)],
            vectors: vec![(64, 8), (128, 16)],
            aggregate_align: 1,
        }
    }
}

impl DataLayout {
    /// Parses the text of `target datalayout`; the error is the part that is wrong.
    pub fn parse(text: &str) -> Result<DataLayout, String> {
        let mut layout = DataLayout::default();
        if !text.is_empty() {
            // What a layout does not name has LLVM's default, which differs from ours in these.
            layout.ints = vec![(1, 1), (8, 1), (16, 2), (32, 4), (64, 4)];
            layout.floats = vec![(16, 2), (32, 4), (64, 8), (128, 16)];
            layout.stack_align = 0;
        }
        for spec in text.split('-').filter(|spec| !spec.is_empty()) {
            layout.parse_spec(spec).ok_or_else(|| spec.to_owned())?;
        }
        Ok(layout)
    }

    fn parse_spec(&mut self, spec: &str) -> Option<()> {
        let rest = spec.get(1..)?;
        let mut parts = rest.split(':');
        let first = parts.next()?;
        let second = parts.next();
        match spec.as_bytes()[0] {
            b'e' => self.big_endian = false,
            b'E' => self.big_endian = true,
            b'm' => self.mangling = *second?.as_bytes().first()?,
            b'S' => self.stack_align = bytes(first)?,
            b'A' => self.alloca_space = first.parse().ok()?,
            b'p' if first.is_empty() || first == "0" => {
                self.pointer_size = bytes(second?)?;
                self.pointer_align = parts.next().map_or(Some(self.pointer_size), bytes)?.max(1);
            }
            b'i' => set(&mut self.ints, first.parse().ok()?, bytes(second?)?.max(1)),
            b'f' => set(&mut self.floats, first.parse().ok()?, bytes(second?)?.max(1)),
            b'v' => set(&mut self.vectors, first.parse().ok()?, bytes(second?)?.max(1)),
            b'a' => self.aggregate_align = bytes(second?)?.max(1),
            // Other address spaces, native widths, program and global spaces, function alignment.
            b'p' | b'n' | b'P' | b'G' | b'F' | b's' => {}
            _ => return None,
        }
        Some(())
    }

    /// LLVM's rule: the entry of that width, else the next wider one, else the widest.
    fn int_align(&self, bits: u32) -> u32 {
        let wider = self.ints.iter().find(|(width, _)| *width >= bits);
        wider.or(self.ints.last()).map_or(1, |(_, align)| *align)
    }

    fn float_align(&self, bits: u32) -> u32 {
        let entry = self.floats.iter().find(|(width, _)| *width == bits);
        entry.map_or(bits.div_ceil(8).next_power_of_two(), |(_, align)| *align)
    }
}

/// Bits as decimal text, to bytes. Alignments and sizes are powers of two or 0.
fn bytes(text: &str) -> Option<u32> {
    let bits: u32 = text.parse().ok()?;
    let bytes = bits / 8;
    (bits.is_multiple_of(8) && (bytes == 0 || bytes.is_power_of_two()) && bytes <= 1 << 16).then_some(bytes)
}

fn set(table: &mut Vec<(u32, u32)>, bits: u32, align: u32) {
    match table.binary_search_by_key(&bits, |entry| entry.0) {
        Ok(index) => table[index].1 = align,
        Err(index) => table.insert(index, (bits, align)),
    }
}

/// Size and alignment of a type, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Bytes that a store of it writes.
    pub size: u64,
    /// A power of two.
    pub align: u32,
}

impl Layout {
    /// Distance between elements of an array; `None` beyond 64 bits.
    pub fn stride(self) -> Option<u64> {
        self.size.checked_next_multiple_of(u64::from(self.align))
    }
}

/// Why a type has no layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// `void`, `label`, an opaque structure, a scalable vector...
    #[error("type '{0}' has no size")]
    Unsized(String),
    /// A structure that contains itself.
    #[error("type '{0}' contains itself")]
    Recursive(String),
    /// Names that nest too deeply.
    #[error("type '{0}' is nested too deeply")]
    TooDeep(String),
    /// More than 2^63 bytes.
    #[error("type '{0}' is too large")]
    TooLarge(String),
}

#[derive(Clone, Copy)]
enum Entry {
    Unknown,
    /// Being computed: to meet it again means that it contains itself.
    Busy,
    /// Offsets of fields start at that index of `offsets`.
    Known(Layout, u32),
}

/// Layouts of the types of one table, computed once each.
#[derive(Clone)]
pub struct Layouts {
    /// The rules.
    pub data: DataLayout,
    entries: Vec<Entry>,
    offsets: Vec<u64>,
}

/// How deep structures may contain structures.
const MAX_NESTING: u32 = 256;

type LayoutResult<T> = Result<T, LayoutError>;

impl Layouts {
    /// An empty cache.
    pub fn new(data: DataLayout) -> Layouts {
        Layouts { data, entries: Vec::new(), offsets: Vec::new() }
    }

    /// Size and alignment of `ty`.
    #[inline]
    pub fn of(&mut self, types: &TypeTable<'_>, ty: TypeId) -> LayoutResult<Layout> {
        match self.entries.get(ty.index()) {
            Some(Entry::Known(layout, _)) => Ok(*layout),
            _ => self.compute(types, ty, 0),
        }
    }

    /// Bytes between elements of an array of `ty`.
    pub fn stride(&mut self, types: &TypeTable<'_>, ty: TypeId) -> LayoutResult<u64> {
        let layout = self.of(types, ty)?;
        layout.stride().ok_or_else(|| LayoutError::TooLarge(types.display(ty)))
    }

    /// Offset of a field of the structure `ty`, in bytes; `None` if it has no such field.
    pub fn field(&mut self, types: &TypeTable<'_>, ty: TypeId, field: u64) -> LayoutResult<Option<u64>> {
        self.of(types, ty)?;
        let body = struct_body(types, ty);
        let Type::Struct { fields, .. } = types.get(body) else {
            return Ok(None);
        };
        let Some(Entry::Known(_, start)) = self.entries.get(body.index()) else {
            return Ok(None);
        };
        let inside = field < fields.len() as u64;
        Ok(inside.then(|| self.offsets[*start as usize + field as usize]))
    }

    fn compute(&mut self, types: &TypeTable<'_>, ty: TypeId, depth: u32) -> LayoutResult<Layout> {
        if self.entries.len() < types.len() {
            self.entries.resize(types.len(), Entry::Unknown);
        }
        match self.entries[ty.index()] {
            Entry::Known(layout, _) => return Ok(layout),
            Entry::Busy => return Err(LayoutError::Recursive(types.display(ty))),
            Entry::Unknown if depth > MAX_NESTING => {
                return Err(LayoutError::TooDeep(types.display(ty)));
            }
            Entry::Unknown => self.entries[ty.index()] = Entry::Busy,
        }
        let result = self.compute_fresh(types, ty, depth);
        self.entries[ty.index()] = match &result {
            Ok((layout, offsets)) => Entry::Known(*layout, *offsets),
            Err(_) => Entry::Unknown,
        };
        result.map(|(layout, _)| layout)
    }

    fn compute_fresh(&mut self, types: &TypeTable<'_>, ty: TypeId, depth: u32) -> LayoutResult<(Layout, u32)> {
        let too_large = || LayoutError::TooLarge(types.display(ty));
        let float = |bits: u32| Layout { size: u64::from(bits / 8), align: self.data.float_align(bits) };
        let layout = match types.get(ty) {
            Type::Int(bits) => Layout { size: u64::from(bits.div_ceil(8)), align: self.data.int_align(bits) },
            Type::Ptr(0) => Layout { size: u64::from(self.data.pointer_size), align: self.data.pointer_align },
            Type::Half | Type::BFloat => float(16),
            Type::Float => float(32),
            Type::Double => float(64),
            Type::X86Fp80 => float(80),
            Type::Fp128 | Type::PpcFp128 => float(128),
            Type::Array { element, len } => {
                let element = self.compute(types, element, depth + 1)?;
                let stride = element.stride().ok_or_else(too_large)?;
                let size = stride.checked_mul(len).filter(|size| *size <= i64::MAX as u64);
                Layout { size: size.ok_or_else(too_large)?, align: element.align }
            }
            Type::Vector { element, len, scalable: false } => self.vector(types, element, len, depth)?,
            Type::Struct { fields, packed } => {
                return self.structure(types, ty, (fields, packed), depth);
            }
            Type::Named(index) => match types.named(index).body {
                NamedBody::Struct(body) => self.compute(types, body, depth + 1)?,
                _ => return Err(LayoutError::Unsized(types.display(ty))),
            },
            _ => return Err(LayoutError::Unsized(types.display(ty))),
        };
        Ok((layout, 0))
    }

    fn vector(&mut self, types: &TypeTable<'_>, element: TypeId, len: u32, depth: u32) -> LayoutResult<Layout> {
        let bits = match types.get(element) {
            Type::Int(bits) => u64::from(bits),
            _ => self.compute(types, element, depth + 1)?.size * 8,
        };
        let bits = bits * u64::from(len);
        let size = bits.div_ceil(8);
        let entry = self.data.vectors.iter().find(|(width, _)| u64::from(*width) == bits);
        // No entry: natural alignment. It is capped, as no object is aligned to gigabytes.
        let natural = size.max(1).next_power_of_two().min(1 << 30) as u32;
        Ok(Layout { size, align: entry.map_or(natural, |(_, align)| *align) })
    }

    fn structure(
        &mut self,
        types: &TypeTable<'_>,
        ty: TypeId,
        (fields, packed): (crate::ast::List, bool),
        depth: u32,
    ) -> LayoutResult<(Layout, u32)> {
        let too_large = || LayoutError::TooLarge(types.display(ty));
        let mut offsets = Vec::with_capacity(fields.len());
        let (mut size, mut align) = (0u64, if packed { 1 } else { self.data.aggregate_align });
        for &field in types.list(fields) {
            let layout = self.compute(types, field, depth + 1)?;
            if !packed {
                align = align.max(layout.align);
                size = size.checked_next_multiple_of(u64::from(layout.align)).ok_or_else(too_large)?;
            }
            offsets.push(size);
            let stride = layout.stride().ok_or_else(too_large)?;
            size = size.checked_add(stride).filter(|size| *size <= i64::MAX as u64).ok_or_else(too_large)?;
        }
        let start = self.offsets.len() as u32;
        self.offsets.append(&mut offsets);
        let size = size.next_multiple_of(u64::from(align));
        Ok((Layout { size, align }, start))
    }
}

/// The literal structure that a name stands for, else the type itself.
fn struct_body(types: &TypeTable<'_>, ty: TypeId) -> TypeId {
    match types.get(ty) {
        Type::Named(index) => match types.named(index).body {
            NamedBody::Struct(body) => body,
            _ => ty,
        },
        _ => ty,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const X86: &str = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128";

    fn layouts() -> (TypeTable<'static>, Layouts) {
        (TypeTable::default(), Layouts::new(DataLayout::parse(X86).expect("valid")))
    }

    #[test]
    fn scalars_and_structures() {
        let (mut types, mut layouts) = layouts();
        let i24 = types.int(24);
        assert_eq!(layouts.of(&types, i24), Ok(Layout { size: 3, align: 4 }));
        assert_eq!(layouts.of(&types, TypeId::X86_FP80), Ok(Layout { size: 10, align: 16 }));
        let fields = [TypeId::I8, TypeId::X86_FP80, TypeId::I16, i24];
        let padded = types.structure(&fields, false).expect("shallow");
        assert_eq!(layouts.of(&types, padded), Ok(Layout { size: 48, align: 16 }));
        assert_eq!(layouts.field(&types, padded, 3), Ok(Some(36)));
        assert_eq!(layouts.field(&types, padded, 4), Ok(None));
        let packed = types.structure(&fields, true).expect("shallow");
        assert_eq!(layouts.of(&types, packed), Ok(Layout { size: 23, align: 1 }));
        let vector = types.vector(TypeId::FLOAT, 3, false).expect("shallow");
        assert_eq!(layouts.of(&types, vector), Ok(Layout { size: 12, align: 16 }));
    }

    #[test]
    fn types_without_layout() {
        let (mut types, mut layouts) = layouts();
        let name = types.by_name(b"a".as_slice().into(), 0);
        let body = types.structure(&[TypeId::I8, name], false).expect("shallow");
        assert!(types.define(name, NamedBody::Struct(body)));
        assert_eq!(layouts.of(&types, name), Err(LayoutError::Recursive("%a".into())));
        let huge = types.array(TypeId::I64, u64::MAX).expect("shallow");
        assert!(matches!(layouts.of(&types, huge), Err(LayoutError::TooLarge(_))));
        assert!(matches!(layouts.of(&types, TypeId::VOID), Err(LayoutError::Unsized(_))));
        let mut chain = TypeId::I8;
        for number in 0..100_000 {
            let next = types.by_number(number, 0);
            let body = types.structure(&[chain], false).expect("names count as flat");
            types.define(next, NamedBody::Struct(body));
            chain = next;
        }
        assert!(matches!(layouts.of(&types, chain), Err(LayoutError::TooDeep(_))));
    }

    #[test]
    fn wrong_layouts_name_the_part() {
        assert_eq!(DataLayout::parse("e-i64:7"), Err("i64:7".into()));
        assert_eq!(DataLayout::parse("e-q"), Err("q".into()));
    }
}
