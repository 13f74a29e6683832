//! Rewrite rules as they are compiled: each fires on a graph made from its pattern, and what it makes computes the same.
//!
//! The solver proves the text of a rule; this tests the matcher that is written from it. Names of a pattern become
//! parameters, some of them masked or extended so that facts are known; its constants are drawn from those that
//! conditions like. What a pattern computes is compared in the interpreter, before and after.

use rustc_hash::FxHashMap;
use son_ir::interp::{Captured, Interpreter, Limits, Outcome, Value};
use son_ir::{FunctionBuilder, Module, NewNode, NodeFlags, NodeId, Op, Signature, SymbolId, Type};
use son_rulegen::rule::{Kind, Rule, TermId};
use son_rulegen::smt::{Assignment, Sort, assignments};
use son_tests::parallel;
use son_tests::random::Random;

/// Graphs made of a pattern before it counts as one that does not fire.
const TRIES: usize = 6000;
/// Graphs on which a rule fires that are compared.
const COMPARED: usize = 4;
/// Widths of the widest type, the usual ones first.
const WIDTHS: [u32; 5] = [32, 64, 8, 16, 1];

fn type_of(rule: &Rule, assignment: &Assignment, term: TermId) -> Type {
    match assignment.sort(rule, rule.terms[term].slot) {
        Sort::Int(bits) => Type::int(bits),
        Sort::Float(32) => Type::F32,
        Sort::Float(_) => Type::F64,
        Sort::Pointer => Type::PTR,
    }
}

/// Has the assignment types that graphs have?
fn is_real(rule: &Rule, assignment: &Assignment) -> bool {
    rule.below(rule.lhs).into_iter().all(|term| match assignment.sort(rule, rule.terms[term].slot) {
        Sort::Float(bits) => bits >= 32,
        _ => true,
    })
}

/// A number that conditions may like.
fn number(random: &mut Random, ty: Type) -> u128 {
    if ty.is_float() {
        let value = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 3.0, 4.0, 0.1, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e300];
        let value = value[random.below(value.len())];
        return if ty == Type::F32 { u128::from((value as f32).to_bits()) } else { u128::from(value.to_bits()) };
    }
    let bits = ty.bits().min(64);
    let (place, small) = (random.below(bits as usize), random.below(12) as u64);
    let value = match random.below(10) {
        0 | 1 => small,
        2 => small.wrapping_neg(),
        3 => 1 << place,
        4 => (1 << place) - 1,
        5 => !((1 << place) - 1),
        6 => 1 << (bits - 1),
        7 => (1 << (bits - 1)) - 1,
        8 => u64::from(bits) - small.min(u64::from(bits)),
        _ => random.next_bits(),
    };
    u128::from(value & ty.mask())
}

/// A graph under construction from a pattern.
struct Maker<'a> {
    rule: &'a Rule,
    assignment: &'a Assignment,
    random: Random,
    f: FunctionBuilder,
    made: FxHashMap<TermId, NodeId>,
    names: FxHashMap<usize, NodeId>,
    constants: FxHashMap<usize, u128>,
    params: Vec<Type>,
}

