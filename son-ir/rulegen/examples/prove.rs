//! Proves the rules of the files given: `cargo run -p son-rulegen --example prove -- [-t SECONDS] FILE... [RULE...]`.

use son_rulegen::prove::{Options, prove_all};

fn main() {
    let mut options = Options::default();
    let (mut rules, mut names, mut args) = (Vec::new(), Vec::new(), std::env::args().skip(1));
    while let Some(arg) = args.next() {
        if arg == "-t" {
            options.timeout = std::time::Duration::from_secs(args.next().and_then(|n| n.parse().ok()).unwrap_or(60));
        } else if arg.ends_with(".rules") {
            let text = std::fs::read_to_string(&arg).expect("a readable file");
            match son_rulegen::read(&arg, &text) {
                Ok(read) => rules.extend(read),
                Err(errors) => {
                    errors.iter().for_each(|error| eprintln!("{error}"));
                    std::process::exit(1);
                }
            }
        } else {
            names.push(arg);
        }
    }
    if !names.is_empty() {
        rules.retain(|rule| names.contains(&rule.name));
    }
    let verdicts = prove_all(&rules, &options, 2, |rule, verdict, time| {
        if !verdict.is_good() || time.as_secs() >= 3 || !names.is_empty() {
            println!("{} {}\n  {verdict} [{:.1} s]", rule.name, rule.text, time.as_secs_f64());
        }
    });
    match verdicts {
        Ok(verdicts) => {
            println!("{} rules, {} good", verdicts.len(), verdicts.iter().filter(|verdict| verdict.is_good()).count())
        }
        Err(error) => println!("{error}"),
    }
}
