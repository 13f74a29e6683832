//! Helpers: build machine IR, link it with C, run it.

use regalloc2::{Block, PReg, RegClass, VReg};
use son_codegen::function::{CompiledFunction, FunctionCompiler, FunctionOptions};
use son_codegen::machine::{Address, Base, MachineInst};
use son_codegen::mir::{self, Location, Mir};
use son_codegen::object::{ObjectOptions, write_object};
use son_codegen::x64::ops::Op;
use son_codegen::x64::{abi, isa};
use son_ir::{Data, Definition, Function, FunctionFlags, Graph, Linkage, Module, Signature, Symbol, SymbolId};
use std::process::Command;

pub(crate) const I: RegClass = RegClass::Int;
pub(crate) const F: RegClass = RegClass::Float;

/// A function under construction.
pub(crate) struct Builder {
    pub(crate) mir: Mir,
    pub(crate) params: Vec<VReg>,
}

impl Builder {
    /// A function with parameters of these classes, in registers. The entry block has begun.
    pub(crate) fn new(params: &[RegClass]) -> Builder {
        let mut mir = Mir::new();
        mir.begin_block(1.0, 0);
        let registers = argument_registers(params);
        let site = mir.call_site(&registers, &[]);
        let params: Vec<VReg> = params.iter().map(|&class| mir.vreg(class)).collect();
        let mut builder = Builder { mir, params: params.clone() };
        builder.push(MachineInst::new(Op::Params, 0).imm(i64::from(site)), &params);
        builder
    }

    pub(crate) fn push(&mut self, inst: MachineInst, vregs: &[VReg]) {
        self.mir.push(isa(), inst, vregs, 1);
    }

    /// An instruction with one result.
    pub(crate) fn value(&mut self, inst: MachineInst, class: RegClass, uses: &[VReg]) -> VReg {
        let result = self.mir.vreg(class);
        let mut vregs = vec![result];
        vregs.extend(uses);
        self.push(inst, &vregs);
        result
    }

    pub(crate) fn int(&mut self, op: Op, size: u8, uses: &[VReg]) -> VReg {
        self.value(MachineInst::new(op, size), I, uses)
    }

    pub(crate) fn int_imm(&mut self, op: Op, size: u8, imm: i64, uses: &[VReg]) -> VReg {
        self.value(MachineInst::new(op, size).imm(imm), I, uses)
    }

    pub(crate) fn float(&mut self, op: Op, size: u8, uses: &[VReg]) -> VReg {
        self.value(MachineInst::new(op, size), F, uses)
    }

    pub(crate) fn block(&mut self, frequency: f32, depth: u32) -> Block {
        self.mir.begin_block(frequency, depth)
    }

    pub(crate) fn jump(&mut self, target: Block, arguments: &[VReg]) {
        self.push(MachineInst::new(Op::Jump, 0), &[]);
        self.mir.succ(target, arguments);
    }

    pub(crate) fn branch(&mut self, inst: MachineInst, uses: &[VReg], yes: (Block, &[VReg]), no: (Block, &[VReg])) {
        self.push(inst, uses);
        self.mir.succ(yes.0, yes.1);
        self.mir.succ(no.0, no.1);
    }

    pub(crate) fn ret(&mut self, values: &[VReg]) {
        let registers = result_registers(values);
        let locations: Vec<Location> = registers.into_iter().map(Location::Reg).collect();
        let site = self.mir.call_site(&[], &locations);
        self.push(MachineInst::new(Op::Ret, 0).imm(i64::from(site)), values);
    }

    /// A call of a symbol with arguments in registers and one result.
    pub(crate) fn call(&mut self, symbol: SymbolId, result: RegClass, arguments: &[VReg]) -> VReg {
        let classes: Vec<RegClass> = arguments.iter().map(|vreg| vreg.class()).collect();
        let locations: Vec<Location> = argument_registers(&classes).into_iter().map(Location::Reg).collect();
        let value = self.mir.vreg(result);
        let site = self.mir.call_site(&result_registers(&[value]), &locations);
        let mut vregs = vec![value];
        vregs.extend(arguments);
        self.push(MachineInst::new(Op::Call, 0).imm(i64::from(site)).symbol(symbol.0), &vregs);
        value
    }

    pub(crate) fn finish(mut self) -> Mir {
        self.mir.finish(isa());
        mir::verify(&self.mir, isa()).expect("laws of machine IR");
        self.mir.prepare(isa());
        mir::verify(&self.mir, isa()).expect("laws of machine IR after preparation");
        self.mir
    }
}

