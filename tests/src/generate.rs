//! Random functions as syntax trees, and their translation to LLVM IR.
//!
//! Every tree means something defined: divisors are made nonzero, shift amounts and indices are
//! masked, loops are bounded, memory is initialized, no NaN is looked at. So the interpreter and
//! all compilers must agree on every one.

use std::fmt::Write;

/// Widths of integers: those of C, and some that only bit-fields and `_BitInt` make.
pub const WIDTHS: [u32; 9] = [1, 8, 16, 32, 64, 7, 24, 33, 61];
/// Local variables of a function.
pub const VARIABLES: usize = 6;
/// Bytes of a function's array; a power of two.
const ARRAY: u32 = 64;
/// Depth of loops that are translated; deeper ones become blocks.
const LOOP_DEPTH: usize = 3;

/// An expression. It has no type of its own, it is evaluated at the width that its user wants.
#[derive(Clone, Debug)]
pub enum Expr {
    /// A number, cut to the width.
    Constant(i64),
    /// A variable, extended or cut.
    Variable(usize),
    /// One of [`BINARY`].
    Binary(usize, Box<Expr>, Box<Expr>),
    /// A division or remainder, by the second operand made nonzero.
    Divide(usize, Box<Expr>, Box<Expr>),
    /// A shift by the second operand modulo the width.
    Shift(usize, Box<Expr>, Box<Expr>),
    /// One of [`UNARY`] intrinsics.
    Unary(usize, Box<Expr>),
    /// A comparison at another width.
    Compare(usize, u32, Box<Expr>, Box<Expr>),
    /// A choice by the lowest bit of the first.
    Select(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Evaluation at another width, then extension with or without sign, or a cut.
    Cast(u32, bool, Box<Expr>),
    /// A load of the width's bytes from the array.
    Load(Box<Expr>),
    /// Arithmetic on doubles made of the operands; its bits, or 0 where it is no number.
    Float(usize, Box<Expr>, Box<Expr>),
    /// The sum, difference or product, or if it overflows the third.
    Checked(usize, Box<Expr>, Box<Expr>, Box<Expr>),
}

/// A statement.
#[derive(Clone, Debug)]
pub enum Stmt {
    /// Sets a variable.
    Assign(usize, Expr),
    /// Stores at an index of the array with this width.
    Store(u32, Expr, Expr),
    /// Executes one of two.
    If(Expr, Vec<Stmt>, Vec<Stmt>),
    /// Executes so many times, at most seven.
    Loop(u32, Vec<Stmt>),
    /// Executes until the condition's lowest bit is 0, at most seven times.
    While(Expr, Vec<Stmt>),
    /// Executes the arm of the number's lowest bits.
    Switch(Expr, Vec<Vec<Stmt>>),
    /// Sets a variable to the result of an earlier function.
    Call(usize, usize, Vec<Expr>),
    /// Returns at once.
    Return(Expr),
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Widths of its parameters, which are its first variables.
    pub parameters: Vec<u32>,
    /// Widths of its variables.
    pub variables: [u32; VARIABLES],
    /// Width of its result.
    pub result: u32,
    /// What it does.
    pub body: Vec<Stmt>,
}

/// Names of binary operations.
pub const BINARY: [&str; 6] = ["add", "sub", "mul", "and", "or", "xor"];
const DIVIDE: [&str; 4] = ["udiv", "sdiv", "urem", "srem"];
const SHIFT: [&str; 3] = ["shl", "lshr", "ashr"];
const COMPARE: [&str; 10] = ["eq", "ne", "ult", "ule", "ugt", "uge", "slt", "sle", "sgt", "sge"];
const FLOAT: [&str; 4] = ["fadd", "fsub", "fmul", "fdiv"];
const CHECKED: [&str; 6] = ["sadd", "uadd", "ssub", "usub", "smul", "umul"];
/// Names of one-operand operations, of which some are calls of intrinsics.
pub const UNARY: [&str; 8] = ["not", "neg", "ctpop", "ctlz", "cttz", "bswap", "abs", "bitreverse"];

/// The argument of the call with this number for a parameter.
pub fn argument(call: usize, parameter: usize) -> i64 {
    const INTERESTING: [i64; 8] = [0, 1, -1, i64::MAX, i64::MIN, 77, -12345, 0x1234_5678_9abc_def0];
    INTERESTING[(call * 3 + parameter * 5 + call * parameter) % INTERESTING.len()]
}

/// A module of the functions and a `main` that calls each so many times and prints the results.
pub fn module(functions: &[Function], calls: usize) -> String {
    let mut text = String::new();
    for (number, function) in functions.iter().enumerate() {
        Writer::new(&mut text, functions, number).function(function);
    }
    text.push_str("define i32 @main() {\n");
    for (number, function) in functions.iter().enumerate() {
        for call in 0..calls {
            let arguments: Vec<String> = function
                .parameters
                .iter()
                .enumerate()
                .map(|(p, &width)| format!("i{width} {}", literal(argument(call, p), width)))
                .collect();
            let (name, width) = (format!("{number}.{call}"), function.result);
            writeln!(text, "  %r{name} = call i{width} @f{number}({})", arguments.join(", ")).expect(WRITES);
            let printed = match width {
                64 => format!("%r{name}"),
                _ => {
                    writeln!(text, "  %w{name} = zext i{width} %r{name} to i64").expect(WRITES);
                    format!("%w{name}")
                }
            };
            writeln!(
                text,
                "  %p{name} = call i32 (ptr, ...) @printf(ptr @format, i32 {number}, i32 {call}, i64 {printed})"
            )
            .expect(WRITES);
        }
    }
    text.push_str("  ret i32 0\n}\n@format = private constant [16 x i8] c\"f%d.%d: %016lx\\0A\\00\"\n");
    text.push_str("declare i32 @printf(ptr, ...)\ndeclare void @llvm.memset.p0.i64(ptr, i8, i64, i1)\n");
    for width in WIDTHS {
        declare_intrinsics(&mut text, width);
    }
    text
}

const WRITES: &str = "a string can always be written to";

fn declare_intrinsics(text: &mut String, width: u32) {
    let mut line = |declaration: String| writeln!(text, "declare {declaration}").expect(WRITES);
    for name in ["ctpop", "bitreverse"] {
        line(format!("i{width} @llvm.{name}.i{width}(i{width})"));
    }
    for name in ["ctlz", "cttz", "abs"] {
        line(format!("i{width} @llvm.{name}.i{width}(i{width}, i1)"));
    }
    if width.is_multiple_of(16) {
        line(format!("i{width} @llvm.bswap.i{width}(i{width})"));
    }
    for name in CHECKED {
        line(format!("{{ i{width}, i1 }} @llvm.{name}.with.overflow.i{width}(i{width}, i{width})"));
    }
}

/// A number as it is written at a width: its low bits with their sign.
fn literal(value: i64, width: u32) -> String {
    match width {
        1 => if value & 1 == 1 { "true" } else { "false" }.to_owned(),
        _ => (value << (64 - width) >> (64 - width)).to_string(),
    }
}

/// Translates one function.
struct Writer<'a> {
    text: &'a mut String,
    functions: &'a [Function],
    /// The function's number: it may call those before.
    number: usize,
    variables: [u32; VARIABLES],
    result: u32,
    next: usize,
    loops: usize,
}

