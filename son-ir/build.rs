//! Compiles the rewrite rules of `src/peep/rules` to Rust.

use std::fmt::Write;
use std::path::Path;

fn main() {
    let folder = "src/peep/rules";
    println!("cargo:rerun-if-changed={folder}");
    println!("cargo:rerun-if-changed=build.rs");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder of rules is readable")
        .map(|entry| entry.expect("the folder of rules is readable").file_name().into_string().expect("an ASCII name"))
        .filter(|name| name.ends_with(".rules"))
        .collect();
    files.sort();
    let (mut rules, mut failed, mut sources) = (Vec::new(), false, String::new());
    for file in &files {
        let path = format!("{folder}/{file}");
        let text = std::fs::read_to_string(&path).expect("a file of rules is readable");
        let name = format!("son-ir/{path}");
        writeln!(sources, "    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{path}\"))),")
            .expect("writing to a string does not fail");
        match son_rulegen::read(&name, &text) {
            Ok(read) => rules.extend(read),
            Err(errors) => {
                failed = true;
                errors.iter().for_each(|error| eprintln!("error: {error}"));
            }
        }
    }
    if failed {
        std::process::exit(1);
    }
    let mut matcher = son_rulegen::rust(&rules).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        std::process::exit(1);
    });
    write!(matcher, "pub(super) static SOURCES: &[(&str, &str)] = &[\n{sources}];\n")
        .expect("writing to a string does not fail");
    let out = std::env::var("OUT_DIR").expect("cargo sets it");
    std::fs::write(Path::new(&out).join("rules.rs"), matcher).expect("the output folder is writable");
}
