//! Object files: data, linkage, thread-locals, groups, constructors, addresses of blocks.

use crate::build::{Builder, I, Program, run, run_all};
use regalloc2::Block;
use son_codegen::machine::{Address, Base, MachineInst};
use son_codegen::object::{ObjectOptions, write_object};
use son_codegen::x64::isa;
use son_codegen::x64::ops::Op;
use son_ir::{Comdat, Data, Definition, Linkage, Relocation, RelocationTarget, Symbol, SymbolId, TlsModel, Visibility};

fn bytes(bytes: &[u8]) -> Data {
    Data { bytes: bytes.to_vec(), ..Data::default() }
}

fn constant(data: Data) -> Data {
    Data { constant: true, ..data }
}

fn pointer(offset: u64, symbol: SymbolId, addend: i64) -> Relocation {
    Relocation { offset, size: 8, target: RelocationTarget::Symbol(symbol), addend, minus: None }
}

/// `long NAME(void)` that loads 8 bytes from an address.
fn loader(address: Address) -> son_codegen::mir::Mir {
    let mut b = Builder::new(&[]);
    let value = b.value(MachineInst::new(Op::MovRM, 8).at(address), I, &[]);
    b.ret(&[value]);
    b.finish()
}

#[test]
fn data_of_all_kinds() {
    let mut p = Program::new();
    let text = p.data("text", Linkage::Private, constant(bytes(b"hello\0")));
    (text.unnamed_addr, text.align) = (true, 1);
    let text = p.module.find_symbol("text").expect("defined");
    let other = p.data("other", Linkage::Private, constant(bytes(b"other\0")));
    (other.unnamed_addr, other.align) = (true, 1);
    let other = p.module.find_symbol("other").expect("defined");
    p.data("number", Linkage::External, bytes(&42u64.to_le_bytes()));
    p.data("zeroes", Linkage::External, Data { zeroed: 1000, ..Data::default() });
    p.data("hidden", Linkage::Internal, Data { zeroed: 8, ..Data::default() });
    let hidden = p.module.find_symbol("hidden").expect("defined");
    p.data("tentative", Linkage::Common, Data { zeroed: 4, ..Data::default() });
    p.data("weak", Linkage::Weak, bytes(&7u64.to_le_bytes()));
    p.data("overridden", Linkage::Weak, bytes(&8u64.to_le_bytes()));
    p.data("placed", Linkage::External, bytes(&[1, 2, 3])).section = Some("mine".to_owned());
    p.data("secret", Linkage::External, bytes(&9u64.to_le_bytes())).visibility = Visibility::Hidden;
    let function = p.add("seven", {
        let mut b = Builder::new(&[]);
        let seven = b.int_imm(Op::MovI, 4, 7, &[]);
        b.ret(&[seven]);
        b.finish()
    });
    let relocations = vec![pointer(0, text, 0), pointer(8, other, 2), pointer(16, function, 0), pointer(24, hidden, 0)];
    p.data("table", Linkage::External, constant(Data { bytes: vec![0; 32], relocations, ..Data::default() }));
    let table = p.module.find_symbol("table").expect("defined");
    p.module.add_symbol(Symbol::new("second", Linkage::External, Definition::Alias(table, 8)));
    p.module.add_symbol(Symbol::new("also_seven", Linkage::External, Definition::Alias(function, 0)));
    p.add("get_hidden", loader(Address::named(Base::Symbol, hidden.0, 0)));
    let c = r#"
        #include <stdio.h>
        extern char *table[4], *second; extern long number, weak, secret; extern char zeroes[1000];
        extern int tentative; extern char placed[3], __start_mine[], __stop_mine[];
        long overridden = 80; int tentative; int seven(void); int also_seven(void); long get_hidden(void);
        int main() {
            *(long *)table[3] = 11;
            printf("%s %s %d %ld\n", table[0], second, ((int (*)(void))table[2])(), get_hidden());
            printf("%ld %d %d %ld %ld %ld %d\n", number, zeroes[999], tentative, weak, overridden, secret, placed[2]);
            printf("%d %d\n", also_seven(), (int)(__stop_mine - __start_mine)); }"#;
    let expected = "hello her 7 11\n42 0 0 7 80 9 3\n7 3\n";
    assert_eq!(p.run(c), expected);
    let sections = ObjectOptions { function_sections: true, data_sections: true, ..ObjectOptions::default() };
    assert_eq!(run(&p.object_with(true, &sections), c, &["-Wl,--gc-sections"]), expected);
    assert_eq!(run(&p.object(true), c, &["-no-pie"]), expected);
}

