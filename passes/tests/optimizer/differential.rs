//! Random programs mean the same before and after optimization, facts hold, and schedules of what the passes
//! leave order memory right.

use crate::common::random::{Random, program};
use son_ir::analysis::{Ideal, Schedule, check_schedule};
use son_ir::interp::{Captured, Limits, Outcome, Value, run};
use son_ir::{Module, Type};
use son_passes::{Options, optimize};

fn outcome(module: &Module, args: [u64; 2]) -> Outcome {
    let symbol = module.find_symbol("main_function").expect("it was built");
    let args = args.map(|bits| Value::int(Type::I32, bits));
    let limits = Limits { steps: 1_000_000, check_facts: true, ..Limits::default() };
    run(module, symbol, &args, &limits, &mut Captured::default())
}

fn check(seed: u64) {
    let mut module = crate::common::module();
    program(&mut module, &mut Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1));
    let inputs = [[0, 0], [1, 5], [0xffff_fff0, 3], [100, 0x8000_0000]];
    let expected = inputs.map(|input| outcome(&module, input));
    if !expected.iter().all(|outcome| matches!(outcome, Outcome::Returned(_))) {
        assert!(expected.contains(&Outcome::StepLimit), "seed {seed}: {expected:?}");
        return;
    }
    let disabled: Vec<String> = std::env::var("SON_DISABLE")
        .unwrap_or("rotate,unroll,widen,thread".to_owned())
        .split(',')
        .map(str::to_owned)
        .collect();
    let options = Options { verify_each: true, seed: seed % 3, disabled: &disabled, ..Options::default() };
    optimize(&mut module, &options).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    for function in &module.functions {
        let schedule = Schedule::new(&function.graph);
        if let Err(error) = check_schedule(&function.graph, &Ideal, &schedule) {
            panic!("seed {seed}: {error}");
        }
    }
    for (input, expected) in inputs.into_iter().zip(expected) {
        assert_eq!(outcome(&module, input), expected, "seed {seed}, arguments {input:?}");
    }
}

#[test]
fn random_programs_mean_the_same() {
    let count = std::env::var("SON_DIFFERENTIAL").ok().and_then(|count| count.parse().ok()).unwrap_or(150);
    let first = std::env::var("SON_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    (first..first + count).for_each(check);
}
