//! Calls: arguments on the stack, indirect, variadic on both sides, tail calls, calls that return twice.

use crate::build::{Builder, F, I, Program, argument_registers, slot};
use regalloc2::{Block, VReg};
use son_codegen::machine::{Address, Base, MachineInst};
use son_codegen::mir::Location;
use son_codegen::x64::abi;
use son_codegen::x64::ops::{Compare, Consumer, Op};
use son_codegen::x64::regs::{Cond, R11, RAX};

/// Ten integers and ten doubles, in registers and on the stack, under enough pressure that some are spilled.
#[test]
fn arguments_on_the_stack() {
    let mut program = Program::new();
    let target = program.import("target");
    let mut b = Builder::new(&[I, F]);
    let (n, x) = (b.params[0], b.params[1]);
    let ints: Vec<VReg> = (0..10).map(|i| b.int_imm(Op::ImulRRI, 8, i + 1, &[n])).collect();
    let mut floats = vec![x];
    for i in 0..9 {
        floats.push(b.float(Op::AddfRR, 8, &[floats[i], x]));
    }
    let mut locations: Vec<Location> = Vec::new();
    let mut vregs = vec![b.mir.vreg(I)];
    let mut offset = 0;
    for (registers, values) in [(&abi::INT_ARGS[..], &ints), (&abi::FLOAT_ARGS[..], &floats)] {
        for (i, &value) in values.iter().enumerate() {
            locations.push(match registers.get(i) {
                Some(&register) => Location::Reg(register),
                None => {
                    offset += 8;
                    Location::Stack { offset: offset - 8, size: 8 }
                }
            });
            vregs.push(value);
        }
    }
    let site = b.mir.call_site(&[RAX], &locations);
    b.push(MachineInst::new(Op::Call, 0).imm(i64::from(site)).symbol(target.0), &vregs);
    let mut result = vregs[0];
    for &value in ints.iter().rev() {
        let scaled = b.int_imm(Op::ImulRRI, 8, 3, &[result]);
        result = b.int(Op::AddRR, 8, &[scaled, value]);
    }
    b.ret(&[result]);
    program.add("many", b.finish());
    let output = program.run(
        r#"#include <stdio.h>
        long target(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j,
                    double k, double l, double m, double n, double o, double p, double q, double r, double s, double t) {
            printf("%ld %ld %ld %ld %ld %ld %ld %ld %ld %ld\n", a, b, c, d, e, f, g, h, i, j);
            printf("%g %g %g %g %g %g %g %g %g %g\n", k, l, m, n, o, p, q, r, s, t);
            return 1; }
        long many(long, double);
        int main() { printf("%ld\n", many(7, 0.5)); }"#,
    );
    let mix = (1..=10).rev().fold(1i64, |result, i| result * 3 + 7 * i);
    assert_eq!(output, format!("7 14 21 28 35 42 49 56 63 70\n0.5 1 1.5 2 2.5 3 3.5 4 4.5 5\n{mix}\n"));
}

/// Parameters that arrive on the stack, in a frame with saved registers and slots.
#[test]
fn parameters_on_the_stack() {
    let mut program = Program::new();
    let helper = program.import("helper");
    let mut b = Builder::new(&[I; 6]);
    let params = b.params.clone();
    let slot_number = b.mir.slot(40, 16);
    let seventh = b.value(MachineInst::new(Op::MovRM, 8).at(Address::named(Base::IncomingArg, 0, 0)), I, &[]);
    let eighth = b.value(MachineInst::new(Op::MovRM, 8).at(Address::named(Base::IncomingArg, 0, 8)), I, &[]);
    b.push(MachineInst::new(Op::MovMR, 8).at(slot(slot_number, 32)), &[eighth]);
    let called = b.call(helper, I, &[seventh, eighth]);
    let again = b.value(MachineInst::new(Op::AddRM, 8).at(slot(slot_number, 32)), I, &[called]);
    let result = params.iter().fold(again, |sum, &param| b.int(Op::AddRR, 8, &[sum, param]));
    b.ret(&[result]);
    program.add("f", b.finish());
    let output = program.run(
        "#include <stdio.h>\nlong f(long, long, long, long, long, long, long, long);\n\
         long helper(long a, long b) { return a * 100 + b; }\n\
         int main() { printf(\"%ld\\n\", f(1, 2, 3, 4, 5, 6, 7, 8)); }",
    );
    assert_eq!(output, format!("{}\n", 708 + 8 + 21));
}

