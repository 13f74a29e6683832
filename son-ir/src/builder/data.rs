//! Initialized data, put together piece by piece.

use crate::module::{Data, Definition, Linkage, Module, Relocation, RelocationTarget, SourceFile, Symbol, SymbolId};
use rustc_hash::FxHasher;
use std::hash::Hasher;

impl Data {
    /// An object of these bytes.
    pub fn of_bytes(bytes: impl Into<Vec<u8>>) -> Data {
        Data { bytes: bytes.into(), ..Data::default() }
    }

    /// An object of zeros.
    pub fn of_zeros(size: u64) -> Data {
        Data { zeroed: size, ..Data::default() }
    }

    /// The same, never written.
    #[must_use]
    pub fn constant(self) -> Data {
        Data { constant: true, ..self }
    }

    /// The same with more bytes after those that it has.
    ///
    /// ```
    /// use son_ir::prelude::*;
    /// let mut module = Module::new(Triple::host());
    /// let name = module.string("fib");
    /// let function = module.declare("fib", [I32], I32);
    /// // struct { const char *name; int arity; int (*code)(int); }
    /// let entry = Data::default().pointer(name, 0).bytes(1i32.to_le_bytes()).align(8).pointer(function, 0);
    /// assert_eq!(entry.size(), 24);
    /// module.define_data("entry", Linkage::Internal, 8, entry.constant());
    /// ```
    #[must_use]
    pub fn bytes(mut self, bytes: impl AsRef<[u8]>) -> Data {
        self.materialize();
        self.bytes.extend_from_slice(bytes.as_ref());
        self
    }

    /// The same with so many zeros more.
    #[must_use]
    pub fn zeros(mut self, count: usize) -> Data {
        self.materialize();
        self.bytes.resize(self.bytes.len() + count, 0);
        self
    }

    /// The same with zeros up to the next multiple of `align`.
    #[must_use]
    pub fn align(self, align: usize) -> Data {
        let size = self.size() as usize;
        self.zeros(size.next_multiple_of(align.max(1)) - size)
    }

    /// The same with the address of a symbol, moved by an offset, after what it has: 8 bytes.
    #[must_use]
    pub fn pointer(self, symbol: SymbolId, addend: i64) -> Data {
        let offset = self.size();
        let mut data = self.zeros(8);
        let target = RelocationTarget::Symbol(symbol);
        data.relocations.push(Relocation { offset, size: 8, target, addend, minus: None });
        data
    }

    /// Zeros that are only counted become bytes.
    fn materialize(&mut self) {
        if self.bytes.is_empty() {
            self.bytes.resize(self.zeroed as usize, 0);
            self.zeroed = 0;
        }
    }
}

impl Module {
    /// A constant C string with a zero at its end, local to the module. Equal strings are one symbol.
    pub fn string(&mut self, text: &str) -> SymbolId {
        let bytes: Vec<u8> = text.bytes().chain([0]).collect();
        let mut hash = FxHasher::default();
        hash.write(&bytes);
        let name = format!(".str.{:016x}", hash.finish());
        let mut unique = name.clone();
        for number in 1.. {
            match self.find_symbol(&unique).map(|known| (known, &self.symbol(known).definition)) {
                None => break,
                Some((known, Definition::Data(data))) if data.bytes == bytes => return known,
                Some(_) => unique = format!("{name}.{number}"),
            }
        }
        let symbol = Symbol::new(&unique, Linkage::Private, Definition::Data(Data::of_bytes(bytes).constant()));
        self.add_symbol(Symbol { align: 1, unnamed_addr: true, ..symbol })
    }

    /// The row of a source file, for [`Cursor::at`](super::Cursor::at).
    pub fn file(&mut self, name: &str) -> u32 {
        let known = self.files.iter().position(|file| file.path == name);
        known.unwrap_or_else(|| {
            self.files.push(SourceFile { path: name.to_owned(), md5: None });
            self.files.len() - 1
        }) as u32
    }
}
