//! Tokens to graphs in one pass: what is parsed is built at once, there is no syntax tree. The
//! cursor calls the closures that build branches and loops, so everything works on `&self`.

use crate::{
    Error,
    lexer::{Token, tokens},
};
use son_ir::prelude::*;
use std::cell::{Cell, RefCell};

struct Parser<'s> {
    tokens: Vec<Token<'s>>,
    next: Cell<usize>,
    variables: RefCell<Vec<(&'s str, Var)>>,
}

type Build = fn(&Cursor, Operand, Operand) -> Value;

/// Operators, how much they bind, and what they build. The first two may be decided by their left side alone.
const BINARY: [(&str, u8, Build); 13] = [
    ("||", 1, |f, a, b| f.or(a, b)),
    ("&&", 2, |f, a, b| f.and(a, b)),
    ("==", 3, |f, a, b| f.eq(a, b)),
    ("!=", 3, |f, a, b| f.ne(a, b)),
    ("<", 3, |f, a, b| f.lt(a, b)),
    ("<=", 3, |f, a, b| f.le(a, b)),
    (">", 3, |f, a, b| f.gt(a, b)),
    (">=", 3, |f, a, b| f.ge(a, b)),
    ("+", 4, |f, a, b| f.add(a, b)),
    ("-", 4, |f, a, b| f.sub(a, b)),
    ("*", 5, |f, a, b| f.mul(a, b)),
    ("/", 5, |f, a, b| f.div(a, b)),
    ("%", 5, |f, a, b| f.rem(a, b)),
];

/// Compiles a program for the host, or says what its first mistake is.
pub fn compile(name: &str, source: &str) -> Result<Module, Error> {
    let mut module = Module::new(Triple::host());
    module.file(name);
    let mut parser = Parser { tokens: tokens(source)?, next: Cell::new(0), variables: RefCell::default() };
    while !parser.peek().is_empty() {
        parser.function(&mut module)?;
    }
    Ok(module)
}

