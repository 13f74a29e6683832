//! States that deoptimization hands over: is what optimized code hands over what the original could?

use son_ir::interp::{Captured, DeoptState, Interpreter, Limits, Outcome, StateValue, Value};
use son_ir::{Module, SymbolId};

/// Most guards of the original that are looked at.
const MAX_TRIED: u64 = 20_000;

/// Is what the optimized function does among what the original may do?
pub fn refines(original: &Outcome, optimized: &Outcome) -> bool {
    match (original, optimized) {
        (Outcome::Undefined(..) | Outcome::StepLimit, _) => true,
        (Outcome::Returned(before), Outcome::Returned(after)) => {
            before.iter().zip(after).all(|(before, after)| value_refines(before, after))
        }
        (Outcome::Deopt(before), Outcome::Deopt(after)) => state_refines(before, after),
        _ => original == optimized,
    }
}

fn value_refines(before: &Value, after: &Value) -> bool {
    let is_nan = |value: &Value| value.as_f64().is_some_and(f64::is_nan);
    before.is_poison() || before == after || (is_nan(before) && is_nan(after))
}

/// Frames, memory, and objects up to where they lie: both number objects as they find them.
pub fn state_refines(before: &DeoptState, after: &DeoptState) -> bool {
    let values = |before: &[StateValue], after: &[StateValue]| {
        before.len() == after.len()
            && before.iter().zip(after).all(|values| match values {
                (StateValue::Value(before), StateValue::Value(after)) => value_refines(before, after),
                (before, after) => before == after,
            })
    };
    let same_lengths = before.frames.len() == after.frames.len()
        && before.objects.len() == after.objects.len()
        && before.memory.len() == after.memory.len();
    let mut frames = before.frames.iter().zip(&after.frames);
    let mut objects = before.objects.iter().zip(&after.objects);
    let mut memory = before.memory.iter().zip(&after.memory);
    same_lengths
        && frames.all(|(a, b)| (a.function, a.pc) == (b.function, b.pc) && values(&a.values, &b.values))
        && objects.all(|(a, b)| a.shape == b.shape && values(&a.fields, &b.fields))
        && memory.all(|(a, b)| a.0 == b.0 && values(&a.1, &b.1))
}

/// Makes each guard and safepoint of a call leave it in turn, at most so many. Each state that the optimized module hands
/// over has to be one that the original does, in their order: an optimizer may remove guards, and test ahead of others
/// what they do, with a state from where unoptimized code comes to them. It may leave where the original goes on, too.
/// Returns how many guards the optimized call executes.
///
/// # Errors
/// The first guard of the optimized module whose state is none of the original's.
pub fn compare(
    (original, optimized): (&Module, &Module),
    function: SymbolId,
    args: &[Value],
    limits: &Limits,
    most: u64,
) -> Result<u64, String> {
    let (before, after) = (Interpreter::new(original), Interpreter::new(optimized));
    // What is computed ahead may be more than what was needed.
    let steps = |determinate| if determinate { limits.steps } else { 2 * limits.steps };
    let run = |interpreter: &Interpreter, guard: Option<u64>, determinate| {
        let limits = Limits { fail_guard: guard, determinate, steps: steps(determinate), ..limits.clone() };
        interpreter.run(function, args, &limits, &mut Captured::default())
    };
    let (whole, result) = (run(&before, None, true), run(&after, None, false));
    if matches!(whole, Outcome::Undefined(..) | Outcome::StepLimit) {
        return Ok(0);
    }
    if !matches!(result, Outcome::Deopt(_)) && !refines(&whole, &result) {
        return Err(format!("{whole} became {result}"));
    }
    let mut original_guard = 0;
    for guard in 0..most {
        let outcome = run(&after, Some(guard), false);
        let state = match &outcome {
            Outcome::Deopt(state) => state,
            outcome if *outcome == result => return Ok(guard),
            outcome => return Err(format!("guard {guard} fails, and then: {outcome}")),
        };
        let mut tried = Vec::new();
        loop {
            match run(&before, Some(original_guard), true) {
                Outcome::Deopt(before) if state_refines(&before, state) => break,
                Outcome::Deopt(before) if tried.len() < 3 => tried.push(before.to_string()),
                Outcome::Deopt(_) if original_guard < MAX_TRIED => {}
                _ => return Err(format!("guard {guard} hands over {state}\nnot one of: {}", tried.join("\n"))),
            }
            original_guard += 1;
        }
        if outcome == result {
            return Ok(guard + 1);
        }
    }
    Ok(most)
}
