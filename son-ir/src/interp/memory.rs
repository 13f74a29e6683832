//! Byte memory made of objects, each at addresses of its own with gaps between.
//!
//! Addresses are never used twice, so that a stale pointer is always noticed. For each byte it is known
//! whether it was written and whether what was written is poison; for each aligned word, which object the
//! pointer in it came from. An access through a pointer of known origin must lie within that object; through
//! one of unknown origin (made from an integer) within any.

use super::undefined::Undefined;
use super::value::{Cell, Value, cells_of_scalar, pack, unpack};
use crate::module::SymbolId;
use crate::types::Type;
use smallvec::SmallVec;
use std::collections::VecDeque;
use std::rc::Rc;

/// What an object is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Data of the module, or of the C library.
    Global(SymbolId),
    Stack,
    Heap,
    /// An object with a shape, by its row of the machine's list of them.
    Managed(u32),
    Function(SymbolId),
    /// An indirect target of a function.
    Block(SymbolId, u32),
    /// Arguments of the program and what the C library keeps.
    Host,
}

impl Kind {
    fn is_code(self) -> bool {
        matches!(self, Kind::Function(_) | Kind::Block(..))
    }
}

/// State of a byte beside its value.
mod shadow {
    pub(super) const WRITTEN: u8 = 0;
    pub(super) const NEVER_WRITTEN: u8 = 1;
    pub(super) const POISON: u8 = 2;
}

#[derive(Clone)]
struct Object {
    base: u64,
    size: u64,
    kind: Kind,
    live: bool,
    constant: bool,
    bytes: Vec<u8>,
    /// State of each byte; empty if all are written.
    shadow: Vec<u8>,
    /// Origin of the pointer in each aligned word; empty if there is none.
    origins: Vec<u32>,
}

/// What a load of bytes that were never written gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Uninitialized {
    /// Unspecified bits: each such byte reads as this one.
    Unspecified(u8),
    /// Poison: finds programs that depend on such bytes.
    Poison,
}

/// Where an access goes.
#[derive(Clone, Copy)]
pub(super) struct Place {
    object: u32,
    offset: usize,
}

/// The gap between objects, more than an off-by-a-few access spans.
const GAP: u64 = 64;
/// Where objects start.
const FIRST_ADDRESS: u64 = 0x10_0000;
/// Accesses below are through null.
const NULL_PAGE: u64 = 4096;
/// Freed objects whose slot is kept, so that an access to them is told by name.
const QUARANTINE: usize = 4096;
/// Buffers of freed objects above this size are given back.
const KEPT_BUFFER: usize = 4096;

/// The memory of a running program.
#[derive(Clone)]
pub struct Memory {
    /// Object 0 stands for an unknown origin.
    objects: Vec<Object>,
    /// By ascending address; some may be gone.
    by_address: Vec<(u64, u32)>,
    gone: usize,
    freed: VecDeque<u32>,
    next: u64,
    used: u64,
    limit: u64,
    uninitialized: Uninitialized,
    /// Names of the module's symbols, for messages.
    names: Rc<[String]>,
}

type Access<T> = Result<T, Box<Undefined>>;

impl Memory {
    pub(super) fn new(limit: u64, uninitialized: Uninitialized) -> Memory {
        let unknown = Object {
            base: 0,
            size: 0,
            kind: Kind::Host,
            live: false,
            constant: true,
            bytes: Vec::new(),
            shadow: Vec::new(),
            origins: Vec::new(),
        };
        Memory {
            objects: vec![unknown],
            by_address: Vec::new(),
            gone: 0,
            freed: VecDeque::new(),
            next: FIRST_ADDRESS,
            used: 0,
            limit,
            uninitialized,
            names: Rc::new([]),
        }
    }

    pub(super) fn name_symbols(&mut self, names: Rc<[String]>) {
        self.names = names;
    }

    /// Sets the limit for objects made from now on, and what their bytes read as.
    pub(super) fn configure(&mut self, limit: u64, uninitialized: Uninitialized) {
        self.limit = self.used.saturating_add(limit);
        self.uninitialized = uninitialized;
    }

    // ---- For hosts ----

    /// Copies bytes that the pointer points to; an error says why it may not be read.
    pub fn read_at(&self, pointer: &Value, size: u64) -> Result<Vec<u8>, Undefined> {
        self.bytes(pointer.cells[0], size).map(<[u8]>::to_vec).map_err(|what| *what)
    }

    /// Writes bytes where the pointer points to.
    pub fn write_at(&mut self, pointer: &Value, bytes: &[u8]) -> Result<(), Undefined> {
        self.write(pointer.cells[0], bytes).map_err(|what| *what)
    }

