//! Initializers of data, and the words after symbols.

use super::module::{ModuleParser, Place};
use super::{Parser, Result};
use crate::analysis::allocation::{Allocator, Role};
use crate::module::{Data, Linkage, Relocation, RelocationTarget, Symbol, SymbolId, TlsModel, Visibility};
use crate::text::lexer::Token;
use crate::text::words::Words;

/// Initializers are at most this large.
const MAX_DATA: u64 = 1 << 40;

/// What a list of zeros may be while other bytes stand beside it.
const MAX_EXPANDED: u64 = 1 << 30;

impl<'a> Parser<'a> {
    /// Takes a word of a symbol's properties if it is one. The name of its comdat group is handed out.
    pub(super) fn symbol_word(&mut self, symbol: &mut Symbol, comdat: &mut Option<(String, usize)>) -> Result<bool> {
        let Token::Word(word) = self.token else { return Ok(false) };
        if let Some(linkage) = Linkage::of_word(word) {
            symbol.linkage = linkage;
            symbol.local |= linkage.is_local();
        } else if let Some(visibility) = Visibility::of_word(word) {
            symbol.visibility = visibility;
        } else {
            return self.other_word(word, symbol, comdat);
        }
        self.advance()?;
        Ok(true)
    }

    fn other_word(&mut self, word: &str, symbol: &mut Symbol, comdat: &mut Option<(String, usize)>) -> Result<bool> {
        let words = ["local", "not_local", "unnamed_addr", "tls", "section", "comdat", "align", "allocator"];
        if !words.contains(&word) {
            return Ok(false);
        }
        self.advance()?;
        let at = self.at;
        match word {
            "local" => symbol.local = true,
            "not_local" => symbol.local = false,
            "unnamed_addr" => symbol.unnamed_addr = true,
            "tls" => {
                let word = self.word("a model of thread-local access")?;
                symbol.tls = TlsModel::of_word(word);
                if symbol.tls.is_none() {
                    return self.error(at, format!("`{word}` is not a model of thread-local access"));
                }
            }
            "section" => symbol.section = Some(self.string("the name of a section")?),
            "comdat" => *comdat = Some((self.string("the name of a comdat group")?, at)),
            "allocator" => symbol.allocator = Some(self.allocator()?),
            _ => symbol.align = self.align()?,
        }
        Ok(true)
    }

    /// The family in quotes, and the role: `alloc(size 0, align 1)` and its like.
    fn allocator(&mut self) -> Result<Allocator> {
        let family = self.string("the name of an allocator")?.into();
        let at = self.at;
        let word = self.word("'alloc', 'resize', 'free' or 'nothing'")?;
        let mut numbers: Vec<(String, u8)> = Vec::new();
        let mut flags: Vec<String> = Vec::new();
        self.expect('(')?;
        while !self.is(')') {
            let name = self.word("what a parameter is")?.to_owned();
            if matches!(&*name, "zeroed" | "null") {
                flags.push(name);
            } else {
                let at = self.at;
                match u8::try_from(self.unsigned()?) {
                    Ok(number) => numbers.push((name, number)),
                    Err(_) => return self.error(at, "there are not so many parameters".to_owned()),
                }
            }
            if !self.accept(',')? {
                break;
            }
        }
        self.expect(')')?;
        let number = |name: &str| numbers.iter().find(|row| row.0 == name).map(|row| row.1);
        let has = |name: &str| flags.iter().any(|flag| flag == name);
        let (size, count, align) = (number("size"), number("count"), number("align"));
        let role = match word {
            "alloc" => size.map(|size| Role::Allocate { size, count, align, zeroed: has("zeroed") }),
            "resize" => number("old").zip(size).map(|(old, size)| Role::Resize { old, size, count, align }),
            "free" => number("memory").map(|memory| Role::Free { memory, null: has("null") }),
            "nothing" => Some(Role::Nothing),
            _ => None,
        };
        match role {
            Some(role) => Ok(Allocator { role, family }),
            None => self.error(at, format!("`{word}` is not what a function of an allocator does")),
        }
    }
}