pub(crate) fn argument_registers(classes: &[RegClass]) -> Vec<PReg> {
    let (mut ints, mut floats) = (abi::INT_ARGS.into_iter(), abi::FLOAT_ARGS.into_iter());
    let next = |&class: &RegClass| if class == I { ints.next() } else { floats.next() };
    classes.iter().map(next).map(|register| register.expect("few arguments")).collect()
}

fn result_registers(values: &[VReg]) -> Vec<PReg> {
    let (mut ints, mut floats) = (abi::INT_RESULTS.into_iter(), abi::FLOAT_RESULTS.into_iter());
    let next = |value: &VReg| if value.class() == I { ints.next() } else { floats.next() };
    values.iter().map(next).map(|register| register.expect("few results")).collect()
}

pub(crate) fn slot(number: u32, disp: i32) -> Address {
    Address::named(Base::Slot, number, disp)
}

/// A module with the functions of a test.
pub(crate) struct Program {
    pub(crate) module: Module,
    functions: Vec<Mir>,
}

impl Program {
    pub(crate) fn new() -> Program {
        Program { module: Module::new(target_lexicon::Triple::host()), functions: Vec::new() }
    }

    pub(crate) fn import(&mut self, name: &str) -> SymbolId {
        self.module.import_function(name, Signature::default())
    }

    /// An object; the caller may set more of its symbol.
    pub(crate) fn data(&mut self, name: &str, linkage: Linkage, data: Data) -> &mut Symbol {
        let symbol = self.module.define_data(name, linkage, 8, data);
        &mut self.module.symbols[symbol.index()]
    }

    pub(crate) fn add(&mut self, name: &str, mir: Mir) -> SymbolId {
        self.add_linked(name, Linkage::External, mir)
    }

    pub(crate) fn add_linked(&mut self, name: &str, linkage: Linkage, mir: Mir) -> SymbolId {
        let signature = self.module.signature_id(Signature::default());
        let external = Definition::ExternalFunction(signature);
        let symbol = self.module.add_symbol(Symbol::new(name, linkage, external));
        self.module.add_function(Function {
            symbol,
            signature,
            graph: Graph::new(),
            slots: Vec::new(),
            indirect_targets: 0,
            flags: FunctionFlags::NONE,
        });
        self.functions.push(mir);
        symbol
    }

    pub(crate) fn compile(&self, optimize: bool) -> Vec<CompiledFunction> {
        let mut compiler = FunctionCompiler::new(isa(), FunctionOptions { optimize, check: true });
        self.functions.iter().map(|mir| compiler.compile(mir).expect("compiles")).collect()
    }

    pub(crate) fn object(&self, optimize: bool) -> Vec<u8> {
        self.object_with(optimize, &ObjectOptions::default())
    }

    pub(crate) fn object_with(&self, optimize: bool, options: &ObjectOptions) -> Vec<u8> {
        let functions: Vec<_> = self.compile(optimize).into_iter().map(Some).collect();
        write_object(&self.module, isa(), &functions, options).expect("an object")
    }

    /// Links with C, once optimized and once not, runs both, and returns their output, which must be the same.
    pub(crate) fn run(&self, c: &str) -> String {
        let outputs = [true, false].map(|optimize| run(&self.object(optimize), c, &[]));
        assert_eq!(outputs[0], outputs[1], "optimized (left) and not (right)");
        outputs[0].clone()
    }
}

/// Links an object with C and returns what the program prints.
pub(crate) fn run(object: &[u8], c: &str, flags: &[&str]) -> String {
    run_all(&[object], c, flags)
}

/// Links objects with C and returns what the program prints.
pub(crate) fn run_all(objects: &[&[u8]], c: &str, flags: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let names: Vec<_> = (0..objects.len()).map(|number| path(&format!("code{number}.o"))).collect();
    for (name, object) in names.iter().zip(objects) {
        std::fs::write(name, object).expect("writable");
    }
    std::fs::write(path("main.c"), c).expect("writable");
    let cc = Command::new("cc")
        .args(["-w", "-o"])
        .arg(path("program"))
        .arg(path("main.c"))
        .args(&names)
        .args(flags)
        .arg("-lm")
        .output()
        .expect("cc");
    let kept = || {
        let kept = std::env::temp_dir().join("son-native-failure.o");
        let _ = std::fs::copy(&names[0], &kept);
        kept
    };
    assert!(cc.status.success(), "cc: {}\n{}", kept().display(), String::from_utf8_lossy(&cc.stderr));
    let output = Command::new(path("program")).output().expect("runs");
    assert!(output.status.success(), "{:?}, object kept as {}", output.status, kept().display());
    String::from_utf8(output.stdout).expect("text")
}
