//! Bodies: statements to a list of nodes whose operands are names; [`super::build`] makes the graph.

use super::module::Context;
use super::number::Number;
use super::payload::Payload;
use super::{Parser, Result, build};
use crate::facts::Fact;
use crate::graph::Origin;
use crate::module::{Function, Module, StackSlot, SymbolId};
use crate::ops::{NodeFlags, Op};
use crate::payload::Shape;
use crate::text::lexer::Token;
use crate::text::words::FlagWords;
use crate::types::Type;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use std::ops::Range;

/// An operand as written.
#[derive(Clone, Copy)]
pub(super) enum Operand<'a> {
    /// The name with this number.
    Name(u32),
    Number(Number<'a>),
    Symbol(SymbolId),
    Slot(u32),
    Poison,
    Null,
}

/// An operand and what stands beside it.
#[derive(Clone, Copy)]
pub(super) struct Use<'a> {
    pub(super) operand: Operand<'a>,
    /// The type written after a literal.
    pub(super) ty: Option<Type>,
    /// The number written before it: the alias class of a slice.
    pub(super) label: Option<u32>,
    pub(super) at: u32,
}

/// A result as written.
#[derive(Clone, Copy)]
pub(super) struct Definition {
    /// Its name, `None` for `_`.
    pub(super) name: Option<u32>,
    pub(super) ty: Option<Type>,
    pub(super) fact: Option<Fact>,
    pub(super) at: u32,
}

/// A node as written.
pub(super) struct Statement {
    pub(super) op: u16,
    pub(super) flags: NodeFlags,
    pub(super) payload: Payload,
    pub(super) uses: Range<usize>,
    pub(super) results: Range<usize>,
    pub(super) origin: Origin,
    pub(super) at: usize,
}

impl Statement {
    pub(super) fn ideal(&self) -> Option<Op> {
        Op::from_number(self.op)
    }

    pub(super) fn is(&self, op: Op) -> bool {
        self.op == op as u16
    }
}

/// Where a name is defined and first mentioned.
pub(super) struct Name<'a> {
    pub(super) text: &'a str,
    pub(super) mentioned: usize,
    /// Statement, and number of the result in the list of all.
    pub(super) defined: Option<(u32, u32)>,
}

/// A body as written.
pub(super) struct Body<'a, 'm> {
    pub(super) p: Parser<'a>,
    pub(super) module: &'m mut Module,
    context: &'m Context<'a>,
    pub(super) function: Function,
    by_name: HashMap<&'a str, u32, FxBuildHasher>,
    slots: HashMap<&'a str, u32, FxBuildHasher>,
    shapes: HashMap<&'a str, u64, FxBuildHasher>,
    pub(super) names: Vec<Name<'a>>,
    pub(super) statements: Vec<Statement>,
    pub(super) uses: Vec<Use<'a>>,
    pub(super) results: Vec<Definition>,
}

/// Reads a body after its opening brace into the function; the places of its nodes.
pub(super) fn parse_body<'a>(
    p: Parser<'a>,
    module: &mut Module,
    context: &Context<'a>,
    function: Function,
) -> Result<(Function, Vec<u32>)> {
    let mut body = Body {
        p,
        module,
        context,
        function,
        by_name: HashMap::default(),
        slots: HashMap::default(),
        shapes: HashMap::default(),
        names: Vec::new(),
        statements: Vec::new(),
        uses: Vec::new(),
        results: Vec::new(),
    };
    loop {
        body.p.skip_breaks()?;
        if body.p.is('}') {
            break;
        }
        body.statement()?;
        body.p.end_of_statement()?;
    }
    if let Some(name) = body.names.iter().find(|name| name.defined.is_none()) {
        return body.p.error(name.mentioned, format!("`{}` is not defined", name.text));
    }
    build::build(body)
}

