; Newer processors do atomic operations in one instruction.
; target: aarch64-linux-gnu
; cpu: armv8.1-a

define i32 @add(ptr %p, i32 %x) {
; asm: ldaddal w1, w*, [x0]
; asm-not: stlxr
; run: [5]: i32, 3 => 5 then [8]
  %r = atomicrmw add ptr %p, i32 %x seq_cst
  ret i32 %r
}

define i8 @subtract(ptr %p, i8 %x) {
; asm: sub w?n, wzr, w1, lsl #0
; asm: ldaddalb w?n, w*, [x0]
; run: [5]: i8, 3 => 5 then [2]
  %r = atomicrmw sub ptr %p, i8 %x seq_cst
  ret i8 %r
}

define i64 @and(ptr %p, i64 %x) {
; asm: orn x?n, xzr, x1, lsl #0
; asm: ldclral x?n, x*, [x0]
; run: [7]: i64, 12 => 7 then [4]
  %r = atomicrmw and ptr %p, i64 %x seq_cst
  ret i64 %r
}

define i16 @maximum(ptr %p, i16 %x) {
; asm: ldsmaxalh w1, w*, [x0]
; run: [-5]: i16, 3 => -5 then [3]
  %r = atomicrmw max ptr %p, i16 %x seq_cst
  ret i16 %r
}

define i32 @exchange(ptr %p, i32 %x) {
; asm: swpal w1, w*, [x0]
; run: [5]: i32, 3 => 5 then [3]
  %r = atomicrmw xchg ptr %p, i32 %x seq_cst
  ret i32 %r
}

define i1 @swap(ptr %p, i32 %x, i32 %y) {
; asm: casal w*, w2, [x*]
; asm: subs
; asm-not: stlxr
; run: [5]: i32, 5, 9 => 1 then [9]
; run: [5]: i32, 4, 9 => 0 then [5]
  %pair = cmpxchg ptr %p, i32 %x, i32 %y seq_cst seq_cst
  %same = extractvalue { i32, i1 } %pair, 1
  ret i1 %same
}

; There is no instruction for it.
define i32 @nand(ptr %p, i32 %x) {
; asm: stlxr
; run: [7]: i32, 5 => 7 then [-6]
  %r = atomicrmw nand ptr %p, i32 %x seq_cst
  ret i32 %r
}
