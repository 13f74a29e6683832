//! The table of passes and the pipelines made of them; that each pass finds the form it needs is checked
//! when this file is compiled.

use crate::tail::{tail_calls, tail_recursion};
use crate::{Context, Level};
use crate::{
    assumed, escape, if_convert, linear, loops, memory, merge_branches, peephole, roots, scalar, sccp, thread,
};
use son_ir::Function;

/// Properties of a function that passes need, give and break.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Form(u16);

impl Form {
    /// None.
    pub const NONE: Form = Form(0);
    /// Each region that control comes back to is a `loop` with one entry and one back edge.
    pub const LOOPS: Form = Form(1);
    /// No rewrite rule applies anywhere.
    pub const PEEPED: Form = Form(2);
    /// Memory is sliced by alias class.
    pub const SLICED: Form = Form(4);
    /// Stack slots that are only loaded and stored whole are gone.
    pub const PROMOTED: Form = Form(8);
    /// Inner loops are tested at their ends.
    pub const ROTATED: Form = Form(16);

    /// What a frontend delivers.
    pub const BUILT: Form = Form::LOOPS;

    /// The union.
    pub const fn or(self, other: Form) -> Form {
        Form(self.0 | other.0)
    }

    /// Does it contain all of `other`?
    pub const fn has(self, other: Form) -> bool {
        self.0 & other.0 == other.0
    }

    /// The form after a pass that found this one; `None` if the pass needs more.
    const fn after(self, pass: &Pass) -> Option<Form> {
        if !self.has(pass.needs) {
            return None;
        }
        Some(Form(self.0 & !pass.breaks.0 | pass.gives.0))
    }
}

/// A pass: what it is called, what it needs of the function, and what is true of the function afterwards.
pub struct Pass {
    /// Its name in options and reports.
    pub name: &'static str,
    /// Properties that it finds.
    pub needs: Form,
    /// Properties that hold afterwards.
    pub gives: Form,
    /// Properties that need not hold any more.
    pub breaks: Form,
    /// What it does.
    pub run: fn(&mut Function, &mut Context),
}

/// Rewrite rules to the fixpoint.
pub const PEEPHOLE: Pass =
    Pass { name: "peephole", needs: Form::NONE, gives: Form::PEEPED, breaks: Form::NONE, run: peephole::run };

/// Constants, ranges and reachability, assumed as long as nothing speaks against them.
pub const SCCP: Pass =
    Pass { name: "sccp", needs: Form::LOOPS, gives: Form::NONE, breaks: Form::PEEPED, run: sccp::run };
/// Slices of memory are joined to one chain.
pub const LINEAR: Pass = Pass {
    name: "linear",
    needs: Form::LOOPS,
    gives: Form::NONE,
    breaks: Form::SLICED,
    run: |function, context| {
        let joined = linear::linearize(function);
        context.made(usize::from(joined));
    },
};

/// Calls of C's square root become the op.
pub const ROOTS: Pass = Pass {
    name: "roots",
    needs: Form::NONE,
    gives: Form::NONE,
    breaks: Form::PEEPED.or(Form::SLICED),
    run: roots::run,
};

/// Stack slots become a slot a field, with alias classes of their own.
pub const SCALAR: Pass = Pass {
    name: "scalar",
    needs: Form::NONE,
    gives: Form::NONE,
    breaks: Form::PEEPED.or(Form::SLICED),
    run: |function, context| {
        let split = scalar::split_slots(function);
        context.made(split);
    },
};

/// Ways into a branch that decide it go past it.
pub const THREAD: Pass = Pass {
    name: "thread",
    needs: Form::LOOPS,
    gives: Form::NONE,
    breaks: Form::PEEPED,
    run: |function, context| {
        let threaded = thread::thread(&mut function.graph);
        context.made(threaded);
    },
};

/// Branches of which only one side may ever be taken go.
pub const ASSUMED: Pass =
    Pass { name: "assumed", needs: Form::LOOPS, gives: Form::NONE, breaks: Form::PEEPED, run: assumed::run };

