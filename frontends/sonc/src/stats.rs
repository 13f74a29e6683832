//! Reports of the optimizer: a table for people, JSON for programs.

use son_passes::Report;
use std::fmt::Write;

/// Time, visits and changes of each pass.
pub(crate) fn table(report: &Report) -> String {
    let mut out = format!("{:<14}{:>8}{:>12}{:>12}{:>12}\n", "pass", "runs", "ms", "visits", "changes");
    for pass in &report.passes {
        let ms = pass.time.as_secs_f64() * 1e3;
        let _ = writeln!(out, "{:<14}{:>8}{ms:>12.2}{:>12}{:>12}", pass.name, pass.runs, pass.visits, pass.changes);
    }
    let _ = writeln!(out, "nodes: {} before, {} after", report.nodes_before, report.nodes_after);
    out
}

/// The report as JSON. Names of passes and counters are plain words, which need no escapes.
pub(crate) fn json(report: &Report) -> String {
    let mut out = format!(
        "{{\n  \"nodes_before\": {},\n  \"nodes_after\": {},\n  \"passes\": [",
        report.nodes_before, report.nodes_after
    );
    for (i, pass) in report.passes.iter().enumerate() {
        let counters: Vec<String> = pass.counters.iter().map(|(name, count)| format!("\"{name}\": {count}")).collect();
        let _ = write!(
            out,
            "{}\n    {{\"name\": \"{}\", \"runs\": {}, \"microseconds\": {}, \"visits\": {}, \"changes\": {}, \"counters\": {{{}}}}}",
            if i == 0 { "" } else { "," },
            pass.name,
            pass.runs,
            pass.time.as_micros(),
            pass.visits,
            pass.changes,
            counters.join(", ")
        );
    }
    out.push_str("\n  ]\n}\n");
    out
}
