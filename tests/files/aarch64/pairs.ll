; Neighbouring accesses are one instruction, unless they are volatile.
; target: aarch64-linux-gnu

define i64 @loads(ptr %p) {
; asm: ldp x*, x*, [x0, #8]
; asm-not: ldr
; run: [1, 20, 300]: i64 => 320
  %a = getelementptr i8, ptr %p, i64 8
  %b = getelementptr i8, ptr %p, i64 16
  %x = load i64, ptr %a
  %y = load i64, ptr %b
  %s = add i64 %x, %y
  ret i64 %s
}

define void @stores(ptr %p, i32 %x) {
; asm: stp w1, wzr, [x0, #4]
; run: [1, 2, 3], 7 => nothing then [1, 7, 0]
  %a = getelementptr i8, ptr %p, i64 4
  %b = getelementptr i8, ptr %p, i64 8
  store i32 %x, ptr %a
  store i32 0, ptr %b
  ret void
}

; The lower one comes second.
define void @downwards(ptr %p, i32 %x, i32 %y) {
; asm: stp w2, w1, [x0, #0]
; run: [1, 2], 7, 8 => nothing then [8, 7]
  %a = getelementptr i8, ptr %p, i64 4
  store i32 %x, ptr %a
  store i32 %y, ptr %p
  ret void
}

define double @floats(ptr %p) {
; asm: ldp d*, d*, [x0, #0]
; run: [1.5, 2.5]: f64 => 4
  %b = getelementptr i8, ptr %p, i64 8
  %x = load double, ptr %p
  %y = load double, ptr %b
  %s = fadd double %x, %y
  ret double %s
}

define i32 @volatile(ptr %p) {
; asm-not: ldp
; run: [1, 2] => 3
  %b = getelementptr i8, ptr %p, i64 4
  %x = load volatile i32, ptr %p
  %y = load volatile i32, ptr %b
  %s = add i32 %x, %y
  ret i32 %s
}

; The first load is needed to find the second.
define i64 @chained(ptr %p) {
; asm-not: ldp
; run: [1, 2, 3]: i64 => 3
  %x = load i64, ptr %p
  %n = mul i64 %x, 8
  %place = getelementptr i8, ptr %p, i64 %n
  %b = getelementptr i8, ptr %place, i64 8
  %y = load i64, ptr %b
  ret i64 %y
}

; What is between does not matter: arithmetic, loads, and accesses of other bytes.
define i64 @loads_apart(ptr %p, ptr %q, i64 %x) {
; asm: ldp x*, x*, [x0, #8]
; asm-not: ldr x*, [x0
; run: [1, 20, 300]: i64, [4]: i64, 5 => 329
  %a = getelementptr i8, ptr %p, i64 8
  %b = getelementptr i8, ptr %p, i64 16
  %u = load i64, ptr %a
  store i64 %x, ptr %p
  %v = load i64, ptr %q
  %w = load i64, ptr %b
  %s = add i64 %u, %v
  %t = add i64 %s, %w
  %r = add i64 %t, %x
  ret i64 %r
}

define i64 @stores_apart(ptr %p, ptr %q, i64 %x) {
; asm: stp x2, x*, [x*, #0]
; asm-not: str
; run: [1, 2, 30]: i64, [4]: i64, 5 => 90
  store i64 %x, ptr %p
  %a = getelementptr i8, ptr %p, i64 8
  %b = getelementptr i8, ptr %p, i64 16
  %u = load i64, ptr %b
  %v = mul i64 %u, 3
  store i64 %v, ptr %a
  ret i64 %v
}

; The store may change what is loaded.
define i64 @loads_around(ptr %p, ptr %q, i64 %x) {
; asm-not: ldp
; run: [1, 20, 300]: i64, [4]: i64, 5 => 320
  %a = getelementptr i8, ptr %p, i64 8
  %b = getelementptr i8, ptr %p, i64 16
  %u = load i64, ptr %a
  store i64 %x, ptr %q
  %w = load i64, ptr %b
  %s = add i64 %u, %w
  ret i64 %s
}

; The load may read what is stored.
define i64 @stores_around(ptr %p, ptr %q, i64 %x) {
; asm-not: stp
; run: [1, 2]: i64, [4]: i64, 5 => 12
  store i64 %x, ptr %p
  %a = getelementptr i8, ptr %p, i64 8
  %u = load i64, ptr %q
  %v = mul i64 %u, 3
  store i64 %v, ptr %a
  ret i64 %v
}