impl<'a> ModuleParser<'a> {
    /// An initializer after `=`: one piece, or several in braces.
    pub(super) fn initializer(&mut self, symbol: SymbolId) -> Result<Data> {
        let mut data = Data::default();
        if !self.p.accept('{')? {
            self.piece(symbol, &mut data)?;
            return Ok(data);
        }
        loop {
            while self.p.token == Token::Break || self.p.is(',') {
                self.p.advance()?;
            }
            if self.p.accept('}')? {
                return Ok(data);
            }
            self.piece(symbol, &mut data)?;
        }
    }

    fn piece(&mut self, symbol: SymbolId, data: &mut Data) -> Result<()> {
        let at = self.p.at;
        match self.p.advance()? {
            Token::Text(bytes) | Token::Hex(bytes) => {
                if !bytes.is_empty() {
                    self.expand(data, at)?;
                    data.bytes.extend(bytes);
                }
                Ok(())
            }
            Token::Word("zero") => self.zeros(data, at),
            Token::Word("address") => {
                self.expand(data, at)?;
                self.relocation(symbol, data)
            }
            other => self
                .p
                .error(at, format!("expected a string, `zero N` or `address N @symbol`, found {}", other.describe())),
        }
    }

    fn zeros(&mut self, data: &mut Data, at: usize) -> Result<()> {
        let count = self.p.unsigned()?;
        let size = data.size().checked_add(count).filter(|&size| size <= MAX_DATA);
        let Some(size) = size else {
            return self.p.error(at, "the data is too large");
        };
        if data.bytes.is_empty() {
            data.zeroed = size;
            return Ok(());
        }
        if size > MAX_EXPANDED {
            return self.p.error(at, "so many zeros beside other bytes are too large");
        }
        data.bytes.resize(size as usize, 0);
        Ok(())
    }

    /// Leading zeros become bytes, since other bytes follow.
    fn expand(&mut self, data: &mut Data, at: usize) -> Result<()> {
        if data.zeroed > MAX_EXPANDED {
            return self.p.error(at, "so many zeros beside other bytes are too large");
        }
        data.bytes.resize(data.bytes.len() + data.zeroed as usize, 0);
        data.zeroed = 0;
        Ok(())
    }

    /// `address SIZE TARGET [- TARGET] [+ ADDEND] [over x"bytes"]`
    fn relocation(&mut self, symbol: SymbolId, data: &mut Data) -> Result<()> {
        let at = self.p.at;
        let size = self.p.small()?;
        if !matches!(size, 1 | 2 | 4 | 8) {
            return self.p.error(at, "an address has 1, 2, 4 or 8 bytes");
        }
        let row = data.relocations.len();
        let offset = data.bytes.len() as u64;
        let nothing = RelocationTarget::Symbol(SymbolId(0));
        data.relocations.push(Relocation { offset, size: size as u8, target: nothing, addend: 0, minus: None });
        data.relocations[row].target = self.target(Place::Target(symbol, row))?;
        if self.p.accept('-')? {
            data.relocations[row].minus = Some(self.target(Place::Minus(symbol, row))?);
        }
        data.relocations[row].addend = self.addend()?;
        let mut bytes = vec![0; size as usize];
        if self.p.accept_word("over")? {
            let at = self.p.at;
            match self.p.advance()? {
                Token::Hex(under) if under.len() == bytes.len() => bytes = under,
                _ => return self.p.error(at, format!("expected {size} bytes as x\"...\"")),
            }
        }
        data.bytes.extend(bytes);
        Ok(())
    }

    fn target(&mut self, place: Place) -> Result<RelocationTarget> {
        let block = self.p.accept_word("block")?;
        let at = self.p.at;
        let name = self.p.symbol()?;
        self.later(name, at, place);
        let unknown = SymbolId(0);
        if !block {
            return Ok(RelocationTarget::Symbol(unknown));
        }
        Ok(RelocationTarget::Block(unknown, self.p.small()?))
    }

    /// `+ 8`, or nothing.
    pub(super) fn addend(&mut self) -> Result<i64> {
        if self.p.accept('+')? { self.p.signed() } else { Ok(0) }
    }
}