impl<'a> Body<'a, '_> {
    fn name(&mut self, text: &'a str, at: usize) -> u32 {
        let Body { by_name, names, .. } = self;
        *by_name.entry(text).or_insert_with(|| {
            names.push(Name { text, mentioned: at, defined: None });
            names.len() as u32 - 1
        })
    }

    /// A declaration, a label, or `RESULTS = OP OPERANDS`.
    fn statement(&mut self) -> Result<()> {
        let at = self.p.at;
        let word = self.p.word("a statement")?;
        match (&self.p.token, word) {
            (Token::Slot(_), "slot") => return self.slot(),
            (Token::Shape(_), "shape") => return self.shape(),
            _ => {}
        }
        let first = self.results.len();
        if matches!(self.p.token, Token::Mark(':' | ',' | '=')) && self.results(word, at)? {
            return Ok(());
        }
        if self.results.len() == first {
            return self.node(word, at, first..first);
        }
        self.p.expect('=')?;
        let at = self.p.at;
        let op = self.p.word("an operation")?;
        self.node(op, at, first..self.results.len())
    }

    /// Results, of which the first name was read. True if it is a label instead.
    fn results(&mut self, first: &'a str, at: usize) -> Result<bool> {
        let (mut word, mut at) = (first, at);
        loop {
            let mut result = Definition { name: None, ty: None, fact: None, at: at as u32 };
            if self.p.accept(':')? {
                if matches!(self.p.token, Token::Break | Token::Mark('}') | Token::End) && word == first {
                    self.name(word, at);
                    return Ok(true);
                }
                let ty = self.p.type_()?;
                result.ty = Some(ty);
                if self.p.is('{') {
                    let Body { p, module, slots, .. } = self;
                    result.fact = Some(p.fact(ty, module, |name| slots.get(name).copied())?);
                }
            }
            if word != "_" {
                let name = self.name(word, at);
                if self.names[name as usize].defined.is_some() {
                    return self.p.error(at, format!("`{word}` is defined twice"));
                }
                self.names[name as usize].defined = Some((self.statements.len() as u32, self.results.len() as u32));
                result.name = Some(name);
            }
            self.results.push(result);
            if !self.p.accept(',')? {
                return Ok(false);
            }
            at = self.p.at;
            word = self.p.word("the name of a result")?;
        }
    }

    fn node(&mut self, op: &'a str, at: usize, results: Range<usize>) -> Result<()> {
        let (op, flags) = self.op(op, at)?;
        let payload = if self.p.is('(') { self.payload(op)? } else { Payload::None };
        let first = self.uses.len();
        if self.starts_operand() {
            loop {
                self.operand()?;
                if !self.p.accept(',')? {
                    break;
                }
            }
        }
        let mut origin = Origin::default();
        if let Token::Location(number) = self.p.token {
            match self.context.locations.get(number) {
                Some(&known) => origin = known,
                None => return self.p.error(self.p.at, format!("location `!{number}` is not defined")),
            }
            self.p.advance()?;
        }
        self.statements.push(Statement { op, flags, payload, uses: first..self.uses.len(), results, origin, at });
        Ok(())
    }

    /// The op of a word, and the flags that follow it after points.
    fn op(&self, word: &'a str, at: usize) -> Result<(u16, NodeFlags)> {
        let mut name = word;
        let mut flags = NodeFlags::NONE;
        loop {
            if let Some(&op) = self.context.ops.get(name) {
                return Ok((op as u16, flags));
            }
            if let Some(op) = self.context.names.number(name) {
                return Ok((op, flags));
            }
            let Some((rest, flag)) = name.rsplit_once('.') else {
                return self.p.error(at, format!("unknown operation `{word}`"));
            };
            match flags.with_word(flag) {
                Some(more) => flags = more,
                None if flag == "fast" => flags = flags.or(NodeFlags::FAST),
                None => return self.p.error(at, format!("unknown operation or flag in `{word}`")),
            }
            name = rest;
        }
    }

    fn starts_operand(&self) -> bool {
        matches!(self.p.token, Token::Word(_) | Token::Number(_) | Token::Symbol(_) | Token::Slot(_))
    }

    fn operand(&mut self) -> Result<()> {
        let at = self.p.at;
        let mut ty = None;
        let mut label = None;
        let mut operand = self.plain_operand()?;
        let number = matches!(operand, Operand::Number(_));
        if self.p.accept(':')? {
            match self.p.token {
                // `3: m1`, where a type would say `3: i32`.
                Token::Word(word) if number && word.parse::<Type>().is_err() => {
                    label = self.label(operand, at)?;
                    operand = self.plain_operand()?;
                }
                _ => ty = Some(self.p.type_()?),
            }
        }
        if ty.is_some() && matches!(operand, Operand::Name(_)) {
            return self.p.error(at, "only literals are followed by a type here");
        }
        self.uses.push(Use { operand, ty, label, at: at as u32 });
        Ok(())
    }

    fn label(&self, operand: Operand, at: usize) -> Result<Option<u32>> {
        match operand {
            Operand::Number(Number::Integer { negative: false, magnitude, .. })
                if magnitude <= u128::from(u32::MAX) =>
            {
                Ok(Some(magnitude as u32))
            }
            _ => self.p.error(at, "an alias class is a number from 0 to 4294967295"),
        }
    }

    fn plain_operand(&mut self) -> Result<Operand<'a>> {
        let at = self.p.at;
        if let Token::Number(_) = self.p.token {
            return Ok(Operand::Number(self.p.number()?));
        }
        match self.p.advance()? {
            Token::Word("poison") => Ok(Operand::Poison),
            Token::Word("null") => Ok(Operand::Null),
            Token::Word("_") => self.p.error(at, "`_` is no value"),
            Token::Word(word) => Ok(Operand::Name(self.name(word, at))),
            Token::Slot(name) => match self.slots.get(name) {
                Some(&slot) => Ok(Operand::Slot(slot)),
                None => self.p.error(at, format!("slot `${name}` is not declared")),
            },
            Token::Symbol(name) => match self.module.find_symbol(&name) {
                Some(symbol) => Ok(Operand::Symbol(symbol)),
                None => self.p.error(at, format!("symbol `@{name}` is not declared")),
            },
            other => self.p.error(at, format!("expected an operand, found {}", other.describe())),
        }
    }

    /// `slot $name SIZE [align N]`
    fn slot(&mut self) -> Result<()> {
        let at = self.p.at;
        let Token::Slot(name) = self.p.advance()? else { return self.p.expected("the name of a slot") };
        let size = self.p.unsigned()?;
        let align = if self.p.accept_word("align")? { self.p.align()? } else { 1 };
        if self.slots.insert(name, self.function.slots.len() as u32).is_some() {
            return self.p.error(at, format!("slot `${name}` is declared twice"));
        }
        self.function.slots.push(StackSlot { size, align });
        Ok(())
    }

    /// `shape %name "text" [id N] { TYPE OFFSET, ... } size N [element TYPE] [length TYPE OFFSET] allocator @symbol`
    fn shape(&mut self) -> Result<()> {
        let at = self.p.at;
        let Token::Shape(name) = self.p.advance()? else { return self.p.expected("the name of a shape") };
        let text = self.p.string("the name of the shape")?;
        let id = if self.p.accept_word("id")? { self.p.unsigned()? } else { 0 };
        let mut fields = Vec::new();
        self.p.expect('{')?;
        while !self.p.is('}') {
            fields.push((self.p.type_()?, self.p.small()?));
            if !self.p.accept(',')? {
                break;
            }
        }
        self.p.expect('}')?;
        self.p.expect_word("size")?;
        let size = self.p.small()?;
        let element = if self.p.accept_word("element")? { Some(self.p.type_()?) } else { None };
        let length = if self.p.accept_word("length")? { Some((self.p.type_()?, self.p.small()?)) } else { None };
        self.p.expect_word("allocator")?;
        let allocator = self.symbol_here()?;
        let shape = Shape { name: text, id, fields, size, element, length, allocator };
        let row = self.function.graph.tables_mut().add_shape(shape);
        if self.shapes.insert(name, row).is_some() {
            return self.p.error(at, format!("shape `%{name}` is declared twice"));
        }
        Ok(())
    }

    /// A symbol that is declared.
    pub(super) fn symbol_here(&mut self) -> Result<SymbolId> {
        let at = self.p.at;
        let name = self.p.symbol()?;
        match self.module.find_symbol(&name) {
            Some(symbol) => Ok(symbol),
            None => self.p.error(at, format!("symbol `@{name}` is not declared")),
        }
    }

    /// A shape that is declared.
    pub(super) fn shape_here(&mut self) -> Result<u64> {
        let at = self.p.at;
        match self.p.advance()? {
            Token::Shape(name) => match self.shapes.get(name) {
                Some(&row) => Ok(row),
                None => self.p.error(at, format!("shape `%{name}` is not declared")),
            },
            other => self.p.error(at, format!("expected a shape (`%name`), found {}", other.describe())),
        }
    }
}
