//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Compiler backend on a Sea-of-Nodes graph.
#[derive(Parser)]
#[command(name = "sonc", version, about, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  sonc build program.ll                 program.o beside it, optimized
  sonc build program.ll --emit asm -o - assembly listing on standard output
  sonc cc -O2 main.c util.c -o program  compile and link C
  sonc run program.ll 10                compile, link, run with one argument
  sonc interp program.son               run in the reference interpreter
  sonc view program.ll --function main -o main.svg
  sonc prove                            check every rewrite rule with z3";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Compile LLVM IR text or a .son file to an object, a listing, or a view.
    Build(Build),
    /// Compile and link C with gcc's options: clang makes unoptimized IR, sonc compiles it, cc links.
    #[command(disable_help_flag = true)]
    Cc(Cc),
    /// Compile, link and run; the exit code is the program's.
    Run(Run),
    /// Run in the reference interpreter, which reports undefined behaviour.
    Interp(Interp),
    /// Draw a function's graph.
    View(View),
    /// Shrink an input while a command still fails on it.
    Reduce(Reduce),
    /// Check rewrite rules with an SMT solver.
    Prove(Prove),
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Emit {
    /// Object file.
    Obj,
    /// Assembly listing.
    Asm,
    /// The module's text form after optimization.
    Son,
    /// Graphviz graph of each function.
    Dot,
}

#[derive(Args, Clone)]
pub(crate) struct Pipeline {
    /// Optimization level.
    #[arg(short = 'O', value_name = "LEVEL", default_value = "2", value_parser = clap::value_parser!(u8).range(0..=3))]
    pub(crate) level: u8,
    /// Target triple; default: the module's, else the host's. x86_64 and aarch64 for Linux and others with ELF, Apple
    /// (`aarch64-apple-darwin`), Windows (`x86_64-pc-windows-msvc`, `x86_64-pc-windows-gnu`).
    #[arg(long, value_name = "TRIPLE")]
    pub(crate) target: Option<String>,
    /// Processor: `generic`, `x86-64`, `x86-64-v2`, `x86-64-v3`, `armv8.1-a`, `neoverse-n1`, ...
    #[arg(long, value_name = "NAME", default_value = "generic")]
    pub(crate) cpu: String,
    /// Threads; the output is the same whatever their number.
    #[arg(short = 'j', value_name = "N", default_value = "1")]
    pub(crate) jobs: usize,
    /// Lines of the source for debuggers: CodeView for Windows, else DWARF; the input needs places (IR made with `-g`).
    #[arg(short = 'g')]
    pub(crate) debug: bool,
    /// Print the time of each pass to standard error.
    #[arg(long)]
    pub(crate) time_passes: bool,
    /// Write statistics as JSON.
    #[arg(long, value_name = "FILE.json")]
    pub(crate) stats: Option<PathBuf>,
    /// Say of each allocation where it ends, of calls whether they are inlined, and why, on standard error or in a
    /// file; places need IR made with `-g`.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    pub(crate) remarks: Option<PathBuf>,
    /// Verify the graph after each pass.
    #[arg(long)]
    pub(crate) verify_each: bool,
    /// Keep each branch and check that a proof removes, as one that aborts if the proof is wrong.
    #[arg(long)]
    pub(crate) keep_proven_checks: bool,
    /// Stop a pass after so many changes: `peephole:137`.
    #[arg(long, value_name = "PASS:N")]
    pub(crate) fuel: Option<String>,
    /// Leave out these passes, separated by commas: finds the guilty one.
    #[arg(long, value_name = "PASS,...", value_delimiter = ',')]
    pub(crate) disable: Vec<String>,
    /// Run these passes alone, in this order, separated by commas, instead of those of the level.
    #[arg(long, value_name = "PASS,...", value_delimiter = ',')]
    pub(crate) passes: Vec<String>,
    /// Shuffle what must not matter.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
}

impl Default for Pipeline {
    fn default() -> Pipeline {
        Pipeline {
            level: 2,
            target: None,
            cpu: "generic".to_owned(),
            jobs: 1,
            debug: false,
            time_passes: false,
            stats: None,
            remarks: None,
            verify_each: false,
            keep_proven_checks: false,
            fuel: None,
            disable: Vec::new(),
            passes: Vec::new(),
            seed: None,
        }
    }
}

#[derive(Args, Clone)]
pub(crate) struct Build {
    /// LLVM IR text (versions 15 to 22) or .son text, told apart by content; `-` is standard input.
    pub(crate) input: PathBuf,
    /// Output; default: beside the input; `-` is standard output.
    #[arg(short, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    /// What to make.
    #[arg(long, value_enum, default_value = "obj")]
    pub(crate) emit: Emit,
    #[command(flatten)]
    pub(crate) pipeline: Pipeline,
}

#[derive(Args)]
pub(crate) struct Cc {
    /// Options of gcc, files to compile and link.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) args: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) pipeline: Pipeline,
    /// LLVM IR text or .son text.
    pub(crate) input: PathBuf,
    /// Arguments of the program.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) args: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Interp {
    /// Optimize before: what runs is the graph as it is then.
    #[arg(short = 'O', value_name = "LEVEL", default_value = "0", value_parser = clap::value_parser!(u8).range(0..=3))]
    pub(crate) level: u8,
    /// Verify the graph after each pass.
    #[arg(long)]
    pub(crate) verify_each: bool,
    /// Stop a pass after so many changes: `peephole:137`.
    #[arg(long, value_name = "PASS:N")]
    pub(crate) fuel: Option<String>,
    /// Leave out these passes, separated by commas.
    #[arg(long, value_name = "PASS,...", value_delimiter = ',')]
    pub(crate) disable: Vec<String>,
    /// Check each value against what the graph says of it.
    #[arg(long)]
    pub(crate) check_facts: bool,
    /// LLVM IR text or .son text.
    pub(crate) input: PathBuf,
    /// Arguments of the program.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) args: Vec<String>,
}

#[derive(Args)]
pub(crate) struct View {
    /// LLVM IR text or .son text.
    pub(crate) input: PathBuf,
    /// Show the graph after this pass; default: after all of the level.
    #[arg(long, value_name = "PASS")]
    pub(crate) pass: Option<String>,
    /// Function to draw; default: the first.
    #[arg(long, value_name = "NAME")]
    pub(crate) function: Option<String>,
    /// `.dot`, or `.svg` drawn by Graphviz's `dot`; default: DOT on standard output.
    #[arg(short, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) pipeline: Pipeline,
}

#[derive(Args)]
pub(crate) struct Reduce {
    /// The failing input.
    pub(crate) input: PathBuf,
    /// Shell command that exits with status 0 while the input is still interesting; `{}` is the file.
    #[arg(long, value_name = "CMD")]
    pub(crate) check: String,
    /// Output; default: the input's name with `.reduced` before its ending.
    #[arg(short, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Prove {
    /// Names of rules; default: all.
    pub(crate) rules: Vec<String>,
}
