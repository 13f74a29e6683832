//! Every integer op at 4 bits, with all intervals, all known bits and all strides: nothing that an op can give is
//! missing from its fact, and where both operands are intervals, or known bits, or strides, the fact is as narrow in
//! that part as can be, but for what is listed with a reason.

use super::tests::BINARY;
use super::*;
use crate::eval::{Evaluated, scalar};
use crate::ops::{NodeFlags, Op};

const BITS: u32 = 4;
const COUNT: usize = 1 << BITS;

/// A fact with the set of its values, a bit each.
struct Member {
    fact: IntFact,
    values: u32,
    /// Of which part it is made.
    part: Part,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    Unsigned,
    Signed,
    Bits,
    Stride,
}

fn ty() -> Type {
    Type::int(BITS)
}

fn set_of(ty: Type, fact: &IntFact) -> u32 {
    (0..1u64 << ty.bits()).filter(|&value| fact.contains(ty, value)).fold(0, |set, value| set | 1 << value)
}

/// Every fact of one part.
fn facts() -> Vec<Member> {
    let ty = ty();
    let mut found: Vec<(IntFact, Part)> = Vec::new();
    for a in 0..COUNT as u64 {
        for b in 0..COUNT as u64 {
            let signed = (ty.sign_extend(a), ty.sign_extend(b));
            found.extend(IntFact::from_unsigned(ty, a, b).map(|fact| (fact, Part::Unsigned)));
            found.extend(IntFact::from_signed(ty, signed.0, signed.1).map(|fact| (fact, Part::Signed)));
            found.extend(IntFact::from_known_bits(ty, a, b).map(|fact| (fact, Part::Bits)));
        }
    }
    for modulus in [3, 5, 7] {
        for residue in 0..modulus {
            let stride = Stride::new(modulus as u64, residue);
            let fact = IntFact { stride, ..IntFact::full(ty) }.normalized(ty);
            found.extend(fact.map(|fact| (fact, Part::Stride)));
        }
    }
    found.into_iter().map(|(fact, part)| Member { fact, values: set_of(ty, &fact), part }).collect()
}

/// The narrowest fact of a set of values.
fn hull(ty: Type, set: u32) -> Option<IntFact> {
    let values = (0..32u64).filter(|value| set >> value & 1 == 1);
    values.map(|value| IntFact::constant(ty, value)).reduce(|a, b| a.join(&b, ty))
}

/// What an op gives for two values, or nothing.
type Table = Vec<[Option<u8>; COUNT]>;

fn table(op: Op, flags: NodeFlags, to: Type) -> Table {
    let result = |a: usize, b: usize| match scalar(op, flags, to, ty(), &[a as u128, b as u128]) {
        Some(Evaluated::Bits(bits)) => Some(bits as u8),
        _ => None,
    };
    (0..COUNT).map(|a| std::array::from_fn(|b| result(a, b))).collect()
}

fn results(table: &Table, a: u32, b: u32) -> u32 {
    let mut set = 0;
    for (_, row) in table.iter().enumerate().filter(|(x, _)| a >> x & 1 == 1) {
        for (y, result) in row.iter().enumerate() {
            if b >> y & 1 == 1 {
                set |= result.map_or(0, |bits| 1 << bits);
            }
        }
    }
    set
}

/// Is the fact as narrow as the best one in the part?
fn is_best(part: Part, fact: &IntFact, best: &IntFact) -> bool {
    match part {
        Part::Unsigned => fact.unsigned == best.unsigned,
        Part::Signed => fact.signed == best.signed,
        Part::Bits => (fact.zeros, fact.ones) == (best.zeros, best.ones),
        Part::Stride => fact.stride == best.stride,
    }
}

