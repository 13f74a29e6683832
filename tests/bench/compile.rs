//! Compile time, code size and peak memory of the compilers, on one thread.

use std::path::{Path, PathBuf};

use son_tests::ir::{self, Form};
use son_tests::process::{Failure, Invocation};
use son_tests::programs::PROGRAMS;
use son_tests::{images, lua, parallel, sonc, tools};

use crate::Options;
use crate::table::{Table, geometric_mean, ratio};

/// One module in both forms of IR.
struct Input {
    name: String,
    optimizable: PathBuf,
    unoptimized: PathBuf,
}

/// What a compiler needed, the best of all rounds, and the size of what it made.
#[derive(Clone, Copy)]
struct Cost {
    seconds: f64,
    memory: u64,
    text: u64,
}

/// The compilers in the order of [`Input::compile`].
const CLANG_O2: usize = 0;
const SONC_O2: usize = 1;
const LLC_O0: usize = 2;
const SONC_O0: usize = 3;
const NAMES: [&str; 4] = ["clang -O2", "sonc -O2", "llc -O0", "sonc -O0"];

impl Input {
    fn compile(&self, compiler: usize, out: &Path) -> Invocation {
        match compiler {
            CLANG_O2 => ir::clang(&["-O2", "-c"]).arg(&self.optimizable).arg("-o").arg(out),
            SONC_O2 => sonc::build_object("-O2", &self.optimizable, out),
            LLC_O0 => Invocation::new(tools::LLC.name)
                .args(["-O0", "-filetype=obj", "-relocation-model=pic"])
                .arg(&self.unoptimized)
                .arg("-o")
                .arg(out),
            _ => sonc::build_object("-O0", &self.unoptimized, out),
        }
    }

    fn measure(
        &self,
        folder: &Path,
        rounds: usize,
        complaints: &mut Vec<String>,
    ) -> Result<[Option<Cost>; 4], Failure> {
        let mut best: [Option<Cost>; 4] = [None; 4];
        let mut failed = [false; 4];
        let object = folder.join("measured.o");
        for _ in 0..rounds {
            for compiler in 0..NAMES.len() {
                if failed[compiler] {
                    continue;
                }
                let finished = match self.compile(compiler, &object).unlimited().success() {
                    Ok(finished) => finished,
                    Err(failure) => {
                        complaints.push(format!("{}, {}: {failure}", self.name, NAMES[compiler]));
                        failed[compiler] = true;
                        continue;
                    }
                };
                let seconds = finished.cpu.as_secs_f64();
                let cost = Cost { seconds, memory: finished.peak_memory, text: images::code_size(&object)? };
                let slot = &mut best[compiler];
                *slot = Some(slot.filter(|b| b.seconds <= seconds).unwrap_or(cost));
            }
        }
        Ok(best)
    }
}

/// Makes the modules: one without a function, which shows what starting costs, one of each
/// program, and Lua's files linked to one.
fn inputs(options: &Options, folder: &Path) -> Result<Vec<Input>, Failure> {
    let mut sources = vec![("startup".to_owned(), folder.join("startup.c"))];
    std::fs::write(&sources[0].1, "int nothing;\n")?;
    sources.extend(PROGRAMS.iter().map(|p| (p.name.to_owned(), p.source())));
    let mut inputs = Vec::new();
    for (name, source) in sources.into_iter().filter(|(name, _)| options.wants(name)) {
        let module = |form: Form| -> Result<PathBuf, Failure> {
            let path = folder.join(format!("{name}-{form:?}.ll"));
            ir::emit(form, &source, &path, &[])?;
            Ok(path)
        };
        let (optimizable, unoptimized) = (module(Form::Optimizable)?, module(Form::Unoptimized)?);
        inputs.push(Input { name, optimizable, unoptimized });
    }
    if options.wants("lua") {
        inputs.push(Input {
            name: "lua".to_owned(),
            optimizable: lua_module(Form::Optimizable, folder)?,
            unoptimized: lua_module(Form::Unoptimized, folder)?,
        });
    }
    Ok(inputs)
}

fn lua_module(form: Form, folder: &Path) -> Result<PathBuf, Failure> {
    let sources = lua::sources()?;
    let arguments: Vec<&str> = sources.options.iter().map(String::as_str).collect();
    let modules = parallel::map(&sources.files, |source| {
        let name = source.file_stem().expect("a source has a name").to_string_lossy();
        let path = folder.join(format!("lua-{name}-{form:?}.ll"));
        ir::emit(form, source, &path, &arguments).map(|_| path)
    });
    let modules: Vec<PathBuf> = modules.into_iter().collect::<Result<_, _>>()?;
    let linked = folder.join(format!("lua-{form:?}.ll"));
    Invocation::new(tools::LLVM_LINK.name).arg("-S").args(&modules).arg("-o").arg(&linked).success()?;
    Ok(linked)
}

