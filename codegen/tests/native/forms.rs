//! Every row of the op table, emitted with fixed registers and disassembled: `forms.txt` shows what each becomes.
//!
//! `BLESS=1` rewrites the file; read the difference before it is committed.

use crate::build::I;
use regalloc2::{Allocation, PReg, RegClass, SpillSlot};
use son_codegen::buffer::{CodeBuffer, RelocationTarget};
use son_codegen::frame::Frame;
use son_codegen::isa::{FunctionContext, Isa, Names, Targets};
use son_codegen::machine::{Address, MachineInst, OpFlags, OpInfo, Opcode, OperandSpec};
use son_codegen::mir::{Location, Mir};
use son_codegen::x64::isa;
use son_codegen::x64::ops::{OPS, Op};
use son_codegen::x64::regs::*;
use std::fmt::Write;

/// Registers that operands take in turn: old and new ones, some that need special encodings.
const INTS: [PReg; 6] = [RBX, R9, RSI, R13, RBP, R12];
const FLOATS: [PReg; 4] = [XMM1, XMM9, XMM2, XMM15];

fn sizes(op: Op, info: &OpInfo) -> &'static [u8] {
    use Op::*;
    let name = info.name;
    let any_width =
        ["load", "store", "add", "or", "and", "sub", "xor", "neg", "not", "shl", "shr", "sar", "rol", "ror"];
    let base = name.split('.').next().unwrap_or(name);
    match op {
        MovsRR | MovsRM | MovsMR => &[4, 8, 16],
        AddPair | SubPair | Lea | TlsBase | TlsLocal | TlsInitial | TlsGeneral | TlsIndex | JumpTable | JumpReg
        | CvtFU => &[8],
        ShldRI | ShrdRI | ShldRC | ShrdRC => &[4, 8],
        AndfRR | AndfRM | OrfRR | OrfRM | XorfRR | XorfRM | AndnfRR => &[16],
        CheckedAddRR | CheckedAddRI | CheckedSubRR | CheckedSubRI => &[4, 8],
        Xadd | Xchg | Cmpxchg | CmpxchgSet | AtomicLoop | RepMovs | RepStos => &[1, 2, 4, 8],
        _ if any_width.contains(&base) || name.contains(".cmp") || name.contains(".test") => &[1, 2, 4, 8],
        _ if info.flags.intersects(OpFlags::CALL.with(OpFlags::RETURN).with(OpFlags::DYNAMIC_STACK)) => &[8],
        _ => &[4, 8],
    }
}

/// Chooses a place for each operand.
struct Places {
    ints: usize,
    floats: usize,
    spill: bool,
    list: Vec<Allocation>,
}

impl Places {
    fn next(&mut self, class: RegClass) -> Allocation {
        let (registers, count) = match class {
            I => (&INTS[..], &mut self.ints),
            _ => (&FLOATS[..], &mut self.floats),
        };
        *count += 1;
        Allocation::reg(registers[(*count - 1) % registers.len()])
    }

    /// Results that reuse an input take its register, which is chosen first.
    fn choose(info: &OpInfo, address: Address, spill: bool) -> Vec<Allocation> {
        let mut places = Places { ints: 0, floats: 0, spill, list: Vec::new() };
        let mut reuses = Vec::new();
        for &spec in info.operands {
            use OperandSpec::*;
            let place = match spec {
                DefReuse(_, input) => {
                    reuses.push((places.list.len(), input as usize));
                    Allocation::none()
                }
                DefFixed(register) | UseFixed(register) => Allocation::reg(register),
                UseAny(_) | UseAnyLate(_) if places.spill => Allocation::stack(SpillSlot::new(2)),
                Def(class) | DefEarly(class) | Temp(class) | Use(class) | UseLate(class) | UseAny(class)
                | UseAnyLate(class) => places.next(class),
                Memory | MemoryLate => {
                    (0..address.registers()).for_each(|_| {
                        let place = places.next(I);
                        places.list.push(place);
                    });
                    continue;
                }
                SiteResults | SiteArguments | Chain => continue,
            };
            places.list.push(place);
        }
        for (result, input) in reuses {
            places.list[result] = places.list[input];
        }
        places.list
    }
}

struct NoNames;

impl Names for NoNames {
    fn target(&self, target: RelocationTarget) -> String {
        match target {
            RelocationTarget::Symbol(number) => format!("symbol{number}"),
            RelocationTarget::TlsGetAddr => "__tls_get_addr".to_owned(),
            RelocationTarget::Constant(number) => format!("const{number}"),
            RelocationTarget::Table(number) => format!("table{number}"),
        }
    }

    fn place(&self, offset: u32) -> Option<String> {
        Some(format!("@{offset}"))
    }
}

