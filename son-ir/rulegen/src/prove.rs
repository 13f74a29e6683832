//! The prover: hands the queries of rules to z3 and reads its answers.
//!
//! One z3 process answers many queries, with `(reset)` between them rather than push and pop, which would
//! keep z3 from its tactic for bit vectors.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::rule::Rule;
use crate::smt::{self, Query};

/// Widths at which every rule is proven, unless its `proof` note leaves some out.
pub const WIDTHS: [u32; 4] = [8, 16, 32, 64];

/// Further widths that cost little and find much: of Booleans, and one that is no power of two.
pub const ODD_WIDTHS: [u32; 2] = [1, 12];

/// How the prover works.
#[derive(Clone, Debug)]
pub struct Options {
    /// The solver.
    pub z3: String,
    /// Time for each query.
    pub timeout: Duration,
    /// Time for the first try of a query that can be split into cases.
    pub first_timeout: Duration,
    /// Time for a query at a width that the rule's `proof` note leaves out: it may not be refuted at once.
    pub short_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            z3: "z3".into(),
            timeout: Duration::from_secs(60),
            first_timeout: Duration::from_secs(1),
            short_timeout: Duration::from_millis(500),
        }
    }
}

/// What became of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Proven at all widths; so many queries.
    Proven(usize),
    /// Proven at the widths that its note lists, with the reason.
    Restricted(Vec<u32>, String),
    /// Its note says that it cannot be proven, with the reason.
    Unproven(String),
    /// Wrong: the instance and a counterexample.
    Refuted(String),
    /// No answer in time, at this instance.
    Unknown(String),
    /// No instance of the rule is well-typed at any width.
    Vacuous,
}

impl Verdict {
    /// May a rule with this verdict merge?
    pub fn is_good(&self) -> bool {
        matches!(self, Verdict::Proven(_) | Verdict::Restricted(..) | Verdict::Unproven(_))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Proven(queries) => write!(f, "proven ({queries} queries)"),
            Verdict::Restricted(widths, reason) => write!(f, "proven at widths {widths:?} only: {reason}"),
            Verdict::Unproven(reason) => write!(f, "not proven: {reason}"),
            Verdict::Refuted(counterexample) => write!(f, "WRONG\n{counterexample}"),
            Verdict::Unknown(instance) => write!(f, "NO ANSWER in time at {instance}"),
            Verdict::Vacuous => write!(f, "VACUOUS: no width gives it a valid type"),
        }
    }
}

/// An error of the solver itself.
#[derive(Debug, thiserror::Error)]
pub enum ProverError {
    /// It could not be run.
    #[error("cannot run {0}: {1}")]
    Start(String, std::io::Error),
    /// It stopped.
    #[error("the solver stopped: {0}")]
    Pipe(#[from] std::io::Error),
    /// It did not understand a query.
    #[error("rule {rule}: the solver says {message}")]
    Query {
        /// Name of the rule.
        rule: String,
        /// What z3 says.
        message: String,
    },
}

/// A running z3.
pub struct Prover {
    options: Options,
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

enum Answer {
    Unsat,
    Sat(String),
    Unknown,
}

impl Prover {
    /// Starts z3.
    pub fn start(options: Options) -> Result<Prover, ProverError> {
        let start = |error| ProverError::Start(options.z3.clone(), error);
        let mut process =
            Command::new(&options.z3).arg("-in").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(start)?;
        let input = process.stdin.take().expect("it is piped");
        let output = BufReader::new(process.stdout.take().expect("it is piped"));
        Ok(Prover { options, process, input, output })
    }

    /// Proves one rule at all widths that its note does not leave out.
    pub fn prove(&mut self, rule: &Rule) -> Result<Verdict, ProverError> {
        let only = rule.proof.as_ref().map(|proof| proof.widths.as_slice());
        let (mut count, mut asked) = (0, Vec::new());
        for width in ODD_WIDTHS.iter().chain(&WIDTHS).copied() {
            let listed =
                only.is_none_or(|widths| widths.contains(&width) || width < widths.iter().copied().max().unwrap_or(0));
            if !listed && only.is_some_and(<[u32]>::is_empty) {
                continue;
            }
            let timeout = if listed { self.options.timeout } else { self.options.short_timeout };
            for query in smt::queries(rule, width) {
                if asked.contains(&query.text) {
                    continue;
                }
                match self.decide(rule, &query, timeout, listed)? {
                    Answer::Sat(model) => return Ok(Verdict::Refuted(describe(&query, &model))),
                    Answer::Unknown if listed => return Ok(Verdict::Unknown(query.instance)),
                    _ => count += usize::from(listed),
                }
                asked.push(query.text);
            }
        }
        Ok(match &rule.proof {
            Some(proof) if proof.widths.is_empty() => Verdict::Unproven(proof.reason.clone()),
            _ if count == 0 => Verdict::Vacuous,
            Some(proof) => Verdict::Restricted(proof.widths.clone(), proof.reason.clone()),
            None => Verdict::Proven(count),
        })
    }

