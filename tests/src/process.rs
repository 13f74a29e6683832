//! Running programs with limits on time, memory, stack and output, and measuring them.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

/// The limits are set by a shell, since the standard library has no call for them. `timeout`
/// kills the whole process group, so that a driver's children go too.
const LIMITS: &str =
    "ulimit -s 8192; ulimit -v \"$1\"; ulimit -f 2097152; ulimit -c 0; shift; exec timeout -s KILL \"$@\"";

/// A program to run, with its arguments and limits.
#[derive(Clone, Debug)]
pub struct Invocation {
    program: PathBuf,
    arguments: Vec<OsString>,
    directory: Option<PathBuf>,
    timeout: Duration,
    memory_mb: u64,
    limited: bool,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It ended by itself with this status.
    Exit(i32),
    /// A signal killed it.
    Signal(i32),
    /// It ran longer than it may, and was killed.
    TimedOut,
}

/// What a program left behind.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The command line, for messages.
    pub command: String,
    /// How it ended.
    pub end: End,
    /// All of its standard output.
    pub stdout: Vec<u8>,
    /// All of its standard error.
    pub stderr: Vec<u8>,
    /// Processor time, user and system, of it and its children.
    pub cpu: Duration,
    /// The part of it that was not spent in the system.
    pub user: Duration,
    /// Time from start to end.
    pub wall: Duration,
    /// The greatest resident set of it or one of its children, in bytes.
    pub peak_memory: u64,
}

/// A program that could not run or did not succeed, or a result that is not the expected one.
#[derive(Clone, Debug)]
pub struct Failure(pub String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl Failure {
    /// The failure with the name of its case in front.
    pub fn at(self, case: impl fmt::Display) -> Failure {
        Failure(format!("{case}: {}", self.0))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure(error.to_string())
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Exit(status) => write!(f, "exit status {status}"),
            End::Signal(signal) => write!(f, "signal {signal}"),
            End::TimedOut => f.write_str("timed out"),
        }
    }
}

