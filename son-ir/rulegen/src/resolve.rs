//! Syntax tree to rule: names are bound, types inferred, mistakes of authors refused.

use std::collections::HashMap;

use crate::Error;
use crate::functions::{self, Function};
use crate::lex::Pos;
use crate::ops::{Family, NodeFlags, Op, OpFlags};
use crate::rule::{Expr, ExprKind, Kind, Operand, Rule, Term, TermId, Var};
use crate::slots::{DATA, FLOAT, INT, Kinds, PTR, SlotId, Slots, VECTOR};
use crate::syntax;
use crate::types::Type;

/// Binds names and infers types.
pub(crate) fn resolve(file: &str, source: syntax::Rule) -> Result<Rule, Error> {
    let stem = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".rules");
    let rule = Rule {
        name: format!("{stem}:{}", source.at.line),
        file: file.to_string(),
        at: source.at,
        text: source.text.clone(),
        terms: Vec::new(),
        lhs: 0,
        rhs: 0,
        when: None,
        vars: Vec::new(),
        consts: Vec::new(),
        slots: Slots::default(),
        implied: Slots::default(),
        division: None,
        proof: source.proof,
        measure: source.measure,
        late: source.late,
    };
    let mut resolver = Resolver { file, rule, types: HashMap::new(), annotations: Vec::new(), in_result: false };
    resolver.run(&source.lhs, &source.rhs, source.when.as_ref())?;
    Ok(resolver.rule)
}

struct Resolver<'a> {
    file: &'a str,
    rule: Rule,
    /// Type variables.
    types: HashMap<String, SlotId>,
    /// `x:T` of the pattern, applied once it is known what the shape implies.
    annotations: Vec<(SlotId, String, Pos)>,
    in_result: bool,
}

