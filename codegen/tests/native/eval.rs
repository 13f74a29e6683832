//! An evaluator of machine IR, for the ops that the random functions use.

use regalloc2::{Block, Inst, Operand, OperandKind, VReg};
use son_codegen::machine::{Base, MachineInst, Opcode, OperandSpec};
use son_codegen::mir::Mir;
use son_codegen::x64::ops::{AtomicOp, Compare, Consumer, Op};
use son_codegen::x64::regs::Cond;
use std::cmp::Ordering;

/// What the function `helper` of the C driver computes.
pub(crate) fn helper(a: u64, b: u64) -> u64 {
    a.wrapping_mul(31).rotate_left(7) ^ b
}

/// Runs a function on its register parameters (floats as bits) and returns its result.
pub(crate) fn run(mir: &Mir, params: &[u64]) -> u64 {
    let slots = mir.slots().iter().map(|slot| vec![0; slot.size as usize]).collect();
    let mut machine = Machine { mir, values: vec![0; mir.vreg_count()], slots, params, place: (0, 0) };
    let mut block = Block::new(0);
    for _ in 0..100_000 {
        match machine.block(block) {
            Step::To(position) => block = machine.follow(block, position),
            Step::Return(value) => return value,
        }
    }
    panic!("the function does not end");
}

enum Step {
    To(usize),
    Return(u64),
}

struct Machine<'a> {
    mir: &'a Mir,
    values: Vec<u64>,
    slots: Vec<Vec<u8>>,
    params: &'a [u64],
    /// Slot and offset of the current instruction's memory operand.
    place: (usize, usize),
}

/// What stands for an address in a slot.
fn address(slot: usize, at: usize) -> u64 {
    (slot as u64) << 32 | at as u64
}

fn mask(size: u8) -> u64 {
    if size >= 8 { u64::MAX } else { (1 << (8 * size)) - 1 }
}

fn signed(value: u64, size: u8) -> i64 {
    let shift = 64 - 8 * u32::from(size);
    (value << shift) as i64 >> shift
}

fn bits(size: u8) -> u32 {
    8 * u32::from(size)
}

fn float(value: u64, size: u8) -> f64 {
    if size == 4 { f64::from(f32::from_bits(value as u32)) } else { f64::from_bits(value) }
}

/// Rounds to single precision if that is the size; one operation of singles in doubles is then exact enough.
fn float_bits(value: f64, size: u8) -> u64 {
    if size == 4 { u64::from((value as f32).to_bits()) } else { value.to_bits() }
}

/// What the flags say after a compare.
enum Flags {
    Compared { left: u64, right: u64, size: u8 },
    Tested { value: u64, size: u8 },
    Carry(bool),
    Floats(f64, f64),
}

impl Flags {
    fn holds(&self, cond: Cond) -> bool {
        use Cond::*;
        match *self {
            Flags::Compared { left, right, size } => {
                let (l, r) = (left & mask(size), right & mask(size));
                let (sl, sr) = (signed(left, size), signed(right, size));
                let difference = signed(l.wrapping_sub(r), size);
                match cond {
                    B => l < r,
                    Ae => l >= r,
                    E => l == r,
                    Ne => l != r,
                    Be => l <= r,
                    A => l > r,
                    L => sl < sr,
                    Ge => sl >= sr,
                    Le => sl <= sr,
                    G => sl > sr,
                    S => difference < 0,
                    Ns => difference >= 0,
                    other => panic!("{other:?}"),
                }
            }
            Flags::Tested { value, size } => Flags::Compared { left: value, right: 0, size }.holds(cond),
            Flags::Carry(carry) => carry == (cond == B),
            Flags::Floats(l, r) => match (cond, l.partial_cmp(&r)) {
                (A, order) => order == Some(Ordering::Greater),
                (Be, order) => order != Some(Ordering::Greater),
                (Ae, order) => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
                (B, order) => matches!(order, Some(Ordering::Less) | None),
                (P, order) => order.is_none(),
                (Np, order) => order.is_some(),
                (FloatEq, order) => order == Some(Ordering::Equal),
                (FloatNe, order) => order != Some(Ordering::Equal),
                (E, order) => matches!(order, Some(Ordering::Equal) | None),
                (Ne, order) => matches!(order, Some(Ordering::Less | Ordering::Greater)),
                (other, _) => panic!("{other:?}"),
            },
        }
    }
}

