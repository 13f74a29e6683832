//! Function bodies: blocks, and what all instructions have in common.

use super::{Parser, SymbolScope};
use crate::ast::{
    Attachment, Block, BlockId, Body, ConstantPool, Definition, Inst, List, LocalId, MetadataKind, Module, Name,
    Operand, Value,
};
use crate::error::{Error, ErrorKind, Fault, Result};
use crate::keyword::Keyword;
use crate::lexer::Lexer;
use crate::token::{Tok, Token};
use crate::types::{TypeId, TypeTable};

/// Parses function bodies, one at a time, into the same buffers. Threads each use their own.
#[derive(Clone, Debug)]
pub struct BodyReader<'a> {
    /// The module's types, and those that only bodies mention.
    pub types: TypeTable<'a>,
    /// The body that was read last.
    pub body: Body<'a>,
}

impl<'a> BodyReader<'a> {
    /// A reader of the bodies of `module`.
    pub fn new(module: &Module<'a>) -> BodyReader<'a> {
        BodyReader { types: module.types.clone(), body: Body::default() }
    }

    /// Parses the body of the function with this index into `self.body`; a declaration has none.
    pub fn read(&mut self, module: &Module<'a>, function: usize) -> std::result::Result<(), Error> {
        let Some((start, end)) = module.functions[function].body else {
            self.body.clear();
            return Ok(());
        };
        let lexer = Lexer::new(module.text, start as usize, end as usize);
        self.body.clear();
        let mut constants = std::mem::take(&mut self.body.constants);
        let result = self.parse(module, function, lexer, &mut constants);
        self.body.constants = constants;
        result.map_err(|fault| fault.locate(module.text))
    }

    fn parse(
        &mut self,
        module: &Module<'a>,
        function: usize,
        lexer: Lexer<'a>,
        constants: &mut ConstantPool<'a>,
    ) -> Result<()> {
        let named_types = self.types.named_len();
        let symbols = SymbolScope::Closed(&module.symbols);
        let parser = Parser::new(lexer, &mut self.types, symbols, constants);
        let ret = module.functions[function].ret;
        let body = &mut self.body;
        let mut parser = BodyParser { parser, module, body, ret, block: None, ate_comma: false };
        parser.function(function)?;
        match self.types.undefined(named_types) {
            None => Ok(()),
            Some((named, offset)) => {
                let name = format!("%{}", String::from_utf8_lossy(&named.name));
                Err(Fault::new(offset, ErrorKind::Undefined { what: "type", name }))
            }
        }
    }
}

pub(super) struct BodyParser<'a, 'm> {
    pub(super) parser: Parser<'a, 'm>,
    pub(super) module: &'m Module<'a>,
    pub(super) body: &'m mut Body<'a>,
    /// Type of the function's result.
    pub(super) ret: TypeId,
    /// The block that instructions go to; none behind a terminator.
    block: Option<BlockId>,
    /// The comma before the metadata of the instruction is consumed.
    pub(super) ate_comma: bool,
}

impl<'a> BodyParser<'a, '_> {
    fn function(&mut self, function: usize) -> Result<()> {
        self.define_params(function)?;
        loop {
            match self.parser.token.kind {
                Tok::NumberLabel | Tok::NameLabel => {
                    let label = self.parser.bump();
                    self.start_block(Some(label), label.start)?;
                }
                Tok::End => break,
                // `#dbg_value(...)`
                Tok::DebugRecord => {
                    self.parser.bump();
                    self.parser.skip_parentheses()?;
                }
                Tok::Word if self.parser.at_word(Keyword::UseListOrder) => {
                    self.parser.skip_use_list_order()?;
                }
                _ => self.instruction()?,
            }
        }
        let end = self.parser.token.start;
        if self.block.is_some() || self.body.order.is_empty() {
            return Err(Fault::invalid(end, "function ends without a terminator"));
        }
        self.check_locals()
    }

    fn define_params(&mut self, function: usize) -> Result<()> {
        let module = self.module;
        let list = module.functions[function].params;
        for (index, param) in module.params[list.range()].iter().enumerate() {
            let definition = Definition::Param(index as u32);
            self.define(param.name.clone(), param.ty, definition, param.offset)?;
        }
        Ok(())
    }

