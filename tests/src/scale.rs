//! Very large functions as LLVM IR text, with what they must print.

use std::fmt::Write;

use crate::random::Random;

/// A module with a `main` that prints results, and the output that it must have.
#[derive(Clone, Debug)]
pub struct Large {
    /// LLVM IR.
    pub module: String,
    /// What the program prints.
    pub expected: String,
}

/// `main` calls each function with each argument and prints the results.
fn finish(mut body: String, calls: impl IntoIterator<Item = (String, i32, i32)>) -> Large {
    let mut expected = String::new();
    let mut main = String::from("define i32 @main() {\n");
    for (number, (function, argument, result)) in calls.into_iter().enumerate() {
        line(&mut main, format_args!("  %r{number} = call i32 @{function}(i32 {argument})"));
        let print = "call i32 (ptr, ...) @printf(ptr @format, i32";
        line(&mut main, format_args!("  %p{number} = {print} {argument}, i32 %r{number})"));
        line(&mut expected, format_args!("{argument}: {result}"));
    }
    main.push_str("  ret i32 0\n}\n");
    body.push_str(&main);
    body.push_str("declare i32 @printf(ptr, ...)\n");
    body.push_str(
        "@input = global i32 12345\n@output = global i32 0\n@format = private constant [8 x i8] c\"%d: %d\\0A\\00\"\n",
    );
    Large { module: body, expected }
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(text, "{arguments}").expect("a string can always be written to");
}

/// Functions without control flow, each a chain of `nodes` operations of which most use their predecessor and another
/// recent value, and some read one from outside, so that little folds and nothing is dead.
pub fn straight_line(functions: usize, nodes: usize) -> Large {
    const WINDOW: usize = 16;
    const ARGUMENT: i32 = 12345;
    let mut text = String::new();
    let mut calls = Vec::new();
    for function in 0..functions {
        let mut random = Random::new(function as u64);
        // Numbered as clang does it: the parameter, the block, the instructions.
        let name = |node: usize| if node == 0 { 0 } else { node + 1 };
        line(&mut text, format_args!("define i32 @f{function}(i32 %0) {{"));
        let mut values = vec![ARGUMENT];
        let mut read = false;
        for node in 1..=nodes {
            // What was read from outside joins the chain.
            let other = if read { node - 2 } else { node - 1 - random.below(WINDOW.min(node)) };
            let (a, b) = (values[node - 1], values[other]);
            let constant = random.below(1000) as i32 | 1;
            let joins = read;
            let (of, first) = (name(node), name(node - 1));
            read = other + 1 == node && node > 1;
            if read {
                // Without values from outside, more and more would be known of the rest: that it is even, or 0. And
                // what does not go outside would be dead from the first cut of the chain backwards.
                line(&mut text, format_args!("  store volatile i32 %{first}, ptr @output"));
                line(&mut text, format_args!("  %{of} = load volatile i32, ptr @input"));
                values.push(ARGUMENT);
                continue;
            }
            let (operation, second, result) = match random.below(if joins { 3 } else { 4 }) {
                0 => ("add", format!("%{}", name(other)), a.wrapping_add(b)),
                1 => ("sub", format!("%{}", name(other)), a.wrapping_sub(b)),
                2 => ("xor", format!("%{}", name(other)), a ^ b),
                _ => ("mul", constant.to_string(), a.wrapping_mul(constant)),
            };
            line(&mut text, format_args!("  %{of} = {operation} i32 %{first}, {second}"));
            values.push(result);
        }
        line(&mut text, format_args!("  ret i32 %{}\n}}", name(nodes)));
        calls.push((format!("f{function}"), ARGUMENT, values[nodes]));
    }
    finish(text, calls)
}

