//! `sonc run` and `sonc interp`.

use crate::error::Failure;
use crate::options::{Interp, Pipeline, Run};
use crate::{input, output, pipeline};
use std::process::{Command, ExitCode, ExitStatus};

/// Compiles, links and runs; the exit code is the program's.
pub(crate) fn native(options: &Run) -> Result<ExitCode, Failure> {
    let mut module = input::read(&options.input, &options.pipeline)?;
    pipeline::optimize(&mut module, &options.pipeline)?;
    let object = pipeline::object(&module, &options.pipeline)?;
    let folder = tempfile::tempdir().map_err(|error| Failure::io("make a folder in", &std::env::temp_dir(), &error))?;
    let (object_path, program) = (folder.path().join("program.o"), folder.path().join("program"));
    output::write(&object_path, &object)?;
    let linked = Command::new("cc").arg("-o").arg(&program).arg(&object_path).arg("-lm").status();
    match linked {
        Ok(status) if status.success() => {}
        Ok(_) => return Err(Failure::new("linking failed")),
        Err(error) => return Err(Failure::io("run", "cc".as_ref(), &error)),
    }
    let status = Command::new(&program).args(&options.args).status();
    status.map(exit_code).map_err(|error| Failure::io("run", &program, &error))
}

/// The shell's convention: 128 and the signal's number for a program that was killed.
fn exit_code(status: ExitStatus) -> ExitCode {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    ExitCode::from(code as u8)
}

/// Runs `main` in the interpreter.
pub(crate) fn interpreted(options: &Interp) -> Result<ExitCode, Failure> {
    let settings = Pipeline {
        level: options.level,
        verify_each: options.verify_each,
        fuel: options.fuel.clone(),
        disable: options.disable.clone(),
        ..Pipeline::default()
    };
    let mut module = input::read(&options.input, &settings)?;
    pipeline::optimize(&mut module, &settings)?;
    pipeline::interpret(&module, options)
}
