//! A page that shows a function stage by stage: a column for each, and a click on a name marks that node in
//! all of them (after the page that Go's compiler writes for its SSA passes).
//!
//! Stages are texts as [`crate::text::print_function_with`] writes them. With
//! [`Names::Index`](crate::text::Names::Index) a node keeps its name as long as the graph is not compacted.
//!
//! ```
//! use son_ir::views::html::{Stage, page};
//! let stages = [Stage { name: "built", text: "function @f() {\nb0, m0 = start\n  return b0, m0\n}\n" }];
//! let html = page("f", &stages);
//! assert!(html.contains("<span class=n>m0</span>"));
//! ```

use std::fmt::Write;

/// A state of the function.
#[derive(Clone, Copy, Debug)]
pub struct Stage<'a> {
    /// The pass that it comes after.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
}

const STYLE: &str = "
body { margin: 0; font-family: Helvetica, Arial, sans-serif; background: #fafafa; color: #222; }
h1 { font-size: 16px; margin: 10px; }
#stages { display: flex; align-items: flex-start; overflow-x: auto; }
.stage { border-left: 1px solid #ccc; padding: 0 8px; flex: none; }
.stage h2 { font-size: 13px; cursor: pointer; position: sticky; top: 0; background: #fafafa; margin: 0; padding: 6px 0; }
.stage.same h2 { color: #999; }
.stage.closed { width: 22px; overflow: hidden; }
.stage.closed pre { display: none; }
.stage.closed h2 { writing-mode: vertical-rl; }
pre { font: 12px/1.45 Menlo, Consolas, monospace; margin: 0 0 20px; }
.line { white-space: pre; }
.line.new { background: #e9f7e9; }
.n { cursor: pointer; border-radius: 3px; }
.c { color: #999; }
.o { color: #2f6db5; }
";

const SCRIPT: &str = "
const colours = ['#ffd54f', '#80cbc4', '#ef9a9a', '#b39ddb', '#a5d6a7', '#90caf9', '#ffab91', '#e6ee9c'];
const marked = new Map();
document.addEventListener('click', event => {
  const heading = event.target.closest('h2');
  if (heading) { heading.parentNode.classList.toggle('closed'); return; }
  if (!event.target.classList.contains('n')) return;
  const name = event.target.textContent;
  if (marked.has(name)) marked.delete(name);
  else marked.set(name, colours.find(c => ![...marked.values()].includes(c)) || colours[0]);
  document.querySelectorAll('.n').forEach(span => {
    if (span.textContent === name) span.style.background = marked.get(name) || '';
  });
});
";

/// The page; it needs nothing from elsewhere. Stages that changed nothing are closed, and lines that the
/// stage before did not have are marked.
pub fn page(title: &str, stages: &[Stage]) -> String {
    let mut out = String::new();
    let title = escape(title);
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\n\
         <style>{STYLE}</style></head>\n<body><h1>{title}</h1><div id=\"stages\">\n"
    );
    for (index, stage) in stages.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| stages[before].text);
        put_stage(&mut out, stage, before);
    }
    let _ = writeln!(out, "</div><script>{SCRIPT}</script></body></html>");
    out
}

fn put_stage(out: &mut String, stage: &Stage, before: Option<&str>) {
    let same = before == Some(stage.text);
    let class = if same { "stage same closed" } else { "stage" };
    let _ = write!(out, "<div class=\"{class}\"><h2>{}</h2><pre>", escape(stage.name));
    let known: Option<hashbrown::HashSet<&str>> = before.map(|text| text.lines().map(statement).collect());
    for line in stage.text.lines() {
        let new = known.as_ref().is_some_and(|known| !known.contains(statement(line)));
        let _ = write!(out, "<div class=\"line{}\">", if new { " new" } else { "" });
        put_line(out, line);
        out.push_str("</div>");
    }
    out.push_str("</pre></div>\n");
}

/// The line without its comment.
fn statement(line: &str) -> &str {
    line.split(" ;").next().unwrap_or(line).trim_end()
}

/// Names can be clicked, operations and comments have their colours.
fn put_line(out: &mut String, line: &str) {
    let code = statement(line);
    let mut rest = code;
    let mut after_equals = !code.contains(" = ");
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.').unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        out.push_str(&escape(before));
        let literal = before.ends_with(['@', '$', '%', '!', '"']);
        if is_name(word) && !literal {
            let _ = write!(out, "<span class=n>{word}</span>");
        } else if after_equals && !literal && !word.starts_with(|c: char| c.is_ascii_digit()) {
            let _ = write!(out, "<span class=o>{}</span>", escape(word));
            after_equals = false;
        } else {
            out.push_str(&escape(word));
        }
        after_equals |= after.starts_with(" = ");
        rest = after;
    }
    out.push_str(&escape(rest));
    if code.len() < line.len() {
        let _ = write!(out, "<span class=c>{}</span>", escape(&line[code.len()..]));
    }
}

/// Is it a name as the printer gives them?
fn is_name(word: &str) -> bool {
    let number = word.strip_prefix(['b', 'c', 'm', 'n', 's', 't', 'v']);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
