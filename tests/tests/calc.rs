//! The tutorial language: programs do natively, at each level, what they do in the interpreter; mistakes have places.

use son_calc::compile;
use son_ir::interp::{Captured, Limits, Outcome, run_main};
use son_ir::{Module, verify_module};
use son_tests::process::{End, Invocation};
use son_tests::random::Random;
use son_tests::tools;
use std::path::Path;

/// Names and sources of the programs, and what they print.
const PROGRAMS: [(&str, &str, &str); 6] = [
    ("fibonacci", include_str!("../calc/fibonacci.calc"), "0 1 1 2 3 5 8 13 21 34 \nfib(25) = 75025\n"),
    ("sieve", include_str!("../calc/sieve.calc"), "168 primes below 1000\n"),
    ("calls", include_str!("../calc/calls.calc"), "hello\n12345\n-907\n55\n"),
    ("pyramid", include_str!("../calc/pyramid.calc"), "   *\n  ***\n *****\n*******\n"),
    ("recursion", include_str!("../calc/recursion.calc"), "gcd 21, hanoi 1023, ackermann 61\neven 1, odd 0\n"),
    ("matrix", include_str!("../calc/matrix.calc"), "trace 6715\nsorted 1 2 3 4 5 6 7 8\n"),
];

/// What the program prints in the interpreter.
fn interpreted(module: &Module) -> String {
    let mut host = Captured::default();
    let limits = Limits { check_facts: true, ..Limits::default() };
    let outcome = run_main(module, &[b"program"], &limits, &mut host);
    assert_eq!(outcome, Outcome::Exit(0));
    String::from_utf8(host.output).expect("programs print text")
}

/// What the program prints when it is compiled and linked.
fn native(module: &Module, level: u8, folder: &Path) -> String {
    let options = son_codegen::Options { level, verify: true, ..son_codegen::Options::default() };
    let object = son_codegen::compile(module, &options).expect("the program is supported");
    let (file, program) = (folder.join("program.o"), folder.join("program"));
    std::fs::write(&file, object).expect("the folder is writable");
    Invocation::new("cc").arg(&file).arg("-o").arg(&program).success().expect("the object links");
    let finished = Invocation::new(&program).run().expect("the program can be started");
    assert_eq!(finished.end, End::Exit(0), "{}", finished.output());
    finished.output()
}

#[test]
fn programs_print_the_same_everywhere() {
    if !tools::require("programs_print_the_same_everywhere", &[tools::GCC]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for (name, source, expected) in PROGRAMS {
        let mut module = compile(name, source).unwrap_or_else(|error| panic!("{name}:{error}"));
        verify_module(&module).unwrap_or_else(|found| panic!("{name}: {found:?}"));
        assert_eq!(interpreted(&module), expected, "{name}, interpreted");
        assert_eq!(native(&module, 0, folder.path()), expected, "{name} at -O0");
        let options = son_passes::Options { verify_each: true, ..son_passes::Options::default() };
        son_passes::optimize(&mut module, &options).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(interpreted(&module), expected, "{name}, optimized and interpreted");
        assert_eq!(native(&module, 2, folder.path()), expected, "{name} at -O2");
    }
}

#[test]
fn mistakes_have_places() {
    let body = |text: &str| format!("fn f(n: i64, p: ptr) -> i64 {{\n  {text}\n}}");
    let cases = [
        ("return n", "3:1: expected `;`"),
        ("return 5 $ 3;", "2:12: expected `;`"),
        ("return x;", "2:10: this is not known"),
        ("return 5 as i16;", "2:15: expected a type"),
        ("return 99999999999999999999;", "2:10: this is not known"),
        ("return \"abc;", "2:10: the string has no end"),
        ("5 = n; return n;", "2:7: only variables and elements can be assigned to"),
        ("return n + p;", "2:12: add: operand 1 has type ptr, expected i64"),
        ("return n + (n as i32);", "2:12: add: operand 1 has type i32, expected i64"),
        ("var x = p; x = n; return n;", "2:14: variable 3 of type ptr is given a value of type i64"),
        ("while n { } return n;", "2:3: if: operand 0 has type i64, expected i1"),
        ("return f(n);", "2:3: call: 1 arguments for 2 parameters"),
        ("return n[1];", "2:3: ptradd: operand 0 has type i64, expected a pointer"),
        ("return;", "2:3: return: 0 values for 1 results"),
        ("if n > 0 { return 1; }", "2:14: control may run off the end of block 3"),
        ("var a = array(n); return n;", "2:19: an array has a constant length below 1048576"),
        ("return n; } }", "2:15: expected `fn`"),
    ];
    for (text, expected) in cases {
        let error = compile("bad", &body(text)).expect_err(text);
        assert_eq!(error.to_string(), expected, "{text}");
    }
    let twice = compile("bad", "fn f() { }\nfn f() { }").unwrap_err();
    assert_eq!(twice.to_string(), "2:8: symbol f: it is defined twice");
    let deep = format!("fn f() -> i64 {{ return {}1", "(".repeat(1_000_000));
    assert_eq!(compile("bad", &deep).unwrap_err().to_string(), "1:123: nested too deeply");
    let long = format!("fn f(n: i64) -> i64 {{ return n{}; }}", " + n * 2".repeat(100_000));
    assert!(compile("long", &long).is_ok());
}

/// Whatever the input, there is an answer: no panic, no endless loop.
#[test]
fn broken_programs_are_refused() {
    let mut random = Random::new(1);
    for round in 0..3000 {
        let (_, source, _) = PROGRAMS[round % PROGRAMS.len()];
        let mut bytes = source.as_bytes().to_vec();
        for _ in 0..1 + random.below(3) {
            let at = random.below(bytes.len());
            match random.below(3) {
                0 => drop(bytes.remove(at)),
                1 => bytes[at] = b"(){}[];,-+*=<>&|\"#a0"[random.below(20)],
                _ => bytes.truncate(at.max(1)),
            }
        }
        let source = String::from_utf8(bytes).expect("programs are ASCII");
        if let Ok(module) = compile("broken", &source) {
            assert_eq!(verify_module(&module), Ok(()), "{source}");
        }
    }
}
