//! House rules that a compiler cannot check: headers, sizes, imports, references, leftovers.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use son_passes::pipeline::{self, Form};
use son_tests::{files, tools, workspace};

/// Files longer than this are listed, longer than [`TOO_LONG`] fail.
const LONG: usize = 600;
const TOO_LONG: usize = 1000;

/// What each crate of the workspace may import of the others, outside its tests.
const IMPORTS: [(&str, &[&str]); 8] = [
    ("son-ir/rulegen", &[]),
    ("son-ir", &["son-rulegen"]),
    ("passes", &["son-ir"]),
    ("codegen", &["son-ir", "son-rulegen"]),
    ("frontends/llvm", &["son-ir"]),
    ("frontends/calc", &["son-ir"]),
    ("frontends/sonc", ALL),
    ("tests", ALL),
];
const ALL: &[&str] = &["son-ir", "son-rulegen", "son-passes", "son-codegen", "son-llvm", "son-calc", "sonc"];

/// Everything that may stand at the top, beside files whose name begins with a dot.
const TOP_LEVEL: [&str; 8] =
    ["Cargo.toml", "Cargo.lock", "README.md", "ARCHITECTURE.md", "son-ir", "passes", "codegen", "frontends"];

/// A source file with its path relative to the root.
struct Source {
    path: String,
    text: String,
}

/// All files of the workspace with one of the endings, outside `target` and `.git`.
fn sources(endings: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![workspace::root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the workspace can be read") {
            let path = entry.expect("an entry can be read").path();
            let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "target" && name != ".git" {
                    folders.push(path);
                }
            } else if endings.iter().any(|e| name.ends_with(e)) {
                let text = std::fs::read_to_string(&path).expect("a source is UTF-8 text");
                found.push(Source { path: relative(&path), text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty(), "no sources found");
    found
}

fn relative(path: &Path) -> String {
    let inner = path.strip_prefix(workspace::root()).expect("the path is in the workspace");
    inner.to_string_lossy().into_owned()
}

fn assert_none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// Lines of all sources in which one of the texts occurs.
fn occurrences(sources: &[Source], wanted: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        for (number, line) in source.text.lines().enumerate() {
            if let Some(what) = wanted.iter().find(|w| line.contains(**w)) {
                found.push(format!("{}:{}: {what}", source.path, number + 1));
            }
        }
    }
    found
}

/// This file contains what it forbids.
fn rust_sources() -> Vec<Source> {
    let mut sources = sources(&[".rs"]);
    sources.retain(|s| s.path != relative(&workspace::root().join("tests/tests/tidy.rs")));
    sources
}

#[test]
fn every_source_begins_with_its_doc() {
    let bare = rust_sources().into_iter().filter(|s| !s.text.starts_with("//! "));
    assert_none(bare.map(|s| format!("{} does not begin with `//!`", s.path)).collect());
}

#[test]
fn sources_are_short() {
    let sizes = sources(&[".rs", ".rules"]).into_iter().map(|s| (s.text.lines().count(), s.path));
    let long: Vec<_> = sizes.filter(|(lines, _)| *lines > LONG).collect();
    for (lines, path) in &long {
        tools::report(&format!("tidy: {path} has {lines} lines\n"));
    }
    let too_long = long.into_iter().filter(|(lines, _)| *lines > TOO_LONG);
    assert_none(too_long.map(|(lines, path)| format!("{path} has {lines} lines")).collect());
}

#[test]
fn nothing_is_left_over() {
    let leftovers =
        ["todo!", "unimplemented!", "dbg!(", "allow(dead_code", "allow(unused", "allow(clippy::all", "allow(warnings"];
    assert_none(occurrences(&rust_sources(), &leftovers));
}

#[test]
fn lints_are_not_allowed_for_whole_files() {
    assert_none(occurrences(&rust_sources(), &["#![allow("]));
}

#[test]
fn nothing_names_a_machine() {
    let endings = [".rs", ".md", ".toml", ".lock", ".rules", ".son", ".ll", ".c", ".lua", "run"];
    let mut all = sources(&endings);
    all.retain(|s| !s.path.ends_with("tests/tidy.rs"));
    assert_none(occurrences(&all, &["/root/", "/home/", "/work/", "artifactory"]));
}

/// The names of the workspace's crates in the sections of a manifest that are not for tests.
fn imports(manifest: &str) -> BTreeSet<String> {
    let mut counts = false;
    let mut names = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            counts = line.ends_with("dependencies]") && !line.contains("dev-dependencies");
        } else if counts {
            let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
            if ALL.contains(&name) {
                names.insert(name.to_owned());
            }
        }
    }
    names
}

