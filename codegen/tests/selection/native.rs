//! Links objects with C and runs them.

use son_codegen::{Options, compile};
use son_ir::Module;
use std::process::Command;

/// Compiles the module at this level with all checks, links it with the C program and returns what that prints.
pub(crate) fn run(module: &Module, level: u8, c: &str) -> String {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| dir.path().join(name);
    let options = Options { level, verify: true, ..Options::default() };
    let object = compile(module, &options).unwrap_or_else(|error| panic!("level {level}: {error}"));
    std::fs::write(path("a.o"), object).expect("the object is written");
    std::fs::write(path("main.c"), c).expect("the program is written");
    let linked = Command::new("cc")
        .args(["-w", "-O1", "-o"])
        .args([path("a.out"), path("main.c"), path("a.o")])
        .arg("-lm")
        .output()
        .expect("cc runs");
    assert!(linked.status.success(), "{}", String::from_utf8_lossy(&linked.stderr));
    let output = Command::new(path("a.out")).output().expect("the program runs");
    assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the program prints text")
}
