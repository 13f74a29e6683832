; A struct by value is copied to the stack arguments; a large one by a call.
; target: aarch64-linux-gnu

%pair = type { i64, i64, i32 }
%large = type { [40 x i64] }

define i64 @callee(i64 %a, ptr byval(%pair) align 8 %s, i64 %b) noinline optnone {
; asm: add x?s, sp, #0
; asm: ldr x*, [x?s, #8]
  %second = getelementptr %pair, ptr %s, i32 0, i32 1
  %x = load i64, ptr %second
  store i64 0, ptr %second
  %y = mul i64 %x, 10
  %z = add i64 %y, %a
  %r = sub i64 %z, %b
  ret i64 %r
}

define i64 @caller(ptr %p) {
; asm: ldr q?t, [x?p, #0]
; asm: str q?t, [sp, #0]
; asm: bl callee
; run: [1, 20, 3]: i64 => 194 then [1, 20, 3]
  %r = call i64 @callee(i64 1, ptr byval(%pair) align 8 %p, i64 7)
  ret i64 %r
}

define i64 @last(ptr byval(%large) align 16 %s) noinline optnone {
  %at = getelementptr i64, ptr %s, i64 39
  %x = load i64, ptr %at
  ret i64 %x
}

define i64 @large(i64 %x) {
; asm: bl memcpy
; asm: bl last
; run: 17 => 17
  %s = alloca %large, align 16
  %at = getelementptr i64, ptr %s, i64 39
  store i64 %x, ptr %at
  %r = call i64 @last(ptr byval(%large) align 16 %s)
  ret i64 %r
}
