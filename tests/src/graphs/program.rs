//! Modules of random functions, and a `main` that calls them and prints what they return.

use super::expr::{Callee, Grower, OBJECT, Place, ROUNDS, TYPES};
use super::heap;
use super::objects::{self, Objects};
use super::{Config, Tape};
use son_ir::interp::Value;
use son_ir::{
    CallFlags, Data, FunctionBuilder, Linkage, MemAccess, Module, NodeId, Op, Signature, SymbolId, Type, Weights,
};

/// What grew from one tape.
pub struct Sample {
    /// Its functions; each may call those before it.
    pub functions: Vec<SymbolId>,
    /// Its objects in memory.
    pub globals: Vec<SymbolId>,
}

/// A module of several samples.
pub struct Batch {
    /// The module.
    pub module: Module,
    /// The samples, in the order of their tapes.
    pub samples: Vec<Sample>,
}

/// First alias class of globals; slots have those below.
const GLOBAL_CLASS: u32 = 1000;

/// Values that parameters are given.
const ARGUMENTS: [i64; 8] = [0, 1, -1, 77, i64::MAX, i64::MIN, -12345, 0x1234_5678_9abc_def0];

impl Batch {
    /// Grows a sample from each tape.
    pub fn new(config: Config, tapes: impl IntoIterator<Item = Vec<u16>>) -> Batch {
        let mut batch = Batch { module: Module::new(target_lexicon::Triple::host()), samples: Vec::new() };
        for words in tapes {
            let sample = batch.samples.len();
            let sample = grow(&mut batch.module, sample, config, &mut Tape::new(words));
            batch.samples.push(sample);
        }
        batch
    }

    /// Arguments for a call of a function.
    pub fn arguments(&self, function: SymbolId, call: usize) -> Vec<Value> {
        let body = self.module.body(function).expect("samples are functions");
        let params = &self.module.signature(body.signature).params;
        let number = |i: usize| ARGUMENTS[(call * 3 + i * 5 + call * i) % ARGUMENTS.len()];
        let value = |(i, ty): (usize, Type)| match ty {
            Type::F64 => Value::f64(number(i) as f64 * 0.75),
            Type::F32 => Value::f32(number(i) as f32 * 0.75),
            _ => Value::wide(ty, i128::from(number(i)) as u128),
        };
        params.iter().map(|param| param.ty).enumerate().map(value).collect()
    }

    /// Adds a `main` that calls each function that takes no pointers so many times, and prints a line
    /// `sample function call result` for each call and the objects of each sample after them.
    pub fn add_main(&mut self, calls: usize) {
        let Batch { module, samples } = self;
        let data = Data { bytes: b"%d %d %d %016lx\n\0".to_vec(), constant: true, ..Data::default() };
        let format = module.define_data("format", Linkage::Internal, 1, data);
        let checksum = define_checksum(module);
        let mut printers = Vec::new();
        for number in 0..samples.len() {
            printers.push(print_sample(self, number, calls, format, checksum));
        }
        let signature = Signature::new([], []);
        let id = self.module.signature_id(signature.clone());
        let mut f = FunctionBuilder::new(&mut self.module, "main", Signature::new([], [Type::I32]));
        for printer in printers {
            let callee = f.symbol_addr(printer);
            f.call(callee, id, &signature, CallFlags::NONE, &[]);
        }
        let zero = f.iconst(Type::I32, 0);
        f.ret(&[zero]);
        let main = f.finish().expect("main is well formed");
        self.module.add_function(main);
    }
}