impl Machine<'_> {
    fn get(&self, vreg: VReg) -> u64 {
        self.values[vreg.vreg()]
    }

    fn follow(&mut self, block: Block, position: usize) -> Block {
        let target = self.mir.succs(block)[position];
        let arguments: Vec<u64> = self.mir.succ_arguments(block, position).iter().map(|&v| self.get(v)).collect();
        for (param, argument) in self.mir.block_params(target).iter().zip(arguments) {
            self.values[param.vreg()] = argument;
        }
        target
    }

    fn block(&mut self, block: Block) -> Step {
        for inst in self.mir.block_insts(block).iter() {
            if let Some(step) = self.inst(inst) {
                return step;
            }
        }
        unreachable!("a block without terminator")
    }

    fn inst(&mut self, inst: Inst) -> Option<Step> {
        let record = *self.mir.inst(inst);
        let operands = self.mir.inst_operands(inst);
        let results = operands.iter().take_while(|o| o.kind() == OperandKind::Def).count();
        let mut inputs: Vec<u64> = operands[results..].iter().map(|o| self.get(o.vreg())).collect();
        let op = (0..u16::MAX).map(Opcode).map(Op::of).find(|&op| Opcode::from(op) == record.opcode);
        let op = op.expect("an op");
        let memory = |spec: &&OperandSpec| matches!(spec, OperandSpec::Memory | OperandSpec::MemoryLate);
        if op.info().operands.iter().any(|spec| memory(&spec)) {
            let inputs_before = op.info().operands.iter().take_while(|spec| !memory(spec));
            let before = inputs_before.count() - results;
            let registers: Vec<u64> = inputs.drain(before..before + record.address().registers()).collect();
            self.place = self.place_of(&record, &registers);
        }
        if let Some((compare, consumer)) = Compare::parts(op) {
            return self.compare(compare, consumer, &record, &operands[..results], &inputs);
        }
        match op {
            Op::Jump => return Some(Step::To(0)),
            Op::JumpTable => {
                let (_, table) = self.mir.tables().nth(record.imm as usize).expect("a table");
                return Some(Step::To(table[inputs[0] as usize] as usize));
            }
            Op::Ret => return Some(Step::Return(inputs[0])),
            Op::Params => {
                for (operand, &param) in operands.iter().zip(self.params) {
                    self.values[operand.vreg().vreg()] = param;
                }
                return None;
            }
            _ => {}
        }
        let values = self.results(op, &record, &inputs);
        for (operand, value) in operands[..results].iter().zip(values) {
            self.values[operand.vreg().vreg()] = value;
        }
        None
    }

    // ---- memory ----

    /// Slot and offset of a memory operand. A register base holds an address that `lea` made of a slot.
    fn place_of(&self, inst: &MachineInst, registers: &[u64]) -> (usize, usize) {
        let index = if inst.scale == 0 { 0 } else { registers[registers.len() - 1] * u64::from(inst.scale) };
        let start = match inst.base {
            Base::Slot => address(inst.symbol as usize, 0),
            Base::Reg => registers[0],
            other => panic!("{other:?}"),
        };
        let at = start + index + inst.disp as u64;
        ((at >> 32) as usize, at as u32 as usize)
    }

    fn load(&self, size: u8) -> u64 {
        let (slot, at) = self.place;
        let mut bytes = [0; 8];
        bytes[..size as usize].copy_from_slice(&self.slots[slot][at..at + size as usize]);
        u64::from_le_bytes(bytes)
    }

    fn store(&mut self, inst: &MachineInst, value: u64) {
        let (slot, at) = self.place;
        let size = inst.size as usize;
        self.slots[slot][at..at + size].copy_from_slice(&value.to_le_bytes()[..size]);
    }

    // ---- compares ----

    fn compare(
        &mut self,
        compare: Compare,
        consumer: Consumer,
        inst: &MachineInst,
        results: &[Operand],
        inputs: &[u64],
    ) -> Option<Step> {
        use Compare::*;
        let size = inst.size;
        let values = if matches!(consumer, Consumer::Select | Consumer::SelectFloat) { 2 } else { 0 };
        let (chosen, a) = inputs.split_at(values);
        let imm = inst.imm as u64;
        let flags = match compare {
            CmpRR => Flags::Compared { left: a[0], right: a[1], size },
            CmpRI => Flags::Compared { left: a[0], right: imm, size },
            CmpRM => Flags::Compared { left: a[0], right: self.load(size), size },
            CmpMR => Flags::Compared { left: self.load(size), right: a[0], size },
            CmpMI => Flags::Compared { left: self.load(size), right: imm, size },
            TestRR => Flags::Tested { value: a[0] & a[1], size },
            TestRI => Flags::Tested { value: a[0] & imm, size },
            TestMR => Flags::Tested { value: self.load(size) & a[0], size },
            TestMI => Flags::Tested { value: self.load(size) & imm, size },
            BtRR => Flags::Carry(a[0] >> (a[1] % u64::from(bits(size))) & 1 == 1),
            BtRI => Flags::Carry(a[0] >> (imm % u64::from(bits(size))) & 1 == 1),
            UcomisRR => Flags::Floats(float(a[0], size), float(a[1], size)),
            UcomisRM => Flags::Floats(float(a[0], size), float(self.load(size), size)),
        };
        let holds = flags.holds(Cond::from_u8(inst.cond).expect("a condition"));
        let value = match consumer {
            Consumer::Jump => return Some(Step::To(!holds as usize)),
            Consumer::Set => holds as u64,
            Consumer::Select | Consumer::SelectFloat => chosen[holds as usize] & mask(inst.from),
        };
        self.values[results[0].vreg().vreg()] = value;
        None
    }

    // ---- values ----

    fn results(&mut self, op: Op, inst: &MachineInst, a: &[u64]) -> Vec<u64> {
        use Op::*;
        let size = inst.size;
        let imm = inst.imm as u64;
        let one = |value: u64| vec![value & mask(size)];
        let count = |count: u64| (count % if size == 8 { 64 } else { 32 }) as u32;
        let binary = |op: Op, x: u64, y: u64| match op {
            AddRR | AddRI | AddRM | AddMR | AddMI => x.wrapping_add(y),
            OrRR | OrRI | OrRM | OrMR | OrMI => x | y,
            AndRR | AndRI | AndRM | AndMR | AndMI => x & y,
            SubRR | SubRI | SubRM | SubMR | SubMI => x.wrapping_sub(y),
            _ => x ^ y,
        };
        let row = op as u16;
        if (AddRR as u16..=XorMI as u16).contains(&row) {
            return match (row - AddRR as u16) % 5 {
                0 => one(binary(op, a[0], a[1])),
                1 => one(binary(op, a[0], imm)),
                2 => one(binary(op, a[0], self.load(size))),
                form => {
                    let other = if form == 3 { a[0] } else { imm };
                    let value = binary(op, self.load(size), other);
                    self.store(inst, value);
                    vec![]
                }
            };
        }
        match op {
            MovRR | MovsRR | MovFI | MovIF => one(a[0]),
            MovI => one(imm),
            Lea => vec![address(self.place.0, self.place.1)],
            MovRM | MovsRM => one(self.load(size)),
            MovMR | MovsMR => {
                self.store(inst, a[0]);
                vec![]
            }
            MovMI => {
                self.store(inst, imm);
                vec![]
            }
            MovzxRR => vec![a[0] & mask(inst.from)],
            MovsxRR => one(signed(a[0], inst.from) as u64),
            MovzxRM => vec![self.load(inst.from)],
            MovsxRM => one(signed(self.load(inst.from), inst.from) as u64),
            NegR => one(a[0].wrapping_neg()),
            NotR => one(!a[0]),
            ShlRI | ShlRC => one(a[0] << count(if op == ShlRI { imm } else { a[1] })),
            ShrRI | ShrRC => one((a[0] & mask(size)) >> count(if op == ShrRI { imm } else { a[1] })),
            SarRI | SarRC => one((signed(a[0], size) >> count(if op == SarRI { imm } else { a[1] })) as u64),
            RolRI | RolRC | RorRI | RorRC => {
                let n = (if matches!(op, RolRI | RorRI) { imm } else { a[1] }) as u32 % bits(size);
                let n = if matches!(op, RorRI | RorRC) { (bits(size) - n) % bits(size) } else { n };
                let value = u128::from(a[0] & mask(size));
                one((value << n | value >> (bits(size) - n)) as u64)
            }
            ShldRI | ShldRC => {
                let n = count(if op == ShldRI { imm } else { a[2] });
                one(if n == 0 { a[0] } else { a[0] << n | (a[1] & mask(size)) >> (bits(size) - n) })
            }
            ImulRR => one(a[0].wrapping_mul(a[1])),
            ImulRM => one(a[0].wrapping_mul(self.load(size))),
            ImulRRI => one(a[0].wrapping_mul(imm)),
            ImulRMI => one(self.load(size).wrapping_mul(imm)),
            Mul => {
                let product = u128::from(a[0] & mask(size)) * u128::from(a[1] & mask(size));
                vec![product as u64 & mask(size), (product >> bits(size)) as u64 & mask(size)]
            }
            Imul => {
                let product = i128::from(signed(a[0], size)) * i128::from(signed(a[1], size));
                vec![product as u64 & mask(size), (product >> bits(size)) as u64 & mask(size)]
            }
            Div => {
                let (x, y) = (a[0] & mask(size), a[1] & mask(size));
                vec![x / y, x % y]
            }
            Idiv => {
                let (x, y) = (signed(a[0], size), signed(a[1], size));
                vec![(x / y) as u64 & mask(size), (x % y) as u64 & mask(size)]
            }
            AddPair | SubPair => {
                let wide = |low: u64, high: u64| u128::from(high) << 64 | u128::from(low);
                let (x, y) = (wide(a[0], a[1]), wide(a[2], a[3]));
                let value = if op == AddPair { x.wrapping_add(y) } else { x.wrapping_sub(y) };
                vec![value as u64, (value >> 64) as u64]
            }
            CheckedAddRR | CheckedSubRR | CheckedImulRR | CheckedAddRI | CheckedSubRI | CheckedImulRRI | CheckedMul => {
                let y = *a.get(1).unwrap_or(&imm);
                checked(op, inst, a[0], y)
            }
            Bswap => one(a[0].swap_bytes() >> (64 - bits(size))),
            BsfOr => one(if a[0] & mask(size) == 0 { a[1] } else { u64::from(a[0].trailing_zeros()) }),
            BsrOr => {
                let value = a[0] & mask(size);
                one(if value == 0 { a[1] } else { u64::from(63 - value.leading_zeros()) })
            }
            BtsRR | BtsRI => one(a[0] | 1 << (a.get(1).unwrap_or(&imm) % u64::from(bits(size)))),
            BtrRR | BtrRI => one(a[0] & !(1 << (a.get(1).unwrap_or(&imm) % u64::from(bits(size))))),
            BtcRR | BtcRI => one(a[0] ^ 1 << (a.get(1).unwrap_or(&imm) % u64::from(bits(size)))),
            ZeroF => vec![0],
            AddfRR | SubfRR | MulfRR | DivfRR | MinfRR | MaxfRR => float_binary(op, size, a[0], a[1]),
            FmaRRR | FmaRRRa => {
                let sign = |bit: u64| if imm & bit == 0 { 1.0 } else { -1.0 };
                let (product, addend) = (float(a[0], size) * sign(1), float(a[2], size) * sign(2));
                let value = match size {
                    4 => f64::from((product as f32).mul_add(float(a[1], size) as f32, addend as f32)),
                    _ => product.mul_add(float(a[1], size), addend),
                };
                vec![float_bits(value, size)]
            }
            SqrtfRR => vec![float_bits(float(a[0], size).sqrt(), size)],
            CvtFI => {
                let value = signed(a[0], inst.from);
                vec![if size == 4 { u64::from((value as f32).to_bits()) } else { (value as f64).to_bits() }]
            }
            CvtFU => vec![if size == 4 { u64::from((a[0] as f32).to_bits()) } else { (a[0] as f64).to_bits() }],
            CvtFF => vec![float_bits(float(a[0], inst.from), size)],
            CvtIF => {
                let value = float(a[0], inst.from);
                let limit = if size == 8 { 9_223_372_036_854_775_808.0 } else { 2_147_483_648.0 };
                let minimum = if size == 8 { i64::MIN } else { i64::from(i32::MIN) };
                let fits = value.trunc() < limit && value.trunc() >= -limit;
                one(if fits { value as i64 } else { minimum } as u64)
            }
            Xadd => {
                let old = self.load(size);
                self.store(inst, old.wrapping_add(a[0]));
                one(old)
            }
            Xchg => {
                let old = self.load(size);
                self.store(inst, a[0]);
                one(old)
            }
            Cmpxchg | CmpxchgSet => {
                let old = self.load(size);
                let equal = old == a[0] & mask(size);
                if equal {
                    self.store(inst, a[1]);
                }
                vec![old, equal as u64]
            }
            AtomicLoop => {
                let old = self.load(size);
                self.store(inst, atomic(inst, old, a[0]));
                one(old)
            }
            Call => vec![helper(a[0], a[1])],
            other => panic!("the evaluator does not know {other:?}"),
        }
    }
}