impl<'s> Parser<'s> {
    fn peek(&self) -> &'s str {
        self.tokens[self.next.get()].0
    }

    fn eat(&self, token: &str) -> bool {
        let found = self.peek() == token;
        self.next.set(self.next.get() + usize::from(found));
        found
    }

    fn expect(&self, token: &str) -> Result<(), Error> {
        if self.eat(token) { Ok(()) } else { self.wrong(format!("expected `{token}`")) }
    }

    /// The next token, if it is a word or a number.
    fn word(&self, what: &str) -> Result<&'s str, Error> {
        let word = self.peek();
        let fits = word.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && self.eat(word);
        if fits { Ok(word) } else { self.wrong(format!("expected {what}")) }
    }

    fn wrong<T>(&self, message: impl Into<String>) -> Result<T, Error> {
        Err(Error { place: self.tokens[self.next.get()].1, message: message.into() })
    }

    /// What is built from here on comes from the next token.
    fn mark(&self, f: &Cursor) {
        let (line, column) = self.tokens[self.next.get()].1;
        f.at(0, line, column);
    }

    fn ty(&self) -> Result<Type, Error> {
        let found = [("i32", I32), ("i64", I64), ("ptr", PTR)].into_iter().find(|ty| self.eat(ty.0));
        found.map_or_else(|| self.wrong("expected a type"), |ty| Ok(ty.1))
    }

    /// `fn NAME(NAME: TYPE, ...) -> TYPE`, and a body, or `;` if it is defined elsewhere.
    fn function(&mut self, module: &mut Module) -> Result<(), Error> {
        self.expect("fn")?;
        let (name, mut names, mut types) = (self.word("a name")?, Vec::new(), Vec::new());
        self.expect("(")?;
        while ![")", "..."].contains(&self.peek()) {
            names.push(self.word("a parameter")?);
            self.expect(":")?;
            types.push(self.ty()?);
            self.eat(",");
        }
        let variadic = self.eat("...");
        self.expect(")")?;
        let result = if self.eat("->") { Some(self.ty()?) } else { None };
        let signature = Signature { variadic, ..Signature::new(types, result) };
        module.import_function(name, signature.clone());
        if self.eat(";") {
            return Ok(());
        }
        let f = module.function_with(name, Linkage::External, signature);
        f.check().or_else(|error| self.wrong(error.mistake().to_string()))?;
        let parameters = names.into_iter().enumerate().map(|(index, name)| (name, f.var_of(f.param(index))));
        self.variables.replace(parameters.collect());
        self.block(&f)?;
        if f.is_open() && result.is_none() {
            f.ret(())?;
        }
        f.finish().map(|_| ()).map_err(Error::from)
    }

    fn block(&self, f: &Cursor) -> Result<(), Error> {
        let outside = self.variables.borrow().len();
        self.expect("{")?;
        while !self.eat("}") {
            self.mark(f);
            if !f.is_open() {
                f.enter(f.block());
            }
            self.statement(f)?;
            f.check()?;
        }
        self.variables.borrow_mut().truncate(outside);
        Ok(())
    }

    fn statement(&self, f: &Cursor) -> Result<(), Error> {
        if self.eat("while") {
            return f.while_(|f| self.expression(f, 0), |f| self.block(f));
        } else if self.eat("if") {
            let otherwise = |f: &Cursor| if self.eat("else") { self.block(f) } else { Ok(()) };
            return f.if_else(self.expression(f, 0)?, |f| self.block(f), otherwise);
        } else if self.eat("return") {
            if self.peek() == ";" { f.ret(())? } else { f.ret(self.expression(f, 0)?)? }
        } else if self.eat("var") {
            let name = self.word("a name")?;
            self.expect("=")?;
            let value = value(f, self.expression(f, 0)?);
            self.variables.borrow_mut().push((name, f.var_of(value)));
        } else {
            let (target, address) = self.primary(f)?;
            if self.eat("=") {
                match (address, target) {
                    (Some(address), _) => f.store(address, f.typed(I64, self.expression(f, 0)?)),
                    (None, Operand::Var(var)) => f.set(var, self.expression(f, 0)?),
                    _ => return self.wrong("only variables and elements can be assigned to"),
                }
            }
        }
        self.expect(";")
    }

    /// An operand and the operators behind it that bind more than the level.
    fn expression(&self, f: &Cursor, level: u8) -> Result<Operand, Error> {
        let mut a = self.unary(f)?;
        loop {
            let sign = self.peek();
            let Some(&(_, binding, build)) = BINARY.iter().find(|row| row.0 == sign && row.1 > level) else {
                return Ok(a);
            };
            self.mark(f);
            self.eat(sign);
            a = if binding < 3 {
                let by = sign == "||";
                f.choose(I1, f.eq(a, by), |_| Ok::<_, Error>(by), |f| self.expression(f, binding))?.into()
            } else {
                let b = self.expression(f, binding)?;
                let a = if f.type_of(b).is_none() { value(f, a).into() } else { a };
                build(f, a, b).into()
            };
        }
    }

    /// `-PRIMARY as TYPE`
    fn unary(&self, f: &Cursor) -> Result<Operand, Error> {
        let negative = self.eat("-");
        let operand = match self.primary(f)?.0 {
            Operand::Int(number) if negative => Operand::Int(-number),
            operand if negative => f.neg(operand).into(),
            operand => operand,
        };
        if self.eat("as") { Ok(f.int_cast(value(f, operand), self.ty()?).into()) } else { Ok(operand) }
    }

    /// A number, a string, `(EXPRESSION)`, or what begins with a name; with `[INDEX]`, also the element's address.
    fn primary(&self, f: &Cursor) -> Result<(Operand, Option<Value>), Error> {
        let token = self.peek();
        let operand = if self.eat("(") {
            self.expression(f, 0).and_then(|inner| self.expect(")").map(|()| inner))?
        } else if let Some(text) = token.strip_prefix('"').filter(|_| self.eat(token)) {
            f.string(&text.trim_end_matches('"').replace("\\n", "\n")).into()
        } else if let Some(number) = token.parse::<i64>().ok().filter(|_| self.eat(token)) {
            number.into()
        } else {
            self.named(f)?
        };
        if !self.eat("[") {
            return Ok((operand, None));
        }
        let address = f.element(operand, self.expression(f, 0)?, I64);
        self.expect("]")?;
        Ok((f.load(I64, address).into(), Some(address)))
    }

    /// A variable, a call, or `array(LENGTH)`.
    fn named(&self, f: &Cursor) -> Result<Operand, Error> {
        let name = self.peek();
        let variable = self.variables.borrow().iter().rev().find(|known| known.0 == name).map(|known| known.1);
        let function = f.module().find_symbol(name);
        if (variable.is_none() && function.is_none() && name != "array") || !self.eat(name) {
            return self.wrong("this is not known");
        } else if let Some(var) = variable {
            return Ok(var.into());
        }
        self.expect("(")?;
        let mut args = Vec::new();
        while !self.eat(")") {
            args.push(self.expression(f, 0)?);
            self.eat(",");
        }
        match (function, &args[..]) {
            (Some(function), _) => Ok(f.call(function, &args).into()),
            (None, [Operand::Int(length @ 0..0x10_0000)]) => Ok(f.slot(*length as u64 * 8, 16).into()),
            _ => self.wrong("an array has a constant length below 1048576"),
        }
    }
}

/// The operand as a value; literals are `i64`.
fn value(f: &Cursor, operand: Operand) -> Value {
    f.typed(f.type_of(operand).unwrap_or(I64), operand)
}
