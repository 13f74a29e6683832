//! Wrong text gives an error that says where and what; it never panics or hangs.

use std::time::Instant;

fn read(text: &[u8]) -> Result<(), son_llvm::Error> {
    let module = son_llvm::parse_module(text)?;
    let mut reader = son_llvm::BodyReader::new(&module);
    (0..module.functions.len()).try_for_each(|function| reader.read(&module, function))
}

fn error(text: &str) -> String {
    read(text.as_bytes()).expect_err(text).to_string()
}

#[test]
fn messages() {
    let cases = [
        ("@a = global i33 1.5", "1:17: error: '1.5' has type 'i33', expected a floating-point type"),
        ("\n  @a = globl i32 0", "2:8: error: expected 'global', 'constant', 'alias' or 'ifunc', found 'globl'"),
        ("@a = global ptr @b", "1:17: error: use of undefined value '@b'"),
        ("@a = global %t zeroinitializer", "1:13: error: use of undefined type '%t'"),
        ("@a = global i8 0\n@a = global i8 0", "2:1: error: value '@a' is defined more than once"),
        ("@a = global [2 x i8] c\"abc\"", "1:22: error: this string has type '[3 x i8]', expected '[2 x i8]'"),
        ("@a = global [2 x i8] [i8 1]", "1:22: error: this constant is not of type '[2 x i8]'"),
        ("@a = global [2 x i8] [i8 1, i16 2]", "1:29: error: operand has type 'i16', expected 'i8'"),
        ("@a = global i32* null", "1:16: error: typed pointer (LLVM 14 and older) is not supported"),
        ("@a = global i8 0, align 3", "1:25: error: alignment is not a power of two up to 2^32"),
        ("target datalayout = \"e-i64:7\"", "1:21: error: malformed data layout: 'i64:7'"),
        ("declare void @f() bogus", "1:19: error: expected a definition, found 'bogus'"),
        ("attributes #0 = { bogus }", "1:19: error: expected an attribute or '}', found 'bogus'"),
        ("declare void @f() #7", "1:19: error: use of undefined attribute group '#7'"),
        ("define void @f() {\n ret void", "1:18: error: '{' is not closed"),
        ("@a = global [1 x i8] c\"x", "1:22: error: expected a value, found a string without end"),
        ("", ""),
    ];
    for (text, message) in cases {
        if !text.is_empty() {
            assert_eq!(error(text), message, "{text}");
        }
    }
}

#[test]
fn messages_in_bodies() {
    let cases = [
        ("%1 = add i32 %x, 1\nret void", "2:14: error: use of undefined value '%x'"),
        ("%1 = add i32 %a, %p", "2:18: error: '%p' has type 'ptr', expected 'i32'"),
        ("%1 = add ptr %p, %p", "2:10: error: operand has type 'ptr', expected an integer"),
        ("%1 = fadd i32 %a, 1", "2:11: error: operand has type 'i32', expected a float"),
        ("%1 = load i32, i32 %a", "2:16: error: operand has type 'i32', expected a pointer"),
        ("%a = add i32 1, 1", "2:1: error: value '%a' is defined more than once"),
        ("%7 = add i32 1, 1\n%6 = add i32 1, 1", "3:1: error: expected number 8 or greater, found 6"),
        ("%1 = zext i64 1 to i32", "2:11: error: operand has type 'i64', expected a narrower integer"),
        ("%x = store i32 1, ptr %p", "2:1: error: an instruction without result has a name"),
        ("br label %nowhere", "2:10: error: use of undefined block '%nowhere'"),
        ("br label %a", "2:10: error: '%a' is a value, not a block"),
        ("br i32 %a, label %b, label %b\nb:", "2:4: error: operand has type 'i32', expected 'i1'"),
        ("ret i32 1", "2:5: error: operand has type 'i32', expected 'void'"),
        ("br label %x\nx:\nx:", "4:1: error: the block before this label has no terminator"),
        ("br label %x\nx:\nunreachable\nx:", "5:1: error: block 'x:' is defined more than once"),
        (
            "%1 = extractvalue { i32 } undef, 1",
            "2:34: error: operand has type '{ i32 }', expected an aggregate with that index",
        ),
        ("callbr void @f() to label %x []", "2:1: error: instruction 'callbr' is not supported"),
        ("%1 = catchswitch within none []", "2:6: error: instruction 'catchswitch' is not supported"),
        ("frobnicate i32 1", "2:1: error: expected an instruction, found 'frobnicate'"),
        ("call void @g()", "2:11: error: use of undefined value '@g'"),
        ("call void (i32) @f()", "2:6: error: call with 0 arguments of a function of 1"),
        ("call void @f() #3", "2:16: error: use of undefined attribute group '#3'"),
        ("switch i32 %a, label %x [ i8 1, label %x ]\nx:", "2:27: error: operand has type 'i8', expected 'i32'"),
        ("%1 = load i32, ptr %p, !tbaa", "3:1: error: expected metadata, found end of text"),
        ("fence syncscope(\"agent\") seq_cst", "2:17: error: synchronization scope 'agent' is not supported"),
        ("%1 = alloca %t\nret void", "2:13: error: use of undefined type '%t'"),
        (
            "%1 = add i64 %later, 1\n%later = add i32 1, 1",
            "3:1: error: %later has type 'i32', expected 'i64', as where it is used",
        ),
        ("%1 = add i32 1, 1", "3:1: error: function ends without a terminator"),
    ];
    for (body, message) in cases {
        let text = format!("define void @f(i32 %a, ptr %p) {{\n{body}\n}}");
        assert_eq!(error(&text), message, "{body}");
    }
}