/// The instructions of one op with these operands, in one line.
fn assembly(inst: &MachineInst, info: &OpInfo, places: &[Allocation]) -> String {
    let mut mir = Mir::new();
    mir.call_site(&[], &[] as &[Location]);
    mir.slot(192, 16);
    let mut frame = Frame::default();
    let output = regalloc2::Output { num_spillslots: 4, ..regalloc2::Output::default() };
    frame.lay_out(&mir, isa(), Default::default(), &output).expect("a small frame");
    let (mut emitter, mut code) = (isa().emitter(), CodeBuffer::default());
    let context = FunctionContext { mir: &mir, frame: &frame, has_frame: true };
    code.clear(2);
    emitter.begin();
    let labels = [0, 1].map(son_codegen::buffer::Label);
    if info.is(OpFlags::TERMINATOR) && !info.is(OpFlags::RETURN) {
        let targets = Targets { succs: &labels, next: Some(labels[1]) };
        emitter.branch(context, &mut code, inst, places, targets);
    } else {
        emitter.inst(context, &mut code, inst, places, None);
    }
    labels.into_iter().for_each(|label| emitter.bind(&mut code, label));
    let code = code.finish(isa(), emitter.bytes());
    let mut lines: Vec<String> = Vec::new();
    isa().disassemble(&code, &NoNames, &mut |_, text| {
        lines.push(text.split_whitespace().collect::<Vec<_>>().join(" "));
        assert!(!text.contains("(bad)"), "{}: {text}", info.name);
    });
    lines.join("; ")
}

fn forms() -> String {
    let mut text = String::new();
    for (row, info) in OPS.iter().enumerate() {
        let op = Op::of(Opcode(row as u16));
        let memory = info.operands.iter().any(|spec| matches!(spec, OperandSpec::Memory | OperandSpec::MemoryLate));
        let spills =
            info.operands.iter().any(|spec| matches!(spec, OperandSpec::UseAny(_) | OperandSpec::UseAnyLate(_)));
        let _ = writeln!(text, "{} - {}", info.name, info.doc);
        for &size in sizes(op, info) {
            for spill in [false, true] {
                if spill && !spills {
                    continue;
                }
                let inst = instruction(op, info, size, memory);
                let places = Places::choose(info, inst.address(), spill);
                let _ = writeln!(
                    text,
                    "    {size}{}: {}",
                    if spill { " spilled" } else { "" },
                    assembly(&inst, info, &places)
                );
            }
        }
    }
    text
}

fn instruction(op: Op, info: &OpInfo, size: u8, memory: bool) -> MachineInst {
    let mut inst = MachineInst::new(op, size);
    if info.is(OpFlags::COND) {
        let checked = info.name.contains(".o");
        let bit = info.name.contains(".bt");
        let float = info.name.contains("fcmp");
        inst = inst.cond(match () {
            _ if checked => Cond::O,
            _ if bit => Cond::B,
            _ if float => Cond::FloatNe,
            _ => Cond::L,
        });
        let select = info.name.starts_with("fsel");
        inst = inst.from_size(if select { 8 } else { 4 });
    }
    match op {
        Op::MovzxRR | Op::MovsxRR | Op::MovzxRM | Op::MovsxRM => inst = inst.from_size(size / 4),
        Op::CvtFI | Op::CvtFIM | Op::CvtIF | Op::CvtIFM | Op::RintIF | Op::CvtUF => inst = inst.from_size(8),
        Op::CvtFF | Op::CvtFFM => inst = inst.from_size(12 - size),
        _ => {}
    }
    if memory {
        inst = inst.at(Address::reg(24).indexed(4));
    } else if !info.has_site() && info.name.starts_with("tls") {
        inst = inst.symbol(7);
    }
    match op {
        _ if info.has_site() || op == Op::JumpTable => {}
        Op::Alloca | Op::AllocaProbed => inst = inst.imm(32),
        Op::AtomicLoop => inst = inst.imm(4),
        Op::FmaRRR | Op::FmaRRRa => inst = inst.imm(2),
        _ => inst = inst.imm(17),
    }
    if matches!(op, Op::Call | Op::TailCall) {
        inst = inst.symbol(7);
    }
    if op == Op::SaveVarargs {
        inst = inst.symbol(0);
    }
    inst
}

#[test]
fn every_op_becomes_what_the_file_shows() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/native/forms.txt");
    let forms = forms();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &forms).expect("writable");
    }
    let expected = std::fs::read_to_string(path).expect("forms.txt");
    let differences: Vec<String> = forms
        .lines()
        .zip(expected.lines())
        .filter(|(now, then)| now != then)
        .map(|(now, then)| format!("- {then}\n+ {now}"))
        .collect();
    assert!(forms == expected, "BLESS=1 if this is right:\n{}", differences.join("\n"));
}