#[test]
fn crates_import_in_one_direction() {
    let mut complaints = Vec::new();
    for (folder, allowed) in IMPORTS {
        let path = workspace::root().join(folder).join("Cargo.toml");
        let manifest = std::fs::read_to_string(&path).expect("a crate has a manifest");
        let forbidden = imports(&manifest).into_iter().filter(|n| !allowed.contains(&n.as_str()));
        complaints.extend(forbidden.map(|n| format!("{folder} must not import {n}")));
    }
    assert_none(complaints);
}

#[test]
fn instruction_sets_do_not_import_each_other() {
    let folder = workspace::root().join("codegen/src");
    let isas: Vec<String> = ["x64", "x86", "x86_64", "a64", "aarch64", "arm64", "riscv64"]
        .into_iter()
        .filter(|isa| folder.join(isa).is_dir())
        .map(str::to_owned)
        .collect();
    let mut complaints = Vec::new();
    for isa in &isas {
        let others: Vec<String> = isas.iter().filter(|o| *o != isa).map(|o| format!("{o}::")).collect();
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        let mut inside = rust_sources();
        inside.retain(|s| s.path.starts_with(&format!("codegen/src/{isa}/")));
        complaints.extend(occurrences(&inside, &others));
    }
    assert_none(complaints);
}

// ---- Passes ----

/// What the header of a pass says, in order.
const SECTIONS: [&str; 7] = ["What", "Why", "Algorithm", "Needs", "Breaks", "Does not try", "Tests"];

/// Forms of a function, as the table has them and as headers call them.
const FORMS: [(Form, &str); 4] = [
    (Form::LOOPS, "loop form"),
    (Form::PEEPED, "fixpoint"),
    (Form::SLICED, "memory slices"),
    (Form::ROTATED, "rotated loops"),
];

/// The source file of a pass: it has the pass's name.
fn pass_source(name: &str) -> Option<Source> {
    let endings = [format!("/{name}.rs"), format!("/{name}/mod.rs")];
    let mut inside = sources(&[".rs"]).into_iter().filter(|s| s.path.starts_with("passes/src/"));
    inside.find(|s| endings.iter().any(|ending| s.path.ends_with(ending)))
}

/// The header without comment marks, in one line.
fn header(source: &Source) -> String {
    let lines = source.text.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}

/// What a header says under a title.
fn section<'a>(header: &'a str, title: &str) -> Option<&'a str> {
    let (_, rest) = header.split_once(&format!("**{title}:**"))?;
    Some(rest.split("**").next().unwrap_or(rest))
}

fn pass_names() -> Vec<&'static str> {
    pipeline::passes().map(|pass| pass.name).chain(["inline"]).collect()
}

#[test]
fn passes_have_headers() {
    let mut complaints = Vec::new();
    for name in pass_names() {
        let Some(source) = pass_source(name) else {
            complaints.push(format!("pass {name} has no file of its name in passes/src"));
            continue;
        };
        let header = header(&source);
        let missing = SECTIONS.iter().filter(|title| section(&header, title).is_none());
        complaints.extend(missing.map(|title| format!("{}: the header does not say **{title}:**", source.path)));
        if !section(&header, "Tests").is_some_and(|tests| tests.contains(&format!("`tests/files/{name}`"))) {
            complaints.push(format!("{}: the header does not name `tests/files/{name}`", source.path));
        }
    }
    assert_none(complaints);
}

#[test]
fn headers_agree_with_the_table() {
    let mut complaints = Vec::new();
    for pass in pipeline::passes() {
        let Some(source) = pass_source(pass.name) else { continue };
        let header = header(&source);
        for (title, form) in [("Needs", pass.needs), ("Gives", pass.gives), ("Breaks", pass.breaks)] {
            let said = section(&header, title).unwrap_or_default();
            let wrong = FORMS.iter().filter(|(part, words)| form.has(*part) != said.contains(words));
            complaints.extend(wrong.map(|(_, words)| format!("{}: {title} and the table: {words}?", source.path)));
        }
    }
    assert_none(complaints);
}

/// Folders of file tests that are not of a pass.
const AREAS: [&str; 4] = ["select", "aarch64", "errors", "pipeline"];

#[test]
fn passes_have_file_tests() {
    let files = files::all().expect("the files can be listed");
    let count = |area: &str| files.iter().filter(|f| f.parent().is_some_and(|folder| folder.ends_with(area))).count();
    let names = pass_names();
    let bare = names.iter().filter(|name| count(name) < 2);
    let mut complaints: Vec<String> = bare
        .map(|name| format!("tests/files/{name} lacks a file where the pass fires, or one where it must not"))
        .collect();
    for entry in std::fs::read_dir(files::folder()).expect("the folder can be read") {
        let name = entry.expect("an entry can be read").file_name().to_string_lossy().into_owned();
        if !names.contains(&name.as_str()) && !AREAS.contains(&name.as_str()) {
            complaints.push(format!("tests/files/{name} is of no pass"));
        }
    }
    assert_none(complaints);
}

