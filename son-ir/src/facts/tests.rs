//! Soundness of the lattice and of every transfer function, by brute force: at 4 bits over all intervals and
//! known bits, at other widths over random facts. What is sound is counted too, so that precision is seen to
//! stay: how many values the results allow, against the tightest facts of the same form.

use super::*;
use crate::eval::{Evaluated, scalar};
use crate::ops::{NodeFlags, Op};

/// A small deterministic generator (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn values(ty: Type) -> impl Iterator<Item = u64> {
    0..=ty.mask()
}

/// Every interval and every set of known bits of a type of few bits.
fn all_facts(ty: Type) -> Vec<IntFact> {
    let mut facts = Vec::new();
    for low in values(ty) {
        for high in low..=ty.mask() {
            facts.extend(IntFact::from_unsigned(ty, low, high));
            let (low, high) = (ty.sign_extend(low), ty.sign_extend(high));
            facts.extend(IntFact::from_signed(ty, low.min(high), low.max(high)));
        }
        for ones in values(ty) {
            facts.extend(IntFact::from_known_bits(ty, low, ones));
        }
    }
    let mut seen = std::collections::HashSet::new();
    facts.retain(|fact| seen.insert(*fact));
    facts
}

fn random_fact(random: &mut Random, ty: Type) -> IntFact {
    loop {
        let mut next = || random.below(ty.mask().saturating_add(1));
        let (a, b, c, d) = (next(), next(), next(), next());
        let (zeros, ones) = (next() & next() & next(), next() & next() & next());
        let choice = random.below(16);
        let mut fact = IntFact::full(ty);
        if choice & 1 != 0 {
            fact.unsigned = (a.min(b), a.max(b));
        }
        if choice & 2 != 0 {
            let (c, d) = (ty.sign_extend(c), ty.sign_extend(d));
            fact.signed = (c.min(d), c.max(d));
        }
        if choice & 4 != 0 {
            (fact.zeros, fact.ones) = (zeros | !ty.mask(), ones);
        }
        if choice & 8 != 0 {
            fact.stride = Stride::new(3 + random.below(10), random.below(12) as i64);
        }
        if let Some(fact) = fact.normalized(ty) {
            return fact;
        }
    }
}

fn members(ty: Type, fact: &IntFact) -> Vec<u64> {
    values(ty).filter(|&value| fact.contains(ty, value)).collect()
}

/// The tightest fact of a set.
fn hull(ty: Type, set: impl Iterator<Item = u64>) -> Option<IntFact> {
    set.map(|value| IntFact::constant(ty, value)).reduce(|a, b| a.join(&b, ty))
}

#[test]
fn normal_form_loses_no_value_and_is_stable() {
    for bits in [1, 2, 5, 8] {
        let ty = Type::int(bits);
        let mut random = Random(7);
        for _ in 0..3000 {
            let (a, b) = (random_fact(&mut random, ty), random_fact(&mut random, ty));
            assert_eq!(a.normalized(ty), Some(a), "stable");
            let (in_a, in_b) = (members(ty, &a), members(ty, &b));
            let meet = a.meet(&b, ty);
            let both: Vec<u64> = in_a.iter().copied().filter(|value| in_b.contains(value)).collect();
            match meet {
                Some(meet) => assert_eq!(members(ty, &meet), both, "meet is exact"),
                None => assert!(both.is_empty()),
            }
            let join = a.join(&b, ty);
            assert!(in_a.iter().chain(&in_b).all(|&value| join.contains(ty, value)), "join contains both");
            let wide = a.widen(&join, ty, &[3, -2]);
            assert!(members(ty, &join).iter().all(|&value| wide.contains(ty, value)), "widening contains the join");
        }
    }
}

#[test]
fn widening_ends_soon() {
    for bits in [8, 32, 64] {
        let ty = Type::int(bits);
        let mut random = Random(11);
        for _ in 0..200 {
            let mut fact = random_fact(&mut random, ty);
            let mut steps = 0;
            for _ in 0..2000 {
                let wider = fact.join(&IntFact::constant(ty, random.below(ty.mask())), ty);
                if wider != fact {
                    fact = fact.widen(&wider, ty, &[10, 100]);
                    steps += 1;
                }
            }
            assert!(steps < 64, "{steps} steps");
        }
    }
}

/// An op under test: its operands have one type, its result another.
struct Case {
    op: Op,
    flags: NodeFlags,
    ty: Type,
    from: Type,
    arity: usize,
}