/// A function that mixes the words of an object.
fn define_checksum(module: &mut Module) -> SymbolId {
    let mut f = FunctionBuilder::new(module, "checksum", Signature::new([Type::PTR], [Type::I64]));
    let (body, done) = (f.create_block(), f.create_block());
    let (at, sum) = (f.declare(Type::I64), f.declare(Type::I64));
    let (zero, eight, end) = (f.iconst(Type::I64, 0), f.iconst(Type::I64, 8), f.iconst(Type::I64, OBJECT as i64));
    f.def(at, zero);
    f.def(sum, zero);
    f.jump(body);
    f.enter(body);
    let (offset, old) = (f.get(at).expect("defined above"), f.get(sum).expect("defined above"));
    let address = f.pure(Op::PtrAdd, Type::PTR, &[f.param(0), offset]);
    let word = f.load(Type::I64, address, MemAccess::aligned(8));
    let factor = f.iconst(Type::I64, 0x9e37_79b9);
    let old = f.pure(Op::Mul, Type::I64, &[old, factor]);
    let new = f.pure(Op::Add, Type::I64, &[old, word]);
    f.def(sum, new);
    let next = f.pure(Op::Add, Type::I64, &[offset, eight]);
    f.def(at, next);
    let more = f.pure(Op::Ult, Type::I1, &[next, end]);
    f.branch(more, body, done, Weights::default());
    f.enter(done);
    f.ret(&[new]);
    let function = f.finish().expect("the checksum is well formed");
    let symbol = function.symbol;
    module.add_function(function);
    symbol
}

/// A function that calls the functions of a sample and prints.
fn print_sample(batch: &mut Batch, number: usize, calls: usize, format: SymbolId, checksum: SymbolId) -> SymbolId {
    let checksum_signature = Signature::new([Type::PTR], [Type::I64]);
    let checksum_id = batch.module.signature_id(checksum_signature.clone());
    let print = Signature::new([Type::PTR], [Type::I32]).variadic();
    let printf = batch.module.import_function("printf", print.clone());
    let print_id = batch.module.signature_id(print.clone());
    let name = format!("print{number}");
    let mut f = FunctionBuilder::new(&mut batch.module, &name, Signature::new([], []));
    let line = |f: &mut FunctionBuilder, numbers: [usize; 2], value: NodeId| {
        let (callee, format) = (f.symbol_addr(printf), f.symbol_addr(format));
        let mut args = vec![format];
        args.extend([number, numbers[0], numbers[1]].map(|n| f.iconst(Type::I32, n as i64)));
        args.push(value);
        f.call(callee, print_id, &print, CallFlags::NONE, &args);
    };
    for (index, &function) in batch.samples[number].functions.iter().enumerate() {
        let id = batch.module.body(function).expect("samples are functions").signature;
        let signature = batch.module.signature(id).clone();
        if signature.params.iter().any(|param| param.ty == Type::PTR) {
            continue;
        }
        for call in 0..calls {
            let args: Vec<NodeId> =
                batch.arguments(function, call).iter().map(|value| constant(&mut f, value)).collect();
            let callee = f.symbol_addr(function);
            let result = f.call(callee, id, &signature, CallFlags::NONE, &args).values[0];
            for word in words(&mut f, result, signature.results[0].ty) {
                line(&mut f, [index, call], word);
            }
        }
    }
    for (index, &global) in batch.samples[number].globals.iter().enumerate() {
        let (callee, base) = (f.symbol_addr(checksum), f.symbol_addr(global));
        let sum = f.call(callee, checksum_id, &checksum_signature, CallFlags::NONE, &[base]).values[0];
        line(&mut f, [1000 + index, 0], sum);
    }
    f.ret(&[]);
    let function = f.finish().expect("what prints is well formed");
    let symbol = function.symbol;
    batch.module.add_function(function);
    symbol
}

fn constant(f: &mut FunctionBuilder, value: &Value) -> NodeId {
    let bits = value.bits().expect("arguments are defined");
    match value.ty() {
        ty if ty.is_float() => f.graph_mut().fconst(ty, bits as u64),
        ty => f.graph_mut().wide_const(ty, bits),
    }
}

/// The bits of a result as words to print, a NaN as 1.
fn words(f: &mut FunctionBuilder, value: NodeId, ty: Type) -> Vec<NodeId> {
    let widen = |f: &mut FunctionBuilder, value: NodeId, ty: Type| match ty.bits() {
        64 => value,
        _ => f.pure(Op::ZExt, Type::I64, &[value]),
    };
    if ty.is_float() {
        let ordered = f.pure(Op::FOrd, Type::I1, &[value, value]);
        let one = if ty == Type::F32 { f.f32const(1.0) } else { f.f64const(1.0) };
        let value = f.pure(Op::Select, ty, &[ordered, value, one]);
        let bits = Type::int(ty.bits());
        let value = f.pure(Op::Bitcast, bits, &[value]);
        return vec![widen(f, value, bits)];
    }
    if ty.bits() <= 64 {
        return vec![widen(f, value, ty)];
    }
    let low = f.pure(Op::Trunc, Type::I64, &[value]);
    let amount = f.iconst(ty, 64);
    let high = f.pure(Op::LShr, ty, &[value, amount]);
    vec![low, f.pure(Op::Trunc, Type::I64, &[high])]
}

