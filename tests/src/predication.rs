//! Random loops with guards on expressions of counters, most of them linear: for guards that move ahead of loops.

use crate::random::Random;
use son_ir::prelude::*;

/// A random function of three integers of one type.
pub struct Loops {
    /// The module.
    pub module: Module,
    /// The function in it.
    pub function: SymbolId,
    /// The type of its parameters.
    pub ty: Type,
}

/// The function that the random numbers choose: one loop or two, each with up to three guards.
///
/// # Errors
/// A mistake of the builder's user: none.
pub fn random_loops(random: &mut Random) -> Result<Loops, BuildError> {
    let mut module = Module::new(Triple::host());
    let data = Data { zeroed: 64, ..Data::default() };
    let cells = module.define_data("cells", Linkage::Internal, 8, data);
    let ty = *random.pick(&[I8, I8, I32, I64]).expect("there are some");
    let f = module.function("loops", [ty; 3], I64);
    let vars = [f.var(ty), f.var(ty), f.var(ty)];
    vars.iter().for_each(|&var| f.set(var, 0));
    let mut maker = Maker { f: &f, random, ty, cells, vars, states: 0 };
    if maker.random.below(3) == 0 {
        maker.state_of(|f, state| f.safepoint(state));
    }
    maker.random_loop(0)?;
    let sum = vars.iter().fold(f.constant(I64, 0), |sum, &var| f.add(f.mul(sum, 31), f.int_cast(f.get(var), I64)));
    f.ret(sum)?;
    let function = f.finish()?;
    Ok(Loops { module, function, ty })
}

struct Maker<'a, 'm> {
    f: &'a Cursor<'m>,
    random: &'a mut Random,
    ty: Type,
    cells: SymbolId,
    /// Counters of both loops, and a sum.
    vars: [Var; 3],
    /// How many states there are: no two are equal.
    states: u32,
}

impl Maker<'_, '_> {
    fn random_loop(&mut self, depth: usize) -> Result<(), BuildError> {
        let (f, counter, other) = (self.f, self.vars[depth], self.vars[1 - depth]);
        let first = self.leaf();
        f.set(counter, first);
        let limit = self.leaf();
        let step = [1, 1, 1, -1, -1, 2, -3][self.random.below(7)];
        let (way, exact) = (self.random.below(4), self.random.below(2) == 0);
        let below = move |f: &Cursor| {
            let i = f.get(counter);
            let (a, b) = if step > 0 { (i, limit) } else { (limit, i) };
            match way {
                0 => f.ult(i, limit),
                1 => f.le(a, b),
                _ => f.lt(a, b),
            }
        };
        f.while_(below, |f| {
            self.body(depth, other)?;
            let flags = if exact { NodeFlags::NSW } else { NodeFlags::NONE };
            let by = f.constant(self.ty, step);
            f.set(counter, f.compute(Op::Add, flags, &[f.get(counter).into(), by.into()]));
            Ok(())
        })
    }

    fn body(&mut self, depth: usize, other: Var) -> Result<(), BuildError> {
        for _ in 0..2 + self.random.below(4) {
            match self.random.below(8) {
                0..4 => self.guard(),
                4 => self.store(),
                5 if depth == 0 => self.random_loop(1)?,
                6 if depth == 0 => {
                    let step = self.random.below(5) as i64 - 2;
                    self.f.set(other, self.f.add(self.f.get(other), step));
                }
                7 if self.random.below(2) == 0 => {
                    let condition = self.condition();
                    self.f.if_(condition, |_| self.guard())?;
                }
                _ => {
                    let (value, sum) = (self.linear(2), self.vars[2]);
                    self.f.set(sum, self.f.add(self.f.get(sum), value));
                }
            }
        }
        Ok(())
    }

    /// An operation that another state of memory follows.
    fn store(&mut self) {
        let (f, value) = (self.f, self.linear(1));
        f.store(f.offset(f.address_of(self.cells), 8 * self.random.below(4) as i64), value);
    }

    fn guard(&mut self) {
        let condition = self.condition();
        let condition = match self.random.below(4) {
            0 => self.f.and(condition, self.condition()),
            _ => condition,
        };
        self.state_of(|f, state| f.guard(condition, state));
    }

    fn state_of(&mut self, leave: impl FnOnce(&Cursor, Value)) {
        let f = self.f;
        self.states += 1;
        let state = f.frame_state(self.states, self.vars.map(|var| f.get(var)), None);
        leave(f, state);
    }

    fn condition(&mut self) -> Value {
        let (a, b) = (self.linear(2), if self.random.below(4) == 0 { self.linear(1) } else { self.leaf() });
        let f = self.f;
        match self.random.below(12) {
            0 => f.not(f.add_overflows(a, b)),
            1 => f.not(f.sub_overflows(a, b)),
            2 => f.not(f.mul_overflows(a, b)),
            3 => f.not(f.uadd_overflows(a, b)),
            4 => f.not(f.usub_overflows(a, b)),
            5 => f.le(a, b),
            6 => f.le(b, a),
            7 => f.lt(a, b),
            8 => f.ule(a, b),
            9 => f.ne(a, b),
            _ => f.ult(a, b),
        }
    }

    /// What does not change: a parameter, or a constant.
    fn leaf(&mut self) -> Value {
        match self.random.below(3) {
            0 => self.f.constant(self.ty, self.random.below(20) as i64 - 6),
            _ => self.f.param(self.random.below(3)),
        }
    }

    /// An expression that is mostly linear in counters.
    fn linear(&mut self, depth: usize) -> Value {
        let f = self.f;
        if depth == 0 {
            return f.get(self.vars[self.random.below(2)]);
        }
        let a = self.linear(depth - 1);
        match self.random.below(9) {
            0 => f.add(a, self.leaf()),
            1 => f.sub(a, self.leaf()),
            2 => f.sub(self.leaf(), a),
            3 => f.mul(a, self.leaf()),
            4 => f.shl(a, 1 + self.random.below(2) as i64),
            5 => f.add(a, self.linear(depth - 1)),
            6 => f.trunc(f.sext(a, Type::int(2 * self.ty.bits())), self.ty),
            _ => a,
        }
    }
}