#[test]
fn indirect_calls() {
    let mut program = Program::new();
    let mut b = Builder::new(&[I, I, I]);
    let (function, table, x) = (b.params[0], b.params[1], b.params[2]);
    let site = b.mir.call_site(&[RAX], &argument_registers(&[I]).into_iter().map(Location::Reg).collect::<Vec<_>>());
    let first = b.mir.vreg(I);
    b.push(MachineInst::new(Op::CallReg, 0).imm(i64::from(site)), &[first, function, x]);
    let second = b.mir.vreg(I);
    let entry = Address::reg(8);
    b.push(MachineInst::new(Op::CallMem, 0).imm(i64::from(site)).at(entry), &[second, table, first]);
    let sum = b.int(Op::AddRR, 8, &[first, second]);
    b.ret(&[sum]);
    program.add("f", b.finish());
    let output = program.run(
        "#include <stdio.h>\nlong f(long (*)(long), long (**)(long), long);\n\
         long twice(long x) { return 2 * x; }\nlong less(long x) { return x - 1; }\n\
         int main() { long (*table[])(long) = {twice, less}; printf(\"%ld\\n\", f(twice, table, 21)); }",
    );
    assert_eq!(output, "83\n");
}

/// `f(n, a) = n == 0 ? a : f(n - 1, a + n)` by tail calls, directly and through a register.
#[test]
fn tail_calls() {
    for indirect in [false, true] {
        let mut program = Program::new();
        let own = program.import("f");
        let mut b = Builder::new(&[I, I]);
        let (n, a) = (b.params[0], b.params[1]);
        let [more, done] = [1, 2].map(Block::new);
        let test = MachineInst::new(Compare::TestRR.joined(Consumer::Jump), 8).cond(Cond::Ne);
        b.branch(test, &[n, n], (more, &[]), (done, &[]));
        b.block(0.9, 0);
        let fewer = b.int_imm(Op::SubRI, 8, 1, &[n]);
        let sum = b.int(Op::AddRR, 8, &[a, n]);
        let locations: Vec<Location> = argument_registers(&[I, I]).into_iter().map(Location::Reg).collect();
        let site = b.mir.call_site(&[], &locations);
        if indirect {
            let target = b.value(MachineInst::new(Op::MovRM, 8).at(Address::named(Base::Got, own.0, 0)), I, &[]);
            b.push(MachineInst::new(Op::TailCallReg, 0).imm(i64::from(site)), &[target, fewer, sum]);
        } else {
            b.push(MachineInst::new(Op::TailCall, 0).imm(i64::from(site)).symbol(own.0), &[fewer, sum]);
        }
        b.block(0.1, 0);
        b.ret(&[a]);
        program.add("f", b.finish());
        let output =
            program.run("#include <stdio.h>\nlong f(long, long);\nint main() { printf(\"%ld\\n\", f(10000000, 0)); }");
        assert_eq!(output, "50000005000000\n");
    }
    assert_eq!(R11.hw_enc(), 11);
}

