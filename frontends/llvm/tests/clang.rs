//! Everything that clang emits for a set of sources is parsed.

use std::path::{Path, PathBuf};
use std::process::Command;

const OPTIONS: &[&[&str]] = &[
    &["-O0"],
    &["-O2", "-Xclang", "-disable-llvm-passes"],
    &["-O3", "-g", "-march=x86-64-v3"],
    &["-O1", "-fno-discard-value-names", "-fsanitize=undefined"],
];

fn inputs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
    let entries = folder.read_dir().expect("the folder of inputs");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn clang(source: &Path, options: &[&str]) -> Vec<u8> {
    let mut command = Command::new("clang-19");
    command.args(options).args(["-S", "-emit-llvm", "-w", "-o", "-"]).arg(source);
    let output = command.output().expect("this test needs clang-19");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Parses all of `text`; the number of instructions.
fn parse(text: &[u8], name: &str) -> usize {
    let module = son_llvm::parse_module(text).unwrap_or_else(|error| panic!("{name}:{error}"));
    let mut reader = son_llvm::BodyReader::new(&module);
    let mut insts = 0;
    for function in 0..module.functions.len() {
        reader.read(&module, function).unwrap_or_else(|error| panic!("{name}:{error}"));
        insts += reader.body.insts.len();
    }
    insts
}

#[test]
fn sources() {
    for source in inputs() {
        let extension = source.extension().unwrap_or_default();
        if extension != "c" && extension != "cpp" {
            continue;
        }
        for options in OPTIONS {
            let text = clang(&source, options);
            let insts = parse(&text, &format!("{} {options:?}", source.display()));
            let opcodes = text.split(|&byte| byte == b'\n').filter(|line| is_instruction(line)).count();
            assert_eq!(insts, opcodes, "{} {options:?}", source.display());
        }
    }
}

/// Whether a line that clang prints is an instruction, judged by its indentation.
fn is_instruction(line: &[u8]) -> bool {
    let more: [&[u8]; 6] = [b"   ", b"  ]", b"  catch", b"  cleanup", b"  filter", b"  to label"];
    line.starts_with(b"  ") && !more.iter().any(|start| line.starts_with(start))
}

#[test]
fn texts() {
    for source in inputs() {
        if source.extension().unwrap_or_default() == "ll" {
            let text = std::fs::read(&source).expect("readable");
            assert!(parse(&text, &source.display().to_string()) > 0);
        }
    }
}
