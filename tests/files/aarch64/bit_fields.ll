; Fields of bits are moved by one instruction.
; target: aarch64-linux-gnu

define i32 @insert_above(i32 %x, i32 %y) {
; asm: bfm w0, w1, #24, #7
; asm-not: orr
; run: -1, 18 => -60673
  %a = and i32 %x, -65281
  %b = and i32 %y, 255
  %c = shl i32 %b, 8
  %d = or i32 %a, %c
  ret i32 %d
}

define i64 @insert_low(i64 %x, i64 %y) {
; asm: bfm x0, x1, #8, #15
; run: -1, 4660 => -238
  %a = and i64 %x, -256
  %b = lshr i64 %y, 8
  %c = and i64 %b, 255
  %d = or i64 %c, %a
  ret i64 %d
}

define i32 @insert_top(i32 %x, i32 %y) {
; asm: bfm w0, w1, #8, #7
; run: 5, 3 => 50331653
  %a = and i32 %x, 16777215
  %b = shl i32 %y, 24
  %d = or i32 %a, %b
  ret i32 %d
}

; The field does not fit the hole.
define i32 @overlaps(i32 %x, i32 %y) {
; asm-not: bfm w0
; run: -1, 18 => -60673
  %a = and i32 %x, -65281
  %b = and i32 %y, 511
  %c = shl i32 %b, 8
  %d = or i32 %a, %c
  ret i32 %d
}

define i64 @scaled_index(i32 %x) {
; asm: ubfm x0, x0, #60, #31
; run: -1 => 68719476720
  %a = zext i32 %x to i64
  %b = shl i64 %a, 4
  ret i64 %b
}

define i64 @signed_shift(i32 %x) {
; asm: sbfm x0, x0, #3, #31
; run: -17 => -3
  %a = sext i32 %x to i64
  %b = ashr i64 %a, 3
  ret i64 %b
}

; Some of the 32 bits are shifted out.
define i64 @shifted_out(i32 %x) {
; asm: sbfm x0, x0, #31, #30
; run: 3 => 25769803776
; run: -1 => -8589934592
  %a = sext i32 %x to i64
  %b = shl i64 %a, 33
  ret i64 %b
}
