//! Integer code.

use crate::build::{Builder, I, Program};
use son_codegen::machine::MachineInst;
use son_codegen::x64::ops::{Compare, Consumer, Op};
use son_codegen::x64::regs::Cond;

/// `for (i = 0, x = 0; i < n; i++) x += a;`, the test at the top.
#[test]
fn loop_sums() {
    let mut b = Builder::new(&[I, I]);
    let (n, a) = (b.params[0], b.params[1]);
    let [x0, i0] = [0; 2].map(|value| b.int_imm(Op::MovI, 8, value, &[]));
    let [head, body, done] = [1, 2, 3].map(regalloc2::Block::new);
    b.jump(head, &[x0, i0]);
    b.block(10.0, 1);
    let [x, i] = [b.mir.vreg(I), b.mir.vreg(I)];
    b.mir.param(x);
    b.mir.param(i);
    let test = Compare::CmpRR.joined(Consumer::Jump);
    b.branch(MachineInst::new(test, 8).cond(Cond::L), &[i, n], (body, &[]), (done, &[]));
    b.block(9.0, 1);
    let x1 = b.int(Op::AddRR, 8, &[x, a]);
    let i1 = b.int_imm(Op::AddRI, 8, 1, &[i]);
    b.jump(head, &[x1, i1]);
    b.block(1.0, 0);
    b.ret(&[x]);
    let mut program = Program::new();
    program.add("accumulate", b.finish());
    let output = program.run(
        "#include <stdio.h>\nlong accumulate(long, long);\n\
         int main() { printf(\"%ld %ld %ld\\n\", accumulate(0, 5), accumulate(10, 7), accumulate(1000, -3)); }",
    );
    assert_eq!(output, "0 70 -3000\n");
}
