//! Initializers: bytes and relocations.

use son_ir::{Data, Definition, Relocation, RelocationTarget};

use super::At;
use super::context::Context;
use super::memory::{Step, Steps};
use super::symbols::is_special;
use super::types::layout_error;
use crate::ast::{BinaryOp, CastOp, Constant, ConstantId, ConstantPool, Expression, List, Operand, ValueKind};
use crate::error::{Fault, Result};
use crate::lexer::unescape;
use crate::types::{Type, TypeId, TypeTable};

/// Objects with more bytes are only taken if they are all zero.
const MAX_BYTES: u64 = 1 << 30;

/// The value of a constant that addresses may be part of: `plus - minus + addend`.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Linear {
    pub(crate) plus: Option<RelocationTarget>,
    pub(crate) minus: Option<RelocationTarget>,
    pub(crate) addend: i64,
}

impl Linear {
    fn number(addend: i64) -> Linear {
        Linear { addend, ..Linear::default() }
    }

    fn as_number(self) -> Option<i64> {
        (self.plus.is_none() && self.minus.is_none()).then_some(self.addend)
    }

    fn negated(self) -> Linear {
        Linear { plus: self.minus, minus: self.plus, addend: self.addend.wrapping_neg() }
    }

    /// The sum, if it has no more than one address on each side.
    fn plus(self, other: Linear) -> Option<Linear> {
        let mut plus = [self.plus, other.plus];
        let mut minus = [self.minus, other.minus];
        for added in &mut plus {
            if let Some(cancelled) = minus.iter_mut().find(|taken| taken.is_some() && *taken == added) {
                (*added, *cancelled) = (None, None);
            }
        }
        let one = |side: [Option<RelocationTarget>; 2]| match side {
            [Some(_), Some(_)] => None,
            [first, second] => Some(first.or(second)),
        };
        let addend = self.addend.wrapping_add(other.addend);
        Some(Linear { plus: one(plus)?, minus: one(minus)?, addend })
    }
}

struct Writer {
    bytes: Vec<u8>,
    relocations: Vec<Relocation>,
    /// Where the definition is, for faults.
    offset: u32,
}