/// `sum(n, ...)` by the register save area, as C's `va_arg` reads it.
#[test]
fn variadic_functions() {
    let mut program = Program::new();
    let reader = program.import("read_arguments");
    let mut b = Builder::new(&[I]);
    // The builder's entry takes one register; a variadic function takes them all.
    b.mir.clear();
    b.mir.begin_block(1.0, 0);
    let mut registers = abi::INT_ARGS.to_vec();
    registers.extend(abi::FLOAT_ARGS);
    registers.push(RAX);
    let entry = b.mir.call_site(&registers, &[]);
    let values: Vec<VReg> = registers.iter().map(|register| b.mir.vreg(register.class())).collect();
    b.push(MachineInst::new(Op::Params, 0).imm(i64::from(entry)), &values);
    let area = b.mir.slot(abi::SAVE_AREA_SIZE, 16);
    let locations: Vec<Location> = registers[1..].iter().map(|&register| Location::Reg(register)).collect();
    let saved = b.mir.call_site(&[], &locations);
    b.push(MachineInst::new(Op::SaveVarargs, 0).imm(i64::from(saved)).symbol(area), &values[1..]);
    let list = b.mir.slot(24, 8);
    b.push(MachineInst::new(Op::MovMI, 4).at(slot(list, 0)).imm(8), &[]);
    b.push(MachineInst::new(Op::MovMI, 4).at(slot(list, 4)).imm(i64::from(abi::SAVE_AREA_FLOATS)), &[]);
    let overflow = b.value(MachineInst::new(Op::Lea, 8).at(Address::named(Base::IncomingArg, 0, 0)), I, &[]);
    b.push(MachineInst::new(Op::MovMR, 8).at(slot(list, 8)), &[overflow]);
    let saved_at = b.value(MachineInst::new(Op::Lea, 8).at(slot(area, 0)), I, &[]);
    b.push(MachineInst::new(Op::MovMR, 8).at(slot(list, 16)), &[saved_at]);
    let list = b.value(MachineInst::new(Op::Lea, 8).at(slot(list, 0)), I, &[]);
    let result = b.call(reader, I, &[values[0], list]);
    b.ret(&[result]);
    program.add("sum", b.finish());
    let output = program.run(
        r#"#include <stdio.h>
        #include <stdarg.h>
        long read_arguments(long n, va_list list) {
            long sum = 0;
            for (long i = 0; i < n; i++) sum = sum * 3 + va_arg(list, long) + (long)va_arg(list, double);
            return sum; }
        long sum(long n, ...);
        int main() {
            printf("%ld\n", sum(2, 5l, 1.0, 6l, 2.0));
            printf("%ld\n", sum(11, 1l, 1., 2l, 2., 3l, 3., 4l, 4., 5l, 5., 6l, 6., 7l, 7., 8l, 8., 9l, 9., 10l, 10., 11l, 11.));
        }"#,
    );
    let long = (1..=11).fold(0, |sum, i| sum * 3 + 2 * i);
    assert_eq!(output, format!("26\n{long}\n"));
}

/// Values computed before `setjmp` survive what happens between its returns.
#[test]
fn returns_twice() {
    let mut program = Program::new();
    let (setjmp, helper) = (program.import("_setjmp"), program.import("helper"));
    let mut b = Builder::new(&[I, I]);
    let (buffer, n) = (b.params[0], b.params[1]);
    let kept: Vec<VReg> = (0..20).map(|i| b.int_imm(Op::ImulRRI, 8, i + 1, &[n])).collect();
    let locations: Vec<Location> = argument_registers(&[I]).into_iter().map(Location::Reg).collect();
    let site = b.mir.call_site(&[RAX], &locations);
    b.mir.call_site_mut(site).returns_twice = true;
    let code = b.mir.vreg(I);
    b.push(MachineInst::new(Op::Call, 0).imm(i64::from(site)).symbol(setjmp.0), &[code, buffer]);
    let [first, second] = [1, 2].map(Block::new);
    let test = MachineInst::new(Compare::TestRR.joined(Consumer::Jump), 4).cond(Cond::E);
    b.branch(test, &[code, code], (first, &[]), (second, &[]));
    // The first time: other values, in whatever registers and slots are free now.
    b.block(0.5, 0);
    let others: Vec<VReg> = (0..20).map(|i| b.int_imm(Op::AddRI, 8, -i, &[n])).collect();
    let called = b.call(helper, I, &[buffer, n]);
    let result = others.iter().fold(called, |sum, &other| b.int(Op::AddRR, 8, &[sum, other]));
    b.ret(&[result]);
    b.block(0.5, 0);
    let result = kept.iter().fold(code, |sum, &value| b.int(Op::AddRR, 8, &[sum, value]));
    b.ret(&[result]);
    program.add("f", b.finish());
    let output = program.run(
        "#include <stdio.h>\n#include <setjmp.h>\nlong f(jmp_buf, long);\n\
         long helper(jmp_buf buffer, long n) { longjmp(buffer, 5); }\n\
         int main() { jmp_buf buffer; printf(\"%ld\\n\", f(buffer, 3)); }",
    );
    assert_eq!(output, format!("{}\n", 5 + 3 * 210));
}