/// Branches that test one value for one outcome become one.
pub const MERGE_BRANCHES: Pass = Pass {
    name: "merge_branches",
    needs: Form::NONE,
    gives: Form::NONE,
    breaks: Form::PEEPED,
    run: |function, context| {
        let merged = merge_branches::merge(&mut function.graph);
        context.made(merged);
    },
};

/// Branches that only choose between values become selects.
pub const IF_CONVERT: Pass = Pass {
    name: "if_convert",
    needs: Form::NONE,
    gives: Form::NONE,
    breaks: Form::PEEPED,
    run: |function, context| {
        let converted = if_convert::convert(&mut function.graph);
        context.made(converted);
    },
};

/// Recursion in tail position becomes a loop.
pub const TAIL_RECURSION: Pass = Pass {
    name: "tail_recursion",
    needs: Form::LOOPS,
    gives: Form::NONE,
    breaks: Form::PEEPED.or(Form::SLICED).or(Form::ROTATED),
    run: tail_recursion::run,
};

/// Calls in tail position take the place of the frame.
pub const TAIL_CALLS: Pass =
    Pass { name: "tail_calls", needs: Form::NONE, gives: Form::NONE, breaks: Form::PEEPED, run: tail_calls::run };

/// Memory becomes a chain for each alias class.
pub const SLICES: Pass =
    Pass { name: "slices", needs: Form::LOOPS, gives: Form::SLICED, breaks: Form::PEEPED, run: memory::slices::run };

/// Slots that are only loaded and stored whole become values.
pub const PROMOTE: Pass =
    Pass { name: "promote", needs: Form::SLICED, gives: Form::NONE, breaks: Form::PEEPED, run: memory::promote::run };

/// Loads of known values become them; invariant loads leave loops.
pub const FORWARD: Pass =
    Pass { name: "forward", needs: Form::LOOPS, gives: Form::NONE, breaks: Form::PEEPED, run: memory::forward::run };

/// Writes that nobody reads go.
pub const DEAD_STORES: Pass = Pass {
    name: "dead_stores",
    needs: Form::NONE,
    gives: Form::NONE,
    breaks: Form::PEEPED,
    run: memory::dead_stores::run,
};

/// Neighbouring accesses become one.
pub const JOIN_ACCESSES: Pass = Pass {
    name: "join_accesses",
    needs: Form::NONE,
    gives: Form::NONE,
    breaks: Form::PEEPED,
    run: memory::join_accesses::run,
};

/// Memory of an allocator that does not escape becomes stack slots.
pub const ESCAPE: Pass = Pass {
    name: "escape",
    needs: Form::LOOPS,
    gives: Form::NONE,
    breaks: Form::PEEPED.or(Form::SLICED),
    run: escape::run,
};

/// Loops that test at their heads test at their ends.
pub const ROTATE: Pass = Pass {
    name: "rotate",
    needs: Form::LOOPS,
    gives: Form::ROTATED,
    breaks: Form::PEEPED,
    run: |function, context| {
        let rotated = loops::rotate::rotate(&mut function.graph);
        context.made(rotated);
    },
};

/// Guards in loops become one guard ahead of each.
pub const PREDICATE: Pass =
    Pass { name: "predicate", needs: Form::LOOPS, gives: Form::NONE, breaks: Form::PEEPED, run: loops::predicate::run };

/// Narrow counters that index memory become wide ones.
pub const WIDEN: Pass = Pass {
    name: "widen",
    needs: Form::LOOPS,
    gives: Form::NONE,
    breaks: Form::PEEPED,
    run: |function, context| {
        let widened = loops::widen::widen(&mut function.graph);
        context.made(widened);
    },
};

/// Loops are split into one without checks and one for the rest.
pub const SPLIT: Pass = Pass {
    name: "split",
    needs: Form::LOOPS,
    gives: Form::NONE,
    breaks: Form::PEEPED,
    run: |function, context| {
        if context.level > Level::O1 {
            let split = loops::split::split(&mut function.graph);
            context.made(split);
        }
    },
};

