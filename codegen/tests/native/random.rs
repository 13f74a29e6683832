//! Random functions: native code against the evaluator of machine IR, under heavy register pressure.

use crate::build::{Builder, F, I, Program, run, slot};
use crate::eval;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use regalloc2::{Block, VReg};
use son_codegen::machine::{Address, InstFlags, MachineInst};
use son_codegen::mir::{Dump, Mir};
use son_codegen::x64::isa;
use son_codegen::x64::ops::{Compare, Consumer, Op};
use son_codegen::x64::regs::Cond;
use son_ir::SymbolId;
use std::fmt::Write;

const SLOTS: u32 = 4;
const SLOT_SIZE: u32 = 16;

/// One step of a random function: what to do, with what.
#[derive(Clone, Debug)]
struct Choice {
    kind: u16,
    a: u16,
    b: u16,
    c: u16,
    imm: i64,
}

fn choice() -> impl Strategy<Value = Choice> {
    let imm = prop_oneof![
        3 => -4i64..5,
        1 => prop::sample::select(vec![127, 128, -128, -129, 255, 65535, 0x7fff_ffff, -0x8000_0000]),
        2 => any::<i32>().prop_map(i64::from),
    ];
    (any::<u16>(), any::<u16>(), any::<u16>(), any::<u16>(), imm).prop_map(|(kind, a, b, c, imm)| Choice {
        kind,
        a,
        b,
        c,
        imm,
    })
}

/// A memory operand and its registers.
#[derive(Clone)]
struct Place {
    address: Address,
    registers: Vec<VReg>,
}

impl Place {
    /// Inputs of an op whose memory operand comes after `before` and in front of `after`.
    fn among(&self, before: &[VReg], after: &[VReg]) -> Vec<VReg> {
        [before, &self.registers, after].concat()
    }
}

/// Builds a function from choices. All values stay live to the end, where they are mixed into the result.
struct Generator {
    b: Builder,
    ints: Vec<VReg>,
    floats: Vec<VReg>,
    blocks: usize,
    helper: SymbolId,
}

const PARAMS: [regalloc2::RegClass; 6] = [I, I, I, I, F, F];

fn generate(choices: &[Choice], helper: SymbolId) -> Mir {
    let mut b = Builder::new(&PARAMS);
    for _ in 0..SLOTS {
        b.mir.slot(SLOT_SIZE, 8);
    }
    let ints = b.params[..4].to_vec();
    let floats = b.params[4..].to_vec();
    let mut g = Generator { b, ints, floats, blocks: 1, helper };
    // Functions that return early, before anything needs a frame.
    for choice in choices.iter().take(choices.first().map_or(0, |choice| choice.imm as usize % 3)) {
        g.early_return(choice);
    }
    for number in 0..SLOTS {
        for disp in [0, 8] {
            g.b.push(MachineInst::new(Op::MovMI, 8).at(slot(number, disp)).imm(0), &[]);
        }
    }
    choices.iter().for_each(|choice| g.step(choice));
    g.end()
}

impl Generator {
    fn int(&self, choice: u16) -> VReg {
        self.ints[choice as usize % self.ints.len()]
    }

    fn float(&self, choice: u16) -> VReg {
        self.floats[choice as usize % self.floats.len()]
    }

    /// Keeps an integer; what is above its size becomes zero.
    fn keep(&mut self, value: VReg, size: u8) {
        let clean = match size {
            1 | 2 => self.b.value(MachineInst::new(Op::MovzxRR, 4).from_size(size), I, &[value]),
            _ => value,
        };
        self.ints.push(clean);
    }

    /// Eight bytes in a slot, addressed directly, by an index, by a base, or by both.
    fn place(&mut self, a: u16, b: u16, form: u16) -> Place {
        let (number, disp) = (u32::from(a) % SLOTS, i32::from(b % 9));
        let (based, indexed) = (form / 256 % 2 == 1, form / 512 % 2 == 1);
        let (mut address, mut registers) = (slot(number, disp), Vec::new());
        if based {
            registers.push(self.b.value(MachineInst::new(Op::Lea, 8).at(slot(number, 0)), I, &[]));
            address = Address::reg(disp);
        }
        if indexed {
            let index = self.b.int_imm(Op::AndRI, 4, 1, &[self.int(b)]);
            registers.push(index);
            address = Address { disp: disp / 2, ..address }.indexed([1, 2, 4][usize::from(b) % 3]);
        }
        Place { address, registers }
    }