impl<'a> Writer<'a> {
    fn new(text: &'a mut String, functions: &'a [Function], number: usize) -> Self {
        let Function { variables, result, .. } = functions[number];
        Writer { text, functions, number, variables, result, next: 0, loops: 0 }
    }

    fn line(&mut self, arguments: std::fmt::Arguments<'_>) {
        writeln!(self.text, "  {arguments}").expect(WRITES);
    }

    fn fresh(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    /// Writes an instruction with a result, and gives its name.
    fn value(&mut self, instruction: std::fmt::Arguments<'_>) -> String {
        let name = format!("%t{}", self.fresh());
        self.line(format_args!("{name} = {instruction}"));
        name
    }

    fn label(&mut self, name: &str) {
        writeln!(self.text, "{name}:").expect(WRITES);
    }

    fn branch(&mut self, label: &str) {
        self.line(format_args!("br label %{label}"));
    }

    fn function(mut self, function: &Function) {
        let parameters: Vec<String> =
            function.parameters.iter().enumerate().map(|(p, w)| format!("i{w} %a{p}")).collect();
        let (number, result) = (self.number, self.result);
        writeln!(self.text, "define i{result} @f{number}({}) {{", parameters.join(", ")).expect(WRITES);
        for (variable, width) in self.variables.into_iter().enumerate() {
            self.line(format_args!("%v{variable} = alloca i{width}"));
        }
        // Loops beside each other share a counter.
        for depth in 1..=LOOP_DEPTH {
            self.line(format_args!("%counter{depth} = alloca i32"));
        }
        self.line(format_args!("%array = alloca [{ARRAY} x i8], align 8"));
        self.line(format_args!("call void @llvm.memset.p0.i64(ptr %array, i8 90, i64 {ARRAY}, i1 false)"));
        for (variable, width) in self.variables.into_iter().enumerate() {
            let start = match function.parameters.get(variable) {
                Some(&from) => self.convert(format!("%a{variable}"), from, width, true),
                None => literal(variable as i64 * 11 - 7, width),
            };
            self.line(format_args!("store i{width} {start}, ptr %v{variable}"));
        }
        self.block(&function.body);
        // All that was computed counts.
        let mut sum = self.load_variable(0, result);
        for variable in 1..VARIABLES {
            let more = self.load_variable(variable, result);
            sum = self.value(format_args!("xor i{result} {sum}, {more}"));
        }
        self.line(format_args!("ret i{result} {sum}"));
        self.text.push_str("}\n");
    }

    fn block(&mut self, statements: &[Stmt]) {
        statements.iter().for_each(|s| self.statement(s));
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Assign(variable, expr) => {
                let width = self.variables[variable % VARIABLES];
                let value = self.expr(expr, width);
                self.set_variable(*variable, &value);
            }
            Stmt::Store(width, index, expr) => {
                let value = self.expr(expr, *width);
                let address = self.element(index);
                self.line(format_args!("store i{width} {value}, ptr {address}, align 1"));
            }
            Stmt::If(condition, yes, no) => self.if_else(condition, yes, no),
            Stmt::Loop(count, body) => self.counted(count % 8, None, body),
            Stmt::While(condition, body) => self.counted(7, Some(condition), body),
            Stmt::Switch(number, arms) => self.switch(number, arms),
            Stmt::Call(variable, callee, arguments) => self.call(*variable, *callee, arguments),
            Stmt::Return(expr) => {
                let (result, dead) = (self.result, self.fresh());
                let value = self.expr(expr, result);
                self.line(format_args!("ret i{result} {value}"));
                self.label(&format!("dead{dead}"));
            }
        }
    }

