//! Tokens to syntax tree.

use crate::Error;
use crate::lex::{self, Pos, Token};
use crate::ops::{NodeFlags, Op};
use crate::syntax::{Expr, ExprKind, Proof, Rule, Term, TermKind};

/// Deepest nesting of parentheses: rules are small, and the parser recurses.
const MAX_DEPTH: u32 = 32;

const FLAGS: &[(&str, NodeFlags)] = &[
    ("nsw", NodeFlags::NSW),
    ("inbounds", NodeFlags::NSW),
    ("nuw", NodeFlags::NUW),
    ("nneg", NodeFlags::NUW),
    ("nonzero", NodeFlags::NUW),
    ("exact", NodeFlags::EXACT),
    ("disjoint", NodeFlags::DISJOINT),
    ("nnan", NodeFlags::NNAN),
    ("ninf", NodeFlags::NINF),
    ("nsz", NodeFlags::NSZ),
    ("arcp", NodeFlags::ARCP),
    ("contract", NodeFlags::CONTRACT),
    ("afn", NodeFlags::AFN),
    ("reassoc", NodeFlags::REASSOC),
];

/// Binary operators, loosest first. Unlike C, the bit operators bind tighter than compares.
const PRECEDENCE: &[&[&str]] = &[
    &["||"],
    &["&&"],
    &["==", "!=", "<", "<=", ">", ">=", "<s", "<s=", ">s", ">s="],
    &["|"],
    &["^"],
    &["&"],
    &["<<", ">>", ">>s"],
    &["+", "-"],
    &["*", "/", "/s", "%", "%s"],
];

/// Reads all rules of a file.
pub(crate) fn parse(file: &str, text: &str) -> Result<Vec<Rule>, Error> {
    lex::lines(file, text)?.iter().map(|line| Parser { file, tokens: &line.tokens, next: 0 }.rule(&line.text)).collect()
}

struct Parser<'a> {
    file: &'a str,
    tokens: &'a [(Token, Pos)],
    next: usize,
}

