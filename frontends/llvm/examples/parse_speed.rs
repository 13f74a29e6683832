//! Parses files and prints how fast that was: `cargo run --release --example parse_speed FILE.ll...`

use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let text = std::fs::read(&path)?;
        let mut best = f64::INFINITY;
        let mut insts = 0;
        for _ in 0..5 {
            let start = Instant::now();
            insts = parse(&text).map_err(|error| format!("{path}:{error}"))?;
            best = best.min(start.elapsed().as_secs_f64());
        }
        let megabytes = text.len() as f64 / 1e6;
        println!("{path}: {insts} instructions, {megabytes:.1} MB, {:.0} MB/s", megabytes / best);
    }
    Ok(())
}

fn parse(text: &[u8]) -> Result<usize, son_llvm::Error> {
    let module = son_llvm::parse_module(text)?;
    let mut reader = son_llvm::BodyReader::new(&module);
    let mut insts = 0;
    for function in 0..module.functions.len() {
        reader.read(&module, function)?;
        insts += reader.body.insts.len();
    }
    Ok(insts)
}