// ---- Boundaries inside crates ----

/// What the sources below a path must not mention.
const UNMENTIONED: [(&str, &[&str]); 5] = [
    // Passes never see an ISA.
    ("passes/src/", &["x64", "x86", "son_codegen"]),
    // Register allocation never sees the graph, nor does what comes after it.
    ("codegen/src/regalloc.rs", &["Graph", "NodeId", "son_ir"]),
    ("codegen/src/layout.rs", &["Graph", "NodeId", "son_ir"]),
    ("codegen/src/buffer.rs", &["Graph", "NodeId", "son_ir"]),
    // Text is read to a syntax tree before anything is built.
    ("frontends/llvm/src/parse/", &["son_ir"]),
];

#[test]
fn parts_do_not_know_what_they_need_not() {
    let mut complaints = Vec::new();
    for (path, words) in UNMENTIONED {
        let mut inside = rust_sources();
        inside.retain(|s| s.path.starts_with(path));
        assert!(!inside.is_empty(), "{path} is no source");
        complaints.extend(occurrences(&inside, words));
    }
    assert_none(complaints);
}

// ---- Docs ----

/// The texts between backticks that look like a path of a file of ours.
fn named_files(text: &str) -> Vec<&str> {
    const ENDINGS: [&str; 8] = [".rs", ".md", ".toml", ".rules", ".son", ".ll", ".c", ".lua"];
    let quoted = text.split('`').skip(1).step_by(2);
    let is_path =
        |t: &&str| t.contains('/') && !t.contains(['*', '<', '>', ' ', '{', '$', '\n']) && !t.starts_with("target/");
    quoted.filter(|t| ENDINGS.iter().any(|e| t.ends_with(e))).filter(is_path).collect()
}

#[test]
fn docs_name_files_that_exist() {
    let mut complaints = Vec::new();
    for source in sources(&[".rs", ".md"]) {
        let doc: String = if source.path.ends_with(".rs") {
            let lines = source.text.lines().map(str::trim_start);
            lines.filter(|l| l.starts_with("//")).collect::<Vec<_>>().join("\n")
        } else {
            source.text.clone()
        };
        for name in named_files(&doc) {
            // A path may be written from the root, from the crate, or from the file's own folder.
            let file = workspace::root().join(&source.path);
            let bases: Vec<PathBuf> = file.ancestors().skip(1).map(Path::to_owned).collect();
            let inside = bases.iter().take_while(|b| b.starts_with(workspace::root()));
            if !inside.into_iter().any(|b| b.join(name).exists() || b.join("src").join(name).exists()) {
                complaints.push(format!("{} names {name}, which does not exist", source.path));
            }
        }
    }
    assert_none(complaints);
}

/// Pairs of what docs write as "`name` in `path`".
fn named_items(text: &str) -> Vec<(&str, &str)> {
    let parts: Vec<&str> = text.split('`').collect();
    let pairs = parts.windows(3).skip(1).step_by(2).filter(|parts| parts[1].trim() == "in" && parts[2].contains('/'));
    pairs.map(|parts| (parts[0], parts[2])).filter(|(_, path)| path.ends_with(".rs")).collect()
}

/// Checklists say which function to change; it is there.
#[test]
fn docs_name_functions_that_exist() {
    let mut complaints = Vec::new();
    for source in sources(&[".md"]) {
        for (name, path) in named_items(&source.text) {
            let text = std::fs::read_to_string(workspace::root().join(path)).unwrap_or_default();
            if !text.contains(name) {
                complaints.push(format!("{}: {path} has no {name}", source.path));
            }
        }
    }
    assert_none(complaints);
}

#[test]
fn checklists_exist() {
    let pages = [
        "son-ir/docs/adding-an-op.md",
        "son-ir/docs/adding-a-rule.md",
        "passes/docs/adding-a-pass.md",
        "codegen/docs/adding-an-instruction.md",
        "codegen/docs/adding-a-target.md",
    ];
    let missing = pages.into_iter().filter(|page| !workspace::root().join(page).is_file());
    assert_none(missing.map(|page| format!("{page} is missing")).collect());
}

#[test]
fn the_top_level_is_fixed() {
    let mut complaints = Vec::new();
    for entry in std::fs::read_dir(workspace::root()).expect("the root can be read") {
        let name = entry.expect("an entry can be read").file_name().to_string_lossy().into_owned();
        let known = TOP_LEVEL.contains(&name.as_str()) || name == "tests" || name == "target";
        if !known && !name.starts_with('.') {
            complaints.push(format!("{name} does not belong at the top"));
        }
    }
    assert_none(complaints);
}