    // ---- Objects ----

    /// Would an object of this size still fit?
    pub(super) fn has_room(&self, size: u64) -> bool {
        size <= self.limit - self.used.min(self.limit)
    }

    /// A new object; its bytes are not written yet. The caller asks for room first.
    pub(super) fn create(&mut self, kind: Kind, size: u64, align: u64) -> Cell {
        let align = align.max(16);
        let base = self.next.next_multiple_of(align);
        self.next = base + size + GAP;
        self.used += size;
        let number = self.unused_slot();
        let fill = match self.uninitialized {
            Uninitialized::Unspecified(byte) => byte,
            Uninitialized::Poison => 0,
        };
        let object = &mut self.objects[number as usize];
        (object.base, object.size, object.kind) = (base, size, kind);
        (object.live, object.constant) = (true, false);
        object.bytes.clear();
        object.shadow.clear();
        object.origins.clear();
        if !kind.is_code() {
            object.bytes.resize(size as usize, fill);
            object.shadow.resize(size as usize, shadow::NEVER_WRITTEN);
        }
        self.by_address.push((base, number));
        Cell::pointer(base, number)
    }

    /// A new object with these bytes, then zeros up to its size.
    pub(super) fn create_with(&mut self, kind: Kind, bytes: &[u8], size: u64, align: u64) -> Cell {
        let cell = self.create(kind, 0, align);
        let object = &mut self.objects[cell.tag as usize];
        object.size = size;
        object.bytes.extend_from_slice(bytes);
        object.bytes.resize(size as usize, 0);
        self.next += size;
        self.used += size;
        cell
    }

    fn unused_slot(&mut self) -> u32 {
        if self.freed.len() > QUARANTINE {
            return self.freed.pop_front().expect("longer than the quarantine");
        }
        self.objects.push(Object {
            base: 0,
            size: 0,
            kind: Kind::Host,
            live: false,
            constant: false,
            bytes: Vec::new(),
            shadow: Vec::new(),
            origins: Vec::new(),
        });
        self.objects.len() as u32 - 1
    }

    pub(super) fn make_constant(&mut self, object: u32) {
        self.objects[object as usize].constant = true;
    }

    /// Ends the object's life.
    pub(super) fn destroy(&mut self, number: u32) {
        let object = &mut self.objects[number as usize];
        object.live = false;
        self.used -= object.size;
        for capacity in [object.bytes.capacity(), object.shadow.capacity(), object.origins.capacity()] {
            if capacity > KEPT_BUFFER {
                (object.bytes, object.shadow, object.origins) = (Vec::new(), Vec::new(), Vec::new());
                break;
            }
        }
        self.freed.push_back(number);
        self.gone += 1;
        if self.gone > 64 && self.gone > self.by_address.len() / 2 {
            let objects = &self.objects;
            self.by_address.retain(|&(base, number)| {
                let object = &objects[number as usize];
                object.live && object.base == base
            });
            self.gone = 0;
        }
    }

    /// `free`: ends a heap object.
    pub(super) fn free(&mut self, pointer: Cell) -> Access<()> {
        let (number, _) = self.heap_object(pointer)?;
        self.destroy(number);
        Ok(())
    }

    /// The heap object that starts at the pointer, and its size.
    pub(super) fn heap_object(&self, pointer: Cell) -> Access<(u32, u64)> {
        let number = if pointer.tag == 0 { self.find(pointer.bits).unwrap_or(0) } else { pointer.tag };
        let object = &self.objects[number as usize];
        if object.base != pointer.bits || object.kind != Kind::Heap {
            return Err(Undefined::InvalidFree { address: pointer.bits }.into());
        }
        if !object.live {
            return Err(Undefined::DoubleFree { object: self.describe(number) }.into());
        }
        Ok((number, object.size))
    }

    /// The live object around the address.
    fn find(&self, address: u64) -> Option<u32> {
        let after = self.by_address.partition_point(|&(base, _)| base <= address);
        let &(base, number) = self.by_address[..after].last()?;
        let object = &self.objects[number as usize];
        let inside = object.live && object.base == base && (address - base < object.size || address == base);
        inside.then_some(number)
    }

    /// What lives at exactly this address, for calls and indirect jumps.
    pub(super) fn code_at(&self, pointer: Cell) -> Option<Kind> {
        let number = if pointer.tag == 0 { self.find(pointer.bits)? } else { pointer.tag };
        let object = &self.objects[number as usize];
        (object.live && object.base == pointer.bits).then_some(object.kind)
    }

