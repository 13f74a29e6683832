//! Blocks, jumps, and the structured helpers on top of them.

use super::check::shape;
use super::{Cursor, Operand, Operands, Value};
use crate::builder::{Block, BuildError};
use crate::module::SymbolId;
use crate::ops::Op;
use crate::payload::{CallFlags, Weights};
use crate::types::Type;

/// What the body of a structured helper returns: nothing, or a result so that `?` can be used inside. The error
/// may be the frontend's own, if a [`BuildError`] can become one.
pub trait Done {
    /// The error.
    type Error;
    /// As a result.
    fn done(self) -> Result<(), Self::Error>;
}

impl Done for () {
    type Error = BuildError;
    fn done(self) -> Result<(), BuildError> {
        Ok(())
    }
}

impl<E> Done for Result<(), E> {
    type Error = E;
    fn done(self) -> Result<(), E> {
        self
    }
}

/// What a closure returns that computes a value: an operand, or a result with one.
pub trait Computed {
    /// The error.
    type Error;
    /// As a result.
    fn computed(self) -> Result<Operand, Self::Error>;
}

impl<T: Into<Operand>> Computed for T {
    type Error = BuildError;
    fn computed(self) -> Result<Operand, BuildError> {
        Ok(self.into())
    }
}

impl<T: Into<Operand>, E> Computed for Result<T, E> {
    type Error = E;
    fn computed(self) -> Result<Operand, E> {
        self.map(Into::into)
    }
}

/// A loop under construction, for [`Cursor::break_`] and [`Cursor::continue_`].
#[derive(Clone, Copy, Debug)]
pub struct Loop {
    head: Block,
    after: Block,
}

