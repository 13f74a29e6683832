//! Texts that come back as they were, and mistakes with their places.

use super::*;

/// Reads and verifies; prints; the printed text comes back as it is.
#[track_caller]
fn fixpoint(text: &str) -> String {
    let module = parse_verified(text).unwrap_or_else(|error| panic!("{}", error.render("input")));
    let first = print(&module);
    let again = parse_verified(&first).unwrap_or_else(|error| panic!("{}\n{first}", error.render("printed")));
    let second = print(&again);
    assert_eq!(first, second);
    first
}

#[test]
fn a_loop() {
    let printed = fixpoint(
        "function @sum(i32, i32) -> i32 {
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
         }",
    );
    let body = "b0, m0, v0: i32, v1: i32 = start
b1 = loop b0, b2                                            ; depth 1
  v2: i32 = phi b1, 0, v6
  v3: i32 = phi b1, 0, v5
  v4: i1 = slt v2, v0
  b2, b3 = if(9:1) b1, v4
b2:                                                         ; depth 1, from b1
  v5: i32 = add v3, v1
  v6: i32 = add.nsw v2, 1                                   ; {-2147483647..2147483647}
b3:                                                         ; from b1
  return b3, m0, v3
}
";
    assert!(printed.ends_with(body), "{printed}");
}

#[test]
fn everything_at_the_top_level() {
    let text = include_str!("../../tests/samples/module.son");
    let printed = fixpoint(text);
    for line in text.lines().skip(1).filter(|line| !line.contains("return") && !line.contains("start")) {
        let kept = printed.contains(line) || line.starts_with("constructor") || line.starts_with("destructor");
        assert!(kept, "{line}\n{printed}");
    }
    assert!(printed.contains("  return b0, m0, 7, -0.5\n"), "{printed}");
    assert!(printed.contains("b0, m0 = start !2\n"), "{printed}");
}

#[test]
fn every_kind_of_node() {
    let printed = fixpoint(include_str!("../../tests/samples/nodes.son"));
    for part in [
        "= load.ordered(class 3, volatile) b0, m0, v1",
        "= store.ordered(atomic, seq_cst) ",
        "= atomicrmw(umax, atomic, acq_rel) ",
        "$0, 7: i16",
        "$1, poison: i32",
        "@g, v0, 1: i8, null, 2.5: f64",
        "(%1)",
        "= framestate(@f, pc 7, outer) ",
        "= sdiv.exact ",
        "= call(sig (i64) -> i64 fast) ",
        "switch(default:5, -1:1, 7:2, 100:3) ",
        "fmul.fast ",
        ", 10000000000.0",
        "0x7fc00000",
        "0xffffffffffffffffffffffffffffffff",
        " = pi c12, v0",
        "  tailcall ",
    ] {
        assert!(printed.contains(part), "{part}\n{printed}");
    }
}

#[test]
fn slices_and_endless_loops() {
    let printed = fixpoint(
        "function @f(ptr) {
           b, m, p = start
           h = loop(trip 10) b, again
             all: mem = phi h, m, m2
             s: mem = phi(class 2) h, m, m2
             s2 = store(class 2) h, s, p, 1: i8
             w = mergemem all, 2: s2, 5: all
           c, m2 = barrier h, w
           again, off = never c
           unreachable off, m2
         }",
    );
    assert!(printed.contains("mergemem m1, 2: m"), "{printed}");
    assert!(printed.contains("loop(trip 10) "), "{printed}");
}

#[test]
fn facts_are_kept() {
    let facts = [
        ("i32", "{0..10}"),
        ("i32", "{5}"),
        ("i32", "{-1}"),
        ("i64", "{unsigned 5..18446744073709551615}"),
        ("i8", "{zeros 0x3}"),
        ("i8", "{ones 0x1}"),
        ("i32", "{every 3 from 1}"),
        ("i32", "{0..99, every 33 from 0}"),
        ("i32", "{never}"),
        ("ptr", "{null}"),
        ("ptr", "{non_null, align 16, dereferenceable 40, in param 0}"),
        ("ptr", "{in $0}"),
        ("ptr", "{in @f}"),
        ("f64", "{bits 0x3ff0000000000000}"),
        ("f32", "{negative_zero, positive_zero, positive}"),
    ];
    for (ty, fact) in facts {
        let text = format!(
            "function @f({ty}) -> {ty} {{\n  slot $0 4\n  b, m, x: {ty} {fact} = start\n  return b, m, x\n}}\n"
        );
        let printed = fixpoint(&text);
        assert!(printed.contains(&format!("v0: {ty} {fact} = start")), "{printed}");
    }
    // What follows from the inputs is a comment.
    let printed = fixpoint(
        "function @f(i32) -> i32 {
           b, m, x: i32 {0..10} = start
           y = add x, 1
           z: i32 {2..4} = add y, 1
           return b, m, z
         }",
    );
    assert!(printed.contains("; {1..11}"), "{printed}");
    assert!(printed.contains(": i32 {2..4} = add"), "{printed}");
}

#[test]
fn names_by_index() {
    let module = parse("function @f(i32) -> i32 { b, m, x = start\n y = neg x\n return b, m, y\n }").unwrap();
    let options = TextOptions { names: Names::Index, ..TextOptions::default() };
    let text = print_with(&module, &options);
    assert!(text.contains("n5: i32 = neg n4"), "{text}");
    assert_eq!(print(&parse(&text).unwrap()), print(&module));
}