    fn step(&mut self, choice: &Choice) {
        let &Choice { kind, a, b, c, imm } = choice;
        let size = [8, 4, 8, 4, 2, 1][c as usize % 6];
        let wide = if size < 4 { 4 } else { size };
        let (x, y) = (self.int(a), self.int(b));
        let place = self.place(a, b, kind / 24);
        match kind % 24 {
            0..=3 => self.arithmetic(kind / 24, size, x, y, imm, place),
            4 => {
                let op = [Op::ShlRI, Op::ShrRI, Op::SarRI, Op::RolRI, Op::RorRI][kind as usize / 24 % 5];
                let count = imm.rem_euclid(8 * i64::from(size));
                let value = self.b.int_imm(op, size, count, &[x]);
                self.keep(value, size);
            }
            5 => {
                let op = [Op::ShlRC, Op::ShrRC, Op::SarRC, Op::RolRC, Op::RorRC][kind as usize / 24 % 5];
                let value = self.b.int(op, wide, &[x, y]);
                self.keep(value, wide);
            }
            6 => self.multiply(kind / 24, wide, x, y, imm, place),
            7 => self.divide(kind / 24, wide, x, y),
            8 => self.convert(kind / 24, size, x, place),
            9 | 10 => self.compare(kind / 24, c, imm, place, (a, b)),
            11 => self.bits(kind / 24, wide, x, y, imm),
            12 => self.checked(kind / 24, wide, x, y, imm),
            13 => self.pair(kind / 24, x, y, c, imm),
            14 | 15 => self.floats(kind / 24, a, b, c),
            16 => self.atomic(kind / 24, size, x, y, place),
            17 => {
                let value = self.b.call(self.helper, I, &[x, y]);
                self.ints.push(value);
            }
            18 => self.diamond(kind / 24, size, x, y, imm),
            19 => self.repeat(imm.rem_euclid(5), x, y),
            20 => self.table(x, y),
            21 => {
                let constant = self.b.int_imm(Op::MovI, 8, imm.wrapping_mul(0x1_0001_0001), &[]);
                self.ints.push(constant);
            }
            22 => self.early_return(choice),
            _ => self.arithmetic(kind / 24, wide, x, y, imm, place),
        }
    }

    fn arithmetic(&mut self, form: u16, size: u8, x: VReg, y: VReg, imm: i64, place: Place) {
        use Op::*;
        const OPS: [[Op; 5]; 5] = [
            [AddRR, AddRI, AddRM, AddMR, AddMI],
            [OrRR, OrRI, OrRM, OrMR, OrMI],
            [AndRR, AndRI, AndRM, AndMR, AndMI],
            [SubRR, SubRI, SubRM, SubMR, SubMI],
            [XorRR, XorRI, XorRM, XorMR, XorMI],
        ];
        let ops = OPS[form as usize % 5];
        let lock = if form & 64 == 0 { InstFlags::NONE } else { InstFlags::LOCK };
        let value = match form / 5 % 7 {
            0 | 1 => self.b.int(ops[0], size, &[x, y]),
            2 => self.b.int_imm(ops[1], size, imm, &[x]),
            3 => self.b.value(MachineInst::new(ops[2], size).at(place.address), I, &place.among(&[x], &[])),
            4 => {
                return self
                    .b
                    .push(MachineInst::new(ops[3], size).at(place.address).flags(lock), &place.among(&[], &[x]));
            }
            5 => {
                return self.b.push(
                    MachineInst::new(ops[4], size).at(place.address).imm(imm).flags(lock),
                    &place.among(&[], &[]),
                );
            }
            _ => self.b.int(if form & 64 == 0 { NegR } else { NotR }, size, &[x]),
        };
        self.keep(value, size);
    }

    fn multiply(&mut self, form: u16, size: u8, x: VReg, y: VReg, imm: i64, place: Place) {
        let value = match form % 6 {
            0 => self.b.int(Op::ImulRR, size, &[x, y]),
            1 => self.b.value(MachineInst::new(Op::ImulRM, size).at(place.address), I, &place.among(&[x], &[])),
            2 => self.b.int_imm(Op::ImulRRI, size, imm, &[x]),
            3 => self.b.value(MachineInst::new(Op::ImulRMI, size).at(place.address).imm(imm), I, &place.registers),
            form => {
                let op = if form == 4 { Op::Mul } else { Op::Imul };
                return self.two(MachineInst::new(op, size), &[x, y]);
            }
        };
        self.keep(value, size);
    }