    fn if_else(&mut self, condition: &Expr, yes: &[Stmt], no: &[Stmt]) {
        let number = self.fresh();
        let condition = self.expr(condition, 1);
        self.line(format_args!("br i1 {condition}, label %yes{number}, label %no{number}"));
        for (name, statements) in [("yes", yes), ("no", no)] {
            self.label(&format!("{name}{number}"));
            self.block(statements);
            self.branch(&format!("end{number}"));
        }
        self.label(&format!("end{number}"));
    }

    /// A loop with a counter in memory, as a C compiler writes it.
    fn counted(&mut self, count: u32, condition: Option<&Expr>, body: &[Stmt]) {
        if self.loops == LOOP_DEPTH {
            return self.block(body);
        }
        self.loops += 1;
        let number = self.fresh();
        let counter = format!("%counter{}", self.loops);
        self.line(format_args!("store i32 0, ptr {counter}"));
        self.branch(&format!("head{number}"));
        self.label(&format!("head{number}"));
        let index = self.value(format_args!("load i32, ptr {counter}"));
        let mut more = self.value(format_args!("icmp ult i32 {index}, {count}"));
        if let Some(condition) = condition {
            let wanted = self.expr(condition, 1);
            more = self.value(format_args!("and i1 {more}, {wanted}"));
        }
        self.line(format_args!("br i1 {more}, label %body{number}, label %done{number}"));
        self.label(&format!("body{number}"));
        self.block(body);
        let index = self.value(format_args!("load i32, ptr {counter}"));
        let next = self.value(format_args!("add i32 {index}, 1"));
        self.line(format_args!("store i32 {next}, ptr {counter}"));
        self.branch(&format!("head{number}"));
        self.label(&format!("done{number}"));
        self.loops -= 1;
    }