fn quotient(a: Option<Cost>, b: Option<Cost>, of: fn(&Cost) -> f64) -> Option<f64> {
    a.zip(b).map(|(a, b)| of(&a) / of(&b)).filter(|r| r.is_finite())
}

/// The ratio of two compilers' times after what each needs for an empty module is taken off:
/// for small modules a process's start is most of its time. None where too little remains.
fn less_startup(
    costs: &[Option<Cost>; 4],
    startup: Option<&[Option<Cost>; 4]>,
    ours: usize,
    theirs: usize,
) -> Option<f64> {
    let startup = startup?;
    let more = |compiler: usize| Some(costs[compiler]?.seconds - startup[compiler]?.seconds);
    let (ours, theirs) = (more(ours)?, more(theirs)?);
    (ours > 0.0 && theirs > 0.0).then_some(ours / theirs)
}

fn milliseconds(cost: Option<Cost>) -> String {
    cost.map_or("-".to_owned(), |c| format!("{:.1}", c.seconds * 1e3))
}

fn megabytes(cost: Option<Cost>) -> String {
    cost.map_or("-".to_owned(), |c| format!("{:.1}", c.memory as f64 / 1e6))
}

/// Measures and prints.
pub(crate) fn report(options: &Options, complaints: &mut Vec<String>) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let mut times = Table::new(
        "Compile time on one thread, ms",
        &["module", "clang -O2", "sonc -O2", "ratio", "llc -O0", "sonc -O0", "ratio"],
    );
    let mut sizes = Table::new(
        "Code size (.text) against clang -O2, and peak memory of the compiler, MB",
        &[
            "module",
            "clang -O2, bytes",
            "sonc -O2",
            "sonc -O0",
            "clang -O2, MB",
            "sonc -O2, MB",
            "llc -O0, MB",
            "sonc -O0, MB",
        ],
    );
    let seconds = |c: &Cost| c.seconds;
    let text = |c: &Cost| c.text as f64;
    let mut ratios = [const { Vec::new() }; 6];
    let mut startup: Option<[Option<Cost>; 4]> = None;
    for input in inputs(options, folder.path())? {
        let costs = input.measure(folder.path(), options.rounds, complaints)?;
        let [clang, fast, llc, plain] = costs;
        let row = [
            quotient(fast, clang, seconds),
            quotient(plain, llc, seconds),
            quotient(fast, clang, text),
            quotient(plain, clang, text),
        ];
        if input.name == "startup" {
            startup = Some(costs);
        } else {
            let [o2, o0, text_o2, text_o0] = row;
            let (more_o2, more_o0) = (
                less_startup(&costs, startup.as_ref(), SONC_O2, CLANG_O2),
                less_startup(&costs, startup.as_ref(), SONC_O0, LLC_O0),
            );
            let all = [o2, o0, text_o2, text_o0, more_o2, more_o0];
            ratios.iter_mut().zip(all).for_each(|(column, value)| column.push(value));
        }
        let name = input.name.clone();
        times.row(vec![
            name.clone(),
            milliseconds(clang),
            milliseconds(fast),
            ratio(row[0]),
            milliseconds(llc),
            milliseconds(plain),
            ratio(row[1]),
        ]);
        let bytes = clang.map_or("-".to_owned(), |c| c.text.to_string());
        let mut cells = vec![name, bytes, ratio(row[2]), ratio(row[3])];
        cells.extend([clang, fast, llc, plain].map(megabytes));
        sizes.row(cells);
    }
    let [o2, o0, text_o2, text_o0, more_o2, more_o0] = ratios.map(|column| ratio(geometric_mean(column)));
    let none = String::new;
    times.row(vec!["geometric mean".to_owned(), none(), none(), o2, none(), none(), o0]);
    times.row(vec!["the same less startup".to_owned(), none(), none(), more_o2, none(), none(), more_o0]);
    let mut mean = vec!["geometric mean".to_owned(), none(), text_o2, text_o0];
    mean.extend([none(), none(), none(), none()]);
    sizes.row(mean);
    times.print();
    sizes.print();
    Ok(())
}