    /// An instruction with two integer results.
    fn two(&mut self, inst: MachineInst, uses: &[VReg]) {
        let [first, second] = [self.b.mir.vreg(I), self.b.mir.vreg(I)];
        let mut vregs = vec![first, second];
        vregs.extend(uses);
        self.b.push(inst, &vregs);
        self.ints.extend([first, second]);
    }

    /// Divides something that is not negative by something from 1 to 2^16.
    fn divide(&mut self, form: u16, size: u8, x: VReg, y: VReg) {
        let divisor = self.b.int_imm(Op::AndRI, size, 0xffff, &[y]);
        let divisor = self.b.int_imm(Op::OrRI, size, 1, &[divisor]);
        let op = if form & 1 == 0 { Op::Div } else { Op::Idiv };
        self.two(MachineInst::new(op, size), &[x, divisor]);
    }

    fn convert(&mut self, form: u16, size: u8, x: VReg, place: Place) {
        let to = if form & 8 == 0 { 4 } else { 8 };
        let from = size.min(to);
        let value = match form % 8 {
            0 => self.b.value(MachineInst::new(Op::MovzxRR, to).from_size(from), I, &[x]),
            1 => self.b.value(MachineInst::new(Op::MovsxRR, to).from_size(from), I, &[x]),
            2 => self.b.value(MachineInst::new(Op::MovzxRM, to).from_size(from).at(place.address), I, &place.registers),
            3 => self.b.value(MachineInst::new(Op::MovsxRM, to).from_size(from).at(place.address), I, &place.registers),
            4 => self.b.value(MachineInst::new(Op::MovRM, size).at(place.address), I, &place.registers),
            5 => self.b.value(MachineInst::new(Op::MovRR, to), I, &[x]),
            _ => return self.b.push(MachineInst::new(Op::MovMR, size).at(place.address), &place.among(&[], &[x])),
        };
        self.ints.push(value);
    }

    fn compare(&mut self, form: u16, c: u16, imm: i64, place: Place, (a, b): (u16, u16)) {
        use Compare::*;
        const FORMS: [Compare; 13] =
            [CmpRR, CmpRI, CmpRM, CmpMR, CmpMI, TestRR, TestRI, TestMR, TestMI, BtRR, BtRI, UcomisRR, UcomisRM];
        let compare = FORMS[form as usize % 13];
        let (x, y) = (self.int(a), self.int(b));
        let float = matches!(compare, UcomisRR | UcomisRM);
        let bt = matches!(compare, BtRR | BtRI);
        let size = if float || bt { [4, 8][c as usize % 2] } else { [1, 2, 4, 8][c as usize % 4] };
        let imm = if bt { imm.rem_euclid(8 * i64::from(size)) } else { imm };
        let selects = form / 13 % 3;
        let cond = condition(c / 4, float, bt, selects > 0);
        let inputs = match compare {
            CmpRR | BtRR => vec![x, y],
            TestRR => vec![x, if form & 256 == 0 { x } else { y }],
            CmpRI | TestRI | BtRI => vec![x],
            CmpRM => place.among(&[x], &[]),
            CmpMR | TestMR => place.among(&[], &[x]),
            CmpMI | TestMI => place.registers.clone(),
            UcomisRR => vec![self.float_of(a, size), self.float_of(b, size)],
            UcomisRM => place.among(&[self.float_of(a, size)], &[]),
        };
        let memory = matches!(compare, CmpRM | CmpMR | CmpMI | TestMR | TestMI | UcomisRM);
        let consumer = [Consumer::Set, Consumer::Select, Consumer::SelectFloat][selects as usize];
        let mut inst = MachineInst::new(compare.joined(consumer), size).imm(imm).cond(cond);
        if memory {
            inst = inst.at(place.address);
        }
        match consumer {
            Consumer::SelectFloat => {
                let mut uses = vec![self.float(a), self.float(b)];
                uses.extend(inputs);
                let value = self.b.value(inst.from_size(8), F, &uses);
                self.floats.push(value);
            }
            Consumer::Select => {
                let mut uses = vec![self.int(a.wrapping_add(b)), self.int(c)];
                uses.extend(inputs);
                let value = self.b.value(inst.from_size(if c & 1024 == 0 { 4 } else { 8 }), I, &uses);
                self.ints.push(value);
            }
            _ => {
                let from = if c & 1024 == 0 { 4 } else { 1 };
                let value = self.b.value(inst.from_size(from), I, &inputs);
                self.keep(value, from);
            }
        }
    }

