; Products and sums that may be rounded together, and signs, are one instruction.
; target: aarch64-linux-gnu

declare double @llvm.fmuladd.f64(double, double, double)
declare double @llvm.fma.f64(double, double, double)

define double @plus(double %a, double %b, double %c) {
; asm: fmadd d0, d0, d1, d2
; asm-not: fmul
; run: 2, 3, 4 => 10
  %x = call double @llvm.fmuladd.f64(double %a, double %b, double %c)
  ret double %x
}

define double @minus_product(double %a, double %b, double %c) {
; asm: fmsub d0, d0, d1, d2
; asm-not: fneg
; run: 2, 3, 4 => -2
  %n = fneg double %a
  %x = call double @llvm.fmuladd.f64(double %n, double %b, double %c)
  ret double %x
}

define double @minus_addend(double %a, double %b, double %c) {
; asm: fnmsub d0, d0, d1, d2
; asm-not: fneg
; run: 2, 3, 4 => 2
  %n = fneg double %c
  %x = call double @llvm.fma.f64(double %a, double %b, double %n)
  ret double %x
}

define double @both_minus(double %a, double %b, double %c) {
; asm: fnmadd d0, d0, d1, d2
; asm-not: fneg
; run: 2, 3, 4 => -10
  %n = fneg double %a
  %m = fneg double %c
  %x = call double @llvm.fma.f64(double %n, double %b, double %m)
  ret double %x
}

define double @difference(double %a, double %b, double %c) {
; asm: fmsub d0, d0, d1, d2
; run: 2, 3, 4 => -2
  %p = fmul contract double %a, %b
  %x = fsub contract double %c, %p
  ret double %x
}

define double @minus(double %a, double %b) {
; asm: fnmul d0, d0, d1
; run: 2, 3 => -6
  %p = fmul double %a, %b
  %x = fneg double %p
  ret double %x
}

; Without permission each is rounded.
define double @apart(double %a, double %b, double %c) {
; asm: fmul
; asm: fadd
; asm-not: fmadd
; run: 2, 3, 4 => 10
  %p = fmul double %a, %b
  %x = fadd double %p, %c
  ret double %x
}

; A product that something else needs is made once.
define double @needed(double %a, double %b, double %c) {
; asm: fmul
; asm-not: fmadd
; run: 2, 3, 4 => 60
  %p = fmul contract double %a, %b
  %x = fadd contract double %p, %c
  %y = fmul double %x, %p
  ret double %y
}
