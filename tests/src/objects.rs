//! A frontend with managed objects: a class, a function that makes many of them, and a guard.
//!
//! `cargo run -p son-tests --example objects` compiles it, links it with the runtime of `tests/examples/runtime.c`, and
//! runs it. The function is what a compiler of a language with classes would build for
//!
//! ```text
//! class Point { int x; int y; Point plus(Point other) { return new Point(x + other.x, y + other.y); } }
//!
//! long walk(int n) {
//!     Point at = new Point(0, 0);
//!     for (int i = 0; i < n; i++) {
//!         Point next = at.plus(new Point(i & 3, 1));
//!         assume(next.x < 5000);
//!         at = next;
//!     }
//!     return at.x * 1000L + at.y;
//! }
//! ```

use crate::aarch64::{self, Compiler};
use crate::process::{Failure, Invocation};
use crate::workspace;
use son_ir::prelude::*;
use std::path::{Path, PathBuf};

/// The module, as the frontend hands it over.
///
/// # Errors
/// A mistake of the builder's user: none.
pub fn module(triple: Triple) -> Result<Module, BuildError> {
    let mut module = Module::new(triple);
    // The runtime: what allocates, and what goes on where a guard fails.
    let allocator = module.declare("allocate", [I64, I64], PTR);
    module.deoptimizer = Some(module.declare("deoptimize", [PTR, PTR], ()));
    // 8 bytes of header, which the allocator fills, then two fields.
    let point = Shape::object("Point", 1, [(I32, 8), (I32, 12)], 16, allocator);
    let f = module.function("walk", I32, I64);
    let n = f.param(0);
    let (at, i) = (f.var(PTR), f.var(I32));
    let new = |x: Value, y: Value| {
        let object = f.allocate(&point);
        f.set_field(&point, object, 0, x);
        f.set_field(&point, object, 1, y);
        object
    };
    let zero = f.constant(I32, 0);
    f.set(at, new(zero, zero));
    f.set(i, 0);
    f.while_(
        |f| f.lt(i, n),
        |f| {
            let step = new(f.and(i, 3), f.constant(I32, 1));
            let from = f.get(at);
            let sum = |field| f.add(f.get_field(&point, from, field), f.get_field(&point, step, field));
            let next = new(sum(0), sum(1));
            // Whoever goes on at 1 needs these values; one object has two names.
            let state = f.frame_state(1, [n, f.get(i), from, next, next], None);
            f.guard(f.lt(f.get_field(&point, next, 0), 5000), state);
            f.set(at, next);
            f.set(i, f.add(i, 1));
        },
    )?;
    let (x, y) = (f.get_field(&point, at, 0), f.get_field(&point, at, 1));
    f.ret(f.add(f.mul(f.sext(x, I64), 1000), f.sext(y, I64)))?;
    f.finish()?;
    Ok(module)
}

/// The module's object, at this level of optimization.
///
/// # Errors
/// If it cannot be compiled.
pub fn object(module: &Module, level: u8) -> Result<Vec<u8>, Failure> {
    let mut module = module.clone();
    if level > 0 {
        let options = son_passes::Options { verify_each: true, ..son_passes::Options::default() };
        son_passes::optimize(&mut module, &options).map_err(|error| Failure(error.to_string()))?;
    }
    let options = son_codegen::Options { level, verify: true, ..son_codegen::Options::default() };
    son_codegen::compile(&module, &options).map_err(|error| Failure(error.to_string()))
}

fn source(name: &str) -> PathBuf {
    workspace::tests_folder().join("examples").join(name)
}

/// The runtime that allocates, and prints states.
pub fn runtime() -> PathBuf {
    source("runtime.c")
}

/// What the program prints that consists of the module, the runtime, and a `main` that walks so far.
///
/// # Errors
/// If it cannot be compiled, linked, or run.
pub fn run(module: &Module, level: u8, steps: u32) -> Result<String, Failure> {
    let folder = tempfile::tempdir()?;
    let (object_file, program) = (folder.path().join("module.o"), folder.path().join("walk"));
    std::fs::write(&object_file, object(module, level)?)?;
    let finished = match module.triple.architecture == Triple::host().architecture {
        true => {
            let linker = Invocation::new("cc").arg(&object_file).arg(runtime()).arg(source("walk.c"));
            linker.arg("-o").arg(&program).success()?;
            Invocation::new(&program).arg(steps.to_string()).success()?
        }
        false => {
            let mut objects = vec![object_file];
            objects.extend(emulated_objects(folder.path())?);
            aarch64::link(&objects, &program)?;
            aarch64::emulated(&program).arg(steps.to_string()).success()?
        }
    };
    Ok(finished.output())
}

fn emulated_objects(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let object = |name: &str| {
        let object = folder.join(name).with_extension("o");
        Compiler::Clang("-O1").object_at(&source(name), &object, &[])?;
        Ok(object)
    };
    ["runtime.c", "walk.c"].into_iter().map(object).collect()
}