    /// A float of the pool as one of `size`; the pool holds doubles.
    fn float_of(&mut self, choice: u16, size: u8) -> VReg {
        let value = self.float(choice);
        match size {
            4 => self.b.value(MachineInst::new(Op::CvtFF, 4).from_size(8), F, &[value]),
            _ => value,
        }
    }

    fn bits(&mut self, form: u16, size: u8, x: VReg, y: VReg, imm: i64) {
        let bit = imm.rem_euclid(8 * i64::from(size));
        let value = match form % 10 {
            0 => self.b.int(Op::Bswap, size, &[x]),
            1 => self.b.int(Op::BsfOr, size, &[x, y]),
            2 => self.b.int(Op::BsrOr, size, &[x, y]),
            3 => self.b.int(Op::BtsRR, size, &[x, y]),
            4 => self.b.int(Op::BtrRR, size, &[x, y]),
            5 => self.b.int(Op::BtcRR, size, &[x, y]),
            6 => self.b.int_imm(Op::BtsRI, size, bit, &[x]),
            7 => self.b.int_imm(Op::BtcRI, size, bit, &[x]),
            8 => self.b.int_imm(Op::ShldRI, size, bit, &[x, y]),
            _ => self.b.int(Op::ShldRC, size, &[x, y, x]),
        };
        self.ints.push(value);
    }

    fn checked(&mut self, form: u16, size: u8, x: VReg, y: VReg, imm: i64) {
        let cond = if form & 64 == 0 { Cond::O } else { Cond::B };
        let imm = if cond == Cond::B { imm & 0x7fff_ffff } else { imm };
        let (inst, uses) = match form % 7 {
            0 => (MachineInst::new(Op::CheckedAddRR, size).cond(cond), vec![x, y]),
            1 => (MachineInst::new(Op::CheckedSubRR, size).cond(cond), vec![x, y]),
            2 => (MachineInst::new(Op::CheckedAddRI, size).cond(cond).imm(imm), vec![x]),
            3 => (MachineInst::new(Op::CheckedSubRI, size).cond(cond).imm(imm), vec![x]),
            4 => (MachineInst::new(Op::CheckedImulRR, size).cond(Cond::O), vec![x, y]),
            5 => (MachineInst::new(Op::CheckedImulRRI, size).cond(Cond::O).imm(imm), vec![x]),
            _ => (MachineInst::new(Op::CheckedMul, size).cond(Cond::B), vec![x, y]),
        };
        self.two(inst, &uses);
    }

    fn pair(&mut self, form: u16, x: VReg, y: VReg, c: u16, imm: i64) {
        let (z, w) = (self.int(c), self.int(imm as u16));
        let op = if form & 1 == 0 { Op::AddPair } else { Op::SubPair };
        self.two(MachineInst::new(op, 8), &[x, y, z, w]);
    }

    fn floats(&mut self, form: u16, a: u16, b: u16, c: u16) {
        let (x, y, n) = (self.float(a), self.float(b), self.int(c));
        let value = match form % 14 {
            0 => self.b.float(Op::AddfRR, 8, &[x, y]),
            1 => self.b.float(Op::SubfRR, 8, &[x, y]),
            2 => self.b.float(Op::MulfRR, 8, &[x, y]),
            3 => self.b.float(Op::DivfRR, 8, &[x, y]),
            4 => self.b.float(Op::MinfRR, 8, &[x, y]),
            5 => self.b.float(Op::MaxfRR, 8, &[x, y]),
            6 => self.b.float(Op::SqrtfRR, 8, &[x]),
            7 => self.b.value(MachineInst::new(Op::CvtFI, 8).from_size(8), F, &[n]),
            8 => self.b.value(MachineInst::new(Op::CvtFI, 8).from_size(4), F, &[n]),
            9 => self.b.float(Op::CvtFU, 8, &[n]),
            10 => self.b.float(Op::ZeroF, 8, &[]),
            11 => {
                let single = self.float_of(a, 4);
                let sum = self.b.float(Op::AddfRR, 4, &[single, single]);
                self.b.value(MachineInst::new(Op::CvtFF, 8).from_size(4), F, &[sum])
            }
            form => {
                let size = if form == 12 { 4 } else { 8 };
                let value = self.b.value(MachineInst::new(Op::CvtIF, size).from_size(8), I, &[x]);
                return self.ints.push(value);
            }
        };
        self.floats.push(value);
    }

