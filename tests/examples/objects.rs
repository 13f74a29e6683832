//! Compiles a function with managed objects without and with optimization, and runs both with a runtime in C: how often
//! they allocate, and what the runtime gets where a guard fails.

use son_ir::prelude::*;
use son_tests::objects;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let module = objects::module(Triple::host())?;
    println!("{}", son_ir::text::print(&module));
    for (level, steps) in [(0, 1000), (2, 1000), (0, 100_000), (2, 100_000)] {
        let output = objects::run(&module, level, steps).map_err(|failure| failure.0)?;
        print!("-O{level}: {output}");
    }
    Ok(())
}
