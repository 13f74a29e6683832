//! Prints the queries of a rule: `query FILE RULE WIDTH`.
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&args[1]).unwrap();
    for rule in son_rulegen::read(&args[1], &text).unwrap() {
        if rule.name == args[2] {
            for q in son_rulegen::smt::queries(&rule, args[3].parse().unwrap()) {
                println!("; {}\n{}(check-sat)", q.instance, q.text);
            }
        }
    }
}
