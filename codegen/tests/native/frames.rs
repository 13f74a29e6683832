//! Frames: red zone, large slots, alignment, dynamic allocation, and what a debugger sees of them.

use crate::build::{Builder, I, Program, slot};
use regalloc2::Block;
use son_codegen::machine::{Address, Base, MachineInst};
use son_codegen::x64::ops::{Compare, Consumer, Op};
use son_codegen::x64::regs::Cond;
use std::process::Command;

/// A slot is filled and summed through its address, for all kinds of frames.
#[test]
fn slots() {
    for (size, align, dynamic, calls) in [
        (64, 8, false, false),
        (200, 16, false, true),
        (100_000, 8, false, true),
        (64, 64, false, true),
        (64, 8, true, true),
        (256, 128, true, true),
    ] {
        let mut program = Program::new();
        let fill = program.import("fill");
        let mut b = Builder::new(&[I]);
        let n = b.params[0];
        let number = b.mir.slot(size, align);
        let other = b.mir.slot(8, 8);
        b.push(MachineInst::new(Op::MovMR, 8).at(slot(other, 0)), &[n]);
        let mut sum = n;
        if dynamic {
            let bytes = b.int_imm(Op::MovI, 8, 1000, &[]);
            let block = b.value(MachineInst::new(Op::Alloca, 8).imm(16), I, &[bytes]);
            let filled = b.call(fill, I, &[block, bytes]);
            sum = b.int(Op::AddRR, 8, &[sum, filled]);
        }
        let address = b.value(MachineInst::new(Op::Lea, 8).at(slot(number, 0)), I, &[]);
        let misaligned = b.int_imm(Op::AndRI, 8, i64::from(align) - 1, &[address]);
        let bytes = b.int_imm(Op::MovI, 8, i64::from(size), &[]);
        if calls {
            let filled = b.call(fill, I, &[address, bytes]);
            sum = b.int(Op::AddRR, 8, &[sum, filled]);
        } else {
            b.push(MachineInst::new(Op::MovMR, 8).at(slot(number, 56)), &[n]);
            sum = b.value(MachineInst::new(Op::AddRM, 8).at(slot(number, 56)), I, &[sum]);
        }
        let shifted = b.int_imm(Op::ShlRI, 8, 32, &[misaligned]);
        let kept = b.value(MachineInst::new(Op::AddRM, 8).at(slot(other, 0)), I, &[sum]);
        let result = b.int(Op::AddRR, 8, &[kept, shifted]);
        b.ret(&[result]);
        program.add("f", b.finish());
        let output = program.run(
            "#include <stdio.h>\n#include <string.h>\nlong f(long);\n\
             long fill(char *p, long n) { memset(p, 0xff, n); double d; return n + ((long)&d & 0); }\n\
             int main() { printf(\"%ld\\n\", f(5)); }",
        );
        let filled = if calls { i64::from(size) } else { 5 } + if dynamic { 1000 } else { 0 };
        assert_eq!(output, format!("{}\n", 10 + filled), "size {size}, align {align}, dynamic {dynamic}");
    }
}

/// The stack pointer is saved and restored around allocations in a loop, which would overflow the stack otherwise.
#[test]
fn stack_is_restored() {
    let mut program = Program::new();
    let fill = program.import("fill");
    let mut b = Builder::new(&[I]);
    let n = b.params[0];
    let [body, done] = [1, 2].map(Block::new);
    b.jump(body, &[n]);
    b.block(1000.0, 1);
    let i = b.mir.vreg(I);
    b.mir.param(i);
    let saved = b.int(Op::StackSave, 8, &[]);
    let bytes = b.int_imm(Op::MovI, 8, 10_000, &[]);
    let block = b.value(MachineInst::new(Op::Alloca, 8).imm(64), I, &[bytes]);
    let filled = b.call(fill, I, &[block, bytes]);
    b.push(MachineInst::new(Op::StackRestore, 8), &[saved]);
    let fewer = b.int(Op::SubRR, 8, &[i, filled]);
    let test = MachineInst::new(Compare::CmpRI.joined(Consumer::Jump), 8).cond(Cond::G).imm(0);
    b.branch(test, &[fewer], (body, &[fewer]), (done, &[]));
    b.block(1.0, 0);
    b.ret(&[fewer]);
    program.add("f", b.finish());
    let output = program.run(
        "#include <stdio.h>\n#include <string.h>\nlong f(long);\n\
         long fill(char *p, long n) { memset(p, 0xff, n); return (long)p % 64 == 0; }\n\
         int main() { printf(\"%ld\\n\", f(100000)); }",
    );
    assert_eq!(output, "0\n");
}

#[test]
fn own_addresses() {
    let mut program = Program::new();
    let check = program.import("check");
    let mut b = Builder::new(&[]);
    let frame = b.int(Op::FrameAddress, 8, &[]);
    let address = b.int(Op::ReturnAddress, 8, &[]);
    let result = b.call(check, I, &[frame, address]);
    b.ret(&[result]);
    program.add("f", b.finish());
    let output = program.run(
        "#include <stdio.h>\nlong f(void);\n\
         long check(void **frame, void *address) { return frame[1] == address; }\n\
         int main() { printf(\"%ld\\n\", f()); }",
    );
    assert_eq!(output, "1\n");
}