/// How many pairs of facts of each part there are for which an op's fact is wider than need be.
fn wider(op: Op, flags: NodeFlags, facts: &[Member]) -> [(Part, usize); 4] {
    let to = if op.signature().1 == 'b' { Type::I1 } else { ty() };
    let table = table(op, flags, to);
    let mut graph = Graph::new();
    let operands = [graph.param(0, ty()), graph.param(1, ty())];
    let mut inputs = operands.to_vec();
    if op.takes_control() {
        inputs.insert(0, graph.entry_control());
    }
    let node = graph.raw(op, to, 0, &inputs);
    graph.set_flags(node, flags);
    let mut counts = [Part::Unsigned, Part::Signed, Part::Bits, Part::Stride].map(|part| (part, 0));
    for a in facts {
        for b in facts {
            let of = |input: NodeId| if input == operands[0] { Fact::Int(a.fact) } else { Fact::Int(b.fact) };
            let result = transfer_with(&graph, node, &of).int(to);
            let possible = results(&table, a.values, b.values);
            let allowed = result.map_or(0, |fact| set_of(to, &fact));
            assert_eq!(possible & !allowed, 0, "{op} {flags:?} of {:?} and {:?}: {result:?}", a.fact, b.fact);
            let (Some(fact), Some(best)) = (result, hull(to, possible)) else { continue };
            if a.part == b.part {
                let count = counts.iter_mut().find(|count| count.0 == a.part).expect("there is one of each part");
                count.1 += usize::from(!is_best(a.part, &fact, &best));
            }
        }
    }
    counts
}

/// Which facts are not the best there are in some part, and why.
const WIDER: &[(Op, &[Part], &str)] = {
    use Part::{Bits, Signed, Stride, Unsigned};
    const ALL: &[Part] = &[Unsigned, Signed, Bits, Stride];
    &[
        (Op::Add, ALL, "what a flag excludes of the operands does not narrow the other parts of the sum"),
        (Op::Sub, ALL, "what a flag excludes of the operands does not narrow the other parts of the difference"),
        (Op::Mul, ALL, "products that wrap are not followed, nor are bits but the lowest"),
        (Op::Shl, ALL, "amounts that vary and products that wrap are not followed"),
        (Op::SDiv, ALL, "quotients have signed bounds, and a stride if the divisor divides all values"),
        (Op::UDiv, &[Signed, Bits, Stride], "quotients have unsigned bounds, and a stride as signed ones do"),
        (Op::SRem, ALL, "all remainders up to the divisor are taken to be possible"),
        (Op::URem, ALL, "all remainders up to the divisor are taken to be possible"),
        (Op::SMulHigh, &[Unsigned, Bits], "the product has signed bounds"),
        (Op::UMulHigh, &[Signed, Bits, Stride], "the product has unsigned bounds"),
        (Op::And, &[Unsigned, Signed, Stride], "bounds are those of known bits and of one operand"),
        (Op::Or, &[Unsigned, Signed, Stride], "bounds are those of known bits and of one operand"),
        (Op::Xor, &[Unsigned, Signed, Stride], "bounds are those of known bits"),
        (Op::LShr, &[Signed, Bits, Stride], "bits are followed by constant amounts only"),
        (Op::AShr, ALL, "bits are followed by constant amounts only"),
        (Op::SMin, &[Bits, Stride], "bits do not tell which operand is less"),
        (Op::SMax, &[Bits, Stride], "bits do not tell which operand is less"),
        (Op::UMin, &[Bits, Stride], "bits do not tell which operand is less"),
        (Op::UMax, &[Bits, Stride], "bits do not tell which operand is less"),
        (Op::SMulOverflow, &[Unsigned, Bits], "operands are compared by their signed bounds only"),
    ]
};

#[test]
fn ops_are_sound_and_precise() {
    let facts = facts();
    for (op, flags) in BINARY {
        let mut found: Vec<Part> = Vec::new();
        for &flags in flags {
            let counts = wider(op, flags, &facts);
            found.extend(counts.into_iter().filter(|count| count.1 > 0).map(|count| count.0));
            // Sums are exact as long as nothing is excluded.
            assert!(
                flags != NodeFlags::NONE || !matches!(op, Op::Add | Op::Sub) || found.is_empty(),
                "{op}: {counts:?}"
            );
        }
        let listed = WIDER.iter().find(|entry| entry.0 == op).map_or(&[][..], |entry| entry.1);
        let unlisted = found.iter().find(|part| !listed.contains(part));
        assert_eq!(unlisted, None, "{op}: there are narrower facts, and no reason is listed");
        let needless = listed.iter().find(|part| !found.contains(part));
        assert_eq!(needless, None, "{op}: listed, but there are no narrower facts");
    }
}
