//! Random functions, made with the builder from a list of random numbers.

use son_ir::builder::Block;
use son_ir::{
    AliasClass, BuildError, CallFlags, Data, Extension, FunctionBuilder, Linkage, MemAccess, Module, NodeId, Op, Param,
    Signature, SymbolId, Type, Var, Weights,
};

const WORDS: [Type; 4] = [Type::I8, Type::I32, Type::I64, Type::int(24)];

/// Random numbers that run out: then all are 0.
struct Choices<'a> {
    numbers: std::slice::Iter<'a, u16>,
}

impl Choices<'_> {
    fn below(&mut self, limit: usize) -> usize {
        self.numbers.next().map_or(0, |&number| usize::from(number) % limit)
    }

    fn is_over(&self) -> bool {
        self.numbers.len() == 0
    }
}

/// A module with data, an import, and a function `f` that the numbers describe.
pub(crate) fn module(numbers: &[u16]) -> Module {
    let mut module = Module::new("x86_64-unknown-linux-gnu".parse().expect("a known target"));
    let bytes = numbers.iter().map(|&number| number as u8).collect();
    let data = module.define_data("data", Linkage::Internal, 8, Data { bytes, ..Data::default() });
    let extended = Param { extension: Extension::Sign, ..Param::new(Type::I8) };
    let signature =
        Signature { params: vec![Type::PTR.into(), extended], results: vec![Type::I32.into()], ..Signature::default() };
    let callee = module.import_function("callee", signature);
    let signature = Signature::new([Type::I8, Type::I32, Type::I64, Type::int(24), Type::PTR, Type::F64], [Type::I32]);
    let builder = FunctionBuilder::new(&mut module, "f", signature);
    let mut maker =
        Maker { f: builder, choices: Choices { numbers: numbers.iter() }, vars: Vec::new(), depth: 0, data, callee };
    let function = maker.declare().and_then(|()| maker.body(&module)).and_then(|()| maker.f.finish());
    module.add_function(function.expect("the builder accepts what is well typed"));
    module
}

struct Maker<'a> {
    f: FunctionBuilder,
    choices: Choices<'a>,
    vars: Vec<(Type, Var)>,
    depth: usize,
    data: SymbolId,
    callee: SymbolId,
}

