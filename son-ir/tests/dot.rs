//! Pictures: Graphviz accepts them, and they show what they should.

mod support;

use son_ir::views::dot::{self, DotOptions};
use son_ir::{Module, text};
use std::io::Write;
use std::process::{Command, Stdio};

const SUM: &str = "
    module \"sum\"
    function @sum(i32, i32) -> i32 {
      entry, m, n, a = start
      head = loop entry, body
        x: i32 = phi head, 0, more
        i: i32 = phi head, 0, next
        less = slt i, n
        body, done = if(9:1) head, less
      body:
        more = add x, a
        next = add.nsw i, 1
      done:
        return done, m, x
    }";

const COUNT: &str = "
    module \"count\"
    declare @printf(ptr, ...) -> i32
    data @format constant = \"%d words\\n\\00\"
    function @count(ptr, i64) -> i32 {
      slot $table 1024 align 16
      entry, m0, text, size = start
      m1 = memset entry, m0, $table, 0, 1024
      head = loop entry, again
        m: mem = phi head, m1, m3
        i: i64 = phi head, 0, next
        words: i32 = phi head, 0, more
        inside = ult i, size
        body, done = if(20:1) head, inside
      body:
        address = ptradd text, i
        c: i8 = load body, m, address
        wide: i64 = zext c
        entry_of = ptradd $table, wide
        old: i8 = load body, m, entry_of
        new = add old, 1
        m3 = store body, m, entry_of, new
        next = add i, 1
        blank, other = if body, is_blank
        is_blank = eq c, 32
        again = region blank, other
        one_more = add words, 1
        more: i32 = phi again, one_more, words
      done:
        called, m4, printed = call done, m, @printf, @format, words
        return called, m4, words
    }";

fn picture(text: &str) -> (Module, String) {
    let module = text::parse_verified(text).unwrap_or_else(|error| panic!("{}", error.render("son")));
    let dot = dot::function(&module, &module.functions[0], &DotOptions::default());
    if let Ok(folder) = std::env::var("SON_PICTURES") {
        std::fs::write(format!("{folder}/{}.dot", module.name), &dot).expect("the folder exists");
    }
    (module, dot)
}

/// What Graphviz complains about; `None` if it is not installed.
fn complaints(dot: &str) -> Option<String> {
    let mut command = Command::new("dot");
    let mut child =
        command.arg("-Tsvg").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().ok()?;
    child.stdin.take().expect("it is piped").write_all(dot.as_bytes()).expect("dot reads");
    let output = child.wait_with_output().expect("dot ends");
    Some(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_sum_in_a_loop() {
    let (_, dot) = picture(SUM);
    for part in ["v5: input 2 of v3", "depth 1", "slt v", "add.nsw v", "<b>b2</b>", "control"] {
        assert!(dot.contains(part), "{part}\n{dot}");
    }
    assert!(complaints(&dot).is_none_or(|text| text.is_empty()), "{:?}", complaints(&dot));
}

#[test]
fn memory_and_calls() {
    let (_, dot) = picture(COUNT);
    for part in ["@printf", "memset", "dashed"] {
        assert!(dot.contains(part), "{part}\n{dot}");
    }
    assert!(complaints(&dot).is_none_or(|text| text.is_empty()), "{:?}", complaints(&dot));
}

#[test]
fn random_functions() {
    for seed in 0..20u16 {
        let numbers: Vec<u16> = (0..60u16).map(|i| (i + seed).wrapping_mul(40503).wrapping_add(seed * 977)).collect();
        let module = support::module(&numbers);
        let dot = dot::function(&module, &module.functions[0], &DotOptions::default());
        assert!(complaints(&dot).is_none_or(|text| text.is_empty()), "{:?}", complaints(&dot));
    }
}
