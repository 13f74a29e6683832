//! The compiler under test.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::libraries::Sources;
use crate::parallel;
use crate::process::{Failure, Finished, Invocation};
use crate::workspace;

/// The path of `sonc`: the environment's `SONC`, or the workspace's release build, which is
/// brought up to date first.
///
/// # Panics
///
/// If it cannot be built: no test that asks for it can say anything then.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| match std::env::var_os("SONC") {
        Some(path) => path.into(),
        None => build().unwrap_or_else(|failure| panic!("sonc cannot be built: {failure}")),
    })
}

fn build() -> Result<PathBuf, Failure> {
    let output = workspace::cargo().args(["build", "--release", "-q", "-p", "sonc"]).output()?;
    if !output.status.success() {
        return Err(Failure(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(workspace::target()?.join("release").join("sonc"))
}

/// A run of `sonc` with the arguments.
pub fn sonc(arguments: &[&str]) -> Invocation {
    Invocation::new(path()).args(arguments)
}

/// Compiles and links a C file through `sonc cc`.
pub fn cc(level: &str, source: &Path, out: &Path, options: &[&str]) -> Result<Finished, Failure> {
    sonc(&["cc", level, "-w"]).args(options).arg(source).arg("-o").arg(out).arg("-lm").run()
}

/// Compiles C files one by one, with the options, a level first, and links them to a program in the folder.
pub fn program(options: &[&str], sources: &Sources, folder: &Path) -> Result<PathBuf, Failure> {
    let objects = parallel::map(&sources.files, |file| -> Result<PathBuf, Failure> {
        let name = file.file_stem().expect("a source has a name").to_string_lossy();
        let object = folder.join(format!("{name}{}.o", options.concat()));
        let compiler = sonc(&["cc", "-c", "-w"]).args(options).args(&sources.options);
        compiler.arg(file).arg("-o").arg(&object).success()?;
        Ok(object)
    });
    let program = folder.join(format!("program{}", options.concat()));
    let objects = objects.into_iter().collect::<Result<Vec<_>, _>>()?;
    sonc(&["cc"]).args(objects).arg("-o").arg(&program).args(["-lm", "-lpthread"]).success()?;
    Ok(program)
}

/// Compiles an `.ll` or `.son` file to an object.
pub fn build_object(level: &str, source: &Path, out: &Path) -> Invocation {
    sonc(&["build", level, "-j", "1"]).arg(source).arg("-o").arg(out)
}

/// Whether a run was refused as the contract wants it: status 1, with a message that has a
/// position and names something unsupported.
pub fn names_unsupported(finished: &Finished) -> bool {
    finished.end == crate::process::End::Exit(1)
        && finished
            .message()
            .lines()
            .any(|l| l.contains("error: ") && (l.contains("unsupported") || l.contains("not supported")))
}

/// Whether a message begins with a position, `file:line:column: error: `.
pub fn has_position(message: &str) -> bool {
    message.lines().any(|line| {
        let Some((position, _)) = line.split_once(": error: ") else {
            return false;
        };
        let mut parts = position.rsplit(':');
        let number = |p: Option<&str>| p.is_some_and(|p| p.parse::<u32>().is_ok_and(|n| n > 0));
        number(parts.next()) && number(parts.next()) && parts.next().is_some_and(|f| !f.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::has_position;

    #[test]
    fn positions() {
        assert!(has_position("a.ll:3:14: error: unknown type\n"));
        assert!(has_position("note\n<stdin>:1:1: error: x"));
        assert!(!has_position("a.ll: error: x"));
        assert!(!has_position("a.ll:0:1: error: x"));
        assert!(!has_position("thread main panicked at a.rs:3:14"));
    }
}