impl Maker<'_> {
    fn constant(&mut self, ty: Type, bits: u128) -> NodeId {
        match ty {
            Type::F32 => self.f.f32const(f32::from_bits(bits as u32)),
            Type::F64 => self.f.f64const(f64::from_bits(bits as u64)),
            _ => self.f.graph_mut().wide_const(ty, bits),
        }
    }

    /// A parameter, perhaps with something known of it.
    fn leaf(&mut self, name: usize, ty: Type) -> NodeId {
        let wide = ty.is_int() && ty.bits() > 8;
        let (op, masked) = match self.random.below(8) {
            0 | 1 if ty.is_int() => (Op::And, true),
            2 if ty.is_int() => (Op::Or, true),
            3 => (Op::Freeze, false),
            4 if wide => (Op::ZExt, false),
            4 if ty.is_float() => (Op::FAbs, false),
            5 if ty.is_float() => (Op::SToF, false),
            5 if ty.is_int() => (Op::SMax, true),
            _ => (Op::Proj, false),
        };
        self.params[name] = match op {
            Op::ZExt => Type::int(ty.bits() / 2),
            Op::SToF => Type::I32,
            _ => ty,
        };
        let param = self.f.graph_mut().param(name as u32, self.params[name]);
        let mut inputs = vec![param];
        if masked {
            let bits = number(&mut self.random, ty);
            inputs.push(self.constant(ty, bits));
        }
        if op == Op::Proj { param } else { self.f.graph_mut().raw(op, ty, 0, &inputs) }
    }

    fn term(&mut self, term: TermId) -> NodeId {
        if let Some(&known) = self.made.get(&term) {
            return known;
        }
        let ty = type_of(self.rule, self.assignment, term);
        let node = match &self.rule.terms[term].kind {
            Kind::Var(name) => {
                let bound = self.rule.vars[*name].term;
                match self.names.get(name) {
                    Some(&known) => known,
                    None if self.rule.op(bound).is_some() => self.term(bound),
                    None => {
                        let leaf = self.leaf(*name, ty);
                        self.names.insert(*name, leaf);
                        leaf
                    }
                }
            }
            Kind::Const(name) => {
                let drawn = number(&mut self.random, ty);
                let bits = *self.constants.entry(*name).or_insert(drawn);
                self.constant(ty, bits)
            }
            Kind::Int(value) => self.constant(ty, *value as u128),
            Kind::Float(value) if ty == Type::F32 => self.f.f32const(*value as f32),
            Kind::Float(value) => self.f.f64const(*value),
            Kind::Op { .. } => {
                let (op, flags, inputs) = self.op(term);
                let used_again = self.random.below(4) == 0;
                let graph = self.f.graph_mut();
                let node = graph.insert(&NewNode { op: op as u16, ty, flags, payload: 0, inputs: &inputs });
                if used_again {
                    graph.raw(Op::Freeze, ty, 0, &[node]);
                }
                node
            }
            Kind::Expr(_) | Kind::Poison => unreachable!("a pattern has neither"),
        };
        self.made.insert(term, node);
        node
    }

    fn op(&mut self, term: TermId) -> (Op, NodeFlags, Vec<NodeId>) {
        let Kind::Op { op, flags, maybe, inputs } = &self.rule.terms[term].kind else { unreachable!("it is an op") };
        let op = Op::from_number(*op as u16).expect("rules have ideal ops");
        let set = NodeFlags::from_bits(self.assignment.flags.bits() & maybe.bits() | flags.bits());
        let mut nodes = if op.takes_control() { vec![self.f.control()] } else { Vec::new() };
        nodes.extend(inputs.iter().map(|&input| self.term(input)));
        (op, set, nodes)
    }
}

/// A module with the pattern as a function, and with what becomes of it; whether the rule fired.
struct Pair {
    module: Module,
    functions: [SymbolId; 2],
    params: Vec<Type>,
    fired: bool,
}

/// Makes both functions; `None` if the graph of the pattern is not well formed.
fn make(rule: &Rule, assignment: &Assignment, seed: u64) -> Option<Pair> {
    let mut module = Module::new(target_lexicon::triple!("x86_64-unknown-linux-gnu"));
    let result = type_of(rule, assignment, rule.lhs);
    // Parameters get their types when leaves are made.
    let mut probe = maker(rule, assignment, seed, FunctionBuilder::new(&mut module, "probe", Signature::new([], [])));
    probe.op(rule.lhs);
    let params = probe.params;
    let mut functions = [SymbolId(0); 2];
    let mut fired = false;
    for simplified in [false, true] {
        let name = if simplified { "simplified" } else { "pattern" };
        let signature = Signature::new(params.iter().copied(), [result]);
        let mut maker = maker(rule, assignment, seed, FunctionBuilder::new(&mut module, name, signature));
        let (op, flags, inputs) = maker.op(rule.lhs);
        let new = NewNode { op: op as u16, ty: result, flags, payload: 0, inputs: &inputs };
        let graph = maker.f.graph_mut();
        graph.set_late_rules(simplified && rule.late);
        // Rules that ask for one use wait until the node is there.
        let plain = graph.insert(&new);
        let root = if simplified { graph.node(op, result, flags, 0, &inputs) } else { plain };
        fired |= graph.rule_hits().any(|(info, _)| info.name == rule.name);
        maker.f.ret(&[root]);
        let function = maker.f.finish().ok()?;
        son_ir::verify_function(&module, &function).ok()?;
        functions[usize::from(simplified)] = function.symbol;
        module.add_function(function);
    }
    Some(Pair { module, functions, params, fired })
}

