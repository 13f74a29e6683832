//! Targets: objects of each that is offered have its format, and what is not offered is refused with the reason.

use object::{Architecture, BinaryFormat, Object};
use son_codegen::target::TRIPLES;
use son_tests::process::{End, Failure};
use son_tests::{sonc, workspace};
use std::path::{Path, PathBuf};

fn source() -> PathBuf {
    workspace::tests_folder().join("examples/accumulate.ll")
}

#[test]
fn all_that_are_offered() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("accumulate.o");
    for triple in TRIPLES {
        sonc::build_object("-O2", &source(), &out).args(["--target", triple]).success()?;
        let bytes = std::fs::read(&out)?;
        let file = object::File::parse(&*bytes).map_err(|error| Failure(format!("{triple}: {error}")))?;
        let format = match () {
            _ if triple.contains("apple") => BinaryFormat::MachO,
            _ if triple.contains("windows") => BinaryFormat::Coff,
            _ => BinaryFormat::Elf,
        };
        let architecture = if triple.starts_with("x86_64") { Architecture::X86_64 } else { Architecture::Aarch64 };
        assert_eq!((file.format(), file.architecture()), (format, architecture), "{triple}");
    }
    Ok(())
}

/// Status 1, a message that contains the text, and no output.
fn is_refused(input: &Path, options: &[&str], message: &str) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("refused.o");
    let finished = sonc::build_object("-O2", input, &out).args(options).run()?;
    assert_eq!(finished.end, End::Exit(1), "{options:?}");
    assert!(finished.message().contains(message), "{options:?}: {}", finished.message());
    assert!(!out.exists(), "{options:?}");
    Ok(())
}

#[test]
fn others_are_refused_with_the_reason() -> Result<(), Failure> {
    let architecture = "code is made for x86_64 and aarch64";
    let data = "memory is little-endian, and pointers have 64 bits";
    let format = "objects are ELF, Mach-O of macOS and iOS, or COFF of Windows";
    let cases = [
        ("bogus", "target bogus: "),
        ("riscv64-unknown-linux-gnu", architecture),
        ("wasm32-unknown-unknown", architecture),
        ("i686-pc-windows-msvc", architecture),
        ("aarch64_be-unknown-linux-gnu", data),
        ("x86_64-unknown-linux-gnux32", data),
        ("aarch64-unknown-linux-gnu_ilp32", data),
        ("x86_64-unknown-uefi", format),
        ("aarch64-apple-tvos", format),
    ];
    for (triple, message) in cases {
        is_refused(&source(), &["--target", triple], message)?;
    }
    Ok(())
}

#[test]
fn processors_are_those_of_the_architecture() -> Result<(), Failure> {
    is_refused(&source(), &["--cpu", "nonsuch"], "the CPU `nonsuch` is not known; those of `x86_64` are generic")?;
    let other = ["--target", "aarch64-unknown-linux-gnu", "--cpu", "x86-64-v3"];
    is_refused(&source(), &other, "those of `aarch64` are generic, armv8-a")
}

/// What a module asks for that its target's objects do not have.
#[test]
fn properties_that_a_format_lacks() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("input.son");
    let cases = [
        (
            "x86_64-apple-darwin",
            "data @x section \".mine\" = x\"01\"",
            "the section `.mine` of `x` is not `segment,section`",
        ),
        ("x86_64-apple-darwin", "data @x = {\n  address 4 @x\n}", "an address in a field of 4 bytes"),
        ("x86_64-pc-windows-msvc", "data @x = {\n  address 2 @x\n}", "an address in a field of 2 bytes"),
    ];
    for (triple, item, message) in cases {
        std::fs::write(&file, format!("module \"m\"\ntarget \"{triple}\"\n{item}\n"))?;
        is_refused(&file, &[], message)?;
    }
    Ok(())
}
