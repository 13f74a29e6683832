//! `sonc view`: a function's graph as DOT, or drawn by Graphviz.

use crate::error::Failure;
use crate::options::View;
use crate::{input, output, pipeline};
use son_ir::{Definition, Function, Module};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs the command.
pub(crate) fn view(options: &View) -> Result<(), Failure> {
    let mut module = input::read(&options.input, &options.pipeline)?;
    pipeline::optimize_until(&mut module, &options.pipeline, options.pass.as_deref())?;
    let function = find(&module, options.function.as_deref())?;
    let dot = pipeline::dot(&module, function);
    let out = options.output.as_deref().unwrap_or(Path::new("-"));
    match out.extension().and_then(|ending| ending.to_str()) {
        Some(format @ ("svg" | "png" | "pdf")) => output::write(out, &draw(&dot, format)?),
        _ => output::write(out, dot.as_bytes()),
    }
}

fn find<'a>(module: &'a Module, name: Option<&str>) -> Result<&'a Function, Failure> {
    let Some(name) = name else {
        return module.functions.first().ok_or_else(|| Failure::new("the module has no function with a body"));
    };
    let symbol = module.find_symbol(name).map(|id| &module.symbol(id).definition);
    match symbol {
        Some(Definition::Function(row)) => Ok(&module.functions[*row as usize]),
        _ => {
            let names: Vec<&str> =
                module.functions.iter().map(|f| module.symbol(f.symbol).name.as_str()).take(20).collect();
            Err(Failure::new(format!("no function named {name} has a body here; there are: {}", names.join(", "))))
        }
    }
}

/// Lets Graphviz draw the graph.
fn draw(dot: &str, format: &str) -> Result<Vec<u8>, Failure> {
    let failed =
        |error: &std::io::Error| Failure::new(format!("cannot run Graphviz's dot (package graphviz): {error}"));
    let mut child = Command::new("dot")
        .arg(format!("-T{format}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(&error))?;
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let text = dot.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let done = child.wait_with_output().map_err(|error| failed(&error))?;
    let _ = writer.join();
    if done.status.success() { Ok(done.stdout) } else { Err(Failure::new("Graphviz's dot failed")) }
}