    fn atomic(&mut self, form: u16, size: u8, x: VReg, y: VReg, place: Place) {
        let value = match form % 5 {
            0 => self.b.value(MachineInst::new(Op::Xadd, size).at(place.address), I, &place.among(&[x], &[])),
            1 => self.b.value(MachineInst::new(Op::Xchg, size).at(place.address), I, &place.among(&[x], &[])),
            2 => self.b.value(MachineInst::new(Op::Cmpxchg, size).at(place.address), I, &place.among(&[x, y], &[])),
            3 => {
                let inst = MachineInst::new(Op::CmpxchgSet, size).at(place.address);
                let [old, equal] = [self.b.mir.vreg(I), self.b.mir.vreg(I)];
                self.b.push(inst, &place.among(&[old, equal, x, y], &[]));
                self.ints.push(equal);
                old
            }
            _ => {
                let inst = MachineInst::new(Op::AtomicLoop, size).at(place.address).imm(i64::from(form / 5 % 8));
                self.b.value(inst, I, &place.among(&[x], &[]))
            }
        };
        let value =
            if size < 4 { value } else { self.b.value(MachineInst::new(Op::MovzxRR, 8).from_size(size), I, &[value]) };
        self.keep(value, size);
    }

    fn next_blocks<const N: usize>(&mut self) -> [Block; N] {
        let first = self.blocks;
        self.blocks += N;
        std::array::from_fn(|i| Block::new(first + i))
    }

    /// `if (x ? y) return x + y;`
    fn early_return(&mut self, choice: &Choice) {
        let (x, y) = (self.int(choice.a), self.int(choice.b));
        let [yes, no] = self.next_blocks();
        let test =
            MachineInst::new(Compare::CmpRR.joined(Consumer::Jump), 8).cond(condition(choice.c, false, false, false));
        self.b.branch(test, &[x, y], (yes, &[]), (no, &[]));
        self.b.block(0.4, 0);
        let sum = self.b.int(Op::AddRR, 8, &[x, y]);
        self.b.ret(&[sum]);
        self.b.block(0.6, 0);
    }

    /// `if (x ? y) v = helper(x, y) or x + y; else v = x ^ imm;`
    fn diamond(&mut self, form: u16, size: u8, x: VReg, y: VReg, imm: i64) {
        let skip = form & 128 != 0;
        let [yes] = self.next_blocks();
        let [no] = if skip { [yes] } else { self.next_blocks() };
        let [join] = self.next_blocks();
        let cond = condition(form, false, false, false);
        let test = MachineInst::new(Compare::CmpRR.joined(Consumer::Jump), size).cond(cond);
        let other = if skip { (join, &[x][..]) } else { (no, &[][..]) };
        self.b.branch(test, &[x, y], (yes, &[]), other);
        self.b.block(0.3, 0);
        let calls = form & 64 != 0;
        let sum = if calls { self.b.call(self.helper, I, &[x, y]) } else { self.b.int(Op::AddRR, 8, &[x, y]) };
        self.b.jump(join, &[sum]);
        if !skip {
            self.b.block(0.7, 0);
            let mixed = self.b.int_imm(Op::XorRI, 8, imm, &[x]);
            self.b.jump(join, &[mixed]);
        }
        self.b.block(1.0, 0);
        let value = self.b.mir.vreg(I);
        self.b.mir.param(value);
        self.ints.push(value);
    }