    /// Does the offset stay within the object that the pointer came from, one past its end included?
    pub(super) fn stays_within(&self, pointer: Cell, result: u64) -> bool {
        let number = if pointer.tag == 0 { self.find(pointer.bits).unwrap_or(0) } else { pointer.tag };
        let object = &self.objects[number as usize];
        let within = |address: u64| address.wrapping_sub(object.base) <= object.size;
        number == 0 || !object.live || pointer.bits == result || (within(pointer.bits) && within(result))
    }

    /// A pointer to the start of an object.
    pub(super) fn start_of(&self, number: u32) -> Cell {
        Cell::pointer(self.objects[number as usize].base, number)
    }

    /// The live object that the pointer came from, if the pointer is its start; what it is, and its number.
    pub(super) fn object_at(&self, pointer: Cell) -> Option<(Kind, u32)> {
        let number = if pointer.tag == 0 { self.find(pointer.bits)? } else { pointer.tag };
        let object = self.objects.get(number as usize)?;
        (object.live && !pointer.is_poison() && object.base == pointer.bits).then_some((object.kind, number))
    }

    /// Object and offset of an address, for traces that do not depend on where objects lie.
    pub(super) fn locate(&self, pointer: Cell) -> Option<(Kind, u64)> {
        let number = if pointer.tag == 0 { self.find(pointer.bits)? } else { pointer.tag };
        let object = self.objects.get(number as usize)?;
        (object.live).then_some((object.kind, pointer.bits.wrapping_sub(object.base)))
    }

    pub(super) fn name(&self, symbol: SymbolId) -> String {
        self.names.get(symbol.index()).cloned().unwrap_or_else(|| format!("symbol {}", symbol.0))
    }

    fn describe(&self, number: u32) -> String {
        let object = &self.objects[number as usize];
        match object.kind {
            Kind::Global(symbol) | Kind::Function(symbol) => self.name(symbol),
            Kind::Block(symbol, target) => format!("block {target} of {}", self.name(symbol)),
            Kind::Stack => format!("a stack slot of {} bytes", object.size),
            Kind::Heap => format!("a heap block of {} bytes", object.size),
            Kind::Managed(_) => format!("a managed object of {} bytes", object.size),
            Kind::Host => "an object of the C library".to_owned(),
        }
    }

    // ---- Accesses ----

    /// Where an access of `size` bytes goes, if it may.
    pub(super) fn place(&self, pointer: Cell, size: u64, align: u64) -> Access<Place> {
        if pointer.is_poison() {
            return Err(Undefined::Poison("an address").into());
        }
        let number = if pointer.tag != 0 { pointer.tag } else { self.find(pointer.bits).unwrap_or(0) };
        let object = &self.objects[number as usize];
        let offset = pointer.bits.wrapping_sub(object.base);
        if !object.live || offset > object.size || size > object.size - offset || object.kind.is_code() {
            return Err(self.why_not(number, pointer, size));
        }
        if pointer.bits & (align - 1) != 0 {
            return Err(Undefined::Misaligned { address: pointer.bits, align }.into());
        }
        Ok(Place { object: number, offset: offset as usize })
    }

    fn why_not(&self, number: u32, pointer: Cell, size: u64) -> Box<Undefined> {
        Box::new(self.reason(number, pointer, size))
    }

    fn reason(&self, number: u32, pointer: Cell, size: u64) -> Undefined {
        let object = &self.objects[number as usize];
        if pointer.bits < NULL_PAGE {
            return Undefined::Null { size };
        }
        if number == 0 {
            return Undefined::NoObject { address: pointer.bits, size };
        }
        if object.live && object.kind.is_code() && object.base == pointer.bits {
            return Undefined::AccessOfCode { object: self.describe(number) };
        }
        let stale = !object.live || pointer.bits < object.base.saturating_sub(1 << 32);
        if stale {
            return Undefined::UseAfterFree { object: self.describe(number) };
        }
        Undefined::OutOfBounds {
            object: self.describe(number),
            bytes: object.size,
            offset: pointer.bits.wrapping_sub(object.base) as i64,
            size,
        }
    }

    /// As [`Memory::place`], for writing.
    pub(super) fn writable_place(&self, pointer: Cell, size: u64, align: u64) -> Access<Place> {
        let place = self.place(pointer, size, align)?;
        if self.objects[place.object as usize].constant {
            return Err(Undefined::WriteToConstant { object: self.describe(place.object) }.into());
        }
        Ok(place)
    }