#[test]
fn a_graph_against_the_law_is_still_printed() {
    let text = "function @f(i32) -> i32 { b, m, x = start\n y = neg.exact x\n return b, m, y\n }";
    let module = parse(text).unwrap();
    let printed = print(&module);
    assert!(printed.contains("law 5"), "{printed}");
    assert_eq!(print(&parse(&printed).unwrap()), printed);
    let doubled = "function @f(i1) -> i1 {
        b, m, x = start
        t: tuple = if b, x
        one: ctrl = proj(0) t
        two: ctrl = proj(0) t
        return one, m, x
        return two, m, x
      }";
    let printed = print(&parse(doubled).unwrap());
    assert!(printed.contains("law 6") && printed.contains("t0: tuple = if"), "{printed}");
    assert_eq!(print(&parse(&printed).unwrap()), printed);
    let error = parse_verified(text).unwrap_err();
    assert_eq!((error.line, error.column), (2, 6), "{error}");
    assert!(error.message.starts_with("law 5: "), "{error}");
}

/// Text, line, column, and what the message says.
#[test]
fn mistakes_have_places() {
    let mistakes = [
        ("nonsense", 1, 1, "`nonsense` starts no item"),
        ("declare @f(i32", 1, 15, "expected `)`"),
        ("declare @f(i99999)", 1, 12, "`i99999` is not a type"),
        ("declare @f()\ndeclare @f()", 2, 9, "defined twice"),
        ("alias @a = @b", 1, 12, "`@b` is not declared"),
        ("data @d = \"abc", 1, 11, "does not end"),
        ("data @d = \"a\\zz\"", 1, 13, "two hexadecimal digits"),
        ("data @d = x\"123\"", 1, 11, "pairs of hexadecimal"),
        ("data @d align 3 = {}", 1, 15, "not a power of two"),
        ("data @d = { zero 1\n  one }", 2, 3, "expected a string"),
        ("target \"nowhere\"", 1, 8, "unknown target"),
        ("location !1 = 0:1", 1, 18, "expected `:`"),
        ("function @f() {\n  x = add y", 1, 15, "never closed"),
        ("function @f() {\n  x = frob y\n}", 2, 7, "unknown operation `frob`"),
        ("function @f() {\n  x = add.fast.odd y\n}", 2, 7, "unknown operation or flag"),
        ("function @f() {\n  x: i32 = neg y\n}", 2, 16, "`y` is not defined"),
        ("function @f() {\n  x: i32 = neg x\n}", 2, 16, "depends on itself"),
        ("function @f() {\n  x: i32 = neg 1, 2\n}", 2, 12, "takes 1 input"),
        ("function @f() {\n  x: i32 = neg 1: i64\n}", 2, 12, "is i64, expected i32"),
        ("function @f() {\n  x: i8 = neg 256\n}", 2, 15, "does not fit in i8"),
        ("function @f() {\n  x: f64 = fneg 1\n}", 2, 17, "written with a point"),
        ("function @f() {\n  x = neg 1\n}", 2, 7, "type of the result is not clear"),
        ("function @f() {\n  a, b, c = start\n}", 2, 9, "there is no result 2"),
        ("function @f() {\n  a = start\n  a = start\n}", 3, 3, "`a` is defined twice"),
        ("function @f() {\n  a, m = start\n  call a, m, null\n}", 3, 3, "signature of the call is not clear"),
        ("function @f() {\n  x: i32 {5..1} = const 1\n}", 2, 10, "no i32 is like that"),
        ("function @f() {\n  x: ptr = slot $s\n}", 2, 17, "slot `$s` is not declared"),
        ("function @f() {\n  a, m = start\n  return a, m !3\n}", 3, 15, "location `!3` is not defined"),
        ("function @f() {\n  ä = # 1\n}", 2, 7, "unexpected character '#'"),
    ];
    for (text, line, column, message) in mistakes {
        let error = parse(text).expect_err(text);
        assert!(error.message.contains(message), "{text}: {error}");
        assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
        assert_eq!(Some(error.source.as_str()), text.lines().nth(line as usize - 1));
    }
    let error = parse_bytes(b"module \"x\"\n\xff").unwrap_err();
    assert_eq!((error.line, error.column), (2, 1));
    let rendered = parse("\tnonsense").unwrap_err().render("a.son");
    assert_eq!(rendered, "a.son:1:2: error: `nonsense` starts no item\n    \tnonsense\n    \t^");
}

#[test]
fn nothing_is_quadratic_or_recursive() {
    let mut text = "function @f(i32) -> i32 {\n  b, m, v0 = start\n".to_owned();
    for i in (1..50_000).rev() {
        text.push_str(&format!("  v{i} = add v{}, v0\n", i - 1));
    }
    text.push_str("  return b, m, v49999\n}\n");
    let module = parse_verified(&text).unwrap();
    assert_eq!(module.functions[0].graph.live(), 50_005);
    let printed = print(&module);
    assert_eq!(print(&parse(&printed).unwrap()), printed);

    let cases: Vec<String> = (0..100_000).map(|i| i.to_string()).collect();
    let names: Vec<String> = (0..100_000).map(|i| format!("k{i}")).collect();
    let text = format!(
        "function @f(i32) -> i32 {{\n  b, m, x = start\n  d, {names} = switch({cases}) b, x\n  \
         r = region d, {names}\n  y: i32 = phi r, 7, {cases}\n  return r, m, y\n}}\n",
        names = names.join(", "),
        cases = cases.join(", "),
    );
    let module = parse_verified(&text).unwrap();
    let printed = print(&module);
    assert_eq!(print(&parse(&printed).unwrap()), printed);
}