impl Case {
    /// A graph with the node and its operands.
    fn graph(&self) -> (Graph, NodeId, Vec<NodeId>) {
        let mut graph = Graph::new();
        let operands: Vec<NodeId> = (0..self.arity as u32).map(|i| graph.param(i, self.from)).collect();
        let mut inputs = operands.clone();
        if self.op.takes_control() {
            inputs.insert(0, graph.entry_control());
        }
        let node = graph.raw(self.op, self.ty, 0, &inputs);
        graph.set_flags(node, self.flags);
        (graph, node, operands)
    }

    /// Results for values of these facts.
    fn results(&self, operands: &[IntFact]) -> Vec<u64> {
        let mut results = Vec::new();
        let mut args = vec![0u128; self.arity];
        self.collect(operands, &mut args, 0, &mut results);
        results
    }

    fn collect(&self, operands: &[IntFact], args: &mut Vec<u128>, at: usize, results: &mut Vec<u64>) {
        if at == operands.len() {
            if let Some(Evaluated::Bits(bits)) = scalar(self.op, self.flags, self.ty, self.from, args) {
                results.push(bits as u64);
            }
            return;
        }
        for value in members(self.from, &operands[at]) {
            args[at] = u128::from(value);
            self.collect(operands, args, at + 1, results);
        }
    }

    /// Checks one combination; how many values are allowed and how many at the least.
    fn check(&self, graph: &Graph, node: NodeId, operands: &[IntFact], nodes: &[NodeId]) -> (u64, u64) {
        let facts =
            |input: NodeId| nodes.iter().position(|&n| n == input).map_or(Fact::Any, |i| Fact::Int(operands[i]));
        let result = transfer_with(graph, node, &facts);
        let expected = self.results(operands);
        let Some(fact) = result.int(self.ty) else {
            assert!(expected.is_empty(), "{} {:?}: {operands:?} has values", self.op, self.flags);
            return (0, 0);
        };
        for &value in &expected {
            assert!(
                fact.contains(self.ty, value),
                "{} {:?} to {}: {operands:?} gives {value}, not in {fact:?}",
                self.op,
                self.flags,
                self.ty
            );
        }
        let size = |fact: &IntFact| members(self.ty, fact).len() as u64;
        (size(&fact), hull(self.ty, expected.into_iter()).map_or(0, |best| size(&best)))
    }

    fn sample(&self, random: &mut Random, rounds: u32) -> f64 {
        let (graph, node, nodes) = self.graph();
        let (mut allowed, mut least) = (0, 0);
        for _ in 0..rounds {
            let operands: Vec<IntFact> = (0..self.arity).map(|_| random_fact(random, self.from)).collect();
            let counts = self.check(&graph, node, &operands, &nodes);
            allowed += counts.0;
            least += counts.1;
        }
        allowed as f64 / least.max(1) as f64
    }
}

/// Integer ops of two operands of one type, with the flags that they may have.
pub(super) const BINARY: [(Op, &[NodeFlags]); 31] = {
    const NONE: &[NodeFlags] = &[NodeFlags::NONE];
    const WRAP: &[NodeFlags] = &[NodeFlags::NONE, NodeFlags::NSW, NodeFlags::NUW, NodeFlags::NSW.or(NodeFlags::NUW)];
    [
        (Op::Add, WRAP),
        (Op::Sub, WRAP),
        (Op::Mul, WRAP),
        (Op::Shl, WRAP),
        (Op::SDiv, NONE),
        (Op::UDiv, NONE),
        (Op::SRem, NONE),
        (Op::URem, NONE),
        (Op::SMulHigh, NONE),
        (Op::UMulHigh, NONE),
        (Op::And, NONE),
        (Op::Or, &[NodeFlags::NONE, NodeFlags::DISJOINT]),
        (Op::Xor, NONE),
        (Op::LShr, NONE),
        (Op::AShr, NONE),
        (Op::SMin, NONE),
        (Op::SMax, NONE),
        (Op::UMin, NONE),
        (Op::UMax, NONE),
        (Op::Eq, NONE),
        (Op::Ne, NONE),
        (Op::Slt, NONE),
        (Op::Sle, NONE),
        (Op::Ult, NONE),
        (Op::Ule, NONE),
        (Op::SAddOverflow, NONE),
        (Op::UAddOverflow, NONE),
        (Op::SSubOverflow, NONE),
        (Op::USubOverflow, NONE),
        (Op::SMulOverflow, NONE),
        (Op::UMulOverflow, NONE),
    ]
};

fn result_type(op: Op, ty: Type) -> Type {
    let (_, result) = op.signature();
    if result == 'b' { Type::I1 } else { ty }
}

fn binary_cases(ty: Type) -> Vec<Case> {
    let all = BINARY.into_iter();
    all.flat_map(|(op, flags)| flags.iter().map(move |&flags| (op, flags)))
        .map(|(op, flags)| Case { op, flags, ty: result_type(op, ty), from: ty, arity: 2 })
        .collect()
}