impl Resolver<'_> {
    fn run(&mut self, lhs: &syntax::Term, rhs: &syntax::Term, when: Option<&syntax::Expr>) -> Result<(), Error> {
        if !matches!(lhs.kind, syntax::TermKind::Op { .. }) {
            return Err(self.error(lhs.at, "the pattern has to be an op"));
        }
        self.rule.lhs = self.term(lhs)?;
        self.rule.implied = self.rule.slots.clone();
        for (slot, name, at) in std::mem::take(&mut self.annotations) {
            self.annotate(slot, &name, at)?;
        }
        self.find_division(lhs.at)?;
        self.in_result = true;
        self.rule.rhs = self.term(rhs)?;
        let (left, right) = (self.rule.terms[self.rule.lhs].slot, self.rule.terms[self.rule.rhs].slot);
        self.unify(left, right, rhs.at)?;
        if let Some(when) = when {
            self.rule.when = Some(self.condition(when)?);
        }
        self.check_types()
    }

    fn term(&mut self, source: &syntax::Term) -> Result<TermId, Error> {
        use syntax::TermKind;
        let at = source.at;
        let (kind, slot) = match &source.kind {
            TermKind::Op { op, flags, maybe, inputs } => self.op(at, *op, *flags, *maybe, inputs)?,
            TermKind::Name(name) => return self.name(name, source),
            TermKind::Bound(name, term) => return self.bound(name, term, at),
            TermKind::Int(value) => (Kind::Int(*value), self.rule.slots.fresh(INT | PTR)),
            TermKind::Float(value) => (Kind::Float(*value), self.rule.slots.fresh(FLOAT)),
            TermKind::Braces(expr) if self.in_result => {
                let expr = self.number(expr)?;
                let slot = expr.slot.expect("a number has a type");
                (Kind::Expr(expr), slot)
            }
            TermKind::Braces(_) => {
                return Err(self.error(at, "an expression in a pattern: bind a constant and use `when`"));
            }
            TermKind::Poison if self.in_result => (Kind::Poison, self.rule.slots.fresh(DATA)),
            TermKind::Poison => return Err(self.error(at, "poison is folded before rules: it cannot be matched")),
        };
        self.typed(slot, source)?;
        Ok(self.push(kind, slot, at))
    }

    fn op(
        &mut self,
        at: Pos,
        op: Op,
        flags: NodeFlags,
        maybe: NodeFlags,
        inputs: &[syntax::Term],
    ) -> Result<(Kind, SlotId), Error> {
        let family = op.info().family;
        if !matches!(family, Family::Integer | Family::Float | Family::Compare | Family::Convert) && op != Op::Freeze {
            return Err(self.error(at, format!("rules do not speak of `{op}`: write a named function")));
        }
        let (letters, result) = op.signature();
        let letters = letters.strip_prefix('c').unwrap_or(letters);
        if letters.len() != inputs.len() {
            let message = format!("`{op}` takes {} inputs, here are {}", letters.len(), inputs.len());
            return Err(self.error(at, message));
        }
        self.check_order(op, inputs)?;
        let mut shared: Option<SlotId> = None;
        let mut ids = Vec::new();
        for (letter, input) in letters.chars().zip(inputs) {
            let id = self.term(input)?;
            let is_offset = op == Op::PtrAdd && letter == 'i';
            let wanted = if is_offset { self.rule.slots.of_type(Type::I64) } else { self.letter(letter, &mut shared) };
            self.unify(wanted, self.rule.terms[id].slot, input.at)?;
            ids.push(id);
        }
        // The address of `ptradd` keeps its kind of pointer.
        let slot = if op == Op::PtrAdd { self.rule.terms[ids[0]].slot } else { self.letter(result, &mut shared) };
        Ok((Kind::Op { op, flags, maybe, inputs: ids }, slot))
    }

    /// The slot for a letter of an op's signature.
    fn letter(&mut self, letter: char, shared: &mut Option<SlotId>) -> SlotId {
        let kinds: Kinds = match letter {
            'b' => return self.rule.slots.of_type(Type::I1),
            'i' | 'I' => INT,
            'f' | 'F' => FLOAT,
            'p' => PTR,
            'x' => INT | PTR,
            _ => DATA,
        };
        if letter == 'x' || letter.is_ascii_uppercase() {
            *shared.get_or_insert_with(|| self.rule.slots.fresh(kinds))
        } else {
            self.rule.slots.fresh(kinds)
        }
    }

    /// Constants stand right of commutative ops, so a pattern that has one left never matches.
    fn check_order(&self, op: Op, inputs: &[syntax::Term]) -> Result<(), Error> {
        use syntax::TermKind;
        let is_constant = |term: &syntax::Term| match &term.kind {
            TermKind::Int(_) | TermKind::Float(_) | TermKind::Braces(_) => true,
            TermKind::Name(name) => is_constant_name(name),
            _ => false,
        };
        if op.is(OpFlags::COMMUTES) && is_constant(&inputs[0]) {
            return Err(self.error(inputs[0].at, format!("a constant stands right of `{op}`")));
        }
        if inputs.iter().all(is_constant) && !self.in_result {
            return Err(self.error(inputs[0].at, format!("`{op}` of constants is folded before rules")));
        }
        Ok(())
    }

    fn name(&mut self, name: &str, source: &syntax::Term) -> Result<TermId, Error> {
        let constant = is_constant_name(name);
        let names = if constant { &self.rule.consts } else { &self.rule.vars };
        let (index, slot) = match names.iter().position(|var| var.name == name) {
            Some(index) => (index, names[index].slot),
            None if self.in_result => {
                return Err(self.error(source.at, format!("`{name}` is not bound by the pattern")));
            }
            None => {
                let slot = self.rule.slots.fresh(DATA);
                let var = Var { name: name.to_string(), slot, term: self.rule.terms.len() };
                let names = if constant { &mut self.rule.consts } else { &mut self.rule.vars };
                names.push(var);
                (names.len() - 1, slot)
            }
        };
        self.typed(slot, source)?;
        let kind = if constant { Kind::Const(index) } else { Kind::Var(index) };
        Ok(self.push(kind, slot, source.at))
    }

    fn bound(&mut self, name: &str, term: &syntax::Term, at: Pos) -> Result<TermId, Error> {
        if self.in_result || is_constant_name(name) || self.rule.vars.iter().any(|var| var.name == name) {
            return Err(self.error(at, format!("`{name}=` binds a new lower-case name to an op of the pattern")));
        }
        let term = self.term(term)?;
        if self.rule.op(term).is_none() {
            return Err(self.error(at, "only an op needs to be bound with `=`"));
        }
        self.rule.vars.push(Var { name: name.to_string(), slot: self.rule.terms[term].slot, term });
        Ok(term)
    }

    /// Applies `:type`, later for the pattern.
    fn typed(&mut self, slot: SlotId, source: &syntax::Term) -> Result<(), Error> {
        match &source.ty {
            Some(name) if self.in_result => self.annotate(slot, name, source.at),
            Some(name) => {
                self.annotations.push((slot, name.clone(), source.at));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn annotate(&mut self, slot: SlotId, name: &str, at: Pos) -> Result<(), Error> {
        if let Some((kinds, _)) = CLASSES.iter().find(|(_, class)| *class == name) {
            return self.narrow(Some(slot), *kinds, at);
        }
        if !is_constant_name(name) {
            let ty: Type = name.parse().map_err(|_| self.error(at, format!("unknown type `{name}`")))?;
            return if self.rule.slots.fix(slot, ty) { Ok(()) } else { Err(self.error(at, "types do not agree")) };
        }
        match self.types.get(name) {
            Some(&known) => self.unify(known, slot, at),
            None if self.in_result => Err(self.error(at, format!("type `{name}` is not bound by the pattern"))),
            None => {
                self.types.insert(name.to_string(), slot);
                Ok(())
            }
        }
    }

    fn find_division(&mut self, at: Pos) -> Result<(), Error> {
        let mut below = self.rule.below(self.rule.lhs);
        below.retain(|&term| self.rule.op(term).is_some_and(Op::takes_control));
        self.rule.division = below.first().copied();
        if below.len() > 1 && below[0] != self.rule.lhs {
            return Err(self.error(at, "two divisions below the root: it is not clear whose control counts"));
        }
        Ok(())
    }

    fn condition(&mut self, source: &syntax::Expr) -> Result<Expr, Error> {
        let expr = self.expr(source)?;
        match expr.slot {
            None => Ok(expr),
            Some(_) => Err(self.error(source.at, "a condition is wanted, this is a number")),
        }
    }

    fn number(&mut self, source: &syntax::Expr) -> Result<Expr, Error> {
        let expr = self.expr(source)?;
        match expr.slot {
            Some(_) => Ok(expr),
            None => Err(self.error(source.at, "a number is wanted, this is a condition")),
        }
    }

    fn expr(&mut self, source: &syntax::Expr) -> Result<Expr, Error> {
        use syntax::ExprKind as Source;
        let at = source.at;
        let (kind, slot) = match &source.kind {
            Source::Int(value) => (ExprKind::Int(*value), Some(self.rule.slots.fresh(INT | PTR))),
            Source::Float(value) => (ExprKind::Float(*value), Some(self.rule.slots.fresh(FLOAT))),
            Source::Name(name) => self.expr_name(name, at)?,
            Source::Unary("!", operand) => {
                let operand = self.condition(operand)?;
                self.check_negation(&operand, at)?;
                (ExprKind::Unary("!", Box::new(operand)), None)
            }
            Source::Unary(sign, operand) => {
                let operand = self.number(operand)?;
                self.narrow(operand.slot, INT, at)?;
                let slot = operand.slot;
                (ExprKind::Unary(sign, Box::new(operand)), slot)
            }
            Source::Binary(sign, left, right) => self.binary(sign, left, right, at)?,
            Source::Call(name, operands) => self.call(name, operands, at)?,
        };
        Ok(Expr { kind, slot })
    }

    fn expr_name(&mut self, name: &str, at: Pos) -> Result<(ExprKind, Option<SlotId>), Error> {
        match name {
            "minint" => Ok((ExprKind::MinInt, Some(self.rule.slots.fresh(INT)))),
            "maxint" => Ok((ExprKind::MaxInt, Some(self.rule.slots.fresh(INT)))),
            _ => match self.rule.consts.iter().position(|var| var.name == name) {
                Some(index) => Ok((ExprKind::Const(index), Some(self.rule.consts[index].slot))),
                None => Err(self.error(at, format!("`{name}` is not a constant of the pattern"))),
            },
        }
    }

    fn binary(
        &mut self,
        sign: &'static str,
        left: &syntax::Expr,
        right: &syntax::Expr,
        at: Pos,
    ) -> Result<(ExprKind, Option<SlotId>), Error> {
        if matches!(sign, "&&" | "||") {
            let (left, right) = (self.condition(left)?, self.condition(right)?);
            return Ok((ExprKind::Binary(sign, Box::new(left), Box::new(right)), None));
        }
        let (left, right) = (self.number(left)?, self.number(right)?);
        let slot = left.slot.expect("a number has a type");
        self.unify(slot, right.slot.expect("a number has a type"), at)?;
        let is_test = matches!(sign, "==" | "!=" | "<" | "<=" | ">" | ">=" | "<s" | "<s=" | ">s" | ">s=");
        self.narrow(Some(slot), if matches!(sign, "==" | "!=") { INT | PTR } else { INT }, at)?;
        Ok((ExprKind::Binary(sign, Box::new(left), Box::new(right)), if is_test { None } else { Some(slot) }))
    }

    fn call(&mut self, name: &str, sources: &[syntax::Expr], at: Pos) -> Result<(ExprKind, Option<SlotId>), Error> {
        let row = functions::find(name).ok_or_else(|| self.error(at, format!("unknown function `{name}`")))?;
        let (letters, result) = row.signature.split_once('>').expect("a signature has a >");
        if letters.len() != sources.len() {
            let message = format!("`{name}` takes {} operands, here are {}", letters.len(), sources.len());
            return Err(self.error(at, message));
        }
        let mut shared = None;
        let mut operands = Vec::new();
        for (letter, source) in letters.chars().zip(sources) {
            operands.push(self.operand(letter, source, &mut shared)?);
        }
        let slot = match result {
            "B" => None,
            "F" => Some(self.rule.slots.fresh(INT)),
            _ => shared,
        };
        Ok((ExprKind::Call(row.function, operands), slot))
    }

    fn operand(&mut self, letter: char, source: &syntax::Expr, shared: &mut Option<SlotId>) -> Result<Operand, Error> {
        let at = source.at;
        match letter {
            'T' | 'X' if shared.is_none() => {
                let syntax::ExprKind::Name(name) = &source.kind else {
                    return Err(self.error(at, "the name of a node is wanted"));
                };
                if let Some(&slot) = self.types.get(name).filter(|_| letter == 'T') {
                    return Ok(Operand::Type(slot));
                }
                let index = self.rule.vars.iter().position(|var| var.name == *name);
                let index = index.ok_or_else(|| self.error(at, format!("`{name}` is not a node of the pattern")))?;
                *shared = Some(self.rule.vars[index].slot);
                Ok(if letter == 'T' { Operand::Type(self.rule.vars[index].slot) } else { Operand::Node(index) })
            }
            _ => {
                let expr = self.number(source)?;
                let kinds = if letter == 'R' { FLOAT } else { INT };
                self.narrow(expr.slot, kinds, at)?;
                let slot = expr.slot.expect("a number has a type");
                if letter != 'M' {
                    self.unify(*shared.get_or_insert(slot), slot, at)?;
                }
                Ok(Operand::Expr(expr))
            }
        }
    }

    /// The facts answer "surely yes" or "do not know", so their negation means nothing.
    fn check_negation(&self, expr: &Expr, at: Pos) -> Result<(), Error> {
        let mut negated = false;
        expr.for_each(&mut |e| negated |= matches!(e.kind, ExprKind::Call(Function::FactPredicate(_), _)));
        if negated { Err(self.error(at, "a question to the facts cannot be negated")) } else { Ok(()) }
    }

    /// Each type of the result has to be that of a node of the pattern; numbers without one have 64 bits.
    fn check_types(&mut self) -> Result<(), Error> {
        let rule = &mut self.rule;
        let anchored: Vec<SlotId> =
            rule.below(rule.lhs).into_iter().map(|term| rule.slots.find(rule.terms[term].slot)).collect();
        for term in rule.below(rule.rhs) {
            let slot = rule.slots.find(rule.terms[term].slot);
            if rule.slots.fixed(slot).is_none() && !anchored.contains(&slot) {
                let at = rule.terms[term].at;
                return Err(self.error(at, "its type cannot be inferred: write it after a colon"));
            }
            if rule.op(term).is_some_and(Op::takes_control) && rule.division.is_none() {
                let at = rule.terms[term].at;
                return Err(self.error(at, "a division needs one in the pattern, whose control it takes"));
            }
        }
        for slot in 0..rule.slots.len() {
            let root = rule.slots.find(slot);
            if rule.slots.fixed(root).is_none() && !anchored.contains(&root) && rule.slots.kinds(root) & INT != 0 {
                let fixed = rule.slots.fix(root, Type::I64);
                debug_assert!(fixed, "a free integer can have 64 bits");
            }
        }
        Ok(())
    }

    fn push(&mut self, kind: Kind, slot: SlotId, at: Pos) -> TermId {
        self.rule.terms.push(Term { kind, slot, at });
        self.rule.terms.len() - 1
    }

    fn unify(&mut self, a: SlotId, b: SlotId, at: Pos) -> Result<(), Error> {
        if self.rule.slots.unify(a, b) { Ok(()) } else { Err(self.error(at, "types do not agree")) }
    }

    fn narrow(&mut self, slot: Option<SlotId>, kinds: Kinds, at: Pos) -> Result<(), Error> {
        let slot = slot.expect("a number has a type");
        if self.rule.slots.narrow(slot, kinds) {
            Ok(())
        } else {
            Err(self.error(at, "a number of another kind is wanted"))
        }
    }

    fn error(&self, at: Pos, message: impl Into<String>) -> Error {
        Error::new(self.file, at, message)
    }
}

/// Upper case names a constant or a type.
fn is_constant_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
}

/// Classes of types that can stand in place of a type.
pub(crate) const CLASSES: [(Kinds, &str); 4] = [(INT, "int"), (PTR, "pointer"), (FLOAT, "float"), (VECTOR, "vector")];

/// Which of the kinds a type test has to tell apart, for emitted code.
pub(crate) fn kinds_text(kinds: Kinds) -> String {
    CLASSES.iter().filter(|(bit, _)| kinds & bit != 0).map(|(_, name)| *name).collect::<Vec<_>>().join("_or_")
}