/// Loops around loops, each counting to the argument, and one inside that counts to ten.
pub fn loop_nest(depth: usize) -> Large {
    let mut text = String::from("define i32 @f(i32 %n) {\nentry:\n  br label %h0\n");
    for level in 0..depth {
        let innermost = level + 1 == depth;
        let (before, sum_before) = match level {
            0 => ("entry".to_owned(), "0".to_owned()),
            _ => (format!("h{}", level - 1), format!("%s{}", level - 1)),
        };
        let (latch, sum_after, inside) = match innermost {
            true => ("body".to_owned(), "%t".to_owned(), "body".to_owned()),
            false => (format!("x{}", level + 1), format!("%s{}", level + 1), format!("h{}", level + 1)),
        };
        let outside = if level == 0 { "exit".to_owned() } else { format!("x{level}") };
        let bound = if innermost { "10" } else { "%n" };
        line(&mut text, format_args!("h{level}:"));
        line(&mut text, format_args!("  %i{level} = phi i32 [ 0, %{before} ], [ %n{level}, %{latch} ]"));
        line(&mut text, format_args!("  %s{level} = phi i32 [ {sum_before}, %{before} ], [ {sum_after}, %{latch} ]"));
        line(&mut text, format_args!("  %c{level} = icmp slt i32 %i{level}, {bound}"));
        line(&mut text, format_args!("  br i1 %c{level}, label %{inside}, label %{outside}"));
    }
    let last = depth - 1;
    line(&mut text, format_args!("body:\n  %t = add i32 %s{last}, %i{last}"));
    line(&mut text, format_args!("  %n{last} = add i32 %i{last}, 1\n  br label %h{last}"));
    for level in 0..last {
        line(&mut text, format_args!("x{}:\n  %n{level} = add i32 %i{level}, 1", level + 1));
        line(&mut text, format_args!("  br label %h{level}"));
    }
    text.push_str("exit:\n  ret i32 %s0\n}\n");
    finish(text, [("f".to_owned(), 1, 45), ("f".to_owned(), 0, 0)])
}

/// A switch of dense cases over a hundred targets, each of which returns another number.
pub fn dense_switch(cases: usize) -> Large {
    const TARGETS: usize = 100;
    let mut text = String::from("define i32 @f(i32 %x) {\n  switch i32 %x, label %other [\n");
    let target = |case: usize| case * 7 % TARGETS;
    for case in 0..cases {
        line(&mut text, format_args!("    i32 {case}, label %b{}", target(case)));
    }
    text.push_str("  ]\nother:\n  ret i32 -1\n");
    for block in 0..TARGETS {
        line(&mut text, format_args!("b{block}:\n  ret i32 {}", block * block + 5));
    }
    text.push_str("}\n");
    let result = |case: usize| (target(case) * target(case) + 5) as i32;
    let inside = [0, 1, cases / 2, cases - 1];
    let inside = inside.map(|case| ("f".to_owned(), case as i32, result(case)));
    let outside = [-1, cases as i32, i32::MAX, i32::MIN].map(|x| ("f".to_owned(), x, -1));
    finish(text, inside.into_iter().chain(outside))
}

/// A switch of scattered cases, each with a block of its own, which meet in one phi.
pub fn wide_phi(inputs: usize) -> Large {
    // An odd factor gives each case another number.
    let number = |case: usize| (case as u32).wrapping_mul(2_654_435_761) as i32;
    let mut text = String::from("define i32 @f(i32 %x) {\nentry:\n  switch i32 %x, label %join [\n");
    for case in 0..inputs {
        line(&mut text, format_args!("    i32 {}, label %b{case}", number(case)));
    }
    text.push_str("  ]\n");
    for case in 0..inputs {
        line(&mut text, format_args!("b{case}:\n  br label %join"));
    }
    text.push_str("join:\n  %r = phi i32 [ -1, %entry ]");
    let value = |case: usize| (case as i32).wrapping_mul(31) ^ 1234;
    for case in 0..inputs {
        write!(text, ", [ {}, %b{case} ]", value(case)).expect("a string can always be written to");
    }
    text.push_str("\n  ret i32 %r\n}\n");
    let calls = [0, 1, 2, inputs / 2, inputs - 1];
    let calls = calls.map(|case| ("f".to_owned(), number(case), value(case)));
    let missing = ("f".to_owned(), number(inputs), -1);
    finish(text, calls.into_iter().chain([missing]))
}
