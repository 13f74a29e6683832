//! The `@` names of a module.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use crate::numbers::NumberTable;

/// A global name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SymbolId(pub(crate) u32);

impl SymbolId {
    /// The index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a global name stands for: an index of the module's table of that kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SymbolKind {
    /// Mentioned at this offset, not yet defined. Never seen in a parsed module.
    Undefined(u32),
    /// A variable.
    Global(u32),
    /// A function.
    Function(u32),
    /// An alias or ifunc.
    Alias(u32),
}

/// A global name and what it stands for.
#[derive(Clone, Debug)]
pub struct Symbol<'a> {
    /// Without the `@`; empty for a number.
    pub name: Cow<'a, [u8]>,
    /// The number of an unnamed one.
    pub number: Option<u32>,
    /// What it stands for.
    pub kind: SymbolKind,
}

impl Symbol<'_> {
    /// As in the text, without quotes and escapes.
    pub fn display(&self) -> String {
        match self.number {
            Some(number) => format!("@{number}"),
            None => format!("@{}", String::from_utf8_lossy(&self.name)),
        }
    }
}

/// All global names of a module.
#[derive(Clone, Debug, Default)]
pub struct Symbols<'a> {
    list: Vec<Symbol<'a>>,
    names: FxHashMap<Cow<'a, [u8]>, SymbolId>,
    numbers: NumberTable,
}

impl<'a> Symbols<'a> {
    /// The symbol with this id.
    #[inline]
    pub fn get(&self, id: SymbolId) -> &Symbol<'a> {
        &self.list[id.index()]
    }

    /// All symbols, in order of their first mention.
    pub fn iter(&self) -> impl Iterator<Item = (SymbolId, &Symbol<'a>)> {
        self.list.iter().enumerate().map(|(index, symbol)| (SymbolId(index as u32), symbol))
    }

    /// The symbol called `name`.
    #[inline]
    pub fn find(&self, name: &[u8]) -> Option<SymbolId> {
        self.names.get(name).copied()
    }

    /// The symbol `@number`.
    pub fn find_number(&self, number: u32) -> Option<SymbolId> {
        self.numbers.get(number).map(SymbolId)
    }

    /// The symbol called `name`; a new one is undefined, mentioned at `offset`.
    pub(crate) fn mention(&mut self, name: Cow<'a, [u8]>, offset: u32) -> SymbolId {
        if let Some(&id) = self.names.get(&name) {
            return id;
        }
        let id = self.push(name.clone(), None, offset);
        self.names.insert(name, id);
        id
    }

    /// The symbol `@number`; a new one is undefined, mentioned at `offset`.
    pub(crate) fn mention_number(&mut self, number: u32, offset: u32) -> SymbolId {
        self.find_number(number).unwrap_or_else(|| {
            let id = self.push(Cow::Borrowed(&[]), Some(number), offset);
            self.numbers.insert(number, id.0);
            id
        })
    }

    fn push(&mut self, name: Cow<'a, [u8]>, number: Option<u32>, offset: u32) -> SymbolId {
        self.list.push(Symbol { name, number, kind: SymbolKind::Undefined(offset) });
        SymbolId(self.list.len() as u32 - 1)
    }

    /// Says what a symbol is; false if that was said before.
    pub(crate) fn define(&mut self, id: SymbolId, kind: SymbolKind) -> bool {
        let symbol = &mut self.list[id.index()];
        let fresh = matches!(symbol.kind, SymbolKind::Undefined(_));
        symbol.kind = kind;
        fresh
    }
}