#[test]
fn thread_locals() {
    let mut p = Program::new();
    for (name, zeroed) in [("counter", false), ("empty", true)] {
        let data = if zeroed { Data { zeroed: 8, ..Data::default() } } else { bytes(&5u64.to_le_bytes()) };
        p.data(name, Linkage::External, data).tls = Some(TlsModel::LocalExec);
    }
    let [counter, empty] = ["counter", "empty"].map(|name| p.module.find_symbol(name).expect("defined"));
    p.add("load", loader(Address::named(Base::ThreadLocal, counter.0, 0)));
    for (name, op, symbol) in
        [("local", Op::TlsLocal, counter), ("initial", Op::TlsInitial, counter), ("general", Op::TlsGeneral, empty)]
    {
        let mut b = Builder::new(&[]);
        let address = b.value(MachineInst::new(op, 8).symbol(symbol.0), I, &[]);
        b.ret(&[address]);
        p.add(name, b.finish());
    }
    let mut b = Builder::new(&[]);
    let base = b.int(Op::TlsBase, 8, &[]);
    let offset = Address::named(Base::GotThreadOffset, counter.0, 0);
    let address = b.value(MachineInst::new(Op::AddRM, 8).at(offset), I, &[base]);
    b.ret(&[address]);
    p.add("offset", b.finish());
    let output = p.run(
        r#"#include <stdio.h>
        #include <pthread.h>
        extern __thread long counter, empty;
        long *local(void), *initial(void), *general(void), *offset(void); long load(void);
        void *work(void *x) {
            counter += (long)x; empty += (long)x;
            printf("%ld %ld %ld %ld %ld\n", load(), *local(), *initial(), *offset(), *general());
            return 0; }
        int main() {
            pthread_t t; pthread_create(&t, 0, work, (void *)1); pthread_join(t, 0); work((void *)2); }"#,
    );
    assert_eq!(output, "6 6 6 6 1\n7 7 7 7 2\n");
}

/// Two objects have the same inline function and its data; the linker keeps one of each.
#[test]
fn groups() {
    let objects: Vec<Vec<u8>> = ["first", "second"]
        .into_iter()
        .map(|name| {
            let mut p = Program::new();
            p.module.comdats.push(Comdat { name: "shared".to_owned(), any: true });
            let data = p.data("shared_count", Linkage::LinkOnce, bytes(&1u64.to_le_bytes()));
            data.comdat = Some(0);
            let count = p.module.find_symbol("shared_count").expect("defined");
            let mut b = Builder::new(&[]);
            let place = MachineInst::new(Op::AddMI, 8).at(Address::named(Base::Symbol, count.0, 0)).imm(1);
            b.push(place, &[]);
            let value = b.value(MachineInst::new(Op::MovRM, 8).at(Address::named(Base::Symbol, count.0, 0)), I, &[]);
            b.ret(&[value]);
            let shared = p.add_linked("shared", Linkage::LinkOnce, b.finish());
            p.module.symbols[shared.index()].comdat = Some(0);
            let mut b = Builder::new(&[]);
            let value = b.call(shared, I, &[]);
            b.ret(&[value]);
            p.add(name, b.finish());
            p.object(true)
        })
        .collect();
    let c = "#include <stdio.h>\nlong first(void), second(void);\n\
             int main() { first(); printf(\"%ld\\n\", second()); }";
    assert_eq!(run_all(&[&objects[0], &objects[1]], c, &[]), "3\n");
}