    /// Asks the query as a whole, then, if that is too hard, by cases, then as a whole with all the time.
    fn decide(&mut self, rule: &Rule, query: &Query, timeout: Duration, listed: bool) -> Result<Answer, ProverError> {
        let cases = if listed { smt::cases(rule, query) } else { Vec::new() };
        if cases.is_empty() {
            return self.ask(rule, query, timeout);
        }
        match self.ask(rule, query, self.options.first_timeout)? {
            Answer::Unknown => {}
            answer => return Ok(answer),
        }
        for case in &cases {
            match self.ask(rule, case, timeout / 8)? {
                Answer::Unsat => {}
                Answer::Unknown => return self.ask(rule, query, timeout),
                answer => return Ok(answer),
            }
        }
        Ok(Answer::Unsat)
    }

    fn ask(&mut self, rule: &Rule, query: &Query, timeout: Duration) -> Result<Answer, ProverError> {
        // The lazy solver sees what only needs arithmetic, the bit-blasting one the rest.
        let head = format!("(reset)\n(set-option :timeout {})\n", timeout.as_millis());
        let lazy = timeout.min(self.options.first_timeout).as_millis() / 2;
        let check = format!("(check-sat-using (or-else (try-for smt {lazy}) default))");
        let shown: Vec<&str> = query.shown.iter().map(|(_, term)| term.as_str()).collect();
        write!(self.input, "{head}{}{check}\n(echo \"<end>\")\n", query.text)?;
        self.input.flush()?;
        match self.answer(rule)?.as_str() {
            "unsat" => Ok(Answer::Unsat),
            "sat" => {
                write!(self.input, "(get-value ({}))\n(echo \"<end>\")\n", shown.join(" "))?;
                self.input.flush()?;
                Ok(Answer::Sat(if shown.is_empty() { String::new() } else { self.answer(rule)? }))
            }
            _ => Ok(Answer::Unknown),
        }
    }

    /// What z3 prints up to the end mark.
    fn answer(&mut self, rule: &Rule) -> Result<String, ProverError> {
        let mut text = String::new();
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line)? == 0 {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
            }
            match line.trim() {
                "<end>" => break,
                line => text = if text.is_empty() { line.to_string() } else { format!("{text} {line}") },
            }
        }
        if text.contains("(error") {
            return Err(ProverError::Query { rule: rule.name.clone(), message: text });
        }
        Ok(text)
    }
}

impl Drop for Prover {
    fn drop(&mut self) {
        // It may be busy, or gone already: either way nothing is left to do.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A counterexample for people: one line for each name.
fn describe(query: &Query, model: &str) -> String {
    let mut text = format!("  at {}", query.instance);
    if query.ill_typed {
        text.push_str("\n  the result has no valid type there: a condition on widths is missing");
        return text;
    }
    for ((name, _), value) in query.shown.iter().zip(values(model)) {
        if value != "false" {
            text.push_str(&format!("\n  {name} = {value}"));
        }
    }
    text
}

/// The values of `((term value) (term value) ...)`, in order.
fn values(model: &str) -> Vec<String> {
    let inner = model.trim().strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or_default();
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, c) in inner.char_indices() {
        match c {
            '(' if depth == 0 => (depth, start) = (1, at + 1),
            '(' => depth += 1,
            ')' if depth == 1 => {
                depth = 0;
                found.push(value_of(&inner[start..at]));
            }
            ')' => depth -= 1,
            _ => {}
        }
    }
    found
}

/// The second half of `term value`; the term is one word or one pair of bars.
fn value_of(pair: &str) -> String {
    let term = match pair.strip_prefix('|') {
        Some(rest) => rest.find('|').map(|at| at + 2),
        None => pair.find(' '),
    };
    let value = pair[term.unwrap_or(0)..].trim();
    match value.strip_prefix("#x").and_then(|digits| u128::from_str_radix(digits, 16).ok().zip(Some(digits.len()))) {
        Some((number, digits)) => format!("{value} ({})", (number << (128 - 4 * digits)) as i128 >> (128 - 4 * digits)),
        None => value.to_string(),
    }
}

/// Proves all rules on so many solvers at once. Calls `done` for each as it is decided.
pub fn prove_all(
    rules: &[Rule],
    options: &Options,
    solvers: usize,
    done: impl Fn(&Rule, &Verdict, Duration) + Sync,
) -> Result<Vec<Verdict>, ProverError> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let worker = || -> Result<Vec<(usize, Verdict)>, ProverError> {
        let mut prover = Prover::start(options.clone())?;
        let mut verdicts = Vec::new();
        loop {
            let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(rule) = rules.get(index) else { return Ok(verdicts) };
            let start = Instant::now();
            let verdict = prover.prove(rule)?;
            done(rule, &verdict, start.elapsed());
            verdicts.push((index, verdict));
        }
    };
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..solvers.max(1)).map(|_| scope.spawn(worker)).collect();
        threads.into_iter().map(|thread| thread.join().expect("a prover thread does not panic")).collect()
    });
    let mut verdicts = Vec::new();
    for result in results {
        verdicts.extend(result?);
    }
    verdicts.sort_by_key(|(index, _)| *index);
    Ok(verdicts.into_iter().map(|(_, verdict)| verdict).collect())
}
