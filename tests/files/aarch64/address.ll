; Indices of 32 bits are extended by the access itself.
; target: aarch64-linux-gnu

define i64 @unsigned_index(ptr %p, i32 %i) {
; asm: ldr x0, [x0, w1, uxtw #3]
; asm-not: orr
; run: [5, 6, 7]: i64, 2 => 7
  %n = zext i32 %i to i64
  %place = getelementptr inbounds i64, ptr %p, i64 %n
  %x = load i64, ptr %place
  ret i64 %x
}

define void @signed_index(ptr %p, i32 %i, i8 %x) {
; asm: strb w2, [x0, w1, sxtw]
; asm-not: sbfm
; run: [1, 2, 3]: i8, 1, 9 => nothing then [1, 9, 3]
  %n = sext i32 %i to i64
  %place = getelementptr inbounds i8, ptr %p, i64 %n
  store i8 %x, ptr %place
  ret void
}

; An index that is needed in a whole register anyway is not extended twice.
define i64 @needed(ptr %p, i32 %i) {
; asm: sbfm x?n, x1, #0, #31
; asm: ldr x*, [x0, x?n, lsl #3]
; asm-not: sxtw
; run: [5, 6, 7]: i64, 2 => 9
  %n = sext i32 %i to i64
  %place = getelementptr inbounds i64, ptr %p, i64 %n
  %x = load i64, ptr %place
  %twice = mul i64 %n, %n
  %more = sub i64 %twice, %n
  %sum = add i64 %x, %more
  ret i64 %sum
}

; The scale must be the size of the access.
define i32 @other_scale(ptr %p, i32 %i) {
; asm: ubfm x?n, x1, #61, #31
; asm: ldr w0, [x0, x?n]
; asm-not: uxtw
; run: [5, 6, 7, 8]: i32, 1 => 7
  %n = zext i32 %i to i64
  %place = getelementptr inbounds i64, ptr %p, i64 %n
  %x = load i32, ptr %place
  ret i32 %x
}
