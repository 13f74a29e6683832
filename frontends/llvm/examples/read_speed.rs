//! Reads files, checks the graphs, and prints how fast parsing and reading (with building) were:
//! `cargo run --release -p son-llvm --example read_speed FILE.ll...`

use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let text = std::fs::read(&path)?;
        let module = son_llvm::read(&text, &path, &son_llvm::Options::default());
        let module = module.map_err(|error| format!("{path}:{error}"))?;
        if let Err(violations) = son_ir::verify_module(&module) {
            return Err(format!("{path}: {}", violations[0]).into());
        }
        let nodes: usize = module.functions.iter().map(|function| function.graph.live()).sum();
        let megabytes = text.len() as f64 / 1e6;
        let parsing = best(|| parse(&text).is_ok());
        let reading = best(|| son_llvm::read(&text, &path, &son_llvm::Options::default()).is_ok());
        println!(
            "{path}: {megabytes:.1} MB, {nodes} nodes, parsed at {:.0} MB/s, read at {:.0} MB/s",
            megabytes / parsing,
            megabytes / reading
        );
    }
    Ok(())
}

/// The shortest of several runs, in seconds.
fn best(mut run: impl FnMut() -> bool) -> f64 {
    let time = |_| {
        let start = Instant::now();
        assert!(run());
        start.elapsed().as_secs_f64()
    };
    (0..7).map(time).fold(f64::INFINITY, f64::min)
}

fn parse(text: &[u8]) -> Result<(), son_llvm::Error> {
    let module = son_llvm::parse_module(text)?;
    let mut reader = son_llvm::BodyReader::new(&module);
    (0..module.functions.len()).try_for_each(|function| reader.read(&module, function))
}
