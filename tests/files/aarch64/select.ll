; Constants 0, 1 and -1, and values that are incremented, inverted or negated, are selected without a register.
; target: aarch64-linux-gnu

define i32 @or_zero(i32 %a, i32 %x) {
; asm: csel w0, w1, wzr, gt
; run: 1, 5 => 5
; run: 0, 5 => 0
  %c = icmp sgt i32 %a, 0
  %r = select i1 %c, i32 %x, i32 0
  ret i32 %r
}

define i32 @zero_or(i32 %a, i32 %x) {
; asm: csel w0, w1, wzr, le
; run: 1, 5 => 0
; run: 0, 5 => 5
  %c = icmp sgt i32 %a, 0
  %r = select i1 %c, i32 0, i32 %x
  ret i32 %r
}

define i64 @or_one(i32 %a, i64 %x) {
; asm: csinc x0, x1, xzr, gt
; run: 1, 5 => 5
; run: 0, 5 => 1
  %c = icmp sgt i32 %a, 0
  %r = select i1 %c, i64 %x, i64 1
  ret i64 %r
}

define i32 @or_ones(i32 %a, i32 %x) {
; asm: csinv w0, w1, wzr, gt
; run: 1, 5 => 5
; run: 0, 5 => -1
  %c = icmp sgt i32 %a, 0
  %r = select i1 %c, i32 %x, i32 -1
  ret i32 %r
}

define i32 @or_next(i32 %a, i32 %x, i32 %y) {
; asm: csinc w0, w1, w2, gt
; run: 0, 5, 6 => 7
  %c = icmp sgt i32 %a, 0
  %n = add i32 %y, 1
  %r = select i1 %c, i32 %x, i32 %n
  ret i32 %r
}

define i32 @or_negative(i32 %a, i32 %x, i32 %y) {
; asm: csneg w0, w1, w2, gt
; run: 0, 5, 6 => -6
  %c = icmp sgt i32 %a, 0
  %n = sub i32 0, %y
  %r = select i1 %c, i32 %x, i32 %n
  ret i32 %r
}

; A condition that is two of the CPU's takes two selections: of 0 it can, of 1 it cannot.
define i32 @ordered_and_different(double %a, double %b, i32 %x) {
; asm: csel *, wzr, mi
; asm: csel
; run: 1, 2, 5 => 5
; run: 1, 1, 5 => 0
  %c = fcmp one double %a, %b
  %r = select i1 %c, i32 %x, i32 0
  ret i32 %r
}

define i32 @one_or(double %a, double %b, i32 %x) {
; asm-not: csinc
; run: 1, 2, 5 => 5
; run: 1, 1, 5 => 1
  %c = fcmp one double %a, %b
  %r = select i1 %c, i32 %x, i32 1
  ret i32 %r
}
