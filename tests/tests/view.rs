//! The picture of a function: the bundled loop that adds `a` to itself `n` times, as Graphviz draws it.

use son_tests::process::{Failure, Invocation};
use son_tests::{sonc, tools, workspace};

/// Nodes and edges of a drawn graph, by Graphviz's plain output.
struct Drawn {
    nodes: Vec<String>,
    edges: Vec<(String, String)>,
}

/// Draws the function after the optimization of a level.
fn drawn(level: &str) -> Result<(String, Drawn), Failure> {
    let folder = tempfile::tempdir()?;
    let dot = folder.path().join("graph.dot");
    let input = workspace::tests_folder().join("examples/accumulate.ll");
    sonc::sonc(&["view", level, "--function", "accumulate"]).arg(input).arg("-o").arg(&dot).success()?;
    let plain = Invocation::new(tools::DOT.name).arg("-Tplain").arg(&dot).success()?.output();
    let mut drawn = Drawn { nodes: Vec::new(), edges: Vec::new() };
    for line in plain.lines() {
        let mut words = line.split_whitespace().map(str::to_owned);
        match (words.next().as_deref(), words.next(), words.next()) {
            (Some("node"), Some(node), _) => drawn.nodes.push(node),
            (Some("edge"), Some(from), Some(to)) => drawn.edges.push((from, to)),
            _ => {}
        }
    }
    Ok((std::fs::read_to_string(&dot)?, drawn))
}

/// The labels in a DOT text that contain a word, without their markup.
fn labels<'a>(dot: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    dot.lines().filter(move |line| line.contains("[label=<") && line.contains(word))
}

#[test]
fn the_loop_is_to_be_seen() -> Result<(), Failure> {
    if !tools::require("view::the_loop_is_to_be_seen", &[tools::DOT]) {
        return Ok(());
    }
    let (dot, drawn) = drawn("-O0")?;
    assert_eq!(labels(&dot, "= loop ").count(), 1, "{dot}");
    assert_eq!(labels(&dot, "= phi ").count(), 2, "the sum and the counter\n{dot}");
    assert_eq!(labels(&dot, "= add.nsw ").count(), 2, "the sum and the counter\n{dot}");
    assert_eq!(labels(&dot, "if ").filter(|line| line.contains(">true<")).count(), 1, "{dot}");
    assert_eq!(labels(&dot, "return ").count(), 1, "{dot}");
    // What comes around a loop is drawn against the direction of everything else.
    let around = dot.lines().filter(|line| line.contains("->") && line.contains("dir=back")).count();
    assert_eq!(around, 3, "control, the sum and the counter\n{dot}");
    for kind in ["control", "value", "memory"] {
        assert!(dot.contains(kind), "the legend says what a line of {kind} looks like");
    }
    assert!(dot.lines().filter(|line| line.contains("loop depth 1")).count() >= 1, "{dot}");
    for (from, to) in &drawn.edges {
        assert!(drawn.nodes.contains(from) && drawn.nodes.contains(to), "{from} -> {to} has its ends");
    }
    let alone = drawn.nodes.iter().filter(|node| !drawn.edges.iter().any(|(a, b)| a == *node || b == *node));
    assert!(alone.count() <= 1, "nothing but the legend is alone");
    Ok(())
}

#[test]
fn pictures_are_rendered() -> Result<(), Failure> {
    if !tools::require("view::pictures_are_rendered", &[tools::DOT]) {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let input = workspace::tests_folder().join("examples/accumulate.ll");
    for arguments in [&["-O0"][..], &["-O2"], &["-O2", "--pass", "rotate"]] {
        let picture = folder.path().join("graph.svg");
        let view = sonc::sonc(&["view", "--function", "accumulate"]).args(arguments).arg(&input);
        view.arg("-o").arg(&picture).success()?;
        let svg = std::fs::read_to_string(&picture)?;
        assert!(svg.contains("<svg") && svg.contains("accumulate") && svg.matches("class=\"node\"").count() > 8);
    }
    Ok(())
}