#[test]
fn nesting_is_limited() {
    let deep = 100_000;
    let types = format!("@a = global {}i8{} zeroinitializer", "[1 x ".repeat(deep), "]".repeat(deep));
    assert!(error(&types).ends_with("nested deeper than 256 levels"), "{}", error(&types));
    let constants = format!("@a = global i64 {}", "add (i64 1, i64 ".repeat(deep));
    assert!(error(&constants).ends_with("nested deeper than 256 levels"));
    let metadata = format!("!0 = !{{{}{}}}", "!{".repeat(deep), "}".repeat(deep));
    assert_eq!(read(metadata.as_bytes()), Ok(()));
}

#[test]
fn hostile_numbers_take_no_memory() {
    let text = "!4294967294 = !{}\n@4294967294 = global i8 0\n%4294967294 = type { i8 }
        attributes #4294967294 = { nounwind }
        define void @f() #4294967294 {\n%4294967294 = add i8 1, 1\nret void\n}";
    assert_eq!(read(text.as_bytes()), Ok(()));
    assert!(error("!4294967295 = !{}").ends_with("number beyond 32 bits"));
}

/// Deterministic random numbers (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

fn mutate(text: &[u8], random: &mut Random) -> Vec<u8> {
    let mut text = text.to_vec();
    for _ in 0..1 + random.below(3) {
        let (at, other) = (random.below(text.len()), random.below(text.len()));
        let len = random.below(40).min(text.len() - at.max(other));
        match random.below(6) {
            0 => text.truncate(at.max(1)),
            1 => text[at] ^= 1 << random.below(8),
            2 => drop(text.drain(at..at + len)),
            3 => text[at] = b"(){}[]<>,=%@!#\"$;0 \n"[random.below(20)],
            4 => text.copy_within(other..other + len, at),
            _ => {
                let piece = text[other..other + len].to_vec();
                text.splice(at..at, piece);
            }
        }
        if text.is_empty() {
            text.push(b'@');
        }
    }
    text
}

#[test]
fn mutated_text_gives_an_error_with_a_position() {
    let inputs: [&[u8]; 2] = [include_bytes!("inputs/forms.ll"), include_bytes!("inputs/versions.ll")];
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..6000 {
        let text = mutate(inputs[round % 2], &mut random);
        let start = Instant::now();
        if let Err(error) = read(&text) {
            let lines = text.split(|&byte| byte == b'\n').count();
            assert!((1..=lines).contains(&(error.line as usize)), "round {round}: {error}");
            assert!(error.column >= 1, "round {round}: {error}");
        }
        assert!(start.elapsed().as_secs() < 10, "round {round}");
    }
}

#[test]
fn every_prefix_is_read_without_panic() {
    let text: &[u8] = include_bytes!("inputs/forms.ll");
    for end in (0..text.len()).step_by(3) {
        drop(read(&text[..end]));
    }
}