    /// Reads a scalar of up to 64 bits.
    pub(super) fn load_cell(&self, place: Place, ty: Type) -> Cell {
        let (object, offset, size) = (&self.objects[place.object as usize], place.offset, ty.bytes() as usize);
        if !object.shadow.is_empty() && self.gives_poison(&object.shadow[offset..offset + size]) {
            return Cell::POISON;
        }
        let mut word = [0; 8];
        word[..size].copy_from_slice(&object.bytes[offset..offset + size]);
        let origin = if size == 8 && offset.is_multiple_of(8) { object.origins.get(offset / 8) } else { None };
        Cell { bits: u64::from_le_bytes(word) & ty.mask(), tag: origin.copied().unwrap_or(0) }
    }

    fn gives_poison(&self, states: &[u8]) -> bool {
        let first = if self.uninitialized == Uninitialized::Poison { shadow::NEVER_WRITTEN } else { shadow::POISON };
        states.iter().any(|&state| state >= first)
    }

    /// Writes a scalar of up to 64 bits.
    pub(super) fn store_cell(&mut self, place: Place, ty: Type, cell: Cell) {
        let (object, offset, size) = (&mut self.objects[place.object as usize], place.offset, ty.bytes() as usize);
        object.bytes[offset..offset + size].copy_from_slice(&cell.bits.to_le_bytes()[..size]);
        object.mark(offset, size, if cell.is_poison() { shadow::POISON } else { shadow::WRITTEN });
        object.clear_origins(offset, size);
        if cell.tag != 0 && !cell.is_poison() && size == 8 && offset.is_multiple_of(8) {
            object.set_origin(offset / 8, cell.tag);
        }
    }

    /// Reads a value of any data type, appending its cells.
    pub(super) fn load(&self, place: Place, ty: Type, cells: &mut SmallVec<[Cell; 2]>) {
        let lane = ty.scalar();
        if !lane.bits().is_multiple_of(8) && ty.is_vector() {
            let byte = |i| self.load_cell(Place { offset: place.offset + i, ..place }, Type::I8);
            return unpack(ty, &(0..ty.bytes() as usize).map(byte).collect::<Vec<Cell>>(), cells);
        }
        for i in 0..ty.lanes() as usize {
            let offset = place.offset + i * lane.bytes() as usize;
            let at = Place { offset, ..place };
            if cells_of_scalar(ty) == 1 {
                cells.push(self.load_cell(at, lane));
                continue;
            }
            let high = Type::int(lane.bits() - 64);
            let low = self.load_cell(at, Type::I64);
            let high = self.load_cell(Place { offset: offset + 8, ..place }, high);
            let poison = low.is_poison() || high.is_poison();
            cells.extend(if poison { [Cell::POISON; 2] } else { [low, high] });
        }
    }

    /// Writes a value of any data type.
    pub(super) fn store(&mut self, place: Place, ty: Type, cells: &[Cell]) {
        let lane = ty.scalar();
        if !lane.bits().is_multiple_of(8) && ty.is_vector() {
            for (i, byte) in pack(ty, cells).into_iter().enumerate() {
                self.store_cell(Place { offset: place.offset + i, ..place }, Type::I8, byte);
            }
            return;
        }
        for (i, cells) in cells.chunks(cells_of_scalar(ty)).enumerate() {
            let offset = place.offset + i * lane.bytes() as usize;
            match *cells {
                [low, high] => {
                    self.store_cell(Place { offset, ..place }, Type::I64, low);
                    self.store_cell(Place { offset: offset + 8, ..place }, Type::int(lane.bits() - 64), high);
                }
                _ => self.store_cell(Place { offset, ..place }, lane, cells[0]),
            }
        }
    }

    // ---- Blocks of bytes ----

    /// Copies bytes with all that is known of them; the ranges may overlap.
    pub(super) fn copy(&mut self, to: Cell, from: Cell, size: u64) -> Access<()> {
        if size == 0 {
            return Ok(());
        }
        let (source, target) = (self.place(from, size, 1)?, self.writable_place(to, size, 1)?);
        let size = size as usize;
        let object = &self.objects[source.object as usize];
        let range = source.offset..source.offset + size;
        let bytes: SmallVec<[u8; 64]> = SmallVec::from_slice(&object.bytes[range.clone()]);
        let states: SmallVec<[u8; 64]> =
            if object.shadow.is_empty() { SmallVec::new() } else { SmallVec::from_slice(&object.shadow[range]) };
        let mut origins: SmallVec<[(usize, u32); 8]> = SmallVec::new();
        if source.offset % 8 == target.offset % 8 && !object.origins.is_empty() {
            let words = source.offset.div_ceil(8)..(source.offset + size) / 8;
            origins.extend(words.map(|word| (word * 8 - source.offset, object.origins[word])));
        }
        let object = &mut self.objects[target.object as usize];
        object.bytes[target.offset..target.offset + size].copy_from_slice(&bytes);
        if states.is_empty() {
            object.mark(target.offset, size, shadow::WRITTEN);
        } else {
            object.mark_as(target.offset, &states);
        }
        object.clear_origins(target.offset, size);
        for (offset, origin) in origins {
            if origin != 0 {
                object.set_origin((target.offset + offset) / 8, origin);
            }
        }
        Ok(())
    }

