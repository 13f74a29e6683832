//! Constants in function bodies. Constant expressions become instructions, which fold.

use smallvec::SmallVec;
use son_ir::{NodeFlags, NodeId, Op, Type};

use super::At;
use super::arithmetic::{cast_flags, wrap_flags};
use super::function::Translator;
use super::types::{Leaf, Lowered};
use crate::ast::{Constant, ConstantId, Expression, Operand, ValueKind};
use crate::error::Result;
use crate::lexer::unescape;
use crate::types::{Type as Ast, TypeId};

impl Translator<'_, '_, '_> {
    /// The node of a constant of a scalar type.
    #[inline]
    pub(super) fn scalar_constant(&mut self, ty: TypeId, id: ConstantId) -> Result<NodeId> {
        let scalar = self.context.lowering.scalar(self.types, ty).at(self.offset)?;
        match self.body.constants.get(id) {
            Constant::Int(value) => Ok(self.builder.graph_mut().iconst(scalar, value)),
            Constant::Null => Ok(self.builder.graph_mut().iconst(scalar, 0)),
            Constant::Symbol(symbol) => {
                let symbol = self.context.symbol(symbol, self.offset)?;
                Ok(self.builder.symbol_addr(symbol))
            }
            constant => self.rare_constant(ty, scalar, constant),
        }
    }

    fn rare_constant(&mut self, ty: TypeId, scalar: Type, constant: Constant) -> Result<NodeId> {
        let body = self.body;
        Ok(match constant {
            Constant::Float(bits) => self.builder.graph_mut().fconst(scalar, u64::from(bits)),
            Constant::Double(bits) => self.builder.graph_mut().fconst(scalar, bits),
            Constant::WideInt(index) | Constant::WideFloat(index) => {
                self.builder.graph_mut().wide_const(scalar, body.constants.wide[index as usize])
            }
            Constant::Undef => self.builder.unspecified(scalar),
            Constant::Poison => self.builder.graph_mut().poison(scalar),
            Constant::Zero => self.zero(scalar),
            Constant::BlockAddress(index) => {
                let block = &body.constants.block_addresses[index as usize];
                self.block_address(block.function, &block.block)
            }
            Constant::Expression(index) => {
                let expression = body.constants.expressions[index as usize];
                self.expression(ty, expression)?
            }
            Constant::Aggregate(list) => {
                let lanes = &body.constants.operands[list.range()];
                self.pair_of_floats(lanes[0], lanes[lanes.len() - 1])?
            }
            Constant::Splat(index) => {
                let lane = body.constants.operands[index as usize];
                self.pair_of_floats(lane, lane)?
            }
            Constant::Metadata => return Err(self.unsupported("metadata as a value")),
            Constant::Asm(_) => return Err(self.unsupported("inline assembly as a value")),
            _ => return Err(self.unsupported(format!("constant of type '{}'", self.types.display(ty)))),
        })
    }

    /// 0, of any scalar type.
    pub(super) fn zero(&mut self, ty: Type) -> NodeId {
        match ty.is_float() {
            true => self.builder.graph_mut().fconst(ty, 0),
            false => self.builder.graph_mut().iconst(ty, 0),
        }
    }

    /// `<2 x float>`, which is moved as a double.
    fn pair_of_floats(&mut self, low: Operand, high: Operand) -> Result<NodeId> {
        let bits = |operand: Operand| match operand.value.kind() {
            ValueKind::Constant(id) => match self.body.constants.get(id) {
                Constant::Float(bits) => Some(u64::from(bits)),
                Constant::Undef | Constant::Poison | Constant::Zero => Some(0),
                _ => None,
            },
            ValueKind::Local(_) => None,
        };
        match (bits(low), bits(high)) {
            (Some(low), Some(high)) => Ok(self.builder.graph_mut().fconst(Type::F64, low | high << 32)),
            _ => Err(self.unsupported("this constant vector")),
        }
    }

    fn block_address(&mut self, function: crate::symbols::SymbolId, block: &crate::ast::Name<'_>) -> NodeId {
        let taken = &self.context.taken_blocks[&function];
        let number = taken.numbers.get(block).filter(|&number| taken.targets.contains(number));
        let graph = self.builder.graph_mut();
        match number {
            Some(&number) => graph.node(Op::BlockAddr, Type::PTR, NodeFlags::NONE, u64::from(number), &[]),
            // Nobody goes there: any address will do that is not null.
            None => graph.iconst(Type::PTR, 1),
        }
    }

    /// The leaves of a constant.
    pub(super) fn constant_parts(&mut self, ty: TypeId, id: ConstantId) -> Result<SmallVec<[NodeId; 4]>> {
        let leaves: SmallVec<[Leaf; 4]> = match self.context.lowering.lower(self.types, ty).at(self.offset)? {
            Lowered::Scalar(_) => return Ok(SmallVec::from_slice(&[self.scalar_constant(ty, id)?])),
            Lowered::Aggregate(list) => SmallVec::from_slice(self.context.lowering.leaves(list)),
        };
        let body = self.body;
        let mut nodes = SmallVec::new();
        match body.constants.get(id) {
            Constant::Undef => nodes.extend(leaves.iter().map(|leaf| self.builder.unspecified(leaf.ty))),
            Constant::Poison => {
                nodes.extend(leaves.iter().map(|leaf| self.builder.graph_mut().poison(leaf.ty)));
            }
            Constant::Zero => nodes.extend(leaves.iter().map(|leaf| self.zero(leaf.ty))),
            Constant::BigInt(list) => {
                let graph = self.builder.graph_mut();
                let words = body.constants.words[list.range()].iter().zip(&leaves);
                nodes.extend(words.map(|(&word, leaf)| graph.iconst(leaf.ty, word)));
            }
            Constant::Aggregate(list) => {
                for &part in &body.constants.operands[list.range()] {
                    nodes.extend(self.parts(part)?);
                }
            }
            Constant::Bytes { start, end } => {
                let text = &self.context.ast.text[start as usize..end as usize];
                let bytes = unescape(text);
                let graph = self.builder.graph_mut();
                nodes.extend(bytes.iter().map(|&byte| graph.iconst(Type::I8, u64::from(byte))));
            }
            _ => return Err(self.unsupported(format!("constant of type '{}'", self.types.display(ty)))),
        }
        Ok(nodes)
    }

    /// A constant expression. Recursion follows the nesting of the text, which is limited.
    fn expression(&mut self, ty: TypeId, expression: Expression) -> Result<NodeId> {
        match expression {
            Expression::Binary { op, flags, left, right } => {
                let (a, b) = (self.scalar(left)?, self.scalar(right)?);
                self.binary_node(op, wrap_flags(flags), ty, a, b)
            }
            Expression::Cast { op, flags, from } => {
                let node = self.scalar(from)?;
                self.cast_node(op, cast_flags(flags), (from.ty, ty), node)
            }
            Expression::GetElementPtr { flags, element, operands } => {
                let body = self.body;
                self.address(flags, element, &body.constants.operands[operands.range()])
            }
            Expression::IntCompare { predicate, left, right } => {
                let (a, b) = (self.scalar(left)?, self.scalar(right)?);
                self.int_compare_node(predicate, left.ty, a, b)
            }
            Expression::FloatCompare { predicate, left, right } => {
                let (a, b) = (self.scalar(left)?, self.scalar(right)?);
                self.float_compare_node(predicate, NodeFlags::NONE, left.ty, a, b)
            }
            Expression::Select { condition, then, otherwise } => {
                let (c, a, b) = (self.scalar(condition)?, self.scalar(then)?, self.scalar(otherwise)?);
                let scalar = self.number_type(ty)?;
                Ok(self.builder.pure(Op::Select, scalar, &[c, a, b]))
            }
            Expression::Vector { .. } => {
                Err(self.unsupported(format!("constant expression of type '{}'", self.types.display(ty))))
            }
        }
    }

    /// The scalar type of an operator's operands: vectors can only be moved.
    #[inline]
    pub(super) fn number_type(&mut self, ty: TypeId) -> Result<Type> {
        if matches!(self.types.get(ty), Ast::Vector { .. }) {
            return Err(self.unsupported(format!("operator on type '{}'", self.types.display(ty))));
        }
        self.context.lowering.scalar(self.types, ty).at(self.offset)
    }
}
