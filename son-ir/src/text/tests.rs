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