impl Parser<'_> {
    fn rule(mut self, text: &str) -> Result<Rule, Error> {
        let at = self.at();
        let lhs = self.term(0)?;
        self.expect("=>")?;
        let rhs = self.term(0)?;
        let mut rule =
            Rule { at, text: text.to_string(), lhs, rhs, when: None, proof: None, measure: None, late: false };
        while *self.peek() != Token::End {
            let at = self.at();
            match self.name("`when`, `late`, `proof` or `measure`")?.as_str() {
                "when" if rule.when.is_none() => rule.when = Some(self.expr(0)?),
                "proof" if rule.proof.is_none() => rule.proof = Some(self.proof()?),
                "measure" if rule.measure.is_none() => rule.measure = Some(self.text()?),
                "late" if !rule.late => rule.late = true,
                "when" | "proof" | "measure" | "late" => return Err(self.error_at(at, "given twice")),
                other => return Err(self.error_at(at, format!("`{other}` where a `when` could stand"))),
            }
        }
        Ok(rule)
    }

    fn proof(&mut self) -> Result<Proof, Error> {
        let mut widths = Vec::new();
        while let Token::Int(width) = *self.peek() {
            if !(1..=128).contains(&width) {
                return Err(self.error("a width is 1 to 128"));
            }
            widths.push(width as u32);
            self.next += 1;
        }
        Ok(Proof { widths, reason: self.text()? })
    }

    fn term(&mut self, depth: u32) -> Result<Term, Error> {
        let at = self.at();
        if depth > MAX_DEPTH {
            return Err(self.error("nested too deeply"));
        }
        if self.eat("(") {
            return self.op(at, depth);
        }
        let kind = if self.eat("{") {
            let expr = self.expr(depth)?;
            self.expect("}")?;
            TermKind::Braces(expr)
        } else if self.eat("-") {
            match self.number() {
                Some(TermKind::Int(value)) => TermKind::Int(-value),
                Some(TermKind::Float(value)) => TermKind::Float(-value),
                _ => return Err(self.error("a number is missing")),
            }
        } else if let Some(number) = self.number() {
            number
        } else {
            let name = self.name("a pattern")?;
            if self.eat("=") {
                let term = self.term(depth + 1)?;
                return Ok(Term { at, kind: TermKind::Bound(name, Box::new(term)), ty: None });
            }
            if name == "poison" { TermKind::Poison } else { TermKind::Name(name) }
        };
        let ty = self.type_after_colon()?;
        Ok(Term { at, kind, ty })
    }

    /// After the parenthesis: `op.flags:type inputs)`.
    fn op(&mut self, at: Pos, depth: u32) -> Result<Term, Error> {
        let name_at = self.at();
        let mut name = self.name("an op")?;
        if *self.peek() == Token::Sign(".")
            && let Some((Token::Name(second), _)) = self.tokens.get(self.next + 1)
            && Op::from_text(&format!("{name}.{second}")).is_some()
        {
            name = format!("{name}.{second}");
            self.next += 2;
        }
        let op = Op::from_text(&name).ok_or_else(|| self.error_at(name_at, format!("unknown op `{name}`")))?;
        let (mut flags, mut maybe) = (NodeFlags::NONE, NodeFlags::NONE);
        while self.eat(".") {
            let flag_at = self.at();
            let flag = self.name("a flag")?;
            if flag == "fmf" {
                maybe = maybe.or(NodeFlags::FAST);
                continue;
            }
            let bits = FLAGS.iter().find(|(name, _)| *name == flag).map(|(_, bits)| *bits);
            let bits = bits.ok_or_else(|| self.error_at(flag_at, format!("unknown flag `{flag}`")))?;
            if self.eat("?") { maybe = maybe.or(bits) } else { flags = flags.or(bits) }
        }
        let ty = self.type_after_colon()?;
        let mut inputs = Vec::new();
        while !self.eat(")") {
            if *self.peek() == Token::End {
                return Err(self.error("a `)` is missing"));
            }
            inputs.push(self.term(depth + 1)?);
        }
        Ok(Term { at, kind: TermKind::Op { op, flags, maybe, inputs }, ty })
    }

    fn type_after_colon(&mut self) -> Result<Option<String>, Error> {
        if self.eat(":") { self.name("a type").map(Some) } else { Ok(None) }
    }

    fn number(&mut self) -> Option<TermKind> {
        let number = match *self.peek() {
            Token::Int(value) => TermKind::Int(value),
            Token::Float(value) => TermKind::Float(value),
            _ => return None,
        };
        self.next += 1;
        Some(number)
    }

    fn expr(&mut self, depth: u32) -> Result<Expr, Error> {
        self.binary(0, depth)
    }

    /// `a op b op c` of one level of precedence, left to right; compares do not chain.
    fn binary(&mut self, level: usize, depth: u32) -> Result<Expr, Error> {
        let Some(operators) = PRECEDENCE.get(level) else { return self.unary(depth) };
        let mut left = self.binary(level + 1, depth)?;
        while let Token::Sign(sign) = *self.peek() {
            if !operators.contains(&sign) {
                break;
            }
            let at = self.at();
            self.next += 1;
            let right = self.binary(level + 1, depth)?;
            left = Expr { at, kind: ExprKind::Binary(sign, Box::new(left), Box::new(right)) };
        }
        Ok(left)
    }

    fn unary(&mut self, depth: u32) -> Result<Expr, Error> {
        let at = self.at();
        if depth > MAX_DEPTH {
            return Err(self.error("nested too deeply"));
        }
        for sign in ["-", "~", "!"] {
            if self.eat(sign) {
                let operand = self.unary(depth + 1)?;
                return Ok(Expr { at, kind: ExprKind::Unary(sign, Box::new(operand)) });
            }
        }
        if self.eat("(") {
            let inner = self.expr(depth + 1)?;
            self.expect(")")?;
            return Ok(inner);
        }
        if let Some(number) = self.number() {
            let kind = match number {
                TermKind::Float(value) => ExprKind::Float(value),
                TermKind::Int(value) => ExprKind::Int(value),
                _ => unreachable!("numbers are integers or floats"),
            };
            return Ok(Expr { at, kind });
        }
        let name = self.name("an expression")?;
        if !self.eat("(") {
            return Ok(Expr { at, kind: ExprKind::Name(name) });
        }
        let mut operands = Vec::new();
        while !self.eat(")") {
            if !operands.is_empty() {
                self.expect(",")?;
            }
            operands.push(self.expr(depth + 1)?);
        }
        Ok(Expr { at, kind: ExprKind::Call(name, operands) })
    }

    fn text(&mut self) -> Result<String, Error> {
        match self.peek().clone() {
            Token::Text(text) => {
                self.next += 1;
                Ok(text)
            }
            _ => Err(self.error("a reason in quotes is missing")),
        }
    }

    fn name(&mut self, wanted: &str) -> Result<String, Error> {
        match self.peek().clone() {
            Token::Name(name) => {
                self.next += 1;
                Ok(name)
            }
            Token::End => Err(self.error(format!("the rule ends where {wanted} is wanted"))),
            _ => Err(self.error(format!("{wanted} is wanted here"))),
        }
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(s) if *s == sign);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), Error> {
        if self.eat(sign) { Ok(()) } else { Err(self.error(format!("`{sign}` is wanted here"))) }
    }

    fn peek(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |(token, _)| token)
    }

    fn at(&self) -> Pos {
        let last = self.tokens.last().map_or(Pos { line: 1, column: 1 }, |(_, pos)| *pos);
        self.tokens.get(self.next).map_or(last, |(_, pos)| *pos)
    }

    fn error(&self, message: impl Into<String>) -> Error {
        self.error_at(self.at(), message)
    }

    fn error_at(&self, at: Pos, message: impl Into<String>) -> Error {
        Error::new(self.file, at, message)
    }
}