impl Invocation {
    /// A program by path or by its name in the search path: 60 s, 4 GB of address space.
    pub fn new(program: impl AsRef<Path>) -> Self {
        Invocation {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            directory: None,
            timeout: Duration::from_secs(60),
            memory_mb: 4096,
            limited: true,
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    /// Runs it in this directory.
    pub fn directory(mut self, directory: &Path) -> Self {
        self.directory = Some(directory.to_owned());
        self
    }

    /// Kills it after this time.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Limits its address space.
    pub fn memory_mb(mut self, megabytes: u64) -> Self {
        self.memory_mb = megabytes;
        self
    }

    /// Runs it without limits, so that what sets them is not measured too: for programs that are known to end.
    pub fn unlimited(mut self) -> Self {
        self.limited = false;
        self
    }

    fn describe(&self) -> String {
        let mut words = vec![self.program.display().to_string()];
        words.extend(self.arguments.iter().map(|a| a.to_string_lossy().into_owned()));
        words.join(" ")
    }

    fn command(&self) -> Command {
        if !self.limited {
            return Command::new(&self.program);
        }
        let mut shell = Command::new("sh");
        shell
            .args(["-c", LIMITS, "sh"])
            .arg((self.memory_mb * 1024).to_string())
            .arg(format!("{:.3}", self.timeout.as_secs_f64()))
            .arg(&self.program);
        shell
    }

    /// Runs it to its end, whichever way it ends. Fails only if it cannot be started.
    pub fn run(&self) -> Result<Finished, Failure> {
        // Files rather than pipes: they cannot fill up, and nobody has to drain them.
        let (mut stdout, mut stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
        let mut command = self.command();
        command.args(&self.arguments).stdin(Stdio::null()).stdout(stdout.try_clone()?).stderr(stderr.try_clone()?);
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        let start = Instant::now();
        let usage = command.spawn()?.wait4()?;
        let wall = start.elapsed();
        Ok(Finished {
            command: self.describe(),
            end: end_of(usage.status, wall >= self.timeout),
            stdout: contents(&mut stdout)?,
            stderr: contents(&mut stderr)?,
            cpu: usage.rusage.utime + usage.rusage.stime,
            user: usage.rusage.utime,
            wall,
            peak_memory: usage.rusage.maxrss,
        })
    }

    /// Runs it; an end other than exit status 0 is a failure that shows what it said.
    pub fn success(&self) -> Result<Finished, Failure> {
        self.run()?.succeeded()
    }
}

/// `timeout` passes the end of its child on: as a signal of its own or as 128 + signal.
fn end_of(status: std::process::ExitStatus, late: bool) -> End {
    const KILL: i32 = 9;
    let signal = status.signal().or_else(|| status.code().filter(|&c| c > 128).map(|c| c - 128));
    match signal {
        Some(KILL) if late => End::TimedOut,
        Some(signal) => End::Signal(signal),
        None => End::Exit(status.code().unwrap_or(-1)),
    }
}

fn contents(file: &mut File) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Finished {
    /// Standard error as text.
    pub fn message(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// Standard output as text.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Fails unless the program ended with exit status 0.
    pub fn succeeded(self) -> Result<Finished, Failure> {
        match self.end {
            End::Exit(0) => Ok(self),
            _ => Err(self.failure()),
        }
    }

    /// A failure that shows the command, its end, and the last lines that it wrote.
    pub fn failure(&self) -> Failure {
        let message = self.message();
        let lines: Vec<&str> = message.lines().collect();
        let tail = lines[lines.len().saturating_sub(20)..].join("\n  ");
        Failure(format!("{}: {}\n  {tail}", self.command, self.end))
    }

    /// Fails unless the program ended as the expected one did and printed the same.
    pub fn same_as(&self, expected: &Finished) -> Result<(), Failure> {
        if self.end != expected.end {
            let Failure(shown) = self.failure();
            return Err(Failure(format!("{shown}\n  expected {} as of {}", expected.end, expected.command)));
        }
        match first_difference(&expected.output(), &self.output()) {
            None => Ok(()),
            Some(difference) => Err(Failure(format!("{}: {difference}", self.command))),
        }
    }
}

/// The first line in which two outputs differ, described; `None` if they are equal.
pub fn first_difference(expected: &str, actual: &str) -> Option<String> {
    if expected == actual {
        return None;
    }
    let (mut want, mut got) = (expected.lines(), actual.lines());
    for line in 1.. {
        match (want.next(), got.next()) {
            (None, None) => break,
            (w, g) if w == g => {}
            (w, g) => {
                let show = |l: Option<&str>| l.map_or("end of output".to_owned(), |l| format!("{l:?}"));
                return Some(format!("line {line}: expected {}, got {}", show(w), show(g)));
            }
        }
    }
    Some("the outputs differ in line ends only".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Invocation {
        Invocation::new("sh").args(["-c", script])
    }

    #[test]
    fn ends_are_told_apart() {
        assert_eq!(shell("exit 3").run().unwrap().end, End::Exit(3));
        assert_eq!(shell("kill -SEGV $$").run().unwrap().end, End::Signal(11));
        let sleeper = shell("sleep 10").timeout(Duration::from_millis(100));
        assert_eq!(sleeper.run().unwrap().end, End::TimedOut);
    }

    #[test]
    fn output_is_captured_and_usage_measured() {
        let finished = shell("echo out; echo err >&2").success().unwrap();
        assert_eq!((finished.output().as_str(), finished.message().as_str()), ("out\n", "err\n"));
        assert!(finished.peak_memory > 0);
    }

    #[test]
    fn differences_name_the_line() {
        assert_eq!(first_difference("a\nb", "a\nb"), None);
        assert!(first_difference("a\nb", "a\nc").unwrap().starts_with("line 2:"));
        assert!(first_difference("a\n", "a").unwrap().contains("line ends"));
    }
}