#[test]
fn constructors() {
    let mut p = Program::new();
    p.data("order", Linkage::External, Data { zeroed: 8, ..Data::default() });
    let order = p.module.find_symbol("order").expect("defined");
    let mut functions = Vec::new();
    for digit in [1, 2, 3] {
        let mut b = Builder::new(&[]);
        let place = Address::named(Base::Symbol, order.0, 0);
        let old = b.value(MachineInst::new(Op::ImulRMI, 8).at(place).imm(10), I, &[]);
        let new = b.int_imm(Op::AddRI, 8, digit, &[old]);
        b.push(MachineInst::new(Op::MovMR, 8).at(place), &[new]);
        b.ret(&[]);
        functions.push(p.add_linked(&format!("init{digit}"), Linkage::Internal, b.finish()));
    }
    p.module.constructors = vec![(65535, functions[2]), (200, functions[1]), (101, functions[0])];
    let output = p.run("#include <stdio.h>\nextern long order;\nint main() { printf(\"%ld\\n\", order); }");
    assert_eq!(output, "123\n");
}

/// Computed jumps: addresses of blocks in a table of the module, and taken by an instruction.
#[test]
fn addresses_of_blocks() {
    let mut p = Program::new();
    let function = p.import("f");
    let blocks = [RelocationTarget::Block(function, 0), RelocationTarget::Block(function, 1)];
    let relocations = vec![
        Relocation { offset: 0, size: 8, target: blocks[0], addend: 0, minus: None },
        Relocation { offset: 8, size: 8, target: blocks[1], addend: 0, minus: None },
    ];
    let distance = Relocation { offset: 0, size: 4, target: blocks[1], addend: 0, minus: Some(blocks[0]) };
    p.data("distance", Linkage::External, Data { bytes: vec![0; 4], relocations: vec![distance], ..Data::default() });
    p.data("targets", Linkage::Internal, constant(Data { bytes: vec![0; 16], relocations, ..Data::default() }));
    let targets = p.module.find_symbol("targets").expect("defined");
    let mut b = Builder::new(&[I, I]);
    let (n, x) = (b.params[0], b.params[1]);
    let [third, first, second] = [1, 2, 3].map(Block::new);
    let base = b.value(MachineInst::new(Op::Lea, 8).at(Address::named(Base::Symbol, targets.0, 0)), I, &[]);
    let entry = MachineInst::new(Op::MovRM, 8).at(Address::reg(0).indexed(8));
    let listed = b.value(entry, I, &[base, n]);
    let own = b.value(MachineInst::new(Op::Lea, 8).at(Address::named(Base::Block, 2, 0)), I, &[]);
    let test = son_codegen::x64::ops::Compare::CmpRI.joined(son_codegen::x64::ops::Consumer::Select);
    let above = MachineInst::new(test, 8).imm(0).cond(son_codegen::x64::regs::Cond::L).from_size(8);
    let target = b.value(above, I, &[listed, own, n]);
    b.push(MachineInst::new(Op::JumpReg, 8), &[target]);
    for block in [third, first, second] {
        b.mir.succ(block, &[]);
    }
    for (number, block, scale) in [(2, third, 7), (0, first, 10), (1, second, 100)] {
        b.block(1.0, 0);
        let value = b.int_imm(Op::ImulRRI, 8, scale, &[x]);
        b.ret(&[value]);
        b.mir.indirect_target(number, block);
    }
    p.add("f", b.finish());
    let output = p.run(
        "#include <stdio.h>\nlong f(long, long); extern int distance;\n\
         int main() { printf(\"%ld %ld %ld %d\\n\", f(0, 3), f(1, 3), f(-1, 3), distance > 0); }",
    );
    assert_eq!(output, "30 300 21 1\n");
}

#[test]
fn errors_name_the_symbol() {
    let mut p = Program::new();
    let alias = p.module.add_symbol(Symbol::new("a", Linkage::External, Definition::ExternalData(None)));
    p.module.symbols[alias.index()].definition = Definition::Alias(alias, 0);
    let error = write_object(&p.module, isa(), &[], &ObjectOptions::default()).expect_err("an endless alias");
    assert_eq!(error.to_string(), "alias `a` names nothing that is defined in this module");
}

#[test]
fn bytes_are_deterministic() {
    let build = || {
        let mut p = Program::new();
        for i in 0..50 {
            let mut b = Builder::new(&[I]);
            let value = b.int_imm(Op::AddRI, 8, i, &[b.params[0]]);
            b.ret(&[value]);
            p.add(&format!("f{i}"), b.finish());
        }
        p.object(true)
    };
    assert!(build() == build());
}