/// A body of a case.
type Body<'c, 'm> = Box<dyn FnOnce(&Cursor<'m>) -> Result<(), BuildError> + 'c>;

/// Collects the cases of a [`Cursor::switch`].
pub struct Switch<'c, 'm> {
    cases: Vec<(Vec<i128>, Body<'c, 'm>)>,
    default: Option<Body<'c, 'm>>,
}

impl<'c, 'm> Switch<'c, 'm> {
    /// What to do for this value. Control goes on after the switch, never to the next case.
    pub fn case<R: Done<Error = BuildError>>(
        &mut self,
        value: impl Into<i128>,
        body: impl FnOnce(&Cursor<'m>) -> R + 'c,
    ) {
        self.cases.push((vec![value.into()], Box::new(|f| body(f).done())));
    }

    /// What to do for any of these values.
    pub fn cases<R: Done<Error = BuildError>>(
        &mut self,
        values: impl IntoIterator<Item = impl Into<i128>>,
        body: impl FnOnce(&Cursor<'m>) -> R + 'c,
    ) {
        self.cases.push((values.into_iter().map(Into::into).collect(), Box::new(|f| body(f).done())));
    }

    /// What to do for all other values; nothing if there is no default.
    pub fn default<R: Done<Error = BuildError>>(&mut self, body: impl FnOnce(&Cursor<'m>) -> R + 'c) {
        self.default = Some(Box::new(|f| body(f).done()));
    }
}

impl<'m> Cursor<'m> {
    // ---- Blocks ----

    /// A new block, to be entered once.
    pub fn block(&self) -> Block {
        self.builder.borrow_mut().create_block()
    }

    fn is_block(&self, op: Op, block: Block) -> bool {
        let known = block.index() < self.builder.borrow().num_blocks();
        if !known {
            self.keep(shape(op, format!("there is no block {}", block.0)));
        }
        known
    }

    /// Goes on appending in this block. The block before must have been ended.
    pub fn enter(&self, block: Block) {
        if !self.is_block(Op::Region, block) {
            return;
        }
        let mut builder = self.builder.borrow_mut();
        let mistake = if builder.is_entered(block) {
            Some(BuildError::Filled(block))
        } else if builder.is_open() && !self.failed.get() {
            Some(BuildError::Unterminated(builder.current()))
        } else {
            builder.enter(block);
            None
        };
        drop(builder);
        if let Some(mistake) = mistake {
            self.keep(mistake);
        }
    }

    /// All jumps to the block are built.
    pub fn seal(&self, block: Block) {
        if self.is_block(Op::Region, block) {
            self.builder.borrow_mut().seal(block);
        }
    }

    /// Is a block open, so that something may be appended? Not after what ends a block. Behind a helper all of whose
    /// paths end, as an `if_else` that returns on both sides, a block is open that nothing reaches; it may stay so.
    pub fn is_open(&self) -> bool {
        self.builder.borrow().is_open()
    }

    /// Announces all edges between blocks, the [entry](Cursor::current) included, before the first jump: for
    /// languages with `goto`, where a loop may be entered in several places. Such loops get one entry that
    /// dispatches.
    pub fn plan_edges(&self, edges: &[(Block, Block)]) {
        if edges.iter().all(|&(from, to)| self.is_block(Op::Region, from) && self.is_block(Op::Region, to)) {
            self.builder.borrow_mut().plan_edges(edges);
        }
    }

    /// The block that is being filled.
    pub fn current(&self) -> Block {
        self.builder.borrow().current()
    }

    /// The next branch, `if` or `while` goes to its first side so often, to its second so often.
    pub fn weigh(&self, on_true: u32, on_false: u32) {
        self.weights.set(Weights { on_true, on_false });
    }

    /// May a jump to these blocks be built?
    fn can_jump(&self, op: Op, targets: &[Block]) -> bool {
        if !self.is_open_for(op) || !targets.iter().all(|&block| self.is_block(op, block)) {
            return false;
        }
        let builder = self.builder.borrow();
        let sealed = targets.iter().copied().find(|&block| builder.is_sealed(block));
        drop(builder);
        if let Some(block) = sealed {
            self.keep(BuildError::Sealed(block));
        }
        sealed.is_none()
    }

    /// Ends the block: goes on at the target.
    ///
    /// # Errors
    /// The first mistake so far.
    pub fn jump(&self, target: Block) -> Result<(), BuildError> {
        if self.can_jump(Op::Region, &[target]) {
            self.builder.borrow_mut().jump(target);
        }
        self.check()
    }

    /// Ends the block: goes on at `on_true` if the condition holds, else at `on_false`.
    ///
    /// # Errors
    /// The first mistake so far.
    pub fn branch(&self, condition: impl Into<Operand>, on_true: Block, on_false: Block) -> Result<(), BuildError> {
        let condition = self.operand(Op::If, 0, condition.into(), Type::I1);
        let weights = self.weights.take();
        if self.can_jump(Op::If, &[on_true, on_false]) {
            self.builder.borrow_mut().branch(condition.node, on_true, on_false, weights);
        }
        self.check()
    }

    /// Ends the block: goes on at the block of the case that equals the value, else at `default`.
    ///
    /// # Errors
    /// The first mistake so far.
    pub fn branch_on(
        &self,
        value: impl Into<Operand>,
        default: Block,
        cases: &[(i128, Block)],
    ) -> Result<(), BuildError> {
        let value = self.integer(Op::Switch, value.into());
        let mut numbers: Vec<u64> = Vec::with_capacity(cases.len());
        for &(case, _) in cases {
            let bits = value.ty.bits().min(64);
            if case < -(1i128 << (bits - 1)) || case >= 1i128 << bits {
                self.keep(shape(Op::Switch, format!("case {case} is no {}", value.ty)));
            }
            numbers.push(case as u64 & value.ty.mask());
        }
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            self.keep(shape(Op::Switch, format!("case {} is given twice", value.ty.sign_extend(twice[0]))));
        }
        let mut targets: Vec<Block> = cases.iter().map(|case| case.1).collect();
        targets.push(default);
        if self.can_jump(Op::Switch, &targets) && !self.failed.get() {
            let cases: Vec<(u64, Block)> = numbers.into_iter().zip(targets).collect();
            self.builder.borrow_mut().switch(value.node, default, &cases, &[]);
        }
        self.check()
    }

    fn integer(&self, op: Op, value: Operand) -> Value {
        match self.type_of(value) {
            Some(ty) if ty.is_int() && ty.bits() <= 64 => self.operand(op, 0, value, ty),
            Some(ty) => {
                self.keep(super::check::mismatch(op, 0, "an integer of up to 64 bits".to_owned(), ty));
                self.placeholder(Type::I64)
            }
            None => self.operand(op, 0, value, Type::I64),
        }
    }

    /// Ends the block: returns the values.
    ///
    /// # Errors
    /// The first mistake so far.
    pub fn ret(&self, values: impl IntoReturn) -> Result<(), BuildError> {
        let values = values.into_return();
        let results = &self.signature.results;
        if values.len() != results.len() {
            self.keep(shape(Op::Return, format!("{} values for {} results", values.len(), results.len())));
            return self.check();
        }
        let nodes: Vec<_> = values
            .iter()
            .zip(results)
            .enumerate()
            .map(|(index, (&value, result))| self.operand(Op::Return, index, value, result.ty).node)
            .collect();
        if self.is_open_for(Op::Return) {
            self.builder.borrow_mut().ret(&nodes);
        }
        self.check()
    }

    /// Ends the block: calls in place of this frame, and returns what that returns.
    ///
    /// # Errors
    /// The first mistake so far.
    pub fn tail_call(&self, function: SymbolId, args: impl Operands) -> Result<(), BuildError> {
        let module = self.module.borrow();
        let id = module.symbols.get(function.index()).and_then(|_| module.function_signature(function));
        let signature = id.map(|id| module.signature(id).clone());
        drop(module);
        let (Some(id), Some(signature)) = (id, signature) else {
            self.keep(shape(Op::TailCall, "the callee is no function"));
            return self.check();
        };
        let results =
            |signature: &crate::Signature| signature.results.iter().map(|result| result.ty).collect::<Vec<_>>();
        if results(&signature) != results(&self.signature) {
            self.keep(shape(Op::TailCall, "the callee has other results than this function"));
        }
        let args = self.arguments(Op::TailCall, &signature, &args.operands());
        let callee = self.address_of(function);
        if self.is_open_for(Op::TailCall) && !self.failed.get() {
            self.builder.borrow_mut().tail_call(callee.node, id, CallFlags::NONE, &args);
        }
        self.check()
    }

    /// Ends the block: stops the program abnormally.
    ///
    /// # Errors
    /// The first mistake so far.
    pub fn trap(&self) -> Result<(), BuildError> {
        if self.is_open_for(Op::Trap) {
            self.builder.borrow_mut().trap();
        }
        self.check()
    }

    /// Ends the block, which is never reached: reaching it is undefined.
    ///
    /// # Errors
    /// The first mistake so far.
    pub fn unreachable(&self) -> Result<(), BuildError> {
        if self.is_open_for(Op::Unreachable) {
            self.builder.borrow_mut().unreachable();
        }
        self.check()
    }

    // ---- Structured control ----

    /// Fills a block by a body, and jumps to `after` from its end if that is open.
    fn fill_block<R: Done<Error: From<BuildError>>>(
        &self,
        block: Block,
        after: Block,
        body: impl FnOnce(&Self) -> R,
    ) -> Result<(), R::Error> {
        self.seal(block);
        self.enter(block);
        body(self).done()?;
        if self.is_open() {
            self.jump(after)?;
        }
        Ok(self.check()?)
    }

    /// Does one of two.
    ///
    /// # Errors
    /// The first mistake so far.
    pub fn if_else<A, B>(
        &self,
        condition: impl Into<Operand>,
        yes: impl FnOnce(&Self) -> A,
        no: impl FnOnce(&Self) -> B,
    ) -> Result<(), A::Error>
    where
        A: Done<Error: From<BuildError>>,
        B: Done<Error: From<BuildError> + Into<A::Error>>,
    {
        let (on_true, on_false, after) = (self.block(), self.block(), self.block());
        self.branch(condition, on_true, on_false)?;
        self.fill_block(on_true, after, yes)?;
        self.fill_block(on_false, after, no).map_err(Into::into)?;
        Ok(self.go_on(after)?)
    }

    /// Does something if the condition holds.
    ///
    /// # Errors
    /// The first mistake so far.
    pub fn if_<R: Done<Error: From<BuildError>>>(
        &self,
        condition: impl Into<Operand>,
        yes: impl FnOnce(&Self) -> R,
    ) -> Result<(), R::Error> {
        let (on_true, after) = (self.block(), self.block());
        self.branch(condition, on_true, after)?;
        self.fill_block(on_true, after, yes)?;
        Ok(self.go_on(after)?)
    }

    /// One of two values, of which only that one is computed.
    ///
    /// # Errors
    /// The first mistake so far.
    pub fn choose<A, B>(
        &self,
        ty: Type,
        condition: impl Into<Operand>,
        yes: impl FnOnce(&Self) -> A,
        no: impl FnOnce(&Self) -> B,
    ) -> Result<Value, A::Error>
    where
        A: Computed<Error: From<BuildError>>,
        B: Computed<Error: From<BuildError> + Into<A::Error>>,
    {
        let result = self.var(ty);
        let yes = |f: &Self| yes(f).computed().map(|value| f.set(result, value));
        let no = |f: &Self| no(f).computed().map(|value| f.set(result, value));
        self.if_else(condition, yes, no)?;
        Ok(self.get(result))
    }

    /// Enters the block after a helper, to which all jumps are built.
    fn go_on(&self, after: Block) -> Result<(), BuildError> {
        self.seal(after);
        self.enter(after);
        self.check()
    }

    /// Repeats the body while the condition holds.
    ///
    /// # Errors
    /// The first mistake so far.
    pub fn while_<C, R>(
        &self,
        condition: impl FnOnce(&Self) -> C,
        body: impl FnOnce(&Self) -> R,
    ) -> Result<(), R::Error>
    where
        C: Computed<Error: Into<R::Error>>,
        R: Done<Error: From<BuildError>>,
    {
        self.while_with(condition, |f, _| body(f))
    }

    /// As [`Cursor::while_`], with the loop to break out of or to continue.
    ///
    /// # Errors
    /// The first mistake so far.
    pub fn while_with<C, R>(
        &self,
        condition: impl FnOnce(&Self) -> C,
        body: impl FnOnce(&Self, Loop) -> R,
    ) -> Result<(), R::Error>
    where
        C: Computed<Error: Into<R::Error>>,
        R: Done<Error: From<BuildError>>,
    {
        let (head, inside, after) = (self.block(), self.block(), self.block());
        self.jump(head)?;
        self.enter(head);
        let condition = condition(self).computed().map_err(Into::into)?;
        self.branch(condition, inside, after)?;
        self.fill_block(inside, head, |f| body(f, Loop { head, after }))?;
        self.seal(head);
        Ok(self.go_on(after)?)
    }

    /// Repeats the body until it breaks out of the loop or returns.
    ///
    /// # Errors
    /// The first mistake so far.
    pub fn loop_<R: Done<Error: From<BuildError>>>(&self, body: impl FnOnce(&Self, Loop) -> R) -> Result<(), R::Error> {
        let (head, after) = (self.block(), self.block());
        self.jump(head)?;
        self.enter(head);
        body(self, Loop { head, after }).done()?;
        if self.is_open() {
            self.jump(head)?;
        }
        self.seal(head);
        Ok(self.go_on(after)?)
    }

    /// Ends the block: leaves the loop.
    ///
    /// # Errors
    /// The first mistake so far.
    pub fn break_(&self, out_of: Loop) -> Result<(), BuildError> {
        self.jump(out_of.after)
    }

    /// Ends the block: goes on with the next round of the loop.
    ///
    /// # Errors
    /// The first mistake so far.
    pub fn continue_(&self, with: Loop) -> Result<(), BuildError> {
        self.jump(with.head)
    }

    /// Does what the case of the value says:
    ///
    /// ```
    /// use son_ir::prelude::*;
    /// # fn main() -> Result<(), BuildError> {
    /// # let mut module = Module::new(Triple::host());
    /// let f = module.function("days", [I32], I32);
    /// let days = f.var(I32);
    /// f.switch(f.param(0), |s| {
    ///     s.case(2, |f| f.set(days, 28));
    ///     s.cases([4, 6, 9, 11], |f| f.set(days, 30));
    ///     s.default(|f| f.set(days, 31));
    /// })?;
    /// f.ret(days)?;
    /// f.finish()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The first mistake so far.
    pub fn switch<'c>(
        &self,
        value: impl Into<Operand>,
        cases: impl FnOnce(&mut Switch<'c, 'm>),
    ) -> Result<(), BuildError> {
        let mut switch = Switch { cases: Vec::new(), default: None };
        cases(&mut switch);
        let after = self.block();
        let default = switch.default.as_ref().map_or(after, |_| self.block());
        let mut arms = Vec::new();
        let mut edges = Vec::new();
        for (values, body) in switch.cases {
            let block = self.block();
            edges.extend(values.into_iter().map(|value| (value, block)));
            arms.push((block, body));
        }
        self.branch_on(value, default, &edges)?;
        arms.extend(switch.default.map(|body| (default, body)));
        for (block, body) in arms {
            self.fill_block(block, after, body)?;
        }
        self.go_on(after)
    }
}

/// What [`Cursor::ret`] takes: one operand, a list of them, or `()`.
pub trait IntoReturn {
    /// The values in order.
    fn into_return(self) -> smallvec::SmallVec<[Operand; 6]>;
}

impl<T: Into<Operand>> IntoReturn for T {
    fn into_return(self) -> smallvec::SmallVec<[Operand; 6]> {
        smallvec::smallvec![self.into()]
    }
}

impl IntoReturn for () {
    fn into_return(self) -> smallvec::SmallVec<[Operand; 6]> {
        smallvec::SmallVec::new()
    }
}

impl<T: Into<Operand>, const N: usize> IntoReturn for [T; N] {
    fn into_return(self) -> smallvec::SmallVec<[Operand; 6]> {
        self.into_iter().map(Into::into).collect()
    }
}

impl IntoReturn for &[Value] {
    fn into_return(self) -> smallvec::SmallVec<[Operand; 6]> {
        self.iter().map(|&value| Operand::Value(value)).collect()
    }
}
