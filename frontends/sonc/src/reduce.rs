//! `sonc reduce`: shrinks a failing input while a command still finds it interesting.
//!
//! Delta debugging on lines (Zeller, Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002):
//! whole top-level items first, then ever smaller runs of lines, until no single line can go.

use crate::error::Failure;
use crate::options::Reduce;
use crate::output;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

struct Check<'a> {
    command: &'a str,
    candidate: PathBuf,
    runs: usize,
}

impl Check<'_> {
    /// Is the candidate still interesting?
    fn holds(&mut self, pieces: &[&str]) -> Result<bool, Failure> {
        self.runs += 1;
        std::fs::write(&self.candidate, pieces.concat())
            .map_err(|error| Failure::io("write", &self.candidate, &error))?;
        let file = self.candidate.display().to_string();
        let status = Command::new("sh")
            .args(["-c", &self.command.replace("{}", &file)])
            .env("IN", &file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.map(|status| status.success()).map_err(|error| Failure::io("run", Path::new("sh"), &error))
    }
}

/// Runs the command.
pub(crate) fn reduce(options: &Reduce) -> Result<(), Failure> {
    let text = std::fs::read_to_string(&options.input).map_err(|error| Failure::io("read", &options.input, &error))?;
    let ending = options.input.extension().map(|ending| ending.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = tempfile::tempdir().map_err(|error| Failure::io("make a folder in", &std::env::temp_dir(), &error))?;
    let candidate = folder.path().join("candidate").with_extension(&ending);
    let mut check = Check { command: &options.check, candidate, runs: 0 };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    if !check.holds(&lines)? {
        return Err(Failure::new(format!("the check does not succeed on {} itself", options.input.display())));
    }
    let items = items(&text);
    let kept = minimize(items, &mut check)?.concat();
    let kept = minimize(kept.split_inclusive('\n').collect(), &mut check)?.concat();
    let out = options.output.clone().unwrap_or_else(|| options.input.with_extension(format!("reduced.{ending}")));
    output::write(&out, kept.as_bytes())?;
    eprintln!("{} lines of {} left after {} runs: {}", kept.lines().count(), lines.len(), check.runs, out.display());
    Ok(())
}

/// Splits text after each line that closes a top-level brace, and after each top-level line.
fn items(text: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let (mut start, mut at, mut inside) = (0, 0, false);
    for line in text.split_inclusive('\n') {
        at += line.len();
        inside = if line.trim_end().ends_with('{') { true } else { inside && !line.starts_with('}') };
        if !inside {
            items.push(&text[start..at]);
            start = at;
        }
    }
    if start < text.len() {
        items.push(&text[start..]);
    }
    items
}

/// Removes runs of pieces, halving their length, until no single piece can go.
fn minimize<'a>(mut pieces: Vec<&'a str>, check: &mut Check) -> Result<Vec<&'a str>, Failure> {
    let mut chunk = pieces.len().div_ceil(2).max(1);
    loop {
        let mut changed = false;
        let mut at = 0;
        while at < pieces.len() {
            let end = (at + chunk).min(pieces.len());
            let shorter: Vec<&str> = pieces[..at].iter().chain(&pieces[end..]).copied().collect();
            if !shorter.is_empty() && check.holds(&shorter)? {
                pieces = shorter;
                changed = true;
            } else {
                at = end;
            }
        }
        if chunk == 1 && !changed {
            return Ok(pieces);
        }
        if !changed {
            chunk = chunk.div_ceil(2).max(1);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn items_keep_functions_whole() {
        let text = "a\ndefine f {\n x\n}\nb\n";
        assert_eq!(super::items(text), ["a\n", "define f {\n x\n}\n", "b\n"]);
    }
}
