; Products with sums, shifted and extended operands, fields of bits, tests of bits.
; target: aarch64-linux-gnu

define i32 @product_and_sum(i32 %a, i32 %b, i32 %c) {
; asm: madd w0, w0, w1, w2
; run: 2, 3, 4 => 10
  %p = mul i32 %a, %b
  %s = add i32 %p, %c
  ret i32 %s
}

define i64 @product_and_difference(i64 %a, i64 %b, i64 %c) {
; asm: msub x0, x0, x1, x2
; run: 2, 3, 4 => -2
  %p = mul i64 %a, %b
  %s = sub i64 %c, %p
  ret i64 %s
}

define i64 @long_product(i32 %a, i32 %b) {
; asm: smaddl x0, w0, w1, xzr
; run: -2, 3 => -6
  %x = sext i32 %a to i64
  %y = sext i32 %b to i64
  %p = mul i64 %x, %y
  ret i64 %p
}

define i64 @extended(i64 %a, i32 %b) {
; asm: add x0, x0, w1, sxtw #0
; run: 10, -3 => 7
  %x = sext i32 %b to i64
  %s = add i64 %a, %x
  ret i64 %s
}

define i32 @shifted(i32 %a, i32 %b) {
; asm: eor w0, w0, w1, lsr #8
; run: 1, 1024 => 5
  %x = lshr i32 %b, 8
  %s = xor i32 %a, %x
  ret i32 %s
}

define i32 @field(i32 %a) {
; asm: ubfm w0, w0, #8, #15
; run: 4660 => 18
  %x = lshr i32 %a, 8
  %s = and i32 %x, 255
  ret i32 %s
}

define i32 @cleared(i32 %a, i32 %b) {
; asm: bic w0, w0, w1, lsl #0
; run: 7, 5 => 2
  %n = xor i32 %b, -1
  %s = and i32 %a, %n
  ret i32 %s
}

define i64 @mask(i64 %a) {
; asm: and x0, x0, #0xffffffffffffff00
; asm-not: mov
; run: 1234 => 1024
  %s = and i64 %a, -256
  ret i64 %s
}

define i32 @bit(i64 %a) {
; asm: tbnz x0, #40, *
; run: 1099511627776 => 6
; run: 5 => 8
  %m = and i64 %a, 1099511627776
  %z = icmp eq i64 %m, 0
  br i1 %z, label %yes, label %no
yes:
  %y = call i32 @next(i32 7)
  ret i32 %y
no:
  %n = call i32 @next(i32 5)
  ret i32 %n
}

define i32 @next(i32 %x) noinline optnone {
; asm: add w0, w0, #1
  %y = add i32 %x, 1
  ret i32 %y
}

declare i64 @llvm.ctpop.i64(i64)
declare i16 @llvm.ctpop.i16(i16)

define i64 @ones(i64 %x) {
; asm: fmov d31, x0
; asm: cnt v31.8b, v31.8b
; asm: uaddlv h31, v31.8b
; asm: fmov w0, s31
; asm-not: mul
; run: -1 => 64
; run: 259 => 3
  %n = call i64 @llvm.ctpop.i64(i64 %x)
  ret i64 %n
}

define i16 @narrow_ones(i16 %x) {
; asm: cnt v31.8b, v31.8b
; run: -1 => 16
; run: 259 => 3
  %n = call i16 @llvm.ctpop.i16(i16 %x)
  ret i16 %n
}

define i64 @long_product_and_sum(i32 %a, i64 %c) {
; asm: smaddl x0, w0, w?n, x1
; run: -2, 100 => 30
  %x = sext i32 %a to i64
  %p = mul i64 %x, 35
  %s = add i64 %p, %c
  ret i64 %s
}

; The constant is wider than a word.
define i64 @long_constant(i32 %a) {
; asm: madd x*
; asm-not: smaddl
; run: 3 => 12884901888
  %x = sext i32 %a to i64
  %p = mul i64 %x, 4294967296000
  %s = sdiv exact i64 %p, 1000
  ret i64 %s
}

; The address of an element is one instruction with the product of its index.
define i32 @element(ptr %p, i32 %i) {
; asm: umaddl x?e, w1, w?n, x0
; asm: ldp w*, w*, [x?e, #0]
; run: [0, 0, 0, 4, 5, 6]: i32, 1 => 9
  %n = zext i32 %i to i64
  %e = getelementptr [3 x i32], ptr %p, i64 %n
  %f = getelementptr i8, ptr %e, i64 4
  %a = load i32, ptr %f
  %b = load i32, ptr %e
  %s = add i32 %a, %b
  ret i32 %s
}

define i32 @narrow_sum(i32 %a, i8 %b) {
; asm: add w0, w0, w1, sxtb #0
; run: 5, -3 => 2
  %x = sext i8 %b to i32
  %s = add i32 %a, %x
  ret i32 %s
}

define i64 @shifted_word(i64 %a, i32 %b) {
; asm: sub x0, x0, w1, uxtw #3
; run: 100, 5 => 60
  %x = zext i32 %b to i64
  %y = shl i64 %x, 3
  %s = sub i64 %a, %y
  ret i64 %s
}

define i32 @compared(i32 %a, i32 %b) {
; asm: subs wzr, w0, w1, lsl #2
; run: 8, 2 => 1
; run: 9, 2 => 0
  %x = shl i32 %b, 2
  %c = icmp eq i32 %a, %x
  %r = zext i1 %c to i32
  ret i32 %r
}

define i32 @mask_of_bit(i32 %a, i32 %b) {
; asm: sbfm w?m, w0, #3, #3
; asm-not: sub
; run: 8, 5 => 5
; run: 7, 5 => 0
  %x = lshr i32 %a, 3
  %y = and i32 %x, 1
  %n = sub i32 0, %y
  %m = and i32 %n, %b
  ret i32 %m
}

declare i32 @llvm.smax.i32(i32, i32)

define i32 @at_least_zero(i32 %a) {
; asm: csel w0, w0, wzr, gt
; asm-not: movz
; run: 8 => 8
; run: -7 => 0
  %x = call i32 @llvm.smax.i32(i32 %a, i32 0)
  ret i32 %x
}

declare i32 @llvm.fshl.i32(i32, i32, i32)

; Logic rotates its last operand by itself, sums do not.
define i32 @rotated(i32 %a, i32 %b) {
; asm: eor w0, w1, w0, ror #6
; run: 64, 3 => 2
  %r = call i32 @llvm.fshl.i32(i32 %a, i32 %a, i32 26)
  %x = xor i32 %r, %b
  ret i32 %x
}

define i32 @not_rotated(i32 %a, i32 %b) {
; asm: extr w?r, w0, w0, #6
; asm: add w0, *
; run: 64, 3 => 4
  %r = call i32 @llvm.fshl.i32(i32 %a, i32 %a, i32 26)
  %x = add i32 %r, %b
  ret i32 %x
}
