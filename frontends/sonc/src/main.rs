//! `sonc`: the command-line tool of the son compiler backend.
//!
//! One file for each subcommand; [`pipeline`] holds the steps that they share, [`input`] and [`output`] the
//! two ends.

mod cc;
mod error;
mod input;
mod options;
mod output;
mod pipeline;
mod prove;
mod reduce;
mod run;
mod stats;
mod view;

use clap::Parser;
use error::Failure;
use options::{Cli, Command};
use std::process::ExitCode;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| eprintln!("{}", error::internal(panic))));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => {
            let _ = usage.print();
            return if usage.use_stderr() { ExitCode::from(1) } else { ExitCode::SUCCESS };
        }
    };
    match std::panic::catch_unwind(|| execute(cli.command)) {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => {
            eprintln!("{failure}");
            ExitCode::from(1)
        }
        Err(_) => ExitCode::from(101),
    }
}

fn execute(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Build(options) => pipeline::build(&options).map(|()| ExitCode::SUCCESS),
        Command::Cc(options) => cc::drive(&options.args),
        Command::Run(options) => run::native(&options),
        Command::Interp(options) => run::interpreted(&options),
        Command::View(options) => view::view(&options).map(|()| ExitCode::SUCCESS),
        Command::Reduce(options) => reduce::reduce(&options).map(|()| ExitCode::SUCCESS),
        Command::Prove(options) => prove::prove(&options),
    }
}