/// gdb finds the callers through frames of every kind, from each instruction of them.
#[test]
fn backtraces() {
    let mut program = Program::new();
    let next = program.import("stop");
    let mut previous = next;
    for (name, dynamic, align) in
        [("late", false, 8), ("inner", false, 8), ("middle", true, 8), ("outer", true, 64), ("first", false, 32)]
    {
        let mut b = Builder::new(&[I]);
        let n = b.params[0];
        if name == "late" {
            let test = MachineInst::new(Compare::CmpRI.joined(Consumer::Jump), 8).cond(Cond::Ne).imm(0);
            b.branch(test, &[n], (Block::new(2), &[]), (Block::new(1), &[]));
            b.block(0.1, 0);
            b.ret(&[n]);
            b.block(0.9, 0);
        }
        let kept: Vec<_> = (0..8).map(|i| b.int_imm(Op::AddRI, 8, i, &[n])).collect();
        let number = b.mir.slot(64, align);
        b.push(MachineInst::new(Op::MovMR, 8).at(slot(number, 0)), &[n]);
        if dynamic {
            b.value(MachineInst::new(Op::Alloca, 8).imm(16), I, &[n]);
        }
        let mut result = b.call(previous, I, &[n]);
        for value in kept {
            result = b.int(Op::AddRR, 8, &[result, value]);
        }
        b.ret(&[result]);
        previous = program.add(name, b.finish());
    }
    if Command::new("gdb").arg("--version").output().is_err() {
        eprintln!("skipped: no gdb");
        return;
    }
    for optimize in [true, false] {
        let text = step_with_gdb(&program.object(optimize));
        let frames = text.lines().filter(|line| line.contains("main")).count();
        assert!(frames > 50 && !text.contains("??"), "{text}");
    }
}

/// Steps through all instructions from `first` to its return, with a backtrace at each.
fn step_with_gdb(object: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("code.o"), object).expect("writable");
    let c = "long first(long); long stop(long x) { return x; } int main() { return first(2) == 0; }";
    std::fs::write(path("main.c"), c).expect("writable");
    let commands = "set pagination off\nbreak first\nrun\nset $i = 0\nwhile $i < 150\nbacktrace\nstepi\n\
                    set $i = $i + 1\nend\n";
    std::fs::write(path("commands"), commands).expect("writable");
    let cc = Command::new("cc").arg("-o").arg(path("program")).arg(path("main.c")).arg(path("code.o")).status();
    assert!(cc.expect("cc").success());
    let gdb = Command::new("gdb").args(["-nx", "-batch", "-x"]).arg(path("commands")).arg(path("program")).output();
    String::from_utf8_lossy(&gdb.expect("gdb").stdout).into_owned()
}

/// `fib(n) = n < 2 ? n : fib(n - 1) + fib(n - 2)`: the test comes before anything is saved.
#[test]
fn frames_are_made_late() {
    let mut program = Program::new();
    let own = program.import("fib");
    let mut b = Builder::new(&[I]);
    let n = b.params[0];
    let [more, done] = [1, 2].map(Block::new);
    let test = MachineInst::new(Compare::CmpRI.joined(Consumer::Jump), 8).cond(Cond::L).imm(2);
    b.branch(test, &[n], (done, &[n]), (more, &[]));
    b.block(0.6, 0);
    let one = b.int_imm(Op::SubRI, 8, 1, &[n]);
    let first = b.call(own, I, &[one]);
    let two = b.int_imm(Op::SubRI, 8, 2, &[n]);
    let second = b.call(own, I, &[two]);
    let sum = b.int(Op::AddRR, 8, &[first, second]);
    b.jump(done, &[sum]);
    b.block(1.0, 0);
    let result = b.mir.vreg(I);
    b.mir.param(result);
    b.ret(&[result]);
    program.add("fib", b.finish());
    let code = &program.compile(true)[0].code.bytes;
    let decoder = iced_x86::Decoder::new(64, code, iced_x86::DecoderOptions::NONE);
    let names: Vec<String> = decoder.into_iter().map(|inst| format!("{:?}", inst.mnemonic())).collect();
    let place = |name: &str| names.iter().position(|other| other == name).expect("the instruction");
    assert!(place("Cmp") < place("Push"), "{names:?}");
    let output =
        program.run("#include <stdio.h>\nlong fib(long);\nint main() { printf(\"%ld %ld\\n\", fib(1), fib(20)); }");
    assert_eq!(output, "1 6765\n");
}

#[test]
fn red_zone_is_not_used_below_calls() {
    let mut program = Program::new();
    let mut b = Builder::new(&[I, I]);
    let (n, m) = (b.params[0], b.params[1]);
    let number = b.mir.slot(16, 8);
    b.push(MachineInst::new(Op::MovMR, 8).at(slot(number, 0)), &[n]);
    b.push(MachineInst::new(Op::MovMR, 8).at(slot(number, 8)), &[m]);
    let index = b.int_imm(Op::AndRI, 8, 1, &[m]);
    let entry = MachineInst::new(Op::MovRM, 8).at(Address::named(Base::Slot, number, 0).indexed(8));
    let result = b.value(entry, I, &[index]);
    b.ret(&[result]);
    program.add("f", b.finish());
    let code = &program.compile(true)[0];
    assert_eq!(code.frame_size, 0, "a leaf");
    let output = program
        .run("#include <stdio.h>\nlong f(long, long);\nint main() { printf(\"%ld %ld\\n\", f(5, 2), f(5, 3)); }");
    assert_eq!(output, "5 3\n");
}
