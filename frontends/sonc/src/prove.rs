//! `sonc prove`: checks rewrite rules with z3.

use crate::error::Failure;
use crate::options::Prove;
use son_rulegen::Rule;
use son_rulegen::prove::{Options, prove_all};
use std::process::ExitCode;

/// Proves the named rules, or all. Each rule's verdict is printed; status 1 if one is refuted or has no answer.
pub(crate) fn prove(options: &Prove) -> Result<ExitCode, Failure> {
    let rules = chosen(&options.rules)?;
    let solvers = std::thread::available_parallelism().map_or(1, |count| count.get());
    let verdicts = prove_all(&rules, &Options::default(), solvers, |rule, verdict, time| {
        println!("{}: {verdict} [{:.1} s]", rule.name, time.as_secs_f64());
    })
    .map_err(Failure::new)?;
    let good = verdicts.iter().filter(|verdict| verdict.is_good()).count();
    println!("{} rules, {good} proven or listed with the reason why not", verdicts.len());
    Ok(if good == verdicts.len() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The rules of these names, all if there are none.
fn chosen(names: &[String]) -> Result<Vec<Rule>, Failure> {
    let mut rules = Vec::new();
    for (file, text) in son_ir::peep::rule_files() {
        let read = son_rulegen::read(file, text);
        rules.extend(read.map_err(|errors| Failure::new(errors.first().map_or(String::new(), ToString::to_string)))?);
    }
    if names.is_empty() {
        return Ok(rules);
    }
    if let Some(unknown) = names.iter().find(|name| !rules.iter().any(|rule| rule.name == **name)) {
        return Err(Failure::new(format!("there is no rule named {unknown}")));
    }
    rules.retain(|rule| names.contains(&rule.name));
    Ok(rules)
}
