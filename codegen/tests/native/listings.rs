//! Listings: the GNU assembler builds the same program from them.

use crate::build::{Builder, F, I, Program, run};
use regalloc2::Block;
use son_codegen::listing::write_listing;
use son_codegen::machine::{Address, Base, MachineInst};
use son_codegen::x64::isa;
use son_codegen::x64::ops::{Compare, Consumer, Op};
use son_codegen::x64::regs::Cond;
use son_ir::{Data, Linkage, Relocation, RelocationTarget};
use std::process::Command;

fn program() -> Program {
    let mut p = Program::new();
    let puts = p.import("puts");
    let text = Data { bytes: b"hello \"world\"\0".to_vec(), constant: true, ..Data::default() };
    p.data("text", Linkage::Private, text);
    let text = p.module.find_symbol("text").expect("defined");
    let pointer = Relocation { offset: 8, size: 8, target: RelocationTarget::Symbol(text), addend: 1, minus: None };
    let table = Data { bytes: vec![1; 16], relocations: vec![pointer], ..Data::default() };
    p.data("table", Linkage::External, table);

    let mut b = Builder::new(&[I, F]);
    let (n, x) = (b.params[0], b.params[1]);
    let address = b.value(MachineInst::new(Op::Lea, 8).at(Address::named(Base::Symbol, text.0, 0)), I, &[]);
    b.call(puts, I, &[address]);
    let half = b.mir.constant(&0.5f64.to_le_bytes());
    let scaled = b.value(MachineInst::new(Op::MulfRM, 8).at(Address::named(Base::Constant, half, 0)), F, &[x]);
    let rounded = b.value(MachineInst::new(Op::CvtIF, 8).from_size(8), I, &[scaled]);
    let [head, body, done] = [1, 2, 3].map(Block::new);
    let zero = b.int_imm(Op::MovI, 8, 0, &[]);
    b.jump(head, &[zero, rounded]);
    b.block(10.0, 1);
    let [i, sum] = [b.mir.vreg(I), b.mir.vreg(I)];
    b.mir.param(i);
    b.mir.param(sum);
    let test = MachineInst::new(Compare::CmpRR.joined(Consumer::Jump), 8).cond(Cond::L);
    b.branch(test, &[i, n], (body, &[]), (done, &[]));
    b.block(9.0, 1);
    let next = b.int_imm(Op::AddRI, 8, 1, &[i]);
    let more = b.int(Op::AddRR, 8, &[sum, next]);
    b.jump(head, &[next, more]);
    b.block(1.0, 0);
    let nan = MachineInst::new(Compare::UcomisRR.joined(Consumer::Select), 8).cond(Cond::FloatNe).from_size(8);
    let result = b.value(nan, I, &[sum, zero, x, x]);
    b.ret(&[result]);
    p.add("f", b.finish());
    p
}

fn listing(p: &Program) -> String {
    let functions: Vec<_> = p.compile(true).into_iter().map(Some).collect();
    let mut text = String::new();
    write_listing(&p.module, isa(), &functions, &mut text).expect("a string takes all");
    text
}

#[test]
fn assembler_reads_listings() {
    let p = program();
    let c = r#"#include <stdio.h>
        extern char *table[]; long f(long, double);
        int main() { printf("%ld %ld %s\n", f(10, 7), f(3, 0.0 / 0.0), table[1]); }"#;
    let expected = p.run(c);
    assert!(expected.contains("58 0 ello"), "{expected}");
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let text = listing(&p);
    std::fs::write(path("listing.s"), &text).expect("writable");
    let cc = Command::new("cc").arg("-c").arg(path("listing.s")).arg("-o").arg(path("listing.o")).output();
    let cc = cc.expect("cc");
    assert!(cc.status.success(), "{}\n{text}", String::from_utf8_lossy(&cc.stderr));
    let object = std::fs::read(path("listing.o")).expect("readable");
    assert_eq!(run(&object, c, &[]), expected);
}

/// The loop closes with one conditional jump: its test moved to the bottom.
#[test]
fn loops_are_rotated() {
    let text = listing(&program());
    let lines: Vec<&str> = text.lines().collect();
    let find = |label: &str| lines.iter().position(|line| line.starts_with(label)).expect("the block");
    let (body, head, done) = (find(".L0_2:"), find(".L0_1:"), find(".L0_3:"));
    assert!(body < head && head < done, "{text}");
    assert!(lines[body].contains("loop depth 1"), "{text}");
    let jumps = lines[body..done].iter().filter(|line| line.trim_start().starts_with('j')).count();
    assert_eq!(jumps, 1, "{text}");
}
