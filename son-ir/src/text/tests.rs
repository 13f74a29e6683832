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
    let text = r#"module "a \"quoted\" name\\\n.c"
target "aarch64-unknown-linux-gnu"
file "a.c"
file "dir/ü.h"
location !1 = 0:12:5
location !2 = 1:3:0 at !1
comdat "group" any
comdat "other"
declare @printf(ptr no_capture, ...) -> i32 local
declare @"strange name\01"() weak hidden
extern @environ tls initial_exec size 8
extern @stdout protected
data @msg private unnamed_addr align 1 constant = "hello, \"world\"\n\00"
data @table internal align 8 constant = {
  x"0102030405ff"
  address 8 @msg + 4
  address 4 @msg - @table + -4
  zero 100
  address 8 block @f 0
  address 4 @f over x"01020304"
}
data @empty = {}
data @zeros section ".bss.x" comdat "group" align 4096 = zero 1000000000000
alias @g link_once comdat "other" = @f + 8
alias @h = @later
data @later appending = x"00000000000001"
constructor 65535 @f
destructor 7 @f

function @f(i32 zext, ptr byval(24, 8), ptr sret no_alias non_null dereferenceable 16 align 8) -> (i16 sext, f64) fast common local no_inline must_progress targets 2 {
  a, m, n, _, q = start !2
  return a, m, 7, -0.5
}
"#;
    let printed = fixpoint(text);
    for line in text.lines().filter(|line| !line.contains("return") && !line.contains("start")) {
        let kept = printed.contains(line) || line.starts_with("constructor") || line.starts_with("destructor");
        assert!(kept, "{line}\n{printed}");
    }
    assert!(printed.contains("  return b0, m0, 7, -0.5\n"), "{printed}");
    assert!(printed.contains("b0, m0 = start !2\n"), "{printed}");
}

#[test]
fn every_kind_of_node() {
    let printed = fixpoint(
        r#"
        declare @g(i32, ...) -> i64
        declare @alloc(i64) -> ptr
        extern @x
        function @f(i32, ptr, f32, i128) -> i64 targets 2 {
          slot $s 16 align 8
          slot $t 4
          shape %pair "pair" { i32 0, ref 8 } size 16 allocator @alloc
          shape %list "list" { i32 0 } size 8 element i64 allocator @alloc
          b0, m0, n, p, x, wide = start
          c1, m1, old: i32 = load.ordered(align 1, class 3, volatile) b0, m0, p
          c2, m2 = store.ordered(atomic, seq_cst) c1, m1, p, old
          c3, m3, before: i32 = atomicrmw(umax, atomic, acq_rel) c2, m2, p, n
          c4, m4, found, swapped = atomiccas(atomic, acquire) c3, m3, p, n, 5
          c5, m5 = fence(release) c4, m4
          m6 = store(class 1) c5, m5, $s, 7: i16
          m7 = store(align 1) c5, m6, $t, poison: i32
          m8 = memcopy(align 4) c5, m7, p, @x, 64
          m9 = memset c5, m8, p, 0, 10
          c10, m10, r = call(no_unwind, read_only) c5, m9, @g, n, 1: i8, null, 2.5: f64
          _ = const 5: i32
          c11, m11, buffer = stackalloc(align 32) c10, m10, 100
          c12, m12, saved = stack.save c11, m11
          c13, m13 = stack.restore c12, m12, saved
          frame: ptr = frameaddr(1) c13
          c14, m14, object: ref = alloc(%list) c13, m13, 3
          virtual = virtualobj(%pair) 1: i32, object
          outer = framestate(@f, pc 3) n
          inner = framestate(@f, pc 7, outer) x, virtual, outer
          c15 = safepoint c14, m14, inner
          positive = slt 0, n
          c16 = guard c15, positive, inner
          sure: i32 {1..2147483647} = pi c16, n
          quotient: i32 = sdiv.exact c16, 100, sure
          indirect: i64 = ptrtoint p
          c17, m17, r2 = call(sig (i64) -> i64 fast) c16, m14, p, indirect
          v: i32 = load(class 2, invariant, non_trapping) c16, m3, p
          one: i128 = add wide, 340282366920938463463374607431768211455
          low: i64 = trunc one
          vec: v4i32 = splat n
          lane: i32 = extractlane(2) vec
          changed: v4i32 = insertlane(1) vec, 9: i32
          bits: v2i64 = bitcast changed
          y = fadd.nnan.nsz x, 0x7fc00000
          z = fmul.fast y, 1e10
          small: i32 {never} = ftos z
          address: ptr = blockaddr(1)
          t1, t2 = indirectbr c17, address
        t1:
          d, k1, k2, k3 = switch(default:5, -1:1, 7:2, 100:3) t1, quotient
          trap d, m17
          unreachable k1, m17
          deopt k2, m17, inner
          tailcall k3, m17, @g, v
        t2:
          sum1 = add low, r
          sum2 = xor sum1, r2
          q1: i64 = sext lane
          q2: i64 = zext.nuw small
          q3: i64 = sext before
          q4: i64 = sext found
          q5: i64 = bitcast buffer
          q6: i64 = ptrtoint frame
          q7: i64 = extractlane bits
          q8: i64 = select swapped, q1, q2
          s1 = or.disjoint sum2, q3
          s2 = fshl s1, q4, 3
          s3 = umin s2, q5
          s4 = ashr s3, q6
          s5 = sub s4, q7
          s6 = mul s5, q8
          return t2, m17, s6
        }"#,
    );
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
        " = pi c11, v0",
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
             s: mem = phi(class 2) h, m, s2
             s2 = store(class 2) h, s, p, 1: i8
             w = mergemem m, 2: s2, 5: m
           c, m2 = barrier h, w
           again, off = never c
           ; m2 is not what comes back
           unreachable off, m2
         }",
    );
    assert!(printed.contains("mergemem m0, 2: m"), "{printed}");
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
    for i in (1..200_000).rev() {
        text.push_str(&format!("  v{i} = add v{}, v0\n", i - 1));
    }
    text.push_str("  return b, m, v199999\n}\n");
    let module = parse_verified(&text).unwrap();
    assert_eq!(module.functions[0].graph.live(), 200_005);
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
