//! What is proven of relations, against all inputs: random functions of two numbers of four bits, with tests and a loop
//! above a check that proofs decide. Rules that are wrong for some sign or some wrap are found here whichever they are.

use std::fmt::Write;

use son_ir::interp::{Captured, Interpreter, Limits, Outcome, Value};
use son_ir::{Module, SymbolId, Type, text};
use son_passes::{Options, optimize, run_alone};
use son_tests::random::Random;
use son_tests::states::refines;
use son_tests::{parallel, tools};

const OPS: [&str; 18] = [
    "add", "add.nsw", "add.nuw", "sub", "sub.nsw", "sub.nuw", "mul", "mul.nsw", "mul.nuw", "and", "or", "xor", "lshr",
    "ashr", "smin", "smax", "umin", "umax",
];
const DIVISIONS: [&str; 4] = ["udiv", "sdiv", "urem", "srem"];
const COMPARES: [&str; 6] = ["slt", "sle", "ult", "ule", "eq", "ne"];
const TYPE: Type = Type::int(4);
/// Values of a loop that may not end are looked at so long.
const STEPS: u64 = 2000;

/// A function under construction, as text.
struct Writer {
    random: Random,
    text: String,
    values: Vec<String>,
    control: String,
    count: usize,
}

impl Writer {
    fn value(&mut self) -> String {
        // What was made last says most.
        let at = self.random.below(self.values.len()).max(self.random.below(self.values.len()));
        self.values[at].clone()
    }

    /// A value, or a constant.
    fn operand(&mut self) -> String {
        if self.random.below(3) > 0 { self.value() } else { format!("{}: i4", self.random.below(16) as i64 - 8) }
    }

    fn name(&mut self, of: &str) -> String {
        self.count += 1;
        format!("{of}{}", self.count)
    }

    fn operation(&mut self) {
        match self.random.below(8) {
            0 => self.cast(),
            1 => self.choice(),
            _ => self.sum_or_quotient(),
        }
    }

    /// A number of eight bits and back: its low half, or its high one.
    fn cast(&mut self) {
        let [wide, other, result] = ["w", "w", "v"].map(|of| self.name(of));
        let (a, b) = (self.value(), self.random.below(16));
        let extension = ["zext", "sext"][self.random.below(2)];
        let op = ["add", "sub", "mul", "shl", "umin", "smax"][self.random.below(6)];
        let shifted = if self.random.below(2) == 0 { "lshr" } else { "ashr" };
        let amount = [0, 1, 4][self.random.below(3)];
        let _ = writeln!(self.text, "  {wide}: i8 = {extension} {a}\n  {other}: i8 = {op} {wide}, {b}");
        let _ = writeln!(self.text, "  {other}.s: i8 = {shifted} {other}, {amount}\n  {result}: i4 = trunc {other}.s");
        self.values.push(result);
    }

    /// A select, or the phi of a branch around nothing.
    fn choice(&mut self) {
        let [a, b] = [0; 2].map(|_| self.operand());
        let [c, d] = [0; 2].map(|_| self.value());
        let (condition, name) = (self.compare(&c, &d), self.name("v"));
        if self.random.below(2) == 0 {
            let _ = writeln!(self.text, "  {name}: i4 = select {condition}, {a}, {b}");
        } else {
            let [on, off, meet] = ["b"; 3].map(|of| self.name(of));
            let _ = writeln!(self.text, "  {on}, {off} = if {}, {condition}", self.control);
            let _ = writeln!(self.text, "{meet} = region {on}, {off}\n  {name}: i4 = phi {meet}, {a}, {b}");
            self.control = meet;
        }
        self.values.push(name);
    }

    fn sum_or_quotient(&mut self) {
        let (name, a, b) = (self.name("v"), self.value(), self.operand());
        if self.random.below(4) == 0 {
            let op = DIVISIONS[self.random.below(DIVISIONS.len())];
            let _ = writeln!(self.text, "  {name}: i4 = {op} {}, {a}, {b}", self.control);
        } else {
            let op = OPS[self.random.below(OPS.len())];
            let _ = writeln!(self.text, "  {name}: i4 = {op} {a}, {b}");
        }
        self.values.push(name);
    }

    fn compare(&mut self, a: &str, b: &str) -> String {
        let (name, op) = (self.name("c"), COMPARES[self.random.below(COMPARES.len())]);
        let _ = writeln!(self.text, "  {name} = {op} {a}, {b}");
        name
    }

    /// Goes on where a random test has one of its outcomes.
    fn test(&mut self) {
        let (a, b) = (self.value(), self.operand());
        let condition = self.compare(&a, &b);
        let (on, off) = (self.name("b"), self.name("b"));
        let sides = if self.random.below(2) == 0 { format!("{on}, {off}") } else { format!("{off}, {on}") };
        let _ = writeln!(self.text, "  {sides} = if {}, {condition}\n  return {off}, m, 0: i4", self.control);
        self.control = on;
    }

