//! Run time of the twelve programs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use son_tests::ir::{self, Form};
use son_tests::process::{Failure, Finished, Invocation};
use son_tests::programs::{PROGRAMS, Program};
use son_tests::{sonc, tools};

use crate::Options;
use crate::table::{Table, geometric_mean, ratio};

/// A way to build a program. The first is the one that the others are compared with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Clang(&'static str),
    Gcc(&'static str),
    Sonc(&'static str),
}

const ALL: [Subject; 6] = [
    Subject::Clang("-O2"),
    Subject::Sonc("-O2"),
    Subject::Sonc("-O0"),
    Subject::Clang("-O0"),
    Subject::Clang("-O1"),
    Subject::Gcc("-O2"),
];

/// Rounds of the columns that only give a scale.
const ROUNDS_OF_SCALE: usize = 2;

impl Subject {
    fn name(self) -> String {
        match self {
            Subject::Clang(level) => format!("clang {level}"),
            Subject::Gcc(level) => format!("gcc {level}"),
            Subject::Sonc(level) => format!("sonc {level}"),
        }
    }

    fn rounds(self, rounds: usize) -> usize {
        match self {
            Subject::Clang("-O2") | Subject::Sonc("-O2") => rounds,
            _ => rounds.min(ROUNDS_OF_SCALE),
        }
    }

    /// Builds the program. What is compared at -O2 comes from the same IR.
    fn build(self, program: &Program, folder: &Path) -> Result<PathBuf, Failure> {
        let out = folder.join(self.name().replace(' ', ""));
        let source = program.source();
        match self {
            Subject::Gcc(level) => {
                let gcc = Invocation::new(tools::GCC.name).args([level, "-w"]).arg(&source);
                gcc.arg("-o").arg(&out).arg("-lm").success()?;
            }
            Subject::Clang(level @ "-O2") => {
                ir::build(level, &module(program, folder, Form::Optimizable)?, &out, &[])?;
            }
            Subject::Clang(level) => {
                ir::build(level, &source, &out, &[])?;
            }
            Subject::Sonc(level) => {
                let form = if level == "-O0" { Form::Unoptimized } else { Form::Optimizable };
                let object = out.with_extension("o");
                sonc::build_object(level, &module(program, folder, form)?, &object).success()?;
                let link = Invocation::new("cc").arg(&object).arg("-o").arg(&out).arg("-lm");
                link.success()?;
            }
        }
        Ok(out)
    }
}

fn module(program: &Program, folder: &Path, form: Form) -> Result<PathBuf, Failure> {
    let path = folder.join(format!("{form:?}.ll"));
    if !path.exists() {
        ir::emit(form, &program.source(), &path, &[])?;
    }
    Ok(path)
}

/// The best time of each subject in seconds; none where it failed.
fn measure(
    program: &Program,
    subjects: &[Subject],
    rounds: usize,
    complaints: &mut Vec<String>,
) -> Result<Vec<Option<f64>>, Failure> {
    let folder = tempfile::tempdir()?;
    let mut complain = |subject: Subject, failure: Failure| {
        complaints.push(format!("{}, {}: {failure}", program.name, subject.name()));
    };
    let mut binaries = Vec::new();
    for &subject in subjects {
        let built = subject.build(program, folder.path());
        binaries.push(built.map_err(|f| complain(subject, f)).ok());
    }
    let mut best: Vec<Option<f64>> = vec![None; subjects.len()];
    let mut expected: Option<Finished> = None;
    for round in 0..rounds {
        for (index, &subject) in subjects.iter().enumerate() {
            let Some(binary) = &binaries[index] else { continue };
            if round >= subject.rounds(rounds) {
                continue;
            }
            let finished = Invocation::new(binary).timeout(Duration::from_secs(120)).run()?;
            if let Err(failure) = finished.same_as(expected.get_or_insert(finished.clone())) {
                complain(subject, failure);
                binaries[index] = None;
                best[index] = None;
                continue;
            }
            let time = finished.cpu.as_secs_f64();
            best[index] = Some(best[index].map_or(time, |b| b.min(time)));
        }
    }
    Ok(best)
}

/// Measures and prints.
pub(crate) fn report(options: &Options, complaints: &mut Vec<String>) -> Result<(), Failure> {
    let subjects = if options.quick { &ALL[..2] } else { &ALL[..] };
    let names: Vec<String> = subjects.iter().map(|s| s.name()).collect();
    let mut heads = vec!["program", "clang -O2, s"];
    heads.extend(names[1..].iter().map(String::as_str));
    let mut table = Table::new("Run time, clang -O2 = 1.00", &heads);
    let mut columns: Vec<Vec<Option<f64>>> = vec![Vec::new(); subjects.len()];
    for program in PROGRAMS.iter().filter(|p| options.wants(p.name)) {
        let times = measure(program, subjects, options.rounds, complaints)?;
        let mut cells = vec![program.name.to_owned(), times[0].map_or("-".to_owned(), |t| format!("{t:.3}"))];
        for (index, time) in times.iter().enumerate().skip(1) {
            let relative = times[0].zip(*time).map(|(clang, time)| time / clang);
            columns[index].push(relative);
            cells.push(ratio(relative));
        }
        table.row(cells);
    }
    let mut mean = vec!["geometric mean".to_owned(), String::new()];
    mean.extend(columns.into_iter().skip(1).map(|c| ratio(geometric_mean(c))));
    table.row(mean);
    table.print();
    Ok(())
}