    /// Do two ranges of this size overlap, other than by being the same?
    pub(super) fn overlap(a: Cell, b: Cell, size: u64) -> bool {
        a.bits != b.bits && a.bits.abs_diff(b.bits) < size
    }

    /// Fills bytes; a poison byte makes them poison.
    pub(super) fn fill(&mut self, to: Cell, byte: Cell, size: u64) -> Access<()> {
        if size == 0 {
            return Ok(());
        }
        let place = self.writable_place(to, size, 1)?;
        let (object, size) = (&mut self.objects[place.object as usize], size as usize);
        object.bytes[place.offset..place.offset + size].fill(byte.bits as u8);
        object.mark(place.offset, size, if byte.is_poison() { shadow::POISON } else { shadow::WRITTEN });
        object.clear_origins(place.offset, size);
        Ok(())
    }

    /// The bytes of a range, none of them poison.
    pub(super) fn bytes(&self, pointer: Cell, size: u64) -> Access<&[u8]> {
        if size == 0 {
            return Ok(&[]);
        }
        let place = self.place(pointer, size, 1)?;
        let object = &self.objects[place.object as usize];
        let range = place.offset..place.offset + size as usize;
        if !object.shadow.is_empty() && self.gives_poison(&object.shadow[range.clone()]) {
            return Err(Undefined::Poison("bytes that the C library reads").into());
        }
        Ok(&object.bytes[range])
    }

    /// Writes bytes.
    pub(super) fn write(&mut self, pointer: Cell, bytes: &[u8]) -> Access<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let place = self.writable_place(pointer, bytes.len() as u64, 1)?;
        let object = &mut self.objects[place.object as usize];
        object.bytes[place.offset..place.offset + bytes.len()].copy_from_slice(bytes);
        object.mark(place.offset, bytes.len(), shadow::WRITTEN);
        object.clear_origins(place.offset, bytes.len());
        Ok(())
    }

    /// The bytes of a C string without its end, at most `limit` of them.
    pub(super) fn string(&self, pointer: Cell, limit: u64) -> Access<&[u8]> {
        if limit == 0 {
            return Ok(&[]);
        }
        let place = self.place(pointer, 1, 1)?;
        let object = &self.objects[place.object as usize];
        let rest = &object.bytes[place.offset..];
        let rest = &rest[..rest.len().min(usize::try_from(limit).unwrap_or(usize::MAX))];
        let length = match rest.iter().position(|&byte| byte == 0) {
            Some(length) => length as u64,
            None if rest.len() as u64 == limit => limit,
            None => return Err(self.why_not(place.object, pointer, rest.len() as u64 + 1)),
        };
        self.bytes(pointer, length + u64::from(length < limit))?;
        self.bytes(pointer, length)
    }

    /// Bytes from the pointer to the end of its object.
    pub(super) fn room_at(&self, pointer: Cell) -> Access<u64> {
        let place = self.place(pointer, 0, 1)?;
        Ok(self.objects[place.object as usize].size - place.offset as u64)
    }
}

impl Object {
    fn mark(&mut self, offset: usize, size: usize, state: u8) {
        if self.shadow.is_empty() {
            if state == shadow::WRITTEN {
                return;
            }
            self.shadow.resize(self.bytes.len(), shadow::WRITTEN);
        }
        self.shadow[offset..offset + size].fill(state);
    }

    fn mark_as(&mut self, offset: usize, states: &[u8]) {
        if self.shadow.is_empty() {
            self.shadow.resize(self.bytes.len(), shadow::WRITTEN);
        }
        self.shadow[offset..offset + states.len()].copy_from_slice(states);
    }

    fn set_origin(&mut self, word: usize, origin: u32) {
        if self.origins.is_empty() {
            self.origins.resize(self.bytes.len().div_ceil(8), 0);
        }
        self.origins[word] = origin;
    }

    fn clear_origins(&mut self, offset: usize, size: usize) {
        if !self.origins.is_empty() {
            self.origins[offset / 8..(offset + size).div_ceil(8)].fill(0);
        }
    }
}