fn maker<'a>(rule: &'a Rule, assignment: &'a Assignment, seed: u64, f: FunctionBuilder) -> Maker<'a> {
    let params = vec![Type::I32; rule.vars.len()];
    let (made, names, constants) = Default::default();
    Maker { rule, assignment, random: Random::new(seed), f, made, names, constants, params }
}

/// All flags of the pattern's ops.
fn pattern_flags(rule: &Rule, assignment: &Assignment) -> NodeFlags {
    rule.below(rule.lhs).into_iter().fold(NodeFlags::NONE, |all, term| match &rule.terms[term].kind {
        Kind::Op { flags, maybe, .. } => {
            NodeFlags::from_bits(all.bits() | flags.bits() | maybe.bits() & assignment.flags.bits())
        }
        _ => all,
    })
}

/// Does the pattern license another result than its own? Some flags of floats say so; and `inbounds` speaks of
/// objects, which pointers that come as numbers do not have.
fn is_licensed(rule: &Rule, flags: NodeFlags) -> bool {
    let loose = NodeFlags::REASSOC.or(NodeFlags::ARCP).or(NodeFlags::CONTRACT).or(NodeFlags::AFN);
    let ops = rule.below(rule.lhs).into_iter().filter_map(|term| rule.op(term)).map(|op| op as u16);
    flags.any(loose) || (flags.has(NodeFlags::NSW) && ops.into_iter().any(|op| op == Op::PtrAdd as u16))
}

/// Runs both functions on the same arguments.
fn compare(pair: &Pair, signless: bool, random: &mut Random) -> Result<(), String> {
    let interpreter = Interpreter::new(&pair.module);
    for _ in 0..8 {
        let args: Vec<Value> = pair.params.iter().map(|&ty| Value::wide(ty, number(random, ty))).collect();
        let [before, after] = pair
            .functions
            .map(|function| interpreter.run(function, &args, &Limits::default(), &mut Captured::default()));
        let (Outcome::Returned(want), Outcome::Returned(got)) = (&before, &after) else {
            if matches!(before, Outcome::Undefined(..)) {
                continue;
            }
            return Err(format!("{args:?}: {before} became {after}"));
        };
        let is_zero = |value: &Value| value.as_f64() == Some(0.0);
        let is_nan = |value: &Value| value.as_f64().is_some_and(f64::is_nan);
        let refined = want[0].is_poison()
            || want[0].bits() == got[0].bits()
            || (is_nan(&want[0]) && is_nan(&got[0]))
            || (signless && is_zero(&want[0]) && is_zero(&got[0]));
        if !refined {
            let text = son_ir::text::print(&pair.module);
            return Err(format!("{args:?}: {want:?} became {got:?}\n{text}"));
        }
    }
    Ok(())
}

/// How often the rule fired; an error if it computed something else.
fn check(rule: &Rule) -> Result<usize, String> {
    let all: Vec<Assignment> = WIDTHS.iter().flat_map(|&width| assignments(rule, width)).collect();
    let all: Vec<Assignment> = all.into_iter().filter(|assignment| is_real(rule, assignment)).collect();
    let (mut fired, mut random) = (0, Random::new(1));
    for seed in 0..TRIES {
        let Some(assignment) = random.pick(&all) else { break };
        let Some(pair) = make(rule, assignment, seed as u64) else { continue };
        if pair.fired {
            let flags = pattern_flags(rule, assignment);
            if !is_licensed(rule, flags) {
                compare(&pair, flags.has(NodeFlags::NSZ), &mut random)
                    .map_err(|message| format!("{}: {}\n{message}", rule.name, rule.text))?;
            }
            fired += 1;
        }
        if fired == COMPARED {
            break;
        }
    }
    Ok(fired)
}

#[test]
fn rules_fire_and_compute_the_same() {
    let read = |&(file, text): &(&str, &str)| son_rulegen::read(file, text).expect("rules that are built can be read");
    let rules: Vec<Rule> = son_ir::peep::rule_files().iter().flat_map(read).collect();
    let results = parallel::map(&rules, check);
    let wrong: Vec<&String> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    assert!(wrong.is_empty(), "{} rules are wrong\n{}", wrong.len(), wrong[0]);
    let silent = rules.iter().zip(&results).filter(|(_, result)| matches!(result, Ok(0)));
    let names: Vec<String> = silent.map(|(rule, _)| format!("{}: {}", rule.name, rule.text)).collect();
    assert!(names.is_empty(), "{} of {} rules never fire\n{}", names.len(), rules.len(), names.join("\n"));
}