#[test]
fn binary_ops_are_sound_for_all_facts_of_3_bits() {
    let ty = Type::int(3);
    let facts = all_facts(ty);
    for case in binary_cases(ty) {
        let (graph, node, nodes) = case.graph();
        for a in &facts {
            for b in &facts {
                case.check(&graph, node, &[*a, *b], &nodes);
            }
        }
    }
}

#[test]
fn binary_ops_are_sound_and_precise_for_random_facts() {
    for bits in [1, 4, 5, 6] {
        let mut random = Random(u64::from(bits) * 977 + 1);
        for case in binary_cases(Type::int(bits)) {
            let ratio = case.sample(&mut random, 400);
            assert!(ratio < 2.0, "{} {:?} at {bits} bits allows {ratio} times the values", case.op, case.flags);
        }
    }
}

#[test]
fn unary_ops_are_sound_for_all_facts_of_4_bits() {
    let ops = [Op::Neg, Op::Abs, Op::Ctpop, Op::Ctlz, Op::Cttz, Op::Bitreverse];
    let ty = Type::int(4);
    for op in ops {
        for flags in [NodeFlags::NONE, NodeFlags::NSW, NodeFlags::NUW] {
            let honoured = match op {
                Op::Neg | Op::Abs => NodeFlags::NSW,
                Op::Ctlz | Op::Cttz => NodeFlags::NUW,
                _ => NodeFlags::NONE,
            };
            let case = Case { op, flags: flags.and(honoured), ty, from: ty, arity: 1 };
            let (graph, node, nodes) = case.graph();
            for fact in all_facts(ty) {
                case.check(&graph, node, &[fact], &nodes);
            }
        }
    }
}

#[test]
fn width_changes_are_sound_for_all_facts() {
    let (narrow, wide) = (Type::int(3), Type::int(5));
    let both = NodeFlags::NSW.or(NodeFlags::NUW);
    for flags in [NodeFlags::NONE, NodeFlags::NSW, NodeFlags::NUW, both] {
        for (op, ty, from) in [(Op::Trunc, narrow, wide), (Op::ZExt, wide, narrow), (Op::SExt, wide, narrow)] {
            let honoured = match op {
                Op::Trunc => both,
                Op::ZExt => NodeFlags::NUW,
                _ => NodeFlags::NONE,
            };
            let case = Case { op, flags: flags.and(honoured), ty, from, arity: 1 };
            let (graph, node, nodes) = case.graph();
            for fact in all_facts(from) {
                case.check(&graph, node, &[fact], &nodes);
            }
        }
    }
}

#[test]
fn funnel_shifts_and_byte_swaps_are_sound() {
    let mut random = Random(5);
    for op in [Op::Fshl, Op::Fshr] {
        let ty = Type::int(4);
        Case { op, flags: NodeFlags::NONE, ty, from: ty, arity: 3 }.sample(&mut random, 300);
    }
    let ty = Type::I16;
    Case { op: Op::Bswap, flags: NodeFlags::NONE, ty, from: ty, arity: 1 }.sample(&mut random, 30);
}

/// A branch on a compare of `wrapped`, computed from `x`, with a constant refines `x` soundly and not less than
/// the compare itself does.
#[test]
fn refinement_by_branches_is_sound() {
    let ty = Type::int(4);
    let mut random = Random(3);
    for op in [Op::Eq, Op::Ne, Op::Slt, Op::Sle, Op::Ult, Op::Ule] {
        for wrapper in [None, Some(Op::Add), Some(Op::And), Some(Op::ZExt), Some(Op::SExt), Some(Op::Trunc)] {
            for _ in 0..60 {
                let (constant, bound) = (random.below(16), random.below(64));
                check_refinement(ty, op, wrapper, constant, bound, random.below(2) == 0);
            }
        }
    }
}

