//! A target outside of the crate, as small as one can be: what `docs/adding-a-target.md` says is enough. It has a few
//! ops, registers of integers and no calls; functions are compiled for it and executed by a machine made for them.

mod emit;
mod isa;
mod lower;
mod machine;
mod ops;
mod select;

use son_codegen::legalize::Capabilities;
use son_codegen::target::Target;
use son_codegen::{Options, functions_for};
use son_ir::text;

/// The target: its instruction set, patterns and convention.
fn target() -> Target {
    Target {
        isa: isa::isa(),
        select: Box::new(select::Patterns),
        lower: &lower::Convention,
        capabilities: Capabilities::default(),
    }
}

fn compile(source: &str, level: u8) -> Result<Vec<u8>, String> {
    let module = text::parse_verified(source.as_bytes()).map_err(|error| error.render("test"))?;
    let options = Options { level, verify: true, ..Options::default() };
    let functions = functions_for(&module, &target(), &options).map_err(|error| error.to_string())?;
    Ok(functions.into_iter().flatten().next().expect("there is a function").code.bytes)
}

/// Checks results, and returns the number of instructions that the last run takes at both levels.
fn check(source: &str, runs: &[(&[u64], u64)]) -> [usize; 2] {
    [0, 2].map(|level| {
        let code = compile(source, level).unwrap_or_else(|error| panic!("{error}"));
        let mut count = 0;
        for &(arguments, expected) in runs {
            let (result, steps) = machine::run(&code, arguments);
            assert_eq!(result, expected, "at level {level}: {arguments:?}");
            count = steps;
        }
        count
    })
}

const SUM: &str = "module
function @sum(i64, i64) -> i64 {
b, m, x, y = start
  sum = add x, y
  return b, m, sum
}";

#[test]
fn a_sum() {
    let [_, steps] = check(SUM, &[(&[2, 3], 5), (&[u64::MAX, 1], 0)]);
    assert_eq!(steps, 2, "an addition to where results are, and the return");
}

#[test]
fn a_branch() {
    let source = "module
function @greater(i32, i32) -> i32 {
entry, m, x, y = start
  less = slt x, y
  then, else = if entry, less
both = region then, else
  greater: i32 = phi both, y, x
  return both, m, greater
}";
    // Whatever is above 32 bits.
    let negative = 0xffff_ffff;
    check(source, &[(&[1, 2], 2), (&[7 | 9 << 32, 2 | 8 << 40], 7 | 9 << 32), (&[negative, 0], 0)]);
}

#[test]
fn a_loop() {
    let source = "module
function @squares(i64) -> i64 {
entry, m, n = start
head = loop entry, body
  i: i64 = phi head, 0, next
  sum: i64 = phi head, 0, more
  goes = ult i, n
  body, done = if head, goes
  next = add i, 1
  square = mul next, next
  more = add sum, square
  return done, m, sum
}";
    let [_, steps] = check(source, &[(&[0], 0), (&[10], 385)]);
    assert!(steps <= 10 * 5 + 6, "a loop of five instructions, but {steps} are executed");
}

/// More values at once than there are registers, in a loop so long that its jumps do not reach in their short form.
#[test]
fn spills_and_long_jumps() {
    let mut body = String::new();
    for number in 0..20 {
        body += &format!("  a{number} = mul i, x{number}\n");
    }
    for number in 0..20 {
        body += &format!("  s{} = add s{number}, a{}\n", number + 1, 19 - number);
    }
    let factors: String = (0..20).map(|number| format!("  x{number} = add x, {}\n", 1000 + number)).collect();
    let source = format!(
        "module
function @products(i64, i64) -> i64 {{
entry, m, n, x = start
{factors}head = loop entry, body
  i: i64 = phi head, 0, next
  s0: i64 = phi head, 0, s20
  goes = ult i, n
  body, done = if head, goes
  next = add i, 1
{body}  return done, m, s0
}}"
    );
    let factors: u64 = (0..20).map(|number| 5 + 1000 + number).sum();
    check(&source, &[(&[0, 5], 0), (&[4, 5], (1 + 2 + 3) * factors)]);
}

/// What the target has not is refused by name, whoever would have to do it.
#[test]
fn what_is_missing_is_refused() {
    let cases = [
        ("(i64, i64) -> i64", "  z = and x, y\n  return b, m, z", "and of type i64"),
        ("(i64, i64) -> i64", "  z = sdiv b, x, y\n  return b, m, z", "sdiv"),
        ("(i64, ptr) -> i64", "  z: i64 = load b, m, y\n  return b, m, z", "load"),
        ("(i64, ptr) -> i64", "  c, n, z = call b, m, @other, x\n  return c, n, z", "call"),
        ("(i64, f64) -> i64", "  return b, m, x", "what does not fit four registers of integers"),
        ("(i64, i64) -> i64", "  trap b, m", "trap"),
    ];
    for (signature, body, message) in cases {
        let source =
            format!("module\ndeclare @other(i64) -> i64\nfunction @f{signature} {{\nb, m, x, y = start\n{body}\n}}");
        let error = compile(&source, 2).expect_err(message);
        assert!(error.contains(message) && error.contains("`f`"), "{message}: {error}");
    }
}