/// Grows the functions of a sample.
fn grow(module: &mut Module, number: usize, config: Config, tape: &mut Tape) -> Sample {
    let globals: Vec<SymbolId> = (0..2)
        .map(|i| {
            let bytes = (0..OBJECT as u8).map(|byte| byte.wrapping_mul(37).wrapping_add(i * 101)).collect();
            let data = Data { bytes, ..Data::default() };
            module.define_data(&format!("g{number}.{i}"), Linkage::Internal, 8, data)
        })
        .collect();
    let mut callees: Vec<Callee> = Vec::new();
    let count = 1 + tape.choose(4);
    for function in 0..count {
        let callee = grow_function(module, &format!("f{number}.{function}"), config, tape, &globals, &callees);
        callees.push(callee);
    }
    Sample { functions: callees.iter().map(|callee| callee.symbol).collect(), globals }
}

fn grow_function(
    module: &mut Module,
    name: &str,
    config: Config,
    tape: &mut Tape,
    globals: &[SymbolId],
    callees: &[Callee],
) -> Callee {
    let mut params: Vec<Type> = (0..tape.choose(4)).map(|_| tape.pick(&TYPES)).collect();
    if tape.once_in(4) {
        params.push(Type::PTR);
    }
    let recursive = !config.objects && tape.once_in(3);
    if recursive {
        params.insert(0, ROUNDS);
    }
    let result = tape.pick(&TYPES);
    let signature = Signature::new(params.iter().copied(), [result]);
    let id = module.signature_id(signature.clone());
    let heap = heap::heap(module, tape.once_in(3));
    let managed = config.objects.then(|| objects::declare(module));
    let mut f = FunctionBuilder::new(module, name, signature.clone());
    let own = Callee { symbol: f.symbol(), id, signature };
    let mut places = Vec::new();
    for _ in 0..1 + tape.choose(2) {
        places.push(Place::Slot(f.create_slot(OBJECT, 16)));
    }
    places.extend((GLOBAL_CLASS..).zip(globals).map(|(class, &symbol)| Place::Global(symbol, class)));
    let pointer = f.declare(Type::PTR);
    let start = match params.last() {
        Some(&Type::PTR) => f.param(params.len() - 1),
        _ => f.symbol_addr(globals[0]),
    };
    f.def(pointer, start);
    places.push(Place::Pointer(pointer));
    let allocated = tape.once_in(2).then(|| f.declare(Type::PTR));
    places.extend(allocated.map(Place::Heap));
    let objects = managed.map(|managed| Objects::new(&mut f, tape, managed));
    let budget = if config.objects { 60 } else { 20 } + tape.choose(60) as isize;
    let mut grower = Grower {
        f,
        tape,
        config,
        variables: Vec::new(),
        counters: Vec::new(),
        scope: Vec::new(),
        places,
        records: Vec::new(),
        heap,
        objects,
        callees,
        own: recursive.then(|| own.clone()),
        result,
        loops: 0,
        budget,
    };
    for i in 0..grower.places.len() {
        if let Place::Slot(slot) = grower.places[i] {
            grower.fill_slot(slot);
        }
    }
    if let Some(var) = allocated {
        let memory = grower.zeroed_memory(OBJECT as i64);
        grower.f.def(var, memory);
    }
    for (i, &simplest) in TYPES.iter().enumerate().take(params.len().max(3)) {
        let ty = params.get(i).copied().unwrap_or(simplest);
        if ty != Type::PTR {
            let var = grower.f.declare(ty);
            let value = if i < params.len() { grower.f.param(i) } else { grower.constant(ty) };
            grower.f.def(var, value);
            grower.variables.push((var, ty));
        }
    }
    grower.body();
    let function = grower.f.finish().expect("the generator builds well-formed functions");
    module.add_function(function);
    own
}