    fn switch(&mut self, selector: &Expr, arms: &[Vec<Stmt>]) {
        let number = self.fresh();
        let selector = self.expr(selector, 32);
        let small = self.value(format_args!("and i32 {selector}, 7"));
        let cases: Vec<String> = (0..arms.len()).map(|arm| format!("i32 {arm}, label %arm{number}.{arm}")).collect();
        self.line(format_args!("switch i32 {small}, label %last{number} [ {} ]", cases.join(" ")));
        for (arm, statements) in arms.iter().enumerate() {
            self.label(&format!("arm{number}.{arm}"));
            self.block(statements);
            // Every third falls through.
            match arm % 3 == 2 && arm + 1 < arms.len() {
                true => self.branch(&format!("arm{number}.{}", arm + 1)),
                false => self.branch(&format!("last{number}")),
            }
        }
        self.label(&format!("last{number}"));
    }

    fn call(&mut self, variable: usize, callee: usize, arguments: &[Expr]) {
        // Within loops calls would multiply to more work than an interpreter can do.
        if self.number == 0 || self.loops > 0 {
            return;
        }
        let number = self.number - 1 - callee % self.number.min(3);
        let functions = self.functions;
        let callee = &functions[number];
        let mut values = Vec::new();
        for (parameter, &width) in callee.parameters.iter().enumerate() {
            let value = match arguments.get(parameter) {
                Some(expr) => self.expr(expr, width),
                None => literal(parameter as i64, width),
            };
            values.push(format!("i{width} {value}"));
        }
        let from = callee.result;
        let result = self.value(format_args!("call i{from} @f{number}({})", values.join(", ")));
        let value = self.convert(result, from, self.variables[variable % VARIABLES], true);
        self.set_variable(variable, &value);
    }

    fn set_variable(&mut self, variable: usize, value: &str) {
        let variable = variable % VARIABLES;
        let width = self.variables[variable];
        self.line(format_args!("store i{width} {value}, ptr %v{variable}"));
    }

    fn load_variable(&mut self, variable: usize, width: u32) -> String {
        let variable = variable % VARIABLES;
        let from = self.variables[variable];
        let value = self.value(format_args!("load i{from}, ptr %v{variable}"));
        self.convert(value, from, width, true)
    }

    /// The address of an element, eight bytes before the end at the most.
    fn element(&mut self, index: &Expr) -> String {
        let index = self.expr(index, 64);
        let inside = self.value(format_args!("and i64 {index}, {}", ARRAY - 8 - 1));
        self.value(format_args!("getelementptr inbounds [{ARRAY} x i8], ptr %array, i64 0, i64 {inside}"))
    }

    fn convert(&mut self, value: String, from: u32, to: u32, signed: bool) -> String {
        let operation = match from.cmp(&to) {
            std::cmp::Ordering::Equal => return value,
            std::cmp::Ordering::Greater => "trunc",
            std::cmp::Ordering::Less if signed => "sext",
            std::cmp::Ordering::Less => "zext",
        };
        self.value(format_args!("{operation} i{from} {value} to i{to}"))
    }