    /// `do { v = v * 3 + y; } while (++i < n);`
    fn repeat(&mut self, count: i64, x: VReg, y: VReg) {
        let [body, done] = self.next_blocks();
        let start = self.b.int_imm(Op::MovI, 8, 0, &[]);
        self.b.jump(body, &[start, x]);
        self.b.block(8.0, 1);
        let [i, value] = [self.b.mir.vreg(I), self.b.mir.vreg(I)];
        self.b.mir.param(i);
        self.b.mir.param(value);
        let tripled = self.b.int_imm(Op::ImulRRI, 8, 3, &[value]);
        let sum = self.b.int(Op::AddRR, 8, &[tripled, y]);
        let next = self.b.int_imm(Op::AddRI, 8, 1, &[i]);
        let test = MachineInst::new(Compare::CmpRI.joined(Consumer::Jump), 8).cond(Cond::L).imm(count);
        self.b.branch(test, &[next], (body, &[next, sum]), (done, &[]));
        self.b.block(1.0, 0);
        self.ints.push(sum);
    }

    /// `switch (x & 3) { case 0: case 3: v = y; case 1: v = x - y; case 2: v = x; }`
    fn table(&mut self, x: VReg, y: VReg) {
        let [plain, minus, join] = self.next_blocks();
        let index = self.b.int_imm(Op::AndRI, 4, 3, &[x]);
        let table = self.b.mir.jump_table(&[0, 1, 2, 0]);
        self.b.push(MachineInst::new(Op::JumpTable, 8).imm(i64::from(table)), &[index]);
        self.b.mir.succ(plain, &[]);
        self.b.mir.succ(minus, &[]);
        self.b.mir.succ(join, &[x]);
        self.b.block(0.5, 0);
        self.b.jump(join, &[y]);
        self.b.block(0.25, 0);
        let difference = self.b.int(Op::SubRR, 8, &[x, y]);
        self.b.jump(join, &[difference]);
        self.b.block(1.0, 0);
        let value = self.b.mir.vreg(I);
        self.b.mir.param(value);
        self.ints.push(value);
    }

    /// Mixes all values into one.
    fn end(mut self) -> Mir {
        for value in std::mem::take(&mut self.floats) {
            let zero = self.b.float(Op::ZeroF, 8, &[]);
            let nan = MachineInst::new(Compare::UcomisRR.joined(Consumer::SelectFloat), 8).cond(Cond::P).from_size(8);
            let number = self.b.value(nan, F, &[value, zero, value, value]);
            let bits = self.b.int(Op::MovIF, 8, &[number]);
            self.ints.push(bits);
        }
        for (number, disp) in (0..SLOTS).flat_map(|number| [(number, 0), (number, 8)]) {
            let value = self.b.value(MachineInst::new(Op::MovRM, 8).at(slot(number, disp)), I, &[]);
            self.ints.push(value);
        }
        let mut result = self.b.int_imm(Op::MovI, 8, 1, &[]);
        for value in std::mem::take(&mut self.ints) {
            let scaled = self.b.int_imm(Op::ImulRRI, 8, 31, &[result]);
            result = self.b.int(Op::AddRR, 8, &[scaled, value]);
        }
        self.b.ret(&[result]);
        self.b.finish()
    }
}

fn condition(choice: u16, float: bool, bt: bool, select: bool) -> Cond {
    use Cond::*;
    const INTS: [Cond; 12] = [B, Ae, E, Ne, Be, A, S, Ns, L, Ge, Le, G];
    const FLOATS: [Cond; 10] = [A, Ae, B, Be, P, Np, FloatNe, E, Ne, FloatEq];
    match (float, bt) {
        (_, true) => [B, Ae][choice as usize % 2],
        (true, _) => FLOATS[choice as usize % if select { 9 } else { 10 }],
        _ => INTS[choice as usize % 12],
    }
}

const INPUTS: [[u64; 6]; 4] = [
    [0, 0, 0, 0, 0, 0],
    [1, u64::MAX, 0x8000_0000_0000_0000, 0x7fff_ffff, 0x3ff0_0000_0000_0000, 0xc059_0000_0000_0000],
    [123_456_789, 0xdead_beef_cafe_f00d, 42, 0xffff_ffff_8000_0000, 0x4415_af1d_78b5_8c40, 0x3fb9_9999_9999_999a],
    [u64::MAX, 2, 0xffff_ffff, 0x1_0000_0000, 0x7ff0_0000_0000_0000, 0xc3e0_0000_0000_0000],
];

