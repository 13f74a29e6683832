//! The machine: executes the encoded instructions, so that the test sees what they compute.

use crate::emit::{LONG, NOTHING};
use crate::ops::{Cond, Op, STACK};

/// Bytes of the stack.
const STACK_SIZE: u64 = 4096;
/// Instructions after which a program is taken to be endless.
const MOST_STEPS: usize = 1_000_000;

/// Registers, memory, and the place in the code.
struct Machine<'a> {
    code: &'a [u8],
    at: usize,
    registers: [u64; 16],
    stack: Vec<u8>,
}

/// The first register at the end, and the number of instructions executed.
pub(crate) fn run(code: &[u8], arguments: &[u64]) -> (u64, usize) {
    let mut machine = Machine { code, at: 0, registers: [0xdead; 16], stack: vec![0xee; STACK_SIZE as usize] };
    machine.registers[..arguments.len()].copy_from_slice(arguments);
    machine.registers[STACK.hw_enc()] = STACK_SIZE;
    let steps = (1..MOST_STEPS).find(|_| !machine.step()).expect("the program ends");
    assert_eq!(machine.registers[STACK.hw_enc()], STACK_SIZE, "the stack pointer is restored");
    (machine.registers[0], steps)
}

impl Machine<'_> {
    fn byte(&mut self) -> u8 {
        self.at += 1;
        self.code[self.at - 1]
    }

    fn number<const N: usize>(&mut self) -> i64 {
        let bytes: [u8; N] = std::array::from_fn(|_| self.byte());
        let sign = if bytes[N - 1] >> 7 != 0 { 0xff } else { 0 };
        i64::from_le_bytes(std::array::from_fn(|at| bytes.get(at).copied().unwrap_or(sign)))
    }

    fn register(&mut self) -> u64 {
        let number = self.byte();
        self.registers[usize::from(number)]
    }

    /// Executes an instruction; false if it returns.
    fn step(&mut self) -> bool {
        let op = self.byte();
        let is = |other: Op| op & !LONG == other as u8;
        match () {
            _ if op == NOTHING => {}
            _ if is(Op::Ret) => return false,
            _ if is(Op::Jump) => self.jump(op & LONG != 0, true),
            _ if is(Op::Branch) => {
                let taken = self.condition();
                self.jump(op & LONG != 0, taken);
            }
            _ if is(Op::Load) || is(Op::Store) => self.access(is(Op::Load)),
            _ => {
                let to = usize::from(self.byte());
                self.registers[to] = self.value(op);
            }
        }
        true
    }

    fn value(&mut self, op: u8) -> u64 {
        match () {
            _ if op == Op::Constant as u8 => self.number::<8>() as u64,
            _ if op == Op::Move as u8 => self.register(),
            _ if op == Op::AddConstant as u8 => self.register().wrapping_add(self.number::<1>() as u64),
            _ if op == Op::Add as u8 => self.register().wrapping_add(self.register()),
            _ if op == Op::Sub as u8 => self.register().wrapping_sub(self.register()),
            _ if op == Op::Mul as u8 => self.register().wrapping_mul(self.register()),
            _ => panic!("no instruction {op:#x}"),
        }
    }

    fn jump(&mut self, long: bool, taken: bool) {
        let distance = if long { self.number::<4>() } else { self.number::<1>() };
        if taken {
            self.at = (self.at as i64 + distance) as usize;
        }
    }

    fn condition(&mut self) -> bool {
        let (cond, size) = (self.byte(), self.byte());
        let above = 64 - 8 * u32::from(size);
        // The bits above the compared ones may be anything.
        let (a, b) = (self.register() << above, self.register() << above);
        let outcome = match cond & !1 {
            even if even == Cond::Eq as u8 => a == b,
            even if even == Cond::SignedLess as u8 => (a as i64) < b as i64,
            _ => a < b,
        };
        outcome != (cond & 1 != 0)
    }

    fn access(&mut self, loads: bool) {
        let register = usize::from(self.byte());
        let place = (self.registers[STACK.hw_enc()] as i64 + self.number::<4>()) as usize;
        let bytes = &mut self.stack[place..place + 8];
        if loads {
            self.registers[register] = u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
        } else {
            bytes.copy_from_slice(&self.registers[register].to_le_bytes());
        }
    }
}