fn checked(op: Op, inst: &MachineInst, x: u64, y: u64) -> Vec<u64> {
    let size = inst.size;
    let wide = |value: u64| match inst.cond == Cond::O as u8 {
        true => i128::from(signed(value, size)),
        false => i128::from(value & mask(size)),
    };
    let exact = match op {
        Op::CheckedAddRR | Op::CheckedAddRI => wide(x) + wide(y),
        Op::CheckedSubRR | Op::CheckedSubRI => wide(x) - wide(y),
        _ => wide(x).wrapping_mul(wide(y)),
    };
    let value = exact as u64 & mask(size);
    let overflows = wide(value) != exact
        || op == Op::CheckedMul && x != 0 && y != 0 && {
            let product = u128::from(x & mask(size)) * u128::from(y & mask(size));
            product >> bits(size) != 0
        };
    vec![value, overflows as u64]
}

fn atomic(inst: &MachineInst, old: u64, operand: u64) -> u64 {
    let size = inst.size;
    let (x, y) = (old & mask(size), operand & mask(size));
    let (sx, sy) = (signed(old, size), signed(operand, size));
    match AtomicOp::from_i64(inst.imm).expect("an atomic op") {
        AtomicOp::And => x & y,
        AtomicOp::Or => x | y,
        AtomicOp::Xor => x ^ y,
        AtomicOp::Nand => !(x & y),
        AtomicOp::Min => sx.min(sy) as u64,
        AtomicOp::Max => sx.max(sy) as u64,
        AtomicOp::Umin => x.min(y),
        AtomicOp::Umax => x.max(y),
    }
}

fn float_binary(op: Op, size: u8, x: u64, y: u64) -> Vec<u64> {
    let (a, b) = (float(x, size), float(y, size));
    let value = match op {
        Op::AddfRR => a + b,
        Op::SubfRR => a - b,
        Op::MulfRR => a * b,
        Op::DivfRR => a / b,
        Op::MinfRR => return vec![if a < b { x } else { y }],
        _ => return vec![if a > b { x } else { y }],
    };
    vec![float_bits(value, size)]
}