const PRELUDE: &str = r#"
#include <stdio.h>
#include <stdint.h>
#include <string.h>
uint64_t helper(uint64_t a, uint64_t b) {
  uint64_t t = a * 31;
  t = (t << 7 | t >> 57) ^ b;
  __asm__ volatile("mov $-1, %%rcx; mov %%rcx, %%rdx; mov %%rcx, %%rsi; mov %%rcx, %%rdi; mov %%rcx, %%r8;"
    "mov %%rcx, %%r9; mov %%rcx, %%r10; mov %%rcx, %%r11; movq %%rcx, %%xmm0; movaps %%xmm0, %%xmm1;"
    "movaps %%xmm0, %%xmm2; movaps %%xmm0, %%xmm3; movaps %%xmm0, %%xmm4; movaps %%xmm0, %%xmm5;"
    "movaps %%xmm0, %%xmm6; movaps %%xmm0, %%xmm7; movaps %%xmm0, %%xmm8; movaps %%xmm0, %%xmm15;"
    ::: "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm2",
    "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm15");
  return t;
}
typedef uint64_t function(uint64_t, uint64_t, uint64_t, uint64_t, double, double);
static void show(function *f, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t x, uint64_t y) {
  double fx, fy;
  memcpy(&fx, &x, 8);
  memcpy(&fy, &y, 8);
  printf("%llx ", (unsigned long long)f(a, b, c, d, fx, fy));
}
"#;

/// Compiles, links and runs functions together, as a program for each would spend its time in the linker. Returns
/// those whose results are wrong: their number, the results, and the right ones.
fn wrong(functions: &[Vec<Choice>], optimize: bool) -> Vec<(usize, String, String)> {
    let mut program = Program::new();
    let helper = program.import("helper");
    let (mut main, mut calls, mut expected) = (PRELUDE.to_owned(), String::new(), Vec::new());
    for (number, choices) in functions.iter().enumerate() {
        let mir = generate(choices, helper);
        let _ = writeln!(main, "function f{number};");
        for [a, b, c, d, x, y] in INPUTS {
            let _ = writeln!(calls, "  show(f{number}, {a}ull, {b}ull, {c}ull, {d}ull, {x}ull, {y}ull);");
        }
        calls.push_str("  puts(\"\");\n");
        expected.push(INPUTS.iter().map(|input| format!("{:x} ", eval::run(&mir, input))).collect::<String>());
        program.add(&format!("f{number}"), mir);
    }
    let output = run(&program.object(optimize), &format!("{main}int main() {{\n{calls}}}\n"), &[]);
    let results = output.lines().zip(&expected).enumerate().filter(|(_, (result, right))| result != right);
    results.map(|(number, (result, right))| (number, result.to_owned(), right.clone())).collect()
}

/// Removes steps from a function as long as its results stay wrong. All shorter functions are tried in one program.
fn shrink(mut function: Vec<Choice>, optimize: bool) -> Vec<Choice> {
    loop {
        let without = |from: usize, count: usize| {
            let mut shorter = function.clone();
            shorter.drain(from..(from + count).min(shorter.len()));
            shorter
        };
        let counts = [function.len() / 2, function.len() / 4, 2, 1].into_iter().filter(|&count| count > 0);
        let shorter: Vec<Vec<Choice>> = counts
            .flat_map(|count| (0..function.len()).step_by(count).map(move |from| (from, count)))
            .map(|(from, count)| without(from, count))
            .collect();
        match wrong(&shorter, optimize).first() {
            Some(&(number, ..)) => function = shorter[number].clone(),
            None => return function,
        }
    }
}

fn check(functions: &[Vec<Choice>]) {
    for optimize in [true, false] {
        if let Some(&(number, ..)) = wrong(functions, optimize).first() {
            let function = shrink(functions[number].clone(), optimize);
            let (_, result, right) = wrong(std::slice::from_ref(&function), optimize).remove(0);
            let mut program = Program::new();
            let mir = generate(&function, program.import("helper"));
            let dump = Dump { mir: &mir, isa: isa() };
            panic!("optimize {optimize}: {result} instead of {right}\n{function:#?}\n{dump}");
        }
    }
}

#[test]
fn native_code_computes_what_the_evaluator_does() {
    let functions = prop::collection::vec(prop::collection::vec(choice(), 1..60), 40);
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(12);
    let config = Config { cases, max_shrink_iters: 0, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    runner
        .run(&functions, |functions| {
            check(&functions);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}