    /// Goes on in the body of a loop with a counter and a sum; what comes around is written by [`Writer::end`]. Returns
    /// where control goes behind the loop.
    fn begin_loop(&mut self) -> String {
        let (head, before) = (self.name("b"), self.control.clone());
        let starts = [self.operand(), self.operand()];
        let _ = writeln!(self.text, "{head} = loop {before}, around");
        for (phi, (start, next)) in ["counter", "sum"].into_iter().zip(starts.iter().zip(["counted", "summed"])) {
            let _ = writeln!(self.text, "  {phi}: i4 = phi {head}, {start}, {next}");
            self.values.push(phi.to_owned());
        }
        self.control = head;
        let limit = self.operand();
        let condition = self.compare("counter", &limit);
        let (inside, outside) = (self.name("b"), self.name("b"));
        let _ = writeln!(self.text, "  {inside}, {outside} = if {}, {condition}", self.control);
        self.control = inside;
        outside
    }

    /// The check, and the end of the function.
    fn end(mut self, outside: Option<String>) -> String {
        let (a, b) = (self.value(), self.operand());
        let check = self.compare(&a, &b);
        let _ = writeln!(self.text, "  holds, fails = if {}, {check}\n  trap fails, m", self.control);
        let Some(outside) = outside else {
            return self.text + "  return holds, m, 1: i4\n}\n";
        };
        let step =
            ["add.nsw counter, 1", "add counter, 1", "add.nuw counter, 2", "add.nsw counter, -1", "add.nsw counter, 3"];
        let step = step[self.random.below(step.len())];
        let (op, added) = (OPS[self.random.below(6)], self.operand());
        let _ = writeln!(self.text, "  counted: i4 = {step}\n  summed: i4 = {op} sum, {added}");
        // The loop comes around from here.
        let text = self.text.replace(", around\n", ", holds\n");
        format!("{text}  return {outside}, m, sum\n}}\n")
    }
}

fn random_function(seed: u64) -> String {
    let text = "module\n\nfunction @f(i4, i4) -> i4 {\nentry, m, x: i4, y = start\n".to_owned();
    let values = ["x", "y"].map(str::to_owned).to_vec();
    let mut writer = Writer { random: Random::new(seed), text, values, control: "entry".to_owned(), count: 0 };
    let mut outside = None;
    for _ in 0..2 + writer.random.below(5) {
        match writer.random.below(5) {
            0 | 1 => writer.test(),
            2 if outside.is_none() => outside = Some(writer.begin_loop()),
            _ => writer.operation(),
        }
    }
    writer.end(outside)
}

/// All inputs.
fn inputs() -> impl Iterator<Item = [Value; 2]> {
    (0..256).map(|bits| [bits & 15, bits >> 4].map(|bits| Value::int(TYPE, bits)))
}

fn agrees(original: &Module, proven: &Module, function: SymbolId) -> Result<(), String> {
    let (before, after) = (Interpreter::new(original), Interpreter::new(proven));
    for input in inputs() {
        let run = |interpreter: &Interpreter, limits: Limits| {
            interpreter.run(function, &input, &limits, &mut Captured::default())
        };
        let expected = run(&before, Limits { steps: STEPS, determinate: true, ..Limits::default() });
        let found = run(&after, Limits { steps: 2 * STEPS, check_facts: true, ..Limits::default() });
        let both_trap = matches!((&expected, &found), (Outcome::Trap(_), Outcome::Trap(_)));
        if !both_trap && !refines(&expected, &found) {
            return Err(format!("{input:?}: {expected} became {found}"));
        }
    }
    Ok(())
}

/// Relations decided by a pass alone, or by all, or what is wrong.
fn check(seed: u64, alone: Option<&str>) -> Result<u64, String> {
    let text = random_function(seed);
    let original = text::parse(&text).map_err(|error| format!("{error}\n{text}"))?;
    let mut proven = original.clone();
    let options = Options { verify_each: true, ..Options::default() };
    let report = match alone {
        Some(pass) => run_alone(&mut proven, pass, &options).map(|report| report.expect("there is such a pass")),
        None => optimize(&mut proven, &options),
    };
    let report = report.map_err(|error| format!("{error}\n{text}"))?;
    let function = original.find_symbol("f").expect("it has that name");
    agrees(&original, &proven, function).map_err(|error| format!("seed {seed}: {error}\n{text}"))?;
    let counters = &report.pass("sccp").expect("it ran").counters;
    Ok(counters.iter().filter(|counter| counter.0 == "relations").map(|counter| counter.1).sum())
}

/// Checks so many functions. Returns how many relations were decided, and in how many functions.
fn check_all(alone: Option<&str>) -> [u64; 2] {
    let first = tools::count_from_env("SON_RELATIONS_SEED", 1) as u64;
    let count = tools::count_from_env("SON_RELATIONS", 4000) as u64;
    let seeds: Vec<u64> = (first..first + count).collect();
    let results: Result<Vec<u64>, String> = parallel::map(&seeds, |&seed| check(seed, alone)).into_iter().collect();
    let decided = results.unwrap_or_else(|message| panic!("{message}")).into_iter().sum();
    tools::report(&format!("{decided} relations decided in {count} functions\n"));
    [decided, count]
}

#[test]
fn proofs_hold_for_all_inputs() {
    let [decided, count] = check_all(Some("sccp"));
    assert!(decided * 2 > count, "{decided} relations are too few to say anything");
}

#[test]
fn the_optimizer_keeps_all_results() {
    check_all(None);
}