/// Loops of few iterations become straight code.
pub const UNROLL: Pass = Pass {
    name: "unroll",
    needs: Form::LOOPS.or(Form::ROTATED),
    gives: Form::NONE,
    breaks: Form::PEEPED,
    run: |function, context| {
        let unrolled = loops::unroll::unroll(&mut function.graph, context.on_trial);
        context.made(unrolled);
    },
};

/// What holds up a loop is computed in as few steps as can be.
pub const SHORTEN: Pass = Pass {
    name: "shorten",
    needs: Form::LOOPS,
    gives: Form::NONE,
    breaks: Form::PEEPED,
    run: |function, context| {
        let shortened = loops::shorten::shorten(&mut function.graph);
        context.made(shortened);
    },
};

/// From what a frontend built, or from what inlining left, to a form that callers may inline. It is run again, and
/// [`FINISH`] with it, as long as that may make allocations go.
pub const SIMPLIFY: &[Pass] = &[
    LINEAR,
    ROOTS,
    PEEPHOLE,
    SCALAR,
    TAIL_RECURSION,
    SLICES,
    PROMOTE,
    FORWARD,
    SCCP,
    PEEPHOLE,
    FORWARD,
    DEAD_STORES,
    PEEPHOLE,
    ESCAPE,
];

/// What of [`FINISH`] makes more known of memory: done early where allocations may go by that.
pub const STRAIGHTEN: &[Pass] = &[THREAD, ROTATE, UNROLL];

/// Slices memory where [`ESCAPE`] joined it last.
pub const SLICE_AGAIN: &[Pass] = &[LINEAR, SLICES];

/// Once it is known what a function is called with.
pub const TOLD: &[Pass] = &[SCCP, PEEPHOLE];

/// Where checks are left when branches and loops are straight: more may be known of them by then.
pub const CHECKED: &[Pass] = &[SCCP, PEEPHOLE];

/// Where guards are left in loops that are rotated: it shows which of them each iteration executes.
pub const GUARDED: &[Pass] = &[SCCP, PEEPHOLE, PREDICATE, PEEPHOLE, FORWARD];

/// Once inlining is done: loops, and what they leave to be cleaned up.
pub const FINISH: &[Pass] = &[ASSUMED, THREAD, MERGE_BRANCHES, IF_CONVERT, PEEPHOLE, ROTATE, PEEPHOLE, FORWARD, UNROLL];

/// What is done once, when all else is: it hides from other passes what is called and accessed.
pub const LAST: &[Pass] = &[PEEPHOLE, SPLIT, PEEPHOLE, WIDEN, TAIL_CALLS, PEEPHOLE, JOIN_ACCESSES, SHORTEN];

/// Every pass of the pipelines, once.
pub fn passes() -> impl Iterator<Item = &'static Pass> {
    let all = SIMPLIFY.iter().chain(FINISH).chain(GUARDED).chain(LAST);
    all.clone()
        .enumerate()
        .filter(move |(at, pass)| all.clone().take(*at).all(|p| p.name != pass.name))
        .map(|row| row.1)
}

/// The form after the pipeline. Fails to compile as a constant if a pass does not find what it needs.
const fn check(mut form: Form, pipeline: &[Pass]) -> Form {
    let mut i = 0;
    while i < pipeline.len() {
        form = match form.after(&pipeline[i]) {
            Some(form) => form,
            None => panic!("a pass of this pipeline does not find the form that it needs"),
        };
        i += 1;
    }
    form
}

const SIMPLIFIED: Form = check(Form::BUILT, SIMPLIFY);
const _: () = assert!(check(SIMPLIFIED, SLICE_AGAIN).has(Form::SLICED));
const _: () = assert!(check(SIMPLIFIED, STRAIGHTEN).has(Form::LOOPS));
const _: () = assert!(check(SIMPLIFIED, TOLD).has(SIMPLIFIED));
const _: () = assert!(check(check(SIMPLIFIED, FINISH), GUARDED).has(check(SIMPLIFIED, FINISH)));
const FINISHED: Form = check(check(check(SIMPLIFIED, FINISH), CHECKED), LAST);
const _: () = assert!(FINISHED.has(Form::LOOPS), "placement needs loops");