impl Maker<'_> {
    fn declare(&mut self) -> Result<(), BuildError> {
        for i in 0..6 {
            let value = self.f.param(i);
            let ty = self.f.graph().ty(value);
            let var = self.f.declare(ty);
            self.f.def(var, value);
            self.vars.push((ty, var));
        }
        Ok(())
    }

    fn var(&mut self, ty: Type) -> Var {
        self.vars.iter().find(|var| var.0 == ty).expect("a variable of each type").1
    }

    fn get(&mut self, ty: Type) -> Result<NodeId, BuildError> {
        if self.choices.below(4) == 0 && ty.is_int() {
            let value = self.choices.below(300) as i64;
            return Ok(self.f.iconst(ty, value - 5));
        }
        let var = self.var(ty);
        self.f.get(var)
    }

    fn body(&mut self, module: &Module) -> Result<(), BuildError> {
        while !self.choices.is_over() {
            self.statement(module)?;
        }
        let (x, y) = (self.get(Type::I32)?, self.get(Type::I64)?);
        let low = self.f.pure(Op::Trunc, Type::I32, &[y]);
        let sum = self.f.pure(Op::Add, Type::I32, &[x, low]);
        self.f.ret(&[sum]);
        Ok(())
    }

    fn statement(&mut self, module: &Module) -> Result<(), BuildError> {
        match self.choices.below(14) {
            0..=3 => self.arithmetic(),
            4 => self.convert(),
            5 => self.float(),
            6 | 7 => self.memory(),
            8 => self.call(module),
            9 | 10 if self.depth < 4 => self.branch(module),
            11 if self.depth < 4 => self.repeat(module),
            12 if self.depth < 4 => self.switch(module),
            _ => self.select(),
        }
    }

    fn arithmetic(&mut self) -> Result<(), BuildError> {
        const OPS: [Op; 12] = [
            Op::Add,
            Op::Sub,
            Op::Mul,
            Op::And,
            Op::Or,
            Op::Xor,
            Op::Shl,
            Op::LShr,
            Op::AShr,
            Op::SMax,
            Op::UMin,
            Op::Fshl,
        ];
        let ty = WORDS[self.choices.below(4)];
        let op = OPS[self.choices.below(OPS.len())];
        let mut inputs = vec![self.get(ty)?, self.get(ty)?];
        if op == Op::Fshl {
            inputs.push(self.get(ty)?);
        }
        let value = self.f.pure(op, ty, &inputs);
        self.set(ty, value)
    }

    fn set(&mut self, ty: Type, value: NodeId) -> Result<(), BuildError> {
        let var = self.var(ty);
        self.f.def(var, value);
        Ok(())
    }

    fn convert(&mut self) -> Result<(), BuildError> {
        let (from, to) = (WORDS[self.choices.below(4)], WORDS[self.choices.below(4)]);
        let value = self.get(from)?;
        let op = match (from.bits(), to.bits()) {
            (a, b) if a > b => Op::Trunc,
            (a, b) if a < b => [Op::ZExt, Op::SExt][self.choices.below(2)],
            _ => return Ok(()),
        };
        let value = self.f.pure(op, to, &[value]);
        self.set(to, value)
    }

    fn float(&mut self) -> Result<(), BuildError> {
        let (x, n) = (self.get(Type::F64)?, self.get(Type::I32)?);
        let y = self.f.pure(Op::SToF, Type::F64, &[n]);
        let op = [Op::FAdd, Op::FMul, Op::FDiv][self.choices.below(3)];
        let value = self.f.pure(op, Type::F64, &[x, y]);
        self.set(Type::F64, value)
    }

    fn memory(&mut self) -> Result<(), BuildError> {
        let ty = WORDS[self.choices.below(4)];
        let access = MemAccess::aligned(1 << self.choices.below(4)).in_class(AliasClass(self.choices.below(3) as u32));
        let address = match self.choices.below(3) {
            0 => self.f.symbol_addr(self.data),
            1 => {
                let slot = self.f.create_slot(16, 8);
                self.f.slot_addr(slot)
            }
            _ => self.get(Type::PTR)?,
        };
        let index = self.get(Type::I64)?;
        let address = self.f.pure(Op::PtrAdd, Type::PTR, &[address, index]);
        if self.choices.below(2) == 0 {
            let value = self.f.load(ty, address, access);
            return self.set(ty, value);
        }
        let value = self.get(ty)?;
        self.f.store(address, value, access);
        Ok(())
    }

    fn call(&mut self, module: &Module) -> Result<(), BuildError> {
        let (p, n) = (self.get(Type::PTR)?, self.get(Type::I8)?);
        let callee = self.f.symbol_addr(self.callee);
        let id = module.function_signature(self.callee).expect("it is a function");
        let results = self.f.call(callee, id, module.signature(id), CallFlags::NO_UNWIND, &[p, n]);
        self.set(Type::I32, results.values[0])
    }

    fn select(&mut self) -> Result<(), BuildError> {
        let ty = WORDS[self.choices.below(4)];
        let (x, y) = (self.get(ty)?, self.get(ty)?);
        let less = self.f.pure(Op::Slt, Type::I1, &[x, y]);
        let value = self.f.pure(Op::Select, ty, &[less, y, x]);
        self.set(ty, value)
    }

    fn condition(&mut self) -> Result<NodeId, BuildError> {
        let (x, y) = (self.get(Type::I32)?, self.get(Type::I32)?);
        let op = [Op::Slt, Op::Ult, Op::Eq][self.choices.below(3)];
        Ok(self.f.pure(op, Type::I1, &[x, y]))
    }

    fn inside(&mut self, block: Block, module: &Module) -> Result<(), BuildError> {
        self.f.enter(block);
        self.depth += 1;
        for _ in 0..self.choices.below(5) {
            self.statement(module)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn branch(&mut self, module: &Module) -> Result<(), BuildError> {
        let condition = self.condition()?;
        let (yes, no, after) = (self.f.create_block(), self.f.create_block(), self.f.create_block());
        let weights = Weights { on_true: self.choices.below(3) as u32, on_false: self.choices.below(3) as u32 };
        self.f.branch(condition, yes, no, weights);
        self.inside(yes, module)?;
        self.f.jump(after);
        self.inside(no, module)?;
        if self.choices.below(4) == 0 {
            self.f.unreachable();
        } else {
            self.f.jump(after);
        }
        self.f.enter(after);
        Ok(())
    }

    fn repeat(&mut self, module: &Module) -> Result<(), BuildError> {
        let (head, body, after) = (self.f.create_block(), self.f.create_block(), self.f.create_block());
        self.f.jump(head);
        self.inside(head, module)?;
        let condition = self.condition()?;
        self.f.branch(condition, body, after, Weights::default());
        self.inside(body, module)?;
        self.f.jump(head);
        self.f.enter(after);
        Ok(())
    }

    fn switch(&mut self, module: &Module) -> Result<(), BuildError> {
        let value = self.get(Type::I32)?;
        let after = self.f.create_block();
        let blocks: Vec<Block> = (0..2 + self.choices.below(3)).map(|_| self.f.create_block()).collect();
        let cases: Vec<(u64, Block)> = blocks.iter().enumerate().map(|(i, &block)| (i as u64 * 7, block)).collect();
        self.f.switch(value, after, &cases, &[]);
        for block in blocks {
            self.inside(block, module)?;
            self.f.jump(after);
        }
        self.f.enter(after);
        Ok(())
    }
}