impl<'a> Context<'_, 'a> {
    /// Gives each variable its bytes.
    pub(crate) fn define_data(&mut self) -> Result<()> {
        let ast = self.ast;
        for global in &ast.globals {
            let Some(init) = global.init else { continue };
            let name = &*ast.symbols.get(global.symbol).name;
            if is_special(name, global) {
                self.special(name, Operand { ty: global.ty, value: init }, global.offset)?;
                continue;
            }
            let symbol = self.symbol(global.symbol, global.offset)?;
            let operand = Operand { ty: global.ty, value: init };
            let data = self.initializer(operand, global.constant, global.offset)?;
            self.module.symbols[symbol.index()].definition = Definition::Data(data);
        }
        Ok(())
    }

    fn initializer(&mut self, operand: Operand, constant: bool, offset: u32) -> Result<Data> {
        let size = self.size(operand.ty, offset)?;
        let zeros = Data { zeroed: size, constant, ..Data::default() };
        let id = constant_of(operand);
        if id.is_some_and(|id| is_zeros(self.ast.constants.get(id))) {
            return Ok(zeros);
        }
        if size > MAX_BYTES {
            return Err(Fault::unsupported(offset, "initialized object of more than 1 GiB"));
        }
        let mut writer = Writer { bytes: vec![0; size as usize], relocations: Vec::new(), offset };
        self.write(&mut writer, 0, operand)?;
        if writer.relocations.is_empty() && writer.bytes.iter().all(|&byte| byte == 0) {
            return Ok(zeros);
        }
        Ok(Data { bytes: writer.bytes, zeroed: 0, relocations: writer.relocations, constant })
    }

    fn size(&mut self, ty: TypeId, offset: u32) -> Result<u64> {
        Ok(self.lowering.layouts.of(&self.ast.types, ty).map_err(layout_error).at(offset)?.size)
    }

    /// Writes a constant at a place of the object. Recursion follows the nesting of the text.
    fn write(&mut self, writer: &mut Writer, at: u64, operand: Operand) -> Result<()> {
        let ast = self.ast;
        let Some(id) = constant_of(operand) else { return Ok(()) };
        let constant = ast.constants.get(id);
        let size = self.size(operand.ty, writer.offset)?;
        match constant {
            constant if is_zeros(constant) => {}
            Constant::Int(value) => writer.put(at, size, u128::from(value)),
            Constant::WideInt(index) | Constant::WideFloat(index) => {
                writer.put(at, size, ast.constants.wide[index as usize]);
            }
            Constant::BigInt(list) => {
                let words = ast.constants.words[list.range()].iter().enumerate();
                for (index, &word) in words {
                    let done = index as u64 * 8;
                    writer.put(at + done, (size - done).min(8), u128::from(word));
                }
            }
            Constant::Half(bits) => writer.put(at, size, u128::from(bits)),
            Constant::Float(bits) => writer.put(at, size, u128::from(bits)),
            Constant::Double(bits) => writer.put(at, size, u128::from(bits)),
            Constant::Bytes { start, end } => {
                let bytes = unescape(&ast.text[start as usize..end as usize]);
                let start = at as usize;
                writer.bytes[start..start + bytes.len()].copy_from_slice(&bytes);
            }
            Constant::Aggregate(list) => self.write_parts(writer, at, operand.ty, list)?,
            Constant::Splat(index) => {
                let part = ast.constants.operands[index as usize];
                let Type::Vector { len, .. } = ast.types.get(operand.ty) else { return Ok(()) };
                for lane in 0..u64::from(len) {
                    let lane = self.lane_offset(part.ty, lane, writer.offset)?;
                    self.write(writer, at + lane, part)?;
                }
            }
            _ => {
                let value = self.linear(&ast.types, &ast.constants, operand, writer.offset)?;
                writer.put_linear(at, size, value)?;
            }
        }
        Ok(())
    }

    fn write_parts(&mut self, writer: &mut Writer, at: u64, ty: TypeId, list: List) -> Result<()> {
        let (ast, offset) = (self.ast, writer.offset);
        for (index, &part) in ast.constants.operands[list.range()].iter().enumerate() {
            let index = index as u64;
            let within = match ast.types.resolve(ty) {
                Type::Array { element, .. } => {
                    index * self.lowering.layouts.stride(&ast.types, element).map_err(layout_error).at(offset)?
                }
                Type::Vector { element, .. } => self.lane_offset(element, index, offset)?,
                _ => {
                    let field = self.lowering.layouts.field(&ast.types, ty, index);
                    field.map_err(layout_error).at(offset)?.unwrap_or(0)
                }
            };
            self.write(writer, at + within, part)?;
        }
        Ok(())
    }

    /// Lanes of a vector lie side by side, without padding.
    fn lane_offset(&mut self, element: TypeId, lane: u64, offset: u32) -> Result<u64> {
        match self.ast.types.get(element) {
            Type::Int(bits) if bits % 8 != 0 => {
                Err(Fault::unsupported(offset, "vector of integers that are not whole bytes"))
            }
            _ => Ok(lane * self.size(element, offset)?),
        }
    }

    /// The value of a constant, as sums of addresses and numbers. Recursion follows the text's nesting.
    pub(crate) fn linear(
        &mut self,
        types: &TypeTable<'_>,
        pool: &ConstantPool<'a>,
        operand: Operand,
        offset: u32,
    ) -> Result<Linear> {
        let Some(id) = constant_of(operand) else { return Ok(Linear::default()) };
        match pool.get(id) {
            Constant::Int(value) => Ok(Linear::number(value as i64)),
            constant if is_zeros(constant) => Ok(Linear::default()),
            Constant::Symbol(symbol) => {
                let symbol = RelocationTarget::Symbol(self.symbol(symbol, offset)?);
                Ok(Linear { plus: Some(symbol), ..Linear::default() })
            }
            Constant::BlockAddress(index) => {
                let address = &pool.block_addresses[index as usize];
                self.block(address.function, &address.block, offset)
            }
            Constant::Expression(index) => {
                let expression = pool.expressions[index as usize];
                self.linear_expression(types, pool, operand.ty, expression, offset)
            }
            _ => Err(Fault::unsupported(offset, "this constant in an expression")),
        }
    }

    fn block(
        &mut self,
        function: crate::symbols::SymbolId,
        block: &crate::ast::Name<'a>,
        offset: u32,
    ) -> Result<Linear> {
        let number = self.take_block(function, block);
        if !self.taken_blocks[&function].targets.contains(&number) {
            // Nobody goes there: any address will do that is not null.
            return Ok(Linear::number(1));
        }
        let target = RelocationTarget::Block(self.symbol(function, offset)?, number);
        Ok(Linear { plus: Some(target), ..Linear::default() })
    }

    fn linear_expression(
        &mut self,
        types: &TypeTable<'_>,
        pool: &ConstantPool<'a>,
        ty: TypeId,
        expression: Expression,
        offset: u32,
    ) -> Result<Linear> {
        let unsupported = || Fault::unsupported(offset, "this constant expression in an initializer");
        match expression {
            Expression::Cast { op, from, .. } => {
                let value = self.linear(types, pool, from, offset)?;
                cast(types, op, from.ty, ty, value).ok_or_else(unsupported)
            }
            Expression::Binary { op, left, right, .. } => {
                let left = self.linear(types, pool, left, offset)?;
                let right = self.linear(types, pool, right, offset)?;
                let folded = match op {
                    BinaryOp::Add => left.plus(right),
                    BinaryOp::Sub => left.plus(right.negated()),
                    _ => fold(op, left, right),
                };
                folded.map(|value| cut(types, ty, value)).ok_or_else(unsupported)
            }
            Expression::GetElementPtr { element, operands, .. } => {
                let operands = &pool.operands[operands.range()];
                let mut value = self.linear(types, pool, operands[0], offset)?;
                let mut steps = Steps::new(element);
                for &index in &operands[1..] {
                    let number = self.linear(types, pool, index, offset)?.as_number().ok_or_else(unsupported)?;
                    let number = sign_extend(types, index.ty, number);
                    let distance = match steps.next(&mut self.lowering, types, Some(number)).at(offset)? {
                        Step::Field(distance) => distance as i64,
                        Step::Element(stride) => number.wrapping_mul(stride as i64),
                    };
                    value.addend = value.addend.wrapping_add(distance);
                }
                Ok(value)
            }
            _ => Err(unsupported()),
        }
    }

    /// `llvm.global_ctors` and its like.
    fn special(&mut self, name: &[u8], operand: Operand, offset: u32) -> Result<()> {
        let constructors = name == b"llvm.global_ctors";
        if !constructors && name != b"llvm.global_dtors" {
            return Ok(());
        }
        let ast = self.ast;
        let parts = |operand: Operand| match constant_of(operand).map(|id| ast.constants.get(id)) {
            Some(Constant::Aggregate(list)) => &ast.constants.operands[list.range()],
            _ => &[],
        };
        for &entry in parts(operand) {
            let [priority, function, ..] = *parts(entry) else { continue };
            let priority = self.linear(&ast.types, &ast.constants, priority, offset)?.addend as u32;
            let function = self.linear(&ast.types, &ast.constants, function, offset)?;
            if let Some(RelocationTarget::Symbol(symbol)) = function.plus {
                let list = match constructors {
                    true => &mut self.module.constructors,
                    false => &mut self.module.destructors,
                };
                list.push((priority, symbol));
            }
        }
        Ok(())
    }
}

