//! Jumps: short and long forms, their limits, alignment, and the time that sizing takes.

use crate::build::{Builder, I, Program};
use iced_x86::{Decoder, DecoderOptions, Mnemonic};
use regalloc2::Block;
use son_codegen::buffer::{Code, CodeBuffer, Label};
use son_codegen::machine::MachineInst;
use son_codegen::mir::{MirError, verify};
use son_codegen::x64::isa;
use son_codegen::x64::ops::{Compare, Consumer, Op};
use son_codegen::x64::regs::Cond;

/// Raw code with jumps at some places: each a list of bytes of no-ops, then a jump to a label.
fn code(pieces: &[(usize, Option<u32>)], labels: &[usize]) -> Code {
    let (mut buffer, mut raw) = (CodeBuffer::default(), Vec::new());
    buffer.clear(labels.len());
    let mut at: Vec<Vec<u32>> = vec![Vec::new(); pieces.len()];
    for (label, &piece) in labels.iter().enumerate() {
        at[piece].push(label as u32);
    }
    for (&(bytes, jump), bound) in pieces.iter().zip(at) {
        bound.into_iter().for_each(|label| buffer.bind(Label(label)));
        raw.extend(std::iter::repeat_n(0x90, bytes));
        buffer.advance(bytes);
        if let Some(label) = jump {
            buffer.jump(Cond::E as u32, Label(label));
        }
    }
    buffer.finish(isa(), &raw)
}

/// All jumps reach their labels; returns the number of short ones.
fn check(pieces: &[(usize, Option<u32>)], labels: &[usize]) -> usize {
    let code = code(pieces, labels);
    let mut jumps = pieces.iter().filter_map(|&(_, jump)| jump);
    let decoder = Decoder::with_ip(64, &code.bytes, 0, DecoderOptions::NONE);
    let mut short = 0;
    for instruction in decoder {
        if instruction.mnemonic() == Mnemonic::Je {
            let label = jumps.next().expect("a jump");
            assert_eq!(instruction.near_branch64(), u64::from(code.labels[label as usize]));
            short += (instruction.len() == 2) as usize;
        }
    }
    assert_eq!(jumps.next(), None);
    short
}

#[test]
fn limits_of_short_jumps() {
    // Forward over 127 and 128 bytes; backward over 126 (and the jump's own 2) and 127.
    assert_eq!(check(&[(0, Some(0)), (127, None), (0, None)], &[2]), 1);
    assert_eq!(check(&[(0, Some(0)), (128, None), (0, None)], &[2]), 0);
    assert_eq!(check(&[(126, Some(0))], &[0]), 1);
    assert_eq!(check(&[(127, Some(0))], &[0]), 0);
}

/// A jump that grows pushes the next one out of reach, and so on through all of them.
#[test]
fn growth_spreads() {
    let count = 200;
    let mut pieces: Vec<(usize, Option<u32>)> = vec![(0, None)];
    let mut labels = Vec::new();
    for number in 0..count {
        // Each jump leaps over the next one: over 125 bytes and a jump of 2 or 6.
        pieces.push((63, Some(number)));
        pieces.push((62, None));
        labels.push(2 * number as usize + 5);
    }
    pieces.extend([(200, None), (0, None), (0, None), (0, None), (0, None), (0, None)]);
    let short = check(&pieces, &labels);
    assert!(short < count as usize);
}

/// Jumps through 100,000 blocks are sized in time linear in their number.
#[test]
fn many_jumps() {
    let count = 100_000;
    let pieces: Vec<(usize, Option<u32>)> = (0..count).map(|number| (20, Some(number))).collect();
    let labels: Vec<usize> = (0..count as usize).map(|number| (number * 7919) % count as usize).collect();
    let start = std::time::Instant::now();
    check(&pieces, &labels);
    assert!(start.elapsed().as_secs() < 20);
}

/// A chain of blocks that are empty after allocation leaves no jump; a cycle of them stays a loop.
#[test]
fn empty_blocks_vanish() {
    let mut b = Builder::new(&[I]);
    let n = b.params[0];
    let [first, second, third, done, spin, back] = [1, 2, 3, 4, 5, 6].map(Block::new);
    let test = MachineInst::new(Compare::CmpRI.joined(Consumer::Jump), 8).cond(Cond::L).imm(0);
    b.branch(test, &[n], (spin, &[]), (first, &[]));
    for next in [second, third, done] {
        b.block(0.5, 0);
        b.jump(next, &[]);
    }
    b.block(0.5, 0);
    b.ret(&[n]);
    for next in [back, spin] {
        b.block(0.5, 1);
        b.jump(next, &[]);
    }
    let mut program = Program::new();
    program.add("f", b.finish());
    for optimize in [true, false] {
        let code = &program.compile(optimize)[0].code;
        let text: Vec<String> = Decoder::with_ip(64, &code.bytes, 0, DecoderOptions::NONE)
            .iter()
            .map(|i| format!("{:?}", i.mnemonic()))
            .collect();
        assert_eq!(text.iter().filter(|name| *name == "Jmp").count(), 1, "{text:?}");
        assert!(text.iter().any(|name| name == "Ret"), "{text:?}");
    }
}

#[test]
fn verifier_names_broken_laws() {
    let law = |build: &dyn Fn(&mut Builder)| -> u32 {
        let mut b = Builder::new(&[I]);
        build(&mut b);
        b.mir.finish(isa());
        let error: MirError = verify(&b.mir, isa()).expect_err("a broken law");
        error.law
    };
    assert_eq!(law(&|b| b.push(MachineInst::new(Op::Barrier, 0), &[])), 4);
    assert_eq!(law(&|b| b.push(MachineInst::new(Op::Jump, 0), &[])), 4);
    assert_eq!(
        law(&|b| {
            let wrong = b.params[0];
            b.push(MachineInst::new(Op::MovI, 3), &[wrong]);
            b.ret(&[wrong]);
        }),
        3
    );
    assert_eq!(
        law(&|b| {
            let float = b.mir.vreg(crate::build::F);
            b.push(MachineInst::new(Op::ZeroF, 8), &[float]);
            b.value(MachineInst::new(Op::NegR, 8), I, &[float]);
            b.ret(&[]);
        }),
        2
    );
    assert_eq!(
        law(&|b| {
            let n = b.params[0];
            b.value(MachineInst::new(Op::SetTestRR, 8).cond(99), I, &[n, n]);
            b.ret(&[]);
        }),
        5
    );
    assert_eq!(
        law(&|b| {
            let next = Block::new(1);
            let n = b.params[0];
            b.jump(next, &[n]);
            b.block(1.0, 0);
            b.ret(&[]);
        }),
        7
    );
}