    fn expr(&mut self, expr: &Expr, width: u32) -> String {
        match expr {
            Expr::Constant(value) => literal(*value, width),
            Expr::Variable(variable) => self.load_variable(*variable, width),
            Expr::Binary(op, a, b) => {
                let (a, b) = (self.expr(a, width), self.expr(b, width));
                self.value(format_args!("{} i{width} {a}, {b}", BINARY[op % BINARY.len()]))
            }
            Expr::Divide(op, a, b) => self.divide(DIVIDE[op % DIVIDE.len()], a, b, width),
            Expr::Shift(op, a, b) => {
                let (a, b) = (self.expr(a, width), self.expr(b, width));
                let amount = match width {
                    1 => "false".to_owned(),
                    _ => self.value(format_args!("urem i{width} {b}, {}", width)),
                };
                self.value(format_args!("{} i{width} {a}, {amount}", SHIFT[op % SHIFT.len()]))
            }
            Expr::Unary(op, a) => self.unary(UNARY[op % UNARY.len()], a, width),
            Expr::Compare(op, at, a, b) => {
                let (a, b) = (self.expr(a, *at), self.expr(b, *at));
                let bit = self.value(format_args!("icmp {} i{at} {a}, {b}", COMPARE[op % COMPARE.len()]));
                self.convert(bit, 1, width, false)
            }
            Expr::Select(condition, a, b) => {
                let condition = self.expr(condition, 1);
                let (a, b) = (self.expr(a, width), self.expr(b, width));
                self.value(format_args!("select i1 {condition}, i{width} {a}, i{width} {b}"))
            }
            Expr::Cast(at, signed, a) => {
                let a = self.expr(a, *at);
                self.convert(a, *at, width, *signed)
            }
            Expr::Load(index) => self.load(index, width),
            Expr::Float(op, a, b) => self.float(*op, a, b, width),
            Expr::Checked(op, a, b, otherwise) => {
                let name = CHECKED[op % CHECKED.len()];
                let (a, b) = (self.expr(a, width), self.expr(b, width));
                let otherwise = self.expr(otherwise, width);
                let pair = format!("{{ i{width}, i1 }}");
                let both = self
                    .value(format_args!("call {pair} @llvm.{name}.with.overflow.i{width}(i{width} {a}, i{width} {b})"));
                let result = self.value(format_args!("extractvalue {pair} {both}, 0"));
                let overflow = self.value(format_args!("extractvalue {pair} {both}, 1"));
                self.value(format_args!("select i1 {overflow}, i{width} {otherwise}, i{width} {result}"))
            }
        }
    }

    /// A byte-sized integer has no padding, whose bits a load would not define.
    fn load(&mut self, index: &Expr, width: u32) -> String {
        let address = self.element(index);
        let stored = width.next_multiple_of(8).next_power_of_two();
        let value = self.value(format_args!("load i{stored}, ptr {address}, align 1"));
        self.convert(value, stored, width, false)
    }

    /// Signed overflow and a zero divisor are undefined, so the divisor is odd and positive.
    fn divide(&mut self, name: &str, a: &Expr, b: &Expr, width: u32) -> String {
        let (a, b) = (self.expr(a, width), self.expr(b, width));
        if width == 1 {
            return a;
        }
        let most = literal((1i64 << (width - 1)).wrapping_sub(1), width);
        let positive = self.value(format_args!("and i{width} {b}, {most}"));
        let odd = self.value(format_args!("or i{width} {positive}, 1"));
        self.value(format_args!("{name} i{width} {a}, {odd}"))
    }

    fn unary(&mut self, name: &str, a: &Expr, width: u32) -> String {
        let a = self.expr(a, width);
        let (zero, ones) = (literal(0, width), literal(-1, width));
        match name {
            "not" => self.value(format_args!("xor i{width} {a}, {ones}")),
            "neg" => self.value(format_args!("sub i{width} {zero}, {a}")),
            "bswap" if !width.is_multiple_of(16) => a,
            "ctpop" | "bswap" | "bitreverse" => {
                self.value(format_args!("call i{width} @llvm.{name}.i{width}(i{width} {a})"))
            }
            _ => self.value(format_args!("call i{width} @llvm.{name}.i{width}(i{width} {a}, i1 false)")),
        }
    }

    fn float(&mut self, op: usize, a: &Expr, b: &Expr, width: u32) -> String {
        let (a, b) = (self.expr(a, 64), self.expr(b, 32));
        let x = self.value(format_args!("sitofp i64 {a} to double"));
        let y = self.value(format_args!("uitofp i32 {b} to double"));
        let z = self.value(format_args!("{} double {x}, {y}", FLOAT[op % FLOAT.len()]));
        let is_number = self.value(format_args!("fcmp ord double {z}, {z}"));
        let bits = self.value(format_args!("bitcast double {z} to i64"));
        let defined = self.value(format_args!("select i1 {is_number}, i64 {bits}, i64 0"));
        self.convert(defined, 64, width, true)
    }
}
