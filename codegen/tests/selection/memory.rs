//! The order of accesses to memory, kept by placement after selection: the checker runs in each test.

use son_codegen::{Options, compile};
use son_ir::text;

fn check(function: &str) {
    let module = text::parse(&format!("module \"memory\"\ntarget \"x86_64-unknown-linux-gnu\"\n{function}")).unwrap();
    let options = Options { verify: true, ..Options::default() };
    compile(&module, &options).unwrap();
}

/// The load names the state at the entry, and stays below the test that makes it safe: after the call.
#[test]
fn a_load_that_reads_the_same_in_all_states_follows_a_call() {
    check(
        "function @f(ptr, i1) -> i8 {
         b0, m0, v0: ptr, v1: i1 = start
           c0, m1 = call b0, m0, @g
           b1, b2 = if c0, v1
         b1:
           v2: i8 = load(invariant) b1, m0, v0
           return b1, m1, v2
         b2:
           return b2, m1, 0
         }
         declare @g()",
    );
}