impl Writer {
    fn put(&mut self, at: u64, size: u64, value: u128) {
        let bytes = value.to_le_bytes();
        let (at, len) = (at as usize, (size as usize).min(bytes.len()));
        self.bytes[at..at + len].copy_from_slice(&bytes[..len]);
    }

    fn put_linear(&mut self, at: u64, size: u64, value: Linear) -> Result<()> {
        match (value.plus, size) {
            (None, _) if value.minus.is_none() => self.put(at, size, value.addend as i128 as u128),
            (Some(target), 4 | 8) => self.relocations.push(Relocation {
                offset: at,
                size: size as u8,
                target,
                addend: value.addend,
                minus: value.minus,
            }),
            _ => {
                let what = format!("address as an initializer of {size} bytes");
                return Err(Fault::unsupported(self.offset, what));
            }
        }
        Ok(())
    }
}

fn constant_of(operand: Operand) -> Option<ConstantId> {
    match operand.value.kind() {
        ValueKind::Constant(id) => Some(id),
        ValueKind::Local(_) => None,
    }
}

fn is_zeros(constant: Constant) -> bool {
    matches!(constant, Constant::Zero | Constant::Null | Constant::Undef | Constant::Poison)
}

/// A number cut to the width of an integer type; addresses stay as they are.
fn cut(types: &TypeTable<'_>, ty: TypeId, value: Linear) -> Linear {
    match (types.get(ty), value.as_number()) {
        (Type::Int(bits), Some(number)) if bits < 64 => Linear::number(number & ((1 << bits) - 1)),
        _ => value,
    }
}

fn sign_extend(types: &TypeTable<'_>, ty: TypeId, number: i64) -> i64 {
    match types.get(ty) {
        Type::Int(bits) if bits < 64 => number << (64 - bits) >> (64 - bits),
        _ => number,
    }
}

fn cast(types: &TypeTable<'_>, op: CastOp, from: TypeId, to: TypeId, value: Linear) -> Option<Linear> {
    match op {
        CastOp::SExt => {
            let number = sign_extend(types, from, value.as_number()?);
            Some(cut(types, to, Linear::number(number)))
        }
        CastOp::ZExt => value.as_number().map(Linear::number),
        CastOp::Trunc | CastOp::PtrToInt | CastOp::PtrToAddr | CastOp::IntToPtr | CastOp::BitCast => {
            Some(cut(types, to, value))
        }
        _ => None,
    }
}

fn fold(op: BinaryOp, left: Linear, right: Linear) -> Option<Linear> {
    let (a, b) = (left.as_number()?, right.as_number()?);
    let shift = u32::try_from(b).ok().filter(|&shift| shift < 64);
    Some(Linear::number(match op {
        BinaryOp::Mul => a.wrapping_mul(b),
        BinaryOp::And => a & b,
        BinaryOp::Or => a | b,
        BinaryOp::Xor => a ^ b,
        BinaryOp::Shl => a << shift?,
        BinaryOp::LShr => (a as u64 >> shift?) as i64,
        BinaryOp::UDiv => (a as u64).checked_div(b as u64)? as i64,
        BinaryOp::URem => (a as u64).checked_rem(b as u64)? as i64,
        _ => return None,
    }))
}