    /// Every local that was mentioned must have been defined.
    fn check_locals(&self) -> Result<()> {
        let undefined = |what, offset| {
            let mut lexer = Lexer::new(self.module.text, offset as usize, self.module.text.len());
            let name = self.parser.shown(lexer.next());
            Fault::new(offset, ErrorKind::Undefined { what, name })
        };
        for local in &self.body.locals.list {
            match local.definition {
                Definition::Missing(offset) => return Err(undefined("value", offset)),
                Definition::Block(block) if !self.body.blocks[block.index()].defined => {
                    return Err(undefined("block", self.body.blocks[block.index()].offset));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Starts a block; without a label it has the next number.
    fn start_block(&mut self, label: Option<Token>, offset: u32) -> Result<()> {
        if self.block.is_some() {
            return Err(Fault::invalid(offset, "the block before this label has no terminator"));
        }
        let name = match label {
            Some(token) => self.parser.local_name(token)?,
            None => Name::Number(self.body.locals.next_number),
        };
        if let Name::Number(number) = name {
            self.take_number(number, offset)?;
        }
        let block = self.block_named(name, offset)?;
        let entry = &mut self.body.blocks[block.index()];
        if entry.defined {
            let name = label.map_or(String::new(), |token| self.parser.shown(token));
            return Err(Fault::new(offset, ErrorKind::Redefined { what: "block", name }));
        }
        let first = self.body.insts.len();
        *entry = Block { offset, insts: List::new(first, first), defined: true };
        self.body.order.push(block);
        self.block = Some(block);
        Ok(())
    }

    fn instruction(&mut self) -> Result<()> {
        let start = self.parser.token;
        if self.block.is_none() {
            self.start_block(None, start.start)?;
        }
        let name = match start.kind {
            Tok::LocalNumber | Tok::LocalName => {
                self.parser.bump();
                self.parser.expect(Tok::Equal, "'='")?;
                Some(start)
            }
            _ => None,
        };
        let offset = self.parser.token.start;
        let (kind, ty) = self.operation()?;
        let (debug, attachments) = self.attachments()?;
        let result = self.result(name, ty, offset)?;
        self.body.insts.push(Inst { kind, offset, result, debug, attachments });
        if kind.is_terminator() {
            self.end_block();
        }
        Ok(())
    }

    fn end_block(&mut self) {
        if let Some(block) = self.block.take() {
            let entry = &mut self.body.blocks[block.index()];
            entry.insts = List::new(entry.insts.range().start, self.body.insts.len());
        }
    }

    /// Defines the result of the instruction that comes next.
    #[inline]
    fn result(&mut self, name: Option<Token>, ty: TypeId, offset: u32) -> Result<Option<LocalId>> {
        if ty == TypeId::VOID {
            return match name {
                None => Ok(None),
                Some(token) => Err(Fault::invalid(token.start, "an instruction without result has a name")),
            };
        }
        let definition = Definition::Inst(self.body.insts.len() as u32);
        let (name, offset) = match name {
            Some(token) => (Some(self.parser.local_name(token)?), token.start),
            None => (None, offset),
        };
        self.define(name, ty, definition, offset).map(Some)
    }

    /// `, !dbg !12, !tbaa !5`
    #[inline]
    fn attachments(&mut self) -> Result<(Option<u32>, List)> {
        let start = self.body.attachments.len();
        let mut debug = None;
        while self.ate_comma || self.parser.eat(Tok::Comma) {
            self.ate_comma = false;
            let token = self.parser.expect(Tok::MetadataName, "metadata")?;
            let node = self.parser.metadata_reference()?;
            let name = &self.module.text[token.name as usize..token.name_end as usize];
            if name == b"dbg" {
                debug = node;
            } else if let (Some(kind), Some(node)) = (MetadataKind::of(name), node) {
                self.body.attachments.push(Attachment { kind, node });
            }
        }
        Ok((debug, List::new(start, self.body.attachments.len())))
    }

    /// A comma and then, unless metadata follows, more operands.
    #[inline]
    pub(super) fn comma_before_operand(&mut self) -> bool {
        if !self.parser.eat(Tok::Comma) {
            return false;
        }
        self.ate_comma = self.parser.at(Tok::MetadataName);
        !self.ate_comma
    }

    /// A value of type `ty`.
    #[inline]
    pub(super) fn value(&mut self, ty: TypeId) -> Result<Value> {
        match self.parser.token.kind {
            Tok::LocalNumber | Tok::LocalName => {
                let token = self.parser.bump();
                self.local(token, ty).map(Value::local)
            }
            _ => self.parser.constant(ty),
        }
    }

    /// A type and a value of it.
    #[inline]
    pub(super) fn operand(&mut self) -> Result<Operand> {
        let token = self.parser.token;
        let ty = self.parser.value_type()?;
        if ty == TypeId::LABEL || ty == TypeId::METADATA {
            return Err(self.parser.mismatch(token, ty, TypeId::I64));
        }
        let value = self.value(ty)?;
        Ok(Operand { ty, value })
    }

    /// A comma, a type and a value of it.
    #[inline]
    pub(super) fn next_operand(&mut self) -> Result<Operand> {
        self.parser.comma()?;
        self.operand()
    }

    /// `ptr %p`
    #[inline]
    pub(super) fn pointer(&mut self) -> Result<Value> {
        let token = self.parser.token;
        let operand = self.operand()?;
        if operand.ty != TypeId::PTR && !self.is_pointer(operand.ty) {
            return Err(self.parser.unfit(token, operand.ty, "a pointer"));
        }
        Ok(operand.value)
    }

    fn is_pointer(&self, ty: TypeId) -> bool {
        matches!(self.parser.types.get(ty), crate::types::Type::Ptr(_))
    }

    /// `label %b`
    pub(super) fn label(&mut self) -> Result<BlockId> {
        self.parser.expect_word(Keyword::Label)?;
        self.block_name()
    }

    /// `%b`, where a block is meant.
    pub(super) fn block_name(&mut self) -> Result<BlockId> {
        let token = self.parser.token;
        if !matches!(token.kind, Tok::LocalNumber | Tok::LocalName) {
            return Err(self.parser.expected("a block name"));
        }
        self.parser.bump();
        let name = self.parser.local_name(token)?;
        self.block_named(name, token.start)
    }
}