fn check_refinement(ty: Type, op: Op, wrapper: Option<Op>, constant: u64, bound: u64, swapped: bool) {
    let to = match wrapper {
        Some(Op::ZExt | Op::SExt) => Type::int(6),
        Some(Op::Trunc) => Type::int(2),
        _ => ty,
    };
    let mut graph = Graph::new();
    let x = graph.param(0, ty);
    let constant = graph.iconst(ty, constant);
    let wrapped = match wrapper {
        None => x,
        Some(op @ (Op::Add | Op::And)) => graph.raw(op, to, 0, &[x, constant]),
        Some(op) => graph.raw(op, to, 0, &[x]),
    };
    let bound = graph.iconst(to, bound);
    let compare = graph.raw(op, Type::I1, 0, &if swapped { [bound, wrapped] } else { [wrapped, bound] });
    let evaluate = |value: u64| {
        let bits = |op, ty, from, args: &[u128]| match scalar(op, NodeFlags::NONE, ty, from, args) {
            Some(Evaluated::Bits(bits)) => bits,
            other => panic!("{other:?}"),
        };
        let value = u128::from(value);
        let inner = match wrapper {
            None => value,
            Some(op @ (Op::Add | Op::And)) => bits(op, to, ty, &[value, graph.payload(constant).into()]),
            Some(op) => bits(op, to, ty, &[value]),
        };
        let bound = u128::from(graph.payload(bound));
        bits(op, Type::I1, to, &if swapped { [bound, inner] } else { [inner, bound] }) == 1
    };
    for truth in [false, true] {
        let fact = refine::implied(&graph, &|n| *graph.fact(n), compare, truth, x);
        let allowed = fact.int(ty);
        for value in values(ty).filter(|&value| evaluate(value) == truth) {
            let contained = allowed.is_some_and(|fact| fact.contains(ty, value));
            assert!(contained, "{op} {wrapper:?} {truth}: {value} is not in {fact:?}");
        }
    }
}

#[test]
fn phis_of_loops_keep_what_is_assumed() {
    let mut graph = Graph::new();
    let entry = graph.entry_control();
    let header = graph.raw(Op::Loop, Type::CTRL, 0, &[entry, entry]);
    let zero = graph.iconst(Type::I32, 0);
    let phi = graph.raw(Op::Phi, Type::I32, 0, &[header, zero, zero]);
    assert_eq!(*graph.fact(phi), Fact::Any);
    let assumed = Fact::of_int(Type::I32, IntFact::from_signed(Type::I32, 0, 9));
    graph.set_fact(phi, assumed);
    assert_eq!(transfer(&graph, phi), assumed);
}

#[test]
fn pointers_know_alignment_and_bytes() {
    let mut graph = Graph::new();
    let base = graph.param(0, Type::PTR);
    let known = PointerFact { align_log2: 4, dereferenceable: 32, ..PointerFact::NON_NULL };
    graph.set_fact(base, Fact::Pointer(known));
    let eight = graph.iconst(Type::I64, 8);
    let field = graph.node(Op::PtrAdd, Type::PTR, NodeFlags::NSW, 0, &[base, eight]);
    let fact = graph.pointer_fact(field);
    assert_eq!((fact.align_log2, fact.dereferenceable, fact.non_null), (3, 24, true));
    let null = graph.iconst(Type::PTR, 0);
    let compare = graph.raw(Op::Eq, Type::I1, 0, &[field, null]);
    assert_eq!(graph.fact(compare).as_constant(), Some(0));
}

#[test]
fn float_classes_follow_the_sign() {
    let mut graph = Graph::new();
    let x = graph.param(0, Type::F64);
    let magnitude = graph.raw(Op::FAbs, Type::F64, 0, &[x]);
    assert!(!graph.float_fact(magnitude).classes.any(FloatClasses::SIGNED));
    let negated = graph.raw(Op::FNeg, Type::F64, 0, &[magnitude]);
    let classes = graph.float_fact(negated).classes;
    assert!(classes.has(FloatClasses::SIGNED) && !classes.any(FloatClasses::UNSIGNED));
    assert_eq!(FloatFact::constant(Type::F64, (-0.0f64).to_bits()).classes, FloatClasses::NEGATIVE_ZERO);
}

#[test]
fn folding_by_fact_keeps_the_operands() {
    let mut graph = Graph::new();
    let x = graph.param(0, Type::I8);
    let wide = graph.pure(Op::ZExt, Type::I32, &[x]);
    let limit = graph.iconst(Type::I32, 300);
    let less = graph.pure(Op::Ult, Type::I1, &[wide, limit]);
    assert_eq!(graph.constant(less), Some(1));
    assert!(graph.is_live(wide) && graph.is_live(limit));
}

#[test]
fn products_of_large_constants_fold() {
    for bits in [64, 63, 33] {
        let ty = Type::int(bits);
        for (a, b) in [(-1i64, -1i64), (-2, -2), (i64::MIN, -1), (i64::MAX, i64::MAX), (3, -7)] {
            let mut graph = Graph::new();
            let (x, y) = (graph.iconst(ty, a as u64), graph.iconst(ty, b as u64));
            let product = graph.pure(Op::Mul, ty, &[x, y]);
            assert_eq!(graph.constant(product), Some(a.wrapping_mul(b) as u64 & ty.mask()), "{a} * {b} at {bits}");
        }
    }
}
